//! A person: pictures of her blood pressure and glucose, the numbers, and where each comes from.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Html;
use serde::Deserialize;

use super::figures::{Drawing, Figure};
use super::numbers::{NumberRow, number_row};
use super::people_table::registers;
use super::tray::{RecentRow, recent_row};
use super::when::When;
use crate::charts::summary::shown;
use crate::charts::{GlucoseGoals, PressureGoal, Span};
use crate::web::ask::Ask;
use crate::web::goals;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{PersonRecord, View};
use crate::words::Words;

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// A word of [`Span`]; anything else is the usual 90 days.
    days: Option<String>,
}

impl Asked {
    pub(super) fn span(&self) -> Span {
        self.days
            .as_deref()
            .and_then(Span::from_word)
            .unwrap_or(Span::Days90)
    }
}

/// A button of the range switch.
struct SpanLink {
    href: String,
    text: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "person_board.html", config = "src/web/askama.toml")]
struct Board {
    t: Words,
    spans: Vec<SpanLink>,
    figures: Vec<Figure>,
    /// The same readings over the hours of a day.
    by_hour: Vec<Figure>,
    /// The newest reading of each kind, large.
    latest: Vec<NumberRow>,
    numbers: Vec<NumberRow>,
    /// Readings that were hers and were taken from her.
    taken: Vec<RecentRow>,
    person_id: i64,
    goals: Vec<(String, String)>,
    goal_source: Option<String>,
    /// The readings of these days as CSV.
    table_href: String,
}

#[derive(Template)]
#[template(path = "person.html", config = "src/web/askama.toml")]
struct PersonPage {
    shell: Shell,
    name: String,
    facts: String,
    centre_id: i64,
    centre: String,
    registers: Vec<String>,
    roster_href: String,
    board: Board,
    desk_href: String,
    board_href: String,
    live_href: String,
}

/// `GET /persons/{person}`.
pub async fn show(
    ask: Ask,
    Path(person): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Refusal> {
    let span = asked.span();
    let record = View::of(&ask)?.health()?.person(person, span).await?;
    let t = ask.words;
    let line = &record.person;
    page(&PersonPage {
        shell: Shell::new(&ask, Tab::Persons, &line.name),
        name: line.name.clone(),
        facts: facts(&ask, &record),
        centre_id: line.centre_id,
        centre: line.centre_name.clone(),
        registers: registers(t, line),
        roster_href: format!("/persons/{person}/roster"),
        desk_href: format!("/persons/{person}/desk"),
        board_href: format!("/persons/{person}/board?days={}", span.word()),
        live_href: format!("/persons/{person}/live"),
        board: board(&ask, record, span),
    })
}

/// `GET /persons/{person}/board`: what changes when a reading arrives.
pub async fn board_only(
    ask: Ask,
    Path(person): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Refusal> {
    let span = asked.span();
    let record = View::of(&ask)?.health()?.person(person, span).await?;
    page(&board(&ask, record, span))
}

fn facts(ask: &Ask, record: &PersonRecord) -> String {
    let t = ask.words;
    let age = goals::age(record.person.birth_date, When::of(ask).today());
    t.with(
        "person-facts",
        [
            ("age", age.into()),
            ("sex", t.word("sex", record.person.sex.word()).into()),
        ],
    )
}

fn board(ask: &Ask, record: PersonRecord, span: Span) -> Board {
    let t = ask.words;
    let when = When::of(ask);
    let line = &record.person;
    let age = goals::age(line.birth_date, when.today());
    let limits = record.target.as_ref().map(|target| target.limits);
    let limits = limits.unwrap_or_default();
    let pressure_goal = goals::personal_pressure(&limits, goals::pressure(line.hypertension, age));
    let glucose_goals = goals::personal_glucose(&limits, goals::glucose(line.diabetes));
    let labels: HashMap<&str, &str> = record
        .labels
        .iter()
        .map(|(name, label)| (name.as_str(), label.as_str()))
        .collect();
    let drawing = Drawing {
        when: &when,
        record: &record,
        range: t.word("span-near", span.word()),
        days: span.word(),
        caption: false,
    };
    let mut figures = vec![drawing.pressure(pressure_goal)];
    let mut by_hour = vec![drawing.pressure_by_hour(pressure_goal)];
    if line.diabetes || !record.glucoses.is_empty() {
        figures.push(drawing.glucose(glucose_goals));
        by_hour.push(drawing.glucose_by_hour(glucose_goals));
    }
    let numbers: Vec<NumberRow> = record
        .newest
        .iter()
        .map(|o| number_row(o, &labels, &when))
        .collect();
    let mut latest: Vec<NumberRow> = Vec::new();
    for row in numbers.iter().filter(|row| row.usable_time) {
        if latest.iter().all(|shown| shown.kind != row.kind) {
            latest.push(row.clone());
        }
    }
    Board {
        t,
        table_href: format!("/persons/{}/readings.csv?days={}", line.id, span.word()),
        latest,
        taken: record.taken.iter().map(|c| recent_row(c, &when)).collect(),
        person_id: line.id,
        spans: Span::ALL
            .into_iter()
            .map(|s| SpanLink {
                href: format!("/persons/{}?days={}", line.id, s.word()),
                text: t.word("span", s.word()),
                here: s == span,
            })
            .collect(),
        figures,
        by_hour,
        numbers,
        goals: goal_texts(t, pressure_goal, glucose_goals),
        goal_source: goal_source(&record, &when),
    }
}

/// Whose the limits are: the doctor's, while one of hers stands, else the standard's.
fn goal_source(record: &PersonRecord, when: &When) -> Option<String> {
    let t = when.t;
    if let Some(target) = &record.target {
        let whose = [
            ("by", target.by.as_str().into()),
            ("set", when.day_hour(target.set_at).day.into()),
            ("until", t.full_day(target.expires_on).into()),
            ("reason", target.reason.as_str().into()),
        ];
        return Some(t.with("target-whose", whose));
    }
    let line = &record.person;
    (line.hypertension || line.diabetes).then(|| t.say("goal-source-national"))
}

fn goal_texts(
    t: Words,
    pressure: Option<PressureGoal>,
    glucose: GlucoseGoals,
) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    if let Some((high, low)) = pressure.and_then(|g| Some((g.systolic.high?, g.diastolic.high?))) {
        let value = format!("{}/{}", shown(high, 0), shown(low, 0));
        texts.push((
            t.say("kind-blood-pressure"),
            t.with1("goal-below", "value", value),
        ));
    }
    for (meals, band) in [("fasting", glucose.fasting), ("other_meals", glucose.other)] {
        if let Some(high) = band.high {
            texts.push((
                t.word("goal", meals),
                t.with1("goal-below", "value", shown(high, 1)),
            ));
        }
    }
    texts
}
