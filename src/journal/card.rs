//! Cards: given, ended, listed. Keyed hashes and last four; a number is never here.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;

use super::listed::PersonLine;
use super::read::Snapshot;
use super::row::{moment, word};
use super::scope::Seen;
use super::write::{JournalError, Tx};
use crate::people::card::ReaderType;
use crate::people::details::CardEnd;
use crate::vitals::{HintKind, Moment, PersonHint};

/// A card as its list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLine {
    pub id: i64,
    pub kind: HintKind,
    pub last_four: String,
    /// The hub printed it.
    pub issued: bool,
    pub added_at: Moment,
    /// When it ceased to claim, and why.
    pub ended: Option<(Moment, CardEnd)>,
}

impl Seen<'_> {
    /// A person's cards, those that stand first.
    pub fn cards(&self, person: &PersonLine) -> Result<Vec<CardLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT id, kind, last_four, issued, added_at_ms, ended_at_ms, ended_why FROM card
             WHERE person_id = ?1 AND same_as IS NULL ORDER BY ended_at_ms IS NOT NULL, id",
        )?;
        let mut rows = statement.query([person.id])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let ended = match (r.get::<_, Option<i64>>(5)?, r.get_ref(6)?) {
                (Some(ms), ValueRef::Null) => Some((ms, CardEnd::Replaced)),
                (Some(ms), why) => {
                    Some((ms, word(why, CardEnd::from_word, "card", "ended_why", id)?))
                }
                (None, _) => None,
            };
            found.push(CardLine {
                id,
                kind: word(r.get_ref(1)?, HintKind::from_word, "card", "kind", id)?,
                last_four: r.get(2)?,
                issued: r.get(3)?,
                added_at: moment(r.get(4)?, "card", "added_at_ms", id)?,
                ended: ended
                    .map(|(ms, why)| {
                        Ok::<_, JournalError>((moment(ms, "card", "ended_at_ms", id)?, why))
                    })
                    .transpose()?,
            });
        }
        Ok(found)
    }
}

impl Seen<'_> {
    /// Whose a number is; whether the scope holds that person is asked of [`Seen::person`].
    pub fn holder(&self, hint: &PersonHint) -> Result<Option<i64>, JournalError> {
        self.journal.holder(hint)
    }
}

impl Snapshot<'_> {
    /// Whose a number is while its card stands, active or not; the first of several.
    pub fn holder(&self, hint: &PersonHint) -> Result<Option<i64>, JournalError> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT person_id FROM card WHERE kind = ?1 AND hash = ?2 AND ended_at_ms IS NULL
                 ORDER BY id LIMIT 1",
            )?
            .query_row((hint.kind.word(), &hint.hash), |r| r.get(0))
            .optional()?)
    }

    /// Citizen numbers of these persons, hashed: who has one is told apart by it.
    pub fn citizen_hashes(&self) -> Result<BTreeMap<i64, String>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT person_id, hash FROM card WHERE kind = 'national_id' AND ended_at_ms IS NULL",
        )?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    /// Gives a person a card, known by every spelling of its number (the widest first); the card's number
    /// in the list. One that was ended for this person stands again.
    pub fn give_card(
        &self,
        person_id: i64,
        spellings: &[PersonHint],
        reader: ReaderType,
        issued: bool,
        now: Moment,
    ) -> Result<i64, JournalError> {
        let mut widest = None;
        for hint in spellings {
            let id: i64 = self
                .sql
                .prepare_cached(
                    "INSERT INTO card (person_id, kind, hash, last_four, added_at_ms, same_as, reader,
                         issued) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (kind, hash, person_id) DO UPDATE SET ended_at_ms = NULL,
                         ended_why = NULL, added_at_ms = excluded.added_at_ms RETURNING id",
                )?
                .query_row(
                    (
                        person_id,
                        hint.kind.word(),
                        &hint.hash,
                        &hint.last_four,
                        now.as_millisecond(),
                        widest,
                        reader.word(),
                        issued,
                    ),
                    |r| r.get(0),
                )?;
            widest = widest.or(Some(id));
        }
        widest.ok_or(JournalError::Missing {
            what: "card number",
            id: 0,
        })
    }

    /// Ends a card of this person with all its spellings; whether it stood.
    pub fn end_card(
        &self,
        person_id: i64,
        card_id: i64,
        why: CardEnd,
        now: Moment,
    ) -> Result<bool, JournalError> {
        let ended = self
            .sql
            .prepare_cached(
                "UPDATE card SET ended_at_ms = ?3, ended_why = ?4
                 WHERE person_id = ?1 AND (id = ?2 OR same_as = ?2) AND ended_at_ms IS NULL",
            )?
            .execute((person_id, card_id, now.as_millisecond(), why.word()))?;
        Ok(ended > 0)
    }
}
