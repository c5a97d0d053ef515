//! Folders of recorded scenarios: which there are, what was recorded, what the simulation makes of them. Must not know how
//! the two are judged.

use drydock::command_line::{self, scenario};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The project's own recordings of a kind: the folder of that name in `tests/`.
pub fn own(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(kind)
}

/// The scenarios of a folder that have a recording, by name.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).expect("a readable folder");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    folders.retain(|folder| folder.join("recording.json").exists());
    folders.sort();
    folders
}

/// What the real engine did.
pub fn recorded(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("recording.json")).expect("a recording");
    serde_json::from_str(&text).expect("JSON")
}

/// What the simulation does, in the form of a recording.
pub fn simulated(folder: &Path) -> Value {
    command_line::simulated(&scenario::read(folder).expect("a scenario"))
}
