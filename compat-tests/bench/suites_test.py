"""That the benchmark's own requests are right, against a broker of one connection that is written down here."""
import os
import signal
import socket
import struct
import subprocess
import threading
import unittest

import peers
import protocol
import suites
from peers import Peer, Ports, Running


class Scripted(threading.Thread):
    """Answers one connection with the given bodies, one per request, and keeps the requests."""

    def __init__(self, bodies):
        super().__init__(daemon=True)
        self.bodies, self.requests = bodies, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        peer, _ = self.listener.accept()
        with peer, peer.makefile("rb") as stream:
            for body in self.bodies:
                request = stream.read(struct.unpack(">i", stream.read(4))[0])
                self.requests.append(request)
                answer = request[4:8] + body
                peer.sendall(struct.pack(">i", len(answer)) + answer)


def served(*apis):
    return struct.pack(">hi", 0, len(apis)) + b"".join(struct.pack(">hhh", *api) for api in apis)


class ProtocolTest(unittest.TestCase):
    def ask(self, bodies, question):
        broker = Scripted(bodies)
        broker.start()
        with protocol.Connection("127.0.0.1", broker.port, timeout=10) as connection:
            answer = question(connection)
        broker.join(10)
        broker.listener.close()
        return answer, broker.requests

    def test_checksum(self):
        self.assertEqual(protocol.crc32c(b"123456789"), 0xE3069283)

    def test_versions_are_the_newest_of_both(self):
        found, _ = self.ask([served((3, 0, 13), (19, 2, 7), (0, 3, 7))],
                            lambda one: (one.version_of(3, 4), one.version_of(19, 2), one.version_of(0, 9)))
        self.assertEqual(found, (4, 2, 7))

    def test_topics_are_created_and_described(self):
        created = struct.pack(">ii", 0, 1) + protocol.string("t") + struct.pack(">h", 36) + protocol.string(None)
        found, requests = self.ask([served((19, 2, 7)), created], lambda one: one.create_topics(["t"], 12))
        self.assertEqual(found, {"t": 36})
        self.assertIn(protocol.string("t") + struct.pack(">ihii", 12, 1, 0, 0), requests[1])
        described = (struct.pack(">ii", 0, 1) + struct.pack(">i", 1) + protocol.string("h") + struct.pack(">i", 9)
                     + protocol.string(None) + protocol.string("id") + struct.pack(">ii", 1, 1) + struct.pack(">h", 0)
                     + protocol.string("t") + b"\0" + struct.pack(">i", 1)
                     + struct.pack(">hii", 0, 5, 1) + struct.pack(">ii", 1, 1) * 2)
        found, _ = self.ask([served((3, 0, 13)), described], lambda one: (one.metadata(["t"]), one.brokers))
        self.assertEqual(found, ({"t": (0, {5: (0, 1)})}, 1))

    def test_a_loading_coordinator_is_asked_again(self):
        loading, ready = (b"\0" + struct.pack(">ihqh", 0, *rest) + b"\0" for rest in ((14, -1, -1), (0, 4000, 3)))
        found, _ = self.ask([served((22, 0, 5)), loading, ready], lambda one: one.init_producer_id())
        self.assertEqual(found, (0, 4000, 3))

    def test_the_error_of_a_record_is_found(self):
        batch = protocol.batch_of_one(4000, 0, 0)
        self.assertEqual(len(batch), 12 + struct.unpack_from(">i", batch, 8)[0])
        self.assertEqual(struct.unpack_from(">I", batch, 17)[0], protocol.crc32c(batch[21:]))
        new = b"\0\2\2t\2" + struct.pack(">ih", 0, 45)
        old = struct.pack(">i", 1) + protocol.string("t") + struct.pack(">iih", 1, 0, 45)
        for newest, body in ((13, new), (7, old)):
            found, requests = self.ask([served((0, 3, newest)), body], lambda one: one.produce("t", 0, batch))
            self.assertEqual(found, 45)
            self.assertIn(batch, requests[1])

    def test_offsets_of_all_partitions(self):
        answer = struct.pack(">i", 1) + protocol.string("t") + struct.pack(">i", 2) + struct.pack(">ihqqihqq", 0, 0, -1, 7, 1, 0, -1, 9)
        found, _ = self.ask([answer], lambda one: one.offsets("t", 2, -1))
        self.assertEqual(found, [7, 9])


class ProcessTest(unittest.TestCase):
    def test_cpu_and_memory_of_a_process(self):
        before = peers.cpu_seconds(os.getpid())
        sum(range(200000))
        self.assertGreater(peers.cpu_seconds(os.getpid()), before)
        self.assertGreater(peers.rss_mb(os.getpid()), 1)

    def test_a_process_that_is_gone_has_none(self):
        gone = subprocess.Popen(["true"])  # pylint: disable=consider-using-with
        gone.wait()
        self.assertIsNone(peers.cpu_seconds(gone.pid))
        self.assertIsNone(peers.rss_mb(gone.pid))

    def test_the_broker_is_what_a_script_has_started(self):
        with subprocess.Popen(["sh", "-c", "python3 -c 'import time; print(flush=True); time.sleep(60)'; true"],
                              stdout=subprocess.PIPE, start_new_session=True) as script:
            script.stdout.readline()
            found = peers.largest_of(script.pid)
            self.assertNotEqual(found, script.pid)
            self.assertEqual(peers.parent_of(found), script.pid)
            os.killpg(script.pid, signal.SIGKILL)


class RunningTest(unittest.TestCase):
    def test_a_peer_that_ends_says_why(self):
        with Running(Peer("p", "sh -c 'echo it is port {port}; exit 3'"), Ports().take(), None) as running:
            with self.assertRaisesRegex(RuntimeError, "exited with 3: it is port"):
                running.wait(10)

    def test_a_peer_may_say_where_it_listens(self):
        with Running(Peer("p", "sh -c 'echo 127.0.0.1:4711 and more; exec sleep 60'"), 1, None) as running:
            self.assertEqual((running.host, running.port), ("127.0.0.1", 4711))
            self.assertTrue(running.is_alive())
        self.assertFalse(running.folder.exists())


if __name__ == "__main__":
    unittest.main()
