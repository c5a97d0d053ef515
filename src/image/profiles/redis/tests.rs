//! What survives what.

use crate::image::bench::{Bench, Container};
use crate::kernel::{Signal, Tree};

fn cli(container: &Container, words: &[&str]) -> String {
    let (code, text) = container.exec(&[&["redis-cli"], words].concat());
    assert_eq!(code, 0, "{text}");
    text
}

#[test]
fn without_appending_a_kill_loses_what_a_stop_keeps() {
    let (bench, data) = (Bench::new(), Tree::new());
    let start = || {
        let cache = bench.start("cache", "redis:7-alpine", &[], &[("/data", &data)], &[]);
        bench.wait(0.5);
        cache
    };
    let cache = start();
    assert_eq!((cli(&cache, &["ping"]), cli(&cache, &["set", "a", "1"])), ("PONG\n".into(), "OK\n".into()));
    assert_eq!(cache.stop(Signal::KILL), Some(137));
    let cache = start();
    assert_eq!(cli(&cache, &["get", "a"]), "\n");
    cli(&cache, &["set", "a", "2"]);
    assert_eq!(cache.stop(Signal::TERM), Some(0), "{}", cache.log());
    let cache = start();
    assert_eq!(cli(&cache, &["get", "a"]), "2\n");
    assert!(cache.log().contains("Done loading RDB, keys loaded: 1, keys expired: 0."));
}

#[test]
fn with_appending_a_kill_loses_nothing() {
    let (bench, data) = (Bench::new(), Tree::new());
    let start = || {
        let cache = bench.start("cache", "valkey/valkey:8", &[], &[("/data", &data)], &["--appendonly", "yes"]);
        bench.wait(0.5);
        cache
    };
    let cache = start();
    assert_eq!(cli(&cache, &["incr", "n"]), "1\n");
    cache.stop(Signal::KILL);
    assert_eq!(cli(&start(), &["incr", "n"]), "2\n");
}

#[test]
fn save_rules_save_in_the_background_and_a_password_is_asked() {
    let (bench, data) = (Bench::new(), Tree::new());
    let command = ["redis-server", "--save", "5", "1", "--requirepass", "s"];
    let cache = bench.start("cache", "redis:7", &[], &[("/data", &data)], &command);
    bench.wait(0.5);
    assert_eq!(cli(&cache, &["set", "a", "1"]), "NOAUTH Authentication required.\n\n");
    cli(&cache, &["-a", "s", "set", "a", "1"]);
    assert!(!data.exists("/dump.rdb"));
    bench.wait(7.0);
    assert!(data.exists("/dump.rdb"), "{}", cache.log());
}
