//! Assign, move, put back, void: whose a reading is, changed by a person with a reason.
//!
//! Each wish names the revision it saw. Of two people who change the same reading one wins, and the other
//! is told who it was; a wish that is sent twice is done once.

use super::act::{By, read_again};
use super::command::CommandError;
use super::place;
use crate::journal::{JournalError, NewSubject, ReadingLine, SubjectChange, Tx};
use crate::rules::PlaceLimits;
use crate::vitals::{Basis, Moment, Subject, UnclaimedReason, VoidReason};

/// Whose it shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Person(i64),
    /// Nobody's yet: back to the tray.
    Tray,
    /// Nobody's ever.
    Nobody(VoidReason),
}

/// Why staff say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The person was asked.
    Asked,
    /// Somebody saw it measured.
    Saw,
    /// Measured at the bedside for this person, and confirmed.
    Bedside,
    /// It is not this person's; whose it is, is not known.
    NotHers,
    /// Nobody's: the void reason says which.
    Nobodys,
}

impl Why {
    pub const ALL: [Why; 5] = [
        Why::Asked,
        Why::Saw,
        Why::Bedside,
        Why::NotHers,
        Why::Nobodys,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Why::Asked => "asked",
            Why::Saw => "saw",
            Why::Bedside => "bedside",
            Why::NotHers => "not_hers",
            Why::Nobodys => "nobodys",
        }
    }

    /// The reverse of [`Why::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Why::ALL.into_iter().find(|w| w.word() == word)
    }
}

/// What somebody wants of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub observation: i64,
    /// The observation's revision on the page where the wish was made.
    pub seen_revision: u32,
    pub whose: Whose,
    pub why: Why,
}

/// How a wish ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Changed,
    /// It was so already, by this very wish sent before.
    AlreadySo,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// No such reading or person, or none that this visitor may reach: the answer does not tell which.
    #[error("no such reading or person here; open the list again")]
    NotHere,
    /// Somebody else was faster.
    #[error("{} changed it at {}; look at it again", .0.by, .0.at)]
    Since(Box<SubjectChange>),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Changes whose a reading is. What it acted upon comes back for the audit log, nothing when nothing changed.
pub fn change(
    tx: &Tx<'_>,
    by: &By,
    wish: Wish,
    limits: &PlaceLimits,
    now: Moment,
) -> Result<(Done, Option<String>), NotDone> {
    let (line, last) = tx.seen(by.scope, |seen| {
        let Some(line) = seen.reading(wish.observation)? else {
            return Err(NotDone::NotHere);
        };
        if let Whose::Person(person) = wish.whose
            && seen.person(person)?.is_none()
        {
            return Err(NotDone::NotHere);
        }
        let last = seen.trail(&line)?.pop();
        Ok((line, last))
    })?;
    let is = &line.observation;
    if is.revision != wish.seen_revision {
        return match last {
            Some(last) if is_this_wish(&last, by, wish) => Ok((Done::AlreadySo, None)),
            Some(last) => Err(NotDone::Since(Box::new(last))),
            None => Err(NotDone::NotHere),
        };
    }
    let to = match wish.whose {
        Whose::Person(person) if is.subject.person() == Some(person) => is.subject,
        Whose::Person(person) => Subject::Known {
            person,
            basis: Basis::AssignedBy,
        },
        Whose::Tray if matches!(is.subject, Subject::Unclaimed { .. }) => is.subject,
        Whose::Tray => Subject::Unclaimed {
            reason: UnclaimedReason::PutBack,
        },
        Whose::Nobody(reason) => Subject::Voided { reason },
    };
    if to == is.subject {
        return Ok((Done::AlreadySo, None));
    }
    apply(tx, by, &line, to, wish.why, now)?;
    if wish.whose == Whose::Tray {
        place::put_back(tx, limits, &line, now)?;
    }
    if let Whose::Nobody(_) = wish.whose {
        settle_notice(tx, by, &line, now)?;
    }
    Ok((Done::Changed, Some(object(&line, to))))
}

/// Whoever says that a reading is nobody's has looked into it: its notice is answered by that.
fn settle_notice(
    tx: &Tx<'_>,
    by: &By,
    line: &ReadingLine,
    now: Moment,
) -> Result<(), JournalError> {
    let notice = tx.seen(by.scope, |seen| seen.notice_of(line.observation.id))?;
    match notice {
        Some(notice) => tx.answer_notice(&notice, &by.actor, now),
        None => Ok(()),
    }
}

fn apply(
    tx: &Tx<'_>,
    by: &By,
    line: &ReadingLine,
    to: Subject,
    why: Why,
    now: Moment,
) -> Result<(), JournalError> {
    let new = NewSubject {
        to,
        actor: &by.actor,
        why: why.word(),
    };
    tx.change_subject(line, &new, now)?;
    let from = line.observation.subject;
    for person in [from.person(), to.person()].into_iter().flatten() {
        read_again(tx, person, line.observation.taken.at, "subject.change", now)?;
    }
    tx.note_centre_change(line.centre_id, "subject.change", now)
}

/// The last change is what this wish asked for, by the same person: the form was sent twice.
fn is_this_wish(last: &SubjectChange, by: &By, wish: Wish) -> bool {
    let same = match (wish.whose, last.to) {
        (Whose::Person(person), to) => to.person() == Some(person),
        (Whose::Tray, to) => matches!(to, Subject::Unclaimed { .. }),
        (Whose::Nobody(reason), to) => to == Subject::Voided { reason },
    };
    same && last.actor == by.actor && last.revision == wish.seen_revision + 1
}

/// For the audit log: `observation:12 from person:3 to person:7`.
fn object(line: &ReadingLine, to: Subject) -> String {
    let said = |subject: Subject| match subject {
        Subject::Known { person, .. } => format!("person:{person}"),
        Subject::Unclaimed { .. } => "tray".to_owned(),
        Subject::Voided { reason } => format!("nobody:{}", reason.word()),
    };
    let is = &line.observation;
    format!(
        "observation:{} from {} to {}",
        is.id,
        said(is.subject),
        said(to)
    )
}
