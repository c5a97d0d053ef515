//! `docker compose create`, and the first half of `up`: images, networks, volumes, orphans, then the containers (semantics
//! 4.1). Must not start anything.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::convergence::Convergence;
use super::host::{Compose, Need, says_yes};
use super::images::{self, Build};
use super::{networks, stop, volumes};
use crate::compose::model::Project;
use crate::sim::engine::{Grace, RemoveOptions};
use crate::text::{Span, Spanned};
use std::collections::BTreeMap;
use std::rc::Rc;

/// When containers are replaced (U21).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recreate {
    /// When their configuration or image differs.
    #[default]
    Diverged,
    /// Always.
    Force,
    /// Never.
    Never,
}

/// How containers are created.
#[derive(Clone, Debug, Default)]
pub struct CreateOptions {
    /// Services named on the command line; all if none is.
    pub services: Vec<String>,
    /// For the named services.
    pub recreate: Recreate,
    /// For what they depend on.
    pub recreate_dependencies: Recreate,
    /// Whether a container takes over the anonymous volumes of the one it replaces.
    pub inherit: bool,
    /// How long the replaced ones have to stop.
    pub grace: Grace,
    /// What is done about orphans.
    pub orphans: Orphans,
    /// What is done about images.
    pub build: Build,
    /// `-y`: yes to all questions.
    pub yes: bool,
}

/// What is done about containers whose service is gone (U40).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orphans {
    /// A warning.
    #[default]
    Warn,
    /// They are removed.
    Remove,
    /// Nothing.
    Ignore,
}

impl CreateOptions {
    /// What the flags of `up` and `create` say. The flags' conflicts have been checked.
    pub fn of(compose: &Compose, project: &Project, arguments: &Arguments) -> Done<Self> {
        let fresh = arguments.on("renew-anon-volumes");
        let recreate = match () {
            () if arguments.on("no-recreate") => Recreate::Never,
            () if arguments.on("force-recreate") || fresh => Recreate::Force,
            () => Recreate::Diverged,
        };
        let recreate_dependencies = match () {
            () if arguments.on("no-recreate") => Recreate::Never,
            () if arguments.on("always-recreate-deps") => Recreate::Force,
            () => Recreate::Diverged,
        };
        let remove = match arguments.given("remove-orphans") {
            true => arguments.on("remove-orphans"),
            false => compose.is_set("COMPOSE_REMOVE_ORPHANS"),
        };
        let orphans = match (ignores_orphans(project), remove) {
            (true, true) => return Err(Failure::new("cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans")),
            (true, false) => Orphans::Ignore,
            (false, true) => Orphans::Remove,
            (false, false) => Orphans::Warn,
        };
        Ok(Self {
            services: arguments.positional.clone(),
            recreate,
            recreate_dependencies,
            inherit: !fresh,
            grace: stop::grace(arguments),
            orphans,
            build: Build::of(arguments)?,
            yes: arguments.on("yes"),
        })
    }
}

/// The command.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let conflicts = [
        ("build", "no-build", "--build and --no-build are incompatible"),
        ("force-recreate", "no-recreate", "--force-recreate and --no-recreate are incompatible"),
    ];
    for (one, other, text) in conflicts {
        if arguments.on(one) && arguments.on(other) {
            return Err(Failure::new(text));
        }
    }
    let mut project = compose.load_selected(context, Need::Full, &arguments.positional)?;
    set_scale(&mut project, arguments.texts("scale"))?;
    let options = CreateOptions::of(compose, &project, arguments)?;
    create(context, compose, &Rc::new(project), options).await
}

/// `COMPOSE_IGNORE_ORPHANS`, of the shell or of `.env`.
pub fn ignores_orphans(project: &Project) -> bool {
    project.environment.get("COMPOSE_IGNORE_ORPHANS").is_some_and(|value| says_yes(value))
}

/// `--scale SERVICE=NUM`.
pub fn set_scale(project: &mut Project, wishes: &[String]) -> Done {
    for wish in wishes {
        let parsed = wish.split_once('=').filter(|(name, _)| !name.is_empty());
        let Some((name, count)) = parsed else {
            return Err(Failure::new(format!("invalid --scale option \"{wish}\". Should be SERVICE=NUM")));
        };
        let count: u32 = count.parse().map_err(|_| {
            Failure::new(format!("strconv.Atoi: parsing {}: invalid syntax", super::super::table::quote(count)))
        })?;
        let service = project.services.get_mut(name).ok_or_else(|| Failure::new(format!("no such service: {name}")))?;
        let place = service.scale.as_ref().map_or(service.name.span, |scale| scale.span);
        service.scale = Some(Spanned::new(count, place));
        if let Some(deploy) = &mut service.deploy {
            deploy.value.replicas = deploy.value.replicas.as_ref().map(|_| Spanned::new(count, Span::default()));
        }
    }
    Ok(())
}

/// Makes everything a project needs up to its containers.
pub async fn create(context: &Context, compose: &Compose, project: &Rc<Project>, options: CreateOptions) -> Done {
    check_container_names(project)?;
    images::ensure(context, compose, project, &options.build).await?;
    networks::ensure_all(context, project).await?;
    volumes::ensure_all(context, compose, project, options.yes).await?;
    let found = containers::of_project(context, &project.name, OneOff::Include, Reach::All).await;
    orphans(context, project, &found, options.orphans).await?;
    let alive: Vec<_> = found.into_iter().filter(|container| !containers::is_orphan(project, container)).collect();
    Convergence::new(project.clone(), Rc::new(options), compose.separator(), &alive).apply(context).await
}

async fn orphans(
    context: &Context,
    project: &Project,
    found: &[crate::sim::engine::ContainerView],
    orphans: Orphans,
) -> Done {
    let mut left: Vec<_> =
        found.iter().filter(|container| containers::is_orphan(project, container)).cloned().collect();
    containers::newest_first(&mut left);
    match orphans {
        _ if left.is_empty() => Ok(()),
        Orphans::Ignore => Ok(()),
        Orphans::Remove => {
            let options = RemoveOptions { force: true, volumes: false };
            stop::remove_containers(context, None, &left, Grace::Configured, options).await
        }
        Orphans::Warn => {
            let names: Vec<&str> = left.iter().map(|container| &*container.name).collect();
            context.terminal.warn(&format!(
                "Found orphan containers ([{}]) for this project. If you removed or renamed this service in your compose file, \
                 you can run this command with the --remove-orphans flag to clean it up.",
                names.join(" ")
            ));
            Ok(())
        }
    }
}

/// No two services may ask for the same container name (K16).
fn check_container_names(project: &Project) -> Done {
    let mut taken = BTreeMap::new();
    for (name, service) in &project.services {
        let Some(container) = &service.container_name else { continue };
        if taken.insert(container.value.as_str(), name).is_some() {
            return Err(Failure::new(format!(
                "services.{name}: container name \"{}\" is already in use by service {{}}\"",
                container.value
            )));
        }
    }
    Ok(())
}
