//! The screen of a station: what one person in its chair sees, hears and touches.
//! Invariant: it shows its own chair only, and nothing of a person who has left.

mod acts;
mod face;
mod names;
mod result;
mod stream;

use askama::Template;
use axum::extract::{Path, Query, State as With};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::access::screen::screen_cookie;
use super::access::session::Token;
use super::ask::Ask;
use super::assets;
use super::refusal::Refusal;
use super::shell::page;
use super::state::State;
use super::view::Chair;
use crate::words::{Language, Words};

pub use acts::{act, card};
pub use face::Face;
pub use stream::live;

#[derive(Template)]
#[template(path = "kiosk.html", config = "src/web/askama.toml")]
struct KioskPage {
    t: Words,
    station: i64,
    place: String,
    demo: bool,
    face: Face,
}

impl KioskPage {
    fn asset(&self, file: &str) -> String {
        assets::address(file)
    }

    fn other(&self) -> Language {
        self.t.language().other()
    }
}

/// What the link of a screen carries.
#[derive(Deserialize)]
pub struct Opening {
    token: String,
}

/// `GET /kiosk/{station}/open`: this browser becomes the station's screen.
pub async fn open(
    With(state): With<State>,
    Path(station): Path<i64>,
    Query(opening): Query<Opening>,
) -> Result<Response, Refusal> {
    let token = Token::from_cookie(&opening.token).ok_or(Refusal::NotFound)?;
    let sha256 = token.sha256();
    let found = state
        .read(move |journal| journal.station_of_token(&sha256))
        .await?;
    if found.is_none_or(|found| found.id != station) {
        return Err(Refusal::NotFound);
    }
    let kept = screen_cookie(&opening.token, state.settings.over_https());
    // A link that somebody may look at over a shoulder leaves the address bar at once.
    Ok((
        CookieJar::new().add(kept),
        Redirect::to(&format!("/kiosk/{station}")),
    )
        .into_response())
}

/// `GET /kiosk/{station}`.
pub async fn show(ask: Ask, Path(station): Path<i64>) -> Result<Html<String>, Refusal> {
    let chair = Chair::of(&ask, station)?;
    let shown = chair.in_chair().await?;
    page(&KioskPage {
        t: ask.words,
        station,
        place: format!("{} · {}", chair.station.centre_name, chair.station.name),
        demo: ask.state.demo.is_some(),
        face: Face::of(&ask, station, shown.as_ref()),
    })
}

/// `GET /kiosk/{station}/face`: what stands on the screen now.
pub async fn face(ask: Ask, Path(station): Path<i64>) -> Result<Html<String>, Refusal> {
    now(&ask, station).await
}

async fn now(ask: &Ask, station: i64) -> Result<Html<String>, Refusal> {
    let shown = Chair::of(ask, station)?.in_chair().await?;
    page(&Face::of(ask, station, shown.as_ref()))
}

/// Which names are asked for.
#[derive(Deserialize)]
pub struct Asked {
    /// Of this village; without it, of all.
    village: Option<String>,
    letter: Option<String>,
}

/// `GET /kiosk/{station}/photo/{person}`.
pub async fn photo(
    ask: Ask,
    Path((station, person)): Path<(i64, i64)>,
) -> Result<Response, Refusal> {
    let found = Chair::of(&ask, station)?.photo(person).await?;
    let photo = found.ok_or(Refusal::NotFound)?;
    // No copy of a face stays in the browser of a room.
    let headers = [
        (header::CONTENT_TYPE, photo.kind),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, photo.bytes).into_response())
}

/// `GET /kiosk/{station}/names`: the villages, the letters, or the names under one.
pub async fn names(
    ask: Ask,
    Path(station): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Refusal> {
    let names = Chair::of(&ask, station)?.names().await?;
    let (village, letter) = (asked.village.as_deref(), asked.letter.as_deref());
    page(&Face::names(&ask, station, &names, village, letter))
}
