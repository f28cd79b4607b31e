//! Characteristic 2A36 Intermediate Cuff Pressure: the falling pressure, for a display. Never stored.
//!
//! Source: GATT Specification Supplement, "Intermediate Cuff Pressure": the frame of 2A35, of which
//! only the first number is used.

use super::blood_pressure::{BloodPressureMeasurement, PressureUnit};
use super::fields::Malformed;
use super::profile::Quirks;
use super::verdict::{Reason, Special, StoreAs, Verdict};
use crate::decode::medfloat::Medfloat;

/// A 2A36 value, as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntermediateCuffPressure {
    pub cuff: Medfloat,
    pub unit: PressureUnit,
}

impl IntermediateCuffPressure {
    pub fn decode(value: &[u8], quirks: &Quirks) -> Result<Self, Malformed> {
        let frame = BloodPressureMeasurement::decode(value, quirks)?;
        Ok(IntermediateCuffPressure {
            cuff: frame.systolic,
            unit: frame.unit,
        })
    }

    /// Valid when it is a number, whatever its size.
    pub fn verdict(&self) -> Verdict {
        let reason = match Special::of(self.cuff) {
            Some(special) => Some(Reason::NotANumber(special)),
            None => self.cuff.is_ambiguous().then_some(Reason::AmbiguousSpecial),
        };
        Verdict::from_reasons(Vec::from_iter(reason), StoreAs::None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Class;
    use super::*;

    fn decode(value: &[u8]) -> Result<(String, Class), Malformed> {
        let cuff = IntermediateCuffPressure::decode(value, &Quirks::default())?;
        let verdict = cuff.verdict();
        assert_eq!(verdict.store_as, StoreAs::None);
        Ok((cuff.cuff.to_string(), verdict.class))
    }

    #[test]
    fn only_the_first_number_is_judged() {
        let nan_after = [0x00, 0x78, 0x00, 0xFF, 0x07, 0xFF, 0x07];
        assert_eq!(decode(&nan_after), Ok(("120".into(), Class::Valid)));
        let zero_after = [0x00, 0x78, 0x00, 0x00, 0x00, 0x00, 0x00];
        assert_eq!(decode(&zero_after), Ok(("120".into(), Class::Valid)));
        let ambiguous_after = [0x00, 0x78, 0x00, 0xFF, 0xF7, 0xFF, 0xF7];
        assert_eq!(decode(&ambiguous_after), Ok(("120".into(), Class::Valid)));
        let nan_first = [0x00, 0xFF, 0x07, 0x50, 0x00, 0x50, 0x00];
        assert_eq!(decode(&nan_first), Ok(("NaN".into(), Class::Invalid)));
        let ambiguous_first = [0x00, 0xFF, 0xF7, 0x50, 0x00, 0x50, 0x00];
        assert_eq!(
            decode(&ambiguous_first),
            Ok(("204.7".into(), Class::Invalid))
        );
    }

    #[test]
    fn the_frame_is_that_of_2a35() {
        assert_eq!(
            decode(&[0x00, 0x78, 0x00]),
            Err(Malformed::Truncated { length: 3 })
        );
        let long = [0x00, 0x78, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00];
        assert_eq!(decode(&long), Err(Malformed::TrailingBytes { extra: 1 }));
    }
}
