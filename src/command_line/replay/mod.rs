//! `drydock replay DIR`: simulates a scenario folder and prints the run in the form of a recording.

mod names;
pub mod recording;
pub mod scenario;

use super::Terminal;
use crate::sim::session;
use std::path::Path;

/// Runs the command.
pub fn run(arguments: &[String], terminal: &mut Terminal) -> i32 {
    let [folder] = arguments else {
        return super::refuse(terminal.err, "usage: drydock replay DIR\n");
    };
    match scenario::read(Path::new(folder)) {
        Ok(scenario) => {
            let run = session::simulate(&scenario.session);
            let recording = recording::recording(&scenario.steps, &run.log);
            super::print(terminal.out, &format!("{recording}\n"))
        }
        Err(problem) => super::refuse(terminal.err, &format!("drydock replay: {problem}\n")),
    }
}
