//! WordPress: files that are copied into its volume once, settings that are read from the environment at each request, and
//! all the rest in the database.
//!
//! Sources: the official image (docker-library/wordpress: Dockerfile, `docker-entrypoint.sh`, `wp-config-docker.php`); each
//! file names those of its own. The server is [`super::php`]'s. Must not know how MySQL keeps what it is told.

mod entrypoint;
mod install;
mod pages;
mod settings;

use super::{Profile, curl, php};
use crate::image::base;
use crate::image::definition::{Fidelity, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::Tree;
use crate::kernel::files::Owner;

/// WordPress.
pub const PROFILE: Profile = Profile { repositories: &["wordpress"], title: "WordPress", define };

/// The working folder, which is a VOLUME (Dockerfile).
const FOLDER: &str = "/var/www/html";

/// The owner of its files (`chown www-data`, `tar --owner`).
const OWNER: Owner = Owner { user: php::WWW_DATA, group: php::WWW_DATA };

/// Where the image keeps what it copies (Dockerfile).
const SOURCE: &str = "/usr/src/wordpress";

/// The newest release in November 2025 (wordpress.org, "Releases").
const NEWEST: &str = "6.8.3";

/// What the Dockerfile writes.
const HTACCESS: &str = "# BEGIN WordPress

RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]

# END WordPress
";

const SIMPLIFIED: &[&str] = &[
    "its pages are their titles and posts; themes, plugins, logging in and the REST interface are not simulated",
    "its programs are files without content; what they do is known here",
    "its tables have the columns that matter",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    curl::install(&root);
    php::prepare(&root);
    base::folder(&root, FOLDER, OWNER, 0o1777);
    for name in ["", "/cache", "/plugins", "/themes"] {
        base::folder(&root, &format!("{FOLDER}/wp-content{name}"), OWNER, 0o1777);
    }
    files(&root, &version(reference));
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint::entrypoint));
    root.install("/usr/local/bin/apache2-foreground", programs::of(|process| php::foreground(process, pages::answer)));
    let config = php::config("docker-entrypoint.sh", FOLDER);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// What is in the image's folder: names that matter, and the file that reads the environment.
fn files(root: &Tree, version: &str) {
    let names =
        ["index.php", "wp-login.php", "wp-load.php", "wp-settings.php", "wp-admin/install.php", "wp-admin/index.php"];
    for name in names {
        base::write(root, &format!("{SOURCE}/{name}"), "<?php\n");
    }
    for name in [
        "wp-admin/setup-config.php",
        "wp-content/index.php",
        "wp-content/themes/index.php",
        "wp-content/plugins/index.php",
        "wp-content/plugins/akismet/akismet.php",
        "wp-content/themes/twentytwentyfive/functions.php",
    ] {
        base::write(root, &format!("{SOURCE}/{name}"), "<?php\n");
    }
    base::write(root, &format!("{SOURCE}/wp-includes/version.php"), &format!("<?php\n$wp_version = '{version}';\n"));
    base::write(root, &format!("{SOURCE}/license.txt"), "WordPress - Web publishing software\n");
    base::write(root, &format!("{SOURCE}/wp-config-docker.php"), settings::FILE);
    base::write(root, &format!("{SOURCE}/.htaccess"), HTACCESS);
}

fn version(reference: &Reference) -> String {
    let written = reference.version();
    match written.len() {
        0 | 1 => NEWEST.to_string(),
        _ => written.iter().map(u32::to_string).collect::<Vec<_>>().join("."),
    }
}
