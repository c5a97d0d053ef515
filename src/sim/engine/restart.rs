//! Restart policies: whether a container that ended starts again, and after which delay (semantics §6.1-6.3). A state
//! machine without a clock; the daemon waits and starts.

use super::config::RestartConfig;
use super::error::EngineError;
use std::time::Duration;

/// Delay before the first restart.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// The delay doubles up to this.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// A run at least this long sets the delay back.
const LONG_RUN: Duration = Duration::from_secs(10);

/// A restart policy (R1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RestartPolicy {
    #[default]
    No,
    Always,
    UnlessStopped,
    /// With the most restarts; `None` is no limit.
    OnFailure(Option<u32>),
}

impl RestartPolicy {
    /// The engine's own check at create (R2).
    pub fn check(config: &RestartConfig) -> Result<Self, EngineError> {
        let policy = match config.name.as_str() {
            "" | "no" => Self::No,
            "always" => Self::Always,
            "unless-stopped" => Self::UnlessStopped,
            "on-failure" => Self::OnFailure(u32::try_from(config.maximum_retries).ok().filter(|most| *most > 0)),
            name => {
                return Err(EngineError::invalid(format!(
                    "invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or \
                     'unless-stopped'"
                )));
            }
        };
        let counts = matches!(policy, Self::OnFailure(_));
        let problem = match (counts, config.maximum_retries) {
            (_, 0) | (true, 1..) => return Ok(policy),
            (true, _) => "cannot be negative",
            (false, 1..) => "can only be used with 'on-failure'",
            (false, _) => "can only be used with 'on-failure' and cannot be negative",
        };
        Err(EngineError::invalid(format!("invalid restart policy: maximum retry count {problem}")))
    }

    /// Whether the starting daemon starts a container that has run before (§6.4).
    pub fn starts_with_daemon(self, manually_stopped: bool, exit_code: i32, restarts: u32) -> bool {
        match self {
            Self::No => false,
            Self::Always => true,
            Self::UnlessStopped => !manually_stopped,
            Self::OnFailure(most) => exit_code != 0 && most.is_none_or(|most| restarts < most),
        }
    }
}

/// How a run ended, for the decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct EndOfRun {
    pub exit_code: i32,
    /// How long it ran.
    pub lasted: Duration,
    /// Whether someone stopped it by hand since its last manual start.
    pub manually_stopped: bool,
}

/// The restart manager of one container.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RestartManager {
    delay: Duration,
    restarts: u32,
    canceled: bool,
}

impl RestartManager {
    /// A fresh manager: at every start that the policy itself did not make.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// No restart any more until the next manual start (R4).
    pub fn cancel(&mut self) {
        self.canceled = true;
    }

    /// Whether somebody did.
    pub fn is_canceled(&self) -> bool {
        self.canceled
    }

    /// The delay before the next start, if there is one.
    pub fn after(&mut self, policy: RestartPolicy, end: EndOfRun) -> Option<Duration> {
        if policy == RestartPolicy::No || self.canceled {
            return None;
        }
        self.delay = match self.delay {
            delay if delay.is_zero() || end.lasted >= LONG_RUN => FIRST_DELAY,
            delay => (delay * 2).min(LONGEST_DELAY),
        };
        let again = match policy {
            RestartPolicy::No => false,
            RestartPolicy::Always => true,
            RestartPolicy::UnlessStopped => !end.manually_stopped,
            RestartPolicy::OnFailure(most) => end.exit_code != 0 && most.is_none_or(|most| self.restarts < most),
        };
        if !again {
            return None;
        }
        self.restarts += 1;
        Some(self.delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(exit_code: i32, seconds: u64) -> EndOfRun {
        EndOfRun { exit_code, lasted: Duration::from_secs(seconds), manually_stopped: false }
    }

    fn delays(policy: RestartPolicy, ends: impl IntoIterator<Item = EndOfRun>) -> Vec<Option<u128>> {
        let mut manager = RestartManager::default();
        ends.into_iter().map(|end| manager.after(policy, end).map(|delay| delay.as_millis())).collect()
    }

    #[test]
    fn the_delay_doubles_up_to_a_minute_and_a_long_run_sets_it_back() {
        let always = delays(RestartPolicy::Always, std::iter::repeat_n(end(1, 0), 12));
        let expected = [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000];
        assert_eq!(always, expected.map(Some));
        let reset = delays(RestartPolicy::Always, [end(1, 0), end(1, 0), end(1, 11), end(1, 0)]);
        assert_eq!(reset, [100, 200, 100, 200].map(Some));
    }

    #[test]
    fn on_failure_counts_and_heeds_the_code() {
        let three = delays(RestartPolicy::OnFailure(Some(3)), std::iter::repeat_n(end(1, 0), 4));
        assert_eq!(three, [Some(100), Some(200), Some(400), None]);
        assert_eq!(delays(RestartPolicy::OnFailure(None), [end(0, 0)]), [None]);
    }

    #[test]
    fn a_policy_that_the_engine_does_not_know_is_refused() {
        let check =
            |name: &str, maximum_retries| RestartPolicy::check(&RestartConfig { name: name.into(), maximum_retries });
        assert!(check("foo", 0).unwrap_err().message.contains("unknown policy 'foo'"));
        assert!(check("always", 3).is_err());
        assert_eq!(check("on-failure", 0).unwrap(), RestartPolicy::OnFailure(None));
    }
}
