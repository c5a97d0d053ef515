//! Scraping: each target in its own time, what came of it, and the series that are kept in the folder.
//!
//! Sources: `scrape/scrape.go` and `scrape/target.go` for the errors and for `up`; Go's `net` for the reasons of connections that
//! fail; Prometheus' documentation, "Jobs and instances" (what is kept of each scrape), "Content types" of the migration guide
//! to 3.0 (an answer of another type is refused).

use super::settings::{Settings, Target};
use crate::image::programs::daemon::{read_json, write_json};
use crate::image::programs::serve::Handling;
use crate::kernel::http::{Failure, Request, Response, fetch};
use crate::kernel::network::NameError;
use crate::kernel::{ConnectError, Instant, Process};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The file of the series.
const SERIES: &str = "wal/drydock.json";

/// What became of a target's last scrape.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// When; `None` before the first one.
    pub at: Option<Instant>,
    /// How long it took.
    pub took: Duration,
    /// What was wrong; empty if nothing was.
    pub error: String,
}

/// What it has: targets with their states, and series with their last values.
pub struct Database {
    path: String,
    targets: RefCell<Vec<(Target, State)>>,
    /// Name and labels, as text, with the last value and its second.
    series: RefCell<BTreeMap<String, (String, f64)>>,
}

impl Database {
    /// Opens the folder; the error is the system's text.
    pub async fn open(process: &Process, folder: &str) -> Result<Self, String> {
        let written = match process.make_folders(folder) {
            Ok(()) => process.write_file(&format!("{folder}/queries.active"), b"[\0").await,
            failed => failed,
        };
        written.map_err(|error| error.message().to_lowercase())?;
        let path = format!("{folder}/{SERIES}");
        let kept = read_json(process, &path);
        let pairs = kept.as_object().into_iter().flatten();
        let one = |(name, value): (&String, &Value)| {
            Some((name.clone(), (value[0].as_str()?.to_string(), value[1].as_f64()?)))
        };
        Ok(Self { path, targets: RefCell::default(), series: RefCell::new(pairs.filter_map(one).collect()) })
    }

    /// Scrapes these from now on.
    pub fn watch(&self, settings: &Settings) {
        *self.targets.borrow_mut() = settings.targets.iter().map(|target| (target.clone(), State::default())).collect();
    }

    /// The targets.
    pub fn targets(&self) -> Vec<Target> {
        self.states().into_iter().map(|(target, _)| target).collect()
    }

    /// The targets and what became of them.
    pub fn states(&self) -> Vec<(Target, State)> {
        self.targets.borrow().clone()
    }

    /// The series.
    pub fn series(&self) -> BTreeMap<String, (String, f64)> {
        self.series.borrow().clone()
    }

    async fn keep(&self, process: &Process, target: &Target, state: State, samples: Vec<(String, String)>) {
        let second = process.kernel().wall_clock().as_millis() as f64 / 1000.0;
        for (name, value) in samples {
            self.series.borrow_mut().insert(labelled(&name, target), (value, second));
        }
        if let Some(known) = self.targets.borrow_mut().iter_mut().find(|(known, _)| known == target) {
            known.1 = state;
        }
        let all: serde_json::Map<String, Value> =
            self.series.borrow().iter().map(|(name, (value, second))| (name.clone(), json!([value, second]))).collect();
        let count = all.len();
        // A folder that has become full or read-only is told of by the queries that find nothing.
        let _ = write_json(process, &self.path, &Value::Object(all)).await;
        process.summarise(self.path.trim_end_matches(SERIES), &format!("{count} series"));
    }
}

/// A series with the labels of its target: `up{instance="app:8000",job="app"}`.
fn labelled(name: &str, target: &Target) -> String {
    let (plain, own) = name.split_once('{').map_or((name, ""), |(plain, rest)| (plain, rest.trim_end_matches('}')));
    let mut labels: Vec<String> =
        own.split(',').filter(|label| !label.trim().is_empty()).map(|label| label.trim().to_string()).collect();
    let added = [("instance", &target.address), ("job", &target.job)];
    labels.extend(added.iter().map(|(name, value)| format!("{name}=\"{value}\"")));
    labels.extend(target.labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")));
    labels.sort();
    format!("{plain}{{{}}}", labels.join(","))
}

/// Scrapes a target for ever, the first time somewhere within its interval, so that not all come at once.
pub fn forever(process: Process, database: Rc<Database>, target: Target) -> Handling {
    Box::pin(async move {
        let spread = target.address.bytes().chain(target.job.bytes()).map(u32::from).sum::<u32>() % 10;
        process.sleep(target.interval * spread / 10).await;
        loop {
            let begun = process.now();
            let asked = process.kernel().tasks().clone().timeout(target.timeout, scrape(&process, &target)).await;
            let outcome = asked.unwrap_or_else(|| Err(format!("Get \"{}\": context deadline exceeded", url(&target))));
            let took = process.now().since(begun);
            let (up, error, mut samples) = match outcome {
                Ok(samples) => ("1", String::new(), samples),
                Err(error) => ("0", error, Vec::new()),
            };
            samples.push(("up".to_string(), up.to_string()));
            database.keep(&process, &target, State { at: Some(begun), took, error }, samples).await;
            process.sleep(target.interval.saturating_sub(took)).await;
        }
    })
}

/// The address of a target's metrics.
pub fn url(target: &Target) -> String {
    format!("http://{}{}", target.address, target.path)
}

async fn scrape(process: &Process, target: &Target) -> Result<Vec<(String, String)>, String> {
    let (host, port) = target.address.rsplit_once(':').unwrap_or((&target.address, "80"));
    let mut request = Request::get(host, &target.path);
    request.headers.push(("user-agent".into(), "Prometheus/3.7.3".into()));
    let port = port.parse().unwrap_or(80);
    let response = fetch(process, host, port, &request).await.map_err(|failure| failed(target, host, port, failure))?;
    if response.status != 200 {
        return Err(format!("server returned HTTP status {} {}", response.status, response.reason()));
    }
    check_type(&response, target)?;
    Ok(samples(&String::from_utf8_lossy(&response.body)))
}

/// Since 3.0 an answer must say that it is metrics.
fn check_type(response: &Response, target: &Target) -> Result<(), String> {
    let kind = response.header("content-type").unwrap_or_default();
    let is_metrics = kind.starts_with("text/plain") || kind.starts_with("application/openmetrics-text");
    match is_metrics || target.has_fallback {
        true => Ok(()),
        false if kind.is_empty() => Err("non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target".into()),
        false => Err(format!("received unsupported Content-Type \"{kind}\" and no fallback_scrape_protocol specified for target")),
    }
}

/// What Go says of a connection that fails.
fn failed(target: &Target, host: &str, port: u16, failure: Failure) -> String {
    let reason = match failure {
        Failure::Connect(ConnectError::Name(NameError::Unknown)) => {
            format!("dial tcp: lookup {host} on 127.0.0.11:53: no such host")
        }
        Failure::Connect(ConnectError::Name(_)) => {
            format!("dial tcp: lookup {host} on 127.0.0.11:53: server misbehaving")
        }
        Failure::Connect(ConnectError::Failed(address, error)) => {
            format!("dial tcp {address}:{port}: connect: {}", error.message().to_lowercase())
        }
        Failure::Broken => "EOF".to_string(),
    };
    format!("Get \"{}\": {reason}", url(target))
}

/// Names with labels, and values, of a text of metrics ("Exposition formats").
fn samples(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let one = |line: &str| {
        let end = line.rfind('}').map_or_else(|| line.find(' '), |at| Some(at + 1))?;
        let value = line[end..].split_whitespace().next()?;
        value.parse::<f64>().ok()?;
        Some((line[..end].to_string(), value.to_string()))
    };
    lines.filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_read() {
        let text = "# TYPE a counter\na 1\nb{x=\"1 2\", y=\"z\"} 2.5 1700000000\nbroken\n";
        let read = samples(text);
        assert_eq!(
            read,
            [("a".to_string(), "1".to_string()), ("b{x=\"1 2\", y=\"z\"}".to_string(), "2.5".to_string())]
        );
        let target = Target { job: "j".into(), address: "h:1".into(), ..Target::default() };
        assert_eq!(labelled("a", &target), "a{instance=\"h:1\",job=\"j\"}");
        assert_eq!(labelled("b{x=\"1\"}", &target), "b{instance=\"h:1\",job=\"j\",x=\"1\"}");
    }
}
