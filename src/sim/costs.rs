//! How long the engine's and the client's work takes: the only place with such numbers.
//!
//! They are medians of the recordings of Docker Engine 28.5.2 and Compose 2.40.3 on a machine with two cores (conformance
//! README, "Typical costs"; FINDINGS §2). Where a figure is the difference of two of them, the comment says so. Must not
//! know who spends them.

use std::time::Duration;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// `docker compose` from its start until it has read its files and listed what is there: what `ps`, `logs` and an `up`
/// with nothing to do take ("`docker compose ps`" 0.155 s, less the answer itself).
pub const COMPOSE_START: Duration = ms(150);
/// `docker` from its start to its first request (`docker volume ls -q` takes 0.06 s).
pub const DOCKER_START: Duration = ms(55);
/// `docker compose up` from its start until it asks for the network: 0.198 s, less creating it.
pub const COMPOSE_UP_PREPARES: Duration = ms(165);
/// Creating a network.
pub const NETWORK_CREATE: Duration = ms(30);
/// Creating a volume (recording `healthy-after-retries`: 5 ms after the network).
pub const VOLUME_CREATE: Duration = ms(4);
/// Creating a container ("container created -> next container created").
pub const CONTAINER_CREATE: Duration = ms(10);
/// From asking for a start until the volumes are mounted (recordings: `mount` 5 ms after the last create).
pub const VOLUME_MOUNT: Duration = ms(5);
/// From asking for a start to the `start` event of one container: namespaces, network, shim, process ("one container,
/// create event -> start event": 0.167 s).
pub const CONTAINER_START: Duration = ms(155);
/// What each further container that starts at the same moment adds on two cores (2: 0.19 s, 3: 0.28 s, 8: 0.9 s).
pub const CONTAINER_START_CROWD: Duration = ms(65);
/// The main process runs this long before the `start` event ("process start is ~0.03 s before the start event").
pub const PROCESS_BEFORE_START_EVENT: Duration = ms(30);
/// Taking down what a start that the runtime refuses had set up (recording `command-not-found`: its answer comes 16 ms after
/// the `start` event of a container that was started at the same moment).
pub const FAILED_START_CLEANUP: Duration = ms(45);
/// A start that the runtime refuses, without a process (recording `command-not-found`).
pub const CONTAINER_START_FAILS: Duration = ms(140);
/// A main process's exit until the `die` event: a `sleep 1; exit` dies 1.10 s after the `start` event, and began 0.03 s
/// before it.
pub const EXIT_TO_DIE: Duration = ms(125);
/// SIGKILL until the `die` event.
pub const KILL_TO_DIE: Duration = ms(117);
/// After `die` until the restart policy's delay has begun and its start is done, beyond the delay: "plus 0.09 s".
pub const RESTART_START: Duration = ms(90);
/// `docker compose restart`: `die` until `start` (0.16 s): a start on a machine that holds everything in its cache.
pub const RESTART_DIE_TO_START: Duration = ms(155);
/// How much longer than asked the engine waits for a process to end before SIGKILL.
pub const GRACE_OVERRUN: Duration = ms(15);
/// Removing a container ("die -> destroy (down)").
pub const CONTAINER_REMOVE: Duration = ms(8);
/// Removing a network ("last container destroy -> network destroy": 0.178 s).
pub const NETWORK_REMOVE: Duration = ms(175);
/// Removing a volume.
pub const VOLUME_REMOVE: Duration = ms(4);
/// Renaming a container.
pub const CONTAINER_RENAME: Duration = ms(3);
/// From asking for an exec to `exec_start`.
pub const EXEC_START: Duration = ms(1);
/// From `exec_start` until the program runs, plus from its end to `exec_die`: a trivial probe takes 0.06 s in all.
pub const EXEC_LAUNCH: Duration = ms(45);
/// From the end of an exec's program to `exec_die`.
pub const EXEC_END: Duration = ms(15);
/// How long after its timeout a probe's failure is recorded (`health-probe-timeout`: 0.06 s).
pub const PROBE_TIMEOUT_OVERRUN: Duration = ms(60);
/// Pausing or unpausing a container.
pub const CONTAINER_PAUSE: Duration = ms(8);
/// The engine from SIGTERM of an idle daemon until it answers again (`daemon restart`: 7.6 s; containers start 6.3 s after
/// the signal; depends on the machine).
pub const DAEMON_RESTART: Duration = ms(6100);
/// A question to the engine: inspect, list.
pub const API_QUESTION: Duration = ms(2);
/// Fetching an image: not in the recordings, as it depends on the network; short, so that nobody waits for it.
pub const IMAGE_PULL: Duration = ms(2000);
/// Removing an image.
pub const IMAGE_REMOVE: Duration = ms(10);
/// From the loss of power until the engine starts containers again: a machine that boots; not in the recordings.
pub const HOST_BOOT: Duration = ms(25_000);
/// Building an image, without its `RUN` steps (`docker compose build -q` of a few instructions takes 0.5 s in all).
pub const BUILD: Duration = ms(100);
/// One `RUN` step: the builder starts a container for it and commits its layer.
pub const BUILD_RUN: Duration = ms(200);
