#!/usr/bin/env python3
"""Measures brokers side by side; scripts/bench prepares what it needs and calls it.

Raw results are lines of JSON. From them come the page (BENCH.md), its plot (bench.svg) and the ratios (recorded.json)."""
import argparse
import itertools
import json
import os
import pathlib
import sys
import time

import compare
import conditions
import report
import suites
from figures import FIGURES, OURS
from peers import Peer, Ports, Running
from results import Results

HERE = pathlib.Path(__file__).resolve().parent
PAGE, PLOT, RECORDED = "BENCH.md", "bench.svg", "recorded.json"
TOPICS_OF_THE_MOCK = 20
ROUNDS, STARTS = 3, 9
MEASURING = ("rounds", "starts", "suites", "peers", "folder")


def all_peers(given):
    """Every peer that there is, in the order of their turns."""
    ours = f"{given.understudy} --listen 127.0.0.1:{{port}}"
    kafka = (f"env KAFKA_HEAP=1g KAFKA_JVM_OPTIONS=-Xms1g {given.scripts}/kafka start --port {{port}} --data-dir {{dir}}/data")
    sink = f"{given.programs}/bench_sink --listen 127.0.0.1:{{port}}"
    return [
        Peer("understudy", ours),
        Peer("understudy-kept", ours + " --data-dir {dir}/data"),
        Peer("kafka", kafka, template=str(given.kafka_template)),
        Peer("kfake", f"{given.kfake} {{port}}"),
        Peer("mock", f"{given.programs}/bench_mock_cluster {TOPICS_OF_THE_MOCK}"),
        Peer("sink-trunc", sink + " --mode trunc", is_sink=True),
        Peer("sink-crc", sink + " --mode crc", is_sink=True),
        Peer("sink-file", sink + " --mode file --file {dir}/sink.log", is_sink=True),
    ]


def has(peer, suite):
    """Whether the suite measures this peer: 10,000 partitions and 10 GB are too much for the rivals, and the mock makes no topics."""
    if peer.is_sink:
        return suite in suites.SINK_SUITES
    if (peer.name, suite) == ("mock", "topics"):
        return False
    return suite != "flat" or peer.name in OURS


class Measurements:
    """Goes through rounds, suites and peers, and writes down what comes out."""

    def __init__(self, given, peers):
        self.given, self.peers, self.ports = given, peers, Ports()
        self.raw = open(given.raw, "a", encoding="utf-8")  # pylint: disable=consider-using-with
        found = conditions.of_this_run([peer.name for peer in peers], given.kafka_version, given.rounds, given.starts)
        self.raw.write(json.dumps({"conditions": found}) + "\n")

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
            with self.running(peer) as running:
                session = suites.Session(running, self.given.programs, emit)
                if peer.is_sink:
                    running.wait_for_port()
                    suites.SINK_SUITES[suite](session)
                else:
                    suites.warm_up(running)
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


def unmeasured(results, peers):
    """Which suites lack figures of which peers, and which key figures nobody tried to measure."""
    lacking = [f"{suite} of {peer.name}" for suite, measure in suites.NAMES.items() for peer in peers
               if has(peer, suite) and not results.has_figures(measure, peer.name)]
    untried = [f"{figure.title} of {ours}" for figure in FIGURES for ours in OURS
               if not results.was_tried(figure.measure, figure.cell, ours)]
    return lacking + untried


def write_page(results, folder):
    """The page, its plot and the ratios."""
    folder.mkdir(parents=True, exist_ok=True)
    found = conditions.of(results)
    (folder / PAGE).write_text(report.page(results, found, PLOT), encoding="utf-8")
    (folder / PLOT).write_text(report.plot(results), encoding="utf-8")
    (folder / RECORDED).write_text(json.dumps(compare.record(results, found), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"written: {folder / PAGE}, {PLOT}, {RECORDED}")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        refuse([message])


def refuse(reasons):
    for reason in reasons:
        print(f"scripts/bench: {reason}", file=sys.stderr)
    sys.exit(2)


def arguments():
    parser = Parser(allow_abbrev=False, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    path = pathlib.Path
    parser.add_argument("--out", type=path, required=True, help="folder for raw results and pages that are not recorded")
    parser.add_argument("--from-raw", type=path, nargs="+", action="extend", help="measure nothing, take these raw results")
    parser.add_argument("--understudy", type=path, help="the broker of this project")
    parser.add_argument("--programs", type=path, help="folder of the load programs")
    parser.add_argument("--scripts", type=path, help="folder of scripts/kafka")
    parser.add_argument("--kfake", type=path)
    parser.add_argument("--kafka-template", type=path, help="formatted storage of Apache Kafka")
    parser.add_argument("--kafka-version", default="unknown")
    parser.add_argument("--rounds", default="")
    parser.add_argument("--starts", default="")
    parser.add_argument("--suites", default="", help="their names, with commas; all without it")
    parser.add_argument("--peers", default="", help="their names, with commas; all without it")
    parser.add_argument("--folder", help="where brokers keep their data")
    parser.add_argument("--record", action="store_true", help="write page, plot and ratios into the repository")
    parser.add_argument("--compare", action="store_true", help="hold the ratios against the recorded ones")
    parser.add_argument("--check", action="store_true", help="look at the options, and do nothing else")
    return parser.parse_args()


def names_in(text):
    return list(dict.fromkeys(text.split(",")))


def is_positive(text):
    return text.isdecimal() and int(text) > 0


def complaints(given, recorded=HERE / RECORDED):
    """What is wrong with the options, a line each."""
    for option in MEASURING:
        if given.from_raw and getattr(given, option):
            yield f"--{option} says what to measure, and --from-raw measures nothing"
    for option in ("rounds", "starts"):
        if getattr(given, option) and not is_positive(getattr(given, option)):
            yield f"--{option} wants a positive number, not {getattr(given, option)}"
    for option, known in (("suites", list(suites.NAMES)), ("peers", [peer.name for peer in all_peers(given)])):
        named = names_in(getattr(given, option)) if getattr(given, option) else known
        if unknown := [name for name in named if name not in known]:
            yield f"--{option}: there is no {', '.join(unknown)}; there are {', '.join(known)}"
        elif given.record and not given.from_raw and (left_out := [name for name in known if name not in named]):
            yield f"--record wants everything measured, and --{option} leaves out {', '.join(left_out)}"
    if given.folder and not pathlib.Path(given.folder).is_dir():
        yield f"--folder: there is no folder {given.folder}"
    for path in given.from_raw or ():
        if not path.is_file():
            yield f"--from-raw: there is no file {path}"
    if given.compare and not recorded.exists():
        yield "--compare: nothing was recorded yet; --record does that"


def measure(given):
    """The file with what was measured."""
    wanted = names_in(given.peers) if given.peers else None
    peers = [peer for peer in all_peers(given) if wanted is None or peer.name in wanted]
    given.rounds, given.starts = int(given.rounds or ROUNDS), int(given.starts or STARTS)
    given.out.mkdir(parents=True, exist_ok=True)
    given.raw = given.out / time.strftime("raw-%Y%m%d-%H%M%S.jsonl")
    Measurements(given, peers).run(names_in(given.suites) if given.suites else list(suites.NAMES))
    print(f"raw results: {given.raw}")
    return given.raw


def main():
    given = arguments()
    if reasons := list(complaints(given)):
        refuse(reasons)
    if given.check:
        return
    recorded = json.loads((HERE / RECORDED).read_text(encoding="utf-8")) if given.compare else None  # before it is overwritten
    try:
        results = Results.load(given.from_raw or [measure(given)])
    except ValueError as failure:
        refuse([str(failure)])
    if not results.rows:
        refuse(["nothing was measured: none of the peers takes part in any of the suites"])
    lost = results.lost(OURS)
    for row in lost:
        print(f"FAILED  {row['peer']}, {' '.join((row['measure'], row['cell'])).strip()}, round {row['round']}")
    gaps = unmeasured(results, all_peers(given)) if given.record else []
    write_page(results, HERE if given.record and not gaps and not lost else given.out)
    status = 1 if lost else 0
    if given.compare:
        lines = compare.compare(recorded, results)
        print(compare.rests_on(recorded, results))
        print(compare.describe(lines))
        status = status or compare.status_of(lines)
    if gaps:
        refuse([f"nothing was recorded, for there are no figures of {', '.join(gaps)}"])
    if given.record and lost:
        print(f"scripts/bench: nothing was recorded, for something of ours failed; the page is in {given.out}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
