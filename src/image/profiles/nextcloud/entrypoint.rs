//! `entrypoint.sh`: copies Nextcloud into an empty volume, installs it if all variables are there, upgrades it, refuses to go
//! back.
//!
//! Sources: nextcloud/docker, `docker-entrypoint.sh` (texts and order as of 2025); Nextcloud's server, `core/Command/Upgrade.php`
//! for what an upgrade says; its lines about each app are left out. From memory: `rsync`'s words. `version.php` is copied last but before the installation: who stops it
//! while it tries to install finds it not installed, and it does not try again.

use super::install::{Wanted, install};
use super::settings::{Settings, version, written};
use super::{FOLDER, OWNER, SOURCE};
use crate::image::profiles::php::setting;
use crate::image::programs;
use crate::kernel::{Errno, ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// Copying some 30000 files. Typical of a laptop; 5 to 60 s.
const COPYING: Duration = Duration::from_secs(10);

/// An upgrade of the tables. Typical; 5 s to minutes.
const UPGRADE: Duration = Duration::from_secs(12);

/// Its own start. Typical; 0.2 to 1 s.
const LAUNCH: Duration = Duration::from_millis(300);

/// How often it tries again to install, and how long between.
const MOST_RETRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(10);

/// Where the script runs `exec "$@"`.
const EXEC_LINE: u32 = 310;

/// What `occ` says of files that are newer than the tables, and then of the upgrade.
const NEEDED: &str = "Nextcloud or one of the apps require upgrade - only a limited number of commands are available
You may use your browser or the occ upgrade command to do the upgrade
";
const UPGRADE_BEGINS: &str = "Setting log level to debug
Turned on maintenance mode
Updating database schema
Updated database
";
const UPGRADE_ENDS: &str = "Starting code integrity check...
Finished code integrity check
Update successful
Turned off maintenance mode
Resetting log level
The following apps have been disabled:
";

/// The entrypoint.
pub async fn entrypoint(process: Process) -> ExitCode {
    let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let serves = command.first().is_some_and(|word| word.starts_with("apache") || &**word == "php-fpm");
    if serves || process.variable("NEXTCLOUD_UPDATE").as_deref() == Some("1") {
        process.sleep(LAUNCH).await;
        if process.variable("REDIS_HOST").is_some() {
            process.print("Configuring Redis as session handler\n").await;
        }
        if let Err(text) = prepare(&process).await {
            process.print(text).await;
            return ExitCode::FAILURE;
        }
        let hooks = "/docker-entrypoint-hooks.d/before-starting";
        process.print(skipped(hooks)).await;
    }
    programs::exec(&process, &command, "/entrypoint.sh", EXEC_LINE).await
}

/// What is said of a folder of hooks; the image has them, empty.
fn skipped(folder: &str) -> String {
    format!(
        "=> Searching for hook scripts (*.sh) to run, located in the folder \"{folder}\"\n==> Skipped: the \"{}\" folder is empty (or does not exist)\n",
        folder.rsplit('/').next().unwrap_or_default()
    )
}

async fn prepare(process: &Process) -> Result<(), String> {
    let image = version(process, SOURCE).unwrap_or_default();
    let installed = version(process, FOLDER).unwrap_or_else(|| vec![0, 0, 0, 0]);
    let (old, new) = (written(&installed), written(&image));
    if installed > image {
        return Err(format!(
            "Can't start Nextcloud because the version of the data ({old}) is higher than the docker image version ({new}) and downgrading is not supported. Are you sure you have pulled the newest image version?\n"
        ));
    }
    if image == installed {
        return Ok(());
    }
    process.print(format!("Initializing nextcloud {new} ...\n")).await;
    let is_new = installed.first() == Some(&0);
    if !is_new {
        if image[0] > installed[0] + 1 {
            return Err(format!(
                "Can't start Nextcloud because upgrading from {old} to {new} is not supported.\nIt is only possible to upgrade one major version at a time. For example, if you want to upgrade from version 14 to 16, you will have to upgrade from version 14 to 15, then from 15 to 16.\n"
            ));
        }
        process.print(format!("Upgrading nextcloud from {old} ...\n")).await;
    }
    process.sleep(COPYING).await;
    copy(process, SOURCE, FOLDER).map_err(|(path, error)| {
        format!(
            "rsync: [receiver] mkstemp \"{path}\" failed: {} ({})\n",
            error.message(),
            if error == Errno::Eacces { 13 } else { 30 }
        )
    })?;
    process.summarise(FOLDER, "not installed");
    if is_new {
        process.print("New nextcloud instance\n").await;
        begin(process).await?;
    } else if Settings::read(process).installed {
        upgrade(process).await;
    }
    process.print("Initializing finished\n").await;
    Ok(())
}

/// Brings the tables to the files' release.
async fn upgrade(process: &Process) {
    process.print(skipped("/docker-entrypoint-hooks.d/pre-upgrade")).await;
    process.complain(NEEDED).await;
    process.print(UPGRADE_BEGINS).await;
    process.sleep(UPGRADE).await;
    process.print(UPGRADE_ENDS).await;
    process.print(skipped("/docker-entrypoint-hooks.d/post-upgrade")).await;
}

fn copy(process: &Process, from: &str, to: &str) -> Result<(), (String, Errno)> {
    for name in process.list(from).unwrap_or_default() {
        let (source, target) = (format!("{from}/{name}"), format!("{to}/{name}"));
        let about = |error| (target.clone(), error);
        if process.stat(&source).is_ok_and(|stat| stat.is_folder()) {
            process.make_folders(&target).map_err(about)?;
            copy(process, &source, &target)?;
        } else {
            process.copy_file(&source, &target).map_err(about)?;
            let mode = process.stat(&source).map_or(0o644, |stat| stat.mode);
            process.set_mode(&target, mode).map_err(about)?;
        }
        // Whoever may not give it away owns it already.
        let _ = process.set_owner(&target, OWNER);
    }
    Ok(())
}

/// Installs it if the variables say how, and tells what to do if they do not.
async fn begin(process: &Process) -> Result<(), String> {
    let Some((title, wanted)) = wanted(process) else {
        process.print("Next step: Access your instance to finish the web-based installation!\nHint: You can specify NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD and the database variables _prior to first launch_ to fully automate initial installation.\n").await;
        return Ok(());
    };
    process.print(format!("Installing with {title} database\n")).await;
    process.print(skipped("/docker-entrypoint-hooks.d/pre-installation")).await;
    process.print("Starting nextcloud installation\n").await;
    let mut attempts = 0;
    while let Err(text) = install(process, &wanted).await {
        process.print(format!("{text}Retrying install...\n")).await;
        attempts += 1;
        process.sleep(PAUSE).await;
        if attempts > MOST_RETRIES {
            return Err("Installing of nextcloud failed!\n".into());
        }
    }
    process.print("Nextcloud was successfully installed\n").await;
    if let Some(domains) = process.variable("NEXTCLOUD_TRUSTED_DOMAINS") {
        process.print("Setting trusted domains…\n").await;
        let mut settings = Settings::read(process);
        settings.domains.extend(domains.split_whitespace().map(str::to_string));
        for (at, name) in settings.domains.iter().enumerate().skip(1) {
            process.print(format!("System config value trusted_domains => {at} set to string {name}\n")).await;
        }
        settings.write(process).await?;
    }
    process.print(skipped("/docker-entrypoint-hooks.d/post-installation")).await;
    Ok(())
}

/// What the variables ask for, and the database's name; `None` if they do not say enough.
fn wanted(process: &Process) -> Option<(&'static str, Wanted)> {
    let get = |name: &str| setting(process, name);
    let administrator = get("NEXTCLOUD_ADMIN_USER")?;
    get("NEXTCLOUD_ADMIN_PASSWORD")?;
    let data = get("NEXTCLOUD_DATA_DIR").unwrap_or_default();
    if let Some(name) = get("SQLITE_DATABASE") {
        return Some(("SQLite", Wanted { kind: "sqlite".into(), name, administrator, data, ..Wanted::default() }));
    }
    let all = |title, kind: &str, names: [&str; 4]| {
        let [name, user, password, host] = names.map(get);
        let (administrator, data) = (administrator.clone(), data.clone());
        Some((
            title,
            Wanted {
                kind: kind.into(),
                name: name?,
                user: user?,
                password: password?,
                host: host?,
                administrator,
                data,
            },
        ))
    };
    all("MySQL", "mysql", ["MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_HOST"])
        .or_else(|| all("PostgreSQL", "pgsql", ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_HOST"]))
}
