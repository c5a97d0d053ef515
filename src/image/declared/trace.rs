//! The trace that a guess leaves in an image: a file that says that what lies here is not known. Below a folder that holds it
//! any program, and any file a program is asked to run, may be there.

use crate::kernel::{Process, Tree};

/// The file's name.
pub const NAME: &str = "drydock-guess.txt";

/// The file's content.
pub const TEXT: &str = "Nobody knows what the build puts here; what would lie here is guessed.\n";

/// Leaves the trace in a folder of an image.
pub fn leave(root: &Tree, folder: &str) {
    // Where a file is in the folder's place there is nothing to be said.
    let _ = root.make_folders(folder);
    let _ = root.write(&format!("{}/{NAME}", folder.trim_end_matches('/')), TEXT);
}

/// Leaves it in the working folder of a process.
pub(super) async fn leave_here(process: &Process) {
    // A folder that cannot be written to holds nothing new.
    let _ = process.write_file(NAME, TEXT.as_bytes()).await;
}

/// Whether a folder above an absolute path holds the trace; `exists` tells of a file whether it is there.
pub fn is_above(path: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if exists(&format!("{above}/{NAME}")) {
            return true;
        }
        folder = above;
    }
    false
}
