//! One measurement as it really happened: who, on what, when, what was true and what the display showed.

use crate::vitals::{Meal, Moment};

use super::body::Pressure;
use super::device::DeviceIx;
use super::person::PersonIx;

/// What was true in the person, before the device's error and rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrueValue {
    Pressure(Pressure),
    GlucoseMmolL(f64),
}

/// What the display showed, and so what the device sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Pressure {
        sys_mmhg: i32,
        dia_mmhg: i32,
        pulse_bpm: i32,
        irregular: bool,
        movement: bool,
        loose: bool,
    },
    /// `tenths` of mmol/L.
    Glucose {
        tenths: i32,
        meal: Meal,
        control: bool,
    },
}

/// On what grounds the hub can know whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The device read this person's card.
    Card(PersonIx),
    /// User button 1 or 2.
    Slot(u8),
    /// The device is one person's.
    OwnDevice,
    /// Nothing says so.
    None,
}

impl Claim {
    /// The word in the truth file: that of the hub's basis, or `none`.
    pub fn word(self) -> &'static str {
        match self {
            Claim::Card(_) => "card_in_message",
            Claim::Slot(_) => "device_slot",
            Claim::OwnDevice => "own_device",
            Claim::None => "none",
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// Who was truly measured; nobody for control solution.
    pub person: Option<PersonIx>,
    pub device: DeviceIx,
    pub taken_at: Moment,
    pub truth: TrueValue,
    pub shown: Shown,
    pub claim: Claim,
    /// The display showed an error word instead of `shown`.
    pub failed: bool,
}
