//! The rules of Docker in plain words: one entry per [`Rule`]. The `because` finishes the sentence "this happened because
//! …"; the `meaning` tells what the rule is, so that a learner can use it next time.

use crate::sim::log::Rule;

/// Wording of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleWords {
    /// A name for it: "Health check timer".
    pub title: &'static str,
    /// Finishes "… because".
    pub because: &'static str,
    /// What the rule is, for someone who meets it for the first time.
    pub meaning: &'static str,
}

const fn words(title: &'static str, because: &'static str, meaning: &'static str) -> RuleWords {
    RuleWords { title, because, meaning }
}

/// The wording of a rule.
#[expect(unreachable_patterns, reason = "a rule added to the log gets plain words here until it is worded")]
pub fn rule_words(rule: Rule) -> RuleWords {
    match rule {
        Rule::Asked => ASKED,
        Rule::Missing => MISSING,
        Rule::Diverged => DIVERGED,
        Rule::DependencyOrder => DEPENDENCY_ORDER,
        Rule::ConditionFulfilled => CONDITION_FULFILLED,
        Rule::ConditionFailed => CONDITION_FAILED,
        Rule::ProbeInterval => PROBE_INTERVAL,
        Rule::ProbeResult => PROBE_RESULT,
        Rule::ProbeTimeout => PROBE_TIMEOUT,
        Rule::ProcessExited => PROCESS_EXITED,
        Rule::RestartPolicy => RESTART_POLICY,
        Rule::GracePeriod => GRACE_PERIOD,
        Rule::GoesWithContainer => GOES_WITH_CONTAINER,
        Rule::Program => PROGRAM,
        Rule::CopyUp => COPY_UP,
        Rule::DaemonStart => DAEMON_START,
        Rule::Bound => BOUND,
        _ => words("A rule of Docker", "of a rule of the engine", ""),
    }
}

const ASKED: RuleWords =
    words("Asked for", "that was asked for", "A command does what it says; nothing else led to this.");

const MISSING: RuleWords = words(
    "Missing",
    "the file asks for it and it did not exist yet",
    "`up` compares the file with what the engine has. What is missing is created: networks, then volumes, then all \
             containers, before the first of them is started.",
);

const DIVERGED: RuleWords = words(
    "Changed configuration",
    "its configuration is not that of the file any more",
    "`up` recreates a container when its part of the file has changed: the old one is stopped and removed, a new one \
             takes its name. Its volumes are attached again; its writable layer is gone. `restart` never does this.",
);

const DEPENDENCY_ORDER: RuleWords = words(
    "Dependency order",
    "its dependencies go first, and it was its turn",
    "Services start when everything in their `depends_on` has been dealt with; services that do not depend on each \
             other go at the same time. Stopping goes the other way round.",
);

const CONDITION_FULFILLED: RuleWords = words(
    "Condition fulfilled",
    "the condition in `depends_on` held",
    "Compose looks every half second whether the condition holds, and starts the dependent as soon as all its \
             conditions do. Only `up`, `start` and `run` do this; the engine itself knows nothing of `depends_on`.",
);

const CONDITION_FAILED: RuleWords = words(
    "Condition failed",
    "the condition in `depends_on` could not hold any more",
    "The first `unhealthy`, or the first exit, ends the wait for good, even if the dependency recovers later. \
             Nothing is rolled back: what runs goes on running, and the dependent stays created.",
);

const PROBE_INTERVAL: RuleWords = words(
    "Health check timer",
    "its next probe was due",
    "A probe runs one `interval` after the container's start, and again one `interval` after the end of the one \
             before. Within the `start_period` the pause is `start_interval` (5 s unless set) instead.",
);

const PROBE_RESULT: RuleWords = words(
    "Probe result",
    "of how the probe ended",
    "One success makes a container healthy at once. `retries` failures in a row make it unhealthy; failures within \
             the `start_period` are not counted. Docker never restarts a container for being unhealthy.",
);

const PROBE_TIMEOUT: RuleWords = words(
    "Probe timeout",
    "the probe ran longer than its `timeout`",
    "A probe that takes longer than `timeout` is killed and counts as failed.",
);

const PROCESS_EXITED: RuleWords = words(
    "Main process ended",
    "its main process had ended",
    "A container runs as long as its main process does, and ends with it. The exit code is the process's own, or 128 \
             plus the number of the signal that killed it (137 = SIGKILL, 143 = SIGTERM).",
);

const RESTART_POLICY: RuleWords = words(
    "Restart policy",
    "its restart policy starts it again",
    "The policy acts when the main process ends by itself, never after `stop` or `kill`, and never because of health. \
             The pause before each restart doubles from 0.1 s up to 1 min; a run of 10 s or more sets it back.",
);

const GRACE_PERIOD: RuleWords = words(
    "Grace period",
    "the grace period was over and it still ran",
    "Stopping sends SIGTERM (or `stop_signal`) and waits for `stop_grace_period`, 10 s unless set; then SIGKILL. The \
             main process of a container ignores signals it has no handler for.",
);

const GOES_WITH_CONTAINER: RuleWords = words(
    "Goes with the container",
    "it lives and dies with its container",
    "The writable layer goes when the container is removed; a tmpfs already when it stops; an anonymous volume only \
             when it is removed with `-v`.",
);

const PROGRAM: RuleWords =
    words("A program did it", "a program in a container did it", "What programs do is run, not guessed.");

const COPY_UP: RuleWords = words(
    "Filled from the image",
    "an empty volume is filled with what the image has at that path",
    "It happens once, when a container is created on an empty volume. Later images never reach it; bind mounts and \
             tmpfs are never filled.",
);

const DAEMON_START: RuleWords = words(
    "The engine started",
    "the engine starts again what its restart policy says",
    "After a restart of the engine or a reboot, containers with `always`, or `unless-stopped` and not stopped by hand, \
             are started, all at once: `depends_on` plays no part.",
);

const BOUND: RuleWords =
    words("A limit of the simulation", "a limit of the simulation was reached", "Docker itself would go on.");
