"""Tests of the driver in compat-tests/clients/groups, with members that are shell scripts and a broker that is none."""
import pathlib
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "compat-tests/clients/groups"))

import members  # noqa: E402
import scenarios  # noqa: E402
import wire  # noqa: E402
from clients import Client  # noqa: E402
from members import Failure, Group, Member  # noqa: E402

SOON_SECONDS = 10


class FakeBroker:
    address = "127.0.0.1:0"


class Members(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.before, members.CLIENTS = members.CLIENTS, self.folder
        self.group = Group("group")

    def tearDown(self):
        members.CLIENTS = self.before
        for member in self.group.members:
            member.may_end = True
            member.process.kill()
            member.process.wait()
            member.reader.join()

    def member(self, script, name="member"):
        program = self.folder / name / "member"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return Member(name, Client(name), self.group, {}, self.folder / f"{name}.log")

    def play(self, committed):
        """A play whose group the broker says `committed` of."""
        play = scenarios.Play(Client("member"), "classic", FakeBroker(), self.folder)
        play.coming = self.group
        before = wire.committed_offsets
        self.addCleanup(setattr, wire, "committed_offsets", before)
        wire.committed_offsets = lambda address, group: committed
        return play

    def test_what_a_member_prints_is_what_the_group_knows(self):
        member = self.member("echo assigned 1 4; echo record 4 7 12; echo committed 4 8; exec sleep 60")
        self.group.wait_until(lambda: self.group.acknowledged == {4: 8}, "no commit", SOON_SECONDS)
        self.assertEqual(member.owned, {1, 4})
        self.assertEqual(self.group.seen, {(4, 7): "12"})
        self.group.check()

    def test_a_record_that_is_read_again_is_counted_and_one_that_has_changed_is_a_complaint(self):
        self.member("echo record 0 1 5; echo record 0 1 5; echo record 0 1 6; echo assigned; exec sleep 60")
        self.group.wait_until(lambda: self.group.complaints, "no complaint", SOON_SECONDS)
        self.assertEqual(self.group.duplicates, 2)
        self.assertRaisesRegex(Failure, "read 6 at 0/1, where 5", self.group.check)

    def test_a_member_that_ends_by_itself_ends_the_waiting(self):
        self.member("exit 3")
        self.assertRaisesRegex(Failure, "status 3", self.group.wait_until, lambda: False, "nothing happened", SOON_SECONDS)

    def test_a_member_that_leaves_with_another_status_is_no_orderly_one(self):
        member = self.member("trap 'exit 5' TERM; echo assigned 0; while :; do sleep 0.01; done")
        self.group.wait_until(lambda: member.owned, "not assigned", SOON_SECONDS)
        self.assertRaisesRegex(Failure, "status 5", member.leave)

    def test_partitions_are_shared_if_each_has_one_owner_and_members_have_as_many(self):
        one, two = self.member("exec sleep 60", "one"), self.member("exec sleep 60", "two")
        for shares, shared in [(({0, 1}, {2, 3}), True), (({0, 1}, {1, 2, 3}), False), (({0}, {1, 2, 3}), False),
                               (({0, 1}, {2}), False), (({0, 1}, {1, 2}), False)]:
            one.owned, two.owned = shares
            self.assertEqual(self.group.is_shared(4), shared, shares)

    def test_a_commit_over_a_record_that_nobody_read_is_a_failure(self):
        self.group.seen = {(0, 0): "0", (0, 2): "2"}
        self.play({0: 1}).check_nothing_skipped(self.group)
        self.assertRaisesRegex(Failure, "1 records are committed and were never read, the first at 0/1",
                               self.play({0: 3}).check_nothing_skipped, self.group)


class Wire(unittest.TestCase):
    def test_fields_are_read_in_order(self):
        reader = wire.Reader(wire.array([wire.string("a"), wire.string("bc")]) + b"\xff\xff\0\7")
        self.assertEqual(reader.array(reader.string), ["a", "bc"])
        self.assertIsNone(reader.string())
        self.assertEqual(reader.take("h"), 7)


if __name__ == "__main__":
    unittest.main()
