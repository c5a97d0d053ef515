//! The keys of `x-drydock`: for whoever reads, completes or explains them.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The mapping it belongs to: empty for the whole, or the key that holds it, or its items, or its values.
    pub within: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it means, with its default.
    pub meaning: &'static str,
    /// Words that may stand as its value, if only certain ones may, or some are special.
    pub choices: &'static [&'static str],
}

const fn key(within: &'static str, name: &'static str, meaning: &'static str) -> Key {
    Key { within, name, meaning, choices: &[] }
}

/// All keys.
pub const KEYS: &[Key] = &[
    key("", "boot", "How long the app takes from its start until it listens. Default: 500ms."),
    key("", "log", "Lines it prints when it has booted."),
    key("", "needs", "What it connects to before it boots, and what it does when nobody answers."),
    key("", "listens", "Ports it listens on."),
    Key {
        within: "",
        name: "bind",
        meaning: "The address it listens on: 0.0.0.0 is all of them, 127.0.0.1 its own container alone, so that published ports lead \
                  nowhere. Default: 0.0.0.0.",
        choices: &["0.0.0.0", "127.0.0.1"],
    },
    key("", "responds", "Path to answer: a body, or status, body and delay. `{count}` is the number of the request."),
    key("", "stores", "Files it writes: where, when, and which line."),
    key("", "runs", "A job: it ends by itself after this time."),
    key("", "exit", "The exit code of a job that `runs`. Default: 0."),
    key("", "crash", "It ends by itself with an error, some time after it has booted."),
    key("", "leak", "Its memory grows until the kernel kills it (exit code 137)."),
    Key {
        within: "",
        name: "stop",
        meaning: "What SIGTERM does: `ignore`, or a time and an exit code. Default: it ends after 100ms with code 0.",
        choices: &["ignore"],
    },
    key("needs", "connect", "Host and port: `db:5432`."),
    Key {
        within: "needs",
        name: "missing",
        meaning: "What it does when nobody answers: `exit` with code 1, or `retry`. Default: exit.",
        choices: &["exit", "retry"],
    },
    key("needs", "every", "The first pause of `retry`; it doubles up to 30 s. Default: 1s."),
    key("needs", "attempts", "After so many attempts it gives up and exits with code 1. Default: never."),
    key("responds", "status", "HTTP status. Default: 200."),
    key("responds", "body", "Body; `{count}` is the number of the request."),
    key("responds", "delay", "How long the answer takes. Default: at once."),
    key("stores", "path", "The file, an absolute path."),
    Key {
        within: "stores",
        name: "on",
        meaning: "When it writes: `start`, `request`, or a time such as 5s: every so often. Default: start.",
        choices: &["start", "request"],
    },
    key("stores", "text", "The line it adds; `{count}` is how many lines the file has then."),
    key("crash", "after", "So long after it has booted. Default: at once."),
    key("crash", "code", "Exit code. Default: 1."),
    key("crash", "log", "Its last words, on standard error."),
    key("leak", "after", "So long after it has booted the memory is full. Default: 60s."),
    key("stop", "after", "How long it takes to end. Default: at once."),
    key("stop", "code", "Exit code. Default: 0."),
];

/// The keys of a mapping, by the keys around it from `x-drydock` on; `[]` stands for an item of a list.
pub fn keys_at(path: &[&str]) -> Vec<&'static Key> {
    let within = match path {
        [] => "",
        [list @ ("needs" | "stores"), "[]"] => list,
        ["responds", _] => "responds",
        [mapping @ ("crash" | "leak" | "stop")] => mapping,
        _ => return Vec::new(),
    };
    KEYS.iter().filter(|key| key.within == within).collect()
}

/// The names of the keys within a mapping.
pub fn names(within: &str) -> Vec<&'static str> {
    KEYS.iter().filter(|key| key.within == within).map(|key| key.name).collect()
}
