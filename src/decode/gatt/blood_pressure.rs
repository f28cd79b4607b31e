//! Characteristic 2A35 Blood Pressure Measurement: one indication, one reading (or one failed attempt).
//!
//! Source: GATT Specification Supplement, "Blood Pressure Measurement". What real cuffs add to it:
//! a failed measurement is indicated too, with NaN in all four numbers and a status of 0 (Omron X4);
//! the mean pressure may be NaN (Beurer BM96) or 0 (BM85) in good readings; reserved bits are set.

use rust_decimal::Decimal;

use super::date_time::DateTime;
use super::fields::{Fields, Malformed, if_set};
use super::profile::{Quirks, UserId};
use super::verdict::{Reason, Special, StoreAs, Verdict, time_reason};
use crate::decode::medfloat::Medfloat;

/// Plausible pressures in mmHg and pulses per minute, inclusive.
const SYSTOLIC_MMHG: (u32, u32) = (40, 300);
const DIASTOLIC_MMHG: (u32, u32) = (20, 200);
const PULSE_BPM: (u32, u32) = (20, 300);

/// The unit of all three pressures of a frame (never of the pulse).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum PressureUnit {
    #[serde(rename = "mmHg")]
    MmHg,
    #[serde(rename = "kPa")]
    KPa,
}

impl PressureUnit {
    /// 1 kPa = 7.500616 mmHg. None where the product leaves what a `Decimal` holds.
    pub fn to_mmhg(self, pressure: Decimal) -> Option<Decimal> {
        match self {
            PressureUnit::MmHg => Some(pressure),
            PressureUnit::KPa => {
                pressure.checked_mul(Decimal::from_parts(7_500_616, 0, 0, false, 6))
            }
        }
    }
}

/// Where the pulse lies against the cuff's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PulseRange {
    Within,
    Above,
    Below,
    Reserved,
}

/// The measurement status. Bits 6 to 15 are reserved, set by real cuffs, and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Status {
    pub body_movement: bool,
    pub cuff_too_loose: bool,
    pub irregular_pulse: bool,
    pub pulse_range: PulseRange,
    pub improper_position: bool,
}

impl Status {
    pub fn from_word(word: u16) -> Self {
        Status {
            body_movement: word & 0x01 != 0,
            cuff_too_loose: word & 0x02 != 0,
            irregular_pulse: word & 0x04 != 0,
            pulse_range: match word >> 3 & 0x03 {
                0 => PulseRange::Within,
                1 => PulseRange::Above,
                2 => PulseRange::Below,
                _ => PulseRange::Reserved,
            },
            improper_position: word & 0x20 != 0,
        }
    }
}

/// A 2A35 (or 2A36) value, as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BloodPressureMeasurement {
    pub unit: PressureUnit,
    pub systolic: Medfloat,
    pub diastolic: Medfloat,
    /// As sent, 0 included: see [`BloodPressureMeasurement::map`].
    pub mean_as_sent: Medfloat,
    pub time: Option<DateTime>,
    pub pulse: Option<Medfloat>,
    /// 0xFF means "unknown user".
    pub user_id: Option<u8>,
    pub status: Option<Status>,
}

impl BloodPressureMeasurement {
    /// Structure only: the length follows from the flags and the device's quirks.
    pub fn decode(value: &[u8], quirks: &Quirks) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let flags = fields.u8()?;
        let has_user_id = flags & 0x08 != 0 || quirks.user_id == UserId::Always;
        let measurement = BloodPressureMeasurement {
            unit: if flags & 0x01 == 0 {
                PressureUnit::MmHg
            } else {
                PressureUnit::KPa
            },
            systolic: fields.sfloat()?,
            diastolic: fields.sfloat()?,
            mean_as_sent: fields.sfloat()?,
            time: if_set(flags & 0x02 != 0, || fields.date_time())?,
            pulse: if_set(flags & 0x04 != 0, || {
                fields.u16_in(quirks.pulse_byte_order).map(Medfloat::sfloat)
            })?,
            user_id: if_set(has_user_id, || fields.u8())?,
            status: if_set(flags & 0x10 != 0, || {
                fields
                    .u16_in(quirks.status_byte_order)
                    .map(Status::from_word)
            })?,
        };
        fields.end(flags & 0xE0 != 0)?;
        Ok(measurement)
    }

    /// The mean arterial pressure as sent; 0 counts as absent, for cuffs write it for "none".
    pub fn map(&self) -> Option<Medfloat> {
        let zero = self
            .mean_as_sent
            .number()
            .is_some_and(|number| number.mantissa == 0);
        (!zero).then_some(self.mean_as_sent)
    }

    /// A pressure of this frame in mmHg; none for a special.
    pub fn mmhg(&self, pressure: Medfloat) -> Option<Decimal> {
        self.unit.to_mmhg(pressure.to_decimal()?)
    }

    /// Whether it is a person's reading. Time, mean pressure and status never decide it.
    pub fn verdict(&self) -> Verdict {
        let mut reasons = Vec::new();
        let sfloats = [
            Some(self.systolic),
            Some(self.diastolic),
            Some(self.mean_as_sent),
            self.pulse,
        ];
        if sfloats.into_iter().flatten().any(Medfloat::is_ambiguous) {
            reasons.push(Reason::AmbiguousSpecial);
        }
        let systolic = self.mmhg(self.systolic);
        let diastolic = self.mmhg(self.diastolic);
        reasons.extend(pressure_reason(
            self.systolic,
            systolic,
            SYSTOLIC_MMHG,
            Reason::ImplausibleSystolic,
        ));
        reasons.extend(pressure_reason(
            self.diastolic,
            diastolic,
            DIASTOLIC_MMHG,
            Reason::ImplausibleDiastolic,
        ));
        if let (Some(systolic), Some(diastolic)) = (systolic, diastolic)
            && systolic <= diastolic
        {
            reasons.push(Reason::SystolicNotAboveDiastolic);
        }
        if let Some(pulse) = self.pulse.and_then(Medfloat::to_decimal)
            && !within(pulse, PULSE_BPM)
        {
            reasons.push(Reason::ImplausiblePulse);
        }
        reasons.extend(time_reason(self.time));
        Verdict::from_reasons(reasons, StoreAs::Patient)
    }
}

fn within(value: Decimal, (lowest, highest): (u32, u32)) -> bool {
    Decimal::from(lowest) <= value && value <= Decimal::from(highest)
}

fn pressure_reason(
    sent: Medfloat,
    mmhg: Option<Decimal>,
    plausible: (u32, u32),
    implausible: Reason,
) -> Option<Reason> {
    match Special::of(sent) {
        Some(Special::NaN) => Some(Reason::MeasurementFailed),
        Some(Special::PlusInf | Special::MinusInf) => Some(Reason::OutOfRange),
        Some(special) => Some(Reason::NotANumber(special)),
        None if mmhg.is_some_and(|mmhg| within(mmhg, plausible)) => None,
        None => Some(implausible),
    }
}

#[cfg(test)]
#[path = "blood_pressure/tests.rs"]
mod tests;
