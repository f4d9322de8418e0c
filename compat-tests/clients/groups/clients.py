"""The clients, and what each of them has."""
import dataclasses

BOTH = ("classic", "consumer")


@dataclasses.dataclass(frozen=True)
class Client:
    name: str  # Its folder, which holds the program `member`.
    protocols: tuple = ("classic",)
    static: tuple = BOTH  # The protocols in which it has static membership.
    closes_for_good: bool = False  # A static member that is closed leaves the group, as no other client's does.
    can_assign: bool = True  # It can read given partitions as a group that it is no member of.
    says_commits: bool = True  # It says what was committed, once the broker has acknowledged it.
    left_status: int = 0  # How its process ends when it has left in order.


SIGTERM_OF_A_JVM = 143
CLIENTS = [
    Client("java", BOTH),
    Client("console-consumer", BOTH, can_assign=False, says_commits=False, left_status=SIGTERM_OF_A_JVM),
    Client("librdkafka", BOTH),
    Client("python", BOTH),
    Client("rdkafka", BOTH),
    Client("kcat", says_commits=False),
    # In the consumer protocol it takes its leave of static membership without naming the instance, which Apache Kafka refuses, and
    # the next one is kept out until the session ends (v1.22.3).
    Client("franz-go", BOTH, static=("classic",), can_assign=False),
    Client("sarama", says_commits=False),
    Client("kafka-go", static=(), can_assign=False),
    Client("kafkajs", static=(), can_assign=False),
    # In the consumer protocol a static member has to say that it will be back (epoch -2), which this client does not.
    Client("platformatic-kafka", BOTH, static=("classic",), closes_for_good=True, can_assign=False),
    Client("kafka-python"),
    Client("aiokafka"),
]
