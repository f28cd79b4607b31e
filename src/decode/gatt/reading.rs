//! From a Bluetooth value to the hub's [`Reading`]: what the pipeline stores.

use std::collections::BTreeSet;

use jiff::civil;
use jiff::tz::TimeZone;

use super::blood_pressure::{BloodPressureMeasurement, PulseRange, Status};
use super::blood_pressure_feature::BloodPressureFeature;
use super::glucose::{Annunciation, GlucoseMeasurement};
use super::glucose_context::GlucoseContext;
use super::profile::Quirks;
use super::verdict::{Class, StoreAs};
use crate::decode::medfloat::Medfloat;
use crate::vitals::{
    BloodPressure, DeviceId, DeviceTime, Glucose, GlucoseValue, Mark, Measured, Reading, Specimen,
};

/// "User not known".
const USER_UNKNOWN: u8 = 0xFF;

/// What the circumstances of a value add to it.
#[derive(Debug, Clone)]
pub struct Origin {
    pub device: DeviceId,
    /// The zone of the place: device clocks have none.
    pub zone: TimeZone,
    /// Downloaded from the device's memory rather than sent as it was measured.
    pub from_memory: bool,
    /// The cuff's 2A49, when it was read: a status bit means something only with its feature.
    pub feature: Option<BloodPressureFeature>,
}

impl BloodPressureMeasurement {
    /// The reading, when the value is valid.
    pub fn to_reading(&self, origin: &Origin) -> Option<Reading> {
        if self.verdict().class != Class::Valid {
            return None;
        }
        let number = |value: Medfloat| value.to_decimal().map(|decimal| decimal.normalize());
        let status = match (self.status, origin.feature) {
            (Some(status), Some(feature)) => Some(feature.mask(status)),
            (status, _) => status,
        };
        Some(Reading {
            device: origin.device.clone(),
            measured: Measured::BloodPressure(BloodPressure {
                systolic_mmhg: self.mmhg(self.systolic)?.normalize(),
                diastolic_mmhg: self.mmhg(self.diastolic)?.normalize(),
                map_mmhg: self
                    .map()
                    .and_then(|map| self.mmhg(map))
                    .map(|map| map.normalize()),
                pulse_bpm: self.pulse.and_then(number),
            }),
            device_time: match self.time {
                None => DeviceTime::Absent,
                Some(time) => device_time(time.to_string(), time.local().at(), &origin.zone),
            },
            slot: self
                .user_id
                .filter(|&id| id != USER_UNKNOWN)
                .map(|id| id.to_string()),
            sequence: None,
            hint: None,
            marks: status.map_or_else(BTreeSet::new, status_marks),
            from_memory: origin.from_memory,
        })
    }
}

fn status_marks(status: Status) -> BTreeSet<Mark> {
    let out_of_range = matches!(status.pulse_range, PulseRange::Above | PulseRange::Below);
    [
        (status.body_movement, Mark::BodyMovement),
        (status.cuff_too_loose, Mark::CuffLoose),
        (status.irregular_pulse, Mark::IrregularPulse),
        (out_of_range, Mark::PulseRange),
        (status.improper_position, Mark::Position),
    ]
    .into_iter()
    .filter_map(|(set, mark)| set.then_some(mark))
    .collect()
}

impl GlucoseMeasurement {
    /// The reading: a valid value, a control, or HI and LO, which are urgent without a number.
    ///
    /// `context` is the one with this record's sequence number, if any came. A record that it marks as a
    /// ketone value by the device's profile gives no reading: it must never be glucose.
    pub fn to_reading(
        &self,
        context: Option<&GlucoseContext>,
        quirks: &Quirks,
        origin: &Origin,
    ) -> Option<Reading> {
        if context.is_some_and(|context| context.marks_ketone(quirks)) {
            return None;
        }
        let (value, specimen) = self.value_and_specimen()?;
        let shown = self
            .user_facing_time()
            .filter(|_| !self.time_is_untrusted());
        let sent = match self.time_offset_minutes {
            None => self.base_time.to_string(),
            Some(offset) => format!("{}{offset:+}min", self.base_time),
        };
        let battery_low = self.annunciation.contains(&Annunciation::BatteryLow);
        Some(Reading {
            device: origin.device.clone(),
            measured: Measured::Glucose(Glucose {
                value,
                meal: context.map(GlucoseContext::meal_word).unwrap_or_default(),
                specimen,
            }),
            device_time: device_time(sent, shown, &origin.zone),
            slot: None,
            sequence: Some(self.sequence.to_string()),
            hint: None,
            marks: BTreeSet::from_iter(battery_low.then_some(Mark::BatteryLow)),
            from_memory: origin.from_memory,
        })
    }

    fn value_and_specimen(&self) -> Option<(GlucoseValue, Specimen)> {
        let verdict = self.verdict();
        if verdict.class == Class::Valid {
            let value = GlucoseValue::MmolL(self.concentration?.plausible()?.mmol_l.normalize());
            let control = verdict.store_as == StoreAs::Control;
            return Some((
                value,
                if control {
                    Specimen::Control
                } else {
                    Specimen::Blood
                },
            ));
        }
        if self.is_control() {
            return None;
        }
        // A meter that says both is at fault; LO is the one that cannot wait.
        if self.is_low() {
            Some((GlucoseValue::Low, Specimen::Blood))
        } else if self.is_high() {
            Some((GlucoseValue::High, Specimen::Blood))
        } else {
            None
        }
    }
}

fn device_time(sent: String, at: Option<civil::DateTime>, zone: &TimeZone) -> DeviceTime {
    match at.and_then(|local| zone.to_timestamp(local).ok()) {
        Some(at) => DeviceTime::Given { sent, at },
        None => DeviceTime::Unusable { sent },
    }
}

#[cfg(test)]
#[path = "reading/tests.rs"]
mod tests;
