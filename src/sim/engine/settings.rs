//! What a container runs with: the request merged with the image's settings, as the daemon does at create
//! (semantics P32, P51, R1, R2, R30). Must not know running containers.

use super::config::{ContainerConfig, HealthcheckConfig};
use super::error::EngineError;
use super::restart::RestartPolicy;
use crate::image::ImageConfig;
use crate::kernel::Signal;
use crate::sim::log::HealthCheck;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// A stop's wait before SIGKILL when nothing else is said (R30).
const DEFAULT_GRACE: u64 = 10;
/// The shortest span a health check may name (P53).
const SHORTEST_SPAN: Duration = Duration::from_millis(1);

/// What a container runs with.
pub(super) struct Settings {
    /// Program and arguments of the main process.
    pub argv: Rc<[Rc<str>]>,
    /// Environment without `PATH`, `HOSTNAME` and `HOME` defaults.
    pub environment: BTreeMap<String, String>,
    pub working_dir: String,
    pub user: String,
    /// What `stop` sends.
    pub stop_signal: Signal,
    /// Whether service or image name a stop signal (R4).
    pub names_stop_signal: bool,
    /// Seconds until SIGKILL.
    pub grace: u64,
    pub health: Option<Rc<HealthSettings>>,
}

/// A health check as the monitor runs it, all defaults filled in (P51).
pub(super) struct HealthSettings {
    /// Program and arguments.
    pub argv: Rc<[Rc<str>]>,
    /// The same as one line, as the events show it.
    pub command: Rc<str>,
    pub pace: HealthCheck,
}

impl Settings {
    /// Merges request and image; the errors are those of the create request.
    pub fn merge(config: &ContainerConfig, image: &ImageConfig) -> Result<Self, EngineError> {
        RestartPolicy::check(&config.restart)?;
        let argv = merged_command(config, image);
        if argv.is_empty() && config.declared.is_none() {
            return Err(EngineError::invalid("no command specified"));
        }
        let named = config.stop_signal.as_deref().or(image.stop_signal.as_deref());
        let stop_signal = match named {
            Some(name) => Signal::parse(name).ok_or_else(|| EngineError::invalid(format!("invalid signal: {name}")))?,
            None => Signal::TERM,
        };
        Ok(Self {
            argv,
            environment: merged_environment(config, image),
            working_dir: absolute_folder(config.working_dir.as_deref().unwrap_or(&image.working_dir)),
            user: config.user.clone().unwrap_or_else(|| image.user.to_string()),
            stop_signal,
            names_stop_signal: named.is_some(),
            grace: config.stop_timeout.unwrap_or(DEFAULT_GRACE),
            health: merged_health(config.healthcheck.as_ref(), image)?.map(Rc::new),
        })
    }
}

/// An entrypoint of the request drops the image's command (P32).
fn merged_command(config: &ContainerConfig, image: &ImageConfig) -> Rc<[Rc<str>]> {
    let shared = |words: &[String]| words.iter().map(|word| word.as_str().into()).collect::<Vec<Rc<str>>>();
    let entrypoint = config.entrypoint.clone();
    let replaces = entrypoint.as_ref().is_some_and(|words| !words.is_empty());
    let command = match (&config.command, replaces) {
        (Some(words), _) if !words.is_empty() => shared(words),
        (_, true) => Vec::new(),
        (Some(_), false) if entrypoint.is_some() => Vec::new(),
        _ => image.cmd.clone(),
    };
    let mut argv = entrypoint.map_or_else(|| image.entrypoint.clone(), |words| shared(&words));
    argv.extend(command);
    argv.into()
}

fn merged_environment(config: &ContainerConfig, image: &ImageConfig) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> =
        image.env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    for (name, value) in &config.environment {
        match value {
            Some(value) => environment.insert(name.clone(), value.clone()),
            None => environment.remove(name),
        };
    }
    environment
}

fn absolute_folder(path: &str) -> String {
    match path {
        "" => "/".into(),
        path if path.starts_with('/') => path.into(),
        path => format!("/{path}"),
    }
}

/// Field by field from the request, the image, the engine's defaults.
fn merged_health(
    wanted: Option<&HealthcheckConfig>,
    image: &ImageConfig,
) -> Result<Option<HealthSettings>, EngineError> {
    let default = HealthcheckConfig::default();
    let wanted = wanted.unwrap_or(&default);
    check_health(wanted)?;
    let inherited = image.healthcheck.as_ref();
    let test = match (wanted.test.is_empty(), inherited) {
        (false, _) => &wanted.test,
        (true, Some(inherited)) => &inherited.test,
        (true, None) => return Ok(None),
    };
    let Some(argv) = probe_command(test, image) else { return Ok(None) };
    let span = |own: Duration, inherited: Option<Duration>, default: u64| match (own, inherited) {
        (own, _) if !own.is_zero() => own,
        (_, Some(inherited)) if !inherited.is_zero() => inherited,
        _ => Duration::from_secs(default),
    };
    let retries = match (wanted.retries, inherited.and_then(|inherited| inherited.retries)) {
        (0, None | Some(0)) => 3,
        (0, Some(inherited)) => inherited,
        (own, _) => own,
    };
    Ok(Some(HealthSettings {
        command: argv.join(" ").into(),
        argv,
        pace: HealthCheck {
            interval: span(wanted.interval, inherited.and_then(|inherited| inherited.interval), 30),
            timeout: span(wanted.timeout, inherited.and_then(|inherited| inherited.timeout), 30),
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
            start_period: span(wanted.start_period, inherited.and_then(|inherited| inherited.start_period), 0),
            start_interval: span(wanted.start_interval, inherited.and_then(|inherited| inherited.start_interval), 5),
        },
    }))
}

fn check_health(wanted: &HealthcheckConfig) -> Result<(), EngineError> {
    let spans = [
        ("Interval", wanted.interval),
        ("Timeout", wanted.timeout),
        ("StartPeriod", wanted.start_period),
        ("StartInterval", wanted.start_interval),
    ];
    match spans.iter().find(|(_, span)| !span.is_zero() && *span < SHORTEST_SPAN) {
        Some((name, _)) => Err(EngineError::invalid(format!("{name} in Healthcheck cannot be less than 1ms"))),
        None => Ok(()),
    }
}

/// The probe's program and arguments; `None` for `NONE` (H1, H5).
fn probe_command(test: &[String], image: &ImageConfig) -> Option<Rc<[Rc<str>]>> {
    match test.first().map(String::as_str) {
        Some("CMD") if test.len() > 1 => Some(test[1..].iter().map(|word| word.as_str().into()).collect()),
        Some("CMD-SHELL") => {
            let mut argv = image.shell_or_default();
            argv.extend(test[1..].iter().cloned());
            Some(argv.into_iter().map(Rc::from).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::HealthCheck;

    fn command(entrypoint: Option<&[&str]>, command: Option<&[&str]>) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
        let config = ContainerConfig {
            entrypoint: entrypoint.map(words),
            command: command.map(words),
            ..ContainerConfig::default()
        };
        let image = ImageConfig { entrypoint: vec!["e".into()], cmd: vec!["c".into()], ..ImageConfig::default() };
        merged_command(&config, &image).iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn an_entrypoint_drops_the_images_command() {
        assert_eq!(command(None, None), ["e", "c"]);
        assert_eq!(command(None, Some(&["x"])), ["e", "x"]);
        assert_eq!(command(Some(&["n"]), None), ["n"]);
        assert_eq!(command(Some(&["n"]), Some(&["x"])), ["n", "x"]);
        assert_eq!(command(Some(&[]), None), ["c"]);
    }

    #[test]
    fn a_health_check_without_test_keeps_the_images() {
        let check = HealthCheck {
            test: vec!["CMD-SHELL".into(), "true".into()],
            interval: Some(Duration::from_secs(7)),
            ..HealthCheck::default()
        };
        let image = ImageConfig { healthcheck: Some(check), ..ImageConfig::default() };
        let wanted = HealthcheckConfig { retries: 9, ..HealthcheckConfig::default() };
        let merged = merged_health(Some(&wanted), &image).unwrap().unwrap();
        assert_eq!((&*merged.command, merged.pace.interval.as_secs(), merged.pace.retries), ("/bin/sh -c true", 7, 9));
        assert_eq!(merged.pace.start_interval.as_secs(), 5);
        let disabled = HealthcheckConfig { test: vec!["NONE".into()], ..HealthcheckConfig::default() };
        assert!(merged_health(Some(&disabled), &image).unwrap().is_none());
    }
}
