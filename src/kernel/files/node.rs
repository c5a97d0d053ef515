//! What a file system consists of: files, folders and symbolic links, each shared by all who hold it.
//!
//! A folder may lie over a read-only one of a lower layer: what it lacks shows through, what was removed is hidden by a
//! whiteout. Must not know paths, mounts or permissions.

use crate::kernel::program::Program;
use crate::kernel::time::Instant;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A special file of `/dev` or `/proc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// `/dev/null`: swallows everything, has nothing.
    Null,
    /// `/dev/zero`: endless zero bytes.
    Zero,
    /// `/dev/full`: no space left.
    Full,
    /// `/dev/random`, `/dev/urandom`: endless bytes, the same in every run.
    Random,
    /// `/dev/stdin`, `/proc/self/fd/N` …: what the process has open under that number.
    Descriptor(u32),
    /// `/proc/1/fd/N`: what process 1 has open under that number.
    DescriptorOfInit(u32),
    /// `/proc/1/cmdline`: the arguments of process 1, each with a zero byte behind it.
    CommandLineOfInit,
    /// `/proc/1/comm`: the name of the program of process 1.
    NameOfInit,
}

/// What a file holds.
#[derive(Clone)]
pub enum Content {
    /// Bytes, shared until one of the holders changes them.
    Bytes(Rc<Vec<u8>>),
    /// A program of the simulation: an executable that is not a script.
    Program(Rc<dyn Program>),
    /// A special file.
    Device(Device),
}

impl Content {
    /// Number of bytes; a program is taken for a link to busybox, as big as that.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Program(_) => 1_131_168,
            Self::Device(_) => 0,
        }
    }
}

/// Who owns a file, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// User; 0 is root.
    pub user: u32,
    /// Group; 0 is root.
    pub group: u32,
}

/// A file, a folder or a symbolic link, whatever names it has.
pub struct Node {
    pub(super) kind: Kind,
    /// Permission bits, as chmod takes them.
    pub(super) mode: Cell<u32>,
    pub(super) owner: Cell<Owner>,
    pub(super) modified: Cell<Instant>,
    /// Whether somebody holds the lock on it.
    pub(super) locked: Cell<bool>,
}

pub(super) enum Kind {
    File(RefCell<Content>),
    Folder(RefCell<Folder>),
    Link(Rc<str>),
}

/// Names and what they stand for. `None` is a whiteout: the lower layer's entry of that name is gone.
#[derive(Default)]
pub(super) struct Folder {
    entries: BTreeMap<Rc<str>, Option<Rc<Node>>>,
    lower: Option<Rc<Node>>,
}

/// An entry of a folder that does not just show through.
pub(super) struct OwnEntry {
    pub name: Rc<str>,
    /// Nothing for a whiteout.
    pub own: Option<Rc<Node>>,
    /// What the lower layer has under the same name.
    pub below: Option<Rc<Node>>,
}

impl Node {
    pub(super) fn new(kind: Kind, mode: u32) -> Rc<Self> {
        let (owner, modified) = (Cell::new(Owner::default()), Cell::new(Instant::START));
        Rc::new(Self { kind, mode: Cell::new(mode), owner, modified, locked: Cell::new(false) })
    }

    pub(super) fn folder(mode: u32) -> Rc<Self> {
        Self::new(Kind::Folder(RefCell::default()), mode)
    }

    pub(super) fn file(content: Content, mode: u32) -> Rc<Self> {
        Self::new(Kind::File(RefCell::new(content)), mode)
    }

    /// A folder through which `lower` shows until something is changed.
    pub(super) fn over(lower: &Rc<Node>) -> Rc<Self> {
        let folder = Folder { entries: BTreeMap::new(), lower: Some(lower.clone()) };
        lower.same_but(Kind::Folder(RefCell::new(folder)))
    }

    fn same_but(&self, kind: Kind) -> Rc<Self> {
        let (mode, owner) = (self.mode.clone(), self.owner.clone());
        Rc::new(Self { kind, mode, owner, modified: self.modified.clone(), locked: Cell::new(false) })
    }

    /// A node of its own with the same content: what copy-up makes.
    pub(super) fn duplicate(self: &Rc<Self>) -> Rc<Self> {
        match &self.kind {
            Kind::File(content) => self.same_but(Kind::File(RefCell::new(content.borrow().clone()))),
            Kind::Folder(_) => Self::over(self),
            Kind::Link(target) => self.same_but(Kind::Link(target.clone())),
        }
    }

    pub(super) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder(_))
    }

    /// What a folder has under `name`. A folder of the lower layer gets a folder above it at once, so that whoever walks
    /// down may also write.
    pub(super) fn child(&self, name: &str) -> Option<Rc<Node>> {
        let Kind::Folder(folder) = &self.kind else { return None };
        let mut folder = folder.borrow_mut();
        if let Some(entry) = folder.entries.get(name) {
            return entry.clone();
        }
        let below = folder.lower.as_ref()?.child(name)?;
        if !below.is_folder() {
            return Some(below);
        }
        let above = Node::over(&below);
        folder.entries.insert(name.into(), Some(above.clone()));
        Some(above)
    }

    /// Like [`Node::child`], for something that will be changed: a file of the lower layer is copied up.
    pub(super) fn own_child(&self, name: &str) -> Option<Rc<Node>> {
        let below = self.child(name)?;
        let Kind::Folder(folder) = &self.kind else { return None };
        let mut folder = folder.borrow_mut();
        if let Some(Some(own)) = folder.entries.get(name) {
            return Some(own.clone());
        }
        let copy = below.duplicate();
        folder.entries.insert(name.into(), Some(copy.clone()));
        Some(copy)
    }

    pub(super) fn put_child(&self, name: &str, node: Rc<Node>) {
        if let Kind::Folder(folder) = &self.kind {
            folder.borrow_mut().entries.insert(name.into(), Some(node));
        }
    }

    pub(super) fn remove_child(&self, name: &str) {
        let Kind::Folder(folder) = &self.kind else { return };
        let mut folder = folder.borrow_mut();
        if folder.lower.as_ref().is_some_and(|lower| lower.child(name).is_some()) {
            folder.entries.insert(name.into(), None);
        } else {
            folder.entries.remove(name);
        }
    }

    /// What a folder has of its own.
    pub(super) fn own_entries(&self) -> Vec<OwnEntry> {
        let Kind::Folder(folder) = &self.kind else { return Vec::new() };
        let folder = folder.borrow();
        let below = |name: &str| folder.lower.as_ref().and_then(|lower| lower.child(name));
        let entry = |(name, own): (&Rc<str>, &Option<Rc<Node>>)| OwnEntry {
            name: name.clone(),
            own: own.clone(),
            below: below(name),
        };
        folder.entries.iter().map(entry).collect()
    }

    /// What it is now, with everything of its own: later changes to one of the two do not show in the other.
    pub(super) fn frozen(&self) -> Rc<Node> {
        let kind = match &self.kind {
            Kind::File(content) => Kind::File(RefCell::new(content.borrow().clone())),
            Kind::Link(target) => Kind::Link(target.clone()),
            Kind::Folder(folder) => {
                let folder = folder.borrow();
                let copy =
                    |(name, own): (&Rc<str>, &Option<Rc<Node>>)| (name.clone(), own.as_ref().map(|own| own.frozen()));
                let entries = folder.entries.iter().map(copy).collect();
                Kind::Folder(RefCell::new(Folder { entries, lower: folder.lower.clone() }))
            }
        };
        self.same_but(kind)
    }

    /// A folder's names, sorted by their bytes.
    pub(super) fn names(&self) -> Vec<Rc<str>> {
        let Kind::Folder(folder) = &self.kind else { return Vec::new() };
        let folder = folder.borrow();
        let below = folder.lower.as_ref().map(|lower| lower.names()).unwrap_or_default();
        let mut names: Vec<Rc<str>> = below.into_iter().filter(|name| !folder.entries.contains_key(name)).collect();
        names.extend(folder.entries.iter().filter(|(_, node)| node.is_some()).map(|(name, _)| name.clone()));
        names.sort_unstable();
        names
    }
}
