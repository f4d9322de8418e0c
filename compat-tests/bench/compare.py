"""Ratios of ours to the sinks and rivals, and how they stand to those that were recorded.

A ratio is taken round by round, so that a slow moment of the machine strikes both sides. It has got worse if it lies outside of
what was recorded: the new median beyond the recorded range and a tenth more, and the whole new range beyond the recorded median.
A ratio to a sink that was worse than the broker, then or now, is not judged.
"""
import collections
import dataclasses

from figures import BY_TITLE, FAILED, FIGURES, OURS, SINK_WORSE, is_sink_worse
from results import Spread, text_of

TOLERANCE = 0.1


def ratios(results):
    """{"understudy / kfake: title": Spread}"""
    found = {}
    for figure in FIGURES:
        for ours in OURS:
            for reference in figure.references:
                ratio = results.ratio(figure.measure, figure.cell, ours, reference, figure.value)
                if ratio is not None:
                    found[f"{ours} / {reference}: {figure.title}"] = ratio
    return found


def record(results, conditions):
    """What is kept of a run: plain values for JSON."""
    return {"conditions": conditions, "ratios": {key: dataclasses.asdict(ratio) for key, ratio in ratios(results).items()}}


def parts_of(key):
    """(ours, the reference, the figure)"""
    pair, title = key.split(": ", 1)
    return *pair.split(" / "), BY_TITLE[title]


def judge(key, old, new):
    """"worse", "better", "same" or "sink worse"."""
    _, reference, figure = parts_of(key)
    if any(is_sink_worse(figure, reference, one) for one in (old, new)):
        return SINK_WORSE
    if not figure.is_less_better:
        # Turned over, less is better again.
        old, new = (Spread(1 / one.median, 1 / one.high, 1 / one.low) for one in (old, new))
    if new.median > old.high * (1 + TOLERANCE) and new.low > old.median:
        return "worse"
    if new.median < old.low / (1 + TOLERANCE) and new.high < old.median:
        return "better"
    return "same"


def compare(recorded, results):
    """[(verdict, key, recorded ratio, new ratio)]; the verdict is "missing" for what was recorded and is not there now, "failed"
    where something of ours was lost."""
    now, lines = ratios(results), []
    for key, values in recorded["ratios"].items():
        ours, _, figure = parts_of(key)
        old, new = Spread(**values), now.get(key)
        if results.mark(figure.measure, figure.cell, ours):
            verdict = FAILED
        else:
            verdict = "missing" if new is None else judge(key, old, new)
        lines.append((verdict, key, old, new))
    return lines


def rests_on(recorded, results):
    """How many rounds and starts either side has."""
    then = recorded.get("conditions", {})
    rounds, starts = then.get("rounds", "unknown"), then.get("starts", "unknown")
    line = f"rounds: {rounds} recorded, {results.rounds()} now; starts: {starts} recorded, {results.starts()} now"
    if "1" in (rounds, str(results.rounds())):
        line += "; a single round has no range, so that its ratios may be chance"
    return line


def describe(lines):
    """What a person reads: what has changed first, then how much has not."""
    text = []
    for wanted, word in ((FAILED, "FAILED"), ("worse", "WORSE"), ("better", "better"), (SINK_WORSE, SINK_WORSE)):
        for verdict, key, old, new in lines:
            if verdict == wanted:
                text.append(f"{word:12}  {key}: was {text_of(old)}" + (f", is {text_of(new)}" if new else ""))
    count = collections.Counter(verdict for verdict, *_ in lines)
    if count["missing"]:
        text.append(f"not measured  {count['missing']} of {len(lines)} that were recorded")
    judged = count["same"] + count["worse"] + count["better"]
    return "\n".join(text + [f"{count['same']} of {judged} ratios are what they were"])


def status_of(lines):
    """Of the command: 1 if something failed or got worse, 2 if nothing could be compared."""
    verdicts = {verdict for verdict, *_ in lines}
    return 1 if verdicts & {FAILED, "worse"} else 2 if verdicts <= {"missing", SINK_WORSE} else 0
