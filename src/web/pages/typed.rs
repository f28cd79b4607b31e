//! A reading that staff type: a form, a second look at what was typed, and then it is kept.

use std::str::FromStr;

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::desk::moment_of;
use super::numbers::{unit, value};
use super::when::When;
use crate::journal::PersonLine;
use crate::pipeline::typed::{NotTyped, Typed, check, store};
use crate::vitals::{
    BloodPressure, Glucose, GlucoseValue, Meal, Measured, Moment, Posture, Specimen,
};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::words::Words;

/// What the form sends, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    kind: String,
    systolic: String,
    diastolic: String,
    pulse: String,
    posture: String,
    glucose: String,
    meal: String,
    /// `2026-04-14T08:30`.
    taken: String,
    form: String,
    /// Looked at a second time.
    sure: String,
}

struct Choice {
    word: &'static str,
    said: String,
    holds: bool,
}

#[derive(Template)]
#[template(path = "typed.html", config = "src/web/askama.toml")]
struct TypedPage {
    shell: Shell,
    t: Words,
    person: i64,
    name: String,
    facts: String,
    given: Given,
    postures: Vec<Choice>,
    meals: Vec<Choice>,
    latest: String,
    trouble: Option<String>,
    /// What it will be: looked at before it is kept.
    look: Option<Look>,
}

struct Look {
    value: String,
    unit: &'static str,
    beside: String,
    when: String,
    danger: Option<String>,
}

/// `GET /persons/{person}/typed`.
pub async fn show(ask: Ask, Path(person): Path<i64>) -> Result<Html<String>, Refusal> {
    let line = View::of(&ask)?.health()?.person_line(person).await?;
    let form: [u8; 16] = rand::random();
    let given = Given {
        kind: "blood_pressure".to_owned(),
        taken: local(&When::of(&ask)),
        form: form.iter().map(|byte| format!("{byte:02x}")).collect(),
        ..Given::default()
    };
    form_page(&ask, &line, given, None, None)
}

/// Now, as `<input type=datetime-local>` takes it.
fn local(when: &When) -> String {
    let civil = when.zone.to_datetime(when.now);
    civil.strftime("%Y-%m-%dT%H:%M").to_string()
}

fn form_page(
    ask: &Ask,
    line: &PersonLine,
    given: Given,
    trouble: Option<String>,
    look: Option<Look>,
) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let when = When::of(ask);
    let choice = |family: &str, word: &'static str, holds: bool| Choice {
        word,
        said: t.word(family, word),
        holds,
    };
    page(&TypedPage {
        shell: Shell::new(ask, Tab::Day, &t.say("typed-title")),
        t,
        person: line.id,
        name: line.name.clone(),
        facts: super::observation::facts(line, &when),
        postures: Posture::ALL
            .map(|p| {
                let chosen = Posture::from_word(&given.posture).unwrap_or_default();
                choice("posture", p.word(), chosen == p)
            })
            .into(),
        meals: Meal::ALL
            .map(|m| {
                let chosen = Meal::from_word(&given.meal).unwrap_or_default();
                choice("meal", m.word(), chosen == m)
            })
            .into(),
        latest: local(&when),
        given,
        trouble,
        look,
    })
}

/// Why the form cannot be taken as it is.
enum Unclear {
    Number,
    Time,
}

/// `POST /persons/{person}/typed`.
pub async fn give(
    ask: Ask,
    Path(person): Path<i64>,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let health = View::of(&ask)?.health()?;
    let line = health.person_line(person).await?;
    let when = When::of(&ask);
    let t = ask.words;
    let form = form_number(&given.form).ok_or(Refusal::Unreadable)?;
    let refuse = |given: Given, said: String| {
        let page = form_page(&ask, &line, given, Some(said), None)?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let (measured, taken_at) = match read(&given, &when) {
        Ok(read) => read,
        Err(Unclear::Number) => return refuse(given, t.say("typed-no-number")),
        Err(Unclear::Time) => return refuse(given, t.say("typed-no-time")),
    };
    if let Err(not) = check(&measured, taken_at, when.now) {
        return refuse(given, said(&not, t));
    }
    if given.sure.is_empty() {
        let look = look(&ask, &measured, taken_at, &when);
        return Ok(form_page(&ask, &line, given, None, Some(look))?.into_response());
    }
    let typed = Typed {
        person,
        measured,
        taken_at,
        posture: Posture::from_word(&given.posture).unwrap_or_default(),
        form,
    };
    let stored = health
        .act("reading.type", move |tx, by, now| {
            store(tx, by, &typed, now)
        })
        .await;
    match stored {
        Ok(_) => Ok(Redirect::to(&format!("/persons/{person}/desk")).into_response()),
        Err(NotTyped::NotHere) => Err(Refusal::NotFound),
        Err(NotTyped::Journal(error)) => Err(error.into()),
        Err(NotTyped::Command(error)) => Err(error.into()),
        Err(not) => refuse(given, said(&not, t)),
    }
}

fn said(not: &NotTyped, t: Words) -> String {
    match not {
        NotTyped::Implausible(fault) => {
            t.with1("typed-implausible", "why", t.word("reason", fault.word()))
        }
        _ => t.say("typed-no-time"),
    }
}

fn look(ask: &Ask, measured: &Measured, taken_at: Moment, when: &When) -> Look {
    let t = ask.words;
    let (number, beside) = value(measured, t);
    let at = when.day_hour(taken_at);
    Look {
        value: number,
        unit: unit(measured),
        beside,
        when: format!("{} {}", at.day, at.hour),
        danger: ask
            .state
            .rules
            .place
            .reached(measured)
            .map(|alarm| t.word("place", alarm.word())),
    }
}

/// 32 hexadecimal digits.
fn form_number(text: &str) -> Option<[u8; 16]> {
    let mut number = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in number.iter_mut().zip((0..32).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(number)
}

fn read(given: &Given, when: &When) -> Result<(Measured, Moment), Unclear> {
    let number = |text: &str| {
        let plain = crate::people::entry::half_width(text.trim());
        Decimal::from_str(&plain).map_err(|_| Unclear::Number)
    };
    let measured = match given.kind.as_str() {
        "glucose" => Measured::Glucose(Glucose {
            value: match given.glucose.trim().to_ascii_uppercase().as_str() {
                "LO" => GlucoseValue::Low,
                "HI" => GlucoseValue::High,
                text => GlucoseValue::MmolL(number(text)?),
            },
            meal: Meal::from_word(&given.meal).unwrap_or_default(),
            specimen: Specimen::Blood,
        }),
        "blood_pressure" => Measured::BloodPressure(BloodPressure {
            systolic_mmhg: number(&given.systolic)?,
            diastolic_mmhg: number(&given.diastolic)?,
            map_mmhg: None,
            pulse_bpm: match given.pulse.trim() {
                "" => None,
                pulse => Some(number(pulse)?),
            },
        }),
        _ => return Err(Unclear::Number),
    };
    let civil: DateTime = given.taken.parse().map_err(|_| Unclear::Time)?;
    let at = moment_of(civil, when).ok_or(Unclear::Time)?;
    Ok((measured, at))
}
