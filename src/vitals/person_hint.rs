//! What a message says about whom it measured. A hint is a claim's raw material, never a name.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

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

/// Why a text is no hint. Printed as a reason; the text itself never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum NoHint {
    /// Nothing but blanks.
    #[error("hint_empty")]
    Empty,
    /// Characters were replaced by stars, crosses or dots: it may fit many persons.
    #[error("hint_masked")]
    Masked,
    /// An 18-character national id whose last character does not follow from the others.
    #[error("hint_check_digit")]
    CheckDigit,
    /// Longer than 64 characters, or with control characters: not a number anybody carries.
    #[error("hint_malformed")]
    Malformed,
}

impl NoHint {
    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            NoHint::Empty => "hint_empty",
            NoHint::Masked => "hint_masked",
            NoHint::CheckDigit => "hint_check_digit",
            NoHint::Malformed => "hint_malformed",
        }
    }

    /// The reverse of [`NoHint::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [
            NoHint::Empty,
            NoHint::Masked,
            NoHint::CheckDigit,
            NoHint::Malformed,
        ]
        .into_iter()
        .find(|n| n.word() == word)
    }
}

/// The longest number accepted as a hint, in characters.
const LONGEST_HINT: usize = 64;

impl HintKind {
    /// The one spelling under which a number is hashed: trimmed; for cards and national ids in upper
    /// case and without the blanks and hyphens that readers put between groups.
    ///
    /// An 18-character national id must pass ISO 7064 MOD 11-2 (GB 11643-1999); other lengths are
    /// foreign numbers and are taken as they are.
    pub fn normalise(self, text: &str) -> Result<String, NoHint> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoHint::Empty);
        }
        if text.chars().count() > LONGEST_HINT || text.chars().any(char::is_control) {
            return Err(NoHint::Malformed);
        }
        let masked = |c: char| matches!(c, '*' | '＊' | '•' | '●' | '?' | '#');
        if text.chars().any(masked) {
            return Err(NoHint::Masked);
        }
        if self == HintKind::Account {
            return Ok(text.to_owned());
        }
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if plain.is_empty() {
            return Err(NoHint::Empty);
        }
        // "XXXX" hides digits; one X at the end of a citizen number is its check character.
        if plain.contains("XX") {
            return Err(NoHint::Masked);
        }
        if self == HintKind::NationalId && plain.chars().count() == 18 && !mod_11_2(&plain) {
            return Err(NoHint::CheckDigit);
        }
        Ok(plain)
    }
}

/// ISO 7064 MOD 11-2 over 17 digits and a check character 0-9 or X.
fn mod_11_2(number: &str) -> bool {
    let mut sum = 0u32;
    for (place, c) in number.chars().enumerate() {
        let value = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            'X' if place == 17 => 10,
            _ => return false,
        };
        // The weight of place i (0-based) is 2^(17-i) mod 11; the check character's is 1.
        sum += value * ((1u32 << (17 - place)) % 11);
    }
    sum % 11 == 1
}

/// A hint as the hub keeps it: a keyed hash and the last four characters, never the number.
///
/// `hash` is lower-case hex of HMAC-SHA-256 over `"<kind>:<normalised number>"`, cut to 16 bytes.
/// `last_four` holds fewer characters for numbers shorter than eight, so that it never tells the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonHint {
    pub kind: HintKind,
    pub hash: String,
    pub last_four: String,
}

/// The secret under which hints are hashed. One per hub; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct HintKey([u8; 32]);

impl HintKey {
    pub fn new(key: [u8; 32]) -> Self {
        HintKey(key)
    }

    /// Normalises `text` and hashes it. Enrolment and devices both come through here.
    pub fn hint(&self, kind: HintKind, text: &str) -> Result<PersonHint, NoHint> {
        let number = kind.normalise(text)?;
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(kind.word().as_bytes());
        mac.update(b":");
        mac.update(number.as_bytes());
        let hash = mac.finalize().into_bytes()[..16]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let length = number.chars().count();
        let shown = (length / 2).min(4);
        let last_four = number.chars().skip(length - shown).collect();
        Ok(PersonHint {
            kind,
            hash,
            last_four,
        })
    }
}

impl fmt::Debug for HintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HintKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citizen_numbers_are_checked() {
        // Invented numbers of a place code that does not exist; check characters worked out by hand.
        assert_eq!(
            HintKind::NationalId.normalise(" 99010119500101001x "),
            Err(NoHint::CheckDigit)
        );
        // The example of GB 11643-1999, annex.
        assert_eq!(
            HintKind::NationalId
                .normalise("11010519491231002x")
                .as_deref(),
            Ok("11010519491231002X")
        );
        assert_eq!(
            HintKind::NationalId.normalise("110105194912310021"),
            Err(NoHint::CheckDigit)
        );
        assert_eq!(
            HintKind::NationalId.normalise("1101051949X2310021"),
            Err(NoHint::CheckDigit)
        );
        assert_eq!(
            HintKind::NationalId.normalise("0012345678901").as_deref(),
            Ok("0012345678901")
        );
    }

    #[test]
    fn masked_and_empty_numbers_are_no_hint() {
        assert_eq!(
            HintKind::NationalId.normalise("110105********002X"),
            Err(NoHint::Masked)
        );
        assert_eq!(HintKind::Card.normalise("xxxx1234"), Err(NoHint::Masked));
        assert_eq!(HintKind::Card.normalise("  "), Err(NoHint::Empty));
        assert_eq!(HintKind::Card.normalise(" - "), Err(NoHint::Empty));
        assert_eq!(
            HintKind::Card.normalise("12\u{0}34"),
            Err(NoHint::Malformed)
        );
        assert!(HintKind::Card.normalise(&"1".repeat(64)).is_ok());
        assert_eq!(
            HintKind::Card.normalise(&"1".repeat(65)),
            Err(NoHint::Malformed)
        );
    }

    #[test]
    fn the_same_number_in_another_kind_is_another_hint() {
        let key = HintKey::new([7; 32]);
        let card = key.hint(HintKind::Card, "c-1001 ").unwrap();
        assert_eq!(card, key.hint(HintKind::Card, "C1001").unwrap());
        assert_eq!(card.last_four, "01");
        assert_eq!(card.hash.len(), 32);
        assert_ne!(
            card.hash,
            key.hint(HintKind::Account, "C1001").unwrap().hash
        );
        assert_ne!(
            card.hash,
            HintKey::new([8; 32])
                .hint(HintKind::Card, "C1001")
                .unwrap()
                .hash
        );
    }

    #[test]
    fn the_last_four_never_tell_the_whole_number() {
        let key = HintKey::new([7; 32]);
        for (number, shown) in [
            ("7", ""),
            ("42", "2"),
            ("1234567", "567"),
            ("12345678", "5678"),
        ] {
            assert_eq!(key.hint(HintKind::Card, number).unwrap().last_four, shown);
        }
    }
}
