#!/usr/bin/env python3
"""spec.py [--check]: writes compat-tests/spec/SCENARIOS.md, the table of the behaviour specification's numbers and the tests
that cite them. --check writes nothing and fails if the table is out of date. Both fail if a number has neither a test nor a
reason why not, or both, and if a test cites a number that the pages do not have. compat-tests/spec/README.md tells the rules."""
import dataclasses
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
SPEC = "compat-tests/spec"
SOURCES = ("wire", "codec", "broker", "compat-tests")

# The pages with numbers, in the table's order, and the name that tests have for each.
PAGES = {
    "idempotence": "Idempotence",
    "log-and-fetch": "LogAndFetch",
    "cluster-and-admin": "Cluster",
    "faults": "Faults",
    "groups": "Groups",
    "share-groups": "ShareGroups",
    "transactions": "Transactions",
    "security": "Security",
}
# Suites of unit tests, which have names of their own.
SUITES = {
    "RestartTest": "idempotence",
    "ClusterFilesTest": "idempotence",
    "GroupAdminTest": "groups",
    "LiveConsumerGroupsTest": "groups",
    "LiveGroupsTest": "groups",
    "OffsetCommitTest": "groups",
    "OffsetDeleteTest": "groups",
    "OffsetExpiryTest": "groups",
    "OffsetFetchTest": "groups",
}
# The families of numbers that only one page has. S, the scenarios, are on most.
FAMILIES = {"F": "faults", "T": "idempotence", "M": "idempotence", "R": "idempotence"}

SCENARIOS = re.compile(r"^## .*\bScenarios\b", re.MULTILINE)
SCENARIO = re.compile(r"^(\d+)\. (.*)$", re.MULTILINE)
ROW = re.compile(r"^\| ([TMF]\d+) \| (.*) \|$", re.MULTILINE)
RULE = re.compile(r"^- (R\d+)\. (.*)$", re.MULTILINE)
MARKER = re.compile(r"^> Not built yet: (.*)$", re.MULTILINE)
TEST = re.compile(r"^(TEST|TEST_F|TEST_P|RESTART_SCENARIO)\(\s*(\w+)(?:,\s*(\w+))?", re.MULTILINE)
NUMBER = re.compile(r"([SFTMR])0*(\d+)$")
TEXT_MAX = 90


@dataclasses.dataclass
class Entry:
    """A number of a page."""
    text: str
    tests: list = dataclasses.field(default_factory=list)
    reason: str = ""


def shown(number):
    """As tests spell it: S07, F04, but T6."""
    return f"{number[0]}{int(number[1:]):02}" if number[0] in "SF" else number


def shortened(text):
    text = text.replace("**", "").replace("|", "\\|")
    if len(text) <= TEXT_MAX:
        return text
    return text[:TEXT_MAX].rsplit(" ", 1)[0].rstrip(",;:.") + " …"


def section_of(page_text, start):
    end = page_text.find("\n## ", start)
    return page_text[start:end if end != -1 else len(page_text)]


def marker_of_page(text):
    """The reason of a page that is not built: its marker stands before the first heading below the title."""
    found = MARKER.search(text.split("\n## ")[0])
    return found.group(1) if found else ""


def entries_of(page, text):
    """number -> Entry, in the page's order."""
    entries = {}
    heading = SCENARIOS.search(text)
    if heading:
        for number, words in SCENARIO.findall(section_of(text, heading.start() + 1)):
            entries[f"S{number}"] = Entry(words)
    for pattern in (ROW, RULE):
        for number, words in pattern.findall(text):
            if FAMILIES[number[0]] == page:
                entries[f"{number[0]}{int(number[1:])}"] = Entry(words)
    for entry in entries.values():
        entry.reason = marker_of_page(text)
    return entries


def sections_not_built(pages):
    """(page, heading, what is missing) of every marker below a heading."""
    for page, text in pages.items():
        heading = ""
        for line in text.splitlines():
            if line.startswith("#"):
                heading = line.lstrip("# ") if line.startswith("##") else ""
            found = MARKER.match(line)
            if found:
                yield page, heading, found.group(1)


def citations(text):
    """(suite, name, page in the name or "", numbers) of every test that cites numbers."""
    for kind, first, second in TEST.findall(text):
        suite, name = ("", first) if kind == "RESTART_SCENARIO" else (first, second)
        words, page = name.split("_"), ""
        if words[0] in PAGES.values():
            page = words.pop(0)
        numbers = []
        while words and NUMBER.match(words[0]):
            numbers.append("%s%s" % NUMBER.match(words.pop(0)).groups())
        if numbers:
            yield suite, name, page, numbers


def page_of(number, suite, page_in_name):
    if number[0] in FAMILIES:
        return FAMILIES[number[0]]
    by_name = {name: page for page, name in PAGES.items()}
    return by_name.get(page_in_name) or by_name.get(suite) or SUITES.get(suite)


def add_tests(entries, file, text):
    """Notes the tests of a file; complains of numbers that there are not."""
    for suite, name, page_in_name, numbers in citations(text):
        test = f"{suite}.{name}" if suite else name
        for number in numbers:
            page = page_of(number, suite, page_in_name)
            if page is None:
                yield f"{file}: {test} cites {number}, but of which page? scripts/spec.py has a table of suites"
            elif number not in entries.get(page, {}):
                yield f"{file}: {test} cites {shown(number)}, which {SPEC}/{page}.md does not have"
            elif test not in entries[page][number].tests:
                entries[page][number].tests.append(test)


def numbers_in(text):
    """"S27 to S36, R4" -> each of them."""
    for part in text.split(","):
        ends = [NUMBER.match(end.strip()) for end in part.split(" to ")]
        if not all(ends):
            raise ValueError(part.strip())
        first, last = int(ends[0].group(2)), int(ends[-1].group(2))
        yield from (f"{ends[0].group(1)}{number}" for number in range(first, last + 1))


def add_reasons(entries, text):
    """Rows "| page | numbers | reason |" of UNTESTED.md."""
    for page, numbers, reason in re.findall(r"^\| ([\w-]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE):
        if page == "page" or set(page) == {"-"}:
            continue
        try:
            for number in numbers_in(numbers):
                if number not in entries.get(page, {}):
                    yield f"{SPEC}/UNTESTED.md: {page} has no {shown(number)}"
                else:
                    entries[page][number].reason = reason.strip()
        except ValueError as wrong:
            yield f"{SPEC}/UNTESTED.md: '{wrong}' is no number of a scenario"


def check_entries(entries):
    for page, numbers in entries.items():
        for number, entry in numbers.items():
            if entry.tests and entry.reason:
                yield f"{SPEC}/{page}.md: {shown(number)} has a test ({entry.tests[0]}) and a reason why it has none"
            if not entry.tests and not entry.reason:
                yield f"{SPEC}/{page}.md: {shown(number)} has no test, and {SPEC}/UNTESTED.md does not say why"


def written(entries, not_built):
    total = sum(len(numbers) for numbers in entries.values())
    tested = sum(bool(entry.tests) for numbers in entries.values() for entry in numbers.values())
    lines = ["# Scenarios and their tests", "",
             "Written by `scripts/spec.py` from the pages and the names of the tests; [README.md](README.md) tells how.", "",
             f"{tested} of {total} numbers have a test.", "",
             "| not built yet | what |", "|---|---|"]
    lines += [f"| [{page}]({page}.md)" + (f", {heading}" if heading else "") + f" | {what} |"
              for page, heading, what in not_built]
    for page, numbers in entries.items():
        lines += ["", f"## [{page}]({page}.md)", "", "| number | begins with | tests, or why there is none |", "|---|---|---|"]
        for number, entry in numbers.items():
            tests = "<br>".join(f"`{test}`" for test in entry.tests)
            lines.append(f"| {shown(number)} | {shortened(entry.text)} | {tests or entry.reason} |")
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    folder = TOP / SPEC
    pages = {page: (folder / f"{page}.md").read_text() for page in [*PAGES, "assignors"]}
    entries, complaints = {page: entries_of(page, pages[page]) for page in PAGES}, []
    for top in SOURCES:
        for path in sorted((TOP / top).rglob("*.cc")):
            complaints += add_tests(entries, path.relative_to(TOP), path.read_text())
    complaints += add_reasons(entries, (folder / "UNTESTED.md").read_text())
    complaints += check_entries(entries)
    table, text = folder / "SCENARIOS.md", written(entries, list(sections_not_built(pages)))
    if "--check" not in sys.argv:
        table.write_text(text)
    elif not table.exists() or table.read_text() != text:
        complaints.append(f"{SPEC}/SCENARIOS.md is out of date; scripts/spec.py writes it")
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"{len(complaints)} complaints")


if __name__ == "__main__":
    main()
