//! Everything a bad device can send, through the broker: each with the reason it must give, and its
//! good neighbours kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use eldercare_hub::sources::broker::{Account, Broker, Parts, Settings};
use eldercare_hub::sources::secret::Secret;
use eldercare_hub::vitals::{FrameRow, Inlet, SystemClock};

use crate::house::{House, pressure};
use crate::raw_mqtt::{Connect, Raw};

const PUBACK: u8 = 0x40;
const CUFF: &str = "centres/c1/devices/cuff-1/bp";
const METER: &str = "centres/c1/devices/meter-1/glucose";

/// (what, topic, payload, outcome, reason)
fn table() -> Vec<(
    &'static str,
    &'static str,
    Vec<u8>,
    &'static str,
    &'static str,
)> {
    let text = |t: &str| t.as_bytes().to_vec();
    let megabyte = format!(
        "{{\"sys\":131,\"dia\":82,\"note\":\"{}\"}}",
        "x".repeat(1_000_000)
    )
    .into_bytes();
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000)).into_bytes();
    vec![
        (
            "garbage",
            CUFF,
            vec![0xFF, 0x00, 0xFE, 0x80],
            "quarantined",
            "not_utf8",
        ),
        ("text", CUFF, text("hello"), "quarantined", "bad_json"),
        ("nothing", CUFF, Vec::new(), "quarantined", "bad_json"),
        (
            "truncated",
            CUFF,
            text(r#"{"sys":131,"dia":8"#),
            "quarantined",
            "bad_json",
        ),
        (
            "two values",
            CUFF,
            text(r#"{"sys":131,"dia":82}{"#),
            "quarantined",
            "bad_json",
        ),
        ("one megabyte", CUFF, megabyte, "quarantined", "over_long"),
        ("a thousand levels", CUFF, deep, "quarantined", "too_deep"),
        (
            "a key twice",
            CUFF,
            text(r#"{"sys":131,"sys":99,"dia":82}"#),
            "quarantined",
            "duplicate_key",
        ),
        (
            "only half",
            CUFF,
            text(r#"{"sys":131,"seq":1}"#),
            "quarantined",
            "incomplete",
        ),
        (
            "nothing of ours",
            CUFF,
            text(r#"{"temperature":36.6}"#),
            "quarantined",
            "no_reading",
        ),
        (
            "NaN",
            CUFF,
            text(r#"{"sys":NaN,"dia":82}"#),
            "quarantined",
            "bad_json",
        ),
        (
            "1e400",
            CUFF,
            text(r#"{"sys":1e400,"dia":82}"#),
            "refused",
            "number_out_of_range",
        ),
        (
            "full-width digits",
            CUFF,
            text(r#"{"sys":"１３１","dia":82}"#),
            "refused",
            "not_a_number",
        ),
        (
            "kPa as mmHg",
            CUFF,
            text(r#"{"sys":17.5,"dia":10.9}"#),
            "refused",
            "implausible_systolic",
        ),
        (
            "39 mmHg",
            CUFF,
            text(r#"{"sys":39,"dia":30}"#),
            "refused",
            "implausible_systolic",
        ),
        (
            "301 mmHg",
            CUFF,
            text(r#"{"sys":301,"dia":82}"#),
            "refused",
            "implausible_systolic",
        ),
        (
            "diastolic 19",
            CUFF,
            text(r#"{"sys":131,"dia":19}"#),
            "refused",
            "implausible_diastolic",
        ),
        (
            "diastolic 201",
            CUFF,
            text(r#"{"sys":231,"dia":201}"#),
            "refused",
            "implausible_diastolic",
        ),
        (
            "upside down",
            CUFF,
            text(r#"{"sys":82,"dia":131}"#),
            "refused",
            "systolic_not_above_diastolic",
        ),
        (
            "pulse 19",
            CUFF,
            text(r#"{"sys":131,"dia":82,"pulse":19}"#),
            "refused",
            "implausible_pulse",
        ),
        (
            "pulse 301",
            CUFF,
            text(r#"{"sys":131,"dia":82,"pulse":301}"#),
            "refused",
            "implausible_pulse",
        ),
        (
            "negative",
            CUFF,
            text(r#"{"sys":-131,"dia":82}"#),
            "refused",
            "implausible_systolic",
        ),
        (
            "mg/dL as mmol/L",
            METER,
            text(r#"{"mmol_l":108,"seq":1}"#),
            "refused",
            "outside_device_range",
        ),
        (
            "glucose 0.59",
            METER,
            text(r#"{"mmol_l":0.59,"seq":1}"#),
            "refused",
            "outside_device_range",
        ),
        (
            "glucose 55.01",
            METER,
            text(r#"{"mmol_l":55.01,"seq":1}"#),
            "refused",
            "outside_device_range",
        ),
        (
            "unknown device",
            "centres/c1/devices/cuff-9/bp",
            text(r#"{"sys":131,"dia":82,"seq":1}"#),
            "refused",
            "unknown_device",
        ),
        (
            "another's device",
            METER,
            text(r#"{"mmol_l":6.1,"seq":77}"#),
            "refused",
            "device_of_another_account",
        ),
        (
            "no profile",
            "centres/c1/devices/cuff-1/temperature",
            text("36.6"),
            "quarantined",
            "no_profile",
        ),
        (
            "foreign topic",
            "somewhere/else",
            text(r#"{"sys":131,"dia":82}"#),
            "quarantined",
            "foreign_topic",
        ),
    ]
}

async fn open(house: &House) -> Broker {
    let account = Account {
        user: "cuff-1".into(),
        password: Secret::new("pw"),
        topics: vec!["centres/#".into()],
        rate_per_s: 0,
    };
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        packet_limit_bytes: 2 * 1_048_576,
        ..Settings::default()
    };
    let parts = Parts::new(house.road.clone(), Arc::new(SystemClock), vec![account]);
    Broker::start(&settings, parts).await.unwrap()
}

#[tokio::test]
async fn each_bad_input_is_settled_with_its_reason_and_its_neighbours_are_kept() {
    let house = House::new();
    let broker = open(&house).await;
    let mut cuff = Raw::let_in(broker.address(), &Connect::as_user("cuff-1", "pw")).await;
    let mut id = 0u16;
    let mut row = 0;
    let mut counted: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (what, topic, payload, outcome, reason) in table() {
        *counted.entry((outcome.into(), reason.into())).or_default() += 1;
        *counted.entry(("readings".into(), "".into())).or_default() += 1;
        id += 1;
        cuff.publish(1, id, topic, &payload).await;
        cuff.expect(PUBACK, id).await;
        id += 1;
        let good = format!(r#"{{"sys":131,"dia":82,"seq":{},"user":1}}"#, 1000 + id);
        cuff.publish(1, id, CUFF, good.as_bytes()).await;
        cuff.expect(PUBACK, id).await;
        row += 2;
        house.road.understood(FrameRow(row)).await;
        let said = |row: i64| {
            let conn =
                rusqlite::Connection::open(house.folder.path().join("journal.sqlite")).unwrap();
            conn.query_row(
                "SELECT outcome, reason, payload_bytes, sealed FROM frame WHERE id = ?1",
                [row],
                |r| {
                    Ok((
                        r.get::<_, String>(0)?,
                        r.get::<_, String>(1)?,
                        r.get::<_, i64>(2)?,
                        r.get::<_, i64>(3)?,
                    ))
                },
            )
            .unwrap()
        };
        let bad = said(row - 1);
        assert_eq!(
            (bad.0.as_str(), bad.1.as_str()),
            (outcome, reason),
            "{what}"
        );
        assert_eq!(bad.2, payload.len() as i64, "{what}: every byte is kept");
        assert_eq!(bad.3 == 1, outcome == "quarantined", "{what}: sealed");
        assert_eq!(said(row).0, "readings", "the neighbour of: {what}");
    }
    let outcomes = house.outcomes().into_iter();
    assert_eq!(
        outcomes
            .map(|(o, r, n)| ((o, r), n))
            .collect::<BTreeMap<_, _>>(),
        counted
    );
    assert!(house.findings().is_empty(), "{:?}", house.findings());
    broker.stop().await;
}

/// Impossible and unusable times keep the reading and mark its time: the value was measured all the same.
#[tokio::test]
async fn impossible_dates_keep_the_reading_and_are_never_rolled_over() {
    let house = House::new();
    let broker = open(&house).await;
    let mut cuff = Raw::let_in(broker.address(), &Connect::as_user("cuff-1", "pw")).await;
    let times = [
        "2026-02-31T08:00:00+08:00",
        "2026-13-01T08:00:00+08:00",
        "2026-04-14T24:30:00+08:00",
        "0000-00-00T00:00:00",
        "2099-01-01T00:00:00+08:00",
        "yesterday",
        "0",
    ];
    for (n, at) in times.iter().enumerate() {
        let id = n as u16 + 1;
        let body = format!(r#"{{"sys":131,"dia":82,"seq":{id},"user":1,"at":"{at}"}}"#);
        cuff.publish(1, id, CUFF, body.as_bytes()).await;
        cuff.expect(PUBACK, id).await;
    }
    house.road.understood(FrameRow(times.len() as i64)).await;
    assert_eq!(
        house.count("SELECT count(*) FROM observation WHERE time_method = 'unusable'"),
        times.len() as i64
    );
    assert_eq!(
        house.count("SELECT count(*) FROM reading WHERE device_time_ms IS NOT NULL"),
        0
    );
    broker.stop().await;
}

#[tokio::test]
async fn a_retained_publish_is_quarantined_and_a_resent_one_is_one() {
    let house = House::new();
    let broker = open(&house).await;
    let mut cuff = Raw::let_in(broker.address(), &Connect::as_user("cuff-1", "pw")).await;
    let body = br#"{"sys":131,"dia":82,"seq":1,"user":1}"#;
    let retained = cuff.publish_bytes(1, true, 1, CUFF, body);
    cuff.send(&retained).await;
    cuff.expect(PUBACK, 1).await;
    for id in [2, 3] {
        cuff.publish(1, id, CUFF, body).await;
        cuff.expect(PUBACK, id).await;
    }
    house.road.understood(FrameRow(3)).await;
    let one = |outcome: &str, reason: &str| (outcome.to_owned(), reason.to_owned(), 1);
    assert_eq!(
        house.outcomes(),
        [
            one("duplicate", ""),
            one("quarantined", "retained"),
            one("readings", "")
        ]
    );
    broker.stop().await;
}

/// An outside broker hands a retained message on long after it was sent.
#[tokio::test]
async fn a_message_retained_by_another_broker_counts_as_late() {
    let house = House::new();
    let mut late = pressure(1, 1);
    late.retained = true;
    let kept = house.road.keep(late).await.unwrap();
    house.road.understood(kept).await;
    assert_eq!(
        house.count("SELECT count(*) FROM observation WHERE time_method = 'unusable'"),
        1,
        "a retained message without a time says nothing about now"
    );
}
