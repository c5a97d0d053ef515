//! The console consumer: from where its group stopped, from the beginning, or only what comes.
//!
//! Sources: Kafka's documentation, "Consumer Configs" (`auto.offset.reset`: latest); `ConsoleConsumer.java` for its options, its
//! end, and the group it makes up if none is given.

use super::line;
use super::tools::unknown_topic;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::wire;
use crate::kernel::{Connection, ExitCode, Process};
use serde_json::{Value, json};
use std::time::Duration;

/// How often it asks.
const PAUSE: Duration = Duration::from_millis(200);

/// Its group: `console-consumer-` and a number under 100000 that is drawn, without `--group`.
pub fn group(arguments: &Arguments) -> String {
    let named = arguments.values(&["consumer-property"]).into_iter().find_map(|pair| pair.strip_prefix("group.id="));
    arguments.value(&["group"]).or(named).unwrap_or("console-consumer-74382").to_string()
}

/// How far it has come.
struct Progress {
    /// The next record of each partition; `None` before the first answer.
    offsets: Option<Vec<usize>>,
    count: u64,
    idle: Duration,
    was_told: bool,
}

/// Reads until it has as many as it wants, waited as long as it may, or is ended.
pub async fn consume(process: &Process, connection: &Connection, arguments: &Arguments, own: &str) -> ExitCode {
    let number = |name: &str| arguments.value(&[name]).and_then(|text| text.parse::<u64>().ok());
    let (most, patience) = (number("max-messages"), number("timeout-ms").map(Duration::from_millis));
    let mut progress = Progress { offsets: None, count: 0, idle: Duration::ZERO, was_told: false };
    loop {
        let Some(new) = round(process, connection, arguments, own, &mut progress, most).await else {
            return ended(process, progress.count).await;
        };
        progress.idle = if new { Duration::ZERO } else { progress.idle + PAUSE };
        if most.is_some_and(|most| progress.count >= most) {
            return ended(process, progress.count).await;
        }
        if patience.is_some_and(|patience| progress.idle >= patience) {
            let text = line(
                process,
                "ERROR",
                "Error processing message, terminating consumer process:  (org.apache.kafka.tools.consumer.ConsoleConsumer)",
            );
            process.complain(format!("{text}org.apache.kafka.common.errors.TimeoutException\n")).await;
            return ended(process, progress.count).await;
        }
        process.sleep(PAUSE).await;
    }
}

async fn ended(process: &Process, count: u64) -> ExitCode {
    process.complain(format!("Processed a total of {count} messages\n")).await;
    ExitCode::SUCCESS
}

/// One round: whether there was something new; `None` if the broker has gone.
async fn round(
    process: &Process,
    connection: &Connection,
    arguments: &Arguments,
    own: &str,
    progress: &mut Progress,
    most: Option<u64>,
) -> Option<bool> {
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    let group = group(arguments);
    let reply = wire::ask(connection, &json!({ "call": "fetch", "topic": topic, "group": group })).await?;
    if reply["coordinator"] == json!(false) {
        return Some(false);
    }
    if reply["was_there"] == json!(false) && !progress.was_told {
        progress.was_told = true;
        process.complain(unknown_topic(process, own, topic)).await;
    }
    let partitions: Vec<Vec<Value>> = reply["records"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|records| records.as_array().cloned().unwrap_or_default())
        .collect();
    let from_beginning = arguments.has(&["from-beginning"]);
    let begin = |at: usize, records: &Vec<Value>| match reply["committed"][at].as_u64() {
        Some(offset) => offset as usize,
        None if from_beginning => 0,
        None => records.len(),
    };
    let is_first = progress.offsets.is_none();
    let offsets = progress
        .offsets
        .get_or_insert_with(|| partitions.iter().enumerate().map(|(at, records)| begin(at, records)).collect());
    let mut text = String::new();
    for (records, offset) in partitions.iter().zip(offsets.iter_mut()) {
        for record in records.iter().skip(*offset) {
            if most.is_some_and(|most| progress.count >= most) {
                break;
            }
            text.push_str(&format!("{}\n", record.as_str().unwrap_or_default()));
            progress.count += 1;
            *offset += 1;
        }
    }
    if (is_first || !text.is_empty()) && arguments.has(&["group", "consumer-property"]) {
        let commit = json!({ "call": "commit", "topic": topic, "group": group, "offsets": offsets });
        wire::ask(connection, &commit).await?;
    }
    process.print(&text).await;
    Some(!text.is_empty())
}
