//! The commands of the server, as drivers send them: `{ insert: "orders", documents: […] }`. Source: MongoDB's manual, "Database
//! Commands". Must not know the network, nor who asks.

use super::query::{Failure, fits, projected, sort};
use super::store::{Index, Store, User};
use super::update::updated;
use super::value::Value;
use super::{aggregate, update};

/// What a command is carried out with.
pub struct Context<'a> {
    /// What is kept.
    pub store: &'a mut Store,
    /// The database it is sent to.
    pub database: &'a str,
    /// The wall clock, in milliseconds since 1970.
    pub now: i64,
    /// Makes an id.
    pub new_id: &'a dyn Fn() -> String,
}

/// Commands that change something: only a primary takes them.
pub const WRITES: [&str; 12] = [
    "insert",
    "update",
    "delete",
    "findAndModify",
    "create",
    "createIndexes",
    "dropIndexes",
    "drop",
    "dropDatabase",
    "createUser",
    "dropUser",
    "renameCollection",
];

/// Carries a command out; the name of a command is its first field.
pub fn run(context: &mut Context<'_>, command: &Value) -> Result<Value, Failure> {
    let Some((name, target)) = command.fields().first() else {
        return Err(("CommandNotFound", "no such command: ''".into()));
    };
    let target = target.as_text();
    match name.as_str() {
        "insert" => insert(context, target, command),
        "find" => find(context, target, command).map(batch),
        "count" => {
            let filter = command.get("query").cloned().unwrap_or(Value::Object(Vec::new()));
            let found = matching(context.store.documents(context.database, target), &filter)?;
            Ok(done(&[("n", Value::Number(found.len() as f64))]))
        }
        "distinct" => distinct(context, target, command),
        "update" => update_many(context, target, command),
        "delete" => delete(context, target, command),
        "findAndModify" => find_and_modify(context, target, command),
        "aggregate" => aggregated(context, target, command),
        "create" => {
            if context.store.databases.get(context.database).is_some_and(|all| all.contains_key(target)) {
                let text = format!("Collection {}.{target} already exists.", context.database);
                return Err(("NamespaceExists", text));
            }
            context.store.collection(context.database, target);
            Ok(done(&[]))
        }
        "createIndexes" => create_indexes(context, target, command),
        "listIndexes" => Ok(batch(indexes(context, target))),
        "dropIndexes" => {
            let wanted = command.get("index").map_or(String::new(), Value::to_text);
            context
                .store
                .collection(context.database, target)
                .indexes
                .retain(|index| wanted != "*" && index.name != wanted);
            Ok(done(&[]))
        }
        "drop" => {
            let was = context.store.databases.get_mut(context.database).and_then(|all| all.remove(target)).is_some();
            Ok(done(&[("was", Value::Bool(was))]))
        }
        "dropDatabase" => {
            let was = context.store.databases.remove(context.database).is_some();
            let name = Value::text(context.database);
            Ok(if was { done(&[("dropped", name)]) } else { done(&[]) })
        }
        "listCollections" => Ok(batch(collections(context))),
        "listDatabases" => Ok(databases(context)),
        "dbStats" => {
            let all = context.store.databases.get(context.database);
            let objects: usize = all.map_or(0, |all| all.values().map(|one| one.documents.len()).sum());
            let count = all.map_or(0, |all| all.len());
            let number = |count: usize| Value::Number(count as f64);
            Ok(done(&[
                ("db", Value::text(context.database)),
                ("collections", number(count)),
                ("objects", number(objects)),
            ]))
        }
        "createUser" => create_user(context, target, command),
        "dropUser" => {
            let database = context.database.to_string();
            context.store.users.retain(|user| user.name != target || user.database != database);
            Ok(done(&[]))
        }
        "usersInfo" => Ok(users(context)),
        "renameCollection" => rename(context, target, command),
        unknown => Err(("CommandNotFound", format!("no such command: '{unknown}'"))),
    }
}

/// `{ …, ok: 1 }`.
pub fn done(fields: &[(&str, Value)]) -> Value {
    let mut result = Value::object(fields);
    result.set("ok", Value::Number(1.0));
    result
}

fn batch(documents: Vec<Value>) -> Value {
    done(&[("batch", Value::Array(documents))])
}

fn matching(documents: &[Value], filter: &Value) -> Result<Vec<usize>, Failure> {
    let mut found = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        if fits(document, filter)? {
            found.push(at);
        }
    }
    Ok(found)
}

fn insert(context: &mut Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let namespace = format!("{}.{target}", context.database);
    let mut ids = Vec::new();
    for document in command.get("documents").map_or(&[][..], Value::items) {
        let id = document.get("_id").cloned().unwrap_or_else(|| Value::ObjectId((context.new_id)()));
        let mut whole = Value::object(&[("_id", id.clone())]);
        document.fields().iter().for_each(|(key, value)| whole.set(key, value.clone()));
        let collection = context.store.collection(context.database, target);
        collection.conflict(&namespace, &whole, None)?;
        collection.documents.push(whole);
        ids.push(id);
    }
    Ok(done(&[("n", Value::Number(ids.len() as f64)), ("ids", Value::Array(ids))]))
}

fn find(context: &Context<'_>, target: &str, command: &Value) -> Result<Vec<Value>, Failure> {
    let nothing = Value::Object(Vec::new());
    let part = |name: &str| command.get(name).unwrap_or(&nothing);
    let number = |name: &str| command.get(name).and_then(Value::as_number).unwrap_or(0.0) as usize;
    let documents = context.store.documents(context.database, target);
    let mut found: Vec<Value> =
        matching(documents, part("filter"))?.into_iter().map(|at| documents[at].clone()).collect();
    sort(&mut found, part("sort"));
    let limit = if number("limit") == 0 { usize::MAX } else { number("limit") };
    let found = found.into_iter().skip(number("skip")).take(limit);
    found.map(|document| projected(&document, part("projection"))).collect()
}

fn distinct(context: &Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let documents = context.store.documents(context.database, target);
    let filter = command.get("query").cloned().unwrap_or(Value::Object(Vec::new()));
    let key = command.get("key").map_or("", Value::as_text);
    let mut values: Vec<Value> = Vec::new();
    for at in matching(documents, &filter)? {
        for value in super::query::at_path(&documents[at], key) {
            let one = std::slice::from_ref(value);
            let parts = if matches!(value, Value::Array(_)) { value.items() } else { one };
            for part in parts {
                if !values.contains(part) {
                    values.push(part.clone());
                }
            }
        }
    }
    values.sort_by(Value::order);
    Ok(done(&[("values", Value::Array(values))]))
}

fn update_many(context: &mut Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let nothing = Value::Object(Vec::new());
    let part = |name: &str| command.get(name).unwrap_or(&nothing).clone();
    let (filter, change) = (part("filter"), part("change"));
    let namespace = format!("{}.{target}", context.database);
    let (database, now) = (context.database, context.now);
    let mut found = matching(context.store.documents(database, target), &filter)?;
    if !command.get("multi").is_some_and(Value::is_true) {
        found.truncate(1);
    }
    let mut modified = 0.0;
    for at in &found {
        let collection = context.store.collection(database, target);
        let next = changed(&collection.documents[*at], &change, false, now)?;
        collection.conflict(&namespace, &next, Some(*at))?;
        if next != collection.documents[*at] {
            collection.documents[*at] = next;
            modified += 1.0;
        }
    }
    let mut upserted = Value::Null;
    if found.is_empty() && command.get("upsert").is_some_and(Value::is_true) {
        let next = upserted_document(context, &filter, &change)?;
        upserted = next.get("_id").cloned().unwrap_or(Value::Null);
        let collection = context.store.collection(database, target);
        collection.conflict(&namespace, &next, None)?;
        collection.documents.push(next);
    }
    Ok(done(&[
        ("n", Value::Number(found.len() as f64)),
        ("nModified", Value::Number(modified)),
        ("upserted", upserted),
    ]))
}

/// The document after a change: operators, a replacement, or a pipeline of `$set` and the like.
fn changed(document: &Value, change: &Value, inserts: bool, now: i64) -> Result<Value, Failure> {
    if let Value::Array(stages) = change {
        let none = |_: &str| Vec::new();
        let all = aggregate::run(vec![document.clone()], stages, &none)?;
        return Ok(all.into_iter().next().unwrap_or_else(|| document.clone()));
    }
    updated(document, change, inserts, now)
}

/// What an update inserts when it finds nothing: the filter's equalities, and the change.
fn upserted_document(context: &Context<'_>, filter: &Value, change: &Value) -> Result<Value, Failure> {
    let id = filter.get("_id").filter(|id| id.fields().is_empty()).cloned();
    let mut base = Value::object(&[("_id", id.unwrap_or_else(|| Value::ObjectId((context.new_id)())))]);
    let plain = |value: &Value| !value.fields().iter().any(|(key, _)| key.starts_with('$'));
    for (key, value) in
        filter.fields().iter().filter(|(key, value)| !key.starts_with('$') && key != "_id" && plain(value))
    {
        update::set(&mut base, key, value.clone());
    }
    changed(&base, change, true, context.now)
}

fn delete(context: &mut Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let filter = command.get("filter").cloned().unwrap_or(Value::Object(Vec::new()));
    let mut found = matching(context.store.documents(context.database, target), &filter)?;
    if command.get("limit").and_then(Value::as_number) == Some(1.0) {
        found.truncate(1);
    }
    if !found.is_empty() {
        let documents = &mut context.store.collection(context.database, target).documents;
        for at in found.iter().rev() {
            documents.remove(*at);
        }
    }
    Ok(done(&[("n", Value::Number(found.len() as f64))]))
}

/// `findOneAndUpdate` and its like: the document before, or after.
fn find_and_modify(context: &mut Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let mut limited = command.clone();
    limited.set("limit", Value::Number(1.0));
    limited.set("projection", Value::Object(Vec::new()));
    let before = find(context, target, &limited)?.into_iter().next();
    let id = |document: &Value| Value::object(&[("_id", document.get("_id").cloned().unwrap_or(Value::Null))]);
    let filter = before.as_ref().map(id);
    let mut change = command.clone();
    if let Some(filter) = &filter {
        change.set("filter", filter.clone());
    }
    if command.get("remove").is_some_and(Value::is_true) {
        if filter.is_some() {
            delete(context, target, &change)?;
        }
        return Ok(done(&[("value", before.unwrap_or(Value::Null))]));
    }
    let answer = update_many(context, target, &change)?;
    if !command.get("new").is_some_and(Value::is_true) {
        return Ok(done(&[("value", before.unwrap_or(Value::Null))]));
    }
    let upserted = answer.get("upserted").filter(|id| **id != Value::Null);
    let filter = filter.or_else(|| upserted.map(|id| Value::object(&[("_id", id.clone())])));
    let after = match filter {
        Some(filter) => find(context, target, &Value::object(&[("find", Value::text(target)), ("filter", filter)]))?,
        None => Vec::new(),
    };
    Ok(done(&[("value", after.into_iter().next().unwrap_or(Value::Null))]))
}

fn aggregated(context: &mut Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let pipeline = command.get("pipeline").map_or(&[][..], Value::items);
    let (stages, last) = match pipeline.split_last() {
        Some((last, stages)) if last.get("$out").is_some() => (stages, last.get("$out").map(Value::to_text)),
        _ => (pipeline, None),
    };
    let (store, database) = (&*context.store, context.database);
    let other = |name: &str| store.documents(database, name).to_vec();
    let found = aggregate::run(store.documents(database, target).to_vec(), stages, &other)?;
    let Some(out) = last else { return Ok(batch(found)) };
    context.store.collection(context.database, &out).documents = found;
    Ok(batch(Vec::new()))
}

fn create_indexes(context: &mut Context<'_>, target: &str, command: &Value) -> Result<Value, Failure> {
    let namespace = format!("{}.{target}", context.database);
    let mut names = Vec::new();
    for wanted in command.get("indexes").map_or(&[][..], Value::items) {
        let keys = wanted.get("key").cloned().unwrap_or(Value::Object(Vec::new()));
        let name = wanted.get("name").map_or_else(|| Index::name_of(&keys), Value::to_text);
        let index = Index { name: name.clone(), keys, unique: wanted.get("unique").is_some_and(Value::is_true) };
        names.push(Value::text(name.clone()));
        let collection = context.store.collection(context.database, target);
        if collection.indexes.iter().any(|known| known.name == name) {
            continue;
        }
        let mut tried = super::store::Collection { documents: Vec::new(), indexes: vec![index.clone()] };
        for document in &collection.documents {
            let is_taken = tried.conflict(&namespace, document, None);
            is_taken.map_err(|(name, text)| (name, format!("Index build failed: {text}")))?;
            tried.documents.push(document.clone());
        }
        collection.indexes.push(index);
    }
    Ok(done(&[("names", Value::Array(names))]))
}

fn indexes(context: &Context<'_>, target: &str) -> Vec<Value> {
    let own = context.store.databases.get(context.database).and_then(|all| all.get(target));
    let Some(own) = own else { return Vec::new() };
    let id = Index { name: "_id_".into(), keys: Value::object(&[("_id", Value::Number(1.0))]), unique: false };
    let all = std::iter::once(&id).chain(&own.indexes).map(|index| {
        let mut shown = Value::object(&[
            ("v", Value::Number(2.0)),
            ("key", index.keys.clone()),
            ("name", Value::text(index.name.clone())),
        ]);
        if index.unique {
            shown.set("unique", Value::Bool(true));
        }
        shown
    });
    all.collect()
}

fn collections(context: &Context<'_>) -> Vec<Value> {
    let all = context.store.databases.get(context.database);
    let names = all.into_iter().flat_map(|all| all.keys());
    names
        .map(|name| Value::object(&[("name", Value::text(name.clone())), ("type", Value::text("collection"))]))
        .collect()
}

/// All databases, with sizes as an empty one of WiredTiger has them, and a page more for each collection.
fn databases(context: &Context<'_>) -> Value {
    let mut sizes: std::collections::BTreeMap<&str, f64> =
        [("admin", 40_960.0), ("config", 12_288.0), ("local", 40_960.0)].into();
    for (name, all) in &context.store.databases {
        let size = all.len() as f64 * 40_960.0;
        *sizes.entry(name).or_default() = size.max(8_192.0);
    }
    let shown = sizes.into_iter().map(|(name, size)| {
        Value::object(&[
            ("name", Value::text(name)),
            ("sizeOnDisk", Value::Number(size)),
            ("empty", Value::Bool(false)),
        ])
    });
    done(&[("databases", Value::Array(shown.collect()))])
}

fn create_user(context: &mut Context<'_>, name: &str, command: &Value) -> Result<Value, Failure> {
    let database = context.database.to_string();
    if context.store.users.iter().any(|user| user.name == name && user.database == database) {
        return Err(("Location51003", format!("User \"{name}@{database}\" already exists")));
    }
    let role = |role: &Value| match role {
        Value::Text(role) => (role.clone(), database.clone()),
        other => {
            let text = |key: &str| other.get(key).map_or("", Value::as_text).to_string();
            (text("role"), text("db"))
        }
    };
    let roles = command.get("roles").map_or(&[][..], Value::items).iter().map(role).collect();
    let password = command.get("pwd").map_or(String::new(), Value::to_text);
    context.store.users.push(User { database: database.clone(), name: name.to_string(), password, roles });
    Ok(done(&[]))
}

fn users(context: &Context<'_>) -> Value {
    let own = context.store.users.iter().filter(|user| user.database == context.database);
    let shown = own.map(|user| {
        let role = |(role, database): &(String, String)| {
            Value::object(&[("role", Value::text(role.clone())), ("db", Value::text(database.clone()))])
        };
        Value::object(&[
            ("_id", Value::text(format!("{}.{}", user.database, user.name))),
            ("user", Value::text(user.name.clone())),
            ("db", Value::text(user.database.clone())),
            ("roles", Value::Array(user.roles.iter().map(role).collect())),
        ])
    });
    done(&[("users", Value::Array(shown.collect()))])
}

fn rename(context: &mut Context<'_>, from: &str, command: &Value) -> Result<Value, Failure> {
    let to = command.get("to").map_or(String::new(), Value::to_text);
    let plain = |name: &str| name.split_once('.').map_or(name.to_string(), |(_, rest)| rest.to_string());
    let all = context.store.databases.entry(context.database.to_string()).or_default();
    let Some(collection) = all.remove(&plain(from)) else {
        return Err(("NamespaceNotFound", format!("Source collection {from} does not exist")));
    };
    all.insert(plain(&to), collection);
    Ok(done(&[]))
}
