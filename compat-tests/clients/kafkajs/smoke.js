// smoke.js HOST:PORT TOPIC MESSAGES PARTITIONS produce|delete: KafkaJS creates a topic and produces idempotently,
// respectively deletes the topic.
'use strict';

const assert = require('node:assert');
const { Kafka, logLevel } = require('kafkajs');

const [bootstrap, topic, messagesText, partitionsText, action] = process.argv.slice(2);
const messages = Number(messagesText);
const partitions = Number(partitionsText);
const kafka = new Kafka({ clientId: 'smoke', brokers: bootstrap.split(','), logLevel: logLevel.WARN });

async function createTopic(admin) {
  const created = await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  assert.strictEqual(created, true, 'the topic existed already');
}

// Ten messages a call, so that every partition sees a sequence of batches.
async function produce() {
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (let first = 0; first < messages; first += 10) {
    const batch = [];
    for (let n = first; n < Math.min(first + 10, messages); ++n) {
      batch.push({ key: `${n}`, value: `message ${n}`, partition: n % partitions });
    }
    for (const answer of await producer.send({ topic, messages: batch })) {
      assert.strictEqual(answer.errorCode, 0, JSON.stringify(answer));
    }
  }
  await producer.disconnect();
}

async function checkOffsets(admin) {
  const offsets = await admin.fetchTopicOffsets(topic);
  assert.strictEqual(offsets.length, partitions);
  for (const { partition, low, high } of offsets) {
    const expected = Math.ceil((messages - partition) / partitions);
    assert.deepStrictEqual({ partition, low, high }, { partition, low: '0', high: `${expected}` });
  }
}

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  if (action === 'produce') {
    await createTopic(admin);
    await produce();
    await checkOffsets(admin);
  } else {
    assert.strictEqual(action, 'delete');
    await admin.deleteTopics({ topics: [topic] });
  }
  await admin.disconnect();
}

main().catch((error) => {
  console.error(`kafkajs: ${error.stack}`);
  process.exit(1);
});
