//! What a tree has of its own over the layer below it: which paths differ, and how much its own files hold. Must not know what
//! layers are for.

use super::node::{Kind, Node, OwnEntry};
use super::tree::Tree;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How a path differs from the layer below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the tree has it.
    Added,
    /// Both have it; content, owner, mode or something inside differ.
    Changed,
    /// Only the layer below has it.
    Removed,
}

impl Tree {
    /// The paths that differ from the layer below, each folder before what is in it, sorted.
    pub fn differences(&self) -> Vec<(Difference, String)> {
        let mut found = Vec::new();
        compare(self.root(), "", &mut found);
        found
    }

    /// The tree as it is now, over the same layer: what an image is made of that is taken from a container.
    pub fn frozen(&self) -> Tree {
        Tree::with_root(self.root().frozen())
    }

    /// How many bytes its own files and links hold: not what shows through, a file with two names once, folders nothing.
    pub fn own_bytes(&self) -> u64 {
        bytes(self.root(), &mut BTreeSet::new())
    }
}

fn compare(folder: &Node, path: &str, found: &mut Vec<(Difference, String)>) {
    for OwnEntry { name, own, below } in folder.own_entries() {
        let path = format!("{path}/{name}");
        match (own, below) {
            (None, Some(_)) => found.push((Difference::Removed, path)),
            (None, None) => {}
            (Some(own), Some(below)) if own.is_folder() && below.is_folder() => {
                let before = found.len();
                compare(&own, &path, found);
                if found.len() > before || !is_alike(&own, &below) {
                    found.insert(before, (Difference::Changed, path));
                }
            }
            (Some(own), below) => {
                let difference = if below.is_some() { Difference::Changed } else { Difference::Added };
                found.push((difference, path.clone()));
                compare(&own, &path, found);
            }
        }
    }
}

fn is_alike(own: &Node, below: &Node) -> bool {
    own.mode.get() == below.mode.get() && own.owner.get() == below.owner.get()
}

fn bytes(folder: &Node, seen: &mut BTreeSet<*const Node>) -> u64 {
    let mut total = 0;
    for own in folder.own_entries().into_iter().filter_map(|entry| entry.own) {
        total += match &own.kind {
            Kind::Folder(_) => bytes(&own, seen),
            Kind::File(content) if seen.insert(Rc::as_ptr(&own)) => content.borrow().size(),
            Kind::File(_) => 0,
            Kind::Link(target) => target.len() as u64,
        };
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_knows_what_is_its_own() {
        let below = Tree::new();
        below.write("/etc/passwd", "root").unwrap();
        below.write("/etc/gone", "gone").unwrap();
        below.make_folders("/tmp/kept").unwrap();
        let layer = Tree::layered(&below);
        assert_eq!((layer.differences(), layer.own_bytes()), (Vec::new(), 0));
        layer.write("/etc/passwd", "root and more").unwrap();
        layer.remove_all("/etc/gone").unwrap();
        layer.write("/new/file", "12345").unwrap();
        layer.walk();
        let found: Vec<String> = layer.differences().iter().map(|(kind, path)| format!("{kind:?} {path}")).collect();
        assert_eq!(
            found,
            ["Changed /etc", "Removed /etc/gone", "Changed /etc/passwd", "Added /new", "Added /new/file"]
        );
        assert_eq!(layer.own_bytes(), 13 + 5);
        assert_eq!(below.own_bytes(), 8);
        let frozen = layer.frozen();
        layer.write("/new/file", "changed").unwrap();
        assert_eq!((**frozen.read("/new/file").unwrap()).to_vec(), b"12345");
        assert_eq!(frozen.differences(), layer.differences());
    }
}
