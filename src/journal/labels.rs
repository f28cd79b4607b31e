//! What pages ask beside a person or a centre: device labels, and who was measured when.

use super::listed::{CentreLine, PersonLine};
use super::read::Snapshot;
use super::row::moment;
use super::scope::Seen;
use super::write::JournalError;
use crate::vitals::Moment;

impl Snapshot<'_> {
    /// Name and label of every device. Cheap: a page asks for it beside a person's readings.
    pub fn device_labels(&self) -> Result<Vec<(String, String)>, JournalError> {
        let mut statement = self.sql.prepare_cached("SELECT name, label FROM device")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Seen<'_> {
    /// Persons of a centre and when they sat down, since `since`.
    pub fn checked_in_since(
        &self,
        centre: &CentreLine,
        since: Moment,
    ) -> Result<Vec<(i64, Moment)>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT k.person_id, k.from_ms FROM check_in k JOIN person p ON p.id = k.person_id
             WHERE p.centre_id = ?1 AND k.from_ms >= ?2 AND k.ended_by IS NOT 'not_me'",
        )?;
        let mut rows = statement.query((centre.id, since.as_millisecond()))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let person: i64 = r.get(0)?;
            found.push((person, moment(r.get(1)?, "check_in", "from_ms", person)?));
        }
        Ok(found)
    }

    /// When a person last sat down, since `since`.
    pub fn last_check_in(
        &self,
        person: &PersonLine,
        since: Moment,
    ) -> Result<Option<Moment>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT max(from_ms) FROM check_in
             WHERE person_id = ?1 AND from_ms >= ?2 AND ended_by IS NOT 'not_me'",
        )?;
        let found: Option<i64> =
            statement.query_row((person.id, since.as_millisecond()), |r| r.get(0))?;
        found
            .map(|ms| moment(ms, "check_in", "from_ms", person.id))
            .transpose()
    }

    /// Person and time of every usable observation of a centre's persons, taken since `since`.
    pub fn measured_since(
        &self,
        centre: &CentreLine,
        since: Moment,
    ) -> Result<Vec<(i64, Moment)>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT o.person_id, o.taken_at_ms FROM person p
             JOIN observation o ON o.person_id = p.id AND o.kind IN ('blood_pressure', 'glucose')
               AND o.taken_at_ms >= ?2
             WHERE p.centre_id = ?1 AND o.time_method <> 'unusable'",
        )?;
        let mut rows = statement.query((centre.id, since.as_millisecond()))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let person: i64 = r.get(0)?;
            found.push((
                person,
                moment(r.get(1)?, "observation", "taken_at_ms", person)?,
            ));
        }
        Ok(found)
    }
}
