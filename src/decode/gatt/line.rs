//! The `decode` command: one JSON line in, one JSON line out, with the decoders the pipeline uses.
//!
//! In: `{"id", "char", "hex", "profile"?}`. Out: `id`, `char`, `class`, `store_as`, `reasons` and, unless
//! the class is `error`, the fields of the value in the order of its bytes.

use serde::Serialize;
use serde_json::Value as Json;

use super::blood_pressure::{BloodPressureMeasurement, PressureUnit, Status};
use super::date_time::{DateTime, local_text};
use super::fields::Malformed;
use super::glucose::{Annunciation, ConcentrationUnit, GlucoseMeasurement};
use super::glucose_context::{GlucoseContext, MedicationUnit};
use super::hex;
use super::intermediate_cuff::IntermediateCuffPressure;
use super::profile::{Profiles, Quirks};
use super::record_access::Answer;
use super::value::{Characteristic, Value};
use super::verdict::{Class, Reason, StoreAs, Verdict};
use crate::decode::medfloat::Medfloat;

/// Why a line gets no value: its own fault, or that of the bytes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    NotJson,
    NotAnObject,
    UnknownProfile,
    UnsupportedChar,
    BadHex,
    Malformed(Malformed),
}

impl Refused {
    fn word(self) -> &'static str {
        match self {
            Refused::NotJson => "not_json",
            Refused::NotAnObject => "not_an_object",
            Refused::UnknownProfile => "unknown_profile",
            Refused::UnsupportedChar => "unsupported_char",
            Refused::BadHex => "bad_hex",
            Refused::Malformed(malformed) => malformed.word(),
        }
    }
}

#[derive(Serialize)]
struct Line<'a, F: Serialize> {
    id: &'a Json,
    char: Option<&'a str>,
    class: Class,
    store_as: StoreAs,
    reasons: &'a [Reason],
    #[serde(flatten)]
    fields: F,
}

#[derive(Serialize)]
struct RefusedLine<'a> {
    id: &'a Json,
    char: Option<&'a str>,
    class: Class,
    store_as: StoreAs,
    reasons: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fields {
    BloodPressure {
        unit: PressureUnit,
        systolic: Medfloat,
        diastolic: Medfloat,
        map: Option<Medfloat>,
        time: Option<String>,
        pulse: Option<Medfloat>,
        user_id: Option<u8>,
        status: Option<Status>,
    },
    IntermediateCuff {
        cuff: Medfloat,
        unit: PressureUnit,
    },
    Glucose {
        seq: u16,
        base_time: Option<String>,
        time_offset_min: Option<i16>,
        user_facing_time: Option<String>,
        unit: Option<ConcentrationUnit>,
        concentration: Option<Medfloat>,
        mmol_l: Option<String>,
        mg_dl: Option<String>,
        #[serde(rename = "type")]
        sample_type: Option<u8>,
        location: Option<u8>,
        annunciation: Vec<Annunciation>,
        context_follows: bool,
    },
    Context {
        seq: u16,
        extended_flags: Option<u8>,
        carbohydrate_id: Option<u8>,
        carbohydrate_kg: Option<Medfloat>,
        meal: Option<u8>,
        tester: Option<u8>,
        health: Option<u8>,
        exercise_s: Option<u16>,
        exercise_percent: Option<u8>,
        medication_id: Option<u8>,
        medication: Option<Medfloat>,
        medication_unit: Option<MedicationUnit>,
        hba1c_percent: Option<Medfloat>,
    },
    Count {
        op: &'static str,
        count: u16,
    },
    Response {
        op: &'static str,
        request_op: u8,
        code: u8,
        code_name: &'static str,
    },
}

impl From<&Value> for Fields {
    fn from(value: &Value) -> Self {
        match value {
            Value::BloodPressure(measurement) => blood_pressure_fields(measurement),
            Value::IntermediateCuff(IntermediateCuffPressure { cuff, unit }) => {
                Fields::IntermediateCuff {
                    cuff: *cuff,
                    unit: *unit,
                }
            }
            Value::Glucose(measurement) => glucose_fields(measurement),
            Value::GlucoseContext(context) => context_fields(context),
            Value::Answer(Answer::Count(count)) => Fields::Count {
                op: "count",
                count: *count,
            },
            Value::Answer(Answer::Response { request_op, code }) => Fields::Response {
                op: "response",
                request_op: *request_op,
                code: code.0,
                code_name: code.word(),
            },
        }
    }
}

fn time_text(time: DateTime) -> Option<String> {
    time.local().at().map(local_text)
}

fn blood_pressure_fields(measurement: &BloodPressureMeasurement) -> Fields {
    Fields::BloodPressure {
        unit: measurement.unit,
        systolic: measurement.systolic,
        diastolic: measurement.diastolic,
        map: measurement.map(),
        time: measurement.time.and_then(time_text),
        pulse: measurement.pulse,
        user_id: measurement.user_id,
        status: measurement.status,
    }
}

fn glucose_fields(measurement: &GlucoseMeasurement) -> Fields {
    let concentration = measurement.concentration;
    let plausible = concentration.and_then(|concentration| concentration.plausible());
    Fields::Glucose {
        seq: measurement.sequence,
        base_time: time_text(measurement.base_time),
        time_offset_min: measurement.time_offset_minutes,
        user_facing_time: measurement.user_facing_time().map(local_text),
        unit: concentration.map(|concentration| concentration.unit),
        concentration: concentration.map(|concentration| concentration.value),
        mmol_l: plausible.map(|clinical| clinical.mmol_l_text()),
        mg_dl: plausible.map(|clinical| clinical.mg_dl_text()),
        sample_type: concentration.map(|concentration| concentration.sample_type),
        location: concentration.map(|concentration| concentration.location),
        annunciation: measurement.annunciation.clone(),
        context_follows: measurement.context_follows,
    }
}

fn context_fields(context: &GlucoseContext) -> Fields {
    Fields::Context {
        seq: context.sequence,
        extended_flags: context.extended_flags,
        carbohydrate_id: context.carbohydrate_id,
        carbohydrate_kg: context.carbohydrate_kg,
        meal: context.meal,
        tester: context.tester,
        health: context.health,
        exercise_s: context.exercise_s,
        exercise_percent: context.exercise_percent,
        medication_id: context.medication_id,
        medication: context.medication,
        medication_unit: context.medication_unit,
        hba1c_percent: context.hba1c_percent,
    }
}

/// Answers one line. Total: whatever the line is, it gets one line of JSON.
pub fn decode_line(line: &str, profiles: &Profiles) -> String {
    let Ok(request) = serde_json::from_str::<Json>(line.trim_start_matches('\u{FEFF}')) else {
        return refused_text(&Json::Null, None, Refused::NotJson);
    };
    let Json::Object(request) = &request else {
        return refused_text(&Json::Null, None, Refused::NotAnObject);
    };
    let id = request.get("id").unwrap_or(&Json::Null);
    let code = request.get("char").and_then(Json::as_str);
    let known = code.and_then(Characteristic::from_code);
    let shown = known.map(Characteristic::code).or(code);
    match decode(request, known, profiles) {
        Ok((value, verdict)) => text(&Line {
            id,
            char: shown,
            class: verdict.class,
            store_as: verdict.store_as,
            reasons: &verdict.reasons,
            fields: Fields::from(&value),
        }),
        Err(refused) => refused_text(id, shown, refused),
    }
}

/// Answers every line of a text that is not blank, in order.
pub fn decode_lines<'a>(
    text: &'a str,
    profiles: &'a Profiles,
) -> impl Iterator<Item = String> + 'a {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| decode_line(line, profiles))
}

fn decode(
    request: &serde_json::Map<String, Json>,
    characteristic: Option<Characteristic>,
    profiles: &Profiles,
) -> Result<(Value, Verdict), Refused> {
    let quirks = quirks(request.get("profile"), profiles)?;
    let characteristic = characteristic.ok_or(Refused::UnsupportedChar)?;
    if !Value::is_sent_as(characteristic) {
        return Err(Refused::UnsupportedChar);
    }
    let hex = request
        .get("hex")
        .and_then(Json::as_str)
        .ok_or(Refused::BadHex)?;
    let bytes = hex::bytes(hex).ok_or(Refused::BadHex)?;
    let value = Value::decode(characteristic, &bytes, &quirks)
        .ok_or(Refused::UnsupportedChar)?
        .map_err(Refused::Malformed)?;
    let verdict = value.verdict(&quirks);
    Ok((value, verdict))
}

fn quirks(profile: Option<&Json>, profiles: &Profiles) -> Result<Quirks, Refused> {
    match profile {
        None | Some(Json::Null) => Ok(Quirks::default()),
        Some(Json::String(stem)) => profiles
            .get(stem)
            .map(super::Profile::quirks)
            .ok_or(Refused::UnknownProfile),
        Some(_) => Err(Refused::UnknownProfile),
    }
}

fn refused_text(id: &Json, char: Option<&str>, refused: Refused) -> String {
    text(&RefusedLine {
        id,
        char,
        class: Class::Error,
        store_as: StoreAs::None,
        reasons: [refused.word()],
    })
}

fn text(line: &impl Serialize) -> String {
    serde_json::to_string(line).expect("strings, numbers and fixed keys always have a JSON text")
}

#[cfg(test)]
#[path = "line/tests.rs"]
mod tests;
