//! Devices spoken to by Bluetooth: enrolled, forgotten, and what their connections showed.

use rusqlite::params;

use super::read::Snapshot;
use super::roster::{DeviceRow, NewDevice};
use super::row::{moment, word};
use super::write::{JournalError, Tx};
use crate::vitals::{DeviceId, Meal, Moment};

/// Whether hub and device know each other's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bond {
    #[default]
    None,
    Bonded,
    /// The hub has the key and the device does not any more: only pairing it again helps.
    Lost,
}

impl Bond {
    pub const ALL: [Bond; 3] = [Bond::None, Bond::Bonded, Bond::Lost];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Bond::None => "none",
            Bond::Bonded => "bonded",
            Bond::Lost => "lost",
        }
    }

    /// The reverse of [`Bond::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Bond::ALL.into_iter().find(|bond| bond.word() == word)
    }
}

/// What the source must know of an enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadioLine {
    pub device_id: i64,
    pub address: String,
    pub profile: String,
    pub bond: Bond,
}

/// What Understand must know of a device that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadioRow {
    pub device: DeviceRow,
    pub name: DeviceId,
    pub profile: String,
    /// 2A49 as it was last read.
    pub pressure_feature: Option<u16>,
    /// Since when everything the device held before is here.
    pub whole_memory_at: Option<Moment>,
}

/// A text of the Device Information Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Manufacturer,
    Model,
    Serial,
    Firmware,
    Hardware,
    Software,
}

impl Fact {
    fn column(self) -> &'static str {
        match self {
            Fact::Manufacturer => "manufacturer",
            Fact::Model => "model",
            Fact::Serial => "serial",
            Fact::Firmware => "firmware",
            Fact::Hardware => "hardware",
            Fact::Software => "software",
        }
    }
}

/// How a connection ended, as far as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEnd<'a> {
    pub at: Moment,
    /// Services were there and something could be asked.
    pub connected: bool,
    /// Why it came to nothing.
    pub trouble: Option<&'a str>,
    /// What BlueZ says about the bond, where it was asked.
    pub bond: Option<Bond>,
    /// Everything the device holds is here.
    pub complete: bool,
    /// Counted and not sent. They are asked for again every time, so this stands for itself, and a whole
    /// memory ends it.
    pub records_lost: u32,
}

/// A reading of a device's clock: hub minus device, and whether the hub then set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRead {
    pub connection: i64,
    pub read_at: Moment,
    pub offset_ms: i64,
    pub set_at: Option<Moment>,
}

impl Tx<'_> {
    /// Enrols a device for Bluetooth, or gives it another address or profile. What it was known by before
    /// is forgotten: its memory counts as unknown again.
    pub fn enrol_radio(
        &self,
        device_id: i64,
        address: &str,
        profile: &str,
        bond: Bond,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.forget_radio(device_id)?;
        self.sql
            .prepare_cached(
                "INSERT INTO device_radio (device_id, address, profile, enrolled_at_ms, bond)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                device_id,
                address.to_ascii_uppercase(),
                profile,
                now.as_millisecond(),
                bond.word(),
            ))?;
        Ok(())
    }

    /// Forgets a device's Bluetooth side; whether there was one. Its readings stay.
    pub fn forget_radio(&self, device_id: i64) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached("DELETE FROM device_radio WHERE device_id = ?1")?
            .execute([device_id])?
            > 0)
    }

    /// Says how it stands with a device's bond, after a person changed it.
    pub fn set_bond(&self, device_id: i64, bond: Bond) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE device_radio SET bond = ?2, trouble = NULL, trouble_at_ms = NULL
                 WHERE device_id = ?1",
            )?
            .execute((device_id, bond.word()))?;
        Ok(())
    }

    /// Puts a device into service anew: another label, place and owner, from another moment on.
    pub fn replace_device(&self, device_id: i64, new: &NewDevice<'_>) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE device SET label = ?2, kind = ?3, centre_id = ?4, station_id = ?5,
                     own_person_id = ?6, in_service_since_ms = ?7 WHERE id = ?1",
            )?
            .execute(params![
                device_id,
                new.label,
                new.kind.word(),
                new.centre_id,
                new.station_id,
                new.own_person_id,
                new.in_service_since.as_millisecond(),
            ])?;
        Ok(())
    }

    /// The enrolled device with this identity address.
    pub fn radio_by_address(&self, address: &str) -> Result<Option<RadioRow>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT d.id, d.name, r.profile, r.pressure_feature, r.whole_memory_at_ms
             FROM device_radio r JOIN device d ON d.id = r.device_id WHERE r.address = ?1",
        )?;
        let mut rows = statement.query([address])?;
        let Some(r) = rows.next()? else {
            return Ok(None);
        };
        let id: i64 = r.get(0)?;
        let name = DeviceId(r.get(1)?);
        let whole: Option<i64> = r.get(4)?;
        let Some(device) = self.device_by_name(&name)? else {
            return Ok(None);
        };
        Ok(Some(RadioRow {
            device,
            name,
            profile: r.get(2)?,
            pressure_feature: r.get(3)?,
            whole_memory_at: whole
                .map(|ms| moment(ms, "device_radio", "whole_memory_at_ms", id))
                .transpose()?,
        }))
    }

    /// Notes a text a device tells about itself.
    pub fn note_fact(&self, device_id: i64, fact: Fact, text: &str) -> Result<(), JournalError> {
        let column = fact.column();
        self.sql
            .prepare_cached(&format!(
                "UPDATE device_radio SET {column} = ?2 WHERE device_id = ?1"
            ))?
            .execute((device_id, text))?;
        Ok(())
    }

    /// Notes 2A49 or 2A51.
    pub fn note_features(
        &self,
        device_id: i64,
        pressure: Option<u16>,
        glucose: Option<u16>,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE device_radio SET pressure_feature = coalesce(?2, pressure_feature),
                     glucose_feature = coalesce(?3, glucose_feature) WHERE device_id = ?1",
            )?
            .execute((device_id, pressure, glucose))?;
        Ok(())
    }

    /// Notes how a connection ended.
    pub fn note_connection_end(
        &self,
        device_id: i64,
        end: &ConnectionEnd<'_>,
    ) -> Result<(), JournalError> {
        let at_ms = end.at.as_millisecond();
        self.sql
            .prepare_cached(
                "UPDATE device_radio SET
                     trouble = ?3, trouble_at_ms = CASE WHEN ?3 IS NULL THEN NULL ELSE ?2 END,
                     bond = coalesce(?4, bond),
                     last_connected_at_ms = CASE WHEN ?5 THEN ?2 ELSE last_connected_at_ms END,
                     connections = connections + ?5,
                     whole_memory_at_ms = CASE WHEN ?6 THEN coalesce(whole_memory_at_ms, ?2)
                         ELSE whole_memory_at_ms END,
                     records_lost = CASE WHEN ?7 > 0 THEN ?7 WHEN ?6 THEN 0
                         ELSE records_lost END
                 WHERE device_id = ?1",
            )?
            .execute(params![
                device_id,
                at_ms,
                end.trouble,
                end.bond.map(Bond::word),
                end.connected,
                end.complete,
                end.records_lost,
            ])?;
        Ok(())
    }

    /// Notes that a device's clock was read in a connection. Only the first reading counts: later ones may
    /// follow a setting.
    pub fn note_clock_read(&self, device_id: i64, read: &ClockRead) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO device_clock_read (device_id, connection, read_at_ms, offset_ms)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute((
                device_id,
                read.connection,
                read.read_at.as_millisecond(),
                read.offset_ms,
            ))?;
        Ok(())
    }

    /// Notes that the hub set the clock it had read in this connection.
    pub fn note_clock_set(
        &self,
        device_id: i64,
        connection: i64,
        at: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE device_clock_read SET set_at_ms = coalesce(set_at_ms, ?3)
                 WHERE device_id = ?1 AND connection = ?2",
            )?
            .execute((device_id, connection, at.as_millisecond()))?;
        Ok(())
    }

    /// The clock as read in this connection.
    pub fn clock_read(
        &self,
        device_id: i64,
        connection: i64,
    ) -> Result<Option<ClockRead>, JournalError> {
        Ok(self
            .clock_reads(
                "WHERE device_id = ?1 AND connection = ?2",
                (device_id, connection),
            )?
            .pop())
    }

    /// Whether this device's clock was read in a connection before this one: then it has one.
    pub fn has_clock(&self, device_id: i64, connection: i64) -> Result<bool, JournalError> {
        let rest = "WHERE device_id = ?1 AND connection < ?2 LIMIT 1";
        Ok(!self.clock_reads(rest, (device_id, connection))?.is_empty())
    }

    /// Readings after which the hub set the clock, in connections before this one, newest first.
    pub fn clocks_set_before(
        &self,
        device_id: i64,
        connection: i64,
    ) -> Result<Vec<ClockRead>, JournalError> {
        self.clock_reads(
            "WHERE device_id = ?1 AND connection < ?2 AND set_at_ms IS NOT NULL
             ORDER BY connection DESC LIMIT 16",
            (device_id, connection),
        )
    }

    fn clock_reads(&self, rest: &str, values: (i64, i64)) -> Result<Vec<ClockRead>, JournalError> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT connection, read_at_ms, offset_ms, set_at_ms FROM device_clock_read {rest}"
        ))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let set: Option<i64> = r.get(3)?;
            found.push(ClockRead {
                connection: r.get(0)?,
                read_at: moment(r.get(1)?, "device_clock_read", "read_at_ms", values.0)?,
                offset_ms: r.get(2)?,
                set_at: set
                    .map(|ms| moment(ms, "device_clock_read", "set_at_ms", values.0))
                    .transpose()?,
            });
        }
        Ok(found)
    }

    /// Gives a stored glucose reading the meal that came later than it, where none is known. Whether one
    /// got it.
    pub fn fill_meal(
        &self,
        device_id: i64,
        sequence: &str,
        device_time_sent: Option<&str>,
        meal: Meal,
    ) -> Result<bool, JournalError> {
        if meal == Meal::Unknown {
            return Ok(false);
        }
        Ok(self
            .sql
            .prepare_cached(
                "UPDATE reading SET meal = ?4 WHERE device_id = ?1 AND kind = 'glucose'
                     AND sequence = ?2 AND device_time_sent IS ?3 AND meal = 'unknown'",
            )?
            .execute((device_id, sequence, device_time_sent, meal.word()))?
            > 0)
    }

    /// The same, for the newest reading of this number in one connection.
    pub fn fill_meal_in_connection(
        &self,
        device_id: i64,
        address: &str,
        connection: i64,
        sequence: &str,
        meal: Meal,
    ) -> Result<bool, JournalError> {
        if meal == Meal::Unknown {
            return Ok(false);
        }
        let topic = format!("{address}/{connection}/2A18");
        Ok(self
            .sql
            .prepare_cached(
                "UPDATE reading SET meal = ?4 WHERE meal = 'unknown' AND id =
                     (SELECT r.id FROM reading r JOIN frame f ON f.id = r.frame_id
                      WHERE r.device_id = ?1 AND r.sequence = ?2 AND f.topic = ?3
                        AND r.received_at_ms >= ?5 ORDER BY r.id DESC LIMIT 1)",
            )?
            .execute((device_id, sequence, topic, meal.word(), connection))?
            > 0)
    }
}

impl Snapshot<'_> {
    /// Every centre by its number and name: no health, so no scope.
    pub fn places(&self) -> Result<Vec<(i64, String)>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached("SELECT id, name FROM centre ORDER BY id")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every device enrolled for Bluetooth.
    pub fn radio_lines(&self) -> Result<Vec<RadioLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT device_id, address, profile, bond FROM device_radio ORDER BY device_id",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let device_id = r.get(0)?;
            found.push(RadioLine {
                device_id,
                address: r.get(1)?,
                profile: r.get(2)?,
                bond: word(
                    r.get_ref(3)?,
                    Bond::from_word,
                    "device_radio",
                    "bond",
                    device_id,
                )?,
            });
        }
        Ok(found)
    }
}
