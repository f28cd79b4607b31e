//! Characteristic 2A34 Glucose Measurement Context: what surrounds a record, joined to it by its sequence number.
//!
//! Source: GATT Specification Supplement, "Glucose Measurement Context". The extended flags come before
//! every other optional field although their bit is the highest.

use super::fields::{Fields, Malformed, if_set};
use super::profile::{Quirks, ReservedMeal};
use super::verdict::{Reason, StoreAs, Verdict};
use crate::decode::medfloat::Medfloat;
use crate::vitals::Meal;

/// The unit of a medication amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum MedicationUnit {
    #[serde(rename = "kg")]
    Kilogram,
    #[serde(rename = "L")]
    Litre,
}

/// A 2A34 value. Numbers as sent, reserved values included; exercise 0xFFFF means "overrun".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GlucoseContext {
    pub sequence: u16,
    pub extended_flags: Option<u8>,
    pub carbohydrate_id: Option<u8>,
    pub carbohydrate_kg: Option<Medfloat>,
    pub meal: Option<u8>,
    pub tester: Option<u8>,
    pub health: Option<u8>,
    pub exercise_s: Option<u16>,
    pub exercise_percent: Option<u8>,
    pub medication_id: Option<u8>,
    pub medication: Option<Medfloat>,
    pub medication_unit: Option<MedicationUnit>,
    pub hba1c_percent: Option<Medfloat>,
}

/// The meal code that no specification gives a meaning, and one maker does.
const MEAL_KETONE: u8 = 6;

impl GlucoseContext {
    /// Structure only: the length follows from the flags.
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let flags = fields.u8()?;
        let set = |bit: u8| flags >> bit & 1 != 0;
        let sequence = fields.u16()?;
        let extended_flags = if_set(set(7), || fields.u8())?;
        let carbohydrate = if_set(set(0), || Ok((fields.u8()?, fields.sfloat()?)))?;
        let meal = if_set(set(1), || fields.u8())?;
        let tester_health = if_set(set(2), || fields.u8())?;
        let exercise = if_set(set(3), || Ok((fields.u16()?, fields.u8()?)))?;
        let medication = if_set(set(4), || Ok((fields.u8()?, fields.sfloat()?)))?;
        let hba1c_percent = if_set(set(6), || fields.sfloat())?;
        // Every bit of the extended flags is reserved: one that is set announces fields unknown here.
        fields.end(extended_flags.is_some_and(|extended| extended != 0))?;
        let unit = if set(5) {
            MedicationUnit::Litre
        } else {
            MedicationUnit::Kilogram
        };
        Ok(GlucoseContext {
            sequence,
            extended_flags,
            carbohydrate_id: carbohydrate.map(|(id, _)| id),
            carbohydrate_kg: carbohydrate.map(|(_, kilograms)| kilograms),
            meal,
            tester: tester_health.map(|both| both & 0x0F),
            health: tester_health.map(|both| both >> 4),
            exercise_s: exercise.map(|(seconds, _)| seconds),
            exercise_percent: exercise.map(|(_, percent)| percent),
            medication_id: medication.map(|(id, _)| id),
            medication: medication.map(|(_, amount)| amount),
            medication_unit: medication.map(|_| unit),
            hba1c_percent,
        })
    }

    /// The meal in the hub's words; a reserved code says nothing.
    pub fn meal_word(&self) -> Meal {
        match self.meal {
            Some(1) => Meal::Before,
            Some(2) => Meal::After,
            Some(3) => Meal::Fasting,
            Some(4) => Meal::Casual,
            Some(5) => Meal::Bedtime,
            _ => Meal::Unknown,
        }
    }

    /// By this device's profile the linked record is a ketone value: it must never be glucose.
    pub fn marks_ketone(&self, quirks: &Quirks) -> bool {
        self.meal == Some(MEAL_KETONE) && quirks.meal_6 == ReservedMeal::Ketone
    }

    pub fn verdict(&self, quirks: &Quirks) -> Verdict {
        let mut reasons = Vec::new();
        let sfloats = [self.carbohydrate_kg, self.medication, self.hba1c_percent];
        if sfloats.into_iter().flatten().any(Medfloat::is_ambiguous) {
            reasons.push(Reason::AmbiguousSpecial);
        }
        if self.marks_ketone(quirks) {
            reasons.push(Reason::Ketone);
        }
        Verdict::from_reasons(reasons, StoreAs::None)
    }
}

#[cfg(test)]
#[path = "glucose_context/tests.rs"]
mod tests;
