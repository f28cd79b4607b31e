//! Waiting at the bedside ("the next reading of cuff 2 within two minutes is hers"): opened by staff, answered
//! by a reading, and kept for the person only when staff have seen it and said so.

use jiff::SignedDuration;

use super::act::By;
use super::command::CommandError;
use super::whose::{Done, NotDone, Whose, Why, Wish, change};
use crate::journal::{Awaited, BedsideLine, DeviceRow, JournalError, Tx};
use crate::people::bedside::WaitedFor;
use crate::rules::PlaceLimits;
use crate::vitals::{Frame, Moment, Reading, TakenAt, TimeMethod, VoidReason};

/// How long staff wait for a reading.
pub const WAITS_FOR: SignedDuration = SignedDuration::from_secs(120);

/// Why nothing was opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    #[error("no such person or device here; open the list again")]
    NotHere,
    /// Somebody else waits for this device.
    #[error("{} waits for a reading of this device", .0.opened_by.1)]
    Busy(Box<BedsideLine>),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Begins to wait; the number of the waiting. One's own waiting for the same device ends by that; another
/// person's does not.
pub fn open(
    tx: &Tx<'_>,
    by: &By,
    waited_for: WaitedFor,
    device: i64,
    now: Moment,
) -> Result<(i64, Option<String>), NotOpened> {
    let waiting = tx.seen(by.scope, |seen| {
        let centre = seen.device_centre(device)?.ok_or(NotOpened::NotHere)?;
        if let WaitedFor::Person(person) = waited_for {
            let person = seen.person(person)?.ok_or(NotOpened::NotHere)?;
            if person.centre_id != centre {
                return Err(NotOpened::NotHere);
            }
        }
        Ok::<_, NotOpened>(seen.bedside_at(device)?)
    })?;
    for line in waiting {
        if line.opened_by.0 != by.actor && line.until >= now {
            return Err(NotOpened::Busy(Box::new(line)));
        }
        tx.end_bedside(line.id, &by.actor, now)?;
    }
    let until = now.saturating_add(WAITS_FOR).unwrap_or(Moment::MAX);
    let person = match waited_for {
        WaitedFor::Person(person) => Some(person),
        WaitedFor::Control => None,
    };
    let id = tx.open_bedside(device, person, &by.actor, now, until)?;
    let object = match person {
        Some(person) => format!("device:{device} person:{person}"),
        None => format!("device:{device} control"),
    };
    Ok((id, Some(object)))
}

/// Says that the reading that came is what was waited for. As [`change`], and by the same rules.
pub fn confirm(
    tx: &Tx<'_>,
    by: &By,
    bedside: i64,
    limits: &PlaceLimits,
    now: Moment,
) -> Result<(Done, Option<String>), NotDone> {
    let line = tx.seen(by.scope, |seen| seen.bedside(bedside))?;
    let line = line.ok_or(NotDone::NotHere)?;
    let observation = line.observation.ok_or(NotDone::NotHere)?;
    if line.ended_at.is_some() {
        return Ok((Done::AlreadySo, None));
    }
    let (whose, why) = match &line.person {
        Some((person, _)) => (Whose::Person(*person), Why::Bedside),
        None => (Whose::Nobody(VoidReason::ControlSolution), Why::Nobodys),
    };
    // What changed since it came was changed by somebody who looked at it: nothing is taken over.
    let wish = Wish {
        observation,
        seen_revision: 0,
        whose,
        why,
    };
    let done = change(tx, by, wish, limits, now)?;
    tx.end_bedside(line.id, &by.actor, now)?;
    Ok(done)
}

/// Gives the waiting up; a reading that came stays in the tray.
pub fn give_up(
    tx: &Tx<'_>,
    by: &By,
    bedside: i64,
    now: Moment,
) -> Result<((), Option<String>), NotOpened> {
    let line = tx.seen(by.scope, |seen| seen.bedside(bedside))?;
    let line = line.ok_or(NotOpened::NotHere)?;
    if line.ended_at.is_some() {
        return Ok(((), None));
    }
    tx.end_bedside(line.id, &by.actor, now)?;
    Ok(((), Some(format!("bedside:{bedside}"))))
}

/// Who waits for this reading, if it can be the one: received while somebody waits, and not taken before; where
/// nobody knows when it was taken, not from memory either.
pub(super) fn awaited(
    tx: &Tx<'_>,
    device: &DeviceRow,
    frame: &Frame,
    reading: &Reading,
    taken: &TakenAt,
) -> Result<Option<Awaited>, JournalError> {
    let awaited = tx.awaited(device.id, frame.received_at)?;
    Ok(awaited.filter(|a| {
        let around = SignedDuration::from_secs(i64::from(taken.uncertainty_s));
        let latest = taken.at.saturating_add(around).unwrap_or(Moment::MAX);
        match taken.method {
            TimeMethod::Unusable => !(frame.retained || frame.may_be_late || reading.from_memory),
            _ => latest >= a.from,
        }
    }))
}

/// For whom.
pub(super) fn waited_for(awaited: &Awaited) -> WaitedFor {
    awaited.person.map_or(WaitedFor::Control, WaitedFor::Person)
}
