//! Images of a project: present, fetched or built before anything else (U1-U3); and `docker compose build`, `pull`, `images`.
//! Must not know who runs them.

use super::super::arguments::Arguments;
use super::super::context::{Context, all, all_cancelling};
use super::super::table;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::{Compose, Need};
use super::labels;
use crate::compose::model::{Build as BuildSection, Project, Service};
use crate::sim::engine::{BuildRequest, OutputSink};
use crate::sim::log::Rule;
use std::rc::Rc;

/// What `--build`, `--no-build` and `--pull` ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// `--build`: even if there is an image.
    pub always: bool,
    /// `--no-build`: not even if there is none.
    pub never: bool,
    /// `--pull`, in place of each service's `pull_policy`.
    pub pull: Option<String>,
    /// Without the builder's lines.
    pub quiet: bool,
}

impl Build {
    /// What the flags say.
    pub fn of(arguments: &Arguments) -> Done<Self> {
        let pull = arguments.text("pull").filter(|pull| *pull != "policy").map(str::to_owned);
        if let Some(policy) = &pull
            && !matches!(
                policy.as_str(),
                "always" | "missing" | "if_not_present" | "never" | "build" | "daily" | "weekly"
            )
        {
            return Err(Failure::new(format!("invalid --pull option {}", table::quote(policy))));
        }
        let quiet = arguments.on("quiet") || arguments.on("quiet-build");
        Ok(Self { always: arguments.on("build"), never: arguments.on("no-build"), pull, quiet })
    }
}

/// Fetches and builds what is missing. What is still missing then, with `--no-build` or `pull_policy: never`, the engine refuses
/// to make a container from.
pub async fn ensure(context: &Context, compose: &Compose, project: &Project, build: &Build) -> Done {
    let local = |service: &Service| has(context, compose, project, service);
    let to_pull: Vec<&Service> =
        project.services.values().filter(|service| must_pull(service, build, local(service))).collect();
    let scope = &context.cancellable();
    all_cancelling(&scope.cancel, to_pull.into_iter().map(|service| pull(scope, service))).await?;
    if build.never {
        return Ok(());
    }
    let to_build: Vec<&Service> = project
        .services
        .values()
        .filter(|service| {
            service.build.is_some() && (build.always || !local(service) || policy(service, build) == "build")
        })
        .collect();
    for service in to_build {
        build_one(context, compose, project, service, build.quiet).await?;
    }
    Ok(())
}

fn has(context: &Context, compose: &Compose, project: &Project, service: &Service) -> bool {
    context.engine.inspect_image(&labels::image_name(compose.separator(), &project.name, service)).is_ok()
}

fn policy<'p>(service: &'p Service, build: &'p Build) -> &'p str {
    let own = service.pull_policy.as_ref().map(|policy| policy.value.as_str());
    build.pull.as_deref().or(own).unwrap_or("missing")
}

fn must_pull(service: &Service, build: &Build, local: bool) -> bool {
    if service.image.is_none() || build.always && service.build.is_some() {
        return false;
    }
    match policy(service, build) {
        "always" => true,
        "never" | "build" => false,
        _ => !local,
    }
}

/// A reference with its tag.
pub fn tagged(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains(':') || image.contains('@') { image.to_owned() } else { format!("{image}:latest") }
}

async fn pull(context: &Context, service: &Service) -> Done {
    let Some(image) = &service.image else { return Ok(()) };
    context.progress.text(&service.name, "Pulling");
    let (engine, reference) = (context.engine.clone(), image.value.clone());
    let cause = context.because(Rule::Missing, Some(image.span));
    let pulled = context.change(async move { engine.pull_image(&reference, cause).await.map(drop) }).await?;
    match pulled.map_err(Failure::from) {
        Ok(()) => context.progress.text(&service.name, "Pulled"),
        Err(failure) => {
            let word = if service.build.is_some() { "Warning" } else { "Error" };
            let reason = failure.message().trim_start_matches("Error response from daemon: ");
            context.progress.text(&service.name, &format!("{word} {reason}"));
            if service.build.is_none() {
                return Err(failure);
            }
        }
    }
    Ok(())
}

async fn build_one(context: &Context, compose: &Compose, project: &Project, service: &Service, quiet: bool) -> Done {
    let Some(section) = &service.build else { return Ok(()) };
    let tag = labels::image_name(compose.separator(), &project.name, service);
    if context.dry_run.is_some() {
        pretend_build(context, service, &tag);
        return Ok(());
    }
    let resource = format!("Service {}", service.name.value);
    if !quiet {
        context.progress.event(&resource, "Building");
    }
    let terminal = context.terminal.clone();
    let output: OutputSink = Rc::new(move |stream, bytes| {
        if !quiet {
            terminal.bytes(stream, bytes);
        }
    });
    let request = request(project, service, section, tag);
    let (engine, cause) = (context.engine.clone(), context.because(Rule::Asked, Some(section.span)));
    let built = context.ask(async move { engine.build_image(request, output, cause).await }).await?;
    if let Err(error) = built {
        return Err(Failure::new(error.message));
    }
    if !quiet {
        context.progress.event(&resource, "Built");
        context.progress.event(&service.name, "Built");
    }
    Ok(())
}

/// What `--dry-run` says in place of a build; the image it would have written is named by the service.
fn pretend_build(context: &Context, service: &Service, tag: &str) {
    let digest = super::hash::sha1(service.name.value.as_bytes());
    context.progress.text(&service.name, &format!("==> ==> writing image dryRun-{digest}"));
    context.progress.text(&service.name, &format!("==> ==> naming to {tag}"));
    context.progress.event(&service.name, "Built");
}

fn request(project: &Project, service: &Service, section: &BuildSection, tag: String) -> BuildRequest {
    let own = [
        (labels::VERSION, labels::COMPOSE_VERSION.to_owned()),
        (labels::PROJECT, project.name.clone()),
        (labels::SERVICE, service.name.value.clone()),
    ];
    let value = |(name, value): (&String, &Option<String>)| {
        let value = value.clone().or_else(|| project.environment.get(name).cloned())?;
        Some((name.clone(), value))
    };
    BuildRequest {
        tag,
        context: section.context.clone(),
        dockerfile: section.dockerfile.clone().unwrap_or_default(),
        dockerfile_inline: section.dockerfile_inline.clone(),
        arguments: section.args.iter().filter_map(value).collect(),
        target: section.target.clone(),
        labels: section.labels.clone().into_iter().chain(own.map(|(name, value)| (name.to_owned(), value))).collect(),
    }
}

/// `docker compose build`.
pub async fn run_build(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let mut project = compose.load(context, Need::Full, &arguments.positional)?;
    let along = match arguments.on("with-dependencies") {
        true => super::selection::Along::Dependencies,
        false => super::selection::Along::Nothing,
    };
    project = super::selection::select(project, &arguments.positional, along)?;
    for service in project.services.values_mut() {
        let Some(build) = &mut service.build else { continue };
        for argument in arguments.texts("build-arg") {
            let (name, value) =
                argument.split_once('=').map_or((argument.as_str(), None), |(name, value)| (name, Some(value)));
            build.value.args.insert(name.to_owned(), value.map(str::to_owned));
        }
    }
    let buildable: Vec<&Service> = project.services.values().filter(|service| service.build.is_some()).collect();
    if buildable.is_empty() {
        context.terminal.warn("No services to build");
    }
    for service in buildable {
        build_one(context, compose, &project, service, arguments.on("quiet")).await?;
    }
    Ok(())
}

/// `docker compose pull` (X16).
pub async fn run_pull(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let project = compose.load(context, Need::Full, &arguments.positional)?;
    let along = match arguments.on("include-deps") {
        true => super::selection::Along::Dependencies,
        false => super::selection::Along::Nothing,
    };
    let project = super::selection::select(project, &arguments.positional, along)?;
    let context = &if arguments.on("quiet") { context.silent() } else { context.clone() };
    let only_missing = arguments.text("policy") == Some("missing");
    let failures = arguments.on("ignore-pull-failures");
    let shared = &project;
    all(project.services.values().map(|service| async move {
        if service.image.is_none() {
            context.progress.text(&service.name, "Skipped - No image to be pulled");
        } else if service.build.is_some() && arguments.on("ignore-buildable") {
            context.progress.text(&service.name, "Skipped - Image can be built");
        } else if only_missing && has(context, compose, shared, service) {
            context.progress.text(&service.name, "Skipped - Image is already present locally");
        } else {
            return pull(context, service).await.or_else(|failure| if failures { Ok(()) } else { Err(failure) });
        }
        Ok(())
    }))
    .await
}

/// The machine that is simulated.
const PLATFORM: &str = "linux/amd64";

/// `docker compose images`: the images of the project's containers.
pub async fn run_images(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    super::ps::check_format(arguments)?;
    let (_, name) = compose.project_or_name(context, &[])?;
    let found = containers::of_project(context, &name, OneOff::Include, Reach::All).await;
    let wanted = found.iter().filter(|container| {
        arguments.positional.is_empty()
            || arguments.positional.iter().any(|name| name == containers::service(container))
    });
    let short = |id: &str| id.trim_start_matches("sha256:").chars().take(12).collect::<String>();
    if arguments.text("format") == Some("json") {
        return Err(Failure::new("docker compose images --format json is not simulated: images have no sizes here"));
    }
    if arguments.on("quiet") {
        let ids: std::collections::BTreeSet<String> =
            wanted.map(|container| container.image_id.trim_start_matches("sha256:").to_owned()).collect();
        ids.iter().for_each(|id| context.terminal.out(&format!("{id}\n")));
        return Ok(());
    }
    let titles = ["CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    for container in wanted {
        let image = tagged(&container.config.image);
        let (repository, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
        let id = short(&container.image_id);
        let built_at = context.engine.inspect_image(&container.image_id).ok().and_then(|image| image.created_at);
        // Images have no size here, and a date only if they were built in this session.
        let created = built_at
            .map_or_else(|| "N/A".to_owned(), |at| format!("{} ago", table::age(context.tasks.now().since(at))));
        rows.push([&*container.name, repository, tag, PLATFORM, &id, "N/A", &created].map(str::to_owned).to_vec());
    }
    context.terminal.out(&table::table(table::COMPOSE, &rows));
    Ok(())
}
