"""What the figures depend on: the machine, and who was measured. A run writes it down as the first line of its raw results."""
import os
import pathlib
import platform
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MACHINE = ("processor", "memory", "system")
OURSELVES = "Understudy"
RIVALS = {"Apache Kafka": "kafka", "kfake": "kfake"}
UNKNOWN = dict.fromkeys((*MACHINE, OURSELVES, *RIVALS), "unknown")


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def found_in(path, pattern):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"), re.M)
    except OSError:
        return "unknown"
    return found.group(1).strip() if found else "unknown"


def of_this_run(peers, kafka_version, rounds, starts):
    """Asked when a run begins. A rival that is not measured is not named."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {"Apache Kafka": kafka_version, "kfake": found_in(HERE / "kfake/go.mod", r"pkg/kfake (\S+)")}
    return {
        "processor": f"{found_in('/proc/cpuinfo', r'^model name[^:]*:(.*)$')}, {os.cpu_count()} cores",
        "memory": f"{memory_gib:.0f} GiB",
        "system": f"{found_in('/etc/os-release', r'^PRETTY_NAME=.(.*).$')}, Linux {platform.release().split('-')[0]}",
        OURSELVES: first_line("git", "describe", "--always", "--dirty"),
    } | {name: version for name, version in versions.items() if RIVALS[name] in peers} | {"rounds": rounds, "starts": starts}


def all_of(values):
    """Each once; runs may differ."""
    return "; ".join(dict.fromkeys(values)) or "unknown"


def of(results):
    """As the runs wrote them down. One that did not may have been of any commit, on any machine."""
    runs = [run or UNKNOWN for run in results.runs] or [UNKNOWN]

    def said(names):
        return {name: all_of(run[name] for run in runs if name in run) for name in names}

    loads = [row["load"] for row in results.rows]
    return said(MACHINE) | {
        "load average during the run": f"{min(loads):.1f} to {max(loads):.1f}" if loads else "unknown",
    } | said([OURSELVES, *(name for name, peer in RIVALS.items() if peer in results.peers())]) | {
        "librdkafka": all_of(row["librdkafka"] for row in results.rows if "librdkafka" in row),
        "rounds": str(results.rounds()),
        "starts": str(results.starts()),
    }
