//! A person: pictures of her blood pressure and glucose, the numbers, and where each comes from.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Html;
use serde::Deserialize;

use super::numbers::{NumberRow, number_row};
use super::when::When;
use crate::charts::summary::{self, shown, shown_range};
use crate::charts::{
    Chart, DeviceShape, GlucoseGoals, GlucosePoint, GlucoseTrend, Known, Look, PressureGoal,
    PressurePoint, PressureTrend, Span, Sugar, Width, glucose_over_time, pressure_over_time,
};
use crate::vitals::{Meal, Measured, Observation, Specimen};
use crate::web::ask::Ask;
use crate::web::goals;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{PersonRecord, View};
use crate::words::Words;

/// The mean bar covers the last two weeks: the window the follow-up standard looks at.
const MEAN_DAYS: i64 = 14;
/// Readings a mean needs. Fewer are shown as dots, never summed up.
const MEAN_NEEDS: usize = 6;

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// A word of [`Span`]; anything else is the usual 90 days.
    days: Option<String>,
}

impl Asked {
    fn span(&self) -> Span {
        self.days
            .as_deref()
            .and_then(Span::from_word)
            .unwrap_or(Span::Days90)
    }
}

/// One picture with its words.
struct Figure {
    id: &'static str,
    title: String,
    /// `近 90 天均值 148/81 · n=58`.
    summary: Vec<String>,
    wide: Chart,
    slim: Chart,
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
    /// The newest reading of each kind, large.
    latest: Vec<NumberRow>,
    numbers: Vec<NumberRow>,
    goals: Vec<(String, String)>,
    goal_source: Option<String>,
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
    board: Board,
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
    let record = View::of(&ask)?.person(person, span).await?;
    let t = ask.words;
    let line = &record.person;
    let mut registers = Vec::new();
    if line.hypertension {
        registers.push(t.say("person-hypertension"));
    }
    if line.diabetes {
        registers.push(t.say("person-diabetes"));
    }
    page(&PersonPage {
        shell: Shell::new(&ask, Tab::Persons, &line.name),
        name: line.name.clone(),
        facts: facts(&ask, &record),
        centre_id: line.centre_id,
        centre: line.centre_name.clone(),
        registers,
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
    let record = View::of(&ask)?.person(person, span).await?;
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
    let pressure_goal = goals::pressure(line.hypertension, age);
    let glucose_goals = goals::glucose(line.diabetes);
    let labels: HashMap<&str, &str> = record
        .labels
        .iter()
        .map(|(name, label)| (name.as_str(), label.as_str()))
        .collect();
    let mut figures = vec![pressure_figure(&when, &record, span, pressure_goal)];
    if line.diabetes || !record.glucoses.is_empty() {
        figures.push(glucose_figure(&when, &record, span, glucose_goals));
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
        latest,
        spans: Span::ALL
            .into_iter()
            .map(|s| SpanLink {
                href: format!("/persons/{}?days={}", line.id, s.word()),
                text: t.word("span", s.word()),
                here: s == span,
            })
            .collect(),
        figures,
        numbers,
        goals: goal_texts(t, pressure_goal, glucose_goals),
        goal_source: (line.hypertension || line.diabetes).then(|| t.say("goal-source-national")),
    }
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

fn pressure_figure(
    when: &When,
    record: &PersonRecord,
    span: Span,
    goal: Option<PressureGoal>,
) -> Figure {
    let t = when.t;
    let points: Vec<PressurePoint> = record.pressures.iter().filter_map(pressure_point).collect();
    let range = t.word("span-near", span.word());
    let title = t.with(
        "figure-pressure-of",
        [
            ("name", (&record.person.name).into()),
            ("range", (&range).into()),
        ],
    );
    let input = PressureTrend {
        title: &title,
        points: &points,
        period: record.period,
        zone: &when.zone,
        goal,
        mean_days: MEAN_DAYS,
        mean_needs: MEAN_NEEDS,
        closures: &[],
        events: &[],
    };
    let draw = |width| {
        pressure_over_time(
            &input,
            &Look {
                id: "bp",
                width,
                caption: false,
            },
            &t,
        )
    };
    let whole = summary::pressure(
        &points,
        &record.period,
        &when.zone,
        goal.as_ref(),
        MEAN_NEEDS,
    );
    let mut summary = Vec::new();
    match whole.mean {
        Known::Value(mean) => {
            let pair = format!(
                "{}/{}",
                shown(mean.systolic_mmhg, 0),
                shown(mean.diastolic_mmhg, 0)
            );
            summary.push(t.with(
                "figure-mean",
                [("range", (&range).into()), ("value", pair.into())],
            ));
        }
        Known::TooFew { have, need } => summary.push(too_few(t, have, need)),
    }
    summary.push(t.with(
        "figure-count",
        [("n", whole.n.into()), ("days", whole.days.into())],
    ));
    if let Some(share) = whole.in_goal.filter(|share| share.whole > 0) {
        summary.push(in_goal(t, share));
    }
    if let Some(systolic) = whole.systolic {
        summary.push(t.with1("figure-systolic-range", "range", shown_range(systolic, 0)));
    }
    Figure {
        id: "bp",
        title: t.say("kind-blood-pressure"),
        summary,
        wide: draw(Width::Wide),
        slim: draw(Width::Slim),
    }
}

fn glucose_figure(when: &When, record: &PersonRecord, span: Span, goals: GlucoseGoals) -> Figure {
    let t = when.t;
    let points: Vec<GlucosePoint> = record.glucoses.iter().filter_map(glucose_point).collect();
    let range = t.word("span-near", span.word());
    let title = t.with(
        "figure-glucose-of",
        [
            ("name", (&record.person.name).into()),
            ("range", (&range).into()),
        ],
    );
    let input = GlucoseTrend {
        title: &title,
        points: &points,
        period: record.period,
        zone: &when.zone,
        goals,
    };
    let draw = |width| {
        glucose_over_time(
            &input,
            &Look {
                id: "gl",
                width,
                caption: false,
            },
            &t,
        )
    };
    let all: &[(&str, &[Meal])] = &[
        ("fasting", &[Meal::Fasting]),
        ("before_meal", &[Meal::Before]),
        ("after_meal", &[Meal::After]),
        ("other", &[Meal::Bedtime, Meal::Casual, Meal::Unknown]),
    ];
    let mut summary = Vec::new();
    for (word, meals) in all {
        let of_meal = summary::glucose(
            &points,
            meals,
            &record.period,
            &when.zone,
            &goals,
            MEAN_NEEDS,
        );
        if of_meal.n == 0 {
            continue;
        }
        let meal = t.word("figure-meal", word);
        summary.push(match of_meal.mean {
            Known::Value(mean) => t.with(
                "figure-meal-mean",
                [
                    ("meal", meal.into()),
                    ("value", shown(mean, 1).into()),
                    ("n", of_meal.n.into()),
                ],
            ),
            Known::TooFew { .. } => t.with(
                "figure-meal-count",
                [("meal", meal.into()), ("n", of_meal.n.into())],
            ),
        });
        if of_meal.low + of_meal.high > 0 {
            let counts = [("low", of_meal.low.into()), ("high", of_meal.high.into())];
            summary.push(t.with("figure-out-of-range", counts));
        }
    }
    if summary.is_empty() {
        summary.push(t.say("figure-no-glucose"));
    }
    Figure {
        id: "gl",
        title: t.say("kind-glucose"),
        summary,
        wide: draw(Width::Wide),
        slim: draw(Width::Slim),
    }
}

fn too_few(t: Words, have: usize, need: usize) -> String {
    t.with(
        "chart-too-few-for-mean",
        [("have", have.into()), ("need", need.into())],
    )
}

fn in_goal(t: Words, share: crate::charts::Share) -> String {
    t.with(
        "figure-in-goal",
        [
            ("part", share.part.into()),
            ("whole", share.whole.into()),
            ("percent", share.percent().into()),
        ],
    )
}

fn pressure_point(observation: &Observation) -> Option<PressurePoint> {
    match &observation.reading.measured {
        Measured::BloodPressure(pressure) => Some(PressurePoint {
            at: observation.taken.at,
            systolic_mmhg: pressure.systolic_mmhg,
            diastolic_mmhg: pressure.diastolic_mmhg,
            device: DeviceShape::Usual,
        }),
        Measured::Glucose(_) => None,
    }
}

fn glucose_point(observation: &Observation) -> Option<GlucosePoint> {
    match &observation.reading.measured {
        Measured::Glucose(glucose) if glucose.specimen == Specimen::Blood => Some(GlucosePoint {
            at: observation.taken.at,
            sugar: Sugar::from(&glucose.value),
            meal: glucose.meal,
        }),
        _ => None,
    }
}
