//! Frames: kept as they came, settled once.

use rusqlite::{Row, params};

use super::row::{moment, word};
use super::write::{JournalError, Tx};
use crate::vitals::{Frame, FrameRow, Moment, Transport};

/// A frame on its way into the journal.
pub struct NewFrame<'a> {
    pub frame: &'a Frame,
    /// What is stored: the payload after drop paths and hashed hints, or its sealed form.
    pub stored: &'a [u8],
    pub sealed: bool,
    /// SHA-256 of the payload as it came.
    pub sha256: [u8; 32],
}

/// How a payload lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    Plain,
    Encrypted,
    Erased,
}

/// A frame read back for interpreting.
#[derive(Debug, Clone)]
pub struct KeptFrame {
    pub row: FrameRow,
    /// `payload` is what is stored; still sealed when `sealed` says so.
    pub frame: Frame,
    pub sealed: Sealed,
    pub sha256: Vec<u8>,
}

/// How a frame ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// At least one new reading came of it.
    Readings,
    /// Everything in it was known already.
    Duplicate,
    /// Understood, and no reading: heartbeat, battery, a device's own failure.
    Ignored,
    /// Understood, and against a rule: implausible value, unknown device.
    Refused,
    /// No profile understands it.
    Quarantined,
    /// Interpreting it failed in the program itself.
    Unreadable,
}

impl Outcome {
    pub const ALL: [Outcome; 6] = [
        Outcome::Readings,
        Outcome::Duplicate,
        Outcome::Ignored,
        Outcome::Refused,
        Outcome::Quarantined,
        Outcome::Unreadable,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Readings => "readings",
            Outcome::Duplicate => "duplicate",
            Outcome::Ignored => "ignored",
            Outcome::Refused => "refused",
            Outcome::Quarantined => "quarantined",
            Outcome::Unreadable => "unreadable",
        }
    }

    /// The reverse of [`Outcome::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Outcome::ALL.into_iter().find(|o| o.word() == word)
    }
}

/// A verdict about one frame.
#[derive(Debug, Clone)]
pub struct Settled<'a> {
    pub outcome: Outcome,
    /// One word from a closed list; empty when there is nothing to say.
    pub reason: &'a str,
    pub profile: Option<&'a str>,
    pub device_id: Option<i64>,
}

impl Tx<'_> {
    /// Stores a frame, not settled yet.
    pub fn insert_frame(&self, new: &NewFrame<'_>) -> Result<FrameRow, JournalError> {
        let f = new.frame;
        self.sql
            .prepare_cached(
                "INSERT INTO frame (transport, source, topic, payload, payload_bytes,
                     payload_sha256, sealed, received_at_ms, retained, may_be_late, refused)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                f.transport.word(),
                f.source,
                f.topic,
                new.stored,
                i64::try_from(f.payload.len()).unwrap_or(i64::MAX),
                new.sha256,
                new.sealed,
                f.received_at.as_millisecond(),
                f.retained,
                f.may_be_late,
                f.refused,
            ])?;
        Ok(FrameRow(self.sql.last_insert_rowid()))
    }

    /// Frames that are kept and not settled, oldest first, after row `after`.
    pub fn unsettled(&self, after: FrameRow, limit: u32) -> Result<Vec<KeptFrame>, JournalError> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {FRAME} FROM frame f WHERE f.outcome IS NULL AND f.id > ?1 ORDER BY f.id LIMIT ?2"
        ))?;
        let mut rows = statement.query((after.0, limit))?;
        let mut frames = Vec::new();
        while let Some(r) = rows.next()? {
            frames.push(kept(r)?);
        }
        Ok(frames)
    }

    /// Settles a frame and counts it. A frame that is settled stays as it is, but that one of its halves
    /// may still become a reading.
    pub fn settle(
        &self,
        row: FrameRow,
        verdict: &Settled<'_>,
        now: Moment,
    ) -> Result<(), JournalError> {
        if verdict.outcome == Outcome::Readings {
            let ended_otherwise: bool = self
                .sql
                .prepare_cached(
                    "SELECT coalesce(outcome <> 'readings', 0) FROM frame WHERE id = ?1",
                )?
                .query_row([row.0], |r| r.get(0))?;
            if ended_otherwise {
                self.unsettle(row)?;
            }
        }
        let settled = self
            .sql
            .prepare_cached(
                "UPDATE frame SET outcome = ?2, reason = ?3, profile = ?4, device_id = ?5,
                     settled_at_ms = ?6 WHERE id = ?1 AND outcome IS NULL",
            )?
            .execute((
                row.0,
                verdict.outcome.word(),
                verdict.reason,
                verdict.profile,
                verdict.device_id,
                now.as_millisecond(),
            ))?;
        if settled == 0 {
            return Ok(());
        }
        self.sql
            .prepare_cached(
                "INSERT INTO frame_count (source, outcome, reason, frames, last_at_ms)
                 SELECT source, outcome, reason, 1, received_at_ms FROM frame WHERE id = ?1
                 ON CONFLICT (source, outcome, reason)
                 DO UPDATE SET frames = frames + 1, last_at_ms = max(last_at_ms, excluded.last_at_ms)",
            )?
            .execute([row.0])?;
        Ok(())
    }

    /// Replaces a plain payload by its sealed form: nobody understood it after all.
    pub fn seal_payload(&self, row: FrameRow, sealed: &[u8]) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE frame SET payload = ?2, sealed = 1 WHERE id = ?1 AND sealed = 0",
            )?
            .execute((row.0, sealed))?;
        Ok(())
    }

    /// Erases sealed payloads received before `limit`; row, size, hash and reason stay. How many.
    pub fn erase_sealed_before(&self, limit: Moment) -> Result<usize, JournalError> {
        Ok(self
            .sql
            .prepare_cached(
                "UPDATE frame SET payload = NULL, sealed = 2
                 WHERE sealed = 1 AND received_at_ms < ?1 AND outcome IS NOT NULL",
            )?
            .execute([limit.as_millisecond()])?)
    }
}

/// The columns [`kept`] reads, in order; `f` is frame.
pub(super) const FRAME: &str = "f.id, f.transport, f.source, f.topic, f.payload, f.sealed,
    f.payload_sha256, f.received_at_ms, f.retained, f.may_be_late, f.refused";

pub(super) fn kept(r: &Row<'_>) -> Result<KeptFrame, JournalError> {
    let id: i64 = r.get(0)?;
    let refused: Option<String> = r.get(10)?;
    Ok(KeptFrame {
        row: FrameRow(id),
        frame: Frame {
            transport: word(
                r.get_ref(1)?,
                Transport::from_word,
                "frame",
                "transport",
                id,
            )?,
            source: r.get(2)?,
            topic: r.get(3)?,
            payload: r.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default(),
            received_at: moment(r.get(7)?, "frame", "received_at_ms", id)?,
            retained: r.get(8)?,
            may_be_late: r.get(9)?,
            refused: refused.map(|w| known_refusal(&w)),
        },
        sealed: match r.get::<_, i64>(5)? {
            0 => Sealed::Plain,
            1 => Sealed::Encrypted,
            _ => Sealed::Erased,
        },
        sha256: r.get(6)?,
    })
}

/// The words with which sources forbid interpreting, as they stand in the file.
fn known_refusal(word: &str) -> &'static str {
    ["foreign_topic", "over_rate", "over_long", "retained"]
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or("refused_by_source")
}
