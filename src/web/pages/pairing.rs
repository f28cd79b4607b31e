//! What staff do with a Bluetooth device: pair, type its digits, give up, forget.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Deserializer};

use super::add_device::LABEL_MAX;
use crate::decode::gatt::{Measures, Profiles};
use crate::journal::{Bond, DeviceKind};
use crate::people::roster::RadioEntry;
use crate::pipeline::enrol::Enrolment;
use crate::sources::bluetooth::Pairing;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::view::{Places, View};

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
