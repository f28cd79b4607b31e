//! A device's ledger: what it is, its battery, its clock, its days and its failures.

use super::radio::{Bond, ClockRead};
use super::read::Snapshot;
use super::row::{moment, word};
use super::scope::Seen;
use super::write::JournalError;
use crate::vitals::Moment;

/// Lines of each history.
const HISTORY: u32 = 12;
/// Frames of a device that are looked through for failures: some weeks of a shared cuff.
const FRAMES_LOOKED_AT: u32 = 4_000;

/// How a device is spoken to, and what it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadioLedger {
    pub address: String,
    pub profile: String,
    pub enrolled_at: Moment,
    pub bond: Bond,
    /// Why its last connection came to nothing.
    pub trouble: Option<String>,
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub serial: Option<String>,
    pub firmware: Option<String>,
    pub last_connected_at: Option<Moment>,
    pub connections: i64,
    /// Counted by the device and never sent.
    pub records_lost: i64,
}

/// How often a device's frames ended in one way that is no reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub outcome: String,
    pub reason: String,
    pub frames: i64,
    pub last_at: Moment,
}

impl Snapshot<'_> {
    /// The Bluetooth side of a device.
    pub fn radio_ledger(&self, device_id: i64) -> Result<Option<RadioLedger>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT address, profile, enrolled_at_ms, bond, trouble, manufacturer, model, serial,
                firmware, last_connected_at_ms, connections, records_lost
             FROM device_radio WHERE device_id = ?1",
        )?;
        let mut rows = statement.query([device_id])?;
        let Some(r) = rows.next()? else {
            return Ok(None);
        };
        let connected: Option<i64> = r.get(9)?;
        let at = |ms, column| moment(ms, "device_radio", column, device_id);
        Ok(Some(RadioLedger {
            address: r.get(0)?,
            profile: r.get(1)?,
            enrolled_at: at(r.get(2)?, "enrolled_at_ms")?,
            bond: word(
                r.get_ref(3)?,
                Bond::from_word,
                "device_radio",
                "bond",
                device_id,
            )?,
            trouble: r.get(4)?,
            manufacturer: r.get(5)?,
            model: r.get(6)?,
            serial: r.get(7)?,
            firmware: r.get(8)?,
            last_connected_at: connected
                .map(|ms| at(ms, "last_connected_at_ms"))
                .transpose()?,
            connections: r.get(10)?,
            records_lost: r.get(11)?,
        }))
    }

    /// A device's battery, each change, newest first.
    pub fn batteries(&self, device_id: i64) -> Result<Vec<(Moment, u8)>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT at_ms, percent FROM device_battery WHERE device_id = ?1
             ORDER BY at_ms DESC LIMIT ?2",
        )?;
        let mut rows = statement.query((device_id, HISTORY))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let at = moment(r.get(0)?, "device_battery", "at_ms", device_id)?;
            found.push((at, r.get(1)?));
        }
        Ok(found)
    }

    /// A device's clock as it was read in its connections, newest first.
    pub fn clock_history(&self, device_id: i64) -> Result<Vec<ClockRead>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT connection, read_at_ms, offset_ms, set_at_ms FROM device_clock_read
             WHERE device_id = ?1 ORDER BY connection DESC LIMIT ?2",
        )?;
        let mut rows = statement.query((device_id, HISTORY))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let set: Option<i64> = r.get(3)?;
            let at = |ms, column| moment(ms, "device_clock_read", column, device_id);
            found.push(ClockRead {
                connection: r.get(0)?,
                read_at: at(r.get(1)?, "read_at_ms")?,
                offset_ms: r.get(2)?,
                set_at: set.map(|ms| at(ms, "set_at_ms")).transpose()?,
            });
        }
        Ok(found)
    }

    /// When a device's readings were received, since a moment.
    pub fn received_since(
        &self,
        device_id: i64,
        since: Moment,
    ) -> Result<Vec<Moment>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT received_at_ms FROM reading WHERE device_id = ?1 AND received_at_ms >= ?2
             ORDER BY received_at_ms",
        )?;
        let mut rows = statement.query((device_id, since.as_millisecond()))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(moment(r.get(0)?, "reading", "received_at_ms", device_id)?);
        }
        Ok(found)
    }

    /// How the newest frames of a device ended where no reading came of them, most often first.
    pub fn failures(&self, device_id: i64) -> Result<Vec<Failure>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT outcome, reason, count(*), max(received_at_ms) FROM
                 (SELECT outcome, coalesce(reason, '') AS reason, received_at_ms FROM frame
                  WHERE device_id = ?1 ORDER BY id DESC LIMIT ?2)
             WHERE outcome NOT IN ('readings', 'duplicate')
             GROUP BY outcome, reason ORDER BY count(*) DESC, outcome, reason",
        )?;
        let mut rows = statement.query((device_id, FRAMES_LOOKED_AT))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(Failure {
                outcome: r.get(0)?,
                reason: r.get(1)?,
                frames: r.get(2)?,
                last_at: moment(r.get(3)?, "frame", "received_at_ms", device_id)?,
            });
        }
        Ok(found)
    }

    /// Which of these days, from one moment to before the next, saw a reading at each centre: a day on
    /// which a centre was open.
    pub fn open_days(&self, days: &[(Moment, Moment)]) -> Result<Vec<(i64, usize)>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT c.id FROM centre c WHERE EXISTS
                 (SELECT 1 FROM device d JOIN reading r ON r.device_id = d.id
                      AND r.received_at_ms >= ?1 AND r.received_at_ms < ?2
                  WHERE d.centre_id = c.id)",
        )?;
        let mut found = Vec::new();
        for (index, (from, until)) in days.iter().enumerate() {
            let span = (from.as_millisecond(), until.as_millisecond());
            let rows = statement.query_map(span, |r| r.get::<_, i64>(0))?;
            for centre in rows {
                found.push((centre?, index));
            }
        }
        Ok(found)
    }
}
impl Seen<'_> {
    /// [`Snapshot::open_days`] of the centres that the scope holds.
    pub fn open_days(&self, days: &[(Moment, Moment)]) -> Result<Vec<(i64, usize)>, JournalError> {
        let mut open = self.journal.open_days(days)?;
        if let Some(only) = self.scope.only() {
            open.retain(|(centre, _)| *centre == only);
        }
        Ok(open)
    }
}
