//! The broker: the image's script, formatting the folder once, the log, the listeners, the end.
//!
//! Sources: `apache/kafka`, `docker/resources/common-scripts/bash-config`, `configure`, `launch` and `docker/jvm/launch`;
//! `core/src/main/scala/kafka/tools/StorageTool.scala` and `MetaPropertiesEnsemble.java` for the folder; logs of `apache/kafka`
//! 4.0.0, 4.1.2 and `cp-kafka` 7.7 for the lines. From memory: what is said of a folder that may not be written to, of a port in
//! use, and at the end.

use super::line;
use super::settings::Settings;
use super::store::Store;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::programs::wire;
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

/// The script and the start of Java. Typical of a laptop; 1 to 5 s.
const LAUNCH: Duration = Duration::from_millis(1500);

/// From the first line to the listeners. Typical; 1 to 6 s.
const START: Duration = Duration::from_millis(1300);

/// An orderly end. Typical; 0.3 to 3 s.
const STOP: Duration = Duration::from_millis(700);

/// What the script takes if CLUSTER_ID is not set.
const DEFAULT_CLUSTER: &str = "5L6g3nShT-eMCtK--X86sw";

/// The program.
pub async fn broker(process: Process, needs_cluster: bool) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    let settings = Settings::read(&process);
    if let Err(text) = prepare(&process, &settings, needs_cluster).await {
        process.print(text).await;
        return ExitCode::FAILURE;
    }
    run(process, settings).await
}

/// What comes before Kafka itself.
async fn prepare(process: &Process, settings: &Settings, needs_cluster: bool) -> Result<(), String> {
    let cluster = process.variable("CLUSTER_ID").filter(|id| !id.is_empty());
    // Told only where variables take the place of the image's file.
    let configuring = match process.variable("KAFKA_PROCESS_ROLES") {
        Some(_) => "===> Configuring ...\nRunning in KRaft mode...\n",
        None => "===> Configuring ...\n",
    };
    process.print("===> User\nuid=1000(appuser) gid=1000(appuser) groups=1000(appuser)\n").await;
    match &cluster {
        None if needs_cluster => {
            process.print(configuring).await;
            return Err("CLUSTER_ID is required.\nCommand [/usr/local/bin/dub ensure CLUSTER_ID] FAILED !\n".into());
        }
        None => {
            let text = format!(
                "===> Setting default values of environment variables if not already set.\nCLUSTER_ID not set. Setting it to default value: \"{DEFAULT_CLUSTER}\"\n"
            );
            process.print(text).await;
        }
        Some(_) if !needs_cluster => {
            process.print("===> Setting default values of environment variables if not already set.\n").await
        }
        Some(_) => {}
    }
    let cluster = cluster.map_or(DEFAULT_CLUSTER.to_string(), |id| id.to_string());
    process.print(configuring).await;
    process.sleep(LAUNCH).await;
    process.print(format!("===> Launching ... \n===> Using provided cluster id {cluster} ...\n")).await;
    if let Some(text) = settings.refusal() {
        return Err(format!("Exception in thread \"main\" {text}\n"));
    }
    format_folder(process, settings, &cluster).await
}

/// Formats the folder, once: it keeps the cluster's name, and is refused to another cluster.
async fn format_folder(process: &Process, settings: &Settings, cluster: &str) -> Result<(), String> {
    let folder = settings.folder();
    let path = format!("{folder}/meta.properties");
    if let Ok(bytes) = process.read_file(&path) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let kept = text.lines().find_map(|line| line.strip_prefix("cluster.id=")).unwrap_or_default();
        if kept != cluster {
            return Err(format!(
                "Exception in thread \"main\" java.lang.RuntimeException: Invalid cluster.id in: {path}. Expected {cluster}, but read {kept}\n"
            ));
        }
        return Ok(());
    }
    let text = format!("version=1\ncluster.id={cluster}\nnode.id={}\n", settings.node());
    let written = match process.make_folders(&folder) {
        Ok(()) => process.write_file(&path, text.as_bytes()).await,
        failed => failed,
    };
    written.map_err(|_| {
        format!("Formatting metadata directory {folder} with metadata.version 4.1-IV1.\nError while writing meta.properties file {folder}: java.nio.file.AccessDeniedException: {folder}/bootstrap.checkpoint.tmp\n")
    })
}

async fn say(process: &Process, text: &str) {
    process.print(line(process, "INFO", text)).await;
}

async fn run(process: Process, settings: Settings) -> ExitCode {
    let node = settings.node();
    say(&process, "Registered kafka:type=kafka.Log4jController MBean (kafka.utils.Log4jControllerRegistration$)").await;
    say(&process, "Registered signal handlers for TERM, INT, HUP (org.apache.kafka.common.utils.LoggingSignalHandler)")
        .await;
    say(&process, &format!("[ControllerServer id={node}] Starting controller (kafka.server.ControllerServer)")).await;
    process.sleep(START).await;
    if process.has_signal() {
        return stop(&process, node).await;
    }
    let mut listeners = Vec::new();
    for wanted in settings.listeners() {
        match process.listen(wanted.port) {
            Ok(listener) => listeners.push(listener),
            Err(_) => {
                let text = format!("Socket server failed to bind to 0.0.0.0:{}: Address already in use.", wanted.port);
                process.print(line(&process, "ERROR", &format!("[BrokerServer id={node}] Fatal error during broker startup. Prepare to shutdown (kafka.server.BrokerServer)\norg.apache.kafka.common.KafkaException: {text}"))).await;
                return ExitCode::FAILURE;
            }
        }
    }
    say(&process, &format!("[SocketServer listenerType=BROKER, nodeId={node}] Enabling request processing. (kafka.network.SocketServer)")).await;
    say(&process, "Kafka version: 4.1.0 (org.apache.kafka.common.utils.AppInfoParser)").await;
    say(&process, &format!("[KafkaRaftServer nodeId={node}] Kafka Server started (kafka.server.KafkaRaftServer)"))
        .await;
    let all: Vec<&Listener> = listeners.iter().collect();
    let settings = Rc::new(settings);
    let handler = |port: u16, connection: Connection| handle(process.clone(), settings.clone(), port, connection);
    serve(&process, &all, &mut Crowd::default(), &handler).await;
    stop(&process, node).await
}

async fn stop(process: &Process, node: u32) -> ExitCode {
    say(process, "Terminating process due to signal SIGTERM (org.apache.kafka.common.utils.LoggingSignalHandler)")
        .await;
    say(
        process,
        &format!("[BrokerServer id={node}] Transition from STARTED to SHUTTING_DOWN (kafka.server.BrokerServer)"),
    )
    .await;
    process.sleep(STOP).await;
    say(process, &format!("[BrokerServer id={node}] shut down completed (kafka.server.BrokerServer)")).await;
    say(
        process,
        &format!("App info kafka.server for {node} unregistered (org.apache.kafka.common.utils.AppInfoParser)"),
    )
    .await;
    ExitCode(143)
}

fn handle(process: Process, settings: Rc<Settings>, port: u16, connection: Connection) -> Handling {
    Box::pin(async move {
        let mut asked_for_offsets = false;
        while let Some(request) = wire::receive(&connection).await {
            let reply = match request["call"].as_str() {
                Some("metadata") => {
                    let (host, port) = settings.advertised(port, &process.hostname()).unwrap_or_default();
                    json!({ "host": host, "port": port, "node": settings.node() })
                }
                _ => Store::open(&process, &settings).answer(&request).await,
            };
            if reply["coordinator"] == json!(false) && !asked_for_offsets {
                asked_for_offsets = true;
                say(&process, "Sent auto-creation request for Set(__consumer_offsets) to the active controller. (kafka.server.DefaultAutoTopicCreationManager)").await;
            }
            if wire::send(&connection, &reply).await.is_err() {
                return;
            }
        }
    })
}
