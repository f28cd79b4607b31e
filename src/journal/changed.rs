//! Which records read differently since a follower last looked: new readings, and acts of people.

use std::collections::BTreeSet;

use super::read::Snapshot;
use super::row::moment;
use super::write::{JournalError, Tx};
use crate::vitals::Moment;

/// How far a follower of changes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangePosition {
    /// The last observation.
    pub observation: i64,
    /// The last row of `record_change`.
    pub act: i64,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Whose record reads differently.
    pub persons: BTreeSet<i64>,
    /// Where: the centres of those persons, and of devices whose readings are nobody's.
    pub centres: BTreeSet<i64>,
    /// How far this goes.
    pub reached: ChangePosition,
    /// There is more after that.
    pub more: bool,
}

/// An act after which a record has to be read anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    pub id: i64,
    pub person_id: Option<i64>,
    pub centre_id: i64,
    /// The earliest moment of the record that reads differently.
    pub from: Moment,
    /// The act, as in the audit log.
    pub why: String,
}

impl Tx<'_> {
    /// Notes that a person's record reads differently from `from` on.
    pub fn note_record_change(
        &self,
        person_id: i64,
        from: Moment,
        why: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO record_change (at_ms, person_id, centre_id, from_ms, why)
                 SELECT ?1, id, centre_id, ?3, ?4 FROM person WHERE id = ?2",
            )?
            .execute((now.as_millisecond(), person_id, from.as_millisecond(), why))?;
        Ok(())
    }

    /// Notes that a centre's tray or day reads differently, though nobody's record does.
    pub fn note_centre_change(
        &self,
        centre_id: i64,
        why: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        let at_ms = now.as_millisecond();
        self.sql
            .prepare_cached(
                "INSERT INTO record_change (at_ms, centre_id, from_ms, why) VALUES (?1, ?2, ?1, ?3)",
            )?
            .execute((at_ms, centre_id, why))?;
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The newest of everything: where a follower begins that wants only what comes.
    pub fn newest_change(&self) -> Result<ChangePosition, JournalError> {
        Ok(ChangePosition {
            observation: self.newest_observation()?,
            act: self
                .sql
                .query_row("SELECT coalesce(max(id), 0) FROM record_change", [], |r| {
                    r.get(0)
                })?,
        })
    }

    /// What changed after `after`, at most `limit` rows of each kind.
    pub fn changes_after(
        &self,
        after: ChangePosition,
        limit: u32,
    ) -> Result<Changes, JournalError> {
        let mut changes = Changes {
            reached: after,
            ..Changes::default()
        };
        let mut observations = 0;
        let mut statement = self.sql.prepare_cached(
            "SELECT o.id, o.person_id, coalesce(p.centre_id, d.centre_id)
             FROM observation o JOIN reading r ON r.id = o.reading_id JOIN device d ON d.id = r.device_id
             LEFT JOIN person p ON p.id = o.person_id WHERE o.id > ?1 ORDER BY o.id LIMIT ?2",
        )?;
        let mut rows = statement.query((after.observation, limit))?;
        while let Some(r) = rows.next()? {
            observations += 1;
            changes.reached.observation = r.get(0)?;
            changes.persons.extend(r.get::<_, Option<i64>>(1)?);
            changes.centres.insert(r.get(2)?);
        }
        let acts = self.record_changes_after(after.act, limit)?;
        changes.more = observations == limit || acts.len() == limit as usize;
        for act in acts {
            changes.reached.act = act.id;
            changes.persons.extend(act.person_id);
            changes.centres.insert(act.centre_id);
        }
        Ok(changes)
    }

    /// Acts after number `after`, in order.
    pub fn record_changes_after(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<RecordChange>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id, person_id, centre_id, from_ms, why FROM record_change
             WHERE id > ?1 ORDER BY id LIMIT ?2",
        )?;
        let mut rows = statement.query((after, limit))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(RecordChange {
                id,
                person_id: r.get(1)?,
                centre_id: r.get(2)?,
                from: moment(r.get(3)?, "record_change", "from_ms", id)?,
                why: r.get(4)?,
            });
        }
        Ok(found)
    }
}
