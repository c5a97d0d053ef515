//! Claims about the smaller images.

use crate::image::bench::{Bench, Container};
use crate::image::{Reference, catalog};
use crate::kernel::{Signal, Tree};

#[test]
fn every_profile_defines_what_can_run() {
    for profile in super::PROFILES {
        for repository in profile.repositories {
            let image = catalog::find(&Reference::parse(repository).unwrap()).expect("a known name");
            let first = image.config.entrypoint.first().or(image.config.cmd.first()).expect("a command");
            let path = image.config.variable("PATH").unwrap_or("/bin");
            let found = path.split(':').any(|folder| image.root.program(&format!("{folder}/{first}")).is_some());
            assert!(found || image.root.program(first).is_some(), "{repository}: {first}");
        }
    }
}

fn said(container: &Container, words: &[&str]) -> String {
    let (code, text) = container.exec(words);
    assert_eq!(code, 0, "{words:?}: {text}");
    text
}

#[test]
fn a_replica_set_takes_no_writes_before_it_is_initiated() {
    let (bench, data) = (Bench::new(), Tree::new());
    let mongo = bench.start("mongo", "mongo:7", &[], &[("/data/db", &data)], &["--replSet", "rs0"]);
    bench.wait(3.0);
    let insert = ["mongosh", "--eval", "db.t.insertOne({a:1})"];
    assert_eq!(mongo.exec(&insert), (1, "MongoServerError[NotWritablePrimary]: not primary\n".to_string()));
    said(&mongo, &["mongosh", "--eval", "rs.initiate()"]);
    said(&mongo, &insert);
    mongo.stop(Signal::KILL);
    let mongo = bench.start("mongo", "mongo:7", &[], &[("/data/db", &data)], &["--replSet", "rs0"]);
    bench.wait(3.0);
    assert_eq!(said(&mongo, &["mongosh", "--eval", "db.t.countDocuments()"]), "1\n");
}

#[test]
fn a_message_survives_only_if_it_and_its_queue_are_durable() {
    let (bench, data) = (Bench::new(), Tree::new());
    let start = |name: &str| {
        let queue = bench.start(name, "rabbitmq:4-management", &[], &[("/var/lib/rabbitmq", &data)], &[]);
        bench.wait(6.0);
        queue
    };
    let queue = start("queue");
    said(&queue, &["rabbitmqadmin", "declare", "queue", "name=kept", "durable=true"]);
    said(&queue, &["rabbitmqadmin", "declare", "queue", "name=lost", "durable=false"]);
    said(&queue, &["rabbitmqadmin", "publish", "routing_key=kept", "payload=a", "properties={\"delivery_mode\":2}"]);
    said(&queue, &["rabbitmqadmin", "publish", "routing_key=kept", "payload=b"]);
    queue.stop(Signal::TERM);
    assert_eq!(said(&start("queue"), &["rabbitmqctl", "-q", "list_queues"]), "name\tmessages\nkept\t1\n");
    assert_eq!(said(&start("renamed"), &["rabbitmqctl", "-q", "list_queues"]), "", "the data belong to the host name");
}

#[test]
fn memcached_keeps_nothing() {
    let bench = Bench::new();
    let client = bench.start("client", "busybox", &[], &[], &["sh", "-c", "sleep 1000"]);
    let ask = |text: &str| said(&client, &["sh", "-c", &format!("printf '{text}quit\\r\\n' | nc cache 11211")]);
    let cache = bench.start("cache", "memcached:1", &[], &[], &[]);
    bench.wait(0.5);
    assert_eq!(ask("set k 0 0 1\\r\\n7\\r\\nget k\\r\\n"), "STORED\r\nVALUE k 0 1\r\n7\r\nEND\r\n");
    assert_eq!(cache.stop(Signal::TERM), Some(0));
    let _cache = bench.start("cache", "memcached:1", &[], &[], &[]);
    bench.wait(0.5);
    assert_eq!(ask("get k\\r\\n"), "END\r\n");
}

#[test]
fn nginx_resolves_names_once_at_its_start() {
    let (bench, conf) = (Bench::new(), Tree::new());
    conf.write("/default.conf", "server {\n listen 80;\n location / {\n proxy_pass http://api:80;\n }\n}\n").unwrap();
    let mounts = [("/etc/nginx/conf.d", &conf)];
    let web = bench.start("early", "nginx:1", &[], &mounts, &[]);
    bench.wait(1.0);
    assert_eq!(web.exit_code(), Some(1));
    assert!(
        web.log().contains("host not found in upstream \"api\" in /etc/nginx/conf.d/default.conf:4"),
        "{}",
        web.log()
    );
    let api = bench.start("api", "httpd:2", &[], &[], &[]);
    let web = bench.start("web", "nginx:1", &[], &mounts, &[]);
    bench.wait(1.0);
    let client = bench.start("client", "busybox", &[], &[], &["sh", "-c", "sleep 1000"]);
    assert!(said(&client, &["wget", "-q", "-O", "-", "http://web/"]).contains("It works!"));
    api.stop(Signal::TERM);
    assert!(client.exec(&["wget", "-q", "-O", "-", "http://web/"]).1.contains("502 Bad Gateway"));
    assert_eq!(web.stop(Signal::QUIT), Some(0));
}
