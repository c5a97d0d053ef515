//! The broker's settings: from its file, or from variables, which replace the file as a whole.
//!
//! Sources: `apache/kafka`, `docker/README.md` and `KafkaDockerWrapper.scala` (names of variables; that the default file counts
//! only if no variable of a setting is there), `docker/server.properties`; Kafka's documentation, "Broker Configs", for what holds
//! without a setting; `core/src/main/scala/kafka/server/KafkaConfig.scala` of 4 for what is refused: 3.9.0 alone refuses 0.0.0.0 of a
//! controller's listener, too, where nothing is advertised for it.

use crate::kernel::Process;
use std::collections::BTreeMap;

/// The default configuration.
pub const FILE: &str = "/etc/kafka/docker/server.properties";

/// What is in it, as far as it matters here; `DATA` stands for the image's folder.
pub const DEFAULT: &str = "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=DATA
num.partitions=1
offsets.topic.replication.factor=1
";

/// Variables that are no settings (`docker/resources/common-scripts`).
const NO_SETTINGS: [&str; 6] =
    ["KAFKA_HEAP_OPTS", "KAFKA_VERSION", "KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_HOME"];

/// A listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// `PLAINTEXT`.
    pub name: String,
    /// The host; empty for all addresses.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    properties: BTreeMap<String, String>,
}

impl Settings {
    /// Reads them.
    pub fn read(process: &Process) -> Self {
        let environment = process.environment();
        let given = environment
            .iter()
            .filter(|(name, _)| name.starts_with("KAFKA_") && !NO_SETTINGS.iter().any(|known| *known == &***name));
        let properties: BTreeMap<String, String> =
            given.map(|(name, value)| (property(name), value.to_string())).collect();
        if !properties.is_empty() {
            return Self { properties };
        }
        let bytes = process.read_file(FILE).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        Self { properties: pairs.map(|(name, value)| (name.trim().to_string(), value.trim().to_string())).collect() }
    }

    /// A setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    /// A number, or what holds without it.
    pub fn number(&self, name: &str, default: u32) -> u32 {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// The number of the node.
    pub fn node(&self) -> u32 {
        self.number("node.id", 1)
    }

    /// The folder of the data: the first one.
    pub fn folder(&self) -> String {
        let all = self.get("log.dirs").or(self.get("log.dir")).unwrap_or("/tmp/kafka-logs");
        all.split(',').next().unwrap_or_default().trim().to_string()
    }

    fn controllers(&self) -> Vec<&str> {
        self.get("controller.listener.names").unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect()
    }

    fn all(&self, name: &str) -> Vec<Listener> {
        self.get(name).unwrap_or_default().split(',').filter_map(listener).collect()
    }

    /// Where brokers listen: not the controllers' listeners.
    pub fn listeners(&self) -> Vec<Listener> {
        let given = self
            .get("listeners")
            .map_or_else(|| listener("PLAINTEXT://:9092").into_iter().collect(), |_| self.all("listeners"));
        let controllers = self.controllers();
        given.into_iter().filter(|listener| !controllers.contains(&listener.name.as_str())).collect()
    }

    /// Where clients that came to a port are told to go: the address of the listener's name, or the listener itself with the
    /// host's own name.
    pub fn advertised(&self, port: u16, hostname: &str) -> Option<(String, u16)> {
        let listener = self.listeners().into_iter().find(|listener| listener.port == port)?;
        let told = self.all("advertised.listeners").into_iter().find(|told| told.name == listener.name);
        let told = told.unwrap_or(listener);
        let host = if told.host.is_empty() { hostname.to_string() } else { told.host };
        Some((host, told.port))
    }

    /// What the broker refuses to start with: Java's exception and its text.
    pub fn refusal(&self) -> Option<String> {
        let missing = |name: &str| {
            format!(
                "org.apache.kafka.common.config.ConfigException: Missing required configuration \"{name}\" which has no default value."
            )
        };
        if let Some(name) = ["process.roles", "node.id"].into_iter().find(|name| self.get(name).is_none()) {
            return Some(missing(name));
        }
        if self.get("controller.quorum.voters").or(self.get("controller.quorum.bootstrap.servers")).is_none() {
            return Some("org.apache.kafka.common.config.ConfigException: If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.".into());
        }
        let listeners = self.all("listeners");
        let is_controller = self.get("process.roles").is_some_and(|roles| roles.contains("controller"));
        if is_controller && !listeners.iter().any(|listener| self.controllers().contains(&listener.name.as_str())) {
            return Some("java.lang.IllegalArgumentException: requirement failed: controller.listener.names must contain at least one value appearing in the 'listeners' configuration when running the KRaft controller role".into());
        }
        let is_nowhere = |port: u16| self.advertised(port, "host").is_some_and(|(host, _)| host == "0.0.0.0");
        self.listeners().iter().any(|listener| is_nowhere(listener.port)).then(|| {
            "java.lang.IllegalArgumentException: requirement failed: advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.".into()
        })
    }
}

/// The setting of a variable: `KAFKA_LOG_DIRS` is `log.dirs` (`__` stands for `_`, `___` for `-`).
fn property(variable: &str) -> String {
    let name = variable.trim_start_matches("KAFKA_").trim_start_matches("CFG_").to_lowercase();
    name.replace("___", "-").replace("__", "\u{1}").replace('_', ".").replace('\u{1}', "_")
}

fn listener(text: &str) -> Option<Listener> {
    let (name, address) = text.trim().split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    Some(Listener { name: name.to_string(), host: host.to_string(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings { properties: pairs.iter().map(|(name, value)| (property(name), value.to_string())).collect() }
    }

    #[test]
    fn variables_name_settings() {
        assert_eq!(property("KAFKA_LOG_DIRS"), "log.dirs");
        assert_eq!(property("KAFKA_SASL__X___Y"), "sasl_x-y");
    }

    #[test]
    fn each_listener_has_its_own_address() {
        let settings = settings(&[
            ("KAFKA_LISTENERS", "IN://:9092,OUT://0.0.0.0:29092,CONTROLLER://:9093"),
            ("KAFKA_ADVERTISED_LISTENERS", "IN://kafka:9092,OUT://localhost:29092"),
            ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ]);
        assert_eq!(settings.advertised(9092, "c1"), Some(("kafka".to_string(), 9092)));
        assert_eq!(settings.advertised(29092, "c1"), Some(("localhost".to_string(), 29092)));
        assert_eq!(settings.advertised(9093, "c1"), None);
    }
}
