//! What must hold for any bytes: one function per fuzz target. `tests/it/corpus.rs` runs the committed corpus
//! through the same functions as an ordinary test.
//!
//! None may panic; what a function asserts beyond that stands in it.

use std::collections::BTreeSet;

use eldercare_hub::decode::gatt::battery_level::BatteryLevel;
use eldercare_hub::decode::gatt::blood_pressure::BloodPressureMeasurement;
use eldercare_hub::decode::gatt::blood_pressure_feature::BloodPressureFeature;
use eldercare_hub::decode::gatt::current_time::CurrentTime;
use eldercare_hub::decode::gatt::date_time::DateTime;
use eldercare_hub::decode::gatt::device_information::{PnpId, device_string, system_id};
use eldercare_hub::decode::gatt::fields::ByteOrder;
use eldercare_hub::decode::gatt::glucose::GlucoseMeasurement;
use eldercare_hub::decode::gatt::glucose_context::GlucoseContext;
use eldercare_hub::decode::gatt::glucose_feature::GlucoseFeature;
use eldercare_hub::decode::gatt::intermediate_cuff::IntermediateCuffPressure;
use eldercare_hub::decode::gatt::profile::{ClockSet, Measures, ReservedMeal, UserId};
use eldercare_hub::decode::gatt::record_access::{Answer, Request};
use eldercare_hub::decode::gatt::{
    Characteristic, Class, Profile, Profiles, Quirks, Reason, StoreAs, decode_line,
};
use eldercare_hub::decode::session::{Action, Driver, Event, session_line};

const SWAPPED: Quirks = Quirks {
    pulse_byte_order: ByteOrder::Big,
    status_byte_order: ByteOrder::Big,
    user_id: UserId::Always,
    meal_6: ReservedMeal::Ketone,
};

/// 2A35: what is valid is plausible and in order.
pub fn blood_pressure(bytes: &[u8]) {
    for quirks in [Quirks::default(), SWAPPED] {
        let Ok(value) = BloodPressureMeasurement::decode(bytes, &quirks) else {
            continue;
        };
        if value.verdict().class == Class::Valid {
            let systolic = value
                .mmhg(value.systolic)
                .expect("valid pressures are numbers");
            let diastolic = value
                .mmhg(value.diastolic)
                .expect("valid pressures are numbers");
            assert!(diastolic < systolic && systolic <= 300.into() && diastolic >= 20.into());
        }
    }
}

/// 2A36: never stored.
pub fn intermediate_cuff(bytes: &[u8]) {
    if let Ok(value) = IntermediateCuffPressure::decode(bytes, &Quirks::default()) {
        assert_eq!(value.verdict().store_as, StoreAs::None);
    }
}

/// 2A18: a control is never urgent and never a person's.
pub fn glucose(bytes: &[u8]) {
    let Ok(value) = GlucoseMeasurement::decode(bytes) else {
        return;
    };
    let verdict = value.verdict();
    if value.is_control() {
        assert_ne!(verdict.store_as, StoreAs::Patient);
        assert!(!verdict.has(Reason::ValueHigh) && !verdict.has(Reason::ValueLow));
    }
    let _ = value.user_facing_time();
}

/// 2A34.
pub fn glucose_context(bytes: &[u8]) {
    if let Ok(value) = GlucoseContext::decode(bytes) {
        assert_ne!(value.verdict(&SWAPPED).class, Class::Error);
    }
}

/// 2A52 in both directions: an answer is four bytes and nothing else.
pub fn record_access(bytes: &[u8]) {
    assert!(Answer::decode(bytes).is_err() || bytes.len() == 4);
    let _ = Request::decode(bytes);
}

/// 2A08 and 2A2B: what decodes comes back byte by byte.
pub fn clocks(bytes: &[u8]) {
    if let Ok(time) = DateTime::decode(bytes) {
        assert_eq!(time.to_bytes(), bytes);
    }
    if let Ok(time) = CurrentTime::decode(bytes) {
        assert_eq!(time.to_bytes(), bytes);
    }
}

/// Device Information, battery and features: strings stay short.
pub fn device_strings(bytes: &[u8]) {
    assert!(device_string(bytes).is_none_or(|text| text.chars().count() <= 64));
    let _ = (
        PnpId::decode(bytes),
        system_id(bytes),
        BatteryLevel::decode(bytes),
    );
    let _ = (
        BloodPressureFeature::decode(bytes),
        GlucoseFeature::decode(bytes),
    );
}

/// Any text gets one line of JSON.
pub fn decode_line_check(bytes: &[u8]) {
    one_line(&decode_line(&String::from_utf8_lossy(bytes), &profiles()));
}

/// Any text gets one line of JSON.
pub fn session_line_check(bytes: &[u8]) {
    one_line(&session_line(&String::from_utf8_lossy(bytes), &profiles()));
}

fn one_line(answer: &str) {
    assert!(!answer.contains('\n'));
    assert!(serde_json::from_str::<serde_json::Value>(answer).is_ok());
}

fn profiles() -> Profiles {
    Profiles::from_files([
        (
            "beurer-bm85",
            include_str!("../config/devices/beurer-bm85.toml"),
        ),
        (
            "caresens-dual",
            include_str!("../config/devices/caresens-dual.toml"),
        ),
    ])
    .expect("the shipped profiles read")
}

/// The machine under any sequence of events: every value is kept at once and whole, nothing deletes, and a
/// device that is not asked for is not connected to.
pub fn session_machine(bytes: &[u8]) {
    let Some((&first, mut rest)) = bytes.split_first() else {
        return;
    };
    let measures = if first & 1 == 0 {
        Measures::BloodPressure
    } else {
        Measures::Glucose
    };
    let mut profile = Profile::generic(measures);
    profile.clock_set =
        [ClockSet::Last, ClockSet::First, ClockSet::Never][usize::from(first >> 1) % 3];
    profile.rest_before_subscribe_ms = u16::from(first >> 3);
    let start = jiff::civil::date(2026, 11, 23).at(8, 20, 0, 0);
    let mut driver = Driver::new(profile, start);
    while let Some((event, left)) = next_event(rest) {
        rest = left;
        let advertised = event == Event::Advertised;
        let value = match &event {
            Event::Value {
                characteristic,
                bytes,
            } => Some((*characteristic, bytes.clone())),
            _ => None,
        };
        let actions = driver.on(event);
        if let Some((sent_as, sent)) = value {
            assert!(
                matches!(actions.first(), Some(Action::Keep { characteristic, bytes, .. })
                if *characteristic == sent_as && *bytes == sent)
            );
        }
        for action in &actions {
            match action {
                Action::Connect => assert!(advertised),
                Action::Write {
                    characteristic: Characteristic::RecordAccess,
                    bytes,
                } => {
                    assert!(matches!(bytes.first(), Some(1 | 3 | 4)), "{bytes:?}");
                }
                _ => {}
            }
        }
    }
}

/// One event from the front of the bytes: its kind, then its own bytes.
fn next_event(bytes: &[u8]) -> Option<(Event, &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let short = |rest: &[u8]| -> (Vec<u8>, usize) {
        let wanted = usize::from(rest.first().copied().unwrap_or(0) % 24);
        let value: Vec<u8> = rest.iter().skip(1).take(wanted).copied().collect();
        let used = (1 + value.len()).min(rest.len());
        (value, used)
    };
    let characteristic = Characteristic::ALL[usize::from(kind >> 3) % Characteristic::ALL.len()];
    let (event, used) = match kind & 7 {
        0 => (Event::Advertised, 0),
        1 => (
            Event::Connected {
                offers: BTreeSet::from(Characteristic::ALL),
            },
            0,
        ),
        2 if kind & 8 == 0 => (Event::Disconnected, 0),
        2 => (Event::ConnectFailed, 0),
        3 => {
            let (value, used) = short(rest);
            (
                Event::Read {
                    characteristic,
                    value: (kind & 0x80 == 0).then_some(value),
                },
                used,
            )
        }
        4 => (Event::Subscribed { ok: kind & 8 == 0 }, 0),
        5 => {
            let codes = [Ok(()), Err(None), Err(Some(0x80)), Err(Some(0x81))];
            (
                Event::Written {
                    result: codes[usize::from(kind >> 3) % 4],
                },
                0,
            )
        }
        6 => {
            let (bytes, used) = short(rest);
            (
                Event::Value {
                    characteristic,
                    bytes,
                },
                used,
            )
        }
        _ => (
            Event::TimePasses {
                ms: u64::from(kind >> 3) * 1500,
            },
            0,
        ),
    };
    Some((event, &rest[used..]))
}
