//! Properties: numbers, units and times are exact, no input panics, nothing dropped or personal is kept.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::shipped::shipped;
use super::{frame, site};
use crate::decode::mapping::number::decimal;
use crate::decode::mapping::time::moment;
use crate::decode::mapping::{Status, interpret, map_lines, prepare};
use crate::decode::profile::{ProfileFile, ProfileSet, TimeForm, Unit};
use crate::vitals::HintKey;

/// Topics that meet a shipped profile.
const TOPICS: [&str; 8] = [
    "centres/1/devices/c/bp",
    "CM4_BLE_GW_TX",
    "dusun_pub",
    "v1/gateway/telemetry",
    "/ingest/sinocare",
    "/ingest/form-cuff",
    "c/sensor/systolic/state",
    "/ingest/ihealth",
];

/// JSON values with the words that profiles look for.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (0i64..400).prop_map(Into::into),
        "[ -~]{0,12}".prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
        Just("reportAttribute".into()),
        Just("HI".into()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = prop_oneof![
            Just("data"),
            Just("value"),
            Just("device_list"),
            Just("sys"),
            Just("dia"),
            Just("card"),
            Just("citiz"),
            Just("type"),
            Just("result"),
            Just("at"),
            Just("BPDataList"),
            Just("code"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..6)
                .prop_map(|m| m.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn decimals_are_exact(mantissa in -9_999_999_999i64..9_999_999_999, scale in 0u32..12) {
        let value = Decimal::new(mantissa, scale);
        prop_assert_eq!(decimal(&value.to_string()), Ok(value));
        prop_assert_eq!(decimal(&format!("{mantissa}e-{scale}")), Ok(value));
    }

    #[test]
    fn what_is_taken_as_a_number_is_ascii_and_finite(text in "\\PC{0,20}") {
        if let Ok(value) = decimal(&text) {
            prop_assert!(text.is_ascii());
            let near: f64 = text.parse().unwrap();
            let found: f64 = value.to_string().parse().unwrap();
            prop_assert!((near - found).abs() <= near.abs() * 1e-12);
        }
    }

    #[test]
    fn units_agree_with_each_other(tenths in 1i64..5_500) {
        let mmol = Decimal::new(tenths, 1);
        prop_assert_eq!(Unit::MolL.convert(mmol / Decimal::from(1_000)), Some(mmol));
        let mg = mmol * Decimal::new(18_016, 3);
        prop_assert_eq!(Unit::MgDl.convert(mg), Some(mmol));
        prop_assert_eq!(Unit::KgL.convert(mg / Decimal::from(100_000)), Some(mmol));
        prop_assert_eq!(Unit::KPa.convert(mmol), Unit::Pa.convert(mmol * Decimal::from(1_000)));
    }

    #[test]
    fn every_form_of_one_moment_is_that_moment(second in 946_684_800i64..4_102_444_800) {
        let at = Timestamp::from_second(second).unwrap();
        let local = at.to_zoned_datetime(site()).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let compact = local.replace(['-', ':', 'T'], "");
        let utc = at.to_zoned_datetime(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
        for (form, text) in [
            (TimeForm::EpochSeconds, second.to_string()),
            (TimeForm::EpochMillis, (second * 1_000).to_string()),
            (TimeForm::Iso, at.to_string()),
            (TimeForm::Iso, local.clone()),
            (TimeForm::Iso, local.replace('T', " ")),
            (TimeForm::Iso, format!("{local}+08:00")),
            (TimeForm::Iso, format!("{local}+0800")),
            (TimeForm::Slashes, local.replace('-', "/").replace('T', " ")),
            (TimeForm::Compact, compact),
            (TimeForm::CompactUtc, utc),
        ] {
            prop_assert_eq!(moment(form, &text, &site()), Some(at), "{}", text);
        }
    }

    #[test]
    fn no_text_panics_as_a_time(text in "\\PC{0,30}", digits in "[0-9TZ:/ +.-]{0,30}") {
        for form in [TimeForm::EpochSeconds, TimeForm::EpochMillis, TimeForm::Iso,
                     TimeForm::Compact, TimeForm::CompactUtc, TimeForm::Slashes] {
            moment(form, &text, &site());
            moment(form, &digits, &site());
        }
    }

    #[test]
    fn no_bytes_panic(topic in prop::sample::select(&TOPICS[..]), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let set = shipped();
        let frame = frame(topic, &bytes);
        let prepared = prepare(&set, &frame, &HintKey::new([1; 32]));
        let out = interpret(&set, &frame, &site());
        prop_assert_eq!(prepared.understood.is_err(), out.status == Status::Quarantined);
    }

    #[test]
    fn no_json_panics_and_preparing_changes_no_meaning(topic in prop::sample::select(&TOPICS[..]), body in json()) {
        let set = shipped();
        let raw = frame(topic, body.to_string().as_bytes());
        let prepared = prepare(&set, &raw, &HintKey::new([1; 32]));
        let before = interpret(&set, &raw, &site());
        let after = interpret(&set, &frame(topic, &prepared.payload), &site());
        prop_assert_eq!(before.status, after.status);
        prop_assert_eq!(before.error, after.error);
        prop_assert_eq!(&before.reasons, &after.reasons);
        prop_assert_eq!(before.readings.len(), after.readings.len());
        for (b, a) in before.readings.iter().zip(&after.readings) {
            prop_assert_eq!(&b.reading.measured, &a.reading.measured);
            prop_assert_eq!(&b.reading.device, &a.reading.device);
            prop_assert_eq!(b.plain_hint.is_some(), a.reading.hint.is_some());
        }
    }

    #[test]
    fn nothing_dropped_and_no_number_is_kept(
        number in "[0-9]{12,18}", name in "[A-Z][a-z]{7,12}", systolic in 100u32..200, extra in json(),
    ) {
        let body = serde_json::json!({
            "type": "reportAttribute", "citiz": number, "nameTH": name, "nameEN": { "deep": [name] },
            "brith": number, "gender": name, "extra": extra,
            "data": { "attribute": "WBP_JUMPER", "ble_mac": "FF:22", "value": { "bp_high": systolic, "bp_low": 70 } },
        });
        let prepared = prepare(&shipped(), &frame("CM4_BLE_GW_TX", body.to_string().as_bytes()), &HintKey::new([1; 32]));
        prop_assert!(prepared.understood.is_ok());
        let kept = String::from_utf8(prepared.payload).unwrap();
        prop_assert!(!kept.contains(&number));
        prop_assert!(!kept.contains(&name));
    }

    #[test]
    fn no_profile_text_panics(text in "\\PC{0,200}", line in "[a-z_.\\[\\]{}=\"/$@?*: ]{0,80}") {
        for text in [text, format!("kind = \"json\"\n[match]\ntopics = [\"a\"]\n{line}\n")] {
            let _ = ProfileSet::parse(&[ProfileFile { name: "p.toml".into(), text }]);
        }
    }

    #[test]
    fn every_line_is_answered(lines in prop::collection::vec("\\PC{1,60}", 0..8)) {
        let asked = lines.iter().filter(|l| !l.trim().is_empty()).count();
        let out = map_lines(&shipped(), lines.iter().map(String::as_str), &site(), Timestamp::UNIX_EPOCH);
        prop_assert_eq!(out.len(), asked);
    }
}
