//! A doctor's limits for one person: what stands, what stood, and setting another with reason and end.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::ToSpan;
use rust_decimal::Decimal;

use super::act;
use super::entry::record;
use super::fields::{Faults, Field, Sent};
use crate::charts::summary::shown as number;
use crate::journal::{Limits, TargetLine};
use crate::people::entry;
use crate::people::entry::Fault;
use crate::pipeline::enter::{self, NewTarget};
use crate::web::ask::Ask;
use crate::web::pages::when::When;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::words::Words;

/// Months after which a target is looked at again, unless the doctor says another day.
const USUAL_MONTHS: i32 = 6;
/// The longest a target stands, years.
const LONGEST_YEARS: i32 = 2;
const REASON_MOST: usize = 200;

/// Each limit: its field, and what a doctor may set without a slip of the keys (mmHg, mmol/L).
const SYSTOLIC: (&str, u32, u32) = ("systolic", 90, 200);
const DIASTOLIC: (&str, u32, u32) = ("diastolic", 50, 120);
const FASTING: (&str, u32, u32) = ("fasting", 4, 15);
const OTHER: (&str, u32, u32) = ("other", 5, 20);

/// What a page calls each limit that is set, with its value.
pub fn limit_texts(t: Words, limits: &Limits) -> Vec<(String, String)> {
    let below = |key: &str, value: Option<Decimal>, places: u32| {
        value.map(|v| {
            (
                t.say(key),
                t.with1("goal-below", "value", number(v, places)),
            )
        })
    };
    [
        below("target-systolic", limits.systolic_mmhg, 0),
        below("target-diastolic", limits.diastolic_mmhg, 0),
        below("goal-fasting", limits.fasting_mmol_l, 1),
        below("goal-other-meals", limits.other_mmol_l, 1),
    ]
    .into_iter()
    .flatten()
    .collect()
}

struct Row {
    limits: String,
    set: String,
    by: String,
    reason: String,
    until: String,
    /// Why it stands no more; none: it stands.
    ended: Option<String>,
}

#[derive(Template)]
#[template(path = "roster_targets.html", config = "src/web/askama.toml")]
struct TargetsPage {
    shell: Shell,
    person: i64,
    name: String,
    trouble: Option<String>,
    fields: Vec<Field>,
    rows: Vec<Row>,
    stands: bool,
}

fn row(target: &TargetLine, newest: bool, when: &When) -> Row {
    let t = when.t;
    let limits: Vec<String> = limit_texts(t, &target.limits)
        .into_iter()
        .map(|(what, value)| format!("{what} {value}"))
        .collect();
    let ended = match target.ended_at {
        Some(at) => Some(t.with1("target-ended", "day", when.day_hour(at).day)),
        None if target.expires_on < when.today() => Some(t.say("target-expired")),
        None if !newest => Some(t.say("target-replaced")),
        None => None,
    };
    Row {
        limits: limits.join(&t.say("list-mark")),
        set: when.day_hour(target.set_at).day,
        by: target.by.clone(),
        reason: target.reason.clone(),
        until: t.full_day(target.expires_on),
        ended,
    }
}

/// `GET /persons/{person}/targets`.
pub async fn show(ask: Ask, Path(person): Path<i64>) -> Result<Response, Refusal> {
    shown(&ask, person, None, &Faults::default(), None).await
}

async fn shown(
    ask: &Ask,
    person: i64,
    sent: Option<&Sent>,
    faults: &Faults,
    trouble: Option<String>,
) -> Result<Response, Refusal> {
    let record = record(&View::of(ask)?, person).await?;
    let t = ask.words;
    let when = When::of(ask);
    let title = t.with1("target-title", "name", &record.line.name);
    let mut shell = Shell::new(ask, Tab::Persons, &title);
    shell.back = format!("/persons/{person}/targets");
    let usual = when
        .today()
        .saturating_add(USUAL_MONTHS.months())
        .to_string();
    let value = |name: &str| sent.map_or("", |sent| sent.one(name)).to_owned();
    let until = if sent.is_some() {
        value("expires_on")
    } else {
        usual
    };
    let limit = |name: &'static str, mode| Field::text(t, name, value(name), 6).mode(mode);
    let fields = vec![
        limit(SYSTOLIC.0, "numeric"),
        limit(DIASTOLIC.0, "numeric"),
        limit(FASTING.0, "decimal"),
        limit(OTHER.0, "decimal"),
        Field::text(t, "expires_on", until, 20)
            .mode("numeric")
            .required()
            .hint(t.say("hint-day")),
        Field::text(t, "reason", value("reason"), REASON_MOST).required(),
    ];
    let wrong = trouble.is_some() || !faults.is_empty();
    let trouble =
        trouble.or((!faults.is_empty()).then(|| t.with1("roster-faults", "n", faults.count())));
    let body = page(&TargetsPage {
        shell,
        person,
        name: record.line.name.clone(),
        trouble,
        fields: fields
            .into_iter()
            .map(|field| field.fault(t, faults))
            .collect(),
        rows: record
            .targets
            .iter()
            .enumerate()
            .map(|(at, target)| row(target, at == 0, &when))
            .collect(),
        stands: record
            .targets
            .first()
            .is_some_and(|target| target.stands_on(when.today())),
    })?;
    let status = if wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, body).into_response())
}

/// `POST /persons/{person}/targets`: another one, or the end of the one that stands (`end`).
pub async fn set(ask: Ask, Path(person): Path<i64>, sent: Sent) -> Result<Response, Refusal> {
    View::of(&ask)?.health()?.must_see(person).await?;
    let to = format!("/persons/{person}/targets");
    if sent.has("end") {
        act::run(&ask, "target.end", move |tx, by, now| {
            enter::set_target(tx, by, person, None, now)
        })
        .await
        .map_err(|stopped| stopped.refusal())?;
        return Ok(Redirect::to(&to).into_response());
    }
    let t = ask.words;
    let mut faults = Faults::default();
    let mut limit = |(name, least, most): (&'static str, u32, u32)| {
        faults.take(name, limit(sent.one(name), least, most), None)
    };
    let limits = Limits {
        systolic_mmhg: limit(SYSTOLIC),
        diastolic_mmhg: limit(DIASTOLIC),
        fasting_mmol_l: limit(FASTING),
        other_mmol_l: limit(OTHER),
    };
    let today = When::of(&ask).today();
    let last = today.saturating_add(LONGEST_YEARS.years());
    let expires_on = match entry::day(sent.one("expires_on")) {
        Some(day) if day >= today && day <= last => day,
        Some(_) => {
            faults.note("expires_on", Fault::DayOutside);
            today
        }
        None => {
            faults.note("expires_on", Fault::DayUnreadable);
            today
        }
    };
    let reason = entry::short_text(sent.one("reason"), "reason", REASON_MOST);
    let reason = faults.take("reason", reason, String::new());
    if reason.is_empty() && faults.is_empty() {
        faults.note("reason", Fault::ReasonMissing);
    }
    if faults.is_empty() && limits == Limits::default() {
        return shown(
            &ask,
            person,
            Some(&sent),
            &faults,
            Some(t.say("target-nothing")),
        )
        .await;
    }
    if !faults.is_empty() {
        return shown(&ask, person, Some(&sent), &faults, None).await;
    }
    let target = NewTarget {
        limits,
        reason,
        expires_on,
    };
    act::run(&ask, "target.set", move |tx, by, now| {
        enter::set_target(tx, by, person, Some(&target), now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&to).into_response())
}

/// A limit as typed; nothing typed is none.
fn limit(text: &str, least: u32, most: u32) -> Result<Option<Decimal>, Fault> {
    let text = entry::half_width(text);
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let value: Decimal = text
        .parse()
        .map_err(|_| Fault::LimitOutside { least, most })?;
    if value < Decimal::from(least) || value > Decimal::from(most) || value.scale() > 1 {
        return Err(Fault::LimitOutside { least, most });
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Ok(None))]
    #[case("89", Err(Fault::LimitOutside { least: 90, most: 200 }))]
    #[case("90", Ok(Some(90)))]
    #[case("２００", Ok(Some(200)))]
    #[case("201", Err(Fault::LimitOutside { least: 90, most: 200 }))]
    #[case("14o", Err(Fault::LimitOutside { least: 90, most: 200 }))]
    #[case("140.55", Err(Fault::LimitOutside { least: 90, most: 200 }))]
    fn limits(#[case] text: &str, #[case] expected: Result<Option<u32>, Fault>) {
        assert_eq!(limit(text, 90, 200), expected.map(|v| v.map(Decimal::from)));
    }
}
