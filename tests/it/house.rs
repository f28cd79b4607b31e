//! A real journal with its road in a folder of its own, for tests inside this process.

use std::path::Path;
use std::sync::Arc;

use eldercare_hub::decode::gatt;
use eldercare_hub::decode::profile::{ProfileFile, ProfileSet};
use eldercare_hub::hub::tools;
use eldercare_hub::journal::{Finding, Journal, Readers, SealKey, check};
use eldercare_hub::people::roster::RosterFile;
use eldercare_hub::pipeline::{self, Decoder, InForce, Profiles, Road, roster};
use eldercare_hub::rules::{RuleTable, shipped};
use eldercare_hub::vitals::{Clock, Frame, HintKey, Moment, SystemClock, Transport};
use jiff::tz::TimeZone;

pub const CUFF: &str = "cuff-1";

/// Two persons, a cuff with slots, a meter given to one, a kiosk with a card reader.
pub const ROSTER: &str = r#"
    centre = [{ code = "c1", name = "甲子村" }]
    station = [{ code = "s1", centre = "c1", name = "1 号座" }]
    person = [
        { key = "p1", centre = "c1", name = "赵一二", birth_date = "1943-05-01", cards = ["9900000001"] },
        { key = "p2", centre = "c1", name = "钱三四", birth_date = "1950-01-01", cards = ["9900000002"] },
    ]
    device = [
        { name = "cuff-1", label = "1 号袖带", kind = "cuff", centre = "c1", station = "s1", slots = { 1 = "p1", 2 = "p2" }, in_service_since = "2020-01-01T00:00:00Z" },
        { name = "meter-1", label = "血糖仪", kind = "meter", centre = "c1", own_person = "p1", account = "meter-1", in_service_since = "2020-01-01T00:00:00Z" },
        { name = "kiosk-1", label = "一体机", kind = "kiosk", centre = "c1", in_service_since = "2020-01-01T00:00:00Z" },
        { name = "cuff-blue", label = "2 号袖带", kind = "cuff", centre = "c1", in_service_since = "2020-01-01T00:00:00Z", bluetooth = { address = "C0:26:DA:00:00:01", profile = "generic-bp" } },
        { name = "meter-blue", label = "2 号血糖仪", kind = "meter", centre = "c1", own_person = "p2", in_service_since = "2020-01-01T00:00:00Z", bluetooth = { address = "C0:26:DA:00:00:02", profile = "generic-glucose" } },
        { name = "ketone-blue", label = "3 号血糖仪", kind = "meter", centre = "c1", in_service_since = "2020-01-01T00:00:00Z", bluetooth = { address = "C0:26:DA:00:00:03", profile = "caresens-dual" } },
    ]
"#;

/// Addresses of the roster's devices that are spoken to by Bluetooth.
pub const GATT_CUFF: &str = "C0:26:DA:00:00:01";
pub const GATT_METER: &str = "C0:26:DA:00:00:02";
pub const GATT_KETONE: &str = "C0:26:DA:00:00:03";

pub fn profiles() -> ProfileSet {
    ProfileSet::parse(&profile_files()).unwrap()
}

pub fn gatt_profiles() -> gatt::Profiles {
    tools::bluetooth_profiles(&profile_files()).unwrap()
}

fn profile_files() -> Vec<ProfileFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/devices");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| ProfileFile {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            text: std::fs::read_to_string(path).unwrap(),
        })
        .collect()
}

pub fn decoder() -> Arc<dyn Decoder> {
    Arc::new(Profiles {
        set: InForce::of(profiles()),
        gatt: gatt_profiles(),
        key: HintKey::new([7; 32]),
        site: TimeZone::get("Asia/Shanghai").unwrap(),
    })
}

/// The rules that come with the program.
pub fn shipped_rules() -> RuleTable {
    RuleTable::load(&shipped()).unwrap()
}

pub struct House {
    pub folder: tempfile::TempDir,
    pub road: Arc<Road>,
    pub readers: Arc<Readers>,
}

impl House {
    /// A new journal with [`ROSTER`] loaded.
    pub fn new() -> Self {
        House::with(decoder())
    }

    pub fn with(decoder: Arc<dyn Decoder>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), 2).unwrap();
        let entries: RosterFile = toml::from_str(ROSTER).unwrap();
        entries.check().unwrap();
        let key = HintKey::new([7; 32]);
        journal
            .writer
            .transaction(|tx| roster::load(tx, &entries, &key, SystemClock.now()))
            .unwrap();
        House::open(folder, journal, decoder)
    }

    fn open(folder: tempfile::TempDir, journal: Journal, decoder: Arc<dyn Decoder>) -> Self {
        let road = Road::start(
            journal.writer,
            decoder,
            Arc::new(SealKey::new([8; 32])),
            Arc::new(shipped_rules()),
            Arc::new(SystemClock),
            14,
            &pipeline::Settings::default(),
        )
        .unwrap();
        House {
            folder,
            road: Arc::new(road),
            readers: Arc::new(journal.readers),
        }
    }

    /// Stops the road and opens the same journal again, as after a restart.
    pub fn restart(self, decoder: Arc<dyn Decoder>) -> Self {
        self.road.stop();
        drop(self.readers);
        let journal = Journal::open(self.folder.path(), 2).unwrap();
        House::open(self.folder, journal, decoder)
    }

    /// A second connection that holds the journal so that nobody else can write, until it is dropped.
    pub fn lock(&self) -> Held {
        let conn = rusqlite::Connection::open(self.folder.path().join("journal.sqlite")).unwrap();
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        Held(conn)
    }

    pub fn count(&self, sql: &str) -> i64 {
        let conn = rusqlite::Connection::open(self.folder.path().join("journal.sqlite")).unwrap();
        conn.query_row(sql, [], |r| r.get(0)).unwrap()
    }

    pub fn outcomes(&self) -> Vec<(String, String, i64)> {
        let counts = self.readers.read(|s| s.frame_counts()).unwrap();
        counts
            .into_iter()
            .map(|c| (c.outcome, c.reason, c.frames))
            .collect()
    }

    pub fn findings(&self) -> Vec<Finding> {
        self.readers.read(check).unwrap()
    }
}

pub struct Held(rusqlite::Connection);

impl Held {
    pub fn let_go(self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

pub fn frame(device: &str, what: &str, payload: &str) -> Frame {
    Frame {
        transport: Transport::EmbeddedMqtt,
        source: device.to_owned(),
        topic: format!("centres/c1/devices/{device}/{what}"),
        payload: payload.as_bytes().to_vec(),
        received_at: Moment::now(),
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

pub fn pressure(seq: u64, slot: u8) -> Frame {
    frame(
        CUFF,
        "bp",
        &format!(r#"{{"sys":131,"dia":82,"pulse":66,"seq":{seq},"user":{slot}}}"#),
    )
}
