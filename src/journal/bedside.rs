//! Waiting at the bedside for the next reading of a device: for a person, or for control solution.

use rusqlite::OptionalExtension;

use super::row::moment;
use super::scope::Seen;
use super::subject::called;
use super::write::{JournalError, Tx};
use crate::vitals::Moment;

/// Somebody waits (or waited) for the next reading of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BedsideLine {
    pub id: i64,
    pub device_id: i64,
    pub device_label: String,
    pub centre_id: i64,
    /// For whom; `None`: for control solution.
    pub person: Option<(i64, String)>,
    /// As in the audit log, and what that person is called.
    pub opened_by: (String, String),
    pub from: Moment,
    pub until: Moment,
    /// The reading that came.
    pub observation: Option<i64>,
    /// It was confirmed, refused or given up.
    pub ended_at: Option<Moment>,
}

/// What attribution must know: whose bedside a device is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    pub id: i64,
    pub person: Option<i64>,
    pub from: Moment,
    pub until: Moment,
}

impl Tx<'_> {
    /// Begins to wait for the next reading of a device; the number.
    pub fn open_bedside(
        &self,
        device_id: i64,
        person_id: Option<i64>,
        actor: &str,
        from: Moment,
        until: Moment,
    ) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO bedside (device_id, person_id, opened_by, from_ms, until_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                device_id,
                person_id,
                actor,
                from.as_millisecond(),
                until.as_millisecond(),
            ))?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Who waits for a reading of this device that was received at this moment.
    pub fn awaited(
        &self,
        device_id: i64,
        received_at: Moment,
    ) -> Result<Option<Awaited>, JournalError> {
        let at_ms = received_at.as_millisecond();
        let found: Option<(i64, Option<i64>, i64, i64)> = self
            .sql
            .prepare_cached(
                "SELECT id, person_id, from_ms, until_ms FROM bedside
                 WHERE device_id = ?1 AND observation_id IS NULL AND ended_ms IS NULL
                   AND from_ms <= ?2 AND until_ms >= ?2 ORDER BY id DESC LIMIT 1",
            )?
            .query_row((device_id, at_ms), |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
            })
            .optional()?;
        found
            .map(|(id, person, from, until)| {
                Ok(Awaited {
                    id,
                    person,
                    from: moment(from, "bedside", "from_ms", id)?,
                    until: moment(until, "bedside", "until_ms", id)?,
                })
            })
            .transpose()
    }

    /// Notes the reading that was waited for.
    pub fn answer_bedside(&self, id: i64, observation: i64) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE bedside SET observation_id = ?2 WHERE id = ?1")?
            .execute((id, observation))?;
        Ok(())
    }

    /// Ends the waiting: confirmed, refused or given up.
    pub fn end_bedside(&self, id: i64, actor: &str, now: Moment) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE bedside SET ended_ms = ?2, ended_by = ?3 WHERE id = ?1 AND ended_ms IS NULL",
            )?
            .execute((id, now.as_millisecond(), actor))?;
        Ok(())
    }
}

impl Seen<'_> {
    /// One waiting, if the scope holds its device's centre.
    pub fn bedside(&self, id: i64) -> Result<Option<BedsideLine>, JournalError> {
        Ok(self.bedsides("AND b.id = ?2", id)?.pop())
    }

    /// Who waits for this device and has not ended it.
    pub fn bedside_at(&self, device_id: i64) -> Result<Vec<BedsideLine>, JournalError> {
        self.bedsides(
            "AND b.device_id = ?2 AND b.observation_id IS NULL AND b.ended_ms IS NULL ORDER BY b.id",
            device_id,
        )
    }

    fn bedsides(&self, rest: &str, value: i64) -> Result<Vec<BedsideLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT b.id, b.device_id, d.label, d.centre_id, p.id, p.name, b.opened_by, {}, b.from_ms,
                b.until_ms, b.observation_id, b.ended_ms
             FROM bedside b JOIN device d ON d.id = b.device_id LEFT JOIN person p ON p.id = b.person_id
             WHERE (?1 IS NULL OR d.centre_id = ?1) {rest}",
            called("b.opened_by"),
        ))?;
        let mut rows = statement.query((self.scope.only(), value))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let person: Option<i64> = r.get(4)?;
            let ended: Option<i64> = r.get(11)?;
            found.push(BedsideLine {
                id,
                device_id: r.get(1)?,
                device_label: r.get(2)?,
                centre_id: r.get(3)?,
                person: match person {
                    Some(person) => Some((person, r.get(5)?)),
                    None => None,
                },
                opened_by: (r.get(6)?, r.get(7)?),
                from: moment(r.get(8)?, "bedside", "from_ms", id)?,
                until: moment(r.get(9)?, "bedside", "until_ms", id)?,
                observation: r.get(10)?,
                ended_at: ended
                    .map(|ms| moment(ms, "bedside", "ended_ms", id))
                    .transpose()?,
            });
        }
        Ok(found)
    }
}
