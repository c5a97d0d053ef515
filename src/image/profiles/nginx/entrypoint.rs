//! `docker-entrypoint.sh` of the official image, and the scripts it finds.
//!
//! Source: github.com/nginx/docker-nginx, `entrypoint/`: which files are run and in which order, their messages, templates. Simplified: a file that ends with
//! `.envsh` and is not the image's own is not sourced, and that is said.

use super::DEFAULT;
use crate::image::programs;
use crate::kernel::{ExitCode, Process, Program};
use std::rc::Rc;
use std::time::Duration;

/// Where the scripts lie.
const SCRIPTS: &str = "/docker-entrypoint.d";
/// Where the entrypoint runs `exec "$@"`.
const EXEC_LINE: u32 = 47;
/// What the first script takes: it computes a checksum. Typical; some hundredths of a second.
const CHECKSUM: Duration = Duration::from_millis(40);
/// What each other script takes.
const SCRIPT: Duration = Duration::from_millis(10);

const LISTEN: &str = "10-listen-on-ipv6-by-default.sh";
const RESOLVERS: &str = "15-local-resolvers.envsh";
const TEMPLATES: &str = "20-envsubst-on-templates.sh";
const TUNE: &str = "30-tune-worker-processes.sh";

/// The scripts the image brings.
pub fn scripts() -> [(String, Rc<dyn Program>); 4] {
    let path = |name: &str| format!("{SCRIPTS}/{name}");
    let nothing = || programs::of(|_| async { ExitCode::SUCCESS });
    [
        (path(LISTEN), programs::of(listen)),
        (path(RESOLVERS), nothing()),
        (path(TEMPLATES), programs::of(templates)),
        (path(TUNE), nothing()),
    ]
}

/// The entrypoint.
pub async fn entrypoint(process: Process) -> ExitCode {
    let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let is_server = command.first().is_some_and(|word| matches!(&**word, "nginx" | "nginx-debug"));
    if is_server && let Err(code) = configure(&process).await {
        return code;
    }
    programs::exec(&process, &command, "/docker-entrypoint.sh", EXEC_LINE).await
}

async fn log(process: &Process, text: String) {
    if process.variable("NGINX_ENTRYPOINT_QUIET_LOGS").is_none_or(|value| value.is_empty()) {
        process.print(format!("{text}\n")).await;
    }
}

/// Runs the scripts; the code of the first that fails.
async fn configure(process: &Process) -> Result<(), ExitCode> {
    let own = "/docker-entrypoint.sh";
    let mut names = process.list(SCRIPTS).unwrap_or_default();
    names.retain(|name| process.stat(&format!("{SCRIPTS}/{name}")).is_ok_and(|stat| !stat.is_folder()));
    names.sort();
    if names.is_empty() {
        log(process, format!("{own}: No files found in {SCRIPTS}/, skipping configuration")).await;
        return Ok(());
    }
    log(process, format!("{own}: {SCRIPTS}/ is not empty, will attempt to perform configuration")).await;
    log(process, format!("{own}: Looking for shell scripts in {SCRIPTS}/")).await;
    for name in names {
        let path = format!("{SCRIPTS}/{name}");
        let is_executable = process.may(&path, 1).is_ok();
        match (name.rsplit('.').next(), is_executable) {
            (Some("envsh" | "sh"), false) => log(process, format!("{own}: Ignoring {path}, not executable")).await,
            (Some("envsh"), true) => {
                log(process, format!("{own}: Sourcing {path}")).await;
                if &*name != RESOLVERS {
                    process.complain(format!("drydock: {path} is not sourced\n")).await;
                }
            }
            (Some("sh"), true) => {
                log(process, format!("{own}: Launching {path}")).await;
                process.sleep(SCRIPT).await;
                let code = process.run([Rc::from(path.as_str())].into()).await.map_or(127, |status| status.code());
                if code != 0 {
                    return Err(ExitCode(code));
                }
            }
            _ => log(process, format!("{own}: Ignoring {path}")).await,
        }
    }
    log(process, format!("{own}: Configuration complete; ready for start up")).await;
    Ok(())
}

/// Lets the default configuration, if nobody has changed it, listen for IPv6 too.
async fn listen(process: Process) -> ExitCode {
    let path = "/etc/nginx/conf.d/default.conf";
    let say = |text: String| log(&process, format!("{LISTEN}: info: {text}"));
    let Ok(bytes) = process.read_file(path) else {
        say(format!("{path} is not a file or does not exist")).await;
        return ExitCode::SUCCESS;
    };
    if process.touch(path).is_err() {
        say(format!("can not modify {path} (read-only file system?)")).await;
        return ExitCode::SUCCESS;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.contains("listen  [::]:80;") {
        say("IPv6 listen already enabled".into()).await;
        return ExitCode::SUCCESS;
    }
    say(format!("Getting the checksum of {path}")).await;
    process.sleep(CHECKSUM).await;
    if text != DEFAULT {
        say(format!("{path} differs from the packaged version")).await;
        return ExitCode::SUCCESS;
    }
    let changed = text.replace("listen       80;", "listen       80;\n    listen  [::]:80;");
    if process.write_file(path, changed.as_bytes()).await.is_ok() {
        say(format!("Enabled listen on IPv6 in {path}")).await;
    }
    ExitCode::SUCCESS
}

/// Writes `/etc/nginx/templates/*.template` to `/etc/nginx/conf.d`, with the variables of the environment in their places.
async fn templates(process: Process) -> ExitCode {
    let setting = |name: &str, default: &str| {
        process.variable(name).filter(|value| !value.is_empty()).map_or(default.to_string(), |value| value.to_string())
    };
    let from = setting("NGINX_ENVSUBST_TEMPLATE_DIR", "/etc/nginx/templates");
    let suffix = setting("NGINX_ENVSUBST_TEMPLATE_SUFFIX", ".template");
    let to = setting("NGINX_ENVSUBST_OUTPUT_DIR", "/etc/nginx/conf.d");
    if process.stat(&from).is_err() {
        return ExitCode::SUCCESS;
    }
    if process.may(&to, 2).is_err() {
        log(&process, format!("{TEMPLATES}: ERROR: {from} exists, but {to} is not writable")).await;
        return ExitCode::SUCCESS;
    }
    let mut folders = vec![String::new()];
    while let Some(below) = folders.pop() {
        for name in process.list(&format!("{from}{below}")).unwrap_or_default() {
            let path = format!("{from}{below}/{name}");
            if process.stat(&path).is_ok_and(|stat| stat.is_folder()) {
                folders.push(format!("{below}/{name}"));
            } else if let Some(plain) = name.strip_suffix(suffix.as_str()) {
                let output = format!("{to}{below}/{plain}");
                log(&process, format!("{TEMPLATES}: Running envsubst on {path} to {output}")).await;
                let text = process.read_file(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let filled = substituted(&process, &text.unwrap_or_default());
                let made = process.make_folders(&format!("{to}{below}"));
                let written = match made {
                    Ok(()) => process.write_file(&output, filled.as_bytes()).await,
                    failed => failed,
                };
                if written.is_err() {
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    ExitCode::SUCCESS
}

/// `${NAME}` and `$NAME` of the environment; what is not there stays as it is, since nginx has variables of its own.
fn substituted(process: &Process, text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        let is_braced = after.starts_with('{');
        let inner = after.strip_prefix('{').unwrap_or(after);
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let is_closed = !is_braced || inner[end..].starts_with('}');
        match process.variable(&inner[..end]).filter(|_| is_closed && end > 0) {
            Some(value) => {
                result.push_str(&value);
                rest = &inner[end + usize::from(is_braced)..];
            }
            None => {
                result.push('$');
                rest = after;
            }
        }
    }
    result + rest
}
