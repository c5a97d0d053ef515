//! What databases and replica sets can do, and `show`.

use super::evaluate::{Done, Shell, Thrown, Worth};
use crate::image::profiles::mongo::value::Value;

fn command(name: &str, value: Value) -> Value {
    Value::object(&[(name, value)])
}

fn one() -> Value {
    Value::Number(1.0)
}

impl Shell {
    /// `show dbs`, `show collections`, `show users`.
    pub async fn show(&mut self, what: &str) -> Done<Worth> {
        let database = self.database.clone();
        let text = match what {
            "dbs" | "databases" => {
                let answer = self.client.ask("admin", &command("listDatabases", one())).await?;
                let all = answer.get("databases").map_or(&[][..], Value::items);
                let line = |database: &Value| {
                    let name = database.get("name").map_or(String::new(), Value::to_text);
                    let size = database.get("sizeOnDisk").and_then(Value::as_number).unwrap_or(0.0);
                    (name, format!("{:.2} KiB", size / 1024.0))
                };
                let lines: Vec<(String, String)> = all.iter().map(line).collect();
                let (name_width, size_width) =
                    (width(lines.iter().map(|line| &line.0)), width(lines.iter().map(|line| &line.1)));
                let lines = lines.iter().map(|(name, size)| format!("{name:<name_width$}  {size:>size_width$}"));
                lines.collect::<Vec<_>>().join("\n")
            }
            "collections" | "tables" => {
                let answer = self.client.ask(&database, &command("listCollections", one())).await?;
                let names = answer.get("batch").map_or(&[][..], Value::items).iter().filter_map(|one| one.get("name"));
                names.map(Value::to_text).collect::<Vec<_>>().join("\n")
            }
            "users" => {
                let answer = self.client.ask(&database, &command("usersInfo", one())).await?;
                answer.get("users").map_or(String::new(), Value::inspected)
            }
            other => {
                let text = format!("[COMMON-10001] '{other}' is not a valid argument for \"show\".");
                return Err(Thrown::error("MongoshInvalidInputError", &text));
            }
        };
        Ok(Worth::Value(if text.is_empty() { Value::Undefined } else { Value::Text(text) }))
    }

    /// A method of a database.
    pub async fn database_method(&mut self, database: &str, key: &str, values: &[Value]) -> Done<Worth> {
        let first = values.first().cloned().unwrap_or(Value::Undefined);
        let sent = match key {
            "getSiblingDB" | "getSisterDB" => return Ok(Worth::Database(first.to_text())),
            "getCollection" => return Ok(Worth::Collection(database.to_string(), first.to_text())),
            "getName" => return Ok(Worth::Value(Value::text(database))),
            "getMongo" => return Ok(Worth::Named("Mongo".into())),
            "runCommand" | "adminCommand" => match first {
                Value::Text(name) => command(&name, one()),
                other => other,
            },
            "hello" | "isMaster" | "serverStatus" | "dropDatabase" => command(key, one()),
            "version" => command("buildInfo", one()),
            "stats" => command("dbStats", one()),
            "createCollection" => command("create", first),
            "getCollectionNames" | "getCollectionInfos" => command("listCollections", one()),
            "getUsers" => command("usersInfo", one()),
            "dropUser" => command("dropUser", first),
            "shutdownServer" => command("shutdown", one()),
            "createUser" => {
                let mut sent = command("createUser", first.get("user").cloned().unwrap_or(Value::Null));
                first
                    .fields()
                    .iter()
                    .filter(|(name, _)| name != "user")
                    .for_each(|(name, value)| sent.set(name, value.clone()));
                sent
            }
            "auth" => {
                let (user, password) = match first.get("user") {
                    Some(user) => (user.clone(), first.get("pwd").cloned().unwrap_or(Value::Null)),
                    None => (first, values.get(1).cloned().unwrap_or(Value::Null)),
                };
                Value::object(&[
                    ("authenticate", one()),
                    ("user", user),
                    ("password", password),
                    ("database", Value::text(database)),
                ])
            }
            _ => return Err(Thrown::error("TypeError", &format!("db.{key} is not a function"))),
        };
        let to = if key == "adminCommand" { "admin" } else { database };
        let answer = self.client.ask(to, &sent).await?;
        let part = |name: &str| answer.get(name).cloned().unwrap_or(Value::Null);
        Ok(Worth::Value(match key {
            "version" => part("version"),
            "getCollectionInfos" => part("batch"),
            "getCollectionNames" => {
                let names = part("batch");
                Value::Array(names.items().iter().filter_map(|one| one.get("name").cloned()).collect())
            }
            "runCommand" | "adminCommand" if answer.get("batch").is_some() => cursor(database, &answer),
            _ => answer,
        }))
    }

    /// `rs.…`.
    pub async fn set_method(&mut self, key: &str, values: &[Value]) -> Done<Worth> {
        let first = values.first().cloned().unwrap_or_else(|| Value::Object(Vec::new()));
        let sent = match key {
            "initiate" => command("replSetInitiate", first),
            "status" => command("replSetGetStatus", one()),
            "conf" | "config" => command("replSetGetConfig", one()),
            "isMaster" | "hello" => command("hello", one()),
            "secondaryOk" | "slaveOk" => return Ok(Worth::Value(Value::Undefined)),
            other => {
                let text = format!("drydock: rs.{other} is not simulated");
                return Err(Thrown::error("Error", &text));
            }
        };
        let answer = self.client.ask("admin", &sent).await?;
        Ok(Worth::Value(match key {
            "conf" | "config" => answer.get("config").cloned().unwrap_or(Value::Null),
            _ => answer,
        }))
    }
}

/// The documents of an answer in the form in which the server sends them.
fn cursor(database: &str, answer: &Value) -> Value {
    let batch = answer.get("batch").cloned().unwrap_or(Value::Null);
    let cursor = Value::object(&[
        ("firstBatch", batch),
        ("id", Value::Number(0.0)),
        ("ns", Value::text(format!("{database}.$cmd"))),
    ]);
    Value::object(&[("cursor", cursor), ("ok", one())])
}

fn width<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}
