//! The reading side: a few read-only connections, plain lines out.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use super::access::{self, AccountLine, SessionLine};
use super::write::JournalError;

/// A small pool of read-only connections. Blocking: call it where blocking is allowed.
pub struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn new(conns: Vec<Connection>) -> Self {
        Readers {
            idle: Mutex::new(conns),
            returned: Condvar::new(),
        }
    }

    /// Runs `work` on one consistent picture of the journal.
    ///
    /// # Errors
    /// What `work` returned, or the file's own error.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let conn = self.take();
        let result = (|| {
            let tx = conn.unchecked_transaction()?;
            work(&Snapshot { sql: &tx })
        })();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(conn);
        self.returned.notify_one();
        result
    }

    fn take(&self) -> Connection {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = idle.pop() {
                return conn;
            }
            idle = self
                .returned
                .wait(idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One consistent picture of the journal.
pub struct Snapshot<'conn> {
    pub(super) sql: &'conn Connection,
}

impl Snapshot<'_> {
    /// An account by its login.
    pub fn account(&self, login: &str) -> Result<Option<AccountLine>, JournalError> {
        access::account(self.sql, login)
    }

    /// A signed-in browser by its token's hash.
    pub fn session(&self, token_sha256: &[u8; 32]) -> Result<Option<SessionLine>, JournalError> {
        access::session(self.sql, token_sha256)
    }

    /// How many lines of the audit log have this action.
    pub fn acts(&self, action: &str) -> Result<i64, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT count(*) FROM audit WHERE action = ?1")?
            .query_row([action], |r| r.get(0))?)
    }

    /// A small fact about the file.
    pub fn fact(&self, name: &str) -> Result<Option<String>, JournalError> {
        use rusqlite::OptionalExtension;
        Ok(self
            .sql
            .prepare_cached("SELECT value FROM fact WHERE name = ?1")?
            .query_row([name], |r| r.get(0))
            .optional()?)
    }
}
