//! Before anything is kept: dropped paths are gone, person hints are hashes, the rest means the same.

use super::shipped::shipped;
use super::{frame, profile, reasons, site};
use crate::decode::mapping::{Fault, Prepared, interpret, prepare};
use crate::vitals::{HintKey, HintKind};

const KIOSK: &str = r#"{"time":1739360702,"type":"reportAttribute","citiz":"1100000000019","nameTH":"ก","nameEN":"Somchai J","brith":"25200101","gender":"1","data":{"attribute":"WBP_JUMPER","ble_mac":"FF:22:09:00:00:01","value":{"bp_high":120.0,"bp_low":78,"pr":71}}}"#;

fn key() -> HintKey {
    HintKey::new([7; 32])
}

fn text(prepared: &Prepared) -> &str {
    std::str::from_utf8(&prepared.payload).unwrap()
}

#[test]
fn names_are_dropped_and_the_number_is_hashed() {
    let raw = frame("CM4_BLE_GW_TX", KIOSK.as_bytes());
    let prepared = prepare(&shipped(), &raw, &key());
    assert_eq!(prepared.understood.as_deref(), Ok("qube-vital-kiosk"));
    let kept = text(&prepared);
    for gone in ["1100000000019", "Somchai", "25200101", "nameTH", "gender"] {
        assert!(!kept.contains(gone), "{gone}");
    }
    assert!(kept.contains("120.0"), "numbers stay as they were written");
    let hint = key().hint(HintKind::NationalId, "1100000000019").unwrap();
    assert!(kept.contains(&format!("kh1:{}:0019", hint.hash)));

    let again = interpret(
        &shipped(),
        &frame("CM4_BLE_GW_TX", &prepared.payload),
        &site(),
    );
    let before = interpret(&shipped(), &raw, &site());
    assert_eq!(again.readings[0].reading.hint, Some(hint));
    assert_eq!(again.readings[0].plain_hint, None);
    assert_eq!(
        again.readings[0].reading.measured,
        before.readings[0].reading.measured
    );
    assert_eq!(
        again.readings[0].reading.device_time,
        before.readings[0].reading.device_time
    );
}

#[test]
fn heartbeats_are_prepared_too() {
    let beat = r#"{"type":"HB_Msg","citiz":"1100000000019","nameEN":"Somchai J"}"#;
    let prepared = prepare(&shipped(), &frame("CM4_BLE_GW_TX", beat.as_bytes()), &key());
    assert!(prepared.understood.is_ok());
    assert!(!text(&prepared).contains("1100000000019") && !text(&prepared).contains("Somchai"));
}

#[test]
fn what_no_profile_fits_stays_whole_and_says_so() {
    for (topic, payload, fault) in [
        ("unknown", KIOSK.to_owned(), Fault::NoProfile),
        (
            "CM4_BLE_GW_TX",
            KIOSK.replace("\"gender\"", "\"type\""),
            Fault::DuplicateKey,
        ),
        ("CM4_BLE_GW_TX", KIOSK[1..].to_owned(), Fault::BadJson),
    ] {
        let prepared = prepare(&shipped(), &frame(topic, payload.as_bytes()), &key());
        assert_eq!(prepared.understood, Err(fault));
        assert_eq!(text(&prepared), payload);
    }
}

#[test]
fn a_refused_value_is_understood_and_its_person_hashed() {
    let payload = KIOSK.replace("120.0", "999");
    let prepared = prepare(
        &shipped(),
        &frame("CM4_BLE_GW_TX", payload.as_bytes()),
        &key(),
    );
    assert!(prepared.understood.is_ok());
    assert!(!text(&prepared).contains("1100000000019"));
}

#[test]
fn nothing_to_hide_leaves_the_bytes_alone() {
    let payload = r#"{ "sys":126, "dia":81.0 , "at":"2026-11-23T09:05:00+08:00" }"#;
    let prepared = prepare(
        &shipped(),
        &frame("centres/1/devices/c/bp", payload.as_bytes()),
        &key(),
    );
    assert_eq!(text(&prepared), payload);
    assert_eq!(prepared.understood.as_deref(), Ok("demo-cuff"));
}

const LIST: &str = r#"
kind = "json"
drop = ["$.list[*].name", "$.list[*].phones[*]", "/a~1b"]
[match]
topics = ["t"]
[device]
id = "const:m"
[person]
hint = ["/card", "body:/card"]
type = "card"
[[reading]]
kind = "glucose"
each = "$.list[*]"
unit = "mmol/L"
value = "/v"
"#;

#[test]
fn drops_and_hints_reach_into_every_element() {
    let payload = r#"{"a/b":"secret-1","card":"OUTER-7001","list":[
        {"v":6,"card":"C-100417","name":"secret-2","phones":["secret-3","secret-4"]},
        {"v":"x","card":100418,"name":{"first":"secret-5"}},
        {"no":"value","card":"C-100419","name":"secret-6"},
        {"v":7,"card":["C-100420"]}]}"#;
    let prepared = prepare(&profile(LIST), &frame("t", payload.as_bytes()), &key());
    assert!(prepared.understood.is_ok());
    let kept = text(&prepared);
    for gone in ["secret", "OUTER", "100417", "C-100", "\"100418", "100420"] {
        assert!(!kept.contains(gone), "{gone} in {kept}");
    }
    let again = interpret(&profile(LIST), &frame("t", &prepared.payload), &site());
    let hint = again.readings[0].reading.hint.clone().unwrap();
    assert_eq!(Ok(hint), key().hint(HintKind::Card, "C100417"));
    assert_eq!(again.readings[1].reading.hint, None);
    assert!(reasons(&again).contains(&"/list/3/card: hint_malformed".to_owned()));
}

#[test]
fn masked_and_wrong_numbers_leave_their_reason_only() {
    for (number, word) in [
        ("110105********0021", "hint_masked"),
        ("110105194912310021", "hint_check_digit"),
        ("  ", "hint_empty"),
    ] {
        let payload = KIOSK.replace("1100000000019", number);
        let prepared = prepare(
            &shipped(),
            &frame("CM4_BLE_GW_TX", payload.as_bytes()),
            &key(),
        );
        assert!(prepared.understood.is_ok());
        assert!(text(&prepared).contains(&format!("\"kh1:-:{word}\"")));
        let again = interpret(
            &shipped(),
            &frame("CM4_BLE_GW_TX", &prepared.payload),
            &site(),
        );
        assert_eq!(again.readings[0].reading.hint, None);
        assert_eq!(reasons(&again), [format!("/citiz: {word}")]);
    }
}

/// A maker may add a field that no profile knows of.
#[test]
fn a_citizen_number_is_hidden_wherever_it_stands() {
    let number = "11010519491231002X";
    let hint = key().hint(HintKind::NationalId, number).unwrap();
    let token = format!("kh1:{}:002X", hint.hash);
    let with = |field: &str| KIOSK.replace("\"data\":", &format!("{field},\"data\":"));
    for field in [
        format!("\"more\":\"{number}\""),
        format!("\"more\":[{{\"deep\":\"id {};\"}}]", number.to_lowercase()),
        "\"more\":\"\\u00311010519491231002X\"".to_owned(),
    ] {
        let body = with(&field);
        let raw = frame("CM4_BLE_GW_TX", body.as_bytes());
        let prepared = prepare(&shipped(), &raw, &key());
        assert!(prepared.understood.is_ok(), "{field}");
        assert!(!text(&prepared).to_uppercase().contains(number), "{field}");
        assert!(text(&prepared).contains(&token), "{field}");
        let again = frame("CM4_BLE_GW_TX", &prepared.payload);
        let (again, before) = (
            interpret(&shipped(), &again, &site()),
            interpret(&shipped(), &raw, &site()),
        );
        assert_eq!(
            again.readings[0].reading.measured,
            before.readings[0].reading.measured
        );
    }
    // As a bare number, where the check is a digit: worked out by the rule of the standard.
    let digits = "110105194912310062";
    let prepared = prepare(
        &shipped(),
        &frame(
            "CM4_BLE_GW_TX",
            with(&format!("\"more\":{digits}")).as_bytes(),
        ),
        &key(),
    );
    assert!(prepared.understood.is_ok() && !text(&prepared).contains(digits));
    // A name of a field cannot be replaced without losing it: such a body is kept encrypted whole.
    let prepared = prepare(
        &shipped(),
        &frame("CM4_BLE_GW_TX", with(&format!("\"{number}\":1")).as_bytes()),
        &key(),
    );
    assert_eq!(prepared.understood, Err(Fault::PersonNumber));
}

#[test]
fn a_token_that_a_device_sends_is_hashed_like_any_text() {
    let forged = format!("kh1:{}:0019", "a".repeat(32));
    let payload = KIOSK.replace("1100000000019", &forged);
    let prepared = prepare(
        &shipped(),
        &frame("CM4_BLE_GW_TX", payload.as_bytes()),
        &key(),
    );
    assert!(!text(&prepared).contains(&forged));
}

#[test]
fn a_form_keeps_its_fields() {
    let form = r#"
kind = "form"
drop = ["/name"]
[match]
topics = ["t"]
[device]
id = "/imei"
[person]
hint = "/card"
type = "account"
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/sys"
diastolic = "/dia"
"#;
    let body = "imei=1&name=%E5%BC%A0&sys=126&dia=81&card=acc%20ount";
    let prepared = prepare(&profile(form), &frame("t", body.as_bytes()), &key());
    assert!(!text(&prepared).contains("name") && !text(&prepared).contains("acc"));
    let again = interpret(&profile(form), &frame("t", &prepared.payload), &site());
    let hint = again.readings[0].reading.hint.clone().unwrap();
    assert_eq!(Ok(hint), key().hint(HintKind::Account, "acc ount"));
}

#[test]
fn a_body_that_grows_over_the_limit_is_kept_whole() {
    let limited = LIST.replace("[device]", "[limits]\npayload_bytes = 40\n[device]");
    let payload = r#"{"list":[{"v":6,"card":"C-100417"}]}"#;
    let prepared = prepare(&profile(&limited), &frame("t", payload.as_bytes()), &key());
    assert_eq!(prepared.understood, Err(Fault::PayloadTooLarge));
    assert_eq!(text(&prepared), payload);
}
