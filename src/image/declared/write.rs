//! Behaviour to YAML: a guess written down, to be changed by whoever knows better.

use super::{Declared, EndKind, Missing};
use std::time::Duration;

/// The lines of an `x-drydock` that says what a guess says: boot, needs, ports, answers, how a job ends.
pub fn written(declared: &Declared) -> String {
    let mut text = format!("x-drydock:\n  boot: {}\n", span(declared.boot));
    if !declared.needs.is_empty() {
        text.push_str("  needs:\n");
    }
    for need in &declared.needs {
        let missing = match need.missing {
            Missing::Exit => "missing: exit".to_string(),
            Missing::Retry { every, attempts: None } => format!("missing: retry, every: {}", span(every)),
            Missing::Retry { every, attempts: Some(count) } => {
                format!("missing: retry, every: {}, attempts: {count}", span(every))
            }
        };
        text.push_str(&format!("    - {{ connect: {}:{}, {missing} }}\n", need.host, need.port));
    }
    if !declared.listens.is_empty() {
        let ports: Vec<String> = declared.listens.iter().map(u16::to_string).collect();
        text.push_str(&format!("  listens: [{}]\n", ports.join(", ")));
        if declared.only_loopback {
            text.push_str("  bind: 127.0.0.1\n");
        }
        text.push_str("  responds:\n");
        for (path, response) in &declared.responds {
            text.push_str(&format!("    {path}: {}\n", serde_json::json!(response.body)));
        }
    }
    if let Some(end) = &declared.end
        && let EndKind::Exit { code, .. } = end.kind
    {
        text.push_str(&format!("  runs: {}\n  exit: {code}\n", span(end.after)));
    }
    text
}

fn span(span: Duration) -> String {
    match span.subsec_millis() {
        0 => format!("{}s", span.as_secs()),
        _ => format!("{}ms", span.as_millis()),
    }
}
