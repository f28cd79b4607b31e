//! Characteristic 2A19 Battery Level: one byte of percent.
//!
//! Source: GATT Specification Supplement, "Battery Level": 0 to 100, all else reserved.

use super::fields::{Fields, Malformed};

/// A 2A19 value as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BatteryLevel(pub u8);

impl BatteryLevel {
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let level = fields.u8()?;
        fields.end(false)?;
        Ok(BatteryLevel(level))
    }

    /// Percent; none for a reserved value, which is never clipped to 100.
    pub fn percent(self) -> Option<u8> {
        (self.0 <= 100).then_some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_ends_at_100() {
        for (sent, percent) in [(0, Some(0)), (99, Some(99)), (100, Some(100)), (101, None)] {
            assert_eq!(BatteryLevel::decode(&[sent]).unwrap().percent(), percent);
        }
    }

    #[test]
    fn exactly_one_byte() {
        assert_eq!(
            BatteryLevel::decode(&[]),
            Err(Malformed::Truncated { length: 0 })
        );
        assert_eq!(
            BatteryLevel::decode(&[1, 2]),
            Err(Malformed::TrailingBytes { extra: 1 })
        );
    }
}
