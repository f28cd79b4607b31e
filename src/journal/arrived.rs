//! Readings without their values and persons: what came when, from where, and why it is nobody's. For those
//! who run the hub and may not see health.

use super::read::Snapshot;
use super::row::{WAITS, marks, moment, subject, time_method};
use super::write::JournalError;
use crate::vitals::{Mark, Moment, Subject, TakenAt};

/// A reading's circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub device_id: i64,
    /// `blood_pressure` or `glucose`.
    pub kind: String,
    pub taken: TakenAt,
    pub received_at: Moment,
    pub subject: Subject,
    pub marks: Vec<Mark>,
}

impl Snapshot<'_> {
    /// What a device sent last, newest received first.
    pub fn arrived_from(&self, device_id: i64, limit: u32) -> Result<Vec<Arrival>, JournalError> {
        self.arrived(
            "WHERE r.device_id = ?1 ORDER BY r.received_at_ms DESC, o.id DESC LIMIT ?2",
            (device_id, limit),
        )
    }

    /// What waits for a person, newest first.
    pub fn arrived_unclaimed(&self, limit: u32) -> Result<Vec<Arrival>, JournalError> {
        self.arrived(
            &format!("WHERE {WAITS} ORDER BY o.id DESC LIMIT ?1"),
            [limit],
        )
    }

    /// How many readings wait for a person.
    pub fn unclaimed_count(&self) -> Result<i64, JournalError> {
        Ok(self.sql.query_row(
            &format!("SELECT count(*) FROM observation o WHERE {WAITS}"),
            [],
            |r| r.get(0),
        )?)
    }

    fn arrived(
        &self,
        rest: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<Arrival>, JournalError> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT o.id, o.taken_at_ms, o.uncertainty_s, o.time_method, o.person_id, o.basis,
                o.unclaimed_reason, o.voided, o.kind, r.device_id, r.received_at_ms, r.marks
             FROM observation o JOIN reading r ON r.id = o.reading_id {rest}"
        ))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(Arrival {
                device_id: r.get(9)?,
                kind: r.get(8)?,
                taken: TakenAt {
                    at: moment(r.get(1)?, "observation", "taken_at_ms", id)?,
                    uncertainty_s: r.get(2)?,
                    method: time_method(r.get_ref(3)?, id)?,
                },
                received_at: moment(r.get(10)?, "reading", "received_at_ms", id)?,
                subject: subject(r, 4, id)?,
                marks: marks(&r.get::<_, String>(11)?).collect(),
            });
        }
        Ok(found)
    }
}
