// One member of a group, with @platformatic/kafka: see ../groups/README.md.
import { Consumer, stringDeserializers } from '@platformatic/kafka';

const env = process.env;
const classic = env.MEMBER_PROTOCOL === 'classic';
const session = Number(env.MEMBER_SESSION_MS);
const commitMs = Number(env.MEMBER_COMMIT_MS);
const say = (line) => process.stdout.write(`${line}\n`);
const complain = (error) => console.error(error.stack ?? error);

const consumer = new Consumer({
  clientId: 'member',
  bootstrapBrokers: env.MEMBER_BOOTSTRAP.split(','),
  groupId: env.MEMBER_GROUP,
  groupProtocol: env.MEMBER_PROTOCOL,
  deserializers: stringDeserializers,
  retries: 50,
  retryDelay: 200,
  maxWaitTime: 500,
  ...(env.MEMBER_INSTANCE ? { groupInstanceId: env.MEMBER_INSTANCE } : {}),
  ...(classic
    ? { sessionTimeout: session, rebalanceTimeout: session, heartbeatInterval: Number(env.MEMBER_HEARTBEAT_MS) }
    : {}),
});

// The client gives up a rejoin that a lost connection interrupts; the others of the group go on.
consumer.on('error', complain);

let said = '';
function sayOwned() {
  const owned = (consumer.assignments ?? []).filter(({ topic }) => topic === env.MEMBER_TOPIC);
  const line = ['assigned', ...owned.flatMap(({ partitions }) => partitions).sort()].join(' ');
  if (!classic && line === said) return;
  said = line;
  say(line);
}

// In the consumer protocol there is no event for it.
if (classic) consumer.on('consumer:group:join', sayOwned);
else setInterval(sayOwned, 100);
const stream = await consumer.consume({
  topics: [env.MEMBER_TOPIC],
  mode: 'committed',
  fallbackMode: 'earliest',
  autocommit: commitMs,
});
stream.on('autocommit', (error, offsets) => {
  if (error) complain(error);
  else for (const { partition, offset } of offsets) say(`committed ${partition} ${offset}`);
});
stream.on('error', complain);
stream.on('data', ({ partition, offset, value }) => say(`record ${partition} ${offset} ${value}`));

process.on('SIGTERM', async () => {
  await stream.close();
  await consumer.close();
  process.exit(0);
});
