//! Characteristic 2A49 Blood Pressure Feature: which bits of a measurement's status mean something on this cuff.
//!
//! Source: GATT Specification Supplement, "Blood Pressure Feature".

use super::blood_pressure::{PulseRange, Status};
use super::fields::{Fields, Malformed};

/// A 2A49 value as sent. Later versions may be longer; reserved bits are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BloodPressureFeature(pub u16);

impl BloodPressureFeature {
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let word = fields.u16()?;
        fields.end(word >> 9 != 0)?;
        Ok(BloodPressureFeature(word))
    }

    fn has(self, bit: u8) -> bool {
        self.0 >> bit & 1 != 0
    }

    pub fn body_movement(self) -> bool {
        self.has(0)
    }

    pub fn cuff_fit(self) -> bool {
        self.has(1)
    }

    pub fn irregular_pulse(self) -> bool {
        self.has(2)
    }

    pub fn pulse_range(self) -> bool {
        self.has(3)
    }

    pub fn position(self) -> bool {
        self.has(4)
    }

    pub fn multiple_bonds(self) -> bool {
        self.has(5)
    }

    pub fn e2e_crc(self) -> bool {
        self.has(6)
    }

    pub fn user_data_service(self) -> bool {
        self.has(7)
    }

    pub fn user_facing_time(self) -> bool {
        self.has(8)
    }

    /// The status without the bits that this cuff does not detect.
    pub fn mask(self, status: Status) -> Status {
        Status {
            body_movement: status.body_movement && self.body_movement(),
            cuff_too_loose: status.cuff_too_loose && self.cuff_fit(),
            irregular_pulse: status.irregular_pulse && self.irregular_pulse(),
            pulse_range: if self.pulse_range() {
                status.pulse_range
            } else {
                PulseRange::Within
            },
            improper_position: status.improper_position && self.position(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_has_its_name() {
        let readers: [fn(BloodPressureFeature) -> bool; 9] = [
            BloodPressureFeature::body_movement,
            BloodPressureFeature::cuff_fit,
            BloodPressureFeature::irregular_pulse,
            BloodPressureFeature::pulse_range,
            BloodPressureFeature::position,
            BloodPressureFeature::multiple_bonds,
            BloodPressureFeature::e2e_crc,
            BloodPressureFeature::user_data_service,
            BloodPressureFeature::user_facing_time,
        ];
        for (bit, reader) in readers.iter().enumerate() {
            let value = (1u16 << bit).to_le_bytes();
            let feature = BloodPressureFeature::decode(&value).unwrap();
            assert!(reader(feature), "bit {bit}");
            assert_eq!(readers.iter().filter(|r| r(feature)).count(), 1);
        }
    }

    #[test]
    fn a_status_bit_needs_its_feature() {
        let status = Status::from_word(0x3F);
        assert_eq!(BloodPressureFeature(0).mask(status), Status::from_word(0));
        assert_eq!(BloodPressureFeature(0x1F).mask(status), status);
        assert_eq!(
            BloodPressureFeature(0x04).mask(status),
            Status::from_word(0x04)
        );
    }

    #[test]
    fn length() {
        assert_eq!(
            BloodPressureFeature::decode(&[1]),
            Err(Malformed::Truncated { length: 1 })
        );
        let long = BloodPressureFeature::decode(&[1, 0, 0]);
        assert_eq!(long, Err(Malformed::TrailingBytes { extra: 1 }));
        assert!(BloodPressureFeature::decode(&[1, 2, 0]).is_ok());
    }
}
