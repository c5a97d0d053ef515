//! Processes, signals, pipes and the network together, through namespaces as an engine would make them.

use super::files::Access;
use super::network::{NameError, Resolver, Route};
use super::*;
use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

struct Machine {
    tasks: Tasks,
    namespaces: Namespaces,
    written: Rc<RefCell<String>>,
}

impl Machine {
    fn new() -> Self {
        let tasks = Tasks::new();
        let kernel = Kernel::new(&tasks, Duration::ZERO);
        let mounts = MountTable::new(&Tree::new());
        let namespaces = Namespaces::new(&kernel, "box", &mounts, &NetworkSpace::new());
        Self { tasks, namespaces, written: Rc::default() }
    }

    fn launch<F: Future<Output = ExitCode> + 'static>(&self, body: impl Fn(Process) -> F + 'static) -> Process {
        let written = self.written.clone();
        let sink: Rc<dyn Sink> =
            Rc::new(move |bytes: &[u8]| written.borrow_mut().push_str(&String::from_utf8_lossy(bytes)));
        let output = Rc::new(Description::Sink(sink));
        let launch = Launch {
            start: Rc::new(Start {
                args: Rc::new(["test".into()]),
                environment: Environment::new(),
                folder: "/".into(),
            }),
            access: Access::ROOT,
            descriptors: Rc::new(vec![Some(Rc::new(Description::Null)), Some(output.clone()), Some(output)]),
        };
        self.namespaces.launch_program(launch, &Executable::of(program(body))).unwrap()
    }

    fn run(&self, seconds: u64) {
        self.tasks.run_until(self.tasks.now() + Duration::from_secs(seconds));
    }
}

async fn sleeper(process: Process) -> ExitCode {
    process.sleep(Duration::from_secs(1000)).await;
    ExitCode::SUCCESS
}

#[test]
fn process_1_ignores_what_it_does_not_handle_and_its_end_ends_all() {
    let machine = Machine::new();
    let first = machine.launch(sleeper);
    let second = machine.launch(sleeper);
    machine.run(1);
    machine.namespaces.kill(1, Signal::TERM).unwrap();
    let killer = machine.launch(|process| async move {
        process.kill(1, Some(Signal::KILL)).await.unwrap();
        ExitCode(3)
    });
    machine.run(1);
    assert_eq!(killer.status(), Some(ExitStatus::Exited(ExitCode(3))));
    assert_eq!(first.status(), None);
    machine.namespaces.kill(1, Signal::KILL).unwrap();
    machine.run(1);
    assert_eq!(machine.namespaces.status(), Some(ExitStatus::Killed(Signal::KILL)));
    assert_eq!(second.status().map(ExitStatus::code), Some(137));
    assert!(machine.namespaces.processes().is_empty(), "nothing of them stays");
}

#[test]
fn a_handled_signal_waits_and_a_killed_child_is_waited_for() {
    let machine = Machine::new();
    let process = machine.launch(|process| async move {
        process.set_disposition(Signal::USR1, Disposition::Handle).unwrap();
        let child = process.fork(sleeper).unwrap();
        assert_eq!(process.wait_interruptibly(&child).await, None);
        assert_eq!(process.take_signal(), Some(Signal::USR1));
        process.kill(i64::from(child.pid()), Some(Signal::TERM)).await.unwrap();
        ExitCode(process.wait(&child).await.code())
    });
    machine.run(1);
    machine.namespaces.kill(1, Signal::USR1).unwrap();
    machine.run(1);
    assert_eq!(process.status().map(ExitStatus::code), Some(143));
}

#[test]
fn a_frozen_process_takes_its_signal_at_the_thaw() {
    let machine = Machine::new();
    machine.launch(sleeper);
    let process = machine.launch(sleeper);
    machine.run(1);
    machine.namespaces.freezer().freeze();
    process.deliver(Signal::TERM, process::Origin::Inside);
    machine.run(5);
    assert_eq!(process.status(), None);
    machine.namespaces.freezer().thaw();
    machine.run(1);
    assert_eq!(process.status(), Some(ExitStatus::Killed(Signal::TERM)));
}

#[test]
fn orphans_go_to_process_1_and_a_hanging_one_answers_only_to_kill() {
    let machine = Machine::new();
    machine.launch(sleeper);
    let orphan: Rc<RefCell<Option<Process>>> = Rc::default();
    let slot = orphan.clone();
    machine.launch(move |process| {
        slot.replace(Some(process.fork(sleeper).unwrap()));
        async { ExitCode::SUCCESS }
    });
    machine.run(1);
    let orphan = orphan.take().unwrap();
    assert_eq!(orphan.parent(), 1);
    machine.namespaces.hang();
    machine.namespaces.kill(orphan.pid(), Signal::TERM).unwrap();
    machine.run(1);
    assert_eq!(orphan.status(), None);
    machine.namespaces.kill(orphan.pid(), Signal::KILL).unwrap();
    assert_eq!(orphan.status().map(ExitStatus::code), Some(137));
}

#[test]
fn a_full_pipe_holds_the_writer_back_and_a_broken_one_kills_it() {
    let machine = Machine::new();
    let process = machine.launch(|process| async move {
        let (reader, writer) = process.pipe();
        let child = process
            .fork(|child| async move {
                child.set_descriptor(1, Some(writer)).unwrap();
                child.write(1, &[b'x'; 100_000]).await.unwrap();
                child.write(1, &[b'x'; 100_000]).await.unwrap();
                ExitCode::SUCCESS
            })
            .unwrap();
        process.set_descriptor(0, Some(reader)).unwrap();
        let mut count = 0;
        while count < 100_000 {
            count += process.read(0, 4096).await.unwrap().len();
        }
        process.set_descriptor(0, None).unwrap();
        process.print(format!("{count} {}", process.wait(&child).await.code())).await;
        ExitCode::SUCCESS
    });
    machine.run(1);
    assert_eq!(process.status(), Some(ExitStatus::Exited(ExitCode::SUCCESS)));
    assert!(machine.written.borrow().ends_with(" 141"), "{}", machine.written.borrow());
}

struct OneHost(NetworkSpace);

impl Resolver for OneHost {
    fn resolve(&self, _: &NetworkSpace, name: &str) -> Result<Vec<Ipv4Addr>, NameError> {
        if name == "db" { Ok(vec![Ipv4Addr::new(172, 18, 0, 2)]) } else { Err(NameError::Unknown) }
    }

    fn route(&self, _: &NetworkSpace, address: Ipv4Addr) -> Route {
        if address.octets()[3] == 2 { Route::To(self.0.clone()) } else { Route::NoHost }
    }
}

#[test]
fn connections_are_refused_accepted_and_answered() {
    let machine = Machine::new();
    let there = NetworkSpace::new();
    machine.namespaces.network().set_resolver(Some(Rc::new(OneHost(there.clone()))));
    let process = machine.launch(move |process| {
        let there = there.clone();
        async move {
            assert_eq!(process.connect("nosuch", 1).await.err(), Some(ConnectError::Name(NameError::Unknown)));
            let refused = ConnectError::Failed(Ipv4Addr::new(172, 18, 0, 2), Errno::Econnrefused);
            assert_eq!(process.connect("db", 5432).await.err(), Some(refused));
            let listener = there.listen(5432).unwrap();
            assert_eq!(there.listen(5432).err(), Some(Errno::Eaddrinuse));
            let connection = process.connect("db", 5432).await.unwrap();
            let served = listener.accept().await;
            served.write(b"hello\nrest").await.unwrap();
            drop(served);
            let line = connection.read_line(100).await.unwrap();
            let rest = connection.read_to_end(100).await.unwrap();
            process.print([line, rest].concat()).await;
            drop(listener);
            let before = process.now();
            let nobody = process.connect_to(Ipv4Addr::new(172, 18, 0, 9), 80).await;
            assert_eq!((nobody.err(), process.now() - before), (Some(Errno::Ehostunreach), Duration::from_secs(3)));
            ExitCode::SUCCESS
        }
    });
    machine.run(10);
    assert_eq!(process.status(), Some(ExitStatus::Exited(ExitCode::SUCCESS)));
    assert_eq!(*machine.written.borrow(), "hello\nrest");
}

#[test]
fn a_published_port_without_a_listener_is_reset() {
    let (host, container) = (NetworkSpace::new(), NetworkSpace::new());
    host.forward(8080, &container, 80, Ipv4Addr::new(172, 18, 0, 1));
    let machine = Machine::new();
    let process = machine.launch(move |_| {
        let host = host.clone();
        async move {
            let connection = host.connect_to(8080, Ipv4Addr::LOCALHOST).unwrap();
            assert_eq!(connection.read(10).await, Err(Errno::Econnreset));
            assert_eq!(host.connect_to(8081, Ipv4Addr::LOCALHOST).err(), Some(Errno::Econnrefused));
            ExitCode::SUCCESS
        }
    });
    machine.run(1);
    assert!(process.status().is_some());
}

#[test]
fn an_endless_computation_lets_time_pass() {
    let machine = Machine::new();
    machine.launch(|process| async move {
        loop {
            process.work(1).await;
        }
    });
    assert_eq!(machine.tasks.run_until(Instant::from_micros(3_600_000_000)), Outcome::Deadline);
}
