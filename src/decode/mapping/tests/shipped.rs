//! Every shipped profile against the vendor's own example: literal expectations.

use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use crate::decode::mapping::map_lines;
use crate::decode::profile::{ProfileFile, ProfileSet};

/// Every file of config/devices, as `serve` reads them: they must also load together.
pub(super) fn shipped() -> ProfileSet {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/devices");
    let files: Vec<ProfileFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| ProfileFile {
            name: entry.file_name().into_string().unwrap(),
            text: std::fs::read_to_string(entry.path()).unwrap(),
        })
        .collect();
    ProfileSet::parse(&files).unwrap_or_else(|e| panic!("{e}"))
}

/// One line through `map`, in a site at +08:00, received 2026-11-23T09:05:10+08:00 unless said otherwise.
fn map(topic: &str, payload: &str) -> Value {
    map_at(topic, payload, "2026-11-23T09:05:10+08:00")
}

fn map_at(topic: &str, payload: &str, received_at: &str) -> Value {
    let line = json!({ "topic": topic, "payload": payload, "received_at": received_at });
    map_all(&[line]).remove(0)
}

fn map_all(lines: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let site = TimeZone::fixed(Offset::constant(8));
    map_lines(
        &shipped(),
        lines.iter().map(String::as_str),
        &site,
        jiff::Timestamp::UNIX_EPOCH,
    )
    .iter()
    .map(|line| serde_json::from_str(line).unwrap())
    .collect()
}

#[test]
fn demo_cuff() {
    let out = map(
        "centres/3/devices/cuff-7/bp",
        r#"{"sys":126,"dia":81,"pulse":66,"seq":17,"at":"2026-11-23T09:05:00+08:00","user":1,"battery":80,"irregular":false,"movement":true,"loose":false,"card":"C-100417"}"#,
    );
    assert_eq!(
        out,
        json!({
            "readings": [{
                "kind": "blood_pressure", "systolic_mmhg": 126, "diastolic_mmhg": 81, "pulse_bpm": 66,
                "mmol_l": null, "value_flag": null, "meal": null, "control": false,
                "measured_at": "2026-11-23T09:05:00+08:00", "time_source": "device",
                "device": "cuff-7", "slot": "1", "sequence": "17",
                "person_hint": { "type": "card", "value": "C100417" },
                "quality": ["body_movement"],
            }],
            "status": "ok", "error": null, "reasons": [],
        })
    );
}

#[test]
fn demo_meter() {
    let out = map(
        "centres/3/devices/meter-2/glucose",
        r#"{"mmol_l":6.2,"meal":"fasting","seq":5,"at":"2026-11-23T09:05:00+08:00","control":false}"#,
    );
    assert_eq!(
        out,
        json!({
            "readings": [{
                "kind": "glucose", "systolic_mmhg": null, "diastolic_mmhg": null, "pulse_bpm": null,
                "mmol_l": 6.2, "value_flag": null, "meal": "fasting", "control": false,
                "measured_at": "2026-11-23T09:05:00+08:00", "time_source": "device",
                "device": "meter-2", "slot": null, "sequence": "5", "person_hint": null, "quality": [],
            }],
            "status": "ok", "error": null, "reasons": [],
        })
    );
}
