//! Whose a reading is, changed by an act: the subject as it stands, and every change that led there.

use rusqlite::params;

use super::read::Snapshot;
use super::row::{OBSERVATION, WAITS, foreign, moment, observation, subject};
use super::scope::{Scope, Seen};
use super::write::{JournalError, Tx};
use crate::vitals::{FrameRow, Moment, Observation, Subject};

/// A reading and where it came from. Only [`Seen`] makes it: whoever holds one may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingLine {
    pub observation: Observation,
    pub device_id: i64,
    pub device_label: String,
    /// The device's centre.
    pub centre_id: i64,
    pub centre_name: String,
    pub station_id: Option<i64>,
    pub station_name: Option<String>,
    /// The person whose it is.
    pub person_name: Option<String>,
    /// The frame it came in.
    pub frame: FrameRow,
    /// Who sent the frame: a broker account, or who typed it (`account:3`).
    pub source: String,
    pub(super) seen: (),
}

/// One change of a reading's subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectChange {
    pub observation: i64,
    /// The observation's revision after this change.
    pub revision: u32,
    pub at: Moment,
    /// As in the audit log: `account:3`.
    pub actor: String,
    /// What that account's person is called; the actor itself when it is no account.
    pub by: String,
    pub from: Subject,
    pub to: Subject,
    pub from_name: Option<String>,
    pub to_name: Option<String>,
    /// A closed word.
    pub why: String,
}

const LINE: &str = "d.id, d.label, d.centre_id, c.name, d.station_id, s.name, p.name, f.source,
    f.id";
const FROM: &str = "FROM observation o JOIN reading r ON r.id = o.reading_id
    JOIN device d ON d.id = r.device_id JOIN centre c ON c.id = d.centre_id
    JOIN frame f ON f.id = r.frame_id
    LEFT JOIN station s ON s.id = d.station_id LEFT JOIN person p ON p.id = o.person_id";
/// Columns of [`OBSERVATION`].
const AFTER: usize = 32;

fn reading_line(r: &rusqlite::Row<'_>) -> Result<ReadingLine, JournalError> {
    Ok(ReadingLine {
        observation: observation(r)?,
        device_id: r.get(AFTER)?,
        device_label: r.get(AFTER + 1)?,
        centre_id: r.get(AFTER + 2)?,
        centre_name: r.get(AFTER + 3)?,
        station_id: r.get(AFTER + 4)?,
        station_name: r.get(AFTER + 5)?,
        person_name: r.get(AFTER + 6)?,
        source: r.get(AFTER + 7)?,
        frame: FrameRow(r.get(AFTER + 8)?),
        seen: (),
    })
}

impl Seen<'_> {
    /// Readings with their device, cut to the scope: a person's belong to her centre, nobody's to the
    /// device's. `rest` begins with AND; its parameters are numbered from ?2.
    pub(super) fn reading_lines(
        &self,
        rest: &str,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<ReadingLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT {OBSERVATION}, {LINE} {FROM}
             WHERE (?1 IS NULL OR coalesce(p.centre_id, d.centre_id) = ?1) {rest}"
        ))?;
        let only = self.scope.only();
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&only];
        values.extend(more);
        let mut rows = statement.query(values.as_slice())?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(reading_line(r)?);
        }
        Ok(found)
    }

    /// One reading, if the scope holds it.
    pub fn reading(&self, observation: i64) -> Result<Option<ReadingLine>, JournalError> {
        Ok(self.reading_lines("AND o.id = ?2", &[&observation])?.pop())
    }

    /// Readings that wait for a person, newest received first.
    pub fn unclaimed(&self, limit: u32) -> Result<Vec<ReadingLine>, JournalError> {
        self.reading_lines(
            &format!("AND {WAITS} ORDER BY r.received_at_ms DESC, o.id DESC LIMIT ?2"),
            &[&limit],
        )
    }

    /// A person's readings taken since a moment, newest first.
    pub fn readings_of(
        &self,
        person: &super::listed::PersonLine,
        since: Moment,
    ) -> Result<Vec<ReadingLine>, JournalError> {
        self.reading_lines(
            "AND o.person_id = ?2 AND o.kind IN ('blood_pressure', 'glucose') AND o.taken_at_ms >= ?3
             ORDER BY o.taken_at_ms DESC, o.id DESC",
            &[&person.id, &since.as_millisecond()],
        )
    }

    /// How many readings wait for a person.
    pub fn unclaimed_count(&self) -> Result<i64, JournalError> {
        Ok(self
            .journal
            .sql
            .prepare_cached(&format!(
                "SELECT count(*) FROM observation o JOIN reading r ON r.id = o.reading_id
             JOIN device d ON d.id = r.device_id
             WHERE {WAITS} AND (?1 IS NULL OR d.centre_id = ?1)"
            ))?
            .query_row([self.scope.only()], |r| r.get(0))?)
    }

    /// Every change of a reading's subject, oldest first. Names of persons outside the scope stay out.
    pub fn trail(&self, reading: &ReadingLine) -> Result<Vec<SubjectChange>, JournalError> {
        self.changes(
            "h.observation_id = ?2 ORDER BY h.revision",
            &[&reading.observation.id],
        )
    }

    /// Changes since a moment on readings that the scope holds, newest first.
    pub fn changes_since(
        &self,
        since: Moment,
        limit: u32,
    ) -> Result<Vec<SubjectChange>, JournalError> {
        self.changes(
            "h.at_ms >= ?2 AND EXISTS (SELECT 1 FROM observation o JOIN reading r ON r.id = o.reading_id
                 JOIN device d ON d.id = r.device_id LEFT JOIN person p ON p.id = o.person_id
                 WHERE o.id = h.observation_id
                   AND (?1 IS NULL OR coalesce(p.centre_id, d.centre_id) = ?1))
             ORDER BY h.id DESC LIMIT ?3",
            &[&since.as_millisecond(), &limit],
        )
    }

    /// Readings that were a person's and were taken from her, newest first.
    pub fn taken_from(
        &self,
        person: &super::listed::PersonLine,
        limit: u32,
    ) -> Result<Vec<SubjectChange>, JournalError> {
        self.changes(
            "h.from_person_id = ?2 AND h.to_person_id IS NOT ?2
             AND NOT EXISTS (SELECT 1 FROM observation o WHERE o.id = h.observation_id AND o.person_id = ?2)
             ORDER BY h.id DESC LIMIT ?3",
            &[&person.id, &limit],
        )
    }

    fn changes(
        &self,
        which: &str,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<SubjectChange>, JournalError> {
        let name = |which: &str| {
            format!(
                "(SELECT p.name FROM person p WHERE p.id = h.{which}_person_id
                    AND (?1 IS NULL OR p.centre_id = ?1))"
            )
        };
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT h.id, h.observation_id, h.revision, h.at_ms, h.actor, {}, h.why,
                h.from_person_id, h.from_basis, h.from_unclaimed, h.from_voided,
                h.to_person_id, h.to_basis, h.to_unclaimed, h.to_voided, {}, {}
             FROM subject_change h WHERE {which}",
            called("h.actor"),
            name("from"),
            name("to"),
        ))?;
        let only = self.scope.only();
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&only];
        values.extend(more);
        let mut rows = statement.query(values.as_slice())?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(SubjectChange {
                observation: r.get(1)?,
                revision: r.get(2)?,
                at: moment(r.get(3)?, "subject_change", "at_ms", id)?,
                actor: r.get(4)?,
                by: r.get(5)?,
                why: r.get(6)?,
                from: subject(r, 7, id)?,
                to: subject(r, 11, id)?,
                from_name: r.get(15)?,
                to_name: r.get(16)?,
            });
        }
        Ok(found)
    }
}

/// What the person behind an actor's column is called; the actor itself when it is no account.
pub(super) fn called(column: &str) -> String {
    format!(
        "coalesce((SELECT CASE a.name WHEN '' THEN a.login ELSE a.name END FROM account a
           WHERE 'account:' || a.id = {column}), {column})"
    )
}

impl Snapshot<'_> {
    /// What the person behind an actor of the audit log is called; the actor itself when it is no account.
    pub fn called(&self, actor: &str) -> Result<String, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached(&format!("SELECT {}", called("?1")))?;
        Ok(statement.query_row([actor], |r| r.get(0))?)
    }
}

/// A change of subject on its way.
#[derive(Debug, Clone, Copy)]
pub struct NewSubject<'a> {
    pub to: Subject,
    pub actor: &'a str,
    /// A closed word.
    pub why: &'a str,
}

impl Tx<'_> {
    /// The journal inside this transaction, cut to a scope.
    pub fn seen<T, E>(
        &self,
        scope: Scope,
        work: impl FnOnce(&Seen<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&Snapshot { sql: &self.sql }.seen(scope))
    }

    /// Gives a reading another subject, with a line in its history. `before` is what the caller saw in
    /// this transaction.
    pub fn change_subject(
        &self,
        before: &ReadingLine,
        new: &NewSubject<'_>,
        now: Moment,
    ) -> Result<(), JournalError> {
        let before = &before.observation;
        let (from, to) = (Columns::of(before.subject), Columns::of(new.to));
        let changed = self
            .sql
            .prepare_cached(
                "UPDATE observation SET person_id = ?3, basis = ?4, unclaimed_reason = ?5, voided = ?6,
                     revision = revision + 1 WHERE id = ?1 AND revision = ?2",
            )?
            .execute(params![
                before.id,
                before.revision,
                to.person,
                to.basis,
                to.unclaimed,
                to.voided
            ])?;
        if changed != 1 {
            return Err(foreign("observation", "revision", before.id));
        }
        self.sql
            .prepare_cached(
                "INSERT INTO subject_change (observation_id, revision, at_ms, actor, from_person_id,
                     from_basis, from_unclaimed, from_voided, to_person_id, to_basis, to_unclaimed,
                     to_voided, why)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                before.id,
                before.revision + 1,
                now.as_millisecond(),
                new.actor,
                from.person,
                from.basis,
                from.unclaimed,
                from.voided,
                to.person,
                to.basis,
                to.unclaimed,
                to.voided,
                new.why,
            ])?;
        Ok(())
    }
}

/// A subject as the columns it stands in.
pub(super) struct Columns {
    pub person: Option<i64>,
    pub basis: Option<&'static str>,
    pub unclaimed: Option<&'static str>,
    pub voided: Option<&'static str>,
}

impl Columns {
    pub fn of(subject: Subject) -> Self {
        let nothing = Columns {
            person: None,
            basis: None,
            unclaimed: None,
            voided: None,
        };
        match subject {
            Subject::Known { person, basis } => Columns {
                person: Some(person),
                basis: Some(basis.word()),
                ..nothing
            },
            Subject::Unclaimed { reason } => Columns {
                unclaimed: Some(reason.word()),
                ..nothing
            },
            Subject::Voided { reason } => Columns {
                voided: Some(reason.word()),
                ..nothing
            },
        }
    }
}
