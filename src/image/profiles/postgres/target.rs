//! Where a client of PostgreSQL connects to: options, connection strings, environment.

use super::client::Target;
use crate::image::programs::arguments::Arguments;
use crate::kernel::Process;
use std::collections::BTreeMap;

/// The target that options and environment name. The operating system's user is the default role.
pub fn target(process: &Process, arguments: &Arguments) -> Target {
    let variable = |name: &str| process.variable(name).map(|value| value.to_string()).filter(|value| !value.is_empty());
    let option = |names: &[&str]| arguments.value(names).map(str::to_string);
    let system_user = if process.access().owner.user == 0 { "root" } else { "postgres" };
    let given = option(&["d", "dbname"]).or_else(|| arguments.operands.first().cloned());
    let string = given.as_deref().and_then(connection_string).unwrap_or_default();
    let part = |name: &str| string.get(name).cloned();
    let user_operand =
        if option(&["d", "dbname"]).is_some() { arguments.operands.first() } else { arguments.operands.get(1) };
    let user = part("user")
        .or_else(|| option(&["U", "username"]))
        .or_else(|| user_operand.cloned())
        .or_else(|| variable("PGUSER"))
        .unwrap_or_else(|| system_user.to_string());
    let plain = given.filter(|_| string.is_empty());
    let database = part("dbname").or(plain).or_else(|| variable("PGDATABASE"));
    let port = part("port").or_else(|| option(&["p", "port"])).or_else(|| variable("PGPORT"));
    let host = part("host").or_else(|| option(&["h", "host"])).or_else(|| variable("PGHOST"));
    Target {
        host: host.filter(|host| !host.starts_with('/')),
        port: port.and_then(|port| port.parse().ok()).unwrap_or(5432),
        database: database.unwrap_or_else(|| user.clone()),
        password: part("password").or_else(|| variable("PGPASSWORD")),
        user,
    }
}

/// `postgresql://user:password@host:port/database` or `host=db user=app`; `None` for a plain name.
fn connection_string(text: &str) -> Option<BTreeMap<String, String>> {
    let rest = text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"));
    let Some(rest) = rest else {
        let pairs = text.split_whitespace().map(|pair| pair.split_once('=')).collect::<Option<Vec<_>>>()?;
        let pair = |(name, value): (&str, &str)| (name.to_string(), value.trim_matches('\'').to_string());
        return (!pairs.is_empty()).then(|| pairs.into_iter().map(pair).collect());
    };
    let mut parts = BTreeMap::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            parts.insert(name.to_string(), value.to_string());
        }
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    query.split('&').filter_map(|pair| pair.split_once('=')).for_each(|(name, value)| put(name, value));
    let (account, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (user, password) = account.split_once(':').unwrap_or((account, ""));
    let (host, database) = place.split_once('/').unwrap_or((place, ""));
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    for (name, value) in [("user", user), ("password", password), ("host", host), ("port", port), ("dbname", database)]
    {
        put(name, value);
    }
    Some(parts)
}
