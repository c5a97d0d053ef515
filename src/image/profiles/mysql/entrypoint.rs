//! `docker-entrypoint.sh`: the first boot with its temporary server, later boots without.

use super::journal::{Journal, Progress};
use super::server::{Server, StartFailure, files, serving, session, start, stop, write_progress};
use super::tools::STATEMENT_RULE;
use super::words::words;
use super::{DATA, Product};
use crate::image::identity::Identity;
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::programs::transaction::{Failure, Job, Transaction};
use crate::image::sql::{Cluster, Database, Dialect, Role, statements};
use crate::kernel::files::{Access, Owner};
use crate::kernel::{Errno, ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

const SCRIPTS: &str = "/docker-entrypoint-initdb.d";
const NAME: &str = "/usr/local/bin/docker-entrypoint.sh";

struct Entry {
    process: Process,
    product: Rc<Product>,
}

/// The entrypoint.
pub async fn run(process: Process, product: Rc<Product>, owner: Owner) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if command.first().is_some_and(|word| word.starts_with('-')) {
        command.insert(0, product.server().into());
    }
    if command.first().is_none_or(|word| !matches!(&**word, "mysqld" | "mariadbd")) {
        return programs::exec_from_bash(&process, &command, NAME, 421).await;
    }
    let entry = Entry { process: process.clone(), product: product.clone() };
    let started = format!(
        "Entrypoint script for {} Server {} started.",
        product.name(),
        match *product {
            Product::MySql(ref number) => format!("{number}-1.el9"),
            Product::MariaDb(_) => String::new(),
        }
    );
    entry.note(&started).await;
    process.sleep(product.pace().script).await;
    if process.access() == Access::ROOT {
        entry.note("Switching to dedicated user 'mysql'").await;
        let _ = process.make_folders(DATA);
        let _ = process.set_owner(DATA, owner);
        process.set_access(Access { owner });
        entry.note(&started).await;
    }
    process.sleep(product.pace().script).await;
    if process.stat(&format!("{DATA}/mysql")).is_ok() {
        if let Product::MariaDb(_) = *product {
            entry.note("MariaDB upgrade not required").await;
        }
    } else if let Err(code) = entry.first_boot().await {
        return code;
    }
    process.sleep(Duration::from_millis(30)).await;
    programs::exec_from_bash(&process, &command, NAME, 421).await
}

impl Entry {
    async fn note(&self, text: &str) {
        self.write("Note", text).await;
    }

    async fn write(&self, level: &str, text: &str) {
        let date = Date::now(&self.process).plain();
        let line = format!("{date}+00:00 [{level}] [Entrypoint]: {text}\n");
        // Notes go to standard output, errors to standard error.
        if level == "Note" { self.process.print(line).await } else { self.process.complain(line).await }
    }

    /// A variable by its name after `MARIADB_` or `MYSQL_`, or the content of the file that `…_FILE` names.
    fn setting(&self, name: &str) -> Option<String> {
        let prefixes: &[&str] = match *self.product {
            Product::MariaDb(_) => &["MARIADB", "MYSQL"],
            Product::MySql(_) => &["MYSQL"],
        };
        prefixes.iter().find_map(|prefix| {
            let direct = self.process.variable(&format!("{prefix}_{name}")).map(|value| value.to_string());
            let file = || {
                let path = self.process.variable(&format!("{prefix}_{name}_FILE"))?;
                let bytes = self.process.read_file(&path).ok()?;
                Some(String::from_utf8_lossy(&bytes).trim_end().to_string())
            };
            direct.filter(|value| !value.is_empty()).or_else(file)
        })
    }

    fn password_missing(&self) -> Option<&'static str> {
        let given = self.setting("ROOT_PASSWORD").or_else(|| self.setting("RANDOM_ROOT_PASSWORD")).is_some();
        let (empty, text) = match *self.product {
            Product::MariaDb(_) => (
                self.setting("ALLOW_EMPTY_ROOT_PASSWORD").or_else(|| self.setting("ALLOW_EMPTY_PASSWORD")),
                "Database is uninitialized and password option is not specified\n\tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD",
            ),
            Product::MySql(_) => (
                self.setting("ALLOW_EMPTY_PASSWORD"),
                "Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD",
            ),
        };
        (!given && empty.is_none()).then_some(text)
    }

    async fn first_boot(&self) -> Result<(), ExitCode> {
        if let Some(text) = self.password_missing() {
            self.write("ERROR", text).await;
            return Err(ExitCode::FAILURE);
        }
        self.check_user().await?;
        let pace = self.product.pace();
        self.note("Initializing database files").await;
        let journal = Journal { process: &self.process, product: &self.product };
        journal.initialises(pace.initialise).await;
        if let Err(error) = self.initialise().await {
            self.write("ERROR", &format!("Cannot write to {DATA}: {error}")).await;
            return Err(ExitCode::FAILURE);
        }
        self.note("Database files initialized").await;
        self.note("Starting temporary server").await;
        if let Product::MariaDb(_) = *self.product {
            self.note("Waiting for server startup").await;
        }
        let (server, listeners) = match start(&self.process, &self.product, None).await {
            Ok(started) => started,
            Err(failure) => {
                let reason = if let StartFailure::Because(text) = failure { text } else { String::new() };
                self.write("ERROR", &format!("Unable to start server. {reason}")).await;
                return Err(ExitCode::FAILURE);
            }
        };
        serving(&server, &listeners, self.setup(&server)).await?;
        self.note("Stopping temporary server").await;
        stop(&server).await;
        self.note("Temporary server stopped").await;
        self.process.print("\n").await;
        self.note(&format!("{} init process done. Ready for start up.", self.product.name())).await;
        self.process.print("\n").await;
        Ok(())
    }

    /// What MySQL's entrypoint says about the user before it begins; MariaDB's does not look.
    async fn check_user(&self) -> Result<(), ExitCode> {
        let Product::MySql(_) = *self.product else { return Ok(()) };
        let user = self.setting("USER");
        if user.as_deref() == Some("root") {
            let text = "MYSQL_USER=\"root\", MYSQL_USER and MYSQL_PASSWORD are for configuring a regular user and cannot be used for the root user\n    Remove MYSQL_USER=\"root\" and use one of the following to control the root user password:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD";
            self.write("ERROR", text).await;
            return Err(ExitCode::FAILURE);
        }
        if user.is_some() && self.setting("PASSWORD").is_none() {
            let text = "MYSQL_USER specified, but missing MYSQL_PASSWORD; MYSQL_USER will not be created";
            self.write("Warn", text).await;
        }
        Ok(())
    }

    /// The root password that is asked for; a random one is written into the log, as the only place where it can be read.
    async fn root_password(&self) -> String {
        if let Some(password) = self.setting("ROOT_PASSWORD") {
            return password;
        }
        if self.setting("RANDOM_ROOT_PASSWORD").is_none() {
            return String::new();
        }
        let password = Identity::of(&Date::now(&self.process).iso()).digits()[..32].to_string();
        self.note(&format!("GENERATED ROOT PASSWORD: {password}")).await;
        password
    }

    async fn initialise(&self) -> Result<(), Errno> {
        self.process.make_folders(&format!("{DATA}/mysql"))?;
        let mut cluster = Cluster::default();
        let mut accounts = vec![("root", Role::superuser(""))];
        if let Product::MariaDb(_) = *self.product {
            accounts.push(("mariadb.sys", Role { password: Some("!".to_string()), ..Role::default() }));
        }
        Rc::make_mut(&mut cluster.roles).extend(accounts.into_iter().map(|(name, role)| (name.to_string(), role)));
        for name in super::SYSTEM {
            cluster.databases.insert(name.to_string(), Rc::new(Database::default()));
        }
        write_progress(&self.process, Progress::INITIAL).await?;
        files(&self.process).checkpoint(&cluster).await
    }

    /// What happens once: time zones, passwords, the database, the user, the scripts.
    async fn setup(&self, server: &Rc<Server>) -> Result<(), ExitCode> {
        let pace = self.product.pace();
        self.process.sleep(pace.poll).await;
        self.note("Temporary server started.").await;
        self.process.sleep(pace.time_zones).await;
        let root = self.root_password().await;
        let database = self.setting("DATABASE").unwrap_or_default();
        if !database.is_empty() {
            self.note(&format!("Creating database {database}")).await;
            self.run_sql(server, "", &format!("CREATE DATABASE IF NOT EXISTS `{database}`"), 1).await?;
        }
        if let (Some(user), Some(password)) = (self.setting("USER"), self.setting("PASSWORD")) {
            self.note(&format!("Creating user {user}")).await;
            self.run_sql(server, "", &format!("CREATE USER '{user}'@'%' IDENTIFIED BY '{}'", quoted(&password)), 1)
                .await?;
            if !database.is_empty() {
                let grant = format!("GRANT ALL ON `{database}`.* TO '{user}'@'%'");
                self.run_sql(server, "", &grant, 1).await?;
                self.note(&format!("Giving user {user} access to schema {database}")).await;
            }
        }
        if let Product::MariaDb(_) = *self.product {
            self.note("Securing system users (equivalent to running mysql_secure_installation)").await;
        }
        self.process.sleep(Duration::from_millis(24)).await;
        self.run_sql(server, "", &format!("ALTER USER 'root'@'%' IDENTIFIED BY '{}'", quoted(&root)), 1).await?;
        if let Product::MariaDb(_) = *self.product {
            self.run_sql(server, "", "CREATE USER healthcheck@localhost IDENTIFIED BY '!'", 1).await?;
        }
        self.process.print("\n").await;
        for name in self.process.list(SCRIPTS).unwrap_or_default() {
            self.script(server, &database, &format!("{SCRIPTS}/{name}")).await?;
            self.process.print("\n").await;
        }
        Ok(())
    }

    async fn script(&self, server: &Rc<Server>, database: &str, path: &str) -> Result<(), ExitCode> {
        if path.ends_with(".sql") {
            self.note(&format!("{NAME}: running {path}")).await;
            let bytes = self.process.read_file(path).map_err(|_| ExitCode::FAILURE)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let mut database = database.to_string();
            for (at, sql) in statements(&text, Dialect::MySql) {
                let line = text[..at].matches('\n').count() + 1;
                self.run_sql(server, &database, &sql, line).await?;
                if let Some(name) = sql.to_lowercase().strip_prefix("use ") {
                    database = name.trim().trim_matches('`').to_string();
                }
            }
            return Ok(());
        }
        if !path.ends_with(".sh") {
            self.write("Warn", &format!("{NAME}: ignoring {path}")).await;
            return Ok(());
        }
        let is_executable = self.process.may(path, 1).is_ok();
        self.note(&format!("{NAME}: {} {path}", if is_executable { "running" } else { "sourcing" })).await;
        match self.process.run(["sh".into(), path.into()].into()).await {
            Ok(status) if status.code() == 0 => Ok(()),
            Ok(status) => Err(ExitCode(status.code())),
            Err(_) => Err(ExitCode(126)),
        }
    }

    async fn run_sql(&self, server: &Rc<Server>, database: &str, sql: &str, line: usize) -> Result<(), ExitCode> {
        let mut session = session(&self.product, database);
        session.now = self.process.kernel().wall_clock().as_micros() as i64;
        self.process.sleep(Duration::from_millis(2)).await;
        match server.store.run(&session, &mut Transaction::default(), Job::Statement(sql)).await {
            Ok(_) => Ok(()),
            Err(Failure::File(_)) => Err(ExitCode::FAILURE),
            Err(Failure::Sql(error)) => {
                let (number, text) = words(&error, &self.product, database);
                let echo = if let Product::MariaDb(_) = *self.product {
                    format!("{STATEMENT_RULE}\n{sql}\n{STATEMENT_RULE}\n\n")
                } else {
                    String::new()
                };
                self.process.complain(format!("{echo}ERROR {number} at line {line}: {text}\n")).await;
                Err(ExitCode::FAILURE)
            }
        }
    }
}

/// A text within quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
