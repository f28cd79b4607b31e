//! Acts on the roster: persons, cards, relatives, targets. Each looks first whether this visitor may reach the
//! person, and says for the audit log what it acted upon, in numbers and words of fields only.

use jiff::civil::Date;

use super::act::By;
use super::command::CommandError;
use crate::journal::{
    Consent, JournalError, Limits, Namesake, PersonLine, Photo, Relative, RosterEntry, Tx,
};
use crate::people::card::{CardNumber, ReaderType};
use crate::people::details::{CardEnd, Details, Standing};
use crate::vitals::{HintKey, Moment, NoHint, PersonHint};

/// Why nothing was entered.
#[derive(Debug, thiserror::Error)]
pub enum NotEntered {
    /// No such person, card, relative or centre, or none that this visitor may reach.
    #[error("no such person here; open the list again")]
    NotHere,
    /// Somebody else edited the person since the page was opened.
    #[error("somebody else changed this entry meanwhile; look at it again")]
    Since,
    /// There are persons with this name and birth date, and the visitor did not say that this is another.
    #[error("{} with this name and birth date; look whether it is the same person", .0.len())]
    Namesakes(Vec<Namesake>),
    /// The number belongs to somebody of the roster.
    #[error("the number belongs to somebody already; look whose it is")]
    Taken,
    #[error("not a number that can be kept: {0}")]
    Number(#[from] NoHint),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// What an act came to, and what it acted upon; nothing when it changed nothing.
pub type Entered<T> = Result<(T, Option<String>), NotEntered>;

fn here(tx: &Tx<'_>, by: &By, person: i64) -> Result<(PersonLine, RosterEntry), NotEntered> {
    tx.seen(by.scope, |seen| {
        let line = seen.person(person)?.ok_or(NotEntered::NotHere)?;
        let entry = seen.roster_entry(&line)?;
        Ok((line, entry))
    })
}

fn centre_here(tx: &Tx<'_>, by: &By, centre: i64) -> Result<(), NotEntered> {
    let known = tx.seen(by.scope, |seen| {
        let centres = seen.centres(Moment::MAX)?;
        Ok::<_, JournalError>(centres.iter().any(|line| line.id == centre))
    })?;
    if known {
        Ok(())
    } else {
        Err(NotEntered::NotHere)
    }
}

/// Adds a person; her number. `is_another`: the visitor saw the namesakes and says that this is none of them.
pub fn add(
    tx: &Tx<'_>,
    by: &By,
    centre: i64,
    details: &Details,
    is_another: bool,
    now: Moment,
) -> Entered<i64> {
    centre_here(tx, by, centre)?;
    let namesakes = tx.picture().namesakes(&details.name, details.birth_date)?;
    if !namesakes.is_empty() && !is_another {
        return Err(NotEntered::Namesakes(namesakes));
    }
    let id = tx.add_roster_entry(centre, details, now)?;
    Ok((id, Some(format!("person:{id}"))))
}

/// Writes a person's details anew, if nobody did since revision `seen`.
pub fn edit(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    seen: u32,
    centre: i64,
    details: &Details,
) -> Entered<()> {
    let (_, entry) = here(tx, by, person)?;
    centre_here(tx, by, centre)?;
    let mut fields = entry.details.differing(details);
    if entry.centre_id != centre {
        fields.push("centre");
    }
    if fields.is_empty() {
        return Ok(((), None));
    }
    if !tx.count_edit(person, seen)? {
        return Err(NotEntered::Since);
    }
    tx.write_details(person, centre, details)?;
    Ok(((), Some(format!("person:{person} {}", fields.join(" ")))))
}

/// Says whether a person is still cared for here.
pub fn set_standing(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    standing: Standing,
    since: Option<Date>,
) -> Entered<()> {
    let (_, entry) = here(tx, by, person)?;
    if (entry.standing, entry.standing_since) == (standing, since) {
        return Ok(((), None));
    }
    tx.set_standing(person, standing, since)?;
    Ok(((), Some(format!("person:{person} {}", standing.word()))))
}

/// The keyed hashes of a number, the widest spelling first.
///
/// # Errors
/// [`NoHint`], without the number.
pub fn hints(key: &HintKey, number: &CardNumber) -> Result<Vec<PersonHint>, NoHint> {
    number
        .spellings
        .iter()
        .map(|spelling| key.hint(number.kind, spelling))
        .collect()
}

/// Gives a person a card that a reader read (or a citizen number); its number in the list.
pub fn give_card(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    spellings: &[PersonHint],
    reader: ReaderType,
    now: Moment,
) -> Entered<i64> {
    here(tx, by, person)?;
    for hint in spellings {
        match tx.picture().holder(hint)? {
            Some(holder) if holder != person => return Err(NotEntered::Taken),
            _ => {}
        }
    }
    let card = tx.give_card(person, spellings, reader, false, now)?;
    Ok((card, Some(format!("person:{person} card:{card}"))))
}

/// Gives a person a card of the hub's own, in the place of `replaces`; its number in the list.
pub fn issue_card(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    hint: &PersonHint,
    replaces: Option<i64>,
    now: Moment,
) -> Entered<i64> {
    here(tx, by, person)?;
    if tx.picture().holder(hint)?.is_some() {
        return Err(NotEntered::Taken);
    }
    if let Some(old) = replaces
        && !tx.end_card(person, old, CardEnd::Replaced, now)?
    {
        return Err(NotEntered::NotHere);
    }
    let one = std::slice::from_ref(hint);
    let card = tx.give_card(person, one, ReaderType::AsTyped, true, now)?;
    let object = match replaces {
        Some(old) => format!("person:{person} card:{card} replaces:{old}"),
        None => format!("person:{person} card:{card}"),
    };
    Ok((card, Some(object)))
}

/// Ends a card: from now on it claims nothing.
pub fn end_card(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    card: i64,
    why: CardEnd,
    now: Moment,
) -> Entered<()> {
    here(tx, by, person)?;
    if !tx.end_card(person, card, why, now)? {
        return Err(NotEntered::NotHere);
    }
    let object = format!("person:{person} card:{card} {}", why.word());
    Ok(((), Some(object)))
}

/// Takes a person's picture in, or away.
pub fn set_photo(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    photo: Option<&Photo>,
    now: Moment,
) -> Entered<()> {
    here(tx, by, person)?;
    let changed = match photo {
        Some(photo) => {
            tx.put_photo(person, photo, now)?;
            true
        }
        None => tx.remove_photo(person)?,
    };
    Ok(((), changed.then(|| format!("person:{person}"))))
}

/// Adds a relative, or writes one anew; her number.
pub fn put_relative(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    relative_id: Option<i64>,
    relative: &Relative,
    now: Moment,
) -> Entered<i64> {
    here(tx, by, person)?;
    let id = match relative_id {
        None => tx.add_relative(person, relative, now)?,
        Some(id) if tx.write_relative(person, id, relative)? => id,
        Some(_) => return Err(NotEntered::NotHere),
    };
    Ok((id, Some(format!("person:{person} relative:{id}"))))
}

/// Takes a relative off the list; her consent ends with it.
pub fn end_relative(tx: &Tx<'_>, by: &By, person: i64, relative: i64, now: Moment) -> Entered<()> {
    here(tx, by, person)?;
    if !tx.end_relative(person, relative, &by.actor, now)? {
        return Err(NotEntered::NotHere);
    }
    Ok(((), Some(format!("person:{person} relative:{relative}"))))
}

/// Notes what the elder agrees to share with a relative, or that she takes it back (`None`).
pub fn set_consent(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    relative: i64,
    consent: Option<&Consent>,
    now: Moment,
) -> Entered<()> {
    here(tx, by, person)?;
    if !tx.is_relative_of(person, relative)? {
        return Err(NotEntered::NotHere);
    }
    let object = format!("person:{person} relative:{relative}");
    match consent {
        Some(consent) => {
            tx.give_consent(relative, consent, &by.actor, now)?;
            let shares: Vec<&str> = consent.shares.iter().map(|share| share.word()).collect();
            Ok(((), Some(format!("{object} {}", shares.join(" ")))))
        }
        None => {
            let stood = tx.end_consent(relative, &by.actor, now)?;
            Ok(((), stood.then_some(object)))
        }
    }
}

/// A doctor's target on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    pub limits: Limits,
    pub reason: String,
    /// The last day on which it stands.
    pub expires_on: Date,
}

/// Sets a person's target, or ends the one that stands (`None`). Whether the visitor is a doctor is the
/// door's to ask.
pub fn set_target(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    target: Option<&NewTarget>,
    now: Moment,
) -> Entered<()> {
    here(tx, by, person)?;
    match target {
        Some(new) => {
            let id = tx.set_target(
                person,
                &new.limits,
                &by.actor,
                &new.reason,
                new.expires_on,
                now,
            )?;
            Ok(((), Some(format!("person:{person} target:{id}"))))
        }
        None => {
            let stood = tx.end_target(person, &by.actor, now)?;
            Ok(((), stood.then(|| format!("person:{person}"))))
        }
    }
}
