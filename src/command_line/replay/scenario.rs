//! A scenario folder: `scenario.yaml` with the steps, `project/` with the files. Its form is that of the conformance
//! corpus. Must not know how a session is simulated.

use crate::sim::session::{Folder, Session, Step, TimedStep};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// A scenario: the session it describes, and the words of its steps for the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What is simulated.
    pub session: Session,
    /// For each step: what it is called in a recording.
    pub steps: Vec<StepWords>,
}

/// How a recording names a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepWords {
    /// The command line, or `edit FILE`.
    pub run: String,
    /// The file an edit copies.
    pub with: Option<String>,
    /// Ctrl-C after this many seconds.
    pub interrupt_after: Option<f64>,
}

#[derive(Deserialize)]
struct ScenarioFile {
    #[serde(default)]
    before: Before,
    steps: Vec<WrittenStep>,
    #[serde(default)]
    starts: Vec<f64>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Before {
    #[default]
    Nothing,
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenStep {
    Line(String),
    Edit { edit: String, with: String },
    Interrupted { run: String, interrupt_after: f64 },
}

/// Reads a scenario folder; never its recording.
pub fn read(folder: &Path) -> Result<Scenario, String> {
    let path = folder.join("scenario.yaml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file: ScenarioFile = serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut scenario = Scenario { session: Session::default(), steps: Vec::new() };
    scenario.session.folder_name = "demo".into();
    scenario.session.before = match file.before {
        Before::Nothing => Vec::new(),
        Before::One(line) => vec![line],
        Before::Many(lines) => lines,
    };
    read_files(&folder.join("project"), "", &mut scenario.session.folder)?;
    for (number, written) in file.steps.into_iter().enumerate() {
        let start = file.starts.get(number).copied().unwrap_or_default();
        let (step, words) = decode(written, folder)?;
        scenario.session.steps.push(TimedStep { not_before: seconds(start), step });
        scenario.steps.push(words);
    }
    Ok(scenario)
}

fn decode(written: WrittenStep, folder: &Path) -> Result<(Step, StepWords), String> {
    Ok(match written {
        WrittenStep::Line(line) => (decode_line(&line), StepWords { run: line, ..StepWords::default() }),
        WrittenStep::Edit { edit, with } => {
            let path = folder.join(&with);
            let content = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let words = StepWords { run: format!("edit {edit}"), with: Some(with), interrupt_after: None };
            (Step::Edit { path: edit, content: Some(content) }, words)
        }
        WrittenStep::Interrupted { run, interrupt_after } => {
            let step = Step::Run { command: run.clone(), interrupt_after: Some(seconds(interrupt_after)) };
            (step, StepWords { run, with: None, interrupt_after: Some(interrupt_after) })
        }
    })
}

fn decode_line(line: &str) -> Step {
    if let Some(span) = line.strip_prefix("sleep ").and_then(|rest| rest.trim().parse().ok()) {
        return Step::Wait(seconds(span));
    }
    if line == "daemon restart" {
        return Step::RestartDaemon;
    }
    Step::Run { command: line.into(), interrupt_after: None }
}

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or_default()
}

/// Collects the files below a folder of the machine.
fn read_files(folder: &Path, prefix: &str, files: &mut Folder) -> Result<(), String> {
    let shown = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut entries: Vec<_> = std::fs::read_dir(folder).map_err(shown)?.collect::<Result<_, _>>().map_err(shown)?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_files(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, std::fs::read(entry.path()).map_err(shown)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_waits_daemon_restarts_or_commands() {
        assert_eq!(decode_line("sleep 1.5"), Step::Wait(Duration::from_millis(1500)));
        assert_eq!(decode_line("daemon restart"), Step::RestartDaemon);
        assert_eq!(decode_line("sleep x"), Step::Run { command: "sleep x".into(), interrupt_after: None });
    }
}
