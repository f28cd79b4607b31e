//! What the hub makes of every fault of a device, through the broker, compared with the truth file.

use std::collections::BTreeMap;
use std::sync::Arc;

use eldercare_hub::demo::roster::roster;
use eldercare_hub::demo::truth::ShownLine;
use eldercare_hub::demo::{Fault, Reach, TruthLine, read_truth};
use eldercare_hub::journal::{Journal, SealKey, check};
use eldercare_hub::pipeline::{self, Road, roster as load};
use eldercare_hub::sources::broker::{Broker, Parts, Settings};
use eldercare_hub::vitals::{FrameRow, HintKey};
use tokio::time::Duration;

use crate::house::decoder;
use crate::township::{Stage, accounts};

/// Device and running number: what a measurement is called in the truth file and in the journal.
type Name = (String, u64);

/// One line `measured` of the truth file.
#[derive(Debug, Clone)]
struct Measured {
    person: usize,
    claim: String,
    claimed: Option<usize>,
    taken_s: i64,
    /// Systolic, or tenths of mmol/L.
    shown: i64,
    fault: bool,
}

/// One observation of the journal.
#[derive(Debug, Clone)]
struct Seen {
    person: Option<usize>,
    basis: Option<String>,
    unclaimed: Option<String>,
    method: String,
    taken_s: i64,
    uncertainty_s: i64,
    value: i64,
}

/// What stands in truth file and journal after a morning.
struct Morning {
    truth: BTreeMap<Name, Measured>,
    seen: BTreeMap<Name, Vec<Seen>>,
    /// Outcome and reason to number of frames.
    frames: BTreeMap<(String, String), i64>,
    lowest_battery: Option<i64>,
}

/// Twenty minutes as they should be, twenty with the fault, ten after it.
async fn morning(fault: Option<Fault>) -> Morning {
    let stage = Stage::set();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.jsonl");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut journal = Journal::open(&data, 2).unwrap();
    let entries = roster(&stage.township, stage.start);
    let key = HintKey::new([7; 32]);
    journal
        .writer
        .transaction(|tx| load::load(tx, &entries, &key, stage.start))
        .unwrap();
    let road = Road::start(
        journal.writer,
        decoder(),
        Arc::new(SealKey::new([8; 32])),
        stage.clock.clone(),
        14,
        &pipeline::Settings::default(),
    )
    .unwrap();
    let road = Arc::new(road);
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..Settings::default()
    };
    let parts = Parts::new(road.clone(), stage.clock.clone(), accounts(&stage.township));
    let broker = Broker::start(&settings, parts).await.unwrap();
    let mut living = stage.live(broker.address(), &truth);

    stage.pass(&mut living, 20).await;
    if let Some(fault) = fault {
        stage.faults.on(fault, Reach::Everywhere);
    }
    stage.pass(&mut living, 20).await;
    if let Some(fault) = fault {
        stage.faults.off(fault);
    }
    stage.pass(&mut living, 10).await;
    if fault == Some(Fault::Late) {
        stage.pass(&mut living, 40).await;
    }
    living.end(Duration::from_secs(5)).await.unwrap();
    broker.stop().await;

    let conn = rusqlite::Connection::open(data.join("journal.sqlite")).unwrap();
    let last: i64 = conn
        .query_row("SELECT coalesce(max(id), 0) FROM frame", [], |r| r.get(0))
        .unwrap();
    road.understood(FrameRow(last)).await;
    road.stop();
    assert!(journal.readers.read(check).unwrap().is_empty());
    Morning {
        truth: truth_of(&read_truth(&truth).unwrap()),
        seen: seen_in(&conn, &stage),
        frames: frames_in(&conn),
        lowest_battery: conn
            .query_row("SELECT min(battery_percent) FROM device", [], |r| r.get(0))
            .unwrap(),
    }
}

fn truth_of(lines: &[TruthLine]) -> BTreeMap<Name, Measured> {
    let mut all = BTreeMap::new();
    for line in lines {
        let TruthLine::Measured {
            device,
            seq,
            person,
            taken_at,
            shown,
            claim,
            claimed,
            faults,
            ..
        } = line
        else {
            continue;
        };
        let measured = Measured {
            person: person.unwrap(),
            claim: claim.clone(),
            claimed: *claimed,
            taken_s: taken_at.parse::<jiff::Timestamp>().unwrap().as_second(),
            shown: match shown {
                ShownLine::Pressure { sys_mmhg, .. } => i64::from(*sys_mmhg),
                ShownLine::Glucose { mmol_l } => (mmol_l * 10.0).round() as i64,
            },
            fault: !faults.is_empty(),
        };
        assert!(
            all.insert((device.clone(), *seq), measured).is_none(),
            "measured twice"
        );
    }
    all
}

fn seen_in(conn: &rusqlite::Connection, stage: &Stage) -> BTreeMap<Name, Vec<Seen>> {
    let place = |name: String| stage.township.persons.iter().position(|p| p.name == name);
    let mut statement = conn
        .prepare(
            "SELECT d.name, r.sequence, p.name, o.basis, o.unclaimed_reason, o.time_method,
                    o.taken_at_ms, o.uncertainty_s, coalesce(r.systolic_mmhg, r.mmol_l * 10)
             FROM observation o JOIN reading r ON r.id = o.reading_id
             JOIN device d ON d.id = r.device_id LEFT JOIN person p ON p.id = o.person_id",
        )
        .unwrap();
    let mut all: BTreeMap<Name, Vec<Seen>> = BTreeMap::new();
    let mut rows = statement.query([]).unwrap();
    while let Some(r) = rows.next().unwrap() {
        let name = (
            r.get(0).unwrap(),
            r.get::<_, String>(1).unwrap().parse().unwrap(),
        );
        let value: rusqlite::types::Value = r.get(8).unwrap();
        all.entry(name).or_default().push(Seen {
            person: r.get::<_, Option<String>>(2).unwrap().and_then(place),
            basis: r.get(3).unwrap(),
            unclaimed: r.get(4).unwrap(),
            method: r.get(5).unwrap(),
            taken_s: r.get::<_, i64>(6).unwrap() / 1000,
            uncertainty_s: r.get(7).unwrap(),
            value: match value {
                rusqlite::types::Value::Text(text) => text.parse::<f64>().unwrap().round() as i64,
                rusqlite::types::Value::Real(number) => number.round() as i64,
                rusqlite::types::Value::Integer(number) => number,
                other => panic!("{other:?}"),
            },
        });
    }
    all
}

fn frames_in(conn: &rusqlite::Connection) -> BTreeMap<(String, String), i64> {
    let mut statement = conn
        .prepare("SELECT outcome, reason, sum(frames) FROM frame_count GROUP BY 1, 2")
        .unwrap();
    let mut all = BTreeMap::new();
    let mut rows = statement.query([]).unwrap();
    while let Some(r) = rows.next().unwrap() {
        all.insert((r.get(0).unwrap(), r.get(1).unwrap()), r.get(2).unwrap());
    }
    all
}

impl Morning {
    fn frames(&self, outcome: &str, reason: &str) -> i64 {
        self.frames
            .get(&(outcome.to_owned(), reason.to_owned()))
            .copied()
            .unwrap_or(0)
    }

    fn faulty(&self) -> Vec<&Name> {
        let faulty: Vec<&Name> = self
            .truth
            .iter()
            .filter(|(_, m)| m.fault)
            .map(|(name, _)| name)
            .collect();
        assert!(
            faulty.len() >= 8,
            "{} measurements under the fault",
            faulty.len()
        );
        faulty
    }

    /// Every measurement is one observation with its value, its person by its claim, and a time that holds the truth.
    fn all_as_measured(&self) {
        for name in self.truth.keys() {
            self.as_measured(name);
        }
        self.nothing_imagined();
    }

    fn as_measured(&self, name: &Name) {
        let truth = &self.truth[name];
        let seen = &self.one(name);
        assert_eq!(seen.value, truth.shown, "{name:?}");
        assert_eq!(seen.person, truth.claimed, "{name:?}: {seen:?}");
        assert_eq!(
            seen.basis.as_deref().unwrap_or("none"),
            truth.claim,
            "{name:?}"
        );
        assert_eq!(
            seen.person.is_none(),
            seen.unclaimed.as_deref() == Some("no_claim")
        );
        assert!(seen.method != "unusable", "{name:?}: {seen:?}");
        self.time_is_true(name);
    }

    fn one(&self, name: &Name) -> Seen {
        let seen = self.seen.get(name).cloned().unwrap_or_default();
        assert_eq!(seen.len(), 1, "{name:?}");
        seen[0].clone()
    }

    /// A time the hub calls usable holds the true one, within its uncertainty and the line's delay of 6 s.
    fn time_is_true(&self, name: &Name) {
        let (truth, seen) = (&self.truth[name], self.one(name));
        if seen.method != "unusable" {
            let wrong_s = (seen.taken_s - truth.taken_s).abs();
            assert!(
                wrong_s <= seen.uncertainty_s + 6,
                "{name:?}: {wrong_s} s, {seen:?}"
            );
        }
    }

    /// No observation without a measurement.
    fn nothing_imagined(&self) {
        for name in self.seen.keys() {
            assert!(self.truth.contains_key(name), "{name:?} was never measured");
        }
    }

    /// Those outside the fault are as they should be; of those under it nothing became an observation.
    fn good_neighbours_only(&self) {
        for (name, truth) in &self.truth {
            match truth.fault {
                true => assert!(
                    !self.seen.contains_key(name),
                    "{name:?} became an observation"
                ),
                false => self.as_measured(name),
            }
        }
        self.nothing_imagined();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_morning_without_faults_is_kept_as_measured() {
    let morning = morning(None).await;
    assert!(morning.truth.len() > 30);
    assert!(
        morning
            .seen
            .values()
            .flatten()
            .any(|seen| seen.basis.is_some())
    );
    morning.all_as_measured();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicate() {
    let morning = morning(Some(Fault::Duplicate)).await;
    morning.all_as_measured();
    assert!(morning.frames("duplicate", "") >= morning.faulty().len() as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late() {
    let morning = morning(Some(Fault::Late)).await;
    for name in morning.truth.keys() {
        let seen = morning.one(name);
        assert_eq!(seen.person, morning.truth[name].claimed, "{name:?}");
        morning.time_is_true(name);
    }
    morning.nothing_imagined();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_order() {
    let morning = morning(Some(Fault::OutOfOrder)).await;
    morning.faulty();
    morning.all_as_measured();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clock_reset() {
    let morning = morning(Some(Fault::ClockReset)).await;
    for name in morning.truth.keys() {
        // The card says whose it is; only the time is in doubt.
        assert_eq!(
            morning.one(name).person,
            morning.truth[name].claimed,
            "{name:?}"
        );
        morning.time_is_true(name);
    }
    let doubted = morning
        .faulty()
        .iter()
        .filter(|n| morning.one(n).method == "unusable")
        .count();
    assert!(doubted >= 1, "nobody noticed that the clock was reset");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clock_drift() {
    let morning = morning(Some(Fault::ClockDrift)).await;
    for name in morning.truth.keys() {
        assert_eq!(
            morning.one(name).person,
            morning.truth[name].claimed,
            "{name:?}"
        );
        morning.time_is_true(name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage() {
    let morning = morning(Some(Fault::Garbage)).await;
    morning.good_neighbours_only();
    assert!(morning.frames("quarantined", "not_utf8") >= morning.faulty().len() as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truncated() {
    let morning = morning(Some(Fault::Truncated)).await;
    morning.good_neighbours_only();
    assert!(morning.frames("quarantined", "bad_json") >= morning.faulty().len() as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_unit() {
    let morning = morning(Some(Fault::WrongUnit)).await;
    morning.good_neighbours_only();
    let refused = morning.frames("refused", "implausible_systolic")
        + morning.frames("refused", "outside_device_range");
    assert!(
        refused >= morning.faulty().len() as i64,
        "{:?}",
        morning.frames
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_measurement() {
    let morning = morning(Some(Fault::FailedMeasurement)).await;
    morning.good_neighbours_only();
    let ignored = morning.frames("ignored", "measurement_failed");
    assert!(
        ignored >= morning.faulty().len() as i64,
        "{:?}",
        morning.frames
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device_silent() {
    let morning = morning(Some(Fault::DeviceSilent)).await;
    morning.faulty();
    morning.good_neighbours_only();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn battery_low() {
    let without = morning(None).await;
    let morning = morning(Some(Fault::BatteryLow)).await;
    morning.all_as_measured();
    assert!(without.lowest_battery > Some(4));
    assert_eq!(morning.lowest_battery, Some(4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_away() {
    let morning = morning(Some(Fault::BrokerAway)).await;
    morning.faulty();
    morning.all_as_measured();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn card_misread() {
    let morning = morning(Some(Fault::CardMisread)).await;
    let mut nobodys = 0;
    for name in morning.faulty() {
        let (truth, seen) = (&morning.truth[name], morning.one(name));
        if truth.claim == "card_in_message" {
            assert_eq!(seen.person, None, "{name:?}");
            assert_eq!(seen.unclaimed.as_deref(), Some("card_unknown"));
            nobodys += 1;
        } else {
            morning.as_measured(name);
        }
    }
    assert!(nobodys >= 5, "{nobodys} misread cards");
}

/// Until people check in, a card in another's hand is believed: the claim, never the value, says whose it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_person() {
    let morning = morning(Some(Fault::WrongPerson)).await;
    for name in morning.faulty() {
        let (truth, seen) = (&morning.truth[name], morning.one(name));
        assert_ne!(Some(truth.person), truth.claimed);
        assert_eq!(seen.person, truth.claimed, "{name:?}");
        assert_eq!(seen.value, truth.shown);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn burst_after_outage() {
    let morning = morning(Some(Fault::BurstAfterOutage)).await;
    morning.faulty();
    morning.all_as_measured();
}
