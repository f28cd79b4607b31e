//! Frames that were settled, read and written once more when they are interpreted again.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::kept::{FRAME, KeptFrame, Outcome, Settled, kept};
use super::read::Snapshot;
use super::roster::DeviceRow;
use super::row::{foreign, moment};
use super::write::{JournalError, Tx};
use crate::vitals::{FrameRow, Moment};

/// A frame and how it ended.
#[derive(Debug, Clone)]
pub struct SettledFrame {
    pub kept: KeptFrame,
    pub outcome: Outcome,
    pub reason: String,
    pub profile: Option<String>,
    /// How many stored readings came from it.
    pub readings: u32,
}

/// Which settled frames are looked at. Never those heard over Bluetooth or from a station's card reader:
/// they are understood as parts of a conversation or of a sitting, not by a profile of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Every,
    /// Those that gave less than they hold: quarantined, refused, unreadable, and messages of several
    /// devices of which some were not enrolled.
    NotUsed,
    One(FrameRow),
}

impl Which {
    fn condition(self) -> String {
        match self {
            Which::Every => {
                "f.outcome IS NOT NULL AND f.transport NOT IN ('bluetooth', 'station')".to_owned()
            }
            Which::NotUsed => "(f.outcome IN ('refused', 'quarantined', 'unreadable')
                 OR f.outcome = 'readings' AND f.reason = 'unknown_device')
                 AND f.transport NOT IN ('bluetooth', 'station')"
                .to_owned(),
            Which::One(row) => format!("f.outcome IS NOT NULL AND f.id = {}", row.0),
        }
    }
}

impl Snapshot<'_> {
    /// Settled frames after row `after`, oldest first.
    pub fn settled_frames(
        &self,
        which: Which,
        after: FrameRow,
        limit: u32,
    ) -> Result<Vec<SettledFrame>, JournalError> {
        settled_frames(self.sql, which, after, limit)
    }

    /// The frames after which [`Snapshot::settled_frames`] gives the newest `limit` of them.
    pub fn before_the_newest(&self, which: Which, limit: u32) -> Result<FrameRow, JournalError> {
        let sql = format!(
            "SELECT f.id FROM frame f WHERE {} ORDER BY f.id DESC LIMIT 1 OFFSET ?1",
            which.condition()
        );
        let found: Option<i64> = self.sql.query_row(&sql, [limit], |r| r.get(0)).optional()?;
        Ok(FrameRow(found.unwrap_or(0)))
    }

    /// The frame that the reading of this identity came from.
    pub fn frame_of_reading(&self, identity: &[u8; 16]) -> Result<Option<FrameRow>, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT frame_id FROM reading WHERE identity = ?1")?
            .query_row([identity], |r| r.get(0))
            .optional()?
            .map(FrameRow))
    }

    /// The frame of an equal reading without number and time, received within `window_s` of `at`.
    pub fn frame_of_bare_near(
        &self,
        identity: &[u8; 16],
        at: Moment,
        window_s: u32,
    ) -> Result<Option<FrameRow>, JournalError> {
        Ok(bare_near(self.sql, identity, at, window_s)?.map(FrameRow))
    }

    /// Every enrolled device, and the account that alone may speak for it.
    pub fn device_accounts(&self) -> Result<BTreeMap<String, Option<String>>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached("SELECT name, account FROM device")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Settled frames after row `after`, oldest first.
    pub fn settled_frames(
        &self,
        which: Which,
        after: FrameRow,
        limit: u32,
    ) -> Result<Vec<SettledFrame>, JournalError> {
        settled_frames(&self.sql, which, after, limit)
    }

    /// Gives a settled frame another end: it leaves the count of the old one and enters that of the new.
    pub fn settle_again(
        &self,
        row: FrameRow,
        verdict: &Settled<'_>,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.unsettle(row)?;
        self.settle(row, verdict, now)
    }

    /// Takes a frame out of the count of how it ended.
    pub(super) fn unsettle(&self, row: FrameRow) -> Result<(), JournalError> {
        for sql in [
            "UPDATE frame_count SET frames = frames - 1 WHERE (source, outcome, reason) =
                 (SELECT source, outcome, reason FROM frame WHERE id = ?1 AND outcome IS NOT NULL)",
            "DELETE FROM frame_count WHERE frames = 0 AND source = (SELECT source FROM frame WHERE id = ?1)",
            "UPDATE frame SET outcome = NULL, reason = NULL WHERE id = ?1",
        ] {
            self.sql.prepare_cached(sql)?.execute([row.0])?;
        }
        Ok(())
    }

    /// Writes a payload that is understood now as the disk may see it: dropped paths gone, hints hashed.
    pub fn store_prepared(&self, row: FrameRow, payload: &[u8]) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE frame SET payload = ?2, sealed = 0 WHERE id = ?1 AND sealed <> 2",
            )?
            .execute(params![row.0, payload])?;
        Ok(())
    }

    /// Whether something newer was heard from the device than what was received at `at`.
    pub fn heard_newer(&self, device_id: i64, at: Moment) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT coalesce(last_heard_at_ms, 0) > ?2 FROM device WHERE id = ?1")?
            .query_row((device_id, at.as_millisecond()), |r| r.get(0))?)
    }

    /// The device as it was when a frame was received: something newer may have been heard since, and
    /// says nothing about whether its clock had gone back then.
    pub fn as_of(&self, device: DeviceRow, at: Moment) -> Result<DeviceRow, JournalError> {
        if !self.heard_newer(device.id, at)? {
            return Ok(device);
        }
        let before: Option<(Option<String>, i64)> = self
            .sql
            .prepare_cached(
                "SELECT r.sequence, r.device_time_ms FROM reading r JOIN frame f ON f.id = r.frame_id
                 WHERE r.device_id = ?1 AND r.received_at_ms < ?2 AND r.device_time_ms IS NOT NULL
                   AND r.from_memory = 0 AND f.retained = 0 AND f.may_be_late = 0
                 ORDER BY r.received_at_ms DESC, r.id DESC LIMIT 1",
            )?
            .query_row((device.id, at.as_millisecond()), |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        let (last_sequence, last_ms) = before.map_or((None, None), |(seq, ms)| (seq, Some(ms)));
        let last_device_time = last_ms
            .map(|ms| moment(ms, "reading", "device_time_ms", device.id))
            .transpose()?;
        Ok(DeviceRow {
            last_sequence,
            last_device_time,
            ..device
        })
    }
}

/// The frame of an equal bare reading received within `window_s` of `at`, on either side of it.
pub(super) fn bare_near(
    sql: &Connection,
    identity: &[u8; 16],
    at: Moment,
    window_s: u32,
) -> Result<Option<i64>, JournalError> {
    let window = SignedDuration::from_secs(i64::from(window_s));
    let from = at.saturating_sub(window).unwrap_or(Moment::MIN);
    let until = at.saturating_add(window).unwrap_or(Moment::MAX);
    Ok(sql
        .prepare_cached(
            "SELECT frame_id FROM reading WHERE bare_identity = ?1
             AND received_at_ms BETWEEN ?2 AND ?3 ORDER BY received_at_ms LIMIT 1",
        )?
        .query_row(
            params![identity, from.as_millisecond(), until.as_millisecond()],
            |r| r.get(0),
        )
        .optional()?)
}

fn settled_frames(
    sql: &Connection,
    which: Which,
    after: FrameRow,
    limit: u32,
) -> Result<Vec<SettledFrame>, JournalError> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {FRAME}, f.outcome, f.reason, f.profile,
             CASE f.outcome WHEN 'readings' THEN
                 (SELECT count(*) FROM device d JOIN reading r
                  ON r.device_id = d.id AND r.received_at_ms = f.received_at_ms
                  WHERE r.frame_id = f.id)
             ELSE 0 END
         FROM frame f WHERE {} AND f.id > ?1 ORDER BY f.id LIMIT ?2",
        which.condition()
    ))?;
    let mut rows = statement.query((after.0, limit))?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        found.push(settled(r)?);
    }
    Ok(found)
}

fn settled(r: &Row<'_>) -> Result<SettledFrame, JournalError> {
    let kept = kept(r)?;
    let outcome: String = r.get(11)?;
    Ok(SettledFrame {
        outcome: Outcome::from_word(&outcome)
            .ok_or_else(|| foreign("frame", "outcome", kept.row.0))?,
        reason: r.get::<_, Option<String>>(12)?.unwrap_or_default(),
        profile: r.get(13)?,
        readings: r.get(14)?,
        kept,
    })
}
