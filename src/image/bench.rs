//! For tests: an image as a container on a bare kernel, without the engine.

use super::catalog;
use super::definition::ImageDefinition;
use super::reference::Reference;
use crate::kernel::files::{Access, MountTable};
use crate::kernel::network::{NameError, Resolver, Route};
use crate::kernel::{
    Description, Environment, Instant, Kernel, Launch, Namespaces, NetworkSpace, Process, Signal, Start, Tasks, Tree,
};
use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

/// A machine with a network on which containers find each other by name.
pub struct Bench {
    tasks: Tasks,
    kernel: Kernel,
    hosts: Rc<Hosts>,
}

#[derive(Default)]
struct Hosts(RefCell<Vec<(String, NetworkSpace)>>);

impl Resolver for Hosts {
    fn resolve(&self, _: &NetworkSpace, name: &str) -> Result<Vec<Ipv4Addr>, NameError> {
        let hosts = self.0.borrow();
        let found = hosts.iter().find(|(known, _)| known == name).and_then(|(_, space)| space.address());
        found.map(|address| vec![address]).ok_or(NameError::Unknown)
    }

    fn route(&self, _: &NetworkSpace, address: Ipv4Addr) -> Route {
        let hosts = self.0.borrow();
        let found = hosts.iter().find(|(_, space)| space.address() == Some(address));
        found.map_or(Route::NoHost, |(_, space)| Route::To(space.clone()))
    }
}

/// A container on the bench.
pub struct Container {
    namespaces: Namespaces,
    image: ImageDefinition,
    environment: Environment,
    log: Rc<RefCell<Vec<u8>>>,
    tasks: Tasks,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// A machine without containers.
    pub fn new() -> Self {
        let tasks = Tasks::new();
        let kernel = Kernel::new(&tasks, Duration::from_secs(1_795_340_686));
        Self { tasks, kernel, hosts: Rc::default() }
    }

    /// Starts `image` as host `name`, with a layer over its files and `volumes` mounted; `command` replaces its own.
    pub fn start(
        &self,
        name: &str,
        image: &str,
        variables: &[(&str, &str)],
        volumes: &[(&str, &Tree)],
        command: &[&str],
    ) -> Container {
        let image = catalog::find(&Reference::parse(image).unwrap()).expect("a known image");
        let mounts = MountTable::new(&Tree::layered(&image.root));
        for (path, tree) in volumes {
            mounts.mount(tree, "/", path, false).unwrap();
        }
        let network = NetworkSpace::new();
        let number = self.hosts.0.borrow().len() as u8 + 2;
        network.set_address(Some(Ipv4Addr::new(172, 18, 0, number)));
        network.set_resolver(Some(self.hosts.clone()));
        self.hosts.0.borrow_mut().retain(|(known, _)| known != name);
        self.hosts.0.borrow_mut().push((name.to_string(), network.clone()));
        let mut environment = Environment::new();
        for (key, value) in &image.config.env {
            environment.set(key.clone(), value.clone());
        }
        for (key, value) in variables {
            environment.set(*key, *value);
        }
        let namespaces = Namespaces::new(&self.kernel, name, &mounts, &network);
        let container = Container { namespaces, image, environment, log: Rc::default(), tasks: self.tasks.clone() };
        let config = container.image.config.clone();
        let own: Vec<&str> = config.cmd.iter().map(|word| &**word).collect();
        let command = if command.is_empty() { own } else { command.to_vec() };
        let words: Vec<Rc<str>> = config.entrypoint.iter().cloned().chain(command.into_iter().map(Rc::from)).collect();
        container.launch(&words, &container.log);
        container
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: f64) {
        self.tasks.run_until(self.tasks.now() + Duration::from_secs_f64(seconds));
    }

    /// The time since the bench was made.
    pub fn now(&self) -> Instant {
        self.tasks.now()
    }
}

impl Container {
    fn launch(&self, words: &[Rc<str>], output: &Rc<RefCell<Vec<u8>>>) -> Process {
        let output = output.clone();
        let sink: Rc<Description> =
            Rc::new(Description::Sink(Rc::new(move |bytes: &[u8]| output.borrow_mut().extend_from_slice(bytes))));
        let launch = Launch {
            start: Rc::new(Start {
                args: words.into(),
                environment: self.environment.clone(),
                folder: self.image.config.working_dir.clone(),
            }),
            access: Access::ROOT,
            descriptors: Rc::new(vec![Some(Rc::new(Description::Null)), Some(sink.clone()), Some(sink)]),
        };
        self.namespaces.launch(launch).unwrap_or_else(|error| panic!("{words:?}: {error:?}"))
    }

    /// Runs a command in it to its end; its exit code and output.
    pub fn exec(&self, words: &[&str]) -> (u8, String) {
        let output = Rc::default();
        let words: Vec<Rc<str>> = words.iter().map(|word| Rc::from(*word)).collect();
        let process = self.launch(&words, &output);
        let watched = process.clone();
        let join = self.tasks.spawn(async move { watched.ended().await });
        self.tasks.run_to_completion(&join, self.tasks.now() + Duration::from_secs(60));
        let text = String::from_utf8_lossy(&output.borrow()).into_owned();
        (process.status().map_or(255, |status| status.code()), text)
    }

    /// What it has written.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.borrow()).into_owned()
    }

    /// Its exit code, if it has ended.
    pub fn exit_code(&self) -> Option<u8> {
        self.namespaces.status().map(|status| status.code())
    }

    /// Sends a signal to its main process, and waits until it has ended; its exit code.
    pub fn stop(&self, signal: Signal) -> Option<u8> {
        self.namespaces.kill(1, signal).unwrap();
        self.tasks.run_until(self.tasks.now() + Duration::from_secs(9));
        self.exit_code()
    }
}
