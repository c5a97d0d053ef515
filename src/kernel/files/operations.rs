//! What can be done with files by path: the file system calls, without processes and descriptors.

use super::lock::FileLock;
use super::mounts::{Access, Follow, MountTable, Place};
use super::node::{Content, Device, Kind, Node, Owner};
use super::tree::Change;
use crate::kernel::errno::Errno;
use crate::kernel::time::Instant;
use std::cell::RefCell;
use std::rc::Rc;

/// How big a file may get; more fails with ENOSPC.
const MOST_BYTES: u64 = 64 << 20;

/// How many names below a path `remove_all` goes through.
const DEEPEST: u32 = 256;

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Bytes or a program.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A special file.
    Device,
}

/// What stat says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Which kind.
    pub kind: FileKind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub owner: Owner,
    /// Bytes; of a symbolic link, those of its target; of a folder, 4096.
    pub size: u64,
    /// Last change of content.
    pub modified: Instant,
    /// Target of a symbolic link.
    pub target: Option<Rc<str>>,
}

impl Stat {
    pub(super) fn of(node: &Node) -> Self {
        let (kind, size, target) = match &node.kind {
            Kind::File(content) => match &*content.borrow() {
                Content::Device(_) => (FileKind::Device, 0, None),
                content => (FileKind::File, content.size(), None),
            },
            Kind::Folder(_) => (FileKind::Folder, 4096, None),
            Kind::Link(target) => (FileKind::Link, target.len() as u64, Some(target.clone())),
        };
        let (mode, owner) = (node.mode.get(), node.owner.get());
        Self { kind, mode, owner, size, modified: node.modified.get(), target }
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.kind == FileKind::Folder
    }
}

impl Place {
    /// What it is.
    pub fn stat(&self) -> Stat {
        Stat::of(&self.node)
    }

    /// Whether `access` may do all of `wanted` (4 read, 2 write, 1 execute); a read-only mount forbids writing.
    pub fn allows(&self, access: Access, wanted: u32) -> Result<(), Errno> {
        if wanted & 2 != 0 && self.read_only && self.device().is_none() {
            return Err(Errno::Erofs);
        }
        if access.allows(&self.node, wanted) { Ok(()) } else { Err(Errno::Eacces) }
    }

    /// The special file it is, if it is one.
    pub fn device(&self) -> Option<Device> {
        match self.content() {
            Ok(Content::Device(device)) => Some(device),
            _ => None,
        }
    }

    /// A file's content; EISDIR for a folder.
    pub fn content(&self) -> Result<Content, Errno> {
        match &self.node.kind {
            Kind::File(content) => Ok(content.borrow().clone()),
            Kind::Folder(_) => Err(Errno::Eisdir),
            Kind::Link(_) => Err(Errno::Eloop),
        }
    }

    /// A file's bytes; of a program a line that says so.
    pub fn read(&self) -> Result<Rc<Vec<u8>>, Errno> {
        Ok(match self.content()? {
            Content::Bytes(bytes) => bytes,
            Content::Program(_) => Rc::new(b"\x7fELF (a program of the simulation)\n".to_vec()),
            Content::Device(_) => Rc::default(),
        })
    }

    /// Replaces a file's bytes. The place must be one's own to change, see [`MountTable::find_or_create`].
    pub fn write(&self, bytes: Rc<Vec<u8>>) -> Result<(), Errno> {
        self.set_bytes(bytes)?;
        self.announce_written();
        Ok(())
    }

    /// Replaces a file's bytes without telling the observer.
    pub(in crate::kernel) fn set_bytes(&self, bytes: Rc<Vec<u8>>) -> Result<(), Errno> {
        let Kind::File(content) = &self.node.kind else { return Err(Errno::Eisdir) };
        let (before, after) = (content.borrow().size(), bytes.len() as u64);
        if after > MOST_BYTES {
            return Err(Errno::Enospc);
        }
        self.tree.reserve(before, after)?;
        self.replace(content, Content::Bytes(bytes));
        Ok(())
    }

    /// Replaces what a file holds, without telling the observer.
    pub(in crate::kernel) fn set_content(&self, new: Content) -> Result<(), Errno> {
        if let Content::Bytes(bytes) = new {
            return self.set_bytes(bytes);
        }
        let Kind::File(content) = &self.node.kind else { return Err(Errno::Eisdir) };
        self.replace(content, new);
        Ok(())
    }

    fn replace(&self, content: &RefCell<Content>, new: Content) {
        let is_program = |content: &Content| matches!(content, Content::Program(_));
        let rearranged = is_program(&content.borrow()) || is_program(&new);
        content.replace(new);
        if rearranged {
            self.tree.rearranged();
        }
    }

    /// Writes `bytes` at `offset` of a file, filling a gap with zeros: as many of them as there is room for, whose number is
    /// returned.
    pub(in crate::kernel) fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        let Kind::File(content) = &self.node.kind else { return Err(Errno::Eisdir) };
        let mut content = content.borrow_mut();
        if let Content::Program(_) = &*content {
            *content = Content::Bytes(Rc::default());
            self.tree.rearranged();
        }
        let Content::Bytes(held) = &mut *content else { return Err(Errno::Einval) };
        let (before, end) = (held.len() as u64, offset.saturating_add(bytes.len() as u64));
        if end > MOST_BYTES {
            return Err(Errno::Enospc);
        }
        let end = end.min(self.tree.largest(before)).max(offset.min(before));
        self.tree.account(before, before.max(end));
        let held = Rc::make_mut(held);
        if held.len() < end as usize {
            held.resize(end as usize, 0);
        }
        let fits = end.saturating_sub(offset) as usize;
        held[end as usize - fits..end as usize].copy_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    pub(in crate::kernel) fn touch(&self, now: Instant) {
        self.node.modified.set(now);
    }

    /// Changes the permissions; EPERM unless `access` is root or the owner.
    pub(in crate::kernel) fn set_mode(self, mode: u32, access: Access) -> Result<(), Errno> {
        self.may_change(access, self.node.owner.get().user)?;
        self.tree.rearranged();
        self.own().node.mode.set(mode & 0o7777);
        Ok(())
    }

    /// Changes the owner; EPERM unless `access` is root.
    pub(in crate::kernel) fn set_owner(self, owner: Owner, access: Access) -> Result<(), Errno> {
        self.may_change(access, 0)?;
        self.tree.rearranged();
        self.own().node.owner.set(owner);
        Ok(())
    }

    fn may_change(&self, access: Access, owner: u32) -> Result<(), Errno> {
        if self.read_only {
            return Err(Errno::Erofs);
        }
        if access.owner.user != 0 && access.owner.user != owner { Err(Errno::Eperm) } else { Ok(()) }
    }

    pub(in crate::kernel) fn announce_written(&self) {
        self.tree.announce_new(&self.path_in_tree(), &self.node);
    }

    /// The lock on a file; EAGAIN if somebody holds it.
    pub(in crate::kernel) fn lock(&self) -> Result<FileLock, Errno> {
        FileLock::take(&self.node).ok_or(Errno::Eagain)
    }

    /// Tells the tree's observer in a few words what the data here are worth now.
    pub fn summarise(&self, text: &str) {
        self.tree.announce(Change::Summarised { path: &self.path_in_tree(), text });
    }

    /// A folder's names, sorted; ENOTDIR for anything else.
    pub fn list(&self, access: Access) -> Result<Vec<Rc<str>>, Errno> {
        if !self.node.is_folder() {
            return Err(Errno::Enotdir);
        }
        self.allows(access, 4)?;
        Ok(self.node.names())
    }
}

impl MountTable {
    /// The file at `path` ready to be written, made with `mode` if it is missing (without telling the observer).
    pub fn find_or_create(&self, path: &str, mode: u32, access: Access) -> Result<Place, Errno> {
        match self.find(path, Follow::Last, access) {
            Ok(place) if place.node.is_folder() => Err(Errno::Eisdir),
            Ok(place) => {
                place.allows(access, 2)?;
                Ok(if place.device().is_some() { place } else { place.own() })
            }
            Err(Errno::Enoent) => {
                self.create(path, Node::file(Content::Bytes(Rc::default()), mode), access, MOST_DANGLING)
            }
            Err(error) => Err(error),
        }
    }

    fn create(&self, path: &str, node: Rc<Node>, access: Access, links: u32) -> Result<Place, Errno> {
        let (parent, name) = self.find_parent(path, access)?;
        if name.is_empty() || name == "." || name == ".." || path.ends_with('/') && !node.is_folder() {
            return Err(if path.is_empty() { Errno::Enoent } else { Errno::Eisdir });
        }
        if let Some(existing) = parent.node.child(name) {
            // Only a dangling link can be here: what it points to is made instead.
            let (Kind::Link(target), Some(links)) = (&existing.kind, links.checked_sub(1)) else {
                return Err(Errno::Eexist);
            };
            let target = absolute(parent.path(), target);
            return self.create(&target, node, access, links);
        }
        parent.allows(access, 2 | 1)?;
        parent.tree.reserve_name()?;
        node.owner.set(access.owner);
        parent.put_child(name, node);
        self.find(&absolute(parent.path(), name), Follow::NotLast, Access::ROOT)
    }

    /// Makes a folder. Errors: EEXIST, and those of the folder above.
    pub fn make_folder(&self, path: &str, mode: u32, access: Access) -> Result<(), Errno> {
        if self.find(path, Follow::NotLast, access).is_ok() {
            return Err(Errno::Eexist);
        }
        let place = self.create(path, Node::folder(mode), access, 0)?;
        place.announce_written();
        Ok(())
    }

    /// Makes a folder and those above it that are missing; nothing happens if it is there.
    pub fn make_folders(&self, path: &str, mode: u32, access: Access) -> Result<(), Errno> {
        let mut done = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            done = format!("{done}/{part}");
            match self.find(&done, Follow::Last, access) {
                Ok(place) if place.node.is_folder() => {}
                Ok(_) => return Err(Errno::Enotdir),
                Err(Errno::Enoent) => self.make_folder(&done, mode, access)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes a symbolic link at `path` that points to `target`.
    pub fn symlink(&self, target: &str, path: &str, access: Access) -> Result<(), Errno> {
        if self.find(path, Follow::NotLast, access).is_ok() {
            return Err(Errno::Eexist);
        }
        self.create(path, Node::new(Kind::Link(target.into()), 0o777), access, 0)?.announce_written();
        Ok(())
    }

    /// Gives the file at `existing` the further name `path`. Errors: EEXIST, EPERM for a folder, EXDEV.
    pub fn hard_link(&self, existing: &str, path: &str, access: Access) -> Result<(), Errno> {
        let found = self.find(existing, Follow::NotLast, access)?.own();
        if found.node.is_folder() {
            return Err(Errno::Eperm);
        }
        if self.find(path, Follow::NotLast, access).is_ok() {
            return Err(Errno::Eexist);
        }
        let (parent, name) = self.find_parent(path, access)?;
        if parent.mount != found.mount {
            return Err(Errno::Exdev);
        }
        parent.allows(access, 2 | 1)?;
        parent.put_child(name, found.node.clone());
        self.find(path, Follow::NotLast, access)?.announce_written();
        Ok(())
    }

    /// Removes a file or a link. Errors: EISDIR for a folder, EBUSY for a mount point.
    pub fn remove_file(&self, path: &str, access: Access) -> Result<(), Errno> {
        let place = self.find(path, Follow::NotLast, access)?;
        if place.node.is_folder() {
            return Err(Errno::Eisdir);
        }
        self.unlink(&place, access)
    }

    /// Removes an empty folder. Errors: ENOTDIR, ENOTEMPTY, EBUSY for a mount point.
    pub fn remove_folder(&self, path: &str, access: Access) -> Result<(), Errno> {
        let place = self.find(path, Follow::NotLast, access)?;
        if !place.node.is_folder() {
            return Err(Errno::Enotdir);
        }
        if self.is_mount_point(place.path()) || place.path() == "/" {
            return Err(Errno::Ebusy);
        }
        if !place.node.names().is_empty() {
            return Err(Errno::Enotempty);
        }
        self.unlink(&place, access)
    }

    /// Removes what is at `path` with everything below it.
    pub fn remove_all(&self, path: &str, access: Access) -> Result<(), Errno> {
        self.remove_below(path, access, DEEPEST)
    }

    fn remove_below(&self, path: &str, access: Access, depth: u32) -> Result<(), Errno> {
        let place = self.find(path, Follow::NotLast, access)?;
        if !place.node.is_folder() {
            return self.unlink(&place, access);
        }
        let depth = depth.checked_sub(1).ok_or(Errno::Eloop)?;
        for name in place.node.names() {
            self.remove_below(&absolute(place.path(), &name), access, depth)?;
        }
        self.remove_folder(path, access)
    }

    fn unlink(&self, place: &Place, access: Access) -> Result<(), Errno> {
        if self.is_mount_point(place.path()) {
            return Err(Errno::Ebusy);
        }
        let (parent, _) = self.find_parent(place.path(), access)?;
        parent.allows(access, 2 | 1)?;
        parent.remove_child(place.name());
        if let Ok(Content::Bytes(bytes)) = place.content() {
            place.tree.account(bytes.len() as u64, 0);
        }
        place.tree.announce(Change::Removed { path: &place.path_in_tree() });
        Ok(())
    }

    /// Renames; what is at `to` is replaced. Errors: EXDEV across mounts, ENOTEMPTY, EISDIR, ENOTDIR, EINVAL (into itself).
    pub fn rename(&self, from: &str, to: &str, access: Access) -> Result<(), Errno> {
        let source = self.find(from, Follow::NotLast, access)?.own();
        let (parent, name) = self.find_parent(to, access)?;
        if self.is_mount_point(source.path()) {
            return Err(Errno::Ebusy);
        }
        let target = absolute(parent.path(), name);
        if target == source.path() {
            return Ok(());
        }
        if target.starts_with(&format!("{}/", source.path())) {
            return Err(Errno::Einval);
        }
        if source.mount != parent.mount {
            return Err(Errno::Exdev);
        }
        if let Some(existing) = parent.node.child(name) {
            match (source.node.is_folder(), existing.is_folder()) {
                (true, false) => return Err(Errno::Enotdir),
                (false, true) => return Err(Errno::Eisdir),
                (true, true) if !existing.names().is_empty() => return Err(Errno::Enotempty),
                _ => {}
            }
        }
        parent.allows(access, 2 | 1)?;
        let (above, _) = self.find_parent(source.path(), access)?;
        above.allows(access, 2 | 1)?;
        above.remove_child(source.name());
        source.tree.announce(Change::Removed { path: &source.path_in_tree() });
        parent.put_child(name, source.node.clone());
        self.find(&target, Follow::NotLast, Access::ROOT)?.announce_written();
        Ok(())
    }
}

/// How many dangling links the making of a file goes through.
const MOST_DANGLING: u32 = 8;

/// `path` as seen from the folder `from`.
pub(in crate::kernel) fn absolute(from: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    format!("{}/{path}", from.trim_end_matches('/'))
}

/// An absolute path without empty, `.` and `..` parts and without a slash at its end; links are not looked at.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::files::Tree;

    fn text(tree: &Tree, path: &str) -> String {
        String::from_utf8(tree.read(path).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn a_layer_hides_and_changes_without_touching_what_is_below() {
        let image = Tree::new();
        image.write("/etc/conf", "default").unwrap();
        image.write("/etc/sub/keep", "k").unwrap();
        let layer = Tree::layered(&image);
        assert_eq!(text(&layer, "/etc/conf"), "default");
        layer.write("/etc/conf", "changed").unwrap();
        layer.remove_all("/etc/sub").unwrap();
        assert_eq!((text(&image, "/etc/conf"), text(&layer, "/etc/conf")), ("default".into(), "changed".into()));
        assert_eq!(layer.list("/etc").unwrap(), ["conf".into()]);
        layer.make_folders("/etc/sub").unwrap();
        assert!(layer.list("/etc/sub").unwrap().is_empty(), "a new folder is opaque");
        assert!(image.exists("/etc/sub/keep"));
        let second = Tree::layered(&layer);
        assert_eq!(text(&second, "/etc/conf"), "changed");
    }

    #[test]
    fn mounts_cover_paths_and_read_only_ones_refuse() {
        let (root, volume) = (Tree::new(), Tree::new());
        volume.write("/in/volume", "v").unwrap();
        let table = MountTable::new(&root);
        table.mount(&volume, "/", "/data", false).unwrap();
        table.mount(&volume, "/in", "/only", true).unwrap();
        assert!(root.exists("/data") && root.exists("/only"), "mount points are made");
        table.find_or_create("/data/new", 0o644, Access::ROOT).unwrap();
        assert!(volume.exists("/new"));
        assert_eq!(table.find_or_create("/only/x", 0o644, Access::ROOT).err(), Some(Errno::Erofs));
        assert_eq!(table.find("/only/volume", Follow::Last, Access::ROOT).unwrap().path_in_tree(), "/in/volume");
        assert_eq!(table.find("/data/in/../../data/new", Follow::Last, Access::ROOT).unwrap().path(), "/data/new");
        assert_eq!(table.rename("/data/new", "/moved", Access::ROOT), Err(Errno::Exdev));
        assert_eq!(table.remove_folder("/data", Access::ROOT), Err(Errno::Ebusy));
    }

    #[test]
    fn links_lead_on_and_loops_end() {
        let tree = Tree::new();
        tree.write("/real/file", "x").unwrap();
        tree.link("/short", "real").unwrap();
        tree.link("/real/up", "../real/file").unwrap();
        tree.link("/loop", "loop").unwrap();
        assert_eq!(text(&tree, "/short/up"), "x");
        assert_eq!(tree.read("/loop").err(), Some(Errno::Eloop));
        tree.link("/dangling", "real/made").unwrap();
        tree.write("/dangling", "y").unwrap();
        assert_eq!(text(&tree, "/real/made"), "y");
    }

    #[test]
    fn limits_faults_and_permissions_are_errors() {
        let small = Tree::tmpfs(Some(4096));
        small.write("/a", "1234").unwrap();
        assert_eq!(small.usage().0, 4096);
        assert_eq!(small.write("/b", "1"), Err(Errno::Enospc));
        let place = small.table().find("/a", Follow::Last, Access::ROOT).unwrap();
        assert_eq!(place.write_at(4, &[0; 5000]), Ok(4092));
        assert_eq!(place.write_at(4096, b"x"), Ok(0));
        small.remove_all("/a").unwrap();
        assert_eq!(small.usage().0, 0);
        let tree = Tree::new();
        tree.set_full(true);
        assert_eq!(tree.write("/b", ""), Err(Errno::Enospc));
        tree.set_full(false);
        tree.make_folders("/private").unwrap();
        let user = Access { owner: Owner { user: 1000, group: 1000 } };
        assert_eq!(tree.table().find_or_create("/private/x", 0o644, user).err(), Some(Errno::Eacces));
        tree.set_owner_and_mode("/private", user.owner, None).unwrap();
        assert!(tree.table().find_or_create("/private/x", 0o644, user).is_ok());
    }

    #[test]
    fn the_observer_learns_of_changes_with_paths_of_its_tree() {
        let (root, volume) = (Tree::new(), Tree::new());
        let seen = Rc::new(RefCell::new(Vec::new()));
        let log = seen.clone();
        volume.observe(Rc::new(move |change: Change<'_>| {
            log.borrow_mut().push(match change {
                Change::Written { path, bytes } => format!("write {path} {}", bytes.len()),
                Change::FolderMade { path } => format!("mkdir {path}"),
                Change::Removed { path } => format!("rm {path}"),
                Change::Summarised { path, text } => format!("summary {path} {text}"),
            });
        }));
        let table = MountTable::new(&root);
        table.mount(&volume, "/", "/v", false).unwrap();
        table.make_folder("/v/d", 0o755, Access::ROOT).unwrap();
        table.find_or_create("/v/d/f", 0o644, Access::ROOT).unwrap().write(Rc::new(vec![1, 2])).unwrap();
        table.rename("/v/d/f", "/v/g", Access::ROOT).unwrap();
        assert_eq!(*seen.borrow(), ["mkdir /d", "write /d/f 2", "rm /d/f", "write /g 2"]);
    }
}
