//! Place notices: a dangerous value that is nobody's is told to the staff of the place at once.

use eldercare_hub::journal::{NoticeLine, Scope};
use eldercare_hub::pipeline::notice::{NotAnswered, answer};
use eldercare_hub::pipeline::whose::{Whose, Why, Wish, change};
use eldercare_hub::pipeline::{By, chair};
use eldercare_hub::rules::{RuleTable, shipped};
use eldercare_hub::vitals::{Frame, Inlet, Moment, Transport, VoidReason};
use jiff::SignedDuration;
use rstest::rstest;

use crate::house::{House, frame};

fn by(account: i64) -> By {
    By {
        actor: format!("account:{account}"),
        scope: Scope::Centre(1),
    }
}

async fn keep(house: &House, frame: Frame) {
    let kept = house.road.keep(frame).await.unwrap();
    house.road.understood(kept).await;
}

fn open(house: &House) -> Vec<NoticeLine> {
    house
        .readers
        .read(|j| j.seen(Scope::Centre(1)).open_notices())
        .unwrap()
}

/// As `shown alarm`, with `late` where it is.
fn said(house: &House) -> Vec<String> {
    let word = |n: &NoticeLine| {
        let late = if n.late { " late" } else { "" };
        format!("{} {}{late}", n.shown, n.alarm.word())
    };
    open(house).iter().map(word).collect()
}

/// A kiosk that names no card: nobody's.
#[rstest]
#[case("bp", r#"{"sys":179,"dia":95}"#, None)]
#[case("bp", r#"{"sys":180,"dia":95}"#, Some("180/95 systolic_high"))]
#[case("bp", r#"{"sys":181,"dia":95}"#, Some("181/95 systolic_high"))]
#[case("bp", r#"{"sys":170,"dia":109}"#, None)]
#[case("bp", r#"{"sys":170,"dia":110}"#, Some("170/110 diastolic_high"))]
#[case("bp", r#"{"sys":170,"dia":111}"#, Some("170/111 diastolic_high"))]
#[case("bp", r#"{"sys":91,"dia":60}"#, None)]
#[case("bp", r#"{"sys":90,"dia":60}"#, Some("90/60 systolic_low"))]
#[case("bp", r#"{"sys":89,"dia":60}"#, Some("89/60 systolic_low"))]
#[case("glucose", r#"{"mmol_l":4.0}"#, None)]
#[case("glucose", r#"{"mmol_l":3.9}"#, Some("3.9 glucose_low"))]
#[case("glucose", r#"{"mmol_l":3.8}"#, Some("3.8 glucose_low"))]
#[case("glucose", r#"{"mmol_l":16.6}"#, None)]
#[case("glucose", r#"{"mmol_l":16.7}"#, Some("16.7 glucose_high"))]
#[case("glucose", r#"{"mmol_l":16.8}"#, Some("16.8 glucose_high"))]
#[case("glucose", r#"{"mmol_l":"LO"}"#, Some("LO meter_low"))]
#[case("glucose", r#"{"mmol_l":"HI"}"#, Some("HI meter_high"))]
// Control solution is nobody's danger.
#[case("glucose", r#"{"mmol_l":3.0,"control":true}"#, None)]
// Refused, and told all the same where the numbers reach a limit.
#[case("bp", r#"{"sys":301,"dia":120}"#, Some("301/120 systolic_high"))]
#[case("bp", r#"{"sys":301,"dia":"x"}"#, Some("301/? systolic_high"))]
#[case("bp", r#"{"sys":118,"dia":118}"#, Some("118/118 diastolic_high"))]
#[case("bp", r#"{"sys":85,"dia":95}"#, Some("85/95 systolic_low"))]
#[case("bp", r#"{"sys":100,"dia":105}"#, None)]
#[case(
    "bp",
    r#"{"sys":185,"dia":95,"pulse":301}"#,
    Some("185/95 systolic_high")
)]
#[case("bp", r#"{"sys":150,"dia":95,"pulse":301}"#, None)]
#[case("glucose", r#"{"mmol_l":108}"#, Some("108 glucose_high"))]
#[case("glucose", r#"{"mmol_l":0.5}"#, Some("0.5 glucose_low"))]
#[tokio::test]
async fn a_value_at_a_limit(#[case] what: &str, #[case] body: &str, #[case] told: Option<&str>) {
    let house = House::new();
    keep(&house, frame("kiosk-1", what, body)).await;
    let expected: Vec<String> = told.iter().map(|t| (*t).to_owned()).collect();
    assert_eq!(said(&house), expected);
}

#[tokio::test]
async fn what_has_its_person_raises_none_and_so_does_what_nobody_may_say() {
    let house = House::new();
    let of_qian = r#"{"sys":205,"dia":118,"card":"9900000002"}"#;
    keep(&house, frame("kiosk-1", "bp", of_qian)).await;
    // The meter speaks through its own account only; a device that nobody enrolled has no place.
    let meter = frame("meter-1", "glucose", r#"{"mmol_l":0.5}"#);
    let foreign = Frame {
        source: "kiosk-1".to_owned(),
        ..meter
    };
    keep(&house, foreign).await;
    keep(&house, frame("kiosk-9", "bp", r#"{"sys":301,"dia":120}"#)).await;
    assert_eq!(said(&house), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_not_taken_just_now_is_late_and_rings_nobody() {
    let house = House::new();
    let now = Moment::now();
    let body = |taken: Moment| {
        let local = taken.to_zoned_datetime(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
        format!(
            r#"{{"sys":205,"dia":118,"seq":{},"at":"{}"}}"#,
            taken.as_second() % 100_000,
            local.strftime("%Y-%m-%dT%H:%M:%S")
        )
    };
    let fresh = now - SignedDuration::from_secs(30);
    keep(&house, frame("kiosk-1", "bp", &body(fresh))).await;
    let retained = Frame {
        may_be_late: true,
        ..frame("kiosk-1", "bp", r#"{"sys":301,"dia":120}"#)
    };
    keep(&house, retained).await;
    assert_eq!(
        said(&house),
        ["205/118 systolic_high", "301/120 systolic_high late"]
    );
}

#[tokio::test]
async fn a_refused_message_sent_again_is_one_notice_until_it_is_answered() {
    let house = House::new();
    let body = r#"{"sys":301,"dia":120}"#;
    keep(&house, frame("kiosk-1", "bp", body)).await;
    keep(&house, frame("kiosk-1", "bp", body)).await;
    assert_eq!(open(&house).len(), 1);
    let first = open(&house)[0].id;
    have(&house, by(1), first).await.unwrap();
    keep(&house, frame("kiosk-1", "bp", body)).await;
    assert_eq!(
        open(&house).len(),
        1,
        "a new one after the first was answered"
    );
}

async fn have(house: &House, by: By, notice: i64) -> Result<(), NotAnswered> {
    let actor = by.actor.clone();
    house
        .road
        .act(&actor, "place.answer", move |tx, now| {
            answer(tx, &by, notice, now)
        })
        .await
}

#[tokio::test]
async fn one_person_has_it_and_the_others_are_told() {
    let house = House::new();
    keep(&house, frame("kiosk-1", "bp", r#"{"sys":205,"dia":118}"#)).await;
    let notice = open(&house)[0].id;
    let elsewhere = By {
        scope: Scope::Centre(9),
        ..by(3)
    };
    let refused = have(&house, elsewhere, notice).await;
    assert!(matches!(refused, Err(NotAnswered::NotHere)), "{refused:?}");
    have(&house, by(1), notice).await.unwrap();
    have(&house, by(1), notice).await.unwrap();
    let Err(NotAnswered::Has(line)) = have(&house, by(2), notice).await else {
        panic!("the second was not told");
    };
    assert_eq!(line.answered_by.unwrap().0, "account:1");
    assert!(open(&house).is_empty());
    let audit = "SELECT count(*) FROM audit WHERE action = 'place.answer' AND actor = 'account:1'";
    assert_eq!(house.count(audit), 1);
}

#[tokio::test]
async fn a_reading_put_back_raises_it_and_one_that_is_nobodys_settles_it() {
    let house = House::new();
    let of_qian = r#"{"sys":205,"dia":118,"card":"9900000002"}"#;
    keep(&house, frame("kiosk-1", "bp", of_qian)).await;
    let give = async |seen_revision, whose, why| {
        let wish = Wish {
            observation: 1,
            seen_revision,
            whose,
            why,
        };
        let place = RuleTable::load(&shipped()).unwrap().place;
        house
            .road
            .act("account:1", "subject.change", move |tx, now| {
                change(tx, &by(1), wish, &place, now)
            })
            .await
            .unwrap()
    };
    give(0, Whose::Tray, Why::NotHers).await;
    assert_eq!(said(&house), ["205/118 systolic_high"]);
    give(1, Whose::Person(1), Why::Asked).await;
    assert_eq!(open(&house).len(), 1, "it stays until somebody has it");
    give(2, Whose::Nobody(VoidReason::Test), Why::Nobodys).await;
    assert!(open(&house).is_empty());
    give(3, Whose::Tray, Why::NotHers).await;
    assert!(open(&house).is_empty(), "somebody looked into it before");
}

/// Shown by her card, measured, and then she says that it was not her: nobody's, and dangerous.
#[tokio::test]
async fn not_me_at_the_screen_raises_it() {
    let house = House::new();
    let ago = |seconds| Moment::now() - SignedDuration::from_secs(seconds);
    let swipe = Frame {
        transport: Transport::Station,
        source: "s1".to_owned(),
        topic: "stations/s1/card".to_owned(),
        payload: br#"{"number":"9900000001","reader":"as_typed"}"#.to_vec(),
        received_at: ago(160),
        retained: false,
        may_be_late: false,
        refused: None,
    };
    keep(&house, swipe).await;
    let mut reading = frame("cuff-1", "bp", r#"{"sys":205,"dia":118,"seq":1}"#);
    reading.received_at = ago(105);
    keep(&house, reading).await;
    assert_eq!(said(&house), Vec::<String>::new(), "it is hers");
    let place = RuleTable::load(&shipped()).unwrap().place;
    house
        .road
        .command("station:1", "check_in.not_me", move |tx, now| {
            chair::not_me(tx, 1, &place, now)?;
            Ok(((), "station:1".to_owned()))
        })
        .await
        .unwrap();
    assert_eq!(said(&house), ["205/118 systolic_high"]);
}
