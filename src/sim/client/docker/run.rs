//! `docker run`, `create`, `attach` and `start --attach`: a container described by flags. Must not know Compose's files.

use super::volume::pairs;
use super::{Invocation, container};
use crate::compose::format::{duration, port, size, volume};
use crate::kernel::Process;
use crate::sim::client::arguments::Arguments;
use crate::sim::client::compose::images::tagged;
use crate::sim::client::context::Context;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::client::{foreground, input};
use crate::sim::engine::{
    ContainerConfig, ContainerState, EndpointConfig, HealthcheckConfig, MountConfig, MountSource, NetworkConfig,
    PortConfig, RemoveOptions,
};
use crate::sim::log::ContainerId;
use std::time::Duration;

/// `docker create`.
pub async fn create(invocation: &Invocation) -> Done {
    let container = made(invocation).await?;
    invocation.out(&invocation.context.engine.inspect_container(container)?.id);
    Ok(())
}

/// `docker run`.
pub async fn run(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let container = made(invocation).await?;
    let view = context.engine.inspect_container(container)?;
    let started = match arguments.on("detach") {
        true => context.start(container, context.asked()).await.map(|()| 0),
        false => {
            let _copying = passed_on(invocation, container)?;
            foreground::stay(context, &invocation.process, container, Some(context.asked())).await
        }
    };
    match started {
        Ok(_) if arguments.on("detach") => invocation.out(&view.id),
        Ok(0) => {}
        Ok(code) => return Err(Failure::code(code)),
        Err(failure) => {
            if arguments.on("rm") {
                let options = RemoveOptions { force: true, volumes: true };
                let _ = context.remove(container, options, context.asked()).await;
            }
            return Err(refused(&failure));
        }
    }
    Ok(())
}

/// `docker start --attach`.
pub async fn start_attached(invocation: &Invocation) -> Done {
    let context = &invocation.context;
    let [name] = &invocation.arguments.positional[..] else {
        return Err(Failure::new("you cannot start and attach multiple containers at once"));
    };
    let container = context.engine.find_container(name)?;
    let _copying = passed_on(invocation, container)?;
    match foreground::stay(context, &invocation.process, container, Some(context.asked())).await? {
        0 => Ok(()),
        code => Err(Failure::code(code)),
    }
}

/// `docker attach`, and that of Compose.
pub async fn attach(context: &Context, process: &Process, container: ContainerId) -> Done {
    match context.engine.inspect_container(container)?.state {
        ContainerState::Running => {}
        ContainerState::Paused => {
            return Err(Failure::new("You cannot attach to a paused container, unpause it first"));
        }
        ContainerState::Restarting => {
            return Err(Failure::new("You cannot attach to a restarting container, wait until it is running"));
        }
        _ => return Err(Failure::new("You cannot attach to a stopped container, start it first")),
    }
    match foreground::stay(context, process, container, None).await? {
        0 => Ok(()),
        code => Err(Failure::code(code)),
    }
}

/// With `-i`, standard input goes to the container's next run.
fn passed_on(invocation: &Invocation, container: ContainerId) -> Done<Option<crate::sim::client::context::Owned<()>>> {
    if !invocation.arguments.on("interactive") {
        return Ok(None);
    }
    let writer = invocation.context.engine.attach_input(container)?;
    Ok(Some(input::copy(&invocation.context, &invocation.process, writer)))
}

/// The error of `docker run`, with the exit codes that tell what kind it is.
fn refused(failure: &Failure) -> Failure {
    let text = failure.message();
    let code = match () {
        () if text.contains("executable file not found") || text.contains("no such file or directory") => 127,
        () if text.contains("permission denied") || text.contains("not a directory") => 126,
        () => 125,
    };
    Failure { code, text: Some(format!("docker: {text}\n\nRun 'docker run --help' for more information")) }
}

/// The container that the flags describe, its image fetched if it is missing.
async fn made(invocation: &Invocation) -> Done<ContainerId> {
    let context = &invocation.context;
    let config = configuration(invocation).map_err(|failure| refused(&failure))?;
    fetch(invocation, &config.image).await.map_err(|failure| refused(&failure))?;
    let warnings = config.warnings();
    let created = context.create(config, context.asked()).await;
    let created = created.map_err(|failure| Failure { code: 125, ..refused(&failure) })?;
    for warning in warnings {
        context.terminal.error(&format!("WARNING: {warning}\n"));
    }
    Ok(created)
}

async fn fetch(invocation: &Invocation, image: &str) -> Done {
    let (context, pull) = (&invocation.context, invocation.arguments.text("pull").unwrap_or("missing"));
    let is_here = context.engine.inspect_image(image).is_ok();
    if is_here && pull != "always" || pull == "never" {
        return Ok(());
    }
    let reference = tagged(image);
    if !is_here {
        context.terminal.error(&format!("Unable to find image '{reference}' locally\n"));
    }
    let (engine, cause, wanted) = (context.engine.clone(), context.asked(), reference.clone());
    context.request(async move { engine.pull_image(&wanted, cause).await }).await?;
    if !invocation.arguments.on("quiet") {
        context.terminal.error(&format!("Status: Downloaded newer image for {reference}\n"));
    }
    Ok(())
}

fn configuration(invocation: &Invocation) -> Done<ContainerConfig> {
    let arguments = &invocation.arguments;
    let (image, command) = arguments.positional.split_first().expect("the arity has been checked");
    let owned = |name: &str| arguments.text(name).map(str::to_owned);
    if arguments.on("rm") && arguments.text("restart").is_some_and(|policy| policy != "no") {
        return Err(Failure::new("conflicting options: cannot specify both --restart and --rm"));
    }
    let donors = arguments.texts("volumes-from").iter().map(|name| {
        let name = name.split(':').next().unwrap_or(name);
        invocation.context.engine.find_container(name)
    });
    let mut mounts: Vec<MountConfig> =
        arguments.texts("volume").iter().map(|entry| bound(&invocation.process, entry)).collect::<Done<_>>()?;
    for entry in arguments.texts("mount") {
        mounts.push(long_mount(&invocation.process, entry)?);
    }
    Ok(ContainerConfig {
        name: owned("name").unwrap_or_default(),
        image: image.clone(),
        command: (!command.is_empty()).then(|| command.to_vec()),
        entrypoint: owned("entrypoint").map(|program| if program.is_empty() { Vec::new() } else { vec![program] }),
        environment: environment(invocation)?,
        working_dir: owned("workdir"),
        user: owned("user"),
        hostname: owned("hostname"),
        healthcheck: health(arguments)?,
        stop_signal: owned("stop-signal"),
        stop_timeout: arguments.number("stop-timeout").and_then(|seconds| u64::try_from(seconds).ok()),
        restart: container::restart_policy(arguments.text("restart").unwrap_or("no"))?,
        labels: pairs(arguments.texts("label")),
        mounts,
        tmpfs: arguments.texts("tmpfs").iter().map(|entry| split(entry, ':')).collect(),
        volumes_from: donors.collect::<Result<_, _>>()?,
        ports: ports(arguments)?,
        exposed: arguments.texts("expose").iter().map(|port| with_protocol(port)).collect(),
        network: network(invocation)?,
        extra_hosts: arguments.texts("add-host").iter().map(|entry| split(entry, ':')).collect(),
        init: arguments.on("init"),
        read_only: arguments.on("read-only"),
        tty: arguments.on("tty"),
        stdin_open: arguments.on("interactive"),
        memory_limit: arguments.text("memory").map(size::parse).transpose().map_err(told)?,
        auto_remove: arguments.on("rm"),
        ..ContainerConfig::default()
    })
}

fn told(error: crate::compose::format::FormatError) -> Failure {
    Failure::new(error.docker)
}

fn split(entry: &str, at: char) -> (String, String) {
    let (left, right) = entry.split_once(at).unwrap_or((entry, ""));
    (left.to_owned(), right.to_owned())
}

fn with_protocol(port: &str) -> String {
    if port.contains('/') { port.to_owned() } else { format!("{port}/tcp") }
}

/// `--env-file`, then `--env`; a name alone takes the shell's value, if it has one.
fn environment(invocation: &Invocation) -> Done<Vec<(String, Option<String>)>> {
    let (arguments, process) = (&invocation.arguments, &invocation.process);
    let mut entries = Vec::new();
    for path in arguments.texts("env-file") {
        let missing = || Failure::new(format!("open {path}: no such file or directory"));
        let text = process.read_file(path).map_err(|_| missing())?;
        let text = String::from_utf8_lossy(&text).into_owned();
        entries.extend(text.lines().map(str::trim_start).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    entries.retain(|line| !line.starts_with('#'));
    entries.extend(arguments.texts("env").iter().cloned());
    let shell = process.environment();
    let value = |entry: &String| match entry.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), Some(value.to_owned()))),
        None => Some((entry.clone(), Some(shell.get(entry)?.to_string()))),
    };
    Ok(entries.iter().filter_map(value).collect())
}

/// `-v [SOURCE:]TARGET[:OPTIONS]`.
fn bound(process: &Process, entry: &str) -> Done<MountConfig> {
    let parsed = volume::parse(entry).map_err(told)?;
    let source = match parsed.source.as_str() {
        "" => MountSource::AnonymousVolume { no_copy: parsed.no_copy, subpath: None },
        path if volume::is_path(path) => MountSource::Bind { path: process.absolute(path), create_host_path: true },
        name => MountSource::Volume { name: name.to_owned(), no_copy: parsed.no_copy, subpath: None },
    };
    let bind_text = Some(entry.to_owned());
    Ok(MountConfig { source, target: parsed.target, read_only: parsed.read_only, bind_text, span: None })
}

/// `--mount type=…,source=…,target=…,readonly`.
fn long_mount(process: &Process, entry: &str) -> Done<MountConfig> {
    let fields: Vec<(&str, &str)> =
        entry.split(',').map(|field| field.split_once('=').unwrap_or((field, "true"))).collect();
    let find = |names: &[&str]| fields.iter().rev().find(|(name, _)| names.contains(name)).map(|(_, value)| *value);
    let invalid = |text: &str| Failure::new(format!("invalid argument \"{entry}\" for \"--mount\" flag: {text}"));
    let source = find(&["source", "src"]);
    let target = find(&["target", "destination", "dst"]).ok_or_else(|| invalid("target is required"))?;
    let no_copy = find(&["volume-nocopy"]) == Some("true");
    let source = match (find(&["type"]).unwrap_or("volume"), source) {
        ("bind", Some(path)) => MountSource::Bind { path: process.absolute(path), create_host_path: false },
        ("bind", None) => return Err(invalid("source is required")),
        ("tmpfs", source) => MountSource::Tmpfs {
            source: source.map(str::to_owned),
            size: find(&["tmpfs-size"]).map(size::parse).transpose().map_err(told)?,
            mode: find(&["tmpfs-mode"]).and_then(|mode| u32::from_str_radix(mode, 8).ok()),
        },
        ("volume", Some(name)) => MountSource::Volume {
            name: name.to_owned(),
            no_copy,
            subpath: find(&["volume-subpath"]).map(str::to_owned),
        },
        ("volume", None) => {
            MountSource::AnonymousVolume { no_copy, subpath: find(&["volume-subpath"]).map(str::to_owned) }
        }
        (kind, _) => return Err(invalid(&format!("mount type unknown: \"{kind}\""))),
    };
    let read_only = find(&["readonly", "ro"]).is_some_and(|value| value == "true" || value == "1");
    Ok(MountConfig { source, target: target.to_owned(), read_only, bind_text: None, span: None })
}

fn ports(arguments: &Arguments) -> Done<Vec<PortConfig>> {
    let mut found = Vec::new();
    for entry in arguments.texts("publish") {
        for mapping in port::parse(entry).map_err(told)? {
            let (start, end) = mapping.published.split_once('-').unwrap_or((&mapping.published, &mapping.published));
            found.push(PortConfig {
                host_ip: mapping.host_ip.clone(),
                host_start: start.parse().unwrap_or(0),
                host_end: end.parse().unwrap_or(0),
                container: mapping.target,
                protocol: mapping.protocol.clone(),
            });
        }
    }
    Ok(found)
}

fn network(invocation: &Invocation) -> Done<NetworkConfig> {
    let arguments = &invocation.arguments;
    let name = arguments.text("network").or(arguments.text("net")).unwrap_or("bridge");
    if let Some(donor) = name.strip_prefix("container:") {
        return Ok(NetworkConfig::Container(invocation.context.engine.find_container(donor)?));
    }
    let aliases = arguments.texts("network-alias").iter().chain(arguments.texts("net-alias"));
    Ok(match name {
        "host" => NetworkConfig::Host,
        "none" => NetworkConfig::None,
        name => NetworkConfig::Endpoints(vec![EndpointConfig {
            network: if name == "default" { "bridge".to_owned() } else { name.to_owned() },
            aliases: aliases.cloned().collect(),
            ipv4_address: arguments.text("ip").map(str::to_owned),
            links: arguments.texts("link").iter().map(|link| linked(link)).collect(),
        }]),
    })
}

fn linked(link: &str) -> (String, String) {
    let (name, alias) = link.split_once(':').unwrap_or((link, link));
    (name.to_owned(), alias.to_owned())
}

fn health(arguments: &Arguments) -> Done<Option<HealthcheckConfig>> {
    let given = ["cmd", "interval", "timeout", "start-period", "start-interval", "retries"]
        .iter()
        .any(|name| arguments.given(&format!("health-{name}")));
    if arguments.on("no-healthcheck") {
        if given {
            return Err(Failure::new("--no-healthcheck conflicts with --health-* options"));
        }
        return Ok(Some(HealthcheckConfig { test: vec!["NONE".to_owned()], ..HealthcheckConfig::default() }));
    }
    let span = |name: &str| -> Done<Duration> {
        let Some(text) = arguments.text(name) else { return Ok(Duration::ZERO) };
        let nanoseconds = duration::parse(text).map_err(told)?;
        Ok(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0)))
    };
    let test = arguments.text("health-cmd").map(|script| vec!["CMD-SHELL".to_owned(), script.to_owned()]);
    Ok(given.then_some(HealthcheckConfig {
        test: test.unwrap_or_default(),
        interval: span("health-interval")?,
        timeout: span("health-timeout")?,
        retries: arguments.number("health-retries").map_or(0, |count| u64::try_from(count).unwrap_or(0)),
        start_period: span("health-start-period")?,
        start_interval: span("health-start-interval")?,
    }))
}
