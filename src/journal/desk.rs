//! What staff say at the desk: danger signs, meals, and remarks on readings. Each with its person and time.

use rusqlite::params;

use super::listed::PersonLine;
use super::row::moment;
use super::scope::Seen;
use super::subject::called;
use super::write::{JournalError, Tx};
use crate::vitals::{Meal, Moment, Posture};

/// A sign that somebody ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignLine {
    pub id: i64,
    /// A word of the rule table's `[signs]`.
    pub sign: String,
    pub from: Moment,
    /// What the person who ticked it is called.
    pub ticked_by: String,
    pub until: Option<Moment>,
}

/// Something said about a reading beside its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    Posture(Posture),
    Meal(Meal),
    /// Whether it re-tests the value before it.
    Retest(bool),
}

impl Remark {
    /// What it is about, as stored.
    pub fn what(self) -> &'static str {
        match self {
            Remark::Posture(_) => "posture",
            Remark::Meal(_) => "meal",
            Remark::Retest(_) => "retest",
        }
    }

    /// What was said, as stored.
    pub fn said(self) -> &'static str {
        match self {
            Remark::Posture(posture) => posture.word(),
            Remark::Meal(meal) => meal.word(),
            Remark::Retest(true) => "yes",
            Remark::Retest(false) => "no",
        }
    }

    /// The reverse of [`Remark::what`] and [`Remark::said`].
    pub fn from_words(what: &str, said: &str) -> Option<Self> {
        Some(match (what, said) {
            ("posture", said) => Remark::Posture(Posture::from_word(said)?),
            ("meal", said) => Remark::Meal(Meal::from_word(said)?),
            ("retest", "yes") => Remark::Retest(true),
            ("retest", "no") => Remark::Retest(false),
            _ => return None,
        })
    }
}

impl Tx<'_> {
    /// Keeps what was said about a reading; the newest of a kind holds.
    pub fn remark(
        &self,
        observation: i64,
        remark: Remark,
        actor: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO remark (observation_id, at_ms, actor, what, said)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                observation,
                now.as_millisecond(),
                actor,
                remark.what(),
                remark.said(),
            ))?;
        let column = match remark {
            Remark::Posture(_) => "UPDATE observation SET posture = ?2 WHERE id = ?1",
            Remark::Meal(_) => "UPDATE observation SET meal = ?2 WHERE id = ?1",
            Remark::Retest(_) => "UPDATE observation SET retest = (?2 = 'yes') WHERE id = ?1",
        };
        self.sql
            .prepare_cached(column)?
            .execute((observation, remark.said()))?;
        Ok(())
    }

    /// Ticks a sign.
    pub fn tick_sign(
        &self,
        person: &PersonLine,
        sign: &str,
        actor: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO sign (person_id, sign, from_ms, ticked_by) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((person.id, sign, now.as_millisecond(), actor))?;
        Ok(())
    }

    /// Takes a tick back: the sign is over.
    pub fn end_sign(&self, id: i64, actor: &str, now: Moment) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE sign SET until_ms = ?2, ended_by = ?3 WHERE id = ?1 AND until_ms IS NULL",
            )?
            .execute((id, now.as_millisecond(), actor))?;
        Ok(())
    }

    /// Keeps when somebody began to eat.
    pub fn add_meal(
        &self,
        person: &PersonLine,
        began: Moment,
        actor: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO meal (person_id, began_ms, said_at_ms, said_by) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                person.id,
                began.as_millisecond(),
                now.as_millisecond(),
                actor
            ])?;
        Ok(())
    }
}

impl Seen<'_> {
    /// Signs of a person that were ticked after `since` and hold at `now`, oldest first.
    pub fn signs_at(
        &self,
        person: &PersonLine,
        since: Moment,
        now: Moment,
    ) -> Result<Vec<SignLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT id, sign, from_ms, {}, until_ms FROM sign
             WHERE person_id = ?1 AND from_ms > ?2 AND from_ms <= ?3 AND (until_ms IS NULL OR until_ms > ?3)
             ORDER BY from_ms, id",
            called("ticked_by"),
        ))?;
        let mut rows =
            statement.query((person.id, since.as_millisecond(), now.as_millisecond()))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(SignLine {
                id,
                sign: r.get(1)?,
                from: moment(r.get(2)?, "sign", "from_ms", id)?,
                ticked_by: r.get(3)?,
                until: r
                    .get::<_, Option<i64>>(4)?
                    .map(|ms| moment(ms, "sign", "until_ms", id))
                    .transpose()?,
            });
        }
        Ok(found)
    }

    /// When a person began to eat, in `[from, until)`.
    pub fn meals(
        &self,
        person: &PersonLine,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<Moment>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT id, began_ms FROM meal WHERE person_id = ?1 AND began_ms >= ?2 AND began_ms < ?3
             ORDER BY began_ms",
        )?;
        let mut rows =
            statement.query((person.id, from.as_millisecond(), until.as_millisecond()))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(moment(r.get(1)?, "meal", "began_ms", id)?);
        }
        Ok(found)
    }
}
