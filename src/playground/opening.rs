//! What a first visitor finds: the counter stack. Must not know how it is run or drawn.

use super::state::SourceFile;
use crate::sim::session::Step;
use std::time::Duration;

const COMPOSE_FILE: &str = include_str!("../../static/examples/counter/compose.yaml");

/// The files of the counter stack.
pub fn files() -> Vec<SourceFile> {
    vec![SourceFile { path: "compose.yaml".into(), text: COMPOSE_FILE.into() }]
}

/// What has been done with it.
pub fn steps() -> Vec<Step> {
    vec![
        Step::Run { command: "docker compose up -d".into(), interrupt_after: None },
        Step::Wait(Duration::from_secs(5)),
    ]
}
