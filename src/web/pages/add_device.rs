//! Adding a Bluetooth device: who is near, pairing with its six digits, and where it stands from now on.

use askama::Template;
use axum::extract::Query;
use axum::response::Html;
use serde::Deserialize;
use tokio::time::Instant;

use super::radio::{trouble_say, trouble_todo};
use crate::people::roster::RadioEntry;
use crate::sources::bluetooth::{Nearby, Pairing, Wanted};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{Places, View};
use crate::words::Words;

/// The longest label, characters.
pub(super) const LABEL_MAX: usize = 64;

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
