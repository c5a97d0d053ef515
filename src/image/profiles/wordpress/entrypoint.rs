//! `docker-entrypoint.sh`: copies WordPress where there is none, and `wp-config.php` where variables are given.
//!
//! Source: docker-library/wordpress, `docker-entrypoint.sh` (texts, order, lines as of its last change). It looks at files
//! alone: a volume with WordPress in it keeps its release, whatever the image's is; a `wp-config.php` that is there stays as it
//! is, and so do a `.htaccess`, plugins and themes. From memory: `tar`'s words for a file it cannot make.

use super::{FOLDER, OWNER, SOURCE};
use crate::image::programs;
use crate::kernel::{Errno, ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// Copying some 3000 files. Typical of a laptop; 0.5 to 5 s.
const COPYING: Duration = Duration::from_millis(900);

/// Its own start. Typical; 50 to 300 ms.
const LAUNCH: Duration = Duration::from_millis(150);

/// Where the script runs `exec "$@"`.
const EXEC_LINE: u32 = 102;

/// Where it writes `wp-config.php`.
const CONFIG_LINE: u32 = 90;

/// Folders whose parts are left out where they are already.
const PLUGGABLE: [&str; 2] = ["wp-content/plugins", "wp-content/themes"];

/// The entrypoint.
pub async fn entrypoint(process: Process) -> ExitCode {
    let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if command.first().is_some_and(|word| word.starts_with("apache2") || &**word == "php-fpm") {
        process.sleep(LAUNCH).await;
        if let Err(text) = prepare(&process).await {
            process.complain(text).await;
            return ExitCode::FAILURE;
        }
    }
    programs::exec_from_bash(&process, &command, "/usr/local/bin/docker-entrypoint.sh", EXEC_LINE).await
}

async fn prepare(process: &Process) -> Result<(), String> {
    let is_there = |name: &str| process.stat(name).is_ok();
    if !is_there("index.php") && !is_there("wp-includes/version.php") {
        process.complain(format!("WordPress not found in {} - copying now...\n", process.folder())).await;
        let others = process.list(".").unwrap_or_default();
        if others.iter().any(|name| &**name != "wp-content") {
            process.complain(format!("WARNING: {} is not empty! (copying anyhow)\n", process.folder())).await;
        }
        let kept = kept(process);
        for path in &kept {
            let text = format!("WARNING: '{}/{path}' exists! (not copying the WordPress version)\n", process.folder());
            process.complain(text).await;
        }
        process.sleep(COPYING).await;
        copy(process, SOURCE, ".", &kept).map_err(|(path, error)| {
            format!(
                "tar: {path}: Cannot open: {}\ntar: Exiting with failure status due to previous errors\n",
                error.message()
            )
        })?;
        process.complain(format!("Complete! WordPress has been successfully copied to {}\n", process.folder())).await;
        process.summarise(FOLDER, "WordPress");
    }
    configure(process).await
}

/// What the volume has already and may have newer than the image: `.htaccess`, plugins, themes.
fn kept(process: &Process) -> Vec<String> {
    let parts = PLUGGABLE.iter().flat_map(|folder| {
        let names = process.list(&format!("{SOURCE}/{folder}")).unwrap_or_default();
        names.into_iter().map(move |name| format!("{folder}/{name}"))
    });
    let is_folder = |path: &String| process.stat(&format!("{SOURCE}/{path}")).is_ok_and(|stat| stat.is_folder());
    let all = [".htaccess".to_string()].into_iter().chain(parts.filter(is_folder));
    all.filter(|path| process.stat(path).is_ok()).collect()
}

/// Copies a folder with all that is in it, for the server's user; the error, and the path it is about.
fn copy(process: &Process, from: &str, to: &str, kept: &[String]) -> Result<(), (String, Errno)> {
    for name in process.list(from).unwrap_or_default() {
        let (source, target) = (format!("{from}/{name}"), format!("{to}/{name}"));
        if kept.iter().any(|path| format!("./{path}") == target) {
            continue;
        }
        let about = |error| (target.clone(), error);
        if process.stat(&source).is_ok_and(|stat| stat.is_folder()) {
            process.make_folders(&target).map_err(about)?;
            copy(process, &source, &target, kept)?;
        } else {
            process.copy_file(&source, &target).map_err(about)?;
        }
        give(process, &target);
    }
    Ok(())
}

/// Gives a file to the server's user. Who is not root owns it already.
fn give(process: &Process, path: &str) {
    let _ = process.set_owner(path, OWNER);
}

/// Makes `wp-config.php` when there is none and any variable of WordPress is set.
async fn configure(process: &Process) -> Result<(), String> {
    let environment = process.environment();
    let mut names: Vec<&str> =
        environment.iter().map(|(name, _)| &**name).filter(|name| name.starts_with("WORDPRESS_")).collect();
    names.sort_unstable();
    let is_there = process.read_file("wp-config.php").is_ok_and(|bytes| !bytes.is_empty());
    if is_there || names.is_empty() {
        return Ok(());
    }
    let own = format!("{SOURCE}/wp-config-docker.php");
    let readable = |path: &&str| process.read_file(path).ok().filter(|bytes| !bytes.is_empty());
    let Some((path, bytes)) =
        ["wp-config-docker.php", &own].into_iter().find_map(|path| readable(&path).map(|bytes| (path, bytes)))
    else {
        return Ok(());
    };
    let text = format!(
        "No 'wp-config.php' found in {}, but 'WORDPRESS_...' variables supplied; copying '{path}' ({})\n",
        process.folder(),
        names.join(" ")
    );
    process.complain(text).await;
    let written = process.write_file("wp-config.php", &bytes).await;
    written.map_err(|error| {
        let reason = error.message();
        format!("/usr/local/bin/docker-entrypoint.sh: line {CONFIG_LINE}: wp-config.php: {reason}\n")
    })?;
    give(process, "wp-config.php");
    Ok(())
}
