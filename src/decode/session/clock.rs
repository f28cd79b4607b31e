//! A device's clock against the hub's: read before it is set, used for the records of that connection only.

use jiff::{SignedDuration, civil};

use crate::decode::gatt::date_time::{DateTime, YEARS};

/// What is known of a device's clock in one connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceClock {
    /// Hub minus device, when the clock was read before anybody set it.
    offset: Option<SignedDuration>,
    was_set: bool,
}

impl DeviceClock {
    /// The clock as read. Once it has been set it says nothing about older records.
    pub fn read(&mut self, device: DateTime, hub: civil::DateTime) {
        if !self.was_set
            && let Some(device) = device.local().at()
        {
            self.offset = Some(hub.duration_since(device));
        }
    }

    /// The hub wrote the device's clock.
    pub fn set(&mut self) {
        self.was_set = true;
    }

    pub fn offset(&self) -> Option<SignedDuration> {
        self.offset
    }

    /// A time of this device put right; none without an offset or beyond the years of a Date Time.
    pub fn corrected(&self, shown: civil::DateTime) -> Option<civil::DateTime> {
        let corrected = shown.checked_add(self.offset?).ok()?;
        YEARS.contains(&corrected.year()).then_some(corrected)
    }

    /// Whether it is off by more than this. A clock that could not be read is set.
    pub fn needs_setting(&self, tolerance_minutes: u16) -> bool {
        self.offset.is_none_or(|offset| {
            offset.abs() > SignedDuration::from_mins(i64::from(tolerance_minutes))
        })
    }
}
