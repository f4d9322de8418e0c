#!/usr/bin/env python3
"""Measures brokers side by side; scripts/bench prepares what it needs and calls it.

Raw results are lines of JSON. From them come the page (BENCH.md), its plot (bench.svg) and the ratios (recorded.json)."""
import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import compare
import report
import suites
from figures import OURS
from peers import Peer, Ports, Running
from results import Results

HERE = pathlib.Path(__file__).resolve().parent
PAGE, PLOT, RECORDED = "BENCH.md", "bench.svg", "recorded.json"
TOPICS_OF_THE_MOCK = 20


def all_peers(given):
    """Every peer that there is, in the order of their turns."""
    ours = f"{given.understudy} --listen 127.0.0.1:{{port}}"
    kafka = (f"env KAFKA_HEAP=1g KAFKA_JVM_OPTIONS=-Xms1g {given.scripts / 'kafka'} start --port {{port}} --data-dir {{dir}}/data")
    sink = f"{given.programs / 'bench_sink'} --listen 127.0.0.1:{{port}}"
    return [
        Peer("understudy", ours),
        Peer("understudy-kept", ours + " --data-dir {dir}/data"),
        Peer("kafka", kafka, template=str(given.kafka_template)),
        Peer("kfake", f"{given.kfake} {{port}}"),
        Peer("mock", f"{given.programs / 'bench_mock_cluster'} {TOPICS_OF_THE_MOCK}"),
        Peer("sink-trunc", sink + " --mode trunc", is_sink=True),
        Peer("sink-crc", sink + " --mode crc", is_sink=True),
        Peer("sink-file", sink + " --mode file --file {dir}/sink.log", is_sink=True),
    ]


def with_threads(peer, count):
    return dataclasses.replace(peer, command=f"{peer.command} --override num.network.threads={count}")


def has(peer, suite):
    """Whether the suite measures this peer: 10,000 partitions and 10 GB are too much for the rivals."""
    if peer.is_sink:
        return suite in suites.SINK_SUITES
    return suite not in ("flat", "threads") or peer.name in OURS


class Measurements:
    """Goes through rounds, suites and peers, and writes down what comes out."""

    def __init__(self, given, peers):
        self.given, self.peers, self.ports = given, peers, Ports()
        self.raw = open(given.raw, "a", encoding="utf-8")  # pylint: disable=consider-using-with

    def emitter(self, peer, turn):
        def emit(measure, cell, values):
            row = {"at": round(time.time(), 1), "peer": peer.name, "round": turn, "measure": measure, "cell": cell,
                   "load": os.getloadavg()[0]} | values
            self.raw.write(json.dumps(row) + "\n")
            self.raw.flush()
            wanted = ("error", "mb_s", "msgs_s", "broker_cpu_s", "rss_mb", "held_right", "produce_ms", "seconds", "led_s", "exit", "errors")
            print(peer.name, turn, measure, cell, {key: values[key] for key in wanted if key in values}, flush=True)
        return emit

    def running(self, peer):
        return Running(peer, self.ports.take(), self.given.folder)

    def starts(self):
        for turn, peer in itertools.product(range(self.given.starts), self.peers):
            if not peer.is_sink:
                with self.running(peer) as running:
                    suites.measure_start(running, self.emitter(peer, turn))

    def one(self, suite, peer, turn):
        emit = self.emitter(peer, turn)
        try:
            if suite == "threads":
                suites.measure_threads(lambda count: self.running(with_threads(peer, count)), self.given.programs, emit)
                return
            with self.running(peer) as running:
                session = suites.Session(running, self.given.programs, emit)
                if peer.is_sink:
                    running.wait_for_port()
                    suites.SINK_SUITES[suite](session)
                else:
                    suites.warm_connection(running.wait()[0])
                    suites.SUITES[suite](session)
        except Exception as failure:  # pylint: disable=broad-except
            emit("suite", suite, {"error": f"{type(failure).__name__}: {str(failure)[:300]}"})

    def run(self, names):
        if "start" in names:
            self.starts()
        for turn, suite, peer in itertools.product(range(self.given.rounds), names, self.peers):
            if suite != "start" and has(peer, suite):
                self.one(suite, peer, turn)
        self.raw.close()


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def found_in(path, pattern):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"), re.M)
    except OSError:
        return "unknown"
    return found.group(1).strip() if found else "unknown"


def conditions(given, results):
    """What the figures depend on: the machine, and who was measured."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    loads = [row["load"] for row in results.rows]
    found = {
        "processor": f"{found_in('/proc/cpuinfo', r'^model name[^:]*:(.*)$')}, {os.cpu_count()} cores",
        "memory": f"{memory_gib:.0f} GiB",
        "system": f"{found_in('/etc/os-release', r'^PRETTY_NAME=.(.*).$')}, Linux {platform.release().split('-')[0]}",
        "load average during the run": f"{min(loads):.1f} to {max(loads):.1f}" if loads else "unknown",
        "Understudy": first_line("git", "describe", "--always", "--dirty"),
        "Apache Kafka": given.kafka_version,
        "kfake": found_in(HERE / "kfake/go.mod", r"pkg/kfake (\S+)"),
        "librdkafka": next((row["librdkafka"] for row in results.rows if "librdkafka" in row), "unknown"),
    }
    return found | {"rounds": str(len({row["round"] for row in results.rows if row["measure"] != "start"}))}


def write_page(results, given, folder):
    """The page, its plot and the ratios."""
    folder.mkdir(parents=True, exist_ok=True)
    found = conditions(given, results)
    (folder / PAGE).write_text(report.page(results, found, PLOT), encoding="utf-8")
    (folder / PLOT).write_text(report.plot(results), encoding="utf-8")
    (folder / RECORDED).write_text(json.dumps(compare.record(results, found), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"written: {folder / PAGE}, {PLOT}, {RECORDED}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    path = pathlib.Path
    parser.add_argument("--out", type=path, required=True, help="folder for raw results and pages that are not recorded")
    parser.add_argument("--from-raw", type=path, nargs="+", help="measure nothing, take these raw results")
    parser.add_argument("--understudy", type=path, help="the broker of this project")
    parser.add_argument("--programs", type=path, help="folder of the load programs")
    parser.add_argument("--scripts", type=path, help="folder of scripts/kafka")
    parser.add_argument("--kfake", type=path)
    parser.add_argument("--kafka-template", type=path, help="formatted storage of Apache Kafka")
    parser.add_argument("--kafka-version", default="unknown")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--suites", default=",".join(suites.NAMES))
    parser.add_argument("--peers", default="", help="their names, with commas; all without it")
    parser.add_argument("--folder", help="where brokers keep their data")
    parser.add_argument("--record", action="store_true", help="write page, plot and ratios into the repository")
    parser.add_argument("--compare", action="store_true", help="hold the ratios against the recorded ones")
    return parser.parse_args()


def measure(given):
    """The file with what was measured."""
    names = given.suites.split(",")
    if unknown := set(names) - set(suites.NAMES):
        sys.exit(f"bench: no suite {', '.join(sorted(unknown))}; there are {', '.join(suites.NAMES)}")
    peers = all_peers(given)
    wanted = given.peers.split(",") if given.peers else [peer.name for peer in peers]
    if unknown := set(wanted) - {peer.name for peer in peers}:
        sys.exit(f"bench: no peer {', '.join(sorted(unknown))}; there are {', '.join(peer.name for peer in peers)}")
    given.out.mkdir(parents=True, exist_ok=True)
    given.raw = given.out / time.strftime("raw-%Y%m%d-%H%M%S.jsonl")
    Measurements(given, [peer for peer in peers if peer.name in wanted]).run(names)
    print(f"raw results: {given.raw}")
    return given.raw


def main():
    given = arguments()
    results = Results.load(given.from_raw or [measure(given)])
    write_page(results, given, HERE if given.record else given.out)
    if given.compare:
        recorded = HERE / RECORDED
        if not recorded.exists():
            sys.exit("bench: nothing was recorded yet; scripts/bench --record does")
        lines = compare.compare(json.loads(recorded.read_text(encoding="utf-8")), results)
        print(compare.describe(lines))
        sys.exit(compare.status_of(lines))


if __name__ == "__main__":
    main()
