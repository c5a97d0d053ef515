//! `post_start` and `pre_stop`: commands that Compose runs in a container of a service. Must not know when.

use super::super::context::Context;
use super::super::terminal::{Done, Failure};
use crate::compose::model::{Hook, Service};
use crate::sim::engine::{Answer, ContainerView, ExecConfig, OutputSink, Streams};
use crate::text::Spanned;
use std::rc::Rc;

/// Runs the hooks of a service one after the other in one of its containers; the first that fails is an error. The engine's
/// refusal to run one stays as it is.
pub async fn run_all(
    context: &Context,
    service: &Service,
    container: &ContainerView,
    hooks: &[Spanned<Hook>],
) -> Done<Answer<()>> {
    for hook in hooks {
        let environment = hook.environment.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let exec = ExecConfig {
            command: hook.command.clone(),
            environment: environment.collect(),
            working_dir: hook.working_dir.clone(),
            user: hook.user.clone(),
            tty: false,
        };
        let output = context.hook_listener.as_ref().map_or_else(silent, |listener| listener(container));
        let cause = context.because(crate::sim::log::Rule::Asked, Some(hook.span));
        context.refuse_dry_run("exec")?;
        let (engine, id) = (context.engine.clone(), container.container);
        let ran = context.ask(async move { engine.exec(id, exec, Streams::output(output), cause).await }).await?;
        match ran {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(0) => {}
            Ok(code) => return Err(Failure::new(format!("{} hook exited with status {code}", service.name.value))),
        }
    }
    Ok(Ok(()))
}

fn silent() -> OutputSink {
    Rc::new(|_, _| {})
}
