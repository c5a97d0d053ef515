//! The event log as words: journal, state at an instant, survival of data, the chain of causes. Computes no new facts.
