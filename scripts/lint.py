#!/usr/bin/env python3
"""lint.py [--build FOLDER] [FILE]...: clang-tidy over the sources that were compiled, or over FILEs; the checks are in
.clang-tidy. A source is looked at again only if it, a header that it includes, its compile command or the checks changed since
it was last found clean, in this checkout or another one: the cache remembers (UNDERSTUDY_CACHE, default ~/.cache/understudy).
Sources that were compiled together are looked at together, a FILE with them."""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CLANG_TIDY = "clang-tidy-19"


def headers_of(build):
    """For every object file, the files that its compilation read, as Ninja noted them."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    headers, current = {}, []
    for line in listing.splitlines():
        if line.startswith(" "):
            current.append(resolved(build / line.strip()))
        elif line:
            current = headers.setdefault(line.split(": #deps")[0], [])
    return headers


@functools.cache
def resolved(path):
    return path.resolve()


def portable(text):
    """The same for every checkout."""
    return text.replace(str(TOP).encode(), b"TOP")


@functools.cache
def digest_of(path):
    """Of our files what they hold; of the others, which packages bring, how large and how old they are."""
    if not path.exists():
        return b"gone"
    if path.is_relative_to(TOP):
        return hashlib.sha256(portable(path.read_bytes())).digest()
    return f"{path.stat().st_size} {path.stat().st_mtime_ns}".encode()


def key_of(entry, headers, version):
    compiled = re.search(r" -o (\S+)", entry["command"]).group(1)
    if compiled not in headers:
        return None
    key = hashlib.sha256(version + digest_of(TOP / ".clang-tidy") + portable(entry["command"].encode()))
    for name, path in sorted((portable(str(path).encode()), path)
                             for path in {pathlib.Path(entry["file"]).resolve(), *headers[compiled]}):
        key.update(name + digest_of(path))
    return key.hexdigest()


def sources_in(compiled):
    """What a compiled file consists of: itself, unless it is one that includes sources to compile them together."""
    if "Unity" not in compiled.parts:
        return {compiled}
    return {pathlib.Path(name).resolve() for name in re.findall(r'^#include "(.+)"', compiled.read_text(), re.MULTILINE)}


def lint(build, source):
    # GCC's own warning options mean nothing to clang.
    return subprocess.run([CLANG_TIDY, "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option", source],
                          capture_output=True, text=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", type=pathlib.Path, default=TOP / "build/release")
    arguments.add_argument("files", nargs="*", type=pathlib.Path)
    given = arguments.parse_args()
    build = given.build.resolve()
    commands = build / "compile_commands.json"
    if not commands.exists():
        sys.exit(f"lint.py: {commands} is not there; scripts/test build makes it")
    chosen = {file.resolve() for file in given.files}
    cache = os.environ.get("UNDERSTUDY_CACHE") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "understudy")
    headers, clean = headers_of(build), pathlib.Path(cache, "lint")
    clean.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([CLANG_TIDY, "--version"], check=True, capture_output=True).stdout
    work = {}
    for entry in json.loads(commands.read_text()):
        source = pathlib.Path(entry["file"]).resolve()
        is_generated = source.is_relative_to(build) and "Unity" not in source.parts
        if not source.is_relative_to(TOP) or is_generated or (chosen and not chosen & sources_in(source)):
            continue
        key = key_of(entry, headers, version)
        if key is None:
            sys.exit(f"lint.py: {source.relative_to(TOP)} was not compiled; scripts/test build does that")
        if not (clean / key).exists():
            work[source] = key  # A source compiled into several programs is looked at once.
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(lint, build, source): source for source in work}
        for done, run in enumerate(concurrent.futures.as_completed(runs), 1):
            source, result = runs[run], run.result()
            if result.returncode == 0:
                (clean / work[source]).touch()
                continue
            failed += 1
            print(f"--- {source.relative_to(TOP)} ({done} of {len(work)})", result.stdout.strip() or result.stderr, sep="\n",
                  flush=True)
    if failed:
        sys.exit(f"clang-tidy objects to {failed} of {len(work)} files")
    print(f"clang-tidy looked at {len(work)} files and objects to none")


main()
