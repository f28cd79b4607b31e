//! What must hold for any bytes: one function per fuzz target. `tests/it/corpus.rs` runs the committed corpus
//! through the same functions as an ordinary test.
//!
//! None may panic; what a function asserts beyond that stands in it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

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
use eldercare_hub::decode::mapping::{Status, interpret, map_lines, prepare, reply};
use eldercare_hub::decode::profile::{ProfileFile, ProfileSet};
use eldercare_hub::decode::session::{Action, Driver, Event, session_line};
use eldercare_hub::sources::http::{Said, respond};
use eldercare_hub::vitals::{Frame, HintKey, Measured, Transport};
use jiff::tz::TimeZone;

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

/// A profile (TOML) and a payload, with a line `%%%` between them: what loads never panics, gives only plausible
/// readings, and lets no person's number past Keep.
pub fn mapping(bytes: &[u8]) {
    const LINE: &[u8] = b"\n%%%\n";
    let cut = bytes.windows(LINE.len()).position(|w| w == LINE);
    let (profile, payload) = match cut {
        Some(at) => (&bytes[..at], &bytes[at + LINE.len()..]),
        None => (bytes, &b"{}"[..]),
    };
    let file = ProfileFile {
        name: "made-up.toml".into(),
        text: String::from_utf8_lossy(profile).into_owned(),
    };
    let Ok(set) = ProfileSet::parse(&[file]) else {
        return;
    };
    let topic = set
        .profiles()
        .iter()
        .flat_map(|p| &p.topics)
        .map(|t| t.subscription().replace(['+', '#'], "x"))
        .next();
    let Some(topic) = topic else { return };
    let line = serde_json::json!({ "topic": topic, "payload": String::from_utf8_lossy(payload) });
    for printed in map_lines(&set, [line.to_string().as_str()], &TimeZone::UTC, noon()) {
        one_line(&printed);
    }
    readings_hold(&set, &sent(&topic, payload, Transport::EmbeddedMqtt));
}

/// A body behind the HTTP door's admission, through the profiles of the shipped push sources: the answer is
/// never the hub's own fault, and what is answered agrees with what is kept.
pub fn http_body(bytes: &[u8]) {
    let Some((&first, body)) = bytes.split_first() else {
        return;
    };
    let sources = [
        "form-cuff",
        "ihealth",
        "lifesense",
        "sinocare",
        "telli-health",
        "yuwell-gateway",
        "nobody",
    ];
    let topic = format!("/ingest/{}", sources[usize::from(first) % sources.len()]);
    let frame = sent(&topic, body, Transport::Http);
    let interpretation = interpret(&PUSHED, &frame, &TimeZone::UTC);
    let status = interpretation.status;
    let answer = respond(Said {
        interpretation,
        reply: reply(&PUSHED, &frame),
    });
    let code = answer.status().as_u16();
    match status {
        Status::Ok | Status::Ignored => assert!((200..300).contains(&code), "{code}"),
        Status::Quarantined | Status::Refused => assert_eq!(code, 422),
    }
    readings_hold(&PUSHED, &frame);
}

static PUSHED: LazyLock<ProfileSet> = LazyLock::new(|| {
    let shipped = |name: &str, text: &str| ProfileFile {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    ProfileSet::parse(&[
        shipped(
            "form-cuff.toml",
            include_str!("../config/devices/form-cuff.toml"),
        ),
        shipped(
            "ihealth-cloud.toml",
            include_str!("../config/devices/ihealth-cloud.toml"),
        ),
        shipped(
            "lifesense-push.toml",
            include_str!("../config/devices/lifesense-push.toml"),
        ),
        shipped(
            "sinocare-kit.toml",
            include_str!("../config/devices/sinocare-kit.toml"),
        ),
        shipped(
            "telli-health.toml",
            include_str!("../config/devices/telli-health.toml"),
        ),
        shipped(
            "yuwell-gateway.toml",
            include_str!("../config/devices/yuwell-gateway.toml"),
        ),
    ])
    .expect("the shipped profiles read")
});

fn noon() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_795_406_400).expect("a second of 2026")
}

fn sent(topic: &str, payload: &[u8], transport: Transport) -> Frame {
    Frame {
        transport,
        source: "sample".into(),
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        received_at: noon(),
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

/// What must hold for any frame and any profiles.
fn readings_hold(set: &ProfileSet, frame: &Frame) {
    let said = interpret(set, frame, &TimeZone::UTC);
    for mapped in &said.readings {
        if let Measured::BloodPressure(bp) = &mapped.reading.measured {
            assert!(bp.diastolic_mmhg < bp.systolic_mmhg);
            assert!(bp.systolic_mmhg <= 300.into() && bp.diastolic_mmhg >= 20.into());
        }
    }
    let prepared = prepare(set, frame, &HintKey::new([1; 32]));
    match prepared.understood {
        Ok(_) => {
            assert_ne!(said.status, Status::Quarantined);
            let kept = Frame {
                payload: prepared.payload,
                ..frame.clone()
            };
            let again = interpret(set, &kept, &TimeZone::UTC);
            assert!(again.readings.iter().all(|r| r.plain_hint.is_none()));
        }
        Err(_) => assert_eq!(prepared.payload, frame.payload),
    }
}
