//! The road: kept before answered, understood once, nothing lost and nothing double.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eldercare_hub::decode::mapping::{Interpretation, Prepared};
use eldercare_hub::decode::profile::DeviceRules;
use eldercare_hub::journal::Outcome;
use eldercare_hub::pipeline::Decoder;
use eldercare_hub::sources::broker::{Account, Broker, Parts, Settings};
use eldercare_hub::sources::secret::Secret;
use eldercare_hub::vitals::{
    Basis, Frame, Inlet, Moment, Subject, SystemClock, TimeMethod, UnclaimedReason,
};
use tokio::time::{Duration, Instant};

use crate::house::{House, decoder, frame, pressure};
use crate::raw_mqtt::{Connect, Raw};

const PUBACK: u8 = 0x40;

/// The house's decoder, which panics over one topic.
struct Brittle {
    inner: Arc<dyn Decoder>,
    met: Arc<AtomicUsize>,
}

impl Decoder for Brittle {
    fn prepare(&self, frame: &Frame) -> Prepared {
        self.inner.prepare(frame)
    }

    fn interpret(&self, frame: &Frame) -> Interpretation {
        if frame.payload == br#"{"sys":999}"# {
            self.met.fetch_add(1, Ordering::SeqCst);
            panic!("a decoder's bug");
        }
        self.inner.interpret(frame)
    }

    fn device_rules(&self, profile: &str) -> Option<DeviceRules> {
        self.inner.device_rules(profile)
    }
}

/// A decoder whose bug shows only after the message was read.
struct LateBrittle {
    inner: Arc<dyn Decoder>,
    met: Arc<AtomicUsize>,
}

impl Decoder for LateBrittle {
    fn prepare(&self, frame: &Frame) -> Prepared {
        self.inner.prepare(frame)
    }

    fn interpret(&self, frame: &Frame) -> Interpretation {
        self.inner.interpret(frame)
    }

    fn device_rules(&self, profile: &str) -> Option<DeviceRules> {
        if self.met.fetch_add(1, Ordering::SeqCst) == 0 {
            panic!("a bug after decoding");
        }
        self.inner.device_rules(profile)
    }
}

#[tokio::test]
async fn a_reading_gets_its_person_its_time_and_its_grounds() {
    let house = House::new();
    let kept = house.road.keep(pressure(1, 2)).await.unwrap();
    house.road.understood(kept).await;
    let seen = house.readers.read(|s| s.observations_after(0, 10)).unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0].subject,
        Subject::Known {
            person: 2,
            basis: Basis::DeviceSlot
        }
    );
    assert_eq!(seen[0].taken.method, TimeMethod::ReceivedLive);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn a_card_in_the_message_claims_and_its_number_is_nowhere() {
    let house = House::new();
    let body = r#"{"sys":131,"dia":82,"seq":1,"card":"9900000002"}"#;
    let kept = house.road.keep(frame("kiosk-1", "bp", body)).await.unwrap();
    house.road.understood(kept).await;
    let seen = house.readers.read(|s| s.observations_after(0, 10)).unwrap();
    assert_eq!(
        seen[0].subject,
        Subject::Known {
            person: 2,
            basis: Basis::CardInMessage
        }
    );
    let hint = seen[0].reading.hint.clone().unwrap();
    assert_eq!(hint.last_four, "0002");
    house.road.stop();
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
        let bytes = std::fs::read(house.folder.path().join(name)).unwrap_or_default();
        assert!(
            !bytes.windows(10).any(|w| w == b"9900000002"),
            "{name} holds the card's number"
        );
    }
}

#[tokio::test]
async fn the_same_again_is_one_and_another_is_two() {
    let house = House::new();
    let mut last = None;
    for seq in [1, 2, 1, 2, 3, 3] {
        last = Some(house.road.keep(pressure(seq, 1)).await.unwrap());
    }
    house.road.understood(last.unwrap()).await;
    assert_eq!(house.count("SELECT count(*) FROM reading"), 3);
    assert_eq!(
        house.outcomes(),
        [
            ("duplicate".into(), String::new(), 3),
            ("readings".into(), String::new(), 3)
        ]
    );
}

#[tokio::test]
async fn bare_payloads_are_one_inside_the_resend_window_only() {
    let house = House::new();
    let mut last = None;
    // The demo cuff's profile has a window of ten seconds.
    for at_s in [0, 10, 21] {
        let mut bare = frame("cuff-1", "bp", r#"{"sys":131,"dia":82,"user":1}"#);
        bare.received_at = "2026-04-14T08:00:00Z".parse().unwrap();
        bare.received_at += jiff::SignedDuration::from_secs(at_s);
        last = Some(house.road.keep(bare).await.unwrap());
    }
    house.road.understood(last.unwrap()).await;
    assert_eq!(house.count("SELECT count(*) FROM reading"), 2);
    assert_eq!(
        house.count("SELECT count(*) FROM reading WHERE marks LIKE '%maybe_double%'"),
        1
    );
}

#[tokio::test]
async fn a_panicking_decoder_costs_one_frame_once() {
    let met = Arc::new(AtomicUsize::new(0));
    let brittle = || -> Arc<dyn Decoder> {
        Arc::new(Brittle {
            inner: decoder(),
            met: met.clone(),
        })
    };
    let house = House::with(brittle());
    let bad = frame("cuff-1", "bp", r#"{"sys":999}"#);
    house.road.keep(bad).await.unwrap();
    let good = house.road.keep(pressure(1, 1)).await.unwrap();
    house.road.understood(good).await;
    assert_eq!(
        house.outcomes(),
        [
            ("readings".into(), String::new(), 1),
            ("unreadable".into(), "decoder_panicked".into(), 1)
        ]
    );
    let house = house.restart(brittle());
    let next = house.road.keep(pressure(2, 1)).await.unwrap();
    house.road.understood(next).await;
    assert_eq!(met.load(Ordering::SeqCst), 1, "met again after the restart");
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn a_panic_after_decoding_costs_one_frame_and_not_the_writer() {
    let met = Arc::new(AtomicUsize::new(0));
    let house = House::with(Arc::new(LateBrittle {
        inner: decoder(),
        met: met.clone(),
    }));
    house.road.keep(pressure(1, 1)).await.unwrap();
    let kept = house.road.keep(pressure(2, 1)).await.unwrap();
    house.road.understood(kept).await;
    assert_eq!(
        house.outcomes(),
        [
            ("readings".into(), String::new(), 1),
            ("unreadable".into(), "decoder_panicked".into(), 1)
        ]
    );
    let house = house.restart(decoder());
    let kept = house.road.keep(pressure(3, 1)).await.unwrap();
    house.road.understood(kept).await;
    assert_eq!(house.count("SELECT count(*) FROM reading"), 2);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn the_largest_running_number_twice_is_no_trouble() {
    let house = House::new();
    for (sys, seq) in [(131, u64::MAX), (132, u64::MAX), (133, u64::MAX - 1)] {
        let at = Moment::now();
        let body = format!(r#"{{"sys":{sys},"dia":82,"seq":"{seq}","user":1,"at":"{at}"}}"#);
        let kept = house.road.keep(frame("cuff-1", "bp", &body)).await.unwrap();
        house.road.understood(kept).await;
    }
    assert_eq!(house.count("SELECT count(*) FROM reading"), 3);
}

/// The number as it came fits the profile's limit, its hash does not: the message is kept sealed. Interpreted
/// as it is, the card would claim nobody and the reading would go to the device's owner.
#[tokio::test]
async fn a_card_that_could_not_be_hashed_never_leaves_a_weaker_claim() {
    let house = House::new();
    let body = |fill: usize| {
        format!(
            r#"{{"mmol":6.1,"glucose":6.1,"seq":1,"card":"9900000002","sys":131,"dia":82,"user":1,"x":"{}"}}"#,
            "x".repeat(fill)
        )
    };
    let fill = 65_536 - body(0).len();
    let kept = house
        .road
        .keep(frame("cuff-1", "bp", &body(fill)))
        .await
        .unwrap();
    house.road.understood(kept).await;
    assert_eq!(
        house.count("SELECT count(*) FROM observation WHERE basis = 'device_slot'"),
        0
    );
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE sealed = 1 AND outcome = 'quarantined'"),
        1
    );
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn equal_values_of_two_cards_are_two_readings() {
    let house = House::new();
    let mut last = None;
    for card in ["9900000001", "9900000002", "9900000002"] {
        let body = format!(r#"{{"sys":131,"dia":82,"card":"{card}"}}"#);
        last = Some(
            house
                .road
                .keep(frame("kiosk-1", "bp", &body))
                .await
                .unwrap(),
        );
    }
    house.road.understood(last.unwrap()).await;
    let seen = house.readers.read(|s| s.observations_after(0, 10)).unwrap();
    let persons: Vec<Subject> = seen.iter().map(|o| o.subject).collect();
    let card = |person| Subject::Known {
        person,
        basis: Basis::CardInMessage,
    };
    assert_eq!(persons, [card(1), card(2)]);
}

#[tokio::test]
async fn old_memory_of_a_device_that_changed_hands_is_nobodys() {
    let house = House::new();
    // In service since 2020; its memory is older, and no live reading has shown its clock yet.
    let body = r#"{"sys":131,"dia":82,"user":1,"at":"2019-11-01T08:00:00+08:00"}"#;
    let kept = house.road.keep(frame("cuff-1", "bp", body)).await.unwrap();
    house.road.understood(kept).await;
    let seen = house.readers.read(|s| s.observations_after(0, 10)).unwrap();
    assert_eq!(seen[0].taken.method, TimeMethod::Unusable);
    assert_eq!(
        seen[0].subject,
        Subject::Unclaimed {
            reason: UnclaimedReason::BeforeEnrolment
        }
    );
}

#[tokio::test]
async fn what_was_kept_and_not_understood_is_understood_after_the_restart() {
    let house = House::new();
    house.road.stop();
    // As after SIGKILL between the two steps: a frame is on disk and nothing else.
    house.count("SELECT 1");
    let conn = rusqlite::Connection::open(house.folder.path().join("journal.sqlite")).unwrap();
    conn.execute(
        "INSERT INTO frame (transport, source, topic, payload, payload_bytes, payload_sha256, sealed,
            received_at_ms, retained, may_be_late)
         VALUES ('embedded_mqtt', 'cuff-1', 'centres/c1/devices/cuff-1/bp', ?1, 1, x'00', 0, 1, 0, 0)",
        [br#"{"sys":131,"dia":82,"seq":5,"user":1}"#.as_slice()],
    )
    .unwrap();
    let row = eldercare_hub::vitals::FrameRow(conn.last_insert_rowid());
    drop(conn);
    let house = house.restart(decoder());
    house.road.understood(row).await;
    assert_eq!(house.count("SELECT count(*) FROM reading"), 1);
}

#[tokio::test]
async fn what_nobody_understands_is_kept_sealed_counted_and_erased_after_its_days() {
    let house = House::new();
    let mut foreign = frame("cuff-1", "bp", "never mind");
    foreign.topic = "some/where".into();
    foreign.refused = Some("foreign_topic");
    house.road.keep(foreign).await.unwrap();
    let mut old = frame("cuff-1", "bp", "{\"name\":\"secret-name\"");
    old.received_at -= jiff::SignedDuration::from_hours(24 * 15);
    house.road.keep(old).await.unwrap();
    let unknown = frame("cuff-9", "bp", r#"{"sys":131,"dia":82,"seq":5}"#);
    let last = house.road.keep(unknown).await.unwrap();
    house.road.understood(last).await;
    assert_eq!(
        house.outcomes(),
        [
            ("quarantined".into(), "bad_json".into(), 1),
            ("quarantined".into(), "foreign_topic".into(), 1),
            ("refused".into(), "unknown_device".into(), 1),
        ]
    );
    // The tick erases what is past its days; it announces that by a commit.
    let mut progress = house.road.progress();
    while house.count("SELECT count(*) FROM frame WHERE sealed = 2") == 0 {
        progress.changed().await.unwrap();
    }
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE sealed = 2"),
        1
    );
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE sealed = 1"),
        1
    );
    house.road.stop();
    let bytes = std::fs::read(house.folder.path().join("journal.sqlite")).unwrap();
    assert!(!bytes.windows(11).any(|w| w == b"secret-name"));
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn a_journal_that_cannot_write_holds_back_the_puback_until_it_can() {
    let house = House::new();
    let account = Account {
        user: "cuff-1".into(),
        password: Secret::new("pw"),
        topics: vec!["centres/#".into()],
        rate_per_s: 0,
    };
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..Settings::default()
    };
    let parts = Parts::new(house.road.clone(), Arc::new(SystemClock), vec![account]);
    let broker = Broker::start(&settings, parts).await.unwrap();
    let mut cuff = Raw::let_in(broker.address(), &Connect::as_user("cuff-1", "pw")).await;

    let held = house.lock();
    let began = Instant::now();
    let mut progress = house.road.progress();
    let body = br#"{"sys":131,"dia":82,"seq":1,"user":1}"#;
    cuff.publish(1, 7, "centres/c1/devices/cuff-1/bp", body)
        .await;
    // Each failed write is an event; go on until a second and a half of them have passed.
    while began.elapsed() < Duration::from_millis(1500) {
        progress.changed().await.unwrap();
    }
    assert!(progress.borrow().failed_writes > 0);
    assert!(
        cuff.nothing_yet().await,
        "a PUBACK came before the disk had the frame"
    );
    assert_eq!(house.count("SELECT count(*) FROM frame"), 0);
    held.let_go();
    cuff.expect(PUBACK, 7).await;
    assert!(began.elapsed() >= Duration::from_millis(1500));
    assert_eq!(house.count("SELECT count(*) FROM frame"), 1);
    broker.stop().await;
}

#[tokio::test]
async fn check_finds_what_is_broken() {
    let house = House::new();
    let kept = house.road.keep(pressure(1, 1)).await.unwrap();
    house.road.understood(kept).await;
    assert!(house.findings().is_empty());
    house.road.stop();
    let conn = rusqlite::Connection::open(house.folder.path().join("journal.sqlite")).unwrap();
    conn.execute_batch("DELETE FROM observation; UPDATE frame SET outcome = 'duplicate'")
        .unwrap();
    let broken: Vec<&str> = house.findings().iter().map(|f| f.promise).collect();
    assert!(
        broken.contains(&"every reading has one observation"),
        "{broken:?}"
    );
    assert!(
        broken.contains(&"every reading came from a frame that says so"),
        "{broken:?}"
    );
    assert_eq!(Outcome::ALL.len(), 6);
}
