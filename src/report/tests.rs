//! What the reports say about hand-written logs.

use super::*;
use crate::timeline::sample::{counter_stack, nonsense};

fn steps() -> Vec<String> {
    [
        "docker compose up -d",
        "docker compose exec db sh -c 'echo 1 > /data/counter'",
        "docker compose down",
        "docker compose up -d",
    ]
    .map(String::from)
    .to_vec()
}

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

#[test]
fn a_start_is_explained_down_to_the_command() {
    let (log, steps) = (counter_stack(), steps());
    let timeline = Timeline::of(&log);
    let report = Report::new(&log, &timeline, &steps);
    let app = log.events.iter().rposition(|event| event.cause.rule == crate::sim::log::Rule::ConditionFulfilled);
    let text = report.explain(EventId(app.unwrap() as u32)).text();
    crate::timeline::tests::same(&text, "src/report/expected/why-app-started.txt");
}

#[test]
fn what_has_not_happened_yet_says_why() {
    let (log, steps) = (counter_stack(), steps());
    let timeline = Timeline::of(&log);
    let report = Report::new(&log, &timeline, &steps);
    let mut text = String::new();
    for millis in [200, 1000, 5000, 6500, 8500, 9500, 14000, 15000] {
        text.push_str(&format!("at {} s\n", millis as f64 / 1000.0));
        for pending in report.pending(at(millis)) {
            text.push_str(&format!("  {}\n", pending.sentence));
        }
    }
    crate::timeline::tests::same(&text, "src/report/expected/pending.txt");
}

#[test]
fn the_journal_tells_the_story() {
    let (log, steps) = (counter_stack(), steps());
    let timeline = Timeline::of(&log);
    let report = Report::new(&log, &timeline, &steps);
    let lines = report.journal().into_iter();
    let text: String = lines
        .map(|line| format!("{:>7.3} {:6} {}\n", line.at.as_secs_f64(), format!("{:?}", line.weight), line.sentence))
        .collect();
    crate::timeline::tests::same(&text, "src/report/expected/journal.txt");
}

#[test]
fn the_state_at_an_instant_is_a_table() {
    let (log, steps) = (counter_stack(), steps());
    let timeline = Timeline::of(&log);
    let report = Report::new(&log, &timeline, &steps);
    let mut text = String::new();
    for millis in [5000, 8500, 12000] {
        text.push_str(&format!("at {} s\n", millis as f64 / 1000.0));
        for row in report.containers(at(millis)) {
            text.push_str(&format!("  {} {} {} [{}]\n", row.title, row.instance, row.state, row.health));
        }
        for row in report.volumes(at(millis)) {
            text.push_str(&format!("  {} ({}): {} {:?}\n", row.name, row.kind.word(), row.content, row.attached));
        }
        for row in report.survival(at(millis)) {
            let cells: Vec<String> =
                row.cells.iter().map(|cell| format!("{} {}", cell.command.title(), cell.survival.word())).collect();
            text.push_str(&format!("  {}: {}\n", row.name, cells.join("; ")));
        }
    }
    crate::timeline::tests::same(&text, "src/report/expected/state.txt");
}

#[test]
fn every_rule_is_worded() {
    use crate::sim::log::Rule;
    let unworded = rules::rule_words(Rule::Asked).because;
    assert!(!unworded.is_empty());
    for name in ["probe_interval", "condition_fulfilled", "grace_period"] {
        let rule: Rule = serde_json::from_str(&format!("\"{name}\"")).unwrap();
        assert!(rules::rule_words(rule).meaning.len() > 40, "{name}");
    }
}

#[test]
fn nothing_the_log_says_makes_a_report_panic() {
    for seed in 0..1000 {
        let log = nonsense(seed);
        let timeline = Timeline::of(&log);
        let report = Report::new(&log, &timeline, &[]);
        report.journal();
        for millis in [0, 1, 5000, 100_000] {
            let at = at(millis);
            report.pending(at);
            report.containers(at);
            report.volumes(at);
            report.survival(at);
        }
        for event in 0..log.events.len() as u32 {
            report.explain(EventId(event)).text();
        }
    }
}
