//! A doctor's limits for one person: set with a reason and an end, never edited, only ended.

use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::listed::PersonLine;
use super::roster::birth_date;
use super::row::{foreign, moment};
use super::scope::Seen;
use super::write::{JournalError, Tx};
use crate::vitals::Moment;

/// Limits: a value at or above one is over. At least one is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    pub systolic_mmhg: Option<Decimal>,
    pub diastolic_mmhg: Option<Decimal>,
    /// Fasting and before meals.
    pub fasting_mmol_l: Option<Decimal>,
    /// Any other time.
    pub other_mmol_l: Option<Decimal>,
}

/// A target as it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetLine {
    pub id: i64,
    pub limits: Limits,
    /// What the person who set it is called; the actor itself when it is no account.
    pub by: String,
    pub reason: String,
    pub set_at: Moment,
    /// The last day on which it stands.
    pub expires_on: Date,
    pub ended_at: Option<Moment>,
}

impl TargetLine {
    /// Whether it stands on this day, if no later one was set.
    pub fn stands_on(&self, day: Date) -> bool {
        self.ended_at.is_none() && self.expires_on >= day
    }
}

impl Seen<'_> {
    /// A person's targets, newest first.
    pub fn targets(&self, person: &PersonLine) -> Result<Vec<TargetLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT t.id, t.systolic_mmhg, t.diastolic_mmhg, t.fasting_mmol_l, t.other_mmol_l,
                CASE WHEN a.id IS NULL THEN t.set_by WHEN a.name = '' THEN a.login ELSE a.name END,
                t.reason, t.set_at_ms, t.expires_on, t.ended_at_ms
             FROM target t LEFT JOIN account a ON 'account:' || a.id = t.set_by
             WHERE t.person_id = ?1 ORDER BY t.id DESC",
        )?;
        let mut rows = statement.query([person.id])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(target_line(r)?);
        }
        Ok(found)
    }

    /// The target that stands on this day: the newest, if it was not ended and has not expired.
    pub fn target_on(
        &self,
        person: &PersonLine,
        day: Date,
    ) -> Result<Option<TargetLine>, JournalError> {
        let newest = self.targets(person)?.into_iter().next();
        Ok(newest.filter(|target| target.stands_on(day)))
    }
}

fn target_line(r: &rusqlite::Row<'_>) -> Result<TargetLine, JournalError> {
    let id: i64 = r.get(0)?;
    let limit = |at: usize, column| -> Result<Option<Decimal>, JournalError> {
        let text: Option<String> = r.get(at)?;
        text.map(|text| Decimal::from_str(&text).map_err(|_| foreign("target", column, id)))
            .transpose()
    };
    let ended: Option<i64> = r.get(9)?;
    Ok(TargetLine {
        id,
        limits: Limits {
            systolic_mmhg: limit(1, "systolic_mmhg")?,
            diastolic_mmhg: limit(2, "diastolic_mmhg")?,
            fasting_mmol_l: limit(3, "fasting_mmol_l")?,
            other_mmol_l: limit(4, "other_mmol_l")?,
        },
        by: r.get(5)?,
        reason: r.get(6)?,
        set_at: moment(r.get(7)?, "target", "set_at_ms", id)?,
        expires_on: birth_date(&r.get::<_, String>(8)?, id)?,
        ended_at: ended
            .map(|ms| moment(ms, "target", "ended_at_ms", id))
            .transpose()?,
    })
}

impl Tx<'_> {
    /// Sets a target in the place of what stood; its number.
    pub fn set_target(
        &self,
        person_id: i64,
        limits: &Limits,
        by: &str,
        reason: &str,
        expires_on: Date,
        now: Moment,
    ) -> Result<i64, JournalError> {
        self.end_target(person_id, by, now)?;
        let text = |limit: Option<Decimal>| limit.map(|limit| limit.normalize().to_string());
        self.sql
            .prepare_cached(
                "INSERT INTO target (person_id, systolic_mmhg, diastolic_mmhg, fasting_mmol_l,
                     other_mmol_l, set_by, reason, set_at_ms, expires_on)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                person_id,
                text(limits.systolic_mmhg),
                text(limits.diastolic_mmhg),
                text(limits.fasting_mmol_l),
                text(limits.other_mmol_l),
                by,
                reason,
                now.as_millisecond(),
                expires_on.to_string(),
            ))?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Ends the target that stands; whether one did.
    pub fn end_target(&self, person_id: i64, by: &str, now: Moment) -> Result<bool, JournalError> {
        let ended = self
            .sql
            .prepare_cached(
                "UPDATE target SET ended_at_ms = ?2, ended_by = ?3
                 WHERE person_id = ?1 AND ended_at_ms IS NULL",
            )?
            .execute((person_id, now.as_millisecond(), by))?;
        Ok(ended > 0)
    }
}
