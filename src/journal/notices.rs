//! Place notices: a dangerous value that is nobody's, until a person says "I have it".

use rusqlite::{OptionalExtension, params};

use super::row::{moment, subject, word};
use super::scope::Seen;
use super::subject::called;
use super::write::{JournalError, Tx};
use crate::rules::PlaceAlarm;
use crate::vitals::{FrameRow, Moment, Subject};

/// A notice on its way.
#[derive(Debug, Clone)]
pub struct NewNotice<'a> {
    pub device_id: i64,
    pub frame: FrameRow,
    /// `None` when the reading was refused.
    pub observation: Option<i64>,
    pub alarm: PlaceAlarm,
    /// The value: `205/118`.
    pub shown: &'a str,
    pub taken_at: Moment,
    /// Not taken just now, or nobody knows when.
    pub late: bool,
}

/// A notice that nobody has answered, or who did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    pub id: i64,
    pub centre_id: i64,
    pub centre_name: String,
    pub device_label: String,
    pub station_name: Option<String>,
    pub observation: Option<i64>,
    /// Whose the reading is by now; `None` when it was refused.
    pub subject: Option<Subject>,
    pub alarm: PlaceAlarm,
    pub shown: String,
    pub taken_at: Moment,
    pub late: bool,
    pub answered_at: Option<Moment>,
    /// As in the audit log, and what that person is called.
    pub answered_by: Option<(String, String)>,
}

impl Tx<'_> {
    /// Raises a notice; `None` when there is one for this reading, or an open one for the same value of the
    /// same device since `repeat_since` (a refused message that came again).
    pub fn raise_place_notice(
        &self,
        new: &NewNotice<'_>,
        repeat_since: Moment,
        now: Moment,
    ) -> Result<Option<i64>, JournalError> {
        let known = self
            .sql
            .prepare_cached(
                "SELECT 1 FROM place_notice WHERE device_id = ?1
                   AND (observation_id = ?2 OR (?2 IS NULL AND observation_id IS NULL AND shown = ?3
                        AND answered_at_ms IS NULL AND raised_at_ms >= ?4)) LIMIT 1",
            )?
            .query_row(
                params![
                    new.device_id,
                    new.observation,
                    new.shown,
                    repeat_since.as_millisecond()
                ],
                |_| Ok(()),
            )
            .optional()?;
        if known.is_some() {
            return Ok(None);
        }
        self.sql
            .prepare_cached(
                "INSERT INTO place_notice (centre_id, device_id, frame_id, observation_id, alarm, shown,
                     taken_at_ms, raised_at_ms, late)
                 SELECT centre_id, id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM device WHERE id = ?1",
            )?
            .execute(params![
                new.device_id,
                new.frame.0,
                new.observation,
                new.alarm.word(),
                new.shown,
                new.taken_at.as_millisecond(),
                now.as_millisecond(),
                new.late,
            ])?;
        Ok(Some(self.sql.last_insert_rowid()))
    }

    /// Notes who answered a notice. What the caller saw in this transaction is open.
    pub fn answer_notice(
        &self,
        notice: &NoticeLine,
        actor: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE place_notice SET answered_at_ms = ?2, answered_by = ?3
                 WHERE id = ?1 AND answered_at_ms IS NULL",
            )?
            .execute((notice.id, now.as_millisecond(), actor))?;
        Ok(())
    }
}

impl Seen<'_> {
    /// Notices that nobody has answered: those of now first, then the newest.
    pub fn open_notices(&self) -> Result<Vec<NoticeLine>, JournalError> {
        self.notices(
            "AND n.answered_at_ms IS NULL ORDER BY n.late, n.id DESC",
            &[],
        )
    }

    /// One notice, if the scope holds its centre.
    pub fn notice(&self, id: i64) -> Result<Option<NoticeLine>, JournalError> {
        Ok(self.notices("AND n.id = ?2", &[&id])?.pop())
    }

    /// The notice of a reading.
    pub fn notice_of(&self, observation: i64) -> Result<Option<NoticeLine>, JournalError> {
        Ok(self
            .notices("AND n.observation_id = ?2", &[&observation])?
            .pop())
    }

    fn notices(
        &self,
        rest: &str,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<NoticeLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT n.id, n.centre_id, c.name, d.label, s.name, n.observation_id, n.alarm, n.shown,
                n.taken_at_ms, n.late, n.answered_at_ms, {}, o.person_id, o.basis, o.unclaimed_reason,
                o.voided, n.answered_by
             FROM place_notice n JOIN centre c ON c.id = n.centre_id JOIN device d ON d.id = n.device_id
             LEFT JOIN station s ON s.id = d.station_id
             LEFT JOIN observation o ON o.id = n.observation_id
             WHERE (?1 IS NULL OR n.centre_id = ?1) {rest}",
            called("n.answered_by"),
        ))?;
        let only = self.scope.only();
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&only];
        values.extend(more);
        let mut rows = statement.query(values.as_slice())?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let observation: Option<i64> = r.get(5)?;
            let answered: Option<i64> = r.get(10)?;
            found.push(NoticeLine {
                id,
                centre_id: r.get(1)?,
                centre_name: r.get(2)?,
                device_label: r.get(3)?,
                station_name: r.get(4)?,
                observation,
                subject: observation.map(|o| subject(r, 12, o)).transpose()?,
                alarm: word(
                    r.get_ref(6)?,
                    PlaceAlarm::from_word,
                    "place_notice",
                    "alarm",
                    id,
                )?,
                shown: r.get(7)?,
                taken_at: moment(r.get(8)?, "place_notice", "taken_at_ms", id)?,
                late: r.get(9)?,
                answered_at: answered
                    .map(|ms| moment(ms, "place_notice", "answered_at_ms", id))
                    .transpose()?,
                answered_by: match answered {
                    Some(_) => Some((r.get(16)?, r.get(11)?)),
                    None => None,
                },
            });
        }
        Ok(found)
    }
}
