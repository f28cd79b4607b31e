//! One person at the desk: danger signs, a meal, how she was held; and from here to the bedside and to typing.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Path, RawForm};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::civil::{DateTime, Time};
use serde::Deserialize;

use super::numbers::value;
use super::when::When;
use crate::journal::{ReadingLine, Remark};
use crate::pipeline::chair;
use crate::pipeline::desk::{self, NotSaid};
use crate::vitals::{Mark, Meal, Measured, Moment, Posture};
use crate::web::access::origin::local_path;
use crate::web::ask::Ask;
use crate::web::goals;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::words::Words;

struct SignBox {
    word: String,
    said: String,
    ticked: bool,
}

struct SignGroup {
    title: String,
    boxes: Vec<SignBox>,
}

/// Something that may be said about a reading: a button, pressed when it holds.
struct Choice {
    what: &'static str,
    word: &'static str,
    said: String,
    holds: bool,
}

struct ReadingRow {
    id: i64,
    hour: String,
    value: String,
    beside: String,
    marks: Vec<String>,
    choices: Vec<Choice>,
    href: String,
}

#[derive(Template)]
#[template(path = "desk.html", config = "src/web/askama.toml")]
struct DeskPage {
    shell: Shell,
    t: Words,
    person: i64,
    name: String,
    facts: String,
    centre_id: i64,
    groups: Vec<SignGroup>,
    ticked_by: Option<String>,
    meals: Vec<String>,
    hour: String,
    readings: Vec<ReadingRow>,
    seats: Vec<SeatRow>,
}

/// A seat she may be put in.
struct SeatRow {
    id: i64,
    name: String,
    /// She sits there, or somebody else does, since when.
    taken: Option<String>,
    hers: bool,
}

/// `GET /persons/{person}/desk`.
pub async fn show(ask: Ask, Path(person): Path<i64>) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let record = View::of(&ask)?.health()?.desk(person).await?;
    let when = When::of(&ask);
    let age = goals::age(record.person.birth_date, when.today());
    let sex = t.word("sex", record.person.sex.word());
    let held: BTreeSet<&str> = record.signs.iter().map(|s| s.sign.as_str()).collect();
    page(&DeskPage {
        t,
        person,
        name: record.person.name.clone(),
        facts: t.with("person-facts", [("age", age.into()), ("sex", sex.into())]),
        centre_id: record.person.centre_id,
        groups: sign_groups(&ask, &held),
        ticked_by: record.signs.last().map(|sign| {
            t.with(
                "desk-ticked-by",
                [
                    ("who", sign.ticked_by.as_str().into()),
                    ("hour", when.day_hour(sign.from).hour.into()),
                ],
            )
        }),
        meals: record
            .meals
            .iter()
            .map(|at| when.day_hour(*at).hour)
            .collect(),
        hour: when.day_hour(when.now).hour,
        readings: record
            .readings
            .iter()
            .map(|line| reading_row(line, &when, person))
            .collect(),
        seats: record
            .seats
            .iter()
            .map(|seat| SeatRow {
                id: seat.station_id,
                name: seat.name.clone(),
                hers: seat.taken.is_some_and(|(who, _)| who == person),
                taken: seat.taken.map(|(who, since)| {
                    let key = match who == person {
                        true => "desk-seat-hers",
                        false => "desk-seat-taken",
                    };
                    t.with1(key, "hour", when.day_hour(since).hour)
                }),
            })
            .collect(),
        shell: Shell::new(&ask, Tab::Day, &record.person.name),
    })
}

/// The signs of the rule table, each once, in the order of their urgency.
fn sign_groups(ask: &Ask, held: &BTreeSet<&str>) -> Vec<SignGroup> {
    let t = ask.words;
    let signs = &ask.state.rules.signs;
    let mut shown = BTreeSet::new();
    let named = [
        ("red", &signs.red),
        ("amber", &signs.amber),
        ("dka_hhs", &signs.dka_hhs),
        ("sick", &signs.sick),
        ("single", &signs.single),
    ];
    let group = |(name, words): (&str, &Vec<String>)| SignGroup {
        title: t.word("desk-signs", name),
        boxes: words
            .iter()
            .filter(|word| shown.insert((*word).clone()))
            .map(|word| SignBox {
                said: t.word("sign", word),
                ticked: held.contains(word.as_str()),
                word: word.clone(),
            })
            .collect(),
    };
    named
        .into_iter()
        .map(group)
        .filter(|group| !group.boxes.is_empty())
        .collect()
}

fn reading_row(line: &ReadingLine, when: &When, person: i64) -> ReadingRow {
    let t = when.t;
    let observation = &line.observation;
    let (number, beside) = value(&observation.reading.measured, t);
    let marks = &observation.reading.marks;
    let choices = match &observation.reading.measured {
        Measured::BloodPressure(_) => Posture::ALL
            .into_iter()
            .map(|posture| Choice {
                what: "posture",
                word: posture.word(),
                said: t.word("posture", posture.word()),
                holds: observation.posture == posture,
            })
            .collect(),
        Measured::Glucose(glucose) => {
            let retest = marks.contains(&Mark::Retest);
            let meals = Meal::ALL.into_iter().map(|meal| Choice {
                what: "meal",
                word: meal.word(),
                said: t.word("meal", meal.word()),
                holds: glucose.meal == meal,
            });
            let retest = Choice {
                what: "retest",
                word: if retest { "no" } else { "yes" },
                said: t.word("mark", Mark::Retest.word()),
                holds: retest,
            };
            meals.chain([retest]).collect()
        }
    };
    ReadingRow {
        id: observation.id,
        hour: when.day_hour(observation.taken.at).hour,
        value: number,
        beside,
        marks: marks.iter().map(|m| t.word("mark", m.word())).collect(),
        choices,
        href: format!(
            "/observations/{}?back=/persons/{person}/desk",
            observation.id
        ),
    }
}

impl From<NotSaid> for Refusal {
    fn from(not: NotSaid) -> Self {
        match not {
            NotSaid::NotHere => Refusal::NotFound,
            NotSaid::Unknown | NotSaid::Time => Refusal::Unreadable,
            NotSaid::Journal(error) => error.into(),
            NotSaid::Command(error) => error.into(),
        }
    }
}

fn to_desk(person: i64) -> Response {
    Redirect::to(&format!("/persons/{person}/desk")).into_response()
}

/// `POST /persons/{person}/signs`: the ticked ones hold now, and no others.
pub async fn tick(
    ask: Ask,
    Path(person): Path<i64>,
    RawForm(form): RawForm,
) -> Result<Response, Refusal> {
    let ticked: BTreeSet<String> = url::form_urlencoded::parse(&form)
        .filter(|(key, _)| key == "sign")
        .map(|(_, word)| word.into_owned())
        .collect();
    let rules = ask.state.rules.clone();
    View::of(&ask)?
        .health()?
        .act("sign.set", move |tx, by, now| {
            desk::signs(tx, by, person, &ticked, &rules.signs, now)
        })
        .await?;
    Ok(to_desk(person))
}

/// Which seat, and whether her plan asks for standing readings too.
#[derive(Debug, Deserialize)]
pub struct Seated {
    station: i64,
    standing: Option<String>,
}

/// `POST /persons/{person}/check-in`: staff put her in the chair.
pub async fn check_in(
    ask: Ask,
    Path(person): Path<i64>,
    Form(seated): Form<Seated>,
) -> Result<Response, Refusal> {
    let standing = seated.standing.is_some();
    View::of(&ask)?
        .health()?
        .act("check_in.staff", move |tx, by, now| {
            chair::seat(tx, by, person, seated.station, standing, now)
        })
        .await?;
    Ok(to_desk(person))
}

/// When somebody began to eat, as the form sends it: `08:30` of today; empty: now.
#[derive(Debug, Deserialize)]
pub struct Ate {
    hour: Option<String>,
}

/// `POST /persons/{person}/meals`.
pub async fn eat(
    ask: Ask,
    Path(person): Path<i64>,
    Form(ate): Form<Ate>,
) -> Result<Response, Refusal> {
    let when = When::of(&ask);
    let began = match ate.hour.as_deref().filter(|hour| !hour.is_empty()) {
        None => when.now,
        Some(hour) => today_at(hour, &when).ok_or(Refusal::Unreadable)?,
    };
    View::of(&ask)?
        .health()?
        .act("meal.add", move |tx, by, now| {
            desk::meal(tx, by, person, began.min(now), now)
        })
        .await?;
    Ok(to_desk(person))
}

fn today_at(hour: &str, when: &When) -> Option<Moment> {
    let time: Time = hour.parse().ok()?;
    moment_of(when.today().to_datetime(time), when)
}

/// A wall-clock time where the hub stands.
pub fn moment_of(civil: DateTime, when: &When) -> Option<Moment> {
    when.zone.to_ambiguous_timestamp(civil).compatible().ok()
}

/// `POST /observations/{observation}/remarks`: `posture=stand`, `meal=fasting` or `retest=yes`.
pub async fn remark(
    ask: Ask,
    Path(observation): Path<i64>,
    RawForm(form): RawForm,
) -> Result<Response, Refusal> {
    let said: Vec<(String, String)> = url::form_urlencoded::parse(&form).into_owned().collect();
    let remark = said
        .iter()
        .find_map(|(what, said)| Remark::from_words(what, said))
        .ok_or(Refusal::Unreadable)?;
    View::of(&ask)?
        .health()?
        .act("reading.remark", move |tx, by, now| {
            desk::remark(tx, by, observation, remark, now)
        })
        .await?;
    let here = format!("/observations/{observation}");
    let back = said.iter().find(|(key, _)| key == "back");
    let back = back.and_then(|(_, path)| local_path(path)).unwrap_or(&here);
    Ok(Redirect::to(back).into_response())
}
