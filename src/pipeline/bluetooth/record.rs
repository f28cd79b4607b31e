//! Records: a value becomes a reading of its device, put right by the clock read in its connection.

use super::waiting::{Half, Held, Waiting, Wanted};
use super::{Desk, Said};
use crate::decode::gatt::blood_pressure::BloodPressureMeasurement;
use crate::decode::gatt::blood_pressure_feature::BloodPressureFeature;
use crate::decode::gatt::glucose::GlucoseMeasurement;
use crate::decode::gatt::glucose_context::GlucoseContext;
use crate::decode::gatt::profile::ReservedMeal;
use crate::decode::gatt::reading::Origin;
use crate::decode::mapping::Sent;
use crate::journal::{JournalError, Outcome};
use crate::people::clock_set::{ClockSet, offset_of_record};
use crate::pipeline::attributed::{ClockOfRecord, Incoming, Spoken, Tally, store};
use crate::vitals::{DeviceTime, Measured, Reading};

/// 2A35. BlueZ subscribes again by itself as soon as a known cuff is there, so its records come before the hub
/// has read its clock: they wait for it, or for the end of the connection.
pub(super) fn pressure(
    desk: &Desk<'_>,
    waiting: &mut Waiting,
    said: &Said<'_>,
) -> Result<(), JournalError> {
    let (device, connection) = (said.radio.device.id, said.place.connection);
    if desk.tx.clock_read(device, connection)?.is_none() && desk.tx.has_clock(device, connection)? {
        waiting.hold(Held {
            kept: said.kept.clone(),
            place: said.place.clone(),
            half: Half::Pressure,
        });
        return Ok(());
    }
    pressure_by_now(desk, said)
}

/// 2A35, with what is known of its clock by now.
pub(super) fn pressure_by_now(desk: &Desk<'_>, said: &Said<'_>) -> Result<(), JournalError> {
    let quirks = said.profile.quirks();
    let measurement = match BloodPressureMeasurement::decode(&said.kept.frame.payload, &quirks) {
        Ok(measurement) => measurement,
        Err(malformed) => return desk.malformed(said, malformed),
    };
    match measurement.to_reading(&origin(desk, said, false)) {
        None => {
            let sent = Sent::Pressure {
                systolic_mmhg: measurement.mmhg(measurement.systolic),
                diastolic_mmhg: measurement.mmhg(measurement.diastolic),
            };
            desk.no_reading(said, &measurement.verdict(), Some(sent), false)
        }
        Some(mut reading) => {
            // Without a time nobody knows how long it lay in the cuff.
            reading.from_memory = !said.profile.sends_live
                && !matches!(reading.device_time, DeviceTime::Given { .. });
            readings(desk, said, &reading)
        }
    }
}

/// 2A18. A record that says its context follows waits for it, and so does every record of a meter whose
/// context may say that it is no glucose at all.
pub(super) fn glucose(
    desk: &Desk<'_>,
    waiting: &mut Waiting,
    said: &Said<'_>,
) -> Result<(), JournalError> {
    let measurement = match GlucoseMeasurement::decode(&said.kept.frame.payload) {
        Ok(measurement) => measurement,
        Err(malformed) => return desk.malformed(said, malformed),
    };
    if let Some(held) = waiting.partner(said.place, measurement.sequence, Wanted::Context)
        && let Half::Context(context) = &held.half
    {
        desk.done(&said_of(said, &held), Outcome::Ignored, "joined_half")?;
        return whole(desk, said, &measurement, Some(context));
    }
    if measurement.context_follows || said.profile.meal_6 == ReservedMeal::Ketone {
        waiting.hold(Held {
            kept: said.kept.clone(),
            place: said.place.clone(),
            half: Half::Record(Box::new(measurement)),
        });
        return Ok(());
    }
    whole(desk, said, &measurement, None)
}

/// 2A34.
pub(super) fn context(
    desk: &Desk<'_>,
    waiting: &mut Waiting,
    said: &Said<'_>,
) -> Result<(), JournalError> {
    let context = match GlucoseContext::decode(&said.kept.frame.payload) {
        Ok(context) => context,
        Err(malformed) => return desk.malformed(said, malformed),
    };
    let Some(held) = waiting.partner(said.place, context.sequence, Wanted::Record) else {
        let device = said.radio.device.id;
        let connection = said.place.connection;
        let sequence = context.sequence.to_string();
        let meal = context.meal_word();
        if desk.tx.fill_meal_in_connection(
            device,
            &said.place.address,
            connection,
            &sequence,
            meal,
        )? {
            return desk.done(said, Outcome::Ignored, "joined_half");
        }
        waiting.hold(Held {
            kept: said.kept.clone(),
            place: said.place.clone(),
            half: Half::Context(Box::new(context)),
        });
        return Ok(());
    };
    desk.done(said, Outcome::Ignored, "joined_half")?;
    if let Half::Record(measurement) = &held.half {
        whole(desk, &said_of(said, &held), measurement, Some(&context))?;
    }
    Ok(())
}

/// A record whose context did not come.
pub(super) fn alone(
    desk: &Desk<'_>,
    said: &Said<'_>,
    measurement: &GlucoseMeasurement,
) -> Result<(), JournalError> {
    // 1.2 mmol/L of ketone is sent as 12 mg/dL: taken for glucose it would be a dangerous low. The meter
    // keeps the record and is asked for it again.
    if measurement.context_follows && said.profile.meal_6 == ReservedMeal::Ketone {
        return desk.done(said, Outcome::Refused, "context_missing");
    }
    whole(desk, said, measurement, None)
}

fn whole(
    desk: &Desk<'_>,
    said: &Said<'_>,
    measurement: &GlucoseMeasurement,
    context: Option<&GlucoseContext>,
) -> Result<(), JournalError> {
    let quirks = said.profile.quirks();
    if context.is_some_and(|context| context.marks_ketone(&quirks)) {
        return desk.done(said, Outcome::Ignored, "ketone");
    }
    match measurement.to_reading(context, &quirks, &origin(desk, said, true)) {
        None => {
            let concentration = measurement
                .concentration
                .filter(|_| !measurement.is_control());
            let sent = concentration
                .and_then(|c| c.clinical())
                .map(|glucose| Sent::Glucose {
                    mmol_l: glucose.mmol_l,
                });
            desk.no_reading(said, &measurement.verdict(), sent, true)
        }
        Some(reading) => readings(desk, said, &reading),
    }
}

fn origin(desk: &Desk<'_>, said: &Said<'_>, from_memory: bool) -> Origin {
    Origin {
        device: said.radio.name.clone(),
        zone: desk.decoder.site(),
        from_memory,
        feature: said.radio.pressure_feature.map(BloodPressureFeature),
    }
}

fn readings(desk: &Desk<'_>, said: &Said<'_>, reading: &Reading) -> Result<(), JournalError> {
    let mut tally = Tally::default();
    let incoming = Incoming {
        row: said.kept.row,
        frame: &said.kept.frame,
        device: &said.radio.device,
        reading,
        rules: &said.profile.device_rules(),
        spoken: Some(Spoken {
            clock: clock(desk, said, reading)?,
            newer_than_enrolment: said
                .radio
                .whole_memory_at
                .is_some_and(|at| at.as_millisecond() <= said.place.connection),
        }),
    };
    store(desk.tx, &incoming, &mut tally)?;
    if tally.duplicates > 0
        && let (Measured::Glucose(glucose), Some(sequence)) = (&reading.measured, &reading.sequence)
    {
        let device = said.radio.device.id;
        let sent = reading.device_time.sent();
        desk.tx.fill_meal(device, sequence, sent, glucose.meal)?;
    }
    desk.tallied(said, &tally)
}

/// The clock this record was measured by, from what was read in this connection and set in earlier ones.
fn clock(
    desk: &Desk<'_>,
    said: &Said<'_>,
    reading: &Reading,
) -> Result<ClockOfRecord, JournalError> {
    let (device, connection) = (said.radio.device.id, said.place.connection);
    let DeviceTime::Given { at, .. } = &reading.device_time else {
        return Ok(ClockOfRecord::NotRead);
    };
    let Some(read) = desk.tx.clock_read(device, connection)? else {
        return Ok(ClockOfRecord::NotRead);
    };
    let set: Vec<ClockSet> = desk
        .tx
        .clocks_set_before(device, connection)?
        .into_iter()
        .filter_map(|read| {
            Some(ClockSet {
                at: read.set_at?,
                offset_ms: read.offset_ms,
            })
        })
        .collect();
    Ok(match offset_of_record(*at, read.offset_ms, &set) {
        Some(offset_ms) => ClockOfRecord::Off(offset_ms),
        None => ClockOfRecord::Unusable,
    })
}

/// The other half's frame, under this half's device.
fn said_of<'a>(said: &Said<'a>, held: &'a Held) -> Said<'a> {
    Said {
        kept: &held.kept,
        place: &held.place,
        radio: said.radio,
        profile: said.profile,
    }
}
