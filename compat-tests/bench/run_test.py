"""Which options are refused, and what is too little to be recorded."""
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import run
import suites
from figures import FIGURES, OURS
from results import Results


def given(*options):
    with mock.patch.object(sys, "argv", ["run.py", "--out", "nowhere", *options]):
        return run.arguments()


class OptionsTest(unittest.TestCase):
    def complaints(self, *options, recorded=pathlib.Path(__file__)):
        return list(run.complaints(given(*options), recorded))

    def test_whatever_makes_sense_is_taken(self):
        self.assertEqual(self.complaints(), [])
        self.assertEqual(self.complaints("--rounds", "1", "--starts", "20", "--suites", "start,lib", "--peers", "kafka,mock"), [])
        everybody = ",".join(peer.name for peer in run.all_peers(given()))
        self.assertEqual(self.complaints("--record", "--compare", "--peers", everybody), [])
        with tempfile.NamedTemporaryFile() as raw:
            self.assertEqual(self.complaints("--from-raw", raw.name, __file__, "--record"), [])
            self.assertEqual(self.complaints("--folder", tempfile.gettempdir()), [])

    def test_what_is_measured_already_is_not_chosen(self):
        self.assertEqual(self.complaints("--from-raw", __file__, "--rounds", "2", "--peers", "kafka"),
                         ["--rounds says what to measure, and --from-raw measures nothing",
                          "--peers says what to measure, and --from-raw measures nothing"])

    def test_numbers_are_positive(self):
        for wrong in ("0", "-1", "three", "1.5"):
            self.assertEqual(self.complaints("--rounds", wrong), [f"--rounds wants a positive number, not {wrong}"])
        self.assertEqual(self.complaints("--starts", "0"), ["--starts wants a positive number, not 0"])

    def test_names_are_known(self):
        self.assertIn("--suites: there is no x, y; there are start, lib,", self.complaints("--suites", "lib,x,y")[0])
        self.assertIn("--peers: there is no ; there are understudy, understudy-kept,", self.complaints("--peers", "kafka,")[0])

    def test_files_are_there(self):
        missing = str(pathlib.Path(__file__) / "missing")
        self.assertEqual(self.complaints("--folder", missing), [f"--folder: there is no folder {missing}"])
        self.assertEqual(self.complaints("--from-raw", __file__, missing), [f"--from-raw: there is no file {missing}"])
        self.assertEqual(self.complaints("--compare", recorded=pathlib.Path(missing)),
                         ["--compare: nothing was recorded yet; --record does that"])

    def test_a_part_is_not_recorded(self):
        lines = self.complaints("--record", "--suites", "start,lib", "--peers", "understudy")
        self.assertEqual(len(lines), 2)
        self.assertIn("--record wants everything measured, and --suites leaves out latency, blast,", lines[0])
        self.assertIn("--peers leaves out understudy-kept, kafka,", lines[1])


class UnmeasuredTest(unittest.TestCase):
    def test_every_suite_has_figures_of_every_peer_that_takes_part(self):
        peers = run.all_peers(given())
        rows = [{"measure": measure, "cell": "", "peer": peer.name, "round": 0}
                for suite, measure in suites.NAMES.items() for peer in peers if run.has(peer, suite)]
        untried = run.unmeasured(Results(rows), peers)
        self.assertIn("memory after 10 GB of understudy-kept", untried)
        rows += [{"measure": figure.measure, "cell": figure.cell, "peer": ours, "round": 0} for figure in FIGURES for ours in OURS]
        self.assertEqual(run.unmeasured(Results(rows), peers), [])
        rows = [row | ({"error": "no Java"} if row["peer"] == "kafka" and row["measure"] == "lib" else {}) for row in rows
                if (row["peer"], row["measure"]) != ("sink-file", "blast")]
        self.assertEqual(run.unmeasured(Results(rows), peers), ["lib of kafka", "blast of sink-file"])


if __name__ == "__main__":
    unittest.main()
