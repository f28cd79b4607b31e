//! What a mapping must be able to say, need by need, on payloads of no example: literal expectations.

use serde_json::{Value, json};

use super::{frame, profile, read, reasons, site};
use crate::decode::mapping::{Fault, Status, map_lines, prepare};
use crate::vitals::HintKey;

/// A cuff's profile: `head` before and in `[match]`, `rest` after it; the readings come last.
fn cuff(matching: &str, rest: &str, reading: &str) -> String {
    format!(
        "kind = \"json\"\n[match]\n{matching}\n{rest}\n[[reading]]\nkind = \"blood_pressure\"\n{reading}\n"
    )
}

const PLAIN: &str = "unit = \"mmHg\"\nsystolic = \"/s\"\ndiastolic = \"/d\"";
const DEVICE: &str = "[device]\nid = \"/id\"\nsends_live = true";

/// The one line that `map` prints for a payload received 2026-11-23T09:05:10+08:00.
fn said(text: &str, topic: &str, payload: &str) -> Value {
    let line =
        json!({ "topic": topic, "payload": payload, "received_at": "2026-11-23T09:05:10+08:00" });
    let out = map_lines(
        &profile(text),
        [line.to_string().as_str()],
        &site(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    serde_json::from_str(&out[0]).unwrap()
}

/// The first reading of it: these fields.
fn fields(text: &str, topic: &str, payload: &str, names: &[&str]) -> Value {
    let out = said(text, topic, payload);
    names
        .iter()
        .map(|name| out["readings"][0][*name].clone())
        .collect()
}

#[test]
fn match_by_topic_path_and_a_value_of_the_body() {
    let text = cuff(
        "topics = [\"ward/+/{device}\", \"/ingest/ward\"]\nwhen = [{ at = \"/kind\", is = [3, \"bp\"] }, { at = \"/test\", missing = true }]",
        DEVICE,
        PLAIN,
    );
    let text = text.replace("\"ward/+/{device}\", ", "\"ward/#\", ");
    let status = |topic: &str, payload: &str| said(&text, topic, payload)["status"].clone();
    let good = r#"{"kind":"bp","id":"a","s":126,"d":81}"#;
    for topic in ["ward", "ward/2/left", "/ingest/ward"] {
        assert_eq!(status(topic, good), "ok", "{topic}");
    }
    assert_eq!(status("ward/2", &good.replace("\"bp\"", "3")), "ok");
    assert_eq!(status("ward/2", &good.replace("\"bp\"", "3.0")), "ok");
    for (topic, payload) in [
        ("wards/2", good.to_owned()),
        ("/ingest/ward/2", good.to_owned()),
        ("ward/2", good.replace("bp", "BP")),
        ("ward/2", good.replace("\"kind\"", "\"test\":1,\"kind\"")),
    ] {
        assert_eq!(status(topic, &payload), "quarantined", "{topic} {payload}");
    }
}

#[test]
fn ignore_heartbeats_batteries_advertisements_and_events_without_a_value() {
    let text = cuff(
        "topics = [\"t\"]",
        &format!(
            "{DEVICE}\n[[ignore]]\nwhen = [{{ at = \"/beat\", missing = false }}]\nwhy = \"heartbeat\"\n\
             [[ignore]]\nwhen = [{{ at = \"/adv\", is = true }}]\nwhy = \"event\"\n\
             [[ignore]]\nwhen = [{{ at = \"/s\", missing = true }}, {{ at = \"/bat\", missing = false }}]\nwhy = \"battery_only\""
        ),
        PLAIN,
    );
    for (payload, reason) in [
        (r#"{"beat":0}"#, "heartbeat"),
        (r#"{"adv":true,"rssi":-60}"#, "event"),
        (r#"{"bat":44}"#, "battery_only"),
        (r#"{"id":"a","s":null,"d":null}"#, "no_value"),
    ] {
        let none =
            json!({ "readings": [], "status": "ignored", "error": null, "reasons": [reason] });
        assert_eq!(said(&text, "t", payload), none, "{payload}");
    }
}

#[test]
fn path_of_odd_keys_indexes_elements_keys_and_picked_elements() {
    let odd = cuff(
        "topics = [\"t\"]",
        "[device]\nid = \"/who~1what/0\"\nsends_live = true",
        "unit = \"mmHg\"\nsystolic = \"$['高压 ']\"\ndiastolic = \"/低~0压/1\"\npulse = \"$.m[?@.n=='P' && @.u=='bpm'].v\"",
    );
    let payload = r#"{"who/what":["a"],"高压 ":126,"低~压":[0,81],"m":[{"n":"P","u":"x","v":1},{"n":"P","u":"bpm","v":66}]}"#;
    let names = ["device", "systolic_mmhg", "diastolic_mmhg", "pulse_bpm"];
    assert_eq!(
        fields(&odd, "t", payload, &names),
        json!(["a", 126, 81, 66])
    );

    let keys = cuff(
        "topics = [\"t\"]",
        "[device]\nid = \"key:2\"\nsends_live = true",
        &format!("each = \"$.rooms[*].log[*]\"\nslot = \"key:4\"\n{PLAIN}"),
    );
    let payload = r#"{"rooms":{"r1":{"log":[{"s":126,"d":81}]},"r2":{"log":[{"s":131,"d":82},{"s":140,"d":90}]}}}"#;
    let out = said(&keys, "t", payload);
    let devices: Vec<(&Value, &Value, &Value)> = out["readings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["device"], &r["slot"], &r["systolic_mmhg"]))
        .collect();
    assert_eq!(
        json!(devices),
        json!([["r1", "0", 126], ["r2", "0", 131], ["r2", "1", 140]])
    );
}

#[test]
fn source_of_a_field_is_body_outer_body_topic_constant_or_receipt() {
    let text = cuff(
        "topics = [\"{hub}/x/{n}\"]",
        "[device]\nid = [\"/id\", \"body:/hub\", \"topic:hub\"]\nsends_live = true",
        &format!("each = \"$.l[*]\"\nslot = \"topic:3\"\nsequence = \"const:7\"\n{PLAIN}"),
    );
    let names = ["device", "slot", "sequence", "measured_at", "time_source"];
    let at = "2026-11-23T09:05:10+08:00";
    for (payload, device) in [
        (r#"{"hub":"h","l":[{"id":"a","s":126,"d":81}]}"#, "a"),
        (r#"{"l":[{"id":null,"s":126,"d":81}],"hub":"h"}"#, "h"),
        (r#"{"l":[{"s":126,"d":81}]}"#, "g"),
    ] {
        let want = json!([device, "2", "7", at, "received"]);
        assert_eq!(fields(&text, "g/x/2", payload, &names), want);
    }
}

#[test]
fn number_as_number_as_text_and_with_its_unit_where_asked_for() {
    let text = cuff(
        "topics = [\"t\"]",
        DEVICE,
        "unit = \"mmHg\"\nsystolic = { at = \"/s\", with_unit = true }\ndiastolic = \"/d\"\npulse = { at = \"/p\", none = [0] }",
    );
    let error = |s: &str, d: &str| {
        let out = said(&text, "t", &format!(r#"{{"id":"a","s":{s},"d":{d}}}"#));
        (
            out["error"].clone(),
            out["readings"][0]["systolic_mmhg"].clone(),
        )
    };
    for s in [
        "126",
        "126.0",
        "\"126\"",
        "\" 126 \"",
        "\"126 mmHg\"",
        "\"126mmhg\"",
        "1.26e2",
    ] {
        assert_eq!(error(s, "81"), (Value::Null, json!(126)), "{s}");
    }
    assert_eq!(error("126", "\"81 mmHg\"").0, "not_a_number");
    for (s, word) in [
        ("\"NaN\"", "not_a_number"),
        ("1e400", "number_out_of_range"),
        ("\"１２６\"", "not_a_number"),
        ("\"126,0\"", "not_a_number"),
        ("\"0x7e\"", "unknown_unit"),
        ("\"----\"", "incomplete"),
        ("\"\"", "incomplete"),
    ] {
        assert_eq!(error(s, "81").0, word, "{s}");
    }
    for p in ["0", "0.0", "\"0\"", "\"0.0\"", "\"--\"", "null"] {
        let payload = format!(r#"{{"id":"a","s":126,"d":81,"p":{p}}}"#);
        let out = said(&text, "t", &payload);
        assert_eq!(
            (&out["status"], &out["readings"][0]["pulse_bpm"]),
            (&json!("ok"), &Value::Null),
            "{p}"
        );
    }
}

#[test]
fn unit_fixed_by_field_by_flag_and_scaled() {
    let text = |unit: &str| cuff("topics = [\"t\"]", DEVICE, &PLAIN.replace("\"mmHg\"", unit));
    let flag = r#"{ at = "/u", values = { "0" = "mmHg", "1" = "kPa", "2" = "Pa" } }"#;
    let field = r#"{ at = "/u" }"#;
    for (unit, payload, systolic) in [
        ("\"kPa\"", r#"{"id":"a","s":16.8,"d":10.8}"#, "126.0103488"),
        ("\"Pa\"", r#"{"id":"a","s":16800,"d":10800}"#, "126.0103488"),
        (flag, r#"{"id":"a","s":126,"d":81,"u":0}"#, "126"),
        (flag, r#"{"id":"a","s":126,"d":81,"u":0.0}"#, "126"),
        (
            flag,
            r#"{"id":"a","s":16.8,"d":10.8,"u":"1"}"#,
            "126.0103488",
        ),
        (
            flag,
            r#"{"id":"a","s":16800,"d":10800,"u":2}"#,
            "126.0103488",
        ),
        (
            field,
            r#"{"id":"a","s":16.8,"d":10.8,"u":"KPA "}"#,
            "126.0103488",
        ),
    ] {
        let out = said(&text(unit), "t", payload);
        assert_eq!(
            out["readings"][0]["systolic_mmhg"].to_string(),
            systolic,
            "{payload}"
        );
    }
    for payload in [
        r#"{"id":"a","s":16.8,"d":10.8,"u":"01"}"#,
        r#"{"id":"a","s":16.8,"d":10.8,"u":3}"#,
        r#"{"id":"a","s":16.8,"d":10.8}"#,
    ] {
        assert_eq!(
            said(&text(flag), "t", payload)["error"],
            "unknown_unit",
            "{payload}"
        );
    }
    let tenths = text("\"kPa\"").replace("\"/s\"", "{ at = \"/s\", scale = \"0.1\" }");
    let out = said(&tenths, "t", r#"{"id":"a","s":168,"d":10.8}"#);
    assert_eq!(
        out["readings"][0]["systolic_mmhg"].to_string(),
        "126.0103488"
    );
}

#[test]
fn time_in_any_of_the_forms_of_one_profile() {
    // Seconds are moments in milliseconds too, in January 1970, and fourteen digits are a moment of 2612.
    let text = cuff(
        "topics = [\"t\"]",
        &format!(
            "{DEVICE}\n[time]\nat = \"/t\"\nform = [\"epoch_ms\", \"epoch_s\", \"compact\", \"compact_utc\", \"iso\", \"slashes\"]"
        ),
        PLAIN,
    );
    for sent in [
        "1763859900",
        "1763859900000",
        "\"1763859900\"",
        "\"1763859900000\"",
        "1763859900.0",
        "\"2025-11-23T01:05:00Z\"",
        "\"2025-11-23T09:05:00+08:00\"",
        "\"2025-11-23T09:05:00+0800\"",
        "\"2025-11-23T09:05:00+08\"",
        "\"2025-11-23 09:05:00 +08:00\"",
        "\"2025-11-23T09:05:00\"",
        "\"2025-11-23 09:05:00\"",
        "\"20251123090500\"",
        "20251123090500",
        "\"20251123T010500Z\"",
        "\"2025/11/23 09:05:00\"",
        "\"2025/11/23 9:05\"",
    ] {
        let payload = format!(r#"{{"id":"a","s":126,"d":81,"t":{sent}}}"#);
        let got = fields(&text, "t", &payload, &["measured_at", "time_source"]);
        assert_eq!(
            got,
            json!(["2025-11-23T09:05:00+08:00", "device"]),
            "{sent}"
        );
    }
    let short = r#"{"id":"a","s":126,"d":81,"t":"2025/1/3 9:05:00"}"#;
    assert_eq!(
        fields(&text, "t", short, &["measured_at"]),
        json!(["2025-01-03T09:05:00+08:00"])
    );
    for sent in [
        "0",
        "\"0\"",
        "\"2099-01-01T00:00:00Z\"",
        "\"2025-11-23T09:05:00+8\"",
        "\"3/1/2025 9:05\"",
    ] {
        let payload = format!(r#"{{"id":"a","s":126,"d":81,"t":{sent}}}"#);
        let got = fields(
            &text,
            "t",
            &payload,
            &["measured_at", "time_source", "systolic_mmhg"],
        );
        assert_eq!(got, json!([null, "unusable", 126]), "{sent}");
    }
}

#[test]
fn person_hint_is_text_checked_and_nothing_when_masked() {
    let text = |kind: &str| {
        cuff(
            "topics = [\"t\"]",
            &format!("{DEVICE}\n[person]\nhint = \"/c\"\ntype = \"{kind}\""),
            &format!("slot = {{ at = \"/u\", none = [255] }}\n{PLAIN}"),
        )
    };
    let hint = |kind: &str, c: &str| {
        let payload = format!(r#"{{"id":"a","s":126,"d":81,"c":{c},"u":255.0}}"#);
        let out = said(&text(kind), "t", &payload);
        assert_eq!(out["readings"][0]["slot"], Value::Null);
        (
            out["readings"][0]["person_hint"]["value"].clone(),
            out["reasons"].clone(),
        )
    };
    assert_eq!(
        hint("national_id", "\"11010519491231002x\"").0,
        "11010519491231002X"
    );
    assert_eq!(hint("card", "\"0007742\"").0, "0007742");
    assert_eq!(hint("account", "\"wang-01\"").0, "wang-01");
    for (c, reason) in [
        ("\"110105194912310021\"", "/c: hint_check_digit"),
        ("\"110105********002X\"", "/c: hint_masked"),
        ("\"  \"", "/c: hint_empty"),
    ] {
        assert_eq!(hint("national_id", c), (Value::Null, json!([reason])));
    }
}

#[test]
fn tags_of_meal_sample_and_marks_through_a_table() {
    let text = "kind = \"json\"\n[match]\ntopics = [\"t\"]\n[device]\nid = \"/id\"\nsends_live = true\n[[reading]]\n\
        kind = \"glucose\"\nunit = \"mmol/L\"\nvalue = \"/v\"\n\
        meal = { at = \"/m\", values = { \"空腹\" = \"fasting\", \"1\" = \"before_meal\", \"2\" = \"after_meal\", \"3\" = \"bedtime\", \"9\" = \"casual\" } }\n\
        control = { at = \"/k\", is = [\"QC\", 9] }\n\
        marks = { irregular_pulse = \"/i\", body_movement = { at = \"/b\", is = \"M\" }, cuff_loose = \"/c\" }\n";
    for (m, meal) in [
        ("\"空腹\"", "fasting"),
        ("1", "before_meal"),
        ("2.0", "after_meal"),
        ("\"3\"", "bedtime"),
        ("9", "casual"),
    ] {
        let payload = format!(r#"{{"id":"a","v":6.2,"m":{m},"i":1.0,"b":"M","c":"false"}}"#);
        let got = fields(text, "t", &payload, &["meal", "quality", "mmol_l"]);
        let quality = json!(["body_movement", "irregular_pulse"]);
        assert_eq!(got, json!([meal, quality, 6.2]), "{m}");
    }
    let control = fields(text, "t", r#"{"id":"a","v":6.2,"k":9.0}"#, &["quality"]);
    assert_eq!(control, json!([["control_solution"]]));
    let unknown = said(text, "t", r#"{"id":"a","v":6.2,"m":"tea"}"#);
    assert_eq!(
        (
            &unknown["status"],
            &unknown["readings"][0]["meal"],
            &unknown["reasons"]
        ),
        (&json!("ok"), &Value::Null, &json!(["/m: unknown_meal"]))
    );
}

#[test]
fn identity_by_number_or_record_id() {
    let text = cuff(
        "topics = [\"t\"]",
        DEVICE,
        &format!("sequence = {{ at = \"/n\", none = [0] }}\n{PLAIN}"),
    );
    for (n, sequence) in [
        ("17", json!("17")),
        ("\"0017\"", json!("0017")),
        ("\"d-17\"", json!("d-17")),
        ("0", Value::Null),
        ("0.0", Value::Null),
        ("null", Value::Null),
    ] {
        let payload = format!(r#"{{"id":"a","s":126,"d":81,"n":{n}}}"#);
        assert_eq!(
            fields(&text, "t", &payload, &["sequence"]),
            json!([sequence]),
            "{n}"
        );
    }
}

#[test]
fn error_code_with_zero_for_good_and_high_and_low_as_text() {
    let text = cuff(
        "topics = [\"t\"]",
        &format!("{DEVICE}\n[error]\nat = \"/e\"\nwords = {{ \"3\" = \"cuff_loose\" }}"),
        PLAIN,
    );
    for good in ["0", "0.0", "\"0\"", "null"] {
        let payload = format!(r#"{{"id":"a","s":126,"d":81,"e":{good}}}"#);
        assert_eq!(said(&text, "t", &payload)["status"], "ok", "{good}");
    }
    for (bad, word) in [
        ("3", "cuff_loose"),
        ("3.0", "cuff_loose"),
        ("\"E1\"", "device_error"),
        ("\"00\"", "device_error"),
    ] {
        let out = read(
            &profile(&text),
            "t",
            &format!(r#"{{"id":"a","s":126,"d":81,"e":{bad}}}"#),
        );
        assert_eq!(
            (out.status, out.error),
            (Status::Ignored, Some(Fault::DeviceError))
        );
        assert_eq!(reasons(&out), [format!("/e: {word}")], "{bad}");
    }
    let meter = "kind = \"json\"\n[match]\ntopics = [\"t\"]\n[device]\nid = \"/id\"\n[[reading]]\nkind = \"glucose\"\n\
        unit = \"mmol/L\"\nvalue = { at = \"/v\", high = [\"偏高\"], low = [\"偏低\"] }\n";
    for (v, flag) in [
        ("HI", "HI"),
        ("high", "HI"),
        ("偏高", "HI"),
        ("Lo", "LO"),
        ("LOW", "LO"),
        ("偏低", "LO"),
    ] {
        let payload = format!(r#"{{"id":"a","v":"{v}"}}"#);
        let got = fields(meter, "t", &payload, &["value_flag", "mmol_l"]);
        assert_eq!(got, json!([flag, null]), "{v}");
    }
}

#[test]
fn completeness_is_both_pressures_or_nothing() {
    let text = cuff("topics = [\"t\"]", DEVICE, PLAIN);
    for payload in [
        r#"{"id":"a","s":126}"#,
        r#"{"id":"a","d":81}"#,
        r#"{"id":"a","s":126,"d":"--"}"#,
    ] {
        let none = json!({ "readings": [], "status": "quarantined", "error": "incomplete", "reasons": ["incomplete"] });
        assert_eq!(said(&text, "t", payload), none);
    }
}

const DROPPING: &str = r#"
kind = "json"
drop = ["/name", "$.family[*].phone"]
[match]
topics = ["t"]
[device]
id = "/id"
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/s"
diastolic = "/d"
"#;

#[test]
fn privacy_holds_for_what_is_not_understood_too() {
    let key = HintKey::new([7; 32]);
    let kept = |payload: &str| {
        let prepared = prepare(&profile(DROPPING), &frame("t", payload.as_bytes()), &key);
        (
            prepared.understood.is_ok(),
            String::from_utf8(prepared.payload).unwrap(),
        )
    };
    let whole = r#"{"id":"a","s":126,"d":81,"name":"Wang","family":[{"of":1,"phone":"139"}]}"#;
    let left = r#"{"d":81,"family":[{"of":1}],"id":"a","s":126}"#;
    assert_eq!(kept(whole), (true, left.to_owned()));
    let half = whole.replace(",\"d\":81", "");
    assert_eq!(kept(&half), (false, left.replace("\"d\":81,", "")));
    // Nothing to drop: not a byte changes.
    let spaced = r#"{ "id":"a", "s":126 }"#;
    assert_eq!(kept(spaced), (false, spaced.to_owned()));
}

#[test]
fn a_profile_that_drops_what_it_reads_says_so_at_once() {
    // What is answered to the sender and what is found in the kept body must be the same.
    let text = DROPPING.replace("/name", "$[?@ == 126]");
    let out = read(&profile(&text), "t", r#"{"id":"a","s":126,"d":81}"#);
    assert_eq!(
        (out.status, out.error),
        (Status::Quarantined, Some(Fault::Incomplete))
    );
}
