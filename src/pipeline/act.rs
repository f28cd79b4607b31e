//! Who acts, and the one place where an act reaches everything that hangs on a record.

use crate::journal::{JournalError, Scope, Tx};
use crate::vitals::Moment;

/// Who acts, and how far that person may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// As in the audit log: `account:3`.
    pub actor: String,
    pub scope: Scope,
}

/// A person's record reads differently from `from` on: everything that was derived from it is derived again.
///
/// Sessions and means are computed from the readings whenever somebody asks, so they follow by themselves;
/// followers (open pages) hear of it through the row written here. Flags and their messages, once they are
/// stored, are brought up to date in this function, in the same transaction.
pub(super) fn read_again(
    tx: &Tx<'_>,
    person: i64,
    from: Moment,
    why: &str,
    now: Moment,
) -> Result<(), JournalError> {
    tx.note_record_change(person, from, why, now)
}
