//! What a node keeps: users, queues, messages.
//!
//! Sources: RabbitMQ's documentation, "Queues" (durability), "Publishers" (persistent messages, what cannot be routed), "Consumer
//! Acknowledgements" (what is not acknowledged goes back to where it was, marked), "Access Control" (the default user is made
//! when the database is new, and only then).

use super::node;
use crate::image::programs::daemon::{read_json, write_json};
use crate::kernel::Process;
use serde_json::{Value, json};

/// The folder of a node's data.
pub fn folder(process: &Process) -> String {
    format!("/var/lib/rabbitmq/mnesia/{}", node(process))
}

/// A node's data.
pub struct Store<'a> {
    process: &'a Process,
    data: Value,
}

impl<'a> Store<'a> {
    /// Reads them; `None` if there are none.
    pub fn open(process: &'a Process) -> Option<Self> {
        let data = read_json(process, &format!("{}.json", folder(process)));
        data.is_object().then_some(Self { process, data })
    }

    /// A new one, with the default user.
    pub fn create(process: &'a Process) -> Self {
        let variable = |name: &str| process.variable(name).filter(|value| !value.is_empty());
        let user = variable("RABBITMQ_DEFAULT_USER").map_or("guest".to_string(), |name| name.to_string());
        let password = variable("RABBITMQ_DEFAULT_PASS").map_or("guest".to_string(), |word| word.to_string());
        Self { process, data: json!({ "users": { user: password }, "queues": {} }) }
    }

    /// Writes them; the error is the system's text.
    pub async fn save(&self) -> Result<(), String> {
        write_json(self.process, &format!("{}.json", folder(self.process)), &self.data).await?;
        let queues = self.data["queues"].as_object().into_iter().flat_map(|map| map.values());
        let total: usize = queues.filter_map(|queue| queue["messages"].as_array()).map(Vec::len).sum();
        self.process.summarise("/var/lib/rabbitmq", &format!("{total} messages"));
        Ok(())
    }

    /// The names of the users.
    pub fn users(&self) -> Vec<String> {
        self.data["users"].as_object().into_iter().flat_map(|map| map.keys().cloned()).collect()
    }

    /// At its start a broker knows durable queues with their persistent messages only.
    pub fn forget_transient(&mut self) {
        let Some(queues) = self.data["queues"].as_object_mut() else { return };
        queues.retain(|_, queue| queue["durable"] == json!(true));
        for queue in queues.values_mut() {
            let kept = queue["messages"].as_array().cloned().unwrap_or_default();
            queue["messages"] = kept.into_iter().filter(|message| message["persistent"] == json!(true)).collect();
        }
    }

    /// Answers a call. Tools on the same machine need no password; others name a user.
    pub async fn answer(&mut self, request: &Value) -> Value {
        if let (Some(user), word) = (request["user"].as_str(), &request["password"])
            && self.data["users"][user] != *word
        {
            return json!({ "error": "Access refused: 401", "refused": user });
        }
        let reply = match request["call"].as_str().unwrap_or_default() {
            "ping" => return json!({}),
            "queues" => return json!({ "queues": self.data["queues"] }),
            "users" => return json!({ "users": self.users() }),
            "add_user" | "change_password" | "delete_user" | "authenticate_user" => self.user(request),
            _ => self.queue(request),
        };
        if reply["error"].is_string() {
            return reply;
        }
        match self.save().await {
            Ok(()) => reply,
            Err(error) => json!({ "error": error }),
        }
    }

    fn user(&mut self, request: &Value) -> Value {
        let name = request["name"].as_str().unwrap_or_default();
        let is_known = self.data["users"][name].is_string();
        match request["call"].as_str().unwrap_or_default() {
            "add_user" if is_known => return json!({ "error": format!("User \"{name}\" already exists"), "code": 70 }),
            "add_user" => self.data["users"][name] = request["word"].clone(),
            "authenticate_user" if self.data["users"][name] != request["word"] => {
                return json!({ "error": format!("Error: failed to authenticate user \"{name}\"\nuser '{name}' - invalid credentials"), "code": 65 });
            }
            _ if !is_known => return json!({ "error": format!("User \"{name}\" does not exist"), "code": 67 }),
            "change_password" => self.data["users"][name] = request["word"].clone(),
            "authenticate_user" => {}
            _ => drop(self.data["users"].as_object_mut().and_then(|users| users.remove(name))),
        }
        json!({})
    }

    fn queue(&mut self, request: &Value) -> Value {
        let name = request["queue"].as_str().unwrap_or_default().to_string();
        let call = request["call"].as_str().unwrap_or_default();
        if call == "declare" {
            return self.declare(&name, &request["durable"]);
        }
        let queue = self.data["queues"].get_mut(&name);
        let Some(messages) = queue.and_then(|queue| queue["messages"].as_array_mut()) else {
            // The default exchange has nowhere to send it: it is dropped, and the publisher is not told by itself.
            return match call {
                "publish" => json!({ "text": "Message published but NOT routed\n" }),
                _ => json!({ "error": "Not found: Object Not Found", "missing": name }),
            };
        };
        match call {
            "publish" => {
                messages.push(json!({ "text": request["text"], "persistent": request["persistent"] }));
                json!({ "text": "Message published\n" })
            }
            "purge" => {
                messages.clear();
                json!({ "text": "queue purged\n" })
            }
            "delete" => {
                let left = messages.len();
                drop(self.data["queues"].as_object_mut().and_then(|queues| queues.remove(&name)));
                json!({ "text": "queue deleted\n", "left": left })
            }
            _ => take(messages, request["requeue"] == json!(true)),
        }
    }

    fn declare(&mut self, name: &str, durable: &Value) -> Value {
        let known = self.data["queues"][name]["durable"].clone();
        if known.is_boolean() && known != *durable {
            let (given, current) = (durable, &known);
            return json!({ "error": format!("PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{name}' in vhost '/': received '{given}' but current is '{current}'") });
        }
        if !known.is_boolean() {
            self.data["queues"][name] = json!({ "durable": durable, "messages": [] });
        }
        json!({ "text": "queue declared\n" })
    }
}

/// The first message; it goes back, marked, unless it is acknowledged.
fn take(messages: &mut Vec<Value>, requeue: bool) -> Value {
    if messages.is_empty() {
        return json!({ "text": "No items\n" });
    }
    let mut first = messages.remove(0);
    let reply = json!({ "message": first, "left": messages.len() });
    if requeue {
        first["redelivered"] = json!(true);
        messages.insert(0, first);
    }
    reply
}
