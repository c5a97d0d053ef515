//! What the tasks of one command share: the engine, the clock, the output, a way to be cancelled, and the step they answer to.
//! Must not know any command.

use super::dry_run::DryRun;
use super::progress::Progress;
use super::terminal::{Done, Failure, Terminal};
use crate::kernel::sync::{CancelToken, join_all};
use crate::kernel::{Join, Process, Tasks};
use crate::sim::costs;
use crate::sim::engine::{
    Answer, ContainerConfig, ContainerFilter, ContainerView, Engine, ExecConfig, Grace, NetworkSpecification,
    OutputSink, RemoveOptions, Streams, VolumeSpecification,
};
use crate::sim::log::{Cause, CausedBy, ContainerId, EventId, EventKind, Rule, StepId};
use crate::text::Span;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// A cheap handle, passed to everything a command does (Compose's own `context.Context`).
#[derive(Clone)]
pub struct Context {
    /// The daemon.
    pub engine: Engine,
    /// The executor.
    pub tasks: Tasks,
    /// The output.
    pub terminal: Terminal,
    /// The progress lines.
    pub progress: Progress,
    /// Cancelled when the work around it is given up.
    pub cancel: CancelToken,
    /// The step the command belongs to.
    pub step: StepId,
    /// The command's own process: the host's files are its files.
    pub process: Process,
    /// Who hears what `post_start` and `pre_stop` hooks write in a container: only an `up` that stays.
    pub hook_listener: Option<HookListener>,
    /// With `--dry-run`, what is pretended: nothing is changed then.
    pub dry_run: Option<Rc<DryRun>>,
}

/// For a container, where the output of a hook in it goes.
pub type HookListener = Rc<dyn Fn(&ContainerView) -> OutputSink>;

impl Context {
    /// The same with progress lines switched off.
    pub fn silent(&self) -> Self {
        Self { progress: self.progress.silent(), ..self.clone() }
    }

    /// The same with a cancellation of its own below this one's.
    pub fn cancellable(&self) -> Self {
        Self { cancel: self.cancel.child(), ..self.clone() }
    }

    /// The same, not cancelled by what surrounds it.
    pub fn uncancelled(&self) -> Self {
        Self { cancel: CancelToken::new(), ..self.clone() }
    }

    /// The cause "the step asked for it".
    pub fn asked(&self) -> Cause {
        self.because(Rule::Asked, None)
    }

    /// A cause that begins with the step.
    pub fn because(&self, rule: Rule, place: Option<Span>) -> Cause {
        Cause { by: CausedBy::Step(self.step), rule, place }
    }

    /// A cause that begins with an event, or with the step if there is none.
    pub fn after(&self, event: Option<EventId>, rule: Rule, place: Option<Span>) -> Cause {
        Cause { by: event.map_or(CausedBy::Step(self.step), CausedBy::Event), rule, place }
    }

    /// Records an event of the client's own; what is only pretended leaves none.
    pub fn record(&self, cause: Cause, kind: EventKind) -> EventId {
        if self.dry_run.is_some() {
            return EventId(self.engine.recorder().len().saturating_sub(1) as u32);
        }
        self.engine.recorder().record(self.tasks.now(), cause, kind)
    }

    /// An error while the daemon is down.
    pub fn reach_daemon(&self) -> Done {
        match self.engine.is_up() {
            true => Ok(()),
            false => Err(Failure::new(
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            )),
        }
    }

    /// Time the client itself takes.
    pub async fn takes(&self, span: Duration) {
        self.tasks.sleep(span).await;
    }

    /// Runs work as a task of the command: it ends with the command, however that ends.
    pub fn own<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> Owned<T> {
        Owned(self.tasks.spawn(work))
    }

    /// Sends a request to the engine. The engine goes on with it when the client gives up.
    pub async fn request<T: 'static>(&self, request: impl Future<Output = Answer<T>> + 'static) -> Done<T> {
        Ok(self.ask(request).await??)
    }

    /// Like [`Self::request`], with the engine's error as it is.
    pub async fn ask<T: 'static>(&self, request: impl Future<Output = Answer<T>> + 'static) -> Done<Answer<T>> {
        if self.cancel.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let answer = self.tasks.spawn(request);
        match self.cancel.run(answer).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_)) | None => Err(Failure::cancelled()),
        }
    }

    /// A request that changes something; with `--dry-run` it is taken for granted.
    pub async fn change(&self, request: impl Future<Output = Answer<()>> + 'static) -> Done<Answer<()>> {
        match self.dry_run {
            Some(_) => Ok(Ok(())),
            None => self.ask(request).await,
        }
    }

    /// Containers the engine has.
    pub async fn list(&self, filter: &ContainerFilter) -> Vec<ContainerView> {
        self.takes(costs::API_QUESTION).await;
        match &self.dry_run {
            Some(dry_run) => dry_run.list(&self.engine, filter),
            None => self.engine.list_containers(filter),
        }
    }

    /// A container the engine has.
    pub fn inspect(&self, container: ContainerId) -> Answer<ContainerView> {
        let pretended = self.dry_run.as_ref().and_then(|dry_run| dry_run.inspect(container));
        pretended.map_or_else(|| self.engine.inspect_container(container), Ok)
    }

    /// An error with `--dry-run`: what is asked for cannot be pretended.
    pub fn refuse_dry_run(&self, what: &str) -> Done {
        match self.dry_run {
            Some(_) => Err(Failure::new(format!("interactive {what} is not supported in dry-run mode"))),
            None => Ok(()),
        }
    }

    /// `POST /containers/create`.
    pub async fn create(&self, config: ContainerConfig, cause: Cause) -> Done<ContainerId> {
        if let Some(dry_run) = &self.dry_run {
            return Ok(dry_run.create(&self.engine, self.tasks.now(), config));
        }
        let engine = self.engine.clone();
        self.request(async move { engine.create_container(config, cause).await }).await
    }

    /// `POST /containers/{id}/start`.
    pub async fn start(&self, container: ContainerId, cause: Cause) -> Done {
        let engine = self.engine.clone();
        Ok(self.change(async move { engine.start_container(container, cause).await }).await??)
    }

    /// `POST /containers/{id}/stop`.
    pub async fn stop(&self, container: ContainerId, grace: Grace, cause: Cause) -> Done<Answer<()>> {
        let engine = self.engine.clone();
        self.change(async move { engine.stop_container(container, grace, cause).await }).await
    }

    /// `POST /containers/{id}/restart`.
    pub async fn restart(&self, container: ContainerId, grace: Grace, cause: Cause) -> Done {
        let engine = self.engine.clone();
        Ok(self.change(async move { engine.restart_container(container, grace, cause).await }).await??)
    }

    /// `POST /containers/{id}/kill`.
    pub async fn kill(&self, container: ContainerId, signal: &str, cause: Cause) -> Done {
        let (engine, signal) = (self.engine.clone(), signal.to_owned());
        Ok(self.change(async move { engine.kill_container(container, &signal, cause).await }).await??)
    }

    /// `DELETE /containers/{id}`.
    pub async fn remove(&self, container: ContainerId, options: RemoveOptions, cause: Cause) -> Done<Answer<()>> {
        let engine = self.engine.clone();
        self.change(async move { engine.remove_container(container, options, cause).await }).await
    }

    /// `POST /containers/{id}/rename`.
    pub async fn rename(&self, container: ContainerId, name: &str, cause: Cause) -> Done {
        let (engine, name) = (self.engine.clone(), name.to_owned());
        Ok(self.change(async move { engine.rename_container(container, &name, cause).await }).await??)
    }

    /// `POST /containers/{id}/pause`.
    pub async fn pause(&self, container: ContainerId, cause: Cause) -> Done {
        let engine = self.engine.clone();
        Ok(self.change(async move { engine.pause_container(container, cause).await }).await??)
    }

    /// `POST /containers/{id}/unpause`.
    pub async fn unpause(&self, container: ContainerId, cause: Cause) -> Done {
        let engine = self.engine.clone();
        Ok(self.change(async move { engine.unpause_container(container, cause).await }).await??)
    }

    /// `POST /containers/{id}/wait`.
    pub async fn wait(&self, container: ContainerId) -> Done<i32> {
        let engine = self.engine.clone();
        self.request(async move { engine.wait_container(container).await }).await
    }

    /// `POST /containers/{id}/exec` and `POST /exec/{id}/start`.
    pub async fn exec(&self, container: ContainerId, exec: ExecConfig, streams: Streams, cause: Cause) -> Done<i32> {
        let engine = self.engine.clone();
        self.request(async move { engine.exec(container, exec, streams, cause).await }).await
    }

    /// `POST /networks/create`.
    pub async fn create_network(&self, network: NetworkSpecification, cause: Cause) -> Done {
        let engine = self.engine.clone();
        Ok(self.change(async move { engine.create_network(network, cause).await }).await??)
    }

    /// `DELETE /networks/{name}`.
    pub async fn remove_network(&self, name: &str, cause: Cause) -> Done<Answer<()>> {
        let (engine, name) = (self.engine.clone(), name.to_owned());
        self.change(async move { engine.remove_network(&name, cause).await }).await
    }

    /// `POST /volumes/create`.
    pub async fn create_volume(&self, volume: VolumeSpecification, cause: Cause) -> Done {
        let engine = self.engine.clone();
        Ok(self.change(async move { engine.create_volume(volume, cause).await.map(drop) }).await??)
    }

    /// `DELETE /volumes/{name}`.
    pub async fn remove_volume(&self, name: &str, cause: Cause) -> Done<Answer<()>> {
        let (engine, name) = (self.engine.clone(), name.to_owned());
        self.change(async move { engine.remove_volume(&name, cause).await }).await
    }
}

/// A task that is aborted when this is dropped.
pub struct Owned<T>(Join<T>);

impl<T> Owned<T> {
    /// Ends when the task has ended, with its result.
    pub async fn ended(&mut self) -> Option<T> {
        (&mut self.0).await.ok()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs all together until the last has ended (Go's `errgroup`); the error that came first counts.
pub async fn all<F: Future<Output = Done>>(work: impl IntoIterator<Item = F>) -> Done {
    let first = RefCell::new(None);
    let first_error = &first;
    let watched = work.into_iter().map(|future| async move {
        if let Err(failure) = future.await {
            first_error.borrow_mut().get_or_insert(failure);
        }
    });
    join_all(watched).await;
    first.into_inner().map_or(Ok(()), Err)
}

/// Like [`all`], in a context that the first error cancels (`errgroup.WithContext`).
pub async fn all_cancelling<F: Future<Output = Done>>(cancel: &CancelToken, work: impl IntoIterator<Item = F>) -> Done {
    all(work.into_iter().map(|future| async move {
        let done = future.await;
        if done.is_err() {
            cancel.cancel();
        }
        done
    }))
    .await
}
