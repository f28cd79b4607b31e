//! Who is signed in, and what that opens.

/// What a page or an act asks of its visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Anyone, signed in or not: the sign-in page, its files, `/healthz`.
    Nothing,
    /// Anyone who is signed in.
    SignedIn,
    /// Persons and what was measured.
    Health,
    /// How the hub runs; no health data.
    Operation,
    /// Like [`Need::Operation`], or a collector with the metrics token.
    Metrics,
}

/// What an account is for. Stored in the journal by [`Role::word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sees and does everything.
    Admin,
}

impl Role {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Role::Admin => "admin",
        }
    }

    /// The reverse of [`Role::word`]. A word this program does not know opens nothing.
    pub fn from_word(word: &str) -> Option<Self> {
        (word == Role::Admin.word()).then_some(Role::Admin)
    }
}

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    pub account: i64,
    pub login: String,
    pub role: Role,
}

impl Visitor {
    /// Whether this visitor may go where `need` is asked for.
    pub fn may(&self, need: Need) -> bool {
        match (self.role, need) {
            (Role::Admin, _) => true,
        }
    }

    /// The name of this visitor in the audit log.
    pub fn actor(&self) -> String {
        format!("account:{}", self.account)
    }
}
