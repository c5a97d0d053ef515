//! `docker compose run`: a service's container for one command (X9); and `exec`, a command in a container that runs (X10).
//! Must not know how dependencies are made and started.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::super::{foreground, input};
use super::container::{self, Wanted};
use super::containers::{self, OneOff, Reach};
use super::convergence::create_container;
use super::create::{self, CreateOptions, Orphans};
use super::hash;
use super::host::{Compose, Need};
use super::images::{self, Build};
use super::mounts;
use super::selection::{self, Along};
use super::start::{self, StartOptions};
use super::wait::{Waiter, waits};
use crate::compose::format;
use crate::compose::model::{Mount, Port, Project, Service};
use crate::image::declared::EXTENSION;
use crate::kernel::Process;
use crate::kernel::pipe::pipe;
use crate::sim::engine::{ContainerView, ExecConfig, OutputSink, RemoveOptions, Streams};
use crate::sim::log::Cause;
use crate::text::{Span, Spanned};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The command `run`.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (name, command) = arguments.positional.split_first().expect("the arity has been checked");
    check(arguments)?;
    let context = &if arguments.on("quiet") { context.silent() } else { context.clone() };
    let named = [name.clone()];
    let mut project = compose.load_selected(context, Need::Full, &named)?;
    if arguments.on("no-deps") {
        project = selection::select(Project::clone(&project), &named, Along::Nothing)?;
    }
    let project = Rc::new(project);
    start_dependencies(context, compose, &project, name, arguments).await?;
    let service = adapted(compose, &project, name, command, arguments)?;
    let quiet = context.silent();
    let mut only = selection::select(Project::clone(&project), &named, Along::Nothing)?;
    only.services.insert(name.clone(), service.clone());
    let build = Build { always: arguments.on("build"), quiet: true, ..Build::of(arguments)? };
    images::ensure(&quiet, compose, &only, &build).await?;
    let found = containers::of_project(context, &project.name, OneOff::Include, Reach::All).await;
    let opened = if arguments.on("no-deps") {
        None
    } else {
        let waiter = Waiter {
            context: &quiet,
            project: &project.name,
            dependent: Some(name),
            containers: &found,
            deadline: None,
        };
        waiter.wait(&waits(&project, &project.services[name].depends_on)).await?
    };
    let references = container::references(&service, &containers::by_service(&found), &context.engine)?;
    let container_name = service.container_name.as_ref().map(|name| name.value.clone());
    let wanted = Wanted {
        project: &project,
        service: &service,
        name: container_name.unwrap_or_else(|| one_off_name(context, compose, &project, name)),
        number: None,
        inherit: None,
        replaces: None,
        references: &references,
        separator: compose.separator(),
        service_alias: arguments.on("use-aliases"),
        awaited_to_complete: container::awaited_to_complete(&project).contains(service.name.as_str()),
        auto_remove: arguments.on("rm"),
    };
    let cause = start::start_cause(context, &service, &found, opened);
    let created = create_container(context, &wanted, cause).await?;
    mounts::inject(context, &project, &service, &created)?;
    match arguments.on("detach") {
        true => start_detached(context, &created, cause).await,
        false => {
            context.refuse_dry_run("run")?;
            let _copying = match interactive(arguments) {
                true => {
                    let writer = context.engine.attach_input(created.container)?;
                    Some(input::copy(context, &compose.host.process, writer))
                }
                false => None,
            };
            foreground(context, &compose.host.process, &created, cause, arguments.on("rm")).await
        }
    }
}

/// Flags that exclude each other, or cannot be read.
fn check(arguments: &Arguments) -> Done {
    let conflicts = [
        (
            !arguments.texts("publish").is_empty() && arguments.on("service-ports"),
            "--service-ports and --publish are incompatible",
        ),
        (arguments.given("tty") && arguments.given("no-TTY"), "--tty and --no-TTY can't be used together"),
        (arguments.texts("label").iter().any(|label| !label.contains('=')), "label must be set as KEY=VALUE"),
    ];
    match conflicts.iter().find(|(conflict, _)| *conflict) {
        Some((_, text)) => Err(Failure::new(*text)),
        None => Ok(()),
    }
}

/// `--detach`: starts the container and prints its id.
async fn start_detached(context: &Context, created: &ContainerView, cause: Cause) -> Done {
    match context.start(created.container, cause).await {
        Ok(()) => {
            context.terminal.out(&format!("{}\n", created.id));
            Ok(())
        }
        Err(failure) => {
            context.terminal.error(&format!("{}\n", failure.message()));
            Err(Failure::new(format!("failed to start containers: {}", created.id)))
        }
    }
}

async fn start_dependencies(
    context: &Context,
    compose: &Compose,
    project: &Rc<Project>,
    name: &str,
    arguments: &Arguments,
) -> Done {
    let dependencies = Rc::new(selection::without(project, name));
    let orphans = match (create::ignores_orphans(project), arguments.on("remove-orphans")) {
        (_, true) => Orphans::Remove,
        (true, false) => Orphans::Ignore,
        (false, false) => Orphans::Warn,
    };
    create::create(context, compose, &dependencies, CreateOptions { orphans, ..CreateOptions::default() }).await?;
    match dependencies.services.is_empty() {
        true => Ok(()),
        false => start::start(context, &dependencies, StartOptions::default()).await,
    }
}

/// A name that no container has: `demo-app-run-` and twelve digits drawn from what there is.
fn one_off_name(context: &Context, compose: &Compose, project: &Project, service: &str) -> String {
    let seed = format!("{}/{service}/{}", project.name, context.engine.recorder().len());
    let slug = &hash::sha256(seed.as_bytes())[..12];
    compose.separator().join(&[&project.name, service, "run", slug])
}

/// The service as the flags change it for this one container.
fn adapted(
    compose: &Compose,
    project: &Project,
    name: &str,
    command: &[String],
    arguments: &Arguments,
) -> Done<Service> {
    let spanned = |value: &str| Spanned::new(value.to_owned(), Span::default());
    let mut service = project.services[name].clone();
    service.container_name = arguments.text("name").map(spanned);
    service.restart = None;
    if let Some(deploy) = &mut service.deploy {
        deploy.value.restart_policy = None;
    }
    service.tty = None;
    service.stdin_open = Some(Spanned::new(interactive(arguments), Span::default()));
    if let Some(entrypoint) = arguments.text("entrypoint") {
        let words = format::command_line::split(entrypoint).map_err(|error| Failure::new(error.docker))?.words;
        service.entrypoint = Some(Spanned::new(words, Span::default()));
        service.command = Some(Spanned::new(Vec::new(), Span::default()));
    }
    if !command.is_empty() {
        service.command = Some(Spanned::new(command.to_vec(), Span::default()));
    }
    if !command.is_empty() || arguments.text("entrypoint").is_some() {
        // Another program than the one that is described.
        service.extensions.remove(EXTENSION);
    }
    service.user = arguments.text("user").map(spanned).or(service.user);
    service.working_dir = arguments.text("workdir").map(spanned).or(service.working_dir);
    for entry in arguments.texts("env") {
        let (key, value) = match entry.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (entry.as_str(), compose.host.environment.get(entry).or(project.environment.get(entry)).cloned()),
        };
        if value.is_some() {
            service.environment.insert(key.to_owned(), Spanned::new(value, Span::default()));
        }
    }
    for label in arguments.texts("label") {
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        service.labels.insert(key.to_owned(), spanned(value));
    }
    let published = arguments.texts("publish");
    if !arguments.on("service-ports") {
        service.ports.clear();
        for entry in published {
            service.ports.extend(publish(entry)?);
        }
    }
    for entry in arguments.texts("volume") {
        let mount = volume(compose, entry)?;
        service.volumes.retain(|own| own.target != mount.target);
        service.volumes.push(mount);
    }
    Ok(service)
}

/// `-p 8080:80`.
fn publish(entry: &str) -> Done<Vec<Spanned<Port>>> {
    let mappings = format::port::parse(entry).map_err(|error| Failure::new(error.docker))?;
    let port = |mapping: format::port::PortMapping| Port {
        host_ip: mapping.host_ip,
        published: (!mapping.published.is_empty()).then_some(mapping.published),
        target: mapping.target,
        protocol: mapping.protocol,
    };
    Ok(mappings.into_iter().map(|mapping| Spanned::new(port(mapping), Span::default())).collect())
}

/// `-v SOURCE:TARGET:ro`.
fn volume(compose: &Compose, entry: &str) -> Done<Spanned<Mount>> {
    let short = format::volume::parse(entry).map_err(|error| Failure::new(error.docker))?;
    let source = match short.source.as_str() {
        "" => None,
        path if format::volume::is_path(path) => Some(compose.host.process.absolute(path)),
        name => Some(name.to_owned()),
    };
    let mount = Mount {
        kind: short.kind,
        source,
        target: short.target,
        read_only: short.read_only,
        create_host_path: true,
        short_syntax: true,
        ..Mount::default()
    };
    Ok(Spanned::new(mount, Span::default()))
}

/// Starts the container, shows its output, and ends with its exit code.
pub async fn foreground(
    context: &Context,
    process: &Process,
    created: &ContainerView,
    cause: Cause,
    remove: bool,
) -> Done {
    match foreground::stay(context, process, created.container, Some(cause)).await {
        Ok(0) => Ok(()),
        Ok(code) => Err(Failure::status(code)),
        // Unlike `docker run`, Compose tells no exit code of a container that could not be started.
        Err(failure) => {
            if remove {
                let options = RemoveOptions { force: true, volumes: true };
                let _ = context.remove(created.container, options, cause).await;
            }
            Err(failure)
        }
    }
}

/// The command `exec`.
pub async fn exec(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (service, command) = arguments.positional.split_first().expect("the arity has been checked");
    let (project, name) = compose.project_or_name(context, &[])?;
    let found = containers::of_project(context, &name, OneOff::Include, Reach::Running).await;
    let container = pick(&found, service, arguments.number("index").unwrap_or(0))?;
    let variables = project.map_or_else(BTreeMap::new, |project| project.environment);
    let exec = exec_config(command, arguments, &variables);
    if arguments.on("detach") {
        if context.dry_run.is_some() {
            let words: Vec<String> = command.iter().map(|word| quote(word)).collect();
            let (words, id) = (words.join(" "), &container.id);
            context.terminal.out(&format!(" DRY-RUN MODE - Executing command [{words}] in {id} (detached mode)\n"));
            return Ok(());
        }
        let (engine, id, cause) = (context.engine.clone(), container.container, context.asked());
        let silent: OutputSink = Rc::new(|_, _| {});
        drop(context.tasks.spawn(async move { engine.exec(id, exec, Streams::output(silent), cause).await }));
        return Ok(());
    }
    context.refuse_dry_run("exec")?;
    let terminal = context.terminal.clone();
    let output: OutputSink = Rc::new(move |stream, bytes| terminal.bytes(stream, bytes));
    let (reader, writer) = pipe();
    let _copying = interactive(arguments).then(|| input::copy(context, &compose.host.process, writer));
    let streams = Streams { input: Some(reader), output };
    match context.exec(container.container, exec, streams, context.asked()).await? {
        0 => Ok(()),
        code => Err(Failure::code(code)),
    }
}

/// Whether standard input is passed on: without a word, it is.
fn interactive(arguments: &Arguments) -> bool {
    !arguments.given("interactive") || arguments.on("interactive")
}

/// What `exec` runs, for `docker exec`, too. `-e NAME` takes the value of the shell's variable, if there is one.
pub fn exec_config(command: &[String], arguments: &Arguments, variables: &BTreeMap<String, String>) -> ExecConfig {
    let variable = |entry: &String| match entry.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => variables.get(entry).map(|value| (entry.clone(), value.clone())),
    };
    ExecConfig {
        command: command.to_vec(),
        environment: arguments.texts("env").iter().filter_map(variable).collect(),
        working_dir: arguments.text("workdir").map(str::to_owned),
        user: arguments.text("user").map(str::to_owned),
        tty: false,
    }
}

/// A service's container with this number, or with the lowest; one of `run` only if there is no other.
pub fn pick<'c>(found: &'c [ContainerView], service: &str, index: i64) -> Done<&'c ContainerView> {
    let own = found.iter().filter(|container| containers::service(container) == service);
    let fitting = own.filter(|container| index == 0 || i64::from(containers::number(container)) == index);
    let picked = fitting.min_by_key(|container| (containers::is_one_off(container), containers::number(container)));
    picked.ok_or_else(|| {
        let service = quote(service);
        Failure::new(match index {
            0 => format!("service {service} is not running"),
            index => format!("service {service} is not running container #{index}"),
        })
    })
}
