//! What stands on the screen: one question, answered by the largest thing on it.

use askama::Template;

use super::names::{Name, Pick, photo};
use super::result::{glucose_result, pressure_result};
use crate::people::check_in::{EndedBy, IDLE_S, Kind, OpenedBy, Stage, deadline, in_doubt, waits};
use crate::vitals::{Measured, Moment};
use crate::web::ask::Ask;
use crate::web::view::{InChair, RESULT_S};
use crate::words::Words;

/// How long a word of farewell, or why a card was not taken, stays; milliseconds.
const WORD_MS: i64 = 6_000;

/// What stands on the screen now.
#[derive(Template)]
#[template(path = "kiosk_face.html", config = "src/web/askama.toml")]
pub struct Face {
    t: Words,
    station: i64,
    /// Changes when something else stands there; said aloud once for each.
    key: String,
    /// Said aloud when it comes up. Never a name or a number.
    say: String,
    /// After so many milliseconds the screen asks again what to show.
    expires_ms: i64,
    clock: String,
    today: String,
    body: Body,
}

pub(super) enum Body {
    Waiting {
        notice: Option<String>,
    },
    Goodbye {
        say: String,
    },
    Villages {
        villages: Vec<Pick>,
    },
    Letters {
        letters: Vec<Pick>,
    },
    Names {
        under: String,
        names: Vec<Name>,
        more: bool,
    },
    Person {
        name: String,
        initial: String,
        /// Where her picture is.
        photo: Option<String>,
        how: String,
        /// A reading has come before she touched anything: was it hers?
        waits: bool,
    },
    Resting {
        name: String,
        countdown: Countdown,
    },
    Measuring {
        name: String,
        second: bool,
        glucose: bool,
    },
    Again {
        name: String,
        countdown: Countdown,
        /// "Still <name>?" waits for its answer.
        asked: bool,
        /// A reading has come and waits for it too.
        waits: bool,
        standing: bool,
    },
    Pressure {
        name: String,
        mean: Option<Shown>,
        of: String,
        last: Option<String>,
        trend: Option<String>,
        aloud: String,
    },
    Glucose {
        name: String,
        value: String,
        number: bool,
        meals: Vec<MealChoice>,
        aloud: String,
    },
    /// Measured, and nobody can tell whether it is hers.
    Doubt,
}

pub(super) struct Shown {
    pub systolic: String,
    pub diastolic: String,
    pub pulse: Option<String>,
}

pub(super) struct MealChoice {
    pub word: &'static str,
    pub text: String,
    pub chosen: bool,
}

/// A countdown of the protocol. The hub says what is left; the page only draws it.
pub(super) struct Countdown {
    left_ms: i64,
    whole_ms: i64,
}

impl Countdown {
    fn until(until: Moment, now: Moment, whole_s: i64) -> Self {
        Countdown {
            left_ms: (until.as_millisecond() - now.as_millisecond()).max(0),
            whole_ms: whole_s * 1000,
        }
    }

    fn seconds(&self) -> i64 {
        (self.left_ms + 999) / 1000
    }
}

impl Face {
    pub(super) fn new(
        ask: &Ask,
        station: i64,
        key: &str,
        say: &str,
        expires_ms: i64,
        body: Body,
    ) -> Self {
        let t = ask.words;
        let civil = ask.state.zone.to_datetime(ask.now);
        Face {
            t,
            station,
            key: key.to_owned(),
            say: if say.is_empty() {
                String::new()
            } else {
                t.say(say)
            },
            expires_ms,
            clock: t.hour(civil),
            today: format!("{} {}", t.day(civil.date()), t.weekday(civil.weekday())),
            body,
        }
    }

    /// What the journal says about the chair now.
    pub fn of(ask: &Ask, station: i64, shown: Option<&InChair>) -> Self {
        let Some(chair) = shown else {
            return Face::waiting(ask, station, "waiting", None);
        };
        match chair.seat.closed {
            None => Face::sitting(ask, station, chair),
            Some(closed) => {
                let gone_ms = ask.now.as_millisecond() - closed.until.as_millisecond();
                let expires_ms = (RESULT_S * 1000 - gone_ms).max(1);
                match closed.by {
                    EndedBy::Result => Face::result(ask, station, chair, expires_ms),
                    _ => Face::new(
                        ask,
                        station,
                        "doubt",
                        "kiosk-aloud-doubt",
                        expires_ms,
                        Body::Doubt,
                    ),
                }
            }
        }
    }

    fn waiting(ask: &Ask, station: i64, key: &str, notice: Option<String>) -> Self {
        let (say, expires_ms) = match &notice {
            Some(_) => ("kiosk-aloud-card", WORD_MS),
            None => ("", 30_000),
        };
        Face::new(ask, station, key, say, expires_ms, Body::Waiting { notice })
    }

    /// Why a card put nobody in the chair.
    pub fn card_not_taken(ask: &Ask, station: i64, reason: &str) -> Self {
        let key = match reason {
            "card_unknown" => "kiosk-card-unknown",
            "card_ambiguous" => "kiosk-card-ambiguous",
            _ => "kiosk-card-unread",
        };
        Face::waiting(ask, station, reason, Some(ask.words.say(key)))
    }

    /// Somebody has left, or was never there.
    pub fn goodbye(ask: &Ask, station: i64, not_me: bool) -> Self {
        let key = if not_me {
            "kiosk-not-me-done"
        } else {
            "kiosk-goodbye-say"
        };
        let aloud = if not_me {
            "kiosk-aloud-not-me"
        } else {
            "kiosk-aloud-goodbye"
        };
        let say = ask.words.say(key);
        Face::new(
            ask,
            station,
            "goodbye",
            aloud,
            WORD_MS,
            Body::Goodbye { say },
        )
    }

    fn sitting(ask: &Ask, station: i64, chair: &InChair) -> Self {
        let sitting = &chair.seat.row.sitting;
        let name = chair.person.name.clone();
        let left_ms = deadline(sitting).as_millisecond() - ask.now.as_millisecond();
        let expires_ms = left_ms.max(1);
        let asked = sitting.asked.is_some();
        let key = |word: &str| format!("{word}-{}-{}", chair.seat.row.id, sitting.readings);
        match sitting.stage {
            Stage::Greeted => {
                let how = match sitting.opened_by {
                    OpenedBy::Card => "kiosk-by-card",
                    OpenedBy::Touch => "kiosk-by-touch",
                    OpenedBy::Staff => "kiosk-by-staff",
                };
                let waits = in_doubt(sitting) && waits(sitting);
                let body = Body::Person {
                    initial: first(&name),
                    photo: chair.photo.then(|| photo(station, chair.person.id)),
                    name,
                    how: ask.words.say(how),
                    waits,
                };
                let (word, say) = match waits {
                    true => ("personwaits", "kiosk-aloud-waits"),
                    false => ("person", "kiosk-aloud-person"),
                };
                Face::new(ask, station, &key(word), say, expires_ms, body)
            }
            Stage::Resting { until } => {
                let countdown = Countdown::until(until, ask.now, crate::people::check_in::REST_S);
                let body = Body::Resting { name, countdown };
                Face::new(
                    ask,
                    station,
                    &key("resting"),
                    "kiosk-aloud-resting",
                    expires_ms,
                    body,
                )
            }
            Stage::Measuring => {
                let body = Body::Measuring {
                    name,
                    second: sitting.readings > 0,
                    glucose: sitting.kind == Some(Kind::Glucose),
                };
                let say = if sitting.kind == Some(Kind::Glucose) {
                    "kiosk-aloud-glucose"
                } else {
                    "kiosk-aloud-measuring"
                };
                Face::new(ask, station, &key("measuring"), say, expires_ms, body)
            }
            Stage::Again { until, standing } => {
                let waits = waits(sitting);
                let whole_s = (deadline(sitting).as_second() - IDLE_S)
                    .saturating_sub(sitting.seen.as_second())
                    .clamp(1, 600);
                let body = Body::Again {
                    name,
                    countdown: Countdown::until(until, ask.now, whole_s),
                    asked,
                    waits: waits && asked,
                    standing,
                };
                let say = match (asked, standing) {
                    (true, _) => "kiosk-aloud-again",
                    (false, true) => "kiosk-aloud-stand",
                    (false, false) => "kiosk-aloud-confirmed",
                };
                let word = format!("again{asked}{waits}");
                Face::new(ask, station, &key(&word), say, expires_ms, body)
            }
        }
    }

    fn result(ask: &Ask, station: i64, chair: &InChair, expires_ms: i64) -> Self {
        let glucose = chair
            .readings
            .iter()
            .rev()
            .find_map(|o| match &o.reading.measured {
                Measured::Glucose(glucose) => Some(glucose),
                Measured::BloodPressure(_) => None,
            });
        let is_glucose = chair.seat.row.sitting.readings == 0;
        let body = match glucose {
            Some(glucose) if is_glucose => glucose_result(ask, chair, &glucose.value, glucose.meal),
            _ => pressure_result(ask, chair),
        };
        let key = format!("result-{}", chair.seat.row.id);
        Face::new(ask, station, &key, "kiosk-aloud-result", expires_ms, body)
    }
}

pub(super) fn first(name: &str) -> String {
    name.chars().take(1).collect()
}
