//! A small POSIX shell, and busybox's everyday words, as programs of the [`crate::kernel`]. Must not know Docker or Compose.
