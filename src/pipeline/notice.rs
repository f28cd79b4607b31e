//! A named person answers a place notice: "I have it".

use super::act::By;
use super::command::CommandError;
use crate::journal::{JournalError, NoticeLine, Tx};
use crate::vitals::Moment;

/// Why a notice was not answered.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    #[error("no such notice here; open the list again")]
    NotHere,
    /// Somebody else has it.
    #[error("somebody else has it already")]
    Has(Box<NoticeLine>),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Answers a notice; once, and whoever comes second is told who was first. Answering one's own again
/// changes nothing.
pub fn answer(
    tx: &Tx<'_>,
    by: &By,
    notice: i64,
    now: Moment,
) -> Result<((), Option<String>), NotAnswered> {
    let Some(line) = tx.seen(by.scope, |seen| seen.notice(notice))? else {
        return Err(NotAnswered::NotHere);
    };
    if let Some((actor, _)) = &line.answered_by {
        return match *actor == by.actor {
            true => Ok(((), None)),
            false => Err(NotAnswered::Has(Box::new(line))),
        };
    }
    tx.answer_notice(&line, &by.actor, now)?;
    tx.note_centre_change(line.centre_id, "place.answer", now)?;
    Ok(((), Some(format!("place_notice:{notice}"))))
}
