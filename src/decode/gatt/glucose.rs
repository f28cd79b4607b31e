//! Characteristic 2A18 Glucose Measurement: one notification, one record of the meter.
//!
//! Source: GATT Specification Supplement, "Glucose Measurement". The supplement names the unit flag
//! "mg/dL" and "mmol/L" while the field itself is in kg/L and mol/L; the factors below are not optional.
//! The offset is not small either: Accu-Chek meters send hours, for their base time is their own.

use jiff::ToSpan;
use rust_decimal::{Decimal, RoundingStrategy};

use super::date_time::{DateTime, YEARS};
use super::fields::{Fields, Malformed, if_set};
use super::verdict::{Reason, Special, StoreAs, Verdict, time_reason};
use crate::decode::medfloat::Medfloat;

/// mg/dL per mmol/L, in thousandths (molar mass of glucose, 180.16 g/mol).
const MG_DL_PER_MMOL_L: Decimal = Decimal::from_parts(18_016, 0, 0, false, 3);
/// Plausible values in mmol/L, inclusive.
const LOWEST_MMOL_L: Decimal = Decimal::from_parts(6, 0, 0, false, 1);
const HIGHEST_MMOL_L: Decimal = Decimal::from_parts(55, 0, 0, false, 0);

/// Sample type 0xA.
const TYPE_CONTROL_SOLUTION: u8 = 0xA;
/// Sample location 4.
const LOCATION_CONTROL_SOLUTION: u8 = 4;

/// The unit in which the concentration is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum ConcentrationUnit {
    #[serde(rename = "kg/L")]
    KgL,
    #[serde(rename = "mol/L")]
    MolL,
}

/// A concentration with its sample: the three always come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concentration {
    pub unit: ConcentrationUnit,
    pub value: Medfloat,
    /// Low nibble: 1 capillary whole blood ... 9 interstitial fluid, 0xA control solution.
    pub sample_type: u8,
    /// High nibble: 1 finger, 2 alternate site, 3 earlobe, 4 control solution, 0xF not available.
    pub location: u8,
}

/// A concentration in both clinical units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClinicalGlucose {
    /// Unrounded where it was sent so; else as exact as a `Decimal` division is.
    pub mmol_l: Decimal,
    pub mg_dl: Decimal,
    sent_in: ConcentrationUnit,
}

impl ClinicalGlucose {
    /// mmol/L as text: exact when it was sent in mol/L, else rounded half up to 2 decimals.
    pub fn mmol_l_text(&self) -> String {
        match self.sent_in {
            ConcentrationUnit::MolL => self.mmol_l.normalize().to_string(),
            ConcentrationUnit::KgL => rounded_text(self.mmol_l, 2),
        }
    }

    /// mg/dL as text: exact when it was sent in kg/L, else rounded half up to 1 decimal.
    pub fn mg_dl_text(&self) -> String {
        match self.sent_in {
            ConcentrationUnit::KgL => self.mg_dl.normalize().to_string(),
            ConcentrationUnit::MolL => rounded_text(self.mg_dl, 1),
        }
    }
}

fn rounded_text(value: Decimal, places: u32) -> String {
    value
        .round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
        .to_string()
}

impl Concentration {
    fn is_control(&self) -> bool {
        self.sample_type == TYPE_CONTROL_SOLUTION || self.location == LOCATION_CONTROL_SOLUTION
    }

    /// The value in mmol/L and mg/dL when it is a number at all.
    pub fn clinical(&self) -> Option<ClinicalGlucose> {
        let sent = self.value.to_decimal()?;
        let (mmol_l, mg_dl) = match self.unit {
            ConcentrationUnit::KgL => {
                let mg_dl = sent.checked_mul(Decimal::from(100_000))?;
                (mg_dl.checked_div(MG_DL_PER_MMOL_L)?, mg_dl)
            }
            ConcentrationUnit::MolL => {
                let mmol_l = sent.checked_mul(Decimal::from(1_000))?;
                (mmol_l, mmol_l.checked_mul(MG_DL_PER_MMOL_L)?)
            }
        };
        Some(ClinicalGlucose {
            mmol_l,
            mg_dl,
            sent_in: self.unit,
        })
    }

    /// The same when it is a plausible one; a wrong unit is never guessed.
    pub fn plausible(&self) -> Option<ClinicalGlucose> {
        // Compared in mg/dL, where no division has rounded.
        let lowest = LOWEST_MMOL_L * MG_DL_PER_MMOL_L;
        let highest = HIGHEST_MMOL_L * MG_DL_PER_MMOL_L;
        self.clinical()
            .filter(|glucose| (lowest..=highest).contains(&glucose.mg_dl))
    }
}

/// A bit of the sensor status annunciation, in bit order. Bits 12 to 15 are reserved and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Annunciation {
    BatteryLow,
    SensorMalfunction,
    SampleInsufficient,
    StripInsertionError,
    StripTypeIncorrect,
    ResultTooHigh,
    ResultTooLow,
    TemperatureTooHigh,
    TemperatureTooLow,
    ReadInterrupted,
    GeneralFault,
    TimeFault,
}

impl Annunciation {
    /// Bit 0 first.
    pub const ALL: [Annunciation; 12] = [
        Annunciation::BatteryLow,
        Annunciation::SensorMalfunction,
        Annunciation::SampleInsufficient,
        Annunciation::StripInsertionError,
        Annunciation::StripTypeIncorrect,
        Annunciation::ResultTooHigh,
        Annunciation::ResultTooLow,
        Annunciation::TemperatureTooHigh,
        Annunciation::TemperatureTooLow,
        Annunciation::ReadInterrupted,
        Annunciation::GeneralFault,
        Annunciation::TimeFault,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Annunciation::BatteryLow => "battery_low",
            Annunciation::SensorMalfunction => "sensor_malfunction",
            Annunciation::SampleInsufficient => "sample_insufficient",
            Annunciation::StripInsertionError => "strip_insertion_error",
            Annunciation::StripTypeIncorrect => "strip_type_incorrect",
            Annunciation::ResultTooHigh => "result_too_high",
            Annunciation::ResultTooLow => "result_too_low",
            Annunciation::TemperatureTooHigh => "temperature_too_high",
            Annunciation::TemperatureTooLow => "temperature_too_low",
            Annunciation::ReadInterrupted => "read_interrupted",
            Annunciation::GeneralFault => "general_fault",
            Annunciation::TimeFault => "time_fault",
        }
    }

    fn of_word(word: u16) -> Vec<Self> {
        let set = |(bit, _): &(usize, Annunciation)| word >> bit & 1 != 0;
        Annunciation::ALL
            .into_iter()
            .enumerate()
            .filter(set)
            .map(|(_, named)| named)
            .collect()
    }
}

impl serde::Serialize for Annunciation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A 2A18 value, as sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GlucoseMeasurement {
    pub sequence: u16,
    pub base_time: DateTime,
    pub time_offset_minutes: Option<i16>,
    pub concentration: Option<Concentration>,
    pub annunciation: Vec<Annunciation>,
    pub context_follows: bool,
}

impl GlucoseMeasurement {
    /// Structure only: the length follows from the flags.
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let flags = fields.u8()?;
        let measurement = GlucoseMeasurement {
            sequence: fields.u16()?,
            base_time: fields.date_time()?,
            time_offset_minutes: if_set(flags & 0x01 != 0, || fields.i16())?,
            concentration: if_set(flags & 0x02 != 0, || concentration(&mut fields, flags))?,
            annunciation: if_set(flags & 0x08 != 0, || fields.u16())?
                .map_or_else(Vec::new, Annunciation::of_word),
            context_follows: flags & 0x10 != 0,
        };
        fields.end(flags & 0xE0 != 0)?;
        Ok(measurement)
    }

    /// Base time plus offset: what the meter shows. None when the base is unusable or the sum leaves
    /// the years a Date Time may hold.
    pub fn user_facing_time(&self) -> Option<jiff::civil::DateTime> {
        let base = self.base_time.local().at()?;
        let offset_minutes = i64::from(self.time_offset_minutes.unwrap_or(0));
        let sum = base.checked_add(offset_minutes.minutes()).ok()?;
        YEARS.contains(&sum.year()).then_some(sum)
    }

    /// The meter itself says that its clock is at fault.
    pub fn time_is_untrusted(&self) -> bool {
        self.announces(Annunciation::TimeFault)
    }

    pub fn is_control(&self) -> bool {
        self.concentration
            .is_some_and(|concentration| concentration.is_control())
    }

    /// HI, in either of the two ways a meter says it.
    pub fn is_high(&self) -> bool {
        self.announces(Annunciation::ResultTooHigh) || self.value() == Some(Medfloat::PlusInf)
    }

    /// LO, in either of the two ways a meter says it.
    pub fn is_low(&self) -> bool {
        self.announces(Annunciation::ResultTooLow) || self.value() == Some(Medfloat::MinusInf)
    }

    fn announces(&self, annunciation: Annunciation) -> bool {
        self.annunciation.contains(&annunciation)
    }

    fn value(&self) -> Option<Medfloat> {
        self.concentration.map(|concentration| concentration.value)
    }

    /// Whether it is a person's value, a control, an urgent value without a number, or none.
    pub fn verdict(&self) -> Verdict {
        let mut reasons = Vec::new();
        let control = self.is_control();
        match self.concentration {
            None => reasons.push(Reason::NoConcentration),
            Some(concentration) => reasons.extend(concentration_reason(&concentration, control)),
        }
        for &annunciation in &self.annunciation {
            reasons.extend(annunciation_reason(annunciation, control));
        }
        if control {
            reasons.push(Reason::ControlSolution);
        }
        reasons.extend(time_reason(Some(self.base_time)));
        let left_the_calendar =
            self.base_time.local().at().is_some() && self.user_facing_time().is_none();
        if left_the_calendar || self.time_is_untrusted() {
            reasons.push(Reason::TimeUnusable);
        }
        Verdict::from_reasons(
            reasons,
            if control {
                StoreAs::Control
            } else {
                StoreAs::Patient
            },
        )
    }
}

fn concentration(fields: &mut Fields<'_>, flags: u8) -> Result<Concentration, Malformed> {
    let value = fields.sfloat()?;
    let sample = fields.u8()?;
    Ok(Concentration {
        unit: if flags & 0x04 == 0 {
            ConcentrationUnit::KgL
        } else {
            ConcentrationUnit::MolL
        },
        value,
        sample_type: sample & 0x0F,
        location: sample >> 4,
    })
}

/// A control's HI or LO keeps the name of the special: it must never read as an urgent value.
fn concentration_reason(concentration: &Concentration, control: bool) -> Vec<Reason> {
    match Special::of(concentration.value) {
        Some(Special::PlusInf) if !control => vec![Reason::ValueHigh],
        Some(Special::MinusInf) if !control => vec![Reason::ValueLow],
        Some(special) => vec![Reason::NotANumber(special)],
        None => {
            let ambiguous = concentration
                .value
                .is_ambiguous()
                .then_some(Reason::AmbiguousSpecial);
            let implausible = concentration
                .plausible()
                .is_none()
                .then_some(Reason::ImplausibleGlucose);
            ambiguous.into_iter().chain(implausible).collect()
        }
    }
}

fn annunciation_reason(annunciation: Annunciation, control: bool) -> Option<Reason> {
    match annunciation {
        Annunciation::BatteryLow | Annunciation::TimeFault => None,
        Annunciation::ResultTooHigh if !control => Some(Reason::ValueHigh),
        Annunciation::ResultTooLow if !control => Some(Reason::ValueLow),
        against_the_result => Some(Reason::Annunciation(against_the_result)),
    }
}

#[cfg(test)]
#[path = "glucose/tests.rs"]
mod tests;
