//! A small hub for tests: a journal in a temporary folder, a clock that is set by hand, real HTTP.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusBuilder;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::decode::gatt;
use crate::decode::profile::ProfileSet;
use crate::journal::{
    DeviceKind, Inserted, Journal, JournalError, NewAccount, NewDevice, NewFrame, NewNotice,
    NewPerson, NewReading, Outcome, SealKey, Settled, Sex, Tx,
};
use crate::pipeline::profile_folder::ProfileFolder;
use crate::pipeline::{self, InForce, Profiles, Road};
use crate::rules::{PlaceAlarm, RuleTable, shipped};
use crate::vitals::{
    Basis, BloodPressure, Clock, DeviceId, DeviceTime, Frame, Glucose, GlucoseValue, HintKey, Meal,
    Measured, Moment, Reading, Specimen, Subject, TakenAt, TimeMethod, Transport, UnclaimedReason,
};
use crate::web::{Demo, Doors, Parts, Settings, State, access, live, router};

pub const LOGIN: &str = "admin";
pub const PASSWORD: &str = "four quiet mornings";

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct HandClock(Mutex<Moment>);

impl HandClock {
    pub fn forward(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += jiff::SignedDuration::from_secs(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

pub struct World {
    pub base: String,
    pub clock: Arc<HandClock>,
    pub road: Arc<Road>,
    readers: Arc<crate::journal::Readers>,
    _folder: tempfile::TempDir,
}

/// 14 April 2026, 08:52 in China.
pub fn noon() -> Moment {
    "2026-04-14T00:52:00Z".parse().unwrap()
}

impl World {
    pub async fn new(settings: Settings) -> Self {
        World::with(settings, None).await
    }

    pub async fn with(settings: Settings, demo: Option<Demo>) -> Self {
        World::built(settings, demo, Doors::default()).await
    }

    /// With these doors.
    pub async fn built(settings: Settings, demo: Option<Demo>, doors: Doors) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), 2).unwrap();
        let clock = Arc::new(HandClock(Mutex::new(noon())));
        let seal = Arc::new(SealKey::new([7; 32]));
        let in_force = InForce::of(ProfileSet::default());
        let devices = folder.path().join("devices");
        std::fs::create_dir(&devices).unwrap();
        let decoder = Profiles {
            set: in_force.clone(),
            gatt: gatt::Profiles::default(),
            key: HintKey::new([7; 32]),
            site: TimeZone::UTC,
        };
        let rules = Arc::new(RuleTable::load(&shipped()).unwrap());
        let road = Road::start(
            journal.writer,
            Arc::new(decoder),
            seal.clone(),
            rules.clone(),
            clock.clone(),
            14,
            &pipeline::Settings::default(),
        );
        let road = Arc::new(road.unwrap());
        let hash = access::password::hash(PASSWORD).unwrap();
        road.write(move |tx, _| {
            fill(tx)?;
            fill_second(tx)?;
            for role in ["admin", "operator", "doctor"] {
                put(tx, role, &hash, role, None)?;
            }
            put(tx, "staff", &hash, "staff", Some(1))?;
            put(tx, "staff-2", &hash, "staff", Some(2))
        })
        .await
        .unwrap();
        let readers = Arc::new(journal.readers);
        let metrics_token = settings.fetch_metrics_token().unwrap();
        let state = State::new(Parts {
            settings,
            clock: clock.clone(),
            zone: TimeZone::fixed(jiff::tz::offset(8)),
            place: "演示镇卫生院".to_owned(),
            readers: readers.clone(),
            road: road.clone(),
            doors,
            demo,
            hint: HintKey::new([7; 32]),
            seal,
            rules,
            quarantine_days: 14,
            metrics_token,
            profiles: Arc::new(ProfileFolder::new(
                devices,
                in_force,
                HintKey::new([7; 32]),
                TimeZone::UTC,
            )),
            metrics: Some(PrometheusBuilder::new().build_recorder().handle()),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        tokio::spawn(live::follow(state.clone()));
        World {
            base,
            clock,
            road,
            readers,
            _folder: folder,
        }
    }

    /// How many lines of the audit log have this action.
    pub async fn acts(&self, action: &'static str) -> i64 {
        let readers = self.readers.clone();
        tokio::task::spawn_blocking(move || readers.read(|journal| journal.acts(action)).unwrap())
            .await
            .unwrap()
    }

    /// A browser of its own: keeps cookies, follows no redirect, says where its posts come from.
    pub fn browser(&self) -> Browser {
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Browser {
            client,
            base: self.base.clone(),
        }
    }

    /// A browser that is signed in as the one who sees everything.
    pub async fn signed_in(&self) -> Browser {
        self.signed_in_as(LOGIN).await
    }

    /// Sets an account anew.
    pub async fn set_account(&self, login: &'static str, role: &'static str, centre: Option<i64>) {
        let hash = access::password::hash(PASSWORD).unwrap();
        self.road
            .write(move |tx, _| put(tx, login, &hash, role, centre))
            .await
            .unwrap();
    }

    /// A browser that is signed in: `admin`, `operator`, `doctor`, `staff` of centre 1, `staff-2`.
    pub async fn signed_in_as(&self, login: &str) -> Browser {
        let browser = self.browser();
        let answer = browser.sign_in(login, PASSWORD).await;
        assert_eq!(answer.status(), 303);
        browser
    }

    /// Somebody sits at a seat, minutes from now.
    pub async fn sit(&self, seat: &'static str, person: i64, from: i64, until: Option<i64>) {
        let now = self.clock.now();
        let at = move |minutes| now + jiff::SignedDuration::from_mins(minutes);
        self.road
            .write(move |tx, _| tx.put_check_in(seat, person, at(from), until.map(at)))
            .await
            .unwrap();
    }

    /// Says on which weekdays somebody usually comes.
    pub async fn comes_on(&self, person: i64, days: &'static str) {
        self.road
            .write(move |tx, _| tx.put_comes_on(person, days))
            .await
            .unwrap();
    }

    /// A reading came to a waiting at the bedside.
    pub async fn answer_bedside(&self, bedside: i64, observation: i64) {
        self.road
            .write(move |tx, _| tx.answer_bedside(bedside, observation))
            .await
            .unwrap();
    }

    /// Person 1 measures 157/85 now.
    pub async fn measure(&self) {
        let at = self.clock.now();
        self.road
            .write(move |tx, _| pressure(tx, Some(1), at, 157, 85))
            .await
            .unwrap();
    }

    /// This person measures all this, each at its moment.
    pub async fn measure_all(&self, person: i64, all: Vec<(Moment, Measured)>) {
        let each = move |tx: &Tx<'_>, _| {
            for (at, measured) in all {
                let device = match measured {
                    Measured::BloodPressure(_) => "0015-A",
                    Measured::Glucose(_) => "0107-G",
                };
                observe(tx, Some(person), at, device, measured)?;
            }
            Ok(())
        };
        self.road.write(each).await.unwrap();
    }

    /// A commit about nobody in particular.
    pub async fn measure_unclaimed(&self) {
        let at = self.clock.now();
        self.road
            .write(move |tx, _| pressure(tx, None, at, 205, 118))
            .await
            .unwrap();
    }
}

pub struct Browser {
    pub client: reqwest::Client,
    pub base: String,
}

impl Browser {
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap()
    }

    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.client
            .post(format!("{}{path}", self.base))
            .header("origin", &self.base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish())
            .send()
            .await
            .unwrap()
    }

    pub async fn sign_in(&self, login: &str, password: &str) -> reqwest::Response {
        self.post("/sign-in", &[("login", login), ("password", password)])
            .await
    }
}

/// Sets an account.
pub fn put(
    tx: &Tx<'_>,
    login: &str,
    password_hash: &str,
    role: &str,
    centre_id: Option<i64>,
) -> Result<i64, JournalError> {
    let account = NewAccount {
        login,
        password_hash,
        role,
        centre_id,
        name: "",
    };
    tx.put_account(&account, noon())
}

/// A second centre with one person, one cuff and one reading.
fn fill_second(tx: &Tx<'_>) -> Result<(), JournalError> {
    let centre_id = tx.add_centre("c2", "乙丑村", "乙丑村")?;
    let station_id = tx.add_station(centre_id, "c2-s1", "1 号座")?;
    let person = tx.add_person(
        &NewPerson {
            centre_id,
            name: "孙五六",
            pinyin: "sun wu liu",
            sex: Sex::Male,
            birth_date: jiff::civil::date(1940, 5, 1),
            hypertension: false,
            diabetes: false,
        },
        noon(),
    )?;
    tx.enrol_device(&NewDevice {
        name: &DeviceId("0020-B".to_owned()),
        label: "5 号袖带",
        kind: DeviceKind::Cuff,
        centre_id,
        station_id: Some(station_id),
        own_person_id: None,
        account: None,
        in_service_since: noon() - jiff::SignedDuration::from_hours(24 * 400),
    })?;
    let at = noon() - jiff::SignedDuration::from_hours(2);
    observe(tx, Some(person), at, "0020-B", mmhg(144, 81))?;
    waited(tx, 3, 3, 29)?;
    notice(tx, "0020-B", None)
}

/// Somebody waited at the bedside, and a reading came.
fn waited(tx: &Tx<'_>, device: i64, person: i64, came: i64) -> Result<(), JournalError> {
    let from = noon() - jiff::SignedDuration::from_hours(1);
    let id = tx.open_bedside(device, Some(person), "account:1", from, from)?;
    tx.answer_bedside(id, came)
}

/// A place notice of 205/118.
fn notice(tx: &Tx<'_>, device: &str, observation: Option<i64>) -> Result<(), JournalError> {
    let device = tx.device_by_name(&DeviceId(device.to_owned()))?.unwrap();
    let notice = NewNotice {
        device_id: device.id,
        frame: crate::vitals::FrameRow(1),
        observation,
        alarm: PlaceAlarm::SystolicHigh,
        shown: "205/118",
        taken_at: noon(),
        late: false,
    };
    tx.raise_place_notice(&notice, noon(), noon())?;
    Ok(())
}

pub fn mmhg(systolic: i64, diastolic: i64) -> Measured {
    Measured::BloodPressure(BloodPressure {
        systolic_mmhg: Decimal::from(systolic),
        diastolic_mmhg: Decimal::from(diastolic),
        map_mmhg: None,
        pulse_bpm: Some(Decimal::from(72)),
    })
}

/// One centre, two persons (the second was never measured), two devices, a few readings.
fn fill(tx: &Tx<'_>) -> Result<(), JournalError> {
    let centre = tx.add_centre("c1", "甲子村", "甲子村")?;
    let station = tx.add_station(centre, "c1-s1", "1 号座")?;
    let born = jiff::civil::date(1943, 2, 1);
    for (name, pinyin, ill) in [
        ("赵一二", "zhao yi er", true),
        ("钱<三>四", "qian san si", false),
    ] {
        let new = NewPerson {
            centre_id: centre,
            name,
            pinyin,
            sex: Sex::Female,
            birth_date: born,
            hypertension: ill,
            diabetes: ill,
        };
        tx.add_person(&new, noon())?;
    }
    for (name, label, kind) in [
        ("0015-A", "1 号袖带", DeviceKind::Cuff),
        ("0107-G", "血糖仪 2", DeviceKind::Meter),
    ] {
        tx.enrol_device(&NewDevice {
            name: &DeviceId(name.to_owned()),
            label,
            kind,
            centre_id: centre,
            station_id: Some(station),
            own_person_id: None,
            account: None,
            in_service_since: noon() - jiff::SignedDuration::from_hours(24 * 400),
        })?;
    }
    for day in 0..20_i64 {
        let at = noon() - jiff::SignedDuration::from_hours(24 * (day * 3 + 1));
        pressure(tx, Some(1), at, 150 + day % 7, 80 + day % 5)?;
        if day % 3 == 0 {
            glucose(tx, at, 71 + day % 9)?;
        }
    }
    let nobodys = pressure(tx, None, noon(), 205, 118)?;
    notice(tx, "0015-A", Some(nobodys))?;
    waited(tx, 1, 1, 1)?;
    let payload = r#"{"sys":157,"nm":"赵一二"}"#.as_bytes().to_vec();
    let row = keep(tx, noon(), payload)?;
    tx.settle(
        row,
        &Settled {
            outcome: Outcome::Quarantined,
            reason: "no_profile",
            profile: None,
            device_id: None,
        },
        noon(),
    )
}

fn keep(
    tx: &Tx<'_>,
    at: Moment,
    payload: Vec<u8>,
) -> Result<crate::vitals::FrameRow, JournalError> {
    let frame = Frame {
        transport: Transport::EmbeddedMqtt,
        source: "gateway-c1".to_owned(),
        topic: "c1/0015-A".to_owned(),
        payload,
        received_at: at,
        retained: false,
        may_be_late: false,
        refused: None,
    };
    let sha256 = Sha256::digest(&frame.payload).into();
    tx.insert_frame(&NewFrame {
        frame: &frame,
        stored: &frame.payload,
        sealed: false,
        sha256,
    })
}

fn pressure(
    tx: &Tx<'_>,
    person: Option<i64>,
    at: Moment,
    systolic: i64,
    diastolic: i64,
) -> Result<i64, JournalError> {
    observe(tx, person, at, "0015-A", mmhg(systolic, diastolic))
}

fn glucose(tx: &Tx<'_>, at: Moment, tenths: i64) -> Result<i64, JournalError> {
    let measured = Measured::Glucose(Glucose {
        value: GlucoseValue::MmolL(Decimal::new(tenths, 1)),
        meal: Meal::Fasting,
        specimen: Specimen::Blood,
    });
    observe(tx, Some(1), at, "0107-G", measured)
}

fn observe(
    tx: &Tx<'_>,
    person: Option<i64>,
    at: Moment,
    device: &str,
    measured: Measured,
) -> Result<i64, JournalError> {
    let kind = measured.kind();
    let name = DeviceId(device.to_owned());
    let device_id = tx.device_by_name(&name)?.unwrap().id;
    let row = keep(tx, at, format!("{at} {person:?} {measured:?}").into_bytes())?;
    let reading = Reading {
        device: name,
        measured,
        device_time: DeviceTime::Absent,
        slot: None,
        sequence: Some(row.0.to_string()),
        hint: None,
        marks: BTreeSet::new(),
        from_memory: false,
    };
    let mut identity = [0; 16];
    identity[..8].copy_from_slice(&row.0.to_be_bytes());
    let inserted = tx.insert_reading(&NewReading {
        frame: row,
        device_id,
        reading: &reading,
        received_at: at,
        identity,
        bare: false,
        resend_window_s: 10,
        measuring_s: 0,
    })?;
    let Inserted::New { reading } = inserted else {
        panic!("the test wrote a reading twice")
    };
    let taken = TakenAt {
        at,
        uncertainty_s: 5,
        method: TimeMethod::ReceivedLive,
    };
    let subject = match person {
        Some(person) => Subject::Known {
            person,
            basis: Basis::CardInMessage,
        },
        None => Subject::Unclaimed {
            reason: UnclaimedReason::NoClaim,
        },
    };
    tx.note_heard(device_id, at, Some(82), None)?;
    let outcome = Settled {
        outcome: Outcome::Readings,
        reason: "",
        profile: Some("test"),
        device_id: Some(device_id),
    };
    tx.settle(row, &outcome, at)?;
    tx.insert_observation(reading, kind, &taken, subject)
}
