"""The few Kafka requests that the benchmark itself asks, on a plain socket: topics, offsets, the first record."""
import socket
import struct
import time

API_VERSIONS, METADATA, CREATE_TOPICS, INIT_PRODUCER_ID, LIST_OFFSETS, PRODUCE = 18, 3, 19, 22, 2, 0
# Coordinator loading, not available, not coordinator, request timed out: asked again.
RETRIABLE = (7, 14, 15, 16)


def _checksum_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ 0x82F63B78 if byte & 1 else byte >> 1
        table.append(byte)
    return table


CHECKSUMS = _checksum_table()


def crc32c(data):
    state = 0xFFFFFFFF
    for byte in data:
        state = (state >> 8) ^ CHECKSUMS[(state ^ byte) & 255]
    return state ^ 0xFFFFFFFF


def string(text):
    return struct.pack(">h", -1) if text is None else struct.pack(">h", len(text)) + text.encode()


def unsigned_varint(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def varint(value):
    return unsigned_varint((value << 1) ^ (value >> 63))


def batch_of_one(producer_id, epoch, sequence, value=b"x"):
    record = b"\0" + varint(0) + varint(0) + varint(-1) + varint(len(value)) + value + varint(0)
    now = int(time.time() * 1000)
    checked = struct.pack(">hiqqqhii", 0, 0, now, now, producer_id, epoch, sequence, 1) + varint(len(record)) + record
    head = struct.pack(">ibI", -1, 2, crc32c(checked))
    return struct.pack(">qi", 0, len(head) + len(checked)) + head + checked


class Reader:
    """Takes one value after the other from an answer."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, kind):
        value = struct.unpack_from(">" + kind, self.data, self.at)[0]
        self.at += struct.calcsize(">" + kind)
        return value

    def text(self):
        size = max(self.take("h"), 0)
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def skip_list(self, kind):
        for _ in range(self.take("i")):
            self.take(kind)


class Connection:
    def __init__(self, host, port, timeout=15):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation_id = 0
        self.served, self.brokers = {}, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError("closed by the broker")
            data += more
        return data

    def call(self, key, version, body, flexible=False):
        self.correlation_id += 1
        message = struct.pack(">hhi", key, version, self.correlation_id) + string("bench") + (b"\0" if flexible else b"") + body
        self.socket.sendall(struct.pack(">i", len(message)) + message)
        return Reader(self._read(struct.unpack(">i", self._read(4))[0])[4:])

    def api_versions(self):
        answer = self.call(API_VERSIONS, 0, b"")
        answer.take("h")
        self.served = {}
        for _ in range(answer.take("i")):
            key, oldest, newest = answer.take("h"), answer.take("h"), answer.take("h")
            self.served[key] = (oldest, newest)
        return self.served

    def version_of(self, key, wanted):
        oldest, newest = (self.served or self.api_versions())[key]
        return max(oldest, min(wanted, newest))

    def metadata(self, topics):
        """{topic: (error, {partition: (error, leader)})}"""
        version = 4 if self.version_of(METADATA, 4) == 4 else 1
        body = struct.pack(">i", len(topics)) + b"".join(string(topic) for topic in topics)
        answer = self.call(METADATA, version, body + (b"\1" if version == 4 else b""))
        if version >= 3:
            answer.take("i")
        self.brokers = answer.take("i")
        for _ in range(self.brokers):
            answer.take("i"), answer.text(), answer.take("i"), answer.text()
        if version >= 2:
            answer.text()
        answer.take("i")
        found = {}
        for _ in range(answer.take("i")):
            error, name, _ = answer.take("h"), answer.text(), answer.take("b")
            partitions = {}
            for _ in range(answer.take("i")):
                partition_error, index, leader = answer.take("h"), answer.take("i"), answer.take("i")
                answer.skip_list("i")
                answer.skip_list("i")
                partitions[index] = (partition_error, leader)
            found[name] = (error, partitions)
        return found

    def create_topics(self, names, partitions, timeout_ms=120000):
        """{topic: error}"""
        version = self.version_of(CREATE_TOPICS, 2)
        one = struct.pack(">ihii", partitions, 1, 0, 0)
        body = struct.pack(">i", len(names)) + b"".join(string(name) + one for name in names) + struct.pack(">i", timeout_ms)
        answer = self.call(CREATE_TOPICS, version, body + (b"\0" if version >= 1 else b""))
        if version >= 2:
            answer.take("i")
        errors = {}
        for _ in range(answer.take("i")):
            name = answer.text()
            errors[name] = answer.take("h")
            if version >= 1:
                answer.text()
        return errors

    def init_producer_id(self):
        """(error, producer id, epoch)"""
        flexible = self.version_of(INIT_PRODUCER_ID, 3) == 3
        for _ in range(400):
            if flexible:
                answer = self.call(INIT_PRODUCER_ID, 3, b"\0" + struct.pack(">iqh", 60000, -1, -1) + b"\0", flexible=True)
                answer.take("b")
            else:
                answer = self.call(INIT_PRODUCER_ID, 0, string(None) + struct.pack(">i", 60000))
            answer.take("i")
            found = answer.take("h"), answer.take("q"), answer.take("h")
            if found[0] not in RETRIABLE:
                break
            time.sleep(0.025)
        return found

    def produce(self, topic, partition, batch):
        """The error code; acks=all."""
        if self.version_of(PRODUCE, 9) >= 9:
            body = (b"\0" + struct.pack(">hi", -1, 15000) + unsigned_varint(2) + unsigned_varint(len(topic) + 1) + topic.encode()
                    + unsigned_varint(2) + struct.pack(">i", partition) + unsigned_varint(len(batch) + 1) + batch + b"\0\0\0")
            answer = self.call(PRODUCE, 9, body, flexible=True)
            answer.at = 2
            answer.at += answer.data[2] + 1 + 4
        else:
            body = string(None) + struct.pack(">hii", -1, 15000, 1) + string(topic) + struct.pack(">iii", 1, partition, len(batch)) + batch
            answer = self.call(PRODUCE, 7, body)
            answer.at = 4 + 2 + len(topic) + 4 + 4
        return answer.take("h")

    def offsets(self, topic, partitions, timestamp):
        """Those of all partitions: timestamp -1 is the end, -2 the start."""
        body = struct.pack(">ii", -1, 1) + string(topic) + struct.pack(">i", partitions)
        body += b"".join(struct.pack(">iq", index, timestamp) for index in range(partitions))
        answer = self.call(LIST_OFFSETS, 1, body)
        answer.take("i"), answer.text()
        offsets = []
        for _ in range(answer.take("i")):
            answer.take("i"), answer.take("h"), answer.take("q")
            offsets.append(answer.take("q"))
        return offsets
