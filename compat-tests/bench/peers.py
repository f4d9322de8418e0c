"""Brokers as processes: each run of a peer is a fresh one, on a loopback port, in a folder of its own."""
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from protocol import Connection

@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    # {port} and {dir} are filled in; without {port} the first line on stdout says host:port.
    command: str
    # Copied into {dir}/data before each start.
    template: str = ""
    # Answers every frame alike: only the raw load is for it.
    is_sink: bool = False


def parent_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


def cpu_seconds(pid):
    """Of all threads of a process, to the nanosecond: its CPU clock (clock_getcpuclockid); nothing if it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return None


def rss_mb(pid):
    try:
        found = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found.group(1)) / 1024 if found else None


def largest_of(pid):
    """A script that starts the broker is not the broker: the process below it, or itself, with the most memory."""
    parents = {int(name): parent_of(name) for name in os.listdir("/proc") if name.isdigit()}
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return max(family, key=lambda member: rss_mb(member) or 0)


class Ports:
    """Below the range of ephemeral ports; the next one is free too (Kafka's controller takes it)."""
    FIRST, COUNT = 29100, 900

    def __init__(self):
        self.last = self.FIRST

    def take(self):
        for _ in range(self.COUNT):
            self.last = self.FIRST + (self.last + 2 - self.FIRST) % self.COUNT
            try:
                for port in (self.last, self.last + 1):
                    with socket.socket() as one:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        one.bind(("127.0.0.1", port))
                return self.last
            except OSError:
                continue
        raise RuntimeError("no free port")


class Running:
    """One run of a peer, as a context manager."""

    def __init__(self, peer, port, folder):
        self.peer, self.host, self.port = peer, "127.0.0.1", port
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=folder))

    def __enter__(self):
        if self.peer.template:
            shutil.copytree(self.peer.template, self.folder / "data")
        command = self.peer.command.replace("{port}", str(self.port)).replace("{dir}", str(self.folder))
        announces = "{port}" not in self.peer.command
        self.output = open(self.folder / "output", "wb")
        self.began = time.perf_counter()
        # A group of its own: whatever the script has started ends with it.
        self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.DEVNULL, stderr=self.output,
                                        stdout=subprocess.PIPE if announces else self.output, start_new_session=True)
        self.pid = self.process.pid
        if announces:
            self.host, port = re.search(r"([\w.]+):(\d+)", self.process.stdout.readline().decode()).groups()
            self.port = int(port)
        return self

    def wait(self, seconds=60):
        """A connection, and the seconds from exec until ApiVersions was answered, and Metadata with a broker in it."""
        api_versions_s = None
        while time.perf_counter() < self.began + seconds:
            if self.process.poll() is not None:
                raise RuntimeError(f"the broker exited with {self.process.returncode}: {self.last_words()}")
            try:
                connection = Connection(self.host, self.port, timeout=10)
                connection.api_versions()
                api_versions_s = api_versions_s or time.perf_counter() - self.began
                connection.metadata([])
                if connection.brokers:
                    return connection, api_versions_s, time.perf_counter() - self.began
                connection.socket.close()
            except OSError:
                pass
            time.sleep(0.0003)
        raise RuntimeError("the broker never answered: " + self.last_words())

    def find_pid(self):
        """Of the broker itself, once it serves. It looks through /proc: nothing that is timed may wait for it."""
        self.pid = largest_of(self.process.pid)

    def wait_for_port(self, seconds=10):
        while time.perf_counter() < self.began + seconds:
            try:
                socket.create_connection((self.host, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError("nobody listens: " + self.last_words())

    def is_alive(self):
        return self.process.poll() is None

    def last_words(self):
        return (self.folder / "output").read_text(errors="replace")[-500:]

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdout, self.output):
            if stream:
                stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)
