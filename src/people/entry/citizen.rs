//! Citizen numbers as people type them: their check, and what they say about their owner.

use jiff::civil::Date;

use super::fault::Fault;
use super::field::half_width;
use crate::people::details::Sex;
use crate::vitals::HintKind;

/// Characters of a citizen number (GB 11643-1999).
const LENGTH: usize = 18;

/// A citizen number that passed its check. Never stored, never printed: hash it and let it go.
#[derive(Clone, PartialEq, Eq)]
pub struct Citizen {
    /// Upper case, 18 characters.
    pub number: String,
    /// Characters 7 to 14; none where they are no date.
    pub birth_date: Option<Date>,
    /// Character 17: odd is male.
    pub sex: Sex,
}

impl std::fmt::Debug for Citizen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Citizen(..)")
    }
}

/// Reads a citizen number (also the numbers of residence permits, which are built alike). Nothing typed is
/// no number and no fault.
pub fn citizen(text: &str) -> Result<Option<Citizen>, Fault> {
    let plain: String = half_width(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '-'))
        .collect();
    if plain.is_empty() {
        return Ok(None);
    }
    // What a spreadsheet makes of eighteen digits that it takes for a number.
    let rounded = plain.contains(['e', 'E', '.', '+'])
        || (plain.len() == LENGTH
            && plain.ends_with("000")
            && plain.bytes().all(|b| b.is_ascii_digit())
            && HintKind::NationalId.normalise(&plain).is_err());
    if rounded {
        return Err(Fault::CitizenRounded);
    }
    if plain.chars().count() != LENGTH {
        return Err(Fault::CitizenLength);
    }
    let number = HintKind::NationalId
        .normalise(&plain)
        .map_err(|_| Fault::CitizenCheck)?;
    let part = |from: usize, to: usize| number.get(from..to).unwrap_or_default();
    let birth_date = match (
        part(6, 10).parse::<i16>(),
        part(10, 12).parse::<i8>(),
        part(12, 14).parse::<i8>(),
    ) {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
        _ => None,
    };
    let sex = match part(16, 17).parse::<u8>() {
        Ok(digit) if digit % 2 == 1 => Sex::Male,
        Ok(_) => Sex::Female,
        Err(_) => Sex::Unknown,
    };
    Ok(Some(Citizen {
        number,
        birth_date,
        sex,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The example of GB 11643-1999, annex.
    #[rstest]
    #[case("11010519491231002X")]
    #[case("11010519491231002x")]
    #[case(" 110105 19491231 002X ")]
    #[case("'11010519491231002X")]
    #[case("１１０１０５１９４９１２３１００２Ｘ")]
    fn what_a_number_says(#[case] text: &str) {
        let citizen = citizen(text).unwrap().unwrap();
        assert_eq!(citizen.number, "11010519491231002X");
        assert_eq!(citizen.birth_date, Some(jiff::civil::date(1949, 12, 31)));
        assert_eq!(citizen.sex, Sex::Female);
        assert_eq!(format!("{citizen:?}"), "Citizen(..)");
    }

    #[rstest]
    #[case("11010519491231002", Fault::CitizenLength)]
    #[case("11010519491231002XX", Fault::CitizenLength)]
    #[case("110105194912310021", Fault::CitizenCheck)]
    #[case("1101051949123100X2", Fault::CitizenCheck)]
    #[case("1.10105E+17", Fault::CitizenRounded)]
    #[case("110105194912310000", Fault::CitizenRounded)]
    #[case("110105********002X", Fault::CitizenCheck)]
    fn what_is_none(#[case] text: &str, #[case] fault: Fault) {
        assert_eq!(citizen(text).unwrap_err(), fault);
    }

    #[test]
    fn nothing_is_no_number() {
        assert_eq!(citizen("  "), Ok(None));
    }
}
