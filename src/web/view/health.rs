//! Persons and what was measured, within one scope.

use std::ops::Deref;

use super::{Changed, NUMBERS_MAX, View};
use crate::charts::{Period, Span};
use crate::journal::{CentreLine, JournalError, PersonLine, Scope, Seen, TargetLine};
use crate::pipeline::export;
use crate::vitals::{Moment, Observation, PersonHint};
use crate::web::refusal::Refusal;

/// Rows of the list of readings that were taken from a person.
const TAKEN_MAX: u32 = 20;
/// Readings behind a sparkline.
const SPARK_READINGS: u32 = 12;
/// Days of a centre's picture, today among them.
pub const CENTRE_DAYS: i64 = 28;

/// The journal's health records as one visitor may see them.
pub struct Health {
    pub(super) view: View,
    pub(super) scope: Scope,
}

/// A person of a list, with the readings of her sparkline, oldest first.
pub struct Listed {
    pub person: PersonLine,
    pub pressures: Vec<Observation>,
}

/// A centre, its persons, and who was measured when lately.
pub struct CentreRecord {
    pub centre: CentreLine,
    pub listed: Vec<Listed>,
    pub measured: Vec<(i64, Moment)>,
}

/// A person's record over a period.
pub struct PersonRecord {
    pub person: PersonLine,
    /// A doctor's own limits, while they stand.
    pub target: Option<TargetLine>,
    pub period: Period,
    pub pressures: Vec<Observation>,
    pub glucoses: Vec<Observation>,
    /// The newest readings of both kinds, whatever their time is worth, newest first.
    pub newest: Vec<Observation>,
    /// Readings that were hers and were taken from her, newest change first.
    pub taken: Vec<Changed>,
    /// What staff call each device: name to label.
    pub labels: Vec<(String, String)>,
}

impl Deref for Health {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Health {
    pub(super) fn new(view: View, scope: Scope) -> Self {
        Health { view, scope }
    }

    /// Whose records this visitor may see.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether lists need to say which centre.
    pub fn sees_many_centres(&self) -> bool {
        self.scope == Scope::Township
    }

    /// Reads one consistent picture, cut to the scope.
    pub(in crate::web) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Seen<'_>) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let scope = self.scope;
        self.view
            .state
            .read(move |journal| work(&journal.seen(scope)))
            .await
    }

    /// Every centre of the scope with its counts of today.
    pub async fn centres(&self) -> Result<Vec<CentreLine>, Refusal> {
        let since = self.days_ago(0);
        self.read(move |seen| seen.centres(since)).await
    }

    /// One centre, its persons, and the measurements of its last days.
    pub async fn centre(&self, centre: i64) -> Result<CentreRecord, Refusal> {
        let (today, since) = (self.days_ago(0), self.days_ago(CENTRE_DAYS - 1));
        let found = self
            .read(move |seen| {
                let line = seen
                    .centres(today)?
                    .into_iter()
                    .find(|line| line.id == centre);
                let Some(line) = line else { return Ok(None) };
                let mut listed = Vec::new();
                for person in seen.persons(Some(centre))? {
                    let pressures = seen.newest_pressures(&person, SPARK_READINGS)?;
                    listed.push(Listed { person, pressures });
                }
                let measured = seen.measured_since(&line, since)?;
                Ok(Some(CentreRecord {
                    centre: line,
                    listed,
                    measured,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// Persons of the scope whom `typed` means, at most `most`, and how many there are.
    pub async fn persons_meant(
        &self,
        typed: String,
        everybody: bool,
        most: usize,
    ) -> Result<(Vec<PersonLine>, usize), Refusal> {
        self.read(move |seen| seen.persons_meant(&typed, everybody, most))
            .await
    }

    /// The person of the scope who has this number.
    pub async fn holder(&self, spellings: Vec<PersonHint>) -> Result<Option<PersonLine>, Refusal> {
        self.read(move |seen| {
            for hint in &spellings {
                if let Some(person) = seen.holder(hint)? {
                    return seen.person(person);
                }
            }
            Ok(None)
        })
        .await
    }

    /// Refuses a person whom this visitor may not see, with the answer for one who does not exist.
    pub async fn must_see(&self, person: i64) -> Result<(), Refusal> {
        let found = self.read(move |seen| seen.person(person)).await?;
        found.map(|_| ()).ok_or(Refusal::NotFound)
    }

    /// One person over a span of days that ends today.
    pub async fn person(&self, person: i64, span: Span) -> Result<PersonRecord, Refusal> {
        let (now, zone) = (self.view.now, self.view.state.zone.clone());
        let labels = self
            .view
            .state
            .read(|journal| journal.device_labels())
            .await?;
        let found = self
            .read(move |seen| {
                let Some(line) = seen.person(person)? else {
                    return Ok(None);
                };
                let first = seen.span_of(&line)?.map(|(first, _)| first);
                let period = span.period(now, first, &zone);
                let kind = |kind| seen.observations_of(&line, kind, period.from, period.to);
                let mut taken = Vec::new();
                for change in seen.taken_from(&line, TAKEN_MAX)? {
                    let reading = seen.reading(change.observation)?;
                    taken.push(Changed { change, reading });
                }
                Ok(Some(PersonRecord {
                    target: seen.target_on(&line, zone.to_datetime(now).date())?,
                    taken,
                    pressures: kind("blood_pressure")?,
                    glucoses: kind("glucose")?,
                    newest: seen.newest_of(&line, NUMBERS_MAX)?,
                    person: line,
                    period,
                    labels,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// A person's readings over a span as a table for spreadsheets; the audit log says who took it.
    pub async fn readings_table(&self, person: i64, span: Span) -> Result<Vec<u8>, Refusal> {
        let (now, zone) = (self.view.now, self.view.state.zone.clone());
        let found = self
            .read(move |seen| {
                let Some(line) = seen.person(person)? else {
                    return Ok(None);
                };
                let first = seen.span_of(&line)?.map(|(first, _)| first);
                Ok(Some(span.period(now, first, &zone)))
            })
            .await?;
        let period = found.ok_or(Refusal::NotFound)?;
        let wanted = export::Wanted {
            person: Some(person),
            from: period.from,
            until: period.to,
            zone: self.view.state.zone.clone(),
        };
        let actor = self.view.visitor.actor();
        let noted = self
            .view
            .state
            .road
            .command(&actor, "person.export", move |_, _| {
                Ok(((), format!("person:{person}")))
            });
        noted.await?;
        let table = self
            .view
            .state
            .read(move |journal| {
                let mut table = Vec::new();
                Ok(export::export(journal, &wanted, &mut table).map(|_| table))
            })
            .await?;
        table.map_err(|error| {
            tracing::error!(%error, "a table of readings was not written");
            Refusal::Unavailable
        })
    }

    /// What a device sent last, as far as the scope goes.
    pub async fn newest_by_device(&self, device: i64) -> Result<Vec<Observation>, Refusal> {
        self.read(move |seen| seen.newest_by_device(device, NUMBERS_MAX))
            .await
    }
}
