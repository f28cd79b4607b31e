//! What a cuff or a meter can measure at all. Outside: refused, never guessed into another unit.

use rust_decimal::Decimal;

use super::outcome::Fault;
use crate::vitals::{GlucoseValue, Measured};

/// All limits of one measurement, for values that did not come through a profile.
///
/// # Errors
/// The first limit it breaks.
pub fn plausible(measured: &Measured) -> Result<(), Fault> {
    match measured {
        Measured::BloodPressure(bp) => {
            systolic(bp.systolic_mmhg)?;
            diastolic(bp.diastolic_mmhg)?;
            bp.pulse_bpm.map_or(Ok(()), pulse)?;
            above(bp.systolic_mmhg, bp.diastolic_mmhg)
        }
        Measured::Glucose(measured) => match measured.value {
            GlucoseValue::MmolL(mmol_l) => glucose(mmol_l),
            GlucoseValue::Low | GlucoseValue::High => Ok(()),
        },
    }
}

/// 40 to 300 mmHg, both included.
pub(super) fn systolic(mmhg: Decimal) -> Result<(), Fault> {
    within(
        mmhg,
        Decimal::new(40, 0),
        Decimal::new(300, 0),
        Fault::ImplausibleSystolic,
    )
}

/// 20 to 200 mmHg, both included.
pub(super) fn diastolic(mmhg: Decimal) -> Result<(), Fault> {
    within(
        mmhg,
        Decimal::new(20, 0),
        Decimal::new(200, 0),
        Fault::ImplausibleDiastolic,
    )
}

/// Systolic must be above diastolic.
pub(super) fn above(systolic: Decimal, diastolic: Decimal) -> Result<(), Fault> {
    if systolic > diastolic {
        Ok(())
    } else {
        Err(Fault::SystolicNotAboveDiastolic)
    }
}

/// 20 to 300 per minute, both included.
pub(super) fn pulse(per_minute: Decimal) -> Result<(), Fault> {
    within(
        per_minute,
        Decimal::new(20, 0),
        Decimal::new(300, 0),
        Fault::ImplausiblePulse,
    )
}

/// 0.6 to 55 mmol/L, both included.
pub(super) fn glucose(mmol_l: Decimal) -> Result<(), Fault> {
    within(
        mmol_l,
        Decimal::new(6, 1),
        Decimal::new(55, 0),
        Fault::ImplausibleGlucose,
    )
}

fn within(value: Decimal, low: Decimal, high: Decimal, fault: Fault) -> Result<(), Fault> {
    if low <= value && value <= high {
        Ok(())
    } else {
        Err(fault)
    }
}
