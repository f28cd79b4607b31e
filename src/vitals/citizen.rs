//! Citizen numbers in the middle of a text: found by their length, their check and the date within.

use std::ops::Range;

use super::person_hint::HintKind;

/// Characters of a citizen number (GB 11643-1999).
const LENGTH: usize = 18;

/// Where citizen numbers stand in a text: eighteen characters with nothing of a number before or after,
/// whose check character follows from the others (ISO 7064 MOD 11-2) and whose characters 7 to 14 are a day
/// on which somebody alive was born. Of other numbers of that length one in twenty-five thousand looks so.
pub fn citizen_numbers(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = bytes[at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let check = bytes
            .get(at + digits)
            .is_some_and(|b| matches!(b, b'x' | b'X'));
        let end = at + digits + usize::from(digits == LENGTH - 1 && check);
        if end - at == LENGTH && text.get(at..end).is_some_and(is_one) {
            found.push(at..end);
        }
        at = end;
    }
    found
}

fn is_one(number: &str) -> bool {
    let part = |from: usize, to: usize| number.get(from..to).and_then(|p| p.parse::<i16>().ok());
    let born = match (part(6, 10), part(10, 12), part(12, 14)) {
        (Some(year @ 1900..=2099), Some(month), Some(day)) => {
            let (month, day) = (i8::try_from(month), i8::try_from(day));
            matches!((month, day), (Ok(month), Ok(day)) if jiff::civil::Date::new(year, month, day).is_ok())
        }
        _ => false,
    };
    born && HintKind::NationalId.normalise(number).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The example of GB 11643-1999, annex.
    #[rstest]
    #[case("11010519491231002X", &[0..18])]
    #[case("id=11010519491231002x;", &[3..21])]
    #[case("号11010519491231002X号", &[3..21])]
    #[case("11010519491231002X11010519491231002X", &[0..18, 18..36])]
    #[case("111010519491231002X", &[])]
    #[case("110105194912310021", &[])]
    #[case("11010518991231002X", &[])]
    #[case("11010519491331002X", &[])]
    #[case("1101051949123100", &[])]
    #[case("", &[])]
    fn found(#[case] text: &str, #[case] expected: &[Range<usize>]) {
        assert_eq!(citizen_numbers(text), expected);
    }

    #[test]
    fn a_digit_beside_it_makes_it_another_number() {
        for text in [
            "911010519491231002X",
            "110105194912310029",
            "638990123456789012",
        ] {
            assert!(citizen_numbers(text).is_empty(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_can_panic(text in "[0-9xX号 ]{0,60}") {
            for range in citizen_numbers(&text) {
                proptest::prop_assert!(text.get(range).is_some());
            }
        }
    }
}
