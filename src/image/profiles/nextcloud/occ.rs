//! `occ`, the console, and as much of `php` as starts it.
//!
//! Sources: Nextcloud's server, `console.php` (who may run it), `lib/private/Console/Application.php`; its manual, "Using the occ
//! command", for the commands and what they print.

use super::FOLDER;
use super::install::{Wanted, install};
use super::pages::status;
use super::settings::Settings;
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// Its start. Typical of a laptop; 0.1 to 1 s.
const LAUNCH: Duration = Duration::from_millis(250);

const WITH_VALUE: [&str; 10] = [
    "database",
    "database-name",
    "database-user",
    "database-pass",
    "database-host",
    "admin-user",
    "admin-pass",
    "data-dir",
    "value",
    "output",
];

/// `php occ …`; other programs are not run.
pub async fn php(process: Process) -> ExitCode {
    let words = process.args();
    let Some(script) = words.iter().skip(1).find(|word| !word.starts_with('-')) else {
        process.complain("drydock: of PHP only `php occ` is simulated\n").await;
        return ExitCode::FAILURE;
    };
    if process.stat(script).is_err() {
        process.print(format!("Could not open input file: {script}\n")).await;
        return ExitCode::FAILURE;
    }
    if !script.ends_with("occ") {
        process.complain(format!("drydock: of PHP only `php occ` is simulated, not {script}\n")).await;
        return ExitCode::FAILURE;
    }
    let at = words.iter().position(|word| word == script).unwrap_or(1);
    let mut command: Vec<Rc<str>> = words[at..].to_vec();
    command[0] = process.absolute(script).as_str().into();
    programs::exec(&process, &command, "php", 1).await
}

/// The console.
pub async fn occ(process: Process) -> ExitCode {
    process.sleep(LAUNCH).await;
    let settings = Settings::read(&process);
    if let Some(text) = wrong_user(&process, &settings) {
        process.print(text).await;
        return ExitCode::FAILURE;
    }
    let arguments = Arguments::parse(&process.args(), &WITH_VALUE);
    let command = arguments.operands.first().map_or("", String::as_str);
    if !settings.installed && command != "maintenance:install" {
        process.complain("Nextcloud is not installed - only a limited number of commands are available\n").await;
    }
    if settings.installed && settings.maintenance && !matches!(command, "maintenance:mode" | "status") {
        process
            .complain(
                "Nextcloud is in maintenance mode, no apps are loaded.\nCommands provided by apps are unavailable.\n",
            )
            .await;
    }
    match run(&process, settings, command, &arguments).await {
        Ok(text) => {
            process.print(text).await;
            ExitCode::SUCCESS
        }
        Err(text) => {
            process.print(text).await;
            ExitCode::FAILURE
        }
    }
}

/// Only the owner of the data may run it, not even root.
fn wrong_user(process: &Process, settings: &Settings) -> Option<String> {
    let owner = process.stat(&settings.data).ok().filter(|stat| stat.is_folder())?.owner.user;
    let own = process.access().owner.user;
    (own != owner).then(|| {
        format!(
            "Console has to be executed with the user that owns the data directory\nCurrent user id: {own}\nOwner id of the data directory: {owner}\nTry adding 'sudo -u #{owner}' to the beginning of the command (without the single quotes)\nIf running with 'docker exec' try adding the option '-u {owner}' to the docker command (without the single quotes)\n"
        )
    })
}

async fn run(
    process: &Process,
    mut settings: Settings,
    command: &str,
    arguments: &Arguments,
) -> Result<String, String> {
    let operands: Vec<&str> = arguments.operands.iter().map(String::as_str).collect();
    match (command, operands.get(1..).unwrap_or_default()) {
        ("status", _) => {
            let status = status(process, &settings);
            if arguments.value(&["output"]).is_some_and(|form| form.starts_with("json")) {
                return Ok(format!("{status}\n"));
            }
            Ok(plain(&status))
        }
        ("maintenance:install", _) => {
            install(process, &wanted(arguments)).await?;
            Ok("Nextcloud was successfully installed\n".into())
        }
        ("maintenance:mode", _) => mode(process, settings, arguments).await,
        ("config:system:get", ["trusted_domains"]) => {
            Ok(settings.domains.iter().map(|name| format!("{name}\n")).collect())
        }
        ("config:system:set", ["trusted_domains", at]) => {
            let value = arguments.value(&["value"]).unwrap_or_default().to_string();
            let number: usize = at.parse().unwrap_or(settings.domains.len());
            match settings.domains.get_mut(number) {
                Some(old) => old.clone_from(&value),
                None => settings.domains.push(value.clone()),
            }
            settings.write(process).await?;
            Ok(format!("System config value trusted_domains => {at} set to string {value}\n"))
        }
        ("", _) => Err("drydock: the list of commands of occ is not simulated\n".into()),
        (other, _) => Err(format!("drydock: occ {other} is not simulated\n")),
    }
}

/// `maintenance:mode [--on|--off]` (`core/Command/Maintenance/Mode.php`).
async fn mode(process: &Process, mut settings: Settings, arguments: &Arguments) -> Result<String, String> {
    let word = if settings.maintenance { "enabled" } else { "disabled" };
    let wanted = match (arguments.has(&["on"]), arguments.has(&["off"])) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => return Ok(format!("Maintenance mode is currently {word}\n")),
    };
    if wanted == settings.maintenance {
        return Ok(format!("Maintenance mode already {word}\n"));
    }
    settings.maintenance = wanted;
    settings.write(process).await?;
    Ok(format!("Maintenance mode {}\n", if wanted { "enabled" } else { "disabled" }))
}

fn wanted(arguments: &Arguments) -> Wanted {
    let value = |name: &str, default: &str| arguments.value(&[name]).unwrap_or(default).to_string();
    Wanted {
        kind: value("database", "sqlite"),
        name: value("database-name", "owncloud"),
        host: value("database-host", "localhost"),
        user: value("database-user", ""),
        password: value("database-pass", ""),
        administrator: value("admin-user", "admin"),
        data: value("data-dir", &format!("{FOLDER}/data")),
    }
}

/// The lines of `occ status`: `  - installed: true`.
fn plain(status: &str) -> String {
    let inside = status.trim_matches(['{', '}']);
    let line = |pair: &str| {
        let (name, value) = pair.split_once(':').unwrap_or((pair, ""));
        format!("  - {}: {}\n", name.trim_matches('"'), value.trim_matches('"'))
    };
    inside.split(',').map(line).collect()
}
