//! A tree of files: an image's content, a container's writable layer over it, a volume, a tmpfs, a folder of the host.

use super::mounts::{Access, Follow, MountTable};
use super::node::{Content, Device, Kind, Node, Owner};
use super::operations::{FileKind, Stat};
use crate::kernel::errno::Errno;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What memory is given in.
const PAGE: u64 = 4096;

/// Something in a tree has changed. Paths are absolute within the tree.
pub enum Change<'a> {
    /// A file was created, truncated or written, and now holds this.
    Written {
        /// Path in the tree.
        path: &'a str,
        /// What the file holds now.
        bytes: &'a [u8],
    },
    /// A folder was made.
    FolderMade {
        /// Path in the tree.
        path: &'a str,
    },
    /// A file or a folder was removed.
    Removed {
        /// Path in the tree.
        path: &'a str,
    },
    /// Nothing changed: a program says in a few words what the data at `path` are worth now.
    Summarised {
        /// Path in the tree.
        path: &'a str,
        /// The words: `counter 3`.
        text: &'a str,
    },
}

/// Learns of changes in a tree. One tree, one observer, so the observer knows which place it is; which process did it,
/// `Kernel::running` says.
pub trait FileObserver {
    /// Called after the change.
    fn changed(&self, change: Change<'_>);
}

impl<F: Fn(Change<'_>)> FileObserver for F {
    fn changed(&self, change: Change<'_>) {
        self(change);
    }
}

/// A tree of files: a cheap handle, all clones are the same tree.
#[derive(Clone)]
pub struct Tree(Rc<TreeState>);

struct TreeState {
    root: Rc<Node>,
    observer: RefCell<Option<Rc<dyn FileObserver>>>,
    limit: Cell<Option<u64>>,
    used: Cell<u64>,
    full: Cell<bool>,
    /// See [`Tree::rearranged`].
    arrangement: Rc<Cell<u64>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// An empty tree: a root folder with mode 0755 that belongs to root.
    pub fn new() -> Self {
        Self::with_root(Node::folder(0o755))
    }

    /// A writable layer over `lower`: everything in `lower` shows through, changes and removals stay in the new tree.
    /// `lower` must not be changed any more. Layers may be stacked.
    pub fn layered(lower: &Tree) -> Self {
        Self::with_root(Node::over(&lower.0.root))
    }

    /// An empty tmpfs (mode 1777) that holds at most `limit` bytes, rounded up to whole pages.
    pub fn tmpfs(limit: Option<u64>) -> Self {
        let tree = Self::with_root(Node::folder(0o1777));
        tree.0.limit.set(limit.map(|limit| limit.next_multiple_of(PAGE)));
        tree
    }

    /// What is mounted at `/dev` of every container.
    pub fn devices() -> Self {
        thread_local! {
            static DEVICES: Tree = Tree::made_of_devices();
        }
        DEVICES.with(Tree::layered)
    }

    fn made_of_devices() -> Self {
        let tree = Self::new();
        let devices = [
            ("null", Device::Null),
            ("zero", Device::Zero),
            ("full", Device::Full),
            ("random", Device::Random),
            ("urandom", Device::Random),
            ("tty", Device::Descriptor(0)),
            ("stdin", Device::Descriptor(0)),
            ("stdout", Device::Descriptor(1)),
            ("stderr", Device::Descriptor(2)),
        ];
        for (name, device) in devices {
            tree.0.root.put_child(name, Node::file(Content::Device(device), 0o666));
        }
        tree.0.root.put_child("shm", Node::folder(0o1777));
        tree
    }

    /// What is mounted at `/proc`: the file descriptors by number, and a few files that scripts look at.
    pub fn processes() -> Self {
        thread_local! {
            static PROCESSES: Tree = Tree::made_of_processes();
        }
        PROCESSES.with(Tree::layered)
    }

    fn made_of_processes() -> Self {
        let tree = Self::new();
        for number in 0..10 {
            let own = Node::file(Content::Device(Device::Descriptor(number)), 0o666);
            tree.place_new(&format!("/self/fd/{number}"), own);
            let of_init = Node::file(Content::Device(Device::DescriptorOfInit(number)), 0o666);
            tree.place_new(&format!("/1/fd/{number}"), of_init);
        }
        for (path, device) in [("/1/cmdline", Device::CommandLineOfInit), ("/1/comm", Device::NameOfInit)] {
            tree.place_new(path, Node::file(Content::Device(device), 0o444));
        }
        let meminfo = b"MemTotal:        8000000 kB\nMemFree:         6000000 kB\nMemAvailable:    7000000 kB\n";
        tree.place_new("/meminfo", Node::file(Content::Bytes(Rc::new(meminfo.to_vec())), 0o444));
        let load = b"0.00 0.00 0.00 1/100 1\n";
        tree.place_new("/loadavg", Node::file(Content::Bytes(Rc::new(load.to_vec())), 0o444));
        tree
    }

    pub(super) fn with_root(root: Rc<Node>) -> Self {
        Self(Rc::new(TreeState {
            root,
            observer: RefCell::new(None),
            limit: Cell::new(None),
            used: Cell::new(0),
            full: Cell::new(false),
            arrangement: Rc::default(),
        }))
    }

    /// From now on `observer` learns of every change.
    pub fn observe(&self, observer: Rc<dyn FileObserver>) {
        self.0.observer.replace(Some(observer));
    }

    /// While `full`, whatever would need more room fails with ENOSPC.
    pub fn set_full(&self, full: bool) {
        self.0.full.set(full);
    }

    /// How many bytes the files hold that were written since the tree was made, and how many fit (if there is a limit).
    pub fn usage(&self) -> (u64, Option<u64>) {
        (self.0.used.get(), self.0.limit.get())
    }

    /// Whether two handles are the same tree.
    pub fn is_same(&self, other: &Tree) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The same tree seen as the only mount, for reading and writing by path without a process.
    pub fn table(&self) -> MountTable {
        MountTable::new(self)
    }

    /// What the file at `path` holds.
    pub fn read(&self, path: &str) -> Result<Rc<Vec<u8>>, Errno> {
        self.table().find(path, Follow::Last, Access::ROOT)?.read()
    }

    /// The program at `path`, if it is one.
    pub fn program(&self, path: &str) -> Option<Rc<dyn crate::kernel::Program>> {
        match self.table().find(path, Follow::Last, Access::ROOT).ok()?.content().ok()? {
            Content::Program(program) => Some(program),
            Content::Bytes(_) | Content::Device(_) => None,
        }
    }

    /// Writes the file at `path`, making the folders above it.
    pub fn write(&self, path: &str, bytes: impl Into<Vec<u8>>) -> Result<(), Errno> {
        self.make_parents(path)?;
        let table = self.table();
        let place = table.find_or_create(path, 0o644, Access::ROOT)?;
        place.write(Rc::new(bytes.into()))
    }

    /// Puts an executable program at `path`, making the folders above it. Observers do not learn of it.
    pub fn install(&self, path: &str, program: Rc<dyn crate::kernel::Program>) {
        self.place_new(path, Node::file(Content::Program(program), 0o755));
    }

    /// Makes the folder `path` and those above it that are missing.
    pub fn make_folders(&self, path: &str) -> Result<(), Errno> {
        self.table().make_folders(path, 0o755, Access::ROOT)
    }

    /// Makes a symbolic link at `path`, and the folders above it.
    pub fn link(&self, path: &str, target: &str) -> Result<(), Errno> {
        self.make_parents(path)?;
        self.table().symlink(target, path, Access::ROOT)
    }

    /// Changes owner and mode of what is at `path`.
    pub fn set_owner_and_mode(&self, path: &str, owner: Owner, mode: Option<u32>) -> Result<(), Errno> {
        let place = self.table().find(path, Follow::Last, Access::ROOT)?.own();
        self.rearranged();
        place.node.owner.set(owner);
        if let Some(mode) = mode {
            place.node.mode.set(mode);
        }
        Ok(())
    }

    /// Removes what is at `path`, with everything below it.
    pub fn remove_all(&self, path: &str) -> Result<(), Errno> {
        self.table().remove_all(path, Access::ROOT)
    }

    /// Whether something is at `path`.
    pub fn exists(&self, path: &str) -> bool {
        self.stat(path).is_ok()
    }

    /// What is at `path`, following symbolic links.
    pub fn stat(&self, path: &str) -> Result<Stat, Errno> {
        Ok(self.table().find(path, Follow::Last, Access::ROOT)?.stat())
    }

    /// The names in the folder at `path`, sorted.
    pub fn list(&self, path: &str) -> Result<Vec<Rc<str>>, Errno> {
        self.table().find(path, Follow::Last, Access::ROOT)?.list(Access::ROOT)
    }

    /// Everything in the tree but its root, each folder before what is in it, with absolute paths.
    pub fn walk(&self) -> Vec<(Rc<str>, Stat)> {
        let mut found = Vec::new();
        let mut stack = vec![(String::new(), self.0.root.clone())];
        while let Some((path, node)) = stack.pop() {
            if !path.is_empty() {
                found.push((Rc::from(path.as_str()), Stat::of(&node)));
            }
            for name in node.names().iter().rev() {
                if let Some(child) = node.child(name) {
                    stack.push((format!("{path}/{name}"), child));
                }
            }
        }
        found
    }

    /// Copies everything below `from` of `source` (with owners and modes, and those of the folder itself) to the root of
    /// this tree: how an empty volume is filled from an image. Nothing if `from` is not a folder.
    pub fn copy_from(&self, source: &Tree, from: &str) -> Result<(), Errno> {
        let place = source.table().find(from, Follow::Last, Access::ROOT)?;
        if !place.node.is_folder() {
            return Err(Errno::Enotdir);
        }
        self.0.root.mode.set(place.node.mode.get());
        self.0.root.owner.set(place.node.owner.get());
        self.copy_folder(&place.node, &self.0.root, "");
        self.rearranged();
        Ok(())
    }

    fn copy_folder(&self, from: &Rc<Node>, to: &Rc<Node>, path: &str) {
        for name in from.names() {
            let Some(child) = from.child(&name) else { continue };
            let path = format!("{path}/{name}");
            let copy = match &child.kind {
                Kind::Folder(_) => Node::folder(child.mode.get()),
                _ => child.duplicate(),
            };
            copy.owner.set(child.owner.get());
            copy.mode.set(child.mode.get());
            to.put_child(&name, copy.clone());
            if let Kind::File(content) = &copy.kind
                && let Content::Bytes(bytes) = &*content.borrow()
            {
                self.account(0, bytes.len() as u64);
            }
            self.announce_new(&path, &copy);
            self.copy_folder(&child, &copy, &path);
        }
    }

    /// What is found where may be another than before: a name came or went, a program was overwritten, somebody may now do
    /// what they might not, something was mounted below.
    pub(super) fn rearranged(&self) {
        self.0.arrangement.set(self.0.arrangement.get() + 1);
    }

    /// A number that is another after [`Tree::rearranged`]; whoever keeps it need not go through the tree to look.
    pub(super) fn arrangement(&self) -> &Rc<Cell<u64>> {
        &self.0.arrangement
    }

    pub(super) fn root(&self) -> &Rc<Node> {
        &self.0.root
    }

    pub(super) fn announce(&self, change: Change<'_>) {
        let observer = self.0.observer.borrow().clone();
        if let Some(observer) = observer {
            observer.changed(change);
        }
    }

    pub(super) fn announce_new(&self, path: &str, node: &Node) {
        match &node.kind {
            Kind::File(content) => {
                if let Content::Bytes(bytes) = content.borrow().clone() {
                    self.announce(Change::Written { path, bytes: &bytes });
                }
            }
            Kind::Folder(_) => self.announce(Change::FolderMade { path }),
            Kind::Link(target) => self.announce(Change::Written { path, bytes: target.as_bytes() }),
        }
    }

    /// Room for a file that grows from `before` to `after` bytes.
    pub(super) fn reserve(&self, before: u64, after: u64) -> Result<(), Errno> {
        if after > before && after > self.largest(before) {
            return Err(Errno::Enospc);
        }
        self.account(before, after);
        Ok(())
    }

    /// How many bytes a file that holds `before` bytes could come to hold.
    pub(super) fn largest(&self, before: u64) -> u64 {
        match self.0.limit.get() {
            _ if self.0.full.get() => before,
            Some(limit) => self.occupied(before) + limit.saturating_sub(self.0.used.get()),
            None => u64::MAX,
        }
    }

    /// What a file takes: where room is limited, that is memory, which is given page by page (Linux, mm/shmem.c).
    fn occupied(&self, bytes: u64) -> u64 {
        if self.0.limit.get().is_some() { bytes.next_multiple_of(PAGE) } else { bytes }
    }

    /// Room for one more name.
    pub(super) fn reserve_name(&self) -> Result<(), Errno> {
        if self.0.full.get() { Err(Errno::Enospc) } else { Ok(()) }
    }

    pub(super) fn account(&self, before: u64, after: u64) {
        let (before, after) = (self.occupied(before), self.occupied(after));
        self.0.used.set(self.0.used.get().saturating_add(after).saturating_sub(before));
    }

    fn make_parents(&self, path: &str) -> Result<(), Errno> {
        match path.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => self.make_folders(parent),
            _ => Ok(()),
        }
    }

    fn place_new(&self, path: &str, node: Rc<Node>) {
        let mut folder = self.0.root.clone();
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        for part in parents.split('/').filter(|part| !part.is_empty()) {
            folder = folder.own_child(part).filter(|child| child.is_folder()).unwrap_or_else(|| {
                let made = Node::folder(0o755);
                folder.put_child(part, made.clone());
                made
            });
        }
        folder.put_child(name, node);
        self.rearranged();
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.walk().into_iter().map(|(path, stat)| match stat.kind {
            FileKind::Folder => format!("{path}/"),
            _ => path.to_string(),
        });
        formatter.debug_list().entries(shown).finish()
    }
}
