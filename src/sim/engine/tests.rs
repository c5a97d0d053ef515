//! The daemon without a shell and without Compose: programs of a few lines, the events they lead to, with their times.

use super::*;
use crate::image::{Fidelity, ImageConfig, ImageDefinition};
use crate::kernel::{ExitCode, Instant, Kernel, NetworkSpace, Process, Signal, Tasks, Tree, program};
use crate::sim::log::{Cause, CausedBy, ContainerId, EventKind, Health, Rule, StepId};
use crate::sim::recorder::Recorder;
use crate::sim::world::World;
use std::time::Duration;

const CAUSE: Cause = Cause { by: CausedBy::Step(StepId(0)), rule: Rule::Asked, place: None };

struct Bench {
    tasks: Tasks,
    engine: Engine,
    host: Tree,
}

/// `wait SECONDS CODE`: ends by itself. `heed SECONDS`: ends with 0 at SIGTERM. `ready FROM UNTIL`: 0 between these seconds
/// of the session, else 1. `write PATH`: writes a file. `read PATH`: 0 if the file is there.
async fn tool(process: Process) -> ExitCode {
    let args = process.args();
    let word = |at: usize| args.get(at).map_or("", |word| word).to_string();
    let number = |at: usize| word(at).parse::<f64>().unwrap_or_default();
    match word(1).as_str() {
        "wait" => {
            process.sleep(Duration::from_secs_f64(number(2))).await;
            ExitCode(number(3) as u8)
        }
        "heed" => {
            process.set_disposition(Signal::TERM, crate::kernel::Disposition::Handle).unwrap();
            process.signal_arrived().await;
            ExitCode(0)
        }
        "ready" => {
            let now = process.now().as_secs_f64();
            ExitCode(u8::from(now < number(2) || now >= number(3)))
        }
        "write" => ExitCode(u8::from(process.write_file(&word(2), b"x").await.is_err())),
        "read" => ExitCode(u8::from(process.read_file(&word(2)).is_err())),
        _ => ExitCode(64),
    }
}

impl Bench {
    fn new() -> Self {
        let tasks = Tasks::new();
        let kernel = Kernel::new(&tasks, Duration::ZERO);
        let (host, root) = (Tree::new(), Tree::new());
        root.install("/bin/tool", program(tool));
        root.write("/seed/file", "from the image").unwrap();
        let config = ImageConfig { cmd: ["tool", "wait", "1000"].map(Into::into).to_vec(), ..ImageConfig::default() };
        let image = ImageDefinition {
            reference: "tool:latest".into(),
            id: identity::hexadecimal("image", "tool"),
            config: config.into(),
            root,
            fidelity: Fidelity::Built,
            base: "tool".into(),
            layers: Vec::new(),
        };
        let engine = Engine::new(&kernel, &Recorder::default(), &host, &NetworkSpace::new());
        engine.0.images.borrow_mut().tag("tool", image.into(), None);
        Self { tasks, engine, host }
    }

    fn await_<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> T {
        let join = self.tasks.spawn(work);
        self.tasks.run_to_completion(&join, Instant::from_micros(u64::MAX / 2));
        join.take().expect("ended")
    }

    fn config(&self, name: &str, command: &str) -> ContainerConfig {
        let command = Some(command.split(' ').map(str::to_string).collect());
        ContainerConfig { name: name.into(), image: "tool".into(), command, ..ContainerConfig::default() }
    }

    fn create(&self, config: ContainerConfig) -> ContainerId {
        let engine = self.engine.clone();
        self.await_(async move { engine.create_container(config, CAUSE).await }).expect("created")
    }

    fn start(&self, id: ContainerId) -> Answer<()> {
        let engine = self.engine.clone();
        self.await_(async move { engine.start_container(id, CAUSE).await })
    }

    fn stop(&self, id: ContainerId, seconds: u64) {
        let engine = self.engine.clone();
        self.await_(async move { engine.stop_container(id, Grace::Seconds(seconds), CAUSE).await }).expect("stopped");
    }

    fn remove(&self, id: ContainerId, volumes: bool) {
        let engine = self.engine.clone();
        let options = RemoveOptions { volumes, force: true };
        self.await_(async move { engine.remove_container(id, options, CAUSE).await }).expect("removed");
    }

    fn exec(&self, id: ContainerId, command: &str) -> i32 {
        let exec = ExecConfig { command: command.split(' ').map(str::to_string).collect(), ..ExecConfig::default() };
        let engine = self.engine.clone();
        self.await_(async move { engine.exec(id, exec, Streams::output(Rc::new(|_, _| {})), CAUSE).await })
            .expect("an exit code")
    }

    fn pass(&self, seconds: f64) {
        self.tasks.run_until(self.tasks.now() + Duration::from_secs_f64(seconds));
    }

    /// Events of the given kind with their times in tenths of seconds since the first start.
    fn times(&self, wanted: fn(&EventKind) -> Option<String>) -> Vec<String> {
        let log = self.engine.recorder().log();
        let started = |kind: &EventKind| matches!(kind, EventKind::ContainerStarted { .. });
        let origin = log.events.iter().find(|event| started(&event.kind)).map_or(Instant::START, |event| event.at);
        let events = log.events.iter().filter_map(|event| {
            let tenths = (event.at.since(origin).as_millis() + 50) / 100;
            Some(format!("{}.{} {}", tenths / 10, tenths % 10, wanted(&event.kind)?))
        });
        events.collect()
    }

    /// The log folds to the live world.
    fn check_fold(&self) {
        let log = self.engine.recorder().log();
        assert!(World::of(&log) == *self.engine.recorder().world());
    }
}

fn life(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::ContainerStarted { .. } => "start".into(),
        EventKind::ContainerKilled { signal, .. } => format!("kill({signal})"),
        EventKind::ContainerDied { exit_code, .. } => format!("die({exit_code})"),
        EventKind::ContainerStopped { .. } => "stop".into(),
        EventKind::ContainerDestroyed { .. } => "destroy".into(),
        EventKind::VolumeDestroyed { .. } => "volume destroy".into(),
        _ => return None,
    })
}

fn health(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::HealthChanged { health, announced: true, .. } => Some(match health {
            Health::Healthy => "healthy".into(),
            _ => "unhealthy".into(),
        }),
        EventKind::ExecEnded { exit_code, .. } => Some(exit_code.to_string()),
        _ => None,
    }
}

fn probed(test: &str, check: HealthcheckConfig, seconds: f64) -> Vec<String> {
    let bench = Bench::new();
    let test = std::iter::once("CMD").chain(test.split(' ')).map(str::to_string).collect();
    let mut config = bench.config("db", "tool wait 1000 0");
    config.healthcheck = Some(HealthcheckConfig { test, ..check });
    let db = bench.create(config);
    bench.start(db).expect("started");
    bench.pass(seconds);
    bench.check_fold();
    bench.times(health)
}

fn check(interval: u64, start_period: u64, start_interval: u64) -> HealthcheckConfig {
    let seconds = Duration::from_secs;
    HealthcheckConfig {
        interval: seconds(interval),
        start_period: seconds(start_period),
        start_interval: seconds(start_interval),
        ..HealthcheckConfig::default()
    }
}

#[test]
fn probes_follow_the_vectors_of_the_semantics() {
    let always_failing = probed("tool ready 900 901", check(10, 0, 0), 35.0);
    assert_eq!(always_failing, ["10.1 1", "20.1 1", "30.2 1", "30.2 unhealthy"]);
    let start_period = probed("tool ready 900 901", check(10, 30, 0), 55.0);
    assert_eq!(start_period.last().map(String::as_str), Some("50.5 unhealthy"));
    let default_start_interval = probed("tool ready 2 900", check(1, 10, 0), 6.5);
    assert_eq!(default_start_interval, ["5.1 0", "5.1 healthy", "6.1 0"]);
    let hanging =
        probed("tool wait 10 0", HealthcheckConfig { timeout: Duration::from_secs(3), ..check(5, 0, 0) }, 25.0);
    assert_eq!(hanging, ["8.1 -1", "16.1 -1", "24.2 -1", "24.2 unhealthy"]);
    assert_eq!(probed("nosuch", check(2, 0, 0), 2.5), ["2.0 -1"]);
}

#[test]
fn a_crash_loop_backs_off_and_a_stop_in_the_delay_ends_it() {
    let bench = Bench::new();
    let mut config = bench.config("app", "tool wait 0 1");
    config.restart.name = "always".into();
    let app = bench.create(config);
    bench.start(app).expect("started");
    bench.pass(1.0);
    bench.stop(app, 10);
    let expected = ["0.0 start", "0.1 die(1)", "0.3 start", "0.4 die(1)", "0.7 start", "0.9 die(1)", "1.0 stop"];
    let times = bench.times(life);
    assert_eq!(times, expected);
    bench.pass(10.0);
    assert_eq!(bench.engine.inspect_container(app).unwrap().state, ContainerState::Exited);
    bench.check_fold();
}

/// Ends a container `after` milliseconds after its process was killed from inside; what it lived through from then on, and
/// what it is a minute later.
fn ended_after_a_crash(
    after: u64,
    end: impl AsyncFn(&Engine, ContainerId) + 'static,
) -> (Vec<String>, Option<ContainerState>) {
    let bench = Bench::new();
    let mut config = bench.config("app", "tool wait 1000 0");
    config.restart.name = "always".into();
    let app = bench.create(config);
    bench.start(app).expect("started");
    bench.pass(20.0);
    bench.engine.crash("app", CAUSE).expect("it runs");
    bench.tasks.run_until(bench.tasks.now() + Duration::from_millis(after));
    let (engine, begun) = (bench.engine.clone(), bench.tasks.now());
    bench.await_(async move { end(&engine, app).await });
    assert!(
        bench.tasks.now().since(begun) < Duration::from_secs(3),
        "{after} ms: it took until {:?}",
        bench.tasks.now()
    );
    bench.pass(60.0);
    bench.check_fold();
    let words = |line: String| line.split_once(' ').map(|(_, word)| word.to_string());
    let story = bench.times(life).into_iter().skip(1).filter_map(words).collect();
    (story, bench.engine.inspect_container(app).ok().map(|view| view.state))
}

#[test]
fn what_ends_a_container_ends_it_at_every_instant_around_a_crash() {
    for after in (0..500).step_by(7) {
        let stop = async |engine: &Engine, app| engine.stop_container(app, Grace::Seconds(0), CAUSE).await.unwrap();
        let (story, state) = ended_after_a_crash(after, stop);
        assert_eq!(state, Some(ContainerState::Exited), "{after} ms: {story:?}");
        assert_eq!(story.last().map(String::as_str), Some("stop"), "{after} ms: {story:?}");
        let kill = async |engine: &Engine, app| engine.kill_container(app, "", CAUSE).await.unwrap();
        let (story, state) = ended_after_a_crash(after, kill);
        assert_eq!(state, Some(ContainerState::Exited), "{after} ms: {story:?}");
        let remove = async |engine: &Engine, app| {
            let options = RemoveOptions { volumes: false, force: true };
            engine.remove_container(app, options, CAUSE).await.unwrap();
        };
        let (story, state) = ended_after_a_crash(after, remove);
        assert_eq!((story.last().map(String::as_str), state), (Some("destroy"), None), "{after} ms: {story:?}");
        let restart =
            async |engine: &Engine, app| engine.restart_container(app, Grace::Seconds(0), CAUSE).await.unwrap();
        let (story, state) = ended_after_a_crash(after, restart);
        assert_eq!(state, Some(ContainerState::Running), "{after} ms: {story:?}");
        assert_eq!(story[story.len() - 2..], ["stop", "start"], "{after} ms: {story:?}");
    }
}

#[test]
fn a_stop_before_the_end_is_noticed_says_kill_and_prevents_the_restart() {
    let stop = async |engine: &Engine, app| engine.stop_container(app, Grace::Seconds(10), CAUSE).await.unwrap();
    assert_eq!(ended_after_a_crash(0, stop).0, ["kill(15)", "die(137)", "stop"]);
}

#[test]
fn a_container_that_goes_when_it_ends_survives_its_restart() {
    let bench = Bench::new();
    let mut config = bench.config("app", "tool wait 1000 0");
    config.auto_remove = true;
    let app = bench.create(config);
    bench.start(app).expect("started");
    let engine = bench.engine.clone();
    bench.await_(async move { engine.restart_container(app, Grace::Seconds(0), CAUSE).await }).expect("restarted");
    bench.pass(5.0);
    assert_eq!(bench.engine.inspect_container(app).map(|view| view.state).ok(), Some(ContainerState::Running));
    bench.stop(app, 0);
    bench.pass(5.0);
    assert!(bench.engine.inspect_container(app).is_err());
    bench.check_fold();
}

#[test]
fn nobody_starts_what_is_being_removed() {
    let bench = Bench::new();
    let app = bench.create(bench.config("app", "tool wait 1000 0"));
    let engine = bench.engine.clone();
    bench.tasks.spawn(async move { engine.remove_container(app, RemoveOptions::default(), CAUSE).await });
    bench.tasks.run_until(bench.tasks.now());
    let problem = bench.start(app).expect_err("refused").message;
    assert_eq!(problem, "container is marked for removal and cannot be started");
    bench.pass(1.0);
    assert!(bench.engine.inspect_container(app).is_err());
    bench.check_fold();
}

#[test]
fn stop_waits_for_the_grace_period_of_a_deaf_process() {
    let bench = Bench::new();
    let (deaf, hearing) = (bench.config("deaf", "tool wait 1000 0"), bench.config("hearing", "tool heed"));
    let (deaf, hearing) = (bench.create(deaf), bench.create(hearing));
    bench.start(deaf).expect("started");
    bench.stop(deaf, 2);
    assert_eq!(bench.times(life), ["0.0 start", "0.0 kill(15)", "2.0 kill(9)", "2.1 die(137)", "2.1 stop"]);
    bench.start(hearing).expect("started");
    bench.stop(hearing, 2);
    let times = bench.times(life);
    assert_eq!(
        times[times.len() - 3..].iter().map(|line| &line[4..]).collect::<Vec<_>>(),
        ["kill(15)", "die(0)", "stop"]
    );
}

#[test]
fn a_missing_program_leaves_the_container_created_with_127() {
    let bench = Bench::new();
    let app = bench.create(bench.config("app", "nosuch"));
    let problem = bench.start(app).expect_err("refused");
    assert!(
        problem.message.ends_with("error during container init: exec: \"nosuch\": executable file not found in $PATH")
    );
    let view = bench.engine.inspect_container(app).unwrap();
    assert_eq!((view.state, view.exit_code), (ContainerState::Created, 127));
}

#[test]
fn a_port_belongs_to_one_container() {
    let bench = Bench::new();
    let network = NetworkSpecification { name: "net".into(), ..NetworkSpecification::default() };
    let engine = bench.engine.clone();
    bench.await_(async move { engine.create_network(network, CAUSE).await }).unwrap();
    let port =
        PortConfig { host_start: 80, host_end: 80, container: 80, protocol: "tcp".into(), ..PortConfig::default() };
    let ids = ["one", "two"].map(|name| {
        let mut config = bench.config(name, "tool wait 1000 0");
        config.network =
            NetworkConfig::Endpoints(vec![EndpointConfig { network: "net".into(), ..EndpointConfig::default() }]);
        config.ports = vec![port.clone()];
        bench.create(config)
    });
    bench.start(ids[0]).expect("started");
    let problem = bench.start(ids[1]).expect_err("refused").message;
    assert!(
        problem.starts_with("failed to set up container networking: driver failed programming external connectivity")
    );
    assert!(problem.ends_with("Bind for 0.0.0.0:80 failed: port is already allocated"), "{problem}");
    assert_eq!(bench.engine.inspect_container(ids[1]).unwrap().exit_code, 128);
    bench.stop(ids[0], 0);
    bench.start(ids[1]).expect("the port is free again");
}

#[test]
fn volumes_are_filled_at_create_and_anonymous_ones_go_with_the_container() {
    let bench = Bench::new();
    let mut config = bench.config("app", "tool wait 1000 0");
    let mount = |source, target: &str| MountConfig {
        source,
        target: target.into(),
        read_only: false,
        bind_text: None,
        span: None,
    };
    let named = MountSource::Volume { name: "data".into(), no_copy: false, subpath: None };
    config.mounts =
        vec![mount(named, "/seed"), mount(MountSource::AnonymousVolume { no_copy: false, subpath: None }, "/cache")];
    let app = bench.create(config.clone());
    let written = |kind: &EventKind| match kind {
        EventKind::FileWritten(file) => Some(file.path.to_string()),
        _ => None,
    };
    assert_eq!(bench.times(written), ["0.0 /file"]);
    bench.start(app).expect("started");
    assert_eq!((bench.exec(app, "tool write /seed/new"), bench.exec(app, "tool write /cache/x")), (0, 0));
    bench.remove(app, true);
    let names: Vec<String> = bench.engine.list_volumes().iter().map(|volume| volume.name.to_string()).collect();
    assert_eq!(names, ["data"]);
    let again = bench.create(config);
    bench.start(again).expect("started");
    assert_eq!((bench.exec(again, "tool read /seed/new"), bench.exec(again, "tool read /cache/x")), (0, 1));
    bench.check_fold();
}

#[test]
fn a_missing_bind_source_becomes_a_folder_at_start_and_read_only_refuses_writes() {
    let bench = Bench::new();
    let mut config = bench.config("app", "tool wait 1000 0");
    let source = MountSource::Bind { path: "/srv/demo/made".into(), create_host_path: true };
    config.mounts = vec![MountConfig { source, target: "/made".into(), read_only: true, bind_text: None, span: None }];
    let app = bench.create(config);
    assert!(!bench.host.exists("/srv/demo/made"));
    bench.start(app).expect("started");
    assert!(bench.host.exists("/srv/demo/made"));
    assert_eq!(bench.exec(app, "tool write /made/x"), 1);
}

#[test]
fn a_starting_daemon_heeds_policies_and_what_was_stopped_by_hand() {
    let bench = Bench::new();
    let ids = ["always", "unless-stopped", "on-failure", "no"].map(|policy| {
        let mut config = bench.config(policy, "tool wait 1000 0");
        config.restart.name = policy.into();
        bench.create(config)
    });
    let states =
        |bench: &Bench| ids.map(|id| bench.engine.inspect_container(id).unwrap().state == ContainerState::Running);
    for id in ids {
        bench.start(id).expect("started");
        bench.stop(id, 0);
    }
    let engine = bench.engine.clone();
    bench.await_(async move { engine.restart_daemon(CAUSE).await });
    assert_eq!(states(&bench), [true, false, true, false]);
    bench.start(ids[1]).expect("started");
    let engine = bench.engine.clone();
    bench.await_(async move { engine.reboot_host(CAUSE).await });
    assert_eq!(states(&bench), [true, true, true, false]);
    bench.check_fold();
}
