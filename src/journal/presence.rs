//! Who was measured when, at a centre: what its picture of days is counted from.

use super::read::Snapshot;
use super::row::moment;
use super::write::JournalError;
use crate::vitals::Moment;

impl Snapshot<'_> {
    /// Person and time of every usable observation of a centre's persons, taken since `since`.
    pub fn measured_since(
        &self,
        centre_id: i64,
        since: Moment,
    ) -> Result<Vec<(i64, Moment)>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT o.person_id, o.taken_at_ms FROM person p
             JOIN observation o ON o.person_id = p.id AND o.kind IN ('blood_pressure', 'glucose')
               AND o.taken_at_ms >= ?2
             WHERE p.centre_id = ?1 AND o.time_method <> 'unusable'",
        )?;
        let mut rows = statement.query((centre_id, since.as_millisecond()))?;
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
