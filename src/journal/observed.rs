//! Reading observations: one person's, one device's, everybody's after a number.

use super::listed::PersonLine;
use super::read::Snapshot;
use super::row::{OBSERVATION, moment, observation};
use super::scope::Seen;
use super::write::JournalError;
use crate::vitals::{Moment, Observation};

const FROM: &str = "FROM observation o JOIN reading r ON r.id = o.reading_id
    JOIN device d ON d.id = r.device_id";

impl Snapshot<'_> {
    pub(super) fn observations(
        &self,
        rest: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<Observation>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached(&format!("SELECT {OBSERVATION} {FROM} {rest}"))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(observation(r)?);
        }
        Ok(found)
    }

    /// Observations after number `after`, in order: what followers read.
    pub fn observations_after(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        self.observations("WHERE o.id > ?1 ORDER BY o.id LIMIT ?2", (after, limit))
    }

    /// Gives each observation taken in `[from, until)` and its person's name (empty when it has none) to
    /// `each`, in order of time taken: one person's, or everybody's.
    pub fn each_between<E: From<JournalError>>(
        &self,
        person_id: Option<i64>,
        from: Moment,
        until: Moment,
        mut each: impl FnMut(&Observation, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .sql
            .prepare_cached(&format!(
                "SELECT {OBSERVATION}, coalesce(p.name, '') {FROM}
                 LEFT JOIN person p ON p.id = o.person_id
                 WHERE (?1 IS NULL OR o.person_id = ?1) AND o.taken_at_ms >= ?2
                   AND o.taken_at_ms < ?3 ORDER BY o.taken_at_ms, o.id"
            ))
            .map_err(JournalError::from)?;
        let mut rows = statement
            .query((person_id, from.as_millisecond(), until.as_millisecond()))
            .map_err(JournalError::from)?;
        while let Some(r) = rows.next().map_err(JournalError::from)? {
            let name: String = r.get(32).map_err(JournalError::from)?;
            each(&observation(r)?, &name)?;
        }
        Ok(())
    }

    /// The number of the newest observation; 0 in an empty journal.
    pub fn newest_observation(&self) -> Result<i64, JournalError> {
        Ok(self
            .sql
            .query_row("SELECT coalesce(max(id), 0) FROM observation", [], |r| {
                r.get(0)
            })?)
    }
}

impl Seen<'_> {
    /// A person's observations of one kind (`blood_pressure`, `glucose`) with a usable time, taken in
    /// `[from, until)`, oldest first.
    pub fn observations_of(
        &self,
        person: &PersonLine,
        kind: &str,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<Observation>, JournalError> {
        self.journal.observations(
            "WHERE o.person_id = ?1 AND o.kind = ?2 AND o.taken_at_ms >= ?3 AND o.taken_at_ms < ?4
               AND o.time_method <> 'unusable' ORDER BY o.taken_at_ms, o.id",
            (
                person.id,
                kind,
                from.as_millisecond(),
                until.as_millisecond(),
            ),
        )
    }

    /// A person's newest observations of any kind, with unusable times too, newest first.
    pub fn newest_of(
        &self,
        person: &PersonLine,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        // Each kind from its own end of the index: sorting a lifetime for thirty lines would grow with it.
        let of_kind = |kind: &str| {
            format!(
                "SELECT id FROM (SELECT id FROM observation WHERE person_id = ?1 AND kind = '{kind}'
                   ORDER BY taken_at_ms DESC, id DESC LIMIT ?2)"
            )
        };
        self.journal.observations(
            &format!(
                "WHERE o.id IN ({} UNION ALL {}) ORDER BY o.taken_at_ms DESC, o.id DESC LIMIT ?2",
                of_kind("blood_pressure"),
                of_kind("glucose")
            ),
            (person.id, limit),
        )
    }

    /// A person's newest usable blood pressures, oldest first: the sparkline.
    pub fn newest_pressures(
        &self,
        person: &PersonLine,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        let mut newest = self.journal.observations(
            "WHERE o.person_id = ?1 AND o.kind = 'blood_pressure' AND o.time_method <> 'unusable'
             ORDER BY o.taken_at_ms DESC, o.id DESC LIMIT ?2",
            (person.id, limit),
        )?;
        newest.reverse();
        Ok(newest)
    }

    /// A device's newest observations, newest received first, as far as the scope goes: a person's
    /// belong to her centre, nobody's to the device's.
    pub fn newest_by_device(
        &self,
        device_id: i64,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        self.journal.observations(
            "LEFT JOIN person p ON p.id = o.person_id
             WHERE r.device_id = ?1 AND (?3 IS NULL OR coalesce(p.centre_id, d.centre_id) = ?3)
             ORDER BY r.received_at_ms DESC, o.id DESC LIMIT ?2",
            (device_id, limit, self.scope.only()),
        )
    }

    /// When a person's first and last usable observations were taken.
    pub fn span_of(&self, person: &PersonLine) -> Result<Option<(Moment, Moment)>, JournalError> {
        let end = |kind: &str, order: &str| {
            format!(
                "(SELECT taken_at_ms FROM observation WHERE person_id = ?1 AND kind = '{kind}'
                    AND time_method <> 'unusable' ORDER BY taken_at_ms {order} LIMIT 1)"
            )
        };
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT {}, {}, {}, {}",
            end("blood_pressure", "ASC"),
            end("glucose", "ASC"),
            end("blood_pressure", "DESC"),
            end("glucose", "DESC"),
        ))?;
        let ends: [Option<i64>; 4] = statement.query_row([person.id], |r| {
            Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?])
        })?;
        let from = ends[..2].iter().flatten().min().copied();
        let until = ends[2..].iter().flatten().max().copied();
        match (from, until) {
            (Some(from), Some(until)) => Ok(Some((
                moment(from, "observation", "taken_at_ms", person.id)?,
                moment(until, "observation", "taken_at_ms", person.id)?,
            ))),
            _ => Ok(None),
        }
    }
}
