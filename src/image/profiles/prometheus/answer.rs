//! The pages and the interface: health, targets, queries of names, values of labels.
//!
//! Sources: Prometheus' documentation, "Management API" and "HTTP API"; `web/web.go` for the texts.

use super::scrape::{Database, State, url};
use super::settings::Target;
use crate::image::programs::clock::Date;
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How long a value counts (`query.lookback-delta`).
const LOOKBACK: f64 = 300.0;

/// Answers a request.
pub fn answer(process: &Process, database: &Database, request: &Request) -> Response {
    let path = request.plain_path();
    match path {
        "/-/healthy" => plain(200, "Prometheus Server is Healthy.\n"),
        "/-/ready" => plain(200, "Prometheus Server is Ready.\n"),
        "/-/reload" if request.method == "GET" => plain(405, "Only POST or PUT requests allowed"),
        "/-/reload" | "/-/quit" => plain(403, "Lifecycle API is not enabled."),
        "/" => plain(302, "").with("Location", "/query"),
        "/query" | "/targets" | "/graph" => {
            Response::html(200, "<title>Prometheus Time Series Collection and Processing Server</title>\n")
        }
        "/metrics" => Response::of_type(
            200,
            "text/plain; version=0.0.4; charset=utf-8",
            "# HELP prometheus_ready Whether Prometheus startup was fully completed and the server is ready for normal operation.\n# TYPE prometheus_ready gauge\nprometheus_ready 1\n",
        ),
        "/api/v1/targets" => targets(process, database),
        "/api/v1/query" => query(process, database, &parameter(request, "query")),
        _ => match path.strip_prefix("/api/v1/label/").and_then(|rest| rest.strip_suffix("/values")) {
            Some(label) => success(&json!(values(database, label))),
            None if path.starts_with("/api/") => error(501, &format!("drydock: {path} is not simulated")),
            None => plain(404, "404 page not found\n"),
        },
    }
}

/// A text.
pub fn plain(status: u16, text: &str) -> Response {
    Response::text(status, text)
}

/// A parameter of the address or the form.
fn parameter(request: &Request, name: &str) -> String {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let mut form = crate::image::profiles::php::form(query.as_bytes());
    form.extend(crate::image::profiles::php::form(&request.body));
    form.get(name).cloned().unwrap_or_default()
}

fn success(data: &Value) -> Response {
    Response::json(200, format!("{{\"status\":\"success\",\"data\":{data}}}"))
}

fn error(status: u16, text: &str) -> Response {
    Response::json(status, format!("{{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":{}}}", json!(text)))
}

fn targets(process: &Process, database: &Database) -> Response {
    let all: Vec<String> = database.states().iter().map(|(target, state)| one(process, target, state)).collect();
    Response::json(
        200,
        format!("{{\"status\":\"success\",\"data\":{{\"activeTargets\":[{}],\"droppedTargets\":[]}}}}", all.join(",")),
    )
}

/// A target, in the order of `web/api/v1/api.go`.
fn one(process: &Process, target: &Target, state: &State) -> String {
    let health = match (&state.at, state.error.is_empty()) {
        (None, _) => "unknown",
        (_, true) => "up",
        (_, false) => "down",
    };
    let last =
        state.at.map_or("0001-01-01T00:00:00Z".to_string(), |at| Date::of(process.kernel().wall_clock_at(at)).iso());
    let labels: String =
        target.labels.iter().map(|(name, value)| format!(",{}:{}", json!(name), json!(value))).collect();
    format!(
        "{{\"labels\":{{\"instance\":{},\"job\":{}{labels}}},\"scrapePool\":{},\"scrapeUrl\":{},\"lastError\":{},\"lastScrape\":\"{last}\",\"lastScrapeDuration\":{},\"health\":\"{health}\",\"scrapeInterval\":\"{}s\",\"scrapeTimeout\":\"{}s\"}}",
        json!(target.address),
        json!(target.job),
        json!(target.job),
        json!(url(target)),
        json!(state.error),
        state.took.as_secs_f64(),
        target.interval.as_secs_f64(),
        target.timeout.as_secs_f64()
    )
}

/// `NAME` or `NAME{label="value",…}`: the series that have it, with values that are not too old.
fn query(process: &Process, database: &Database, text: &str) -> Response {
    let text = text.trim();
    let (name, rest) = text.split_once('{').unwrap_or((text, ""));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c));
    let wanted: Vec<&str> =
        rest.trim_end_matches('}').split(',').map(str::trim).filter(|label| !label.is_empty()).collect();
    if !is_name || wanted.iter().any(|label| label.contains("!=") || label.contains('~')) {
        return error(400, &format!("drydock: the query {text} is not simulated: names with labels alone are"));
    }
    let now = process.kernel().wall_clock().as_millis() as f64 / 1000.0;
    let mut found = Vec::new();
    for (series, (value, second)) in database.series() {
        let (own, labels) = series.split_once('{').unwrap_or((&series, ""));
        let labels: Vec<&str> = labels.trim_end_matches('}').split(',').collect();
        if own != name || now - second > LOOKBACK || !wanted.iter().all(|label| labels.contains(label)) {
            continue;
        }
        let pairs =
            labels.iter().filter_map(|label| label.split_once('=')).map(|(key, value)| format!(",\"{key}\":{value}"));
        found.push(format!(
            "{{\"metric\":{{\"__name__\":\"{name}\"{}}},\"value\":[{now},\"{value}\"]}}",
            pairs.collect::<String>()
        ));
    }
    Response::json(
        200,
        format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{}]}}}}", found.join(",")),
    )
}

/// The values of a label among all that is kept, also of targets that are gone.
fn values(database: &Database, label: &str) -> Vec<String> {
    let mut all = BTreeSet::new();
    for series in database.series().into_keys() {
        let (name, labels) = series.split_once('{').unwrap_or((&series, ""));
        if label == "__name__" {
            all.insert(name.to_string());
        }
        let pairs = labels.trim_end_matches('}').split(',').filter_map(|pair| pair.split_once('='));
        all.extend(pairs.filter(|(name, _)| *name == label).map(|(_, value)| value.trim_matches('"').to_string()));
    }
    all.into_iter().collect()
}
