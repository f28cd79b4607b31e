use rust_decimal::Decimal;

use super::*;
use crate::vitals::Meal;

fn origin() -> Origin {
    Origin {
        device: DeviceId("C0:26:DA:00:00:01".into()),
        zone: TimeZone::fixed(jiff::tz::offset(8)),
        from_memory: false,
        feature: None,
    }
}

fn pressure(value: &[u8], origin: &Origin) -> Option<Reading> {
    BloodPressureMeasurement::decode(value, &Quirks::default())
        .unwrap()
        .to_reading(origin)
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

const PRESSURE: [u8; 19] = [
    0x1E, 0x84, 0x00, 0x52, 0x00, 0x62, 0x00, 0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00, 0x44, 0x00,
    0x02, 0x3F, 0x00,
];

#[test]
fn a_blood_pressure() {
    let reading = pressure(&PRESSURE, &origin()).unwrap();
    assert_eq!(
        reading.measured,
        Measured::BloodPressure(BloodPressure {
            systolic_mmhg: 132.into(),
            diastolic_mmhg: 82.into(),
            map_mmhg: Some(98.into()),
            pulse_bpm: Some(68.into()),
        })
    );
    assert_eq!(
        reading.device_time,
        DeviceTime::Given {
            sent: "2026-11-23T09:05:00".into(),
            at: "2026-11-23T01:05:00Z".parse().unwrap()
        }
    );
    assert_eq!(reading.slot.as_deref(), Some("2"));
    // Pulse range 3 is reserved and marks nothing.
    let marks = [
        Mark::BodyMovement,
        Mark::CuffLoose,
        Mark::IrregularPulse,
        Mark::Position,
    ];
    assert_eq!(reading.marks, BTreeSet::from(marks));
}

#[test]
fn marks_need_their_feature_when_it_is_known() {
    let origin = Origin {
        feature: Some(BloodPressureFeature(0x04)),
        ..origin()
    };
    assert_eq!(
        pressure(&PRESSURE, &origin).unwrap().marks,
        BTreeSet::from([Mark::IrregularPulse])
    );
}

#[test]
fn absent_things_stay_absent() {
    let reading = pressure(&[0x00, 0x84, 0x00, 0x52, 0x00, 0xFF, 0x07], &origin()).unwrap();
    let Measured::BloodPressure(value) = reading.measured else {
        panic!("a pressure")
    };
    assert_eq!((value.map_mmhg, value.pulse_bpm), (None, None));
    assert_eq!(
        (reading.device_time, reading.slot),
        (DeviceTime::Absent, None)
    );
    let mut unknown_user = PRESSURE;
    unknown_user[16] = 0xFF;
    assert_eq!(pressure(&unknown_user, &origin()).unwrap().slot, None);
}

#[test]
fn an_impossible_time_is_kept_as_unusable() {
    let mut value = PRESSURE;
    value[9] = 2;
    value[10] = 31;
    assert_eq!(
        pressure(&value, &origin()).unwrap().device_time,
        DeviceTime::Unusable {
            sent: "2026-02-31T09:05:00".into()
        }
    );
}

#[test]
fn kilopascal_becomes_mmhg() {
    let reading = pressure(&[0x01, 0xA0, 0xF0, 0x6B, 0xF0, 0x00, 0x00], &origin()).unwrap();
    let Measured::BloodPressure(value) = reading.measured else {
        panic!("a pressure")
    };
    assert_eq!(value.systolic_mmhg, decimal("120.009856"));
}

#[test]
fn a_failed_measurement_gives_no_reading() {
    assert_eq!(
        pressure(&[0x00, 0xFF, 0x07, 0xFF, 0x07, 0xFF, 0x07], &origin()),
        None
    );
}

const GLUCOSE: [u8; 15] = [
    0x03, 0x2A, 0x00, 0xEA, 0x07, 0x0B, 0x17, 0x01, 0x05, 0x00, 0xE0, 0x01, 0x6C, 0xB0, 0x11,
];

fn glucose(value: &[u8], context: Option<&[u8]>, quirks: &Quirks) -> Option<Reading> {
    let context = context.map(|bytes| GlucoseContext::decode(bytes).unwrap());
    GlucoseMeasurement::decode(value)
        .unwrap()
        .to_reading(context.as_ref(), quirks, &origin())
}

fn measured(reading: &Reading) -> &Glucose {
    match &reading.measured {
        Measured::Glucose(glucose) => glucose,
        Measured::BloodPressure(_) => panic!("glucose"),
    }
}

#[test]
fn a_glucose_value_with_its_context() {
    let fasting = [0x02, 0x2A, 0x00, 0x03];
    let reading = glucose(&GLUCOSE, Some(&fasting), &Quirks::default()).unwrap();
    let Glucose {
        value,
        meal,
        specimen,
    } = measured(&reading);
    let GlucoseValue::MmolL(mmol_l) = value else {
        panic!("a number")
    };
    assert_eq!(mmol_l.round_dp(2), decimal("5.99"));
    assert_eq!((*meal, *specimen), (Meal::Fasting, Specimen::Blood));
    assert_eq!(reading.sequence.as_deref(), Some("42"));
    assert_eq!(
        reading.device_time,
        DeviceTime::Given {
            sent: "2026-11-23T01:05:00+480min".into(),
            at: "2026-11-23T01:05:00Z".parse().unwrap()
        }
    );
}

#[test]
fn control_is_a_control() {
    let mut value = GLUCOSE;
    value[14] = 0x1A;
    let reading = glucose(&value, None, &Quirks::default()).unwrap();
    assert_eq!(measured(&reading).specimen, Specimen::Control);
    value[12..14].copy_from_slice(&[0xFE, 0x07]);
    assert_eq!(glucose(&value, None, &Quirks::default()), None);
}

#[test]
fn hi_and_lo_reach_the_pipeline() {
    for (word, expected) in [
        ([0xFE, 0x07], GlucoseValue::High),
        ([0x02, 0x08], GlucoseValue::Low),
    ] {
        let mut value = GLUCOSE;
        value[12..14].copy_from_slice(&word);
        let reading = glucose(&value, None, &Quirks::default()).unwrap();
        assert_eq!(measured(&reading).value, expected);
    }
    let mut nan = GLUCOSE;
    nan[12..14].copy_from_slice(&[0xFF, 0x07]);
    assert_eq!(glucose(&nan, None, &Quirks::default()), None);
}

#[test]
fn ketone_is_never_glucose() {
    let ketone = [0x02, 0x2A, 0x00, 0x06];
    let meter = Quirks {
        meal_6: super::super::profile::ReservedMeal::Ketone,
        ..Quirks::default()
    };
    assert_eq!(glucose(&GLUCOSE, Some(&ketone), &meter), None);
    assert!(glucose(&GLUCOSE, Some(&ketone), &Quirks::default()).is_some());
}

#[test]
fn a_clock_the_meter_does_not_trust_is_unusable() {
    let mut value = GLUCOSE.to_vec();
    value[0] |= 0x08;
    value.extend([0x01, 0x08]);
    let reading = glucose(&value, None, &Quirks::default()).unwrap();
    assert!(matches!(reading.device_time, DeviceTime::Unusable { .. }));
    assert_eq!(reading.marks, BTreeSet::from([Mark::BatteryLow]));
}
