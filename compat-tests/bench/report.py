"""The page: the method, the machine, what was measured, beside the rivals, and what was aimed at."""
from figures import (FIGURES, OURS, SINK_WORSE, TARGETS, cpu_per_gb, cpu_per_million, cpu_per_request_us, cpu_percent,
                     is_sink_worse, of, requests_per_second)
from plot import svg
from results import text_of

METHOD = """\
Every peer is started afresh for every suite and every round, on a loopback port and an empty folder. Apache Kafka alone finds
something in its folder, a storage that was formatted before; and its JVM has a heap of 1 GB (`-Xms1g -Xmx1g`), which decides
how much memory it takes. First come the starts, then the rounds, which go through all other suites, each suite through all
peers: a slow hour of the machine strikes all of them, a slow moment may strike one alone. A figure is the median of the rounds,
with their range in parentheses; a single round has none. How many rounds and starts there were stands under *Machine and
versions*. Ratios are taken round by round. The CPU of a broker is what the kernel counts for its process, its memory the
resident set.

*lib*, *blast* and *producers* ask the broker afterwards how many messages the topic holds; *consume* looks at
each message. Of the other loads it is known that all requests were acknowledged without an error, of those of the sinks not even
that. `[1 failed]` beside a figure says that in so many of its runs something was lost or went wrong: see *What was not right*.

* **start**: from exec until a record of an idempotent producer is acknowledged, and the memory a second later. The mock makes
  its topics before it says where it listens; now and then it waits whole seconds there.
* **lib**: an idempotent librdkafka producer (linger 5 ms), on 1 and on 12 partitions: 1,500,000 messages of 100 B, 400,000 of
  1 KiB, 40,000 of 10 KiB, or as many as it can hand over in four seconds. The time ends with the last acknowledgement.
* **latency**: the same with linger 0, 8,000 messages of 100 B at 2,000 per second: until the delivery report, and until a
  consumer has it. Latencies of the first second are left out, and 6,000 messages go before as a warm-up.
* **blast**: requests that were encoded once, on raw connections with five in flight each; producer id, epoch, sequence and
  checksum are right in every one. One client thread sends for 1.5 s, or 600 MB if that is less, after two warm-up loads of
  2 s or 300 MB (*first seconds of a broker's life*); to the sinks for 1.2 s without a warm-up. `c64 p12` is 64 connections over
  12 partitions.
* **consume**: 1 GB of 1,000 B messages with librdkafka, from the start, twice.
* **connections**: 1,000 and then 5,000 that ask for ApiVersions, one after the other, and then are idle (the sinks as well).
  Their memory is what the broker has more than before the first of them.
* **producers**: one record from each of 100,000 producer ids, in a request each, 20 in flight; the memory is that of the records
  as well.
* **topics**: 1,000 of 10 partitions made in ten requests, until Metadata names the leaders of all.
* **flat** (not of the rivals): one-record requests, 3 s of them by one client thread: before and after 10 GB, among 1, 100 and
  10,000 partitions (five in flight each), on 8 to 5,000 connections (one in flight each; the sinks as well). To open the
  connections costs CPU that is counted with the requests: with 5,000 about a tenth.

The sinks are the floor: one thread that answers every frame with as many bytes as a Produce response has and understands
nothing. `sink-trunc` drops the bytes of large frames inside the kernel (small ones it reads piece by piece, which costs more),
`sink-crc` copies and checksums them, `sink-file` also appends them to a file. `[sink worse]` beside a ratio (above 1.5; below
1/1.5 where less is better): the sink was slower than the broker, or took more CPU, although it does less. Something else struck
it, the ratio says nothing, and no aim counts as reached by it; nor does one where something of ours failed.
`understudy` stores nothing beyond its process (nameless files), `understudy-kept` runs with `--data-dir`. `mock` is librdkafka's mock
cluster: it checks no sequence and forgets all but the newest 5 MB of a partition, so it shows what the client can reach, and most
of its runs count as failed.
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


def marked(results, measure, cell, peer, value):
    return (text_of(results.spread(measure, cell, peer, value)) + results.mark(measure, cell, peer)).strip()


def ratio_text(results, figure, ours, reference):
    ratio = results.ratio(figure.measure, figure.cell, ours, reference, figure.value)
    if ratio is None:
        return ""
    worse = f" [{SINK_WORSE}]" if is_sink_worse(figure, reference, ratio) else ""
    return text_of(ratio) + worse + results.mark(figure.measure, figure.cell, ours, reference)


def table_of(results, measure, value):
    cells = results.cells(measure)
    peers = [peer for peer in results.peers()
             if any(results.spread(measure, cell, peer, value) or results.mark(measure, cell, peer) for cell in cells)]
    rows = [[cell or "all", *(marked(results, measure, cell, peer, value) for peer in peers)] for cell in cells]
    return markdown_table(["case", *peers], rows) if peers else ""


def key_table(results):
    peers, rows = results.peers(), []
    for figure in FIGURES:
        row = [f"{figure.title}, {figure.unit}"]
        row += [marked(results, figure.measure, figure.cell, peer, figure.value) for peer in peers]
        if any(row[1:]):
            rows.append(row)
    return markdown_table(["figure", *peers], rows)


def target_table(results):
    rows = []
    for target in TARGETS:
        if target.measured(results) is None:
            continue
        figure = target.figure()
        measured = (ratio_text(results, figure, target.peer, target.reference) if target.reference
                    else marked(results, figure.measure, figure.cell, target.peer, figure.value))
        subject = target.title + (f", {figure.unit}" if not target.reference else f", ratio of {target.peer} to {target.reference}")
        sign = "≤" if figure.is_less_better else "≥"
        limits = ["" if limit is None else f"{sign} {limit:,g}" for limit in (target.must, target.aim)]
        rows.append([subject, *limits, measured, target.verdict(results)])
    return markdown_table(["figure", "must", "aim", "measured", "reached"], rows)


def ratio_table(results):
    pairs = [(ours, reference) for ours in OURS for reference in RATIO_REFERENCES if {ours, reference} <= set(results.peers())]
    rows = []
    for figure in FIGURES:
        row = [figure.title + (" (less is better)" if figure.is_less_better else "")]
        row += [ratio_text(results, figure, *pair) if pair[1] in figure.references else "" for pair in pairs]
        if any(row[1:]):
            rows.append(row)
    return markdown_table(["figure", *(f"{ours} / {reference}" for ours, reference in pairs)], rows)


def page(results, conditions, plot_name):
    parts = ["# Bench", "Written by `scripts/bench`; do not edit.", f"![Understudy beside its rivals]({plot_name})",
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
        case = figure.measure, figure.cell
        bars = [(peer, results.spread(*case, peer, figure.value), results.mark(*case, peer)) for peer in results.peers()]
        panels.append({"title": figure.title, "unit": figure.unit, "is_less_better": figure.is_less_better,
                       "bars": [bar for bar in bars if bar[1]]})
    return svg("Understudy beside its rivals", panels)
