// One member of a group, with the Java client: see ../groups/README.md.

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

public class Member implements ConsumerRebalanceListener {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final String STRING_DESERIALIZER = "org.apache.kafka.common.serialization.StringDeserializer";
  private static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true);

  private final Map<String, String> env = System.getenv();
  private final String topic = env.get("MEMBER_TOPIC");
  private final long commitMs = Long.parseLong(env.get("MEMBER_COMMIT_MS"));
  private final TreeSet<Integer> owned = new TreeSet<>();
  // Where each owned partition is to be read on; what of it is not committed yet.
  private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();
  private final KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings());
  private volatile boolean leaves = false;

  public static void main(String[] args) throws Exception {
    var member = new Member();
    var left = new CountDownLatch(1);
    // SIGTERM runs this hook. A JVM that a signal ends would exit with a status of its own, so it is halted with 0.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      member.leaves = true;
      try {
        left.await();
        Runtime.getRuntime().halt(0);
      } catch (InterruptedException interrupted) {
        Runtime.getRuntime().halt(1);
      }
    }));
    try {
      member.run();
      left.countDown();
    } catch (RuntimeException error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private Properties settings() {
    var properties = new Properties();
    properties.put("bootstrap.servers", env.get("MEMBER_BOOTSTRAP"));
    properties.put("group.id", env.get("MEMBER_GROUP"));
    properties.put("group.protocol", env.get("MEMBER_PROTOCOL"));
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("key.deserializer", STRING_DESERIALIZER);
    properties.put("value.deserializer", STRING_DESERIALIZER);
    if (env.get("MEMBER_PROTOCOL").equals("classic")) {
      properties.put("session.timeout.ms", env.get("MEMBER_SESSION_MS"));
      properties.put("heartbeat.interval.ms", env.get("MEMBER_HEARTBEAT_MS"));
    }
    if (!env.get("MEMBER_INSTANCE").isEmpty()) {
      properties.put("group.instance.id", env.get("MEMBER_INSTANCE"));
    }
    return properties;
  }

  private void run() {
    start();
    long nextCommit = System.nanoTime() + commitMs * 1_000_000;
    while (!leaves) {
      for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
        OUT.println("record " + record.partition() + " " + record.offset() + " " + record.value());
        uncommitted.put(new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1));
      }
      if (System.nanoTime() >= nextCommit) {
        commit();
        nextCommit = System.nanoTime() + commitMs * 1_000_000;
      }
    }
    commit();
    consumer.close();
  }

  private void start() {
    String assign = env.get("MEMBER_ASSIGN");
    if (assign.isEmpty()) {
      consumer.subscribe(List.of(topic), this);
      return;
    }
    var partitions = new ArrayList<TopicPartition>();
    for (String partition : assign.split(",")) {
      partitions.add(new TopicPartition(topic, Integer.parseInt(partition)));
    }
    consumer.assign(partitions);
  }

  private void commit() {
    if (uncommitted.isEmpty()) {
      return;
    }
    try {
      consumer.commitSync(uncommitted);
      uncommitted.forEach((partition, next) -> OUT.println("committed " + partition.partition() + " " + next.offset()));
      uncommitted.clear();
    } catch (KafkaException error) {
      System.err.println("commit: " + error);
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    partitions.forEach(partition -> owned.add(partition.partition()));
    sayOwned();
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    commit();
    giveUp(partitions);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    giveUp(partitions);
  }

  private void giveUp(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      owned.remove(partition.partition());
      uncommitted.remove(partition);
    }
    sayOwned();
  }

  private void sayOwned() {
    OUT.println("assigned " + owned.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }
}
