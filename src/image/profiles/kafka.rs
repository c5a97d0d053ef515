//! Kafka in KRaft mode: topics, records, groups with their offsets.
//!
//! Sources: the Dockerfiles and default configurations of `apache/kafka`, `confluentinc/cp-kafka` and `bitnami/kafka` (where
//! the tools and the data are, that `apache/kafka` writes to /tmp/kraft-combined-logs unless KAFKA_LOG_DIRS is set, that the
//! default advertised listener is localhost:9092 and reaches no other container); Kafka's documentation for groups and
//! offsets. A boot takes about 3 s, a tool about 1.2 s, typical values of a laptop.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::daemon::{Daemon, Pending, Speaks, read_json, run, write_json};
use crate::image::programs::wire;
use crate::image::reference::Reference;
use crate::kernel::{Connection, ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// The profile.
pub const PROFILE: Profile = Profile {
    repositories: &["apache/kafka", "confluentinc/cp-kafka", "bitnami/kafka"],
    title: "Apache Kafka",
    define,
};

const BROKER: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[
        (900, "===> Running in KRaft mode, skipping Zookeeper health check..."),
        (600, "===> Launching kafka ..."),
        (1300, "[KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)"),
    ],
    marker: None,
    ports: &[(9092, Speaks::Values(answer))],
    stops: (
        &[Signal::TERM, Signal::INT],
        700,
        143,
        "[KafkaRaftServer nodeId=1] shut down completed (kafka.server.KafkaRaftServer)",
    ),
};

const TOOLS: [&str; 5] = [
    "kafka-topics",
    "kafka-console-producer",
    "kafka-console-consumer",
    "kafka-consumer-groups",
    "kafka-broker-api-versions",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    let (tools, suffix, data, volume) = match reference.repository.as_str() {
        "confluentinc/cp-kafka" => ("/usr/bin", "", "/var/lib/kafka/data", "/var/lib/kafka/data"),
        "bitnami/kafka" => ("/opt/bitnami/kafka/bin", ".sh", "/bitnami/kafka/data", "/bitnami/kafka"),
        _ => ("/opt/kafka/bin", ".sh", "/tmp/kraft-combined-logs", "/var/lib/kafka/data"),
    };
    base::folder(&root, volume, Default::default(), 0o777);
    base::write(&root, PROPERTIES, &format!("process.roles=broker,controller\nnode.id=1\nlog.dirs={data}\n"));
    for name in TOOLS {
        root.install(&format!("{tools}/{name}{suffix}"), programs::of(tool));
    }
    root.install("/etc/kafka/docker/run", programs::of(broker));
    root.install(
        "/__cacert_entrypoint.sh",
        programs::of(|process: Process| async move {
            let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
            programs::exec(&process, &command, "/__cacert_entrypoint.sh", 30).await
        }),
    );
    let mut config = ImageConfig {
        entrypoint: vec!["/__cacert_entrypoint.sh".into()],
        cmd: vec!["/etc/kafka/docker/run".into()],
        volumes: [volume.into()].into(),
        working_dir: "/".into(),
        exposed_ports: ["9092/tcp".into()].into(),
        ..ImageConfig::default()
    };
    let path =
        if tools == "/opt/bitnami/kafka/bin" { format!("{tools}:{}", base::PATH) } else { base::PATH.to_string() };
    config.set_variable("PATH", &path);
    let simplified = &["a broker's data are one JSON file", "a topic has one partition", "one broker"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// The default configuration.
const PROPERTIES: &str = "/etc/kafka/docker/server.properties";

fn folder(process: &Process) -> String {
    if let Some(given) = process.variable("KAFKA_LOG_DIRS") {
        return given.to_string();
    }
    let bytes = process.read_file(PROPERTIES).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().find_map(|line| line.strip_prefix("log.dirs=")).unwrap_or("/tmp/kraft-combined-logs").to_string()
}

/// The broker. Whoever sets one variable of KAFKA_ replaces the default configuration, and has to set all that it needs.
async fn broker(process: Process) -> ExitCode {
    let is_setting = |name: &str| name.starts_with("KAFKA_") && !matches!(name, "KAFKA_HEAP_OPTS" | "KAFKA_VERSION");
    if process.environment().iter().any(|(name, _)| is_setting(name)) {
        for name in ["KAFKA_PROCESS_ROLES", "KAFKA_NODE_ID", "KAFKA_LISTENERS"] {
            if process.variable(name).is_none() {
                let key = name.trim_start_matches("KAFKA_").to_lowercase().replace('_', ".");
                let text = format!(
                    "Exception in thread \"main\" org.apache.kafka.common.config.ConfigException: Missing required configuration \"{key}\" which has no default value.\n"
                );
                process.complain(text).await;
                return ExitCode::FAILURE;
            }
        }
    }
    let path = format!("{}/meta.properties", folder(&process));
    if process.stat(&path).is_err() {
        let made = process.make_folders(&folder(&process));
        let written = match made {
            Ok(()) => process.write_file(&path, b"version=1\nnode.id=1\n").await,
            failed => failed,
        };
        if let Err(error) = written {
            process.complain(format!("Error while writing meta.properties file {path}: {error}\n")).await;
            return ExitCode::FAILURE;
        }
        process
            .print(format!("Formatting metadata directory {} with metadata.version 4.1-IV1.\n", folder(&process)))
            .await;
    }
    run(process, BROKER).await
}

/// Where clients are told to go: the first advertised listener that is not the controller's.
fn advertised(process: &Process) -> String {
    let text = process.variable("KAFKA_ADVERTISED_LISTENERS").map(|text| text.to_string()).unwrap_or_default();
    let first = text.split(',').find(|one| !one.starts_with("CONTROLLER")).and_then(|one| one.split_once("://"));
    match first {
        Some((_, address)) if address.starts_with(':') => format!("{}{address}", process.hostname()),
        Some((_, address)) => address.to_string(),
        None => "localhost:9092".to_string(),
    }
}

fn answer(process: Process, request: Value) -> Pending<Value> {
    Box::pin(async move {
        let path = format!("{}/topics.json", folder(&process));
        let mut data = read_json(&process, &path);
        let topic = request["topic"].as_str().unwrap_or_default().to_string();
        let group = request["group"].as_str().unwrap_or_default().to_string();
        let records = |data: &Value| data["topics"][&topic].as_array().cloned().unwrap_or_default();
        match request["call"].as_str().unwrap_or_default() {
            "metadata" => return json!({ "advertised": advertised(&process) }),
            "state" => return data,
            "fetch" => return json!({ "records": records(&data), "committed": data["groups"][&group][&topic] }),
            "commit" => data["groups"][&group][&topic] = request["offset"].clone(),
            "create" if data["topics"][&topic].is_array() => {
                return json!({ "error": format!("Error while executing topic command : Topic '{topic}' already exists.") });
            }
            "create" => data["topics"][&topic] = json!([]),
            "delete" => {
                if let Some(topics) = data["topics"].as_object_mut() {
                    topics.remove(&topic);
                }
            }
            _ => {
                let mut all = records(&data);
                all.extend(request["records"].as_array().cloned().unwrap_or_default());
                data["topics"][&topic] = json!(all);
            }
        }
        if let Err(error) = write_json(&process, &path, &data).await {
            return json!({ "error": error });
        }
        let topics = data["topics"].as_object();
        let total: usize = topics.map_or(0, |map| map.values().filter_map(Value::as_array).map(Vec::len).sum());
        process.summarise(&folder(&process), &format!("{total} records"));
        json!({})
    })
}

/// The command line tools, by the name they are called by.
async fn tool(process: Process) -> ExitCode {
    let words = process.args();
    let name = words.first().map(|word| word.rsplit('/').next().unwrap_or(word).trim_end_matches(".sh").to_string());
    let options = [
        "bootstrap-server",
        "topic",
        "partitions",
        "replication-factor",
        "max-messages",
        "timeout-ms",
        "group",
        "property",
        "config",
    ];
    let arguments = Arguments::parse(&words, &options);
    programs::serve::handle_signals(&process, &[Signal::TERM, Signal::INT]);
    process.sleep(Duration::from_millis(1200)).await;
    let server = arguments.value(&["bootstrap-server"]).unwrap_or("localhost:9092");
    let work = async {
        match reach(&process, server).await {
            Some(connection) => act(&process, &connection, &arguments, name.as_deref().unwrap_or_default()).await,
            None => {
                process.complain("Error while executing command : Timed out waiting for a node assignment.\n").await;
                ExitCode::FAILURE
            }
        }
    };
    match crate::kernel::sync::select(work, programs::serve::next_signal(&process)).await {
        crate::kernel::sync::Either::Left(code) => code,
        crate::kernel::sync::Either::Right(Signal::INT) => ExitCode(130),
        crate::kernel::sync::Either::Right(_) => ExitCode(143),
    }
}

/// A connection to the broker: to the address it advertises, which the bootstrap address only names. Tries for a minute.
async fn reach(process: &Process, server: &str) -> Option<Connection> {
    for _ in 0..60 {
        let (node, address) = match open(process, server).await {
            Some(connection) => {
                let reply = wire::ask(&connection, &json!({ "call": "metadata" })).await.unwrap_or_default();
                let advertised = reply["advertised"].as_str().unwrap_or(server).to_string();
                if let Some(connection) = open(process, &advertised).await {
                    return Some(connection);
                }
                ("1", advertised)
            }
            None => ("-1", server.to_string()),
        };
        process.complain(format!("WARN Connection to node {node} ({address}) could not be established. Node may not be available. (org.apache.kafka.clients.NetworkClient)\n")).await;
        process.sleep(Duration::from_secs(1)).await;
    }
    None
}

async fn open(process: &Process, server: &str) -> Option<Connection> {
    let (host, port) = server.split(',').next()?.split_once(':').unwrap_or((server, "9092"));
    process.connect(host, port.parse().ok()?).await.ok()
}

async fn act(process: &Process, connection: &Connection, arguments: &Arguments, name: &str) -> ExitCode {
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    let ask = |request: Value| async move { wire::ask(connection, &request).await.unwrap_or_default() };
    let (request, done) = match name {
        "kafka-console-consumer" => return consume(process, connection, arguments).await,
        "kafka-console-producer" => {
            let input = process.read_to_end(0).await.unwrap_or_default();
            let records: Vec<String> = String::from_utf8_lossy(&input).lines().map(str::to_string).collect();
            (json!({ "call": "produce", "topic": topic, "records": records }), String::new())
        }
        "kafka-topics" if arguments.has(&["create"]) => {
            (json!({ "call": "create", "topic": topic }), format!("Created topic {topic}.\n"))
        }
        "kafka-topics" if arguments.has(&["delete"]) => (json!({ "call": "delete", "topic": topic }), String::new()),
        "kafka-broker-api-versions" => {
            process.print("localhost:9092 (id: 1 rack: null isFenced: false) -> (\n)\n").await;
            return ExitCode::SUCCESS;
        }
        _ => {
            let state = ask(json!({ "call": "state" })).await;
            let is_groups = name == "kafka-consumer-groups";
            process.print(if is_groups { groups(&state, arguments) } else { topics(&state, arguments) }).await;
            return ExitCode::SUCCESS;
        }
    };
    let reply = ask(request).await;
    match reply["error"].as_str() {
        Some(error) => {
            process.complain(format!("{error}\n")).await;
            ExitCode::FAILURE
        }
        None => {
            process.print(done).await;
            ExitCode::SUCCESS
        }
    }
}

/// `--list` and `--describe` of topics.
fn topics(state: &Value, arguments: &Arguments) -> String {
    let Some(map) = state["topics"].as_object() else { return String::new() };
    let wanted = arguments.value(&["topic"]);
    let each = |name: &String| match arguments.has(&["describe"]) {
        true => format!(
            "Topic: {name}\tTopicId: AAAAAAAAQACAAAAAAAAAAQ\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: \n\tTopic: {name}\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n"
        ),
        false => format!("{name}\n"),
    };
    map.keys().filter(|name| wanted.is_none_or(|wanted| wanted == *name)).map(each).collect()
}

/// `--list` and `--describe` of groups: how far each has read, and how far it lags behind.
fn groups(state: &Value, arguments: &Arguments) -> String {
    let Some(map) = state["groups"].as_object() else { return String::new() };
    let Some(group) = arguments.value(&["group"]) else {
        return map.keys().map(|name| format!("{name}\n")).collect();
    };
    let mut text = String::from(
        "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n",
    );
    for (topic, offset) in state["groups"][group].as_object().into_iter().flatten() {
        let (at, end) = (offset.as_u64().unwrap_or(0), state["topics"][topic].as_array().map_or(0, Vec::len) as u64);
        let lag = end.saturating_sub(at);
        text.push_str(&format!(
            "{group:<15} {topic:<15} 0          {at:<15} {end:<15} {lag:<15} -               -               -\n"
        ));
    }
    text
}

/// The console consumer: from where its group stopped, from the beginning, or only what comes; it ends when it is told to.
async fn consume(process: &Process, connection: &Connection, arguments: &Arguments) -> ExitCode {
    let number = |name: &str| arguments.value(&[name]).and_then(|text| text.parse::<u64>().ok());
    let (most, patience) = (number("max-messages"), number("timeout-ms"));
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    let group = arguments.value(&["group"]).unwrap_or_default();
    let (mut at, mut count, mut idle): (Option<usize>, u64, u64) = (None, 0, 0);
    loop {
        let request = json!({ "call": "fetch", "topic": topic, "group": group });
        let reply = wire::ask(connection, &request).await.unwrap_or_default();
        let records = reply["records"].as_array().cloned().unwrap_or_default();
        let begin = if arguments.has(&["from-beginning"]) { 0 } else { records.len() };
        let first = *at.get_or_insert(reply["committed"].as_u64().map_or(begin, |offset| offset as usize));
        let left = most.map_or(usize::MAX, |most| (most - count) as usize);
        let new: Vec<&str> = records.iter().skip(first).take(left).filter_map(Value::as_str).collect();
        for text in &new {
            process.print(format!("{text}\n")).await;
        }
        count += new.len() as u64;
        at = Some(first + new.len());
        if !group.is_empty() && !new.is_empty() {
            let commit = json!({ "call": "commit", "topic": topic, "group": group, "offset": at });
            let _ = wire::ask(connection, &commit).await;
        }
        idle = if new.is_empty() { idle + 200 } else { 0 };
        if most.is_some_and(|most| count >= most) || patience.is_some_and(|patience| idle >= patience) {
            process.complain(format!("Processed a total of {count} messages\n")).await;
            return ExitCode::SUCCESS;
        }
        process.sleep(Duration::from_millis(200)).await;
    }
}
