//! A copy of the journal while others write it: made in one consistent picture, looked at before it has its name.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::check::{Finding, check};
use super::open::open_readers;
use super::read::Snapshot;
use super::upgrade;
use super::write::JournalError;
use crate::vitals::Moment;

/// Wait before the copy is tried again when another program holds the file for a moment.
const BUSY_WAIT: Duration = Duration::from_millis(50);
/// Tries before it is given up: half a minute.
const BUSY_TRIES: u32 = 600;

/// What a journal holds, for the person who copies one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub persons: i64,
    pub observations: i64,
    /// When the newest frame was received.
    pub newest_frame_at: Option<Moment>,
    /// The schema it was written with.
    pub schema: usize,
}

impl Holding {
    /// Whether it was written with this program's schema; else only the file was looked at, not its promises.
    pub fn is_of_this_program(&self) -> bool {
        self.schema == upgrade::KNOWN_VERSION
    }
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{path} is there already; name another file, or move that one away first")]
    Exists { path: PathBuf },
    #[error(
        "{path}: {cause}; check that the folder is there, has room and that this user may write to it"
    )]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{path} is no journal of this program; name a file that `backup` made")]
    NotAJournal { path: PathBuf },
    #[error("{path} is broken ({promise}: {detail}); take an older backup")]
    Broken {
        path: PathBuf,
        promise: &'static str,
        detail: String,
    },
    #[error("{path} is held by another program for too long; try again")]
    Busy { path: PathBuf },
    #[error("{path}: {cause}")]
    Journal { path: PathBuf, cause: JournalError },
}

fn of_file(path: &Path) -> impl Fn(std::io::Error) -> BackupError + '_ {
    move |cause| BackupError::File {
        path: path.to_owned(),
        cause,
    }
}

fn of_journal(path: &Path, cause: JournalError) -> BackupError {
    let path = path.to_owned();
    match &cause {
        JournalError::Sqlite(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::NotADatabase | ErrorCode::CannotOpen)
            ) =>
        {
            BackupError::NotAJournal { path }
        }
        JournalError::Sqlite(error)
            if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) =>
        {
            BackupError::Broken {
                path,
                promise: "the file is whole",
                detail: "it cannot be read to its end".to_owned(),
            }
        }
        _ => BackupError::Journal { path, cause },
    }
}

/// Copies the journal at `from`, while its hub goes on writing, into the new file `to` (mode 0600), and
/// verifies the copy before it gets that name: a file called `to` is a whole one.
///
/// The copy is one file without companions, so that it can be carried away as it is.
///
/// # Errors
/// [`BackupError::Exists`] when `to` is there; nothing is left behind by any error.
pub fn copy_verified(from: &Path, to: &Path) -> Result<Holding, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists {
            path: to.to_owned(),
        });
    }
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let made = copy(from, &unfinished).and_then(|()| verify(&unfinished));
    let named = made.and_then(|holding| {
        std::fs::rename(&unfinished, to).map_err(of_file(to))?;
        sync_folder_of(to)?;
        Ok(holding)
    });
    if named.is_err() {
        // What cannot be trusted is not left lying about; the error that led here is the one to tell.
        let _ = std::fs::remove_file(&unfinished);
    }
    named
}

fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let trouble = |error: rusqlite::Error| of_journal(from, error.into());
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, read_only).map_err(trouble)?;
    // A former run that was killed may have left one; its name is ours.
    if to.exists() {
        std::fs::remove_file(to).map_err(of_file(to))?;
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(of_file(to))?;
    let at_target = |error: rusqlite::Error| of_journal(to, error.into());
    let mut target = Connection::open_with_flags(
        to,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(at_target)?;
    {
        let backup = Backup::new(&source, &mut target).map_err(at_target)?;
        // All pages in one step: one read transaction, so the copy is of one moment, and a hub that
        // writes all the time neither waits for it nor makes it begin again.
        let mut tries = 0;
        while backup.step(-1).map_err(trouble)? != StepResult::Done {
            tries += 1;
            if tries == BUSY_TRIES {
                return Err(BackupError::Busy {
                    path: from.to_owned(),
                });
            }
            std::thread::sleep(BUSY_WAIT);
        }
    }
    target
        .pragma_update(None, "journal_mode", "DELETE")
        .map_err(at_target)?;
    target.close().map_err(|(_, error)| at_target(error))?;
    file.sync_all().map_err(of_file(to))
}

/// Looks at a journal without changing it: whole, of a schema this program knows, its promises kept.
///
/// # Errors
/// [`BackupError::NotAJournal`], [`BackupError::Broken`], or that a newer program wrote it.
pub fn verify(path: &Path) -> Result<Holding, BackupError> {
    // SQLite would take a missing or an empty file for an empty database.
    let bytes = std::fs::metadata(path).map_err(of_file(path))?.len();
    if bytes == 0 {
        return Err(BackupError::NotAJournal {
            path: path.to_owned(),
        });
    }
    let said = open_readers(path, 1)
        .and_then(|readers| readers.read(|snapshot| Ok((check(snapshot)?, holding(snapshot)?))));
    let (findings, holding) = said.map_err(|cause| of_journal(path, cause))?;
    if holding.schema == 0 {
        return Err(BackupError::NotAJournal {
            path: path.to_owned(),
        });
    }
    match findings.into_iter().next() {
        None => Ok(holding),
        Some(Finding { promise, detail }) => Err(BackupError::Broken {
            path: path.to_owned(),
            promise,
            detail,
        }),
    }
}

fn holding(snapshot: &Snapshot<'_>) -> Result<Holding, JournalError> {
    let schema = upgrade::version(snapshot.sql)?;
    if schema == 0 {
        return Ok(Holding {
            persons: 0,
            observations: 0,
            newest_frame_at: None,
            schema,
        });
    }
    let (persons, observations, newest): (i64, i64, Option<i64>) = snapshot.sql.query_row(
        "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM observation),
                (SELECT received_at_ms FROM frame ORDER BY id DESC LIMIT 1)",
        [],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    Ok(Holding {
        persons,
        observations,
        newest_frame_at: newest.and_then(|ms| Moment::from_millisecond(ms).ok()),
        schema,
    })
}

/// Puts the verified journal `fresh` in the place of `journal`, which must lie in the same folder and which
/// nobody may have open. What was there goes to `aside`, with what its log still held.
///
/// # Errors
/// The file system's; the old journal is then where it was, or at `aside` too.
pub fn put_in_place(fresh: &Path, journal: &Path, aside: &Path) -> Result<(), BackupError> {
    if journal.exists() {
        // Brings what the log holds into the file and takes the log away; a broken file may not allow it.
        if let Ok(old) = Connection::open(journal) {
            let _ = old.pragma_update(None, "wal_checkpoint", "TRUNCATE");
        }
        std::fs::hard_link(journal, aside).map_err(of_file(aside))?;
        let log = beside(journal, "-wal");
        if log.exists() {
            std::fs::rename(&log, beside(aside, "-wal")).map_err(of_file(&log))?;
        }
    }
    // The log of another file must never lie beside this one.
    for companion in [beside(journal, "-wal"), beside(journal, "-shm")] {
        if companion.exists() {
            std::fs::remove_file(&companion).map_err(of_file(&companion))?;
        }
    }
    std::fs::rename(fresh, journal).map_err(of_file(journal))?;
    sync_folder_of(journal)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn sync_folder_of(path: &Path) -> Result<(), BackupError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(of_file(folder))
}
