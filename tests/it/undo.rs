//! Moving and voiding a reading: both persons' sessions and means before and after, in any order, and two
//! people at once.

use std::collections::BTreeMap;

use eldercare_hub::journal::{Journal, JournalError, Scope, SubjectChange, Tx};
use eldercare_hub::pipeline::whose::{Done, NotDone, Whose, Why, Wish, change};
use eldercare_hub::pipeline::{By, record};
use eldercare_hub::rules::{Course, RuleTable, course, shipped};
use eldercare_hub::vitals::{Basis, Frame, Inlet, Moment, Subject, UnclaimedReason, VoidReason};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::house::{CUFF, House, frame};

const ZHAO: i64 = 1;
const QIAN: i64 = 2;

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

/// 14 April 2026 in China.
fn at(hour_minute: &str) -> Moment {
    format!("2026-04-14T{hour_minute}:00+08:00")
        .parse()
        .unwrap()
}

fn reading(seq: u64, at: Moment, sys: u32, dia: u32, slot: u8) -> Frame {
    let body = format!(r#"{{"sys":{sys},"dia":{dia},"pulse":66,"seq":{seq},"user":{slot}}}"#);
    Frame {
        // The cuff sends some seconds after it measured.
        received_at: at + jiff::SignedDuration::from_secs(30),
        ..frame(CUFF, "bp", &body)
    }
}

/// Zhao measures twice; then Qian, with Zhao's button; later Qian twice with her own.
async fn morning() -> House {
    let house = House::new();
    let mut last = None;
    for (seq, hour, sys, dia, slot) in [
        (1, "08:00", 150, 90, 1),
        (2, "08:01", 154, 92, 1),
        (3, "08:02", 120, 70, 1),
        (4, "08:30", 130, 80, 2),
        (5, "08:31", 132, 82, 2),
    ] {
        let kept = house.road.keep(reading(seq, at(hour), sys, dia, slot));
        last = Some(kept.await.unwrap());
    }
    house.road.understood(last.unwrap()).await;
    house
}

fn staff(account: i64) -> By {
    By {
        actor: format!("account:{account}"),
        scope: Scope::Centre(1),
    }
}

fn wish(observation: i64, seen_revision: u32, whose: Whose) -> Wish {
    let why = match whose {
        Whose::Person(_) => Why::Asked,
        Whose::Tray => Why::NotHers,
        Whose::Nobody(_) => Why::Nobodys,
    };
    Wish {
        observation,
        seen_revision,
        whose,
        why,
    }
}

async fn give(house: &House, by: By, wish: Wish) -> Result<Done, NotDone> {
    let actor = by.actor.clone();
    house
        .road
        .act(&actor, "subject.change", move |tx, now| {
            change(tx, &by, wish, &table().place, now)
        })
        .await
}

fn table() -> RuleTable {
    RuleTable::load(&shipped()).unwrap()
}

/// What both persons' records come to at noon.
fn courses(house: &House) -> [Course; 2] {
    let table = table();
    house
        .readers
        .read(|journal| {
            let seen = journal.seen(Scope::Township);
            let of = |person| {
                let line = seen.person(person)?.unwrap();
                let record = record::record(&seen, &line, at("12:00"), &zone())?;
                Ok::<_, JournalError>(course(&table, &record, record::as_of(at("12:00"), &zone())))
            };
            Ok([of(ZHAO)?, of(QIAN)?])
        })
        .unwrap()
}

/// Sessions as `08:00-08:02 n=3 141/84`, then the mean of fourteen days.
fn said(course: &Course) -> Vec<String> {
    let hour = |m: Moment| zone().to_datetime(m).strftime("%H:%M").to_string();
    let session = |s: &eldercare_hub::rules::SessionMean| {
        format!(
            "{}-{} n={} {}/{}",
            hour(s.start),
            hour(s.end),
            s.readings.len(),
            s.sbp_mmhg,
            s.dbp_mmhg
        )
    };
    let mut all: Vec<String> = course.sessions.iter().map(session).collect();
    all.extend(course.last_14_days.iter().map(|w| {
        format!(
            "14 days: {}/{} of {} n={}",
            w.sbp_mmhg, w.dbp_mmhg, w.days, w.readings
        )
    }));
    all
}

fn both(house: &House) -> [Vec<String>; 2] {
    courses(house).map(|c| said(&c))
}

fn trail(house: &House, observation: i64) -> Vec<SubjectChange> {
    house
        .readers
        .read(|journal| {
            let seen = journal.seen(Scope::Township);
            seen.trail(&seen.reading(observation)?.unwrap())
        })
        .unwrap()
}

#[tokio::test]
async fn a_moved_reading_is_gone_from_one_and_counts_for_the_other() {
    let house = morning().await;
    let before = [
        vec!["08:00-08:02 n=3 141/84", "14 days: 141/84 of 1 n=3"],
        vec!["08:30-08:31 n=2 131/81", "14 days: 131/81 of 1 n=2"],
    ];
    assert_eq!(both(&house), before);

    let done = give(&house, staff(1), wish(3, 0, Whose::Person(QIAN))).await;
    assert_eq!(done.unwrap(), Done::Changed);
    let moved = [
        vec!["08:00-08:01 n=2 152/91", "14 days: 152/91 of 1 n=2"],
        vec![
            "08:02-08:02 n=1 120/70",
            "08:30-08:31 n=2 131/81",
            // (120 + 131) / 2 = 125.5 and (70 + 81) / 2 = 75.5, half up.
            "14 days: 126/76 of 1 n=3",
        ],
    ];
    assert_eq!(both(&house), moved);

    give(
        &house,
        staff(1),
        wish(3, 1, Whose::Nobody(VoidReason::Test)),
    )
    .await
    .unwrap();
    let voided = [
        vec!["08:00-08:01 n=2 152/91", "14 days: 152/91 of 1 n=2"],
        vec!["08:30-08:31 n=2 131/81", "14 days: 131/81 of 1 n=2"],
    ];
    assert_eq!(both(&house), voided);

    give(&house, staff(2), wish(3, 2, Whose::Person(ZHAO)))
        .await
        .unwrap();
    assert_eq!(both(&house), before);

    give(&house, staff(2), wish(3, 3, Whose::Tray))
        .await
        .unwrap();
    assert_eq!(both(&house), voided);
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn the_history_says_who_when_from_to_and_why() {
    let house = morning().await;
    let put = |whose| wish(3, 0, whose);
    give(&house, staff(1), put(Whose::Person(QIAN)))
        .await
        .unwrap();
    let nobody = Wish {
        seen_revision: 1,
        ..put(Whose::Nobody(VoidReason::Visitor))
    };
    give(&house, staff(2), nobody).await.unwrap();
    let trail = trail(&house, 3);
    let said: Vec<_> = trail
        .iter()
        .map(|c| (c.revision, c.actor.as_str(), c.from, c.to, c.why.as_str()))
        .collect();
    let slot = Subject::Known {
        person: ZHAO,
        basis: Basis::DeviceSlot,
    };
    let given = Subject::Known {
        person: QIAN,
        basis: Basis::AssignedBy,
    };
    let visitor = Subject::Voided {
        reason: VoidReason::Visitor,
    };
    assert_eq!(
        said,
        [
            (1, "account:1", slot, given, "asked"),
            (2, "account:2", given, visitor, "nobodys")
        ]
    );
    let audit = "SELECT count(*) FROM audit WHERE action = 'subject.change' AND object IN
        ('observation:3 from person:1 to person:2', 'observation:3 from person:2 to nobody:visitor')";
    assert_eq!(house.count(audit), 2);
    // Both persons' followers were told, from the moment the reading was taken.
    let told = house
        .readers
        .read(|j| j.record_changes_after(0, 100))
        .unwrap();
    let persons: Vec<_> = told.iter().map(|c| (c.person_id, c.why.as_str())).collect();
    let of = |person| (person, "subject.change");
    assert_eq!(
        persons,
        [
            of(Some(ZHAO)),
            of(Some(QIAN)),
            of(None),
            of(Some(QIAN)),
            of(None)
        ]
    );
    assert!(
        told.iter()
            .all(|c| c.person_id.is_none() || c.from < at("08:03"))
    );
}

#[tokio::test]
async fn of_two_at_once_one_wins_and_the_other_is_told_who() {
    let house = morning().await;
    house
        .road
        .write(|tx, now| {
            for (login, name) in [("ma", "马子丑"), ("luo", "罗辰巳")] {
                tx.put_account(
                    &eldercare_hub::journal::NewAccount {
                        login,
                        password_hash: "",
                        role: "staff",
                        centre_id: Some(1),
                        name,
                    },
                    now,
                )?;
            }
            Ok(())
        })
        .await
        .unwrap();
    give(&house, staff(1), wish(3, 0, Whose::Tray))
        .await
        .unwrap();
    let (first, second) = tokio::join!(
        give(&house, staff(1), wish(3, 1, Whose::Person(ZHAO))),
        give(&house, staff(2), wish(3, 1, Whose::Person(QIAN))),
    );
    let (won, lost) = match (&first, &second) {
        (Ok(_), Err(_)) => (first, second),
        _ => (second, first),
    };
    assert_eq!(won.unwrap(), Done::Changed);
    let Err(NotDone::Since(since)) = lost else {
        panic!("the other was not told: {lost:?}");
    };
    assert!(["马子丑", "罗辰巳"].contains(&since.by.as_str()));
    assert_eq!(since.revision, 2);
    assert_eq!(house.count("SELECT count(*) FROM subject_change"), 2);

    // Even when both mean the same person, the second hears that it was done, and by whom.
    let same = match since.to.person() {
        Some(ZHAO) => (staff(2), ZHAO),
        _ => (staff(1), QIAN),
    };
    let late = give(&house, same.0, wish(3, 1, Whose::Person(same.1))).await;
    assert!(matches!(late, Err(NotDone::Since(_))), "{late:?}");
}

#[tokio::test]
async fn a_wish_sent_twice_is_done_once() {
    let house = morning().await;
    let wish = wish(3, 0, Whose::Person(QIAN));
    let (a, b) = tokio::join!(give(&house, staff(1), wish), give(&house, staff(1), wish));
    assert_eq!((a.unwrap(), b.unwrap()), (Done::Changed, Done::AlreadySo));
    assert_eq!(house.count("SELECT count(*) FROM subject_change"), 1);
    let audit = "SELECT count(*) FROM audit WHERE action = 'subject.change'";
    assert_eq!(house.count(audit), 1);
}

#[tokio::test]
async fn nobody_reaches_beyond_the_own_centre() {
    let house = morning().await;
    let elsewhere = By {
        scope: Scope::Centre(9),
        ..staff(1)
    };
    for whose in [Whose::Person(QIAN), Whose::Tray] {
        let refused = give(&house, elsewhere.clone(), wish(3, 0, whose)).await;
        assert!(matches!(refused, Err(NotDone::NotHere)), "{refused:?}");
    }
    for (observation, whose) in [(99, Whose::Tray), (3, Whose::Person(99))] {
        let refused = give(&house, staff(1), wish(observation, 0, whose)).await;
        assert!(matches!(refused, Err(NotDone::NotHere)), "{refused:?}");
    }
    assert_eq!(house.count("SELECT count(*) FROM subject_change"), 0);
    assert_eq!(house.count("SELECT count(*) FROM audit"), 0);
}

/// What the tray says of a reading that was given to nobody yet.
#[tokio::test]
async fn a_reading_put_back_waits_in_the_tray() {
    let house = morning().await;
    give(&house, staff(1), wish(3, 0, Whose::Tray))
        .await
        .unwrap();
    let waiting = house
        .readers
        .read(|j| j.seen(Scope::Centre(1)).unclaimed(10))
        .unwrap();
    let reason = UnclaimedReason::PutBack;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        waiting[0].observation.subject,
        Subject::Unclaimed { reason }
    );
    assert!(
        house
            .readers
            .read(|j| j.seen(Scope::Centre(9)).unclaimed(10))
            .unwrap()
            .is_empty()
    );
}

/// Undoes a case's transaction.
struct Undone;

impl From<JournalError> for Undone {
    fn from(error: JournalError) -> Self {
        panic!("{error}");
    }
}

fn whose() -> impl Strategy<Value = Whose> {
    prop_oneof![
        Just(Whose::Person(ZHAO)),
        Just(Whose::Person(QIAN)),
        Just(Whose::Tray),
        Just(Whose::Nobody(VoidReason::Visitor)),
    ]
}

/// Applies moves in order, each with the revision that then stands; what both persons come to.
fn after(tx: &Tx<'_>, table: &RuleTable, moves: &[(i64, Whose)]) -> [Course; 2] {
    let mut found = None;
    // A savepoint, so that the next order starts from the same morning.
    let _ = tx.savepoint(|tx| {
        for (observation, whose) in moves {
            let seen_revision = tx
                .seen(Scope::Township, |s| s.reading(*observation))
                .unwrap();
            let seen_revision = seen_revision.unwrap().observation.revision;
            let wish = wish(*observation, seen_revision, *whose);
            change(tx, &staff(1), wish, &table.place, at("12:00")).unwrap();
        }
        found = Some(tx.seen(Scope::Township, |seen| {
            let of = |person| {
                let line = seen.person(person)?.unwrap();
                let record = record::record(seen, &line, at("12:00"), &zone())?;
                Ok::<_, JournalError>(course(table, &record, record::as_of(at("12:00"), &zone())))
            };
            Ok::<_, JournalError>([of(ZHAO)?, of(QIAN)?])
        }));
        Err::<(), _>(Undone)
    });
    found.unwrap().unwrap()
}

/// Several moves of several readings: the end is what the last move of each says, in whatever order the
/// readings were dealt with, and it is what a morning would have come to in which nobody had been wrong.
#[test]
fn the_end_depends_on_the_last_move_of_each_reading_only() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(morning());
    house.road.stop();
    let journal = std::cell::RefCell::new(Journal::open(house.folder.path(), 1).unwrap());
    let table = table();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 60,
        ..ProptestConfig::default()
    });
    let moves = prop::collection::vec((1_i64..=5, whose()), 0..12);
    let with_keys = moves.prop_flat_map(|moves| {
        let keys = prop::collection::vec(any::<u32>(), moves.len());
        (Just(moves), keys)
    });
    runner
        .run(&with_keys, |(moves, keys)| {
            // Another order: by random keys, each reading's own moves staying in theirs.
            let mut of_each: BTreeMap<i64, Vec<Whose>> = BTreeMap::new();
            for (observation, whose) in &moves {
                of_each.entry(*observation).or_default().push(*whose);
            }
            let mut order: Vec<_> = moves.iter().map(|m| m.0).zip(&keys).collect();
            order.sort_by_key(|(_, key)| **key);
            let mut given: BTreeMap<i64, usize> = BTreeMap::new();
            let shuffled: Vec<(i64, Whose)> = order
                .iter()
                .map(|(observation, _)| {
                    let nth = given.entry(*observation).or_default();
                    let whose = of_each[observation][*nth];
                    *nth += 1;
                    (*observation, whose)
                })
                .collect();
            let last: Vec<(i64, Whose)> = of_each
                .iter()
                .map(|(observation, whose)| (*observation, *whose.last().unwrap()))
                .collect();
            let _ = journal.borrow_mut().writer.transaction(|tx| {
                let straight = after(tx, &table, &moves);
                assert_eq!(straight, after(tx, &table, &shuffled));
                assert_eq!(straight, after(tx, &table, &last));
                Err::<(), _>(Undone)
            });
            Ok(())
        })
        .unwrap();
}
