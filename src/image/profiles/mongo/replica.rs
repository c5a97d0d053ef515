//! Replica sets: how one is initiated, what its members say of it, how they come by the same data.
//!
//! Source: MongoDB's manual, "Replica Set Commands", and the texts of its errors. Simplified: the member that is initiated is the primary at once and
//! for ever; it passes everything on after each write.

use super::commands::done;
use super::query::Failure;
use super::server::Server;
use super::store::{ReplicaSet, Store};
use super::value::Value;
use crate::image::programs::wire;
use serde_json::json;

impl Server {
    /// The primary's data go to the other members, if they answer.
    pub(super) async fn pass_on(&self) {
        let Some(set) = self.store.borrow().replica_set.clone() else { return };
        for (number, member) in set.members.iter().enumerate().filter(|(number, _)| *number != set.own) {
            let state = ReplicaSet { own: number, ..set.clone() };
            let mut store = self.store.borrow().clone();
            store.replica_set = Some(state);
            let text = store.to_json().to_string();
            let _ = self.send(member, Value::object(&[("replSetJoin", Value::text(text))])).await;
        }
    }

    /// Sends another member a command.
    async fn send(&self, member: &str, command: Value) -> Result<(), String> {
        let (host, port) = member.split_once(':').unwrap_or((member, "27017"));
        let connection = self.process.connect(host, port.parse().unwrap_or(27017)).await;
        let connection = connection.map_err(|error| match error {
            crate::kernel::ConnectError::Name(_) => {
                format!("{member} failed with Could not find address for {member}: SocketException: Host not found (authoritative)")
            }
            crate::kernel::ConnectError::Failed(address, error) => {
                format!("{member} failed with Error connecting to {member} ({address}:{port}) :: caused by :: {error}")
            }
        })?;
        let request = json!({ "database": "admin", "command": command.to_json(), "replicated": true });
        let answer = wire::ask(&connection, &request).await;
        match answer.as_ref().and_then(|answer| answer["error"]["text"].as_str()) {
            Some(text) => Err(format!("{member} failed with {text}")),
            None => Ok(()),
        }
    }

    /// The data and the place of a secondary, as its primary gives them.
    pub(super) async fn join(&self, command: &Value) -> Result<Value, Failure> {
        let text = command.get("replSetJoin").map_or("", Value::as_text);
        let Some(name) = &self.set else { return Err(("NoReplicationEnabled", "not running with --replSet".into())) };
        let store = Store::from_json(&serde_json::from_str(text).unwrap_or_default());
        let given = store.replica_set.as_ref().map_or("", |set| &set.name).to_string();
        if given != *name {
            let text = format!("Our replica set name {name} does not match remote set name {given}");
            return Err(("InconsistentReplicaSetNames", text));
        }
        *self.store.borrow_mut() = store;
        self.keep().await.map_err(|error| ("OutOfDiskSpace", error))?;
        Ok(done(&[]))
    }

    fn no_set(&self) -> Option<Failure> {
        match (&self.set, &self.store.borrow().replica_set) {
            (None, _) => Some(("NoReplicationEnabled", "not running with --replSet".into())),
            (_, None) => Some(("NotYetInitialized", "no replset config has been received".into())),
            _ => None,
        }
    }

    pub(super) async fn initiate(&self, command: &Value) -> Result<Value, Failure> {
        let Some(name) = self.set.clone() else {
            return Err(("NoReplicationEnabled", "This node was not started with replication enabled.".into()));
        };
        if self.store.borrow().replica_set.is_some() {
            return Err(("AlreadyInitialized", "already initialized".into()));
        }
        let config = command.get("replSetInitiate").filter(|config| config.get("members").is_some());
        let me = format!("{}:{}", self.process.hostname(), self.port);
        let hosts = |config: &Value| {
            config
                .get("members")
                .map_or(&[][..], Value::items)
                .iter()
                .map(|member| member.get("host").map_or(String::new(), Value::to_text))
                .collect::<Vec<String>>()
        };
        if let Some(id) = config.and_then(|config| config.get("_id")).filter(|id| id.as_text() != name) {
            let text = format!(
                "Attempting to initiate a replica set with name {}, but command line reports {name}; rejecting",
                id.to_text()
            );
            return Err(("InvalidReplicaSetConfig", text));
        }
        let members: Vec<String> = config.map_or_else(|| vec![me.clone()], hosts);
        let members: Vec<String> = members
            .into_iter()
            .map(|member| if member.contains(':') { member } else { format!("{member}:27017") })
            .collect();
        let own = self.own_place(&members)?;
        let set = ReplicaSet { name, members: members.clone(), own, primary: own };
        let mut failed = Vec::new();
        for (number, member) in members.iter().enumerate().filter(|(number, _)| *number != own) {
            let mut store = self.store.borrow().clone();
            store.replica_set = Some(ReplicaSet { own: number, ..set.clone() });
            let command = Value::object(&[("replSetJoin", Value::text(store.to_json().to_string()))]);
            failed.extend(self.send(member, command).await.err());
        }
        if !failed.is_empty() {
            let text = format!(
                "replSetInitiate quorum check failed because not all proposed set members responded affirmatively: {}",
                failed.join(", ")
            );
            return Err(("NodeNotFound", text));
        }
        self.store.borrow_mut().replica_set = Some(set);
        self.keep().await.map_err(|error| ("OutOfDiskSpace", error))?;
        self.log(
            "I",
            "REPL",
            21358,
            "ReplCoord-0",
            "Replica set state transition",
            json!({ "newState": "PRIMARY", "oldState": "SECONDARY" }),
        )
        .await;
        Ok(match config {
            Some(_) => done(&[]),
            None => done(&[
                ("info2", Value::text("no configuration specified. Using a default configuration for the set")),
                ("me", Value::text(me)),
            ]),
        })
    }

    /// Which of the members this one is: one whose name leads here.
    fn own_place(&self, members: &[String]) -> Result<usize, Failure> {
        let network = self.process.namespaces().network();
        let is_own = |member: &&String| {
            let host = member.split(':').next().unwrap_or(member);
            let addresses = self.process.resolve(host).unwrap_or_default();
            host == &*self.process.hostname()
                || addresses.iter().any(|address| address.is_loopback() || Some(*address) == network.address())
        };
        members.iter().position(|member| is_own(&member)).ok_or_else(|| {
            let text = format!(
                "No host described in new configuration with {{version: 1, term: 0}} for replica set {} maps to this node",
                self.set.as_deref().unwrap_or_default()
            );
            ("InvalidReplicaSetConfig", text)
        })
    }

    pub(super) fn status(&self) -> Result<Value, Failure> {
        if let Some(failure) = self.no_set() {
            return Err(failure);
        }
        let store = self.store.borrow();
        let Some(set) = &store.replica_set else { return Ok(done(&[])) };
        let member = |(number, name): (usize, &String)| {
            let (state, words) = if number == set.primary { (1.0, "PRIMARY") } else { (2.0, "SECONDARY") };
            let mut member = Value::object(&[
                ("_id", Value::Number(number as f64)),
                ("name", Value::text(name.clone())),
                ("health", Value::Number(1.0)),
                ("state", Value::Number(state)),
                ("stateStr", Value::text(words)),
            ]);
            if number == set.own {
                member.set("self", Value::Bool(true));
            }
            member
        };
        let state = if set.own == set.primary { 1.0 } else { 2.0 };
        let members = set.members.iter().enumerate().map(member).collect();
        Ok(done(&[
            ("set", Value::text(set.name.clone())),
            ("myState", Value::Number(state)),
            ("members", Value::Array(members)),
        ]))
    }

    pub(super) fn configuration(&self) -> Result<Value, Failure> {
        if let Some(failure) = self.no_set() {
            return Err(failure);
        }
        let store = self.store.borrow();
        let Some(set) = &store.replica_set else { return Ok(done(&[])) };
        let member = |(number, name): (usize, &String)| {
            Value::object(&[("_id", Value::Number(number as f64)), ("host", Value::text(name.clone()))])
        };
        let members = Value::Array(set.members.iter().enumerate().map(member).collect());
        let config = Value::object(&[
            ("_id", Value::text(set.name.clone())),
            ("version", Value::Number(1.0)),
            ("members", members),
        ]);
        Ok(done(&[("config", config)]))
    }
}
