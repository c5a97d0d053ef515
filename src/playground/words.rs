//! All words of the page that are ours, in one place, so that other languages can come. Docker's own words (states,
//! conditions, messages) come with what they belong to and stay as they are.
#![expect(missing_docs, reason = "a word says what it says")]

use super::state::Theme;
use crate::diagnostic::Severity;
use crate::kernel::Instant;
use crate::sim::log::{RequestOutcome, WaitCondition};
use crate::sim::session::{Fault, Step};
use crate::timeline::{DataKey, Gate, GateOutcome, Probe, ProbeCount, ProbeResult, Timeline};
use std::time::Duration;

pub const NAME: &str = "Drydock";
pub const TAGLINE: &str = "a dry run for Docker Compose";
pub const SIMULATES: &str = "simulates Compose 2.40 on Engine 28.5";
pub const START_OVER: &str = "Start over";
pub const START_OVER_HINT: &str =
    "Back to the counter stack; your files and steps are kept, and come back with My project";
pub const EXAMPLES: &str = "Examples";
pub const EXAMPLES_HINT: &str = "Stacks to look at, with steps already taken";
pub const EXAMPLES_INTRO: &str =
    "Each opens with its files and with steps already taken. What you have now is kept: My project brings it back.";
pub const BRING_BACK: &str = "My project";
pub const BRING_BACK_HINT: &str = "Back to the files and steps you had before";
pub const CLOSE: &str = "Close";
pub const FILES: &str = "Files of the project";
pub const EDITOR: &str = "Compose file";
pub const EDIT_FROM_NOW: &str = "Edit from now on";
pub const EDIT_FROM_NOW_HINT: &str =
    "Changes of this file become a step of the session: what ran before ran with the file as it was";
pub const ADD_FILE: &str = "Add a file";
pub const ADD_FILE_PLACEHOLDER: &str = "add a file…";
pub const REMOVE_FILE: &str = "Remove this file";
pub const SESSION: &str = "Session";
pub const COMMAND_LINE: &str = "Command to run in the project's folder";
pub const COMMAND_HINT: &str = "docker compose …";
pub const RUN: &str = "Run";
pub const WAIT: &str = "wait 5 s";
pub const UNDO: &str = "Undo";
pub const UNDO_HINT: &str = "Take back the last step (u)";
pub const REDO: &str = "Redo";
pub const REDO_HINT: &str = "Take the step again (r)";
pub const CONTINUE_HERE: &str = "Go on from here";
pub const CONTINUE_HERE_HINT: &str =
    "The steps behind the playhead are taken back, and your next one follows where it stands; Redo brings them back";
pub const EXTEND: &str = "Give it twice the time";
pub const NOT_KEPT: &str = "This browser keeps nothing (its storage is full or shut): a reload loses what you typed.";
pub const FORGET: &str = "Clear";
pub const FORGET_HINT: &str = "Forget all steps; the files stay";
pub const HISTORY: &str = "Steps of the session";
pub const NO_STEPS: &str = "Nothing has been run yet. Begin with up -d.";
pub const NEXT: &str = "next command?";
pub const TIMELINE: &str = "Timeline";
pub const PICTURE: &str = "Picture of the session";
pub const CONTAINERS: &str = "containers";
pub const DATA: &str = "data";
pub const NO_CONTAINER: &str = " (no container has it)";
pub const LOST: &str = "lost";
pub const OUT_OF_MEMORY: &str = "out of memory";
pub const REMOVED: &str = "removed";
pub const EMPTY_PICTURE: &str = "Nothing has happened yet. Run up -d, and each container gets a line here.";
pub const NO_CONTAINER_YET: &str = "No container has been made yet. Run up -d, and each gets a line here.";
pub const PLAY: &str = "Play";
pub const PAUSE: &str = "Pause";
pub const PLAY_HINT: &str = "Play or pause (space)";
pub const STEP_BACK: &str = "To what happened before (left arrow)";
pub const STEP_FORWARD: &str = "To what happens next (right arrow)";
pub const TO_START: &str = "To the start (home)";
pub const TO_END: &str = "To the end (end)";
pub const PLAYHEAD: &str = "Playhead";
pub const SPEED: &str = "Speed";
pub const ZOOM_IN: &str = "Zoom in (+)";
pub const ZOOM_OUT: &str = "Zoom out (-)";
pub const ZOOM_FIT: &str = "Fit";
pub const ZOOM_FIT_HINT: &str = "Show the whole session (f)";
pub const STALE: &str = "Docker refuses the file as it is. This is the run of the last version it accepted.";
pub const TOO_LARGE: &str =
    "More than 500 services are checked, but not run, on this page. This is the run of the last smaller version.";
pub const PROBLEMS: &str = "Problems";
pub const NO_PROBLEMS: &str = "No problems: Docker accepts the files.";
pub const DOCKER_SAYS: &str = "Docker says";
pub const STATE: &str = "State";
pub const TERMINAL: &str = "Terminal";
pub const LOGS: &str = "Logs";
pub const LOGS_ALL: &str = "all";
pub const EVENTS: &str = "Events";
pub const OUTPUT: &str = "Output";
pub const SHOW_PLACE: &str = "Show it in the file";
pub const NO_EVENTS: &str = "Nothing has happened by this moment.";
pub const FAILED: &str = "failed";
pub const WHY: &str = "Why?";
pub const WHY_CLOSE: &str = "Close";
pub const SURVIVAL: &str = "What survives";
pub const CRASH: (&str, &str) = ("crash", "Its main process gets SIGKILL from inside");
pub const HANG: (&str, &str) = ("hang", "Its processes stop answering, without ending");
pub const FAIL_PROBES: (&str, &str) = ("fail 3 probes", "Its next three probes fail whatever they find");
pub const FILL_HINT: &str = "Its disk is full: whatever writes to this volume gets \"No space left on device\"";
pub const RESTART_ENGINE: (&str, &str) = ("restart the engine", "The Docker daemon is stopped and started again");
pub const REBOOT: (&str, &str) = ("reboot the host", "The host loses power and boots again");
pub const NO_REQUEST: &str = "no request yet";
pub const NO_CONTAINERS: &str = "There is no container at this moment.";
pub const NO_DATA: &str = "There are no data at this moment.";
pub const NO_OUTPUT: &str = "Nothing has been printed yet.";
pub const NO_LOGS: &str = "No container has written anything yet.";
pub const PANES: &str = "Parts of the page";
pub const PANE_EDITOR: &str = "File";
pub const PANE_PICTURE: &str = "Timeline";
pub const PANE_PANELS: &str = "State";
pub const STRIP: &str = "Click anything in the picture to ask why. Play, or drag along the axis, to move in time.";
pub const KEYS: &str = "space play · ← → step · w why · / command · e editor";
pub const COLUMN_NEXT: &str = "after";
pub const COLUMN_CONTAINER: &str = "container";
pub const COLUMN_ATTACHED: &str = "used by";
pub const COLUMN_ADDRESS: &str = "localhost";
pub const COLUMN_NOW: &str = "now";
pub const COLUMN_ANSWER: &str = "last answer";
pub const COLUMN_IMAGE: &str = "image";
pub const COLUMN_STATUS: &str = "status";
pub const COLUMN_CONTENT: &str = "holds";
pub const UNATTACHED: &str = "unattached";

/// The usual commands: what stands on the button, and the line it runs.
pub const USUAL_COMMANDS: [(&str, &str); 6] = [
    ("up -d", "docker compose up -d"),
    ("stop", "docker compose stop"),
    ("start", "docker compose start"),
    ("restart", "docker compose restart"),
    ("down", "docker compose down"),
    ("down -v", "docker compose down -v"),
];

/// What `x-drydock` is for.
pub const DESCRIBES_AN_APP: &str = "What the app in this container does, for the simulation: what it needs at start, where it listens, what it stores, how it ends. Docker ignores it.";

pub const SHOWN_ONLY: &str = " Not simulated: it is only shown.";
pub const NOT_SIMULATED: &str = " Not simulated.";

/// What holds when an attribute is not set.
pub fn default_value(value: &str) -> String {
    format!(" Default: {value}.")
}

/// What the theme's button says.
pub fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "Theme: system",
        Theme::Light => "Theme: light",
        Theme::Dark => "Theme: dark",
    }
}

/// A step as the learner would say it.
pub fn command(one: &Step) -> String {
    match one {
        Step::Run { command, .. } => command.clone(),
        other => step(other),
    }
}

/// A button that sends a request.
pub fn request_button(port: u16) -> String {
    format!("request :{port}")
}

/// How many requests there were.
pub fn requests(count: usize) -> String {
    if count == 1 { "1 request so far".into() } else { format!("{count} requests so far") }
}

/// What can be broken, as the next step.
pub fn break_it(name: &str) -> String {
    format!("Break {name}, as the next step:")
}

/// Some lanes are left out.
pub fn not_all_drawn(drawn: usize, all: usize) -> String {
    format!("The first {drawn} of {all} containers are drawn; all of them were run.")
}

/// Problems that are not listed.
pub fn more_problems(count: usize) -> String {
    format!("and {count} more, underlined in the file")
}

/// How much advice there is.
pub fn advice(count: usize) -> String {
    if count == 1 { "1 piece of advice".into() } else { format!("{count} pieces of advice") }
}

/// A command that was given up.
pub fn given_up(step: &str, after: Duration) -> String {
    format!("Cut here: `{step}` had not ended after {} and was given up.", duration_words(after))
}

/// A session that was stopped.
pub fn stopped(what: &str) -> String {
    format!("The simulation stopped here: {what}.")
}

/// Who holds a published port: `open: web-1`.
pub fn port_now(holders: &[String]) -> String {
    if holders.is_empty() { "closed: no container holds it".into() } else { format!("open: {}", holders.join(", ")) }
}

/// Why no container was made: a step's command failed.
pub fn nothing_made(command: &Step, exit_code: i32) -> String {
    let line = step(command);
    let line = line.trim_start_matches("$ ");
    format!("No container was made: \"{line}\" ended with exit code {exit_code}. The terminal says why.")
}

/// A step as one line.
pub fn step(step: &Step) -> String {
    match step {
        Step::Beside { step: inner, .. } => format!("{} (at the same time)", self::step(inner)),
        Step::Run { command, .. } => format!("$ {command}"),
        Step::Wait(duration) => format!("wait {}", duration_words(*duration)),
        Step::Edit { path, content: Some(_) } => format!("edit {path}"),
        Step::Edit { path, content: None } => format!("remove {path}"),
        Step::Request { port, path } => format!("GET :{port}{path}"),
        Step::RestartDaemon => "restart the engine".into(),
        Step::RebootHost => "reboot the host".into(),
        Step::Fault(Fault::KillProcess { container }) => format!("crash {container}"),
        Step::Fault(Fault::Hang { container }) => format!("hang {container}"),
        Step::Fault(Fault::FailProbes { container, count }) => format!("fail {count} probes of {container}"),
        Step::Fault(Fault::FillDisk { volume }) => format!("fill the disk of {volume}"),
    }
}

/// A step as short as it can be told, for the list of steps.
pub fn short_step(one: &Step) -> String {
    let words = step(one);
    let short = words.strip_prefix("$ docker compose ").map(str::to_owned);
    short.unwrap_or(words)
}

/// A moment: `12.35 s`, `2:05.10`.
pub fn moment(at: Instant) -> String {
    let micros = at.as_micros();
    if micros < 60_000_000 {
        return format!("{:.2} s", at.as_secs_f64());
    }
    let (minutes, rest) = (micros / 60_000_000, (micros % 60_000_000) as f64 / 1e6);
    if minutes < 60 {
        format!("{minutes}:{rest:05.2}")
    } else {
        format!("{}:{:02}:{rest:05.2}", minutes / 60, minutes % 60)
    }
}

/// A stretch of time: `3.00 s to 12.35 s`.
pub fn span_of_time(from: Instant, until: Instant) -> String {
    format!("{} to {}", moment(from), moment(until))
}

/// A length of time in the largest unit that keeps it readable: `52 ms`, `2.5 s`, `3 min`.
pub fn duration_words(duration: Duration) -> String {
    match duration.as_micros() {
        0..1_000_000 => format!("{} ms", duration.as_millis()),
        1_000_000..120_000_000 => {
            let text = format!("{:.1}", duration.as_secs_f64());
            format!("{} s", text.strip_suffix(".0").unwrap_or(&text))
        }
        _ => format!("{} min", duration.as_secs() / 60),
    }
}

/// What a container waits for: `waits for db: healthy`.
pub fn waits_for(dependency: &str, condition: WaitCondition) -> String {
    let what = match condition {
        WaitCondition::Healthy => "healthy",
        WaitCondition::CompletedSuccessfully => "completed",
        WaitCondition::RunningOrHealthy => "running",
    };
    format!("waits for {dependency}: {what}")
}

/// The restart policy's pause.
pub fn restarting(exit_code: i32, count: u32) -> String {
    format!("restarting ({exit_code}), no. {count}")
}

/// A signal was sent: `SIGTERM sent`.
pub fn stopping(signal: u8) -> String {
    match signal {
        2 => "SIGINT sent".into(),
        3 => "SIGQUIT sent".into(),
        9 => "SIGKILL sent".into(),
        15 => "SIGTERM sent".into(),
        other => format!("signal {other} sent"),
    }
}

/// The name of a data lane: the engine's, or the short name of the container it belongs to.
pub fn data_title(key: &DataKey, timeline: &Timeline) -> String {
    let short = |container: &str| {
        let lane = timeline.containers.iter().find(|lane| *lane.name == *container);
        lane.map_or_else(|| container.to_owned(), |lane| lane.title())
    };
    match key {
        DataKey::WritableLayer(container) => short(container),
        DataKey::Volume(name) if name.len() == 64 => format!("{}…", &name[..12]),
        DataKey::Volume(name) => name.to_string(),
        DataKey::Host(path) => path.to_string(),
        DataKey::Tmpfs(container, destination) => format!("{}:{destination}", short(container)),
    }
}

/// The button that leaves no room in a volume.
pub fn fill(title: &str) -> String {
    format!("fill {title}")
}

/// A probe in one sentence.
pub fn probe(probe: &Probe, count: &str) -> String {
    let took = probe.ended.map(|ended| duration_words(ended.at.since(probe.began.at))).unwrap_or_default();
    let result = match probe.result {
        ProbeResult::Passed => format!("probe passed in {took}"),
        ProbeResult::Running => "probe still runs".into(),
        ProbeResult::Interrupted => "probe ended with its container".into(),
        ProbeResult::TimedOut => format!("probe ran into its timeout after {took}"),
        ProbeResult::NotLaunched => "probe could not be run".into(),
        ProbeResult::Failed { exit_code } => format!("probe failed with exit code {exit_code} in {took}"),
    };
    let meaning = match probe.count {
        ProbeCount::Ignored => ", not counted: start period".into(),
        ProbeCount::Failures { .. } => format!(", {count} failures in a row"),
        ProbeCount::Zero => String::new(),
    };
    format!("{result}{meaning}, at {}", moment(probe.began.at))
}

/// A failed start.
pub fn start_failed(exit_code: i32, message: &str) -> String {
    format!("could not be started ({exit_code}): {message}")
}

/// The end of a main process.
pub fn died(exit_code: i32) -> String {
    format!("its process ended with exit code {exit_code}")
}

/// A gate in one sentence.
pub fn gate(gate: &Gate) -> String {
    let who = if gate.service.is_empty() { "docker compose" } else { &gate.service };
    let wait = format!("{who} waits for {}: {}", gate.dependency, gate.condition.word());
    match &gate.outcome {
        GateOutcome::Opened(at) => format!("{wait}, fulfilled at {}", moment(at.at)),
        GateOutcome::Failed { at, reason } => format!("{wait}, impossible since {}: {reason}", moment(at.at)),
        GateOutcome::Abandoned(at) => format!("{wait}, given up at {}", moment(at.at)),
        GateOutcome::Open => format!("{wait}, not fulfilled by the end"),
    }
}

/// A gate as short as it can be told: its condition, and why it stays shut.
pub fn gate_label(gate: &Gate) -> String {
    let word = gate.condition.word();
    match &gate.outcome {
        GateOutcome::Opened(_) => word.to_owned(),
        GateOutcome::Failed { reason, .. } => {
            let reason = reason.strip_prefix("dependency failed to start: ").unwrap_or(reason);
            format!("{word}: {reason}")
        }
        GateOutcome::Abandoned(_) => format!("{word}: given up"),
        GateOutcome::Open => format!("{word}: not yet"),
    }
}

/// A folded stretch.
pub fn fold(from: Instant, until: Instant) -> String {
    format!("nothing new for {}: folded", duration_words(until.since(from)))
}

/// What became of a request.
pub fn request(outcome: &RequestOutcome) -> String {
    match outcome {
        RequestOutcome::Response { status, body } => format!("{status}  {}", body.trim_end()),
        RequestOutcome::ConnectionRefused => "connection refused: nobody listens on the port".into(),
        RequestOutcome::ConnectionReset => "connection reset: nothing answers in the container".into(),
        RequestOutcome::TimedOut => "no answer".into(),
    }
}

/// The word for how grave a problem is.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
        Severity::Notice => "not simulated",
    }
}

/// The position of the line for those who listen.
pub fn playhead_value(at: Instant, end: Instant) -> String {
    format!("{} of {}", moment(at), moment(end))
}
