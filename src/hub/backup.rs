//! `backup` and `restore`: the journal as one file, and what it is worth nothing without.

use std::path::{Path, PathBuf};

use super::{Folder, HubError, Keys};
use crate::config::Checked;
use crate::journal::backup::{self, BackupError, Holding};
use crate::journal::{Journal, JournalError, open_readers};
use crate::vitals::{Clock, Moment, SystemClock};

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    pub path: PathBuf,
    pub holding: Holding,
    /// The key files that are not in it.
    pub keys: [PathBuf; 2],
}

/// A backup that is the journal again.
#[derive(Debug)]
pub struct Restored {
    pub journal: PathBuf,
    pub holding: Holding,
    /// Where the journal that was there lies now.
    pub aside: Option<PathBuf>,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "{path} holds a journal already; to put the backup in its place, say --overwrite (the old one is kept beside it)"
    )]
    Occupied { path: PathBuf },
    #[error("{path} is the journal itself; name the file that `backup` made")]
    Itself { path: PathBuf },
}

/// Copies the journal of these settings, also while its hub runs. `to` is a new file, or a folder in which
/// a file named by the moment is made.
///
/// # Errors
/// [`BackupError`]; nothing is left at `to` then.
pub fn back_up(checked: &Checked, to: &Path, now: Moment) -> Result<Made, BackupError> {
    let folder = &checked.config.journal.folder;
    let path = if to.is_dir() {
        to.join(format!("eldercare-hub-{}.sqlite", stamp(now)))
    } else {
        to.to_owned()
    };
    let holding = backup::copy_verified(&folder.join("journal.sqlite"), &path)?;
    Ok(Made {
        path,
        holding,
        keys: Keys::NAMES.map(|name| folder.join(name)),
    })
}

/// Puts a backup in the place of the journal of these settings; its hub must be stopped.
///
/// Everybody who was signed in is signed out: a sign-in that was ended since the backup must not come back.
///
/// # Errors
/// Before anything is changed: the hub runs, a journal is there and `overwrite` was not said, the backup is
/// broken or of a newer program, the key files are missing or belong to another journal.
pub fn restore(checked: &Checked, from: &Path, overwrite: bool) -> Result<Restored, RestoreError> {
    let folder = Folder::take(&checked.config.journal.folder)?;
    let journal = folder.path.join("journal.sqlite");
    if same_file(from, &journal) {
        return Err(RestoreError::Itself { path: journal });
    }
    if journal.exists() && !overwrite {
        return Err(RestoreError::Occupied { path: journal });
    }
    let holding = backup::verify(from)?;
    let keys = Keys::existing(&folder.path)?;
    let readers = open_readers(from, 1)?;
    keys.fit_copy(|fact| readers.read(|snapshot| snapshot.fact(fact)))?;
    drop(readers);
    let now = SystemClock.now();
    let fresh = folder.path.join("journal.restored.sqlite");
    remove_leftover(&fresh)?;
    backup::copy_verified(from, &fresh)?;
    let aside = folder
        .path
        .join(format!("journal.replaced-{}.sqlite", stamp(now)));
    let replaced = journal.exists().then(|| aside.clone());
    backup::put_in_place(&fresh, &journal, &aside)?;
    let mut opened = Journal::open(&folder.path, 1)?;
    keys.fit(&mut opened.writer)?;
    opened.writer.transaction(|tx| {
        tx.end_all_sessions()?;
        tx.audit(now, "command-line", "journal.restore", "journal")
    })?;
    Ok(Restored {
        journal,
        holding,
        aside: replaced,
    })
}

fn remove_leftover(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(BackupError::File {
            path: path.to_owned(),
            cause,
        }),
        _ => Ok(()),
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// A moment as part of a file name, UTC.
fn stamp(now: Moment) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// `backup`: makes one, and says what is in it and what is not.
pub fn tell_backup(checked: &Checked, to: &Path) -> Result<(), BackupError> {
    let made = back_up(checked, to, SystemClock.now())?;
    println!("{}: {}", made.path.display(), said(&made.holding));
    let [hint, seal] = made.keys;
    println!(
        "not in it: {} and {}. Without them it cannot be restored: keep a copy of both, once, at another place",
        hint.display(),
        seal.display()
    );
    Ok(())
}

/// `restore`: puts one in the journal's place, and says what came of it.
pub fn tell_restore(checked: &Checked, from: &Path, overwrite: bool) -> Result<(), RestoreError> {
    let restored = restore(checked, from, overwrite)?;
    println!(
        "{}: {}",
        restored.journal.display(),
        said(&restored.holding)
    );
    println!("what was kept after that moment is not in it; everybody is signed out");
    if let Some(aside) = restored.aside {
        println!("the journal that was there: {}", aside.display());
    }
    Ok(())
}

/// What a journal holds, for the person at the command line.
fn said(holding: &Holding) -> String {
    let until = match holding.newest_frame_at {
        Some(at) => format!("everything received until {at}"),
        None => "nothing received yet".to_owned(),
    };
    let verified = if holding.is_of_this_program() {
        "verified: whole, and every promise holds"
    } else {
        "verified: whole; an older program wrote it, so its promises were not looked at"
    };
    format!(
        "{} persons, {} readings, {until}; {verified}",
        holding.persons, holding.observations
    )
}
