//! One server for each data folder: the lock on its files, and what a second server says that waits for it in vain.
//!
//! Sources: MariaDB 10.11 started twice on one folder; for MySQL, InnoDB's error messages (`errmsg` numbers) and its hundred
//! tries, one a second (`os0file`), from memory.

use super::journal::Journal;
use super::{DATA, Product};
use crate::kernel::Errno;
use crate::kernel::files::FileLock;
use std::time::Duration;

/// How long MariaDB asks for the lock on `aria_log_control`, and how often InnoDB of MySQL asks for that on `ibdata1`.
const MARIADB_TRIES: u32 = 30;
const MYSQL_TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_secs(1);

/// That another server has the files, and went on having them; all has been said.
pub struct LockedOut;

/// Takes the lock, waiting a while for who has it; none where the files cannot be written, which shows itself later.
pub async fn take(journal: &Journal<'_>) -> Result<Option<FileLock>, LockedOut> {
    let lock = || journal.process.lock_file(&format!("{DATA}/ibdata1"));
    let mut taken = lock();
    let is_mariadb = matches!(journal.product, Product::MariaDb(_));
    let tries = if is_mariadb { MARIADB_TRIES } else { MYSQL_TRIES };
    for number in 0..tries {
        if taken.as_ref().err() != Some(&Errno::Eagain) {
            return Ok(taken.ok());
        }
        if !is_mariadb || number == 0 {
            journal.is_locked_out().await;
        }
        journal.process.sleep(PAUSE).await;
        taken = lock();
    }
    journal.gives_up_the_lock().await;
    Err(LockedOut)
}
