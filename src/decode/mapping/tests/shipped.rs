//! Every shipped profile against the vendor's own example: literal expectations. Identifiers are invented.

use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use crate::decode::mapping::{Fault, Status, interpret, map_lines, reply};
use crate::decode::profile::{ProfileFile, ProfileSet};
use crate::vitals::{Frame, Transport};

/// Every file of config/devices, as `serve` reads them: they must also load together.
pub(super) fn shipped() -> ProfileSet {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/devices");
    let files: Vec<ProfileFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "toml"))
        .map(|entry| ProfileFile {
            name: entry.file_name().into_string().unwrap(),
            text: std::fs::read_to_string(entry.path()).unwrap(),
        })
        .collect();
    ProfileSet::parse(&files).unwrap_or_else(|e| panic!("{e}"))
}

/// Received at 2026-11-23T09:05:10+08:00, in a site at +08:00.
fn map(topic: &str, payload: &str) -> Value {
    map_all(&[(topic, payload, "2026-11-23T09:05:10+08:00")]).remove(0)
}

pub(super) fn map_all(lines: &[(&str, &str, &str)]) -> Vec<Value> {
    let lines: Vec<String> = lines
        .iter()
        .map(|(topic, payload, at)| {
            json!({ "topic": topic, "payload": payload, "received_at": at }).to_string()
        })
        .collect();
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

/// A blood pressure with every key, and `more` in place of nulls.
fn pressure(device: &str, values: (u32, u32, Option<u32>), at: &str, more: Value) -> Value {
    let mut reading = json!({
        "kind": "blood_pressure", "systolic_mmhg": values.0, "diastolic_mmhg": values.1,
        "pulse_bpm": values.2, "mmol_l": null, "value_flag": null, "meal": null,
        "measured_at": at, "time_source": "device", "device": device, "slot": null,
        "sequence": null, "person_hint": null, "quality": [],
    });
    for (key, value) in more.as_object().unwrap() {
        assert!(reading.get(key).is_some(), "{key}");
        reading[key] = value.clone();
    }
    reading
}

fn glucose(device: &str, mmol_l: Value, at: &str, more: Value) -> Value {
    let mut reading = pressure(device, (0, 0, None), at, more);
    reading["kind"] = json!("glucose");
    reading["systolic_mmhg"] = Value::Null;
    reading["diastolic_mmhg"] = Value::Null;
    reading["mmol_l"] = mmol_l;
    reading
}

fn ok(readings: &[Value]) -> Value {
    json!({ "readings": readings, "status": "ok", "error": null, "reasons": [] })
}

fn none(status: &str, error: Value, reasons: &[&str]) -> Value {
    json!({ "readings": [], "status": status, "error": error, "reasons": reasons })
}

#[test]
fn demo_cuff() {
    let out = map(
        "centres/3/devices/cuff-7/bp",
        r#"{"sys":126,"dia":81,"pulse":66,"seq":17,"at":"2026-11-23T09:05:00+08:00","user":1,"battery":80,"irregular":false,"movement":true,"loose":false,"card":"C-100417"}"#,
    );
    let more = json!({
        "slot": "1", "sequence": "17", "quality": ["body_movement"],
        "person_hint": { "type": "card", "value": "C100417" },
    });
    let at = "2026-11-23T09:05:00+08:00";
    assert_eq!(
        out,
        ok(&[pressure("cuff-7", (126, 81, Some(66)), at, more)])
    );
}

#[test]
fn demo_meter() {
    let out = map(
        "centres/3/devices/meter-2/glucose",
        r#"{"mmol_l":6.2,"meal":"fasting","seq":5,"at":"2026-11-23T09:05:00+08:00","control":false}"#,
    );
    let more = json!({ "meal": "fasting", "sequence": "5" });
    let at = "2026-11-23T09:05:00+08:00";
    assert_eq!(out, ok(&[glucose("meter-2", json!(6.2), at, more)]));

    let control = map(
        "centres/3/devices/meter-2/glucose",
        r#"{"mmol_l":6.2,"seq":6,"at":"2026-11-23T09:05:00+08:00","control":true}"#,
    );
    assert_eq!(
        control["readings"][0]["quality"],
        json!(["control_solution"])
    );
    assert_eq!(control["reasons"], json!(["control_solution"]));
}

#[test]
fn qube_vital_kiosk() {
    let message = r#"{"from":"PI","to":"CLOUD","time":1739360702,"mac":"e4:5f:01:00:00:01","type":"reportAttribute","citiz":"1100000000019","nameTH":"ก","nameEN":"A B","brith":"25200101","gender":"1","data":{"attribute":"WBP_JUMPER","ble_mac":"FF:22:09:00:00:01","value":{"bp_high":120,"bp_low":78,"pr":71}}}"#;
    let more = json!({ "person_hint": { "type": "national_id", "value": "1100000000019" } });
    let at = "2025-02-12T19:45:02+08:00";
    let expected = pressure("FF:22:09:00:00:01", (120, 78, Some(71)), at, more);
    assert_eq!(map("CM4_BLE_GW_TX", message), ok(&[expected]));

    let heartbeat = r#"{"from":"PI","to":"CLOUD","time":1739360702,"mac":"e4:5f:01:00:00:01","type":"HB_Msg","data":{"msg":"Online"}}"#;
    assert_eq!(
        map("CM4_BLE_GW_TX", heartbeat),
        none("ignored", Value::Null, &["heartbeat"])
    );
}

#[test]
fn ava4_hub() {
    let meter = r#"{"type":"reportAttribute","time":1743963911,"mac":"DC:DA:0C:00:00:88","device":"SUGA Contour","data":{"attribute":"Contour_Elite","value":{"device_list":[{"scan_time":1743963911,"ble_addr":"806fb0000088","scan_rssi":-66,"blood_glucose":"108","marker":"After Meal"}]}}}"#;
    let more = json!({ "meal": "after_meal" });
    let at = "2025-04-07T02:25:11+08:00";
    let expected = ok(&[glucose("806fb0000088", json!(5.99), at, more)]);
    assert_eq!(map("dusun_pub", meter), expected);
    assert_eq!(map("dusun_sub", meter), expected);

    let cuff = r#"{"type":"reportAttribute","time":1836942771,"mac":"08:F9:00:00:00:B4","device":"WBP BIOLIGHT","data":{"attribute":"BP_BIOLIGTH","value":{"device_list":[{"scan_time":1836942771,"ble_addr":"d616f9000022","bp_high":137,"bp_low":95,"PR":74}]}}}"#;
    let out = map("dusun_pub", cuff);
    let more = json!({ "time_source": "unusable", "measured_at": null });
    assert_eq!(
        out,
        json!({
            "readings": [pressure("d616f9000022", (137, 95, Some(74)), "", more)],
            "status": "ok", "error": null,
            "reasons": ["/data/value/device_list/0/scan_time: time_unusable"],
        })
    );
}

#[test]
fn lifesense_push() {
    let out = map(
        "/ingest/lifesense",
        r#"{"dataTypeKey":"dBp","eventKey":"dataPush","pushStatus":1,"data":{"deviceId":"000106100000","sn":"1571200000000000","sys":120,"dia":80,"pul":72,"ihb":false,"measurementDate":1606455623387,"movementError":true,"userNo":1,"timeZone":"Asia/Shanghai"}}"#,
    );
    let more = json!({ "slot": "1", "quality": ["body_movement"] });
    let at = "2020-11-27T13:40:23.387+08:00";
    assert_eq!(
        out,
        ok(&[pressure("000106100000", (120, 80, Some(72)), at, more)])
    );
}

#[test]
fn aliyun_thing_model() {
    let topic = "/sys/a1Product/cuff-12/thing/event/property/post";
    let timed = r#"{"id":"123","version":"1.0","sys":{"ack":0},"params":{"SystolicPressure":{"value":126.0,"time":1524448722000},"DiastolicPressure":{"value":81.0,"time":1524448722000}},"method":"thing.event.property.post"}"#;
    let at = "2018-04-23T09:58:42+08:00";
    assert_eq!(
        map(topic, timed),
        ok(&[pressure("cuff-12", (126, 81, None), at, json!({}))])
    );

    let bare = r#"{"id":"124","params":{"SystolicPressure":126,"DiastolicPressure":81},"method":"thing.event.property.post"}"#;
    let live = json!({ "time_source": "received" });
    let at = "2026-11-23T09:05:10+08:00";
    assert_eq!(
        map(topic, bare),
        ok(&[pressure("cuff-12", (126, 81, None), at, live)])
    );

    let answer = reply(&shipped(), &frame(topic, timed)).unwrap();
    assert_eq!(
        answer.topic.as_deref(),
        Some("/sys/a1Product/cuff-12/thing/event/property/post_reply")
    );
    assert_eq!(answer.body, r#"{"id":"123","code":200,"data":{}}"#);
}

#[test]
fn a_push_service_hears_ok_only_when_it_was_understood() {
    let answer = |body: &str| reply(&shipped(), &frame("/ingest/form-cuff", body));
    let good = answer("imei=860000000000017&sys=126&dia=81").unwrap();
    assert_eq!(
        (good.status, good.content_type.as_str(), good.body.as_str()),
        (200, "text/plain", "OK")
    );
    // Refused is understood: sending it again would change nothing.
    assert!(answer("imei=860000000000017&sys=999&dia=81").is_some());
    assert_eq!(answer("imei=860000000000017&sys=126"), None);
    assert_eq!(answer("sys=126&dia=81"), None);
    assert_eq!(answer("imei=1&imei=2&sys=126&dia=81"), None);
}

pub(super) fn frame(topic: &str, payload: &str) -> Frame {
    Frame {
        transport: Transport::EmbeddedMqtt,
        source: "account-1".into(),
        topic: topic.into(),
        payload: payload.into(),
        received_at: "2026-11-23T01:05:10Z".parse().unwrap(),
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

#[test]
fn thingsboard_device() {
    let topic = "v1/devices/me/telemetry";
    let at = "2025-02-12T19:45:02+08:00";
    let expected = pressure("sample", (126, 81, None), at, json!({}));
    let object = r#"{"ts":1739360702000,"values":{"systolic":126,"diastolic":81}}"#;
    assert_eq!(map(topic, object), ok(std::slice::from_ref(&expected)));
    let array = format!("[{object},{object}]");
    assert_eq!(map(topic, &array), ok(&[expected.clone(), expected]));

    let live = json!({ "time_source": "received" });
    let bare = pressure("sample", (126, 81, None), "2026-11-23T09:05:10+08:00", live);
    assert_eq!(
        map(topic, r#"{"systolic":126,"diastolic":81}"#),
        ok(std::slice::from_ref(&bare))
    );
    assert_eq!(
        map(topic, r#"[{"systolic":126,"diastolic":81}]"#),
        ok(&[bare])
    );
}

#[test]
fn thingsboard_gateway() {
    let out = map(
        "v1/gateway/telemetry",
        r#"{"Device A":[{"ts":1739360702000,"values":{"systolic":126,"diastolic":81}}],"Device B":[{"ts":1739360703000,"values":{"systolic":140,"diastolic":90}}]}"#,
    );
    assert_eq!(
        out,
        ok(&[
            pressure(
                "Device A",
                (126, 81, None),
                "2025-02-12T19:45:02+08:00",
                json!({})
            ),
            pressure(
                "Device B",
                (140, 90, None),
                "2025-02-12T19:45:03+08:00",
                json!({})
            ),
        ])
    );
}

#[test]
fn sinocare_kit() {
    let topic = "/ingest/sinocare";
    let meter = r#"{"code":"04","data":{"type":"bloodGlucose","sampleType":"血糖","testTime":"2022-07-13 15:41:07","result":{"GLU":{"value":"6.2","unit":"mmol/L"}}},"msg":"当前测试值"}"#;
    let at = "2022-07-13T15:41:07+08:00";
    assert_eq!(
        map(topic, meter),
        ok(&[glucose("sample", json!(6.2), at, json!({}))])
    );

    let cuff = r#"{"code":"04","data":{"result":{"BloodMeasureHigh ":{"value":"95","unit":"mmHg"},"BloodMeasureLow ":{"value":"64","unit":"mmHg"},"P":{"value":"81"}},"testTime ":"2022-07-13 15:30:47","type":"bloodPressure"},"msg":"当前测试值"}"#;
    let at = "2022-07-13T15:30:47+08:00";
    assert_eq!(
        map(topic, cuff),
        ok(&[pressure("sample", (95, 64, Some(81)), at, json!({}))])
    );

    let no_value = meter.replace("6.2", "----");
    assert_eq!(
        map(topic, &no_value),
        none("ignored", Value::Null, &["no_value"])
    );
    let high = map(topic, &meter.replace("6.2", "HI"));
    assert_eq!(high["readings"][0]["value_flag"], "HI");
    assert_eq!(high["readings"][0]["mmol_l"], Value::Null);
    let low = map(topic, &meter.replace("6.2", "lo"));
    assert_eq!(low["readings"][0]["value_flag"], "LO");
    let failed = r#"{"code":"02","data":{"type":"bloodGlucose"},"msg":"E-3"}"#;
    assert_eq!(
        map(topic, failed),
        none("ignored", json!("device_error"), &["/code: device_error"])
    );
    let control = map(topic, &meter.replace("\"血糖\"", "\"血糖质控液\""));
    assert_eq!(
        control["readings"][0]["quality"],
        json!(["control_solution"])
    );
}

#[test]
fn telli_health() {
    let out = map(
        "/ingest/telli-health",
        r#"{"deviceId":"f9ac99cc-0000","readingType":"BloodPressure","time":"1617084106540","data":{"systolic":121,"diastolic":79,"pulse":61,"arrhythmia":0}}"#,
    );
    let at = "2021-03-30T14:01:46.54+08:00";
    assert_eq!(
        out,
        ok(&[pressure(
            "f9ac99cc-0000",
            (121, 79, Some(61)),
            at,
            json!({})
        )])
    );
}

#[test]
fn home_assistant_state() {
    let out = map(
        "cuff1/state",
        r#"{"sys":126,"dia":81,"pulse":66,"ts":"2026-11-23T09:05:00+08:00"}"#,
    );
    let at = "2026-11-23T09:05:00+08:00";
    assert_eq!(
        out,
        ok(&[pressure("cuff1", (126, 81, Some(66)), at, json!({}))])
    );
}

#[test]
fn zigbee2mqtt_cuff() {
    let topic = "zigbee2mqtt/cuff-kitchen";
    let out = map(
        topic,
        r#"{"systolic":126,"diastolic":81,"battery":80,"last_seen":"2026-11-23T01:05:00.000Z"}"#,
    );
    let at = "2026-11-23T09:05:00+08:00";
    assert_eq!(
        out,
        ok(&[pressure("cuff-kitchen", (126, 81, None), at, json!({}))])
    );
    assert_eq!(
        map(topic, r#"{"battery":80}"#),
        none("ignored", Value::Null, &["battery_only"])
    );
}

#[test]
fn tasmota_cuff() {
    let out = map(
        "tele/node-4/SENSOR",
        r#"{"Time":"2026-11-23T09:05:00","BPM":{"SYS":126,"DIA":81}}"#,
    );
    let at = "2026-11-23T09:05:00+08:00";
    assert_eq!(
        out,
        ok(&[pressure("node-4", (126, 81, None), at, json!({}))])
    );
}

#[test]
fn esphome_cuff_joins_one_value_per_topic() {
    let at = "2026-11-23T09:05:10+08:00";
    let out = map_all(&[
        ("node-4/sensor/systolic/state", "126", at),
        ("node-4/sensor/diastolic/state", "81", at),
        (
            "node-4/sensor/pulse/state",
            "66",
            "2026-11-23T09:05:12+08:00",
        ),
        ("node-9/sensor/systolic/state", "150", at),
    ]);
    let live = json!({ "time_source": "received" });
    let joined = json!({ "readings": [], "status": "ok", "error": null, "reasons": ["joined"] });
    assert_eq!(out[0], joined);
    assert_eq!(out[1], joined);
    let whole = "2026-11-23T09:05:10+08:00";
    assert_eq!(
        out[2],
        ok(&[pressure("node-4", (126, 81, Some(66)), whole, live)])
    );
    assert_eq!(
        out[3],
        none("quarantined", json!("half_alone"), &["half_alone"])
    );
}

#[test]
fn sparkplug_json() {
    let out = map(
        "spBv1.0/township/DDATA/node-1/cuff-5",
        r#"{"timestamp":1739360702000,"metrics":[{"name":"BP/Systolic","value":126.0},{"name":"BP/Diastolic","value":81.0},{"name":"Other","value":true}],"seq":7}"#,
    );
    let at = "2025-02-12T19:45:02+08:00";
    let more = json!({ "sequence": "7" });
    assert_eq!(out, ok(&[pressure("cuff-5", (126, 81, None), at, more)]));
}

#[test]
fn ihealth_cloud() {
    let topic = "/ingest/ihealth";
    let list = r#"{"BPDataList":[{"DataID":"d-0001","HP":126,"LP":81,"HR":"66","IsArr":1,"MDate":1333666104}],"BPUnit":0}"#;
    let at = "2012-04-06T06:48:24+08:00";
    let more = json!({ "sequence": "d-0001" });
    let expected = pressure("sample", (126, 81, Some(66)), at, more);
    assert_eq!(map(topic, list), ok(std::slice::from_ref(&expected)));

    let kpa = list
        .replace("126", "16.8")
        .replace("81", "10.8")
        .replace("\"BPUnit\":0", "\"BPUnit\":1");
    let reading = map(topic, &kpa)["readings"][0].clone();
    assert_eq!(reading["systolic_mmhg"].to_string(), "126.0103488");
    assert_eq!(reading["diastolic_mmhg"].to_string(), "81.0066528");

    let irregular = map(topic, &list.replace("\"IsArr\":1", "\"IsArr\":2"));
    assert_eq!(
        irregular["readings"][0]["quality"],
        json!(["irregular_pulse"])
    );
    assert_eq!(
        map(topic, &list.replace("\"BPUnit\":0", "\"BPUnit\":7")),
        none(
            "quarantined",
            json!("unknown_unit"),
            &["/BPUnit: unknown_unit"]
        )
    );
}

#[test]
fn yuwell_gateway() {
    let topic = "/ingest/yuwell-gateway";
    let message = r#"{"device_id":"Yuwell BP-YE680B","sys":126,"dia":81,"pulse":66,"timestamp":"2026-11-23T09:05:00+07:00"}"#;
    let at = "2026-11-23T10:05:00+08:00";
    let device = "Yuwell BP-YE680B";
    let reading = pressure(device, (126, 81, Some(66)), at, json!({}));
    assert_eq!(map(topic, message), ok(&[reading]));
    let older = message.replace("+07:00", "");
    let at = "2026-11-23T09:05:00+08:00";
    let reading = pressure(device, (126, 81, Some(66)), at, json!({}));
    assert_eq!(map(topic, &older), ok(&[reading]));
}

#[test]
fn form_cuff() {
    let out = map(
        "/ingest/form-cuff",
        "imei=860000000000017&user=1&sys=126&dia=81&pul=66&time=20261123090500",
    );
    let at = "2026-11-23T09:05:00+08:00";
    let more = json!({ "slot": "1" });
    assert_eq!(
        out,
        ok(&[pressure("860000000000017", (126, 81, Some(66)), at, more)])
    );
}

const PAGE: &str = include_str!("../../../../config/devices/README.md");

#[test]
fn the_profile_on_the_page_loads_and_reads_what_it_says() {
    let text = PAGE
        .split("```toml")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let file = ProfileFile {
        name: "page.toml".into(),
        text: text.into(),
    };
    let set = ProfileSet::parse(&[file]).unwrap_or_else(|e| panic!("{e}"));
    let site = TimeZone::fixed(Offset::constant(8));
    let said = |payload: &str| {
        let out = interpret(&set, &frame("kiosk/k-1/up", payload), &site);
        (out.status, out.readings.len(), out.events.len(), out.error)
    };
    let bp = r#"{"type":"bp","name":"A","unit":1,"sys":"16.8","dia":10.8,"pulse":0,"user":2,"at":1764000000,"msg":"m-1","battery":80}"#;
    assert_eq!(said(bp), (Status::Ok, 1, 1, None));
    let two = r#"{"type":"glu","records":[{"glu":108,"meal":1},{"glu":"LO"}]}"#;
    assert_eq!(said(two), (Status::Ok, 2, 0, None));
    assert_eq!(said(r#"{"type":"beat"}"#), (Status::Ignored, 0, 1, None));
    let failed = r#"{"type":"bp","err":2}"#;
    assert_eq!(
        said(failed),
        (Status::Ignored, 0, 1, Some(Fault::DeviceError))
    );
    let answer = reply(&set, &frame("kiosk/k-1/up", bp)).unwrap();
    assert_eq!(answer.body, r#"{"code":0,"id":"m-1"}"#);
}

#[test]
fn the_page_lists_every_error_word() {
    for fault in Fault::ALL {
        assert!(PAGE.contains(&format!("| `{fault}` |")), "{fault}");
        assert!(
            PAGE.lines()
                .any(|l| l.starts_with(&format!("| `{fault}` |"))
                    && l.ends_with(&format!("| {} |", fault.status().word()))),
            "{fault}"
        );
        assert_eq!(Fault::from_word(fault.word()), Some(fault));
    }
}
