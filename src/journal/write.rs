//! The writing side: one connection, owned by the one writer thread.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// What can go wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal did not answer: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error(
        "this journal was written by a newer program (schema {found}, this program knows {known}); \
         start the newer program, or restore a backup made with this one"
    )]
    NewerFile { found: usize, known: usize },
    #[error("the journal could not be upgraded: {0}")]
    Upgrade(String),
    #[error("{column} of {table} row {row} holds what this program never writes; run `check`")]
    Foreign {
        table: &'static str,
        column: &'static str,
        row: i64,
    },
    #[error("no {what} with number {id}")]
    Missing { what: &'static str, id: i64 },
}

/// The only connection that writes.
pub struct Writer {
    conn: Connection,
}

impl Writer {
    pub(super) fn new(conn: Connection) -> Self {
        Writer { conn }
    }

    /// Runs `work` in one transaction: committed (and on disk) when it returns `Ok`, else undone.
    ///
    /// # Errors
    /// What `work` returned, or the commit's own error; both leave the file as it was.
    pub fn transaction<T, E: From<JournalError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let sql = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(JournalError::from)?;
        let tx = Tx { sql };
        let value = work(&tx)?;
        tx.sql.commit().map_err(JournalError::from)?;
        Ok(value)
    }
}

/// One open transaction.
pub struct Tx<'conn> {
    pub(super) sql: Transaction<'conn>,
}

impl Tx<'_> {
    /// Runs `work` so that its failure undoes only what it wrote, not the transaction around it.
    ///
    /// # Errors
    /// What `work` returned, or the savepoint's own error.
    pub fn savepoint<T, E: From<JournalError>>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let run = |sql: &str| self.sql.execute_batch(sql).map_err(JournalError::from);
        run("SAVEPOINT one")?;
        match work(self) {
            Ok(value) => {
                run("RELEASE one")?;
                Ok(value)
            }
            Err(error) => {
                run("ROLLBACK TO one; RELEASE one")?;
                Err(error)
            }
        }
    }

    /// One line in the audit log: who did what to which object. Ids and words only.
    pub fn audit(
        &self,
        at: crate::vitals::Moment,
        actor: &str,
        action: &str,
        object: &str,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO audit (at_ms, actor, action, object) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((at.as_millisecond(), actor, action, object))?;
        Ok(())
    }

    /// Reads a small fact about the file.
    pub fn fact(&self, name: &str) -> Result<Option<String>, JournalError> {
        use rusqlite::OptionalExtension;
        Ok(self
            .sql
            .prepare_cached("SELECT value FROM fact WHERE name = ?1")?
            .query_row([name], |r| r.get(0))
            .optional()?)
    }

    /// Writes a small fact about the file.
    pub fn set_fact(&self, name: &str, value: &str) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO fact (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute((name, value))?;
        Ok(())
    }
}
