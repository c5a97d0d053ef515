//! `docker-entrypoint.sh`: copies WordPress where there is none, and `wp-config.php` where variables are given.
//!
//! Source: docker-library/wordpress, `docker-entrypoint.sh`. It looks at files alone: a volume with WordPress in it keeps its
//! release, whatever the image's is; a `wp-config.php` that is there stays as it is.

use super::{FOLDER, SOURCE};
use crate::image::programs;
use crate::kernel::{Errno, ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// Copying some 3000 files. Typical of a laptop; 0.5 to 5 s.
const COPYING: Duration = Duration::from_millis(900);

/// Its own start. Typical; 50 to 300 ms.
const LAUNCH: Duration = Duration::from_millis(150);

/// Where the script runs `exec "$@"`.
const EXEC_LINE: u32 = 118;

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
    programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", EXEC_LINE).await
}

async fn prepare(process: &Process) -> Result<(), String> {
    let is_there = |name: &str| process.stat(name).is_ok();
    if !is_there("index.php") && !is_there("wp-includes/version.php") {
        process.complain(format!("WordPress not found in {} - copying now...\n", process.folder())).await;
        let others = process.list(".").unwrap_or_default();
        if others.iter().any(|name| &**name != "wp-content") {
            process.complain(format!("WARNING: {} is not empty! (copying anyhow)\n", process.folder())).await;
        }
        process.sleep(COPYING).await;
        copy(process, SOURCE, &process.folder()).map_err(|(path, error)| {
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

/// Copies a folder with all that is in it; the error, and the path it is about.
fn copy(process: &Process, from: &str, to: &str) -> Result<(), (String, Errno)> {
    for name in process.list(from).unwrap_or_default() {
        let (source, target) = (format!("{from}/{name}"), format!("{to}/{name}"));
        let about = |error| (target.clone(), error);
        if process.stat(&source).is_ok_and(|stat| stat.is_folder()) {
            process.make_folders(&target).map_err(about)?;
            copy(process, &source, &target)?;
        } else {
            process.copy_file(&source, &target).map_err(about)?;
        }
    }
    Ok(())
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
    let text = format!(
        "No 'wp-config.php' found in {}, but 'WORDPRESS_...' variables supplied; copying 'wp-config-docker.php' ({})\n",
        process.folder(),
        names.join(" ")
    );
    process.complain(text).await;
    let docker = process
        .read_file("wp-config-docker.php")
        .or_else(|_| process.read_file(&format!("{SOURCE}/wp-config-docker.php")));
    let written = match docker {
        Ok(bytes) => process.write_file("wp-config.php", &bytes).await,
        Err(error) => Err(error),
    };
    written
        .map_err(|error| format!("/usr/local/bin/docker-entrypoint.sh: line 100: wp-config.php: {}\n", error.message()))
}
