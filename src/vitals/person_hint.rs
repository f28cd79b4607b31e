//! What a message says about whom it measured. A hint is a claim's raw material, never a name.

/// The kind of number a device read or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HintKind {
    /// A membership or reader card.
    Card,
    /// A citizen number (18 characters, ISO 7064 MOD 11-2), or a foreign national number.
    NationalId,
    /// An account name or number of the sending system.
    Account,
}

impl HintKind {
    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            HintKind::Card => "card",
            HintKind::NationalId => "national_id",
            HintKind::Account => "account",
        }
    }

    /// The reverse of [`HintKind::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [HintKind::Card, HintKind::NationalId, HintKind::Account]
            .into_iter()
            .find(|k| k.word() == word)
    }
}

/// A hint as the hub keeps it: a keyed hash and the last four characters, never the number.
///
/// `hash` is lower-case hex of HMAC-SHA-256 over `"<kind>:<normalised number>"`, cut to 16 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonHint {
    pub kind: HintKind,
    pub hash: String,
    pub last_four: String,
}
