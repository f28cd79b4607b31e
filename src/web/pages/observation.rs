//! One reading: its circumstances, how it came to its person, and the acts that change that.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::notice::{NoticeRow, notice_row};
use super::sitting::{SeatPicture, SitterRow, picture, sitter_rows};
use super::tray::{ReadingRow, reading_row, whose};
use super::when::When;
use crate::journal::{PersonLine, SubjectChange};
use crate::pipeline::whose::{NotDone, Whose, Why, Wish, change};
use crate::vitals::{Basis, Subject, VoidReason};
use crate::web::access::origin::local_path;
use crate::web::ask::Ask;
use crate::web::goals;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{Health, ReadingRecord, View};
use crate::words::Words;

/// Persons to pick from on one page; the search chooses among more.
const PICKS_MAX: usize = 80;

/// What the address may ask for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Whose it shall be, to be confirmed: `person:7`, `tray`, `nobody:test`.
    to: Option<String>,
    /// Part of a name.
    name: Option<String>,
    /// Where to go afterwards.
    back: Option<String>,
}

/// What the confirmation sends.
#[derive(Debug, Deserialize)]
pub struct Given {
    to: String,
    revision: u32,
    why: String,
    back: Option<String>,
}

struct PersonPick {
    name: String,
    facts: String,
    href: String,
}

struct VoidPick {
    said: String,
    href: String,
}

/// The second touch.
struct Confirm {
    to: String,
    revision: u32,
    /// The name, or what it shall be.
    said: String,
    /// Age, sex, centre of the person.
    facts: String,
    /// (word, text, checked), when there is something to choose.
    whys: Vec<(&'static str, String, bool)>,
    button: String,
}

struct TrailRow {
    when: String,
    said: String,
    why: String,
}

#[derive(Template)]
#[template(path = "observation.html", config = "src/web/askama.toml")]
struct ObservationPage {
    shell: Shell,
    t: Words,
    row: ReadingRow,
    /// Whose it is now.
    now: String,
    person_href: Option<String>,
    source: String,
    notice: Option<NoticeRow>,
    trouble: Option<String>,
    confirm: Option<Confirm>,
    picture: Option<SeatPicture>,
    sitters: Vec<SitterRow>,
    persons: Vec<PersonPick>,
    asked: String,
    voids: Vec<VoidPick>,
    put_back: Option<String>,
    trail: Vec<TrailRow>,
    back: String,
}

/// `GET /observations/{observation}`.
pub async fn show(
    ask: Ask,
    Path(observation): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Refusal> {
    let health = View::of(&ask)?.health()?;
    let record = health.reading(observation).await?;
    write(&ask, &health, record, &asked, None).await
}

/// `POST /observations/{observation}/subject`.
pub async fn give(
    ask: Ask,
    Path(observation): Path<i64>,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let whose = wanted(&given.to).ok_or(Refusal::Unreadable)?;
    let why = Why::from_word(&given.why).ok_or(Refusal::Unreadable)?;
    let health = View::of(&ask)?.health()?;
    let rules = ask.state.rules.clone();
    let wish = Wish {
        observation,
        seen_revision: given.revision,
        whose,
        why,
    };
    let done = health
        .act("subject.change", move |tx, by, now| {
            change(tx, by, wish, &rules.place, now)
        })
        .await;
    match done {
        Ok(_) => {
            let back = given
                .back
                .as_deref()
                .and_then(local_path)
                .unwrap_or("/tray");
            Ok(Redirect::to(back).into_response())
        }
        Err(NotDone::Since(since)) => {
            let record = health.reading(observation).await?;
            let asked = Asked {
                back: given.back,
                ..Asked::default()
            };
            let said = beaten(&since, &When::of(&ask));
            let page = write(&ask, &health, record, &asked, Some(said)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(NotDone::NotHere) => Err(Refusal::NotFound),
        Err(NotDone::Journal(error)) => Err(error.into()),
        Err(NotDone::Command(error)) => Err(error.into()),
    }
}

/// `person:7`, `tray`, `nobody:test`.
fn wanted(text: &str) -> Option<Whose> {
    match text.split_once(':') {
        Some(("person", id)) => Some(Whose::Person(id.parse().ok()?)),
        Some(("nobody", word)) => Some(Whose::Nobody(VoidReason::from_word(word)?)),
        None if text == "tray" => Some(Whose::Tray),
        _ => None,
    }
}

/// Who was faster, and what it is now.
pub fn beaten(since: &SubjectChange, when: &When) -> String {
    let t = when.t;
    t.with(
        "observation-beaten",
        [
            ("who", since.by.as_str().into()),
            ("hour", when.day_hour(since.at).hour.into()),
            ("to", whose(t, since.to, since.to_name.as_deref()).into()),
        ],
    )
}

async fn write(
    ask: &Ask,
    health: &Health,
    record: ReadingRecord,
    asked: &Asked,
    trouble: Option<String>,
) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let when = When::of(ask);
    let line = &record.reading;
    let row = reading_row(ask, line, &when);
    let subject = line.observation.subject;
    let back = asked
        .back
        .as_deref()
        .and_then(local_path)
        .unwrap_or("/tray");
    let here = |to: &str| link(line.observation.id, to, back);
    let confirm = match asked.to.as_deref().map(|to| (to, wanted(to))) {
        Some((to, Some(whose))) => Some(confirm(health, &when, line, to, whose).await?),
        Some((_, None)) => return Err(Refusal::Unreadable),
        None => None,
    };
    let typed = asked.name.as_deref().unwrap_or_default().trim().to_owned();
    let found = match typed.is_empty() {
        true => None,
        false => Some(
            health
                .persons_meant(typed.clone(), false, PICKS_MAX)
                .await?
                .0,
        ),
    };
    let persons = found.as_ref().unwrap_or(&record.persons);
    let put_back = !matches!(subject, Subject::Unclaimed { .. });
    let shell = Shell::new(ask, Tab::Tray, &format!("{} {}", row.device, row.value));
    page(&ObservationPage {
        t,
        now: whose(t, subject, line.person_name.as_deref()),
        person_href: subject.person().map(|id| format!("/persons/{id}")),
        source: source(t, &record, &when),
        notice: record.notice.as_ref().map(|n| notice_row(n, &when)),
        trouble,
        picture: picture(line, &record.sitters, &row.why, &when),
        sitters: sitter_rows(line, &record.sitters, &when),
        persons: persons
            .iter()
            .filter(|person| subject.person() != Some(person.id))
            .map(|person| PersonPick {
                name: person.name.clone(),
                facts: facts(person, &when),
                href: here(&format!("person:{}", person.id)),
            })
            .collect(),
        asked: typed,
        voids: VoidReason::ALL
            .into_iter()
            .filter(|reason| subject != Subject::Voided { reason: *reason })
            .filter(|reason| *reason != VoidReason::Mistyped || is_typed(&record))
            .map(|reason| VoidPick {
                said: t.word("voided", reason.word()),
                href: here(&format!("nobody:{}", reason.word())),
            })
            .collect(),
        put_back: put_back.then(|| here("tray")),
        trail: record.trail.iter().map(|c| trail_row(c, &when)).collect(),
        back: back.to_owned(),
        confirm,
        row,
        shell,
    })
}

fn link(observation: i64, to: &str, back: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("to", to);
    if back != "/tray" {
        query.append_pair("back", back);
    }
    format!("/observations/{observation}?{}", query.finish())
}

fn is_typed(record: &ReadingRecord) -> bool {
    let marks = &record.reading.observation.reading.marks;
    marks.contains(&crate::vitals::Mark::Typed)
}

async fn confirm(
    health: &Health,
    when: &When,
    line: &crate::journal::ReadingLine,
    to: &str,
    wanted: Whose,
) -> Result<Confirm, Refusal> {
    let t = when.t;
    let mut facts_said = String::new();
    let (said, button, whys) = match wanted {
        Whose::Person(id) => {
            let person = health.person_line(id).await?;
            facts_said = format!("{} · {}", facts(&person, when), person.centre_name);
            let button = t.with1("observation-give", "name", &person.name);
            (person.name, button, vec![Why::Asked, Why::Saw])
        }
        Whose::Tray => (
            t.say("tray-nobodys-yet"),
            t.say("observation-put-back"),
            vec![Why::NotHers],
        ),
        Whose::Nobody(reason) => {
            let word = t.word("voided", reason.word());
            let said = t.with1("tray-nobodys", "why", &word);
            let button = t.with1("observation-void", "why", &word);
            (said, button, vec![Why::Nobodys])
        }
    };
    Ok(Confirm {
        to: to.to_owned(),
        revision: line.observation.revision,
        said,
        facts: facts_said,
        whys: whys
            .iter()
            .enumerate()
            .map(|(nth, why)| (why.word(), t.word("why", why.word()), nth == 0))
            .collect(),
        button,
    })
}

/// Age and sex.
pub fn facts(person: &PersonLine, when: &When) -> String {
    let age = goals::age(person.birth_date, when.today());
    let sex = when.t.word("sex", person.sex.word());
    when.t
        .with("person-facts", [("age", age.into()), ("sex", sex.into())])
}

/// Where it came from, before anybody changed anything.
fn source(t: Words, record: &ReadingRecord, when: &When) -> String {
    let observation = &record.reading.observation;
    let first = record.trail.first().map_or(observation.subject, |c| c.from);
    let came = match first {
        Subject::Known { basis, .. } => t.word("basis", basis.word()),
        Subject::Unclaimed { reason } => t.word("unclaimed", reason.word()),
        Subject::Voided { reason } => t.word("voided", reason.word()),
    };
    let key = match first {
        Subject::Known {
            basis: Basis::TypedBy,
            ..
        } => "observation-typed",
        _ => "observation-came",
    };
    let at = when.day_hour(observation.received_at);
    t.with(
        key,
        [
            ("day", at.day.into()),
            ("hour", at.hour.into()),
            ("who", record.source.as_str().into()),
            ("came", came.into()),
        ],
    )
}

fn trail_row(change: &SubjectChange, when: &When) -> TrailRow {
    let t = when.t;
    let at = when.day_hour(change.at);
    TrailRow {
        when: format!("{} {}", at.day, at.hour),
        said: t.with(
            "observation-change",
            [
                ("who", change.by.as_str().into()),
                (
                    "from",
                    whose(t, change.from, change.from_name.as_deref()).into(),
                ),
                ("to", whose(t, change.to, change.to_name.as_deref()).into()),
            ],
        ),
        why: t.word("why", &change.why),
    }
}
