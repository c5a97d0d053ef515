//! `drydock replay DIR`: simulates a scenario folder and prints the run in the form of a recording.

mod names;
pub mod recording;
pub mod scenario;

use super::Terminal;
use crate::sim::session::{self, Limits, LocalImages};
use std::path::Path;

/// Runs the command.
pub fn run(arguments: &[String], terminal: &mut Terminal) -> i32 {
    let [folder] = arguments else {
        return super::refuse(terminal.err, "usage: drydock replay DIR\n");
    };
    match scenario::read(Path::new(folder)) {
        Ok(scenario) => super::print(terminal.out, &format!("{}\n", simulated(&scenario))),
        Err(problem) => super::refuse(terminal.err, &format!("drydock replay: {problem}\n")),
    }
}

/// The recording that the simulation makes of a scenario. Recordings are made on machines that have the images already.
pub fn simulated(scenario: &scenario::Scenario) -> serde_json::Value {
    let limits = Limits { images: LocalImages::WholeCatalogue, ..Limits::default() };
    let run = session::simulate_within(&scenario.session, &limits);
    recording::recording(&scenario.steps, &run.log)
}
