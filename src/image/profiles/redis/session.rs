//! A client's session: who it is, which database it works on, and a transaction it collects.

use super::keys::{is_known, unknown};
use super::reply::Reply;
use super::server::Server;
use crate::image::programs::wire;
use crate::kernel::Connection;
use serde_json::json;
use std::rc::Rc;

/// A session.
struct Session {
    admitted: bool,
    database: u8,
    name: String,
    collected: Option<Collected>,
}

/// The commands since MULTI.
#[derive(Default)]
struct Collected {
    commands: Vec<Vec<String>>,
    has_failed: bool,
}

/// Serves a client until it goes.
pub async fn serve(server: &Rc<Server>, connection: &Connection) {
    let mut session =
        Session { admitted: server.password().is_empty(), database: 0, name: String::new(), collected: None };
    while let Some(request) = wire::receive(connection).await {
        let words: Vec<String> = serde_json::from_value(request["command"].clone()).unwrap_or_default();
        let reply = session.answer(server, &words).await;
        if wire::send(connection, &json!(reply)).await.is_err() {
            return;
        }
    }
}

impl Session {
    async fn answer(&mut self, server: &Rc<Server>, words: &[String]) -> Reply {
        let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        if name == "auth" {
            return server.authenticate(&words[1..], &mut self.admitted);
        }
        if !self.admitted {
            return Reply::Error("NOAUTH Authentication required.".to_string());
        }
        if let Some(reply) = self.transaction(server, &name, words).await {
            return reply;
        }
        self.carry_out(server, &name, words).await
    }

    /// MULTI, EXEC, DISCARD, and what is collected between them.
    async fn transaction(&mut self, server: &Rc<Server>, name: &str, words: &[String]) -> Option<Reply> {
        match (name, &mut self.collected) {
            ("multi", None) => {
                self.collected = Some(Collected::default());
                Some(Reply::ok())
            }
            ("multi", Some(_)) => Some(Reply::Error("ERR MULTI calls can not be nested".to_string())),
            ("exec" | "discard", None) => Some(Reply::Error(format!("ERR {} without MULTI", name.to_uppercase()))),
            ("discard", Some(_)) => {
                self.collected = None;
                Some(Reply::ok())
            }
            ("exec", Some(_)) => {
                let collected = self.collected.take().unwrap_or_default();
                if collected.has_failed {
                    return Some(Reply::Error(
                        "EXECABORT Transaction discarded because of previous errors.".to_string(),
                    ));
                }
                let mut replies = Vec::new();
                for words in &collected.commands {
                    let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
                    replies.push(self.carry_out(server, &name, words).await);
                }
                Some(Reply::List(replies))
            }
            (_, Some(collected)) => {
                if !is_known(name) {
                    collected.has_failed = true;
                    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
                    return Some(unknown(words.first().map_or("", String::as_str), &rest));
                }
                collected.commands.push(words.to_vec());
                Some(Reply::Status("QUEUED".to_string()))
            }
            _ => None,
        }
    }

    async fn carry_out(&mut self, server: &Rc<Server>, name: &str, words: &[String]) -> Reply {
        let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        match (name, rest.as_slice()) {
            ("select", [number]) => match number.parse::<i64>() {
                Ok(number @ 0..16) => {
                    self.database = number as u8;
                    Reply::ok()
                }
                Ok(_) => Reply::Error("ERR DB index is out of range".to_string()),
                Err(_) => Reply::Error("ERR value is not an integer or out of range".to_string()),
            },
            ("client", [verb, rest @ ..]) => self.client(&verb.to_lowercase(), rest),
            _ => server.command(self.database, words).await,
        }
    }

    fn client(&mut self, verb: &str, rest: &[&str]) -> Reply {
        match (verb, rest) {
            ("setname", [name]) => {
                self.name = name.to_string();
                Reply::ok()
            }
            ("getname", []) if self.name.is_empty() => Reply::Nil,
            ("getname", []) => Reply::Text(self.name.clone()),
            ("setinfo" | "reply" | "no-evict", _) => Reply::ok(),
            _ => Reply::unsupported(&format!("CLIENT {}", verb.to_uppercase())),
        }
    }
}
