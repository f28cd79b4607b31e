//! Relatives, and what the elder agreed to share with each.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, params};

use super::listed::PersonLine;
use super::roster::birth_date;
use super::row::{foreign, moment, word};
use super::scope::Seen;
use super::write::{JournalError, Tx};
use crate::people::details::{ConsentWay, Relation, Share, joined};
use crate::vitals::Moment;
use crate::words::Language;

/// A relative as a form gives one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    pub name: String,
    pub relation: Relation,
    pub phone: String,
    pub email: String,
    pub chat: String,
    pub language: Language,
}

/// What the elder agreed to, when, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub shares: BTreeSet<Share>,
    pub given_on: Date,
    pub how: ConsentWay,
}

/// A relative as her list shows her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelativeLine {
    pub id: i64,
    pub relative: Relative,
    /// What stands; none: nothing is shared.
    pub consent: Option<Consent>,
    /// When the last consent was taken back, while none stands.
    pub consent_ended_at: Option<Moment>,
}

impl Seen<'_> {
    /// A person's relatives, in the order they were entered.
    pub fn relatives(&self, person: &PersonLine) -> Result<Vec<RelativeLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT r.id, r.name, r.relation, r.phone, r.email, r.chat, r.language,
                k.shares, k.given_on, k.how,
                (SELECT max(ended_at_ms) FROM consent e WHERE e.relative_id = r.id)
             FROM relative r LEFT JOIN consent k ON k.id =
                (SELECT max(id) FROM consent s WHERE s.relative_id = r.id AND s.ended_at_ms IS NULL)
             WHERE r.person_id = ?1 AND r.ended_at_ms IS NULL ORDER BY r.id",
        )?;
        let mut rows = statement.query([person.id])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(relative_line(r)?);
        }
        Ok(found)
    }
}

fn relative_line(r: &rusqlite::Row<'_>) -> Result<RelativeLine, JournalError> {
    let id: i64 = r.get(0)?;
    let consent = match r.get_ref(7)? {
        ValueRef::Null => None,
        shares => Some(Consent {
            shares: shares
                .as_str()
                .map_err(|_| foreign("consent", "shares", id))?
                .split_whitespace()
                .filter_map(Share::from_word)
                .collect(),
            given_on: birth_date(&r.get::<_, String>(8)?, id)?,
            how: word(r.get_ref(9)?, ConsentWay::from_word, "consent", "how", id)?,
        }),
    };
    let ended: Option<i64> = r.get(10)?;
    Ok(RelativeLine {
        id,
        relative: Relative {
            name: r.get(1)?,
            relation: word(
                r.get_ref(2)?,
                Relation::from_word,
                "relative",
                "relation",
                id,
            )?,
            phone: r.get(3)?,
            email: r.get(4)?,
            chat: r.get(5)?,
            language: word(
                r.get_ref(6)?,
                Language::from_tag,
                "relative",
                "language",
                id,
            )?,
        },
        consent_ended_at: ended
            .filter(|_| consent.is_none())
            .map(|ms| moment(ms, "consent", "ended_at_ms", id))
            .transpose()?,
        consent,
    })
}

impl Tx<'_> {
    /// Adds a relative; her number.
    pub fn add_relative(
        &self,
        person_id: i64,
        relative: &Relative,
        now: Moment,
    ) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO relative (person_id, name, relation, phone, email, chat, language,
                     added_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                person_id,
                relative.name,
                relative.relation.word(),
                relative.phone,
                relative.email,
                relative.chat,
                relative.language.tag(),
                now.as_millisecond(),
            ])?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Writes a relative anew; whether this person has such a one.
    pub fn write_relative(
        &self,
        person_id: i64,
        relative_id: i64,
        relative: &Relative,
    ) -> Result<bool, JournalError> {
        let written = self
            .sql
            .prepare_cached(
                "UPDATE relative SET name = ?3, relation = ?4, phone = ?5, email = ?6, chat = ?7,
                     language = ?8 WHERE person_id = ?1 AND id = ?2 AND ended_at_ms IS NULL",
            )?
            .execute(params![
                person_id,
                relative_id,
                relative.name,
                relative.relation.word(),
                relative.phone,
                relative.email,
                relative.chat,
                relative.language.tag(),
            ])?;
        Ok(written == 1)
    }

    /// Takes a relative off the list, with her consent; whether this person had such a one.
    pub fn end_relative(
        &self,
        person_id: i64,
        relative_id: i64,
        by: &str,
        now: Moment,
    ) -> Result<bool, JournalError> {
        let ended = self
            .sql
            .prepare_cached(
                "UPDATE relative SET ended_at_ms = ?3
                 WHERE person_id = ?1 AND id = ?2 AND ended_at_ms IS NULL",
            )?
            .execute((person_id, relative_id, now.as_millisecond()))?;
        if ended == 1 {
            self.end_consent(relative_id, by, now)?;
        }
        Ok(ended == 1)
    }

    /// Notes what the elder agrees to, in the place of what stood.
    pub fn give_consent(
        &self,
        relative_id: i64,
        consent: &Consent,
        by: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.end_consent(relative_id, by, now)?;
        self.sql
            .prepare_cached(
                "INSERT INTO consent (relative_id, shares, given_on, how, noted_by, noted_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                relative_id,
                joined(consent.shares.iter().map(|share| share.word())),
                consent.given_on.to_string(),
                consent.how.word(),
                by,
                now.as_millisecond(),
            ))?;
        Ok(())
    }

    /// Takes consent back; whether any stood.
    pub fn end_consent(
        &self,
        relative_id: i64,
        by: &str,
        now: Moment,
    ) -> Result<bool, JournalError> {
        let ended = self
            .sql
            .prepare_cached(
                "UPDATE consent SET ended_at_ms = ?2, ended_by = ?3
                 WHERE relative_id = ?1 AND ended_at_ms IS NULL",
            )?
            .execute((relative_id, now.as_millisecond(), by))?;
        Ok(ended > 0)
    }

    /// Whether a relative on the list is this person's.
    pub fn is_relative_of(&self, person_id: i64, relative_id: i64) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT 1 FROM relative WHERE person_id = ?1 AND id = ?2 AND ended_at_ms IS NULL",
            )?
            .query_row((person_id, relative_id), |_| Ok(()))
            .optional()?
            .is_some())
    }
}
