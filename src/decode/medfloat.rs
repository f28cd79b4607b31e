//! The medical number formats SFLOAT (16 bits) and FLOAT (32 bits), as exact decimals.
//!
//! Source: IEEE 11073-20601, "SFLOAT-Type" and "FLOAT-Type"; GATT Specification Supplement,
//! `medfloat16` and `medfloat32`. Both parts are two's complement: a four-bit (eight-bit) exponent of ten
//! above a twelve-bit (24-bit) mantissa.
//!
//! Five words are no number. They are special only as the *whole* word, that is with exponent 0. A word
//! whose mantissa alone looks special (0xF7FF, 204.7) is kept apart as [`Medfloat::Ambiguous`]: some
//! makers mean the special, some the number, and a guess would be a wrong pressure.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// mantissa x 10^exponent, not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Exact {
    pub mantissa: i32,
    pub exponent: i8,
}

impl Exact {
    /// The same number as a [`Decimal`]. Every SFLOAT has one; a FLOAT beyond what `Decimal` holds
    /// without rounding has none.
    pub fn to_decimal(self) -> Option<Decimal> {
        let Exact { mantissa, exponent } = self.shortest();
        let mantissa = i128::from(mantissa);
        if exponent < 0 {
            return Decimal::try_from_i128_with_scale(mantissa, u32::from(exponent.unsigned_abs()))
                .ok();
        }
        let factor = 10i128.checked_pow(u32::from(exponent.unsigned_abs()))?;
        Decimal::try_from_i128_with_scale(mantissa.checked_mul(factor)?, 0).ok()
    }

    /// Equal value without trailing zeros in the mantissa, as far as the exponent allows.
    fn shortest(self) -> Self {
        if self.mantissa == 0 {
            return Exact {
                mantissa: 0,
                exponent: 0,
            };
        }
        let mut short = self;
        while short.mantissa % 10 == 0 && short.exponent < i8::MAX {
            short.mantissa /= 10;
            short.exponent += 1;
        }
        short
    }
}

/// Plain digits: no exponent, no trailing zeros, no minus before zero. At most 136 characters.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exact { mantissa, exponent } = self.shortest();
        let digits = mantissa.unsigned_abs().to_string();
        if mantissa < 0 {
            f.write_str("-")?;
        }
        let places = usize::from(exponent.unsigned_abs());
        if exponent >= 0 {
            return write!(f, "{digits}{}", "0".repeat(places));
        }
        match digits.len().checked_sub(places) {
            Some(whole) if whole > 0 => write!(f, "{}.{}", &digits[..whole], &digits[whole..]),
            _ => write!(f, "0.{}{digits}", "0".repeat(places - digits.len())),
        }
    }
}

/// What a medical float word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medfloat {
    Number(Exact),
    /// A number whose mantissa alone is that of a special word: not to be trusted either way.
    Ambiguous(Exact),
    /// Measured, no value.
    NaN,
    /// Not at this resolution.
    NRes,
    /// Above the range.
    PlusInf,
    /// Below the range.
    MinusInf,
    /// Reserved for future use.
    Reserved,
}

impl Medfloat {
    /// Decodes the 16-bit form.
    pub fn sfloat(word: u16) -> Self {
        // An arithmetic shift of the word moved to the top keeps the sign of either part.
        let mantissa = i32::from(((word << 4) as i16) >> 4);
        let exponent = (word as i16 >> 12) as i8;
        Self::from_parts(Exact { mantissa, exponent }, 0x7FF)
    }

    /// Decodes the 32-bit form.
    pub fn float(word: u32) -> Self {
        let mantissa = ((word << 8) as i32) >> 8;
        let exponent = (word >> 24) as u8 as i8;
        Self::from_parts(Exact { mantissa, exponent }, 0x7F_FFFF)
    }

    /// `top` is the greatest mantissa: NaN. The four others lie at the ends of the range around it.
    fn from_parts(number: Exact, top: i32) -> Self {
        let special = match number.mantissa {
            m if m == top => Medfloat::NaN,
            m if m == top - 1 => Medfloat::PlusInf,
            m if m == -top - 1 => Medfloat::NRes,
            m if m == -top => Medfloat::Reserved,
            m if m == -top + 1 => Medfloat::MinusInf,
            _ => return Medfloat::Number(number),
        };
        if number.exponent == 0 {
            special
        } else {
            Medfloat::Ambiguous(number)
        }
    }

    /// The number, trusted or not; none for the five specials.
    pub fn number(self) -> Option<Exact> {
        match self {
            Medfloat::Number(exact) | Medfloat::Ambiguous(exact) => Some(exact),
            _ => None,
        }
    }

    /// [`Exact::to_decimal`] of [`Medfloat::number`].
    pub fn to_decimal(self) -> Option<Decimal> {
        self.number().and_then(Exact::to_decimal)
    }

    pub fn is_ambiguous(self) -> bool {
        matches!(self, Medfloat::Ambiguous(_))
    }
}

/// The number in plain digits, or `NaN`, `NRes`, `+INF`, `-INF`, `reserved`.
impl fmt::Display for Medfloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Medfloat::Number(exact) | Medfloat::Ambiguous(exact) => exact.fmt(f),
            Medfloat::NaN => f.write_str("NaN"),
            Medfloat::NRes => f.write_str("NRes"),
            Medfloat::PlusInf => f.write_str("+INF"),
            Medfloat::MinusInf => f.write_str("-INF"),
            Medfloat::Reserved => f.write_str("reserved"),
        }
    }
}

/// As its text: a JSON number would lose exactness in most readers.
impl Serialize for Medfloat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(word: u16) -> String {
        Medfloat::sfloat(word).to_string()
    }

    #[test]
    fn the_published_vectors() {
        // HL7 Personal Health Device implementation guide, SFLOAT examples.
        for (word, expected) in [
            (0x00C8, "200"),
            (0xF014, "2"),
            (0xE0C8, "2"),
            (0x1002, "20"),
            (0x2002, "200"),
            (0x04D2, "1234"),
            (0x0B2E, "-1234"),
        ] {
            assert_eq!(text(word), expected, "{word:#06x}");
        }
    }

    #[test]
    fn numbers_are_plain_digits() {
        for (word, expected) in [
            (0x0000, "0"),
            (0x0078, "120"),
            (0xF000, "0"),
            (0x8000, "0"),
            (0xB06C, "0.00108"),
            (0xF4E2, "125"),
            (0xF4E1, "124.9"),
            (0x8001, "0.00000001"),
            (0x87FD, "0.00002045"),
            (0x7001, "10000000"),
            (0x77FD, "20450000000"),
            (0x7803, "-20450000000"),
            // Sent by real meters: a number, not a special.
            (0xFFFF, "-0.1"),
        ] {
            assert_eq!(text(word), expected, "{word:#06x}");
        }
    }

    #[test]
    fn five_whole_words_are_special_and_their_neighbours_are_not() {
        for (word, expected) in [
            (0x07FD, "2045"),
            (0x07FE, "+INF"),
            (0x07FF, "NaN"),
            (0x0800, "NRes"),
            (0x0801, "reserved"),
            (0x0802, "-INF"),
            (0x0803, "-2045"),
        ] {
            assert_eq!(text(word), expected, "{word:#06x}");
        }
    }

    #[test]
    fn a_special_mantissa_with_an_exponent_is_a_number_kept_apart() {
        for (word, expected) in [
            (0xF7FF, "204.7"),
            (0xF7FE, "204.6"),
            (0x1800, "-20480"),
            (0xF801, "-204.7"),
            (0xE802, "-20.46"),
        ] {
            assert!(Medfloat::sfloat(word).is_ambiguous(), "{word:#06x}");
            assert_eq!(text(word), expected, "{word:#06x}");
        }
        assert!(!Medfloat::sfloat(0xF7FD).is_ambiguous());
        assert!(!Medfloat::sfloat(0xF803).is_ambiguous());
    }

    #[test]
    fn the_wide_form() {
        for (word, expected) in [
            (0xFF00_0170_u32, "36.8"),
            (0x0000_0078, "120"),
            (0x007F_FFFF, "NaN"),
            (0x0080_0000, "NRes"),
            (0x007F_FFFE, "+INF"),
            (0x0080_0002, "-INF"),
            (0x0080_0001, "reserved"),
            (0xFFFF_FFFF, "-0.1"),
        ] {
            assert_eq!(Medfloat::float(word).to_string(), expected, "{word:#010x}");
        }
        assert!(Medfloat::float(0xFF7F_FFFF).is_ambiguous());
        assert_eq!(Medfloat::float(0x7F00_0001).to_decimal(), None);
        assert!(Medfloat::float(0x7F00_0001).to_string().len() < 137);
    }

    #[test]
    fn every_sfloat_word_equals_mantissa_times_power_of_ten() {
        for word in 0..=u16::MAX {
            let Some(exact) = Medfloat::sfloat(word).number() else {
                continue;
            };
            // Read the two parts in another way than the decoder does.
            let raw = i64::from(word & 0x0FFF);
            let mantissa = if raw < 2048 { raw } else { raw - 4096 };
            let raw_exponent = i32::from(word >> 12);
            let exponent = if raw_exponent < 8 {
                raw_exponent
            } else {
                raw_exponent - 16
            };
            assert_eq!(i64::from(exact.mantissa), mantissa);
            assert_eq!(i32::from(exact.exponent), exponent);
            let decimal = exact.to_decimal().expect("fits");
            let shifted = if exponent < 0 {
                decimal * Decimal::from(10i64.pow(exponent.unsigned_abs()))
            } else {
                decimal / Decimal::from(10i64.pow(exponent.unsigned_abs()))
            };
            assert_eq!(shifted, Decimal::from(mantissa), "{word:#06x}");
            assert_eq!(
                exact.to_string(),
                decimal.normalize().to_string(),
                "{word:#06x}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_wide_word_panics_or_grows(word: u32) {
            let value = Medfloat::float(word);
            prop_assert!(value.to_string().len() <= 136);
            if let Some(decimal) = value.to_decimal() {
                prop_assert_eq!(value.to_string(), decimal.normalize().to_string());
            }
        }
    }
}
