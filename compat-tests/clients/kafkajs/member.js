// One member of a group, with KafkaJS: see ../groups/README.md.
'use strict';

const { Kafka, logLevel } = require('kafkajs');

const env = process.env;
const say = (line) => process.stdout.write(`${line}\n`);

const kafka = new Kafka({
  clientId: 'member',
  brokers: env.MEMBER_BOOTSTRAP.split(','),
  logLevel: logLevel.ERROR,
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 50 },
});
const consumer = kafka.consumer({
  groupId: env.MEMBER_GROUP,
  sessionTimeout: Number(env.MEMBER_SESSION_MS),
  heartbeatInterval: Number(env.MEMBER_HEARTBEAT_MS),
});

function sayOwned({ payload }) {
  const owned = payload.memberAssignment[env.MEMBER_TOPIC] || [];
  say(['assigned', ...owned.sort()].join(' '));
}

function sayCommitted({ payload }) {
  for (const { partitions } of payload.topics) {
    for (const { partition, offset } of partitions) say(`committed ${partition} ${offset}`);
  }
}

async function main() {
  consumer.on(consumer.events.GROUP_JOIN, sayOwned);
  consumer.on(consumer.events.REBALANCING, () => say('assigned'));
  consumer.on(consumer.events.COMMIT_OFFSETS, sayCommitted);
  consumer.on(consumer.events.CRASH, ({ payload }) => console.error(`crash: ${payload.error.stack}`));
  await consumer.connect();
  await consumer.subscribe({ topic: env.MEMBER_TOPIC, fromBeginning: true });
  await consumer.run({
    autoCommitInterval: Number(env.MEMBER_COMMIT_MS),
    eachMessage: async ({ partition, message }) => say(`record ${partition} ${message.offset} ${message.value}`),
  });
  process.on('SIGTERM', async () => {
    await consumer.disconnect();
    process.exit(0);
  });
}

main().catch((error) => {
  console.error(error.stack);
  process.exit(1);
});
