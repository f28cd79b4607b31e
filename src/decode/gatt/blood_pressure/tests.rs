use proptest::prelude::*;

use super::super::fields::ByteOrder;
use super::super::verdict::Class;
use super::*;

const PLAIN: Quirks = Quirks {
    pulse_byte_order: ByteOrder::Little,
    status_byte_order: ByteOrder::Little,
    user_id: UserId::Flagged,
    meal_6: super::super::profile::ReservedMeal::Reserved,
};
const BM85: Quirks = Quirks {
    pulse_byte_order: ByteOrder::Big,
    status_byte_order: ByteOrder::Big,
    user_id: UserId::Always,
    meal_6: super::super::profile::ReservedMeal::Reserved,
};
const WHOLE: [u8; 19] = [
    0x1E, 0x84, 0x00, 0x52, 0x00, 0x62, 0x00, 0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00, 0x44, 0x00,
    0x02, 0x00, 0x00,
];

fn decode(value: &[u8]) -> BloodPressureMeasurement {
    BloodPressureMeasurement::decode(value, &PLAIN).unwrap()
}

/// Three pressures and a pulse as SFLOAT words, in mmHg.
fn frame(systolic: u16, diastolic: u16, mean: u16, pulse: u16) -> Vec<u8> {
    let mut value = vec![0x04];
    for word in [systolic, diastolic, mean, pulse] {
        value.extend(word.to_le_bytes());
    }
    value
}

fn judged(systolic: u16, diastolic: u16, mean: u16, pulse: u16) -> Vec<&'static str> {
    let verdict = decode(&frame(systolic, diastolic, mean, pulse)).verdict();
    assert_eq!(verdict.class == Class::Valid, verdict.reasons.is_empty());
    assert_eq!(
        verdict.class == Class::Valid,
        verdict.store_as == StoreAs::Patient
    );
    verdict.reasons.iter().map(|reason| reason.word()).collect()
}

#[test]
fn worked_example() {
    let value = decode(&WHOLE);
    assert_eq!(value.unit, PressureUnit::MmHg);
    assert_eq!(
        [value.systolic, value.diastolic, value.mean_as_sent].map(|v| v.to_string()),
        ["132", "82", "98"]
    );
    assert_eq!(value.time.unwrap().to_string(), "2026-11-23T09:05:00");
    assert_eq!(value.pulse.unwrap().to_string(), "68");
    assert_eq!(value.user_id, Some(2));
    assert_eq!(value.status, Some(Status::from_word(0)));
    assert_eq!(value.verdict().class, Class::Valid);
}

#[test]
fn the_length_follows_from_the_flags() {
    for flags in 0..=0x1F_u8 {
        let mut length = 7;
        for (bit, size) in [(1, 7), (2, 2), (3, 1), (4, 2)] {
            length += usize::from(flags >> bit & 1) * size;
        }
        let mut value = vec![flags];
        value.resize(length, 0x11);
        assert!(
            BloodPressureMeasurement::decode(&value, &PLAIN).is_ok(),
            "{flags:#04x}"
        );
        value.push(0);
        assert_eq!(
            BloodPressureMeasurement::decode(&value, &PLAIN),
            Err(Malformed::TrailingBytes { extra: 1 })
        );
        value.truncate(length - 1);
        assert_eq!(
            BloodPressureMeasurement::decode(&value, &PLAIN),
            Err(Malformed::Truncated { length: length - 1 })
        );
    }
}

#[test]
fn a_reserved_flag_allows_what_follows() {
    for bit in 5..8 {
        let mut value = WHOLE.to_vec();
        value[0] |= 1 << bit;
        assert_eq!(decode(&value), decode(&WHOLE));
        value.extend([1, 2, 3]);
        assert_eq!(decode(&value), decode(&WHOLE));
        value.truncate(18);
        assert_eq!(
            BloodPressureMeasurement::decode(&value, &PLAIN),
            Err(Malformed::Truncated { length: 18 })
        );
    }
}

#[test]
fn a_failed_measurement_is_no_reading_even_with_a_clean_status() {
    let value = [
        0x1E, 0xFF, 0x07, 0xFF, 0x07, 0xFF, 0x07, 0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00, 0xFF,
        0x07, 0x01, 0x00, 0x00,
    ];
    let verdict = decode(&value).verdict();
    assert_eq!(
        (verdict.class, verdict.store_as),
        (Class::Invalid, StoreAs::None)
    );
    assert_eq!(verdict.reasons, [Reason::MeasurementFailed]);
}

#[test]
fn specials_in_the_pressures() {
    assert_eq!(judged(0x07FF, 80, 0, 60), ["measurement_failed"]);
    assert_eq!(judged(120, 0x07FF, 0, 60), ["measurement_failed"]);
    assert_eq!(judged(0x07FE, 80, 0, 60), ["out_of_range"]);
    assert_eq!(judged(120, 0x0802, 0, 60), ["out_of_range"]);
    assert_eq!(judged(0x0800, 80, 0, 60), ["NRes"]);
    assert_eq!(judged(120, 0x0801, 0, 60), ["reserved"]);
    assert_eq!(
        judged(0x07FF, 0x07FE, 0, 60),
        ["measurement_failed", "out_of_range"]
    );
}

#[test]
fn specials_in_mean_and_pulse_change_nothing() {
    for special in [0x07FE, 0x07FF, 0x0800, 0x0801, 0x0802] {
        assert!(
            judged(120, 80, special, special).is_empty(),
            "{special:#06x}"
        );
    }
}

#[test]
fn the_mean_may_be_nan_or_zero_or_absurd() {
    assert_eq!(decode(&frame(120, 80, 0x0000, 60)).map(), None);
    assert_eq!(decode(&frame(120, 80, 0xF000, 60)).map(), None);
    assert_eq!(
        decode(&frame(120, 80, 0x07FF, 60)).map(),
        Some(Medfloat::NaN)
    );
    assert_eq!(
        decode(&frame(120, 80, 0x0001, 60))
            .map()
            .unwrap()
            .to_string(),
        "1"
    );
    assert!(judged(120, 80, 0x0FFF, 60).is_empty());
    assert!(judged(120, 80, 0x77FD, 60).is_empty());
}

#[test]
fn plausible_limits() {
    assert_eq!(judged(39, 30, 0, 60), ["implausible_systolic"]);
    assert!(judged(40, 30, 0, 60).is_empty());
    assert!(judged(41, 30, 0, 60).is_empty());
    assert!(judged(299, 80, 0, 60).is_empty());
    assert!(judged(300, 80, 0, 60).is_empty());
    assert_eq!(judged(301, 80, 0, 60), ["implausible_systolic"]);
    assert_eq!(judged(120, 19, 0, 60), ["implausible_diastolic"]);
    assert!(judged(120, 20, 0, 60).is_empty());
    assert!(judged(120, 21, 0, 60).is_empty());
    assert!(judged(250, 199, 0, 60).is_empty());
    assert!(judged(250, 200, 0, 60).is_empty());
    assert_eq!(judged(250, 201, 0, 60), ["implausible_diastolic"]);
    assert_eq!(judged(120, 80, 0, 19), ["implausible_pulse"]);
    assert!(judged(120, 80, 0, 20).is_empty());
    assert!(judged(120, 80, 0, 300).is_empty());
    assert_eq!(judged(120, 80, 0, 301), ["implausible_pulse"]);
    // 39.9 and 300.1: the limit is not rounded away.
    assert_eq!(judged(0xF18F, 30, 0, 60), ["implausible_systolic"]);
    assert_eq!(judged(0x0FFF & 0x012D, 80, 0, 60), ["implausible_systolic"]);
}

#[test]
fn systolic_must_be_above_diastolic() {
    assert!(judged(81, 80, 0, 60).is_empty());
    assert_eq!(judged(80, 80, 0, 60), ["systolic_not_above_diastolic"]);
    assert_eq!(judged(79, 80, 0, 60), ["systolic_not_above_diastolic"]);
}

#[test]
fn zero_and_negative_numbers_are_refused_never_cast() {
    assert_eq!(judged(120, 80, 0, 0), ["implausible_pulse"]);
    assert_eq!(judged(120, 80, 0, 0x0FFF), ["implausible_pulse"]);
    assert_eq!(
        judged(0xFFFF, 80, 0, 60),
        ["implausible_systolic", "systolic_not_above_diastolic"]
    );
    assert_eq!(
        judged(0, 0, 0, 60)[..2],
        ["implausible_systolic", "implausible_diastolic"]
    );
}

#[test]
fn kilopascal_is_judged_in_mmhg_and_shown_as_sent() {
    // 16.0 and 10.7 kPa = 120.01 and 80.26 mmHg.
    let value = [0x01, 0xA0, 0xF0, 0x6B, 0xF0, 0x00, 0x00];
    let decoded = decode(&value);
    assert_eq!(decoded.unit, PressureUnit::KPa);
    assert_eq!(decoded.systolic.to_string(), "16");
    assert_eq!(
        decoded.mmhg(decoded.systolic).unwrap().to_string(),
        "120.009856"
    );
    assert_eq!(decoded.verdict().class, Class::Valid);
    // 5.33 kPa = 39.978 mmHg, 5.34 kPa = 40.053 mmHg.
    for (systolic, expected) in [(0xE215_u16, Class::Invalid), (0xE216, Class::Valid)] {
        let [low, high] = systolic.to_le_bytes();
        let value = [0x01, low, high, 0x90, 0xE1, 0x00, 0x00];
        assert_eq!(decode(&value).verdict().class, expected, "{systolic:#06x}");
    }
    // The pulse is never in kPa: 60 stays 60.
    let with_pulse = [0x05, 0xA0, 0xF0, 0x6B, 0xF0, 0x00, 0x00, 0x3C, 0x00];
    assert_eq!(decode(&with_pulse).verdict().class, Class::Valid);
}

#[test]
fn an_ambiguous_word_anywhere_makes_the_frame_invalid() {
    assert_eq!(judged(0xF7FF, 80, 0, 60), ["ambiguous_special"]);
    assert_eq!(judged(120, 80, 0xF7FF, 60), ["ambiguous_special"]);
    assert_eq!(judged(120, 80, 0, 0xF7FE), ["ambiguous_special"]);
    assert_eq!(
        decode(&frame(0xF7FF, 80, 0, 60)).systolic.to_string(),
        "204.7"
    );
}

#[test]
fn exponent_minus_one_is_common() {
    // 1250 x 10^-1 over 820 x 10^-1.
    let decoded = decode(&frame(0xF4E2, 0xF334, 0x07FF, 0xF2A8));
    assert_eq!(
        [decoded.systolic, decoded.diastolic].map(|v| v.to_string()),
        ["125", "82"]
    );
    assert_eq!(decoded.verdict().class, Class::Valid);
}

#[test]
fn the_status_word() {
    assert!(Status::from_word(0x0001).body_movement);
    assert!(Status::from_word(0x0002).cuff_too_loose);
    assert!(Status::from_word(0x0004).irregular_pulse);
    assert!(Status::from_word(0x0020).improper_position);
    for (word, range) in [
        (0x0000, PulseRange::Within),
        (0x0008, PulseRange::Above),
        (0x0010, PulseRange::Below),
        (0x0018, PulseRange::Reserved),
    ] {
        assert_eq!(Status::from_word(word).pulse_range, range);
    }
    // Reserved bits that BM96-like cuffs set.
    assert_eq!(Status::from_word(0x00C0), Status::from_word(0));
    assert_eq!(Status::from_word(0x0144), Status::from_word(0x0004));
}

#[test]
fn the_user_id_as_sent() {
    for id in [0, 1, 254, 255] {
        let mut value = WHOLE;
        value[16] = id;
        assert_eq!(decode(&value).user_id, Some(id));
        assert_eq!(decode(&value).verdict().class, Class::Valid);
    }
}

#[test]
fn a_time_never_changes_the_class() {
    for (second_half, reason) in [
        (
            [0x00, 0x00, 0x0B, 0x17, 0x09, 0x05, 0x00],
            Some(Reason::TimeUnknown),
        ),
        (
            [0xEA, 0x07, 0x00, 0x17, 0x09, 0x05, 0x00],
            Some(Reason::TimeUnknown),
        ),
        (
            [0xEA, 0x07, 0x0B, 0x00, 0x09, 0x05, 0x00],
            Some(Reason::TimeUnknown),
        ),
        (
            [0xEA, 0x07, 0x02, 0x1F, 0x09, 0x05, 0x00],
            Some(Reason::TimeUnusable),
        ),
        (
            [0xEA, 0x07, 0x0B, 0x17, 0x18, 0x05, 0x00],
            Some(Reason::TimeUnusable),
        ),
        (
            [0x2D, 0x06, 0x0B, 0x17, 0x09, 0x05, 0x00],
            Some(Reason::TimeUnusable),
        ),
        ([0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00], None),
    ] {
        let mut value = WHOLE;
        value[7..14].copy_from_slice(&second_half);
        let verdict = decode(&value).verdict();
        assert_eq!(verdict.class, Class::Valid);
        assert_eq!(verdict.reasons, Vec::from_iter(reason));
    }
}

#[test]
fn the_cuff_that_swaps_bytes() {
    let value = [
        0x56, 0x84, 0x00, 0x52, 0x00, 0x00, 0x00, 0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00, 0x00,
        0x44, 0x01, 0x00, 0x04,
    ];
    let decoded = BloodPressureMeasurement::decode(&value, &BM85).unwrap();
    assert_eq!(decoded.pulse.unwrap().to_string(), "68");
    assert_eq!(decoded.user_id, Some(1));
    assert!(decoded.status.unwrap().irregular_pulse);
    assert_eq!(decoded.verdict().class, Class::Valid);
    // Without its profile the pulse is absurd and refused.
    let plain = BloodPressureMeasurement::decode(&value, &PLAIN).unwrap();
    assert_eq!(plain.verdict().reasons, [Reason::ImplausiblePulse]);
    let short = BloodPressureMeasurement::decode(&value[..18], &BM85);
    assert_eq!(short, Err(Malformed::Truncated { length: 18 }));
    // The flag set as well changes nothing: there is one user id, not two.
    let mut flagged = value;
    flagged[0] |= 0x08;
    assert_eq!(
        BloodPressureMeasurement::decode(&flagged, &BM85),
        Ok(decoded)
    );
}

proptest! {
    #[test]
    fn no_value_panics(value in proptest::collection::vec(any::<u8>(), 0..64)) {
        for quirks in [PLAIN, BM85] {
            if let Ok(decoded) = BloodPressureMeasurement::decode(&value, &quirks) {
                let verdict = decoded.verdict();
                prop_assert!(verdict.class != Class::Error);
                if verdict.class == Class::Valid {
                    let systolic = decoded.mmhg(decoded.systolic).unwrap();
                    prop_assert!(systolic >= 40.into() && systolic <= 300.into());
                    prop_assert!(systolic > decoded.mmhg(decoded.diastolic).unwrap());
                }
            }
        }
    }
}
