//! The chair through the real road: not me, still me, a card heard of late, a restart, numbers nowhere.

use eldercare_hub::journal::Scope;
use eldercare_hub::people::check_in::{EndedBy, Event, Stage};
use eldercare_hub::pipeline::desk::NotSaid;
use eldercare_hub::pipeline::{By, chair};
use eldercare_hub::vitals::{
    Basis, Frame, Inlet, Moment, Posture, Subject, Transport, UnclaimedReason,
};
use jiff::SignedDuration;
use rstest::rstest;
use sha2::Digest;

use crate::house::{House, decoder, frame};

const STATION: i64 = 1;
const CITIZEN: &str = "11010519491231002x";

fn ago(seconds: i64) -> Moment {
    Moment::now() - SignedDuration::from_secs(seconds)
}

fn swipe(number: &str, received_at: Moment, at: Option<Moment>) -> Frame {
    let when = at.map_or(String::new(), |at| format!(r#","at":"{at}""#));
    Frame {
        transport: Transport::Station,
        source: "s1".to_owned(),
        topic: "stations/s1/card".to_owned(),
        payload: format!(r#"{{"number":"{number}","reader":"as_typed"{when}}}"#).into_bytes(),
        received_at,
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

async fn tell(house: &House, frame: Frame) {
    let kept = house.road.keep(frame).await.unwrap();
    house.road.understood(kept).await;
}

async fn measure(house: &House, seq: u32, sys: u32, received_at: Moment) {
    let body = format!(r#"{{"sys":{sys},"dia":82,"seq":{seq}}}"#);
    let mut reading = frame("cuff-1", "bp", &body);
    reading.received_at = received_at;
    tell(house, reading).await;
}

async fn happen(house: &House, event: Event, at: Moment) {
    house
        .road
        .command("station:1", "check_in.test", move |tx, _| {
            chair::happen(tx, STATION, event, at)?;
            Ok(((), "station:1".to_owned()))
        })
        .await
        .unwrap();
}

fn subjects(house: &House) -> Vec<Subject> {
    let seen = house
        .readers
        .read(|s| s.observations_after(0, 100))
        .unwrap();
    seen.into_iter().map(|o| o.subject).collect()
}

const HERS: Subject = Subject::Known {
    person: 1,
    basis: Basis::CheckedIn,
};

fn nobodys(reason: UnclaimedReason) -> Subject {
    Subject::Unclaimed { reason }
}

#[tokio::test]
async fn what_was_measured_before_the_answer_waits_for_it() {
    let house = House::new();
    tell(&house, swipe("9900000001", ago(160), None)).await;
    measure(&house, 1, 140, ago(105)).await;
    measure(&house, 2, 142, ago(40)).await;
    assert_eq!(
        subjects(&house),
        [HERS, nobodys(UnclaimedReason::StillAsked)]
    );
    happen(&house, Event::Still, ago(20)).await;
    assert_eq!(subjects(&house), [HERS, HERS]);
    // The second of two that agree is the result: the check-in closed where it was received.
    let seat = house
        .readers
        .read(|s| s.newest_seat(STATION))
        .unwrap()
        .unwrap();
    let closed = seat.closed.unwrap();
    assert_eq!(closed.by, EndedBy::Result);
    assert!(
        closed.until < ago(35),
        "closed at the answer, not at the reading"
    );
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn without_the_answer_it_stays_nobodys() {
    let house = House::new();
    tell(&house, swipe("9900000001", ago(160), None)).await;
    measure(&house, 1, 140, ago(105)).await;
    measure(&house, 2, 142, ago(40)).await;
    tell(&house, swipe("9900000002", ago(10), None)).await;
    assert_eq!(
        subjects(&house),
        [HERS, nobodys(UnclaimedReason::StillAsked)]
    );
}

/// The demo's cuff: sent within 5 s, so its result stood there from 5.5 s before receipt on, and it measures 45 s.
#[rstest]
#[case(50_499, false)]
#[case(50_500, true)]
#[case(50_501, true)]
#[tokio::test]
async fn a_card_read_while_the_cuff_measured_claims_nothing(
    #[case] before_ms: i64,
    #[case] hers: bool,
) {
    let house = House::new();
    let received_at = ago(100);
    let read_at = received_at - SignedDuration::from_millis(before_ms);
    tell(&house, swipe("9900000001", read_at, None)).await;
    measure(&house, 1, 140, received_at).await;
    let seat = house
        .readers
        .read(|s| s.newest_seat(STATION))
        .unwrap()
        .unwrap();
    if hers {
        assert_eq!(subjects(&house), [HERS]);
        assert!(seat.closed.is_none());
        return;
    }
    assert_eq!(
        subjects(&house),
        [nobodys(UnclaimedReason::BeganWhileMeasuring)]
    );
    // And it claims nothing that comes after: the next one may sit there already.
    assert_eq!(seat.closed.map(|c| c.by), Some(EndedBy::Doubt));
    // Her card once more is in doubt, until she touches what she will measure.
    tell(&house, swipe("9900000001", ago(90), None)).await;
    measure(&house, 2, 142, ago(30)).await;
    assert_eq!(subjects(&house)[1], nobodys(UnclaimedReason::StillAsked));
}

/// One has checked in and puts the cuff on; the next in line swipes, and the reader reads that card twice.
#[tokio::test]
async fn a_card_read_twice_is_no_surer_than_once() {
    let house = House::new();
    tell(&house, swipe("9900000001", ago(120), None)).await;
    tell(&house, swipe("9900000002", ago(110), None)).await;
    tell(&house, swipe("9900000002", ago(108), None)).await;
    // Begun 100 s ago by the first one, and received now.
    measure(&house, 1, 140, ago(50)).await;
    assert_eq!(subjects(&house), [nobodys(UnclaimedReason::StillAsked)]);
}

/// Staff put her in the chair, and her plan asks for standing readings: two seated ones, then one a minute after
/// she stood up.
#[tokio::test]
async fn staff_put_her_in_the_chair_and_ask_for_standing_readings() {
    let house = House::new();
    let staff = |centre| By {
        actor: "account:1".to_owned(),
        scope: Scope::Centre(centre),
    };
    let at = ago(165);
    let by = staff(9);
    let refused = house
        .road
        .act("account:1", "check_in.staff", move |tx, _| {
            chair::seat(tx, &by, 1, STATION, true, at)
        })
        .await;
    assert!(matches!(refused, Err(NotSaid::NotHere)), "{refused:?}");
    let by = staff(1);
    house
        .road
        .act("account:1", "check_in.staff", move |tx, _| {
            chair::seat(tx, &by, 1, STATION, true, at)
        })
        .await
        .unwrap();
    measure(&house, 1, 140, ago(110)).await;
    happen(&house, Event::Still, ago(105)).await;
    measure(&house, 2, 142, ago(60)).await;
    let stage = |house: &House| {
        let seat = house.readers.read(|s| s.newest_seat(STATION));
        seat.unwrap().unwrap().row.sitting.stage
    };
    assert!(matches!(stage(&house), Stage::Again { standing: true, .. }));
    happen(&house, Event::Still, ago(55)).await;
    measure(&house, 3, 128, ago(1)).await;
    assert_eq!(subjects(&house), [HERS, HERS, HERS]);
    let seen = house.readers.read(|s| s.observations_after(0, 9)).unwrap();
    let postures: Vec<Posture> = seen.iter().map(|o| o.posture).collect();
    assert_eq!(
        postures,
        [Posture::Sitting, Posture::Sitting, Posture::Standing]
    );
    // And the one after three minutes is still to come.
    assert!(matches!(stage(&house), Stage::Again { standing: true, .. }));
}

#[tokio::test]
async fn not_me_takes_back_what_the_check_in_claimed() {
    let house = House::new();
    tell(&house, swipe("9900000001", ago(160), None)).await;
    measure(&house, 1, 140, ago(105)).await;
    assert_eq!(subjects(&house), [HERS]);
    happen(&house, Event::NotMe, ago(60)).await;
    assert_eq!(subjects(&house), [nobodys(UnclaimedReason::NotMe)]);
    // One that arrives afterwards and was taken then is nobody's either.
    measure(&house, 2, 150, ago(62)).await;
    assert_eq!(subjects(&house)[1], nobodys(UnclaimedReason::NotMe));
    assert_eq!(house.count("SELECT count(*) FROM subject_change"), 1);
}

#[tokio::test]
async fn a_card_heard_of_late_claims_what_is_still_nobodys() {
    let house = House::new();
    measure(&house, 1, 140, ago(540)).await;
    measure(&house, 2, 141, ago(300)).await;
    let none = nobodys(UnclaimedReason::NoClaim);
    assert_eq!(subjects(&house), [none, none]);
    // Read ten minutes ago by a reader whose line was down.
    tell(&house, swipe("9900000001", ago(0), Some(ago(600)))).await;
    assert_eq!(subjects(&house), [HERS, none], "three minutes, not more");
    // Another one, over the same time, changes nothing that somebody has.
    tell(&house, swipe("9900000002", ago(0), Some(ago(599)))).await;
    assert_eq!(subjects(&house), [HERS, none]);
}

#[tokio::test]
async fn a_restart_in_the_middle_changes_nothing() {
    let house = House::new();
    tell(&house, swipe("9900000001", ago(160), None)).await;
    measure(&house, 1, 140, ago(105)).await;
    let house = house.restart(decoder());
    measure(&house, 2, 142, ago(60)).await;
    let house = house.restart(decoder());
    happen(&house, Event::Still, ago(50)).await;
    let house = house.restart(decoder());
    assert_eq!(subjects(&house), [HERS, HERS]);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn numbers_are_nowhere_in_the_file_also_misread_ones() {
    let house = House::new();
    for number in [
        CITIZEN,
        "11010519491231002X",
        "110105194912310021",
        "9900000001",
    ] {
        tell(&house, swipe(number, ago(5), None)).await;
    }
    let mut broken = swipe("9900000001", ago(1), None);
    broken.payload = format!("{{\"number\":\"{CITIZEN}\"").into_bytes();
    tell(&house, broken).await;
    house.road.stop();
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
        let bytes = std::fs::read(house.folder.path().join(name)).unwrap_or_default();
        for number in ["1101051949123100", "9900000001"] {
            let found = bytes.windows(number.len()).any(|w| w == number.as_bytes());
            assert!(!found, "{name} holds {number}");
        }
        // Nor a hash without a key of what the reader sent: the numbers that there are could be tried.
        for number in [CITIZEN, "9900000001"] {
            let sent = swipe(number, ago(5), None).payload;
            let sum = sha2::Sha256::digest(&sent);
            let found = bytes.windows(sum.len()).any(|w| w == sum.as_slice());
            assert!(!found, "{name} holds a plain hash of a card");
        }
    }
}
