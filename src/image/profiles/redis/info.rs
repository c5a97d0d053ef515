//! The sections of `INFO` that tell what the simulation knows.

use super::Product;

/// What the sections are made of.
pub struct Facts<'a> {
    /// Which server.
    pub product: &'a Product,
    /// Changes since the last save.
    pub changes: u64,
    /// Seconds since 1970 at the last save.
    pub saved: u64,
    /// Whether commands are appended.
    pub appends: bool,
    /// The port.
    pub port: u16,
    /// Seconds since the start.
    pub uptime: u64,
    /// Databases with keys: number, keys, those that expire, the mean of milliseconds they have left.
    pub databases: Vec<(u8, usize, usize, u64)>,
    /// 40 digits that name this server's history.
    pub history: String,
}

/// The text of `INFO`, or of one section.
pub fn text(facts: &Facts<'_>, section: &str) -> String {
    let sections = [server(facts), persistence(facts), replication(facts), cluster(), keyspace(facts)];
    let wanted = |(name, _): &&(&str, Vec<String>)| {
        section.is_empty()
            || ["default", "all", "everything", name].iter().any(|known| section.eq_ignore_ascii_case(known))
    };
    let shown = |(name, lines): &(&str, Vec<String>)| {
        let title = name[..1].to_uppercase() + &name[1..];
        format!("# {title}\n{}", lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    };
    sections.iter().filter(wanted).map(shown).collect::<Vec<_>>().join("\n")
}

fn server(facts: &Facts<'_>) -> (&'static str, Vec<String>) {
    let Product { prefix, version, .. } = facts.product;
    let lines = vec![
        format!("{prefix}_version:{version}"),
        format!("{prefix}_git_sha1:00000000"),
        format!("{prefix}_git_dirty:0"),
        format!("{prefix}_mode:standalone"),
        "arch_bits:64".to_string(),
        "process_id:1".to_string(),
        format!("tcp_port:{}", facts.port),
        format!("uptime_in_seconds:{}", facts.uptime),
        format!("uptime_in_days:{}", facts.uptime / 86_400),
    ];
    ("server", lines)
}

fn persistence(facts: &Facts<'_>) -> (&'static str, Vec<String>) {
    let lines = vec![
        "loading:0".to_string(),
        "async_loading:0".to_string(),
        format!("rdb_changes_since_last_save:{}", facts.changes),
        "rdb_bgsave_in_progress:0".to_string(),
        format!("rdb_last_save_time:{}", facts.saved),
        "rdb_last_bgsave_status:ok".to_string(),
        format!("aof_enabled:{}", u8::from(facts.appends)),
        "aof_rewrite_in_progress:0".to_string(),
        "aof_last_write_status:ok".to_string(),
    ];
    ("persistence", lines)
}

fn replication(facts: &Facts<'_>) -> (&'static str, Vec<String>) {
    let lines = vec![
        "role:master".to_string(),
        "connected_slaves:0".to_string(),
        "master_failover_state:no-failover".to_string(),
        format!("master_replid:{}", facts.history),
        format!("master_replid2:{}", "0".repeat(40)),
        "master_repl_offset:0".to_string(),
        "second_repl_offset:-1".to_string(),
        "repl_backlog_active:0".to_string(),
        "repl_backlog_size:1048576".to_string(),
        "repl_backlog_first_byte_offset:0".to_string(),
        "repl_backlog_histlen:0".to_string(),
    ];
    ("replication", lines)
}

fn cluster() -> (&'static str, Vec<String>) {
    ("cluster", vec!["cluster_enabled:0".to_string()])
}

fn keyspace(facts: &Facts<'_>) -> (&'static str, Vec<String>) {
    let line = |(number, keys, expires, left): &(u8, usize, usize, u64)| {
        format!("db{number}:keys={keys},expires={expires},avg_ttl={left}")
    };
    ("keyspace", facts.databases.iter().map(line).collect())
}
