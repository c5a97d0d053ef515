//! The first pass of `up`: for each service, what there is against what the file wants, and the containers that are created,
//! recreated, removed or left for it (semantics 4.4-4.6). Must not know about networks, volumes and images being made.

use super::super::context::{Context, all};
use super::super::terminal::{Done, Failure};
use super::container::{self, References, Wanted};
use super::create::{CreateOptions, Recreate};
use super::graph::{self, Direction};
use super::labels::{self, Separator};
use super::{containers, mounts, stop};
use crate::compose::model::{MountKind, Project, Service};
use crate::sim::engine::{ContainerState, ContainerView, RemoveOptions};
use crate::sim::log::{DataPlace, Rule};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The pass over all services.
pub struct Convergence {
    project: Rc<Project>,
    options: Rc<CreateOptions>,
    separator: Separator,
    /// The services that others wait for to complete.
    awaited_to_complete: BTreeSet<String>,
    /// The containers of each service: at first those found, then those that are wanted.
    observed: RefCell<BTreeMap<String, Vec<ContainerView>>>,
}

/// What one service's containers are measured against.
struct Measure<'m> {
    service: &'m Service,
    policy: Recreate,
    hash: String,
    image: String,
}

impl Convergence {
    /// A pass that begins with what was found.
    pub fn new(
        project: Rc<Project>,
        options: Rc<CreateOptions>,
        separator: Separator,
        found: &[ContainerView],
    ) -> Self {
        let awaited_to_complete = container::awaited_to_complete(&project).into_iter().map(str::to_owned).collect();
        let observed = RefCell::new(containers::by_service(found));
        Self { project, options, separator, awaited_to_complete, observed }
    }

    /// Brings all services to what the file wants, dependencies first.
    pub async fn apply(self, context: &Context) -> Done {
        let this = Rc::new(self);
        let project = this.project.clone();
        let visit: graph::Visit = Rc::new(move |context, name| {
            let this = this.clone();
            Box::pin(async move { this.ensure(&context, &name).await })
        });
        graph::walk(context, &project, Direction::DependenciesFirst, visit).await
    }

    async fn ensure(&self, context: &Context, name: &str) -> Done {
        let service = &self.project.services[name];
        let wanted = scale(service)?;
        let references = container::references(service, &self.observed.borrow(), &context.engine)?;
        let mut existing = self.observed.borrow().get(name).cloned().unwrap_or_default();
        let measure = self.measure(context, service, &references);
        existing.sort_by_key(|container| (self.must_recreate(&measure, container), containers::number(container)));
        let next = existing.iter().map(containers::number).max().unwrap_or(0) + 1;
        let updated: Rc<RefCell<BTreeMap<u32, ContainerView>>> = Rc::default();
        let mut work: Vec<std::pin::Pin<Box<dyn Future<Output = Done> + '_>>> = Vec::new();
        for (at, found) in existing.iter().enumerate() {
            let number = containers::number(found);
            if at >= wanted {
                work.push(Box::pin(self.scale_down(context, service, found.clone())));
            } else if self.must_recreate(&measure, found) {
                self.stop_dependents(context, name).await?;
                let (references, updated) = (&references, updated.clone());
                work.push(Box::pin(async move {
                    let created = self.recreate(context, service, found, references).await?;
                    updated.borrow_mut().insert(number, created);
                    Ok(())
                }));
            } else {
                self.keep(context, found, &mut work);
                updated.borrow_mut().insert(number, found.clone());
            }
        }
        for number in next..next + (wanted.saturating_sub(existing.len())) as u32 {
            let (references, updated) = (&references, updated.clone());
            work.push(Box::pin(async move {
                let created = self.create(context, service, number, references).await?;
                updated.borrow_mut().insert(number, created);
                Ok(())
            }));
        }
        let done = all(work).await;
        self.observed.borrow_mut().insert(name.to_owned(), updated.borrow().values().cloned().collect());
        done
    }

    fn measure<'m>(&self, context: &Context, service: &'m Service, references: &References) -> Measure<'m> {
        let named = self.options.services.is_empty() || self.options.services.contains(&service.name.value);
        let image = labels::image_name(self.separator, &self.project.name, service);
        Measure {
            service,
            policy: if named { self.options.recreate } else { self.options.recreate_dependencies },
            hash: references.hash(service).to_owned(),
            image: context.engine.inspect_image(&image).map_or_else(|_| String::new(), |image| image.id.to_string()),
        }
    }

    /// Whether a container must be replaced (U20).
    fn must_recreate(&self, measure: &Measure<'_>, container: &ContainerView) -> bool {
        match measure.policy {
            Recreate::Never => return false,
            Recreate::Force => return true,
            Recreate::Diverged => {}
        }
        containers::label(container, labels::CONFIG_HASH) != measure.hash
            || containers::label(container, labels::IMAGE) != measure.image
            || container.state == ContainerState::Running && self.lacks_network(measure.service, container)
            || self.lacks_volume(measure.service, container)
    }

    fn lacks_network(&self, service: &Service, container: &ContainerView) -> bool {
        let names = service.networks.keys().filter_map(|key| self.project.networks.get(key));
        names.into_iter().any(|network| !container.networks.contains_key(network.name.as_str()))
    }

    fn lacks_volume(&self, service: &Service, container: &ContainerView) -> bool {
        let keys = service
            .volumes
            .iter()
            .filter(|mount| mount.kind == MountKind::Volume)
            .filter_map(|mount| mount.source.as_ref());
        let mut names = keys.filter_map(|key| self.project.volumes.get(key)).map(|volume| volume.name.as_str());
        names.any(|name| {
            !container.mounts.iter().any(|mount| matches!(&mount.place, DataPlace::Volume(found) if **found == *name))
        })
    }

    /// A container that stays (U25).
    fn keep<'k>(
        &'k self,
        context: &'k Context,
        container: &'k ContainerView,
        work: &mut Vec<std::pin::Pin<Box<dyn Future<Output = Done> + 'k>>>,
    ) {
        match container.state {
            ContainerState::Running => context.progress.container(&container.name, "Running"),
            ContainerState::Created | ContainerState::Restarting | ContainerState::Exited => {}
            ContainerState::Paused | ContainerState::Removing | ContainerState::Dead => {
                work.push(Box::pin(async move {
                    context.progress.container(&container.name, "Restart");
                    context.start(container.container, context.asked()).await?;
                    context.progress.container(&container.name, "Restarted");
                    Ok(())
                }))
            }
        }
    }

    async fn scale_down(&self, context: &Context, service: &Service, found: ContainerView) -> Done {
        let place = service.attributes.get("scale").or(service.attributes.get("deploy")).copied();
        let cause = context.because(Rule::Diverged, place);
        let options = RemoveOptions { force: true, volumes: false };
        stop::stop_and_remove(context, Some(service), &found, self.options.grace, options, cause).await
    }

    /// Dependents with `restart: true` are stopped before what they depend on is replaced (D40).
    async fn stop_dependents(&self, context: &Context, name: &str) -> Done {
        let restarting = |service: &Service| service.depends_on.get(name).is_some_and(|edge| edge.restart);
        let dependents: Vec<String> = self
            .project
            .services
            .iter()
            .filter(|(_, service)| restarting(service))
            .map(|(name, _)| name.clone())
            .collect();
        if dependents.is_empty() {
            return Ok(());
        }
        stop::stop_services(context, &self.project, &dependents, crate::sim::engine::Grace::Configured).await?;
        for dependent in &dependents {
            for container in self.observed.borrow_mut().get_mut(dependent).into_iter().flatten() {
                container.state = ContainerState::Exited;
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        context: &Context,
        service: &Service,
        number: u32,
        references: &References,
    ) -> Done<ContainerView> {
        let name = labels::container_name(self.separator, &self.project.name, service, number);
        context.progress.container(&name, "Creating");
        let wanted = Wanted {
            project: &self.project,
            service,
            name: name.clone(),
            number: Some(number),
            inherit: None,
            replaces: None,
            references,
            separator: self.separator,
            service_alias: true,
            awaited_to_complete: self.awaited_to_complete.contains(service.name.as_str()),
            auto_remove: false,
        };
        let cause = context.because(Rule::Missing, Some(service.span));
        let created = create_container(context, &wanted, cause).await;
        match &created {
            Ok(_) => context.progress.container(&name, "Created"),
            Err(failure) if !context.cancel.is_cancelled() => context.progress.container(&name, failure.message()),
            Err(_) => {}
        }
        created
    }

    /// The steps of a recreate (semantics 4.5).
    async fn recreate(
        &self,
        context: &Context,
        service: &Service,
        old: &ContainerView,
        references: &References,
    ) -> Done<ContainerView> {
        context.progress.container(&old.name, "Recreate");
        let number = containers::number(old);
        let name = labels::container_name(self.separator, &self.project.name, service, number);
        let wanted = Wanted {
            project: &self.project,
            service,
            name: format!("{}_{name}", &old.id[..12.min(old.id.len())]),
            number: Some(number),
            inherit: self.options.inherit.then_some(old),
            replaces: Some(old),
            references,
            separator: self.separator,
            service_alias: true,
            awaited_to_complete: self.awaited_to_complete.contains(service.name.as_str()),
            auto_remove: false,
        };
        let cause = context.because(Rule::Diverged, Some(service.span));
        let replaced = async {
            let created = create_container(context, &wanted, cause).await?;
            context.stop(old.container, self.options.grace, cause).await??;
            context.remove(old.container, RemoveOptions::default(), cause).await??;
            context.rename(created.container, &name, cause).await?;
            Ok(context.inspect(created.container)?)
        }
        .await;
        match &replaced {
            Ok(_) => context.progress.container(&old.name, "Recreated"),
            Err(failure) if !context.cancel.is_cancelled() => {
                let failure: &Failure = failure;
                context.progress.container(&old.name, failure.message());
            }
            Err(_) => {}
        }
        replaced
    }
}

/// Sends the request for a container, and answers what became of it.
pub async fn create_container(
    context: &Context,
    wanted: &Wanted<'_>,
    cause: crate::sim::log::Cause,
) -> Done<ContainerView> {
    let configuration = container::configuration(&context.engine, wanted)?;
    mounts::warn(context, wanted.project, wanted.service);
    let warnings = configuration.warnings();
    let created = context.create(configuration, cause).await?;
    warnings.iter().for_each(|warning| context.progress.text(&wanted.service.name, warning));
    Ok(context.inspect(created)?)
}

/// How many containers a service wants; an error for more than one of a fixed name (U27).
fn scale(service: &Service) -> Done<usize> {
    let count = service.replicas();
    match &service.container_name {
        Some(name) if count > 1 => Err(Failure::new(format!(
            "WARNING: The {} service is using the custom container name {}. Docker requires each container to have a unique \
             name. Remove the custom name to scale the service",
            super::super::table::quote(&service.name),
            super::super::table::quote(name),
        ))),
        _ => Ok(count as usize),
    }
}
