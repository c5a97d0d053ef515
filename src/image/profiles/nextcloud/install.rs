//! The installation: into SQLite, MySQL or PostgreSQL, from the entrypoint, `occ` or the form of the web page.
//!
//! Sources: Nextcloud's server, `core/Command/Maintenance/Install.php` and `lib/private/Setup.php` for what it needs and says,
//! `lib/private/Setup/MySQL.php` and `PostgreSQL.php` for a database that does not let it in: MySQL's first connection names no
//! database, and its failure is told as it is; PostgreSQL's is only logged, and the second one's is a hint. Traces that follow
//! are left out. From memory: PHP's words for a server that does not answer, and how an account is told of whose files are there.

use super::settings::Settings;
use super::{FOLDER, OWNER};
use crate::image::profiles::{mysql, postgres};
use crate::kernel::Process;
use std::time::Duration;

/// Making the tables. Typical of a laptop; 4 to 40 s.
const TABLES: Duration = Duration::from_secs(8);

/// What an attempt takes that does not reach its database. Typical; 0.3 to 3 s.
const ATTEMPT: Duration = Duration::from_millis(700);

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `sqlite`, `mysql` or `pgsql`.
    pub kind: String,
    /// The database.
    pub name: String,
    /// Its host, with a port if it is not the usual one.
    pub host: String,
    /// As whom.
    pub user: String,
    /// With which password.
    pub password: String,
    /// The first account.
    pub administrator: String,
    /// Where users' files go.
    pub data: String,
}

/// Installs it; the error is what `occ` says.
pub async fn install(process: &Process, wanted: &Wanted) -> Result<(), String> {
    let sql = [
        "CREATE TABLE oc_users (uid varchar(64) NOT NULL PRIMARY KEY, displayname varchar(64), password varchar(255) NOT NULL)".to_string(),
        "CREATE TABLE oc_appconfig (appid varchar(32) NOT NULL, configkey varchar(64) NOT NULL, configvalue text)".to_string(),
        "CREATE TABLE oc_filecache (fileid bigint NOT NULL PRIMARY KEY, path varchar(4000), name varchar(250))".to_string(),
        format!("INSERT INTO oc_users (uid, password) VALUES ('{}', '')", wanted.administrator.replace('\'', "''")),
    ];
    match wanted.kind.as_str() {
        "mysql" => into_mysql(process, wanted, &sql).await?,
        "pgsql" => into_postgres(process, wanted, &sql).await?,
        _ => process.sleep(TABLES).await,
    }
    files(process, wanted).await
}

/// What is said when the connection to the database itself fails.
fn refused(database: &str) -> String {
    format!("{database} Login and/or password not valid\n -> You need to enter details of an existing account.\n")
}

async fn into_mysql(process: &Process, wanted: &Wanted, sql: &[String]) -> Result<(), String> {
    let (host, port) = wanted.host.split_once(':').unwrap_or((&wanted.host, "3306"));
    let target = mysql::client::Target {
        host: Some(host.to_string()),
        port: port.parse().unwrap_or(3306),
        user: wanted.user.clone(),
        password: wanted.password.clone(),
        database: wanted.name.clone(),
        is_mariadb: false,
    };
    let session = match mysql::client::connect(process, &target).await {
        Ok(session) => session,
        Err(refusal) => {
            process.sleep(ATTEMPT).await;
            return Err(no_mysql(host, &refusal));
        }
    };
    process.sleep(TABLES).await;
    for statement in sql {
        session.query(statement).await.map_err(|error| failed(&error.text))?;
    }
    Ok(())
}

/// What is said when MySQL refuses: the driver's text, unless only the database is unknown.
fn no_mysql(host: &str, refusal: &mysql::client::Refusal) -> String {
    let (number, text) = refusal.parts();
    let reason = match (number, refusal) {
        ("1049", _) => return refused("MySQL"),
        ("2005", _) => {
            let reason = if text.ends_with("(-3)") {
                "Temporary failure in name resolution"
            } else {
                "Name or service not known"
            };
            format!("[2002] php_network_getaddresses: getaddrinfo for {host} failed: {reason}")
        }
        ("2013", _) => "[2006] MySQL server has gone away".to_string(),
        (_, mysql::client::Refusal::NoAnswer(_)) => "[2002] Connection refused".to_string(),
        (number, mysql::client::Refusal::Denied(_)) => format!("[{number}] {text}"),
    };
    format!(
        "Error while trying to create admin account: An exception occurred in the driver: SQLSTATE[HY000] {reason}\n"
    )
}

async fn into_postgres(process: &Process, wanted: &Wanted, sql: &[String]) -> Result<(), String> {
    let (host, port) = wanted.host.split_once(':').unwrap_or((&wanted.host, "5432"));
    let target = postgres::client::Target {
        host: Some(host.to_string()),
        port: port.parse().unwrap_or(5432),
        user: wanted.user.clone(),
        password: Some(wanted.password.clone()),
        database: wanted.name.clone(),
    };
    let Ok(session) = postgres::client::connect(process, &target).await else {
        process.sleep(ATTEMPT).await;
        return Err(refused("PostgreSQL"));
    };
    process.sleep(TABLES).await;
    for statement in sql {
        session.query(statement).await.map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn failed(text: &str) -> String {
    format!("Error while trying to initialise the database: {text}\n")
}

/// The settings, and the folder of the first account.
async fn files(process: &Process, wanted: &Wanted) -> Result<(), String> {
    let data = if wanted.data.is_empty() { format!("{FOLDER}/data") } else { wanted.data.clone() };
    let account = format!("{data}/{}", wanted.administrator);
    if process.stat(&account).is_ok() {
        return Err("Login is invalid because files already exist for this user\n".into());
    }
    let made = process.make_folders(&format!("{account}/files"));
    made.map_err(|_| format!("Cannot create or write into the data directory {data}\n"))?;
    for path in [&data, &account] {
        // Whoever may not give it away owns it already.
        let _ = process.set_owner(path, OWNER);
    }
    if wanted.kind == "sqlite" {
        let path = format!("{data}/{}.db", wanted.name);
        process.write_file(&path, b"SQLite format 3\0").await.map_err(|error| failed(error.message()))?;
    }
    let pairs = [
        ("dbtype", if wanted.kind == "sqlite" { "sqlite3" } else { wanted.kind.as_str() }),
        ("dbname", &wanted.name),
        ("dbhost", &wanted.host),
        ("dbuser", &wanted.user),
        ("dbpassword", &wanted.password),
    ];
    let database = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let settings = Settings {
        installed: true,
        domains: vec!["localhost".into()],
        data,
        database: database.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..Settings::default()
    };
    settings.write(process).await?;
    process.summarise(FOLDER, "installed");
    Ok(())
}

/// Whether the database of an installation answers.
pub async fn is_reachable(process: &Process, settings: &Settings) -> bool {
    let text = |name: &str| settings.of_database(name).to_string();
    let address = text("dbhost");
    let (host, port) =
        address.split_once(':').map_or((address.as_str(), None), |(host, port)| (host, port.parse().ok()));
    match settings.of_database("dbtype") {
        "mysql" => {
            let target = mysql::client::Target {
                host: Some(host.to_string()),
                port: port.unwrap_or(3306),
                user: text("dbuser"),
                password: text("dbpassword"),
                database: text("dbname"),
                is_mariadb: false,
            };
            mysql::client::connect(process, &target).await.is_ok()
        }
        "pgsql" => {
            let target = postgres::client::Target {
                host: Some(host.to_string()),
                port: port.unwrap_or(5432),
                user: text("dbuser"),
                password: Some(text("dbpassword")),
                database: text("dbname"),
            };
            postgres::client::connect(process, &target).await.is_ok()
        }
        _ => true,
    }
}
