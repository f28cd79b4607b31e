//! What centre staff (and doctors) work with: the tray, one reading with its history, place notices; and
//! the one way from a page to an act.

use jiff::SignedDuration;

use super::Health;
use crate::journal::{
    JournalError, NoticeLine, PersonLine, ReadingLine, Sitter, SubjectChange, Tx,
};
use crate::pipeline::{By, CommandError};
use crate::vitals::Moment;
use crate::web::refusal::Refusal;

/// Readings that are shown with who sat there; the rest are lines.
pub const TRAY_WHOLE: usize = 12;
/// Lines below those.
const TRAY_LINES: u32 = 60;
/// A reading that waits longer than this is marked.
pub const TRAY_OLD: SignedDuration = SignedDuration::from_hours(24);
/// Changes shown beside the tray, and how far back they go.
const RECENT: u32 = 8;

/// A reading that waits for its person.
pub struct Waiting {
    pub reading: ReadingLine,
    /// Empty for those that are only a line.
    pub sitters: Vec<Sitter>,
}

/// A change and the reading it was about, as far as the visitor may see it.
pub struct Changed {
    pub change: SubjectChange,
    pub reading: Option<ReadingLine>,
}

/// The unclaimed tray.
pub struct TrayRecord {
    pub notices: Vec<NoticeLine>,
    pub waiting: Vec<Waiting>,
    pub count: i64,
    pub recent: Vec<Changed>,
}

/// One reading, how it came to its subject, and who could be meant.
pub struct ReadingRecord {
    pub reading: ReadingLine,
    pub sitters: Vec<Sitter>,
    pub trail: Vec<SubjectChange>,
    pub notice: Option<NoticeLine>,
    /// Who typed it or which account sent it, as people call it.
    pub source: String,
    /// Persons of the reading's centre.
    pub persons: Vec<PersonLine>,
}

impl Health {
    /// The tray, newest first.
    pub async fn tray(&self) -> Result<TrayRecord, Refusal> {
        let since = self
            .view
            .now
            .saturating_sub(TRAY_OLD)
            .unwrap_or(Moment::MIN);
        self.read(move |seen| {
            let mut waiting = Vec::new();
            for (nth, reading) in seen.unclaimed(TRAY_LINES)?.into_iter().enumerate() {
                let fresh = reading.observation.received_at >= since;
                let sitters = match nth < TRAY_WHOLE && fresh {
                    true => seen.sitters(&reading)?,
                    false => Vec::new(),
                };
                waiting.push(Waiting { reading, sitters });
            }
            let mut recent = Vec::new();
            for change in seen.changes_since(since, RECENT)? {
                let reading = seen.reading(change.observation)?;
                recent.push(Changed { change, reading });
            }
            Ok(TrayRecord {
                notices: seen.open_notices()?,
                waiting,
                count: seen.unclaimed_count()?,
                recent,
            })
        })
        .await
    }

    /// One reading with its history.
    pub async fn reading(&self, observation: i64) -> Result<ReadingRecord, Refusal> {
        let found = self
            .read(move |seen| {
                let Some(reading) = seen.reading(observation)? else {
                    return Ok(None);
                };
                Ok(Some(ReadingRecord {
                    sitters: seen.sitters(&reading)?,
                    trail: seen.trail(&reading)?,
                    notice: seen.notice_of(observation)?,
                    source: seen.called(&reading.source)?,
                    persons: seen.persons(Some(reading.centre_id))?,
                    reading,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// One person of a list.
    pub async fn person_line(&self, person: i64) -> Result<PersonLine, Refusal> {
        self.read(move |seen| seen.person(person))
            .await?
            .ok_or(Refusal::NotFound)
    }

    /// Has the writer do an act in this visitor's name, within the scope. An answer without an object
    /// changed nothing.
    ///
    /// # Errors
    /// The act's own.
    pub async fn act<T, E>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Tx<'_>, &By, Moment) -> Result<(T, Option<String>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<JournalError> + From<CommandError> + Send + 'static,
    {
        let by = By {
            actor: self.view.visitor.actor(),
            scope: self.scope,
        };
        let actor = by.actor.clone();
        let road = self.view.state.road.clone();
        road.act(&actor, action, move |tx, now| work(tx, &by, now))
            .await
    }
}
