//! Recordings of real programs, simulated and judged: what clients answer, exit codes, what survives; and of the logs the
//! tell-tale lines in their order, with the time from one to the next within a factor of two.
//!
//! Also reads the folder that the environment variable IMAGES_DIR names.

mod judge;
mod recordings;

use recordings::{folders, recorded, simulated};
use serde_json::Value;
use std::path::Path;

/// The rules that do not hang on how fast the machine was.
const RULES: [&str; 5] = ["exits", "stdout", "life", "volumes", "state"];

/// Lines by which a phase is known.
const TELL_TALE: [&str; 33] = [
    "The files belonging to this database system",
    "Success. You can now start the database server",
    "database system is ready to accept connections",
    "server started",
    "CREATE DATABASE",
    "running /docker-entrypoint-initdb.d",
    "ignoring /docker-entrypoint-initdb.d",
    "received fast shutdown request",
    "checkpoint complete",
    "database system is shut down",
    "PostgreSQL init process complete",
    "Skipping initialization",
    "database system was interrupted",
    "automatic recovery in progress",
    "redo done",
    "superuser password is not specified",
    "Entrypoint script for MariaDB Server",
    "Database files initialized",
    "Temporary server started",
    "Creating database",
    "MariaDB init process done",
    "MariaDB upgrade not required",
    "ready for connections",
    "Normal shutdown",
    "Shutdown complete",
    "is starting oO0",
    "Ready to accept connections",
    "scheduling shutdown",
    "DB saved on disk",
    "keys loaded",
    "Serving Flask app",
    "Press CTRL+C to quit",
    "psycopg2.OperationalError",
];

/// Below this many seconds the machine's noise is all there is to compare.
const NOISE: f64 = 0.25;

/// Where simulated time begins: the hour of day of the simulated host, in seconds.
const HOUR: f64 = 9.0 * 3600.0;

/// The run without what `logs` and loops print.
fn unread(run: &Value) -> Value {
    let mut run = run.clone();
    for step in run["steps"].as_array_mut().expect("steps") {
        let line = step["run"].as_str().unwrap_or_default();
        if line.contains("logs") || line.contains("while") {
            step["stdout"] = "".into();
        }
    }
    run
}

/// A tell-tale line: when it was written, in seconds since the first step, and which one it is.
fn tell_tale(text: &str) -> Vec<(f64, &'static str)> {
    let line = |line: &str| {
        let (stamp, rest) = line.split_once(' ')?;
        let found = TELL_TALE.iter().find(|words| rest.contains(*words))?;
        let at = match stamp.split_once('T') {
            Some((_, time)) => {
                let parts: Vec<f64> =
                    time.trim_end_matches('Z').split(':').filter_map(|part| part.parse().ok()).collect();
                parts.iter().fold(0.0, |sum, part| sum * 60.0 + part) - HOUR
            }
            None => stamp.parse().ok()?,
        };
        Some((at, *found))
    };
    text.lines().filter_map(line).collect()
}

/// The last start or kill of any container at or before `at`.
fn last_cause(run: &Value, at: f64) -> f64 {
    let events = run["events"].as_array().cloned().unwrap_or_default();
    let causes = events.iter().filter(|event| matches!(event["action"].as_str(), Some("start" | "kill")));
    // A container's program begins a moment before the engine says that it has started.
    causes.filter_map(|event| event["t"].as_f64()).filter(|time| *time <= at + 0.1).fold(0.0, f64::max)
}

/// What differs in the logs of a step: order of the lines, and the time since what caused them.
fn differences_of_logs(recorded: &Value, simulated: &Value, number: usize) -> Vec<String> {
    let text = |run: &Value| run["steps"][number]["stdout"].as_str().unwrap_or_default().to_string();
    let (a, b) = (tell_tale(&text(recorded)), tell_tale(&text(simulated)));
    let words = |lines: &[(f64, &'static str)]| lines.iter().map(|(_, words)| *words).collect::<Vec<_>>();
    if words(&a) != words(&b) {
        return vec![format!("step {number}: recorded {:?} simulated {:?}", words(&a), words(&b))];
    }
    let mut differences = Vec::new();
    for ((at, words), (simulated_at, _)) in a.iter().zip(&b) {
        let (took, takes) = (at - last_cause(recorded, *at), simulated_at - last_cause(simulated, *simulated_at));
        let (short, long) = (took.min(takes), took.max(takes));
        if long > 2.0 * short && long - short > NOISE {
            differences.push(format!("step {number}: {words:?} after {took:.3} s recorded, {takes:.3} s simulated"));
        }
    }
    differences
}

fn differences(folder: &Path) -> Vec<String> {
    let (recorded, simulated) = (recorded(folder), simulated(folder));
    let judged = judge::judge(&unread(&recorded), &unread(&simulated));
    let judged = judged.into_iter().filter(|(rule, _)| RULES.contains(rule));
    let mut differences: Vec<String> = judged.map(|(rule, texts)| format!("{rule}: {texts:#?}")).collect();
    for (number, step) in recorded["steps"].as_array().expect("steps").iter().enumerate() {
        let line = step["run"].as_str().unwrap_or_default();
        if line.contains("logs") && line.contains("-t") {
            differences.extend(differences_of_logs(&recorded, &simulated, number));
        }
    }
    differences
}

fn check(root: &Path) {
    let all: String = folders(root)
        .iter()
        .filter_map(|folder| {
            let differences = differences(folder);
            (!differences.is_empty()).then(|| format!("{}:\n{}\n", folder.display(), differences.join("\n")))
        })
        .collect();
    assert!(all.is_empty(), "{all}");
}

#[test]
fn recordings_of_real_programs_agree() {
    let root = recordings::own("images");
    assert!(folders(&root).len() >= 9, "the recordings are missing");
    check(&root);
}

#[test]
fn recordings_of_another_folder_agree() {
    #[expect(clippy::disallowed_methods, reason = "the folder is named from outside, for this test alone")]
    if let Ok(root) = std::env::var("IMAGES_DIR") {
        check(Path::new(&root));
    }
}

#[test]
fn a_slow_or_shuffled_log_is_noticed() {
    let folder = recordings::own("images").join("redis-without-save");
    let recorded = recorded(&folder);
    let steps = recorded["steps"].as_array().expect("steps");
    let number =
        steps.iter().position(|step| step["run"].as_str().is_some_and(|line| line.contains("logs"))).expect("logs");
    let changed = |from: &str, to: &str| {
        let mut other = recorded.clone();
        let text = other["steps"][number]["stdout"].as_str().unwrap_or_default().replace(from, to);
        other["steps"][number]["stdout"] = text.into();
        differences_of_logs(&recorded, &other, number)
    };
    assert!(changed("x", "x").is_empty());
    assert!(!changed("Ready to accept", "Ready to refuse").is_empty());
    assert!(!changed("8.572 1:M", "9.572 1:M").is_empty());
}
