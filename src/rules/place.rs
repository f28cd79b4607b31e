//! Values so severe that staff are told at once even when nobody knows whose they are.

use rust_decimal::Decimal;

use super::record::round_half_up;
use super::table::PlaceLimits;
use crate::vitals::{GlucoseValue, Measured, Specimen};

/// Which limit of the `[place]` table a reading reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceAlarm {
    SystolicHigh,
    SystolicLow,
    DiastolicHigh,
    GlucoseLow,
    GlucoseHigh,
    MeterLow,
    MeterHigh,
}

impl PlaceAlarm {
    pub const ALL: [PlaceAlarm; 7] = [
        PlaceAlarm::SystolicHigh,
        PlaceAlarm::SystolicLow,
        PlaceAlarm::DiastolicHigh,
        PlaceAlarm::GlucoseLow,
        PlaceAlarm::GlucoseHigh,
        PlaceAlarm::MeterLow,
        PlaceAlarm::MeterHigh,
    ];

    /// The reverse of [`PlaceAlarm::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        PlaceAlarm::ALL.into_iter().find(|a| a.word() == word)
    }

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            PlaceAlarm::SystolicHigh => "systolic_high",
            PlaceAlarm::SystolicLow => "systolic_low",
            PlaceAlarm::DiastolicHigh => "diastolic_high",
            PlaceAlarm::GlucoseLow => "glucose_low",
            PlaceAlarm::GlucoseHigh => "glucose_high",
            PlaceAlarm::MeterLow => "meter_low",
            PlaceAlarm::MeterHigh => "meter_high",
        }
    }
}

impl PlaceLimits {
    /// The first limit that a reading reaches. Control solution reaches none. Glucose is rounded to
    /// 0.1 mmol/L first, as everywhere; pressures are compared as sent.
    pub fn reached(&self, measured: &Measured) -> Option<PlaceAlarm> {
        match measured {
            Measured::BloodPressure(bp) => {
                self.pressure_reached(bp.systolic_mmhg, bp.diastolic_mmhg)
            }
            Measured::Glucose(glucose) if glucose.specimen == Specimen::Control => None,
            Measured::Glucose(glucose) => match glucose.value {
                GlucoseValue::Low => self.lo.then_some(PlaceAlarm::MeterLow),
                GlucoseValue::High => self.hi.then_some(PlaceAlarm::MeterHigh),
                GlucoseValue::MmolL(mmol) => self.glucose_reached(mmol),
            },
        }
    }

    /// The same for a pressure in mmHg, also of a reading that was refused otherwise.
    pub fn pressure_reached(&self, sbp: Decimal, dbp: Decimal) -> Option<PlaceAlarm> {
        if sbp >= self.sbp_ge {
            Some(PlaceAlarm::SystolicHigh)
        } else if dbp >= self.dbp_ge {
            Some(PlaceAlarm::DiastolicHigh)
        } else if sbp <= self.sbp_le {
            Some(PlaceAlarm::SystolicLow)
        } else {
            None
        }
    }

    /// The same where only one of the two could be read.
    pub fn sides_reached(&self, sbp: Option<Decimal>, dbp: Option<Decimal>) -> Option<PlaceAlarm> {
        // What is missing reaches nothing.
        let between = (self.sbp_ge + self.sbp_le) / Decimal::TWO;
        self.pressure_reached(sbp.unwrap_or(between), dbp.unwrap_or(Decimal::ZERO))
    }

    /// The same for a glucose in mmol/L, also of a reading that was refused otherwise.
    pub fn glucose_reached(&self, mmol: Decimal) -> Option<PlaceAlarm> {
        let mmol = round_half_up(mmol, 1);
        if mmol <= self.glucose_le {
            Some(PlaceAlarm::GlucoseLow)
        } else if mmol >= self.glucose_ge {
            Some(PlaceAlarm::GlucoseHigh)
        } else {
            None
        }
    }
}
