//! The event log as lanes and phases. Must not know anything that is not in the log, nor the DOM.
