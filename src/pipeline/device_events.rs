//! What a device says about itself beside its readings: battery, heartbeat, its own failures.

use crate::decode::mapping::{Event, Interpretation};
use crate::journal::{JournalError, Tx};
use crate::vitals::Frame;

/// What the device said about itself; the device's number when it is enrolled.
pub(super) fn events(
    tx: &Tx<'_>,
    said: &Interpretation,
    frame: &Frame,
) -> Result<Option<i64>, JournalError> {
    let mut device_id = None;
    for event in &said.events {
        let Some(name) = &event.device else { continue };
        let Some(device) = tx.device_by_name(name)? else {
            continue;
        };
        device_id = Some(device.id);
        let battery = match event.event {
            Event::Battery { percent } => Some(percent),
            Event::Heartbeat | Event::Error { .. } => None,
        };
        tx.note_heard(device.id, frame.received_at, battery, None)?;
    }
    Ok(device_id)
}

/// The enrolled device that a message is about, when it names one.
pub(super) fn device_of(tx: &Tx<'_>, said: &Interpretation) -> Result<Option<i64>, JournalError> {
    for event in &said.events {
        if let Some(name) = &event.device {
            return Ok(tx.device_by_name(name)?.map(|d| d.id));
        }
    }
    Ok(None)
}
