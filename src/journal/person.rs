//! What the roster says about a person: written by commands, read whole by the pages that edit it.

use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, params};

use super::listed::PersonLine;
use super::read::Snapshot;
use super::roster::{birth_date, sex};
use super::row::{moment, word};
use super::scope::Seen;
use super::write::{JournalError, Tx};
use crate::people::details::{Details, HealthClass, RiskDrug, Standing, Weekdays, joined};
use crate::vitals::Moment;
use jiff::civil::Date;

/// A person's entry in the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    pub details: Details,
    pub centre_id: i64,
    pub standing: Standing,
    pub standing_since: Option<Date>,
    /// How often it was edited.
    pub revision: u32,
    /// When her photo was taken in, if there is one.
    pub photo_at: Option<Moment>,
}

/// A person's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// `image/jpeg` or `image/png`.
    pub kind: String,
    pub bytes: Vec<u8>,
}

/// Somebody with the same name and birth date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namesake {
    pub person: i64,
    pub centre: i64,
}

impl Seen<'_> {
    /// The roster's entry of a person.
    pub fn roster_entry(&self, person: &PersonLine) -> Result<RosterEntry, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT p.name, p.pinyin, p.sex, p.birth_date, p.village, p.phone, p.hypertension,
                p.diabetes, p.atrial_fibrillation, p.other_conditions, p.risk_drugs,
                p.health_class, p.lives_alone, p.comes_on, p.fasting_on, p.notes, p.standing,
                p.standing_since, p.revision, f.added_at_ms, p.centre_id
             FROM person p LEFT JOIN photo f ON f.person_id = p.id WHERE p.id = ?1",
        )?;
        let id = person.id;
        let mut rows = statement.query([id])?;
        let Some(r) = rows.next()? else {
            return Err(JournalError::Missing { what: "person", id });
        };
        let column = |at, column: &'static str| -> Result<Weekdays, JournalError> {
            word(r.get_ref(at)?, Weekdays::from_word, "person", column, id)
        };
        let since: Option<String> = r.get(17)?;
        let photo: Option<i64> = r.get(19)?;
        Ok(RosterEntry {
            details: Details {
                name: r.get(0)?,
                pinyin: r.get(1)?,
                sex: sex(r.get_ref(2)?, id)?,
                birth_date: birth_date(&r.get::<_, String>(3)?, id)?,
                village: r.get(4)?,
                phone: r.get(5)?,
                hypertension: r.get(6)?,
                diabetes: r.get(7)?,
                atrial_fibrillation: r.get(8)?,
                other_conditions: r.get(9)?,
                risk_drugs: r
                    .get::<_, String>(10)?
                    .split_whitespace()
                    .filter_map(RiskDrug::from_word)
                    .collect(),
                health_class: match r.get_ref(11)? {
                    ValueRef::Null => None,
                    class => Some(word(
                        class,
                        HealthClass::from_word,
                        "person",
                        "health_class",
                        id,
                    )?),
                },
                lives_alone: r.get(12)?,
                comes_on: column(13, "comes_on")?,
                fasting_on: column(14, "fasting_on")?,
                notes: r.get(15)?,
            },
            standing: word(
                r.get_ref(16)?,
                Standing::from_word,
                "person",
                "standing",
                id,
            )?,
            standing_since: since.map(|day| birth_date(&day, id)).transpose()?,
            revision: r.get(18)?,
            photo_at: photo
                .map(|ms| moment(ms, "photo", "added_at_ms", id))
                .transpose()?,
            centre_id: r.get(20)?,
        })
    }

    /// A person's picture.
    pub fn photo(&self, person: &PersonLine) -> Result<Option<Photo>, JournalError> {
        Ok(self
            .journal
            .sql
            .prepare_cached("SELECT kind, bytes FROM photo WHERE person_id = ?1")?
            .query_row([person.id], |r| {
                Ok(Photo {
                    kind: r.get(0)?,
                    bytes: r.get(1)?,
                })
            })
            .optional()?)
    }
}

impl Seen<'_> {
    /// Persons of a centre of the scope who have a picture.
    pub fn with_photo(&self, centre_id: i64) -> Result<BTreeSet<i64>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT f.person_id FROM photo f JOIN person p ON p.id = f.person_id
             WHERE p.centre_id = ?1 AND (?2 IS NULL OR p.centre_id = ?2)",
        )?;
        let rows = statement.query_map((centre_id, self.scope.only()), |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Snapshot<'_> {
    /// Persons with this name and birth date, anywhere in the township: whoever enters one must hear that
    /// there may be one already. Numbers only; what may be said of them is the scope's.
    pub fn namesakes(&self, name: &str, birth: Date) -> Result<Vec<Namesake>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id, centre_id FROM person WHERE name = ?1 AND birth_date = ?2 ORDER BY id",
        )?;
        let rows = statement.query_map((name, birth.to_string()), |r| {
            Ok(Namesake {
                person: r.get(0)?,
                centre: r.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The centre that a file names by its code or its name; none when nothing or more than one is called so.
    pub fn centre_called(&self, called: &str) -> Result<Option<i64>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id FROM centre WHERE code = ?1 OR name = ?1 ORDER BY code = ?1 DESC",
        )?;
        let ids: Vec<i64> = statement
            .query_map([called], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(match ids.as_slice() {
            [one] => Some(*one),
            _ => None,
        })
    }
}

impl Tx<'_> {
    /// Adds a person with everything that is known; her number.
    pub fn add_roster_entry(
        &self,
        centre_id: i64,
        details: &Details,
        now: Moment,
    ) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO person (centre_id, name, sex, birth_date, added_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                centre_id,
                details.name,
                details.sex.word(),
                details.birth_date.to_string(),
                now.as_millisecond(),
            ])?;
        let id = self.sql.last_insert_rowid();
        self.write_details(id, centre_id, details)?;
        Ok(id)
    }

    /// Writes a person's details as they are now. Her revision is the caller's to count.
    pub fn write_details(
        &self,
        person_id: i64,
        centre_id: i64,
        d: &Details,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE person SET centre_id = ?2, name = ?3, pinyin = ?4, sex = ?5, birth_date = ?6,
                     village = ?7, phone = ?8, hypertension = ?9, diabetes = ?10,
                     atrial_fibrillation = ?11, other_conditions = ?12, risk_drugs = ?13,
                     health_class = ?14, lives_alone = ?15, comes_on = ?16, fasting_on = ?17,
                     notes = ?18
                 WHERE id = ?1",
            )?
            .execute(params![
                person_id,
                centre_id,
                d.name,
                d.pinyin,
                d.sex.word(),
                d.birth_date.to_string(),
                d.village,
                d.phone,
                d.hypertension,
                d.diabetes,
                d.atrial_fibrillation,
                d.other_conditions,
                joined(d.risk_drugs.iter().map(|drug| drug.word())),
                d.health_class.map(HealthClass::word),
                d.lives_alone,
                d.comes_on.word(),
                d.fasting_on.word(),
                d.notes,
            ])?;
        Ok(())
    }

    /// Counts an edit, if nobody edited since `seen`: whether it was so.
    pub fn count_edit(&self, person_id: i64, seen: u32) -> Result<bool, JournalError> {
        let counted = self
            .sql
            .prepare_cached(
                "UPDATE person SET revision = revision + 1 WHERE id = ?1 AND revision = ?2",
            )?
            .execute((person_id, seen))?;
        Ok(counted == 1)
    }

    /// Says whether a person is still cared for here, and since which day not.
    pub fn set_standing(
        &self,
        person_id: i64,
        standing: Standing,
        since: Option<Date>,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE person SET standing = ?2, standing_since = ?3 WHERE id = ?1")?
            .execute((person_id, standing.word(), since.map(|day| day.to_string())))?;
        Ok(())
    }

    /// Takes a picture in, in the place of the one before.
    pub fn put_photo(
        &self,
        person_id: i64,
        photo: &Photo,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO photo (person_id, kind, bytes, added_at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (person_id) DO UPDATE SET kind = excluded.kind,
                     bytes = excluded.bytes, added_at_ms = excluded.added_at_ms",
            )?
            .execute((person_id, &photo.kind, &photo.bytes, now.as_millisecond()))?;
        Ok(())
    }

    /// Removes a picture; whether there was one.
    pub fn remove_photo(&self, person_id: i64) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .execute("DELETE FROM photo WHERE person_id = ?1", [person_id])?
            == 1)
    }

    /// This transaction's own picture of the journal, for questions that know no scope.
    pub fn picture(&self) -> Snapshot<'_> {
        Snapshot { sql: &self.sql }
    }
}
