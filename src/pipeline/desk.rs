//! What staff say at the desk and at the bedside: danger signs, a meal, how somebody was held. Each is a
//! command with its person and time; the rules read what is stored here (`record`).

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::act::{By, read_again};
use super::command::CommandError;
use crate::journal::{JournalError, Remark, Tx};
use crate::rules::Signs;
use crate::vitals::{Glucose, Mark, Measured, Moment};

/// How long a tick holds when nobody takes it back: a day at the centre. A sign of yesterday must be looked
/// at and ticked again, one of this morning counts the whole day.
pub const SIGN_HOLDS: SignedDuration = SignedDuration::from_hours(12);
/// How far back a meal may be said to have begun.
const MEAL_BACK: SignedDuration = SignedDuration::from_hours(24);

/// Why nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum NotSaid {
    #[error("no such person or reading here; open the list again")]
    NotHere,
    #[error("a word that the rules do not know; open the page again")]
    Unknown,
    #[error("a time ahead of now, or more than a day back; write when it was")]
    Time,
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Since when a tick may have been made that still holds.
pub fn holds_since(now: Moment) -> Moment {
    now.saturating_sub(SIGN_HOLDS).unwrap_or(Moment::MIN)
}

/// The signs that hold now are exactly these: new ones are ticked, others taken back. Never inferred.
pub fn signs(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    now_hold: &BTreeSet<String>,
    known: &Signs,
    now: Moment,
) -> Result<((), Option<String>), NotSaid> {
    let all = known.words();
    if now_hold.iter().any(|sign| !all.contains(&sign.as_str())) {
        return Err(NotSaid::Unknown);
    }
    let (line, held) = tx.seen(by.scope, |seen| {
        let line = seen.person(person)?.ok_or(NotSaid::NotHere)?;
        let held = seen.signs_at(&line, holds_since(now), now)?;
        Ok::<_, NotSaid>((line, held))
    })?;
    let before: BTreeSet<&str> = held.iter().map(|s| s.sign.as_str()).collect();
    let mut changed = false;
    for sign in now_hold.iter().filter(|s| !before.contains(s.as_str())) {
        tx.tick_sign(&line, sign, &by.actor, now)?;
        changed = true;
    }
    for sign in held.iter().filter(|s| !now_hold.contains(&s.sign)) {
        tx.end_sign(sign.id, &by.actor, now)?;
        changed = true;
    }
    if !changed {
        return Ok(((), None));
    }
    read_again(tx, person, now, "sign.set", now)?;
    let words: Vec<&str> = now_hold.iter().map(String::as_str).collect();
    Ok(((), Some(format!("person:{person} {}", words.join(" ")))))
}

/// Somebody began to eat.
pub fn meal(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    began: Moment,
    now: Moment,
) -> Result<((), Option<String>), NotSaid> {
    let age = now.duration_since(began);
    if age.is_negative() || age > MEAL_BACK {
        return Err(NotSaid::Time);
    }
    let line = tx.seen(by.scope, |seen| seen.person(person))?;
    let line = line.ok_or(NotSaid::NotHere)?;
    let known = tx.seen(by.scope, |seen| {
        seen.meals(
            &line,
            began,
            began
                .saturating_add(SignedDuration::from_millis(1))
                .unwrap_or(began),
        )
    })?;
    if !known.is_empty() {
        return Ok(((), None));
    }
    tx.add_meal(&line, began, &by.actor, now)?;
    read_again(tx, person, began, "meal.add", now)?;
    Ok(((), Some(format!("person:{person}"))))
}

/// Something is said about a reading: posture of a pressure, meal and re-test of a glucose.
pub fn remark(
    tx: &Tx<'_>,
    by: &By,
    observation: i64,
    remark: Remark,
    now: Moment,
) -> Result<((), Option<String>), NotSaid> {
    let line = tx.seen(by.scope, |seen| seen.reading(observation))?;
    let line = line.ok_or(NotSaid::NotHere)?;
    let is = &line.observation;
    let same = match (remark, &is.reading.measured) {
        (Remark::Posture(posture), Measured::BloodPressure(_)) => is.posture == posture,
        (Remark::Meal(meal), Measured::Glucose(Glucose { meal: known, .. })) => *known == meal,
        (Remark::Retest(yes), Measured::Glucose(_)) => {
            is.reading.marks.contains(&Mark::Retest) == yes
        }
        _ => return Err(NotSaid::Unknown),
    };
    if same {
        return Ok(((), None));
    }
    tx.remark(observation, remark, &by.actor, now)?;
    if let Some(person) = is.subject.person() {
        read_again(tx, person, is.taken.at, "reading.remark", now)?;
    }
    let object = format!(
        "observation:{observation} {} {}",
        remark.what(),
        remark.said()
    );
    Ok(((), Some(object)))
}
