//! The application without a browser: state, actions, effects, view models. Must not know Yew or web-sys.
//!
//! The page sends an [`Action`], [`update`] changes the [`State`] and answers with [`Effect`]s, and the page draws the view
//! models made from the state: [`picture`] (the timeline in pixels), [`panels`] (words at the playhead), [`problems`].

pub mod state;
pub mod update;
pub mod simulation;
pub mod picture;
pub mod panels;
pub mod problems;
pub mod assist;
pub mod opening;
pub mod former;
pub mod examples;
pub mod faults;
pub mod localhost;
pub mod notices;
pub mod saved;
pub mod words;

#[cfg(test)]
mod tests;

pub use state::{Dialog, Freshness, Keeping, Output, Pane, Play, SourceFile, State, Theme};
pub use update::{Action, Effect, update};

/// What the page names when it sends actions and draws view models.
pub use crate::kernel::Instant;
pub use crate::sim::log::EventId;
pub use crate::sim::session::Step;
