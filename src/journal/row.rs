//! From columns to values: every way in which a column can be foreign has one name.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::ValueRef;
use rust_decimal::Decimal;

use super::write::JournalError;
use crate::vitals::{
    Basis, BloodPressure, DeviceId, DeviceTime, Glucose, GlucoseValue, HintKind, Mark, Meal,
    Measured, Moment, Observation, PersonHint, Posture, Reading, Specimen, Subject, TakenAt,
    TimeMethod, UnclaimedReason, VoidReason,
};

/// The columns [`observation`] reads, in order; `o`, `r`, `d` are observation, reading, device.
pub(super) const OBSERVATION: &str = "o.id, o.taken_at_ms, o.uncertainty_s, o.time_method,
    o.person_id, o.basis, o.unclaimed_reason, o.voided, r.kind, r.systolic_mmhg, r.diastolic_mmhg,
    r.map_mmhg, r.pulse_bpm, r.mmol_l, r.value_flag, r.meal, r.specimen, r.device_time_sent,
    r.device_time_ms, r.slot, r.sequence, r.hint_kind, r.hint_hash, r.hint_last_four, r.marks,
    r.from_memory, r.received_at_ms, d.name, o.revision, o.posture, o.meal, o.retest";

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
        received_at: moment(r.get(26)?, "reading", "received_at_ms", id)?,
        revision: r.get(28)?,
        posture: match r.get_ref(29)? {
            ValueRef::Null => Posture::default(),
            said => word(said, Posture::from_word, "observation", "posture", id)?,
        },
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

/// Where `o` is an observation that waits for a person. Control solution waits for nobody: it is never a
/// patient's value. The first half is what the index of unclaimed readings asks for.
pub(super) const WAITS: &str =
    "o.unclaimed_reason IS NOT NULL AND o.unclaimed_reason <> 'control_solution'";

/// Whose it is, from four columns that begin at `from`: person, basis, unclaimed, voided.
pub(super) fn subject(r: &Row<'_>, from: usize, id: i64) -> Result<Subject, JournalError> {
    let column = |nth: usize| r.get_ref(from + nth);
    if let Some(person) = r.get::<_, Option<i64>>(from)? {
        let basis = word(column(1)?, Basis::from_word, "observation", "basis", id)?;
        return Ok(Subject::Known { person, basis });
    }
    if column(3)? != ValueRef::Null {
        let reason = word(
            column(3)?,
            VoidReason::from_word,
            "observation",
            "voided",
            id,
        )?;
        return Ok(Subject::Voided { reason });
    }
    let reason = word(
        column(2)?,
        UnclaimedReason::from_word,
        "observation",
        "unclaimed_reason",
        id,
    )?;
    Ok(Subject::Unclaimed { reason })
}

/// The marks of a reading as stored. A word that a later program wrote is passed over.
pub(super) fn marks(stored: &str) -> impl Iterator<Item = Mark> + '_ {
    stored.split_whitespace().filter_map(Mark::from_word)
}

fn reading(r: &Row<'_>, id: i64) -> Result<Reading, JournalError> {
    let sent: Option<String> = r.get(17)?;
    let device_time = match (sent, r.get::<_, Option<i64>>(18)?) {
        (None, _) => DeviceTime::Absent,
        (Some(sent), Some(ms)) => DeviceTime::Given {
            sent,
            at: moment(ms, "reading", "device_time_ms", id)?,
        },
        (Some(sent), None) => DeviceTime::Unusable { sent },
    };
    let hint = match r.get_ref(21)? {
        ValueRef::Null => None,
        kind => Some(PersonHint {
            kind: word(kind, HintKind::from_word, "reading", "hint_kind", id)?,
            hash: r.get(22)?,
            last_four: r.get(23)?,
        }),
    };
    let stored: String = r.get(24)?;
    Ok(Reading {
        device: DeviceId(r.get(27)?),
        measured: measured(r, id)?,
        device_time,
        slot: r.get(19)?,
        sequence: r.get(20)?,
        hint,
        marks: match r.get::<_, Option<bool>>(31)? {
            None => marks(&stored).collect(),
            Some(true) => marks(&stored).chain([Mark::Retest]).collect(),
            Some(false) => marks(&stored).filter(|m| *m != Mark::Retest).collect(),
        },
        from_memory: r.get(25)?,
    })
}

fn measured(r: &Row<'_>, id: i64) -> Result<Measured, JournalError> {
    let missing = |column| foreign("reading", column, id);
    if r.get_ref(8)?.as_str() == Ok("blood_pressure") {
        return Ok(Measured::BloodPressure(BloodPressure {
            systolic_mmhg: decimal(r, 9, "systolic_mmhg", id)?
                .ok_or_else(|| missing("systolic_mmhg"))?,
            diastolic_mmhg: decimal(r, 10, "diastolic_mmhg", id)?
                .ok_or_else(|| missing("diastolic_mmhg"))?,
            map_mmhg: decimal(r, 11, "map_mmhg", id)?,
            pulse_bpm: decimal(r, 12, "pulse_bpm", id)?,
        }));
    }
    let value = match r.get::<_, Option<String>>(14)?.as_deref() {
        Some("LO") => GlucoseValue::Low,
        Some(_) => GlucoseValue::High,
        None => {
            GlucoseValue::MmolL(decimal(r, 13, "mmol_l", id)?.ok_or_else(|| missing("mmol_l"))?)
        }
    };
    Ok(Measured::Glucose(Glucose {
        value,
        meal: match r.get_ref(30)? {
            ValueRef::Null => word(r.get_ref(15)?, Meal::from_word, "reading", "meal", id)?,
            said => word(said, Meal::from_word, "observation", "meal", id)?,
        },
        specimen: match r.get_ref(16)?.as_str() {
            Ok("control") => Specimen::Control,
            _ => Specimen::Blood,
        },
    }))
}
