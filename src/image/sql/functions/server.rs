//! Functions that ask the server: its names, its clock, sequences, catalogues.

use crate::image::sql::ast::Named;
use crate::image::sql::context::Context;
use crate::image::sql::kind::Kind;
use crate::image::sql::problem::{Problem, Thing};
use crate::image::sql::value::Value;
use std::time::Duration;

/// The type of the value of a function that asks the server.
pub fn kind(name: &str, arguments: &[Kind]) -> Option<Kind> {
    Some(match name {
        "pg_sleep" => Kind::Void,
        "sleep" | "pg_backend_pid" | "connection_id" => Kind::Integer,
        "version" | "current_setting" | "set_config" | "pg_size_pretty" | "pg_typeof" | "inet_server_addr"
        | "schema" => Kind::Text,
        "current_database" | "database" | "current_user" | "session_user" | "user" | "current_schema"
        | "current_role" | "system_user" => Kind::Opaque("name".to_string()),
        "pg_is_in_recovery"
        | "pg_try_advisory_lock"
        | "pg_terminate_backend"
        | "pg_reload_conf"
        | "has_table_privilege" => Kind::Boolean,
        "nextval"
        | "currval"
        | "lastval"
        | "setval"
        | "last_insert_id"
        | "pg_database_size"
        | "pg_total_relation_size"
        | "pg_relation_size"
        | "row_count"
        | "found_rows" => Kind::Big,
        "to_regclass" | "pg_get_serial_sequence" => Kind::Text,
        "gen_random_uuid" | "uuid_generate_v4" | "uuid" => Kind::Opaque("uuid".to_string()),
        "coalesce" | "ifnull" => arguments.iter().fold(Kind::Unknown, |kind, next| kind.wider(next)),
        "if" => arguments.iter().skip(1).fold(Kind::Unknown, |kind, next| kind.wider(next)),
        "password" => Kind::Text,
        _ => return None,
    })
}

/// The value of a function that asks the server.
pub fn call(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Option<Value>, Problem> {
    let session = context.session;
    let dialect = context.dialect();
    let first = || arguments.first().map(|value| value.shown(dialect)).unwrap_or_default();
    Ok(Some(match name {
        "pg_sleep" | "sleep" => {
            let seconds = arguments.first().and_then(Value::to_float).unwrap_or(0.0).clamp(0.0, 86_400.0);
            context.sleep(Duration::from_secs_f64(seconds));
            if name == "sleep" { Value::Integer(0) } else { Value::text("") }
        }
        "version" => Value::text(&session.version),
        "current_database" | "database" if session.database.is_empty() => Value::Null,
        "schema" if session.database.is_empty() => Value::Null,
        "current_database" | "database" | "schema" => Value::text(&session.database),
        "current_user" | "session_user" | "user" | "current_role" | "system_user" => match dialect.is_mysql() {
            true if name == "current_user" && session.user != "root" => Value::text(format!("{}@%", session.user)),
            true => Value::text(format!("{}@localhost", session.user)),
            false => Value::text(&session.user),
        },
        "current_schema" => Value::text("public"),
        "pg_is_in_recovery" => Value::Boolean(false),
        "current_setting" => match session.settings.get(&first()) {
            Some(value) => Value::text(value),
            None => return Err(Problem::NoSuchSetting(first())),
        },
        "set_config" => arguments.get(1).cloned().unwrap_or(Value::Null),
        "pg_typeof" => match arguments.first() {
            Some(Value::Text(_)) => return Err(Problem::Unsupported("pg_typeof of a text".to_string())),
            value => Value::text(value.map_or(String::new(), |value| value.kind().name(dialect))),
        },
        "nextval" => Value::Integer(next(&first(), context)?),
        "currval" | "lastval" | "setval" => return sequence(name, arguments, context).map(Some),
        "gen_random_uuid" | "uuid_generate_v4" | "uuid" => Value::Text(uuid(context)),
        "to_regclass" => {
            let named = named(&first());
            let found =
                context.own_database().is_ok_and(|database| database.tables.contains_key(&context.locate(&named).1));
            if found { Value::text(first()) } else { Value::Null }
        }
        "pg_backend_pid"
        | "pg_try_advisory_lock"
        | "pg_terminate_backend"
        | "pg_reload_conf"
        | "has_table_privilege"
        | "pg_database_size"
        | "pg_total_relation_size"
        | "pg_relation_size"
        | "pg_size_pretty"
        | "last_insert_id"
        | "inet_server_addr"
        | "pg_get_serial_sequence"
        | "password"
        | "connection_id"
        | "row_count"
        | "found_rows" => {
            return Err(Problem::Unsupported(format!("the function {name}")));
        }
        _ => return Ok(None),
    }))
}

fn named(text: &str) -> Named {
    let plain = text.trim_matches('"');
    match plain.rsplit_once('.') {
        Some((schema, name)) => Named { name: name.to_string(), schema: Some(schema.to_string()), at: 0 },
        None => Named { name: plain.to_string(), schema: None, at: 0 },
    }
}

/// The next number of a sequence.
pub fn next(name: &str, context: &Context<'_>) -> Result<i64, Problem> {
    let (database, key) = context.locate(&named(name));
    let taken = context.change(&database, |database| {
        let sequence = database.sequences.get_mut(&key)?;
        Some(sequence.take())
    });
    taken.ok().flatten().ok_or_else(|| Problem::Missing(Thing::Relation, name.to_string()))
}

fn sequence(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Value, Problem> {
    let of = arguments.first().map(|value| value.shown(context.dialect())).unwrap_or_default();
    if name == "lastval" {
        return Err(Problem::Unsupported("lastval".to_string()));
    }
    let (database, key) = context.locate(&named(&of));
    let missing = || Problem::Missing(Thing::Relation, of.clone());
    if name == "setval" {
        let number = arguments.get(1).and_then(Value::to_decimal).and_then(|number| number.to_whole()).unwrap_or(1);
        let is_called = arguments.get(2).is_none_or(|value| value.truth() != Some(false));
        let set = context.change(&database, |database| {
            let sequence = database.sequences.get_mut(&key)?;
            sequence.next = if is_called { number + sequence.step } else { number };
            (sequence.is_called, sequence.logged) = (is_called, None);
            Some(Value::Integer(number))
        });
        return set.ok().flatten().ok_or_else(missing);
    }
    let database = context.own_database().map_err(|_| missing())?;
    let sequence = database.sequences.get(&key).ok_or_else(missing)?;
    if !sequence.is_called {
        return Err(Problem::SequenceUnset(of.clone()));
    }
    Ok(Value::Integer(sequence.next - sequence.step))
}

fn uuid(context: &Context<'_>) -> String {
    let (a, b) = (context.random(), context.random());
    let digits = format!("{a:016x}{b:016x}");
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}
