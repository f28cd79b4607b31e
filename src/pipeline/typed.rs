//! A reading that staff type: a cuff without a radio, or one whose radio is down. Marked as typed, with who;
//! it stands in its own place of the centre and never mixes with what a device sent.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::act::{By, read_again};
use super::command::CommandError;
use crate::decode::mapping::{Fault, plausible};
use crate::journal::{Inserted, JournalError, NewFrame, NewReading, Outcome, Remark, Settled, Tx};
use crate::vitals::{
    Basis, DeviceId, DeviceTime, Frame, GlucoseValue, Mark, Measured, Moment, Posture, Reading,
    Subject, TakenAt, TimeMethod, Transport,
};

/// A clock on the wall and a hand that writes: what a stated time is worth, seconds.
const STATED_UNCERTAINTY_S: u32 = 120;
/// How far back a reading may be typed: the paper list of a power cut, and a long weekend.
const TYPED_BACK: SignedDuration = SignedDuration::from_hours(24 * 14);

/// What staff typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub person: i64,
    pub measured: Measured,
    pub taken_at: Moment,
    pub posture: Posture,
    /// The form's own number: the same form sent again is the same reading.
    pub form: [u8; 16],
}

/// Why it was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotTyped {
    #[error("no such person here; open the list again")]
    NotHere,
    /// As for a device's reading.
    #[error("{}", .0.word())]
    Implausible(Fault),
    #[error("a time ahead of now, or more than fourteen days back; write when it was measured")]
    Time,
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Whether it could be stored: the limits of a device's reading, and a time that can be.
pub fn check(measured: &Measured, taken_at: Moment, now: Moment) -> Result<(), NotTyped> {
    plausible(measured).map_err(NotTyped::Implausible)?;
    let age = now.duration_since(taken_at);
    if age.is_negative() || age > TYPED_BACK {
        return Err(NotTyped::Time);
    }
    Ok(())
}

/// Stores a typed reading; its number.
pub fn store(
    tx: &Tx<'_>,
    by: &By,
    typed: &Typed,
    now: Moment,
) -> Result<(i64, Option<String>), NotTyped> {
    check(&typed.measured, typed.taken_at, now)?;
    let person = tx
        .seen(by.scope, |seen| seen.person(typed.person))?
        .ok_or(NotTyped::NotHere)?;
    if let Some(known) = tx.observation_of_identity(&typed.form)? {
        return Ok((known, None));
    }
    let (device_id, device) = tx.typed_device(person.centre_id, now)?;
    let row = keep(tx, by, typed, device_id, now)?;
    let reading = Reading {
        device: DeviceId(device),
        measured: typed.measured.clone(),
        device_time: DeviceTime::Absent,
        slot: None,
        sequence: None,
        hint: None,
        marks: BTreeSet::from([Mark::Typed]),
        from_memory: false,
    };
    let inserted = tx.insert_reading(&NewReading {
        frame: row,
        device_id,
        reading: &reading,
        received_at: now,
        identity: typed.form,
        bare: false,
        resend_window_s: 0,
        measuring_s: 0,
    })?;
    let Inserted::New { reading: id } = inserted else {
        return Err(NotTyped::NotHere);
    };
    let taken = TakenAt {
        at: typed.taken_at,
        uncertainty_s: STATED_UNCERTAINTY_S,
        method: TimeMethod::Stated,
    };
    let subject = Subject::Known {
        person: person.id,
        basis: Basis::TypedBy,
    };
    let observation = tx.insert_observation(id, typed.measured.kind(), &taken, subject)?;
    if matches!(typed.measured, Measured::BloodPressure(_)) && typed.posture != Posture::Sitting {
        tx.remark(observation, Remark::Posture(typed.posture), &by.actor, now)?;
    }
    read_again(tx, person.id, typed.taken_at, "reading.type", now)?;
    let object = format!("observation:{observation} person:{}", person.id);
    Ok((observation, Some(object)))
}

/// The typed values as a message of their own form.
fn written(measured: &Measured) -> Vec<u8> {
    let text = |value: &rust_decimal::Decimal| value.normalize().to_string();
    let json = match measured {
        Measured::BloodPressure(bp) => serde_json::json!({
            "systolic_mmhg": text(&bp.systolic_mmhg),
            "diastolic_mmhg": text(&bp.diastolic_mmhg),
            "pulse_bpm": bp.pulse_bpm.as_ref().map(text),
        }),
        Measured::Glucose(glucose) => serde_json::json!({
            "mmol_l": match &glucose.value {
                GlucoseValue::MmolL(value) => text(value),
                GlucoseValue::Low => "LO".to_owned(),
                GlucoseValue::High => "HI".to_owned(),
            },
            "meal": glucose.meal.word(),
        }),
    };
    json.to_string().into_bytes()
}

/// What was typed is kept like what a device said: a frame, with who typed it as its source.
fn keep(
    tx: &Tx<'_>,
    by: &By,
    typed: &Typed,
    device_id: i64,
    now: Moment,
) -> Result<crate::vitals::FrameRow, JournalError> {
    let payload = written(&typed.measured);
    let frame = Frame {
        transport: Transport::Typed,
        source: by.actor.clone(),
        topic: "typed".to_owned(),
        payload,
        received_at: now,
        retained: false,
        may_be_late: false,
        refused: None,
    };
    let row = tx.insert_frame(&NewFrame {
        frame: &frame,
        stored: &frame.payload,
        sealed: false,
        sha256: Sha256::digest(&frame.payload).into(),
    })?;
    let settled = Settled {
        outcome: Outcome::Readings,
        reason: "",
        profile: None,
        device_id: Some(device_id),
    };
    tx.settle(row, &settled, now)?;
    Ok(row)
}
