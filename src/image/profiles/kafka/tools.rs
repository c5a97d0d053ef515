//! The command line tools: how they reach the broker, topics, groups, the console producer.
//!
//! Sources: Kafka's documentation, "Basic Kafka Operations"; `tools/src/main/java/org/apache/kafka/tools/TopicCommand.java`,
//! `ConsoleProducer.java`, `consumer/group/ConsumerGroupCommand.java` for the texts; `clients/…/NetworkClient.java` and
//! `ClientUtils.java` for what clients say of a broker that they do not reach.

use super::store::{self, OFFSETS};
use super::{consumer, line};
use crate::image::programs::arguments::Arguments;
use crate::image::programs::serve::{handle_signals, next_signal};
use crate::image::programs::wire;
use crate::kernel::select::{Either, select};
use crate::kernel::{ConnectError, Connection, ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::time::Duration;

/// Java's start, and that of a client. Typical of a laptop; 0.8 to 3 s.
const LAUNCH: Duration = Duration::from_millis(1200);

/// How long between attempts to reach a broker (`reconnect.backoff.max.ms`).
const PAUSE: Duration = Duration::from_secs(1);

/// How long administrators and producers wait for one (`default.api.timeout.ms`, `max.block.ms`).
const PATIENCE: u32 = 60;

const WITH_VALUE: [&str; 16] = [
    "bootstrap-server",
    "topic",
    "partitions",
    "replication-factor",
    "max-messages",
    "timeout-ms",
    "group",
    "property",
    "config",
    "consumer-property",
    "producer-property",
    "command-config",
    "offset",
    "partition",
    "formatter",
    "broker-list",
];

/// A tool, by the name it is called by.
pub async fn tool(process: Process) -> ExitCode {
    let words = process.args();
    let called = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    let name = called.trim_end_matches(".sh").to_string();
    let arguments = Arguments::parse(&dashed(&words), &WITH_VALUE);
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    process.sleep(LAUNCH).await;
    match select(work(&process, &name, &arguments), next_signal(&process)).await {
        Either::Left(code) => code,
        Either::Right(Signal::INT) => ExitCode(130),
        Either::Right(_) => ExitCode(143),
    }
}

/// The tools know `-option` as well as `--option`.
fn dashed(words: &[std::rc::Rc<str>]) -> Vec<std::rc::Rc<str>> {
    let long = |word: &std::rc::Rc<str>| match word.strip_prefix('-') {
        Some(rest) if rest.len() > 1 && !rest.starts_with('-') => format!("--{rest}").as_str().into(),
        _ => word.clone(),
    };
    words.iter().map(long).collect()
}

/// How a tool calls itself in its log.
fn client(name: &str, arguments: &Arguments) -> String {
    match name {
        "kafka-console-producer" => "[Producer clientId=console-producer]".into(),
        "kafka-console-consumer" => {
            format!("[Consumer clientId=console-consumer, groupId={}]", consumer::group(arguments))
        }
        _ => "[AdminClient clientId=adminclient-1]".into(),
    }
}

async fn work(process: &Process, name: &str, arguments: &Arguments) -> ExitCode {
    let Some(server) = arguments.value(&["bootstrap-server", "broker-list"]) else {
        process.complain("Exception in thread \"main\" joptsimple.MissingRequiredOptionException: Missing required option(s) [bootstrap-server]\n").await;
        return ExitCode::FAILURE;
    };
    let own = client(name, arguments);
    let host = server.split(',').next().unwrap_or_default().split(':').next().unwrap_or_default();
    if process.resolve(host).is_err() {
        let text = line(
            process,
            "WARN",
            &format!(
                "Couldn't resolve server {server} from bootstrap.servers as DNS resolution failed for {host} (org.apache.kafka.clients.ClientUtils)"
            ),
        );
        process.complain(format!("{text}org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in bootstrap.servers\n")).await;
        return ExitCode::FAILURE;
    }
    let patience = if name == "kafka-console-consumer" { u32::MAX } else { PATIENCE };
    let Some(connection) = reach(process, server, &own, patience).await else {
        return unreached(process, name, arguments).await;
    };
    match name {
        "kafka-console-consumer" => consumer::consume(process, &connection, arguments, &own).await,
        "kafka-console-producer" => produce(process, &connection, arguments, &own).await,
        "kafka-topics" => topics(process, &connection, arguments).await,
        "kafka-consumer-groups" => groups(process, &connection, arguments).await,
        _ => {
            process.print(format!("{server} (id: 1 rack: null isFenced: false) -> (\n)\n")).await;
            ExitCode::SUCCESS
        }
    }
}

async fn unreached(process: &Process, name: &str, arguments: &Arguments) -> ExitCode {
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    if name == "kafka-console-producer" {
        // Each record fails for itself, and the producer ends well.
        let text = line(
            process,
            "ERROR",
            &format!(
                "Error when sending message to topic {topic} with key: null with error: (org.apache.kafka.clients.producer.internals.ErrorLoggingCallback)"
            ),
        );
        process.complain(format!("{text}org.apache.kafka.common.errors.TimeoutException: Topic {topic} not present in metadata after 60000 ms.\n")).await;
        return ExitCode::SUCCESS;
    }
    let call = if arguments.has(&["create"]) { "createTopics" } else { "listTopics" };
    process
        .complain(format!("Error while executing command : Timed out waiting for a node assignment. Call: {call}\n"))
        .await;
    ExitCode::FAILURE
}

/// A connection to the broker: to the address it advertises, which the bootstrap address only leads to.
async fn reach(process: &Process, server: &str, own: &str, patience: u32) -> Option<Connection> {
    let first = server.split(',').next().unwrap_or_default();
    let (host, port) = first.split_once(':').unwrap_or((first, "9092"));
    let port: u16 = port.parse().ok()?;
    for _ in 0..patience {
        let text = match process.connect(host, port).await {
            Err(error) => failed(-1, host, port, &error),
            Ok(connection) => {
                let reply = wire::ask(&connection, &json!({ "call": "metadata" })).await.unwrap_or_default();
                let told = reply["host"].as_str().unwrap_or(host).to_string();
                let port = reply["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or(port);
                match process.connect(&told, port).await {
                    Ok(connection) => return Some(connection),
                    Err(error) => failed(reply["node"].as_i64().unwrap_or(1), &told, port, &error),
                }
            }
        };
        process.complain(line(process, "WARN", &format!("{own} {text}"))).await;
        process.sleep(PAUSE).await;
    }
    None
}

/// What is said of a node that is not reached; -1 is one whose number nobody has told yet.
fn failed(node: i64, host: &str, port: u16, error: &ConnectError) -> String {
    match error {
        ConnectError::Name(_) => format!(
            "Error connecting to node {host}:{port} (id: {node} rack: null isFenced: false) (org.apache.kafka.clients.NetworkClient)\njava.net.UnknownHostException: {host}"
        ),
        ConnectError::Failed(address, _) => format!(
            "Connection to node {node} ({host}/{address}:{port}) could not be established. Node may not be available. (org.apache.kafka.clients.NetworkClient)"
        ),
    }
}

/// What is said of a topic that was not there at first.
pub fn unknown_topic(process: &Process, own: &str, topic: &str) -> String {
    line(
        process,
        "WARN",
        &format!(
            "{own} The metadata response from the cluster reported a recoverable issue with correlation id 2 : {{{topic}=UNKNOWN_TOPIC_OR_PARTITION}} (org.apache.kafka.clients.NetworkClient)"
        ),
    )
}

async fn produce(process: &Process, connection: &Connection, arguments: &Arguments, own: &str) -> ExitCode {
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    let input = process.read_to_end(0).await.unwrap_or_default();
    let records: Vec<String> = String::from_utf8_lossy(&input).lines().map(str::to_string).collect();
    if records.is_empty() {
        return ExitCode::SUCCESS;
    }
    let reply = wire::ask(connection, &json!({ "call": "produce", "topic": topic, "records": records }))
        .await
        .unwrap_or_default();
    if reply["was_there"] != json!(true) {
        process.complain(unknown_topic(process, own, topic)).await;
    }
    if reply["error"].is_string() {
        process.sleep(PAUSE * PATIENCE).await;
        return unreached(process, "kafka-console-producer", arguments).await;
    }
    ExitCode::SUCCESS
}

async fn topics(process: &Process, connection: &Connection, arguments: &Arguments) -> ExitCode {
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    let number = |name: &str| arguments.value(&[name]).and_then(|text| text.parse::<u64>().ok());
    if arguments.has(&["create", "delete"]) {
        let is_new = arguments.has(&["create"]);
        let request = json!({ "call": if is_new { "create" } else { "delete" }, "topic": topic, "partitions": number("partitions"), "factor": number("replication-factor") });
        let reply = wire::ask(connection, &request).await.unwrap_or_default();
        let is_known = reply["kind"] == json!("TopicExistsException") && arguments.has(&["if-not-exists"]);
        let is_gone = reply["kind"] == json!("IllegalArgumentException") && arguments.has(&["if-exists"]);
        if let Some(error) = reply["error"].as_str().filter(|_| !is_known && !is_gone) {
            let kind = reply["kind"].as_str().unwrap_or_default();
            let package =
                if kind == "IllegalArgumentException" { "java.lang" } else { "org.apache.kafka.common.errors" };
            process.print(format!("Error while executing topic command : {error}\n")).await;
            process
                .complain(line(
                    process,
                    "ERROR",
                    &format!("{package}.{kind}: {error}\n (org.apache.kafka.tools.TopicCommand)"),
                ))
                .await;
            return ExitCode::FAILURE;
        }
        if is_new && !is_known {
            process.print(format!("Created topic {topic}.\n")).await;
        }
        return ExitCode::SUCCESS;
    }
    let state = wire::ask(connection, &json!({ "call": "state" })).await.unwrap_or_default();
    let all = store::topics(&state);
    let chosen: Vec<_> = all.iter().filter(|(name, _)| topic.is_empty() || topic == name).collect();
    if chosen.is_empty() && !topic.is_empty() && arguments.has(&["describe"]) {
        process
            .print(format!("Error while executing topic command : Topic '{topic}' does not exist as expected\n"))
            .await;
        return ExitCode::FAILURE;
    }
    for (name, partitions) in chosen {
        let text =
            if arguments.has(&["describe"]) { described(&state, name, *partitions) } else { format!("{name}\n") };
        process.print(text).await;
    }
    ExitCode::SUCCESS
}

fn described(state: &Value, name: &str, partitions: u64) -> String {
    let id = state["topics"][name]["id"].as_str().unwrap_or("AAAAAAAAAAAAAAAAAAAAAQ");
    let configs =
        if name == OFFSETS { "compression.type=producer,cleanup.policy=compact,segment.bytes=104857600" } else { "" };
    let head = format!(
        "Topic: {name}\tTopicId: {id}\tPartitionCount: {partitions}\tReplicationFactor: 1\tConfigs: {configs}\n"
    );
    let one =
        |at: u64| format!("\tTopic: {name}\tPartition: {at}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n");
    head + &(0..partitions).map(one).collect::<String>()
}

/// `--list` and `--describe` of groups: how far each has read, and how far it lags behind.
async fn groups(process: &Process, connection: &Connection, arguments: &Arguments) -> ExitCode {
    let state = wire::ask(connection, &json!({ "call": "state" })).await.unwrap_or_default();
    if !arguments.has(&["list", "describe"]) {
        process.complain("drydock: of kafka-consumer-groups only --list and --describe are simulated\n").await;
        return ExitCode::FAILURE;
    }
    let names = state["groups"].as_object().into_iter().flat_map(|map| map.keys().cloned());
    if arguments.has(&["list"]) {
        process.print(names.map(|name| format!("{name}\n")).collect::<String>()).await;
        return ExitCode::SUCCESS;
    }
    let chosen: Vec<String> = match arguments.value(&["group"]) {
        Some(group) => vec![group.to_string()],
        None => names.collect(),
    };
    for group in chosen {
        let Some(read) = state["groups"][&group].as_object() else {
            process.print(format!("\nError: Consumer group '{group}' does not exist.\n")).await;
            return ExitCode::FAILURE;
        };
        process.complain(format!("\nConsumer group '{group}' has no active members.\n")).await;
        let head = "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n";
        let rows: String = read.iter().map(|(topic, offsets)| rows(&state, &group, topic, offsets)).collect();
        process.print(format!("{head}{rows}")).await;
    }
    ExitCode::SUCCESS
}

fn rows(state: &Value, group: &str, topic: &str, offsets: &Value) -> String {
    let each = offsets.as_array().into_iter().flatten().enumerate().map(|(at, offset)| {
        let end = state["topics"][topic]["records"][at].as_array().map_or(0, Vec::len) as u64;
        let offset = offset.as_u64().unwrap_or(0);
        let lag = end.saturating_sub(offset);
        format!("{group:<15} {topic:<15} {at:<10} {offset:<15} {end:<15} {lag:<15} -               -               -\n")
    });
    each.collect()
}
