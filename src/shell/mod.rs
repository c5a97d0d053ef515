//! A small POSIX shell, and busybox's everyday words, as programs of the [`crate::kernel`]. Must not know Docker or Compose.

mod applets;
mod arithmetic;
mod awk;
mod builtins;
mod command;
mod expand;
mod interpreter;
mod invocation;
mod lexer;
mod parser;
pub mod pattern;
mod redirect;
mod regex;
mod surroundings;
mod syntax;
mod traps;
mod variables;
#[cfg(test)]
mod tests;

pub use applets::{applets, coreutils};
pub use invocation::shell;
pub use pattern::matches as pattern_matches;
pub use regex::{Dialect, Regex};
