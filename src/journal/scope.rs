//! Whose health a reader may see: every query about persons starts from a scope, and carries it.

use super::read::Snapshot;

/// The persons (and the unclaimed readings) that somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All centres: doctors of the township clinic.
    Township,
    /// One centre: its staff, its seats.
    Centre(i64),
}

impl Scope {
    /// The only centre that may be seen, as a parameter: `?1 IS NULL OR centre_id = ?1`.
    pub fn only(self) -> Option<i64> {
        match self {
            Scope::Township => None,
            Scope::Centre(id) => Some(id),
        }
    }

    /// Whether this centre lies in it.
    pub fn holds(self, centre_id: i64) -> bool {
        self.only().is_none_or(|only| only == centre_id)
    }
}

/// One consistent picture of the journal, cut to a scope. Persons and what was measured are asked for
/// here and nowhere else, so that no page has to remember the limit.
pub struct Seen<'conn> {
    pub(super) journal: &'conn Snapshot<'conn>,
    pub(super) scope: Scope,
}

impl<'conn> Seen<'conn> {
    /// The same picture cut to one centre, if the scope holds it.
    pub fn within(&self, centre_id: i64) -> Option<Seen<'conn>> {
        self.scope.holds(centre_id).then_some(Seen {
            journal: self.journal,
            scope: Scope::Centre(centre_id),
        })
    }

    /// What the person behind an actor of the audit log is called; the actor itself when it is no account.
    pub fn called(&self, actor: &str) -> Result<String, super::write::JournalError> {
        self.journal.called(actor)
    }
}

impl Snapshot<'_> {
    /// This picture as far as `scope` goes.
    pub fn seen(&self, scope: Scope) -> Seen<'_> {
        Seen {
            journal: self,
            scope,
        }
    }
}
