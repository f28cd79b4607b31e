//! Who sat where a reading was taken, before and after it: people who were there, never a match for a value.

use jiff::SignedDuration;

use super::row::moment;
use super::scope::Seen;
use super::subject::ReadingLine;
use super::write::JournalError;
use crate::vitals::{Moment, TimeMethod};

/// How far around a reading somebody counts as having been there. A local operating value: a morning's
/// queue at one seat is shorter.
const AROUND: SignedDuration = SignedDuration::from_hours(2);
/// How many before and after are shown.
const EACH_SIDE: usize = 2;

/// Somebody who was at the seat (or used the device) near the time of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitter {
    /// `None` when she belongs to a centre that the reader may not see.
    pub person: Option<(i64, String)>,
    pub from: Moment,
    /// The moment itself for a reading; `None` while the check-in is open.
    pub until: Option<Moment>,
    /// A check-in; else a reading with its person, which shows that she was there.
    pub checked_in: bool,
}

impl Seen<'_> {
    /// Those who sat at the seat of this reading's device around it, in order of time: check-ins, and
    /// readings with a person on the devices of that seat. Nobody when its time is unusable.
    pub fn sitters(&self, reading: &ReadingLine) -> Result<Vec<Sitter>, JournalError> {
        let taken = reading.observation.taken;
        if taken.method == TimeMethod::Unusable {
            return Ok(Vec::new());
        }
        let from = taken.at.saturating_sub(AROUND).unwrap_or(Moment::MIN);
        let until = taken.at.saturating_add(AROUND).unwrap_or(Moment::MAX);
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT p.id, p.name, p.centre_id, k.from_ms, k.until_ms, 1 FROM check_in k
               JOIN person p ON p.id = k.person_id
               WHERE k.station_id = ?1 AND k.from_ms <= ?4 AND (k.until_ms IS NULL OR k.until_ms >= ?3)
             UNION ALL
             SELECT p.id, p.name, p.centre_id, o.taken_at_ms, o.taken_at_ms, 0
               FROM reading r JOIN observation o ON o.reading_id = r.id JOIN person p ON p.id = o.person_id
               WHERE r.device_id IN (SELECT id FROM device WHERE id = ?2
                                       OR (?1 IS NOT NULL AND station_id = ?1))
                 AND r.received_at_ms BETWEEN ?3 AND ?4 + 86400000
                 AND o.taken_at_ms BETWEEN ?3 AND ?4 AND o.time_method <> 'unusable' AND o.id <> ?5
             ORDER BY 4",
        )?;
        let mut rows = statement.query((
            reading.station_id,
            reading.device_id,
            from.as_millisecond(),
            until.as_millisecond(),
            reading.observation.id,
        ))?;
        let mut all: Vec<Sitter> = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let until: Option<i64> = r.get(4)?;
            let sitter = Sitter {
                person: match self.scope.holds(r.get(2)?) {
                    true => Some((id, r.get(1)?)),
                    false => None,
                },
                from: moment(r.get(3)?, "check_in", "from_ms", id)?,
                until: until
                    .map(|ms| moment(ms, "check_in", "until_ms", id))
                    .transpose()?,
                checked_in: r.get(5)?,
            };
            join(&mut all, sitter, taken.at);
        }
        Ok(nearest(all, taken.at))
    }
}

/// Several readings of one sitting are one line, but never across the reading in question: two readings of
/// one person, one before it and one after, do not show that she sat there all the time.
fn join(all: &mut Vec<Sitter>, next: Sitter, at: Moment) {
    let across =
        |last: &Sitter| !last.checked_in && !next.checked_in && last.from <= at && next.from > at;
    match all.last_mut() {
        Some(last) if last.person.is_some() && last.person == next.person && !across(last) => {
            last.checked_in |= next.checked_in;
            last.until = match (last.until, next.until) {
                (Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            };
        }
        _ => all.push(next),
    }
}

/// Those who were there at the moment, and the nearest on each side.
fn nearest(all: Vec<Sitter>, at: Moment) -> Vec<Sitter> {
    let ended = |s: &Sitter| s.until.is_some_and(|until| until < at);
    let before = all.iter().filter(|s| ended(s)).count();
    let after = all.iter().filter(|s| s.from > at).count();
    let end = all.len() - after.saturating_sub(EACH_SIDE);
    let mut skipped = before.saturating_sub(EACH_SIDE);
    all.into_iter()
        .take(end)
        .filter(|s| {
            let skip = ended(s) && skipped > 0;
            skipped -= usize::from(skip);
            !skip
        })
        .collect()
}

#[cfg(test)]
impl super::write::Tx<'_> {
    /// Says on which weekdays somebody usually comes, for tests.
    pub fn put_comes_on(&self, person: i64, days: &str) -> Result<(), JournalError> {
        self.sql.execute(
            "UPDATE person SET comes_on = ?2 WHERE id = ?1",
            (person, days),
        )?;
        Ok(())
    }

    /// Puts somebody in a chair, for tests.
    pub fn put_check_in(
        &self,
        seat: &str,
        person: i64,
        from: Moment,
        until: Option<Moment>,
    ) -> Result<(), JournalError> {
        self.sql.execute(
            "INSERT INTO check_in (station_id, person_id, from_ms, until_ms)
             SELECT id, ?2, ?3, ?4 FROM station WHERE code = ?1",
            (
                seat,
                person,
                from.as_millisecond(),
                until.map(|m| m.as_millisecond()),
            ),
        )?;
        Ok(())
    }
}
