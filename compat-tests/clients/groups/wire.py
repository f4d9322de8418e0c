"""The few requests that the driver sends by itself, so that it takes no client's word for what the broker holds. One connection
per request; the oldest versions that Apache Kafka 4 serves, because their encoding is the simplest."""
import socket
import struct

TIMEOUT_SECONDS = 10
LIST_OFFSETS, OFFSET_FETCH, CREATE_TOPICS, INCREMENTAL_ALTER_CONFIGS = 2, 9, 19, 44
LATEST = -1
GROUP_RESOURCE = 32  # ConfigResource.Type.GROUP (KIP-848)
SET = 0


class BrokerError(Exception):
    """What the broker answered in place of what was asked for."""


class Reader:
    """Reads the fields of a response, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def string(self):
        size = self.take("h")
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def array(self, element):
        return [element() for _ in range(self.take("i"))]


def string(text):
    return struct.pack(">h", len(text.encode())) + text.encode()


def array(elements):
    return struct.pack(">i", len(elements)) + b"".join(elements)


def exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("the broker closed the connection")
        data += more
    return data


def ask(address, api, version, body):
    host, port = address.rsplit(":", 1)
    request = struct.pack(">hhi", api, version, 1) + string("groups") + body
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", exactly(connection, 4))
        answer = Reader(exactly(connection, size))
    answer.take("i")  # The correlation id.
    return answer


def check(error, what):
    if error:
        raise BrokerError(f"{what}: error code {error}")


def create_topic(address, topic, partitions):
    row = string(topic) + struct.pack(">ihii", partitions, 1, 0, 0)
    answer = ask(address, CREATE_TOPICS, 2, array([row]) + struct.pack(">i?", 30000, False))
    answer.take("i")  # The throttle time.
    for name, error, message in answer.array(lambda: (answer.string(), answer.take("h"), answer.string())):
        check(error, f"CreateTopics of {name} ({message})")


def end_offsets(address, topic, partitions):
    rows = [struct.pack(">iq", partition, LATEST) for partition in range(partitions)]
    answer = ask(address, LIST_OFFSETS, 1, struct.pack(">i", -1) + array([string(topic) + array(rows)]))
    ends = {}

    def partition():
        index, error, _, ends[index] = (answer.take(form) for form in "ihqq")
        check(error, f"ListOffsets of {topic} [{index}]")

    answer.array(lambda: (answer.string(), answer.array(partition)))
    return ends


def committed_offsets(address, group):
    """What the broker holds for the group: the next offset by partition (the driver's groups know one topic only)."""
    answer = ask(address, OFFSET_FETCH, 5, string(group) + struct.pack(">i", -1))
    answer.take("i")
    offsets = {}

    def partition():
        index, offset, _, _, error = answer.take("i"), answer.take("q"), answer.take("i"), answer.string(), answer.take("h")
        check(error, f"OffsetFetch of {group} [{index}]")
        if offset >= 0:
            offsets[index] = offset

    answer.array(lambda: (answer.string(), answer.array(partition)))
    check(answer.take("h"), f"OffsetFetch of {group}")
    return offsets


def set_group_config(address, group, key, value):
    config = string(key) + struct.pack(">b", SET) + string(value)
    row = struct.pack(">b", GROUP_RESOURCE) + string(group) + array([config])
    answer = ask(address, INCREMENTAL_ALTER_CONFIGS, 0, array([row]) + struct.pack(">?", False))
    answer.take("i")
    for error, message, _, _ in answer.array(
            lambda: (answer.take("h"), answer.string(), answer.take("b"), answer.string())):
        check(error, f"{key}={value} of {group} ({message})")
