//! Building: a Dockerfile and a context become an image, as the classic builder does it step by step.
//!
//! `RUN` is carried out by the caller ([`Workshop::run`]), who has a kernel; base images come from the caller, too, who
//! knows what the engine has. `ADD` unpacks a local tar archive. Simplified: nothing is fetched, `ADD`
//! of an address makes an empty file and says so; layers are one tree a stage.

mod copy;
mod stage;
mod unpack;

use super::definition::{ImageConfig, ImageDefinition};
use super::identity::Identity;
use super::reference::Reference;
use crate::dockerfile::{Dockerfile, Ignore, Stage, expand};
use crate::kernel::Tree;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What is built.
pub struct Recipe<'a> {
    /// The Dockerfile, without errors.
    pub dockerfile: &'a Dockerfile,
    /// The context folder's content.
    pub context: &'a Tree,
    /// `.dockerignore`.
    pub ignore: &'a Ignore,
    /// Build arguments.
    pub arguments: &'a BTreeMap<String, String>,
    /// Stage to stop at, by name or number; the last one without it.
    pub target: Option<&'a str>,
    /// Labels for the result.
    pub labels: &'a BTreeMap<String, String>,
    /// The name of the result.
    pub reference: &'a Reference,
}

/// A command that `RUN` wants carried out.
pub struct RunStep {
    /// The writable root file system.
    pub root: Tree,
    /// The settings so far; its variables include build arguments.
    pub config: ImageConfig,
    /// The command.
    pub arguments: Vec<String>,
}

/// The end of a `RUN`: its exit code.
pub type Ran<'a> = Pin<Box<dyn Future<Output = i32> + 'a>>;

/// What the builder needs from outside.
pub trait Workshop {
    /// The image of that reference; the error is Docker's text.
    fn base(&self, reference: &Reference) -> Result<ImageDefinition, String>;
    /// Runs a command to its end.
    fn run(&self, step: RunStep) -> Ran<'_>;
    /// Prints a piece of the builder's output.
    fn print(&self, text: &str);
}

/// Builds. The error is the builder's text.
pub async fn build(recipe: &Recipe<'_>, workshop: &dyn Workshop) -> Result<ImageDefinition, String> {
    let last = wanted_stage(recipe)?;
    let stages = &recipe.dockerfile.stages[..=last];
    let total: usize = stages.iter().map(|stage| 1 + stage.instructions.len()).sum();
    let mut builder =
        Builder { recipe, workshop, built: Vec::new(), step: 0, total, globals: global_arguments(recipe) };
    for stage in stages {
        builder.stage(stage).await?;
    }
    let (_, mut image) = builder.built.pop().ok_or("no build stage in current context")?;
    let mut config = (*image.config).clone();
    let labels = recipe.labels.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
    config.labels.extend(labels);
    let mut identity = Identity::of(&image.id);
    identity.add(format!("{:?}", config.labels).as_bytes());
    image.id = identity.image_id().into();
    image.config = Rc::new(config);
    image.reference = recipe.reference.to_string().into();
    workshop.print(&format!("Successfully built {}\n", &image.id[7..19]));
    workshop.print(&format!("Successfully tagged {}\n", image.reference));
    Ok(image)
}

fn wanted_stage(recipe: &Recipe<'_>) -> Result<usize, String> {
    let stages = &recipe.dockerfile.stages;
    let Some(target) = recipe.target.filter(|target| !target.is_empty()) else {
        return stages.len().checked_sub(1).ok_or_else(|| "no build stage in current context".to_string());
    };
    let named = |stage: &Stage| stage.name.as_ref().is_some_and(|name| name.value.eq_ignore_ascii_case(target));
    let number = || target.parse::<usize>().ok().filter(|number| *number < stages.len());
    let found = stages.iter().position(named).or_else(number);
    found.ok_or_else(|| format!("failed to reach build target {target} in Dockerfile"))
}

/// `ARG`s before the first `FROM`, with the caller's values.
fn global_arguments(recipe: &Recipe<'_>) -> BTreeMap<String, String> {
    let mut globals: BTreeMap<String, String> = BTreeMap::new();
    for argument in &recipe.dockerfile.arguments {
        let given = recipe.arguments.get(&argument.name).cloned();
        let default = argument
            .default
            .as_ref()
            .map(|default| expand(default, recipe.dockerfile.escape, &|name| globals.get(name).cloned()));
        if let Some(value) = given.or(default) {
            globals.insert(argument.name.clone(), value);
        }
    }
    globals
}

struct Builder<'a> {
    recipe: &'a Recipe<'a>,
    workshop: &'a dyn Workshop,
    /// The stages so far: name and result.
    built: Vec<(Option<String>, ImageDefinition)>,
    step: usize,
    total: usize,
    globals: BTreeMap<String, String>,
}

impl Builder<'_> {
    async fn stage(&mut self, stage: &Stage) -> Result<(), String> {
        let base = expand(&stage.base.value, self.recipe.dockerfile.escape, &|name| self.globals.get(name).cloned());
        let name = stage.name.as_ref().map(|name| name.value.clone());
        let alias = name.as_ref().map_or(String::new(), |name| format!(" AS {name}"));
        self.announce(&format!("FROM {base}{alias}"));
        let base = self.image(&base)?;
        self.workshop.print(&format!(" ---> {}\n", short(&base.id)));
        let mut work = stage::Work::new(self, base);
        for placed in &stage.instructions {
            work.builder.announce(&placed.text);
            work.instruction(placed).await?;
            let id = short(&work.identity.image_id()).to_string();
            work.builder.workshop.print(&format!(" ---> {id}\n"));
        }
        let image = work.finish();
        self.built.push((name, image));
        Ok(())
    }

    fn announce(&mut self, text: &str) {
        self.step += 1;
        self.workshop.print(&format!("Step {}/{} : {text}\n", self.step, self.total));
    }

    /// An earlier stage by name or number, or an image.
    fn image(&self, name: &str) -> Result<ImageDefinition, String> {
        let named = |(known, _): &&(Option<String>, ImageDefinition)| {
            known.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name))
        };
        if let Some((_, image)) = self.built.iter().rev().find(named) {
            return Ok(image.clone());
        }
        if let Some((_, image)) = name.parse::<usize>().ok().and_then(|number| self.built.get(number)) {
            return Ok(image.clone());
        }
        if name.is_empty() {
            return Err("base name () should not be blank".to_string());
        }
        if name == "scratch" {
            return Ok(stage::scratch());
        }
        self.workshop.base(&Reference::parse(name)?)
    }
}

/// The first twelve digits of an id.
fn short(id: &str) -> &str {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.get(..12).unwrap_or(digits)
}

#[cfg(test)]
mod tests;
