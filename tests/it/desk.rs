//! What staff do by hand: wait for a reading at the bedside, type one, tick signs, say how somebody was held;
//! and that the rules' record has it all.

use std::collections::BTreeSet;
use std::sync::Arc;

use eldercare_hub::journal::{JournalError, Remark, Scope};
use eldercare_hub::people::bedside::WaitedFor;
use eldercare_hub::pipeline::bedside::{NotOpened, confirm, give_up, open};
use eldercare_hub::pipeline::desk::{self, NotSaid};
use eldercare_hub::pipeline::typed::{NotTyped, Typed, store};
use eldercare_hub::pipeline::whose::{Done, NotDone};
use eldercare_hub::pipeline::{By, record};
use eldercare_hub::rules::{Record, RuleTable, course, shipped};
use eldercare_hub::vitals::{
    Basis, BloodPressure, Frame, Glucose, GlucoseValue, Inlet, Mark, Meal, Measured, Moment,
    Observation, Posture, Specimen, Subject, TimeMethod, UnclaimedReason, VoidReason,
};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rstest::rstest;
use rust_decimal::Decimal;

use crate::house::{House, frame};

const ZHAO: i64 = 1;
const QIAN: i64 = 2;
/// The kiosk of the house stands nowhere and belongs to nobody.
const KIOSK: i64 = 3;

fn by(account: i64) -> By {
    By {
        actor: format!("account:{account}"),
        scope: Scope::Centre(1),
    }
}

fn table() -> Arc<RuleTable> {
    Arc::new(RuleTable::load(&shipped()).unwrap())
}

async fn keep(house: &House, frame: Frame) {
    let kept = house.road.keep(frame).await.unwrap();
    house.road.understood(kept).await;
}

async fn waits(house: &House, by: By, waited_for: WaitedFor) -> Result<i64, NotOpened> {
    let actor = by.actor.clone();
    house
        .road
        .act(&actor, "bedside.open", move |tx, now| {
            open(tx, &by, waited_for, KIOSK, now)
        })
        .await
}

async fn confirms(house: &House, by: By, bedside: i64) -> Result<Done, NotDone> {
    let (actor, table) = (by.actor.clone(), table());
    house
        .road
        .act(&actor, "bedside.confirm", move |tx, now| {
            confirm(tx, &by, bedside, &table.place, now)
        })
        .await
}

fn observations(house: &House) -> Vec<Observation> {
    house
        .readers
        .read(|s| s.observations_after(0, 100))
        .unwrap()
}

fn subject(house: &House) -> Subject {
    observations(house).last().unwrap().subject
}

fn unclaimed(reason: UnclaimedReason) -> Subject {
    Subject::Unclaimed { reason }
}

const BODY: &str = r#"{"sys":151,"dia":86,"pulse":70}"#;

#[tokio::test]
async fn at_the_bedside_a_reading_is_shown_before_it_is_hers() {
    let house = House::new();
    let bedside = waits(&house, by(1), WaitedFor::Person(QIAN)).await.unwrap();
    keep(&house, frame("kiosk-1", "bp", BODY)).await;
    assert_eq!(
        subject(&house),
        unclaimed(UnclaimedReason::AwaitsConfirmation)
    );
    let line = house
        .readers
        .read(|j| j.seen(Scope::Centre(1)).bedside(bedside))
        .unwrap()
        .unwrap();
    assert_eq!(line.observation, Some(1));
    // Only the next one: a second reading is nobody's as ever.
    keep(&house, frame("kiosk-1", "bp", r#"{"sys":149,"dia":84}"#)).await;
    assert_eq!(subject(&house), unclaimed(UnclaimedReason::NoClaim));
    assert_eq!(
        confirms(&house, by(1), bedside).await.unwrap(),
        Done::Changed
    );
    assert_eq!(
        confirms(&house, by(1), bedside).await.unwrap(),
        Done::AlreadySo
    );
    let first = observations(&house)[0].subject;
    let hers = Subject::Known {
        person: QIAN,
        basis: Basis::AssignedBy,
    };
    assert_eq!(first, hers);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn a_card_that_names_somebody_else_is_not_overruled_silently() {
    let house = House::new();
    let bedside = waits(&house, by(1), WaitedFor::Person(QIAN)).await.unwrap();
    let of_zhao = r#"{"sys":151,"dia":86,"card":"9900000001"}"#;
    keep(&house, frame("kiosk-1", "bp", of_zhao)).await;
    assert_eq!(subject(&house), unclaimed(UnclaimedReason::ClaimsDisagree));
    assert_eq!(
        confirms(&house, by(1), bedside).await.unwrap(),
        Done::Changed
    );
    assert_eq!(subject(&house).person(), Some(QIAN));

    waits(&house, by(1), WaitedFor::Person(ZHAO)).await.unwrap();
    keep(&house, frame("kiosk-1", "bp", of_zhao)).await;
    let by_card = Subject::Known {
        person: ZHAO,
        basis: Basis::CardInMessage,
    };
    // Her own card beside the staff's word: hers at once, on the card's grounds.
    keep(
        &house,
        frame(
            "kiosk-1",
            "bp",
            r#"{"sys":133,"dia":80,"card":"9900000001"}"#,
        ),
    )
    .await;
    assert_eq!(subject(&house), by_card);
}

#[rstest]
#[case(-1, false)]
#[case(0, true)]
#[case(120_000, true)]
#[case(120_001, false)]
#[tokio::test]
async fn the_waiting_lasts_two_minutes(#[case] after_ms: i64, #[case] caught: bool) {
    let house = House::new();
    let bedside = waits(&house, by(1), WaitedFor::Person(QIAN)).await.unwrap();
    let from = house
        .readers
        .read(|j| j.seen(Scope::Centre(1)).bedside(bedside))
        .unwrap()
        .unwrap()
        .from;
    let then = Frame {
        received_at: from + SignedDuration::from_millis(after_ms),
        ..frame("kiosk-1", "bp", BODY)
    };
    keep(&house, then).await;
    let expected = match caught {
        true => UnclaimedReason::AwaitsConfirmation,
        false => UnclaimedReason::NoClaim,
    };
    assert_eq!(subject(&house), unclaimed(expected));
}

#[tokio::test]
async fn one_person_waits_for_a_device_at_a_time() {
    let house = House::new();
    let first = waits(&house, by(1), WaitedFor::Person(QIAN)).await.unwrap();
    let busy = waits(&house, by(2), WaitedFor::Person(ZHAO)).await;
    let Err(NotOpened::Busy(line)) = busy else {
        panic!("the second was not told: {busy:?}");
    };
    assert_eq!(line.opened_by.0, "account:1");
    // One's own can be begun anew; what was given up catches nothing.
    let second = waits(&house, by(1), WaitedFor::Person(ZHAO)).await.unwrap();
    assert_ne!(first, second);
    house
        .road
        .act("account:1", "bedside.give_up", move |tx, now| {
            give_up(tx, &by(1), second, now)
        })
        .await
        .unwrap();
    keep(&house, frame("kiosk-1", "bp", BODY)).await;
    assert_eq!(subject(&house), unclaimed(UnclaimedReason::NoClaim));
    let nobody_came = confirms(&house, by(1), second).await;
    assert!(
        matches!(nobody_came, Err(NotDone::NotHere)),
        "{nobody_came:?}"
    );
}

#[tokio::test]
async fn a_control_test_is_confirmed_as_nobodys_value() {
    let house = House::new();
    let bedside = waits(&house, by(1), WaitedFor::Control).await.unwrap();
    keep(&house, frame("kiosk-1", "glucose", r#"{"mmol_l":6.2}"#)).await;
    assert_eq!(
        subject(&house),
        unclaimed(UnclaimedReason::AwaitsConfirmation)
    );
    confirms(&house, by(1), bedside).await.unwrap();
    let reason = VoidReason::ControlSolution;
    assert_eq!(subject(&house), Subject::Voided { reason });
}

#[tokio::test]
async fn somebody_who_was_faster_in_the_tray_is_not_overwritten_from_the_bedside() {
    use eldercare_hub::pipeline::whose::{Whose, Why, Wish, change};
    let house = House::new();
    let bedside = waits(&house, by(1), WaitedFor::Person(QIAN)).await.unwrap();
    keep(&house, frame("kiosk-1", "bp", BODY)).await;
    house
        .road
        .act("account:2", "subject.change", |tx, now| {
            let wish = Wish {
                observation: 1,
                seen_revision: 0,
                whose: Whose::Person(ZHAO),
                why: Why::Asked,
            };
            change(tx, &by(2), wish, &table().place, now)
        })
        .await
        .unwrap();
    let late = confirms(&house, by(1), bedside).await;
    assert!(matches!(late, Err(NotDone::Since(_))), "{late:?}");
    assert_eq!(subject(&house).person(), Some(ZHAO));
}

fn pressure(sys: i64, dia: i64, pulse: Option<i64>) -> Measured {
    Measured::BloodPressure(BloodPressure {
        systolic_mmhg: Decimal::from(sys),
        diastolic_mmhg: Decimal::from(dia),
        map_mmhg: None,
        pulse_bpm: pulse.map(Decimal::from),
    })
}

fn sugar(tenths: i64) -> Measured {
    Measured::Glucose(Glucose {
        value: GlucoseValue::MmolL(Decimal::new(tenths, 1)),
        meal: Meal::Fasting,
        specimen: Specimen::Blood,
    })
}

fn typed(measured: Measured, taken_at: Moment) -> Typed {
    Typed {
        person: QIAN,
        measured,
        taken_at,
        posture: Posture::Sitting,
        form: [1; 16],
    }
}

async fn types(house: &House, by: By, typed: Typed) -> Result<i64, NotTyped> {
    let actor = by.actor.clone();
    house
        .road
        .act(&actor, "reading.type", move |tx, now| {
            store(tx, &by, &typed, now)
        })
        .await
}

#[tokio::test]
async fn a_typed_reading_says_so_and_who_and_stands_apart() {
    let house = House::new();
    let an_hour_ago = Moment::now() - SignedDuration::from_hours(1);
    let wish = typed(pressure(151, 86, Some(70)), an_hour_ago);
    let stored = types(&house, by(1), wish.clone()).await.unwrap();
    let all = observations(&house);
    let is = &all[0];
    assert_eq!(is.subject.person(), Some(QIAN));
    assert!(matches!(
        is.subject,
        Subject::Known {
            basis: Basis::TypedBy,
            ..
        }
    ));
    assert!(is.reading.marks.contains(&Mark::Typed));
    assert_eq!(is.taken.method, TimeMethod::Stated);
    assert_eq!(is.taken.at.as_millisecond(), an_hour_ago.as_millisecond());
    assert_eq!(is.reading.device.0, "typed:c1");
    let line = house
        .readers
        .read(|j| j.seen(Scope::Centre(1)).reading(stored))
        .unwrap()
        .unwrap();
    assert_eq!(line.source, "account:1");
    // The form sent again is the same reading; another form with the same numbers is another.
    assert_eq!(types(&house, by(1), wish.clone()).await.unwrap(), stored);
    let other = Typed {
        form: [2; 16],
        ..wish
    };
    assert_ne!(types(&house, by(1), other).await.unwrap(), stored);
    assert_eq!(observations(&house).len(), 2);
    // It is no device: nobody looks for its battery.
    let devices = house.readers.read(|j| j.devices()).unwrap();
    assert!(devices.iter().all(|d| d.name != "typed:c1"));
    let audit =
        "SELECT count(*) FROM audit WHERE action = 'reading.type' AND object LIKE '% person:2'";
    assert_eq!(house.count(audit), 2);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn no_device_can_speak_as_staff() {
    let house = House::new();
    let now = Moment::now();
    types(&house, by(1), typed(pressure(151, 86, None), now))
        .await
        .unwrap();
    keep(&house, frame("typed:c1", "bp", BODY)).await;
    assert_eq!(observations(&house).len(), 1);
    let refused = (
        "refused".to_owned(),
        "device_of_another_account".to_owned(),
        1,
    );
    assert!(
        house.outcomes().contains(&refused),
        "{:?}",
        house.outcomes()
    );
}

/// The limits are those of a device's reading.
#[rstest]
#[case(pressure(39, 30, None), false)]
#[case(pressure(40, 30, None), true)]
#[case(pressure(300, 110, None), true)]
#[case(pressure(301, 110, None), false)]
#[case(pressure(120, 19, None), false)]
#[case(pressure(120, 20, None), true)]
#[case(pressure(250, 200, None), true)]
#[case(pressure(250, 201, None), false)]
#[case(pressure(120, 119, None), true)]
#[case(pressure(120, 120, None), false)]
#[case(pressure(120, 80, Some(19)), false)]
#[case(pressure(120, 80, Some(20)), true)]
#[case(pressure(120, 80, Some(300)), true)]
#[case(pressure(120, 80, Some(301)), false)]
#[case(sugar(5), false)]
#[case(sugar(6), true)]
#[case(sugar(550), true)]
#[case(sugar(551), false)]
#[tokio::test]
async fn what_cannot_be_measured_cannot_be_typed(#[case] measured: Measured, #[case] taken: bool) {
    let house = House::new();
    let done = types(&house, by(1), typed(measured, Moment::now())).await;
    match taken {
        true => assert!(done.is_ok(), "{done:?}"),
        false => assert!(matches!(done, Err(NotTyped::Implausible(_))), "{done:?}"),
    }
}

#[tokio::test]
async fn a_typed_time_is_neither_ahead_nor_long_ago() {
    let house = House::new();
    let now = Moment::now();
    let hours = |h| now + SignedDuration::from_hours(h);
    for (at, taken) in [
        (hours(1), false),
        (hours(-1), true),
        (hours(-24 * 14 + 1), true),
        (hours(-24 * 14 - 1), false),
    ] {
        let wish = Typed {
            form: rand::random(),
            ..typed(pressure(120, 80, None), at)
        };
        let done = types(&house, by(1), wish).await;
        assert_eq!(done.is_ok(), taken, "{at}: {done:?}");
    }
    let nobody = Typed {
        person: 99,
        ..typed(pressure(120, 80, None), now)
    };
    assert!(matches!(
        types(&house, by(1), nobody).await,
        Err(NotTyped::NotHere)
    ));
}

async fn say<T: Send + 'static>(
    house: &House,
    work: impl FnOnce(&eldercare_hub::journal::Tx<'_>, Moment) -> Result<(T, Option<String>), NotSaid>
    + Send
    + 'static,
) -> Result<T, NotSaid> {
    house.road.act("account:1", "desk", work).await
}

fn record_of(house: &House, person: i64) -> Record {
    house
        .readers
        .read(|j| {
            let seen = j.seen(Scope::Centre(1));
            let line = seen.person(person)?.unwrap();
            let zone = TimeZone::get("Asia/Shanghai").unwrap();
            Ok::<_, JournalError>(record::record(&seen, &line, Moment::now(), &zone)?)
        })
        .unwrap()
}

fn words(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|w| (*w).to_owned()).collect()
}

#[tokio::test]
async fn ticked_signs_hold_until_they_are_taken_back_and_reach_the_rules() {
    let house = House::new();
    let tick = async |signs: &[&str]| {
        let (signs, table) = (words(signs), table());
        say(&house, move |tx, now| {
            desk::signs(tx, &by(1), QIAN, &signs, &table.signs, now)
        })
        .await
    };
    tick(&["severe_headache", "palpitation"]).await.unwrap();
    assert_eq!(
        record_of(&house, QIAN).signs,
        words(&["palpitation", "severe_headache"])
    );
    assert!(record_of(&house, ZHAO).signs.is_empty());
    tick(&["palpitation"]).await.unwrap();
    assert_eq!(record_of(&house, QIAN).signs, words(&["palpitation"]));
    // The same again is no act.
    tick(&["palpitation"]).await.unwrap();
    assert_eq!(
        house.count("SELECT count(*) FROM audit WHERE action = 'desk'"),
        2
    );
    assert!(matches!(tick(&["looks_ill"]).await, Err(NotSaid::Unknown)));
    let known = "SELECT count(*) FROM sign WHERE ticked_by = 'account:1'";
    assert_eq!(house.count(known), 2, "what was taken back is still there");
    // A tick holds for twelve hours.
    let now = Moment::now();
    let hold = |after: SignedDuration| {
        house
            .readers
            .read(|j| {
                let seen = j.seen(Scope::Centre(1));
                let line = seen.person(QIAN)?.unwrap();
                let at = now + after;
                seen.signs_at(&line, desk::holds_since(at), at)
            })
            .unwrap()
            .len()
    };
    assert_eq!(hold(SignedDuration::from_mins(12 * 60 - 1)), 1);
    assert_eq!(hold(SignedDuration::from_mins(12 * 60)), 0);
}

#[tokio::test]
async fn a_meal_and_how_somebody_was_held_reach_the_rules() {
    let house = House::new();
    let began = Moment::now() - SignedDuration::from_mins(50);
    let eat = async |at| say(&house, move |tx, now| desk::meal(tx, &by(1), QIAN, at, now)).await;
    eat(began).await.unwrap();
    eat(began).await.unwrap();
    assert_eq!(record_of(&house, QIAN).meals.len(), 1);
    for wrong in [
        Moment::now() + SignedDuration::from_mins(2),
        Moment::now() - SignedDuration::from_hours(25),
    ] {
        assert!(matches!(eat(wrong).await, Err(NotSaid::Time)));
    }

    let of_qian = r#"{"sys":118,"dia":70,"card":"9900000002","seq":1}"#;
    keep(&house, frame("kiosk-1", "bp", of_qian)).await;
    let remark = async |observation, remark| {
        say(&house, move |tx, now| {
            desk::remark(tx, &by(1), observation, remark, now)
        })
        .await
    };
    let now = |house: &House| {
        let table = table();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        course(
            &table,
            &record_of(house, QIAN),
            record::as_of(Moment::now(), &zone),
        )
    };
    assert_eq!(now(&house).sessions.len(), 1);
    remark(1, Remark::Posture(Posture::Standing)).await.unwrap();
    assert_eq!(
        record_of(&house, QIAN).pressures[0].posture,
        Posture::Standing
    );
    assert!(
        now(&house).sessions.is_empty(),
        "a standing reading is in no session"
    );
    remark(1, Remark::Posture(Posture::Lying)).await.unwrap();
    assert_eq!(now(&house).sessions.len(), 1);
    assert!(matches!(
        remark(1, Remark::Meal(Meal::Fasting)).await,
        Err(NotSaid::Unknown)
    ));

    let of_qian = r#"{"mmol_l":7.4,"card":"9900000002","seq":2}"#;
    keep(&house, frame("kiosk-1", "glucose", of_qian)).await;
    remark(2, Remark::Meal(Meal::Fasting)).await.unwrap();
    remark(2, Remark::Retest(true)).await.unwrap();
    let glucose = record_of(&house, QIAN).glucose[0].clone();
    assert_eq!((glucose.meal, glucose.retest), (Meal::Fasting, true));
    remark(2, Remark::Retest(false)).await.unwrap();
    assert!(!record_of(&house, QIAN).glucose[0].retest);
    assert_eq!(house.count("SELECT count(*) FROM remark"), 5);
}
