//! The mount table: which tree a path leads into, across symbolic links and `..`.

use super::node::{Content, Kind, Node, Owner};
use super::tree::Tree;
use crate::kernel::errno::Errno;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How many symbolic links one path may lead through.
const MOST_LINKS: u32 = 40;

/// Whether the last component of a path is followed if it is a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Yes, like open and stat.
    Last,
    /// No, like lstat and unlink.
    NotLast,
}

/// On whose behalf files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// User and group.
    pub owner: Owner,
}

impl Access {
    /// Root may do everything.
    pub const ROOT: Self = Self { owner: Owner { user: 0, group: 0 } };

    /// Whether all of `wanted` (4 read, 2 write, 1 execute or search) is allowed on `node`.
    pub(super) fn allows(self, node: &Node, wanted: u32) -> bool {
        let (mode, owner) = (node.mode.get(), node.owner.get());
        if self.owner.user == 0 {
            return wanted & 1 == 0 || node.is_folder() || mode & 0o111 != 0;
        }
        let shift = if owner.user == self.owner.user {
            6
        } else if owner.group == self.owner.group {
            3
        } else {
            0
        };
        (mode >> shift) & wanted == wanted
    }
}

/// What is mounted where, as the processes of a mount namespace see it. Clones are the same table.
#[derive(Clone)]
pub struct MountTable(Rc<Mounts>);

struct Mounts {
    list: RefCell<Vec<Mount>>,
    /// Whether a path has led into something that is mounted, since [`MountTable::within_root`] last began to watch.
    left_root: Cell<bool>,
}

/// How what lies directly in a mount table's root is arranged at a moment: while it stays so, the same path leads to the same.
#[derive(Clone, Debug)]
pub struct Arrangement {
    changes: Rc<Cell<u64>>,
    seen: u64,
}

impl Arrangement {
    /// Whether it is still so.
    pub fn holds(&self) -> bool {
        self.changes.get() == self.seen
    }
}

#[derive(Clone)]
pub(super) struct Mount {
    destination: Rc<str>,
    tree: Tree,
    root: Rc<Node>,
    prefix: Rc<str>,
    read_only: bool,
}

/// Where a path leads.
#[derive(Clone)]
pub struct Place {
    pub(super) tree: Tree,
    pub(super) node: Rc<Node>,
    pub(super) parent: Option<Rc<Node>>,
    pub(super) read_only: bool,
    pub(super) mount: usize,
    prefix: Rc<str>,
    mounted_at: usize,
    path: String,
}

impl Place {
    /// The absolute path without symbolic links, as the mount namespace sees it.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// The path within the tree that holds it.
    pub(super) fn path_in_tree(&self) -> String {
        format!("{}{}", self.prefix, &self.path[self.mounted_at..])
    }

    pub(super) fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(_, name)| name)
    }

    /// The tree that holds it.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What it is, for comparing whether two paths lead to the same.
    pub fn is_same(&self, other: &Place) -> bool {
        Rc::ptr_eq(&self.node, &other.node)
    }

    /// The same place ready to be changed: a file of a lower layer is copied up first.
    pub(super) fn own(mut self) -> Self {
        if let Some(own) = self.parent.as_ref().and_then(|parent| parent.own_child(self.name())) {
            self.node = own;
        }
        self
    }

    pub(super) fn put_child(&self, name: &str, node: Rc<Node>) {
        self.node.put_child(name, node);
        self.tree.rearranged();
    }

    pub(super) fn remove_child(&self, name: &str) {
        self.node.remove_child(name);
        self.tree.rearranged();
    }

    fn enter(&mut self, at: usize, mount: &Mount) {
        self.tree = mount.tree.clone();
        self.node = mount.root.clone();
        self.parent = None;
        self.read_only = mount.read_only;
        self.mount = at;
        self.prefix = mount.prefix.clone();
        self.mounted_at = self.path.len();
    }
}

impl MountTable {
    /// A table with `root` mounted at `/`, writable.
    pub fn new(root: &Tree) -> Self {
        let root = Mount {
            destination: "".into(),
            tree: root.clone(),
            root: root.root().clone(),
            prefix: "".into(),
            read_only: false,
        };
        let list = RefCell::new(vec![root]);
        Self(Rc::new(Mounts { list, left_root: Cell::new(false) }))
    }

    /// How the root is arranged now.
    pub fn arrangement(&self) -> Arrangement {
        let changes = self.0.list.borrow()[0].tree.arrangement().clone();
        Arrangement { seen: changes.get(), changes }
    }

    /// What `look` finds, and whether all it looked at lies in the root and in nothing that is mounted below it.
    pub(in crate::kernel) fn within_root<T>(&self, look: impl FnOnce() -> T) -> (T, bool) {
        self.0.left_root.set(false);
        let found = look();
        (found, !self.0.left_root.get())
    }

    /// Makes the root read-only (or writable again).
    pub fn set_root_read_only(&self, read_only: bool) {
        self.0.list.borrow_mut()[0].read_only = read_only;
    }

    /// Mounts what `source` of `tree` is (a folder, or one file) at `destination`; over what was there. A missing
    /// mount point is made first, in the tree that holds it and even if that is read-only, as runc does.
    /// Errors: ENOENT if `source` is missing, ENOTDIR if one is a folder and the other is not.
    pub fn mount(&self, tree: &Tree, source: &str, destination: &str, read_only: bool) -> Result<(), Errno> {
        let found = MountTable::new(tree).find(source, Follow::Last, Access::ROOT)?;
        let point = self.mount_point(destination, found.node.is_folder())?;
        if point.node.is_folder() != found.node.is_folder() {
            return Err(Errno::Enotdir);
        }
        let prefix = if found.path() == "/" { "".into() } else { found.path().into() };
        let mount =
            Mount { destination: point.path.as_str().into(), tree: tree.clone(), root: found.node, prefix, read_only };
        let mut mounts = self.0.list.borrow_mut();
        mounts[0].tree.rearranged();
        match mounts.iter_mut().find(|known| known.destination == mount.destination) {
            Some(known) => *known = mount,
            None => mounts.push(mount),
        }
        Ok(())
    }

    fn mount_point(&self, destination: &str, folder: bool) -> Result<Place, Errno> {
        if let Ok(place) = self.find(destination, Follow::Last, Access::ROOT) {
            return Ok(place);
        }
        let above = destination.trim_end_matches('/').rsplit_once('/').map_or("", |(above, _)| above);
        self.make_anyway(if folder { destination } else { above })?;
        if !folder {
            let parent = self.find(above, Follow::Last, Access::ROOT)?;
            let name = destination.rsplit('/').next().unwrap_or_default();
            parent.put_child(name, Node::file(Content::Bytes(Rc::default()), 0o644));
        }
        self.find(destination, Follow::Last, Access::ROOT)
    }

    /// Makes the folder `path` and those above it, also on read-only mounts.
    fn make_anyway(&self, path: &str) -> Result<(), Errno> {
        let mut done = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let above = self.find(&done, Follow::Last, Access::ROOT)?;
            done = format!("{done}/{part}");
            if self.find(&done, Follow::Last, Access::ROOT).is_err() {
                above.put_child(part, Node::folder(0o755));
                let made = self.find(&done, Follow::Last, Access::ROOT)?;
                made.tree.announce_new(&made.path_in_tree(), &made.node);
            }
        }
        Ok(())
    }

    /// Where `path` (absolute) leads. Errors: ENOENT, ENOTDIR, ELOOP, EACCES.
    pub fn find(&self, path: &str, follow: Follow, access: Access) -> Result<Place, Errno> {
        let mut links = MOST_LINKS;
        let mut root = self.root();
        root.path.reserve(path.len() + 1);
        let place = self.walk(root, path, follow, access, &mut links)?;
        if path.len() > 1 && path.ends_with('/') && !place.node.is_folder() {
            return Err(Errno::Enotdir);
        }
        Ok(place)
    }

    /// The folder that holds, or would hold, the last component of `path`, and that component.
    pub(super) fn find_parent<'a>(&self, path: &'a str, access: Access) -> Result<(Place, &'a str), Errno> {
        let trimmed = path.trim_end_matches('/');
        let (above, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        let place = self.find(if above.is_empty() { "/" } else { above }, Follow::Last, access)?;
        if !place.node.is_folder() {
            return Err(Errno::Enotdir);
        }
        Ok((place, name))
    }

    fn root(&self) -> Place {
        let mounts = self.0.list.borrow();
        let root = &mounts[0];
        Place {
            tree: root.tree.clone(),
            node: root.root.clone(),
            parent: None,
            read_only: root.read_only,
            mount: 0,
            prefix: root.prefix.clone(),
            mounted_at: 0,
            path: String::new(),
        }
    }

    fn walk(&self, mut at: Place, path: &str, follow: Follow, access: Access, links: &mut u32) -> Result<Place, Errno> {
        let mut rest = path;
        loop {
            rest = rest.trim_start_matches('/');
            if rest.is_empty() {
                return Ok(at);
            }
            let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
            rest = after;
            if part == "." {
                continue;
            }
            if !at.node.is_folder() {
                return Err(Errno::Enotdir);
            }
            if !access.allows(&at.node, 1) {
                return Err(Errno::Eacces);
            }
            if part == ".." {
                at = self.above(&at, access, links)?;
                continue;
            }
            let before = at.path.len();
            let folder = at.node.clone();
            self.step(&mut at, part)?;
            let Kind::Link(target) = &at.node.kind else { continue };
            if follow == Follow::NotLast && rest.trim_start_matches('/').is_empty() {
                return Ok(at);
            }
            *links = links.checked_sub(1).ok_or(Errno::Eloop)?;
            let target = target.clone();
            let start = if target.starts_with('/') {
                self.root()
            } else {
                at.path.truncate(before);
                at.parent = None;
                at.node = folder;
                self.find_canonical(&at.path, access, links)?
            };
            at = self.walk(start, &target, Follow::Last, access, links)?;
        }
    }

    fn above(&self, at: &Place, access: Access, links: &mut u32) -> Result<Place, Errno> {
        let above = at.path.rsplit_once('/').map_or("", |(above, _)| above);
        self.find_canonical(above, access, links)
    }

    fn find_canonical(&self, path: &str, access: Access, links: &mut u32) -> Result<Place, Errno> {
        self.walk(self.root(), path, Follow::Last, access, links)
    }

    fn step(&self, at: &mut Place, part: &str) -> Result<(), Errno> {
        at.path.push('/');
        at.path.push_str(part);
        let mounts = self.0.list.borrow();
        if mounts.len() > 1
            && let Some((index, mount)) =
                mounts.iter().enumerate().skip(1).find(|(_, mount)| *mount.destination == *at.path)
        {
            at.enter(index, mount);
            self.0.left_root.set(true);
            return Ok(());
        }
        let child = at.node.child(part).ok_or(Errno::Enoent)?;
        at.parent = Some(std::mem::replace(&mut at.node, child));
        Ok(())
    }

    /// Whether something is mounted at exactly this canonical path.
    pub(super) fn is_mount_point(&self, path: &str) -> bool {
        self.0.list.borrow().iter().any(|mount| *mount.destination == *path)
    }

    /// What is mounted, in the order of mounting: destination, whether it can be written.
    pub fn list(&self) -> Vec<(Rc<str>, bool)> {
        let mounts = self.0.list.borrow();
        let shown = |mount: &Mount| if mount.destination.is_empty() { "/".into() } else { mount.destination.clone() };
        mounts.iter().map(|mount| (shown(mount), !mount.read_only)).collect()
    }
}
