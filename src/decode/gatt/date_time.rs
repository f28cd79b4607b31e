//! Characteristic 2A08 Date Time: seven bytes of local time without a zone, wrong as often as the device's battery was out.
//!
//! Source: GATT Specification Supplement, "Date Time": year 0, month 0 and day 0 each mean "not known";
//! a valid year is 1582 to 9999.

use jiff::civil;

use super::fields::{Fields, Malformed};

/// The seven bytes as sent. Kept even when no clock can show them: they are part of a record's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTime {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// What the seven bytes can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalTime {
    At(civil::DateTime),
    /// Year, month or day is 0: the device says that it does not know.
    Unknown,
    /// 31 February, hour 24, year 1581: never rolled over into another day.
    Impossible,
}

impl LocalTime {
    pub fn at(self) -> Option<civil::DateTime> {
        match self {
            LocalTime::At(at) => Some(at),
            LocalTime::Unknown | LocalTime::Impossible => None,
        }
    }
}

/// The years a Date Time may hold.
pub const YEARS: std::ops::RangeInclusive<i16> = 1582..=9999;

impl DateTime {
    pub const LENGTH: usize = 7;

    /// Decodes a 2A08 value: exactly seven bytes.
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let time = fields.date_time()?;
        fields.end(false)?;
        Ok(time)
    }

    pub fn from_bytes([low, high, month, day, hour, minute, second]: [u8; 7]) -> Self {
        DateTime {
            year: u16::from_le_bytes([low, high]),
            month,
            day,
            hour,
            minute,
            second,
        }
    }

    /// The value to write for a local time; none outside the years 1582 to 9999.
    pub fn from_civil(at: civil::DateTime) -> Option<Self> {
        if !YEARS.contains(&at.year()) {
            return None;
        }
        Some(DateTime {
            year: u16::try_from(at.year()).ok()?,
            month: u8::try_from(at.month()).ok()?,
            day: u8::try_from(at.day()).ok()?,
            hour: u8::try_from(at.hour()).ok()?,
            minute: u8::try_from(at.minute()).ok()?,
            second: u8::try_from(at.second()).ok()?,
        })
    }

    pub fn to_bytes(self) -> [u8; 7] {
        let [low, high] = self.year.to_le_bytes();
        [
            low,
            high,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
        ]
    }

    pub fn local(self) -> LocalTime {
        if self.year == 0 || self.month == 0 || self.day == 0 {
            return LocalTime::Unknown;
        }
        self.possible().map_or(LocalTime::Impossible, LocalTime::At)
    }

    fn possible(self) -> Option<civil::DateTime> {
        let year = i16::try_from(self.year)
            .ok()
            .filter(|year| YEARS.contains(year))?;
        civil::DateTime::new(
            year,
            i8::try_from(self.month).ok()?,
            i8::try_from(self.day).ok()?,
            i8::try_from(self.hour).ok()?,
            i8::try_from(self.minute).ok()?,
            i8::try_from(self.second).ok()?,
            0,
        )
        .ok()
    }
}

/// The fields as sent, `2026-02-31T24:00:00` included.
impl std::fmt::Display for DateTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )
    }
}

/// `YYYY-MM-DDTHH:MM:SS`, whole seconds.
pub fn local_text(at: civil::DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(year: u16, rest: [u8; 5]) -> LocalTime {
        let [month, day, hour, minute, second] = rest;
        DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
        }
        .local()
    }

    fn text(year: u16, rest: [u8; 5]) -> Option<String> {
        time(year, rest).at().map(local_text)
    }

    #[test]
    fn literal_bytes() {
        let value = DateTime::decode(&[0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00]).unwrap();
        assert_eq!(
            value.local().at().map(local_text).as_deref(),
            Some("2026-11-23T09:05:00")
        );
        assert_eq!(value.to_bytes(), [0xEA, 0x07, 0x0B, 0x17, 0x09, 0x05, 0x00]);
    }

    #[test]
    fn six_and_eight_bytes_are_refused() {
        assert_eq!(
            DateTime::decode(&[0; 6]),
            Err(Malformed::Truncated { length: 6 })
        );
        assert_eq!(
            DateTime::decode(&[0; 8]),
            Err(Malformed::TrailingBytes { extra: 1 })
        );
    }

    #[test]
    fn the_years_have_limits() {
        assert_eq!(time(1581, [1, 1, 0, 0, 0]), LocalTime::Impossible);
        assert_eq!(
            text(1582, [1, 1, 0, 0, 0]).as_deref(),
            Some("1582-01-01T00:00:00")
        );
        assert_eq!(
            text(9999, [12, 31, 23, 59, 59]).as_deref(),
            Some("9999-12-31T23:59:59")
        );
        assert_eq!(time(10_000, [1, 1, 0, 0, 0]), LocalTime::Impossible);
        assert_eq!(time(65_535, [1, 1, 0, 0, 0]), LocalTime::Impossible);
    }

    #[test]
    fn zero_in_the_date_means_unknown() {
        assert_eq!(time(0, [11, 23, 9, 5, 0]), LocalTime::Unknown);
        assert_eq!(time(2026, [0, 23, 9, 5, 0]), LocalTime::Unknown);
        assert_eq!(time(2026, [11, 0, 9, 5, 0]), LocalTime::Unknown);
    }

    #[test]
    fn an_impossible_date_never_rolls_over() {
        for rest in [
            [2, 31, 9, 5, 0],
            [2, 29, 9, 5, 0],
            [13, 1, 0, 0, 0],
            [11, 31, 0, 0, 0],
            [11, 23, 24, 0, 0],
            [11, 23, 23, 60, 0],
            [11, 23, 23, 59, 60],
            [255, 255, 255, 255, 255],
        ] {
            assert_eq!(time(2026, rest), LocalTime::Impossible, "{rest:?}");
        }
        assert!(text(2028, [2, 29, 0, 0, 0]).is_some());
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: [u8; 7]) {
            let value = DateTime::from_bytes(bytes);
            prop_assert_eq!(value.to_bytes(), bytes);
            if let Some(at) = value.local().at() {
                prop_assert_eq!(DateTime::from_civil(at), Some(value));
            }
        }
    }
}
