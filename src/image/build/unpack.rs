//! What `ADD` does with a local archive: its members, for tar, plain or compressed with gzip. Any other file is none, and is
//! copied as it is (bzip2 and xz included: simplified).

use crate::kernel::files::Owner;
use flate2::read::GzDecoder;
use std::io::Read;
use tar::{Archive, EntryType};

/// How a gzip file begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many bytes an archive may hold: what is compressed may be anything.
const MOST_BYTES: u64 = 64 << 20;

/// A member of an archive.
pub struct Member {
    /// Its path without leading slash; never with `..`.
    pub path: String,
    /// What it is.
    pub content: MemberContent,
    /// Permissions.
    pub mode: u32,
    /// The owner written down in the archive.
    pub owner: Owner,
}

/// What a member is.
pub enum MemberContent {
    /// A folder.
    Folder,
    /// A symbolic link to that target.
    Link(String),
    /// A file.
    File(Vec<u8>),
}

/// The members of an archive; `None` if `bytes` are none, or a damaged one.
pub fn members(bytes: &[u8]) -> Option<Vec<Member>> {
    let mut expanded = Vec::new();
    match bytes.starts_with(&GZIP) {
        true => GzDecoder::new(bytes).take(MOST_BYTES).read_to_end(&mut expanded).ok()?,
        false => bytes.take(MOST_BYTES).read_to_end(&mut expanded).ok()?,
    };
    let mut archive = Archive::new(&expanded[..]);
    let mut members = Vec::new();
    let mut count = 0;
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        count += 1;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let content = match entry.header().entry_type() {
            EntryType::Directory => MemberContent::Folder,
            EntryType::Symlink => {
                MemberContent::Link(String::from_utf8_lossy(&entry.link_name_bytes().unwrap_or_default()).into_owned())
            }
            EntryType::Regular | EntryType::Continuous => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).ok()?;
                MemberContent::File(content)
            }
            _ => continue,
        };
        if parts.is_empty() || parts.contains(&"..") {
            continue;
        }
        let number = |value: std::io::Result<u64>| value.ok().and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
        let header = entry.header();
        let owner = Owner { user: number(header.uid()), group: number(header.gid()) };
        let mode = header.mode().unwrap_or(0o644) & 0o7777;
        members.push(Member { path: parts.join("/"), content, mode, owner });
    }
    (count > 0).then_some(members)
}
