//! Building images with the classic builder. The image room knows the instructions; this is what it needs of an engine:
//! base images, and containers in which `RUN` is carried out, which leave no trace in the event log.

use super::config::{BuildRequest, ContainerConfig};
use super::error::EngineError;
use super::launch;
use super::settings::Settings;
use super::view::ImageView;
use super::{Answer, Engine, OutputSink};
use crate::dockerfile::{self, Ignore};
use crate::image::build::{Ran, Recipe, RunStep, Workshop, build};
use crate::image::{ImageDefinition, Reference, catalog};
use crate::kernel::descriptor::Description;
use crate::kernel::files::{MountTable, Tree};
use crate::kernel::{Environment, Launch, Namespaces, NetworkSpace, Sink, Start};
use crate::sim::costs;
use crate::sim::log::{Cause, Stream};
use crate::text::FileId;
use std::rc::Rc;

impl Engine {
    /// Builds an image with the classic builder. An error's message is what the client prints without a prefix.
    pub async fn build_image(&self, request: BuildRequest, output: OutputSink, _cause: Cause) -> Answer<ImageView> {
        let context = Tree::new();
        context.copy_from(&self.0.host, &request.context).map_err(|_| {
            EngineError::invalid(format!("unable to prepare context: path \"{}\" not found", request.context))
        })?;
        let text = dockerfile_text(&request, &context)?;
        let (dockerfile, problems) = dockerfile::parse(&text, FileId(0));
        if let Some(problem) = problems.iter().find_map(|problem| problem.docker.clone()) {
            return Err(EngineError::invalid(problem));
        }
        let reference = Reference::parse(&request.tag).map_err(EngineError::invalid)?;
        let ignore = context.read("/.dockerignore").map(|bytes| Ignore::parse(&String::from_utf8_lossy(&bytes)));
        let recipe = Recipe {
            dockerfile: &dockerfile,
            context: &context,
            ignore: &ignore.unwrap_or_default(),
            arguments: &request.arguments,
            target: request.target.as_deref(),
            labels: &request.labels,
            reference: &reference,
        };
        self.tasks().sleep(costs::BUILD).await;
        let workshop = EngineWorkshop { engine: self, output };
        let image = build(&recipe, &workshop).await.map_err(EngineError::internal)?;
        self.0.images.borrow_mut().tag(&request.tag, Rc::new(image), Some(self.now()));
        self.inspect_image(&request.tag)
    }
}

fn dockerfile_text(request: &BuildRequest, context: &Tree) -> Answer<String> {
    if let Some(text) = &request.dockerfile_inline {
        return Ok(text.clone());
    }
    let name = if request.dockerfile.is_empty() { "Dockerfile" } else { &request.dockerfile };
    match context.read(&format!("/{name}")) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => Err(EngineError::invalid(format!("Cannot locate specified Dockerfile: {name}"))),
    }
}

struct EngineWorkshop<'a> {
    engine: &'a Engine,
    output: OutputSink,
}

impl Workshop for EngineWorkshop<'_> {
    /// A local image, else one the registry has; of one nobody knows the behaviour is guessed.
    fn base(&self, reference: &Reference) -> Result<ImageDefinition, String> {
        let name = reference.to_string();
        if let Ok(found) = self.engine.0.images.borrow_mut().find(&name) {
            return Ok((*found).clone());
        }
        let definition = catalog::find(reference).unwrap_or_else(|| catalog::fallback(reference));
        self.engine.0.images.borrow_mut().tag(&name, Rc::new(definition.clone()), None);
        Ok(definition)
    }

    fn run(&self, step: RunStep) -> Ran<'_> {
        Box::pin(self.run_step(step))
    }

    fn print(&self, text: &str) {
        (self.output)(Stream::Stdout, text.as_bytes());
    }
}

impl EngineWorkshop<'_> {
    async fn run_step(&self, step: RunStep) -> i32 {
        let tasks = self.engine.tasks();
        tasks.sleep(costs::BUILD_RUN).await;
        let config =
            ContainerConfig { command: Some(step.arguments), entrypoint: Some(Vec::new()), ..Default::default() };
        let Ok(settings) = Settings::merge(&config, &step.config) else { return 127 };
        let mounts = MountTable::new(&step.root);
        for (tree, path) in [(Tree::devices(), "/dev"), (Tree::processes(), "/proc")] {
            if mounts.mount(&tree, "/", path, false).is_err() {
                return 125;
            }
        }
        let namespaces = Namespaces::new(&self.engine.0.kernel, "buildkitsandbox", &mounts, &NetworkSpace::new());
        let mut environment: Environment =
            settings.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if environment.get("PATH").is_none() {
            environment.set("PATH", launch::DEFAULT_PATH);
        }
        let sink = |stream| {
            let output = self.output.clone();
            let sink: Rc<dyn Sink> = Rc::new(move |bytes: &[u8]| output(stream, bytes));
            Some(Rc::new(Description::Sink(sink)))
        };
        let Ok(access) = launch::find_user(&mounts, &settings.user) else { return 125 };
        let launch = Launch {
            start: Rc::new(Start { args: settings.argv, environment, folder: settings.working_dir.as_str().into() }),
            access,
            descriptors: Rc::new(vec![Some(Rc::new(Description::Null)), sink(Stream::Stdout), sink(Stream::Stderr)]),
        };
        let started = launch::executable(&namespaces, &launch).and_then(|executable| {
            namespaces.launch_program(launch, &executable).map_err(|problem| format!("{problem:?}"))
        });
        match started {
            Ok(process) => i32::from(process.ended().await.code()),
            Err(text) => {
                (self.output)(Stream::Stderr, format!("{text}\n").as_bytes());
                127
            }
        }
    }
}
