#!/usr/bin/env python3
"""run.py [NAME]... [--kafka] [--jobs N] [--keep]: plays the scenarios of scenarios.py with the named clients, or with all of them.
Every client has a broker of its own, Understudy or, with --kafka, Apache Kafka; N clients play at the same time.
NAME is a client's, or CLIENT/PROTOCOL."""
import argparse
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from brokers import Kafka, Understudy
from members import CLIENTS as CLIENTS_FOLDER
from members import Failure
from scenarios import SCENARIOS, Play
from clients import CLIENTS

LOG_LINES = 15
printing = threading.Lock()


def say(text):
    with printing:
        print(text, flush=True)


def chosen(names):
    plays = [(client, protocol) for client in CLIENTS for protocol in client.protocols]
    for name in names:
        if not any(name in (client.name, f"{client.name}/{protocol}") for client, protocol in plays):
            sys.exit(f"no client '{name}'; there are {', '.join(client.name for client in CLIENTS)}")
    return [(client, protocol) for client, protocol in plays
            if not names or client.name in names or f"{client.name}/{protocol}" in names]


def prepare(client):
    """Fetches and builds; nothing is done where nothing has changed. Returns the protocols that the client has on this machine."""
    done = subprocess.run([str(CLIENTS_FOLDER / client.name / "member"), "--prepare"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{client.name} could not be fetched or built")
    return [protocol for protocol in client.protocols if f"lacks {protocol}" not in done.stdout.splitlines()]


def prepared(plays):
    """The plays that can be played here."""
    protocols = {client: prepare(client) for client in dict.fromkeys(client for client, _ in plays)}
    for client, protocol in plays:
        if protocol in protocols[client]:
            yield client, protocol
        else:
            say(f"skipped: {client.name}/{protocol}: the release of this machine has no such protocol")


def tails(folder):
    """The ends of all logs of a play, for whoever looks at a failure."""
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        if lines:
            yield f"--- {log.name}"
            yield from lines


def play_all(play, label):
    """The complaint, or None. What a scenario leaves is what the next one begins with, so the first failure ends the play."""
    for scenario, applies in SCENARIOS:
        if not applies(play):
            continue
        started = time.monotonic()
        try:
            scenario(play)
        except Failure as failure:
            return f"{label}: {scenario.__name__}: {failure}"
        except Exception:  # A mistake of the driver's own, or a broker that does not answer.
            return f"{label}: {scenario.__name__}: {traceback.format_exc()}"
        say(f"   {label}: {scenario.__name__} ({time.monotonic() - started:.1f} s)")
    return None


def summary(play, label, seconds):
    read = ", ".join(f"{len(group.seen)} records seen and {group.duplicates} of them again" for group in play.groups())
    return f"ok: {label}: {read} ({seconds:.0f} s)"


def run_one(client, protocol, broker_class, keep):
    label = f"{client.name}/{protocol}"
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"understudy-{client.name}-{protocol}."))
    broker = broker_class(folder)
    started = time.monotonic()
    play = Play(client, protocol, broker, folder)
    complaint = None
    try:
        broker.start()
        complaint = play_all(play, label)
    except Exception as error:
        complaint = f"{label}: {error}"
    finally:
        play.close()
        broker.stop()
    say(f"FAILED: {complaint}\n" + "\n".join(tails(folder)) if complaint else summary(play, label, time.monotonic() - started))
    if keep:
        say(f"   {label}: kept {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return complaint


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--jobs", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="keep the folders with logs and data")
    return parser.parse_args()


def main():
    given = arguments()
    plays = list(prepared(chosen(given.names)))
    broker = Kafka if given.kafka else Understudy
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        complaints = [c for c in pool.map(lambda play: run_one(*play, broker, given.keep), plays) if c]
    for complaint in complaints:
        print(complaint.splitlines()[0], file=sys.stderr)
    print(f"{len(plays) - len(complaints)} of {len(plays)} clients passed the group scenarios")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
