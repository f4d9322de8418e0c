"""Which figures there are: what they are taken from, which way is better, what they are compared with, what is aimed at."""
import dataclasses
import typing

OURS = ("understudy", "understudy-kept")


def cpu_per_gb(row):
    return row["broker_cpu_s"] / (row["mb_s"] * row["seconds"]) * 1e3


def cpu_per_request_us(row):
    return row["broker_cpu_s"] / row["batches"] * 1e6


def requests_per_second(row):
    return row["batches"] / row["seconds"]


def cpu_per_million(row):
    return row["broker_cpu_s"] / row["ok"] * 1e6


def cpu_percent(row):
    return 100 * row["broker_cpu_s"] / row["seconds"]


def of(*path):
    """The value at row[path[0]][path[1]]..."""
    def value(row):
        for key in path:
            row = row[key]
        return row
    return value


@dataclasses.dataclass(frozen=True)
class Figure:
    title: str
    unit: str
    measure: str
    cell: str
    value: typing.Callable
    is_less_better: bool
    references: tuple = ("kfake", "kafka")  # whom ours is divided by


MB_S = of("mb_s")
SINKS = ("sink-crc", "sink-file", "kfake", "kafka")
FIGURES = (
    Figure("exec to first acknowledged produce", "ms", "start", "", of("produce_ms"), True),
    Figure("memory after the start", "MB", "start", "", of("rss_mb"), True),
    Figure("memory after the librdkafka loads", "MB", "rss loaded", "", of("rss_mb"), True),
    Figure("one-record requests, 64 connections: broker CPU", "µs each", "blast", "1 record, c64 p12", cpu_per_request_us, True, SINKS),
    Figure("one-record requests, 64 connections", "per s", "blast", "1 record, c64 p12", requests_per_second, False, SINKS),
    Figure("16 KiB batches, 8 connections, 12 partitions", "MB/s", "blast", "16 KiB, c8 p12", MB_S, False, SINKS),
    Figure("16 KiB batches, 8 connections, 12 partitions: broker CPU", "s per GB", "blast", "16 KiB, c8 p12", cpu_per_gb, True, SINKS),
    Figure("1 MiB batches, 8 connections, 12 partitions", "MB/s", "blast", "1 MiB, c8 p12", MB_S, False, SINKS),
    Figure("1 MiB batches, 8 connections, 12 partitions: broker CPU", "s per GB", "blast", "1 MiB, c8 p12", cpu_per_gb, True, SINKS),
    Figure("librdkafka, 100 B messages", "messages/s", "lib", "100 B x1", of("msgs_s"), False, ("mock", "kfake", "kafka")),
    Figure("librdkafka, 100 B messages: broker CPU", "s per million", "lib", "100 B x1", cpu_per_million, True, ("mock", "kfake", "kafka")),
    Figure("librdkafka, 1 KiB messages", "MB/s", "lib", "1 KiB x1", MB_S, False, ("mock", "kfake", "kafka")),
    Figure("2,000 messages/s, one by one: broker CPU", "% of a core", "latency 2000/s", "", cpu_percent, True, ("mock", "kfake", "kafka")),
    Figure("2,000 messages/s: delivery, p50", "µs", "latency 2000/s", "", of("delivery_us", "p50"), True, ("mock", "kfake", "kafka")),
    Figure("2,000 messages/s: end to end, p50", "µs", "e2e 2000/s", "", of("e2e_us", "p50"), True),
    Figure("consume 1 GB with librdkafka", "MB/s", "consume 1 GB", "second time", MB_S, False),
    Figure("consume 1 GB with librdkafka: broker CPU", "s per GB", "consume 1 GB", "second time", cpu_per_gb, True),
    Figure("1,000 topics of 10 partitions", "s", "1000 topics x 10", "", of("led_s"), True),
    Figure("100,000 producer ids", "s", "100,000 producer ids", "", of("seconds"), True),
    Figure("100,000 producer ids: memory", "B each", "100,000 producer ids", "", of("bytes_per_pid"), True),
    Figure("one-record requests among 10,000 partitions: broker CPU", "µs each", "flat", "10,000 partitions, c8", cpu_per_request_us, True),
    Figure("one-record requests on 5,000 connections: broker CPU", "µs each", "flat", "5,000 connections, p12", cpu_per_request_us,
           True, ("sink-crc",)),
    Figure("one-record requests after 10 GB: broker CPU", "µs each", "flat", "a log of 10 GB, c8 p12", cpu_per_request_us, True),
    Figure("memory after 10 GB", "MB", "fill 10 GB", "", of("rss_mb"), True),
    Figure("idle connection: memory", "KiB", "idle connections", "5000", of("kib_per_connection"), True),
    Figure("5,000 connections opened", "s", "idle connections", "5000", of("seconds"), True, ("sink-crc", "kfake", "kafka")),
)
BY_TITLE = {figure.title: figure for figure in FIGURES}
SINK_WORSE, FAILED = "sink worse", "failed"
SINK_WORSE_FROM = 1.5


def is_sink_worse(figure, reference, ratio):
    """A sink does less than any broker: one that is worse by more than half was struck by something else."""
    if not reference.startswith("sink-"):
        return False
    return ratio.median * SINK_WORSE_FROM < 1 if figure.is_less_better else ratio.median > SINK_WORSE_FROM


@dataclasses.dataclass(frozen=True)
class Target:
    """What is wanted of ours: a figure, or its ratio to a peer's in the same round."""
    title: str
    must: typing.Optional[float] = None
    aim: typing.Optional[float] = None
    peer: str = "understudy"
    reference: str = ""

    def figure(self):
        return BY_TITLE[self.title]

    def measured(self, results):
        figure = self.figure()
        if self.reference:
            return results.ratio(figure.measure, figure.cell, self.peer, self.reference, figure.value)
        return results.spread(figure.measure, figure.cell, self.peer, figure.value)

    def verdict(self, results):
        """"aim", "must", "missed", "failed" where something was lost, "sink worse", or "" if it was not measured."""
        figure, measured = self.figure(), self.measured(results)
        if measured is None:
            return ""
        if results.mark(figure.measure, figure.cell, self.peer):
            return FAILED
        if is_sink_worse(self.figure(), self.reference, measured):
            return SINK_WORSE
        for name, limit in (("aim", self.aim), ("must", self.must)):
            if limit is None:
                continue
            if measured.median <= limit if self.figure().is_less_better else measured.median >= limit:
                return name
        return "missed"


TARGETS = (
    Target("exec to first acknowledged produce", must=5, aim=3),
    Target("memory after the start", must=6, aim=4),
    Target("memory after the librdkafka loads", must=64, aim=16),
    Target("one-record requests, 64 connections: broker CPU", must=5, aim=3),
    Target("one-record requests, 64 connections", must=120_000),
    Target("one-record requests, 64 connections", aim=0.7, reference="sink-crc"),
    Target("16 KiB batches, 8 connections, 12 partitions", must=0.75, aim=0.9, peer="understudy-kept", reference="sink-file"),
    Target("16 KiB batches, 8 connections, 12 partitions: broker CPU", must=1.2, peer="understudy-kept", reference="sink-file"),
    Target("1 MiB batches, 8 connections, 12 partitions", must=0.75, aim=0.9, peer="understudy-kept", reference="sink-file"),
    Target("1 MiB batches, 8 connections, 12 partitions: broker CPU", must=1.2, peer="understudy-kept", reference="sink-file"),
    Target("librdkafka, 100 B messages: broker CPU", must=0.06, aim=0.04),
    Target("2,000 messages/s, one by one: broker CPU", must=5, aim=2),
    Target("2,000 messages/s: end to end, p50", must=1, reference="kfake"),
    Target("2,000 messages/s: end to end, p50", aim=180),
    Target("consume 1 GB with librdkafka", must=1, reference="kfake"),
    Target("consume 1 GB with librdkafka: broker CPU", must=0.25, aim=0.12),
    Target("1,000 topics of 10 partitions", must=0.05, aim=0.015),
    Target("100,000 producer ids", must=0.8, aim=0.5),
    Target("100,000 producer ids: memory", must=200),
    Target("memory after 10 GB", must=64, aim=16),
    Target("idle connection: memory", must=1, aim=0.3),
    Target("5,000 connections opened", must=0.4),
)
