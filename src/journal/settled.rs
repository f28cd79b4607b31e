//! Reading what became of frames, and how far followers are.

use super::kept::Sealed;
use super::read::Snapshot;
use super::row::moment;
use super::write::JournalError;
use crate::vitals::Moment;

/// How many frames of a source ended how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameCount {
    pub source: String,
    pub outcome: String,
    pub reason: String,
    pub frames: i64,
    pub last_at: Moment,
}

/// A frame nobody could use, for the operator. The payload is as stored (sealed or not).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameLine {
    pub id: i64,
    pub transport: String,
    pub source: String,
    pub topic: String,
    pub payload: Option<Vec<u8>>,
    pub sealed: Sealed,
    pub sha256: Vec<u8>,
    pub payload_bytes: i64,
    pub received_at: Moment,
    pub outcome: String,
    pub reason: String,
    pub profile: Option<String>,
}

/// How far a follower is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorLine {
    pub follower: String,
    pub position: i64,
    pub behind: i64,
    pub moved_at: Moment,
}

impl Snapshot<'_> {
    /// How many frames ended how, per source.
    pub fn frame_counts(&self) -> Result<Vec<FrameCount>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT source, outcome, reason, frames, last_at_ms FROM frame_count
             ORDER BY source, outcome, reason",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(FrameCount {
                source: r.get(0)?,
                outcome: r.get(1)?,
                reason: r.get(2)?,
                frames: r.get(3)?,
                last_at: moment(r.get(4)?, "frame_count", "last_at_ms", 0)?,
            });
        }
        Ok(found)
    }

    /// Frames that are kept and not settled yet.
    pub fn unsettled_count(&self) -> Result<i64, JournalError> {
        Ok(self.sql.query_row(
            "SELECT count(*) FROM frame WHERE outcome IS NULL",
            [],
            |r| r.get(0),
        )?)
    }

    /// The newest frames nobody could use: quarantined, refused, unreadable.
    pub fn not_understood(&self, limit: u32) -> Result<Vec<FrameLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id, transport, source, topic, payload, sealed, payload_sha256, payload_bytes,
                    received_at_ms, outcome, reason, profile FROM frame
             WHERE outcome IN ('refused', 'quarantined', 'unreadable') ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([limit])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(FrameLine {
                id,
                transport: r.get(1)?,
                source: r.get(2)?,
                topic: r.get(3)?,
                payload: r.get(4)?,
                sealed: match r.get::<_, i64>(5)? {
                    0 => Sealed::Plain,
                    1 => Sealed::Encrypted,
                    _ => Sealed::Erased,
                },
                sha256: r.get(6)?,
                payload_bytes: r.get(7)?,
                received_at: moment(r.get(8)?, "frame", "received_at_ms", id)?,
                outcome: r.get(9)?,
                reason: r.get(10)?,
                profile: r.get(11)?,
            });
        }
        Ok(found)
    }

    /// How far each follower is behind the newest observation.
    pub fn followers(&self) -> Result<Vec<CursorLine>, JournalError> {
        let newest = self.newest_observation()?;
        let mut statement = self.sql.prepare_cached(
            "SELECT follower, position, moved_at_ms FROM cursor ORDER BY follower",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let position: i64 = r.get(1)?;
            found.push(CursorLine {
                follower: r.get(0)?,
                position,
                behind: newest - position,
                moved_at: moment(r.get(2)?, "cursor", "moved_at_ms", position)?,
            });
        }
        Ok(found)
    }
}
