//! `drydock [options] config`: what `docker compose config` prints for the project in this folder. Must not judge files.

use super::Terminal;
use super::disk::Disk;
use crate::compose::format::quote::quote;
use crate::compose::model::Service;
use crate::compose::printed::Printed;
use crate::compose::{Analysis, LoadOptions, Project, ServiceEnvironment, analyze};
use crate::sim::client::sha256;
use std::collections::BTreeSet;
use std::io::Read;

/// What of the project is printed.
#[derive(Clone, PartialEq, Eq)]
enum Output {
    Yaml,
    Json,
    Quiet,
    Services,
    Volumes,
    Networks,
    Images,
    Profiles,
    Environment,
    /// `--hash`: names of services between commas, or `*`.
    Hash(String),
}

/// Flags Compose has and this program does not.
const NOT_SIMULATED: [&str; 9] = [
    "--resolve-image-digests",
    "--lock-image-digests",
    "--no-interpolate",
    "--no-normalize",
    "--no-path-resolution",
    "--no-consistency",
    "--no-env-resolution",
    "--models",
    "--variables",
];

/// Attributes that Compose leaves out of a service's hash: changing them recreates nothing.
const NOT_HASHED: [&str; 5] = ["build", "depends_on", "profiles", "pull_policy", "scale"];

/// A command line taken apart.
struct Request {
    options: LoadOptions,
    output: Output,
    /// `--output`: the file it is written to.
    file: Option<String>,
}

/// Whether a command line is one of `config`, with options of `docker compose` before it.
pub fn is_meant(arguments: &[String]) -> bool {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "config" => return true,
            "-f" | "--file" | "-p" | "--project-name" | "--profile" | "--env-file" | "--project-directory" => {
                rest.next();
            }
            option if option.starts_with('-') => {}
            _ => return false,
        }
    }
    false
}

/// Runs the command.
pub fn run(arguments: &[String], terminal: &mut Terminal) -> i32 {
    let Request { options, output, file } = match read(arguments) {
        Ok(request) => request,
        Err(text) => return super::refuse(terminal.err, &format!("{text}\n")),
    };
    let analysis = analyze(&Disk, &options);
    for warning in &analysis.docker.warnings {
        let line = format!("time=\"2025-01-01T00:00:00Z\" level=warning msg={}\n", quote(warning));
        super::print(terminal.err, &line);
    }
    if let Some(error) = &analysis.docker.error {
        super::print(terminal.err, &format!("{error}\n"));
        return 1;
    }
    let written = text(&analysis, &output).and_then(|text| match file {
        Some(path) if matches!(output, Output::Yaml | Output::Json) => match std::fs::write(&path, text) {
            Ok(()) => Ok(0),
            Err(error) => Err(format!("open {path}: {error}")),
        },
        _ => Ok(super::print(terminal.out, &text)),
    });
    written.unwrap_or_else(|error| {
        super::print(terminal.err, &format!("{error}\n"));
        1
    })
}

/// What is printed; the error is Docker's text.
fn text(analysis: &Analysis, output: &Output) -> Result<String, String> {
    let (Some(printed), Some(project)) = (analysis.printed(), &analysis.project) else { return Ok(String::new()) };
    let lines = match output {
        Output::Yaml => return Ok(printed.yaml_text()),
        Output::Json => return Ok(format!("{}\n", printed.json_text())),
        Output::Quiet => Vec::new(),
        Output::Services => in_order(project),
        Output::Volumes => project.volumes.keys().cloned().collect(),
        Output::Networks => project.networks.keys().cloned().collect(),
        Output::Images => images(project),
        Output::Profiles => profiles(project),
        Output::Environment => project.environment.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        Output::Hash(wanted) => hashes(&printed, wanted)?,
    };
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// The services, each behind those it depends on; by name where that leaves a choice.
fn in_order(project: &Project) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    let mut open: Vec<(&str, bool)> = project.services.keys().rev().map(|name| (name.as_str(), false)).collect();
    while let Some((name, visited)) = open.pop() {
        let Some(service) = project.services.get(name).filter(|_| !order.iter().any(|known| known == name)) else {
            continue;
        };
        if visited {
            order.push(name.to_owned());
            continue;
        }
        open.push((name, true));
        open.extend(service.depends_on.keys().rev().map(|dependency| (dependency.as_str(), false)));
    }
    order
}

fn images(project: &Project) -> Vec<String> {
    let image = |(name, service): (&String, &Service)| match &service.image {
        Some(image) => image.value.clone(),
        None => format!("{}-{name}", project.name),
    };
    project.services.iter().map(image).collect()
}

fn profiles(project: &Project) -> Vec<String> {
    let services = project.services.values().chain(project.disabled_services.values());
    let names: BTreeSet<String> =
        services.flat_map(|service| service.profiles.iter().map(|profile| profile.value.clone())).collect();
    names.into_iter().collect()
}

/// Name and hash of services: SHA-256 of what Go's JSON encoder makes of them.
fn hashes(printed: &Printed, wanted: &str) -> Result<Vec<String>, String> {
    let services = printed.get("services").and_then(Printed::entries).unwrap_or(&[]);
    let mut names: Vec<&str> = match wanted {
        "*" => services.iter().map(|(name, _)| &**name).collect(),
        list => list.split(',').collect(),
    };
    names.sort_unstable();
    let line = |name: &&str| {
        let (_, service) =
            services.iter().find(|(known, _)| **known == **name).ok_or_else(|| format!("no such service: {name}"))?;
        let mut service = service.without(&NOT_HASHED);
        service.replace("deploy", |deploy| deploy.without(&["replicas"]));
        Ok(format!("{name} {}", sha256(service.compact_json().as_bytes())))
    };
    names.iter().map(line).collect()
}

fn read(arguments: &[String]) -> Result<Request, String> {
    let working_directory = std::env::current_dir().map_err(|error| error.to_string())?;
    let mut options = LoadOptions {
        working_directory: working_directory.to_string_lossy().into_owned(),
        environment: std::env::vars().collect(),
        ..LoadOptions::default()
    };
    let (mut output, mut file) = (Output::Yaml, None);
    let mut rest = arguments.iter().cloned();
    while let Some(argument) = rest.next() {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_string(), Some(value.to_string())),
            _ => (argument, None),
        };
        let mut value = || attached.clone().or_else(|| rest.next()).ok_or(format!("flag needs an argument: {name}"));
        match name.as_str() {
            "config" => {}
            "-f" | "--file" => options.files.push(value()?),
            "-p" | "--project-name" => options.project_name = Some(value()?),
            "--profile" => options.profiles.push(value()?),
            "--env-file" => options.env_files.push(value()?),
            "--project-directory" => options.project_directory = Some(value()?),
            "--format" => {
                output = match value()?.as_str() {
                    "json" => Output::Json,
                    "yaml" => Output::Yaml,
                    other => return Err(format!("unsupported format {}", quote(other))),
                }
            }
            "-o" | "--output" => file = Some(value()?),
            "-q" | "--quiet" => output = Output::Quiet,
            "--services" => output = Output::Services,
            "--volumes" => output = Output::Volumes,
            "--networks" => output = Output::Networks,
            "--images" => output = Output::Images,
            "--environment" => output = Output::Environment,
            "--hash" => output = Output::Hash(value()?),
            "--profiles" => output = Output::Profiles,
            other if NOT_SIMULATED.contains(&other) => {
                return Err(format!("docker compose config {other} is not simulated"));
            }
            other if other.starts_with('-') => return Err(format!("unknown flag: {other}")),
            service => options.services.push(service.to_string()),
        }
    }
    if options.files.iter().any(|file| file == "-") {
        std::io::stdin().read_to_end(&mut options.standard_input).map_err(|error| error.to_string())?;
    }
    // Compose does not read env files for those that only tell names.
    if !matches!(output, Output::Yaml | Output::Json | Output::Quiet | Output::Environment) {
        options.service_environment = ServiceEnvironment::Skipped;
    }
    Ok(Request { options, output, file })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::FolderSource;

    const FILE: &str = "\
services:
  web: {image: 'a<b', depends_on: [db], profiles: [], deploy: {replicas: 2}}
  db: {build: ., volumes: ['data:/d']}
  off: {image: x, profiles: [later]}
volumes: {data: , unused: }
";

    fn shown(arguments: &[&str]) -> Result<String, String> {
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.to_string()).collect();
        let Request { mut options, output, .. } = read(&arguments)?;
        options.working_directory = "/demo".into();
        options.environment = [("HOME".to_owned(), "/h".to_owned())].into();
        let folder = [("compose.yaml".to_owned(), FILE.into())].into();
        text(&analyze(&FolderSource::new("/demo", &folder), &options), &output)
    }

    #[test]
    fn lists_are_printed_one_in_a_line() {
        assert_eq!(shown(&["config", "--services"]).as_deref(), Ok("db\nweb\n"));
        assert_eq!(shown(&["config", "--volumes"]).as_deref(), Ok("data\n"));
        assert_eq!(shown(&["config", "--networks"]).as_deref(), Ok("default\n"));
        assert_eq!(shown(&["config", "--images"]).as_deref(), Ok("demo-db\na<b\n"));
        assert_eq!(shown(&["config", "--profiles"]).as_deref(), Ok("later\n"));
        assert_eq!(shown(&["config", "-q"]).as_deref(), Ok(""));
        let environment = shown(&["config", "--environment"]).unwrap();
        assert_eq!(environment, "COMPOSE_PROJECT_NAME=demo\nHOME=/h\nPWD=/demo\n");
    }

    #[test]
    fn a_hash_is_that_of_the_service_without_what_recreates_nothing() {
        let hashed = r#"{"command":null,"deploy":{"resources":{},"placement":{}},"entrypoint":null,"image":"a\u003cb","networks":{"default":null}}"#;
        let expected = format!("web {}\n", sha256(hashed.as_bytes()));
        assert_eq!(shown(&["config", "--hash", "web"]), Ok(expected));
        assert_eq!(shown(&["config", "--hash=*"]).unwrap().lines().count(), 2);
        assert_eq!(shown(&["config", "--hash=nobody"]), Err("no such service: nobody".into()));
    }

    #[test]
    fn other_flags_are_refused_by_name() {
        let text = "docker compose config --no-interpolate is not simulated";
        assert_eq!(shown(&["config", "--no-interpolate"]), Err(text.into()));
        assert_eq!(shown(&["config", "--frobnicate"]), Err("unknown flag: --frobnicate".into()));
        assert_eq!(shown(&["config", "--format", "xml"]), Err("unsupported format \"xml\"".into()));
    }
}
