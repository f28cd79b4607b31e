//! What a device says beside its records: its clock, its battery, who made it, how a connection ended.

use super::{Desk, Said};
use crate::decode::gatt::battery_level::BatteryLevel;
use crate::decode::gatt::blood_pressure_feature::BloodPressureFeature;
use crate::decode::gatt::current_time::CurrentTime;
use crate::decode::gatt::date_time::DateTime;
use crate::decode::gatt::device_information::device_string;
use crate::decode::gatt::glucose_feature::GlucoseFeature;
use crate::decode::gatt::record_access::{Answer, OP_REPORT};
use crate::decode::gatt::{Characteristic, Malformed};
use crate::journal::{Bond, ClockRead, ConnectionEnd, Fact, JournalError, Outcome};
use crate::sources::bluetooth::Ended;

/// Whether a value of 2A52 says that a report is over: no context comes any more.
pub(super) fn ends_transfer(payload: &[u8]) -> bool {
    matches!(
        Answer::decode(payload),
        Ok(Answer::Response {
            request_op: OP_REPORT,
            ..
        })
    )
}

/// 2A52.
pub(super) fn answer(desk: &Desk<'_>, said: &Said<'_>) -> Result<(), JournalError> {
    match Answer::decode(&said.kept.frame.payload) {
        Ok(_) => desk.done(said, Outcome::Ignored, "record_access"),
        Err(malformed) => desk.malformed(said, malformed),
    }
}

/// Any other characteristic.
pub(super) fn value(
    desk: &Desk<'_>,
    said: &Said<'_>,
    characteristic: Characteristic,
) -> Result<(), JournalError> {
    match characteristic {
        Characteristic::CurrentTime | Characteristic::DateTime => clock(desk, said, characteristic),
        Characteristic::BatteryLevel => battery(desk, said),
        Characteristic::BloodPressureFeature => features(desk, said, |payload| {
            Ok((Some(BloodPressureFeature::decode(payload)?.0), None))
        }),
        Characteristic::GlucoseFeature => features(desk, said, |payload| {
            Ok((None, Some(GlucoseFeature::decode(payload)?.0)))
        }),
        Characteristic::ManufacturerName => fact(desk, said, Fact::Manufacturer),
        Characteristic::ModelNumber => fact(desk, said, Fact::Model),
        Characteristic::SerialNumber => fact(desk, said, Fact::Serial),
        Characteristic::FirmwareRevision => fact(desk, said, Fact::Firmware),
        Characteristic::HardwareRevision => fact(desk, said, Fact::Hardware),
        Characteristic::SoftwareRevision => fact(desk, said, Fact::Software),
        // Shown while a cuff deflates; the measurement itself is 2A35.
        Characteristic::IntermediateCuffPressure => {
            desk.done(said, Outcome::Ignored, "intermediate_pressure")
        }
        Characteristic::SystemId | Characteristic::PnpId => {
            desk.done(said, Outcome::Ignored, "device_information")
        }
        Characteristic::BloodPressureMeasurement
        | Characteristic::GlucoseMeasurement
        | Characteristic::GlucoseContext
        | Characteristic::RecordAccess => desk.done(said, Outcome::Ignored, "no_value"),
    }
}

/// The clock as it stood when it was read; the frame's receipt is the hub's clock beside it.
fn clock(
    desk: &Desk<'_>,
    said: &Said<'_>,
    characteristic: Characteristic,
) -> Result<(), JournalError> {
    let payload = &said.kept.frame.payload;
    let read = match characteristic {
        Characteristic::CurrentTime => CurrentTime::decode(payload).map(|current| current.time),
        _ => DateTime::decode(payload),
    };
    let time = match read {
        Ok(time) => time,
        Err(malformed) => return desk.malformed(said, malformed),
    };
    let site = desk.decoder.site();
    let Some(shown) = time
        .local()
        .at()
        .and_then(|local| site.to_timestamp(local).ok())
    else {
        return desk.done(said, Outcome::Ignored, "time_unusable");
    };
    let received_at = said.kept.frame.received_at;
    desk.tx.note_clock_read(
        said.radio.device.id,
        &ClockRead {
            connection: said.place.connection,
            read_at: received_at,
            offset_ms: received_at.as_millisecond() - shown.as_millisecond(),
            set_at: None,
        },
    )?;
    desk.done(said, Outcome::Ignored, "clock_read")
}

fn battery(desk: &Desk<'_>, said: &Said<'_>) -> Result<(), JournalError> {
    match BatteryLevel::decode(&said.kept.frame.payload) {
        Ok(level) => {
            let at = said.kept.frame.received_at;
            let device = said.radio.device.id;
            desk.tx.note_heard(device, at, level.percent(), None)?;
            desk.done(said, Outcome::Ignored, "battery_only")
        }
        Err(malformed) => desk.malformed(said, malformed),
    }
}

fn features(
    desk: &Desk<'_>,
    said: &Said<'_>,
    decode: impl Fn(&[u8]) -> Result<(Option<u16>, Option<u16>), Malformed>,
) -> Result<(), JournalError> {
    match decode(&said.kept.frame.payload) {
        Ok((pressure, glucose)) => {
            let device = said.radio.device.id;
            desk.tx.note_features(device, pressure, glucose)?;
            desk.done(said, Outcome::Ignored, "device_information")
        }
        Err(malformed) => desk.malformed(said, malformed),
    }
}

/// A placeholder or an empty text tells nothing, and leaves what is known.
fn fact(desk: &Desk<'_>, said: &Said<'_>, fact: Fact) -> Result<(), JournalError> {
    if let Some(text) = device_string(&said.kept.frame.payload) {
        desk.tx.note_fact(said.radio.device.id, fact, &text)?;
    }
    desk.done(said, Outcome::Ignored, "device_information")
}

/// The end of a connection, as the source tells it.
pub(super) fn ended(desk: &Desk<'_>, said: &Said<'_>) -> Result<(), JournalError> {
    let Ok(ended) = serde_json::from_slice::<Ended>(&said.kept.frame.payload) else {
        let (profile, device) = (&said.radio.profile, said.radio.device.id);
        return desk.quarantine(said.kept, "bad_json", Some(profile), Some(device));
    };
    desk.tx.note_connection_end(
        said.radio.device.id,
        &ConnectionEnd {
            at: said.kept.frame.received_at,
            connected: ended.connected,
            trouble: ended.trouble.as_deref(),
            bond: match (ended.bonded, ended.trouble.as_deref()) {
                (_, Some("bond_lost")) => Some(Bond::Lost),
                (Some(true), _) => Some(Bond::Bonded),
                (Some(false), _) => Some(Bond::None),
                (None, _) => None,
            },
            complete: ended.complete && ended.connected,
            records_lost: ended.missing,
        },
    )?;
    let reason = if ended.trouble.is_some() {
        "connection_failed"
    } else {
        "connection_ended"
    };
    desk.done(said, Outcome::Ignored, reason)
}
