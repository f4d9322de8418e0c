"""Tables, ratios, comparisons and plots, from measurements that are written down here."""
import json
import pathlib
import tempfile
import unittest
import xml.etree.ElementTree as xml

import compare
import conditions
import figures
import plot
import report
import results
from results import Results, Spread

BLAST = "16 KiB, c8 p12"


def row(peer, turn, measure, cell, **values):
    return {"peer": peer, "round": turn, "measure": measure, "cell": cell, "load": 1.0} | values


def blast(peer, turn, mb_s, **values):
    return row(peer, turn, "blast", BLAST, **{"mb_s": mb_s, "seconds": 2.0, "broker_cpu_s": 1.0, "batches": 1000} | values)


def run_of(ours, sink=(100, 100, 100)):
    """MB/s of ours and of the file sink, round by round."""
    rows = [blast("understudy-kept", turn, mb_s) for turn, mb_s in enumerate(ours)]
    return Results(rows + [blast("sink-file", turn, mb_s) for turn, mb_s in enumerate(sink)])


KEY = "understudy-kept / sink-file: 16 KiB batches, 8 connections, 12 partitions"
CPU_KEY = KEY + ": broker CPU"


def recorded(*ratio):
    return {"ratios": {KEY: dict(zip(("low", "median", "high"), ratio))}}


class SpreadTest(unittest.TestCase):
    def test_is_median_and_range(self):
        self.assertEqual(Spread.of([3, 1, 2]), Spread(2, 1, 3))
        self.assertIsNone(Spread.of([]))

    def test_is_printed_with_three_digits(self):
        self.assertEqual([results.number(value) for value in (0.1234, 12.34, 123.4, 123456)], ["0.12", "12.3", "123", "123k"])
        self.assertEqual(results.text_of(Spread(2, 1, 3)), "2.00 (1.00..3.00)")
        self.assertEqual(results.text_of(Spread(2, 2, 2)), "2.00")
        self.assertEqual(results.text_of(None), "")


class ResultsTest(unittest.TestCase):
    def test_ratios_are_taken_round_by_round(self):
        found = run_of(ours=(50, 90, 160), sink=(100, 100, 200))
        figure = figures.BY_TITLE["16 KiB batches, 8 connections, 12 partitions"]
        self.assertEqual(found.ratio(figure.measure, figure.cell, "understudy-kept", "sink-file", figure.value), Spread(0.8, 0.5, 0.9))

    def test_a_round_that_only_one_side_has_is_no_ratio(self):
        found = run_of(ours=(50, 90), sink=(100,))
        self.assertEqual(found.ratio("blast", BLAST, "understudy-kept", "sink-file", figures.MB_S), Spread(0.5, 0.5, 0.5))
        self.assertIsNone(found.ratio("blast", BLAST, "understudy-kept", "kafka", figures.MB_S))

    def test_a_row_without_the_value_is_left_out(self):
        found = Results([blast("kafka", 0, 10), row("kafka", 1, "blast", BLAST, seconds=1)])
        self.assertEqual(found.spread("blast", BLAST, "kafka", figures.MB_S), Spread(10, 10, 10))

    def test_lines_of_json_are_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "raw.jsonl"
            path.write_text('{"peer": "kafka", "round": 0, "measure": "m", "cell": "", "x": 4}\n\n')
            self.assertEqual(Results.load([path]).spread("m", "", "kafka", figures.of("x")), Spread(4, 4, 4))

    def test_what_was_not_right_is_told(self):
        lines = Results([blast("mock", 0, 10, held_right=False, held=1, messages=9), blast("kfake", 0, 10, errors={"6": 2}),
                         blast("understudy", 0, 10, held_right=True, exit=0, errors={}),
                         row("kafka", 0, "lib", "x", error="it fell\nover"), row("mock", 0, "consume", "x", exit=3, messages=5051)]).failures()
        self.assertEqual(len(lines), 4)
        self.assertIn("kafka, lib x: it fell over", lines)
        self.assertIn("mock, consume x (1 of 1 runs): status 3, messages: 5051", lines)
        self.assertTrue(any(line.startswith("mock, blast") and "held 1 of 9" in line for line in lines), lines)
        self.assertTrue(any(line.startswith("kfake, blast") and "{'6': 2}" in line for line in lines), lines)

    def test_runs_that_were_not_right_are_counted(self):
        found = Results([blast("mock", 0, 10, held_right=False), blast("mock", 1, 10, exit=3), blast("mock", 2, 10),
                         row("mock", 3, "blast", BLAST, error="it fell"), blast("kafka", 0, 10, errors={"6": 2}),
                         blast("kfake", 0, 10, held_right=True, exit=0, errors={})])
        self.assertEqual([found.mark("blast", BLAST, peer) for peer in ("mock", "kafka", "kfake", "nobody")],
                         [" [3 failed]", " [1 failed]", "", ""])
        self.assertEqual(found.mark("blast", BLAST, "mock", "kafka"), " [4 failed]")


class ConditionsTest(unittest.TestCase):
    def loaded(self, *files):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / str(number) for number in range(len(files))]
            for path, lines in zip(paths, files):
                path.write_text("\n".join(json.dumps(line) for line in lines))
            return Results.load(paths)

    def test_they_come_from_the_run_itself(self):
        written = conditions.of_this_run(["understudy", "kafka"], "4.3.1", 3, 9)
        self.assertEqual((written["Apache Kafka"], written["rounds"], written["starts"]), ("4.3.1", 3, 9))
        self.assertNotIn("kfake", written)
        found = self.loaded([{"conditions": written | {"Understudy": "abc"}}, row("kafka", 0, "start", ""),
                             row("kafka", 1, "start", ""), row("kafka", 0, "lib", "", librdkafka="2.16.0")])
        self.assertEqual(len(found.rows), 3)
        said = conditions.of(found)
        self.assertEqual([said[name] for name in ("Understudy", "Apache Kafka", "librdkafka", "rounds", "starts", "memory")],
                         ["abc", "4.3.1", "2.16.0", "1", "2", written["memory"]])

    def test_all_commits_are_named(self):
        said = conditions.of(self.loaded(*([{"conditions": {"Understudy": commit, "memory": "8 GiB"}}]
                                           for commit in ("abc", "def", "abc"))))
        self.assertEqual((said["Understudy"], said["memory"]), ("abc; def", "8 GiB"))
        self.assertNotIn("Apache Kafka", said)

    def test_a_run_that_wrote_none_down_is_unknown(self):
        bare = [row("kafka", 0, "lib", "")]
        self.assertEqual(conditions.of(self.loaded(bare))["Understudy"], "unknown")
        said = conditions.of(self.loaded([{"conditions": {"Understudy": "abc", "Apache Kafka": "4.3.1"}}], bare))
        self.assertEqual((said["Understudy"], said["Apache Kafka"]), ("abc; unknown", "4.3.1; unknown"))
        self.assertEqual(said["processor"], "unknown")


class CompareTest(unittest.TestCase):
    def judged(self, old, ours, sink=(100, 100, 100)):
        lines = compare.compare(recorded(*old), run_of(ours, sink))
        self.assertEqual([key for _, key, _, _ in lines], [KEY])
        return lines[0][0]

    def test_a_run_within_the_spread_is_the_same(self):
        self.assertEqual(self.judged((0.8, 0.9, 1.0), (78, 85, 99)), "same")
        self.assertEqual(self.judged((0.9, 0.9, 0.9), (85, 85, 85)), "same", "a tenth is noise even where nothing spread")

    def test_a_run_below_the_spread_is_worse(self):
        self.assertEqual(self.judged((0.8, 0.9, 1.0), (50, 60, 70)), "worse")
        self.assertEqual(self.judged((0.8, 0.9, 1.0), (50, 60, 95)), "same", "one round was as good as ever")

    def test_a_run_above_the_spread_is_better(self):
        self.assertEqual(self.judged((0.5, 0.6, 0.7), (90, 95, 99)), "better")

    def test_a_machine_that_is_slower_for_all_changes_nothing(self):
        self.assertEqual(self.judged((0.8, 0.9, 1.0), (9, 9, 9), sink=(10, 10, 10)), "same")

    def test_where_less_is_better_more_is_worse(self):
        old, more, less = Spread(1.0, 0.9, 1.1), Spread(1.4, 1.3, 1.5), Spread(0.7, 0.6, 0.8)
        self.assertEqual(compare.judge(CPU_KEY, old, more), "worse")
        self.assertEqual(compare.judge(CPU_KEY, old, less), "better")
        self.assertEqual(compare.judge(KEY, old, more), "better")

    def test_a_sink_that_was_worse_judges_nothing(self):
        self.assertEqual(self.judged((4.3, 4.4, 4.5), (50, 60, 70)), "sink worse")
        self.assertEqual(self.judged((0.8, 0.9, 1.0), (160, 170, 180)), "sink worse")
        self.assertEqual(compare.judge(CPU_KEY, Spread(0.2, 0.2, 0.2), Spread(1, 1, 1)), "sink worse")
        self.assertEqual(compare.judge(KEY.replace("sink-file", "kfake"), Spread(4, 4, 4), Spread(1, 1, 1)), "worse")
        lines = compare.compare(recorded(4.3, 4.4, 4.5), run_of((50, 60, 70)))
        self.assertEqual(compare.status_of(lines), 2)
        self.assertIn("sink worse", compare.describe(lines))

    def test_how_many_rounds_there_were_is_said(self):
        then = recorded(0.8, 0.9, 1.0) | {"conditions": {"rounds": "1", "starts": "9"}}
        self.assertEqual(compare.rests_on(then, run_of((80, 90, 99))), "rounds: 1 recorded, 3 now; starts: 9 recorded, 0 now; "
                         "a single round has no range, so that its ratios may be chance")
        then["conditions"]["rounds"] = "3"
        self.assertEqual(compare.rests_on(then, run_of((80, 90, 99))), "rounds: 3 recorded, 3 now; starts: 9 recorded, 0 now")

    def test_the_status_says_whether_something_got_worse(self):
        worse = compare.compare(recorded(0.8, 0.9, 1.0), run_of((50, 60, 70)))
        self.assertEqual(compare.status_of(worse), 1)
        self.assertIn("WORSE", compare.describe(worse))
        same = compare.compare(recorded(0.8, 0.9, 1.0), run_of((80, 90, 99)))
        self.assertEqual(compare.status_of(same), 0)
        self.assertIn("1 of 1 ratios are what they were", compare.describe(same))
        lost = compare.compare(recorded(0.8, 0.9, 1.0), Results([one | {"exit": 3} for one in run_of((80, 90, 99)).rows]))
        self.assertEqual(compare.status_of(lost), 1)
        self.assertIn("FAILED", compare.describe(lost))
        nothing = compare.compare(recorded(0.8, 0.9, 1.0), Results([]))
        self.assertEqual(compare.status_of(nothing), 2)
        self.assertIn("not measured", compare.describe(nothing))

    def test_a_run_compared_with_its_own_record_is_the_same(self):
        run = run_of((80, 90, 99))
        kept = compare.record(run, {"processor": "p"})
        self.assertEqual(kept["conditions"], {"processor": "p"})
        self.assertEqual({verdict for verdict, *_ in compare.compare(kept, run)}, {"same"})
        self.assertIn(KEY, kept["ratios"])
        self.assertIn(CPU_KEY, kept["ratios"])


class ReportTest(unittest.TestCase):
    def test_every_target_has_its_figure_and_a_limit(self):
        for target in figures.TARGETS:
            self.assertIn(target.title, figures.BY_TITLE)
            self.assertTrue(target.must or target.aim)
        self.assertEqual(len(figures.BY_TITLE), len(figures.FIGURES))
        self.assertTrue(set(report.PLOTTED) <= set(figures.BY_TITLE))

    def test_verdicts(self):
        more = figures.Target("16 KiB batches, 8 connections, 12 partitions", must=0.75, aim=0.9, peer="understudy-kept", reference="sink-file")
        self.assertEqual([more.verdict(run_of((ours,))) for ours in (74, 75, 89, 90)], ["missed", "must", "must", "aim"])
        self.assertEqual([more.verdict(run_of((ours,))) for ours in (150, 151, 437)], ["aim", "sink worse", "sink worse"])
        cpu = figures.Target("16 KiB batches, 8 connections, 12 partitions: broker CPU", must=1.2, peer="understudy-kept",
                             reference="sink-file")
        self.assertEqual([cpu.verdict(run_of((ours,))) for ours in (80, 100, 149, 151)], ["missed", "must", "must", "sink worse"])
        less = figures.Target("exec to first acknowledged produce", must=5, aim=3)
        self.assertEqual([less.verdict(Results([row("understudy", 0, "start", "", produce_ms=value)])) for value in (5.1, 5, 3)],
                         ["missed", "must", "aim"])
        self.assertEqual(less.verdict(Results([])), "")
        self.assertEqual(figures.Target("exec to first acknowledged produce", aim=3).verdict(
            Results([row("understudy", 0, "start", "", produce_ms=4)])), "missed")

    def test_the_page_has_what_was_measured(self):
        found = Results(run_of((80, 90, 99)).rows + [row("understudy", 0, "start", "", produce_ms=4.5, rss_mb=5.0, api_ms=4.0),
                                                     row("kafka", 0, "start", "", error="no Java")])
        page = report.page(found, {"processor": "of the test"}, "plot.svg")
        self.assertIn("* processor: of the test", page)
        self.assertIn("![Understudy beside its rivals](plot.svg)", page)
        self.assertIn("| exec to first acknowledged produce, ms | ≤ 5 | ≤ 3 | 4.50 | must |", page)
        self.assertIn("ratio of understudy-kept to sink-file | ≥ 0.75 | ≥ 0.9 | 0.90 (0.80..0.99) | aim |", page)
        self.assertIn("| all | 4.50 | [1 failed] |", page)
        self.assertIn("* kafka, start: no Java", page)
        self.assertNotIn("## Idle connections", page)

    def test_what_says_little_is_marked(self):
        page = report.page(Results(run_of((437,), sink=(100,)).rows + [blast("mock", 0, 1124, held_right=False)]), {}, "plot.svg")
        self.assertIn("ratio of understudy-kept to sink-file | ≥ 0.75 | ≥ 0.9 | 4.37 [sink worse] | sink worse |", page)
        self.assertIn("| 16 KiB batches, 8 connections, 12 partitions | 4.37 [sink worse] |", page)
        self.assertIn("| 16 KiB batches, 8 connections, 12 partitions, MB/s | 437 | 100 | 1124 [1 failed] |", page)
        self.assertIn("| 16 KiB, c8 p12 | 437 | 100 | 1124 [1 failed] |", page)
        ours = report.page(run_of((80,)), {}, "plot.svg")
        lost = report.page(Results([one | {"exit": 3} for one in run_of((80,), sink=(100,)).rows]), {}, "plot.svg")
        self.assertIn("| 0.80 | must |", ours)
        self.assertIn("| 0.80 [2 failed] | failed |", lost)

    def test_every_table_is_whole(self):
        page = report.page(run_of((80, 90, 99)), {}, "plot.svg").splitlines()
        for before, line in zip(page, page[1:]):
            if before.startswith("|") and line.startswith("|"):
                self.assertEqual(before.count("|"), line.count("|"), line)


class PlotTest(unittest.TestCase):
    def panel(self, *bars):
        return {"title": "a < b", "unit": "MB/s", "is_less_better": False, "bars": list(bars)}

    def rectangles(self, text):
        found = xml.fromstring(text).iter("{http://www.w3.org/2000/svg}rect")
        return [float(one.get("width")) for one in list(found)[1:]]

    def test_bars_are_as_long_as_their_share(self):
        bars = ("understudy", Spread(100, 100, 100), ""), ("kafka", Spread(25, 25, 25), " [1 failed]")
        text = plot.svg("Title & more", [self.panel(*bars)])
        self.assertEqual(self.rectangles(text), [plot.BAR, plot.BAR / 4])
        words = "".join(xml.fromstring(text).itertext())
        self.assertIn("Title & more", words)
        self.assertIn("a < b, MB/s (more is better)", words)
        self.assertIn("understudy", words)
        self.assertIn("25.0 [1 failed]", words)

    def test_a_range_is_a_whisker_within_the_picture(self):
        text = plot.svg("t", [self.panel(("kafka", Spread(50, 10, 100), ""))])
        paths = list(xml.fromstring(text).iter("{http://www.w3.org/2000/svg}path"))
        self.assertEqual(len(paths), 1)
        self.assertTrue(paths[0].get("d").endswith(f"H{plot.LABEL + plot.BAR:.1f}"))

    def test_zeros_and_empty_panels_are_drawn(self):
        self.assertEqual(self.rectangles(plot.svg("t", [self.panel(("kafka", Spread(0, 0, 0), "")), self.panel()])), [1])

    def test_results_become_panels(self):
        text = report.plot(run_of((80, 90, 99)))
        self.assertIn("16 KiB batches, 8 connections, 12 partitions, MB/s (more is better)", text)
        self.assertNotIn("consume", text)


if __name__ == "__main__":
    unittest.main()
