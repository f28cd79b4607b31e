//! The `map` tool as a function: JSON lines with topic and payload in, JSON lines with readings out.

use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::interpret::interpret;
use super::joiner::{Joined, Joiner};
use super::outcome::{Fault, Interpretation, MappedReading, Reason, Status};
use super::time::moment;
use crate::decode::profile::{ProfileSet, TimeForm};
use crate::vitals::{DeviceTime, Frame, GlucoseValue, Meal, Measured, Moment, Specimen, Transport};

/// One input line. `source` is optional: the MQTT user or HTTP source, for profiles that read `account:`.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    topic: Option<String>,
    payload: String,
    #[serde(default)]
    received_at: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

/// What one input line became, before it is printed.
struct Answer {
    out: Interpretation,
    /// Each with the moment that stands for "received": of a joined reading, its first half's.
    readings: Vec<(MappedReading, Moment)>,
}

impl Answer {
    fn new(mut out: Interpretation, received_at: Moment) -> Self {
        let readings = std::mem::take(&mut out.readings);
        Answer {
            out,
            readings: readings.into_iter().map(|r| (r, received_at)).collect(),
        }
    }
}

/// Maps every non-blank line and prints one JSON object for each, in their order.
///
/// `received_at` of a line is an ISO time (without zone: `site`); where it is missing, `now` stands for it.
/// A line without a topic takes the first topic of the set's first profile that has no wildcard. Halves
/// (one value per topic) are joined across all lines: the reading stands at the last of its lines, the
/// others are `ok` with the reason `joined`. Every key is always printed, absent values as null.
pub fn map_lines<'a>(
    set: &ProfileSet,
    lines: impl IntoIterator<Item = &'a str>,
    site: &TimeZone,
    now: Moment,
) -> Vec<String> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut joiner = Joiner::default();
    for line in lines.into_iter().filter(|line| !line.trim().is_empty()) {
        let place = answers.len();
        let mut answer = answer(set, line, site, now);
        let parts = std::mem::take(&mut answer.out.parts);
        answers.push(answer);
        for part in parts {
            let joined = joiner.offer(place, part);
            settle(&mut answers, joined);
        }
    }
    settle(&mut answers, joiner.finish());
    answers
        .iter()
        .map(|a| printed(a, set, site).to_string())
        .collect()
}

fn answer(set: &ProfileSet, line: &str, site: &TimeZone, now: Moment) -> Answer {
    match frame(set, line, site, now) {
        Ok(frame) => Answer::new(interpret(set, &frame, site), frame.received_at),
        Err(at) => {
            let out = Interpretation {
                profile: None,
                status: Status::Quarantined,
                readings: Vec::new(),
                parts: Vec::new(),
                refused: Vec::new(),
                events: Vec::new(),
                error: Some(Fault::BadLine),
                reasons: vec![Reason::new(at, Fault::BadLine.word())],
            };
            Answer::new(out, now)
        }
    }
}

/// `Err` is the pointer in the line that is not as documented.
fn frame(
    set: &ProfileSet,
    line: &str,
    site: &TimeZone,
    now: Moment,
) -> Result<Frame, &'static str> {
    let line: Line = serde_json::from_str(line).map_err(|_| "")?;
    let received_at = match &line.received_at {
        Some(text) => moment(TimeForm::Iso, text.trim(), site).ok_or("/received_at")?,
        None => now,
    };
    let fixed = || {
        set.profiles()
            .iter()
            .flat_map(|p| &p.topics)
            .find_map(|topic| topic.as_topic())
    };
    Ok(Frame {
        transport: Transport::Station,
        source: line.source.unwrap_or_else(|| "sample".to_owned()),
        topic: line
            .topic
            .filter(|t| !t.is_empty())
            .or_else(fixed)
            .unwrap_or_default(),
        payload: line.payload.into_bytes(),
        received_at,
        retained: false,
        may_be_late: false,
        refused: None,
    })
}

/// Writes what became of a group of halves to the lines they came from.
fn settle(answers: &mut [Answer], joined: Vec<Joined<usize>>) {
    for group in joined {
        let last = group.tags.iter().copied().max();
        for tag in &group.tags {
            let Some(answer) = answers.get_mut(*tag) else {
                continue;
            };
            match &group.reading {
                Ok(reading) if Some(*tag) == last => {
                    answer.readings.push(((**reading).clone(), group.first_at));
                }
                Ok(_) => answer.out.reasons.push(Reason::new("", "joined")),
                Err(fault) => {
                    answer.out.error = Some(*fault);
                    answer.out.reasons.push(Reason::new("", fault.word()));
                    if answer.readings.is_empty() {
                        answer.out.status = fault.status();
                    }
                }
            }
        }
    }
}

fn printed(answer: &Answer, set: &ProfileSet, site: &TimeZone) -> Value {
    let profile = answer.out.profile.as_deref().and_then(|name| set.get(name));
    let live = profile.is_some_and(|p| p.device.sends_live);
    let readings = answer
        .readings
        .iter()
        .map(|(r, received_at)| reading(r, *received_at, live, site))
        .collect();
    let reasons = answer
        .out
        .reasons
        .iter()
        .map(|r| Value::String(r.to_string()))
        .collect();
    let mut out = Map::new();
    out.insert("readings".into(), Value::Array(readings));
    out.insert("status".into(), answer.out.status.word().into());
    out.insert("error".into(), answer.out.error.map(Fault::word).into());
    out.insert("reasons".into(), Value::Array(reasons));
    Value::Object(out)
}

fn reading(mapped: &MappedReading, received_at: Moment, live: bool, site: &TimeZone) -> Value {
    let reading = &mapped.reading;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("kind", reading.measured.kind().into());
    let (mut systolic, mut diastolic, mut pulse, mut mmol_l) = (None, None, None, None);
    let (mut flag, mut meal, mut control) = (None, None, false);
    match &reading.measured {
        Measured::BloodPressure(pressure) => {
            systolic = Some(pressure.systolic_mmhg);
            diastolic = Some(pressure.diastolic_mmhg);
            pulse = pressure.pulse_bpm;
        }
        Measured::Glucose(glucose) => {
            meal = Some(glucose.meal)
                .filter(|m| *m != Meal::Unknown)
                .map(Meal::word);
            control = glucose.specimen == Specimen::Control;
            match &glucose.value {
                // Half up to two decimals, as meters show it; the reading itself stays unrounded.
                GlucoseValue::MmolL(value) => {
                    mmol_l = Some(
                        value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero),
                    );
                }
                GlucoseValue::Low => flag = Some("LO"),
                GlucoseValue::High => flag = Some("HI"),
            }
        }
    }
    put("systolic_mmhg", decimal(systolic));
    put("diastolic_mmhg", decimal(diastolic));
    put("pulse_bpm", decimal(pulse));
    put("mmol_l", decimal(mmol_l));
    put("value_flag", flag.into());
    put("meal", meal.into());
    let (measured_at, time_source) = match &reading.device_time {
        DeviceTime::Given { at, .. } => (Some(*at), "device"),
        DeviceTime::Absent if live && !reading.from_memory => (Some(received_at), "received"),
        DeviceTime::Absent | DeviceTime::Unusable { .. } => (None, "unusable"),
    };
    put(
        "measured_at",
        measured_at.map(|at| in_zone(at, site)).into(),
    );
    put("time_source", time_source.into());
    put("device", reading.device.0.clone().into());
    put("slot", reading.slot.clone().into());
    put("sequence", reading.sequence.clone().into());
    let hint = match (&mapped.plain_hint, &reading.hint) {
        (Some(plain), _) => Some((plain.kind, plain.number.clone())),
        (None, Some(kept)) => Some((kept.kind, format!("{}:{}", kept.hash, kept.last_four))),
        (None, None) => None,
    };
    put(
        "person_hint",
        hint.map_or(
            Value::Null,
            |(kind, number)| serde_json::json!({ "type": kind.word(), "value": number }),
        ),
    );
    let control = control.then_some("control_solution");
    let quality: Vec<&str> = reading
        .marks
        .iter()
        .map(|m| m.word())
        .chain(control)
        .collect();
    put("quality", quality.into());
    Value::Object(out)
}

fn decimal(value: Option<Decimal>) -> Value {
    value
        .map(|v| v.normalize().to_string())
        .and_then(|text| text.parse::<serde_json::Number>().ok())
        .map_or(Value::Null, Value::Number)
}

/// RFC 3339 with the site's offset.
fn in_zone(at: Moment, site: &TimeZone) -> String {
    at.display_with_offset(site.to_offset(at)).to_string()
}
