//! At the bedside: choose the person, then the device; the next reading within two minutes is shown, and is
//! hers when staff say so. The same for control solution.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::tray::{ReadingRow, reading_row, whose};
use super::when::When;
use crate::journal::{BedsideLine, DeviceKind, DeviceLine};
use crate::people::bedside::WaitedFor;
use crate::pipeline::bedside::{NotOpened, confirm, give_up, open};
use crate::pipeline::whose::NotDone;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{BedsideRecord, Health, View};
use crate::words::Words;

/// Persons to pick from on one page.
const PICKS_MAX: usize = 80;

/// What the address may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    person: Option<i64>,
    /// A control test instead of a person.
    control: Option<String>,
    name: Option<String>,
}

struct Pick {
    name: String,
    said: String,
    href: String,
}

struct DevicePick {
    id: i64,
    label: String,
    seat: String,
}

#[derive(Template)]
#[template(path = "bedside.html", config = "src/web/askama.toml")]
struct ChoosePage {
    shell: Shell,
    t: Words,
    trouble: Option<String>,
    /// Chosen: the person, or the control test.
    who: Option<String>,
    person: Option<i64>,
    control: bool,
    persons: Vec<Pick>,
    asked: String,
    devices: Vec<DevicePick>,
}

#[derive(Template)]
#[template(path = "bedside_board.html", config = "src/web/askama.toml")]
struct Board {
    t: Words,
    id: i64,
    who: String,
    device: String,
    /// Still waiting, until this hour; seconds left.
    waits: Option<(String, u64)>,
    reading: Option<ReadingRow>,
    /// It is (or became) somebody's or nobody's.
    now: String,
    /// It can be confirmed.
    can_confirm: bool,
    confirm: String,
    again_href: String,
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "bedside_wait.html", config = "src/web/askama.toml")]
struct WaitPage {
    shell: Shell,
    t: Words,
    board_href: String,
    board: Board,
}

/// `GET /bedside`.
pub async fn choose(ask: Ask, Query(asked): Query<Asked>) -> Result<Html<String>, Refusal> {
    let health = View::of(&ask)?.health()?;
    choose_page(&ask, &health, &asked, None).await
}

async fn choose_page(
    ask: &Ask,
    health: &Health,
    asked: &Asked,
    trouble: Option<String>,
) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let when = When::of(ask);
    let control = asked.control.is_some();
    let mut picked = None;
    let mut devices = Vec::new();
    if let Some(person) = asked.person {
        let line = health.person_line(person).await?;
        devices = health.devices_for(line.centre_id).await?;
        picked = Some(line);
    } else if control {
        for centre in health.centres().await? {
            devices.extend(health.devices_for(centre.id).await?);
        }
        devices.retain(|device| device.kind != DeviceKind::Cuff);
    }
    let typed = asked.name.as_deref().unwrap_or_default().trim().to_owned();
    let persons = match picked.is_some() || control {
        true => Vec::new(),
        false => {
            let found = health
                .persons_meant(typed.clone(), false, PICKS_MAX)
                .await?;
            found.0
        }
    };
    let many = health.sees_many_centres();
    page(&ChoosePage {
        shell: Shell::new(ask, Tab::Day, &t.say("bedside-title")),
        t,
        trouble,
        who: match (&picked, control) {
            (Some(person), _) => Some(person.name.clone()),
            (None, true) => Some(t.say("bedside-control")),
            (None, false) => None,
        },
        person: picked.as_ref().map(|person| person.id),
        control,
        persons: persons
            .iter()
            .map(|person| Pick {
                name: person.name.clone(),
                said: super::observation::facts(person, &when),
                href: format!("/bedside?person={}", person.id),
            })
            .collect(),
        asked: typed,
        devices: devices.iter().map(|device| pick(device, many)).collect(),
    })
}

fn pick(device: &DeviceLine, many: bool) -> DevicePick {
    let seat = device.station_name.clone().unwrap_or_default();
    DevicePick {
        id: device.id,
        label: device.label.clone(),
        seat: match many {
            true => format!("{} {seat}", device.centre_name),
            false => seat,
        },
    }
}

/// What the second touch sends.
#[derive(Debug, Deserialize)]
pub struct Begun {
    person: Option<i64>,
    control: Option<String>,
    device: i64,
}

/// `POST /bedside`.
pub async fn begin(ask: Ask, Form(begun): Form<Begun>) -> Result<Response, Refusal> {
    let health = View::of(&ask)?.health()?;
    let waited_for = match (begun.person, &begun.control) {
        (Some(person), None) => WaitedFor::Person(person),
        (None, Some(_)) => WaitedFor::Control,
        _ => return Err(Refusal::Unreadable),
    };
    let device = begun.device;
    let opened = health
        .act("bedside.open", move |tx, by, now| {
            open(tx, by, waited_for, device, now)
        })
        .await;
    match opened {
        Ok(id) => Ok(Redirect::to(&format!("/bedside/{id}")).into_response()),
        Err(NotOpened::Busy(line)) => {
            let asked = Asked {
                person: begun.person,
                control: begun.control,
                name: None,
            };
            let said = busy(&line, &ask);
            let page = choose_page(&ask, &health, &asked, Some(said)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(not) => Err(not.into()),
    }
}

fn busy(line: &BedsideLine, ask: &Ask) -> String {
    let when = When::of(ask);
    ask.words.with(
        "bedside-busy",
        [
            ("who", line.opened_by.1.as_str().into()),
            ("hour", when.day_hour(line.until).hour.into()),
        ],
    )
}

impl From<NotOpened> for Refusal {
    fn from(not: NotOpened) -> Self {
        match not {
            NotOpened::NotHere | NotOpened::Busy(_) => Refusal::NotFound,
            NotOpened::Journal(error) => error.into(),
            NotOpened::Command(error) => error.into(),
        }
    }
}

/// `GET /bedside/{bedside}`.
pub async fn wait(ask: Ask, Path(bedside): Path<i64>) -> Result<Html<String>, Refusal> {
    let record = View::of(&ask)?.health()?.bedside(bedside).await?;
    wait_page(&ask, &record, None)
}

fn wait_page(
    ask: &Ask,
    record: &BedsideRecord,
    trouble: Option<String>,
) -> Result<Html<String>, Refusal> {
    page(&WaitPage {
        shell: Shell::new(ask, Tab::Day, &ask.words.say("bedside-title")),
        t: ask.words,
        board_href: format!("/bedside/{}/board", record.line.id),
        board: board(ask, record, trouble),
    })
}

/// `GET /bedside/{bedside}/board`: what changes when the reading comes.
pub async fn board_only(ask: Ask, Path(bedside): Path<i64>) -> Result<Html<String>, Refusal> {
    let record = View::of(&ask)?.health()?.bedside(bedside).await?;
    page(&board(&ask, &record, None))
}

fn board(ask: &Ask, record: &BedsideRecord, trouble: Option<String>) -> Board {
    let t = ask.words;
    let when = When::of(ask);
    let line = &record.line;
    let left = line.until.duration_since(when.now).as_secs();
    let open = line.observation.is_none() && line.ended_at.is_none();
    let who = match &line.person {
        Some((_, name)) => name.clone(),
        None => t.say("bedside-control"),
    };
    Board {
        t,
        id: line.id,
        device: line.device_label.clone(),
        waits: match u64::try_from(left) {
            Ok(left) if open => Some((when.day_hour(line.until).hour, left)),
            _ => None,
        },
        now: record.reading.as_ref().map_or_else(String::new, |reading| {
            let name = reading.person_name.as_deref();
            whose(t, reading.observation.subject, name)
        }),
        can_confirm: record.reading.is_some() && line.ended_at.is_none(),
        reading: record
            .reading
            .as_ref()
            .map(|reading| reading_row(ask, reading, &when)),
        confirm: match &line.person {
            Some((_, name)) => t.with1("bedside-confirm", "name", name),
            None => t.say("bedside-confirm-control"),
        },
        again_href: match &line.person {
            Some((person, _)) => format!("/bedside?person={person}"),
            None => "/bedside?control=1".to_owned(),
        },
        who,
        trouble,
    }
}

/// `POST /bedside/{bedside}/confirm`: "this is hers".
pub async fn accept(ask: Ask, Path(bedside): Path<i64>) -> Result<Response, Refusal> {
    let health = View::of(&ask)?.health()?;
    let rules = ask.state.rules.clone();
    let done = health
        .act("bedside.confirm", move |tx, by, now| {
            confirm(tx, by, bedside, &rules.place, now)
        })
        .await;
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/bedside/{bedside}")).into_response()),
        Err(NotDone::Since(since)) => {
            let record = health.bedside(bedside).await?;
            let said = super::observation::beaten(&since, &When::of(&ask));
            let page = wait_page(&ask, &record, Some(said))?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(NotDone::NotHere) => Err(Refusal::NotFound),
        Err(NotDone::Journal(error)) => Err(error.into()),
        Err(NotDone::Command(error)) => Err(error.into()),
    }
}

/// `POST /bedside/{bedside}/give-up`: a reading that came stays in the tray.
pub async fn leave(ask: Ask, Path(bedside): Path<i64>) -> Result<Response, Refusal> {
    View::of(&ask)?
        .health()?
        .act("bedside.give_up", move |tx, by, now| {
            give_up(tx, by, bedside, now)
        })
        .await?;
    Ok(Redirect::to("/day").into_response())
}
