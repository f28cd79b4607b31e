//! How the doors stand: the embedded broker, each line to another one, the HTTP door, as far as they know themselves.

use super::radio::state_and_notes;
use super::when::{DayHour, When};
use crate::sources::bluetooth::BluetoothStanding;
use crate::sources::broker::{AccountStanding, BrokerStanding};
use crate::sources::http::{Rule, SourceStanding};
use crate::sources::mqtt::LineStanding;
use crate::web::state::State;
use crate::words::Words;

/// One door of the operator's list.
pub struct DoorRow {
    pub name: String,
    pub state: String,
    pub since: Option<DayHour>,
    /// Each a sentence about what was refused, lost or waits.
    pub notes: Vec<String>,
}

/// Every door there is.
pub fn doors(state: &State, t: Words, when: &When) -> Vec<DoorRow> {
    let broker = state
        .doors
        .broker
        .iter()
        .map(|stands| broker_row(&stands(), t));
    let lines = state
        .doors
        .lines
        .iter()
        .map(|stands| line_row(&stands(), t, when));
    let ingest = state
        .doors
        .ingest
        .iter()
        .map(|stand| ingest_row(&stand(), t, when));
    let bluetooth = state
        .doors
        .bluetooth
        .iter()
        .map(|stands| radio_row(&stands(), state, t, when));
    broker.chain(lines).chain(ingest).chain(bluetooth).collect()
}

/// Bluetooth: whether it listens, and if not, why and what to do.
fn radio_row(standing: &BluetoothStanding, state: &State, t: Words, when: &When) -> DoorRow {
    let pairing = state.doors.pairing.as_ref();
    let refused = pairing.map_or(0, |desk| desk.standing().refused);
    let (said, notes) = state_and_notes(standing, refused, t, when);
    DoorRow {
        name: t.say("door-bluetooth"),
        state: said,
        since: standing.since.map(|at| when.day_hour(at)),
        notes,
    }
}

/// The HTTP door: what was kept, and which status answered how often where something was wrong.
fn ingest_row(sources: &[SourceStanding], t: Words, when: &When) -> DoorRow {
    let mut notes = Vec::new();
    for source in sources {
        for (word, count) in &source.problems {
            let status = Rule::from_word(word).map_or(0, |rule| rule.status().as_u16());
            let status = status.to_string();
            let note = t.with(
                "door-answered",
                [("n", (*count).into()), ("status", status.as_str().into())],
            );
            notes.push(format!("{} · {note}: {word}", source.name));
        }
    }
    let kept: u64 = sources.iter().map(|source| source.kept).sum();
    let last = sources.iter().filter_map(|source| source.last_kept).max();
    DoorRow {
        name: t.say("door-ingest"),
        state: t.with1("door-kept", "n", kept),
        since: last.map(|at| when.day_hour(at)),
        notes,
    }
}

/// What an account's broker refused, for its device's page; empty when nothing.
pub fn account_notes(state: &State, t: Words, user: &str) -> Vec<String> {
    let Some(stands) = &state.doors.broker else {
        return Vec::new();
    };
    stands()
        .accounts
        .iter()
        .find(|account| account.user == user)
        .map_or_else(Vec::new, |account| refusals(account, t))
}

fn broker_row(standing: &BrokerStanding, t: Words) -> DoorRow {
    let connections: usize = standing.accounts.iter().map(|a| a.connections.len()).sum();
    let mut notes = Vec::new();
    if standing.unknown_refused > 0 {
        notes.push(t.with1("door-unknown-refused", "n", standing.unknown_refused));
    }
    for account in &standing.accounts {
        for note in refusals(account, t) {
            notes.push(format!("{} · {note}", account.user));
        }
    }
    DoorRow {
        name: t.say("door-broker"),
        state: t.with1("door-connections", "n", connections),
        since: None,
        notes,
    }
}

fn refusals(account: &AccountStanding, t: Words) -> Vec<String> {
    let r = &account.refused;
    [
        ("door-oversize", r.oversize),
        ("door-over-long", r.over_long),
        ("door-over-rate", r.over_rate),
        ("door-foreign-topic", r.foreign_topic),
        ("door-malformed", r.malformed),
        ("door-sign-in", r.sign_in),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(key, count)| t.with1(key, "n", count))
    .collect()
}

fn line_row(line: &LineStanding, t: Words, when: &When) -> DoorRow {
    let mut notes = Vec::new();
    for (key, count) in [
        ("door-sessions-lost", line.sessions_lost),
        ("door-reconnects", line.reconnects),
        ("door-waiting", line.waiting),
        ("door-over-long", line.over_long),
        ("door-filters-refused", line.filters_refused as u64),
    ] {
        if count > 0 {
            notes.push(t.with1(key, "n", count));
        }
    }
    if let (false, Some(trouble)) = (line.connected, &line.last_trouble) {
        notes.push(trouble.clone());
    }
    let state = match (line.connected, line.protocol) {
        (true, Some(protocol)) => t.with1("door-connected", "protocol", protocol),
        _ => t.say("door-not-connected"),
    };
    DoorRow {
        name: line.name.clone(),
        state,
        since: line.since.map(|at| when.day_hour(at)),
        notes,
    }
}
