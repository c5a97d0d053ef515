//! `post_start` and `pre_stop`: commands that Compose runs in a container of a service. Must not know when.

use super::super::context::Context;
use super::super::terminal::{Done, Failure};
use crate::compose::model::Hook;
use crate::sim::engine::{ContainerView, ExecConfig, OutputSink, Streams};
use crate::text::Spanned;
use std::rc::Rc;

/// Runs the hooks one after the other; the first that fails is an error.
pub async fn run_all(context: &Context, container: &ContainerView, hooks: &[Spanned<Hook>]) -> Done {
    for hook in hooks {
        let environment = hook.environment.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let exec = ExecConfig {
            command: hook.command.clone(),
            environment: environment.collect(),
            working_dir: hook.working_dir.clone(),
            user: hook.user.clone(),
            tty: false,
        };
        let silent: OutputSink = Rc::new(|_, _| {});
        let cause = context.because(crate::sim::log::Rule::Asked, Some(hook.span));
        let code = context.exec(container.container, exec, Streams::output(silent), cause).await?;
        if code != 0 {
            return Err(Failure::new(format!("{} hook exited with status {code}", container.name)));
        }
    }
    Ok(())
}
