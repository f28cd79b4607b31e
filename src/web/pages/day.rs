//! A centre's day: what is to be done now, who came, who is missing, which device needs hands; and the paper
//! list for a power cut.

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::attention::{DeviceRow, device_row};
use super::notice::{NoticeRow, notice_row};
use super::numbers::value;
use super::when::When;
use crate::charts::summary::shown;
use crate::rules::{Prompt, PromptKind, SessionMean};
use crate::vitals::Moment;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{Came, DayRecord, Missing, View};
use crate::words::Words;

/// Something to do for a person.
struct TodoRow {
    name: String,
    href: String,
    what: String,
    since: String,
    due: String,
    /// Signs that were ticked.
    signs: String,
    /// Low glucose and danger signs come before a second reading.
    now: bool,
}

struct CameRow {
    hour: String,
    machine: String,
    name: String,
    href: String,
    result: String,
    how: String,
}

struct MissingRow {
    name: String,
    href: String,
    habit: String,
    last: String,
    phone: String,
}

/// A line of the paper list.
struct PaperRow {
    name: String,
    hour: String,
    pressure: String,
    glucose: String,
}

struct CentreLink {
    name: String,
    href: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "day_board.html", config = "src/web/askama.toml")]
struct Board {
    t: Words,
    back: String,
    notices: Vec<NoticeRow>,
    todo: Vec<TodoRow>,
    came: Vec<CameRow>,
    missing: Vec<MissingRow>,
    unclaimed: i64,
    devices: Vec<DeviceRow>,
    fine_devices: Vec<DeviceRow>,
    again: usize,
    paper: Vec<PaperRow>,
    printed: String,
}

#[derive(Template)]
#[template(path = "day.html", config = "src/web/askama.toml")]
struct DayPage {
    shell: Shell,
    centre: String,
    today: String,
    centres: Vec<CentreLink>,
    board_href: String,
    live_href: String,
    board: Board,
}

/// `GET /day`: leads to the visitor's own centre, or the first.
pub async fn own(ask: Ask) -> Result<Response, Refusal> {
    let centre = View::of(&ask)?.health()?.first_centre().await?;
    Ok(Redirect::to(&format!("/day/{centre}")).into_response())
}

/// `GET /day/{centre}`.
pub async fn show(ask: Ask, Path(centre): Path<i64>) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let record = View::of(&ask)?.health()?.day(centre).await?;
    let when = When::of(&ask);
    let day = when.today();
    let today = [
        ("date", t.day(day).into()),
        ("weekday", t.weekday(day.weekday()).into()),
    ];
    let links = record.centres.iter().map(|line| CentreLink {
        name: line.name.clone(),
        href: format!("/day/{}", line.id),
        here: line.id == centre,
    });
    page(&DayPage {
        shell: Shell::new(&ask, Tab::Day, &t.say("day-title")).landscape(),
        centre: record.centre.name.clone(),
        today: t.with("centres-today", today),
        centres: links.collect(),
        board_href: format!("/day/{centre}/board"),
        live_href: format!("/day/{centre}/live"),
        board: board(&record, &when),
    })
}

/// `GET /day/{centre}/board`: what changes when somebody comes.
pub async fn board_only(ask: Ask, Path(centre): Path<i64>) -> Result<Html<String>, Refusal> {
    let record = View::of(&ask)?.health()?.day(centre).await?;
    page(&board(&record, &When::of(&ask)))
}

fn board(record: &DayRecord, when: &When) -> Board {
    let t = when.t;
    let mut todo: Vec<TodoRow> = record
        .came
        .iter()
        .filter_map(|came| todo_row(came, when))
        .collect();
    todo.sort_by_key(|row| !row.now);
    let (fine_devices, devices): (Vec<DeviceRow>, Vec<DeviceRow>) = record
        .devices
        .iter()
        .map(|device| device_row(device, record.open_days.silent(device), when))
        .partition(|row| row.todo.is_empty());
    let asked = |came: &&Came| !came.course.prompts.is_empty();
    let at = when.day_hour(when.now);
    Board {
        t,
        back: format!("/day/{}", record.centre.id),
        notices: record.notices.iter().map(|n| notice_row(n, when)).collect(),
        todo,
        again: record.came.iter().filter(asked).count(),
        came: record
            .came
            .iter()
            .filter_map(|came| Some(came_row(came, came.at?, when)))
            .collect(),
        missing: record
            .missing
            .iter()
            .map(|m| missing_row(m, when))
            .collect(),
        unclaimed: record.unclaimed,
        devices,
        fine_devices,
        paper: paper(record, when),
        printed: t.with(
            "day-printed",
            [
                ("day", t.day(when.today()).into()),
                ("hour", at.hour.into()),
            ],
        ),
    }
}

/// What a prompt asks for.
fn asks(prompt: &Prompt, t: Words) -> String {
    t.say(match prompt.kind {
        PromptKind::RemeasureBp => "prompt-remeasure-bp",
        PromptKind::ThirdBp => "prompt-third-bp",
        PromptKind::TripleBp => "prompt-triple-bp",
        PromptKind::RetestGlu => "prompt-retest-glu",
        PromptKind::TreatAndRetest => "prompt-treat-and-retest",
    })
}

fn todo_row(came: &Came, when: &When) -> Option<TodoRow> {
    let t = when.t;
    let comma = t.say("list-comma");
    let signs: Vec<String> = came.signs.iter().map(|s| t.word("sign", &s.sign)).collect();
    let prompts = &came.course.prompts;
    if signs.is_empty() && prompts.is_empty() {
        return None;
    }
    let what: Vec<String> = prompts.iter().map(|prompt| asks(prompt, t)).collect();
    let since = prompts.iter().map(|p| p.since).min();
    let due = prompts.iter().map(|p| p.due_at).min();
    let treat = prompts.iter().any(|p| p.kind == PromptKind::TreatAndRetest);
    Some(TodoRow {
        name: came.person.name.clone(),
        href: format!("/persons/{}/desk", came.person.id),
        what: what.join(" "),
        since: since.map_or_else(String::new, |at| {
            let result = last_result(came, when);
            let hour = when.day_hour(at).hour;
            t.with(
                "day-since",
                [("hour", hour.into()), ("result", result.into())],
            )
        }),
        due: due.map_or_else(String::new, |at| due_text(at, when)),
        now: treat || !signs.is_empty(),
        signs: signs.join(&comma),
    })
}

fn due_text(due: Moment, when: &When) -> String {
    let t = when.t;
    let left = due.duration_since(when.now).as_secs();
    match u64::try_from(left) {
        Ok(left) if left > 0 => t.with1("day-left", "span", t.span(left)),
        _ => t.say("day-due"),
    }
}

/// The newest value of today in words, for the line of what is to be done.
fn last_result(came: &Came, when: &When) -> String {
    let session = came.course.sessions.last().filter(|s| when.is_today(s.end));
    let glucose = came.glucoses.last();
    match (session, glucose) {
        (Some(session), Some(glucose)) if glucose.taken.at <= session.end => pair(session),
        (Some(session), None) => pair(session),
        (_, Some(glucose)) => value(&glucose.reading.measured, when.t).0,
        (None, None) => String::new(),
    }
}

fn pair(session: &SessionMean) -> String {
    format!(
        "{}/{}",
        shown(session.sbp_mmhg, 0),
        shown(session.dbp_mmhg, 0)
    )
}

fn came_row(came: &Came, at: Moment, when: &When) -> CameRow {
    let t = when.t;
    let mut results = Vec::new();
    let mut hows = Vec::new();
    if let Some(session) = came.course.sessions.last().filter(|s| when.is_today(s.end)) {
        results.push(pair(session));
        hows.push(t.with1("day-mean", "n", session.readings.len()));
    }
    if let Some(glucose) = came.glucoses.last() {
        let (number, meal) = value(&glucose.reading.measured, t);
        results.push(number);
        hows.push(t.with1("day-glucose", "meal", meal));
    }
    let hour = when.day_hour(at);
    CameRow {
        hour: hour.hour,
        machine: hour.machine,
        name: came.person.name.clone(),
        href: format!("/persons/{}/desk", came.person.id),
        result: results.join(" · "),
        how: match hows.is_empty() {
            true => t.say("day-no-result"),
            false => hows.join(&t.say("list-comma")),
        },
    }
}

fn missing_row(missing: &Missing, when: &When) -> MissingRow {
    let t = when.t;
    let days: Vec<String> = missing
        .person
        .comes_on
        .days()
        .map(|day| t.weekday(day))
        .collect();
    MissingRow {
        name: missing.person.name.clone(),
        href: format!("/persons/{}/desk", missing.person.id),
        habit: days.join(&t.say("list-comma")),
        last: missing.last.map_or_else(
            || t.say("people-never"),
            |at| t.with1("day-last", "day", when.day_hour(at).day),
        ),
        phone: missing.phone.clone(),
    }
}

/// Everybody, those who came with what is known of them, so that a power cut finds the list begun.
fn paper(record: &DayRecord, when: &When) -> Vec<PaperRow> {
    let line = |person: &crate::journal::PersonLine| {
        let came = record.came.iter().find(|c| c.person.id == person.id);
        let session = came
            .and_then(|c| c.course.sessions.last())
            .filter(|s| when.is_today(s.end));
        let glucose = came.and_then(|c| c.glucoses.last());
        PaperRow {
            name: person.name.clone(),
            hour: came
                .and_then(|c| c.at)
                .map_or_else(String::new, |at| when.day_hour(at).hour),
            pressure: session.map(pair).unwrap_or_default(),
            glucose: glucose.map_or_else(String::new, |o| value(&o.reading.measured, when.t).0),
        }
    };
    record.everybody.iter().map(line).collect()
}
