//! Adding a Bluetooth device: who is near, pairing with its six digits, and where it stands from now on.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;
use tokio::time::Instant;

use super::radio::{trouble_say, trouble_todo};
use crate::decode::gatt::{Measures, Profiles};
use crate::journal::{Bond, DeviceKind};
use crate::people::roster::RadioEntry;
use crate::pipeline::enrol::Enrolment;
use crate::sources::bluetooth::{Nearby, Pairing, Wanted};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{Places, View};
use crate::words::Words;

/// The longest label, characters.
const LABEL_MAX: usize = 64;

/// A device of the list.
struct NearRow {
    address: String,
    name: String,
    signal: String,
    offers: String,
    /// It offers blood pressure or glucose.
    of_use: bool,
    enrolled: bool,
}

/// What is wanted of staff for the device in hand.
struct HandRow {
    say: String,
    /// Six digits are to be typed.
    digits: bool,
    /// These digits are to be compared with the device's.
    same: Option<String>,
    seconds: Option<u64>,
}

/// What changes while the page is open.
#[derive(Template)]
#[template(path = "add_device_board.html", config = "src/web/askama.toml")]
struct Board {
    t: Words,
    trouble: Option<String>,
    todo: String,
    hand: Option<HandRow>,
    last: Option<String>,
    last_is_good: bool,
    near: Vec<NearRow>,
    others: Vec<NearRow>,
}

struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

/// The form for the chosen device.
struct Wish {
    address: String,
    /// It is enrolled: only its bond is made anew.
    again: bool,
    label: String,
    profiles: Vec<Choice>,
    centres: Vec<Choice>,
    stations: Vec<Choice>,
    /// Whose it is may be said, by those who may see persons.
    may_own: bool,
}

#[derive(Template)]
#[template(path = "add_device.html", config = "src/web/askama.toml")]
struct AddPage {
    shell: Shell,
    board: Board,
    wish: Option<Wish>,
}

/// Which device was chosen.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    address: Option<String>,
}

/// `GET /devices/add`.
pub async fn show(ask: Ask, Query(chosen): Query<Chosen>) -> Result<Html<String>, Refusal> {
    let view = View::of(&ask)?;
    let places = view.running()?.places().await?;
    let near = nearby(&ask).await;
    let wish = chosen
        .address
        .as_deref()
        .and_then(RadioEntry::identity)
        .map(|address| wish(&ask, &address, &places, &near, view.health().is_ok()));
    let title = ask.words.say("add-title");
    page(&AddPage {
        shell: Shell::new(&ask, Tab::Operator, &title),
        board: board(&ask, &places, &near),
        wish,
    })
}

/// `GET /devices/add/board`.
pub async fn board_only(ask: Ask) -> Result<Html<String>, Refusal> {
    let places = View::of(&ask)?.running()?.places().await?;
    let near = nearby(&ask).await;
    page(&board(&ask, &places, &near))
}

async fn nearby(ask: &Ask) -> Vec<Nearby> {
    match &ask.state.doors.pairing {
        Some(desk) => desk.nearby().await,
        None => Vec::new(),
    }
}

fn board(ask: &Ask, places: &Places, near: &[Nearby]) -> Board {
    let t = ask.words;
    let standing = ask.state.doors.bluetooth.as_ref().map(|stands| stands());
    let (trouble, todo) = match &standing {
        None => (Some(t.say("add-not-configured")), String::new()),
        Some(standing) => match standing.trouble {
            Some(trouble) => (Some(trouble_say(t, trouble)), trouble_todo(t, trouble)),
            None if standing.adapter.is_none() => (Some(t.say("radio-looking")), String::new()),
            None => (None, String::new()),
        },
    };
    let pairing = ask.state.doors.pairing.as_ref().map(|desk| desk.standing());
    let pairing = pairing.unwrap_or_default();
    let last = pairing.last.as_ref();
    let rows = near.iter().map(|device| near_row(t, device, places));
    let (near, others) = rows.partition(|row| row.of_use || row.enrolled);
    Board {
        t,
        trouble,
        todo,
        hand: pairing
            .in_hand
            .as_ref()
            .map(|(address, wanted)| hand_row(t, address, *wanted)),
        last: last.map(|(address, outcome)| match outcome {
            Ok(()) => t.with1("add-paired", "address", address),
            Err(trouble) => t.with(
                "add-not-paired",
                [
                    ("address", address.into()),
                    ("why", t.word("pair", trouble.word()).into()),
                ],
            ),
        }),
        last_is_good: last.is_some_and(|(_, outcome)| outcome.is_ok()),
        near,
        others,
    }
}

fn hand_row(t: Words, address: &str, wanted: Wanted) -> HandRow {
    let left = |until: Instant| {
        until
            .saturating_duration_since(Instant::now())
            .as_secs()
            .saturating_add(1)
    };
    let (key, digits, same, seconds) = match wanted {
        Wanted::Nothing => ("add-hand-waits", false, None, None),
        Wanted::Passkey { until } => ("add-hand-digits", true, None, Some(left(until))),
        Wanted::Same { digits, until } => (
            "add-hand-same",
            false,
            Some(format!("{digits:06}")),
            Some(left(until)),
        ),
        Wanted::Type { digits } => ("add-hand-type", false, Some(format!("{digits:06}")), None),
    };
    HandRow {
        say: t.with1(key, "address", address),
        digits,
        same: same.filter(|_| matches!(wanted, Wanted::Same { .. } | Wanted::Type { .. })),
        seconds,
    }
}

fn near_row(t: Words, device: &Nearby, places: &Places) -> NearRow {
    let enrolled = places
        .enrolled
        .iter()
        .any(|line| line.address == device.address);
    let known: Vec<String> = device
        .services
        .iter()
        .filter_map(|code| match code.as_str() {
            "1810" => Some(t.say("add-offers-pressure")),
            "1808" => Some(t.say("add-offers-glucose")),
            _ => None,
        })
        .collect();
    let rssi = device.rssi.unwrap_or(i16::MIN);
    let signal = match rssi {
        -60.. => "add-signal-strong",
        -80..-60 => "add-signal-middle",
        _ => "add-signal-weak",
    };
    NearRow {
        address: device.address.clone(),
        name: device.name.clone().unwrap_or_else(|| "—".to_owned()),
        signal: t.with1(signal, "dbm", rssi),
        of_use: !known.is_empty(),
        offers: if known.is_empty() {
            t.with1("add-offers-other", "n", device.services.len())
        } else {
            known.join("、")
        },
        enrolled,
    }
}

fn wish(ask: &Ask, address: &str, places: &Places, near: &[Nearby], may_own: bool) -> Wish {
    let device = near.iter().find(|device| device.address == address);
    let name = device.and_then(|device| device.name.as_deref());
    let desk = ask.state.doors.pairing.as_deref();
    Wish {
        again: places.enrolled.iter().any(|line| line.address == address),
        label: name.unwrap_or_default().chars().take(LABEL_MAX).collect(),
        profiles: desk.map_or_else(Vec::new, |desk| profiles(desk, name, device)),
        centres: places
            .centres
            .iter()
            .map(|(id, name)| Choice {
                value: id.to_string(),
                text: name.clone(),
                chosen: false,
            })
            .collect(),
        stations: places
            .stations
            .iter()
            .map(|station| {
                let centre = places
                    .centres
                    .iter()
                    .find(|(id, _)| *id == station.centre_id);
                Choice {
                    value: station.id.to_string(),
                    text: format!(
                        "{} {}",
                        centre.map_or("", |(_, name)| name.as_str()),
                        station.name
                    ),
                    chosen: false,
                }
            })
            .collect(),
        may_own,
        address: address.to_owned(),
    }
}

/// The profiles, the likely one chosen: by the device's name, else by what it offers.
fn profiles(desk: &dyn Pairing, name: Option<&str>, device: Option<&Nearby>) -> Vec<Choice> {
    let offers = |code: &str| {
        device.is_some_and(|device| device.services.iter().any(|service| service == code))
    };
    let all = desk.profiles();
    let generic = match (offers("1810"), offers("1808")) {
        (true, _) => "generic-bp",
        (false, true) => "generic-glucose",
        (false, false) => "",
    };
    let likely = all.suggest(name, None).unwrap_or(generic);
    all.iter()
        .map(|(stem, profile)| Choice {
            value: stem.to_owned(),
            text: profile.title.clone(),
            chosen: stem == likely,
        })
        .collect()
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Given {
    address: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    profile: String,
    #[serde(default, deserialize_with = "number")]
    centre: Option<i64>,
    #[serde(default, deserialize_with = "number")]
    station: Option<i64>,
    /// Number of the one person it is given to.
    #[serde(default, deserialize_with = "number")]
    own: Option<i64>,
    /// Add it without a bond: it is paired by itself when it is first read, or needs none.
    #[serde(default)]
    unpaired: Option<String>,
}

/// A number, or nothing for an empty field.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(from)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

/// `POST /devices/add/pair`: begins; the page shows how it goes.
pub async fn pair(ask: Ask, Form(given): Form<Given>) -> Result<Response, Refusal> {
    let view = View::of(&ask)?;
    let running = view.running()?;
    let Some(desk) = ask.state.doors.pairing.clone() else {
        return Ok(Redirect::to("/devices/add").into_response());
    };
    let address = RadioEntry::identity(&given.address).ok_or(Refusal::Unreadable)?;
    let places = running.places().await?;
    let again = places.enrolled.iter().any(|line| line.address == address);
    let wanted = if again {
        None
    } else {
        let own = given.own;
        if let Some(person) = own {
            // As for a person who does not exist: only who may see her may give her a device.
            view.health()?.must_see(person).await?;
        }
        Some(enrolment(&address, &given, &places, desk.profiles())?)
    };
    let unpaired = given.unpaired.is_some();
    if let (Some(device), true) = (&wanted, unpaired) {
        running.enrol(device.clone()).await?;
        return Ok(Redirect::to("/devices/add").into_response());
    }
    // Pairing takes longer than a page waits. What it comes to is written in the visitor's name.
    tokio::spawn(async move {
        let paired = desk.pair(&address, again).await;
        let written = match (paired, wanted) {
            (Ok(()), Some(device)) => running
                .enrol(Enrolment {
                    bond: Bond::Bonded,
                    ..device
                })
                .await
                .map(|_| ()),
            (Ok(()), None) => running.paired_again(address).await,
            (Err(_), _) => Ok(()),
        };
        if written.is_err() {
            tracing::error!("a device was paired and could not be enrolled");
        }
    });
    Ok(Redirect::to("/devices/add").into_response())
}

fn enrolment(
    address: &str,
    given: &Given,
    places: &Places,
    profiles: &Profiles,
) -> Result<Enrolment, Refusal> {
    let profile = profiles.get(&given.profile).ok_or(Refusal::Unreadable)?;
    let centre = given.centre.ok_or(Refusal::Unreadable)?;
    let is_there = places.centres.iter().any(|(id, _)| *id == centre);
    let seat_fits = given.station.is_none_or(|wanted| {
        let mut seats = places.stations.iter();
        seats.any(|seat| seat.id == wanted && seat.centre_id == centre)
    });
    let label = given.label.trim();
    let label_fits = !label.is_empty() && label.chars().count() <= LABEL_MAX;
    if !is_there || !seat_fits || !label_fits {
        return Err(Refusal::Unreadable);
    }
    Ok(Enrolment {
        address: address.to_owned(),
        profile: given.profile.clone(),
        kind: match profile.measures {
            Measures::BloodPressure => DeviceKind::Cuff,
            Measures::Glucose => DeviceKind::Meter,
        },
        label: label.to_owned(),
        centre_id: centre,
        station_id: given.station,
        own_person_id: given.own,
        bond: Bond::None,
    })
}

/// The digits a device shows.
#[derive(Deserialize)]
pub struct Digits {
    digits: String,
}

/// `POST /devices/add/digits`.
pub async fn digits(ask: Ask, Form(given): Form<Digits>) -> Result<Response, Refusal> {
    View::of(&ask)?.running()?;
    let typed: String = given
        .digits
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let six = typed.len() == 6 && typed.bytes().all(|b| b.is_ascii_digit());
    let digits: u32 = typed.parse().map_err(|_| Refusal::Unreadable)?;
    if !six {
        return Err(Refusal::Unreadable);
    }
    if let Some(desk) = &ask.state.doors.pairing {
        desk.answer(digits);
    }
    Ok(Redirect::to("/devices/add").into_response())
}

/// `POST /devices/add/cancel`.
pub async fn cancel(ask: Ask) -> Result<Response, Refusal> {
    View::of(&ask)?.running()?;
    if let Some(desk) = &ask.state.doors.pairing {
        desk.cancel();
    }
    Ok(Redirect::to("/devices/add").into_response())
}

/// `POST /devices/{device}/forget`: out of service first, so that nobody connects to it meanwhile; then
/// the bond.
pub async fn forget(ask: Ask, Path(device): Path<i64>) -> Result<Response, Refusal> {
    let running = View::of(&ask)?.running()?;
    let enrolled = running.places().await?.enrolled;
    let line = enrolled.into_iter().find(|line| line.device_id == device);
    let line = line.ok_or(Refusal::NotFound)?;
    running.forget(device).await?;
    if let Some(desk) = ask.state.doors.pairing.clone() {
        forget_bond(desk, line.address).await;
    }
    Ok(Redirect::to(&format!("/devices/{device}")).into_response())
}

async fn forget_bond(desk: Arc<dyn Pairing>, address: String) {
    if let Err(trouble) = desk.forget(&address).await {
        let trouble = trouble.word();
        tracing::warn!(device = %address, trouble, "the radio did not forget a bond");
    }
}

/// Every way in which pairing fails has its text.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::bluetooth::PairTrouble;
    use crate::words::Language;

    #[test]
    fn every_failure_has_its_text() {
        for trouble in PairTrouble::ALL {
            for language in Language::ALL {
                let said = Words::of(language).word_or_itself("pair", trouble.word());
                assert_ne!(said, trouble.word());
            }
        }
    }
}
