#!/usr/bin/env python3
"""tidy.py [--fix]: what a machine can check of the style: layers, names that the core must not use, file length,
format, and paths of this very machine. --fix formats the sources. clang-tidy has a script of its own, scripts/lint.py."""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CLANG_FORMAT = "clang-format-19"
LINES_MAX = 700

# The layers. An arrow goes down only; folders with the same height do not know each other. broker/CMakeLists.txt builds the
# folders of the broker in the same order. "broker" is main.cc, which stands above them all.
HEIGHTS = {
    "wire": 0,
    "codec": 1,
    "broker/base": 2,
    "broker/log": 3,
    "broker/cluster": 4,
    "broker/faults": 4,
    "broker/coordinator": 5,
    "broker/group": 6,
    "broker/api": 7,
    "broker/core": 8,
    "broker/server": 9,
    "broker/embedding": 10,
    "broker": 11,
}
CORE = tuple(folder for folder, height in HEIGHTS.items() if height <= HEIGHTS["broker/core"])
# What is no layer: tests and what they share.
OUTSIDE = ("compat-tests", "cmake")
# The files that may know Boost.JSON; they are a library of their own, which the core does not link.
JSON_FILES = {"wire/json.cc", "wire/json.h", "wire/from_json.cc", "wire/parse_json.cc"}

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')
# Threads, locks, files, sockets, the real time and true randomness: the core is handed all of them.
HEADERS_BANNED_IN_CORE = re.compile(
    r"^(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|fstream|filesystem|ctime"
    r"|time\.h|unistd\.h|fcntl\.h|poll\.h|pthread\.h|sys/(socket|epoll|mman|stat|time|uio)\.h|netinet/.*|arpa/.*)$")
HEADERS_OF_THE_EDGE = re.compile(r"^(boost|google/protobuf|spdlog|CLI)/")
NAMES_BANNED_IN_CORE = re.compile(
    r"\b(\w+_clock\s*::\s*now|random_device|std::(jthread|thread|mutex|shared_mutex|recursive_mutex|scoped_lock|lock_guard"
    r"|unique_lock|condition_variable|async|ofstream|ifstream|fstream)|sleep_for|sleep_until|clock_gettime"
    r"|gettimeofday|getenv|thread_local)\b")
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.DOTALL)
FOLDERS_OF_EVERY_MACHINE = {"/", "/home", "/mnt", "/opt", "/srv", "/tmp", "/usr/src", "/var/tmp"}
MARKER = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\W*#\d+)")


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP, check=True,
                             capture_output=True, text=True).stdout
    return sorted(name for name in set(listing.split("\0")) if name and (TOP / name).is_file())


def is_source(name):
    return name.endswith((".h", ".cc"))


def is_test(name):
    return re.search(r"(_test|_fuzz|_bench)\.(h|cc)$|test_support|/testing/|^compat-tests/", name) is not None


def layer_of(name):
    """The layer of a file, or None. A folder below a layer belongs to it, but no folder belongs to the broker itself."""
    parts = name.split("/")[:-1]
    folder = "/".join(parts[:2] if parts[:1] == ["broker"] else parts[:1])
    return folder if folder in HEIGHTS else None


def is_ours(included):
    return included.split("/")[0] in {folder.split("/")[0] for folder in HEIGHTS} and "/" in included


def without_comments(text):
    """The code alone, line for line."""
    return COMMENT_OR_STRING.sub(lambda found: "\n" * found.group(0).count("\n") + '""', text)


def check_folder(name, _):
    if layer_of(name) is None and name.split("/")[0] not in OUTSIDE:
        yield f"{name}: its folder is no layer; scripts/tidy.py and broker/CMakeLists.txt list them"


def check_layers(name, text):
    mine = layer_of(name)
    if mine is None or is_test(name):
        return
    in_core = mine in CORE
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        included = found.group(1)
        theirs = layer_of(included)
        if theirs is None and is_ours(included):
            yield f"{name}:{number}: {included} is in a folder that is no layer"
        if theirs and theirs != mine and HEIGHTS[theirs] >= HEIGHTS[mine]:
            yield f"{name}:{number}: {mine} must not include {included}: {theirs} is not below it"
        if in_core and HEADERS_BANNED_IN_CORE.match(included):
            yield f"{name}:{number}: the core must not include <{included}>; it is handed what that does"
        if in_core and HEADERS_OF_THE_EDGE.match(included) and name not in JSON_FILES:
            yield f"{name}:{number}: {included} belongs to the edge (broker/server and above)"


def check_core_names(name, text):
    if layer_of(name) not in CORE or is_test(name):
        return
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        found = NAMES_BANNED_IN_CORE.search(line)
        if found:
            yield f"{name}:{number}: the core must not use {found.group(0)}; it is handed in"


def check_length(name, text):
    lines = text.count("\n")
    if lines > LINES_MAX:
        yield f"{name}: {lines} lines; a person holds {LINES_MAX}, so split it by meaning"


def check_order(cmake):
    """That CMake builds the layers of the broker which this script knows, from the lowest up."""
    listed = [f"broker/{layer}" for layer in " ".join(re.findall(r"^foreach\(layer ([^)]*)\)", cmake, re.MULTILINE)).split()]
    known = [folder for folder in HEIGHTS if folder.startswith("broker/")]
    for folder in sorted(set(known) ^ set(listed)):
        yield f"broker/CMakeLists.txt and scripts/tidy.py do not list the same layers: {folder}"
    heights = [HEIGHTS[folder] for folder in listed if folder in HEIGHTS]
    if heights != sorted(heights):
        yield "broker/CMakeLists.txt does not list the layers from the lowest up"


def machine_paths():
    """The folders of this checkout and of the person who runs this: they mean nothing elsewhere."""
    folders = {str(TOP), str(TOP.parent), str(pathlib.Path.home())} - FOLDERS_OF_EVERY_MACHINE
    return re.compile("|".join(rf"(?<![\w.$}}~-]){re.escape(folder)}(?=[/\s\"':]|$)" for folder in folders))


def check_words(name, text, paths):
    for number, line in enumerate(text.splitlines(), 1):
        found = paths.search(line)
        if found:
            yield f"{name}:{number}: {found.group(0)} is a folder of this machine"
        if MARKER.search(line) and is_source(name):
            yield f"{name}:{number}: what is left to do has an issue number"
    if name.endswith("package-lock.json") and '"resolved"' in text:
        yield f"{name}: a lock file names no host; make it again with omit-lockfile-registry-resolved"


def check_format(names, fix):
    action = ["-i"] if fix else ["--dry-run", "--Werror", "--ferror-limit=1"]
    for first in range(0, len(names), 100):
        chunk = names[first:first + 100]
        done = subprocess.run([CLANG_FORMAT, *action, *chunk], cwd=TOP, capture_output=True, text=True)
        for line in done.stderr.splitlines():
            found = re.match(r"([^\s:]+):(\d+):\d+: error:", line)
            if found:
                yield f"{found.group(1)}:{found.group(2)}: not formatted as .clang-format says (scripts/tidy.py --fix)"
        if done.returncode and not done.stderr:
            yield f"{CLANG_FORMAT} failed with status {done.returncode}"


def main():
    if sys.argv[1:] not in ([], ["--fix"]):
        sys.exit(__doc__)
    names, paths, complaints = tracked_files(), machine_paths(), []
    for name in names:
        try:
            text = (TOP / name).read_text()
        except UnicodeDecodeError:
            continue  # A fuzzer's seed, for instance.
        complaints += check_words(name, text, paths)
        if is_source(name):
            for check in (check_folder, check_layers, check_core_names, check_length):
                complaints += check(name, text)
    complaints += check_order((TOP / "broker/CMakeLists.txt").read_text())
    complaints += check_format([name for name in names if is_source(name)], "--fix" in sys.argv)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"{len(complaints)} complaints")
    print(f"{len(names)} files are tidy")


if __name__ == "__main__":
    main()
