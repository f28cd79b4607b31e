//! Characteristic 2A2B Current Time: a device's clock with a day of the week, fractions and the reason of its last change.
//!
//! Source: GATT Specification Supplement, "Current Time".

use jiff::civil;

use super::date_time::DateTime;
use super::fields::{Fields, Malformed};

/// A 2A2B value. Fractions are ignored for corrections: no device found is that exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CurrentTime {
    pub time: DateTime,
    /// 1 Monday to 7 Sunday; 0 unknown; as sent.
    pub day_of_week: u8,
    /// 1/256 of a second.
    pub fractions256: u8,
    /// Bit 0 manual, 1 external reference, 2 time zone, 3 daylight saving.
    pub adjust_reason: u8,
}

/// "Manual time update": what a collector that sets a device's clock writes.
const ADJUST_MANUAL: u8 = 0x01;

impl CurrentTime {
    pub const LENGTH: usize = 10;

    /// Exactly ten bytes.
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let time = CurrentTime {
            time: fields.date_time()?,
            day_of_week: fields.u8()?,
            fractions256: fields.u8()?,
            adjust_reason: fields.u8()?,
        };
        fields.end(false)?;
        Ok(time)
    }

    /// The value to write for a local time; none outside the years 1582 to 9999.
    pub fn from_civil(at: civil::DateTime) -> Option<Self> {
        Some(CurrentTime {
            time: DateTime::from_civil(at)?,
            day_of_week: u8::try_from(at.weekday().to_monday_one_offset()).ok()?,
            fractions256: 0,
            adjust_reason: ADJUST_MANUAL,
        })
    }

    pub fn to_bytes(self) -> [u8; 10] {
        let [y, e, month, day, hour, minute, second] = self.time.to_bytes();
        let CurrentTime {
            day_of_week,
            fractions256,
            adjust_reason,
            ..
        } = self;
        [
            y,
            e,
            month,
            day,
            hour,
            minute,
            second,
            day_of_week,
            fractions256,
            adjust_reason,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 10] = [0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00, 0x01, 0x80, 0x01];

    #[test]
    fn literal_bytes() {
        let value = CurrentTime::decode(&BYTES).unwrap();
        assert_eq!(value.time.to_string(), "2026-11-23T09:05:00");
        assert_eq!(
            (value.day_of_week, value.fractions256, value.adjust_reason),
            (1, 128, 1)
        );
        assert_eq!(value.to_bytes(), BYTES);
    }

    #[test]
    fn what_is_written_names_the_day() {
        let at = civil::date(2026, 11, 23).at(8, 20, 30, 0);
        let written = CurrentTime::from_civil(at).unwrap().to_bytes();
        assert_eq!(
            written,
            [0xEA, 0x07, 0x0B, 0x17, 0x08, 0x14, 0x1E, 0x01, 0x00, 0x01]
        );
        assert_eq!(
            CurrentTime::from_civil(civil::date(1581, 1, 1).at(0, 0, 0, 0)),
            None
        );
    }

    #[test]
    fn nine_and_eleven_bytes_are_refused() {
        assert_eq!(
            CurrentTime::decode(&BYTES[..9]),
            Err(Malformed::Truncated { length: 9 })
        );
        let long = [&BYTES[..], &[0]].concat();
        assert_eq!(
            CurrentTime::decode(&long),
            Err(Malformed::TrailingBytes { extra: 1 })
        );
    }
}
