//! The options of a tmpfs mount: what the daemon accepts, and the file system that follows from them (semantics P13, S50,
//! S51). Must not know containers.

use super::volumes::parse_size;
use crate::kernel::files::{Access, Owner, Tree};

/// Mount options without a value that a tmpfs may have.
const FLAGS: [&str; 33] = [
    "async",
    "atime",
    "bind",
    "defaults",
    "dev",
    "diratime",
    "dirsync",
    "exec",
    "mand",
    "noatime",
    "nodev",
    "nodiratime",
    "noexec",
    "nomand",
    "norelatime",
    "nostrictatime",
    "nosuid",
    "private",
    "rbind",
    "relatime",
    "remount",
    "ro",
    "rprivate",
    "rshared",
    "rslave",
    "runbindable",
    "rw",
    "shared",
    "slave",
    "strictatime",
    "suid",
    "sync",
    "unbindable",
];
/// Those with a value.
const VALUES: [&str; 7] = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"];

/// What a tmpfs is made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TmpfsOptions {
    size: Option<u64>,
    mode: Option<u32>,
    owner: Owner,
}

impl TmpfsOptions {
    /// The options of `size=64m,mode=700`; the daemon's text for one it does not know.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for option in text.split(',').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let number = value.parse().unwrap_or(0);
            match name {
                "size" => options.size = parse_size(value),
                "mode" => options.mode = u32::from_str_radix(value, 8).ok(),
                "uid" => options.owner.user = number,
                "gid" => options.owner.group = number,
                _ => {}
            }
            let is_known = if option.contains('=') { VALUES.contains(&name) } else { FLAGS.contains(&name) };
            if !is_known {
                let words: Vec<String> = option.splitn(2, '=').map(|word| format!("\"{word}\"")).collect();
                return Err(format!("invalid tmpfs option [{}]", words.join(" ")));
            }
        }
        Ok(options)
    }

    /// An empty file system. Without a mode of its own it takes that of the folder it is mounted over (S51).
    pub fn tree(self, mode_there: Option<u32>) -> Tree {
        let tree = Tree::tmpfs(self.size);
        let mode = self.mode.or(mode_there);
        if mode.is_some() || self.owner != Access::ROOT.owner {
            let set = tree.set_owner_and_mode("/", self.owner, mode);
            debug_assert!(set.is_ok(), "a new tree has a root");
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_daemon() {
        let options = TmpfsOptions::parse("size=64m,mode=700,uid=1000,exec").unwrap();
        let owner = Owner { user: 1000, group: 0 };
        assert_eq!(options, TmpfsOptions { size: Some(64 << 20), mode: Some(0o700), owner });
        assert_eq!(TmpfsOptions::parse("foo"), Err("invalid tmpfs option [\"foo\"]".into()));
        assert_eq!(TmpfsOptions::parse("ro,foo=bar"), Err("invalid tmpfs option [\"foo\" \"bar\"]".into()));
    }

    #[test]
    fn the_mode_is_the_own_else_that_of_the_folder_else_open_to_all() {
        let mode = |text: &str, there| TmpfsOptions::parse(text).unwrap().tree(there).stat("/").unwrap().mode & 0o7777;
        assert_eq!((mode("mode=700", Some(0o755)), mode("", Some(0o755)), mode("", None)), (0o700, 0o755, 0o1777));
    }
}
