//! Work on one frame in a savepoint of its own, so that a bug met there costs that frame only.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::journal::{JournalError, Tx};

/// How the work on one frame ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done {
    Settled,
    /// It panicked, and what it wrote is undone.
    Panicked,
}

/// Why a savepoint is undone.
enum Undo {
    Panicked,
    Journal(JournalError),
}

impl From<JournalError> for Undo {
    fn from(error: JournalError) -> Self {
        Undo::Journal(error)
    }
}

/// Does the work on one frame in a savepoint of its own: a panic undoes that frame and no other.
pub(super) fn apart(
    tx: &Tx<'_>,
    work: impl FnOnce(&Tx<'_>) -> Result<(), JournalError>,
) -> Result<Done, JournalError> {
    let done = tx.savepoint(|tx| {
        catch_unwind(AssertUnwindSafe(|| work(tx)))
            .map_err(|_| Undo::Panicked)?
            .map_err(Undo::Journal)
    });
    match done {
        Ok(()) => Ok(Done::Settled),
        Err(Undo::Panicked) => Ok(Done::Panicked),
        Err(Undo::Journal(error)) => Err(error),
    }
}
