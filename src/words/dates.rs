//! Dates and hours as people write them. The caller gives civil time: zones are not known here.

use jiff::civil::{Date, DateTime, Weekday};

use super::phrase::Words;

impl Words {
    /// `4月14日`, `14 Apr`.
    pub fn day(&self, date: Date) -> String {
        self.with(
            "date-day",
            [("month", date.month().into()), ("day", date.day().into())],
        )
    }

    /// `2026年4月14日`, `14 Apr 2026`.
    pub fn full_day(&self, date: Date) -> String {
        self.with(
            "date-full-day",
            [
                ("year", date.year().into()),
                ("month", date.month().into()),
                ("day", date.day().into()),
            ],
        )
    }

    /// `今天`, `昨天`, `4月14日`, or with the year when it is not this one.
    pub fn near_day(&self, date: Date, today: Date) -> String {
        if date == today {
            self.say("date-today")
        } else if today.yesterday().is_ok_and(|yesterday| date == yesterday) {
            self.say("date-yesterday")
        } else if date.year() == today.year() {
            self.day(date)
        } else {
            self.full_day(date)
        }
    }

    /// `星期二`, `Tue`.
    pub fn weekday(&self, weekday: Weekday) -> String {
        self.with1("date-weekday", "n", weekday.to_monday_one_offset())
    }

    /// `08:36`, in both languages.
    pub fn hour(&self, at: DateTime) -> String {
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// A length of time in its largest sensible unit: `40 秒`, `58 分`, `3 小时`, `12 天`.
    pub fn span(&self, seconds: u64) -> String {
        match seconds {
            0..=99 => self.with1("span-seconds", "n", seconds),
            100..=5_999 => self.with1("span-minutes", "n", (seconds + 30) / 60),
            6_000..=172_799 => self.with1("span-hours", "n", (seconds + 1_800) / 3_600),
            _ => self.with1("span-days", "n", (seconds + 43_200) / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use jiff::civil::date;
    use rstest::rstest;

    #[test]
    fn days_in_both_languages() {
        let (zh, en) = (Words::of(Language::Chinese), Words::of(Language::English));
        let day = date(2026, 4, 14);
        assert_eq!(zh.day(day), "4月14日");
        assert_eq!(en.day(day), "14 Apr");
        assert_eq!(zh.full_day(day), "2026年4月14日");
        assert_eq!(en.full_day(day), "14 Apr 2026");
        assert_eq!(zh.weekday(day.weekday()), "星期二");
        assert_eq!(en.weekday(day.weekday()), "Tue");
        assert_eq!(zh.near_day(day, day), "今天");
        assert_eq!(en.near_day(day, date(2026, 4, 15)), "yesterday");
        assert_eq!(zh.near_day(day, date(2026, 4, 16)), "4月14日");
        assert_eq!(zh.near_day(day, date(2027, 4, 14)), "2026年4月14日");
    }

    #[rstest]
    #[case(0, "0 秒")]
    #[case(99, "99 秒")]
    #[case(100, "2 分")]
    #[case(5_999, "100 分")]
    #[case(6_000, "2 小时")]
    #[case(172_799, "48 小时")]
    #[case(172_800, "2 天")]
    fn a_span_is_said_in_one_unit(#[case] seconds: u64, #[case] expected: &str) {
        assert_eq!(Words::of(Language::Chinese).span(seconds), expected);
    }
}
