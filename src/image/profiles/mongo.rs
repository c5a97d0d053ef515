//! MongoDB: a server with documents in files, `mongosh --eval`, a replica set of one.
//!
//! Sources: the official image's Dockerfile and entrypoint (VOLUMEs `/data/db` and `/data/configdb`, semantics S65; the root
//! user is made once, by a temporary server); first boot about 2 s, later ones about 1 s, typical values of a laptop.
//! Simplified: `mongosh` knows ping, insertOne, insertMany, countDocuments, find (all documents), deleteMany (all), show
//! collections, rs.initiate, rs.status, hello.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::daemon::{Daemon, Pending, Speaks, read_json, run, write_json};
use crate::image::programs::wire;
use crate::image::reference::Reference;
use crate::kernel::{ConnectError, ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["mongo"], title: "MongoDB", define };

const DATA: &str = "/data/db/collections.json";

const SERVER: Daemon = Daemon {
    first_boot: &[
        (
            100,
            "{\"s\":\"I\",\"c\":\"CONTROL\",\"msg\":\"MongoDB starting\",\"attr\":{\"port\":27017,\"dbPath\":\"/data/db\"}}",
        ),
        (
            900,
            "{\"s\":\"I\",\"c\":\"STORAGE\",\"msg\":\"createCollection\",\"attr\":{\"namespace\":\"admin.system.version\"}}",
        ),
        (
            100,
            "{\"s\":\"I\",\"c\":\"NETWORK\",\"msg\":\"Waiting for connections\",\"attr\":{\"port\":27017,\"ssl\":\"off\"}}",
        ),
    ],
    later_boot: &[
        (
            100,
            "{\"s\":\"I\",\"c\":\"CONTROL\",\"msg\":\"MongoDB starting\",\"attr\":{\"port\":27017,\"dbPath\":\"/data/db\"}}",
        ),
        (
            700,
            "{\"s\":\"I\",\"c\":\"NETWORK\",\"msg\":\"Waiting for connections\",\"attr\":{\"port\":27017,\"ssl\":\"off\"}}",
        ),
    ],
    marker: Some("/data/db/WiredTiger"),
    ports: &[(27017, Speaks::Values(answer))],
    stops: (
        &[Signal::TERM, Signal::INT],
        120,
        0,
        "{\"s\":\"I\",\"c\":\"CONTROL\",\"msg\":\"Shutting down\",\"attr\":{\"exitCode\":0}}",
    ),
};

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    for folder in ["/data/db", "/data/configdb", "/docker-entrypoint-initdb.d"] {
        base::folder(&root, folder, Default::default(), 0o755);
    }
    root.install("/usr/bin/mongod", programs::of(|process| run(process, SERVER)));
    root.install("/usr/bin/mongosh", programs::of(mongosh));
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint));
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["mongod".into()],
        volumes: ["/data/db".into(), "/data/configdb".into()].into(),
        working_dir: "/".into(),
        exposed_ports: ["27017/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    let simplified = &["documents are JSON in one file; mongosh knows a dozen calls", "a replica set has one member"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// `docker-entrypoint.sh`: the root user is made on an empty data path only.
async fn entrypoint(process: Process) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if command.first().is_some_and(|word| word.starts_with('-')) {
        command.insert(0, "mongod".into());
    }
    let is_server = command.first().is_some_and(|word| &**word == "mongod");
    if is_server && process.stat("/data/db/WiredTiger").is_err() {
        let variable = |name: &str| process.variable(name).map(|value| value.to_string());
        let (user, password) = (variable("MONGO_INITDB_ROOT_USERNAME"), variable("MONGO_INITDB_ROOT_PASSWORD"));
        if user.is_some() != password.is_some() {
            process.complain("error: missing 'MONGO_INITDB_ROOT_USERNAME' or 'MONGO_INITDB_ROOT_PASSWORD'\n       both must be specified for a user to be created\n").await;
            return ExitCode::FAILURE;
        }
        process.sleep(Duration::from_millis(if user.is_some() { 1200 } else { 100 })).await;
        let data = json!({ "user": user, "password": password, "collections": {} });
        if let Err(error) = write_json(&process, DATA, &data).await {
            process
                .complain(format!(
                    "{{\"s\":\"F\",\"c\":\"CONTROL\",\"msg\":\"Error\",\"attr\":{{\"error\":\"{error}\"}}}}\n"
                ))
                .await;
            return ExitCode(100);
        }
    }
    programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", 420).await
}

fn answer(process: Process, request: Value) -> Pending<Value> {
    Box::pin(async move {
        let mut data = read_json(&process, DATA);
        let call = request["call"].as_str().unwrap_or_default().to_string();
        let open = matches!(call.as_str(), "ping" | "hello");
        let given = (&request["user"], &request["password"]);
        if !open && data["user"].is_string() && given != (&data["user"], &data["password"]) {
            return json!({ "error": "MongoServerError: Command requires authentication" });
        }
        let wants_set = process.args().iter().any(|word| word.starts_with("--replSet"));
        let initiated = data["replica_set"] == json!(true);
        let name = request["collection"].as_str().unwrap_or_default().to_string();
        let mut inserted = Vec::new();
        match call.as_str() {
            "ping" => return json!({ "text": "{ ok: 1 }" }),
            "hello" => return json!({ "text": if !wants_set || initiated { "true" } else { "false" } }),
            "status" if !wants_set => return json!({ "error": "MongoServerError: not running with --replSet" }),
            "status" if !initiated => {
                return json!({ "error": "MongoServerError: no replset config has been received" });
            }
            "status" => return json!({ "text": "1" }),
            "initiate" if initiated => return json!({ "error": "MongoServerError: already initialized" }),
            "initiate" => data["replica_set"] = json!(true),
            "count" => return json!({ "text": data["collections"][&name].as_array().map_or(0, Vec::len).to_string() }),
            "find" => {
                let list = data["collections"][&name].as_array().cloned().unwrap_or_default();
                let lines: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                let text = lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join(",\n");
                return json!({ "text": if lines.is_empty() { String::new() } else { format!("[\n{text}\n]") } });
            }
            "collections" => {
                let names: Vec<String> =
                    data["collections"].as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
                return json!({ "text": names.join("\n") });
            }
            "delete" => data["collections"][&name] = json!([]),
            _ if wants_set && !initiated => return json!({ "error": "MongoServerError: not primary" }),
            _ => {
                let mut list = data["collections"][&name].as_array().cloned().unwrap_or_default();
                for fields in documents(request["document"].as_str().unwrap_or_default()) {
                    inserted.push(object_id(&process, list.len()));
                    let id = inserted.last().map_or("", String::as_str);
                    list.push(json!(format!("{{ _id: ObjectId('{id}'), {fields} }}")));
                }
                data["collections"][&name] = json!(list);
            }
        }
        // The journal makes a write durable before it is acknowledged (writeConcern majority, j: true).
        if let Err(error) = write_json(&process, DATA, &data).await {
            return json!({ "error": format!("MongoServerError: {error}") });
        }
        let collections = data["collections"].as_object();
        let documents: usize =
            collections.map_or(0, |map| map.values().filter_map(Value::as_array).map(Vec::len).sum());
        process.summarise("/data/db", &format!("{documents} documents"));
        let text = match (call.as_str(), inserted.as_slice()) {
            ("initiate", _) => "{ ok: 1 }".to_string(),
            (_, [id]) => format!("{{\n  acknowledged: true,\n  insertedId: ObjectId('{id}')\n}}"),
            (_, several) if !several.is_empty() => {
                let ids: Vec<String> =
                    several.iter().enumerate().map(|(at, id)| format!("    '{at}': ObjectId('{id}')")).collect();
                format!("{{\n  acknowledged: true,\n  insertedIds: {{\n{}\n  }}\n}}", ids.join(",\n"))
            }
            _ => "{ acknowledged: true }".to_string(),
        };
        json!({ "text": text })
    })
}

/// 24 hexadecimal digits, the first eight of which are the time.
fn object_id(process: &Process, number: usize) -> String {
    let seconds = process.kernel().wall_clock().as_secs();
    format!("{seconds:08x}a1b2c3d4e5{number:06x}")
}

/// The fields of the documents in `{…}` or `[{…}, {…}]`, as the shell shows them. Documents within documents are one field.
fn documents(text: &str) -> Vec<String> {
    let (mut result, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => {
                depth += 1;
                start = if depth == 1 { at + 1 } else { start };
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    let fields = text[start..at].split(',').filter_map(|field| {
                        let (key, value) = field.split_once(':')?;
                        let value = value.trim().replace('"', "'");
                        Some(format!("{}: {value}", key.trim().trim_matches(['"', '\''])))
                    });
                    result.push(fields.collect::<Vec<_>>().join(", "));
                }
            }
            _ => {}
        }
    }
    result
}

/// The program `mongosh`.
async fn mongosh(process: Process) -> ExitCode {
    let options = ["eval", "u", "username", "p", "password", "host", "port", "authenticationDatabase"];
    let arguments = Arguments::parse(&process.args(), &options);
    // mongosh takes its time (Node.js): about 0.7 s.
    process.sleep(Duration::from_millis(700)).await;
    let address = arguments.operands.first().map(String::as_str).unwrap_or("mongodb://127.0.0.1");
    let rest = address.strip_prefix("mongodb://").unwrap_or("127.0.0.1");
    let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
    let authority = rest.split(['/', '?']).next().unwrap_or("127.0.0.1");
    let host = arguments.value(&["host"]).unwrap_or(authority.split(':').next().unwrap_or("127.0.0.1"));
    let port = arguments
        .value(&["port"])
        .or(authority.split_once(':').map(|(_, port)| port))
        .and_then(|port| port.parse().ok());
    let (user, password) = login.split_once(':').unwrap_or(("", ""));
    let user = arguments.value(&["u", "username"]).unwrap_or(user);
    let password = arguments.value(&["p", "password"]).unwrap_or(password);
    let port = port.unwrap_or(27017);
    let connection = match process.connect(host, port).await {
        Ok(connection) => connection,
        Err(error) => {
            let reason = match error {
                ConnectError::Name(_) => format!("getaddrinfo ENOTFOUND {host}"),
                ConnectError::Failed(address, _) => format!("connect ECONNREFUSED {address}:{port}"),
            };
            process.complain(format!("MongoNetworkError: {reason}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    let script = match arguments.value(&["eval"]) {
        Some(text) => text.to_string(),
        None => String::from_utf8_lossy(&process.read_to_end(0).await.unwrap_or_default()).into_owned(),
    };
    for statement in script.split([';', '\n']).map(str::trim).filter(|text| !text.is_empty()) {
        let mut request = call(statement);
        request["user"] = json!(user);
        request["password"] = json!(password);
        let reply = wire::ask(&connection, &request)
            .await
            .unwrap_or_else(|| json!({ "error": "MongoNetworkError: connection closed" }));
        if let Some(error) = reply["error"].as_str() {
            process.complain(format!("{error}\n")).await;
            return ExitCode::FAILURE;
        }
        let text = reply["text"].as_str().unwrap_or_default();
        process.print(format!("{}\n", if statement.contains(".ok") { "1" } else { text })).await;
    }
    ExitCode::SUCCESS
}

/// A statement of the shell as a request.
fn call(statement: &str) -> Value {
    let has = |words: &str| statement.contains(words);
    let name = if has("ping") {
        "ping"
    } else if has("rs.initiate") {
        "initiate"
    } else if has("rs.status") {
        "status"
    } else if has("hello") || has("isMaster") {
        "hello"
    } else if has("countDocuments") || has("estimatedDocumentCount") {
        "count"
    } else if has("show collections") || has("getCollectionNames") {
        "collections"
    } else if has(".find") {
        "find"
    } else if has("deleteMany") || has(".drop(") {
        "delete"
    } else {
        "insert"
    };
    let collection = statement.split('.').nth(1).unwrap_or_default();
    let inner = statement.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    json!({ "call": name, "collection": collection, "document": inner })
}
