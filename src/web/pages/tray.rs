//! The unclaimed tray: readings that are nobody's yet, why, and who was there. People are named because
//! they sat there, never because a value would fit them.

use askama::Template;
use axum::response::Html;

use super::notice::{NoticeRow, notice_row};
use super::numbers::value;
use super::sitting::{SeatPicture, SitterRow, picture, sitter_rows};
use super::when::{DayHour, When};
use crate::journal::ReadingLine;
use crate::vitals::{DeviceTime, Mark, Subject, TimeMethod};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{Changed, TRAY_OLD, TRAY_WHOLE, TrayRecord, View, Waiting};
use crate::words::Words;

/// A reading and its circumstances, as the tray and its own page write them.
pub struct ReadingRow {
    pub id: i64,
    pub device: String,
    pub station: Option<String>,
    pub centre: String,
    pub when: DayHour,
    pub usable_time: bool,
    /// `钟点可信，±1 分`, `钟点不可信`.
    pub trust: String,
    /// What the device itself wrote, where that is not believed.
    pub device_time: Option<String>,
    pub value: String,
    pub unit: &'static str,
    pub beside: String,
    pub marks: Vec<String>,
    /// Why it is nobody's, or whose it is and on what grounds.
    pub why: String,
    /// Which limit of the place table it reaches.
    pub danger: Option<String>,
    /// It waits for more than a day.
    pub old: bool,
    pub href: String,
}

/// A reading with who sat there.
struct WholeRow {
    row: ReadingRow,
    /// `第 1 个，共 3 个`.
    nth: String,
    picture: Option<SeatPicture>,
    sitters: Vec<SitterRow>,
}

/// A change: what, whose it is now, who said so.
pub struct RecentRow {
    pub value: String,
    pub said: String,
    pub by: String,
    pub href: Option<String>,
}

#[derive(Template)]
#[template(path = "tray_board.html", config = "src/web/askama.toml")]
struct Board {
    t: Words,
    notices: Vec<NoticeRow>,
    back: &'static str,
    count: i64,
    said: String,
    whole: Vec<WholeRow>,
    rest: Vec<ReadingRow>,
    old: Vec<ReadingRow>,
    left_out: i64,
    recent: Vec<RecentRow>,
    with_centre: bool,
}

#[derive(Template)]
#[template(path = "tray.html", config = "src/web/askama.toml")]
struct TrayPage {
    shell: Shell,
    board: Board,
}

/// `GET /tray`.
pub async fn show(ask: Ask) -> Result<Html<String>, Refusal> {
    let board = board(&ask).await?;
    let title = ask.words.say("tray-title");
    page(&TrayPage {
        shell: Shell::new(&ask, Tab::Tray, &title),
        board,
    })
}

/// `GET /tray/board`: what changes when a reading arrives or is assigned.
pub async fn board_only(ask: Ask) -> Result<Html<String>, Refusal> {
    page(&board(&ask).await?)
}

async fn board(ask: &Ask) -> Result<Board, Refusal> {
    let health = View::of(ask)?.health()?;
    let record = health.tray().await?;
    let when = When::of(ask);
    Ok(lay_out(ask, &when, record, health.sees_many_centres()))
}

fn lay_out(ask: &Ask, when: &When, record: TrayRecord, with_centre: bool) -> Board {
    let t = ask.words;
    let listed = record.waiting.len();
    let is_old =
        |w: &Waiting| when.now.duration_since(w.reading.observation.received_at) > TRAY_OLD;
    let (old, fresh): (Vec<Waiting>, Vec<Waiting>) = record.waiting.into_iter().partition(is_old);
    let mut fresh = fresh.into_iter();
    let whole = fresh
        .by_ref()
        .take(TRAY_WHOLE)
        .enumerate()
        .map(|(nth, w)| {
            let row = reading_row(ask, &w.reading, when);
            WholeRow {
                picture: picture(&w.reading, &w.sitters, &row.why, when),
                sitters: sitter_rows(&w.reading, &w.sitters, when),
                nth: t.with(
                    "tray-nth",
                    [("n", (nth + 1).into()), ("of", record.count.into())],
                ),
                row,
            }
        })
        .collect();
    let rows = |waiting: Vec<Waiting>| -> Vec<ReadingRow> {
        waiting
            .iter()
            .map(|w| reading_row(ask, &w.reading, when))
            .collect()
    };
    Board {
        t,
        said: t.with1("tray-say", "n", record.count),
        notices: record
            .notices
            .iter()
            .map(|notice| notice_row(notice, when))
            .collect(),
        back: "/tray",
        left_out: record.count - i64::try_from(listed).unwrap_or(i64::MAX),
        count: record.count,
        whole,
        rest: rows(fresh.collect()),
        old: rows(old),
        recent: record.recent.iter().map(|c| recent_row(c, when)).collect(),
        with_centre,
    }
}

/// Writes one change.
pub fn recent_row(changed: &Changed, when: &When) -> RecentRow {
    let t = when.t;
    let change = &changed.change;
    let at = when.day_hour(change.at);
    let at = match when.is_today(change.at) {
        true => at.hour,
        false => format!("{} {}", at.day, at.hour),
    };
    let value = changed.reading.as_ref().map_or_else(
        || t.say("tray-elsewhere"),
        |reading| value(&reading.observation.reading.measured, t).0,
    );
    RecentRow {
        value,
        said: whose(t, change.to, change.to_name.as_deref()),
        by: t.with(
            "tray-by",
            [
                ("who", change.by.as_str().into()),
                ("hour", at.into()),
                ("why", t.word("why", &change.why).into()),
            ],
        ),
        href: changed
            .reading
            .as_ref()
            .map(|reading| format!("/observations/{}", reading.observation.id)),
    }
}

/// Whose it is, in words: a name, the tray, nobody's.
pub fn whose(t: Words, subject: Subject, name: Option<&str>) -> String {
    match (subject, name) {
        (Subject::Known { .. }, Some(name)) => name.to_owned(),
        (Subject::Known { .. }, None) => t.say("tray-other-centre"),
        (Subject::Unclaimed { .. }, _) => t.say("tray-nobodys-yet"),
        (Subject::Voided { reason }, _) => {
            t.with1("tray-nobodys", "why", t.word("voided", reason.word()))
        }
    }
}

/// Writes one reading.
pub fn reading_row(ask: &Ask, line: &ReadingLine, when: &When) -> ReadingRow {
    let t = when.t;
    let observation = &line.observation;
    let reading = &observation.reading;
    let taken = observation.taken;
    let usable_time = taken.method != TimeMethod::Unusable;
    let (value, beside) = value(&reading.measured, t);
    let limits = &ask.state.rules.place;
    ReadingRow {
        id: observation.id,
        device: match line.observation.reading.marks.contains(&Mark::Typed) {
            true => t.say("device-typed"),
            false => line.device_label.clone(),
        },
        station: line.station_name.clone(),
        centre: line.centre_name.clone(),
        when: when.day_hour(if usable_time {
            taken.at
        } else {
            observation.received_at
        }),
        usable_time,
        trust: if usable_time {
            t.with1(
                "tray-time-trusted",
                "span",
                t.span(u64::from(taken.uncertainty_s)),
            )
        } else {
            t.say("tray-time-untrusted")
        },
        device_time: match &reading.device_time {
            DeviceTime::Given { sent, .. } | DeviceTime::Unusable { sent } if !usable_time => {
                Some(t.with1("tray-device-time", "sent", sent))
            }
            _ => None,
        },
        value,
        unit: super::numbers::unit(&reading.measured),
        beside,
        marks: reading
            .marks
            .iter()
            .map(|mark| t.word("mark", mark.word()))
            .collect(),
        why: match observation.subject {
            Subject::Known { basis, .. } => t.word("basis", basis.word()),
            Subject::Unclaimed { reason } => t.word("unclaimed", reason.word()),
            Subject::Voided { reason } => t.word("voided", reason.word()),
        },
        danger: limits
            .reached(&reading.measured)
            .map(|alarm| t.word("place", alarm.word())),
        old: when.now.duration_since(observation.received_at) > TRAY_OLD,
        href: format!("/observations/{}", observation.id),
    }
}
