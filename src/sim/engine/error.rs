//! The engine's errors, in its own words.

use std::fmt;

/// What kind of an error: the API's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: the request makes no sense.
    InvalidParameter,
    /// 404: there is no such object.
    NotFound,
    /// 409: the object's state forbids it.
    Conflict,
    /// 304: it is so already.
    NotModified,
    /// 500: it was tried and failed.
    Internal,
    /// The daemon does not run at the moment.
    Unreachable,
}

/// An error as the engine answers it. `message` is the daemon's own text; what a client prints is
/// `Error response from daemon: <message>`, which is how it is displayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineError {
    /// Its kind.
    pub kind: ErrorKind,
    /// The daemon's text.
    pub message: String,
}

impl EngineError {
    /// An error of a kind with the daemon's text.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// 400.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidParameter, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// 500.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Unreachable => write!(out, "{}", self.message),
            _ => write!(out, "Error response from daemon: {}", self.message),
        }
    }
}

impl std::error::Error for EngineError {}
