"""Measurements as they were written down, a line of JSON each, and what is taken from them."""
import collections
import dataclasses
import json
import statistics


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of some rounds, and their range."""
    median: float
    low: float
    high: float

    @staticmethod
    def of(values):
        """Nothing if there are no values."""
        return Spread(statistics.median(values), min(values), max(values)) if values else None


def number(value):
    """With three digits."""
    size = abs(value)
    if size >= 100_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def text_of(spread):
    if spread is None:
        return ""
    low, middle, high = number(spread.low), number(spread.median), number(spread.high)
    return middle if low == high else f"{middle} ({low}..{high})"


def what_is_wrong(row):
    """A few words about a row that is not right."""
    acknowledged = row.get("ok", row.get("messages"))
    words = [f"status {row['exit']}"] if row.get("exit") else []
    if row.get("errors"):
        words.append(f"errors {row['errors']}")
    if row.get("held") is not None:
        words.append(f"held {row['held']} of {acknowledged}")
    elif acknowledged is not None:
        words.append(f"messages: {acknowledged}")
    return ", ".join(words)


def is_right(row):
    """Nothing was answered with an error, nothing was lost as far as anybody looked."""
    return not (row.get("error") or row.get("errors") or row.get("held_right") is False or row.get("exit"))


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError:
                raise ValueError(f"{path}, line {number}: is no measurement") from None


class Results:
    """rows: the measurements, of which a later one replaces an earlier one of the same; runs: the conditions of each run, empty
    where it wrote none down."""

    def __init__(self, rows, runs=()):
        self.rows = list({(row["measure"], row["cell"], row["peer"], row["round"]): row for row in rows}.values())
        self.runs = list(runs)
        self._good, self._failed = collections.defaultdict(dict), collections.defaultdict(dict)
        for row in self.rows:
            kind = self._failed if "error" in row else self._good
            kind[row["measure"], row["cell"], row["peer"]][row["round"]] = row

    @staticmethod
    def load(paths):
        rows, runs = [], []
        for path in paths:
            lines = list(lines_of(path))
            runs.append(next((line["conditions"] for line in lines if "conditions" in line), {}))
            rows += [line for line in lines if "conditions" not in line]
        return Results(rows, runs)

    def rounds(self):
        return len({row["round"] for row in self.rows if row["measure"] != "start"})

    def starts(self):
        return len({row["round"] for row in self.rows if row["measure"] == "start"})

    def was_tried(self, measure, cell, peer):
        """Whether there are figures, or what went wrong instead."""
        return any((measure, cell, peer) in kind for kind in (self._good, self._failed))

    def has_figures(self, measure, peer):
        return any((measure, peer) == (one, who) for one, _, who in self._good)

    def peers(self):
        return list(dict.fromkeys(row["peer"] for row in self.rows))

    def cells(self, measure):
        return list(dict.fromkeys(row["cell"] for row in self.rows if row["measure"] == measure))

    def by_round(self, measure, cell, peer, value):
        """{round: value(row)} of the rounds that have one."""
        found = {}
        for turn, row in self._good.get((measure, cell, peer), {}).items():
            try:
                taken = value(row)
            except (KeyError, TypeError, ZeroDivisionError):
                continue
            if taken is not None:
                found[turn] = taken
        return found

    def spread(self, measure, cell, peer, value):
        return Spread.of(list(self.by_round(measure, cell, peer, value).values()))

    def ratio(self, measure, cell, peer, reference, value):
        """Round by round: both were measured at nearly the same time."""
        ours, theirs = self.by_round(measure, cell, peer, value), self.by_round(measure, cell, reference, value)
        return Spread.of([ours[turn] / theirs[turn] for turn in ours if theirs.get(turn)])

    def mark(self, measure, cell, *peers):
        """" [2 failed]" if so many runs of these peers ended with an error or were not right; else nothing."""
        failed = sum(not is_right(row) for peer in peers for kind in (self._good, self._failed)
                     for row in kind.get((measure, cell, peer), {}).values())
        return f" [{failed} failed]" if failed else ""

    def lost(self, peers):
        """What of these peers failed or was not right."""
        return [row for row in self.rows if row["peer"] in peers and not is_right(row)]

    def failures(self):
        """Sentences about what went wrong: measurements that failed, and answers or contents that were not right."""
        lines = []
        for (measure, cell, peer), rounds in self._failed.items():
            for error in dict.fromkeys(row["error"][:200].replace("\n", " ") for row in rounds.values()):
                lines.append(f"{peer}, {' '.join((measure, cell)).strip()}: {error}")
        for (measure, cell, peer), rounds in self._good.items():
            odd = [row for row in rounds.values() if not is_right(row)]
            if odd:
                lines.append(f"{peer}, {' '.join((measure, cell)).strip()} ({len(odd)} of {len(rounds)} runs): {what_is_wrong(odd[0])}")
        return lines
