//! Card numbers as readers give them: every format, its length and its check digits.
//!
//! A keyboard-wedge reader shows the chip's number in the form its model was built for, and some models
//! show only the lower part of it. So a chip is known under several spellings, each the raw bytes in
//! hexadecimal, widest first: enrolment keeps a hash of all of them, a swipe is looked up under its own
//! width first. All of them name the same card; two persons under one spelling is nobody.

use crate::vitals::{HintKind, NoHint};

/// How a reader writes a chip's number. Stored with the station and with the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum ReaderType {
    /// The text is the number: membership cards, and readers nobody has looked at.
    #[default]
    AsTyped,
    /// Ten hexadecimal digits: five bytes.
    Hex10,
    /// Ten decimal digits: the lower four bytes.
    Decimal10,
    /// Eight decimal digits: the lower three bytes.
    Decimal8,
    /// `111,27706`: one byte and two bytes, decimal.
    Facility,
    /// Five and five decimal digits: two bytes and two bytes.
    FiveFive,
}

impl ReaderType {
    pub const ALL: [ReaderType; 6] = [
        ReaderType::AsTyped,
        ReaderType::Hex10,
        ReaderType::Decimal10,
        ReaderType::Decimal8,
        ReaderType::Facility,
        ReaderType::FiveFive,
    ];

    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            ReaderType::AsTyped => "as_typed",
            ReaderType::Hex10 => "hex_10",
            ReaderType::Decimal10 => "decimal_10",
            ReaderType::Decimal8 => "decimal_8",
            ReaderType::Facility => "facility",
            ReaderType::FiveFive => "five_five",
        }
    }

    /// The reverse of [`ReaderType::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        ReaderType::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// Why a text is no card's number. The text itself is never printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadCard {
    #[error("nothing was read; hold the card to the reader again")]
    Empty,
    #[error(
        "{found} characters where this reader gives {expected}; choose the reader's type again"
    )]
    Length { expected: usize, found: usize },
    #[error("a character that this reader's numbers never have; read the card again")]
    Character,
    #[error("larger than this reader's numbers can be; choose the reader's type again")]
    Range,
    #[error("the check digits do not follow from the others; read the card again")]
    CheckDigit,
    #[error("a masked number fits many persons; use the whole number")]
    Masked,
}

impl BadCard {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            BadCard::Empty => "card_empty",
            BadCard::Length { .. } => "card_length",
            BadCard::Character => "card_character",
            BadCard::Range => "card_range",
            BadCard::CheckDigit => "card_check_digit",
            BadCard::Masked => "card_masked",
        }
    }
}

/// A card's number in the spellings under which it is hashed, widest first. Never stored, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber {
    pub kind: HintKind,
    /// Never empty; the first is the reader's own width.
    pub spellings: Vec<String>,
}

impl std::fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardNumber(..)")
    }
}

impl CardNumber {
    fn one(kind: HintKind, number: String) -> Self {
        CardNumber {
            kind,
            spellings: vec![number],
        }
    }

    /// The raw bytes of a chip, and their lower four and three.
    fn chip(bytes: u64, width: usize) -> Self {
        let spellings = [5, 4, 3]
            .into_iter()
            .filter(|w| *w <= width)
            .map(|w| {
                let part = bytes & ((1u64 << (8 * w)) - 1);
                format!("CHIP{part:0digits$X}", digits = 2 * w)
            })
            .collect();
        CardNumber {
            kind: HintKind::Card,
            spellings,
        }
    }
}

/// Digits of the hub's own cards: `7101`, 14 of chance, 2 check digits. Digits only, because an input
/// method editor swallows a wedge reader's letters; no other format has twenty.
pub const QR_DIGITS: usize = 20;
const QR_BEGIN: &str = "7101";
/// Length of a citizen number (GB 11643-1999).
const CITIZEN: usize = 18;
/// The shortest and the longest number taken as typed.
const AS_TYPED: std::ops::RangeInclusive<usize> = 4..=32;

/// Reads what a reader (or a person at the keys) gave.
///
/// The hub's own cards and citizen numbers are known by their length and their check, whatever the reader;
/// everything else is read as this reader's type writes it.
///
/// # Errors
/// [`BadCard`], without the number.
pub fn read(text: &str, reader: ReaderType) -> Result<CardNumber, BadCard> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadCard::Empty);
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && text.len() == QR_DIGITS {
        return if text.starts_with(QR_BEGIN) && mod_97(text) == 1 {
            Ok(CardNumber::one(HintKind::Card, text.to_owned()))
        } else {
            Err(BadCard::CheckDigit)
        };
    }
    let citizen = text.len() == CITIZEN
        && text.bytes().take(CITIZEN - 1).all(|b| b.is_ascii_digit())
        && matches!(text.as_bytes()[CITIZEN - 1], b'0'..=b'9' | b'x' | b'X');
    if citizen {
        return match HintKind::NationalId.normalise(text) {
            Ok(number) => Ok(CardNumber::one(HintKind::NationalId, number)),
            Err(_) => Err(BadCard::CheckDigit),
        };
    }
    match reader {
        ReaderType::AsTyped => as_typed(text),
        ReaderType::Hex10 => {
            length(text, 10)?;
            let bytes = u64::from_str_radix(text, 16).map_err(|_| BadCard::Character)?;
            Ok(CardNumber::chip(bytes, 5))
        }
        ReaderType::Decimal10 => {
            length(text, 10)?;
            Ok(CardNumber::chip(number(text, u64::from(u32::MAX))?, 4))
        }
        ReaderType::Decimal8 => {
            length(text, 8)?;
            Ok(CardNumber::chip(number(text, 0xFF_FFFF)?, 3))
        }
        ReaderType::Facility => {
            length(text, 9)?;
            let (high, low) = text.split_once(',').ok_or(BadCard::Character)?;
            if high.len() != 3 {
                return Err(BadCard::Character);
            }
            let bytes = (number(high, 0xFF)? << 16) | number(low, 0xFFFF)?;
            Ok(CardNumber::chip(bytes, 3))
        }
        ReaderType::FiveFive => {
            let plain: String = text
                .chars()
                .filter(|c| !matches!(c, ',' | ' ' | '-'))
                .collect();
            length(&plain, 10)?;
            let (high, low) = plain.split_at_checked(5).ok_or(BadCard::Character)?;
            let bytes = (number(high, 0xFFFF)? << 16) | number(low, 0xFFFF)?;
            Ok(CardNumber::chip(bytes, 4))
        }
    }
}

fn as_typed(text: &str) -> Result<CardNumber, BadCard> {
    let number = HintKind::Card.normalise(text).map_err(|no| match no {
        NoHint::Empty => BadCard::Empty,
        NoHint::Masked => BadCard::Masked,
        NoHint::CheckDigit => BadCard::CheckDigit,
        NoHint::Malformed => BadCard::Character,
    })?;
    if !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(BadCard::Character);
    }
    if !AS_TYPED.contains(&number.len()) {
        let expected = if number.len() < *AS_TYPED.start() {
            *AS_TYPED.start()
        } else {
            *AS_TYPED.end()
        };
        return Err(BadCard::Length {
            expected,
            found: number.len(),
        });
    }
    Ok(CardNumber::one(HintKind::Card, number))
}

fn length(text: &str, expected: usize) -> Result<(), BadCard> {
    let found = text.chars().count();
    if found == expected {
        Ok(())
    } else {
        Err(BadCard::Length { expected, found })
    }
}

fn number(text: &str, most: u64) -> Result<u64, BadCard> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadCard::Character);
    }
    let value: u64 = text.parse().map_err(|_| BadCard::Range)?;
    if value > most {
        return Err(BadCard::Range);
    }
    Ok(value)
}

/// A new number for one of the hub's own cards. `random` is the caller's chance; its last 14 digits count.
pub fn qr_number(random: u64) -> String {
    let begin = format!("{QR_BEGIN}{:014}", random % 100_000_000_000_000);
    // ISO 7064 MOD 97-10: the check digits make the whole number leave 1.
    let check = 98 - mod_97(&format!("{begin}00"));
    format!("{begin}{check:02}")
}

/// The remainder of a number of any length by 97. Only digits are given to it.
fn mod_97(digits: &str) -> u32 {
    digits.bytes().fold(0, |rest, b| {
        (rest * 10 + u32::from(b.saturating_sub(b'0'))) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The chip 01 6F 6C 3A 2B as each model of reader writes it.
    #[rstest]
    #[case("016F6C3A2B", ReaderType::Hex10, &["CHIP016F6C3A2B", "CHIP6F6C3A2B", "CHIP6C3A2B"])]
    #[case("016f6c3a2b", ReaderType::Hex10, &["CHIP016F6C3A2B", "CHIP6F6C3A2B", "CHIP6C3A2B"])]
    #[case("1869363755", ReaderType::Decimal10, &["CHIP6F6C3A2B", "CHIP6C3A2B"])]
    #[case("07092779", ReaderType::Decimal8, &["CHIP6C3A2B"])]
    #[case("108,14891", ReaderType::Facility, &["CHIP6C3A2B"])]
    #[case("2852414891", ReaderType::FiveFive, &["CHIP6F6C3A2B", "CHIP6C3A2B"])]
    #[case("28524,14891", ReaderType::FiveFive, &["CHIP6F6C3A2B", "CHIP6C3A2B"])]
    #[case("28524 14891", ReaderType::FiveFive, &["CHIP6F6C3A2B", "CHIP6C3A2B"])]
    #[case("9900000001", ReaderType::AsTyped, &["9900000001"])]
    #[case(" c-1001 ", ReaderType::AsTyped, &["C1001"])]
    #[case("111,27706", ReaderType::Facility, &["CHIP6F6C3A"])]
    #[case("255,65535", ReaderType::Facility, &["CHIPFFFFFF"])]
    #[case("4294967295", ReaderType::Decimal10, &["CHIPFFFFFFFF", "CHIPFFFFFF"])]
    #[case("16777215", ReaderType::Decimal8, &["CHIPFFFFFF"])]
    fn each_format(#[case] text: &str, #[case] reader: ReaderType, #[case] spellings: &[&str]) {
        let card = read(text, reader).unwrap();
        assert_eq!(card.kind, HintKind::Card);
        assert_eq!(card.spellings, spellings);
    }

    #[rstest]
    #[case("", ReaderType::AsTyped, BadCard::Empty)]
    #[case("  ", ReaderType::Hex10, BadCard::Empty)]
    #[case("016F6C3A2", ReaderType::Hex10, BadCard::Length { expected: 10, found: 9 })]
    #[case("016F6C3A2BC", ReaderType::Hex10, BadCard::Length { expected: 10, found: 11 })]
    #[case("016F6C3A2G", ReaderType::Hex10, BadCard::Character)]
    #[case("4294967296", ReaderType::Decimal10, BadCard::Range)]
    #[case("429496729", ReaderType::Decimal10, BadCard::Length { expected: 10, found: 9 })]
    #[case("42949672A5", ReaderType::Decimal10, BadCard::Character)]
    #[case("16777216", ReaderType::Decimal8, BadCard::Range)]
    #[case("1677721", ReaderType::Decimal8, BadCard::Length { expected: 8, found: 7 })]
    #[case("256,00001", ReaderType::Facility, BadCard::Range)]
    #[case("255,65536", ReaderType::Facility, BadCard::Range)]
    #[case("11127,706", ReaderType::Facility, BadCard::Character)]
    #[case("111277061", ReaderType::Facility, BadCard::Character)]
    #[case("6553600001", ReaderType::FiveFive, BadCard::Range)]
    #[case("0000165536", ReaderType::FiveFive, BadCard::Range)]
    #[case("123", ReaderType::AsTyped, BadCard::Length { expected: 4, found: 3 })]
    #[case("123456789012345678901234567890123", ReaderType::AsTyped, BadCard::Length { expected: 32, found: 33 })]
    #[case("12;34", ReaderType::AsTyped, BadCard::Character)]
    #[case("赵一二三", ReaderType::AsTyped, BadCard::Character)]
    #[case("1234****", ReaderType::AsTyped, BadCard::Masked)]
    #[case("71010000000000000000", ReaderType::AsTyped, BadCard::CheckDigit)]
    #[case("81010000000000000000", ReaderType::AsTyped, BadCard::CheckDigit)]
    #[case("110105194912310021", ReaderType::AsTyped, BadCard::CheckDigit)]
    fn each_bad_card(#[case] text: &str, #[case] reader: ReaderType, #[case] why: BadCard) {
        assert_eq!(read(text, reader), Err(why));
    }

    /// The example of GB 11643-1999, annex; any reader may give it, with either case of the x.
    #[test]
    fn a_citizen_number_is_known_by_its_check() {
        for reader in ReaderType::ALL {
            let card = read("11010519491231002x", reader).unwrap();
            assert_eq!(card.kind, HintKind::NationalId);
            assert_eq!(card.spellings, ["11010519491231002X"]);
        }
    }

    #[test]
    fn the_hubs_own_cards_carry_their_check() {
        for random in [0, 1, 42, 99_999_999_999_999, 100_000_000_000_000, u64::MAX] {
            let number = qr_number(random);
            assert_eq!(number.len(), QR_DIGITS);
            for reader in ReaderType::ALL {
                assert_eq!(read(&number, reader).unwrap().spellings, [number.clone()]);
            }
            // Any one digit misread is found.
            for at in 0..QR_DIGITS {
                let mut other = number.clone().into_bytes();
                other[at] = b'0' + (other[at] - b'0' + 1) % 10;
                let other = String::from_utf8(other).unwrap();
                assert_eq!(read(&other, ReaderType::AsTyped), Err(BadCard::CheckDigit));
            }
        }
        assert_eq!(qr_number(0), "71010000000000000022");
    }

    #[test]
    fn a_card_is_never_printed() {
        let card = read("9900000001", ReaderType::AsTyped).unwrap();
        assert_eq!(format!("{card:?}"), "CardNumber(..)");
    }
}
