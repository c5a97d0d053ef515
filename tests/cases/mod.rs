//! The files of a loader case as a project's folder.

use std::collections::BTreeMap;
use std::path::Path;

/// The files of a project, by relative path.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// The project's files of a case: all but those that tell what is expected.
pub fn read_folder(root: &Path) -> Folder {
    let mut files = Folder::new();
    read_below(root, "", &mut files);
    files
}

fn read_below(root: &Path, below: &str, files: &mut Folder) {
    for entry in std::fs::read_dir(root.join(below)).expect("a readable folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            read_below(root, &path, files);
        } else if !matches!(path.as_str(), "case.json" | "expected.json") {
            files.insert(path, std::fs::read(entry.path()).expect("a readable file"));
        }
    }
}
