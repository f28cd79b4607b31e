//! `decode --sessions`: a captured session in, what the machine makes of it out, one JSON line each.

use jiff::civil;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::listener::{Listener, Report};
use super::record::{Kind, Record};
use crate::decode::gatt::date_time::local_text;
use crate::decode::gatt::profile::{Measures, Profile, Profiles};
use crate::decode::gatt::{Characteristic, hex};

/// The hub's clock at the start of a session that does not say.
const START: civil::DateTime = civil::date(2026, 11, 23).at(8, 20, 0, 0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    NotJson,
    NotAnObject,
    UnknownProfile,
    BadEvents,
}

impl Refused {
    fn word(self) -> &'static str {
        match self {
            Refused::NotJson => "not_json",
            Refused::NotAnObject => "not_an_object",
            Refused::UnknownProfile => "unknown_profile",
            Refused::BadEvents => "bad_events",
        }
    }
}

#[derive(Serialize)]
struct RefusedLine<'a> {
    id: &'a Json,
    class: &'static str,
    reasons: [&'static str; 1],
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a Json,
    new_readings: usize,
    glucose_readings: usize,
    duplicates_dropped: u64,
    decode_errors: u64,
    meals: Map<String, Json>,
    complete: bool,
    last_seq: Option<u16>,
    corrected_times: Vec<String>,
    warnings: Vec<&'static str>,
    next: &'static str,
}

/// Everything a line tells, over all its connections.
#[derive(Default)]
struct Tally {
    records: Vec<Record>,
    duplicates_dropped: u64,
    decode_errors: u64,
    warnings: Vec<&'static str>,
}

impl Tally {
    fn add(&mut self, report: Report, listener: &Listener) {
        self.records.extend(report.records);
        for context in report.loose_contexts {
            let sequence = Some(context.sequence);
            if let Some(record) = self
                .records
                .iter_mut()
                .rev()
                .find(|r| r.sequence() == sequence)
            {
                record.join(context, listener.quirks());
            }
        }
        self.duplicates_dropped += report.duplicates_dropped;
        self.decode_errors += report.decode_errors;
        for warning in report.warnings {
            if !self.warnings.contains(&warning.word()) {
                self.warnings.push(warning.word());
            }
        }
    }

    fn count(&self, wanted: impl Fn(&Record) -> bool) -> usize {
        self.records.iter().filter(|record| wanted(record)).count()
    }

    fn meals(&self) -> Map<String, Json> {
        let glucose = |record: &&Record| matches!(record.kind, Kind::Glucose | Kind::Urgent);
        let records = self.records.iter().filter(glucose);
        records
            .filter_map(|record| {
                let context = record.context()?;
                let word = meal_word(context.meal?)?;
                Some((context.sequence.to_string(), Json::from(word)))
            })
            .collect()
    }
}

/// The specification's words for a meal, as integrators know them.
fn meal_word(code: u8) -> Option<&'static str> {
    match code {
        1 => Some("preprandial"),
        2 => Some("postprandial"),
        3 => Some("fasting"),
        4 => Some("casual"),
        5 => Some("bedtime"),
        _ => None,
    }
}

/// Answers one session. Total: whatever the line is, it gets one line of JSON.
pub fn session_line(line: &str, profiles: &Profiles) -> String {
    let Ok(request) = serde_json::from_str::<Json>(line.trim_start_matches('\u{FEFF}')) else {
        return refused_text(&Json::Null, Refused::NotJson);
    };
    let Json::Object(request) = &request else {
        return refused_text(&Json::Null, Refused::NotAnObject);
    };
    let id = request.get("id").unwrap_or(&Json::Null);
    match replay(request, profiles) {
        Ok((listener, tally)) => text(&Line {
            id,
            new_readings: tally.count(Record::is_reading),
            glucose_readings: tally.count(|r| r.is_reading() && r.kind == Kind::Glucose),
            duplicates_dropped: tally.duplicates_dropped,
            decode_errors: tally.decode_errors,
            meals: tally.meals(),
            complete: listener.is_complete(),
            last_seq: listener.last_sequence(),
            corrected_times: tally
                .records
                .iter()
                .filter_map(|record| record.corrected.map(local_text))
                .collect(),
            warnings: tally.warnings,
            next: listener.next().word(),
        }),
        Err(refused) => refused_text(id, refused),
    }
}

/// Answers every line of a text that is not blank, in order.
pub fn session_lines<'a>(
    text: &'a str,
    profiles: &'a Profiles,
) -> impl Iterator<Item = String> + 'a {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| session_line(line, profiles))
}

fn replay(request: &Map<String, Json>, profiles: &Profiles) -> Result<(Listener, Tally), Refused> {
    let generic = Profile::generic(Measures::Glucose);
    let profile = match request.get("profile") {
        None | Some(Json::Null) => &generic,
        Some(stem) => stem
            .as_str()
            .and_then(|stem| profiles.get(stem))
            .ok_or(Refused::UnknownProfile)?,
    };
    let events = request
        .get("events")
        .and_then(Json::as_array)
        .ok_or(Refused::BadEvents)?;
    let mut listener = Listener::new(profile, START);
    let mut tally = Tally::default();
    for event in events {
        happen(event, &mut listener, &mut tally).ok_or(Refused::BadEvents)?;
    }
    let report = listener.take_report();
    tally.add(report, &listener);
    Ok((listener, tally))
}

/// Drives one event; none for one that is no event.
fn happen(event: &Json, listener: &mut Listener, tally: &mut Tally) -> Option<()> {
    let parts = event.as_array()?;
    let text = |at: usize| parts.get(at).and_then(Json::as_str);
    match (text(0)?, parts.len()) {
        ("write", 3..) => {
            let bytes = hex::bytes(text(2)?)?;
            if let Some(characteristic) = Characteristic::from_code(text(1)?) {
                listener.wrote(characteristic, &bytes);
            }
        }
        ("notify" | "indicate", 3..) => {
            let characteristic = Characteristic::from_code(text(1)?);
            match (characteristic, hex::bytes(text(2)?)) {
                (Some(characteristic), Some(bytes)) => {
                    listener.value(characteristic, &bytes);
                }
                // A value the capture lost digits of costs itself, not the session.
                (Some(_), None) => tally.decode_errors += 1,
                (None, _) => {}
            }
        }
        ("device_time", 3..) => {
            let characteristic = Characteristic::from_code(text(1)?).filter(|known| {
                matches!(
                    known,
                    Characteristic::CurrentTime | Characteristic::DateTime
                )
            })?;
            match hex::bytes(text(2)?) {
                Some(bytes) => listener.clock_read(characteristic, &bytes),
                None => tally.decode_errors += 1,
            }
        }
        ("gateway_time", 2..) => listener.hub_time(text(1)?.parse().ok()?),
        ("time_passes_s", 2..) => listener.time_passes(milliseconds(parts.get(1)?)?),
        ("disconnect", _) => {
            let report = listener.disconnected();
            tally.add(report, listener);
        }
        _ => return None,
    }
    Some(())
}

fn milliseconds(seconds: &Json) -> Option<u64> {
    if let Some(whole) = seconds.as_u64() {
        return Some(whole.saturating_mul(1000));
    }
    let seconds = seconds
        .as_f64()
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)?;
    Some((seconds * 1000.0) as u64)
}

fn refused_text(id: &Json, refused: Refused) -> String {
    text(&RefusedLine {
        id,
        class: "error",
        reasons: [refused.word()],
    })
}

fn text(line: &impl Serialize) -> String {
    serde_json::to_string(line).expect("strings, numbers and fixed keys always have a JSON text")
}

#[cfg(test)]
#[path = "line/tests.rs"]
mod tests;
