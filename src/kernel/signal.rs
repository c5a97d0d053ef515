//! Signals, and what a process does about them. Numbers and names are those of Linux on x86-64.

/// A signal by its number, from 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(u8);

/// What a signal does to a process that has not said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    /// The process ends; its status is "killed by that signal".
    Terminate,
    /// Nothing.
    Ignore,
    /// The process stands still until SIGCONT.
    Stop,
    /// A process that stands still goes on.
    Continue,
}

/// What a process has arranged for a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// [`Signal::default_action`]; nothing at all for process 1 of a namespace.
    Default,
    /// Nothing happens; inherited by children and kept by exec.
    Ignore,
    /// The signal waits until the program takes it, see `Process::take_signal`; exec sets it back to the default.
    Handle,
}

/// Names without `SIG`, by number; the first is for number 1.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL",
    "PWR", "SYS",
];

#[expect(missing_docs, reason = "these are Linux's own names")]
impl Signal {
    pub const HUP: Self = Self(1);
    pub const INT: Self = Self(2);
    pub const QUIT: Self = Self(3);
    pub const KILL: Self = Self(9);
    pub const USR1: Self = Self(10);
    pub const USR2: Self = Self(12);
    pub const PIPE: Self = Self(13);
    pub const ALRM: Self = Self(14);
    pub const TERM: Self = Self(15);
    pub const CHLD: Self = Self(17);
    pub const CONT: Self = Self(18);
    pub const STOP: Self = Self(19);
    pub const TSTP: Self = Self(20);
    pub const TTIN: Self = Self(21);
    pub const TTOU: Self = Self(22);
    pub const URG: Self = Self(23);
    pub const WINCH: Self = Self(28);
}

impl Signal {
    /// The signal of that number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        (1..=64).contains(&number).then_some(Self(number))
    }

    /// The signal of that name or number: `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+3`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Self::from_number(number);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        match name {
            "IOT" => return Some(Self(6)),
            "CLD" => return Some(Self::CHLD),
            "IO" => return Some(Self(29)),
            _ => {}
        }
        if let Some(position) = NAMES.iter().position(|known| *known == name) {
            return Some(Self(position as u8 + 1));
        }
        let offset = match name.strip_prefix("RTMIN") {
            Some("") => 0,
            Some(rest) => rest.strip_prefix('+')?.parse::<u8>().ok().filter(|offset| *offset <= 30)?,
            None => return None,
        };
        Self::from_number(34 + offset)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Its name without `SIG`; the number's text has no name of its own for real-time signals.
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0) - 1).copied()
    }

    /// What it does to a process that has not said otherwise.
    pub fn default_action(self) -> DefaultAction {
        match self {
            Self::CHLD | Self::URG | Self::WINCH => DefaultAction::Ignore,
            Self::STOP | Self::TSTP | Self::TTIN | Self::TTOU => DefaultAction::Stop,
            Self::CONT => DefaultAction::Continue,
            _ => DefaultAction::Terminate,
        }
    }

    /// Whether a process can neither ignore nor handle it.
    pub fn is_unstoppable(self) -> bool {
        self == Self::KILL || self == Self::STOP
    }
}

/// A set of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet(u64);

impl SignalSet {
    /// Whether it holds `signal`.
    pub fn contains(self, signal: Signal) -> bool {
        self.0 & Self::bit(signal) != 0
    }

    /// Adds `signal`.
    pub fn insert(&mut self, signal: Signal) {
        self.0 |= Self::bit(signal);
    }

    /// Takes `signal` out.
    pub fn remove(&mut self, signal: Signal) {
        self.0 &= !Self::bit(signal);
    }

    /// The one with the smallest number.
    pub fn first(self) -> Option<Signal> {
        (self.0 != 0).then(|| Signal(self.0.trailing_zeros() as u8 + 1))
    }

    /// Those with the smallest numbers first.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        let mut left = self;
        std::iter::from_fn(move || {
            let signal = left.first()?;
            left.remove(signal);
            Some(signal)
        })
    }

    fn bit(signal: Signal) -> u64 {
        1 << (signal.0 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_known_by_name_and_number() {
        for text in ["TERM", "SIGTERM", "sigterm", "15"] {
            assert_eq!(Signal::parse(text), Some(Signal::TERM), "{text}");
        }
        assert_eq!(Signal::parse("RTMIN+3").map(Signal::number), Some(37));
        for text in ["", "0", "65", "NOSUCH", "RTMIN+99", "RTMINx"] {
            assert_eq!(Signal::parse(text), None, "{text}");
        }
        assert_eq!(Signal::WINCH.name(), Some("WINCH"));
    }
}
