//! Addresses in variables: what an app connects to before it serves.
//!
//! * `scheme://[user@]host[:port]…`, also `jdbc:…`, with several hosts too: the port is the scheme's where none is given. An
//!   HTTP address counts only where it is that of a server which is asked at start (Elasticsearch, InfluxDB …): other services are asked on demand.
//! * `user:password@tcp(host:port)/…`, as Go writes MySQL's.
//! * `Host=db;Port=5432;…`, `host=db port=5432 …`, `mysql:host=db;…`, `Server=db,1433;…`.
//! * `X_HOST=name`, with `X_PORT`, or with the port that X, or that name, suggests.
//! * `X_ADDR=host:port`, `X_SERVERS=host:port,host:port` and the like.
//!
//! Only single names count: a service of the project. What has dots is out there; `localhost` is the app itself.

/// Schemes of addresses, and what a variable's name or value has in it, and the port they stand for.
const SERVERS: [(&str, u16); 27] = [
    ("postgresql", 5432),
    ("postgres", 5432),
    ("pgsql", 5432),
    ("pg", 5432),
    ("mysql", 3306),
    ("mariadb", 3306),
    ("sqlserver", 1433),
    ("mssql", 1433),
    ("mongodb", 27017),
    ("mongo", 27017),
    ("redis", 6379),
    ("rediss", 6379),
    ("valkey", 6379),
    ("amqp", 5672),
    ("rabbit", 5672),
    ("kafka", 9092),
    ("memcache", 11211),
    ("elasticsearch", 9200),
    ("opensearch", 9200),
    ("cassandra", 9042),
    ("clickhouse", 8123),
    ("influx", 8086),
    ("nats", 4222),
    ("mqtt", 1883),
    ("zookeeper", 2181),
    ("etcd", 2379),
    ("temporal", 7233),
];

/// Endings of names of variables that hold one address, or several.
const ADDRESSES: [&str; 15] = [
    "HOST",
    "HOSTS",
    "HOSTNAME",
    "SERVER",
    "SERVERS",
    "ADDR",
    "ADDRESS",
    "ADDRESSES",
    "BROKER",
    "BROKERS",
    "NODES",
    "ENDPOINT",
    "ENDPOINTS",
    "URL",
    "URI",
];

/// Hosts and ports that the variables name, each once, in their order.
pub(super) fn needs(environment: &[(String, String)]) -> Vec<(String, u16)> {
    let mut found: Vec<(String, u16)> = Vec::new();
    for (name, value) in environment {
        for (host, port) in of_variable(environment, name, value.trim()) {
            let is_itself = host == "localhost" || !host.starts_with(|c: char| c.is_ascii_alphabetic());
            let is_out_there =
                host.contains('.') || !host.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
            if !is_itself && !is_out_there && port > 0 && !found.contains(&(host.clone(), port)) {
                found.push((host, port));
            }
        }
    }
    found
}

fn of_variable(environment: &[(String, String)], name: &str, value: &str) -> Vec<(String, u16)> {
    if value.contains("://") {
        return of_url(value);
    }
    if let Some((_, rest)) = value.split_once("@tcp(") {
        return rest.split(')').next().and_then(|text| host_and_port(text, Some(3306))).into_iter().collect();
    }
    if value.contains('=') {
        return of_pairs(name, value).into_iter().collect();
    }
    if let Some(found) = of_host(environment, name, value) {
        return vec![found];
    }
    let ends = |ending: &str| name.to_uppercase().rsplit('_').next() == Some(ending);
    if !ADDRESSES.iter().any(|ending| ends(ending)) {
        return Vec::new();
    }
    value.split(',').filter_map(|one| host_and_port(one.trim(), None)).collect()
}

/// The port that a text's words stand for.
fn known(text: &str) -> Option<u16> {
    let text = text.to_lowercase();
    SERVERS.iter().find(|(server, _)| text.contains(server)).map(|(_, port)| *port)
}

/// `host:port`, or `host` with the port it stands for.
fn host_and_port(text: &str, otherwise: Option<u16>) -> Option<(String, u16)> {
    match text.split_once(':') {
        Some((host, port)) => Some((host.to_string(), port.parse().ok()?)),
        None => Some((text.to_string(), otherwise?)),
    }
}

/// `scheme://user:password@host:port,host:port/path`.
fn of_url(value: &str) -> Vec<(String, u16)> {
    let Some((scheme, rest)) = value.split_once("://") else { return Vec::new() };
    let scheme = scheme.rsplit(':').next().unwrap_or(scheme);
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    let authority = rest.split(['/', '?', ';']).next().unwrap_or("");
    let authority = authority.rsplit('@').next().unwrap_or("");
    let is_http = matches!(scheme, "http" | "https");
    let port = SERVERS.iter().find(|(name, _)| *name == scheme || scheme.strip_suffix('s') == Some(name));
    let port = port.map(|(_, port)| *port);
    if port.is_none() && !is_http && scheme != "tcp" {
        return Vec::new();
    }
    let asked_at_start = |(host, port): &(String, u16)| known(host) == Some(*port) || [9200, 8086, 8123].contains(port);
    let found = authority.split(',').filter_map(|one| host_and_port(one, port.or(known(one))));
    found.filter(|one| !is_http || asked_at_start(one)).collect()
}

/// `Host=db;Port=5432`, `host=db port=5432`, `Server=db,1433`, `mysql:host=db;port=3306`.
fn of_pairs(name: &str, value: &str) -> Option<(String, u16)> {
    let scheme = value.split_once(':').filter(|(scheme, _)| known(scheme).is_some() && !scheme.contains('='));
    let value = scheme.map_or(value, |(_, rest)| rest);
    let pairs = value.split([';', ' ']).filter_map(|pair| pair.split_once('='));
    let pairs: Vec<(String, &str)> = pairs.map(|(key, value)| (key.trim().to_lowercase(), value.trim())).collect();
    let given = |keys: &[&str]| pairs.iter().find(|(key, _)| keys.contains(&key.as_str())).map(|(_, value)| *value);
    let host = given(&["host", "server", "source", "address"])?;
    let (host, beside) = host.split_once([',', ':']).map_or((host, None), |(host, port)| (host, port.parse().ok()));
    let suggested = scheme.and_then(|(scheme, _)| known(scheme)).or_else(|| known(name)).or_else(|| known(host));
    // What names a server and a catalogue, as Microsoft's clients do, is theirs; any other one is PostgreSQL's.
    let otherwise = if given(&["server", "source"]).is_some() { 1433 } else { 5432 };
    let port = given(&["port"]).and_then(|port| port.parse().ok()).or(beside).or(suggested).unwrap_or(otherwise);
    Some((host.to_string(), port))
}

/// `DB_HOST=db`, with `DB_PORT=5432` if it is there.
fn of_host(environment: &[(String, String)], name: &str, value: &str) -> Option<(String, u16)> {
    let prefix = name
        .strip_suffix("_HOST")
        .or_else(|| name.strip_suffix("_HOSTNAME"))
        .or_else(|| name.strip_suffix("_SERVER"))
        .or_else(|| name.strip_suffix("HOST").filter(|prefix| known(prefix).is_some()))?;
    let (host, written) = match value.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (value, None),
    };
    let is_port = |key: &str| key == format!("{prefix}_PORT") || key == format!("{prefix}PORT");
    let beside = environment.iter().find(|(key, _)| is_port(key)).and_then(|(_, port)| port.parse().ok());
    let port = written.or(beside).or_else(|| known(prefix)).or_else(|| known(host));
    let database = (prefix.contains("DB") || prefix.contains("DATABASE")).then_some(5432);
    Some((host.to_string(), port.or(database)?))
}
