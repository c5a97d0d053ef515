//! What images are built upon: BusyBox, Alpine, Debian, as far as programs can tell them apart.

use super::profiles::linux::package_manager;
use crate::kernel::Tree;
use crate::kernel::files::Owner;

/// PATH of Debian's and Alpine's images.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The root of a BusyBox image: everything in `/bin`.
pub fn busybox() -> Tree {
    let root = skeleton();
    applets(&root, "/bin", &[]);
    root
}

/// The root of an Alpine image: BusyBox, and `apk`.
pub fn alpine() -> Tree {
    let root = skeleton();
    applets(&root, "/bin", &["httpd"]);
    package_manager(&root, "/sbin/apk");
    write(
        &root,
        "/etc/os-release",
        "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME=\"Alpine Linux v3.22\"\n",
    );
    root
}

/// The root of a slim Debian image: a shell and the core utilities; neither curl nor wget nor nc.
pub fn debian() -> Tree {
    let root = skeleton();
    applets(&root, "/usr/bin", &["httpd", "wget", "nc", "vi", "ping", "nslookup", "netstat", "ps", "busybox"]);
    for (name, program) in crate::shell::coreutils() {
        root.install(&format!("/usr/bin/{name}"), program);
    }
    package_manager(&root, "/usr/bin/apt-get");
    package_manager(&root, "/usr/bin/apt");
    for shell in ["sh", "bash", "dash"] {
        if let Some(program) = root.program("/usr/bin/sh") {
            root.install(&format!("/bin/{shell}"), program);
        }
    }
    write(
        &root,
        "/etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n",
    );
    root
}

/// Adds `wget` to an image that lacks it.
pub fn install_wget(root: &Tree) {
    if let Some((_, program)) = crate::shell::applets().into_iter().find(|(name, _)| *name == "wget") {
        root.install("/usr/bin/wget", program);
    }
}

/// Adds what images built on `buildpack-deps` have, as the full ones of languages are: `curl` and `wget` (its Dockerfile).
pub fn install_downloaders(root: &Tree) {
    super::profiles::curl::install(root);
    install_wget(root);
}

/// Folders and files every image has.
fn skeleton() -> Tree {
    let root = Tree::new();
    for path in ["/bin", "/etc", "/home", "/root", "/usr/bin", "/usr/local/bin", "/var/lib", "/var/run", "/run"] {
        folder(&root, path, Owner::default(), 0o755);
    }
    folder(&root, "/tmp", Owner::default(), 0o1777);
    write(&root, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n");
    write(&root, "/etc/group", "root:x:0:\nnobody:x:65534:\n");
    root
}

/// Puts the small shell and its programs into `folder`, but for those in `without`.
fn applets(root: &Tree, folder: &str, without: &[&str]) {
    for (name, program) in crate::shell::applets() {
        if !without.contains(&name) {
            root.install(&format!("{folder}/{name}"), program);
        }
    }
}

/// Writes a file of an image; the tree is new, so nothing can be in the way.
pub fn write(root: &Tree, path: &str, text: &str) {
    let _ = root.write(path, text);
}

/// Makes a folder of an image.
pub fn folder(root: &Tree, path: &str, owner: Owner, mode: u32) {
    let _ = root.make_folders(path);
    let _ = root.set_owner_and_mode(path, owner, Some(mode));
}

/// Adds a user with a group of the same name and number.
pub fn add_user(root: &Tree, name: &str, number: u32, home: &str) {
    let add = |path: &str, line: String| {
        let mut text = root.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        text.push_str(&line);
        write(root, path, &text);
    };
    add("/etc/passwd", format!("{name}:x:{number}:{number}::{home}:/bin/sh\n"));
    add("/etc/group", format!("{name}:x:{number}:\n"));
}
