use proptest::prelude::*;

use super::super::verdict::Class;
use super::*;

const BASE: [u8; 7] = [0xEA, 0x07, 0x0B, 0x17, 0x01, 0x05, 0x00];

fn decode(value: &[u8]) -> GlucoseMeasurement {
    GlucoseMeasurement::decode(value).unwrap()
}

/// A record without offset: flags, concentration word, sample byte, annunciation.
fn record(flags: u8, word: u16, sample: u8, annunciation: Option<u16>) -> Vec<u8> {
    let mut value = vec![
        flags | 0x02 | if annunciation.is_some() { 0x08 } else { 0 },
        0x2A,
        0x00,
    ];
    value.extend(BASE);
    value.extend(word.to_le_bytes());
    value.push(sample);
    value.extend(annunciation.map(u16::to_le_bytes).into_iter().flatten());
    value
}

fn judged(value: &[u8]) -> (Class, StoreAs, Vec<&'static str>) {
    let verdict = decode(value).verdict();
    (
        verdict.class,
        verdict.store_as,
        verdict.reasons.iter().map(|reason| reason.word()).collect(),
    )
}

const KG: u8 = 0x00;
const MOL: u8 = 0x04;
const FINGER: u8 = 0x11;

fn valid(reasons: &[&'static str]) -> (Class, StoreAs, Vec<&'static str>) {
    (Class::Valid, StoreAs::Patient, reasons.to_vec())
}

fn control(reasons: &[&'static str]) -> (Class, StoreAs, Vec<&'static str>) {
    (Class::Valid, StoreAs::Control, reasons.to_vec())
}

fn invalid(reasons: &[&'static str]) -> (Class, StoreAs, Vec<&'static str>) {
    (Class::Invalid, StoreAs::None, reasons.to_vec())
}

#[test]
fn worked_example() {
    let value = decode(&[
        0x03, 0x2A, 0x00, 0xEA, 0x07, 0x0B, 0x17, 0x01, 0x05, 0x00, 0xE0, 0x01, 0x6C, 0xB0, 0x11,
    ]);
    assert_eq!(value.sequence, 42);
    assert_eq!(value.base_time.to_string(), "2026-11-23T01:05:00");
    assert_eq!(value.time_offset_minutes, Some(480));
    assert_eq!(
        value.user_facing_time().unwrap().to_string(),
        "2026-11-23T09:05:00"
    );
    let concentration = value.concentration.unwrap();
    assert_eq!(concentration.value.to_string(), "0.00108");
    assert_eq!((concentration.sample_type, concentration.location), (1, 1));
    let clinical = concentration.plausible().unwrap();
    assert_eq!(
        (
            clinical.mg_dl_text().as_str(),
            clinical.mmol_l_text().as_str()
        ),
        ("108", "5.99")
    );
    assert_eq!(value.verdict().class, Class::Valid);
}

#[test]
fn the_length_follows_from_the_flags() {
    for flags in 0..=0x1F_u8 {
        let mut length = 10;
        for (bit, size) in [(0, 2), (1, 3), (3, 2)] {
            length += usize::from(flags >> bit & 1) * size;
        }
        let mut value = vec![flags];
        value.resize(length, 0x01);
        assert!(GlucoseMeasurement::decode(&value).is_ok(), "{flags:#04x}");
        value.push(0);
        let long = GlucoseMeasurement::decode(&value);
        assert_eq!(long, Err(Malformed::TrailingBytes { extra: 1 }));
        value[0] |= 0x20;
        assert!(GlucoseMeasurement::decode(&value).is_ok());
        value.truncate(length - 1);
        let short = GlucoseMeasurement::decode(&value);
        assert_eq!(short, Err(Malformed::Truncated { length: length - 1 }));
    }
}

#[test]
fn the_factor_is_not_optional() {
    // 108 x 10^-5 kg/L and 60 x 10^-4 mol/L.
    let kilograms = decode(&record(KG, 0xB06C, FINGER, None))
        .concentration
        .unwrap();
    assert_eq!(kilograms.plausible().unwrap().mg_dl_text(), "108");
    let moles = decode(&record(MOL, 0xC03C, FINGER, None))
        .concentration
        .unwrap();
    let clinical = moles.plausible().unwrap();
    assert_eq!(
        (
            clinical.mmol_l_text().as_str(),
            clinical.mg_dl_text().as_str()
        ),
        ("6", "108.1")
    );
    // 1.65 mmol/L = 29.7264 mg/dL; 5.55 mmol/L = 99.9888 mg/dL.
    let low = decode(&record(MOL, 0xB0A5, FINGER, None))
        .concentration
        .unwrap();
    assert_eq!(low.plausible().unwrap().mg_dl_text(), "29.7");
    let round = decode(&record(MOL, 0xB22B, FINGER, None))
        .concentration
        .unwrap();
    assert_eq!(round.plausible().unwrap().mg_dl_text(), "100");
}

#[test]
fn rounding_is_half_up() {
    let text = |value: &str, places| rounded_text(value.parse().unwrap(), places);
    assert_eq!(text("5.994", 2), "5.99");
    assert_eq!(text("5.995", 2), "6");
    assert_eq!(text("5.985", 2), "5.99");
    assert_eq!(text("29.75", 1), "29.8");
    assert_eq!(text("29.85", 1), "29.9");
}

#[test]
fn plausible_limits_are_inclusive_and_exact() {
    // mol/L: 0.59, 0.6, 0.61 and 54.9, 55, 55.1 mmol/L.
    for (word, plausible) in [
        (0xB03B, false),
        (0xB03C, true),
        (0xB03D, true),
        (0xC225, true),
        (0xC226, true),
        (0xC227, false),
    ] {
        let (class, _, reasons) = judged(&record(MOL, word, FINGER, None));
        assert_eq!(class == Class::Valid, plausible, "{word:#06x}");
        assert_eq!(reasons.is_empty(), plausible);
        assert!(plausible || reasons == ["implausible_glucose"]);
    }
    // kg/L: 10, 11 and 990, 991 mg/dL around 10.8096 and 990.88.
    for (word, plausible) in [
        (0xB00A, false),
        (0xB00B, true),
        (0xB3DE, true),
        (0xB3DF, false),
    ] {
        let (class, ..) = judged(&record(KG, word, FINGER, None));
        assert_eq!(class == Class::Valid, plausible, "{word:#06x}");
    }
}

#[test]
fn zero_and_negative_are_refused() {
    assert_eq!(
        judged(&record(KG, 0x0000, FINGER, None)),
        invalid(&["implausible_glucose"])
    );
    assert_eq!(
        judged(&record(KG, 0xBFFF, FINGER, None)),
        invalid(&["implausible_glucose"])
    );
    assert_eq!(
        judged(&record(MOL, 0xFFFF, FINGER, None)),
        invalid(&["implausible_glucose"])
    );
    // A value that would fit if it were mg/dL is never guessed into it.
    assert_eq!(
        judged(&record(KG, 0x006C, FINGER, None)),
        invalid(&["implausible_glucose"])
    );
    assert_eq!(
        decode(&record(KG, 0x006C, FINGER, None))
            .concentration
            .unwrap()
            .plausible(),
        None
    );
}

#[test]
fn a_record_without_a_value() {
    let mut value = vec![0x00, 0x2A, 0x00];
    value.extend(BASE);
    assert_eq!(judged(&value), invalid(&["no_concentration"]));
    // A meter that says HI by annunciation alone still says HI.
    value[0] = 0x08;
    value.extend([0x20, 0x00]);
    assert_eq!(judged(&value), invalid(&["no_concentration", "value_high"]));
}

#[test]
fn specials() {
    assert_eq!(judged(&record(KG, 0x07FF, FINGER, None)), invalid(&["NaN"]));
    assert_eq!(
        judged(&record(KG, 0x0800, FINGER, None)),
        invalid(&["NRes"])
    );
    assert_eq!(
        judged(&record(KG, 0x0801, FINGER, None)),
        invalid(&["reserved"])
    );
    assert_eq!(
        judged(&record(KG, 0x07FE, FINGER, None)),
        invalid(&["value_high"])
    );
    assert_eq!(
        judged(&record(KG, 0x0802, FINGER, None)),
        invalid(&["value_low"])
    );
}

#[test]
fn hi_and_lo_by_annunciation_even_beside_a_number() {
    let high = record(KG, 0xB06C, FINGER, Some(0x0020));
    assert_eq!(judged(&high), invalid(&["value_high"]));
    assert!(decode(&high).is_high() && !decode(&high).is_low());
    let low = record(KG, 0xB06C, FINGER, Some(0x0040));
    assert_eq!(judged(&low), invalid(&["value_low"]));
    let both_ways = record(KG, 0x07FE, FINGER, Some(0x0020));
    assert_eq!(judged(&both_ways), invalid(&["value_high"]));
    let at_odds = record(KG, 0x07FE, FINGER, Some(0x0040));
    assert_eq!(judged(&at_odds), invalid(&["value_high", "value_low"]));
}

#[test]
fn each_annunciation_bit() {
    for (bit, named) in Annunciation::ALL.into_iter().enumerate() {
        let value = record(KG, 0xB06C, FINGER, Some(1 << bit));
        assert_eq!(decode(&value).annunciation, [named]);
        let expected = match bit {
            0 => valid(&[]),
            11 => valid(&["time_unusable"]),
            5 => invalid(&["value_high"]),
            6 => invalid(&["value_low"]),
            _ => invalid(&[named.word()]),
        };
        assert_eq!(judged(&value), expected, "bit {bit}");
    }
    for bit in 12..16 {
        let value = record(KG, 0xB06C, FINGER, Some(1 << bit));
        assert!(decode(&value).annunciation.is_empty());
        assert_eq!(judged(&value), valid(&[]));
    }
    let several = decode(&record(KG, 0xB06C, FINGER, Some(0x0805)));
    let words: Vec<_> = several
        .annunciation
        .iter()
        .map(|named| named.word())
        .collect();
    assert_eq!(words, ["battery_low", "sample_insufficient", "time_fault"]);
    assert!(several.time_is_untrusted());
}

#[test]
fn control_solution_by_type_or_by_location() {
    assert_eq!(
        judged(&record(KG, 0xB06C, 0x1A, None)),
        control(&["control_solution"])
    );
    assert_eq!(
        judged(&record(KG, 0xB06C, 0x41, None)),
        control(&["control_solution"])
    );
    assert_eq!(
        judged(&record(KG, 0xB06C, 0x4A, None)),
        control(&["control_solution"])
    );
    // The other way round is no control: location 0xA, type 4.
    assert_eq!(judged(&record(KG, 0xB06C, 0xA4, None)), valid(&[]));
}

#[test]
fn a_control_is_never_urgent() {
    for value in [
        record(KG, 0x07FE, 0x1A, None),
        record(KG, 0x0802, 0x41, None),
        record(KG, 0xB06C, 0x1A, Some(0x0020)),
        record(KG, 0xB06C, 0x1A, Some(0x0040)),
        record(KG, 0x0000, 0x1A, None),
        record(KG, 0x07FF, 0x1A, None),
        record(KG, 0xB06C, 0x1A, Some(0x0002)),
    ] {
        let (class, store_as, reasons) = judged(&value);
        assert_eq!((class, store_as), (Class::Invalid, StoreAs::None));
        assert!(!reasons.contains(&"value_high") && !reasons.contains(&"value_low"));
        assert!(
            reasons.contains(&"control_solution") && reasons.len() == 2,
            "{reasons:?}"
        );
    }
}

#[test]
fn reserved_types_and_locations_as_sent() {
    let value = decode(&record(KG, 0xB06C, 0xFE, None))
        .concentration
        .unwrap();
    assert_eq!((value.sample_type, value.location), (0xE, 0xF));
    assert_eq!(judged(&record(KG, 0xB06C, 0x00, None)), valid(&[]));
}

#[test]
fn an_ambiguous_word() {
    // 2047 x 10^-5 mol/L = 20.47 mmol/L.
    let value = record(MOL, 0xB7FF, FINGER, None);
    assert_eq!(judged(&value), invalid(&["ambiguous_special"]));
    assert_eq!(
        decode(&value).concentration.unwrap().value.to_string(),
        "0.02047"
    );
    let absurd = record(KG, 0xB7FF, FINGER, None);
    assert_eq!(
        judged(&absurd),
        invalid(&["ambiguous_special", "implausible_glucose"])
    );
}

fn with_offset(base: [u8; 7], offset_minutes: i16) -> GlucoseMeasurement {
    let mut value = vec![0x03, 0x2A, 0x00];
    value.extend(base);
    value.extend(offset_minutes.to_le_bytes());
    value.extend([0x6C, 0xB0, FINGER]);
    decode(&value)
}

#[test]
fn user_time_is_base_plus_offset() {
    let shown = |base, offset| {
        with_offset(base, offset)
            .user_facing_time()
            .map(|time| time.to_string())
    };
    assert_eq!(shown(BASE, 334).as_deref(), Some("2026-11-23T06:39:00"));
    assert_eq!(shown(BASE, 602).as_deref(), Some("2026-11-23T11:07:00"));
    assert_eq!(shown(BASE, -66).as_deref(), Some("2026-11-22T23:59:00"));
    assert_eq!(
        shown(BASE, i16::MAX).as_deref(),
        Some("2026-12-15T19:12:00")
    );
    let no_offset = decode(&record(KG, 0xB06C, FINGER, None));
    assert_eq!(
        no_offset.user_facing_time().unwrap().to_string(),
        "2026-11-23T01:05:00"
    );
}

#[test]
fn the_sum_stays_in_the_calendar() {
    let last_minute = [0x0F, 0x27, 12, 31, 23, 59, 0];
    assert!(with_offset(last_minute, 0).user_facing_time().is_some());
    let beyond = with_offset(last_minute, 1);
    assert_eq!(beyond.user_facing_time(), None);
    assert_eq!(beyond.verdict().reasons, [Reason::TimeUnusable]);
    assert_eq!(beyond.verdict().class, Class::Valid);
    let first_minute = [0x2E, 0x06, 1, 1, 0, 0, 0];
    assert!(with_offset(first_minute, 0).user_facing_time().is_some());
    assert_eq!(with_offset(first_minute, -1).user_facing_time(), None);
}

#[test]
fn an_unusable_base_time_only_informs() {
    let unknown = with_offset([0, 0, 11, 23, 1, 5, 0], 480);
    assert_eq!(unknown.user_facing_time(), None);
    assert_eq!(unknown.verdict().reasons, [Reason::TimeUnknown]);
    let impossible = with_offset([0xEA, 0x07, 2, 31, 1, 5, 0], 480);
    assert_eq!(impossible.user_facing_time(), None);
    assert_eq!(impossible.verdict().reasons, [Reason::TimeUnusable]);
    assert_eq!(impossible.verdict().class, Class::Valid);
}

proptest! {
    #[test]
    fn no_value_panics(value in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(decoded) = GlucoseMeasurement::decode(&value) {
            let verdict = decoded.verdict();
            prop_assert!(verdict.class == Class::Valid || !verdict.reasons.is_empty());
            if decoded.is_control() {
                prop_assert!(!verdict.has(Reason::ValueHigh) && !verdict.has(Reason::ValueLow));
            }
            if verdict.class == Class::Valid {
                let clinical = decoded.concentration.unwrap().plausible().unwrap();
                prop_assert!(!clinical.mmol_l_text().is_empty());
            }
        }
    }
}
