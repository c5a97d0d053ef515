//! `drydock [options] config`: what `docker compose config` prints for the project in this folder.

use super::Terminal;
use super::disk::Disk;
use crate::compose::format::quote::quote;
use crate::compose::{Analysis, LoadOptions, analyze};
use std::io::Read;

/// How the project is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Yaml,
    Json,
    Quiet,
    Services,
    Volumes,
    Images,
    Profiles,
}

/// A command line taken apart.
struct Request {
    options: LoadOptions,
    output: Output,
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
    let Request { options, output } = match read(arguments) {
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
    super::print(terminal.out, &text(&analysis, output))
}

fn text(analysis: &Analysis, output: Output) -> String {
    let lines = |lines: Vec<String>| lines.iter().map(|line| format!("{line}\n")).collect();
    let (Some(printed), Some(project)) = (analysis.printed(), &analysis.project) else { return String::new() };
    match output {
        Output::Yaml => printed.yaml_text(),
        Output::Json => format!("{}\n", printed.json_text()),
        Output::Quiet => String::new(),
        Output::Services => lines(project.services.keys().cloned().collect()),
        Output::Volumes => lines(project.volumes.keys().cloned().collect()),
        Output::Images => {
            let image = |(name, service): (&String, &crate::compose::model::Service)| match &service.image {
                Some(image) => image.value.clone(),
                None => format!("{}-{name}", project.name),
            };
            lines(project.services.iter().map(image).collect())
        }
        Output::Profiles => {
            let services = project.services.values().chain(project.disabled_services.values());
            let mut names: Vec<String> =
                services.flat_map(|service| service.profiles.iter().map(|profile| profile.value.clone())).collect();
            names.sort();
            names.dedup();
            lines(names)
        }
    }
}

fn read(arguments: &[String]) -> Result<Request, String> {
    let working_directory = std::env::current_dir().map_err(|error| error.to_string())?;
    let mut options = LoadOptions {
        working_directory: working_directory.to_string_lossy().into_owned(),
        environment: std::env::vars().collect(),
        ..LoadOptions::default()
    };
    let mut output = Output::Yaml;
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
            "-q" | "--quiet" => output = Output::Quiet,
            "--services" => output = Output::Services,
            "--volumes" => output = Output::Volumes,
            "--images" => output = Output::Images,
            "--profiles" => output = Output::Profiles,
            other if other.starts_with('-') => return Err(format!("unknown flag: {other}")),
            service => options.services.push(service.to_string()),
        }
    }
    if options.files.iter().any(|file| file == "-") {
        std::io::stdin().read_to_end(&mut options.standard_input).map_err(|error| error.to_string())?;
    }
    Ok(Request { options, output })
}
