//! One member of a group, with the crate rdkafka: see ../groups/README.md.

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaResult;
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::env;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(100);

fn say(line: String) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("nobody reads the output");
}

fn setting(name: &str) -> String {
    env::var(format!("MEMBER_{name}")).unwrap_or_default()
}

/// What the callbacks know: the partitions that the member owns.
#[derive(Default)]
struct Assignment {
    owned: Mutex<BTreeSet<i32>>,
}

impl Assignment {
    fn change(&self, change: impl FnOnce(&mut BTreeSet<i32>)) {
        let mut owned = self.owned.lock().unwrap();
        change(&mut owned);
        let words: Vec<String> = owned.iter().map(i32::to_string).collect();
        say(format!("assigned {}", words.join(" ")));
    }
}

fn partitions(list: &TopicPartitionList) -> BTreeSet<i32> {
    list.elements().iter().map(|element| element.partition()).collect()
}

impl ClientContext for Assignment {}

impl ConsumerContext for Assignment {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(list) = rebalance {
            commit(consumer);
            let gone = partitions(list);
            self.change(|owned| owned.retain(|partition| !gone.contains(partition)));
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(list) = rebalance {
            self.change(|owned| owned.extend(partitions(list)));
        }
    }
}

/// Commits where each partition is to be read on. A partition of which nothing was read yet has no such position.
fn commit(consumer: &BaseConsumer<Assignment>) {
    let Ok(positions) = consumer.position() else { return };
    let mut read = TopicPartitionList::new();
    for element in positions.elements() {
        if let Offset::Offset(offset) = element.offset() {
            read.add_partition_offset(element.topic(), element.partition(), Offset::Offset(offset)).expect("an offset");
        }
    }
    if read.count() == 0 {
        return;
    }
    match consumer.commit(&read, CommitMode::Sync) {
        Ok(()) => read.elements().iter().for_each(|element| {
            say(format!("committed {} {}", element.partition(), element.offset().to_raw().unwrap_or(-1)));
        }),
        Err(error) => eprintln!("commit: {error}"),
    }
}

fn consumer() -> KafkaResult<BaseConsumer<Assignment>> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", setting("BOOTSTRAP"))
        .set("group.id", setting("GROUP"))
        .set("group.protocol", setting("PROTOCOL"))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("reconnect.backoff.max.ms", "500");
    if setting("PROTOCOL") == "classic" {
        config.set("session.timeout.ms", setting("SESSION_MS"));
        config.set("heartbeat.interval.ms", setting("HEARTBEAT_MS"));
    }
    if !setting("INSTANCE").is_empty() {
        config.set("group.instance.id", setting("INSTANCE"));
    }
    config.create_with_context(Assignment::default())
}

fn start(consumer: &BaseConsumer<Assignment>) -> KafkaResult<()> {
    let (topic, assigned) = (setting("TOPIC"), setting("ASSIGN"));
    if assigned.is_empty() {
        return consumer.subscribe(&[&topic]);
    }
    let mut list = TopicPartitionList::new();
    for word in assigned.split(',') {
        list.add_partition(&topic, word.parse().expect("a partition"));
    }
    consumer.assign(&list)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let leaves = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, leaves.clone())?;
    let commit_interval = Duration::from_millis(setting("COMMIT_MS").parse()?);
    let consumer = consumer()?;
    start(&consumer)?;
    let mut next_commit = Instant::now() + commit_interval;
    while !leaves.load(Ordering::Relaxed) {
        match consumer.poll(POLL) {
            Some(Ok(record)) => {
                let value = String::from_utf8_lossy(record.payload().unwrap_or_default()).into_owned();
                say(format!("record {} {} {value}", record.partition(), record.offset()));
            }
            Some(Err(error)) => eprintln!("{error}"),
            None => {}
        }
        if Instant::now() >= next_commit {
            commit(&consumer);
            next_commit = Instant::now() + commit_interval;
        }
    }
    commit(&consumer);
    Ok(())
}
