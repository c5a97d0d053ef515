//! What each known image does, claim by claim: files of `tests/profiles/`, one or more for each profile. Also reads the folder
//! that the environment variable PROFILES_DIR names.
//!
//! A file names its images and holds stories. A story is a Compose project with steps; each step may say its exit code, lines
//! it prints (in this order), what it does not print, and how long it takes. A story names the claims it proves. A profile
//! must have all claims, or say why one does not apply.

use drydock::image::profiles::PROFILES;
use drydock::sim::log::{EventKind, EventLog};
use drydock::sim::session::{Folder, Session, Step, TimedStep, simulate};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is claimed of every image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Claim {
    /// Its first boot, on an empty data path.
    FirstBoot,
    /// A later boot.
    WarmBoot,
    /// When its own tool calls it ready.
    Readiness,
    /// What a kill leaves.
    Kill,
    /// What `down` leaves.
    Down,
    /// What `down -v` leaves.
    DownV,
    /// What it refuses to start without.
    Refusal,
    /// Stop signal, time and exit code.
    Stop,
}

const ALL: [Claim; 8] = [
    Claim::FirstBoot,
    Claim::WarmBoot,
    Claim::Readiness,
    Claim::Kill,
    Claim::Down,
    Claim::DownV,
    Claim::Refusal,
    Claim::Stop,
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    /// Names of the images, as the catalogue knows them.
    images: Vec<String>,
    /// Claims that do not apply, and why.
    #[serde(default)]
    not_applicable: BTreeMap<Claim, String>,
    stories: Vec<Story>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    title: String,
    #[serde(default)]
    proves: Vec<Claim>,
    /// Files of the project beside `compose.yaml`.
    #[serde(default)]
    files: BTreeMap<String, String>,
    compose: String,
    steps: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    run: String,
    /// Its exit code; any for `null`.
    #[serde(default)]
    exit: Option<i32>,
    /// Parts of lines, in the order in which they are printed.
    #[serde(default)]
    prints: Vec<String>,
    /// All it prints on both streams.
    #[serde(default)]
    exactly: Option<String>,
    /// What it does not print.
    #[serde(default)]
    lacks: Vec<String>,
    /// Least and most seconds.
    #[serde(default)]
    seconds: Option<(f64, f64)>,
}

fn session(story: &Story) -> Session {
    let mut folder: Folder = story.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
    folder.insert("compose.yaml".into(), story.compose.clone().into_bytes());
    let timed = |told: &Told| TimedStep {
        not_before: Duration::ZERO,
        step: Step::Run { command: told.run.clone(), interrupt_after: None },
    };
    Session { folder, folder_name: "demo".into(), steps: story.steps.iter().map(timed).collect(), ..Session::default() }
}

/// What a step did.
#[derive(Default)]
struct Done {
    text: String,
    code: Option<i32>,
    began: f64,
    ended: f64,
}

fn done(log: &EventLog, count: usize) -> Vec<Done> {
    let mut all: Vec<Done> = (0..count).map(|_| Done::default()).collect();
    for event in &log.events {
        let at = event.at.as_secs_f64();
        match &event.kind {
            EventKind::StepBegan { step, .. } => all[step.0 as usize].began = at,
            EventKind::Output { step, text, .. } => all[step.0 as usize].text.push_str(text),
            EventKind::StepEnded { step, exit_code } => {
                all[step.0 as usize].code = *exit_code;
                all[step.0 as usize].ended = at;
            }
            _ => {}
        }
    }
    all
}

fn complaint(told: &Told, done: &Done) -> Option<String> {
    let wrong_code = !told.run.starts_with("sleep") && told.exit.unwrap_or(0) != done.code.unwrap_or(0);
    if wrong_code && !told.run.contains("|| true") {
        return Some(format!("exit code {:?}", done.code));
    }
    if told.exactly.as_ref().is_some_and(|text| *text != done.text) {
        return Some("another text".into());
    }
    let mut rest = done.text.as_str();
    for part in &told.prints {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return Some(format!("no {part:?}, or not in this place")),
        }
    }
    if let Some(part) = told.lacks.iter().find(|part| done.text.contains(part.as_str())) {
        return Some(format!("{part:?} is there"));
    }
    let took = done.ended - done.began;
    told.seconds.filter(|(least, most)| !(*least..=*most).contains(&took)).map(|_| format!("took {took:.3} s"))
}

/// What a story's steps do not do as told.
fn check(story: &Story) -> String {
    let log = simulate(&session(story)).log;
    let all = done(&log, story.steps.len());
    let wrong = story.steps.iter().zip(&all).filter_map(|(told, done)| {
        let complaint = complaint(told, done)?;
        Some(format!("  `{}`: {complaint}\n---\n{}---\n", told.run, done.text))
    });
    wrong.collect()
}

fn files(root: &Path) -> Vec<(PathBuf, Profile)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a text");
        let profile = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, profile)
    };
    paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml")).map(read).collect()
}

fn check_folder(root: &Path) {
    let mut wrong = String::new();
    for (path, profile) in files(root) {
        for story in &profile.stories {
            let complaints = check(story);
            if !complaints.is_empty() {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                wrong.push_str(&format!("{name}: {}\n{complaints}", story.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn own() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/profiles")
}

#[test]
fn images_do_what_is_claimed() {
    check_folder(&own());
}

#[test]
fn claims_of_another_folder_hold() {
    #[expect(clippy::disallowed_methods, reason = "the folder is named from outside, for this test alone")]
    if let Ok(root) = std::env::var("PROFILES_DIR") {
        check_folder(Path::new(&root));
    }
}

#[test]
fn every_profile_has_every_claim() {
    let files = files(&own());
    let mut missing = Vec::new();
    for profile in PROFILES {
        let name = profile.repositories[0];
        let about = files.iter().filter(|(_, file)| file.images.iter().any(|image| image == name));
        let mut claims = BTreeSet::new();
        for (_, file) in about {
            claims.extend(file.not_applicable.keys().copied());
            claims.extend(file.stories.iter().flat_map(|story| story.proves.iter().copied()));
        }
        let lacking: Vec<Claim> = ALL.into_iter().filter(|claim| !claims.contains(claim)).collect();
        if !lacking.is_empty() {
            missing.push(format!("{name}: {lacking:?}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_step_that_does_something_else_is_noticed() {
    let told = |text: &str| serde_yaml::from_str::<Told>(text).expect("a step");
    let done = Done { text: "one\ntwo\n".into(), code: Some(0), began: 0.0, ended: 2.0 };
    assert_eq!(complaint(&told("{run: x, prints: [one, two], seconds: [1, 3]}"), &done), None);
    for text in [
        "{run: x, exit: 1}",
        "{run: x, prints: [two, one]}",
        "{run: x, exactly: 'one'}",
        "{run: x, lacks: [two]}",
        "{run: x, seconds: [3, 4]}",
    ] {
        assert!(complaint(&told(text), &done).is_some(), "{text}");
    }
}
