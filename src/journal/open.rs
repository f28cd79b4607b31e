//! Opening the journal: the file, its durability, its upgrade, and one writer beside many readers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;

use super::read::Readers;
use super::upgrade;
use super::write::{JournalError, Writer};

/// How much a commit promises: the bytes are on the disk, also through a power cut.
/// The acknowledgement of every device stands on this one line.
const SYNCHRONOUS: &str = "FULL";
/// How long one statement waits for another program that holds the file, milliseconds.
const BUSY_MS: u64 = 250;

/// Where the journal lies.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of `journal.sqlite` and of the key files. Default `./hub-data`.
    pub folder: PathBuf,
    /// Days a payload that nobody understood is kept, encrypted. Default 14.
    pub quarantine_days: u32,
    /// Read-only connections for pages. Default 4.
    pub readers: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            folder: PathBuf::from("./hub-data"),
            quarantine_days: 14,
            readers: 4,
        }
    }
}

/// An opened journal: the one writer, and the readers.
pub struct Journal {
    pub writer: Writer,
    pub readers: Readers,
}

impl Journal {
    /// Opens (or makes) `journal.sqlite` in `folder` and brings it up to this program's schema.
    ///
    /// # Errors
    /// [`JournalError::NewerFile`] when a newer program wrote it; nothing is changed then.
    pub fn open(folder: &Path, readers: u32) -> Result<Self, JournalError> {
        let path = folder.join("journal.sqlite");
        let mut conn = Connection::open(&path)?;
        prepare(&conn)?;
        upgrade::bring_up(&mut conn)?;
        Ok(Journal {
            writer: Writer::new(conn),
            readers: open_readers(&path, readers)?,
        })
    }
}

/// Read-only connections to a journal that exists.
pub fn open_readers(path: &Path, readers: u32) -> Result<Readers, JournalError> {
    let mut conns = Vec::new();
    for _ in 0..readers.max(1) {
        let conn = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        conn.busy_timeout(Duration::from_millis(BUSY_MS * 20))?;
        conn.set_prepared_statement_cache_capacity(64);
        conns.push(conn);
    }
    Ok(Readers::new(conns))
}

fn prepare(conn: &Connection) -> Result<(), JournalError> {
    conn.busy_timeout(Duration::from_millis(BUSY_MS))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", SYNCHRONOUS)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // What nobody understood is erased after its days; erased means overwritten.
    conn.pragma_update(None, "secure_delete", true)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(())
}
