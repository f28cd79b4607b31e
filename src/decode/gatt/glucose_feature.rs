//! Characteristic 2A51 Glucose Feature: what a meter can detect.
//!
//! Source: GATT Specification Supplement, "Glucose Feature". Bits 0 to 9 announce the annunciation
//! bits of a measurement (5 stands for both "result high" and "result low", 6 for both temperatures).

use super::fields::{Fields, Malformed};
use super::glucose::Annunciation;

/// A 2A51 value as sent. Reserved bits are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlucoseFeature(pub u16);

impl GlucoseFeature {
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let word = fields.u16()?;
        fields.end(word >> 11 != 0)?;
        Ok(GlucoseFeature(word))
    }

    /// Whether the meter says that it can detect this. An annunciation is believed either way.
    pub fn detects(self, annunciation: Annunciation) -> bool {
        let bit = match annunciation {
            Annunciation::BatteryLow => 0,
            Annunciation::SensorMalfunction => 1,
            Annunciation::SampleInsufficient => 2,
            Annunciation::StripInsertionError => 3,
            Annunciation::StripTypeIncorrect => 4,
            Annunciation::ResultTooHigh | Annunciation::ResultTooLow => 5,
            Annunciation::TemperatureTooHigh | Annunciation::TemperatureTooLow => 6,
            Annunciation::ReadInterrupted => 7,
            Annunciation::GeneralFault => 8,
            Annunciation::TimeFault => 9,
        };
        self.0 >> bit & 1 != 0
    }

    pub fn multiple_bonds(self) -> bool {
        self.0 >> 10 & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits() {
        let feature = GlucoseFeature::decode(&[0x21, 0x04]).unwrap();
        assert!(feature.multiple_bonds());
        let detected: Vec<_> = Annunciation::ALL
            .into_iter()
            .filter(|&named| feature.detects(named))
            .collect();
        assert_eq!(
            detected,
            [
                Annunciation::BatteryLow,
                Annunciation::ResultTooHigh,
                Annunciation::ResultTooLow
            ]
        );
        let time_fault = GlucoseFeature::decode(&[0x00, 0x02]).unwrap();
        assert!(time_fault.detects(Annunciation::TimeFault));
        assert!(!time_fault.multiple_bonds());
    }

    #[test]
    fn length() {
        assert_eq!(
            GlucoseFeature::decode(&[]),
            Err(Malformed::Truncated { length: 0 })
        );
        let long = GlucoseFeature::decode(&[1, 0, 0]);
        assert_eq!(long, Err(Malformed::TrailingBytes { extra: 1 }));
    }
}
