"""A member's process and what it says, and all members of a group together. The lines of a member are in README.md."""
import os
import pathlib
import signal
import subprocess
import threading
import time

CLIENTS = pathlib.Path(__file__).resolve().parents[1]
# A join that a loaded machine makes slow is no failure: what is expected soon has this long.
PATIENCE_SECONDS = 60


class Failure(Exception):
    """An expectation that did not hold."""


class Group:
    """The members of one group and what they have said together. Everything here is guarded by `changed`."""

    def __init__(self, name):
        self.name, self.members, self.changed = name, [], threading.Condition()
        self.seen = {}  # (partition, offset) -> value
        self.duplicates = 0
        self.assigned_at = 0  # When a member last said what it owns.
        self.complaints = []
        self.acknowledged = {}  # partition -> the highest offset that a member was told is committed

    def wait_until(self, holds, otherwise, seconds=PATIENCE_SECONDS):
        """`otherwise` says what did not come to pass."""
        with self.changed:
            if not self.changed.wait_for(lambda: holds() or self.first_dead(), seconds):
                raise Failure(f"{self.name}: {otherwise} within {seconds} s; {self.state()}")
            if not holds():
                raise Failure(f"{self.name}: {otherwise}: {self.first_dead()}; {self.state()}")

    def first_dead(self):
        for member in self.members:
            if member.ended and not member.may_end:
                return f"{member.name} ended by itself with status {member.process.poll()}"
        return None

    def state(self):
        return ", ".join(f"{member.name} has {sorted(member.owned)}" for member in self.members) or "nobody is there"

    def shares(self):
        return [member.owned for member in self.members]

    def is_shared(self, partitions):
        """Whether each partition has exactly one owner, and each member as many as the others."""
        shares = self.shares()
        owners = sorted(p for share in shares for p in share)
        return owners == list(range(partitions)) and len({len(share) for share in shares}) == 1

    def is_quiet(self, seconds):
        return time.monotonic() - self.assigned_at > seconds

    def check(self):
        with self.changed:
            if self.complaints:
                raise Failure(f"{self.name}: {self.complaints[0]}")


class Member:
    def __init__(self, name, client, group, environment, log):
        self.name, self.client, self.group, self.log = name, client, group, log
        self.owned, self.assignments, self.records = frozenset(), 0, 0
        self.may_end, self.ended = False, False
        with open(log, "ab") as errors:
            self.process = subprocess.Popen([str(CLIENTS / client.name / "member")], env={**os.environ, **environment},
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        with group.changed:
            group.members.append(self)
        self.reader.start()

    def read(self):
        with self.process.stdout, open(self.log.with_suffix(".out"), "a") as kept:
            for line in self.process.stdout:
                kept.write(f"{time.strftime('%H:%M:%S')} {line}")
                with self.group.changed:
                    self.take(line.split())
                    self.group.changed.notify_all()
        with self.group.changed:
            self.ended = True
            self.group.changed.notify_all()

    def take(self, words):
        if words[:1] == ["assigned"]:
            self.owned = frozenset(int(word) for word in words[1:])
            self.assignments += 1
            self.group.assigned_at = time.monotonic()
        elif words[:1] == ["record"]:
            self.take_record(int(words[1]), int(words[2]), " ".join(words[3:]))
        elif words[:1] == ["committed"]:
            acknowledged = self.group.acknowledged
            acknowledged[int(words[1])] = max(acknowledged.get(int(words[1]), 0), int(words[2]))

    def take_record(self, partition, offset, value):
        self.records += 1
        self.group.duplicates += (partition, offset) in self.group.seen
        known = self.group.seen.setdefault((partition, offset), value)
        if known != value:
            self.group.complaints.append(f"{self.name} read {value} at {partition}/{offset}, where {known} had been read")

    def kill(self):
        """SIGKILL: nobody is told. What the member printed before is still read."""
        self.end(signal.SIGKILL)

    def leave(self, seconds=PATIENCE_SECONDS):
        """In order, as the client does it."""
        self.end(signal.SIGTERM, seconds)
        if self.process.returncode != self.client.left_status:
            raise Failure(f"{self.name} ended with status {self.process.returncode} when it was told to leave")

    def end(self, number, seconds=PATIENCE_SECONDS):
        self.may_end = True
        self.process.send_signal(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"{self.name} did not end within {seconds} s of signal {number}") from None
        self.reader.join()
        with self.group.changed:
            self.group.members.remove(self)
            self.group.changed.notify_all()
