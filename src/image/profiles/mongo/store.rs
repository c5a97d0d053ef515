//! Databases, collections, indexes, users; their file. Must not know the network.

use super::query::Failure;
use super::value::Value;
use serde_json::json;
use std::collections::BTreeMap;

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// `email_1`.
    pub name: String,
    /// Its fields: 1 or -1.
    pub keys: Value,
    /// Whether two documents may not have the same.
    pub unique: bool,
}

/// A collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    /// In the order in which they were inserted.
    pub documents: Vec<Value>,
    /// Without that of `_id`.
    pub indexes: Vec<Index>,
}

/// A user.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The database it was created in.
    pub database: String,
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// Its roles: role and database.
    pub roles: Vec<(String, String)>,
}

/// The replica set a member belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaSet {
    /// Its name.
    pub name: String,
    /// `host:port` of its members.
    pub members: Vec<String>,
    /// Which of them this one is.
    pub own: usize,
    /// Which of them takes writes.
    pub primary: usize,
}

/// Everything that is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    /// By database and name.
    pub databases: BTreeMap<String, BTreeMap<String, Collection>>,
    /// All users.
    pub users: Vec<User>,
    /// The replica set, once it is initiated.
    pub replica_set: Option<ReplicaSet>,
}

impl Index {
    /// The name that follows from the fields.
    pub fn name_of(keys: &Value) -> String {
        let parts = keys.fields().iter().map(|(key, direction)| format!("{key}_{}", direction.to_text()));
        parts.collect::<Vec<_>>().join("_")
    }

    fn key(&self, document: &Value) -> Vec<Value> {
        let value =
            |path: &str| super::query::at_path(document, path).first().map_or(Value::Null, |value| (*value).clone());
        self.keys.fields().iter().map(|(path, _)| value(path)).collect()
    }
}

impl Collection {
    /// Whether another document has the same in a unique index, in MongoDB's words; `own` is the place of the document itself.
    pub fn conflict(&self, namespace: &str, document: &Value, own: Option<usize>) -> Result<(), Failure> {
        let id = Index { name: "_id_".into(), keys: Value::object(&[("_id", Value::Number(1.0))]), unique: true };
        for index in std::iter::once(&id).chain(&self.indexes).filter(|index| index.unique) {
            let key = index.key(document);
            let others = self.documents.iter().enumerate().filter(|(at, _)| Some(*at) != own);
            if others.into_iter().any(|(_, other)| index.key(other) == key) {
                let fields = index
                    .keys
                    .fields()
                    .iter()
                    .zip(&key)
                    .map(|((name, _), value)| format!("{name}: {}", in_message(value)));
                let fields = fields.collect::<Vec<_>>().join(", ");
                let text = format!(
                    "E11000 duplicate key error collection: {namespace} index: {} dup key: {{ {fields} }}",
                    index.name
                );
                return Err(("DuplicateKey", text));
            }
        }
        Ok(())
    }
}

/// A value as the server's messages write it: texts in double quotes.
fn in_message(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{text}\""),
        other => other.inspected(),
    }
}

impl Store {
    /// A collection, made if it is not there.
    pub fn collection(&mut self, database: &str, name: &str) -> &mut Collection {
        self.databases.entry(database.to_string()).or_default().entry(name.to_string()).or_default()
    }

    /// The documents of a collection.
    pub fn documents(&self, database: &str, name: &str) -> &[Value] {
        self.databases.get(database).and_then(|all| all.get(name)).map_or(&[], |collection| &collection.documents)
    }

    /// How many documents there are.
    pub fn count(&self) -> usize {
        self.databases.values().flat_map(BTreeMap::values).map(|collection| collection.documents.len()).sum()
    }

    /// As the text of a file.
    pub fn to_json(&self) -> serde_json::Value {
        let index = |index: &Index| json!([index.name, index.keys.to_json(), index.unique]);
        let collection = |collection: &Collection| {
            json!({
                "documents": collection.documents.iter().map(Value::to_json).collect::<Vec<_>>(),
                "indexes": collection.indexes.iter().map(index).collect::<Vec<_>>(),
            })
        };
        let database = |all: &BTreeMap<String, Collection>| -> BTreeMap<String, serde_json::Value> {
            all.iter().map(|(name, one)| (name.clone(), collection(one))).collect()
        };
        json!({
            "databases": self.databases.iter().map(|(name, all)| (name.clone(), database(all))).collect::<BTreeMap<_, _>>(),
            "users": self.users.iter().map(|user| json!([user.database, user.name, user.password, user.roles])).collect::<Vec<_>>(),
            "replica_set": self.replica_set.as_ref().map(|set| json!([set.name, set.members, set.own, set.primary])),
        })
    }

    /// From that text; what is missing is empty.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
        let list = |json: &Json| json.as_array().cloned().unwrap_or_default();
        let index = |json: &Json| Index {
            name: text(&json[0]),
            keys: Value::from_json(&json[1]),
            unique: json[2].as_bool().unwrap_or_default(),
        };
        let collection = |json: &Json| Collection {
            documents: list(&json["documents"]).iter().map(Value::from_json).collect(),
            indexes: list(&json["indexes"]).iter().map(index).collect(),
        };
        let mut store = Self::default();
        for (database, all) in json["databases"].as_object().into_iter().flatten() {
            let all = all.as_object().into_iter().flatten().map(|(name, one)| (name.clone(), collection(one)));
            store.databases.insert(database.clone(), all.collect());
        }
        let pairs = |json: &Json| list(json).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        store.users = list(&json["users"])
            .iter()
            .map(|user| User {
                database: text(&user[0]),
                name: text(&user[1]),
                password: text(&user[2]),
                roles: pairs(&user[3]),
            })
            .collect();
        store.replica_set = json["replica_set"].as_array().map(|set| ReplicaSet {
            name: text(&set[0]),
            members: list(&set[1]).iter().map(text).collect(),
            own: set[2].as_u64().unwrap_or_default() as usize,
            primary: set[3].as_u64().unwrap_or_default() as usize,
        });
        store
    }
}
