//! What is done at the screen: a card, a touch, an answer. Each is a command of the station.

use axum::Form;
use axum::extract::Path;
use axum::response::Html;
use serde::Deserialize;

use super::face::Face;
use super::now;
use crate::journal::{JournalError, Scope, Tx};
use crate::people::check_in::{Event, Kind};
use crate::pipeline::chair;
use crate::rules::PlaceLimits;
use crate::vitals::{Frame, Inlet, Meal, Moment, Transport};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::page;
use crate::web::view::Chair;

/// The longest text of a reader, characters.
const NUMBER_MOST: usize = 64;

/// What a reader typed.
#[derive(Deserialize)]
pub struct Typed {
    number: String,
}

/// `POST /kiosk/{station}/card`: a frame of the station, kept before it is understood.
pub async fn card(
    ask: Ask,
    Path(station): Path<i64>,
    Form(typed): Form<Typed>,
) -> Result<Html<String>, Refusal> {
    let chair = Chair::of(&ask, station)?;
    if typed.number.chars().count() > NUMBER_MOST {
        return Err(Refusal::Unreadable);
    }
    let swipe = chair::Swipe {
        number: typed.number,
        reader: chair.station.reader.word().to_owned(),
        at: None,
    };
    let payload = serde_json::to_vec(&swipe).map_err(|_| Refusal::Unreadable)?;
    let frame = Frame {
        transport: Transport::Station,
        source: chair.station.code.clone(),
        topic: format!("stations/{}/card", chair.station.code),
        payload,
        received_at: ask.now,
        retained: false,
        may_be_late: false,
        refused: None,
    };
    let kept = ask.state.road.keep(frame).await;
    let row = kept.map_err(|_| Refusal::Unavailable)?;
    ask.state.road.understood(row).await;
    let reason = chair.card_reason(row.0).await?.unwrap_or_default();
    if reason == chair::CHECKED_IN {
        return now(&ask, station).await;
    }
    page(&Face::card_not_taken(&ask, station, &reason))
}

/// What was touched.
#[derive(Deserialize)]
pub struct Touched {
    act: String,
    person: Option<i64>,
    meal: Option<String>,
}

/// `POST /kiosk/{station}/act`.
pub async fn act(
    ask: Ask,
    Path(station): Path<i64>,
    Form(touched): Form<Touched>,
) -> Result<Html<String>, Refusal> {
    let chair = Chair::of(&ask, station)?;
    let centre = chair.station.centre_id;
    let doing = Doing::of(&touched).ok_or(Refusal::Unreadable)?;
    let actor = format!("station:{station}");
    let object = match doing {
        Doing::Touch(person) => format!("person:{person} {actor}"),
        _ => actor.clone(),
    };
    let rules = ask.state.rules.clone();
    ask.state
        .road
        .command(&actor, doing.action(), move |tx, now| {
            doing.run(tx, (station, centre), &rules.place, now)?;
            Ok(((), object))
        })
        .await?;
    match doing {
        Doing::Leave | Doing::NotMe => page(&Face::goodbye(&ask, station, doing == Doing::NotMe)),
        _ => now(&ask, station).await,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Touch(i64),
    Begin(Kind),
    Rested,
    Still,
    NotMe,
    Leave,
    Meal(Meal),
}

impl Doing {
    fn of(touched: &Touched) -> Option<Self> {
        Some(match touched.act.as_str() {
            "touch" => Doing::Touch(touched.person?),
            "pressure" => Doing::Begin(Kind::BloodPressure),
            "glucose" => Doing::Begin(Kind::Glucose),
            "rested" => Doing::Rested,
            "still" => Doing::Still,
            "not_me" => Doing::NotMe,
            "leave" => Doing::Leave,
            "meal" => Doing::Meal(Meal::from_word(touched.meal.as_deref()?)?),
            _ => return None,
        })
    }

    fn action(self) -> &'static str {
        match self {
            Doing::Touch(_) => "check_in.touch",
            Doing::Begin(_) => "check_in.begin",
            Doing::Rested => "check_in.rested",
            Doing::Still => "check_in.still",
            Doing::NotMe => "check_in.not_me",
            Doing::Leave => "check_in.leave",
            Doing::Meal(_) => "observation.meal",
        }
    }

    fn run(
        self,
        tx: &Tx<'_>,
        (station, centre): (i64, i64),
        limits: &PlaceLimits,
        now: Moment,
    ) -> Result<(), JournalError> {
        match self {
            Doing::Touch(person) => {
                // By touch only who belongs to this centre: its names are the only ones shown.
                if tx
                    .seen(Scope::Centre(centre), |seen| seen.person(person))?
                    .is_some()
                {
                    chair::enter(tx, station, person, now)?;
                }
            }
            Doing::Begin(kind) => _ = chair::happen(tx, station, Event::Begin(kind), now)?,
            Doing::Rested => _ = chair::happen(tx, station, Event::Rested, now)?,
            Doing::Still => _ = chair::happen(tx, station, Event::Still, now)?,
            Doing::NotMe => chair::not_me(tx, station, limits, now)?,
            Doing::Leave => chair::leave(tx, station, now)?,
            Doing::Meal(meal) => chair::say_meal(tx, station, meal, now)?,
        }
        Ok(())
    }
}
