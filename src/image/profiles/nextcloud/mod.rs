//! Nextcloud: a first boot that copies it into its volume and, where all variables are given, installs it; its status.
//!
//! Sources: the official image (nextcloud/docker: Dockerfile of the variant apache, `docker-entrypoint.sh`); each file names
//! those of its own. The server is [`super::php`]'s. Must not know how a database keeps what it is told.

mod entrypoint;
mod install;
mod occ;
mod pages;
mod settings;

use super::{Profile, curl, php};
use crate::image::base;
use crate::image::definition::{Fidelity, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::Tree;
use crate::kernel::files::Owner;

/// Nextcloud.
pub const PROFILE: Profile = Profile { repositories: &["nextcloud"], title: "Nextcloud", define };

/// The working folder, which is a VOLUME (Dockerfile).
const FOLDER: &str = "/var/www/html";

/// Where the image keeps what it copies (Dockerfile).
const SOURCE: &str = "/usr/src/nextcloud";

/// The owner of its files.
const OWNER: Owner = Owner { user: php::WWW_DATA, group: php::WWW_DATA };

/// Releases with their fourth number, as `version.php` has them (nextcloud.com, "Changelog", November 2025).
const RELEASES: [(u32, &str); 3] = [(32, "32.0.2.2"), (31, "31.0.11.1"), (30, "30.0.17.2")];

const SIMPLIFIED: &[&str] = &[
    "nobody can log in; its pages are their titles",
    "the fourth number of a release is that of one build",
    "its tables in a database are a few of some hundred; SQLite is a file with a name",
    "of occ these are simulated: status, maintenance:install, maintenance:mode, config:system:get and :set of trusted_domains",
    "Redis, hooks, mail and object storage are not looked at; traces behind errors are left out",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    curl::install(&root);
    php::prepare(&root);
    base::folder(&root, FOLDER, OWNER, 0o1777);
    files(&root, &version(reference));
    root.install("/entrypoint.sh", programs::of(entrypoint::entrypoint));
    root.install("/usr/local/bin/apache2-foreground", programs::of(|process| php::foreground(process, pages::answer)));
    root.install("/usr/local/bin/php", programs::of(occ::php));
    let config = php::config("/entrypoint.sh", FOLDER);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

fn files(root: &Tree, version: &str) {
    for name in [
        "index.php",
        "status.php",
        "cron.php",
        "remote.php",
        "console.php",
        "core/index.php",
        "custom_apps/index.php",
        "themes/index.php",
    ] {
        base::write(root, &format!("{SOURCE}/{name}"), "<?php\n");
    }
    let array = version.replace('.', ",");
    let release = version.rsplit_once('.').map_or(version, |(release, _)| release);
    base::write(
        root,
        &format!("{SOURCE}/version.php"),
        &format!("<?php\n$OC_Version = array({array});\n$OC_VersionString = '{release}';\n"),
    );
    root.install(&format!("{SOURCE}/occ"), programs::of(occ::occ));
    base::folder(root, &format!("{SOURCE}/config"), OWNER, 0o755);
    base::folder(root, &format!("{SOURCE}/data"), OWNER, 0o755);
}

/// The release of a tag.
fn version(reference: &Reference) -> String {
    let written = reference.version();
    let major = written.first().copied().unwrap_or(RELEASES[0].0);
    match RELEASES.iter().find(|(known, _)| *known == major).filter(|_| written.len() < 3) {
        Some((_, release)) => (*release).to_string(),
        None => {
            let all: Vec<String> =
                written.iter().map(u32::to_string).chain(["0", "0", "1"].map(String::from)).take(4).collect();
            all.join(".")
        }
    }
}
