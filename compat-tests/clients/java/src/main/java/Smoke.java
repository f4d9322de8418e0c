// What a first program with the Java client does: create a topic, send, read back. The producer keeps its
// defaults, which since Kafka 3.0 include enable.idempotence=true and acks=all.

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

public class Smoke {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String STRING_SERIALIZER = "org.apache.kafka.common.serialization.StringSerializer";
  private static final String STRING_DESERIALIZER = "org.apache.kafka.common.serialization.StringDeserializer";

  private final String bootstrap;
  private final String topic;
  private final int messages;
  private final int partitions;

  private Smoke(String bootstrap, String topic, int messages, int partitions) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.messages = messages;
    this.partitions = partitions;
  }

  public static void main(String[] args) throws Exception {
    var smoke = new Smoke(args[0], args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    try (Admin admin = Admin.create(smoke.settings())) {
      admin.createTopics(List.of(new NewTopic(smoke.topic, smoke.partitions, (short) 1))).all().get();
      smoke.produce();
      smoke.readBack();
      admin.deleteTopics(List.of(smoke.topic)).all().get();
    }
    // The jar's name is kafka-clients with its version.
    var jar = Path.of(Admin.class.getProtectionDomain().getCodeSource().getLocation().toURI()).getFileName().toString();
    System.out.printf("ok: %s: %d messages in %d partitions, each exactly once and in order%n",
        jar.replace(".jar", ""), smoke.messages, smoke.partitions);
  }

  private Properties settings() {
    var properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    return properties;
  }

  private void produce() throws Exception {
    Properties properties = settings();
    properties.put("key.serializer", STRING_SERIALIZER);
    properties.put("value.serializer", STRING_SERIALIZER);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer = new KafkaProducer<String, String>(properties)) {
      for (int n = 0; n < messages; ++n) {
        sent.add(producer.send(new ProducerRecord<>(topic, n % partitions, "" + n, "message " + n)));
      }
      producer.flush();
    }
    for (int n = 0; n < messages; ++n) {
      RecordMetadata metadata = sent.get(n).get();
      check(metadata.partition() == n % partitions && metadata.offset() == n / partitions,
          "message " + n + " was acknowledged as " + metadata);
    }
  }

  // With assign() there is no group, so no coordinator takes part.
  private void readBack() {
    Properties properties = settings();
    properties.put("key.deserializer", STRING_DESERIALIZER);
    properties.put("value.deserializer", STRING_DESERIALIZER);
    try (var consumer = new KafkaConsumer<String, String>(properties)) {
      List<TopicPartition> assigned = new ArrayList<>();
      for (int p = 0; p < partitions; ++p) {
        assigned.add(new TopicPartition(topic, p));
      }
      consumer.assign(assigned);
      consumer.seekToBeginning(assigned);
      Map<TopicPartition, Long> ends = consumer.endOffsets(assigned);
      for (TopicPartition p : assigned) {
        long expected = (messages - p.partition() + partitions - 1) / partitions;
        check(ends.get(p) == expected, p + " ends at " + ends.get(p) + " and not at " + expected);
      }
      Map<Integer, Long> next = new HashMap<>();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      for (int read = 0; read < messages; ) {
        check(System.nanoTime() < deadline, "only " + read + " messages came back");
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
          long offset = next.merge(record.partition(), 1L, Long::sum) - 1;
          String n = "" + (offset * partitions + record.partition());
          check(record.offset() == offset && record.key().equals(n) && record.value().equals("message " + n),
              "expected message " + n + " at offset " + offset + ", got " + record);
          ++read;
        }
      }
    }
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
