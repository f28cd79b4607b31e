//! One value per element, several devices in one message: halves are joined once, also over a restart.

use std::sync::Arc;

use eldercare_hub::decode::profile::{ProfileFile, ProfileSet};
use eldercare_hub::pipeline::{Decoder, InForce, Profiles};
use eldercare_hub::vitals::{Frame, HintKey, Inlet};
use jiff::tz::TimeZone;

use crate::house::{House, frame, gatt_profiles};

const HUB: &str = r#"
kind = "json"
[match]
topics = ["hubs/{hub}"]
[device]
id = "/dev"
sends_live = true
[join]
window_s = 60
[[reading]]
kind = "blood_pressure"
each = "$[*]"
unit = "mmHg"
when = [{ at = "/k", is = "sys" }]
systolic = "/v"
[[reading]]
kind = "blood_pressure"
each = "$[*]"
unit = "mmHg"
when = [{ at = "/k", is = "dia" }]
diastolic = "/v"
"#;

fn decoder() -> Arc<dyn Decoder> {
    let file = ProfileFile {
        name: "hub.toml".into(),
        text: HUB.into(),
    };
    Arc::new(Profiles {
        set: InForce::of(ProfileSet::parse(&[file]).unwrap()),
        gatt: gatt_profiles(),
        key: HintKey::new([7; 32]),
        site: TimeZone::UTC,
    })
}

fn of(values: &[(&str, &str, u32)]) -> Frame {
    let elements: Vec<String> = values
        .iter()
        .map(|(device, k, v)| format!(r#"{{"dev":"{device}","k":"{k}","v":{v}}}"#))
        .collect();
    let mut sent = frame("hub", "x", &format!("[{}]", elements.join(",")));
    sent.topic = "hubs/h1".into();
    sent
}

async fn keep(house: &House, frame: Frame) {
    let row = house.road.keep(frame).await.unwrap();
    house.road.understood(row).await;
}

fn readings(house: &House) -> Vec<(String, i64)> {
    ["126", "140"]
        .map(|systolic| {
            let sql = format!("SELECT count(*) FROM reading WHERE systolic_mmhg = '{systolic}'");
            (systolic.to_owned(), house.count(&sql))
        })
        .to_vec()
}

#[tokio::test]
async fn a_half_beside_one_that_was_joined_waits_over_a_restart() {
    let house = House::with(decoder());
    keep(
        &house,
        of(&[("cuff-1", "sys", 126), ("kiosk-1", "sys", 140)]),
    )
    .await;
    keep(&house, of(&[("cuff-1", "dia", 81)])).await;
    assert_eq!(readings(&house), [("126".into(), 1), ("140".into(), 0)]);
    // The first message is not at its end: a half of it waits.
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE outcome IS NULL"),
        1
    );

    let house = house.restart(decoder());
    // A diastolic of the next measurement must not meet the systolic that has its own already.
    keep(&house, of(&[("cuff-1", "dia", 97)])).await;
    keep(&house, of(&[("kiosk-1", "dia", 90)])).await;
    assert_eq!(readings(&house), [("126".into(), 1), ("140".into(), 1)]);
    assert_eq!(
        house.count("SELECT count(*) FROM reading WHERE diastolic_mmhg = '81'"),
        1
    );
    assert_eq!(
        house.outcomes(),
        [
            ("ignored".into(), "joined_half".into(), 1),
            ("readings".into(), String::new(), 2)
        ]
    );
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}
