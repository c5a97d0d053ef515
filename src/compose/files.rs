//! The files of one analysis: reading them once, numbering them, and paths as Go's `path/filepath` treats them.
//! Must not know YAML.

use super::SourceFile;
use super::options::{FileKind, FileSource, ReadError};
use crate::text::FileId;

/// The files that were read, in the order of their first reading.
pub struct Files<'a> {
    source: &'a dyn FileSource,
    read: Vec<SourceFile>,
    raw: Vec<Vec<u8>>,
}

impl<'a> Files<'a> {
    /// None yet; they come from `source`.
    pub fn new(source: &'a dyn FileSource) -> Self {
        Self { source, read: Vec::new(), raw: Vec::new() }
    }

    /// Reads the file at an absolute path, once.
    pub fn read(&mut self, path: &str) -> Result<FileId, ReadError> {
        if let Some(at) = self.read.iter().position(|file| file.path == path) {
            return Ok(FileId(at as u32));
        }
        let bytes = self.source.read(path)?;
        Ok(self.add(path, bytes))
    }

    /// Adds a file whose bytes are at hand.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) -> FileId {
        let (text, raw) = match String::from_utf8(bytes) {
            Ok(text) => (text, Vec::new()),
            Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), error.into_bytes()),
        };
        self.raw.push(raw);
        self.read.push(SourceFile { path: path.to_string(), text });
        FileId(self.read.len() as u32 - 1)
    }

    /// The file's text.
    pub fn text(&self, id: FileId) -> &str {
        self.read.get(id.0 as usize).map_or("", |file| &file.text)
    }

    /// The file's bytes as they are on disk: not always the text's, which has no invalid UTF-8.
    pub fn bytes(&self, id: FileId) -> &[u8] {
        match self.raw.get(id.0 as usize) {
            Some(raw) if !raw.is_empty() => raw,
            _ => self.text(id).as_bytes(),
        }
    }

    /// What stands at an absolute path.
    pub fn kind(&self, path: &str) -> Option<FileKind> {
        self.source.kind(path)
    }

    /// All files read.
    pub fn into_list(self) -> Vec<SourceFile> {
        self.read
    }
}

/// `path` without `.`, `..` and doubled slashes where they can be resolved; `.` for nothing.
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// `path` seen from `directory`, clean.
pub fn join(directory: &str, path: &str) -> String {
    match (directory.is_empty(), path.is_empty()) {
        (true, true) => String::new(),
        (true, false) => clean(path),
        (false, true) => clean(directory),
        (false, false) => clean(&format!("{directory}/{path}")),
    }
}

/// `path` if it is absolute, else `path` seen from `directory`.
pub fn absolute(directory: &str, path: &str) -> String {
    if path.starts_with('/') { clean(path) } else { join(directory, path) }
}

/// All but the last part of a path.
pub fn parent(path: &str) -> String {
    match path.rfind('/') {
        Some(0) => "/".into(),
        Some(at) => clean(&path[..at]),
        None => ".".into(),
    }
}

/// The last part of a path.
pub fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rfind('/') {
        Some(at) => &trimmed[at + 1..],
        None if trimmed.is_empty() && !path.is_empty() => "/",
        None => trimmed,
    }
}

/// The path that leads from the absolute `from` to the absolute `to`.
pub fn relative(from: &str, to: &str) -> String {
    let (from, to) = (clean(from), clean(to));
    let split = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(String::from).collect::<Vec<_>>();
    let (start, end) = (split(&from), split(&to));
    let common = start.iter().zip(&end).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_string(), start.len() - common);
    let path: Vec<String> = up.chain(end[common..].iter().cloned()).collect();
    if path.is_empty() { ".".into() } else { path.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, expected) in [("a//b/./c/../d", "a/b/d"), ("", "."), ("/..", "/"), ("../a", "../a"), ("/a/", "/a")] {
            assert_eq!(clean(path), expected);
        }
    }

    #[test]
    fn relative_leads_from_one_folder_to_another() {
        assert_eq!(relative("/a/b", "/a/c/d"), "../c/d");
        assert_eq!(relative("/a", "/a"), ".");
    }
}
