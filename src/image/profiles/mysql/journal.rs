//! What the servers write into their logs, line by line, with the time between the lines.
//!
//! MariaDB's lines are those of recording `mariadb-first-and-warm-boot` without what hung on its machine (io_uring, cgroups,
//! the processor); MySQL's are those of the official image's log.

use super::client::SOCKET;
use super::{DATA, Product};
use crate::image::identity::Identity;
use crate::image::programs::clock::Date;
use crate::kernel::Process;
use std::time::Duration;

/// How far the log of changes has come, as InnoDB counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Log sequence number.
    pub sequence: u64,
    /// Transaction id.
    pub transaction: u64,
}

impl Progress {
    /// After the files were initialised (recording: 44404 and 14).
    pub const INITIAL: Self = Self { sequence: 44_404, transaction: 14 };
    /// After the first boot (recording: 44776 and 15).
    pub const FIRST_BOOT: Self = Self { sequence: 44_776, transaction: 15 };

    /// After so many more statements that changed something; each makes about 1.6 kB of log.
    pub fn after(self, statements: u64) -> Self {
        Self { sequence: self.sequence + 1_600 * statements, transaction: self.transaction + statements }
    }

    /// As it is kept in a file.
    pub fn to_text(self) -> String {
        format!("{} {}\n", self.sequence, self.transaction)
    }

    /// Reads [`Progress::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        let (sequence, transaction) = text.trim().split_once(' ')?;
        Some(Self { sequence: sequence.parse().ok()?, transaction: transaction.parse().ok()? })
    }
}

/// A server's log.
pub struct Journal<'a> {
    /// The server's process.
    pub process: &'a Process,
    /// Which server.
    pub product: &'a Product,
}

/// How a server found its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// How far they had come.
    pub progress: Progress,
    /// Statements that only the redo log holds.
    pub replayed: u64,
    /// Whether a server before it did not end properly.
    pub crashed: bool,
    /// Whether it is the temporary one of a first boot.
    pub temporary: bool,
}

impl Journal<'_> {
    /// A line in MariaDB's form.
    async fn note(&self, text: &str) {
        self.process.complain(format!("{} 0 [Note] {text}\n", Date::now(self.process).mariadb())).await;
    }

    /// A line in MySQL's form; the number names the message.
    async fn system(&self, level: &str, number: u32, part: &str, text: &str) {
        let date = Date::now(self.process).iso();
        self.process.complain(format!("{date} 0 [{level}] [MY-{number:06}] [{part}] {text}\n")).await;
    }

    /// An error in the product's form.
    pub async fn error(&self, text: &str) {
        match self.product {
            Product::MariaDb(_) => {
                let date = Date::now(self.process).mariadb();
                self.process.complain(format!("{date} 0 [ERROR] {text}\n")).await;
            }
            Product::MySql(_) => self.system("ERROR", 10_119, "Server", text).await,
        }
    }

    /// Another server has the files.
    pub async fn is_locked_out(&self) {
        match self.product {
            Product::MariaDb(_) => {
                let file = format!("{DATA}/aria_log_control");
                let text = "for exclusive use, error: 11. Will retry for 30 seconds";
                self.error(&format!("mariadbd: Can't lock aria control file '{file}' {text}")).await;
            }
            Product::MySql(_) => self.system("ERROR", 12_574, "InnoDB", "Unable to lock ./ibdata1 error: 11").await,
        }
    }

    /// Another server still has the files: the start fails.
    pub async fn gives_up_the_lock(&self) {
        match self.product {
            Product::MariaDb(_) => {
                let file = format!("{DATA}/aria_log_control");
                let text = "Could not get an exclusive lock; file is probably in use by another process";
                self.error(&format!("mariadbd: Got error '{text}' when trying to use aria control file '{file}'"))
                    .await;
                self.error("Plugin 'Aria' registration as a STORAGE ENGINE failed.").await;
                self.error("InnoDB: Unable to lock ./ibdata1 error: 11").await;
                let text = "Check that you do not already have another mariadbd process using the same InnoDB data or log files.";
                self.note(&format!("InnoDB: {text}")).await;
                self.error("InnoDB: Plugin initialization aborted with error Generic error").await;
                self.note("InnoDB: Starting shutdown...").await;
                self.error("Plugin 'InnoDB' registration as a STORAGE ENGINE failed.").await;
                self.error("Failed to initialize plugins.").await;
            }
            Product::MySql(_) => {
                for (number, part, text) in [
                    (12_592, "InnoDB", "Operating system error number 11 in a file operation."),
                    (12_596, "InnoDB", "Error number 11 means 'Resource temporarily unavailable'"),
                    (12_215, "InnoDB", "Cannot open datafile './ibdata1'"),
                    (12_930, "InnoDB", "Plugin initialization aborted with error Cannot open a file."),
                    (10_334, "Server", "Failed to initialize DD Storage Engine"),
                    (10_020, "Server", "Data Dictionary initialization failed."),
                ] {
                    self.system("ERROR", number, part, text).await;
                }
            }
        }
    }

    /// The first line of a server.
    pub async fn begins(&self, pid: u32) {
        let (name, version) = (self.product.server(), self.product.version());
        match self.product {
            Product::MariaDb(_) => {
                let source = "197f92bee02d8e836f529f37625be69b83e7acbd";
                let uid = server_uid(self.process);
                let text =
                    format!("Starting MariaDB {version} source revision {source} server_uid {uid} as process {pid}");
                self.note(&text).await;
            }
            Product::MySql(_) => {
                self.system("System", 15_015, "Server", "MySQL Server - start.").await;
                let text = format!("/usr/sbin/{name} ({name} {version}) starting as process {pid}");
                self.system("System", 10_116, "Server", &text).await;
            }
        }
    }

    /// From the first line to the files being open. `span` is the whole time.
    pub async fn opens(&self, found: Found, span: Duration) {
        match self.product {
            Product::MariaDb(_) => self.opens_mariadb(found, span).await,
            Product::MySql(_) => {
                self.system("System", 13_576, "InnoDB", "InnoDB initialization has started.").await;
                self.process.sleep(span).await;
                if found.replayed > 0 {
                    let text =
                        format!("Starting to parse redo log at lsn = {}, whose start_lsn = 0", found.progress.sequence);
                    self.system("Note", 13_883, "InnoDB", &text).await;
                }
                self.system("System", 13_577, "InnoDB", "InnoDB initialization has ended.").await;
            }
        }
    }

    async fn opens_mariadb(&self, found: Found, span: Duration) {
        let Found { progress: Progress { sequence, transaction }, replayed, crashed, temporary } = found;
        self.process.sleep(span / 4).await;
        for text in [
            "InnoDB: Compressed tables use zlib 1.2.13",
            "InnoDB: Number of transaction pools: 1",
            "InnoDB: Using crc32 + pclmulqdq instructions",
            "InnoDB: Using Linux native AIO",
            "InnoDB: innodb_buffer_pool_size_max=8388608m, innodb_buffer_pool_size=128m",
            "InnoDB: Completed initialization of buffer pool",
            "InnoDB: File system buffers for log disabled (block size=4096 bytes)",
        ] {
            self.note(text).await;
        }
        self.process.sleep(span / 4).await;
        let end = Progress { sequence, transaction }.after(replayed);
        if replayed > 0 {
            self.note(&format!("InnoDB: Starting crash recovery from checkpoint LSN={sequence}")).await;
            self.process.sleep(span / 2).await;
            let pages = 3 + 2 * replayed;
            self.note(&format!("InnoDB: Starting final batch to recover {pages} pages from redo log.")).await;
        }
        self.note(&format!("InnoDB: End of log at LSN={}", end.sequence)).await;
        self.process.sleep(span / 4).await;
        self.note("InnoDB: 128 rollback segments are active.").await;
        if crashed {
            self.note("InnoDB: Removed temporary tablespace data file: \"./ibtmp1\"").await;
        }
        self.note(
            "InnoDB: Setting file './ibtmp1' size to 12.000MiB. Physically writing the file full; Please wait ...",
        )
        .await;
        self.note("InnoDB: File './ibtmp1' size is now 12.000MiB.").await;
        self.note(&format!("InnoDB: log sequence number {}; transaction id {}", end.sequence, end.transaction)).await;
        if !temporary {
            self.note("InnoDB: Loading buffer pool(s) from /var/lib/mysql/ib_buffer_pool").await;
        }
        self.note("Plugin 'FEEDBACK' is disabled.").await;
        if !temporary {
            let date = Date::now(self.process).compact();
            self.note(&format!("InnoDB: Buffer pool(s) load completed at {date}")).await;
            let text = "You need to use --log-bin to make --expire-logs-days or --binlog-expire-logs-seconds work.";
            let date = Date::now(self.process).mariadb();
            self.process.complain(format!("{date} 0 [Warning] {text}\n")).await;
        }
        self.process.sleep(span / 4).await;
    }

    /// It listens; without a port on the Unix socket only.
    pub async fn ready(&self, port: Option<u16>) {
        let (name, version, shown) = (self.product.server(), self.product.version(), port.unwrap_or(0));
        match self.product {
            Product::MariaDb(_) => {
                for address in ["0.0.0.0", "::"].iter().filter(|_| port.is_some()) {
                    self.note(&format!("Server socket created on IP: '{address}', port: '{shown}'.")).await;
                }
                self.note(&format!("{name}: ready for connections.")).await;
                let line = format!("Version: '{version}'  socket: '{SOCKET}'  port: {shown}  Debian 12\n");
                self.process.complain(line).await;
            }
            Product::MySql(_) => {
                let tls = "Channel mysql_main configured to support TLS. Encrypted connections are now supported for this channel.";
                self.system("Warning", 10_068, "Server", "CA certificate ca.pem is self signed.").await;
                self.system("System", 13_602, "Server", tls).await;
                let place = if port.is_some() { "Bind-address: '::' port: 33060, socket" } else { "Socket" };
                let text = format!("X Plugin ready for connections. {place}: /var/run/mysqld/mysqlx.sock");
                self.system("System", 11_323, "Server", &text).await;
                let text = format!(
                    "/usr/sbin/{name}: ready for connections. Version: '{version}'  socket: '/var/run/mysqld/mysqld.sock'  port: {shown}  MySQL Community Server - GPL."
                );
                self.system("System", 10_931, "Server", &text).await;
            }
        }
    }

    /// A shutdown begins.
    pub async fn ends(&self, temporary: bool) {
        let name = self.product.server();
        match self.product {
            Product::MariaDb(_) => {
                self.note(&format!("{name} (initiated by: unknown): Normal shutdown")).await;
                self.note("InnoDB: FTS optimize thread exiting.").await;
                self.process.sleep(Duration::from_millis(6)).await;
                self.note("InnoDB: Starting shutdown...").await;
                self.note("InnoDB: Dumping buffer pool(s) to /var/lib/mysql/ib_buffer_pool").await;
                let date = Date::now(self.process).compact();
                self.note(&format!("InnoDB: Buffer pool(s) dump completed at {date}")).await;
            }
            Product::MySql(_) => {
                let by = if temporary { "root" } else { "<via user signal>" };
                let version = self.product.version();
                let text = format!("Received SHUTDOWN from user {by}. Shutting down {name} (Version: {version}).");
                self.system("System", 13_172, "Server", &text).await;
            }
        }
    }

    /// A shutdown has ended; `progress` is what the files hold now.
    pub async fn ended(&self, progress: Progress) {
        let name = self.product.server();
        match self.product {
            Product::MariaDb(_) => {
                self.note("InnoDB: Removed temporary tablespace data file: \"./ibtmp1\"").await;
                let Progress { sequence, transaction } = progress;
                let text = format!("Shutdown completed; log sequence number {sequence}; transaction id {transaction}");
                self.note(&text).await;
                self.note(&format!("{name}: Shutdown complete")).await;
            }
            Product::MySql(_) => {
                let version = self.product.version();
                let text =
                    format!("/usr/sbin/{name}: Shutdown complete ({name} {version})  MySQL Community Server - GPL.");
                self.system("System", 10_910, "Server", &text).await;
                self.system("System", 15_016, "Server", "MySQL Server - end.").await;
            }
        }
    }

    /// What `mysqld --initialize-insecure` says; MariaDB's is silent.
    pub async fn initialises(&self, span: Duration) {
        let Product::MySql(_) = self.product else {
            self.process.sleep(span).await;
            return;
        };
        let (name, version) = (self.product.server(), self.product.version());
        self.system("System", 15_017, "Server", "MySQL Server Initialization - start.").await;
        let text = format!("/usr/sbin/{name} ({name} {version}) initializing of server in progress as process 80");
        self.system("System", 13_169, "Server", &text).await;
        self.system("System", 13_576, "InnoDB", "InnoDB initialization has started.").await;
        self.process.sleep(span / 2).await;
        self.system("System", 13_577, "InnoDB", "InnoDB initialization has ended.").await;
        self.process.sleep(span / 2).await;
        let text = "root@localhost is created with an empty password ! Please consider switching off the --initialize-insecure option.";
        self.system("Warning", 10_453, "Server", text).await;
        self.system("System", 15_018, "Server", "MySQL Server Initialization - end.").await;
    }
}

/// 20 bytes in base64, other ones at each start.
fn server_uid(process: &Process) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = Identity::of(&Date::now(process).iso()).digits();
    let letter = |pair: &[u8]| {
        let number = pair.iter().fold(0, |sum, digit| sum * 16 + char::from(*digit).to_digit(16).unwrap_or(0));
        char::from(LETTERS[number as usize % 64])
    };
    digits.as_bytes().chunks(2).take(26).map(letter).chain("I=".chars()).collect()
}
