//! What a system call says when it fails.

/// The errors of Linux that programs of the simulation meet.
#[expect(missing_docs, reason = "these are Linux's own names; `Errno::message` says what they mean")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Errno {
    Eacces,
    Eaddrinuse,
    Eagain,
    Ebadf,
    Ebusy,
    Echild,
    Econnrefused,
    Econnreset,
    Eexist,
    Ehostunreach,
    Eintr,
    Einval,
    Eio,
    Eisdir,
    Eloop,
    Emfile,
    Enoent,
    Enoexec,
    Enospc,
    Enotconn,
    Enotdir,
    Enotempty,
    Eperm,
    Epipe,
    Erofs,
    Esrch,
    Etimedout,
    Exdev,
}

impl Errno {
    /// The text of musl's and glibc's `strerror`, as busybox prints it.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Eacces => "Permission denied",
            Self::Eaddrinuse => "Address already in use",
            Self::Eagain => "Resource temporarily unavailable",
            Self::Ebadf => "Bad file descriptor",
            Self::Ebusy => "Device or resource busy",
            Self::Echild => "No child processes",
            Self::Econnrefused => "Connection refused",
            Self::Econnreset => "Connection reset by peer",
            Self::Eexist => "File exists",
            Self::Ehostunreach => "No route to host",
            Self::Eintr => "Interrupted system call",
            Self::Einval => "Invalid argument",
            Self::Eio => "Input/output error",
            Self::Eisdir => "Is a directory",
            Self::Eloop => "Too many levels of symbolic links",
            Self::Emfile => "Too many open files",
            Self::Enoent => "No such file or directory",
            Self::Enoexec => "Exec format error",
            Self::Enospc => "No space left on device",
            Self::Enotconn => "Transport endpoint is not connected",
            Self::Enotdir => "Not a directory",
            Self::Enotempty => "Directory not empty",
            Self::Eperm => "Operation not permitted",
            Self::Epipe => "Broken pipe",
            Self::Erofs => "Read-only file system",
            Self::Esrch => "No such process",
            Self::Etimedout => "Connection timed out",
            Self::Exdev => "Invalid cross-device link",
        }
    }
}

impl std::fmt::Display for Errno {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.message())
    }
}

impl std::error::Error for Errno {}
