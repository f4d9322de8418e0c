"""What every client's consumer must be able to do: one list, played in this order by each client that has what the scenario needs.

Two groups read the same stream: one whose members come and go, and, if the client has static membership, one of static members.
A scenario raises Failure with what did not hold."""
import time

import wire
from members import PATIENCE_SECONDS, Failure, Group, Member
from stream import Stream

PARTITIONS = 6
MEMBERS = 3
# A member that is killed is missed only when its session has ended, so that session is short; no other one ends by itself, which
# is how a member that leaves in order is told from one that is given up.
SHORT_SESSION_MS, LONG_SESSION_MS = 3000, 30000
HEARTBEAT_MS = 500
COMMIT_MS = 300
# Far below the long session, far above what a rebalance takes on a loaded machine.
AT_ONCE_SECONDS = 15
QUIET_SECONDS = 3 * HEARTBEAT_MS / 1000
RECORDS_FOR_ASSIGN = 60


class Play:
    """One client, with one group protocol, at one broker."""

    def __init__(self, client, protocol, broker, folder):
        self.client, self.protocol, self.broker, self.folder = client, protocol, broker, folder
        self.topic = f"groups-{client.name}-{protocol}"
        self.coming, self.static = Group(f"{self.topic}-coming"), Group(f"{self.topic}-static")
        self.stream, self.count, self.started = None, 0, 0

    def groups(self):
        return [self.coming, self.static] if self.is_static() else [self.coming]

    def is_static(self):
        return self.protocol in self.client.static

    def member(self, group, session_ms=LONG_SESSION_MS, instance="", assign=""):
        self.started += 1
        name = instance or f"member {self.started}"
        return Member(name, self.client, group, {
            "MEMBER_BOOTSTRAP": self.broker.address, "MEMBER_GROUP": group.name, "MEMBER_TOPIC": self.topic,
            "MEMBER_PROTOCOL": self.protocol, "MEMBER_INSTANCE": instance, "MEMBER_ASSIGN": assign,
            "MEMBER_SESSION_MS": str(session_ms), "MEMBER_HEARTBEAT_MS": str(HEARTBEAT_MS),
            "MEMBER_COMMIT_MS": str(COMMIT_MS)}, self.folder / f"{name.replace(' ', '-')}.log")

    def session_of(self, group, session_ms):
        """In the consumer protocol the session's length is the group's, and the broker's to say."""
        if self.protocol == "consumer":
            wire.set_group_config(self.broker.address, group.name, "consumer.session.timeout.ms", str(session_ms))

    def committed(self, group):
        return retried(lambda: wire.committed_offsets(self.broker.address, group.name))

    def check_nothing_skipped(self, group):
        """Whatever is committed was seen by some member before."""
        committed = self.committed(group)
        group.check()
        with group.changed:
            skipped = [(p, o) for p, end in sorted(committed.items()) for o in range(end) if (p, o) not in group.seen]
        if skipped:
            raise Failure(f"{group.name}: {len(skipped)} records are committed and were never read, the first at "
                          f"{skipped[0][0]}/{skipped[0][1]}")
        return committed

    def close(self):
        for group in (self.coming, self.static):
            for member in list(group.members):
                member.may_end = True
                member.process.kill()
                member.process.wait()
        if self.stream:
            self.stream.kill()


def retried(ask, seconds=PATIENCE_SECONDS):
    """Right after a start the broker may still be loading the group."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (wire.BrokerError, OSError) as error:
            if time.monotonic() > deadline:
                raise Failure(str(error)) from None
            time.sleep(0.1)


def until(holds, otherwise, seconds=PATIENCE_SECONDS):
    """For what only the broker can be asked."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise Failure(f"{otherwise()} within {seconds} s")
        time.sleep(0.1)


def reads_on(play, group, since):
    """Every partition that has got records since `since` has been read further."""
    def behind():
        return [p for p, offset in since.items() if (p, offset) not in group.seen]
    group.wait_until(lambda: not behind(), f"the partitions {behind()} were not read on")


def ends(play):
    return retried(lambda: wire.end_offsets(play.broker.address, play.topic, PARTITIONS))


def share(play):
    """Three members share six partitions, two each, and read."""
    retried(lambda: wire.create_topic(play.broker.address, play.topic, PARTITIONS))
    play.stream = Stream(play.broker.address, play.topic, play.folder / "stream.log")
    # A member that begins at the end would miss these.
    until(lambda: all(ends(play).values()), lambda: "no records came into each partition")
    for group in play.groups():
        play.session_of(group, LONG_SESSION_MS)
    for number in range(MEMBERS):
        play.member(play.coming, SHORT_SESSION_MS if number == 0 else LONG_SESSION_MS)
        if play.is_static():
            play.member(play.static, instance=f"instance-{number}")
    for group in play.groups():
        group.wait_until(lambda: group.is_shared(PARTITIONS), "six partitions were not shared by three members")
    since = ends(play)
    for group in play.groups():
        reads_on(play, group, since)


def commit(play):
    """What members commit is what the broker holds; nothing is committed before it was read."""
    since = ends(play)
    for group in play.groups():
        until(lambda: all(play.committed(group).get(p, -1) >= since[p] for p in since),
              lambda: f"{group.name}: {since} was not committed, but {play.committed(group)}")
        play.check_nothing_skipped(group)
        acknowledged = dict(group.acknowledged)
        if play.client.says_commits:
            short = {p: o for p, o in acknowledged.items() if play.committed(group).get(p, -1) < o}
            if short or not acknowledged:
                raise Failure(f"{group.name}: members were told that {acknowledged} is committed; the broker lacks {short}")


def restart_static(play):
    """A static member that restarts within its session gets its partitions back, and the others notice nothing."""
    group = play.static
    # A rebalance that is still going on would be taken for one by the restart.
    group.wait_until(lambda: group.is_shared(PARTITIONS) and group.is_quiet(QUIET_SECONDS), "the group did not come to rest")
    gone, *others = group.members
    had, before = gone.owned, [member.assignments for member in others]
    if play.client.closes_for_good:
        gone.kill()
    else:
        gone.leave()
    back = play.member(group, instance=gone.name)
    group.wait_until(lambda: back.owned == had, f"{gone.name} did not get {sorted(had)} back", AT_ONCE_SECONDS)
    reads_on(play, group, ends(play))
    if [member.assignments for member in others] != before:
        raise Failure(f"{group.name}: {gone.name} restarted within its session, and others were assigned anew; {group.state()}")


def kill_member(play):
    """A member that is killed loses its partitions to the others when its session ends; they read on."""
    group = play.coming
    victim = group.members[0]
    play.session_of(group, SHORT_SESSION_MS)
    time.sleep(2 * HEARTBEAT_MS / 1000 if play.protocol == "consumer" else 0)  # The session's length is news of a heartbeat.
    since = ends(play)
    victim.kill()
    group.wait_until(lambda: group.is_shared(PARTITIONS), f"{victim.name} was killed, and the others did not take over")
    reads_on(play, group, since)
    play.session_of(group, LONG_SESSION_MS)
    play.check_nothing_skipped(group)


def leave(play):
    """A member that leaves in order is not waited for."""
    group = play.coming
    leaver = group.members[0]
    since = ends(play)
    leaver.leave()
    group.wait_until(lambda: group.is_shared(PARTITIONS), f"{leaver.name} left, and the rest was not given all", AT_ONCE_SECONDS)
    reads_on(play, group, since)
    play.check_nothing_skipped(group)


def join(play):
    """A new member gets its share of what another one has."""
    group = play.coming
    play.member(group)
    group.wait_until(lambda: len(group.members) == 2 and group.is_shared(PARTITIONS), "the new member got no share")
    reads_on(play, group, ends(play))


def restart_broker(play):
    """kill -9 of the broker: what was committed is still committed, and the members read on."""
    acknowledged = {group.name: dict(group.acknowledged) for group in play.groups()}
    play.broker.kill()
    play.broker.start()
    since = ends(play)
    for group in play.groups():
        committed = play.committed(group)
        lost = {p: o for p, o in acknowledged[group.name].items() if committed.get(p, -1) < o}
        if lost:
            raise Failure(f"{group.name}: members were told before the kill that {lost} is committed; the broker has {committed}")
    for group in play.groups():
        reads_on(play, group, since)
        group.wait_until(lambda: group.is_shared(PARTITIONS), "the group did not become whole again")


def see_all(play):
    """Each record was seen by each group, none was skipped; all of it gets committed; then all leave."""
    play.count = play.stream.finish()
    play.stream = None
    last = ends(play)
    if sum(last.values()) != play.count:
        raise Failure(f"{play.count} records were sent, and the topic holds {last}")
    for group in play.groups():
        group.wait_until(lambda: len(group.seen) == play.count, "not every record was seen")
        group.check()
        if set(group.seen.values()) != {str(n) for n in range(play.count)}:
            raise Failure(f"{group.name}: what was read is not what was sent")
        until(lambda: play.committed(group) == last, lambda: f"{group.name}: {last} was not committed, but {play.committed(group)}")
    for group in play.groups():
        for member in list(group.members):
            member.leave()
        play.check_nothing_skipped(group)


def assign(play):
    """assign() with a group id: reading begins at what the group has committed, and commits count."""
    group = play.coming
    before, again = len(group.seen), group.duplicates
    play.stream = Stream(play.broker.address, play.topic, play.folder / "stream.log", first=play.count)
    member = play.member(group, assign=",".join(str(p) for p in range(PARTITIONS)))
    group.wait_until(lambda: len(group.seen) >= before + RECORDS_FOR_ASSIGN, "the new records were not read")
    total = play.stream.finish()
    play.stream = None
    group.wait_until(lambda: len(group.seen) == total, "the new records were not all read")
    member.leave()
    if group.duplicates > again:
        raise Failure(f"{group.name}: assign() read {group.duplicates - again} records that were committed")
    if play.check_nothing_skipped(group) != ends(play):
        raise Failure(f"{group.name}: after assign() {play.committed(group)} is committed, not {ends(play)}")


def always(_):
    return True


# The list. A scenario with a condition is played where the client has what it needs (see clients.py).
SCENARIOS = [
    (share, always),
    (commit, always),
    (restart_static, Play.is_static),
    (kill_member, always),
    (leave, always),
    (join, always),
    (restart_broker, always),
    (see_all, always),
    (assign, lambda play: play.client.can_assign),
]
