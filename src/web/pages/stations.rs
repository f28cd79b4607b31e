//! Seats and their screens: who runs the hub lets a screen in, shuts it out, and says what its reader writes.

use askama::Template;
use axum::Form;
use axum::response::Html;
use serde::Deserialize;

use super::when::When;
use crate::people::card::ReaderType;
use crate::web::access::session::Token;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

struct StationRow {
    id: i64,
    centre: String,
    name: String,
    screens: Vec<String>,
    readers: Vec<ReaderChoice>,
}

struct ReaderChoice {
    word: &'static str,
    text: String,
    chosen: bool,
}

/// The address of a screen, shown once.
struct Link {
    title: String,
    path: String,
}

#[derive(Template)]
#[template(path = "stations.html", config = "src/web/askama.toml")]
struct StationsPage {
    shell: Shell,
    rows: Vec<StationRow>,
    link: Option<Link>,
}

/// `GET /operator/stations`.
pub async fn show(ask: Ask) -> Result<Html<String>, Refusal> {
    listed(&ask, None).await
}

async fn listed(ask: &Ask, link: Option<(i64, String)>) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let when = When::of(ask);
    let stations = View::of(ask)?.running()?.stations().await?;
    let link = link.and_then(|(id, token)| {
        let (station, _) = stations.iter().find(|(station, _)| station.id == id)?;
        Some(Link {
            title: t.with1("stations-link", "station", &station.name),
            path: format!("/kiosk/{id}/open?token={token}"),
        })
    });
    let rows = stations
        .into_iter()
        .map(|(station, screens)| StationRow {
            id: station.id,
            centre: station.centre_name,
            name: station.name,
            screens: screens
                .iter()
                .filter(|screen| screen.revoked_at.is_none())
                .map(|screen| {
                    let made = when.day_hour(screen.made_at);
                    let made = format!("{} {}", made.day, made.hour);
                    t.with1("stations-open-since", "when", made)
                })
                .collect(),
            readers: ReaderType::ALL
                .into_iter()
                .map(|reader| ReaderChoice {
                    word: reader.word(),
                    text: t.word("reader", reader.word()),
                    chosen: reader == station.reader,
                })
                .collect(),
        })
        .collect();
    page(&StationsPage {
        shell: Shell::new(ask, Tab::Operator, &t.say("stations-title")),
        rows,
        link,
    })
}

/// What is to be done with a seat.
#[derive(Deserialize)]
pub struct Wanted {
    station: i64,
    act: String,
    reader: Option<String>,
}

/// `POST /operator/stations`.
pub async fn act(ask: Ask, Form(wanted): Form<Wanted>) -> Result<Html<String>, Refusal> {
    let station = wanted.station;
    View::of(&ask)?
        .running()?
        .stations()
        .await?
        .iter()
        .find(|(known, _)| known.id == station)
        .ok_or(Refusal::NotFound)?;
    let actor = ask.visitor.as_ref().ok_or(Refusal::SignedOut)?.actor();
    let object = format!("station:{station}");
    let road = &ask.state.road;
    match wanted.act.as_str() {
        "open" => {
            let token = Token::random();
            let (sha256, by) = (token.sha256(), actor.clone());
            road.command(&actor, "station.open", move |tx, now| {
                tx.add_station_token(station, &sha256, &by, now)?;
                Ok(((), object))
            })
            .await?;
            listed(&ask, Some((station, token.shown_once()))).await
        }
        "revoke" => {
            road.command(&actor, "station.revoke", move |tx, now| {
                tx.revoke_station_tokens(station, now)?;
                Ok(((), object))
            })
            .await?;
            listed(&ask, None).await
        }
        "reader" => {
            let word = wanted.reader.as_deref().unwrap_or_default();
            let reader = ReaderType::from_word(word).ok_or(Refusal::Unreadable)?;
            road.command(&actor, "station.reader", move |tx, _| {
                tx.set_reader(station, reader)?;
                Ok(((), object))
            })
            .await?;
            listed(&ask, None).await
        }
        _ => Err(Refusal::Unreadable),
    }
}
