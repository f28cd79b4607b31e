//! The demo's devices on real connections to the real broker: what they measured arrives, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use eldercare_hub::demo::calendar::moment;
use eldercare_hub::demo::{
    BrokerAddress, Chronicle, Fault, FaultSwitch, Live, Living, Plan, Reach, Size, Township,
    TruthFile, TruthLine, demo_plan, read_truth,
};
use eldercare_hub::sources::broker::{Account, Broker, Parts, Settings};
use eldercare_hub::sources::secret::Secret;
use eldercare_hub::vitals::{Clock, Moment};
use jiff::SignedDuration;
use tokio::time::{Duration, timeout};

use crate::fake_inlet::{FakeInlet, Gate, SOON};

/// A clock that shows what the test says.
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn at(at: Moment) -> Arc<Self> {
        Arc::new(HandClock(AtomicI64::new(at.as_millisecond())))
    }

    pub fn set(&self, at: Moment) {
        self.0.store(at.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// What the passwords of these tests' devices are made from.
pub const SECRET: u64 = 77;

pub fn accounts(township: &Township) -> Vec<Account> {
    let account = |device: &eldercare_hub::demo::Device| Account {
        user: device.id.clone(),
        password: Secret::new(device.password(SECRET)),
        topics: vec![format!("centres/+/devices/{}/+", device.id)],
        rate_per_s: 0,
    };
    township.devices.iter().map(account).collect()
}

/// A small township on the morning of its check-up.
pub struct Stage {
    pub township: Arc<Township>,
    pub plan: Plan,
    pub start: Moment,
    pub clock: Arc<HandClock>,
    pub faults: Arc<FaultSwitch>,
}

impl Stage {
    pub fn set() -> Stage {
        let end = jiff::civil::date(2026, 4, 14);
        let township = Arc::new(Township::new(
            7,
            Size {
                centres: 1,
                elders: 12,
            },
            end,
        ));
        let start = moment(end, 8 * 3600 + 300);
        Stage {
            plan: demo_plan(start, 0),
            clock: HandClock::at(start),
            faults: Arc::default(),
            township,
            start,
        }
    }

    /// The township with its devices dialling `broker`, telling the truth to `truth`.
    pub fn live(&self, broker: SocketAddr, truth: &Path) -> Living {
        Live {
            township: self.township.clone(),
            plan: self.plan,
            from: self.start,
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            broker: BrokerAddress {
                host: broker.ip().to_string(),
                port: broker.port(),
                secret: Some(SECRET),
            },
            truth: Some(TruthFile::open(truth, &self.township, true).unwrap()),
        }
        .start()
    }

    /// Lets happen what happens by itself within `minutes`, each thing at its moment; the broker answers in between.
    pub async fn pass(&self, living: &mut Living, minutes: i64) {
        let until = self.clock.now() + SignedDuration::from_mins(minutes);
        while let Some(next) = living.next_at().filter(|next| *next <= until) {
            self.clock.set(next.max(self.clock.now()));
            living.step(self.clock.now()).unwrap();
            if !self.faults.standing().contains_key(&Fault::BrokerAway) {
                timeout(SOON, living.all_acknowledged())
                    .await
                    .expect("acknowledged")
                    .unwrap();
            }
        }
        self.clock.set(until);
        living.step(until).unwrap();
        if !self.faults.standing().contains_key(&Fault::BrokerAway) {
            timeout(SOON, living.all_acknowledged())
                .await
                .expect("acknowledged")
                .unwrap();
        }
    }
}

async fn broker_on(listen: &str, stage: &Stage, inlet: Arc<FakeInlet>) -> Broker {
    let settings = Settings {
        listen: listen.parse().unwrap(),
        stop_grace_s: 0,
        ..Settings::default()
    };
    let parts = Parts::new(inlet, stage.clock.clone(), accounts(&stage.township));
    Broker::start(&settings, parts).await.unwrap()
}

/// Device and running number of every line `measured`.
fn measured(truth: &[TruthLine]) -> BTreeSet<(String, u64)> {
    truth
        .iter()
        .filter_map(|line| match line {
            TruthLine::Measured { device, seq, .. } => Some((device.clone(), *seq)),
            _ => None,
        })
        .collect()
}

/// Device and running number of every kept frame, with how often it was kept.
fn kept(inlet: &FakeInlet) -> BTreeMap<(String, u64), usize> {
    let mut all = BTreeMap::new();
    for frame in inlet.kept() {
        let json: serde_json::Value = serde_json::from_slice(&frame.payload).unwrap();
        *all.entry((frame.source, json["seq"].as_u64().unwrap()))
            .or_default() += 1;
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_township_measures_reaches_the_inlet_once() {
    let stage = Stage::set();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.jsonl");
    let inlet = FakeInlet::new(Gate::Open);
    let broker = broker_on("127.0.0.1:0", &stage, inlet.clone()).await;
    let mut living = stage.live(broker.address(), &truth);
    stage.pass(&mut living, 20).await;
    let lived = living.end(Duration::from_secs(5)).await.unwrap();

    let until = stage.clock.now();
    let expected: Vec<_> = Chronicle::new(stage.township.clone(), stage.plan)
        .skip_while(|message| message.sent_at < stage.start)
        .take_while(|message| message.sent_at <= until)
        .collect();
    assert!(expected.len() > 15, "{} messages", expected.len());
    assert_eq!(
        (lived.sent, lived.acknowledged),
        (expected.len(), expected.len())
    );
    let frames = inlet.kept();
    assert_eq!(frames.len(), expected.len());
    for message in &expected {
        let payload = message.content.payload();
        let same = |f: &&eldercare_hub::vitals::Frame| {
            f.topic == message.topic && f.payload == payload && f.received_at == message.sent_at
        };
        assert_eq!(frames.iter().filter(same).count(), 1, "{}", message.topic);
    }
    let truth = read_truth(&truth).unwrap();
    assert_eq!(measured(&truth), kept(&inlet).into_keys().collect());
    let acknowledged = truth
        .iter()
        .filter(|line| matches!(line, TruthLine::Acknowledged { .. }))
        .count();
    assert_eq!(acknowledged, expected.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_measured_while_the_broker_is_down_arrives_when_it_is_back() {
    let stage = Stage::set();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.jsonl");
    let inlet = FakeInlet::new(Gate::Open);
    let broker = broker_on("127.0.0.1:0", &stage, inlet.clone()).await;
    let address = broker.address();
    let mut living = stage.live(address, &truth);
    stage.pass(&mut living, 5).await;
    broker.stop().await;

    let before = inlet.kept().len();
    let away_until = stage.clock.now() + SignedDuration::from_mins(10);
    while let Some(next) = living.next_at().filter(|next| *next <= away_until) {
        stage.clock.set(next);
        living.step(next).unwrap();
    }
    assert_eq!(inlet.kept().len(), before);
    let broker = broker_on(&address.to_string(), &stage, inlet.clone()).await;
    timeout(SOON, living.all_acknowledged())
        .await
        .expect("all acknowledged")
        .unwrap();
    living.end(Duration::from_secs(5)).await.unwrap();
    broker.stop().await;

    let truth = measured(&read_truth(&truth).unwrap());
    assert!(truth.len() > before + 5);
    assert_eq!(truth, kept(&inlet).into_keys().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_cannot_reach_the_broker_keeps_what_it_measured() {
    let stage = Stage::set();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.jsonl");
    let inlet = FakeInlet::new(Gate::Open);
    let broker = broker_on("127.0.0.1:0", &stage, inlet.clone()).await;
    let mut living = stage.live(broker.address(), &truth);
    stage.faults.on(Fault::BrokerAway, Reach::Everywhere);
    stage.pass(&mut living, 10).await;
    assert_eq!(inlet.asked(), 0);
    let lived = living.lived();
    assert!(lived.sent > 5 && lived.acknowledged == 0, "{lived:?}");

    stage.faults.off(Fault::BrokerAway);
    stage.pass(&mut living, 0).await;
    assert_eq!(
        measured(&read_truth(&truth).unwrap()),
        kept(&inlet).into_keys().collect()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_without_its_puback_is_sent_again() {
    let stage = Stage::set();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.jsonl");
    let inlet = FakeInlet::new(Gate::Held);
    let broker = broker_on("127.0.0.1:0", &stage, inlet.clone()).await;
    let address = broker.address();
    let mut living = stage.live(address, &truth);
    let next = living.next_at().unwrap();
    stage.clock.set(next);
    living.step(next).unwrap();
    inlet.until_asked(1).await;
    // The broker ends between the publish and its PUBACK.
    broker.stop().await;
    assert_eq!((inlet.kept().len(), living.lived().acknowledged), (0, 0));

    inlet.set(Gate::Open);
    let broker = broker_on(&address.to_string(), &stage, inlet.clone()).await;
    timeout(SOON, living.all_acknowledged())
        .await
        .expect("acknowledged")
        .unwrap();
    broker.stop().await;
    assert_eq!(
        measured(&read_truth(&truth).unwrap()),
        kept(&inlet).into_keys().collect()
    );
}
