#!/usr/bin/env python3
"""functions.py [--list N]: how long the functions of wire, codec and broker are, in lines from the first of the signature to
the closing brace. Fails if one has more than 70 lines, or a tenth of those outside of tests 25 or more. Tables are named below,
each with its reason, and do not count. --list N prints the N longest. It reads code as .clang-format leaves it."""
import dataclasses
import fnmatch
import re
import sys

import tidy

FOLDERS = ("wire/", "codec/", "broker/")
LINES_MAX = 70
P90_BELOW = 25

# FILE:FUNCTION, as patterns, and why it is a table: rows in the shape of a function, which nobody reads from top to bottom.
TABLES = {
    "wire/api_key.cc:name_of": "one row per API",
    "wire/error_code.cc:name_of": "one row per error",
    "wire/messages_*.cc:*_messages*": "one row per message",
}

COMMENT_OR_LITERAL = re.compile(
    r"//[^\n]*|/\*.*?\*/|R\"(\w*)\(.*?\)\1\"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
TYPE = re.compile(r"^(?:template\s*<.*?>\s*)?(?:typedef\s+)?(?:class|struct|union|enum)\b", re.DOTALL)
ASSIGNED = re.compile(r"(?<![=!<>+\-*/%&|^])=(?!=)")
NAME = re.compile(r"((?:[\w:]|<[^<>()]*>)*(?:operator\s*(?:\(\)|[^\s\w(]+|[\w: ]+)|~?\w+))\s*$")


@dataclasses.dataclass(frozen=True)
class Function:
    file: str
    name: str
    line: int
    lines: int

    def __str__(self):
        return f"{self.file}:{self.line}: {self.name} has {self.lines} lines"


def code_alone(text):
    """The text without comments, literals and directives, line for line and column for column."""
    blank = lambda found: re.sub(r"[^\n]", " ", found.group(0))
    literal = lambda found: blank(found) if found.group(0).startswith("/") else "0" + blank(found)[1:]
    return DIRECTIVE.sub(blank, COMMENT_OR_LITERAL.sub(literal, text))


def closing(code, start):
    """Where the brace that opens at start is closed."""
    depth = 0
    for found in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if found.group(0) == "{" else -1
        if depth == 0:
            return found.start()
    return len(code) - 1


def without_arguments(head):
    """The head with everything in round or square brackets, or in those of templates, taken out."""
    while True:
        shorter = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|(?<=\w)<[^<>;]*>", "", head)
        if shorter == head:
            return head
        head = shorter


def kind_of(head):
    """What a brace opens behind this head, outside of a function: a scope, a function, or data."""
    head = head.strip()
    if re.match(r"(inline\s+)?namespace\b", head) or head.startswith("extern 0"):
        return "scope"
    if TYPE.match(head) and not re.search(r"\)\s*(?:const|noexcept|override|final|\s)*$", head):
        return "data" if re.search(r"\benum\b", head) else "scope"
    is_assigned = ASSIGNED.search(re.sub(r"operator\s*[^\s\w]+", "", without_arguments(head)))
    if is_assigned:
        return "function" if re.search(r"=\s*\[", head) else "data"
    return "function" if "(" in head else "data"


def name_of(head):
    head = re.sub(r"\s+", " ", head.strip())
    assigned = re.search(r"(\w+) = \[", head)
    if assigned:
        return assigned.group(1)
    macro = re.match(r"((?:TEST\w*|FUZZ\w*)\([^()]*\))", head)
    if macro:
        return macro.group(1)
    depth, end = 0, len(head)
    for place, letter in enumerate(head):  # Up to the first bracket that is not in a template's.
        if letter in "<>" and "operator" not in head[:place]:
            depth += 1 if letter == "<" else -1
        if letter == "(" and depth <= 0 and not head[:place].endswith("operator"):
            end = place
            break
    found = NAME.search(head[:end])
    return found.group(1).strip() if found else head[:end]


def functions_in(file, text):
    """Every function that is not in another one. A brace without a blank before it begins a value: `Type{`, `member_{`."""
    code, start, depth, place = code_alone(text), 0, 0, 0
    while place < len(code):
        letter = code[place]
        if letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter in ";}":
            start = start if depth else place + 1
        elif letter == ":" and re.search(r"\b(public|private|protected)\s*$", code[start:place]):
            start = place + 1
        elif letter == "{":
            head = code[start:place]
            is_value = depth > 0 or code[place - 1] not in " \n" or re.search(r"[=,]\s*$", head)
            kind = "data" if is_value else kind_of(head)
            if kind == "scope":
                start = place + 1
            else:
                end = closing(code, place)
                if kind == "function":
                    first = code.count("\n", 0, start + len(head) - len(head.lstrip())) + 1
                    yield Function(file, name_of(head), first, code.count("\n", 0, end) + 2 - first)
                    start = end + 1
                place = end
        place += 1


def percentile(values, share):
    """The least value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)] if ordered else 0


def figures(functions):
    lines = [function.lines for function in functions]
    return (f"{len(lines)} functions, median {percentile(lines, 50)} lines, p90 {percentile(lines, 90)}, "
            f"longest {max(lines, default=0)}")


def tables_apart(functions, tables):
    """The functions that are none of the tables, and the patterns that no function matches."""
    matched = {function: [table for table in tables if fnmatch.fnmatchcase(f"{function.file}:{function.name}", table)]
               for function in functions}
    used = {table for found in matched.values() for table in found}
    return [function for function, found in matched.items() if not found], [table for table in tables if table not in used]


def complaints_of(functions, tables):
    counted, unused = tables_apart(functions, tables)
    yield from (f"scripts/functions.py names {table}, which there is not" for table in unused)
    yield from (f"{function}; {LINES_MAX} at most" for function in counted if function.lines > LINES_MAX)
    p90 = percentile([function.lines for function in counted if not tidy.is_test(function.file)], 90)
    if p90 >= P90_BELOW:
        yield f"a tenth of the functions have {p90} lines or more; fewer than {P90_BELOW} is the aim"


def main():
    arguments = sys.argv[1:]
    if arguments and (arguments[0] != "--list" or len(arguments) != 2 or not arguments[1].isdigit()):
        sys.exit(__doc__)
    functions = [function for name in tidy.tracked_files() if name.startswith(FOLDERS) and tidy.is_source(name)
                 for function in functions_in(name, (tidy.TOP / name).read_text())]
    counted, _ = tables_apart(functions, TABLES)
    if arguments:
        for function in sorted(counted, key=lambda one: -one.lines)[:int(arguments[1])]:
            print(function)
    complaints = list(complaints_of(functions, TABLES))
    for complaint in complaints:
        print(complaint)
    print("product:", figures([function for function in counted if not tidy.is_test(function.file)]))
    print("tests:  ", figures([function for function in counted if tidy.is_test(function.file)]))
    if complaints:
        sys.exit(f"{len(complaints)} complaints")


if __name__ == "__main__":
    main()
