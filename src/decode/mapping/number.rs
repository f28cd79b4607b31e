//! Exact decimals out of JSON numbers and texts.

use rust_decimal::Decimal;

use super::outcome::Fault;

/// The longest number looked at, in characters: no device sends more.
const LONGEST: usize = 64;

/// A decimal in ASCII digits, with or without sign, fraction and exponent. Leading zeros are taken, as
/// devices pad. Nothing is rounded: what an exact decimal (28 digits) cannot hold is out of range.
pub(super) fn decimal(text: &str) -> Result<Decimal, Fault> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let exponent_digits = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    if !digits(whole) || !fraction.is_none_or(digits) || !exponent_digits.is_none_or(digits) {
        return Err(Fault::NotANumber);
    }
    if text.len() > LONGEST {
        return Err(Fault::NumberOutOfRange);
    }
    let fraction = fraction.unwrap_or("");
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Decimal::ZERO);
    }
    let exponent: i64 = match exponent {
        Some(text) => text.parse().map_err(|_| Fault::NumberOutOfRange)?,
        None => 0,
    };
    let value: i128 = significant.parse().map_err(|_| Fault::NumberOutOfRange)?;
    let scale = i64::try_from(fraction.len()).map_err(|_| Fault::NumberOutOfRange)? - exponent;
    scaled(if negative { -value } else { value }, scale).ok_or(Fault::NumberOutOfRange)
}

/// Whether two spellings are the same number.
pub(super) fn same(one: &str, other: &str) -> bool {
    matches!((decimal(one), decimal(other)), (Ok(one), Ok(other)) if one == other)
}

/// `value` × 10^-`scale`, exactly.
fn scaled(mut value: i128, mut scale: i64) -> Option<Decimal> {
    while scale > 28 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    if scale < 0 {
        let power = 10i128.checked_pow(u32::try_from(-scale).ok()?)?;
        return Decimal::try_from_i128_with_scale(value.checked_mul(power)?, 0).ok();
    }
    Decimal::try_from_i128_with_scale(value, u32::try_from(scale).ok()?).ok()
}
