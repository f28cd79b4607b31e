//! What the shipped examples do not need, and the language must express all the same.

use rstest::rstest;
use rust_decimal::Decimal;

use super::{profile, read, reasons};
use crate::decode::mapping::{Event, Fault, Status};
use crate::vitals::{DeviceTime, GlucoseValue, Mark, Meal, Measured};

/// A glucose profile whose `value` and `unit` are given.
fn meter(value: &str, unit: &str) -> String {
    format!(
        "kind = \"json\"\n[match]\ntopics = [\"t\"]\n[device]\nid = \"const:m\"\n[[reading]]\n\
         kind = \"glucose\"\nvalue = {value}\nunit = {unit}\n"
    )
}

fn mmol_l(profile_text: &str, payload: &str) -> Result<Decimal, Option<Fault>> {
    let out = read(&profile(profile_text), "t", payload);
    match out.readings.first().map(|r| &r.reading.measured) {
        Some(Measured::Glucose(glucose)) => match glucose.value {
            GlucoseValue::MmolL(value) => Ok(value),
            _ => Err(None),
        },
        _ => Err(out.error),
    }
}

#[rstest]
#[case("\"mmol/L\"", r#"{"v":6.2}"#, "6.2")]
#[case("\"mol/L\"", r#"{"v":0.0062}"#, "6.2")]
#[case("\"mg/dL\"", r#"{"v":"180.16"}"#, "10")]
#[case("\"kg/L\"", r#"{"v":0.0018016}"#, "10")]
#[case("{ at = \"/u\" }", r#"{"v":180.16,"u":"MG/DL"}"#, "10")]
#[case(
    "{ at = \"/u\", values = { \"1\" = \"mg/dL\" } }",
    r#"{"v":180.16,"u":1}"#,
    "10"
)]
fn units_fixed_by_field_and_by_flag(#[case] unit: &str, #[case] payload: &str, #[case] mmol: &str) {
    let value = mmol_l(&meter("\"/v\"", unit), payload).unwrap();
    assert_eq!(value, mmol.parse::<Decimal>().unwrap());
}

#[rstest]
#[case("{ at = \"/u\" }", r#"{"v":6.2,"u":"stone"}"#)]
#[case("{ at = \"/u\" }", r#"{"v":6.2,"u":"mmHg"}"#)]
#[case("{ at = \"/u\" }", r#"{"v":6.2}"#)]
#[case(
    "{ at = \"/u\", values = { \"1\" = \"mg/dL\" } }",
    r#"{"v":6.2,"u":"mg/dL"}"#
)]
fn a_unit_is_never_guessed(#[case] unit: &str, #[case] payload: &str) {
    assert_eq!(
        mmol_l(&meter("\"/v\"", unit), payload),
        Err(Some(Fault::UnknownUnit))
    );
}

#[test]
fn text_with_its_unit_only_where_asked_for() {
    let asked = meter("{ at = \"/v\", with_unit = true }", "\"mmol/L\"");
    let ten = Decimal::from(10);
    assert_eq!(mmol_l(&asked, r#"{"v":"180.16 mg/dL"}"#).unwrap(), ten);
    assert_eq!(mmol_l(&asked, r#"{"v":"10mmol/L"}"#).unwrap(), ten);
    assert_eq!(mmol_l(&asked, r#"{"v":"10"}"#).unwrap(), ten);
    assert_eq!(
        mmol_l(&asked, r#"{"v":"10 kPa"}"#),
        Err(Some(Fault::UnknownUnit))
    );
    assert_eq!(
        mmol_l(&asked, r#"{"v":"10 apples"}"#),
        Err(Some(Fault::UnknownUnit))
    );
}

#[test]
fn scale_and_own_words() {
    let scaled = meter(
        "{ at = \"/v\", scale = 0.1, high = [\"OVER\"] }",
        "\"mmol/L\"",
    );
    assert_eq!(mmol_l(&scaled, r#"{"v":62}"#).unwrap().to_string(), "6.2");
    assert_eq!(mmol_l(&scaled, r#"{"v":"OVER"}"#), Err(None));
}

#[rstest]
#[case("epoch_s", "1764000000", "2025-11-24T16:00:00Z")]
#[case("epoch_s", "\"1764000000\"", "2025-11-24T16:00:00Z")]
#[case("epoch_ms", "1764000000500", "2025-11-24T16:00:00.5Z")]
#[case("epoch_ms", "\"1764000000500\"", "2025-11-24T16:00:00.5Z")]
#[case("iso", "\"2026-11-23T01:05:00Z\"", "2026-11-23T01:05:00Z")]
#[case("iso", "\"2026-11-23T01:05:00.250z\"", "2026-11-23T01:05:00.25Z")]
#[case("iso", "\"2026-11-23T09:05:00+08:00\"", "2026-11-23T01:05:00Z")]
#[case("iso", "\"2026-11-23T09:05:00+0800\"", "2026-11-23T01:05:00Z")]
#[case("iso", "\"2026-11-22T20:05:00-05:00\"", "2026-11-23T01:05:00Z")]
#[case("iso", "\"2026-11-23T09:05:00\"", "2026-11-23T01:05:00Z")]
#[case("iso", "\"2026-11-23 09:05\"", "2026-11-23T01:05:00Z")]
#[case("compact", "\"20261123090500\"", "2026-11-23T01:05:00Z")]
#[case("compact", "20261123090500", "2026-11-23T01:05:00Z")]
#[case("compact_utc", "\"20261123T010500Z\"", "2026-11-23T01:05:00Z")]
#[case("slashes", "\"2026/11/23 09:05:00\"", "2026-11-23T01:05:00Z")]
#[case("slashes", "\"2026/11/23 09:05\"", "2026-11-23T01:05:00Z")]
fn the_forms_of_time(#[case] form: &str, #[case] sent: &str, #[case] moment: &str) {
    let text = format!(
        "{}time = {{ at = \"/t\", form = \"{form}\" }}\n",
        meter("\"/v\"", "\"mmol/L\"")
    );
    let out = read(&profile(&text), "t", &format!(r#"{{"v":6,"t":{sent}}}"#));
    let DeviceTime::Given { at, sent: kept } = &out.readings[0].reading.device_time else {
        panic!("{:?}", out.reasons)
    };
    assert_eq!(at.to_string(), moment);
    assert_eq!(kept, sent.trim_matches('"'));
}

#[test]
fn a_fixed_zone_and_a_wrong_form() {
    let timed = |form: &str| {
        format!(
            "{}time = {{ at = \"/t\", {form} }}\n",
            meter("\"/v\"", "\"mmol/L\"")
        )
    };
    let payload = r#"{"v":6,"t":"2026-11-23 09:05:00"}"#;
    let out = read(
        &profile(&timed("form = \"iso\", zone = \"+09:30\"")),
        "t",
        payload,
    );
    let DeviceTime::Given { at, .. } = &out.readings[0].reading.device_time else {
        panic!()
    };
    assert_eq!(at.to_string(), "2026-11-22T23:35:00Z");
    let out = read(&profile(&timed("form = \"epoch_ms\"")), "t", payload);
    assert!(matches!(
        out.readings[0].reading.device_time,
        DeviceTime::Unusable { .. }
    ));
}

#[test]
fn a_local_time_that_the_clock_change_repeats_or_skips_is_unusable() {
    use crate::decode::mapping::interpret;
    let text = format!(
        "{}time = {{ at = \"/t\", form = \"iso\" }}\n",
        meter("\"/v\"", "\"mmol/L\"")
    );
    // A POSIX zone with the European clock change, so that no zone database is needed.
    let zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    for (sent, usable) in [
        ("2026-03-29T01:59:59", true),
        ("2026-03-29T02:30:00", false),
        ("2026-10-25T02:30:00", false),
        ("2026-10-25T03:00:00", true),
    ] {
        let payload = format!(r#"{{"v":6,"t":"{sent}"}}"#);
        let out = interpret(
            &profile(&text),
            &super::frame("t", payload.as_bytes()),
            &zone,
        );
        let given = matches!(
            out.readings[0].reading.device_time,
            DeviceTime::Given { .. }
        );
        assert_eq!(given, usable, "{sent}");
    }
}

#[test]
fn elements_are_picked_by_another_field_and_by_key() {
    let fhir = r#"
kind = "json"
[match]
topics = ["t"]
[device]
id = "$.identifier[?@.system=='serial'].value"
[[reading]]
kind = "blood_pressure"
unit = { at = "$.component[?@.code=='8480-6'].unit" }
systolic = "$.component[?@.code=='8480-6'].value"
diastolic = "$.component[?@.code=='8462-4'].value"
"#;
    let payload = r#"{"identifier":[{"system":"serial","value":"s-1"},{"system":"x","value":"s-2"}],
        "component":[{"code":"8462-4","value":10.8,"unit":"kPa"},{"code":"8480-6","value":16.8,"unit":"kPa"}]}"#;
    let out = read(&profile(fhir), "t", payload);
    assert_eq!(out.readings[0].reading.device.0, "s-1");
    let twice = payload.replace("8462-4", "8480-6");
    let out = read(&profile(fhir), "t", &twice);
    assert_eq!(out.error, Some(Fault::AmbiguousPath));
    assert!(reasons(&out)[0].starts_with("$.component"));
}

#[test]
fn a_key_that_may_be_a_name_is_not_printed() {
    let text = meter("\"/v\"", "\"mmol/L\"").replace("const:m", "key:1") + "each = \"$.beds[*]\"\n";
    let text = text.replace("id = \"key:1\"", "id = \"key:2\"");
    let out = read(&profile(&text), "t", r#"{"beds":{"Zhang San":{"v":"x"}}}"#);
    assert_eq!(reasons(&out), ["/beds/*/v: not_a_number"]);
    let out = read(&profile(&text), "t", r#"{"beds":{"bed 4":{"v":6}}}"#);
    assert_eq!(out.readings[0].reading.device.0, "bed 4");
}

#[test]
fn outer_fields_constants_and_own_times_inside_each() {
    let text = r#"
kind = "json"
[match]
topics = ["t/{who}"]
[device]
id = "body:/hub"
from_memory = "/old"
[person]
hint = "/card"
type = "card"
[[reading]]
kind = "glucose"
each = "$.list[*]"
unit = "mmol/L"
value = "/v"
meal = "const:fasting"
slot = "topic:who"
sequence = { at = "/n", none = ["-1"] }
time = { at = "body:/at", form = "iso" }
marks = { retest = { at = "/kind", is = ["again"] }, battery_low = "/low" }
"#;
    let payload = r#"{"hub":"h-1","at":"2026-11-23T09:00:00","list":[
        {"v":6,"n":-1,"kind":"again","low":"?","card":"****1234"},
        {"v":7,"n":"0042","old":1,"card":"00012345"}]}"#;
    let out = read(&profile(text), "t/2", payload);
    let [first, second] = &out.readings[..] else {
        panic!("{:?}", out.reasons)
    };
    assert_eq!(first.reading.device.0, "h-1");
    assert_eq!(first.reading.slot.as_deref(), Some("2"));
    assert_eq!(
        (
            first.reading.sequence.as_deref(),
            second.reading.sequence.as_deref()
        ),
        (None, Some("0042"))
    );
    assert_eq!(
        first.reading.marks.iter().collect::<Vec<_>>(),
        [&Mark::Retest]
    );
    assert_eq!(
        reasons(&out),
        ["/list/0/card: hint_masked", "/list/0/low: unknown_flag"]
    );
    assert!(!first.reading.from_memory && second.reading.from_memory);
    assert_eq!(second.plain_hint.as_ref().unwrap().number, "00012345");
    let Measured::Glucose(glucose) = &first.reading.measured else {
        panic!()
    };
    assert_eq!(glucose.meal, Meal::Fasting);
    assert_eq!(
        first.reading.device_time.sent(),
        Some("2026-11-23T09:00:00")
    );
}

#[test]
fn device_errors_battery_and_heartbeats_are_events() {
    let text = r#"
kind = "json"
[match]
topics = ["t"]
[[ignore]]
when = [{ at = "/beat", missing = false }]
why = "heartbeat"
[device]
id = "/id"
battery = "/battery"
[error]
at = "/err"
words = { "2" = "cuff_loose" }
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/sys"
diastolic = "/dia"
"#;
    let set = profile(text);
    let events = |payload: &str| {
        let out = read(&set, "t", payload);
        let events: Vec<Event> = out.events.iter().map(|e| e.event.clone()).collect();
        (out.status, out.readings.len(), events)
    };
    let battery = |percent| Event::Battery { percent };
    let good = r#"{"id":"a","sys":126,"dia":81,"err":0,"battery":"80%"}"#;
    assert_eq!(events(good), (Status::Ok, 1, vec![battery(80)]));
    let failed = r#"{"id":"a","sys":126,"dia":81,"err":2}"#;
    let word = |w: &str| Event::Error { word: w.into() };
    assert_eq!(
        events(failed),
        (Status::Ignored, 0, vec![word("cuff_loose")])
    );
    assert_eq!(
        events(&failed.replace(":2", ":9")),
        (Status::Ignored, 0, vec![word("device_error")])
    );
    assert_eq!(
        events(r#"{"id":"a","beat":1,"battery":101}"#),
        (Status::Ignored, 0, vec![Event::Heartbeat])
    );
}

#[test]
fn an_empty_list_can_be_named_as_no_value() {
    let text = meter("\"/v\"", "\"mmol/L\"")
        + "each = \"$.list[*]\"\n[[ignore]]\nwhen = [{ at = \"/list\", is = \"[]\" }]\nwhy = \"no_value\"\n";
    assert_eq!(
        read(&profile(&text), "t", r#"{"list":[]}"#).status,
        Status::Ignored
    );
    assert_eq!(
        read(&profile(&text), "t", r#"{"lost":[]}"#).error,
        Some(Fault::NoReading)
    );
}
