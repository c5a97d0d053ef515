//! What a broker keeps: topics with their partitions, and how far each group has read.
//!
//! Sources: Kafka's documentation, "Consumer Groups", "Broker Configs" (`auto.create.topics.enable`, `num.partitions`,
//! `offsets.topic.replication.factor`); `ReplicationControlManager.java` for what is refused.

use super::settings::Settings;
use crate::image::identity::Identity;
use crate::image::programs::daemon::{read_json, write_json};
use crate::kernel::Process;
use serde_json::{Value, json};

/// The topic that keeps the groups' offsets (`Topic.GROUP_METADATA_TOPIC_NAME`).
pub const OFFSETS: &str = "__consumer_offsets";

/// How many partitions it has (`offsets.topic.num.partitions`).
const OFFSETS_PARTITIONS: u64 = 50;

/// What a broker has, in its file.
pub struct Store<'a> {
    process: &'a Process,
    settings: &'a Settings,
    path: String,
    data: Value,
}

impl<'a> Store<'a> {
    /// Reads it.
    pub fn open(process: &'a Process, settings: &'a Settings) -> Self {
        let path = format!("{}/topics.json", settings.folder());
        let data = read_json(process, &path);
        Self {
            process,
            settings,
            path,
            data: if data.is_object() { data } else { json!({ "topics": {}, "groups": {} }) },
        }
    }

    /// Answers a call.
    pub async fn answer(&mut self, request: &Value) -> Value {
        let topic = request["topic"].as_str().unwrap_or_default();
        let reply = match request["call"].as_str().unwrap_or_default() {
            "state" => return self.data.clone(),
            "create" => self.create(topic, request),
            "delete" => self.delete(topic),
            "produce" => self.produce(topic, request),
            "fetch" => self.fetch(topic, request),
            "commit" => {
                let group = request["group"].as_str().unwrap_or_default();
                self.data["groups"][group][topic] = request["offsets"].clone();
                json!({})
            }
            other => return json!({ "error": format!("drydock: {other} is not simulated") }),
        };
        if reply["error"].is_string() {
            return reply;
        }
        if let Err(error) = write_json(self.process, &self.path, &self.data).await {
            return json!({ "error": error });
        }
        self.process.summarise(&self.settings.folder(), &format!("{} records", self.count()));
        reply
    }

    fn count(&self) -> usize {
        let topics = self.data["topics"].as_object().into_iter().flat_map(|map| map.values());
        topics
            .flat_map(|topic| topic["records"].as_array().into_iter().flatten())
            .filter_map(Value::as_array)
            .map(Vec::len)
            .sum()
    }

    fn is_there(&self, topic: &str) -> bool {
        self.data["topics"][topic].is_object()
    }

    fn create(&mut self, topic: &str, request: &Value) -> Value {
        if self.is_there(topic) {
            return json!({ "error": format!("Topic '{topic}' already exists."), "kind": "TopicExistsException" });
        }
        let factor = request["factor"].as_u64().unwrap_or(1);
        let partitions = request["partitions"].as_u64().unwrap_or(self.settings.number("num.partitions", 1).into());
        if factor > 1 {
            return json!({
                "error": format!("Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be reached because only 1 broker(s) are registered."),
                "kind": "InvalidReplicationFactorException",
            });
        }
        if partitions == 0 {
            return json!({ "error": "Number of partitions was set to an invalid non-positive value.", "kind": "InvalidPartitionsException" });
        }
        let records: Vec<Value> = (0..partitions).map(|_| json!([])).collect();
        self.data["topics"][topic] = json!({ "id": self.identity(topic), "records": records, "batches": 0 });
        json!({})
    }

    /// An id as Kafka writes it: 22 letters of base 64.
    fn identity(&self, topic: &str) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let digits = Identity::of(&format!("{topic} {:?}", self.process.now())).digits();
        let pairs =
            digits.as_bytes().chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        pairs.take(22).map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect()
    }

    fn delete(&mut self, topic: &str) -> Value {
        let removed = self.data["topics"].as_object_mut().and_then(|topics| topics.remove(topic));
        match removed {
            Some(_) => json!({}),
            None => {
                json!({ "error": format!("Topic '{topic}' does not exist as expected"), "kind": "IllegalArgumentException" })
            }
        }
    }

    /// Makes a topic that somebody uses, unless that is switched off.
    fn make(&mut self, topic: &str) -> bool {
        self.is_there(topic)
            || self.settings.get("auto.create.topics.enable") != Some("false")
                && !self.create(topic, &json!({}))["error"].is_string()
    }

    /// Records without keys that come together go into one partition; the next ones into the next.
    fn produce(&mut self, topic: &str, request: &Value) -> Value {
        let was_there = self.is_there(topic);
        if !self.make(topic) {
            return json!({ "error": "unknown" });
        }
        let batches = self.data["topics"][topic]["batches"].as_u64().unwrap_or(0);
        let partitions = self.data["topics"][topic]["records"].as_array().map_or(1, Vec::len);
        let at = batches as usize % partitions;
        if let Some(records) = self.data["topics"][topic]["records"][at].as_array_mut() {
            records.extend(request["records"].as_array().cloned().unwrap_or_default());
        }
        self.data["topics"][topic]["batches"] = json!(batches + 1);
        json!({ "was_there": was_there })
    }

    /// What a topic has and how far a group has read. A group needs the topic of the offsets, which needs as many brokers as
    /// it has replicas: three unless a setting says one.
    fn fetch(&mut self, topic: &str, request: &Value) -> Value {
        if self.settings.number("offsets.topic.replication.factor", 3) > 1 {
            return json!({ "coordinator": false });
        }
        self.data["has_offsets"] = json!(true);
        let was_there = self.is_there(topic);
        if !self.make(topic) {
            return json!({ "coordinator": true, "records": [], "was_there": false });
        }
        let group = request["group"].as_str().unwrap_or_default();
        json!({
            "coordinator": true,
            "records": self.data["topics"][topic]["records"],
            "committed": self.data["groups"][group][topic],
            "was_there": was_there,
        })
    }
}

/// Names of the topics, and how many partitions each has.
pub fn topics(state: &Value) -> Vec<(String, u64)> {
    let count = |topic: &Value| topic["records"].as_array().map_or(1, Vec::len) as u64;
    let map = state["topics"].as_object().into_iter().flatten();
    let mut all: Vec<(String, u64)> = map.map(|(name, topic)| (name.clone(), count(topic))).collect();
    if state["has_offsets"] == json!(true) {
        all.push((OFFSETS.to_string(), OFFSETS_PARTITIONS));
    }
    all.sort();
    all
}
