//! One centre's day: who came, who is expected, what is to be done; and one person at the desk.

use jiff::SignedDuration;

use super::Health;
use super::radio::OpenDays;
use crate::journal::{
    BedsideLine, CentreLine, DeviceLine, JournalError, NoticeLine, PersonLine, ReadingLine,
    SeatLine, Seen, SignLine,
};
use crate::people::details::Standing;
use crate::pipeline::{desk, record};
use crate::rules::{Course, course};
use crate::vitals::{Moment, Observation};
use crate::web::refusal::Refusal;

/// How far back the last visit of somebody who is missing is looked for.
const LAST_SEEN: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Somebody who came today, or about whom something was said.
pub struct Came {
    pub person: PersonLine,
    /// The newest reading or check-in of today.
    pub at: Option<Moment>,
    pub course: Course,
    /// Today's glucose readings, oldest first.
    pub glucoses: Vec<Observation>,
    pub signs: Vec<SignLine>,
}

/// Somebody who usually comes on this weekday.
pub struct Missing {
    pub person: PersonLine,
    pub phone: String,
    /// Her last reading or check-in.
    pub last: Option<Moment>,
}

/// A centre's day.
pub struct DayRecord {
    pub centre: CentreLine,
    /// Of the scope: to change over.
    pub centres: Vec<CentreLine>,
    pub came: Vec<Came>,
    pub missing: Vec<Missing>,
    /// Everybody who is there, for the paper list.
    pub everybody: Vec<PersonLine>,
    pub notices: Vec<NoticeLine>,
    pub unclaimed: i64,
    pub devices: Vec<DeviceLine>,
    pub open_days: OpenDays,
}

/// One person at the desk.
pub struct DeskRecord {
    pub person: PersonLine,
    pub signs: Vec<SignLine>,
    pub meals: Vec<Moment>,
    /// Readings of today, newest first.
    pub readings: Vec<ReadingLine>,
    /// The seats of her centre.
    pub seats: Vec<SeatLine>,
}

/// Waiting at the bedside, and the reading that came.
pub struct BedsideRecord {
    pub line: BedsideLine,
    pub reading: Option<ReadingLine>,
}

impl Health {
    /// The centre whose day this visitor is shown first.
    pub async fn first_centre(&self) -> Result<i64, Refusal> {
        let centres = self.centres().await?;
        Ok(centres.first().ok_or(Refusal::NotFound)?.id)
    }

    /// A centre's day.
    pub async fn day(&self, centre: i64) -> Result<DayRecord, Refusal> {
        let (now, zone) = (self.view.now, self.view.state.zone.clone());
        let (midnight, weekday) = (self.days_ago(0), self.today().weekday());
        let rules = self.view.state.rules.clone();
        let asked = OpenDays::asked(&self.view);
        let found = self
            .read(move |seen| {
                let centres = seen.centres(midnight)?;
                let Some(line) = centres.iter().find(|line| line.id == centre).cloned() else {
                    return Ok(None);
                };
                let Some(here) = seen.within(centre) else {
                    return Ok(None);
                };
                let seats = here.checked_in_since(&line, midnight)?;
                let (mut came, mut missing) = (Vec::new(), Vec::new());
                let everybody: Vec<PersonLine> = here
                    .persons(Some(centre))?
                    .into_iter()
                    .filter(|person| person.standing == Standing::Active)
                    .collect();
                for person in &everybody {
                    let seat = seats.iter().filter(|(id, _)| *id == person.id);
                    let read = person.last_taken_at.filter(|at| *at >= midnight);
                    let at = seat.map(|(_, at)| *at).chain(read).max();
                    let signs = here.signs_at(person, desk::holds_since(now), now)?;
                    if at.is_some() || !signs.is_empty() {
                        let record = record::record(&here, person, now, &zone)?;
                        came.push(Came {
                            person: person.clone(),
                            at,
                            course: course(&rules, &record, record::as_of(now, &zone)),
                            glucoses: today(&here, person, midnight, now)?,
                            signs,
                        });
                    }
                    if at.is_none() && person.comes_on.holds(weekday) {
                        missing.push(Missing {
                            phone: here.roster_entry(person)?.details.phone,
                            last: last_seen(&here, person, now)?,
                            person: person.clone(),
                        });
                    }
                }
                came.sort_by_key(|came| std::cmp::Reverse(came.at));
                Ok(Some(DayRecord {
                    came,
                    missing,
                    notices: here.open_notices()?,
                    unclaimed: here.unclaimed_count()?,
                    devices: here.devices()?,
                    open_days: OpenDays::of(here.open_days(&asked)?, &asked),
                    everybody,
                    centre: line,
                    centres,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// One person at the desk.
    pub async fn desk(&self, person: i64) -> Result<DeskRecord, Refusal> {
        let (now, midnight) = (self.view.now, self.days_ago(0));
        let found = self
            .read(move |seen| {
                let Some(person) = seen.person(person)? else {
                    return Ok(None);
                };
                Ok(Some(DeskRecord {
                    signs: seen.signs_at(&person, desk::holds_since(now), now)?,
                    meals: seen.meals(&person, midnight, now)?,
                    readings: seen.readings_of(&person, midnight)?,
                    seats: seen.seats(person.centre_id)?,
                    person,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }

    /// Devices of a centre of the scope.
    pub async fn devices_for(&self, centre: i64) -> Result<Vec<DeviceLine>, Refusal> {
        self.read(move |seen| match seen.within(centre) {
            Some(here) => here.devices(),
            None => Ok(Vec::new()),
        })
        .await
    }

    /// One waiting at the bedside.
    pub async fn bedside(&self, id: i64) -> Result<BedsideRecord, Refusal> {
        let found = self
            .read(move |seen| {
                let Some(line) = seen.bedside(id)? else {
                    return Ok(None);
                };
                let reading = match line.observation {
                    Some(observation) => seen.reading(observation)?,
                    None => None,
                };
                Ok(Some(BedsideRecord { line, reading }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }
}

fn today(
    seen: &Seen<'_>,
    person: &PersonLine,
    midnight: Moment,
    now: Moment,
) -> Result<Vec<Observation>, JournalError> {
    let until = now
        .saturating_add(SignedDuration::from_hours(24))
        .unwrap_or(Moment::MAX);
    seen.observations_of(person, "glucose", midnight, until)
}

fn last_seen(
    seen: &Seen<'_>,
    person: &PersonLine,
    now: Moment,
) -> Result<Option<Moment>, JournalError> {
    let since = now.saturating_sub(LAST_SEEN).unwrap_or(Moment::MIN);
    Ok(person.last_taken_at.max(seen.last_check_in(person, since)?))
}
