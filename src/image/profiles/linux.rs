//! Images with a shell and nothing that runs by itself: busybox, alpine, debian, ubuntu.
//!
//! Sources: BusyBox as in the conformance recordings (1.35.0, `PATH=/bin`, `CMD ["sh"]`, no other settings); the official
//! images' settings.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::{ExitCode, Tree};
use std::time::Duration;

/// BusyBox.
pub const BUSYBOX: Profile = Profile { repositories: &["busybox"], title: "BusyBox", define: busybox };
/// Alpine Linux.
pub const ALPINE: Profile = Profile { repositories: &["alpine"], title: "Alpine Linux", define: alpine };
/// Debian.
pub const DEBIAN: Profile = Profile { repositories: &["debian"], title: "Debian", define: debian };
/// Ubuntu.
pub const UBUNTU: Profile = Profile { repositories: &["ubuntu"], title: "Ubuntu", define: debian };

const SIMPLIFIED: &[&str] = &["only everyday programs are there", "package managers install nothing"];

fn busybox(reference: &Reference) -> ImageDefinition {
    image(reference, base::busybox(), "/bin", "sh")
}

fn alpine(reference: &Reference) -> ImageDefinition {
    image(reference, base::alpine(), base::PATH, "/bin/sh")
}

fn debian(reference: &Reference) -> ImageDefinition {
    let shell = if reference.repository == "ubuntu" { "/bin/bash" } else { "bash" };
    image(reference, base::debian(), base::PATH, shell)
}

fn image(reference: &Reference, root: Tree, path: &str, shell: &str) -> ImageDefinition {
    let mut config = ImageConfig { cmd: vec![shell.into()], working_dir: "/".into(), ..ImageConfig::default() };
    config.set_variable("PATH", path);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// A package manager that says what it would install, and takes a while (about 3 s a package in CI logs).
pub fn package_manager(root: &Tree, path: &str) {
    let program = programs::of(|process| async move {
        let words = process.args();
        let packages: Vec<&str> =
            words.iter().skip(2).map(|word| &**word).filter(|word| !word.starts_with('-')).collect();
        process.sleep(Duration::from_secs(3)).await;
        let what = if packages.is_empty() {
            "nothing to do".to_string()
        } else {
            format!("{}: not simulated, taken as installed", packages.join(" "))
        };
        process.print(format!("{}: {what}\n", words.first().map_or("", |word| word))).await;
        ExitCode::SUCCESS
    });
    root.install(path, program);
}
