//! Every bad input has a defined answer: status, word, pointer and rule, never a value.

use rstest::rstest;

use super::{frame, profile, read, reasons, site};
use crate::decode::mapping::{Fault, Status, interpret};
use crate::decode::profile::ProfileSet;
use crate::vitals::DeviceTime;

const CUFF: &str = r#"
kind = "json"
[match]
topics = ["cuff"]
[limits]
payload_bytes = 200
depth = 3
[device]
id = "/id"
[time]
at = "/at"
form = ["epoch_s", "iso"]
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = { at = "/sys", range = [30, 290] }
diastolic = "/dia"
pulse = { at = "/pul", none = ["0"] }
"#;

const LIST: &str = r#"
kind = "json"
[match]
topics = ["list"]
[device]
id = "/id"
[[reading]]
kind = "glucose"
each = "$.list[*]"
unit = "mmol/L"
value = "/v"
control = "/control"
"#;

#[rstest]
#[case::not_json("{", "bad_json", "quarantined")]
#[case::empty("", "bad_json", "quarantined")]
#[case::two_values("{} {}", "bad_json", "quarantined")]
#[case::nan_literal(r#"{"id":"a","sys":NaN,"dia":81}"#, "bad_json", "quarantined")]
#[case::duplicate_key(
    r#"{"id":"a","sys":126,"sys":127,"dia":81}"#,
    "duplicate_key",
    "quarantined"
)]
#[case::duplicate_escaped(
    r#"{"id":"a","sys":126,"s\u0079s":1,"dia":81}"#,
    "duplicate_key",
    "quarantined"
)]
#[case::duplicate_below(r#"{"id":"a","x":{"y":1,"y":1}}"#, "duplicate_key", "quarantined")]
#[case::too_deep("[[[[1]]]]", "too_deep", "quarantined")]
#[case::too_deep_empty("[[[{}]]]", "too_deep", "quarantined")]
#[case::no_values(r#"{"id":"a"}"#, "no_reading", "quarantined")]
#[case::no_object("3", "no_reading", "quarantined")]
#[case::no_device(r#"{"sys":126,"dia":81}"#, "no_device", "quarantined")]
#[case::blank_device(r#"{"id":" ","sys":126,"dia":81}"#, "no_device", "quarantined")]
#[case::device_is_object(r#"{"id":{},"sys":126,"dia":81}"#, "no_device", "quarantined")]
#[case::half(r#"{"id":"a","sys":126}"#, "incomplete", "quarantined")]
#[case::half_null(r#"{"id":"a","sys":126,"dia":null}"#, "incomplete", "quarantined")]
#[case::pulse_only(r#"{"id":"a","pul":66}"#, "incomplete", "quarantined")]
#[case::nan_text(r#"{"id":"a","sys":"NaN","dia":81}"#, "not_a_number", "refused")]
#[case::infinity(r#"{"id":"a","sys":"Infinity","dia":81}"#, "not_a_number", "refused")]
#[case::full_width(r#"{"id":"a","sys":"１２６","dia":81}"#, "not_a_number", "refused")]
#[case::unit_unasked(r#"{"id":"a","sys":"126 mmHg","dia":81}"#, "not_a_number", "refused")]
#[case::boolean(r#"{"id":"a","sys":true,"dia":81}"#, "not_a_number", "refused")]
#[case::array(r#"{"id":"a","sys":[126],"dia":81}"#, "not_a_number", "refused")]
#[case::plus(r#"{"id":"a","sys":"+126","dia":81}"#, "not_a_number", "refused")]
#[case::comma(r#"{"id":"a","sys":"126,5","dia":81}"#, "not_a_number", "refused")]
#[case::huge(r#"{"id":"a","sys":1e400,"dia":81}"#, "number_out_of_range", "refused")]
#[case::tiny(
    r#"{"id":"a","sys":126e-400,"dia":81}"#,
    "number_out_of_range",
    "refused"
)]
#[case::zero_systolic(r#"{"id":"a","sys":0,"dia":81}"#, "outside_device_range", "refused")]
#[case::range(r#"{"id":"a","sys":291,"dia":81}"#, "outside_device_range", "refused")]
#[case::high_text(r#"{"id":"a","sys":"HI","dia":81}"#, "outside_device_range", "refused")]
#[case::below(r#"{"id":"a","sys":39,"dia":30}"#, "implausible_systolic", "refused")]
#[case::just_below(
    r#"{"id":"a","sys":39.999,"dia":30}"#,
    "implausible_systolic",
    "refused"
)]
#[case::diastolic_low(r#"{"id":"a","sys":100,"dia":19}"#, "implausible_diastolic", "refused")]
#[case::diastolic_high(
    r#"{"id":"a","sys":250,"dia":201}"#,
    "implausible_diastolic",
    "refused"
)]
#[case::negative(
    r#"{"id":"a","sys":100,"dia":-81}"#,
    "implausible_diastolic",
    "refused"
)]
#[case::equal(
    r#"{"id":"a","sys":81,"dia":81}"#,
    "systolic_not_above_diastolic",
    "refused"
)]
#[case::swapped(
    r#"{"id":"a","sys":81,"dia":126}"#,
    "systolic_not_above_diastolic",
    "refused"
)]
#[case::pulse_low(
    r#"{"id":"a","sys":126,"dia":81,"pul":19}"#,
    "implausible_pulse",
    "refused"
)]
#[case::pulse_high(
    r#"{"id":"a","sys":126,"dia":81,"pul":301}"#,
    "implausible_pulse",
    "refused"
)]
fn refused_payloads(#[case] payload: &str, #[case] word: &str, #[case] status: &str) {
    let out = read(&profile(CUFF), "cuff", payload);
    assert_eq!(
        (out.error.map(Fault::word), out.status.word()),
        (Some(word), status)
    );
    assert!(out.readings.is_empty());
    let said = reasons(&out);
    assert!(said.iter().any(|r| r.ends_with(word)), "{said:?}");
    for value in ["126", "127", "NaN", "１２６", "291", "\"a\""] {
        assert!(!said.iter().any(|r| r.contains(value)), "{said:?}");
    }
}

#[rstest]
#[case::limits_low(r#"{"id":"a","sys":40,"dia":20,"pul":20}"#)]
#[case::limits_high(r#"{"id":"a","sys":290,"dia":200,"pul":300}"#)]
#[case::text(r#"{"id":"a","sys":" 126 ","dia":"081","pul":"6.6e1"}"#)]
#[case::pulse_zero_is_none(r#"{"id":"a","sys":126,"dia":81,"pul":0}"#)]
#[case::pulse_dashes(r#"{"id":"a","sys":126,"dia":81,"pul":"----"}"#)]
#[case::depth_at_limit(r#"{"id":"a","sys":126,"dia":81,"x":[[1]]}"#)]
#[case::device_is_a_number(r#"{"id":17,"sys":126,"dia":81}"#)]
#[case::a_key_that_serde_json_uses_itself(
    r#"{"id":"a","sys":126,"dia":81,"$serde_json::private::Number":"1"}"#
)]
fn taken_payloads(#[case] payload: &str) {
    let out = read(&profile(CUFF), "cuff", payload);
    assert_eq!(
        (out.status, out.error),
        (Status::Ok, None),
        "{:?}",
        out.reasons
    );
    assert_eq!(out.readings.len(), 1);
}

#[test]
fn the_pointer_and_the_rule_are_named() {
    let out = read(&profile(CUFF), "cuff", r#"{"id":"a","sys":126,"dia":"x"}"#);
    assert_eq!(reasons(&out), ["/dia: not_a_number"]);
    let out = read(
        &profile(LIST),
        "list",
        r#"{"list":[{"id":"a","v":6.2},{"id":"a","v":"x"},{"id":"a","v":7}]}"#,
    );
    assert_eq!(reasons(&out), ["/list/1/v: not_a_number"]);
}

#[test]
fn one_bad_element_costs_only_itself() {
    let payload =
        r#"{"list":[{"id":"a","v":6.2},{"id":"a","v":99},{"id":"b","v":7},{"w":1},{"v":5}]}"#;
    let out = read(&profile(LIST), "list", payload);
    assert_eq!(out.status, Status::Ok);
    let devices: Vec<&str> = out
        .readings
        .iter()
        .map(|r| r.reading.device.0.as_str())
        .collect();
    assert_eq!(devices, ["a", "b"]);
    // What was not understood outweighs what was refused.
    assert_eq!(out.error, Some(Fault::NoDevice));
    assert_eq!(
        reasons(&out),
        [
            "/list/1/v: implausible_glucose",
            "/list/4/id: no_device",
            "/list/3: element_not_mapped"
        ]
    );
}

#[test]
fn the_size_limit_is_the_profiles() {
    let body = |length: usize| {
        let start = r#"{"id":"a","sys":126,"dia":81,"x":""#;
        let rest = length - start.len() - 2;
        format!("{start}{}\"}}", "x".repeat(rest))
    };
    let set = profile(CUFF);
    for (length, word) in [(199, None), (200, None), (201, Some("payload_too_large"))] {
        let out = read(&set, "cuff", &body(length));
        assert_eq!(out.error.map(Fault::word), word, "{length}");
    }
    let out = read(&set, "cuff", &body(1_048_576));
    assert_eq!(out.error, Some(Fault::PayloadTooLarge));
}

#[test]
fn a_thousand_levels_are_too_deep_for_any_profile() {
    let set = profile(
        &CUFF
            .replace("depth = 3", "depth = 64")
            .replace("payload_bytes = 200", ""),
    );
    for (levels, fault) in [
        (64, Fault::NoReading),
        (65, Fault::TooDeep),
        (1_000, Fault::TooDeep),
    ] {
        let payload = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(read(&set, "cuff", &payload).error, Some(fault), "{levels}");
    }
    let payload = format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
    assert_eq!(read(&set, "cuff", &payload).error, Some(Fault::TooDeep));
}

#[test]
fn bytes_that_are_no_utf8() {
    let set = profile(CUFF);
    let out = |bytes: &[u8]| interpret(&set, &frame("cuff", bytes), &site());
    assert_eq!(
        out(b"{\"id\":\"\xff\",\"sys\":126,\"dia\":81}").error,
        Some(Fault::NotUtf8)
    );
    // UTF-16 with its byte order mark is no UTF-8 either.
    assert_eq!(
        out(&[0xFF, 0xFE, b'{', 0, b'}', 0]).error,
        Some(Fault::NotUtf8)
    );
    let marked = out(b"\xEF\xBB\xBF{\"id\":\"a\",\"sys\":126,\"dia\":81}");
    assert_eq!(marked.status, Status::Ok);
    assert_eq!(reasons(&marked), ["byte_order_mark"]);
}

#[rstest]
#[case::zero("0")]
#[case::zero_text("\"0\"")]
#[case::before_2000("946684799")]
#[case::far_future("\"2026-11-24T09:05:11+08:00\"")]
#[case::years_ahead("1836942771")]
#[case::february("\"2026-02-31T09:05:00\"")]
#[case::hour("\"2026-11-23T24:00:00\"")]
#[case::leap_second("\"2026-11-23T09:05:60\"")]
#[case::words("\"yesterday\"")]
#[case::object("{}")]
#[case::huge("1e300")]
fn unusable_times_keep_the_reading(#[case] at: &str) {
    let payload = format!(r#"{{"id":"a","sys":126,"dia":81,"at":{at}}}"#);
    let out = read(&profile(CUFF), "cuff", &payload);
    assert_eq!(out.status, Status::Ok);
    assert!(matches!(
        out.readings[0].reading.device_time,
        DeviceTime::Unusable { .. }
    ));
    assert_eq!(reasons(&out), ["/at: time_unusable"]);
}

#[rstest]
#[case::earliest("946684800", "2000-01-01T00:00:00Z")]
#[case::latest("\"2026-11-24T09:05:10+08:00\"", "2026-11-24T01:05:10Z")]
#[case::leap_day("\"2024-02-29T00:00:00\"", "2024-02-28T16:00:00Z")]
fn usable_times_at_their_limits(#[case] at: &str, #[case] moment: &str) {
    let payload = format!(r#"{{"id":"a","sys":126,"dia":81,"at":{at}}}"#);
    let out = read(&profile(CUFF), "cuff", &payload);
    let DeviceTime::Given { at, .. } = &out.readings[0].reading.device_time else {
        panic!("{:?}", out.reasons)
    };
    assert_eq!(at.to_string(), moment);
}

#[rstest]
#[case("")]
#[case(r#","at":null"#)]
#[case(r#","at":"""#)]
#[case(r#","at":"--""#)]
fn a_missing_time_is_absent(#[case] at: &str) {
    let out = read(
        &profile(CUFF),
        "cuff",
        &format!(r#"{{"id":"a","sys":126,"dia":81{at}}}"#),
    );
    assert_eq!(out.readings[0].reading.device_time, DeviceTime::Absent);
}

#[rstest]
#[case::below("0.59", Some("implausible_glucose"))]
#[case::at_low("0.6", None)]
#[case::at_high("55", None)]
#[case::above("55.01", Some("implausible_glucose"))]
#[case::mg_dl_sent_as_mmol("108", Some("implausible_glucose"))]
fn glucose_limits(#[case] value: &str, #[case] word: Option<&str>) {
    let out = read(
        &profile(LIST),
        "list",
        &format!(r#"{{"list":[{{"id":"a","v":{value}}}]}}"#),
    );
    assert_eq!(out.error.map(Fault::word), word);
}

#[test]
fn whether_it_is_control_solution_is_never_left_open() {
    let out = read(
        &profile(LIST),
        "list",
        r#"{"list":[{"id":"a","v":6.2,"control":"maybe"}]}"#,
    );
    assert_eq!(
        (out.status, out.error),
        (Status::Quarantined, Some(Fault::UnknownFlag))
    );
    let out = read(
        &profile(LIST),
        "list",
        r#"{"list":[{"id":"a","v":"HI","control":1}]}"#,
    );
    assert_eq!((out.status, out.readings.len()), (Status::Ignored, 0));
}

#[test]
fn a_frame_that_its_source_refused_is_never_interpreted() {
    let mut frame = frame("cuff", br#"{"id":"a","sys":126,"dia":81}"#);
    frame.refused = Some("foreign_topic");
    let out = interpret(&profile(CUFF), &frame, &site());
    assert_eq!(out.error, Some(Fault::RefusedBySource));
    assert_eq!(
        interpret(&ProfileSet::default(), &frame, &site()).status,
        Status::Quarantined
    );
}

#[rstest]
#[case("imei=1&sys=126&dia=81", None)]
#[case("imei=1&sys=126&sys=127&dia=81", Some(Fault::DuplicateKey))]
#[case("imei=1&sys", Some(Fault::BadForm))]
#[case("", Some(Fault::BadForm))]
#[case("imei=1&sys=%1&dia=81", Some(Fault::BadForm))]
#[case("imei=1&sys=%ff&dia=81", Some(Fault::NotUtf8))]
#[case("imei=1&s%79s=126&sys=1&dia=81", Some(Fault::DuplicateKey))]
fn forms(#[case] body: &str, #[case] fault: Option<Fault>) {
    let form = r#"
kind = "form"
[match]
topics = ["form"]
[device]
id = "/imei"
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/sys"
diastolic = "/dia"
"#;
    assert_eq!(read(&profile(form), "form", body).error, fault);
}
