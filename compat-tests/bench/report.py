"""The page: the method, the machine, what was measured, beside the rivals, and what was aimed at."""
from figures import FIGURES, OURS, TARGETS, cpu_per_gb, cpu_per_million, cpu_per_request_us, cpu_percent, of, requests_per_second
from plot import svg
from results import text_of

METHOD = """\
Every peer is started afresh for every suite and every round, on a loopback port and an empty folder; the rounds go through all
peers in turn, so that a slow moment of the machine strikes all of them. A figure is the median of the rounds, with their range.
Ratios are taken round by round. The CPU of a broker is what the kernel counts for its process, its memory the resident
set. Every produce run asks afterwards how many messages the topic holds, every consume run looks at each message: a
fast broker that loses something is listed under *What was not right*.

* **start**: from exec until a record of an idempotent producer is acknowledged, and the memory a second later.
* **lib**: an idempotent librdkafka producer (linger 5 ms) of 100 B, 1 KiB and 10 KiB messages, four seconds each.
* **latency**: the same at 2,000 messages per second with linger 0: until the delivery report, and until a consumer has it.
* **blast**: requests that were encoded once, on raw connections with five in flight each; producer id, epoch, sequence and
  checksum are right in every one. `c64 p12` is 64 connections over 12 partitions.
* **consume**: 1 GB of 1,000 B messages with librdkafka, from the start, twice.
* **scale**: idle connections; 100,000 producer ids; 1,000 topics of 10 partitions made in ten requests.
* **flat** (not of the rivals): one-record requests among 1, 100 and 10,000 partitions (five in flight); on 8 to 5,000
  connections (one in flight); before and after 10 GB.
* **threads** (not of the rivals): a broker of 1, 2 and 4 network threads (`num.network.threads`); beside it 2 and 4 brokers at
  once that share nothing, each with its part of the connections: what the one could at best reach. Two client threads or more.

The sinks are the floor: one thread that answers every frame with as many bytes as a Produce response has and understands
nothing. `sink-trunc` drops the bytes inside the kernel, `sink-crc` copies and checksums them, `sink-file` also appends them to a
file. `understudy` keeps nothing beyond its life (nameless files), `understudy-kept` runs with `--data-dir`. `mock` is
librdkafka's mock cluster: it checks no sequence and forgets all but the newest 5 MB of a partition, so it shows what the client
can reach.
"""

BLAST = (("MB/s", of("mb_s")), ("thousand requests/s", lambda row: requests_per_second(row) / 1e3),
         ("broker CPU s per GB", cpu_per_gb), ("broker CPU µs per request", cpu_per_request_us),
         ("acknowledgement p50, µs", of("latency_us", "p50")), ("acknowledgement p99, µs", of("latency_us", "p99")))
# (title, measure, ((label, value of a row), ...))
TABLES = (
    ("Start", "start", (("ApiVersions, ms", of("api_ms")), ("first acknowledged produce, ms", of("produce_ms")),
                        ("memory a second later, MB", of("rss_mb")))),
    ("librdkafka producer", "lib", (
        ("thousand messages/s", lambda row: row["msgs_s"] / 1e3), ("MB/s", of("mb_s")),
        ("broker CPU s per million messages", cpu_per_million), ("broker CPU s per GB", cpu_per_gb))),
    ("After these loads", "rss loaded", (("memory, MB", of("rss_mb")),)),
    ("Raw produce requests", "blast", BLAST),
    ("Raw produce requests, first seconds of a broker's life", "cold blast", (("broker CPU µs per request", cpu_per_request_us),)),
    ("2,000 messages/s, one by one", "latency 2000/s", (
        ("delivery p50, µs", of("delivery_us", "p50")), ("delivery p99, µs", of("delivery_us", "p99")), ("broker CPU, %", cpu_percent))),
    ("2,000 messages/s, end to end", "e2e 2000/s", (("p50, µs", of("e2e_us", "p50")), ("p99, µs", of("e2e_us", "p99")))),
    ("Consume 1 GB", "consume 1 GB", (("MB/s", of("mb_s")), ("broker CPU s per GB", cpu_per_gb))),
    ("Idle connections", "idle connections", (("memory of each, KiB", of("kib_per_connection")), ("opened in, s", of("seconds")))),
    ("100,000 producer ids", "100,000 producer ids", (
        ("s", of("seconds")), ("memory of each, B", of("bytes_per_pid")), ("broker CPU s", of("broker_cpu_s")))),
    ("1,000 topics of 10 partitions", "1000 topics x 10", (
        ("all have leaders after, s", of("led_s")), ("Metadata of all, ms", of("metadata_ms")),
        ("memory of a partition, KiB", of("kib_per_partition")))),
    ("Whether a request costs the same, however much there is", "flat", (("broker CPU µs per request", cpu_per_request_us),)),
    ("Several network threads, several brokers", "threads", (
        ("MB/s of all", of("mb_s")), ("thousand requests/s of all", lambda row: requests_per_second(row) / 1e3),
        ("broker CPU µs per request", cpu_per_request_us))),
    ("10 GB", "fill 10 GB", (("MB/s", of("mb_s")), ("memory afterwards, MB", of("rss_mb")), ("broker CPU s per GB", cpu_per_gb))),
)
RATIO_REFERENCES = ("sink-crc", "sink-file", "mock", "kfake", "kafka")
PLOTTED = (
    "exec to first acknowledged produce", "one-record requests, 64 connections: broker CPU", "one-record requests, 64 connections",
    "16 KiB batches, 8 connections, 12 partitions", "librdkafka, 100 B messages: broker CPU",
    "2,000 messages/s, one by one: broker CPU", "2,000 messages/s: end to end, p50", "consume 1 GB with librdkafka",
    "consume 1 GB with librdkafka: broker CPU",
)


def markdown_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def table_of(results, measure, value):
    cells = results.cells(measure)
    peers = [peer for peer in results.peers()
             if any(results.spread(measure, cell, peer, value) or results.failed(measure, cell, peer) for cell in cells)]
    rows = []
    for cell in cells:
        row = [cell or "all"]
        for peer in peers:
            failed = results.failed(measure, cell, peer)
            row.append((text_of(results.spread(measure, cell, peer, value)) + (f" [{failed} failed]" if failed else "")).strip())
        rows.append(row)
    return markdown_table(["case", *peers], rows) if peers else ""


def key_table(results):
    peers, rows = results.peers(), []
    for figure in FIGURES:
        row = [f"{figure.title}, {figure.unit}"]
        row += [text_of(results.spread(figure.measure, figure.cell, peer, figure.value)) for peer in peers]
        if any(row[1:]):
            rows.append(row)
    return markdown_table(["figure", *peers], rows)


def target_table(results):
    rows = []
    for target in TARGETS:
        measured = target.measured(results)
        if measured is None:
            continue
        figure = target.figure()
        subject = target.title + (f", {figure.unit}" if not target.reference else f", ratio of {target.peer} to {target.reference}")
        sign = "≤" if figure.is_less_better else "≥"
        limits = ["" if limit is None else f"{sign} {limit:,g}" for limit in (target.must, target.aim)]
        rows.append([subject, *limits, text_of(measured), target.verdict(results)])
    return markdown_table(["figure", "must", "aim", "measured", "reached"], rows)


def ratio_table(results):
    pairs = [(ours, reference) for ours in OURS for reference in RATIO_REFERENCES if {ours, reference} <= set(results.peers())]
    rows = []
    for figure in FIGURES:
        row = [figure.title + (" (less is better)" if figure.is_less_better else "")]
        for ours, reference in pairs:
            ratio = results.ratio(figure.measure, figure.cell, ours, reference, figure.value)
            row.append(text_of(ratio) if reference in figure.references else "")
        if any(row[1:]):
            rows.append(row)
    return markdown_table(["figure", *(f"{ours} / {reference}" for ours, reference in pairs)], rows)


def page(results, conditions, plot_name):
    parts = ["# Bench", "Made by `scripts/bench --record`; changed by nobody's hand.", f"![Understudy beside its rivals]({plot_name})",
             "## Method", METHOD.strip(), "## Machine and versions",
             "\n".join(f"* {name}: {value}" for name, value in conditions.items()),
             "## Key figures", key_table(results), "## What was aimed at", target_table(results),
             "## Ratios", "Of ours to the sinks and rivals, round by round; `scripts/bench --compare` holds a new run against these.",
             ratio_table(results)]
    for title, measure, figures in TABLES:
        tables = [(label, table_of(results, measure, value)) for label, value in figures]
        parts += [f"## {title}"] if any(table for _, table in tables) else []
        for label, table in tables:
            parts += [f"### {label}", table] if table else []
    failures = results.failures()
    parts += ["## What was not right", "\n".join(f"* {line}" for line in failures) if failures else "Nothing."]
    return "\n\n".join(parts) + "\n"


def plot(results):
    panels = []
    for figure in FIGURES:
        if figure.title not in PLOTTED:
            continue
        bars = [(peer, results.spread(figure.measure, figure.cell, peer, figure.value)) for peer in results.peers()]
        panels.append({"title": figure.title, "unit": figure.unit, "is_less_better": figure.is_less_better,
                       "bars": [(peer, spread) for peer, spread in bars if spread]})
    return svg("Understudy beside its rivals", panels)
