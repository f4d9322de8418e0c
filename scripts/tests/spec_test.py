"""What scripts/spec.py finds in pages and tests, and what it complains of."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import spec

PAGE = """# Page

| # | state | verdict |
|---|---|---|
| T1 | none | append |

- R1. After a restart.

## 3. Scenarios [live]
1. First of
   two lines.
27. Last.

## 4. More
28. Not a scenario.
"""
UNBUILT = "# Page\n\n> Not built yet: all of it.\n\nText.\n\n## 1. Scenarios\n1. One.\n"


class Pages(unittest.TestCase):
    def test_numbers_are_scenarios_rows_and_rules(self):
        self.assertEqual(list(spec.entries_of("idempotence", PAGE)), ["S1", "S27", "T1", "R1"])

    def test_rows_of_one_page_mean_nothing_on_another(self):
        self.assertEqual(list(spec.entries_of("log-and-fetch", PAGE)), ["S1", "S27"])

    def test_a_page_that_is_not_built_gives_its_reason_to_every_number(self):
        self.assertEqual(spec.entries_of("groups", UNBUILT)["S1"].reason, "all of it.")

    def test_a_section_that_is_not_built_gives_no_reason(self):
        text = UNBUILT.replace("Text.", "").replace("\n> Not built yet: all of it.\n", "") + "> Not built yet: this.\n"
        self.assertEqual(spec.entries_of("groups", text)["S1"].reason, "")
        self.assertEqual(list(spec.sections_not_built({"groups": text})), [("groups", "1. Scenarios", "this.")])


class Names(unittest.TestCase):
    def numbers(self, text):
        entries = {"idempotence": spec.entries_of("idempotence", PAGE)}
        complaints = list(spec.add_tests(entries, "x_test.cc", text))
        return {number: entry.tests for number, entry in entries["idempotence"].items() if entry.tests}, complaints

    def test_the_suite_names_the_page(self):
        self.assertEqual(self.numbers("TEST(Idempotence, S01_Works) {")[0], {"S1": ["Idempotence.S01_Works"]})

    def test_the_name_may_name_the_page(self):
        found, complaints = self.numbers("RESTART_SCENARIO(Idempotence_S27_Works, clean_stop) {")
        self.assertEqual((found, complaints), ({"S27": ["Idempotence_S27_Works"]}, []))

    def test_a_name_may_have_several_numbers(self):
        found, _ = self.numbers("TEST_F(ProducerState,\n       T1_R1_Works) {")
        self.assertEqual(found, {"T1": ["ProducerState.T1_R1_Works"], "R1": ["ProducerState.T1_R1_Works"]})

    def test_names_without_numbers_mean_nothing(self):
        self.assertEqual(self.numbers("TEST(Idempotence, Sequences_S01) {\nTEST(X, S3Bucket) {"), ({}, []))

    def test_a_number_that_the_page_lacks_is_an_error(self):
        self.assertIn("cites S28", self.numbers("TEST(Idempotence, S28_Works) {")[1][0])

    def test_a_number_without_a_page_is_an_error(self):
        self.assertIn("of which page", self.numbers("TEST(Whatever, S01_Works) {")[1][0])


class Reasons(unittest.TestCase):
    def setUp(self):
        self.entries = {"idempotence": spec.entries_of("idempotence", PAGE)}

    def complaints(self, reasons, tests=""):
        found = list(spec.add_tests(self.entries, "x_test.cc", tests))
        return found + list(spec.add_reasons(self.entries, reasons)) + list(spec.check_entries(self.entries))

    def test_every_number_needs_a_test_or_a_reason(self):
        found = self.complaints("| idempotence | S27, T1 to T1 | why |", "TEST(Idempotence, S01_Works) {")
        self.assertEqual(len(found), 1)
        self.assertIn("R1 has no test", found[0])

    def test_not_both(self):
        found = self.complaints("| idempotence | S1, S27, T1, R1 | why |", "TEST(Idempotence, S01_Works) {")
        self.assertEqual(len(found), 1)
        self.assertIn("S01 has a test", found[0])

    def test_a_reason_for_nothing_is_an_error(self):
        found = self.complaints("| idempotence | S1, S26 to S27, T1, R1 | why |\n| idempotence | nonsense | why |")
        self.assertEqual(len(found), 2)

    def test_the_table_shows_tests_and_reasons(self):
        self.complaints("| idempotence | S27, T1, R1 | why |", "TEST(Idempotence, S01_Works) {")
        table = spec.written(self.entries, [])
        self.assertIn("| S01 | First of | `Idempotence.S01_Works` |", table)
        self.assertIn("| T1 | none \\| append | why |", table)
        self.assertIn("1 of 4 numbers have a test.", table)


if __name__ == "__main__":
    unittest.main()
