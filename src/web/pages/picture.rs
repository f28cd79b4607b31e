//! A person's pictures and readings as files to take along: PNG for a letter or a chat, CSV for a table.

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::figures::{Drawing, Figure};
use super::person::Asked;
use super::when::When;
use crate::charts::png::png;
use crate::web::ask::Ask;
use crate::web::goals;
use crate::web::refusal::Refusal;
use crate::web::view::{PersonRecord, View};

/// Across, in pixels: an A4 page at 150 dots an inch, and sharp on a phone.
const WIDTH_PX: u32 = 1240;

/// `GET /persons/{person}/pictures/{picture}`: one of the page's pictures as PNG, over the same days, with
/// its title and legend drawn in, because it travels alone.
pub async fn show(
    ask: Ask,
    Path((person, picture)): Path<(i64, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let span = asked.span();
    let record = View::of(&ask)?.health()?.person(person, span).await?;
    let figure = drawn(&ask, &record, &picture, span.word()).ok_or(Refusal::NotFound)?;
    let state = ask.state.clone();
    let bytes = ask
        .state
        .blocking(move || {
            png(
                &figure.wide.svg,
                WIDTH_PX,
                &Arc::clone(&state.fonts().database),
            )
        })
        .await?
        .map_err(|error| {
            tracing::error!(%error, "a picture was not made");
            Refusal::Unavailable
        })?;
    let file = format!(
        "{}-{person}-{}.png",
        picture.trim_end_matches(".png"),
        span.word()
    );
    Ok(saved("image/png", &file, bytes))
}

fn drawn(ask: &Ask, record: &PersonRecord, picture: &str, days: &str) -> Option<Figure> {
    let when = When::of(ask);
    let line = &record.person;
    let pressure = goals::pressure(line.hypertension, goals::age(line.birth_date, when.today()));
    let glucose = goals::glucose(line.diabetes);
    let drawing = Drawing {
        when: &when,
        record,
        range: ask.words.word("span-near", days),
        days,
        caption: true,
    };
    match picture {
        "pressure.png" => Some(drawing.pressure(pressure)),
        "pressure-by-hour.png" => Some(drawing.pressure_by_hour(pressure)),
        "glucose.png" => Some(drawing.glucose(glucose)),
        "glucose-by-hour.png" => Some(drawing.glucose_by_hour(glucose)),
        _ => None,
    }
}

/// `GET /persons/{person}/readings.csv`: what was measured over the page's days, safe to open in a
/// spreadsheet. One line in the audit log: it leaves the hub.
pub async fn readings(
    ask: Ask,
    Path(person): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let span = asked.span();
    let health = View::of(&ask)?.health()?;
    let table = health.readings_table(person, span).await?;
    let file = format!("readings-{person}-{}.csv", span.word());
    Ok(saved("text/csv; charset=utf-8", &file, table))
}

/// A file to keep. Its name holds numbers only, never a name.
fn saved(kind: &'static str, file: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
    ];
    (headers, bytes).into_response()
}
