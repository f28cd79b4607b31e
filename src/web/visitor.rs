//! Who is signed in, and what that opens.

use crate::journal::Scope;

/// What a page or an act asks of its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Anyone, signed in or not: the sign-in page, its files, `/healthz`.
    Nothing,
    /// The screen of a station, let in by its token: its own chair, and nothing else.
    Seat,
    /// Anyone who is signed in.
    SignedIn,
    /// Persons and what was measured, as far as the visitor's scope goes.
    Health,
    /// What a doctor decides for a person (her targets), within the same scope.
    Clinic,
    /// How the hub runs; no health data.
    Operation,
    /// Like [`Need::Operation`], or a collector with the metrics token.
    Metrics,
}

/// What an account is for. Stored as [`Role::word`], and for staff with their centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A small place where one person does everything: all of the other roles at once. A township with
    /// people enough gives it to nobody; accounts are set on the command line, not by a role.
    Admin,
    /// Runs the hub: sees devices, doors and what was not understood, never a person or a value.
    Operator,
    /// Sees and acts for every centre of the township.
    Doctor,
    /// Sees and acts for one centre.
    Staff { centre: i64 },
}

impl Role {
    /// The stored words.
    pub const WORDS: [&'static str; 4] = ["admin", "operator", "doctor", "staff"];

    /// The role of an account as stored. A word this program does not know opens nothing, and neither do
    /// staff without a centre.
    pub fn of(word: &str, centre: Option<i64>) -> Option<Self> {
        match (word, centre) {
            ("admin", None) => Some(Role::Admin),
            ("operator", None) => Some(Role::Operator),
            ("doctor", None) => Some(Role::Doctor),
            ("staff", Some(centre)) => Some(Role::Staff { centre }),
            _ => None,
        }
    }
}

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    pub account: i64,
    pub login: String,
    /// Whose account it is; empty when nobody wrote it.
    pub name: String,
    pub role: Role,
}

impl Visitor {
    /// Whether this visitor may go where `need` is asked for.
    pub fn may(&self, need: Need) -> bool {
        match (self.role, need) {
            // A person is no screen, whoever she is.
            (_, Need::Seat) => false,
            (Role::Admin, _) | (_, Need::Nothing | Need::SignedIn) => true,
            (Role::Operator, Need::Operation | Need::Metrics) => true,
            (Role::Operator, Need::Health | Need::Clinic) => false,
            (Role::Doctor | Role::Staff { .. }, Need::Health) => true,
            (Role::Doctor, Need::Clinic) => true,
            (Role::Staff { .. }, Need::Clinic) => false,
            (Role::Doctor | Role::Staff { .. }, Need::Operation | Need::Metrics) => false,
        }
    }

    /// Whose health this visitor may see; none at all for those who only run the hub.
    pub fn scope(&self) -> Option<Scope> {
        match self.role {
            Role::Admin | Role::Doctor => Some(Scope::Township),
            Role::Staff { centre } => Some(Scope::Centre(centre)),
            Role::Operator => None,
        }
    }

    /// The name of this visitor in the audit log.
    pub fn actor(&self) -> String {
        format!("account:{}", self.account)
    }

    /// What other people call her: her name, or her login while nobody wrote one.
    pub fn called(&self) -> &str {
        if self.name.is_empty() {
            &self.login
        } else {
            &self.name
        }
    }
}
