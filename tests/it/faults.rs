//! What the hub makes of every fault of a device, through the broker, compared with the truth file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use eldercare_hub::demo::calendar;
use eldercare_hub::demo::roster::roster;
use eldercare_hub::demo::truth::ShownLine;
use eldercare_hub::demo::{Fault, Reach, TruthFile, TruthLine, demo_plan, past, read_truth};
use eldercare_hub::journal::{Journal, Readers, SealKey, check};
use eldercare_hub::pipeline::{self, Road, roster as load};
use eldercare_hub::rules::{RuleTable, shipped};
use eldercare_hub::sources::broker::{Broker, Parts, Settings};
use eldercare_hub::vitals::{FrameRow, HintKey, Moment};
use tokio::time::Duration;

use crate::house::decoder;
use crate::township::{Stage, accounts};

/// Device and running number: what a measurement is called in the truth file and in the journal.
type Name = (String, u64);

/// One line `measured` of the truth file.
#[derive(Debug, Clone)]
struct Measured {
    /// Nobody: control solution.
    person: Option<usize>,
    claim: String,
    claimed: Option<usize>,
    taken_s: i64,
    /// Systolic, or tenths of mmol/L.
    shown: i64,
    /// What was wrong with the device.
    faults: Vec<String>,
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
    received_s: i64,
    device_s: Option<i64>,
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

/// A hub with the township of a stage enrolled, and the truth file beside it.
struct Hall {
    stage: Stage,
    folder: tempfile::TempDir,
    road: Arc<Road>,
    readers: Readers,
}

impl Hall {
    /// Devices are in service since `since`.
    fn open(since: Moment) -> Self {
        let stage = Stage::set();
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), 2).unwrap();
        let entries = roster(&stage.township, since);
        let key = HintKey::new([7; 32]);
        journal
            .writer
            .transaction(|tx| load::load(tx, &entries, &key, since))
            .unwrap();
        let road = Road::start(
            journal.writer,
            decoder(),
            Arc::new(SealKey::new([8; 32])),
            Arc::new(RuleTable::load(&shipped()).unwrap()),
            stage.clock.clone(),
            14,
            &pipeline::Settings::default(),
        )
        .unwrap();
        Hall {
            stage,
            folder,
            road: Arc::new(road),
            readers: journal.readers,
        }
    }

    fn truth(&self) -> PathBuf {
        self.folder.path().join("truth.jsonl")
    }

    async fn broker(&self) -> Broker {
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Settings::default()
        };
        let accounts = accounts(&self.stage.township);
        let parts = Parts::new(self.road.clone(), self.stage.clock.clone(), accounts);
        Broker::start(&settings, parts).await.unwrap()
    }

    /// Waits until everything is understood, and holds the two records side by side.
    async fn close(self) -> Morning {
        let conn = rusqlite::Connection::open(self.folder.path().join("journal.sqlite")).unwrap();
        let last: i64 = conn
            .query_row("SELECT coalesce(max(id), 0) FROM frame", [], |r| r.get(0))
            .unwrap();
        self.road.understood(FrameRow(last)).await;
        self.road.stop();
        assert!(self.readers.read(check).unwrap().is_empty());
        Morning {
            truth: truth_of(&read_truth(&self.truth()).unwrap()),
            seen: seen_in(&conn, &self.stage),
            frames: frames_in(&conn),
            lowest_battery: conn
                .query_row("SELECT min(battery_percent) FROM device", [], |r| r.get(0))
                .unwrap(),
        }
    }
}

/// Twenty minutes as they should be, twenty with the fault, ten after it.
async fn morning(fault: Option<Fault>) -> Morning {
    let hall = Hall::open(Stage::set().start);
    let broker = hall.broker().await;
    let stage = &hall.stage;
    let mut living = stage.live(broker.address(), &hall.truth());

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
    hall.close().await
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
            person: *person,
            claim: claim.clone(),
            claimed: *claimed,
            taken_s: taken_at.parse::<jiff::Timestamp>().unwrap().as_second(),
            shown: match shown {
                ShownLine::Pressure { sys_mmhg, .. } => i64::from(*sys_mmhg),
                ShownLine::Glucose { mmol_l } => (mmol_l * 10.0).round() as i64,
            },
            faults: faults.clone(),
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
                    o.taken_at_ms, o.uncertainty_s, coalesce(r.systolic_mmhg, r.mmol_l * 10),
                    r.received_at_ms / 1000, r.device_time_ms / 1000
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
            received_s: r.get(9).unwrap(),
            device_s: r.get(10).unwrap(),
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
            .filter(|(_, m)| !m.faults.is_empty())
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

    /// Seconds from a measurement to its receipt.
    fn waited_s(&self, name: &Name) -> i64 {
        self.one(name).received_s - self.truth[name].taken_s
    }

    /// Everybody has her own, and no time that is called usable is wrong; some may be called unusable.
    fn given_by_claim_at_a_true_time(&self) {
        for name in self.truth.keys() {
            let (truth, seen) = (&self.truth[name], self.one(name));
            assert_eq!(
                (seen.person, seen.value),
                (truth.claimed, truth.shown),
                "{name:?}"
            );
            self.time_is_true(name);
        }
        self.nothing_imagined();
    }

    /// Those outside the fault are as they should be.
    fn neighbours_as_measured(&self) {
        let good = self.truth.iter().filter(|(_, m)| m.faults.is_empty());
        good.for_each(|(name, _)| self.as_measured(name));
        self.nothing_imagined();
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
            match !truth.faults.is_empty() {
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
    morning.given_by_claim_at_a_true_time();
    for name in morning.faulty() {
        assert!(morning.waited_s(name) >= 44 * 60, "{name:?} came early");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_order() {
    let morning = morning(Some(Fault::OutOfOrder)).await;
    morning.all_as_measured();
    let faulty = morning.faulty();
    let overtaken = faulty.windows(2).filter(|pair| {
        let [first, second] = [pair[0], pair[1]];
        first.0 == second.0 && morning.one(first).received_s > morning.one(second).received_s
    });
    assert!(overtaken.count() >= 4, "too few overtook another");
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
    morning.given_by_claim_at_a_true_time();
    let lost_s = |name: &Name| {
        let device_s = morning.one(name).device_s;
        device_s.map_or(0, |device_s| morning.truth[name].taken_s - device_s)
    };
    let most = morning.faulty().into_iter().map(lost_s).max();
    assert!(most >= Some(20), "no clock drifted: {most:?} s");
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
    morning.all_as_measured();
    let longest = morning
        .faulty()
        .into_iter()
        .map(|n| morning.waited_s(n))
        .max();
    assert!(longest >= Some(15 * 60), "nothing waited: {longest:?} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn card_misread() {
    let morning = morning(Some(Fault::CardMisread)).await;
    morning.neighbours_as_measured();
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
    morning.neighbours_as_measured();
    for name in morning.faulty() {
        let (truth, seen) = (&morning.truth[name], morning.one(name));
        assert_ne!(truth.person, truth.claimed);
        assert_eq!(seen.person, truth.claimed, "{name:?}");
        assert_eq!(seen.value, truth.shown);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn burst_after_outage() {
    let morning = morning(Some(Fault::BurstAfterOutage)).await;
    morning.all_as_measured();
    let faulty = morning.faulty();
    let last_s = faulty
        .iter()
        .map(|n| morning.truth[*n].taken_s)
        .max()
        .unwrap();
    for name in faulty {
        assert!(
            morning.one(name).received_s >= last_s,
            "{name:?} came before the burst"
        );
    }
}

/// Two faults that begin and end at different moments, one of them of one device only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_faults_at_once_are_each_what_they_are_alone() {
    let hall = Hall::open(Stage::set().start);
    let broker = hall.broker().await;
    let stage = &hall.stage;
    let kiosk = stage.township.device_named("jiazi-kiosk").unwrap().ix;
    let mut living = stage.live(broker.address(), &hall.truth());
    stage.pass(&mut living, 5).await;
    stage.faults.on(Fault::Duplicate, Reach::Everywhere);
    stage.pass(&mut living, 10).await;
    stage
        .faults
        .on(Fault::Garbage, Reach::Devices([kiosk].into()));
    stage.pass(&mut living, 10).await;
    stage.faults.off(Fault::Duplicate);
    stage.pass(&mut living, 10).await;
    stage.faults.off(Fault::Garbage);
    stage.pass(&mut living, 10).await;
    living.end(Duration::from_secs(5)).await.unwrap();
    broker.stop().await;
    let morning = hall.close().await;

    let under = |duplicate: bool, garbage: bool| {
        let has = |m: &Measured, word: &str| m.faults.iter().any(|fault| fault == word);
        let those = morning
            .truth
            .iter()
            .filter(move |(_, m)| (has(m, "duplicate"), has(m, "garbage")) == (duplicate, garbage));
        those.map(|(name, _)| name).collect::<Vec<_>>()
    };
    let [none, twice, broken, both] =
        [(false, false), (true, false), (false, true), (true, true)].map(|(d, g)| under(d, g));
    for (which, names) in [&none, &twice, &broken, &both].into_iter().enumerate() {
        assert!(names.len() >= 3, "{} in phase {which}", names.len());
    }
    for name in none.iter().chain(&twice) {
        morning.as_measured(name);
    }
    for name in broken.iter().chain(&both) {
        assert!(!morning.seen.contains_key(*name), "{name:?}");
    }
    morning.nothing_imagined();
    let quarantined = morning.frames("quarantined", "not_utf8");
    assert_eq!(quarantined as usize, broken.len() + 2 * both.len());
    assert!(morning.frames("duplicate", "") as usize >= twice.len());
}

/// The history as the demo tells it: control solution is nobody's, a failed measurement is no reading, and
/// everything else is whose the claim says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_is_kept_as_measured() {
    let start = Stage::set().start;
    let plan = demo_plan(start, 90);
    let hall = Hall::open(calendar::moment(plan.first_day, 0));
    let township = &hall.stage.township;
    let messages = past::past(township, plan, start);
    let mut truth = TruthFile::open(&hall.truth(), township, true).unwrap();
    past::tell(&hall.road, township, &messages, &mut truth, |_| {})
        .await
        .unwrap();
    let history = hall.close().await;

    assert!(history.truth.len() > 1000, "{}", history.truth.len());
    let (mut failed, mut control) = (0, 0);
    for (name, truth) in &history.truth {
        if truth.faults == ["failed_measurement"] {
            failed += 1;
            assert!(!history.seen.contains_key(name), "{name:?}");
            continue;
        }
        let seen = history.one(name);
        assert_eq!(seen.value, truth.shown, "{name:?}");
        history.time_is_true(name);
        if truth.person.is_none() {
            control += 1;
            assert_eq!(seen.person, None, "{name:?}");
            assert_eq!(seen.unclaimed.as_deref(), Some("control_solution"));
        } else {
            assert_eq!(seen.person, truth.claimed, "{name:?}: {seen:?}");
        }
    }
    history.nothing_imagined();
    // Two devices, thirteen weeks.
    assert!(control >= 24, "{control} control tests");
    assert!(failed >= 5, "{failed} failed");
    assert!(history.frames("ignored", "measurement_failed") >= failed);
}
