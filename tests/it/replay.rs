//! Interpreting again: what was not understood becomes readings, nothing becomes double, nothing newer changes.

use std::sync::Arc;

use eldercare_hub::decode::profile::{ProfileFile, ProfileSet};
use eldercare_hub::journal::{DeviceKind, NewDevice, Which};
use eldercare_hub::pipeline::replay::{Outcomes, Rehearsed, rehearse};
use eldercare_hub::pipeline::{Decoder, InForce, Profiles};
use eldercare_hub::vitals::{Basis, DeviceId, Frame, FrameRow, HintKey, Inlet, Moment, Subject};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::house::{House, frame, gatt_profiles, pressure, profiles};
use crate::installation::Installation;

/// A kiosk that no shipped profile knows.
const NEW_KIND: &str = r#"
kind = "json"
title = "Kiosk of the tests"
[match]
topics = ["kiosks/{device}/out"]
[device]
id = "topic:device"
sends_live = true
[time]
at = "/t"
form = "iso"
[person]
hint = "/who"
type = "card"
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/hi"
diastolic = "/lo"
"#;

/// Halves on topics of their own.
const HALVES: &str = r#"
kind = "text"
title = "Halves of the tests"
[match]
topics = ["halves/{device}/{what}"]
[device]
id = "topic:device"
sends_live = true
"#;

fn set_with(more: &[(&str, &str)]) -> ProfileSet {
    let files: Vec<ProfileFile> = more
        .iter()
        .map(|(name, text)| ProfileFile {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        })
        .collect();
    ProfileSet::parse(&files).unwrap()
}

fn house() -> (House, Arc<InForce>, Arc<dyn Decoder>) {
    let in_force = InForce::of(profiles());
    let decoder: Arc<dyn Decoder> = Arc::new(Profiles {
        set: in_force.clone(),
        gatt: gatt_profiles(),
        key: HintKey::new([7; 32]),
        site: TimeZone::get("Asia/Shanghai").unwrap(),
    });
    (House::with(decoder.clone()), in_force, decoder)
}

fn kiosk(device: &str, payload: &str, seconds_ago: i64) -> Frame {
    let mut sent = frame(device, "", payload);
    sent.topic = format!("kiosks/{device}/out");
    sent.received_at = Moment::now() - SignedDuration::from_secs(seconds_ago);
    sent
}

async fn keep(house: &House, frames: Vec<Frame>) {
    let mut last = None;
    for frame in frames {
        last = Some(house.road.keep(frame).await.unwrap());
    }
    house.road.understood(last.unwrap()).await;
}

fn dry(house: &House, decoder: &dyn Decoder, which: Which) -> Outcomes {
    let seal = eldercare_hub::journal::SealKey::new([8; 32]);
    house
        .readers
        .read(|snapshot| {
            let enrolled = snapshot.device_accounts()?;
            let wanted = Rehearsed {
                which,
                after: FrameRow(0),
                enrolled: &enrolled,
                with_values: false,
            };
            rehearse(snapshot, decoder, &seal, wanted)
        })
        .unwrap()
}

/// Rehearses, then does it, and holds one against the other; then again, when nothing may change.
async fn again(house: &House, decoder: &dyn Decoder) -> Outcomes {
    let rehearsed = dry(house, decoder, Which::NotUsed);
    let done = house
        .road
        .interpret_again("test", Which::NotUsed)
        .await
        .unwrap();
    assert_eq!(rehearsed, done);
    let before = house.outcomes();
    let twice = house
        .road
        .interpret_again("test", Which::NotUsed)
        .await
        .unwrap();
    assert!(twice.changes.is_empty(), "{:?}", twice.changes);
    assert_eq!(house.outcomes(), before);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
    done
}

#[tokio::test]
async fn what_was_quarantined_becomes_readings_with_their_person_and_no_number_on_the_disk() {
    let (house, in_force, decoder) = house();
    let body = r#"{"hi":151,"lo":86,"who":"9900000002"}"#;
    keep(
        &house,
        vec![
            kiosk("cuff-1", body, 90),
            kiosk("cuff-1", r#"{"hi":"?"}"#, 80),
        ],
    )
    .await;
    assert_eq!(
        house.outcomes(),
        [("quarantined".into(), "no_profile".into(), 2)]
    );
    assert!(again(&house, decoder.as_ref()).await.changes.is_empty());

    in_force.replace(set_with(&[("new-kind.toml", NEW_KIND)]));
    let done = again(&house, decoder.as_ref()).await;
    assert_eq!((done.frames, done.new_readings()), (2, 1));
    let seen = house.readers.read(|s| s.observations_after(0, 10)).unwrap();
    assert_eq!(seen.len(), 1);
    let basis = Basis::CardInMessage;
    assert_eq!(seen[0].subject, Subject::Known { person: 2, basis });
    assert_eq!(house.count("SELECT sealed FROM frame WHERE id = 1"), 0);
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE payload LIKE '%9900000002%'"),
        0
    );
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE payload LIKE '%kh1:%'"),
        1
    );
    assert!(house.count("SELECT count(*) FROM audit WHERE action = 'frames.interpret_again'") > 0);
}

#[tokio::test]
async fn what_a_profile_drops_is_not_kept_of_what_it_does_not_understand() {
    let (house, in_force, decoder) = house();
    let dropping = NEW_KIND.replace("[match]", "drop = [\"/nm\"]\n[match]");
    in_force.replace(set_with(&[("new-kind.toml", &dropping)]));
    let body = r#"{"hi":151,"low":86,"nm":"x"}"#;
    keep(&house, vec![kiosk("cuff-1", body, 90)]).await;
    assert_eq!(
        house.outcomes(),
        [("quarantined".into(), "incomplete".into(), 1)]
    );
    // The mended profile takes only what has no name: it finds none in the sealed payload.
    let nameless = NEW_KIND.replace("\"/lo\"", "\"/low\"").replace(
        "out\"]",
        "out\"]\nwhen = [{ at = \"/nm\", missing = true }]",
    );
    in_force.replace(set_with(&[("new-kind.toml", &nameless)]));
    assert_eq!(again(&house, decoder.as_ref()).await.new_readings(), 1);
}

#[tokio::test]
async fn a_device_that_was_not_enrolled_gives_its_readings_once_it_is() {
    let (house, in_force, decoder) = house();
    in_force.replace(set_with(&[("new-kind.toml", NEW_KIND)]));
    keep(&house, vec![kiosk("new-1", r#"{"hi":151,"lo":86}"#, 60)]).await;
    assert_eq!(
        house.outcomes(),
        [("refused".into(), "unknown_device".into(), 1)]
    );
    house
        .road
        .write(|tx, _| {
            tx.enrol_device(&NewDevice {
                name: &DeviceId("new-1".into()),
                label: "new",
                kind: DeviceKind::Cuff,
                centre_id: 1,
                station_id: None,
                own_person_id: Some(1),
                account: None,
                in_service_since: "2020-01-01T00:00:00Z".parse().unwrap(),
            })
        })
        .await
        .unwrap();
    again(&house, decoder.as_ref()).await;
    assert_eq!(house.outcomes(), [("readings".into(), String::new(), 1)]);
    assert_eq!(
        house
            .count("SELECT count(*) FROM observation WHERE person_id = 1 AND basis = 'own_device'"),
        1
    );
}

#[tokio::test]
async fn an_old_frame_changes_nothing_about_how_the_device_stands_now() {
    let (house, in_force, decoder) = house();
    let old = Moment::now() - SignedDuration::from_secs(3_600);
    let body = format!(r#"{{"hi":151,"lo":86,"t":"{old}"}}"#);
    keep(&house, vec![kiosk("cuff-1", &body, 3_600)]).await;
    let mut newer = pressure(7, 1);
    newer.payload = format!(
        r#"{{"sys":131,"dia":82,"seq":7,"battery":80,"at":"{}"}}"#,
        newer.received_at
    )
    .into();
    keep(&house, vec![newer]).await;
    let stand =
        "SELECT last_heard_at_ms * 7 + battery_percent + last_sequence + last_device_time_ms
        + (SELECT count(*) FROM device_clock) FROM device WHERE name = 'cuff-1'";
    let before = house.count(stand);
    let mut set = vec![("new-kind.toml", NEW_KIND)];
    let demo = include_str!("../../config/devices/demo-cuff.toml");
    set.push(("demo-cuff.toml", demo));
    in_force.replace(set_with(&set));
    again(&house, decoder.as_ref()).await;
    assert_eq!(house.count("SELECT count(*) FROM reading"), 2);
    assert_eq!(house.count(stand), before);
    // Its clock had not gone back: the newer time was heard after it.
    assert_eq!(
        house.count("SELECT count(*) FROM observation WHERE time_method = 'offset_known'"),
        2
    );
}

#[tokio::test]
async fn the_same_sent_again_is_one_also_when_it_is_interpreted_later() {
    let (house, in_force, decoder) = house();
    let body = r#"{"hi":151,"lo":86}"#;
    let sent = [100, 95, 50].map(|ago| kiosk("cuff-1", body, ago));
    keep(&house, sent.to_vec()).await;
    in_force.replace(set_with(&[("new-kind.toml", NEW_KIND)]));
    // A newer equal one is there already when the older ones are interpreted.
    keep(&house, vec![kiosk("cuff-1", body, 0)]).await;
    let done = again(&house, decoder.as_ref()).await;
    assert_eq!(done.new_readings(), 2);
    assert_eq!(
        house.outcomes(),
        [
            ("duplicate".into(), String::new(), 1),
            ("readings".into(), String::new(), 3)
        ]
    );
}

#[tokio::test]
async fn what_a_source_forbade_stays_and_what_was_erased_is_named() {
    let (house, in_force, decoder) = house();
    let mut retained = kiosk("cuff-1", r#"{"hi":151,"lo":86}"#, 20);
    retained.refused = Some("retained");
    keep(
        &house,
        vec![retained, kiosk("cuff-1", r#"{"hi":152,"lo":86}"#, 20)],
    )
    .await;
    house
        .road
        .write(|tx, now| tx.erase_sealed_before(now))
        .await
        .unwrap();
    keep(&house, vec![kiosk("cuff-1", r#"{"hi":153,"lo":86}"#, 10)]).await;
    in_force.replace(set_with(&[("new-kind.toml", NEW_KIND)]));
    let done = again(&house, decoder.as_ref()).await;
    assert_eq!((done.frames, done.new_readings(), done.same), (3, 1, 1));
    assert_eq!(done.erased, [FrameRow(2)]);
}

#[tokio::test]
async fn halves_join_when_their_profile_comes() {
    let (house, in_force, decoder) = house();
    let half = |what: &str, value: &str, ago| {
        let mut sent = kiosk("cuff-1", value, ago);
        sent.topic = format!("halves/cuff-1/{what}");
        sent
    };
    let all = vec![
        half("sys", "151", 40),
        half("dia", "86", 39),
        half("sys", "160", 5),
    ];
    keep(&house, all).await;
    let rules = "[join]\nwindow_s = 10\n\
        [[reading]]\nkind = \"blood_pressure\"\nunit = \"mmHg\"\nwhen = [{ at = \"topic:what\", is = \"sys\" }]\nsystolic = \"\"\n\
        [[reading]]\nkind = \"blood_pressure\"\nunit = \"mmHg\"\nwhen = [{ at = \"topic:what\", is = \"dia\" }]\ndiastolic = \"\"\n";
    let text = format!("{HALVES}{rules}");
    in_force.replace(set_with(&[("halves.toml", text.as_str())]));
    again(&house, decoder.as_ref()).await;
    assert_eq!(
        house.outcomes(),
        [
            ("ignored".into(), "joined_half".into(), 1),
            ("quarantined".into(), "half_alone".into(), 1),
            ("readings".into(), String::new(), 1)
        ]
    );
}

#[tokio::test]
async fn a_set_that_knows_less_takes_nothing_away_and_the_rehearsal_says_what_it_would() {
    let (house, in_force, decoder) = house();
    keep(
        &house,
        vec![
            pressure(1, 1),
            frame("cuff-1", "bp", r#"{"sys":999,"dia":82,"seq":2}"#),
        ],
    )
    .await;
    let before = house.outcomes();
    in_force.replace(set_with(&[("new-kind.toml", NEW_KIND)]));
    let every = dry(&house, decoder.as_ref(), Which::Every);
    assert_eq!(every.changes.len(), 2);
    assert_eq!(
        every.changes[0].becomes.in_words(),
        "quarantined no_profile by demo-cuff"
    );
    let done = house
        .road
        .interpret_again("test", Which::NotUsed)
        .await
        .unwrap();
    assert_eq!((done.same, done.changes.len()), (1, 0));
    assert_eq!(house.outcomes(), before);
    in_force.replace(profiles());
    assert!(
        dry(&house, decoder.as_ref(), Which::Every)
            .changes
            .is_empty()
    );
}

#[test]
fn the_command_says_what_another_folder_would_make_of_it_and_makes_it_when_told() {
    let it = Installation::new(1);
    let devices = it.folder.path().join("devices");
    std::fs::create_dir(&devices).unwrap();
    std::fs::write(devices.join("new-kind.toml"), NEW_KIND).unwrap();
    let serving = it.serve();
    let sent = std::process::Command::new("mosquitto_pub")
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &it.mqtt.port().to_string(),
            "-q",
            "1",
            "-i",
            "cuff-0:t",
        ])
        .args([
            "-u",
            "cuff-0",
            "-P",
            "pw-cuff-0",
            "-t",
            "centres/c1/devices/cuff-0/out",
        ])
        .args(["-m", r#"{"hi":151,"lo":86}"#])
        .status();
    if !sent.is_ok_and(|s| s.success()) {
        serving.stop();
        return crate::left_out("replay of the command", "no mosquitto_pub here");
    }
    until_settled(&it);
    let narrow = NEW_KIND.replace("kiosks/{device}/out", "centres/c1/devices/{device}/out");
    std::fs::write(devices.join("new-kind.toml"), narrow).unwrap();
    let run = |words: &[&str]| {
        let out = it.command(words).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        (
            out.status.success(),
            said + &String::from_utf8_lossy(&out.stderr),
        )
    };
    let folder = devices.to_str().unwrap();
    let (ok, said) = run(&["replay", "--profiles", folder]);
    assert!(
        ok && said.contains("frame 1: quarantined no_profile -> readings by new-kind"),
        "{said}"
    );
    assert!(!said.contains("151"), "{said}");
    let (_, shown) = run(&["replay", "--profiles", folder, "--values"]);
    assert!(shown.contains("cuff-0: 151/86 mmHg"), "{shown}");
    let (ok, said) = run(&["replay", "--for-good"]);
    assert!(!ok && said.contains("in use by another hub"), "{said}");
    serving.stop();
    std::fs::remove_file(devices.join("new-kind.toml")).unwrap();
    let settings = it.folder.path().join("hub.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let shipped = format!("{}/config/devices", env!("CARGO_MANIFEST_DIR"));
    let narrow = NEW_KIND.replace("kiosks/{device}/out", "centres/c1/devices/{device}/out");
    std::fs::write(devices.join("new-kind.toml"), narrow).unwrap();
    std::fs::write(&settings, text.replace(&shipped, folder)).unwrap();
    let (ok, said) = run(&["replay", "--for-good"]);
    assert!(ok && said.starts_with("1 frames: 1 ended anew"), "{said}");
    let (ok, said) = run(&["replay", "--for-good"]);
    assert!(ok && said.starts_with("0 frames: 0 ended anew"), "{said}");
    it.check();
}

/// The sender is answered when its frame is kept; what becomes of it is known a moment later, in another process.
fn until_settled(it: &Installation) {
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    let began = std::time::Instant::now();
    loop {
        let settled: i64 = conn
            .query_row(
                "SELECT count(*) FROM frame WHERE outcome IS NOT NULL",
                [],
                |r| r.get(0),
            )
            .unwrap();
        if settled > 0 {
            return;
        }
        assert!(began.elapsed().as_secs() < 60, "the frame is not settled");
        std::thread::yield_now();
    }
}
