//! From columns to values: every way in which a column can be foreign has one name.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::ValueRef;
use rust_decimal::Decimal;

use super::write::JournalError;
use crate::vitals::{
    Basis, BloodPressure, DeviceId, DeviceTime, Glucose, GlucoseValue, HintKind, Mark, Meal,
    Measured, Moment, Observation, PersonHint, Reading, Specimen, Subject, TakenAt, TimeMethod,
    UnclaimedReason,
};

/// The columns [`observation`] reads, in order; `o`, `r`, `d` are observation, reading, device.
pub(super) const OBSERVATION: &str = "o.id, o.taken_at_ms, o.uncertainty_s, o.time_method,
    o.person_id, o.basis, o.unclaimed_reason, r.kind, r.systolic_mmhg, r.diastolic_mmhg,
    r.map_mmhg, r.pulse_bpm, r.mmol_l, r.value_flag, r.meal, r.specimen, r.device_time_sent,
    r.device_time_ms, r.slot, r.sequence, r.hint_kind, r.hint_hash, r.hint_last_four, r.marks,
    r.from_memory, r.received_at_ms, d.name";

pub(super) fn foreign(table: &'static str, column: &'static str, row: i64) -> JournalError {
    JournalError::Foreign { table, column, row }
}

pub(super) fn moment(
    ms: i64,
    table: &'static str,
    column: &'static str,
    row: i64,
) -> Result<Moment, JournalError> {
    Moment::from_millisecond(ms).map_err(|_| foreign(table, column, row))
}

pub(super) fn word<T>(
    value: ValueRef<'_>,
    known: impl FnOnce(&str) -> Option<T>,
    table: &'static str,
    column: &'static str,
    row: i64,
) -> Result<T, JournalError> {
    value
        .as_str()
        .ok()
        .and_then(known)
        .ok_or_else(|| foreign(table, column, row))
}

fn decimal(
    r: &Row<'_>,
    index: usize,
    column: &'static str,
    id: i64,
) -> Result<Option<Decimal>, JournalError> {
    match r.get_ref(index)? {
        ValueRef::Null => Ok(None),
        other => word(other, |t| Decimal::from_str(t).ok(), "reading", column, id).map(Some),
    }
}

/// Builds an observation from the columns of [`OBSERVATION`].
pub(super) fn observation(r: &Row<'_>) -> Result<Observation, JournalError> {
    let id: i64 = r.get(0)?;
    Ok(Observation {
        id,
        taken: TakenAt {
            at: moment(r.get(1)?, "observation", "taken_at_ms", id)?,
            uncertainty_s: r.get(2)?,
            method: time_method(r.get_ref(3)?, id)?,
        },
        subject: subject(r, 4, id)?,
        received_at: moment(r.get(25)?, "reading", "received_at_ms", id)?,
        reading: reading(r, id)?,
    })
}

/// How the time is known.
pub(super) fn time_method(value: ValueRef<'_>, id: i64) -> Result<TimeMethod, JournalError> {
    word(
        value,
        TimeMethod::from_word,
        "observation",
        "time_method",
        id,
    )
}

/// Whose it is, from three columns that begin at `from`: person, basis, reason.
pub(super) fn subject(r: &Row<'_>, from: usize, id: i64) -> Result<Subject, JournalError> {
    Ok(match r.get::<_, Option<i64>>(from)? {
        Some(person) => Subject::Known {
            person,
            basis: word(
                r.get_ref(from + 1)?,
                Basis::from_word,
                "observation",
                "basis",
                id,
            )?,
        },
        None => Subject::Unclaimed {
            reason: word(
                r.get_ref(from + 2)?,
                UnclaimedReason::from_word,
                "observation",
                "unclaimed_reason",
                id,
            )?,
        },
    })
}

/// The marks of a reading as stored. A word that a later program wrote is passed over.
pub(super) fn marks(stored: &str) -> impl Iterator<Item = Mark> + '_ {
    stored.split_whitespace().filter_map(Mark::from_word)
}

fn reading(r: &Row<'_>, id: i64) -> Result<Reading, JournalError> {
    let sent: Option<String> = r.get(16)?;
    let device_time = match (sent, r.get::<_, Option<i64>>(17)?) {
        (None, _) => DeviceTime::Absent,
        (Some(sent), Some(ms)) => DeviceTime::Given {
            sent,
            at: moment(ms, "reading", "device_time_ms", id)?,
        },
        (Some(sent), None) => DeviceTime::Unusable { sent },
    };
    let hint = match r.get_ref(20)? {
        ValueRef::Null => None,
        kind => Some(PersonHint {
            kind: word(kind, HintKind::from_word, "reading", "hint_kind", id)?,
            hash: r.get(21)?,
            last_four: r.get(22)?,
        }),
    };
    let stored: String = r.get(23)?;
    Ok(Reading {
        device: DeviceId(r.get(26)?),
        measured: measured(r, id)?,
        device_time,
        slot: r.get(18)?,
        sequence: r.get(19)?,
        hint,
        marks: marks(&stored).collect(),
        from_memory: r.get(24)?,
    })
}

fn measured(r: &Row<'_>, id: i64) -> Result<Measured, JournalError> {
    let missing = |column| foreign("reading", column, id);
    if r.get_ref(7)?.as_str() == Ok("blood_pressure") {
        return Ok(Measured::BloodPressure(BloodPressure {
            systolic_mmhg: decimal(r, 8, "systolic_mmhg", id)?
                .ok_or_else(|| missing("systolic_mmhg"))?,
            diastolic_mmhg: decimal(r, 9, "diastolic_mmhg", id)?
                .ok_or_else(|| missing("diastolic_mmhg"))?,
            map_mmhg: decimal(r, 10, "map_mmhg", id)?,
            pulse_bpm: decimal(r, 11, "pulse_bpm", id)?,
        }));
    }
    let value = match r.get::<_, Option<String>>(13)?.as_deref() {
        Some("LO") => GlucoseValue::Low,
        Some(_) => GlucoseValue::High,
        None => {
            GlucoseValue::MmolL(decimal(r, 12, "mmol_l", id)?.ok_or_else(|| missing("mmol_l"))?)
        }
    };
    Ok(Measured::Glucose(Glucose {
        value,
        meal: word(r.get_ref(14)?, Meal::from_word, "reading", "meal", id)?,
        specimen: match r.get_ref(15)?.as_str() {
            Ok("control") => Specimen::Control,
            _ => Specimen::Blood,
        },
    }))
}
