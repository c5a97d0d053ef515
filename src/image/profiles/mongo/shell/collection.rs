//! What collections and cursors can do, each as the command it sends.

use super::evaluate::{Done, Query, Shell, Thrown, Worth};
use super::syntax::Expression;
use crate::image::profiles::mongo::value::Value;

fn nothing() -> Value {
    Value::Object(Vec::new())
}

impl Shell {
    /// The documents a query finds.
    pub async fn found(&mut self, query: &Query) -> Done<Vec<Value>> {
        let answer = self.client.ask(&query.database, &query.command).await?;
        Ok(answer.get("batch").map_or(&[][..], Value::items).to_vec())
    }

    /// A method of a collection.
    pub async fn collection_method(&mut self, database: &str, name: &str, key: &str, values: &[Value]) -> Done<Worth> {
        let first = values.first().cloned().unwrap_or_else(nothing);
        let second = values.get(1).cloned().unwrap_or_else(nothing);
        let third = values.get(2).cloned().unwrap_or_else(nothing);
        let target = Value::text(name);
        let query = |command: Value| Worth::Cursor(Box::new(Query { database: database.to_string(), command }));
        let command = match key {
            "find" => {
                return Ok(query(Value::object(&[("find", target), ("filter", first), ("projection", second)])));
            }
            "aggregate" => {
                let pipeline = if matches!(first, Value::Array(_)) { first } else { Value::Array(values.to_vec()) };
                return Ok(query(Value::object(&[("aggregate", target), ("pipeline", pipeline)])));
            }
            "findOne" => Value::object(&[
                ("find", target),
                ("filter", first),
                ("projection", second),
                ("limit", Value::Number(1.0)),
            ]),
            "insertOne" => Value::object(&[("insert", target), ("documents", Value::Array(vec![first]))]),
            "insertMany" | "insert" => {
                let many = if matches!(first, Value::Array(_)) { first } else { Value::Array(vec![first]) };
                Value::object(&[("insert", target), ("documents", many)])
            }
            "updateOne" | "updateMany" | "replaceOne" | "update" => {
                self.update(key, target, &first, &second, &third)?
            }
            "deleteOne" | "deleteMany" | "remove" => {
                let limit = if key == "deleteOne" { 1.0 } else { 0.0 };
                Value::object(&[("delete", target), ("filter", first), ("limit", Value::Number(limit))])
            }
            "countDocuments" | "count" => Value::object(&[("count", target), ("query", first)]),
            "estimatedDocumentCount" => Value::object(&[("count", target)]),
            "distinct" => Value::object(&[("distinct", target), ("key", first), ("query", second)]),
            "findOneAndUpdate" | "findOneAndReplace" | "findAndModify" => modify(target, &first, &second, &third),
            "findOneAndDelete" => {
                Value::object(&[("findAndModify", target), ("filter", first), ("remove", Value::Bool(true))])
            }
            "createIndex" | "ensureIndex" => {
                let mut index = second;
                index.set("key", first);
                Value::object(&[("createIndexes", target), ("indexes", Value::Array(vec![index]))])
            }
            "getIndexes" => Value::object(&[("listIndexes", target)]),
            "dropIndex" | "dropIndexes" => {
                let name = if values.is_empty() { Value::text("*") } else { first };
                Value::object(&[("dropIndexes", target), ("index", name)])
            }
            "drop" => Value::object(&[("drop", target)]),
            "renameCollection" => Value::object(&[
                ("renameCollection", Value::text(format!("{database}.{name}"))),
                ("to", Value::text(format!("{database}.{}", first.to_text()))),
            ]),
            _ => {
                let text = format!("db.{name}.{key} is not a function");
                return Err(Thrown::error("TypeError", &text));
            }
        };
        let answer = self.client.ask(database, &command).await.map_err(|thrown| as_bulk(thrown, key))?;
        Ok(Worth::Value(shown(key, &answer)))
    }

    fn update(&self, key: &str, target: Value, filter: &Value, change: &Value, options: &Value) -> Done<Value> {
        let has_operators =
            matches!(change, Value::Array(_)) || change.fields().first().is_some_and(|(name, _)| name.starts_with('$'));
        if key == "replaceOne" && has_operators {
            return Err(Thrown::error(
                "MongoInvalidArgumentError",
                "Replacement document must not contain atomic operators",
            ));
        }
        if key.ends_with("One") && key != "replaceOne" && !has_operators || key == "updateMany" && !has_operators {
            return Err(Thrown::error("MongoInvalidArgumentError", "Update document requires atomic operators"));
        }
        let multi = key == "updateMany" || options.get("multi").is_some_and(Value::is_true);
        Ok(Value::object(&[
            ("update", target),
            ("filter", filter.clone()),
            ("change", change.clone()),
            ("multi", Value::Bool(multi)),
            ("upsert", options.get("upsert").cloned().unwrap_or(Value::Bool(false))),
        ]))
    }

    /// A method of a cursor: what is added to the query, or what is done with its documents.
    pub async fn cursor_method(&mut self, mut query: Query, key: &str, arguments: &[Expression]) -> Done<Worth> {
        if matches!(key, "forEach" | "map" | "filter") {
            let found = self.found(&query).await?;
            let worth = self.each(found, key, arguments).await?;
            return Ok(worth.unwrap_or(Worth::Value(Value::Undefined)));
        }
        let values = self.values(arguments).await?;
        let first = values.first().cloned().unwrap_or(Value::Undefined);
        match key {
            "sort" | "limit" | "skip" | "projection" | "project" => {
                let name = if key == "project" { "projection" } else { key };
                if query.command.get("pipeline").is_some() {
                    let mut stages = query.command.get("pipeline").map_or(&[][..], Value::items).to_vec();
                    stages.push(Value::object(&[(
                        &format!("${}", if key == "projection" { "project" } else { key }),
                        first,
                    )]));
                    query.command.set("pipeline", Value::Array(stages));
                } else {
                    query.command.set(name, first);
                }
                Ok(Worth::Cursor(query.into()))
            }
            "pretty" | "batchSize" | "hint" | "maxTimeMS" | "allowDiskUse" | "collation" | "comment" | "readPref" => {
                Ok(Worth::Cursor(query.into()))
            }
            "toArray" => Ok(Worth::Value(Value::Array(self.found(&query).await?))),
            "count" | "size" | "itcount" | "length" => {
                Ok(Worth::Value(Value::Number(self.found(&query).await?.len() as f64)))
            }
            "next" | "tryNext" => Ok(Worth::Value(self.found(&query).await?.into_iter().next().unwrap_or(Value::Null))),
            "hasNext" => Ok(Worth::Value(Value::Bool(!self.found(&query).await?.is_empty()))),
            _ => Err(Thrown::error("TypeError", &format!("{key} is not a function"))),
        }
    }
}

fn modify(target: Value, filter: &Value, change: &Value, options: &Value) -> Value {
    let after = options.get("returnDocument").is_some_and(|when| when.as_text() == "after")
        || ["returnNewDocument", "new"].iter().any(|name| options.get(name).is_some_and(Value::is_true));
    Value::object(&[
        ("findAndModify", target),
        ("filter", filter.clone()),
        ("change", change.clone()),
        ("new", Value::Bool(after)),
        ("sort", options.get("sort").cloned().unwrap_or_else(nothing)),
        ("upsert", options.get("upsert").cloned().unwrap_or(Value::Bool(false))),
    ])
}

/// Several documents at once fail with an error of another name.
fn as_bulk(thrown: Thrown, key: &str) -> Thrown {
    match thrown {
        Thrown::Error { code, text, .. } if key == "insertMany" && code == "DuplicateKey" => {
            Thrown::coded("MongoBulkWriteError", &code, &text)
        }
        other => other,
    }
}

/// What the shell makes of a command's answer.
fn shown(key: &str, answer: &Value) -> Value {
    let part = |name: &str| answer.get(name).cloned().unwrap_or(Value::Null);
    let acknowledged = ("acknowledged", Value::Bool(true));
    match key {
        "findOne" => answer.get("batch").map_or(&[][..], Value::items).first().cloned().unwrap_or(Value::Null),
        "insertOne" => {
            Value::object(&[acknowledged, ("insertedId", part("ids").items().first().cloned().unwrap_or(Value::Null))])
        }
        "insertMany" | "insert" => {
            let ids = part("ids");
            let ids = ids.items().iter().enumerate().map(|(number, id)| (number.to_string(), id.clone()));
            Value::object(&[acknowledged, ("insertedIds", Value::Object(ids.collect()))])
        }
        "updateOne" | "updateMany" | "replaceOne" | "update" => {
            let upserted = part("upserted");
            let count = if upserted == Value::Null { 0.0 } else { 1.0 };
            Value::object(&[
                acknowledged,
                ("insertedId", upserted),
                ("matchedCount", part("n")),
                ("modifiedCount", part("nModified")),
                ("upsertedCount", Value::Number(count)),
            ])
        }
        "deleteOne" | "deleteMany" | "remove" => Value::object(&[acknowledged, ("deletedCount", part("n"))]),
        "countDocuments" | "count" | "estimatedDocumentCount" => part("n"),
        "distinct" => part("values"),
        "findOneAndUpdate" | "findOneAndReplace" | "findAndModify" | "findOneAndDelete" => part("value"),
        "createIndex" | "ensureIndex" => part("names").items().first().cloned().unwrap_or(Value::Null),
        "getIndexes" => part("batch"),
        "drop" => Value::Bool(true),
        _ => Value::object(&[("ok", Value::Number(1.0))]),
    }
}
