//! The watch over a false air: what is connected to, what is kept, when, and how it heals. Time stands
//! still but for what the tests wait for.

use std::collections::BTreeMap;
use std::sync::Arc;

use eldercare_hub::decode::gatt::Characteristic::{
    self, BatteryLevel, BloodPressureMeasurement as Pressure, CurrentTime, GlucoseMeasurement,
    ModelNumber, RecordAccess,
};
use eldercare_hub::sources::bluetooth::{
    Enrolled, Gate, Heard, Pairing, Parts, Place, Settings, Trouble, Watch, What,
};
use eldercare_hub::vitals::{Frame, Inlet, SystemClock};
use jiff::tz::TimeZone;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

use crate::fake_inlet::{FakeInlet, Gate as InletGate};
use crate::false_air::{Connects, FalseAir, FalseDevice};
use crate::gatt_frames::pressure;
use crate::house::{GATT_CUFF, GATT_METER, House, decoder, gatt_profiles};

const CUFF: &str = GATT_CUFF;
const METER: &str = GATT_METER;

struct Room {
    air: FalseAir,
    inlet: Arc<FakeInlet>,
    enrolled: watch::Sender<Vec<Enrolled>>,
    watch: Watch<FalseAir>,
}

fn enrolled(address: &str, profile: &str) -> Enrolled {
    Enrolled {
        address: address.to_owned(),
        profile: profile.to_owned(),
        bonded: false,
    }
}

fn watch_over(
    air: &FalseAir,
    inlet: Arc<dyn Inlet>,
    settings: &Settings,
) -> (Watch<FalseAir>, watch::Sender<Vec<Enrolled>>) {
    let (told, devices) = watch::channel(vec![
        enrolled(CUFF, "generic-bp"),
        enrolled(METER, "generic-glucose"),
    ]);
    let parts = Parts {
        inlet,
        clock: Arc::new(SystemClock),
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
        profiles: gatt_profiles(),
        enrolled: devices,
        gate: Arc::new(Gate::new(30)),
    };
    (Watch::start(settings, air.clone(), parts), told)
}

impl Room {
    fn new() -> Self {
        Room::with(FalseAir::default(), &Settings::default())
    }

    fn with(air: FalseAir, settings: &Settings) -> Self {
        let inlet = FakeInlet::new(InletGate::Open);
        let (watch, enrolled) = watch_over(&air, inlet.clone(), settings);
        Room {
            air,
            inlet,
            enrolled,
            watch,
        }
    }

    /// The adapter is open and listens.
    async fn ready(&self) {
        let standing = self.watch.standing();
        while standing().adapter.is_none() {
            sleep(Duration::from_millis(1)).await;
        }
        settle().await;
    }

    fn kept(&self, what: &str) -> Vec<Frame> {
        let ends = format!("/{what}");
        let mut kept = self.inlet.kept();
        kept.retain(|frame| frame.topic.ends_with(&ends));
        kept
    }

    async fn until_kept(&self, what: &str, times: usize) {
        let began = Instant::now();
        while self.kept(what).len() < times {
            sleep(Duration::from_millis(10)).await;
            assert!(
                began.elapsed() < Duration::from_secs(3600),
                "{what} was not kept {times} times: {:?}",
                self.inlet
                    .kept()
                    .iter()
                    .map(|f| &f.topic)
                    .collect::<Vec<_>>()
            );
        }
    }

    fn standing(&self) -> eldercare_hub::sources::bluetooth::BluetoothStanding {
        self.watch.standing()()
    }
}

/// Everything that can go on without waiting has gone on.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// A cuff that sends these when it is subscribed to.
fn cuff(values: Vec<Vec<u8>>) -> FalseDevice {
    let mut device = FalseDevice::new(&[Pressure, ModelNumber, BatteryLevel]);
    device.reads.insert(ModelNumber, b"UA-651".to_vec());
    device.reads.insert(BatteryLevel, vec![80]);
    device.answer = Box::new(move |to, bytes| match (to, bytes) {
        (Pressure, []) => values.iter().map(|v| (Pressure, v.clone())).collect(),
        _ => Vec::new(),
    });
    device
}

fn record(sequence: u16) -> Vec<u8> {
    let [low, high] = sequence.to_le_bytes();
    // A minute each, on the day that the meter believes it is.
    let (hour, minute) = (8 + sequence / 60, sequence % 60);
    vec![
        0x02,
        low,
        high,
        0xe2,
        0x07,
        1,
        1,
        u8::try_from(hour).unwrap(),
        u8::try_from(minute).unwrap(),
        0,
        0x6c,
        0xb0,
        0x11,
    ]
}

/// A meter that holds so many records, and sends only `sent` of them when asked for all.
fn meter(held: u16, sent: u16) -> FalseDevice {
    let mut device = FalseDevice::new(&[GlucoseMeasurement, RecordAccess, CurrentTime]);
    let clock = vec![0xe2, 0x07, 1, 1, 9, 30, 0, 1, 0, 0];
    device.reads.insert(CurrentTime, clock);
    device.answer = Box::new(move |to, bytes| match (to, bytes) {
        (RecordAccess, [4, ..]) => {
            let [low, high] = held.to_le_bytes();
            vec![(RecordAccess, vec![5, 0, low, high])]
        }
        (RecordAccess, [1, ..]) => {
            let mut all: Vec<(Characteristic, Vec<u8>)> = (1..=sent)
                .map(|n| (GlucoseMeasurement, record(n)))
                .collect();
            all.push((RecordAccess, vec![6, 0, 1, 1]));
            all
        }
        _ => Vec::new(),
    });
    device
}

#[tokio::test(start_paused = true)]
async fn an_enrolled_cuff_is_heard_asked_and_left() {
    let room = Room::new();
    room.air.add(CUFF, cuff(vec![pressure(132, None)]));
    room.ready().await;
    room.air.advertise(CUFF);
    room.until_kept("ended", 1).await;
    let kept: Vec<String> = room
        .inlet
        .kept()
        .iter()
        .map(|frame| Place::parse(&frame.topic).unwrap())
        .map(|place| place.to_string().rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(kept, ["2A24", "2A19", "2A35", "ended"]);
    assert_eq!(
        room.air.log(CUFF),
        [
            "connect",
            "read 2A24",
            "read 2A19",
            "subscribe 2A35",
            "disconnect"
        ]
    );
    let device = room.standing().devices[CUFF].clone();
    assert_eq!((device.connections, device.values), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_never_connected_to() {
    let room = Room::new();
    let stranger = "C0:FF:EE:00:00:01";
    room.air.add(stranger, cuff(vec![pressure(180, None)]));
    room.air.add(CUFF, cuff(vec![pressure(132, None)]));
    room.ready().await;
    for _ in 0..3 {
        room.air.advertise(stranger);
        room.air.say(Heard::Arrived {
            address: stranger.to_owned(),
        });
    }
    room.air.advertise(CUFF);
    room.until_kept("ended", 1).await;
    assert!(room.air.log(stranger).is_empty());
    assert_eq!(room.standing().strangers_heard, 3);
    // Enrolled while the watch runs, forgotten while it runs.
    room.enrolled
        .send_replace(vec![enrolled(stranger, "generic-bp")]);
    settle().await;
    room.air.advertise(CUFF);
    room.air.advertise(stranger);
    room.air.until(stranger, "disconnect", 1).await;
    assert_eq!(
        room.air
            .log(CUFF)
            .iter()
            .filter(|l| *l == "connect")
            .count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_connecting_and_after_leaving_is_kept() {
    let room = Room::new();
    let mut hasty = cuff(Vec::new());
    hasty.at_once = vec![(Pressure, pressure(131, None))];
    room.air.add(CUFF, hasty);
    room.ready().await;
    room.air.advertise(CUFF);
    room.air.until(CUFF, "subscribe", 1).await;
    room.air.send(CUFF, Pressure, &pressure(132, None));
    room.air.leave(CUFF);
    sleep(Duration::from_millis(150)).await;
    assert!(room.kept("ended").is_empty(), "the drain goes on");
    room.air.send(CUFF, Pressure, &pressure(133, None));
    room.until_kept("ended", 1).await;
    let values: Vec<u8> = room.kept("2A35").iter().map(|f| f.payload[1]).collect();
    assert_eq!(values, [131, 132, 133]);
    // Even later it is kept, under the connection it belongs to.
    room.air.send(CUFF, Pressure, &pressure(134, None));
    room.until_kept("2A35", 4).await;
    let connections: Vec<i64> = room
        .kept("2A35")
        .iter()
        .map(|f| Place::parse(&f.topic).unwrap().connection)
        .collect();
    assert_eq!(connections, [connections[0]; 4]);
}

/// A cuff that sends as soon as it is connected to, whoever listens, and leaves.
fn hasty(systolic: u8) -> FalseDevice {
    let mut device = FalseDevice::new(&[Pressure]);
    (device.connects, device.waits_for_nobody) = (Connects::Leaves, true);
    device.at_once = vec![(Pressure, pressure(systolic, None))];
    device
}

#[tokio::test(start_paused = true)]
async fn a_cuff_that_does_not_wait_is_subscribed_to_while_it_is_away() {
    let room = Room::new();
    room.enrolled
        .send_replace(vec![enrolled(CUFF, "and-ua651")]);
    room.ready().await;
    // BlueZ does not know it yet: what it sends at the first connection is lost, and only that.
    room.air.add(CUFF, hasty(131));
    room.air.advertise(CUFF);
    room.air.until(CUFF, "subscribe 2A35", 1).await;
    assert_eq!(room.air.log(CUFF), ["connect", "subscribe 2A35"]);
    assert!(room.kept("2A35").is_empty());
    for systolic in [132, 133] {
        room.air.with(CUFF, |device| {
            device.at_once = vec![(Pressure, pressure(systolic, None))];
        });
        sleep(Duration::from_secs(60)).await;
        room.air.advertise(CUFF);
        room.until_kept("2A35", usize::from(systolic - 131)).await;
    }
    let subscribed = |log: Vec<String>| log.iter().filter(|l| l.starts_with("subscribe")).count();
    assert_eq!(subscribed(room.air.log(CUFF)), 1, "BlueZ renews it itself");

    // bluetoothd was started again: it is subscribed to before it comes.
    room.air.with(CUFF, |device| {
        device.at_once = vec![(Pressure, pressure(134, None))];
    });
    room.air.say(Heard::Gone(Trouble::NoDaemon));
    room.air.until(CUFF, "subscribe 2A35", 2).await;
    sleep(Duration::from_secs(60)).await;
    room.air.advertise(CUFF);
    room.until_kept("2A35", 3).await;
}

#[tokio::test(start_paused = true)]
async fn an_old_piece_of_news_ends_nothing() {
    let room = Room::new();
    room.air.add(CUFF, cuff(Vec::new()));
    room.ready().await;
    room.air.advertise(CUFF);
    room.air.until(CUFF, "subscribe", 1).await;
    // The end of an earlier connection, told late: the device is there.
    room.air.say(Heard::Left {
        address: CUFF.to_owned(),
    });
    sleep(Duration::from_millis(500)).await;
    room.air.send(CUFF, Pressure, &pressure(132, None));
    room.until_kept("2A35", 1).await;
    assert!(room.kept("ended").is_empty());
    room.air.leave(CUFF);
    room.until_kept("ended", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_hangs_is_given_up_and_others_do_not_wait_for_it() {
    let room = Room::new();
    let mut hanging = cuff(Vec::new());
    hanging.connects = Connects::Hangs;
    room.air.add(CUFF, hanging);
    room.air.add(METER, meter(3, 3));
    room.ready().await;
    let began = Instant::now();
    room.air.advertise(CUFF);
    room.air.advertise(METER);
    room.until_kept("ended", 1).await;
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "the meter waited"
    );
    room.air.until(CUFF, "disconnect", 1).await;
    let limit = began.elapsed().as_millis();
    assert!((20_000..20_300).contains(&limit), "{limit} ms");
    assert_eq!(room.standing().devices[CUFF].failures, 1);
}

#[tokio::test(start_paused = true)]
async fn a_device_with_nothing_new_is_left_alone_longer_each_time() {
    let settings = Settings {
        rest_s: 5,
        rest_at_most_s: 20,
        ..Settings::default()
    };
    let room = Room::with(FalseAir::default(), &settings);
    let mut refusing = cuff(Vec::new());
    refusing.connects = Connects::Refused;
    room.air.add(CUFF, refusing);
    room.ready().await;
    let began = Instant::now();
    let mut attempts = Vec::new();
    while began.elapsed() < Duration::from_secs(60) {
        room.air.advertise(CUFF);
        sleep(Duration::from_millis(250)).await;
        let count = room
            .air
            .log(CUFF)
            .iter()
            .filter(|l| *l == "connect")
            .count();
        if count > attempts.len() {
            attempts.push(began.elapsed().as_secs());
        }
    }
    // Rests of 5, 10, 20, 20 seconds.
    assert_eq!(attempts.len(), 5, "{attempts:?}");
    let rests: Vec<u64> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (rest, least) in rests.iter().zip([5, 10, 20, 20]) {
        assert!((least..=least + 1).contains(rest), "{rests:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_bond_is_told_once() {
    let room = Room::new();
    let mut lost = cuff(Vec::new());
    (lost.connects, lost.bonded) = (Connects::Refused, true);
    room.air.add(CUFF, lost);
    room.ready().await;
    for _ in 0..600 {
        room.air.advertise(CUFF);
        sleep(Duration::from_secs(1)).await;
    }
    let told = room.kept("ended");
    assert_eq!(told.len(), 1, "once, after the third refusal");
    let said = String::from_utf8(told[0].payload.clone()).unwrap();
    assert!(said.contains(r#""trouble":"bond_lost""#), "{said}");
    assert!(room.standing().devices[CUFF].failures >= 3);
    // Without a bond a refusal is only a refusal.
    let room = Room::new();
    let mut shy = cuff(Vec::new());
    shy.connects = Connects::Refused;
    room.air.add(CUFF, shy);
    room.ready().await;
    for _ in 0..600 {
        room.air.advertise(CUFF);
        sleep(Duration::from_secs(1)).await;
    }
    assert!(room.kept("ended").is_empty());
}

#[tokio::test(start_paused = true)]
async fn stale_services_are_thrown_away_where_no_bond_goes_with_them() {
    for bonded in [false, true] {
        let room = Room::new();
        let mut stale = FalseDevice::new(&[BatteryLevel]);
        stale.bonded = bonded;
        room.air.add(CUFF, stale);
        room.ready().await;
        room.air.advertise(CUFF);
        room.until_kept("ended", 1).await;
        settle().await;
        let said = String::from_utf8(room.kept("ended")[0].payload.clone()).unwrap();
        assert!(said.contains("services_missing"), "{said}");
        let forgotten = room.air.log(CUFF).contains(&"forget".to_owned());
        assert_eq!(forgotten, !bonded);
        assert!(
            !room
                .air
                .log(CUFF)
                .iter()
                .any(|l| l.starts_with("subscribe"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_set_only_when_all_that_came_is_on_disk() {
    let room = Room::new();
    room.air.add(METER, meter(5, 5));
    room.ready().await;
    room.inlet.set(InletGate::Held);
    room.air.advertise(METER);
    // Clock, count, five records, end of the report, and the notice that the clock will be set.
    room.inlet.until_asked(9).await;
    sleep(Duration::from_secs(5)).await;
    let set = |log: &[String]| log.iter().any(|line| line.starts_with("write 2A2B"));
    assert!(!set(&room.air.log(METER)), "{:?}", room.air.log(METER));
    room.inlet.set(InletGate::Open);
    room.air.until(METER, "write 2A2B", 1).await;
    let kept: Vec<What> = room
        .inlet
        .kept()
        .iter()
        .map(|frame| Place::parse(&frame.topic).unwrap().what)
        .collect();
    assert_eq!(
        room.air.log(METER)[..2],
        ["connect", "read 2A2B"],
        "read first"
    );
    assert!(kept.contains(&What::Value(CurrentTime)));
    assert!(kept.contains(&What::ClockSet(CurrentTime)));
}

#[tokio::test(start_paused = true)]
async fn records_counted_and_not_sent_are_said() {
    let room = Room::new();
    room.air.add(METER, meter(5, 3));
    room.ready().await;
    room.air.advertise(METER);
    room.until_kept("ended", 1).await;
    let said = String::from_utf8(room.kept("ended")[0].payload.clone()).unwrap();
    assert!(said.contains(r#""missing":2"#), "{said}");
    assert!(said.contains(r#""complete":false"#), "{said}");
    assert!(said.contains("count_mismatch"), "{said}");
    assert_eq!(room.standing().devices[METER].records_missing, 2);
    let asked: Vec<String> = room.air.log(METER);
    assert!(
        !asked.iter().any(|line| line.starts_with("write 2A2B")),
        "its clock stays as it is while records are missing: {asked:?}"
    );
    assert!(
        !asked.iter().any(|line| line.starts_with("write 2A52 02")),
        "never delete"
    );
}

#[tokio::test(start_paused = true)]
async fn no_radio_is_told_looked_for_and_healed() {
    let air = FalseAir::default();
    air.add(CUFF, cuff(vec![pressure(132, None)]));
    air.trouble(&[Trouble::NoBus, Trouble::NoDaemon, Trouble::NoAdapter]);
    let room = Room::with(air, &Settings::default());
    let began = Instant::now();
    room.air.until_adapter("open", 1).await;
    settle().await;
    assert_eq!(room.standing().trouble, Some(Trouble::NoBus));
    room.ready().await;
    assert_eq!(
        began.elapsed().as_secs(),
        15,
        "three looks, five seconds apart"
    );
    assert_eq!(room.standing().trouble, None);
    room.air.advertise(CUFF);
    room.until_kept("ended", 1).await;

    // bluetoothd ends in the middle of a connection, and is back at the second look.
    room.air
        .with(CUFF, |device| device.answer = Box::new(|_, _| Vec::new()));
    sleep(Duration::from_secs(30)).await;
    room.air.advertise(CUFF);
    room.air.until(CUFF, "subscribe", 2).await;
    room.air.trouble(&[Trouble::NoDaemon]);
    room.air.say(Heard::Gone(Trouble::NoDaemon));
    room.until_kept("ended", 2).await;
    assert_eq!(room.standing().trouble, Some(Trouble::NoDaemon));
    room.ready().await;
    assert_eq!(room.standing().reopened, 2);
    room.air.advertise(CUFF);
    room.air.until(CUFF, "connect", 3).await;
}

#[tokio::test(start_paused = true)]
async fn every_trouble_is_told_looked_after_and_healed_without_a_restart() {
    for trouble in Trouble::ALL {
        let air = FalseAir::default();
        air.add(CUFF, cuff(vec![pressure(132, None)]));
        air.trouble(&[trouble]);
        let room = Room::with(air, &Settings::default());
        room.air.until_adapter("open", 1).await;
        settle().await;
        assert_eq!(room.standing().trouble, Some(trouble));
        room.ready().await;
        // And while it listens.
        room.air.trouble(&[trouble]);
        room.air.say(Heard::Gone(trouble));
        room.air.until_adapter("open", 3).await;
        settle().await;
        let standing = room.standing();
        assert_eq!((standing.adapter, standing.trouble), (None, Some(trouble)));
        room.ready().await;
        assert_eq!(room.standing().trouble, None);
        assert_eq!(room.standing().reopened, 2);
        room.air.advertise(CUFF);
        room.until_kept("2A35", 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn scanning_that_stands_still_begins_anew() {
    let room = Room::new();
    room.ready().await;
    room.air.until_adapter("scan", 1).await;
    room.air.stop_scanning_without_a_word();
    let began = Instant::now();
    room.air.until_adapter("scan", 2).await;
    assert!(began.elapsed() <= Duration::from_secs(10));
    assert_eq!(room.standing().scans_restarted, 1);
    // Nothing heard for five minutes: it begins anew to be sure, and counts as no trouble.
    let began = Instant::now();
    room.air.until_adapter("scan", 3).await;
    assert!((280..=310).contains(&began.elapsed().as_secs()));
    assert_eq!(room.standing().scans_restarted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_connected_already_is_spoken_to() {
    let air = FalseAir::default();
    let mut left_over = cuff(vec![pressure(132, None)]);
    left_over.answer = Box::new(|to, bytes| match (to, bytes) {
        (Pressure, []) => vec![(Pressure, pressure(132, None))],
        _ => Vec::new(),
    });
    air.add(CUFF, left_over);
    let room = Room::with(air, &Settings::default());
    room.ready().await;
    // No advertisement: a connected device does not advertise.
    room.air.say(Heard::Arrived {
        address: CUFF.to_owned(),
    });
    room.until_kept("2A35", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_in_hand_is_left_to_staff() {
    let room = Room::new();
    room.air.add(CUFF, cuff(Vec::new()));
    room.ready().await;
    let desk = room.watch.desk(gatt_profiles());
    desk.pair(CUFF, true).await.unwrap();
    assert_eq!(room.air.log(CUFF), ["forget", "pair"]);
    let near = desk.nearby().await;
    assert_eq!(near[0].address, CUFF);
    assert_eq!(desk.standing().last, Some((CUFF.to_owned(), Ok(()))));
    assert_eq!(desk.standing().in_hand, None);
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_the_device_and_keeps_what_it_still_sends() {
    let room = Room::new();
    room.air.add(CUFF, cuff(Vec::new()));
    room.ready().await;
    room.air.advertise(CUFF);
    room.air.until(CUFF, "subscribe", 1).await;
    room.air.send(CUFF, Pressure, &pressure(132, None));
    let (air, inlet) = (room.air.clone(), room.inlet.clone());
    room.watch.stop().await;
    assert_eq!(air.log(CUFF).last().unwrap(), "disconnect");
    let kept: BTreeMap<String, usize> = inlet.kept().iter().fold(BTreeMap::new(), |mut all, f| {
        *all.entry(f.topic.rsplit('/').next().unwrap().to_owned())
            .or_default() += 1;
        all
    });
    assert_eq!((kept["2A35"], kept["ended"]), (1, 1));
    assert!(
        !said_complete(&inlet),
        "the hub went: the cuff may hold more"
    );
}

/// Whether the first end of a connection says that everything the device held has come.
fn said_complete(inlet: &FakeInlet) -> bool {
    let ended = inlet
        .kept()
        .into_iter()
        .find(|frame| frame.topic.ends_with("/ended"));
    let said = String::from_utf8(ended.expect("it ended").payload).unwrap();
    said.contains(r#""complete":true"#)
}

#[tokio::test(start_paused = true)]
async fn what_a_device_held_has_come_only_when_something_came_and_the_device_left() {
    let silent = Room::new();
    silent.air.add(CUFF, cuff(Vec::new()));
    silent.ready().await;
    silent.air.advertise(CUFF);
    silent.until_kept("ended", 1).await;
    assert!(!said_complete(&silent.inlet), "a cuff that only paired");

    let lost = Room::new();
    lost.air.add(CUFF, cuff(vec![pressure(132, None)]));
    lost.ready().await;
    lost.air.advertise(CUFF);
    lost.until_kept("2A35", 1).await;
    lost.air.say(Heard::Gone(Trouble::NoAdapter));
    lost.until_kept("ended", 1).await;
    assert!(!said_complete(&lost.inlet), "the adapter went");

    let heard = Room::new();
    heard.air.add(CUFF, cuff(vec![pressure(132, None)]));
    heard.ready().await;
    heard.air.advertise(CUFF);
    heard.until_kept("ended", 1).await;
    assert!(said_complete(&heard.inlet));
}

/// Forty records; the process dies in the middle of them; the next run brings the rest, none twice.
#[tokio::test]
async fn forty_records_are_complete_after_a_death_in_the_middle() {
    let house = House::new();
    let air = FalseAir::default();
    air.add(METER, meter(40, 40));
    // The first run hears the first nineteen, and then nothing more: as if killed.
    air.with(METER, |device| {
        device.answer = Box::new(|to, bytes| match (to, bytes) {
            (RecordAccess, [4, ..]) => vec![(RecordAccess, vec![5, 0, 40, 0])],
            (RecordAccess, [1, ..]) => (1..=19).map(|n| (GlucoseMeasurement, record(n))).collect(),
            _ => Vec::new(),
        });
    });
    let settings = Settings {
        stop_grace_s: 0,
        ..Settings::default()
    };
    let (first, _told) = watch_over(&air, house.road.clone(), &settings);
    while first.standing()().adapter.is_none() {
        tokio::task::yield_now().await;
    }
    air.advertise(METER);
    until(&house, 19).await;
    drop(first);
    let house = house.restart(decoder());
    air.add(METER, meter(40, 40));
    let (second, _told) = watch_over(&air, house.road.clone(), &settings);
    while second.standing()().adapter.is_none() {
        tokio::task::yield_now().await;
    }
    air.advertise(METER);
    until(&house, 40).await;
    // The clock was off by years and is set after the last record only.
    air.until(METER, "write 2A2B", 1).await;
    let whole =
        "SELECT count(whole_memory_at_ms) FROM device_radio WHERE address = 'C0:26:DA:00:00:02'";
    until_count(&house, whole, 1).await;
    second.stop().await;
    house.road.stop();
    assert_eq!(house.count("SELECT count(*) FROM reading"), 40);
    assert_eq!(
        house.count("SELECT count(DISTINCT sequence) FROM reading"),
        40
    );
    assert_eq!(
        house.count("SELECT count(*) FROM observation WHERE time_method = 'offset_read'"),
        40
    );
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

async fn until(house: &House, readings: i64) {
    until_count(house, "SELECT count(*) FROM reading", readings).await;
}

async fn until_count(house: &House, sql: &str, least: i64) {
    let mut progress = house.road.progress();
    let wait = async {
        while house.count(sql) < least {
            progress.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .expect("it came into the journal");
}
