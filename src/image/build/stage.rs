//! The instructions of one stage, carried out one after the other.

use super::copy::{Keyword, Origin, copy_files, is_address};
use super::{Builder, RunStep};
use crate::dockerfile::{CommandForm, CopyFiles, CopySource, Instruction, Placed, expand};
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition, Layer};
use crate::image::identity::Identity;
use crate::kernel::Tree;
use crate::kernel::files::clean;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An image with nothing in it.
pub fn scratch() -> ImageDefinition {
    ImageDefinition {
        reference: "scratch".into(),
        id: Identity::of("scratch").image_id().into(),
        config: Rc::new(ImageConfig { working_dir: "/".into(), ..ImageConfig::default() }),
        root: Tree::new(),
        fidelity: Fidelity::Built,
        base: "scratch".into(),
        layers: Vec::new(),
    }
}

/// A stage on its way.
pub struct Work<'a, 'b> {
    pub builder: &'a mut Builder<'b>,
    pub identity: Identity,
    base: ImageDefinition,
    config: ImageConfig,
    root: Tree,
    arguments: BTreeMap<String, String>,
    layers: Vec<Layer>,
    /// Whether this stage has its own `CMD`: an `ENTRYPOINT` clears an inherited one.
    own_command: bool,
}

impl<'a, 'b> Work<'a, 'b> {
    pub fn new(builder: &'a mut Builder<'b>, base: ImageDefinition) -> Self {
        Self {
            builder,
            identity: Identity::of(&base.id),
            config: (*base.config).clone(),
            root: Tree::layered(&base.root),
            layers: base.layers.clone(),
            base,
            arguments: BTreeMap::new(),
            own_command: false,
        }
    }

    /// The finished stage.
    pub fn finish(self) -> ImageDefinition {
        let fidelity = match self.base.fidelity {
            Fidelity::Guessed => Fidelity::Guessed,
            Fidelity::Known { .. } | Fidelity::Built => Fidelity::Built,
        };
        ImageDefinition {
            reference: self.base.reference,
            id: self.identity.image_id().into(),
            config: Rc::new(self.config),
            root: self.root,
            fidelity,
            base: self.base.base,
            layers: self.layers,
        }
    }

    /// Variables an instruction sees: `ENV` before `ARG`.
    fn expand(&self, word: &str) -> String {
        let lookup = |name: &str| {
            let variable = self.config.variable(name).map(str::to_string);
            variable.or_else(|| self.arguments.get(name).cloned())
        };
        expand(word, self.builder.recipe.dockerfile.escape, &lookup)
    }

    /// Carries out an instruction; what it writes is a layer.
    pub async fn instruction(&mut self, placed: &Placed) -> Result<(), String> {
        let before = self.root.own_bytes();
        self.carry_out(placed).await?;
        if matches!(placed.instruction, Instruction::Run(_) | Instruction::Copy(_) | Instruction::Add(_)) {
            let bytes = self.root.own_bytes().saturating_sub(before);
            self.layers.push(Layer { id: self.identity.image_id().into(), bytes });
        }
        Ok(())
    }

    async fn carry_out(&mut self, placed: &Placed) -> Result<(), String> {
        self.identity.add(placed.text.as_bytes());
        match &placed.instruction {
            Instruction::Run(form) => return self.run(form).await,
            Instruction::Copy(copy) => return self.copy(Keyword::Copy, copy),
            Instruction::Add(copy) => return self.copy(Keyword::Add, copy),
            Instruction::Workdir(folder) => return self.workdir(folder),
            Instruction::Arg(arguments) => {
                for argument in arguments {
                    let given = self.builder.recipe.arguments.get(&argument.name).cloned();
                    let default = argument.default.as_ref().map(|default| self.expand(default));
                    let global = self.builder.globals.get(&argument.name).cloned();
                    if let Some(value) = given.or(default).or(global) {
                        self.identity.add(value.as_bytes());
                        self.arguments.insert(argument.name.clone(), value);
                    }
                }
            }
            Instruction::Env(pairs) => {
                let expanded: Vec<_> =
                    pairs.iter().map(|(name, value)| (self.expand(name), self.expand(value))).collect();
                expanded.iter().for_each(|(name, value)| self.config.set_variable(name, value));
            }
            other => self.setting(other),
        }
        Ok(())
    }

    /// Instructions that only change the settings.
    fn setting(&mut self, instruction: &Instruction) {
        let shell = self.config.shell_or_default();
        let words = |form: &CommandForm| form.arguments(&shell).iter().map(|word| word.as_str().into()).collect();
        match instruction {
            Instruction::Label(pairs) => {
                let expanded: Vec<_> =
                    pairs.iter().map(|(name, value)| (self.expand(name), self.expand(value))).collect();
                let labels = expanded.into_iter().map(|(name, value)| (name.into(), value.into()));
                self.config.labels.extend(labels);
            }
            Instruction::Volume(paths) => {
                let paths: Vec<Rc<str>> = paths.iter().map(|path| self.absolute(path).into()).collect();
                self.config.volumes.extend(paths);
            }
            Instruction::Expose(ports) => {
                let ports: Vec<String> = ports.iter().flat_map(|port| exposed(&self.expand(port))).collect();
                self.config.exposed_ports.extend(ports.into_iter().map(Rc::from));
            }
            Instruction::User(user) => self.config.user = self.expand(user).into(),
            Instruction::StopSignal(signal) => self.config.stop_signal = Some(self.expand(signal).into()),
            Instruction::Shell(list) => self.config.shell = list.iter().map(|word| word.as_str().into()).collect(),
            Instruction::Healthcheck(check) => self.config.healthcheck = Some(check.clone()),
            Instruction::Cmd(form) => {
                self.config.cmd = words(form);
                self.own_command = true;
            }
            Instruction::Entrypoint(form) => {
                self.config.entrypoint = words(form);
                if !self.own_command {
                    self.config.cmd.clear();
                }
            }
            _ => {}
        }
    }

    fn absolute(&self, path: &str) -> String {
        let path = self.expand(path);
        if path.starts_with('/') {
            return path.trim_end_matches('/').to_string();
        }
        format!("{}/{path}", self.config.working_dir.trim_end_matches('/'))
    }

    fn workdir(&mut self, folder: &str) -> Result<(), String> {
        let absolute = clean(&self.absolute(folder));
        self.root.make_folders(&absolute).map_err(|error| format!("mkdir {absolute}: {error}"))?;
        self.config.working_dir = absolute.into();
        Ok(())
    }

    async fn run(&mut self, form: &CommandForm) -> Result<(), String> {
        if self.base.fidelity == Fidelity::Guessed {
            self.builder.workshop.print("drydock: not run, since nobody knows what the base image holds\n");
            return Ok(());
        }
        let arguments = form.arguments(&self.config.shell_or_default());
        let mut config = self.config.clone();
        for (name, value) in &self.arguments {
            if config.variable(name).is_none() {
                config.set_variable(name, value);
            }
        }
        let words = arguments.join(" ");
        let code = self.builder.workshop.run(RunStep { root: self.root.clone(), config, arguments }).await;
        match code {
            0 => Ok(()),
            code => Err(format!("The command '{words}' returned a non-zero code: {code}")),
        }
    }

    fn copy(&mut self, keyword: Keyword, copy: &CopyFiles) -> Result<(), String> {
        for source in copy.sources.iter().filter(|_| keyword == Keyword::Add) {
            if let CopySource::Path(path) = source
                && is_address(&self.expand(path))
            {
                let address = self.expand(path);
                let text =
                    format!("drydock: {address} is not fetched: there is no network; what it would bring is empty\n");
                self.builder.workshop.print(&text);
            }
        }
        let from = match &copy.from {
            Some(name) => {
                let image = self.builder.image(&self.expand(name))?;
                Some(Origin { root: image.root, is_unknown: image.fidelity == Fidelity::Guessed })
            }
            None => None,
        };
        let expanded = |word: &str| self.expand(word);
        let destination = self.expand(&copy.destination);
        let absolute = clean(&self.absolute(&copy.destination));
        let target = if destination.ends_with('/') || destination == "." { format!("{absolute}/") } else { absolute };
        let recipe = self.builder.recipe;
        let mut identity = self.identity.clone();
        let guessed = copy_files(keyword, copy, from.as_ref(), recipe, &self.root, &target, &expanded, &mut identity)?;
        self.identity = identity;
        for path in guessed {
            let text = format!("drydock: nobody knows what {path} is in that stage; a guess stands for it\n");
            self.builder.workshop.print(&text);
        }
        Ok(())
    }
}

/// `80`, `80/udp`, `8000-8002` as the settings write them.
fn exposed(text: &str) -> Vec<String> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).map(|port| format!("{port}/{protocol}")).collect(),
        _ => Vec::new(),
    }
}
