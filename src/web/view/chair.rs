//! What the screen of a station may see: its own chair, and the names of its own centre.

use std::collections::BTreeSet;

use crate::journal::{PersonLine, Photo, Scope, Seat, Station};
use crate::vitals::{Moment, Observation};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::state::State;

/// How long a result stays on the screen, seconds.
pub const RESULT_S: i64 = 60;
/// How many earlier pressures are looked through for the last sessions.
const EARLIER: u32 = 40;

/// The journal as one station's screen may see it.
pub struct Chair {
    state: State,
    pub station: Station,
    now: Moment,
}

/// Who is in the chair, or whose result is on the screen.
pub struct InChair {
    pub seat: Seat,
    pub person: PersonLine,
    /// There is a picture of her.
    pub photo: bool,
    /// What was measured in this sitting, in order.
    pub readings: Vec<Observation>,
    /// Her pressures before, oldest first.
    pub earlier: Vec<Observation>,
}

/// Who may touch her name here.
pub struct Names {
    pub persons: Vec<PersonLine>,
    /// Those of them who have a picture.
    pub with_photo: BTreeSet<i64>,
}

impl Chair {
    /// The view of the screen that asks, of the station it asks about.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for every other station.
    pub fn of(ask: &Ask, station: i64) -> Result<Self, Refusal> {
        let own = ask.seat.clone().filter(|seat| seat.id == station);
        Ok(Chair {
            state: ask.state.clone(),
            station: own.ok_or(Refusal::NotFound)?,
            now: ask.now,
        })
    }

    /// The newest check-in, as far as it concerns the screen: open, or ended a moment ago.
    pub async fn newest(&self) -> Result<Option<Seat>, Refusal> {
        let station = self.station.id;
        self.state
            .read(move |journal| journal.newest_seat(station))
            .await
    }

    /// Who is to be shown, if anybody is.
    pub async fn in_chair(&self) -> Result<Option<InChair>, Refusal> {
        let (station, now) = (self.station.id, self.now);
        self.state
            .read(move |journal| {
                let Some(seat) = journal.newest_seat(station)?.filter(|s| shown(s, now)) else {
                    return Ok(None);
                };
                // Her card may have brought her here from another centre.
                let seen = journal.seen(Scope::Township);
                let Some(person) = seen.person(seat.row.sitting.person)? else {
                    return Ok(None);
                };
                let readings = journal.chair_readings(seat.row.id)?;
                let mut earlier = seen.newest_pressures(&person, EARLIER)?;
                earlier.retain(|e| readings.iter().all(|r| r.id != e.id));
                let photo = seen.with_photo(person.centre_id)?.contains(&person.id);
                Ok(Some(InChair {
                    seat,
                    photo,
                    person,
                    readings,
                    earlier,
                }))
            })
            .await
    }

    /// The persons of this station's centre, by name.
    pub async fn names(&self) -> Result<Names, Refusal> {
        let centre = self.station.centre_id;
        self.state
            .read(move |journal| {
                let seen = journal.seen(Scope::Centre(centre));
                Ok(Names {
                    persons: seen.persons(Some(centre))?,
                    with_photo: seen.with_photo(centre)?,
                })
            })
            .await
    }

    /// The picture of somebody whose name this screen may show: of its centre, or in its chair.
    pub async fn photo(&self, person: i64) -> Result<Option<Photo>, Refusal> {
        let (station, centre, now) = (self.station.id, self.station.centre_id, self.now);
        self.state
            .read(move |journal| {
                let seat = journal.newest_seat(station)?.filter(|s| shown(s, now));
                let scope = match seat.is_some_and(|seat| seat.row.sitting.person == person) {
                    true => Scope::Township,
                    false => Scope::Centre(centre),
                };
                let seen = journal.seen(scope);
                match seen.person(person)? {
                    Some(line) => seen.photo(&line),
                    None => Ok(None),
                }
            })
            .await
    }

    /// How a card's frame ended: its reason.
    pub async fn card_reason(&self, frame: i64) -> Result<Option<String>, Refusal> {
        self.state
            .read(move |journal| journal.frame_reason(frame))
            .await
    }
}

fn shown(seat: &Seat, now: Moment) -> bool {
    use crate::people::check_in::EndedBy;
    match seat.closed {
        None => true,
        Some(closed) => {
            !seat.cleared
                && matches!(closed.by, EndedBy::Result | EndedBy::Doubt)
                && now.duration_since(closed.until).as_secs() < RESULT_S
        }
    }
}
