//! A device's ledger as its page shows it: how it is spoken to, battery, clock, days, failures.

use super::attention::clock;
use super::radio::trouble_of_device;
use super::when::{DayHour, When};
use crate::decode::gatt::{Measures, Memory, Profile};
use crate::journal::{Bond, Failure, RadioLedger};
use crate::sources::bluetooth::DeviceStanding;
use crate::web::ask::Ask;
use crate::web::view::Ledger;
use crate::words::Words;

/// Failures that are shown.
const FAILURES_SHOWN: usize = 8;

/// Ways in which a frame ends that are nobody's failure.
const HARMLESS: &[&str] = &[
    "",
    "heartbeat",
    "battery_only",
    "event",
    "no_value",
    "joined_half",
    "context_alone",
    "record_access",
    "clock_read",
    "clock_set",
    "device_information",
    "connection_ended",
    "intermediate_pressure",
    "ketone",
];

/// How a Bluetooth device is spoken to.
pub struct RadioCard {
    pub profile: String,
    pub address: String,
    pub bond: String,
    pub doing: Option<String>,
    /// Who made it, which model, its number, its program.
    pub made: Option<String>,
    pub connected: Option<DayHour>,
    pub connections: i64,
    pub lost: Option<String>,
    /// What must be known about such a device, or done about this one.
    pub notes: Vec<String>,
    /// Nothing it holds is lost.
    pub keeps: Option<String>,
    /// Its bond is gone on its side: staff may make a new one.
    pub pair_again: bool,
}

/// One line of a history.
pub struct HistoryRow {
    pub at: DayHour,
    pub say: String,
}

/// The whole card.
pub struct LedgerCard {
    pub radio: Option<RadioCard>,
    pub batteries: Vec<HistoryRow>,
    pub clocks: Vec<HistoryRow>,
    /// Day and number of readings, the newest first; days without one between them too.
    pub days: Vec<(String, usize)>,
    pub failures: Vec<String>,
}

/// Writes it.
pub fn ledger_card(ask: &Ask, ledger: &Ledger, when: &When) -> LedgerCard {
    let t = ask.words;
    LedgerCard {
        radio: ledger
            .radio
            .as_ref()
            .map(|radio| radio_card(ask, radio, when)),
        // One line would only repeat what stands above it.
        batteries: ledger
            .batteries
            .iter()
            .filter(|_| ledger.batteries.len() > 1)
            .map(|(at, percent)| HistoryRow {
                at: when.day_hour(*at),
                say: format!("{percent}%"),
            })
            .collect(),
        clocks: ledger
            .clocks
            .iter()
            .map(|read| HistoryRow {
                at: when.day_hour(read.read_at),
                say: match read.set_at {
                    Some(_) => t.with1("ledger-clock-set", "off", clock(t, read.offset_ms)),
                    None => clock(t, read.offset_ms),
                },
            })
            .collect(),
        days: days(ledger, when),
        failures: failures(t, &ledger.failures),
    }
}

fn radio_card(ask: &Ask, radio: &RadioLedger, when: &When) -> RadioCard {
    let t = ask.words;
    let desk = ask.state.doors.pairing.as_deref();
    let profile = desk.and_then(|desk| desk.profiles().get(&radio.profile));
    let standing = ask.state.doors.bluetooth.as_ref().map(|stands| stands());
    let device = standing
        .as_ref()
        .and_then(|standing| standing.devices.get(&radio.address));
    let made: Vec<&str> = [
        &radio.manufacturer,
        &radio.model,
        &radio.serial,
        &radio.firmware,
    ]
    .into_iter()
    .filter_map(|part| part.as_deref())
    .collect();
    RadioCard {
        profile: profile.map_or_else(|| radio.profile.clone(), |p| p.title.clone()),
        address: radio.address.clone(),
        bond: t.word("bond", radio.bond.word()),
        doing: device.map(|device| t.word("doing", device.doing.word())),
        made: (!made.is_empty()).then(|| made.join(" · ")),
        connected: radio.last_connected_at.map(|at| when.day_hour(at)),
        connections: radio.connections,
        lost: (radio.records_lost > 0).then(|| t.with1("ledger-lost", "n", radio.records_lost)),
        notes: notes(t, radio, profile, device),
        keeps: profile
            .filter(|profile| !profile.sends_at_once && keeps(profile) == Some(true))
            .map(|_| t.say("ledger-keeps")),
        pair_again: desk.is_some(),
    }
}

/// What such a device does to readings, and what is wrong with this one.
fn notes(
    t: Words,
    radio: &RadioLedger,
    profile: Option<&Profile>,
    device: Option<&DeviceStanding>,
) -> Vec<String> {
    let mut notes = Vec::new();
    if radio.bond == Bond::Lost {
        notes.push(t.say("ledger-bond-lost"));
    }
    if let Some(trouble) = radio.trouble.as_deref().filter(|word| *word != "bond_lost") {
        notes.push(trouble_of_device(t, trouble));
    }
    if device.is_some_and(|device| device.without_profile) {
        notes.push(t.with1("ledger-without-profile", "profile", &radio.profile));
    }
    if let Some(profile) = profile {
        if profile.sends_at_once {
            notes.push(t.say("ledger-sends-at-once"));
        } else {
            match keeps(profile) {
                Some(true) => {}
                Some(false) => notes.push(t.say("ledger-erases")),
                None => notes.push(t.say("ledger-may-erase")),
            }
        }
    }
    notes
}

/// Whether such a device can be asked again for what it sent. Every meter can: its service has a control
/// point for it.
fn keeps(profile: &Profile) -> Option<bool> {
    match (profile.memory, profile.measures) {
        (Some(memory), _) => Some(memory == Memory::Keeps),
        (None, Measures::Glucose) => Some(true),
        (None, Measures::BloodPressure) => None,
    }
}

fn days(ledger: &Ledger, when: &When) -> Vec<(String, usize)> {
    let Some(first) = ledger.received.first() else {
        return Vec::new();
    };
    let date = |at| when.zone.to_datetime(at).date();
    let (first, mut day) = (date(*first), when.today());
    let mut days = Vec::new();
    while day >= first {
        let count = ledger.received.iter().filter(|at| date(**at) == day);
        days.push((when.t.near_day(day, when.today()), count.count()));
        match day.yesterday() {
            Ok(before) => day = before,
            Err(_) => break,
        }
    }
    days
}

fn failures(t: Words, failures: &[Failure]) -> Vec<String> {
    failures
        .iter()
        .filter(|failure| !HARMLESS.contains(&failure.reason.as_str()))
        .take(FAILURES_SHOWN)
        .map(|failure| {
            let reason = t.word_or_itself("reason", &failure.reason);
            t.with(
                "operator-reason-count",
                [("reason", reason.into()), ("n", failure.frames.into())],
            )
        })
        .collect()
}
