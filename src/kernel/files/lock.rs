//! Exclusive locks on files, as `fcntl` and `flock` give them to a whole file. They are advisory: who does not ask is not
//! kept out. Must not know processes: whoever drops the lock, be it because it was killed, gives it back.

use super::node::Node;
use std::rc::Rc;

/// The lock on a file, seen by all who have the file, in whichever container.
pub struct FileLock(Rc<Node>);

impl FileLock {
    /// The lock on `node`, unless somebody holds it.
    pub(super) fn take(node: &Rc<Node>) -> Option<Self> {
        (!node.locked.replace(true)).then(|| Self(node.clone()))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        self.0.locked.set(false);
    }
}
