//! Message queues: RabbitMQ and Kafka in KRaft mode.
//!
//! Sources: the official images' Dockerfiles and documentation. RabbitMQ keeps its data in a folder named after its host
//! name, so a recreated container without a fixed `hostname:` does not find them; a queue and a message survive a restart only
//! if both are durable. Boot times (RabbitMQ about 4 s, Kafka about 3 s) are typical values of a laptop. Simplified: a
//! broker's data are one JSON file, and its command line tools know a few words.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::daemon::{Daemon, Pending, Speaks, read_json, run, write_json};
use crate::image::programs::wire;
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response};
use crate::kernel::{ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::time::Duration;

/// RabbitMQ.
pub const RABBITMQ: Profile = Profile { repositories: &["rabbitmq"], title: "RabbitMQ", define: rabbitmq };
/// Kafka.
pub const KAFKA: Profile = Profile {
    repositories: &["apache/kafka", "confluentinc/cp-kafka", "bitnami/kafka"],
    title: "Apache Kafka",
    define: kafka,
};

const RABBIT: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[
        (1200, "  ##  ##      RabbitMQ 4.2.1"),
        (1800, "[info] <0.254.0> node           : rabbit"),
        (900, "[info] <0.600.0> started TCP listener on [::]:5672"),
        (300, "[info] <0.651.0> Server startup complete; 4 plugins started."),
    ],
    marker: None,
    ports: &[(5672, Speaks::Values(rabbit_answer)), (15672, Speaks::Http(management))],
    stops: (&[Signal::TERM, Signal::INT], 900, 0, "[info] <0.9.0> Gracefully halting Erlang VM"),
};

const BROKER: Daemon = Daemon {
    first_boot: &[
        (900, "===> Running in KRaft mode, skipping Zookeeper health check..."),
        (600, "Formatting metadata directory with metadata.version 4.1-IV1."),
        (1500, "[KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)"),
    ],
    later_boot: &[
        (900, "===> Running in KRaft mode, skipping Zookeeper health check..."),
        (1700, "[KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)"),
    ],
    marker: Some("/var/lib/kafka/data/meta.properties"),
    ports: &[(9092, Speaks::Values(kafka_answer))],
    stops: (
        &[Signal::TERM, Signal::INT],
        700,
        143,
        "[KafkaRaftServer nodeId=1] shut down completed (kafka.server.KafkaRaftServer)",
    ),
};

fn rabbitmq(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    base::folder(&root, "/var/lib/rabbitmq", Default::default(), 0o777);
    root.install(
        "/usr/local/bin/docker-entrypoint.sh",
        programs::of(|process: Process| async move {
            let command: Vec<_> = process.args().iter().skip(1).cloned().collect();
            programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", 60).await
        }),
    );
    root.install(
        "/usr/bin/rabbitmq-server",
        programs::of(|process: Process| async move {
            forget_transient(&process).await;
            run(process, RABBIT).await
        }),
    );
    for name in ["rabbitmqctl", "rabbitmq-diagnostics", "rabbitmqadmin"] {
        root.install(&format!("/usr/bin/{name}"), programs::of(rabbit_tool));
    }
    let mut config =
        image(&["rabbitmq-server"], "/var/lib/rabbitmq", &["5672/tcp", "4369/tcp", "25672/tcp", "5671/tcp"]);
    config.entrypoint = vec!["docker-entrypoint.sh".into()];
    if reference.has_variant("management") {
        config.exposed_ports.insert("15672/tcp".into());
    }
    let simplified = &["a broker's data are one JSON file", "queues by name only; no exchanges, no acknowledgements"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

fn kafka(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    base::folder(&root, "/var/lib/kafka/data", Default::default(), 0o777);
    root.install("/etc/kafka/docker/run", programs::of(|process| run(process, BROKER)));
    for name in ["kafka-topics", "kafka-console-producer", "kafka-console-consumer", "kafka-broker-api-versions"] {
        for path in [format!("/opt/kafka/bin/{name}.sh"), format!("/usr/bin/{name}"), format!("/usr/bin/{name}.sh")] {
            root.install(&path, programs::of(kafka_tool));
        }
    }
    let config = image(&["/etc/kafka/docker/run"], "/var/lib/kafka/data", &["9092/tcp"]);
    let simplified = &["a topic has one partition and is one JSON list", "consumers read from the beginning"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

fn image(command: &[&str], volume: &str, ports: &[&str]) -> ImageConfig {
    let mut config = ImageConfig {
        cmd: command.iter().map(|word| (*word).into()).collect(),
        volumes: [volume.into()].into(),
        working_dir: "/".into(),
        exposed_ports: ports.iter().map(|port| (*port).into()).collect(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config
}

fn rabbit_path(process: &Process) -> String {
    format!("/var/lib/rabbitmq/mnesia/rabbit@{}.json", process.hostname())
}

/// At its start a broker knows durable queues with their persistent messages only.
async fn forget_transient(process: &Process) {
    let path = rabbit_path(process);
    let mut data = read_json(process, &path);
    if let Some(queues) = data.as_object_mut() {
        queues.retain(|_, queue| queue["durable"] == json!(true));
        for queue in queues.values_mut() {
            let kept: Vec<Value> = queue["messages"].as_array().cloned().unwrap_or_default();
            queue["messages"] = kept.into_iter().filter(|message| message["persistent"] == json!(true)).collect();
        }
    }
    let data = if data.is_object() { data } else { json!({}) };
    // A folder that cannot be written shows at the first message.
    let _ = write_json(process, &path, &data).await;
}

fn rabbit_answer(process: Process, request: Value) -> Pending<Value> {
    Box::pin(async move {
        let path = rabbit_path(&process);
        let mut data = read_json(&process, &path);
        let name = request["queue"].as_str().unwrap_or_default().to_string();
        let reply = match request["call"].as_str().unwrap_or_default() {
            "ping" => return json!({ "text": "Ping succeeded" }),
            "list" => {
                let count = |queue: &Value| queue["messages"].as_array().map_or(0, Vec::len);
                let lines = data.as_object().map(|map| {
                    map.iter().map(|(name, queue)| format!("{name}\t{}\n", count(queue))).collect::<String>()
                });
                return json!({ "text": lines.unwrap_or_default() });
            }
            "declare" => {
                data[&name] = json!({ "durable": request["durable"], "messages": [] });
                json!({ "text": "queue declared\n" })
            }
            _ if !data[&name].is_object() => {
                return json!({ "error": format!("NOT_FOUND - no queue '{name}' in vhost '/'") });
            }
            "publish" => {
                let mut messages = data[&name]["messages"].as_array().cloned().unwrap_or_default();
                messages.push(json!({ "text": request["text"], "persistent": request["persistent"] }));
                data[&name]["messages"] = json!(messages);
                json!({ "text": "Message published\n" })
            }
            _ => {
                let mut messages = data[&name]["messages"].as_array().cloned().unwrap_or_default();
                let first = if messages.is_empty() { json!({ "text": "No items" }) } else { messages.remove(0) };
                data[&name]["messages"] = json!(messages);
                json!({ "text": format!("{}\n", first["text"].as_str().unwrap_or_default()) })
            }
        };
        if let Err(error) = write_json(&process, &path, &data).await {
            return json!({ "error": error });
        }
        let total: usize = data
            .as_object()
            .map_or(0, |map| map.values().filter_map(|queue| queue["messages"].as_array()).map(Vec::len).sum());
        process.summarise("/var/lib/rabbitmq", &format!("{total} messages"));
        reply
    })
}

fn management(_: Process, _: Request) -> Pending<Response> {
    Box::pin(async { Response::html(200, "<title>RabbitMQ Management</title>\n") })
}

/// `rabbitmq-diagnostics -q ping`, `rabbitmqctl list_queues`, and `rabbitmqadmin declare|publish|get` with `name=value`.
async fn rabbit_tool(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["H", "host", "u", "username", "p", "password"]);
    // The tools start an Erlang machine: about 0.8 s.
    process.sleep(Duration::from_millis(800)).await;
    let value = |name: &str| arguments.operands.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let queue = value("name").or(value("queue")).or(value("routing_key")).unwrap_or_default();
    let durable = value("durable") != Some("false");
    let persistent = value("properties")
        .is_some_and(|text| text.contains("\"delivery_mode\":2") || text.contains("\"delivery_mode\": 2"));
    let call = match arguments.operands.first().map(String::as_str).unwrap_or_default() {
        "declare" => "declare",
        "publish" => "publish",
        "get" => "get",
        "list_queues" | "list" => "list",
        _ => "ping",
    };
    let request =
        json!({ "call": call, "queue": queue, "durable": durable, "persistent": persistent, "text": value("payload") });
    let host = arguments.value(&["H", "host"]).unwrap_or("localhost");
    let is_quiet = arguments.has(&["q", "quiet"]);
    ask(
        &process,
        host,
        5672,
        &request,
        is_quiet && call == "ping",
        "Error: unable to perform an operation on node. Is it running?",
    )
    .await
}

fn kafka_answer(process: Process, request: Value) -> Pending<Value> {
    const PATH: &str = "/var/lib/kafka/data/topics.json";
    Box::pin(async move {
        let mut data = read_json(&process, PATH);
        let topic = request["topic"].as_str().unwrap_or_default().to_string();
        match request["call"].as_str().unwrap_or_default() {
            "list" => {
                let names = data.as_object().map(|map| map.keys().map(|name| format!("{name}\n")).collect::<String>());
                return json!({ "text": names.unwrap_or_default() });
            }
            "consume" => {
                let records = data[&topic].as_array().cloned().unwrap_or_default();
                let lines: String = records.iter().filter_map(Value::as_str).map(|text| format!("{text}\n")).collect();
                return json!({ "text": lines, "count": records.len() });
            }
            "create" if data[&topic].is_array() => {
                return json!({ "error": format!("Topic '{topic}' already exists.") });
            }
            "create" => data[&topic] = json!([]),
            _ => {
                let mut records = data[&topic].as_array().cloned().unwrap_or_default();
                records.extend(request["records"].as_array().cloned().unwrap_or_default());
                data[&topic] = json!(records);
            }
        }
        if let Err(error) = write_json(&process, PATH, &data).await {
            return json!({ "error": error });
        }
        let total: usize =
            data.as_object().map_or(0, |map| map.values().filter_map(Value::as_array).map(Vec::len).sum());
        process.summarise("/var/lib/kafka/data", &format!("{total} records"));
        json!({ "text": if request["call"] == json!("create") { format!("Created topic {topic}.\n") } else { String::new() } })
    })
}

/// `kafka-topics --list|--create`, the console producer and consumer.
async fn kafka_tool(process: Process) -> ExitCode {
    let options =
        ["bootstrap-server", "topic", "partitions", "replication-factor", "max-messages", "timeout-ms", "group"];
    let words = process.args();
    let program = words.first().map(|word| word.rsplit('/').next().unwrap_or(word).trim_end_matches(".sh").to_string());
    let arguments = Arguments::parse(&words, &options);
    // The tools start a Java machine: about 1.2 s.
    process.sleep(Duration::from_millis(1200)).await;
    let server = arguments.value(&["bootstrap-server"]).unwrap_or("localhost:9092");
    let (host, port) = server.split_once(':').unwrap_or((server, "9092"));
    let topic = arguments.value(&["topic"]).unwrap_or_default();
    let call = match program.as_deref() {
        Some("kafka-console-producer") => "produce",
        Some("kafka-console-consumer") => "consume",
        _ if arguments.has(&["create"]) => "create",
        _ => "list",
    };
    let mut request = json!({ "call": call, "topic": topic });
    if call == "produce" {
        let input = process.read_to_end(0).await.unwrap_or_default();
        request["records"] = String::from_utf8_lossy(&input).lines().map(str::to_string).collect();
    }
    let refused = "WARN Connection to node -1 could not be established. Node may not be available. (org.apache.kafka.clients.NetworkClient)";
    ask(&process, host, port.parse().unwrap_or(9092), &request, false, refused).await
}

async fn ask(process: &Process, host: &str, port: u16, request: &Value, is_quiet: bool, refused: &str) -> ExitCode {
    let reply = match process.connect(host, port).await {
        Ok(connection) => wire::ask(&connection, request).await,
        Err(_) => None,
    };
    let error = match reply {
        Some(reply) => match reply["error"].as_str() {
            None => {
                let text = reply["text"].as_str().unwrap_or_default();
                if !is_quiet {
                    process
                        .print(if text.ends_with('\n') || text.is_empty() {
                            text.to_string()
                        } else {
                            format!("{text}\n")
                        })
                        .await;
                }
                return ExitCode::SUCCESS;
            }
            Some(error) => error.to_string(),
        },
        None => refused.to_string(),
    };
    process.complain(format!("{error}\n")).await;
    ExitCode::FAILURE
}
