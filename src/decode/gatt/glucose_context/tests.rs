use proptest::prelude::*;

use super::super::verdict::Class;
use super::*;

const KETONE_METER: Quirks = Quirks {
    pulse_byte_order: super::super::fields::ByteOrder::Little,
    status_byte_order: super::super::fields::ByteOrder::Little,
    user_id: super::super::profile::UserId::Flagged,
    meal_6: ReservedMeal::Ketone,
};

#[test]
fn worked_example() {
    let context = GlucoseContext::decode(&[0x02, 0x2A, 0x00, 0x03]).unwrap();
    assert_eq!((context.sequence, context.meal), (42, Some(3)));
    assert_eq!(context.meal_word(), Meal::Fasting);
    assert_eq!(context.carbohydrate_id, None);
    assert_eq!(context.medication_unit, None);
}

#[test]
fn every_field_in_its_place() {
    let context = GlucoseContext::decode(&[
        0xFF, 0x2A, 0x00, // all flags, record 42
        0x00, // extended flags come first
        0x03, 0x3C, 0xD0, // 60 g of carbohydrate
        0x02, // after the meal
        0x51, // tester 1, health 5
        0x08, 0x07, 0x4B, // 1800 s at 75 %
        0x04, 0x0A, 0xB0, // medication 4: 10 x 10^-5
        0x41, 0xF0, // 6.5 %
    ])
    .unwrap();
    assert_eq!(context.extended_flags, Some(0));
    assert_eq!(context.carbohydrate_id, Some(3));
    assert_eq!(context.carbohydrate_kg.unwrap().to_string(), "0.06");
    assert_eq!(
        (context.meal, context.tester, context.health),
        (Some(2), Some(1), Some(5))
    );
    assert_eq!(
        (context.exercise_s, context.exercise_percent),
        (Some(1800), Some(75))
    );
    assert_eq!(context.medication_id, Some(4));
    assert_eq!(context.medication.unwrap().to_string(), "0.0001");
    assert_eq!(context.medication_unit, Some(MedicationUnit::Litre));
    assert_eq!(context.hba1c_percent.unwrap().to_string(), "6.5");
    assert_eq!(context.verdict(&Quirks::default()).class, Class::Valid);
}

#[test]
fn the_length_follows_from_the_flags() {
    for flags in 0..=u8::MAX {
        let mut length = 3;
        for (bit, size) in [(0, 3), (1, 1), (2, 1), (3, 3), (4, 3), (6, 2), (7, 1)] {
            length += usize::from(flags >> bit & 1) * size;
        }
        let mut value = vec![flags];
        value.resize(length, 0x00);
        assert!(GlucoseContext::decode(&value).is_ok(), "{flags:#04x}");
        value.push(0);
        let long = GlucoseContext::decode(&value);
        assert_eq!(
            long,
            Err(Malformed::TrailingBytes { extra: 1 }),
            "{flags:#04x}"
        );
        value.truncate(length - 1);
        let short = GlucoseContext::decode(&value);
        assert_eq!(
            short,
            Err(Malformed::Truncated { length: length - 1 }),
            "{flags:#04x}"
        );
    }
}

#[test]
fn a_reserved_extended_flag_allows_what_follows() {
    assert!(GlucoseContext::decode(&[0x80, 0x2A, 0x00, 0x01, 0xAA]).is_ok());
    assert!(GlucoseContext::decode(&[0x80, 0x2A, 0x00, 0x00, 0xAA]).is_err());
}

#[test]
fn litre_without_medication_has_no_unit() {
    let context = GlucoseContext::decode(&[0x20, 0x2A, 0x00]).unwrap();
    assert_eq!((context.medication, context.medication_unit), (None, None));
    let kilogram = GlucoseContext::decode(&[0x10, 0x2A, 0x00, 0x01, 0x05, 0x00]).unwrap();
    assert_eq!(kilogram.medication_unit, Some(MedicationUnit::Kilogram));
}

#[test]
fn meals() {
    for (code, word) in [
        (0, Meal::Unknown),
        (1, Meal::Before),
        (2, Meal::After),
        (3, Meal::Fasting),
        (4, Meal::Casual),
        (5, Meal::Bedtime),
        (6, Meal::Unknown),
        (255, Meal::Unknown),
    ] {
        let context = GlucoseContext::decode(&[0x02, 0x2A, 0x00, code]).unwrap();
        assert_eq!(context.meal, Some(code));
        assert_eq!(context.meal_word(), word);
        assert_eq!(context.verdict(&Quirks::default()).reasons, []);
    }
}

#[test]
fn meal_6_is_ketone_only_where_the_profile_says_so() {
    let six = GlucoseContext::decode(&[0x02, 0x2A, 0x00, 0x06]).unwrap();
    let verdict = six.verdict(&KETONE_METER);
    assert_eq!(
        (verdict.class, verdict.reasons),
        (Class::Valid, vec![Reason::Ketone])
    );
    assert!(six.marks_ketone(&KETONE_METER) && !six.marks_ketone(&Quirks::default()));
    for other in [5, 7] {
        let context = GlucoseContext::decode(&[0x02, 0x2A, 0x00, other]).unwrap();
        assert!(!context.marks_ketone(&KETONE_METER));
    }
}

#[test]
fn specials_are_accepted_and_ambiguous_words_are_not() {
    let nan = GlucoseContext::decode(&[0x40, 0x2A, 0x00, 0xFF, 0x07]).unwrap();
    assert_eq!(nan.hba1c_percent, Some(Medfloat::NaN));
    assert_eq!(nan.verdict(&Quirks::default()).class, Class::Valid);
    let ambiguous = GlucoseContext::decode(&[0x40, 0x2A, 0x00, 0xFF, 0xF7]).unwrap();
    assert_eq!(
        ambiguous.verdict(&Quirks::default()).reasons,
        [Reason::AmbiguousSpecial]
    );
}

#[test]
fn exercise_overrun_as_sent() {
    let overrun = GlucoseContext::decode(&[0x08, 0x2A, 0x00, 0xFF, 0xFF, 0x64]).unwrap();
    assert_eq!(
        (overrun.exercise_s, overrun.exercise_percent),
        (Some(65_535), Some(100))
    );
}

proptest! {
    #[test]
    fn no_value_panics(value in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(context) = GlucoseContext::decode(&value) {
            prop_assert!(context.verdict(&KETONE_METER).class != Class::Error);
        }
    }
}
