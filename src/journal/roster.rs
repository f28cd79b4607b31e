//! Centres, seats, devices, persons and their cards: written by commands, looked up by Understand.

use rusqlite::{OptionalExtension, params};

use super::row::{foreign, moment, word};
use super::write::{JournalError, Tx};
pub use crate::people::details::Sex;
use crate::vitals::{DeviceId, HintKind, Moment};

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    Cuff,
    Meter,
    /// An all-in-one with a card reader.
    Kiosk,
    /// No device: where a centre's typed readings stand.
    Typed,
}

impl DeviceKind {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            DeviceKind::Cuff => "cuff",
            DeviceKind::Meter => "meter",
            DeviceKind::Kiosk => "kiosk",
            DeviceKind::Typed => "typed",
        }
    }

    /// The reverse of [`DeviceKind::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [
            DeviceKind::Cuff,
            DeviceKind::Meter,
            DeviceKind::Kiosk,
            DeviceKind::Typed,
        ]
        .into_iter()
        .find(|k| k.word() == word)
    }
}

/// A person on the way into the roster.
#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    pub centre_id: i64,
    pub name: &'a str,
    pub pinyin: &'a str,
    pub sex: Sex,
    pub birth_date: jiff::civil::Date,
    pub hypertension: bool,
    pub diabetes: bool,
}

/// A device on the way into the roster.
#[derive(Debug, Clone)]
pub struct NewDevice<'a> {
    pub name: &'a DeviceId,
    pub label: &'a str,
    pub kind: DeviceKind,
    pub centre_id: i64,
    pub station_id: Option<i64>,
    pub own_person_id: Option<i64>,
    pub account: Option<&'a str>,
    pub in_service_since: Moment,
}

/// What Understand must know of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    pub id: i64,
    pub centre_id: i64,
    pub station_id: Option<i64>,
    pub own_person_id: Option<i64>,
    pub account: Option<String>,
    pub in_service_since: Moment,
    pub last_sequence: Option<String>,
    pub last_device_time: Option<Moment>,
}

impl Tx<'_> {
    /// Adds a centre; its number.
    pub fn add_centre(&self, code: &str, name: &str, village: &str) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached("INSERT INTO centre (code, name, village) VALUES (?1, ?2, ?3)")?
            .execute((code, name, village))?;
        Ok(self.sql.last_insert_rowid())
    }

    /// The number of the centre with this code.
    pub fn centre_by_code(&self, code: &str) -> Result<Option<i64>, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT id FROM centre WHERE code = ?1")?
            .query_row([code], |r| r.get(0))
            .optional()?)
    }

    /// Every centre: number and code.
    pub fn centre_codes(&self) -> Result<Vec<(i64, String)>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached("SELECT id, code FROM centre ORDER BY id")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds a station (a seat) to a centre; its number.
    pub fn add_station(&self, centre_id: i64, code: &str, name: &str) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached("INSERT INTO station (centre_id, code, name) VALUES (?1, ?2, ?3)")?
            .execute((centre_id, code, name))?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Adds a person; the number.
    pub fn add_person(&self, new: &NewPerson<'_>, now: Moment) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO person (centre_id, name, pinyin, sex, birth_date, hypertension,
                     diabetes, added_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                new.centre_id,
                new.name,
                new.pinyin,
                new.sex.word(),
                new.birth_date.to_string(),
                new.hypertension,
                new.diabetes,
                now.as_millisecond(),
            ])?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Gives a person a card (keyed hash and last four only).
    pub fn add_card(
        &self,
        person_id: i64,
        kind: HintKind,
        hash: &str,
        last_four: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO card (person_id, kind, hash, last_four, added_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            )?
            .execute((
                person_id,
                kind.word(),
                hash,
                last_four,
                now.as_millisecond(),
            ))?;
        Ok(())
    }

    /// Enrols a device; its number.
    pub fn enrol_device(&self, new: &NewDevice<'_>) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO device (name, label, kind, centre_id, station_id, own_person_id,
                     account, in_service_since_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                new.name.0,
                new.label,
                new.kind.word(),
                new.centre_id,
                new.station_id,
                new.own_person_id,
                new.account,
                new.in_service_since.as_millisecond(),
            ])?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Says which person a device's user button means.
    pub fn set_slot(&self, device_id: i64, slot: &str, person_id: i64) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO device_slot (device_id, slot, person_id) VALUES (?1, ?2, ?3)
                 ON CONFLICT (device_id, slot) DO UPDATE SET person_id = excluded.person_id",
            )?
            .execute((device_id, slot, person_id))?;
        Ok(())
    }

    /// The person of a device's user button.
    pub fn slot_person(&self, device_id: i64, slot: &str) -> Result<Option<i64>, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT person_id FROM device_slot WHERE device_id = ?1 AND slot = ?2")?
            .query_row((device_id, slot), |r| r.get(0))
            .optional()?)
    }

    /// An enrolled device by the name it goes by.
    pub fn device_by_name(&self, name: &DeviceId) -> Result<Option<DeviceRow>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id, centre_id, station_id, own_person_id, account, in_service_since_ms,
                    last_sequence, last_device_time_ms FROM device WHERE name = ?1",
        )?;
        let mut rows = statement.query([&name.0])?;
        let Some(r) = rows.next()? else {
            return Ok(None);
        };
        let id: i64 = r.get(0)?;
        let last: Option<i64> = r.get(7)?;
        Ok(Some(DeviceRow {
            id,
            centre_id: r.get(1)?,
            station_id: r.get(2)?,
            own_person_id: r.get(3)?,
            account: r.get(4)?,
            in_service_since: moment(r.get(5)?, "device", "in_service_since_ms", id)?,
            last_sequence: r.get(6)?,
            last_device_time: last
                .map(|ms| moment(ms, "device", "last_device_time_ms", id))
                .transpose()?,
        }))
    }

    /// Where the typed readings of a centre stand: number and name, made when first needed.
    pub fn typed_device(&self, centre_id: i64, now: Moment) -> Result<(i64, String), JournalError> {
        let code: String = self
            .sql
            .prepare_cached("SELECT code FROM centre WHERE id = ?1")?
            .query_row([centre_id], |r| r.get(0))?;
        let name = DeviceId(format!("typed:{code}"));
        if let Some(device) = self.device_by_name(&name)? {
            return Ok((device.id, name.0));
        }
        let id = self.enrol_device(&NewDevice {
            name: &name,
            label: DeviceKind::Typed.word(),
            kind: DeviceKind::Typed,
            centre_id,
            station_id: None,
            own_person_id: None,
            // No source of frames has this name: nothing that a device sends can end up here.
            account: Some(DeviceKind::Typed.word()),
            in_service_since: now,
        })?;
        Ok((id, name.0))
    }

    /// How many persons and devices the roster has.
    pub fn roster_size(&self) -> Result<(i64, i64), JournalError> {
        Ok(self.sql.query_row(
            "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM device)",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?)
    }
}

/// Reads a sex column.
pub(super) fn sex(value: rusqlite::types::ValueRef<'_>, id: i64) -> Result<Sex, JournalError> {
    word(value, Sex::from_word, "person", "sex", id)
}

/// Reads a birth date column.
pub(super) fn birth_date(text: &str, id: i64) -> Result<jiff::civil::Date, JournalError> {
    text.parse()
        .map_err(|_| foreign("person", "birth_date", id))
}
