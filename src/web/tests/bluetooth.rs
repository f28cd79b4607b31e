//! Bluetooth on the pages: what is wrong and what to do, who is near, pairing, a device's ledger.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use tokio::time::{Duration, Instant};

use super::world::{Browser, World, noon};
use crate::decode::gatt::Profiles;
use crate::journal::{Bond, ClockRead, ConnectionEnd, Fact};
use crate::sources::bluetooth::{
    BluetoothStanding, DeviceStanding, Nearby, PairTrouble, Pairing, PairingStanding, Trouble,
    Wanted,
};
use crate::vitals::{Glucose, GlucoseValue, Meal, Measured, Specimen};
use crate::web::{Doors, Settings};
use crate::words::{Language, Words};

const CUFF: &str = "C0:26:DA:00:00:01";
const NEW: &str = "C0:26:DA:00:00:09";

/// A radio that is none: what it is asked is written down.
struct FalseDesk {
    profiles: Profiles,
    standing: Mutex<PairingStanding>,
    log: Mutex<Vec<String>>,
}

impl FalseDesk {
    fn note(&self, what: String) {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what);
    }
}

impl Pairing for FalseDesk {
    fn standing(&self) -> PairingStanding {
        self.standing.lock().unwrap().clone()
    }

    fn nearby(&self) -> BoxFuture<'static, Vec<Nearby>> {
        let one = |address: &str, name: &str, rssi, service: &str| Nearby {
            address: address.to_owned(),
            name: Some(name.to_owned()),
            rssi: Some(rssi),
            services: vec![service.to_owned()],
            ..Nearby::default()
        };
        Box::pin(std::future::ready(vec![
            one(NEW, "Yuwell BP-YE680B", -51, "1810"),
            one(CUFF, "A&D_UA-651BLE_01", -70, "1810"),
            one("66:55:44:33:22:11", "Somebody's earphones", -40, "110B"),
        ]))
    }

    fn pair(&self, address: &str, anew: bool) -> BoxFuture<'static, Result<(), PairTrouble>> {
        self.note(format!("pair {address} {anew}"));
        Box::pin(std::future::ready(Ok(())))
    }

    fn answer(&self, digits: u32) -> bool {
        self.note(format!("answer {digits:06}"));
        true
    }

    fn cancel(&self) {
        self.note("cancel".to_owned());
    }

    fn forget(&self, address: &str) -> BoxFuture<'static, Result<(), Trouble>> {
        self.note(format!("forget {address}"));
        Box::pin(std::future::ready(Ok(())))
    }

    fn profiles(&self) -> &Profiles {
        &self.profiles
    }
}

struct Room {
    world: World,
    desk: Arc<FalseDesk>,
    stands: Arc<Mutex<BluetoothStanding>>,
    t: Words,
}

impl Room {
    async fn new() -> Self {
        let file = |stem| (stem, shipped(stem));
        let stems = [
            "and-ua651",
            "omron-x4",
            "yuwell-ye680",
            "generic-bp",
            "generic-glucose",
        ];
        let texts: Vec<(&str, String)> = stems.into_iter().map(file).collect();
        let profiles = Profiles::from_files(texts.iter().map(|(stem, text)| (*stem, &**text)));
        let desk = Arc::new(FalseDesk {
            profiles: profiles.unwrap(),
            standing: Mutex::default(),
            log: Mutex::default(),
        });
        let stands = Arc::new(Mutex::new(BluetoothStanding {
            adapter: Some("hci0 (00:1B:DC:0A:0B:0C)".into()),
            ..BluetoothStanding::default()
        }));
        let asked = stands.clone();
        let doors = Doors {
            bluetooth: Some(Arc::new(move || asked.lock().unwrap().clone())),
            pairing: Some(desk.clone()),
            ..Doors::default()
        };
        Room {
            world: World::built(Settings::default(), None, doors).await,
            desk,
            stands,
            t: Words::of(Language::Chinese),
        }
    }

    async fn enrol(&self, profile: &'static str, bond: Bond) {
        let work =
            move |tx: &crate::journal::Tx<'_>, _| tx.enrol_radio(1, CUFF, profile, bond, noon());
        self.world.road.write(work).await.unwrap();
    }

    /// Waits until the page shows it: what pairing comes to is written beside the answer.
    async fn until(&self, browser: &Browser, path: &str, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !browser.page(path).await.contains(text) {
            assert!(Instant::now() < end, "{path} never shows {text}");
            tokio::task::yield_now().await;
        }
    }

    fn log(&self) -> Vec<String> {
        self.desk.log.lock().unwrap().clone()
    }
}

fn shipped(stem: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/devices");
    std::fs::read_to_string(format!("{folder}/{stem}.toml")).unwrap()
}

#[tokio::test]
async fn every_trouble_stands_on_the_operators_page_and_goes_away_by_itself() {
    let room = Room::new().await;
    let browser = room.world.signed_in_as("operator").await;
    for trouble in Trouble::ALL {
        {
            let mut standing = room.stands.lock().unwrap();
            (standing.adapter, standing.trouble) = (None, Some(trouble));
        }
        let page = browser.page("/operator").await;
        let (wrong, todo) = (
            room.t.word("radio-trouble", trouble.word()),
            room.t.word("radio-todo", trouble.word()),
        );
        assert!(page.contains(&wrong), "{wrong}");
        assert!(page.contains(&todo), "{todo}");
    }
    {
        let mut standing = room.stands.lock().unwrap();
        *standing = BluetoothStanding {
            adapter: Some("hci0 (00:1B:DC:0A:0B:0C)".into()),
            reopened: 2,
            scans_restarted: 3,
            ..BluetoothStanding::default()
        };
    }
    let page = browser.page("/operator").await;
    assert!(page.contains("hci0"));
    for (key, count) in [("radio-reopened", 2), ("radio-scans-restarted", 3)] {
        assert!(page.contains(&room.t.with1(key, "n", count)), "{key}");
    }
}

#[tokio::test]
async fn what_a_device_may_lose_stands_on_its_page() {
    let room = Room::new().await;
    let browser = room.world.signed_in_as("operator").await;
    let said = |page: &str| {
        let says = |key| page.contains(&room.t.say(key));
        [
            says("ledger-sends-at-once"),
            says("ledger-erases"),
            says("ledger-may-erase"),
            says("ledger-keeps"),
        ]
    };
    for (profile, expected) in [
        ("and-ua651", [true, false, false, false]),
        ("omron-x4", [false, true, false, false]),
        ("generic-bp", [false, false, true, false]),
        ("yuwell-ye680", [false, false, false, true]),
        ("generic-glucose", [false, false, false, true]),
    ] {
        room.enrol(profile, Bond::Bonded).await;
        let page = browser.page("/devices/1").await;
        assert_eq!(said(&page), expected, "{profile}");
    }
    // Its file is gone: nothing is known of its manners, and it is not spoken to.
    room.enrol("gone", Bond::Bonded).await;
    room.stands.lock().unwrap().devices.insert(
        CUFF.to_owned(),
        DeviceStanding {
            without_profile: true,
            ..DeviceStanding::default()
        },
    );
    let page = browser.page("/devices/1").await;
    assert_eq!(said(&page), [false; 4]);
    let gone = room.t.with1("ledger-without-profile", "profile", "gone");
    assert!(page.contains(&gone), "{gone}");
}

#[tokio::test]
async fn a_devices_ledger() {
    let room = Room::new().await;
    room.enrol("omron-x4", Bond::Bonded).await;
    let fill = |tx: &crate::journal::Tx<'_>, _| {
        tx.note_fact(1, Fact::Model, "HEM-7155T-EBK")?;
        tx.note_fact(1, Fact::Serial, "SN-4711")?;
        tx.note_fact(1, Fact::Firmware, "v9.8.7")?;
        for (minutes, percent) in [(1, 60), (2, 41), (3, 14)] {
            let at = noon() + SignedDuration::from_mins(minutes);
            tx.note_heard(1, at, Some(percent), None)?;
        }
        for (connection, offset_ms) in [(1, 1_000), (2, 420_000)] {
            let read = ClockRead {
                connection,
                read_at: noon(),
                offset_ms,
                set_at: None,
            };
            tx.note_clock_read(1, &read)?;
        }
        tx.note_connection_end(
            1,
            &ConnectionEnd {
                at: noon(),
                connected: true,
                trouble: Some("bond_lost"),
                bond: Some(Bond::Lost),
                complete: false,
                records_lost: 2,
            },
        )
    };
    room.world.road.write(fill).await.unwrap();
    let browser = room.world.signed_in_as("operator").await;
    let page = browser.page("/devices/1").await;
    let t = room.t;
    let says = [
        "HEM-7155T-EBK".to_owned(),
        "SN-4711".to_owned(),
        "v9.8.7".to_owned(),
        "60%".to_owned(),
        "41%".to_owned(),
        t.word("bond", "lost"),
        t.say("ledger-bond-lost"),
        t.with1("ledger-lost", "n", 2),
        t.say("ledger-days"),
        t.say("ledger-clocks"),
        format!("/devices/add?address={CUFF}"),
    ];
    for text in &says {
        assert!(page.contains(text), "{text}");
    }
    // What needs hands stands in the operator's list too: the clock is seven minutes off.
    let page = browser.page("/operator").await;
    for key in ["todo-bond", "todo-clock", "todo-battery"] {
        assert!(page.contains(&t.say(key)), "{key}");
    }
    assert!(page.contains(&t.with1("todo-lost", "n", 2)));
    for family in ["ledger-", "todo-", "bond-", "doing-", "radio-"] {
        assert!(
            !page.contains(&format!(">{family}")),
            "{family} without text"
        );
    }
}

#[tokio::test]
async fn silence_is_counted_in_days_on_which_the_centre_was_open() {
    let room = Room::new().await;
    let glucose = || {
        Measured::Glucose(Glucose {
            value: GlucoseValue::MmolL(6.into()),
            meal: Meal::Unknown,
            specimen: Specimen::Blood,
        })
    };
    let silent =
        |page: &str, days: i64| page.contains(&room.t.with1("todo-silent-days", "n", days));
    // The cuff was heard today. Of the next ten days the meter is used on four.
    let mut open = 0;
    for day in 1..=10_i64 {
        if [2, 3, 7, 9].contains(&day) {
            let at = noon() + SignedDuration::from_hours(24 * day);
            room.world.measure_all(1, vec![(at, glucose())]).await;
        }
        room.world.clock.forward(24 * 3600);
        // Today does not count: it is not over.
        open += i64::from([3, 4, 8, 10].contains(&day));
        // Nobody stays signed in over night.
        let page = room
            .world
            .signed_in_as("operator")
            .await
            .page("/operator")
            .await;
        for days in 1..=10 {
            assert_eq!(
                silent(&page, days),
                days == open && open >= 3,
                "day {day}: {days}"
            );
        }
    }
}

#[tokio::test]
async fn a_device_is_added_with_its_digits_and_forgotten() {
    let room = Room::new().await;
    let browser = room.world.signed_in_as("admin").await;
    room.enrol("and-ua651", Bond::Bonded).await;
    let page = browser.page(&format!("/devices/add?address={NEW}")).await;
    for text in [NEW, CUFF, "Yuwell BP-YE680B", "-51"] {
        assert!(page.contains(text), "{text}");
    }
    // Digits are asked for with the time left.
    *room.desk.standing.lock().unwrap() = PairingStanding {
        in_hand: Some((
            NEW.to_owned(),
            Wanted::Passkey {
                until: Instant::now() + Duration::from_secs(25),
            },
        )),
        ..PairingStanding::default()
    };
    let page = browser.page("/devices/add/board").await;
    assert!(page.contains("name=\"digits\""));
    assert!(page.contains(&room.t.with1("add-hand-digits", "address", NEW)));
    let wrong = browser
        .post("/devices/add/digits", &[("digits", "12345")])
        .await;
    assert_eq!(wrong.status(), 400);
    browser
        .post("/devices/add/digits", &[("digits", "012 345")])
        .await;
    browser.post("/devices/add/cancel", &[]).await;
    assert_eq!(room.log(), ["answer 012345", "cancel"]);
    *room.desk.standing.lock().unwrap() = PairingStanding::default();

    let wish = [
        ("address", NEW),
        ("label", "9 号袖带"),
        ("profile", "yuwell-ye680"),
        ("centre", "1"),
        ("station", "1"),
        ("own", ""),
    ];
    assert_eq!(browser.post("/devices/add/pair", &wish).await.status(), 303);
    room.until(&browser, "/operator", "9 号袖带").await;
    // One that is enrolled is only paired again.
    browser
        .post("/devices/add/pair", &[("address", CUFF)])
        .await;
    let asked = [format!("pair {NEW} false"), format!("pair {CUFF} true")];
    assert_eq!(room.log()[2..], asked);
    assert_eq!(browser.post("/devices/1/forget", &[]).await.status(), 303);
    assert_eq!(room.log()[4..], [format!("forget {CUFF}")]);
    assert_eq!(browser.post("/devices/1/forget", &[]).await.status(), 404);
    assert!(!browser.page("/devices/1").await.contains(CUFF));
    for action in ["device.enrol", "device.pair", "device.forget"] {
        let end = Instant::now() + Duration::from_secs(20);
        while room.world.acts(action).await != 1 {
            assert!(Instant::now() < end, "{action}");
            tokio::task::yield_now().await;
        }
    }
}
