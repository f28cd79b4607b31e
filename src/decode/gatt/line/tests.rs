use proptest::prelude::*;

use super::super::profile::Profile;
use super::*;

fn profiles() -> Profiles {
    Profiles::from_files([
        (
            "beurer-bm85",
            include_str!("../../../../config/devices/beurer-bm85.toml"),
        ),
        (
            "caresens-dual",
            include_str!("../../../../config/devices/caresens-dual.toml"),
        ),
        ("kiosk", "kind = \"json\""),
    ])
    .unwrap()
}

fn answer(line: &str) -> String {
    decode_line(line, &profiles())
}

fn one(char: &str, hex: &str) -> Json {
    serde_json::from_str(&answer(&format!(
        r#"{{"id":"x","char":"{char}","hex":"{hex}"}}"#
    )))
    .unwrap()
}

fn reasons(char: &str, hex: &str) -> (String, Vec<String>) {
    let answer = one(char, hex);
    let words = answer["reasons"].as_array().unwrap().iter();
    let words = words
        .map(|word| word.as_str().unwrap().to_owned())
        .collect();
    (answer["class"].as_str().unwrap().to_owned(), words)
}

#[test]
fn worked_examples_to_the_letter() {
    assert_eq!(
        answer(r#"{"id":"b","char":"2A35","hex":"1e840052006200ea070b170905004400020000"}"#),
        r#"{"id":"b","char":"2A35","class":"valid","store_as":"patient","reasons":[],"unit":"mmHg","systolic":"132","diastolic":"82","map":"98","time":"2026-11-23T09:05:00","pulse":"68","user_id":2,"status":{"body_movement":false,"cuff_too_loose":false,"irregular_pulse":false,"pulse_range":"within","improper_position":false}}"#
    );
    assert_eq!(
        answer(r#"{"id":"c","char":"2A18","hex":"032a00ea070b17010500e0016cb011"}"#),
        r#"{"id":"c","char":"2A18","class":"valid","store_as":"patient","reasons":[],"seq":42,"base_time":"2026-11-23T01:05:00","time_offset_min":480,"user_facing_time":"2026-11-23T09:05:00","unit":"kg/L","concentration":"0.00108","mmol_l":"5.99","mg_dl":"108","type":1,"location":1,"annunciation":[],"context_follows":false}"#
    );
    assert_eq!(
        answer(r#"{"id":"d","char":"2A52","hex":"05000700"}"#),
        r#"{"id":"d","char":"2A52","class":"valid","store_as":"none","reasons":[],"op":"count","count":7}"#
    );
    assert_eq!(
        answer(r#"{"id":"e","char":"2A34","hex":"022a0003"}"#),
        r#"{"id":"e","char":"2A34","class":"valid","store_as":"none","reasons":[],"seq":42,"extended_flags":null,"carbohydrate_id":null,"carbohydrate_kg":null,"meal":3,"tester":null,"health":null,"exercise_s":null,"exercise_percent":null,"medication_id":null,"medication":null,"medication_unit":null,"hba1c_percent":null}"#
    );
    assert_eq!(
        answer(r#"{"id":"f","char":"2A52","hex":"06000106"}"#),
        r#"{"id":"f","char":"2A52","class":"valid","store_as":"none","reasons":[],"op":"response","request_op":1,"code":6,"code_name":"no_records_found"}"#
    );
    assert_eq!(
        answer(r#"{"id":"g","char":"2A36","hex":"007800ff07ff07"}"#),
        r#"{"id":"g","char":"2A36","class":"valid","store_as":"none","reasons":[],"cuff":"120","unit":"mmHg"}"#
    );
    assert_eq!(
        answer(
            r#"{"id":"a","char":"2A35","hex":"1E84005200 6200EA070B170905004400020000","note":"spaces"}"#
        ),
        r#"{"id":"a","char":"2A35","class":"error","store_as":"none","reasons":["bad_hex"]}"#
    );
}

#[test]
fn what_a_line_may_be_refused_for() {
    for (line, reason, id) in [
        ("nonsense", "not_json", "null"),
        ("", "not_json", "null"),
        ("[1]", "not_an_object", "null"),
        (r#"{"id":"x""#, "not_json", "null"),
        (r#"{"id":"x","char":"2A35","hex":"0"}"#, "bad_hex", r#""x""#),
        (
            r#"{"id":"x","char":"2A35","hex":"zz"}"#,
            "bad_hex",
            r#""x""#,
        ),
        (r#"{"id":"x","char":"2A35","hex":12}"#, "bad_hex", r#""x""#),
        (r#"{"id":"x","char":"2A35"}"#, "bad_hex", r#""x""#),
        (
            r#"{"id":"x","char":"2A35","hex":""}"#,
            "truncated",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":"2A19","hex":"64"}"#,
            "unsupported_char",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":"0x2A35","hex":"64"}"#,
            "unsupported_char",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":null,"hex":"64"}"#,
            "unsupported_char",
            r#""x""#,
        ),
        (r#"{"id":"x","hex":"64"}"#, "unsupported_char", r#""x""#),
        (
            r#"{"id":"x","char":"2A52","hex":"05000700","profile":"nobody"}"#,
            "unknown_profile",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":"2A52","hex":"05000700","profile":"kiosk"}"#,
            "unknown_profile",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":"2A52","hex":"05000700","profile":7}"#,
            "unknown_profile",
            r#""x""#,
        ),
        (
            r#"{"id":7,"char":"2A52","hex":"0101"}"#,
            "unexpected_op_code",
            "7",
        ),
        (
            r#"{"id":"x","char":"2A52","hex":"06010101"}"#,
            "operator_not_null",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":"2A52","hex":"060001"}"#,
            "truncated",
            r#""x""#,
        ),
        (
            r#"{"id":"x","char":"2A52","hex":"0600010100"}"#,
            "trailing_bytes",
            r#""x""#,
        ),
    ] {
        let answered = answer(line);
        let value: Json = serde_json::from_str(&answered).unwrap();
        assert_eq!(value["class"], "error", "{line}");
        assert_eq!(value["store_as"], "none", "{line}");
        assert_eq!(value["reasons"], serde_json::json!([reason]), "{line}");
        assert_eq!(value["id"].to_string(), id, "{line}");
        assert_eq!(value.as_object().unwrap().len(), 5, "{answered}");
    }
}

#[test]
fn the_code_in_any_case_and_odd_ids() {
    for char in ["2a52", "2A52"] {
        let line = format!(r#"{{"char":"{char}","hex":"05000700","profile":null}}"#);
        assert!(answer(&line).starts_with(r#"{"id":null,"char":"2A52","class":"valid""#));
    }
    let line = r#"{"id":12345678901234567890123,"char":"2A52","hex":"05000700"}"#;
    assert!(answer(line).starts_with(r#"{"id":12345678901234567890123,"char":"2A52""#));
    let marked = "\u{FEFF}{\"id\":1,\"char\":\"2A52\",\"hex\":\"05000700\"}";
    assert!(answer(marked).contains("valid"));
}

#[test]
fn blank_lines_have_no_answer() {
    let text = "\n  \r\n{\"char\":\"2A52\",\"hex\":\"05000700\"}\r\n\t\nx\n";
    let profiles = profiles();
    let answers: Vec<String> = decode_lines(text, &profiles).collect();
    assert_eq!(answers.len(), 2);
    assert!(answers[0].contains("\"count\":7"));
    assert!(answers[1].contains("not_json"));
}

#[test]
fn a_profile_changes_what_the_bytes_mean() {
    // flags 0x56, MAP 0, pulse 00 44 and status 00 04 most significant first, user 1 without its flag.
    let hex = "568400520000 00ea070b17090500 0044 01 0004".replace(' ', "");
    let with = format!(r#"{{"id":"x","char":"2A35","hex":"{hex}","profile":"beurer-bm85"}}"#);
    let with: Json = serde_json::from_str(&answer(&with)).unwrap();
    assert_eq!(with["class"], "valid");
    assert_eq!(
        (&with["pulse"], &with["user_id"]),
        (&Json::from("68"), &Json::from(1))
    );
    assert_eq!(with["map"], Json::Null);
    assert_eq!(with["status"]["irregular_pulse"], true);
    let without = one("2A35", &hex);
    assert_eq!(without["class"], "invalid");
    assert_eq!(without["pulse"], "10240000");
    assert_eq!(without["reasons"], serde_json::json!(["implausible_pulse"]));
}

#[test]
fn ketone_needs_its_profile() {
    assert_eq!(reasons("2A34", "022a0006"), ("valid".into(), vec![]));
    let line = r#"{"id":"x","char":"2A34","hex":"022a0006","profile":"caresens-dual"}"#;
    let with = answer(line);
    assert!(
        with.contains(r#""class":"valid","store_as":"none","reasons":["ketone"]"#),
        "{with}"
    );
    assert!(with.contains(r#""meal":6"#));
}

#[test]
fn reasons_decide_first_and_inform_after() {
    // Systolic 310, year 0.
    assert_eq!(
        reasons(
            "2A35",
            "0236015200620000000b17090500".replace(' ', "").as_str()
        ),
        (
            "invalid".into(),
            vec!["implausible_systolic".into(), "time_unknown".into()]
        )
    );
}

fn any_line() -> impl Strategy<Value = String> {
    let char = prop_oneof![
        Just("2A35".to_owned()),
        Just("2a36".to_owned()),
        Just("2A18".to_owned()),
        Just("2A34".to_owned()),
        Just("2A52".to_owned()),
        ".{0,6}"
    ];
    let hex = prop_oneof!["([0-9a-fA-F]{2}){0,24}", "[0-9a-fA-F]{0,9}", ".{0,9}"];
    let profile = prop_oneof![
        Just(Json::Null),
        Just(Json::from("beurer-bm85")),
        Just(Json::from("caresens-dual")),
        Just(Json::from("other"))
    ];
    (char, hex, profile).prop_map(|(char, hex, profile)| {
        serde_json::json!({"id": 1, "char": char, "hex": hex, "profile": profile}).to_string()
    })
}

proptest! {
    #[test]
    fn every_line_gets_one_line(line in any_line()) {
        let answered = answer(&line);
        prop_assert!(!answered.contains('\n'));
        let value: Json = serde_json::from_str(&answered).unwrap();
        let class = value["class"].as_str().unwrap();
        let reasons = value["reasons"].as_array().unwrap();
        prop_assert_eq!(class == "error", value.as_object().unwrap().len() == 5);
        prop_assert!(class == "valid" || !reasons.is_empty());
        prop_assert!(class == "valid" || value["store_as"] == "none");
    }

    #[test]
    fn any_text_gets_one_line(line in ".{0,200}") {
        let value: Json = serde_json::from_str(&answer(&line)).unwrap();
        prop_assert_eq!(value["class"].as_str(), Some("error"));
    }
}

#[test]
fn profiles_of_a_hub_are_found_by_stem() {
    assert!(
        profiles()
            .get("beurer-bm85")
            .is_some_and(|found: &Profile| found.slot_base == 0)
    );
}
