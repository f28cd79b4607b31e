use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;
use rusqlite::Connection;
use rust_decimal::Decimal;

use super::read::Snapshot;
use super::*;
use crate::people::details::CardEnd;
use crate::vitals::{
    Basis, BloodPressure, DeviceId, DeviceTime, Frame, HintKind, Measured, Moment, Reading,
    Subject, TakenAt, TimeMethod, Transport,
};

fn start() -> Moment {
    "2021-01-01T00:00:00Z".parse().unwrap()
}

/// `persons` persons with `each` blood pressures, six hours apart, of one cuff each.
fn filled(persons: i64, each: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), 1).unwrap();
    journal
        .writer
        .transaction(|tx| {
            let centre_id = tx.add_centre("c1", "甲子村", "")?;
            for person in 1..=persons {
                add(tx, centre_id, person, each)?;
            }
            Ok::<_, JournalError>(())
        })
        .unwrap();
    folder
}

fn add(tx: &Tx<'_>, centre_id: i64, person: i64, each: i64) -> Result<(), JournalError> {
    tx.add_person(
        &NewPerson {
            centre_id,
            name: "赵",
            pinyin: "",
            sex: Sex::Unknown,
            birth_date: jiff::civil::date(1940, 1, 1),
            hypertension: true,
            diabetes: false,
        },
        start(),
    )?;
    let name = DeviceId(format!("cuff-{person}"));
    let device_id = tx.enrol_device(&NewDevice {
        name: &name,
        label: "",
        kind: DeviceKind::Cuff,
        centre_id,
        station_id: None,
        own_person_id: Some(person),
        account: None,
        in_service_since: start(),
    })?;
    let frame = tx.insert_frame(&NewFrame {
        frame: &Frame {
            transport: Transport::EmbeddedMqtt,
            source: name.0.clone(),
            topic: String::new(),
            payload: Vec::new(),
            received_at: start(),
            retained: false,
            may_be_late: false,
            refused: None,
        },
        stored: b"",
        sealed: false,
        sha256: [0; 32],
    })?;
    for n in 0..each {
        let at = start()
            .checked_add(SignedDuration::from_hours(6 * n))
            .unwrap();
        let reading = Reading {
            device: name.clone(),
            measured: Measured::BloodPressure(BloodPressure {
                systolic_mmhg: Decimal::from(120 + n % 40),
                diastolic_mmhg: Decimal::from(80),
                map_mmhg: None,
                pulse_bpm: None,
            }),
            device_time: DeviceTime::Absent,
            slot: None,
            sequence: Some(n.to_string()),
            hint: None,
            marks: BTreeSet::new(),
            from_memory: false,
        };
        let mut identity = [0u8; 16];
        identity[..8].copy_from_slice(&person.to_be_bytes());
        identity[8..].copy_from_slice(&n.to_be_bytes());
        let inserted = tx.insert_reading(&NewReading {
            frame,
            device_id,
            reading: &reading,
            received_at: at,
            identity,
            bare: false,
            resend_window_s: 0,
            measuring_s: 0,
        })?;
        let Inserted::New { reading } = inserted else {
            panic!("each reading is new")
        };
        let taken = TakenAt {
            at,
            uncertainty_s: 1,
            method: TimeMethod::OffsetKnown,
        };
        let subject = Subject::Known {
            person,
            basis: Basis::OwnDevice,
        };
        tx.insert_observation(reading, "blood_pressure", &taken, subject)?;
    }
    Ok(())
}

/// SQLite's own steps for everything a person's page asks, about the last 30 days of `person`.
fn steps(folder: &tempfile::TempDir, person: i64, each: i64) -> u64 {
    let conn = Connection::open(folder.path().join("journal.sqlite")).unwrap();
    let count = Arc::new(AtomicU64::new(0));
    let counting = count.clone();
    conn.progress_handler(
        1,
        Some(move || {
            counting.fetch_add(1, Ordering::Relaxed);
            false
        }),
    )
    .unwrap();
    let until = start()
        .checked_add(SignedDuration::from_hours(6 * each))
        .unwrap();
    let from = until
        .checked_sub(SignedDuration::from_hours(24 * 30))
        .unwrap();
    let journal = Snapshot { sql: &conn };
    let snapshot = journal.seen(Scope::Centre(1));
    let person = &snapshot.person(person).unwrap().unwrap();
    let seen = snapshot
        .observations_of(person, "blood_pressure", from, until)
        .unwrap();
    assert_eq!(seen.len(), 120);
    assert!(
        snapshot
            .observations_of(person, "glucose", from, until)
            .unwrap()
            .is_empty()
    );
    assert_eq!(snapshot.newest_of(person, 30).unwrap().len(), 30);
    assert_eq!(snapshot.newest_pressures(person, 14).unwrap().len(), 14);
    assert!(snapshot.span_of(person).unwrap().is_some());
    count.load(Ordering::Relaxed)
}

#[test]
fn a_persons_page_asks_no_more_of_a_large_journal() {
    let small = steps(&filled(1, 240), 1, 240);
    let wide = steps(&filled(100, 240), 50, 240);
    let long = steps(&filled(2, 4800), 2, 4800);
    // Deeper trees cost a step here and there; a scan would cost a hundred times as much.
    assert!(
        wide * 10 <= small * 11,
        "a hundred persons: {wide} steps, one: {small}"
    );
    assert!(
        long * 10 <= small * 11,
        "twenty times the readings: {long} steps, few: {small}"
    );
}

#[test]
fn the_longest_write_is_undone_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), 1).unwrap();
    let failed = journal.writer.transaction(|tx| {
        tx.add_centre("c1", "", "")?;
        Err::<(), _>(JournalError::Missing {
            what: "centre",
            id: 1,
        })
    });
    assert!(failed.is_err());
    let undone = journal.writer.transaction(|tx| {
        tx.add_centre("c2", "", "")?;
        let inner = tx.savepoint(|tx| {
            tx.add_centre("c3", "", "")?;
            Err::<(), _>(JournalError::Missing {
                what: "centre",
                id: 1,
            })
        });
        assert!(inner.is_err());
        Ok::<_, JournalError>((tx.centre_by_code("c2")?, tx.centre_by_code("c3")?))
    });
    assert!(matches!(undone, Ok((Some(_), None))));
    let centres = journal
        .readers
        .read(|s| s.seen(Scope::Township).centres(start()))
        .unwrap();
    assert_eq!(centres.len(), 1);
}

/// A card that was given on: what was measured while it was another's is nobody's by it.
#[test]
fn a_card_says_nothing_of_the_time_when_it_was_somebody_elses() {
    let folder = filled(2, 0);
    let mut journal = Journal::open(folder.path(), 1).unwrap();
    let at = |s| start().checked_add(SignedDuration::from_secs(s)).unwrap();
    let whose = |tx: &Tx<'_>, s| tx.persons_with_hint(HintKind::Card, "h", at(s));
    journal
        .writer
        .transaction(|tx| {
            tx.add_card(1, HintKind::Card, "h", "0001", at(0))?;
            assert_eq!(whose(tx, -5)?, [1]);
            let card: i64 = tx.sql.query_row("SELECT id FROM card", [], |r| r.get(0))?;
            assert!(tx.end_card(1, card, CardEnd::Replaced, at(100))?);
            tx.add_card(2, HintKind::Card, "h", "0001", at(100))?;
            assert!(whose(tx, 99)?.is_empty());
            assert!(whose(tx, 100)?.is_empty());
            assert_eq!(whose(tx, 101)?, [2]);
            Ok::<_, JournalError>(())
        })
        .unwrap();
}
