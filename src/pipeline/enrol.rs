//! Putting a Bluetooth device into service, and taking it out: commands with their audit lines.

use crate::journal::{Bond, DeviceKind, JournalError, NewDevice, Tx};
use crate::vitals::{DeviceId, Moment};

/// A device that staff add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Identity address, upper case with colons.
    pub address: String,
    /// Stem of its profile.
    pub profile: String,
    pub kind: DeviceKind,
    pub label: String,
    pub centre_id: i64,
    pub station_id: Option<i64>,
    pub own_person_id: Option<i64>,
    pub bond: Bond,
}

/// Puts a device into service from now on; its number. A device that was here before under this address
/// keeps its number and its readings; what it measured until now is nobody's.
pub fn enrol(tx: &Tx<'_>, device: &Enrolment, now: Moment) -> Result<i64, JournalError> {
    let name = DeviceId(device.address.clone());
    let there = match tx.radio_by_address(&device.address)? {
        Some(radio) => Some(radio.device.id),
        None => tx.device_by_name(&name)?.map(|row| row.id),
    };
    let row = NewDevice {
        name: &name,
        label: &device.label,
        kind: device.kind,
        centre_id: device.centre_id,
        station_id: device.station_id,
        own_person_id: device.own_person_id,
        account: None,
        in_service_since: now,
    };
    let device_id = match there {
        Some(device_id) => {
            tx.replace_device(device_id, &row)?;
            device_id
        }
        None => tx.enrol_device(&row)?,
    };
    tx.enrol_radio(
        device_id,
        &device.address,
        &device.profile,
        device.bond,
        now,
    )?;
    Ok(device_id)
}

/// Notes that an enrolled device has a new bond; its number, or nothing when no device has this address.
pub fn paired_again(tx: &Tx<'_>, address: &str) -> Result<Option<i64>, JournalError> {
    let Some(radio) = tx.radio_by_address(address)? else {
        return Ok(None);
    };
    tx.set_bond(radio.device.id, Bond::Bonded)?;
    Ok(Some(radio.device.id))
}
