//! The instructions of a Dockerfile that matter at run time. Must not know containers or Compose.
