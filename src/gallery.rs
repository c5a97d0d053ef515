//! The gallery: stacks to look at and to begin with. Each is a folder of `gallery/`; this list names them.
//!
//! A stack is its files and `stack.yaml`: a title, two lines of what to look at, steps to take with what they yield. A test
//! takes all steps of all stacks.

use crate::sim::session::{Folder, Session, Step, TimedStep};
use serde::Deserialize;
use std::time::Duration;

/// A stack of the gallery.
pub struct Stack {
    /// Name of its folder.
    pub name: &'static str,
    /// `stack.yaml`.
    about: &'static str,
    /// Its files: path and content.
    pub files: &'static [(&'static str, &'static str)],
}

/// What `stack.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// A title.
    pub title: String,
    /// What to look at: two lines.
    pub look: Vec<String>,
    /// Steps to take.
    pub steps: Vec<SuggestedStep>,
}

/// A step, and what it yields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestedStep {
    /// A command line.
    pub run: String,
    /// Its exit code.
    #[serde(default)]
    pub exit: i32,
    /// A part of what it prints.
    #[serde(default)]
    pub prints: String,
}

macro_rules! stack {
    ($name:literal: $($file:literal),+) => {
        Stack {
            name: $name,
            about: include_str!(concat!("../gallery/", $name, "/stack.yaml")),
            files: &[$(($file, include_str!(concat!("../gallery/", $name, "/", $file)))),+],
        }
    };
}

/// All stacks, in the order in which they are shown.
pub const STACKS: &[Stack] = &[
    stack!("counter": "compose.yaml", "app/Dockerfile", "app/requirements.txt", "app/app.py"),
    stack!("counter-as-written": "docker-compose.yml", "app/Dockerfile", "app/requirements.txt", "app/app.py"),
    stack!("no-volume-broken": "compose.yaml"),
    stack!("no-volume-mended": "compose.yaml"),
    stack!("depends-on-broken": "compose.yaml"),
    stack!("depends-on-mended": "compose.yaml"),
    stack!("ports-broken": "compose.yaml"),
    stack!("ports-mended": "compose.yaml"),
    stack!("health-broken": "compose.yaml"),
    stack!("health-mended": "compose.yaml"),
    stack!("volumes-broken": "compose.yaml"),
    stack!("volumes-mended": "compose.yaml"),
    stack!("wordpress": "compose.yaml"),
    stack!("shop": "compose.yaml", "web.conf"),
    stack!("kafka": "compose.yaml"),
    stack!("mongo-replica": "compose.yaml"),
    stack!("ci": "compose.yaml"),
    stack!("migration": "compose.yaml"),
    stack!("redis-without-save": "compose.yaml"),
    stack!("redis-appendonly": "compose.yaml"),
    stack!("postgres-18": "compose.yaml"),
    stack!("false-healthy": "compose.yaml", "init.sql"),
    stack!("node-modules": "compose.yaml", "package.json", "server.js", "Dockerfile"),
    stack!("nginx-replicas": "compose.yaml", "web.conf"),
    stack!("backup": "compose.yaml"),
];

impl Stack {
    /// What its `stack.yaml` says; a broken one, which a test rules out, says nothing.
    pub fn about(&self) -> About {
        serde_yaml::from_str(self.about).unwrap_or_default()
    }

    /// A session with its files and, if wanted, its steps.
    pub fn session(&self, with_steps: bool) -> Session {
        let folder: Folder =
            self.files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect();
        let steps = if with_steps { self.about().steps } else { Vec::new() };
        let timed = |step: SuggestedStep| TimedStep {
            not_before: Duration::ZERO,
            step: Step::Run { command: step.run, interrupt_after: None },
        };
        Session {
            folder,
            folder_name: self.name.to_string(),
            steps: steps.into_iter().map(timed).collect(),
            ..Session::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::log::EventKind;
    use crate::sim::session::simulate;

    /// What is wrong with a stack, a line for each step that does not yield what it says.
    fn check(stack: &Stack) -> String {
        let about: About = serde_yaml::from_str(stack.about).unwrap_or_else(|error| panic!("{}: {error}", stack.name));
        assert!(about.look.len() == 2 && !about.title.is_empty(), "{}: two lines of what to look at", stack.name);
        let run = simulate(&stack.session(true));
        let mut outputs = vec![String::new(); about.steps.len()];
        let mut codes = vec![None; about.steps.len()];
        for event in &run.log.events {
            match &event.kind {
                EventKind::Output { step, text, .. } => outputs[step.0 as usize].push_str(text),
                EventKind::StepEnded { step, exit_code } => codes[step.0 as usize] = *exit_code,
                _ => {}
            }
        }
        let wrong = about
            .steps
            .iter()
            .enumerate()
            .filter(|(number, step)| codes[*number] != Some(step.exit) || !outputs[*number].contains(&step.prints));
        let line = |(number, step): (usize, &SuggestedStep)| {
            format!("{} `{}`: {:?} {}\n", stack.name, step.run, codes[number], outputs[number])
        };
        wrong.map(line).collect()
    }

    #[test]
    fn every_stack_does_what_it_says() {
        let wrong: String = STACKS.iter().map(check).collect();
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn every_folder_is_in_the_list() {
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/gallery")).unwrap();
        let mut names: Vec<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let mut listed: Vec<&str> = STACKS.iter().map(|stack| stack.name).collect();
        listed.sort_unstable();
        assert_eq!(names, listed);
    }
}
