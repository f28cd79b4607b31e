//! A dangerous value that is nobody's: staff of the place are told at once, without guessing whose it is.

use jiff::SignedDuration;
use rust_decimal::Decimal;

use crate::decode::mapping::{Joined, PartKey, Sent};
use crate::journal::{DeviceRow, JournalError, NewNotice, Tx};
use crate::rules::{PlaceAlarm, PlaceLimits, round_half_up};
use crate::vitals::{
    DeviceId, Frame, FrameRow, Glucose, GlucoseValue, Measured, Moment, Subject, TakenAt,
    TimeMethod, Transport, UnclaimedReason,
};

/// A reading taken longer ago than this is shown, and rings nobody: whoever it was has left.
const RINGS_FOR: SignedDuration = SignedDuration::from_mins(60);
/// A refused message that says the same again within this is the same message, sent again.
const SAME_FOR: SignedDuration = SignedDuration::from_mins(10);

/// A message that was refused.
pub(super) struct Heard<'a> {
    pub row: FrameRow,
    pub frame: &'a Frame,
    /// It may have lain in the device.
    pub from_memory: bool,
}

/// A reading that was just stored.
pub(super) struct Stored {
    pub observation: i64,
    pub device: DeviceRow,
    pub measured: Measured,
    pub taken: TakenAt,
    pub subject: Subject,
}

/// Raises a notice for a stored reading that is nobody's yet and reaches a limit of the `[place]` table.
///
/// Control solution is nobody's danger, and what a device measured before it was put into service here was
/// somebody else's.
pub(super) fn stored(
    tx: &Tx<'_>,
    limits: &PlaceLimits,
    stored: &Stored,
    row: FrameRow,
    now: Moment,
) -> Result<(), JournalError> {
    let Subject::Unclaimed { reason } = stored.subject else {
        return Ok(());
    };
    if matches!(
        reason,
        UnclaimedReason::ControlSolution | UnclaimedReason::BeforeEnrolment
    ) {
        return Ok(());
    }
    let Some(alarm) = limits.reached(&stored.measured) else {
        return Ok(());
    };
    let late = is_late(stored.taken, now);
    raise(
        tx,
        &NewNotice {
            device_id: stored.device.id,
            frame: row,
            observation: Some(stored.observation),
            alarm,
            shown: &shown(&stored.measured),
            taken_at: stored.taken.at,
            late,
        },
        stored.device.centre_id,
        now,
    )
}

/// Nobody knows when it was taken, or not just now: forwarded late, interpreted again, the hub was down.
fn is_late(taken: TakenAt, now: Moment) -> bool {
    taken.method == TimeMethod::Unusable || now.duration_since(taken.at) > RINGS_FOR
}

/// Raises a notice for a reading that went back to the tray.
pub(super) fn put_back(
    tx: &Tx<'_>,
    limits: &PlaceLimits,
    line: &crate::journal::ReadingLine,
    now: Moment,
) -> Result<(), JournalError> {
    let observation = &line.observation;
    let Some(alarm) = limits.reached(&observation.reading.measured) else {
        return Ok(());
    };
    let taken = observation.taken;
    let late = is_late(taken, now);
    let notice = NewNotice {
        device_id: line.device_id,
        frame: line.frame,
        observation: Some(observation.id),
        alarm,
        shown: &shown(&observation.reading.measured),
        taken_at: taken.at,
        late,
    };
    raise(tx, &notice, line.centre_id, now)
}

/// Raises a notice for a reading that was refused, where its numbers reach a limit all the same.
pub(super) fn refused(
    tx: &Tx<'_>,
    limits: &PlaceLimits,
    (device, sent): (&DeviceId, Sent),
    heard: &Heard<'_>,
    now: Moment,
) -> Result<(), JournalError> {
    let (alarm, said) = match sent {
        Sent::Pressure {
            systolic_mmhg,
            diastolic_mmhg,
        } => (
            limits.sides_reached(systolic_mmhg, diastolic_mmhg),
            sides(systolic_mmhg, diastolic_mmhg),
        ),
        Sent::Glucose { mmol_l } => (limits.glucose_reached(mmol_l), number(mmol_l, 1)),
    };
    match alarm {
        Some(alarm) => raise_refused(tx, alarm, &said, device, heard, now),
        None => Ok(()),
    }
}

/// The same for halves that never became a reading.
pub(super) fn halves<T>(
    tx: &Tx<'_>,
    limits: &PlaceLimits,
    joined: &Joined<T>,
    heard: &Heard<'_>,
    now: Moment,
) -> Result<(), JournalError> {
    let value = |key: PartKey| {
        joined
            .values
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, v)| *v)
    };
    let (systolic, diastolic) = (value(PartKey::Systolic), value(PartKey::Diastolic));
    let Some(alarm) = limits.sides_reached(systolic, diastolic) else {
        return Ok(());
    };
    let said = sides(systolic, diastolic);
    raise_refused(tx, alarm, &said, &joined.device, heard, now)
}

fn raise_refused(
    tx: &Tx<'_>,
    alarm: PlaceAlarm,
    shown: &str,
    device: &DeviceId,
    heard: &Heard<'_>,
    now: Moment,
) -> Result<(), JournalError> {
    let Some(device) = tx.device_by_name(device)? else {
        return Ok(());
    };
    let (account, source) = (device.account.as_deref(), &heard.frame.source);
    if heard.frame.transport != Transport::Bluetooth && account.is_some_and(|a| a != source) {
        return Ok(());
    }
    let notice = NewNotice {
        device_id: device.id,
        frame: heard.row,
        observation: None,
        alarm,
        shown,
        taken_at: heard.frame.received_at,
        late: heard.frame.retained
            || heard.frame.may_be_late
            || heard.from_memory
            || now.duration_since(heard.frame.received_at) > RINGS_FOR,
    };
    raise(tx, &notice, device.centre_id, now)
}

fn raise(
    tx: &Tx<'_>,
    notice: &NewNotice<'_>,
    centre_id: i64,
    now: Moment,
) -> Result<(), JournalError> {
    let since = now.saturating_sub(SAME_FOR).unwrap_or(Moment::MIN);
    if tx.raise_place_notice(notice, since, now)?.is_some() {
        metrics::counter!("hub_place_notices_total", "alarm" => notice.alarm.word()).increment(1);
        tx.note_centre_change(centre_id, "place.raise", now)?;
    }
    Ok(())
}

/// A value as a notice says it: `205/118`, `2.8`, `HI`.
fn shown(measured: &Measured) -> String {
    match measured {
        Measured::BloodPressure(bp) => sides(Some(bp.systolic_mmhg), Some(bp.diastolic_mmhg)),
        Measured::Glucose(Glucose { value, .. }) => match value {
            GlucoseValue::MmolL(mmol) => number(*mmol, 1),
            GlucoseValue::Low => "LO".to_owned(),
            GlucoseValue::High => "HI".to_owned(),
        },
    }
}

fn sides(systolic: Option<Decimal>, diastolic: Option<Decimal>) -> String {
    let side = |v: Option<Decimal>| v.map_or_else(|| "?".to_owned(), |v| number(v, 0));
    format!("{}/{}", side(systolic), side(diastolic))
}

fn number(value: Decimal, places: u32) -> String {
    round_half_up(value, places).normalize().to_string()
}
