//! `prometheus.yml`: what is scraped, how often, and what is refused.
//!
//! Sources: Prometheus' documentation, "Configuration"; `config/config.go` for what holds without a setting and for the texts;
//! `documentation/examples/prometheus.yml`, which is the image's file, without its comments.

use crate::kernel::Process;
use serde_yaml::Value;
use std::time::Duration;

/// The image's file.
pub const FILE: &str = "/etc/prometheus/prometheus.yml";

/// What is in it.
pub const DEFAULT: &str = "global:
  scrape_interval: 15s
  evaluation_interval: 15s
alerting:
  alertmanagers:
    - static_configs:
        - targets:
          # - alertmanager:9093
rule_files:
scrape_configs:
  - job_name: \"prometheus\"
    static_configs:
      - targets: [\"localhost:9090\"]
        labels:
          app: \"prometheus\"
";

/// `global.scrape_interval` and `global.scrape_timeout`.
const INTERVAL: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Keys of the file's first level.
const TOP: [&str; 11] = [
    "global",
    "scrape_configs",
    "scrape_config_files",
    "rule_files",
    "alerting",
    "remote_write",
    "remote_read",
    "storage",
    "tracing",
    "otlp",
    "runtime",
];
/// A target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `job`.
    pub job: String,
    /// `instance`: host and port.
    pub address: String,
    /// Labels of its own.
    pub labels: Vec<(String, String)>,
    /// The path.
    pub path: String,
    /// How often.
    pub interval: Duration,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether an answer of another type is read as metrics all the same.
    pub has_fallback: bool,
}

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// All targets.
    pub targets: Vec<Target>,
}

impl Settings {
    /// Reads a file; the error is Prometheus' text.
    pub fn read(process: &Process, path: &str) -> Result<Self, String> {
        if process.stat(path).is_ok_and(|stat| stat.is_folder()) {
            return Err(format!("read {path}: is a directory"));
        }
        let bytes =
            process.read_file(path).map_err(|error| format!("open {path}: {}", error.message().to_lowercase()))?;
        Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|text| format!("parsing YAML file {path}: {text}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let whole: Value = serde_yaml::from_str(text).map_err(|error| format!("yaml: {error}"))?;
        known(text, &whole, &TOP, "config.plain")?;
        let global = &whole["global"];
        let interval = span(&global["scrape_interval"]).unwrap_or(INTERVAL);
        let timeout = span(&global["scrape_timeout"]).unwrap_or(TIMEOUT.min(interval));
        let mut targets = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for job in whole["scrape_configs"].as_sequence().into_iter().flatten() {
            let name = job["job_name"].as_str().filter(|name| !name.is_empty()).ok_or("job_name is empty")?;
            if names.contains(&name) {
                return Err(format!("found multiple scrape configs with job name \"{name}\""));
            }
            names.push(name);
            targets.extend(of_job(job, name, interval, timeout)?);
        }
        Ok(Self { targets })
    }
}

/// Refuses a key that nobody knows, at its line.
fn known(text: &str, value: &Value, keys: &[&str], kind: &str) -> Result<(), String> {
    let names = value.as_mapping().into_iter().flat_map(|map| map.keys()).filter_map(Value::as_str);
    let Some(name) = names.into_iter().find(|name| !keys.contains(name)) else { return Ok(()) };
    let line = text.lines().position(|line| line.starts_with(name)).map_or(1, |at| at + 1);
    Err(format!("yaml: unmarshal errors:\n  line {line}: field {name} not found in type {kind}"))
}

fn of_job(job: &Value, name: &str, interval: Duration, timeout: Duration) -> Result<Vec<Target>, String> {
    let interval = span(&job["scrape_interval"]).unwrap_or(interval);
    let own = span(&job["scrape_timeout"]);
    if own.is_some_and(|own| own > interval) {
        return Err(format!("scrape timeout greater than scrape interval for scrape config with job name \"{name}\""));
    }
    let path = job["metrics_path"].as_str().unwrap_or("/metrics").to_string();
    let mut targets = Vec::new();
    for group in job["static_configs"].as_sequence().into_iter().flatten() {
        let labels = group["labels"].as_mapping().into_iter().flatten();
        let labels: Vec<(String, String)> =
            labels.filter_map(|(key, value)| Some((key.as_str()?.to_string(), value.as_str()?.to_string()))).collect();
        for address in group["targets"].as_sequence().into_iter().flatten().filter_map(Value::as_str) {
            if address.contains('/') {
                return Err(format!("\"{address}\" is not a valid hostname"));
            }
            let address = if address.contains(':') { address.to_string() } else { format!("{address}:80") };
            let timeout = own.unwrap_or(timeout.min(interval));
            let has_fallback = job["fallback_scrape_protocol"].is_string();
            targets.push(Target {
                job: name.into(),
                address,
                labels: labels.clone(),
                path: path.clone(),
                interval,
                timeout,
                has_fallback,
            });
        }
    }
    Ok(targets)
}

/// `15s`, `1m30s`, `500ms`.
fn span(value: &Value) -> Option<Duration> {
    let mut rest = value.as_str()?;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        let unit = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        total += match &rest[end..unit] {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number * 60),
            "h" => Duration::from_secs(number * 3600),
            "d" => Duration::from_secs(number * 86_400),
            _ => return None,
        };
        rest = &rest[unit..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_scrapes_itself() {
        let settings = Settings::parse(DEFAULT).expect("a valid file");
        assert_eq!(settings.targets.len(), 1);
        assert_eq!(
            (settings.targets[0].address.as_str(), settings.targets[0].interval),
            ("localhost:9090", Duration::from_secs(15))
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, wrong) in [
            ("globl: {}\n", "line 1: field globl not found in type config.plain"),
            ("scrape_configs: [{static_configs: []}]\n", "job_name is empty"),
            ("scrape_configs: [{job_name: a}, {job_name: a}]\n", "found multiple scrape configs with job name \"a\""),
            (
                "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://app:80']}]}]\n",
                "is not a valid hostname",
            ),
        ] {
            assert!(Settings::parse(text).is_err_and(|error| error.contains(wrong)), "{text}");
        }
    }
}
