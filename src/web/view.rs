//! What this visitor may see of the journal. Every page reads through here.

use jiff::ToSpan;
use jiff::civil::Date;

use super::ask::Ask;
use super::refusal::Refusal;
use super::state::State;
use super::visitor::{Need, Visitor};
use crate::charts::{Period, Span};
use crate::journal::{
    CentreLine, CursorLine, DeviceLine, FrameCount, FrameLine, PersonLine, UnclaimedLine,
};
use crate::vitals::{Moment, Observation};

/// Readings behind a sparkline.
const SPARK_READINGS: u32 = 12;
/// Days of a centre's picture, today among them.
pub const CENTRE_DAYS: i64 = 28;
/// Rows of the table of numbers.
pub const NUMBERS_MAX: u32 = 30;
/// Rows of the operator's lists.
pub const FRAMES_MAX: u32 = 20;

/// The journal as one visitor may see it, at one moment.
pub struct View {
    state: State,
    visitor: Visitor,
    now: Moment,
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
    pub period: Period,
    pub pressures: Vec<Observation>,
    pub glucoses: Vec<Observation>,
    /// The newest readings of both kinds, whatever their time is worth, newest first.
    pub newest: Vec<Observation>,
    /// What staff call each device: name to label.
    pub labels: Vec<(String, String)>,
}

/// How the hub runs.
pub struct Operation {
    pub devices: Vec<DeviceLine>,
    pub counts: Vec<FrameCount>,
    pub frames: Vec<FrameLine>,
    pub followers: Vec<CursorLine>,
    /// Without their values: the operator sees when, where and why.
    pub unclaimed: Vec<UnclaimedLine>,
    pub unclaimed_count: i64,
    pub unsettled: i64,
}

/// A device and what it sent last.
pub struct DeviceRecord {
    pub device: DeviceLine,
    pub newest: Vec<Observation>,
}

impl View {
    /// The view of whoever asks.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] when nobody is signed in: no view without a visitor.
    pub fn of(ask: &Ask) -> Result<Self, Refusal> {
        let visitor = ask.visitor.clone().ok_or(Refusal::SignedOut)?;
        Ok(View {
            state: ask.state.clone(),
            visitor,
            now: ask.now,
        })
    }

    /// Whether this visitor sees what was measured.
    pub fn sees_health(&self) -> bool {
        self.visitor.may(Need::Health)
    }

    fn must(&self, need: Need) -> Result<(), Refusal> {
        if self.visitor.may(need) {
            Ok(())
        } else {
            Err(Refusal::NotFound)
        }
    }

    /// Today, where the hub stands.
    pub fn today(&self) -> Date {
        self.state.zone.to_datetime(self.now).date()
    }

    /// The first moment of the day `days` before today.
    pub fn days_ago(&self, days: i64) -> Moment {
        let day = self.today().saturating_sub(days.days());
        let midnight = self
            .state
            .zone
            .to_ambiguous_timestamp(day.at(0, 0, 0, 0))
            .compatible();
        midnight.unwrap_or(Moment::MIN)
    }

    /// Every centre with its counts of today.
    pub async fn centres(&self) -> Result<Vec<CentreLine>, Refusal> {
        self.must(Need::Health)?;
        let since = self.days_ago(0);
        self.state.read(move |journal| journal.centres(since)).await
    }

    /// One centre, its persons, and the measurements of its last days.
    pub async fn centre(&self, centre: i64) -> Result<CentreRecord, Refusal> {
        self.must(Need::Health)?;
        let (today, since) = (self.days_ago(0), self.days_ago(CENTRE_DAYS - 1));
        let found = self
            .state
            .read(move |journal| {
                let line = journal
                    .centres(today)?
                    .into_iter()
                    .find(|line| line.id == centre);
                let Some(line) = line else { return Ok(None) };
                let mut listed = Vec::new();
                for person in journal.persons(Some(centre))? {
                    let pressures = journal.newest_pressures(person.id, SPARK_READINGS)?;
                    listed.push(Listed { person, pressures });
                }
                let measured = journal.measured_since(centre, since)?;
                Ok(Some(CentreRecord {
                    centre: line,
                    listed,
                    measured,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// Every person.
    pub async fn persons(&self) -> Result<Vec<PersonLine>, Refusal> {
        self.must(Need::Health)?;
        self.state.read(|journal| journal.persons(None)).await
    }

    /// One person over a span of days that ends today.
    pub async fn person(&self, person: i64, span: Span) -> Result<PersonRecord, Refusal> {
        self.must(Need::Health)?;
        let (now, zone) = (self.now, self.state.zone.clone());
        let found = self
            .state
            .read(move |journal| {
                let Some(line) = journal.person(person)? else {
                    return Ok(None);
                };
                let first = journal.span_of(person)?.map(|(first, _)| first);
                let period = span.period(now, first, &zone);
                let kind = |kind| journal.observations_of(person, kind, period.from, period.to);
                Ok(Some(PersonRecord {
                    person: line,
                    period,
                    pressures: kind("blood_pressure")?,
                    glucoses: kind("glucose")?,
                    newest: journal.newest_of(person, NUMBERS_MAX)?,
                    labels: journal.device_labels()?,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// How the hub runs.
    pub async fn operation(&self) -> Result<Operation, Refusal> {
        self.must(Need::Operation)?;
        self.state
            .read(|journal| {
                Ok(Operation {
                    devices: journal.devices()?,
                    counts: journal.frame_counts()?,
                    frames: journal.not_understood(FRAMES_MAX)?,
                    followers: journal.followers()?,
                    unclaimed: journal.unclaimed(FRAMES_MAX)?,
                    unclaimed_count: journal.unclaimed_count()?,
                    unsettled: journal.unsettled_count()?,
                })
            })
            .await
    }

    /// One device.
    pub async fn device(&self, device: i64) -> Result<DeviceRecord, Refusal> {
        self.must(Need::Operation)?;
        let found = self
            .state
            .read(move |journal| {
                let line = journal
                    .devices()?
                    .into_iter()
                    .find(|line| line.id == device);
                let Some(line) = line else { return Ok(None) };
                let newest = journal.newest_by_device(device, NUMBERS_MAX)?;
                Ok(Some(DeviceRecord {
                    device: line,
                    newest,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }
}
