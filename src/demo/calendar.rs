//! When the centres of the township are open: hours, Sundays, and the festivals of the Chinese year.
//!
//! Statutory days after the State Council's "National holidays and memorial days" as amended in 2024 (Decree 795).
//! The invented township also keeps Spring Festival until the sixth day, and never shifts working days.

use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::{Offset, offset};

use crate::vitals::Moment;

/// China keeps one zone and, since 1992, no daylight saving: no zone table is needed.
pub const ZONE: Offset = offset(8);

/// First minute of the day at which a centre is open (07:30).
pub const OPENS_MINUTE: i64 = 7 * 60 + 30;
/// Last minute of the morning (11:30).
pub const NOON_MINUTE: i64 = 11 * 60 + 30;
/// First minute of the afternoon (14:30).
pub const AFTERNOON_MINUTE: i64 = 14 * 60 + 30;
/// Last minute of the day (17:00).
pub const CLOSES_MINUTE: i64 = 17 * 60;

/// Year, then Spring Festival (1st day), Qingming, Dragon Boat and Mid-Autumn as (month, day).
const LUNAR: [(i16, [(i8, i8); 4]); 12] = [
    (2024, [(2, 10), (4, 4), (6, 10), (9, 17)]),
    (2025, [(1, 29), (4, 4), (5, 31), (10, 6)]),
    (2026, [(2, 17), (4, 5), (6, 19), (9, 25)]),
    (2027, [(2, 6), (4, 5), (6, 9), (9, 15)]),
    (2028, [(1, 26), (4, 4), (5, 28), (10, 3)]),
    (2029, [(2, 13), (4, 4), (6, 16), (9, 22)]),
    (2030, [(2, 3), (4, 5), (6, 5), (9, 12)]),
    (2031, [(1, 23), (4, 5), (6, 24), (10, 1)]),
    (2032, [(2, 11), (4, 4), (6, 12), (9, 19)]),
    (2033, [(1, 31), (4, 4), (6, 1), (9, 8)]),
    (2034, [(2, 19), (4, 5), (6, 20), (9, 27)]),
    (2035, [(2, 8), (4, 5), (6, 10), (9, 16)]),
];

/// Why a centre is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    Sunday,
    NewYear,
    SpringFestival,
    Qingming,
    LabourDay,
    DragonBoat,
    MidAutumn,
    NationalDay,
}

/// Why the centres are closed on this day, if they are. Outside 2024 to 2035 the lunar festivals are not known
/// and pass like any day.
pub fn closed(day: Date) -> Option<Closed> {
    match (day.month(), day.day()) {
        (1, 1) => return Some(Closed::NewYear),
        (5, 1..=2) => return Some(Closed::LabourDay),
        (10, 1..=3) => return Some(Closed::NationalDay),
        _ => {}
    }
    if let Some((year, festivals)) = LUNAR.iter().find(|(year, _)| *year == day.year()) {
        let on = |(month, day_of_month): (i8, i8)| day_number(date(*year, month, day_of_month));
        let today = day_number(day);
        // The eve and the first six days.
        if (on(festivals[0]) - 1..=on(festivals[0]) + 5).contains(&today) {
            return Some(Closed::SpringFestival);
        }
        for (festival, why) in
            festivals[1..]
                .iter()
                .zip([Closed::Qingming, Closed::DragonBoat, Closed::MidAutumn])
        {
            if on(*festival) == today {
                return Some(why);
            }
        }
    }
    (day.weekday() == Weekday::Sunday).then_some(Closed::Sunday)
}

/// The last day up to and including `day` on which the centres are open.
pub fn last_open_day(day: Date) -> Date {
    // Spring Festival beside a Sunday closes eight days at most.
    let mut open = day;
    while closed(open).is_some() {
        match open.yesterday() {
            Ok(before) => open = before,
            Err(_) => return day,
        }
    }
    open
}

/// Days since 1970-01-01: what throws are keyed by and durations are counted in.
pub fn day_number(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

/// The day `days` after (or, negative, before) `day`; `day` itself at the ends of the calendar.
pub fn day_after(day: Date, days: i64) -> Date {
    day.checked_add(jiff::SignedDuration::from_hours(days.saturating_mul(24)))
        .unwrap_or(day)
}

/// A wall-clock second of a day as a point in time. `second` may pass midnight.
pub fn moment(day: Date, second: i64) -> Moment {
    ZONE.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
        .and_then(|midnight| midnight.checked_add(jiff::SignedDuration::from_secs(second)))
        .unwrap_or(Moment::MAX)
}

/// The wall clock of the township at a point in time.
pub fn wall_clock(at: Moment) -> DateTime {
    ZONE.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spring_festival_closes_from_the_eve_to_the_sixth_day() {
        // 2026: New Year's Eve is 16 February, the sixth day 22 February (a Sunday).
        assert_eq!(closed(date(2026, 2, 15)), Some(Closed::Sunday));
        assert_eq!(closed(date(2026, 2, 14)), None);
        assert_eq!(closed(date(2026, 2, 16)), Some(Closed::SpringFestival));
        assert_eq!(closed(date(2026, 2, 22)), Some(Closed::SpringFestival));
        assert_eq!(closed(date(2026, 2, 23)), None);
    }

    #[test]
    fn fixed_festivals_and_sundays() {
        assert_eq!(closed(date(2026, 9, 30)), None);
        assert_eq!(closed(date(2026, 10, 1)), Some(Closed::NationalDay));
        assert_eq!(closed(date(2026, 10, 3)), Some(Closed::NationalDay));
        assert_eq!(closed(date(2026, 10, 4)), Some(Closed::Sunday));
        assert_eq!(closed(date(2026, 10, 5)), None);
        assert_eq!(closed(date(2026, 9, 25)), Some(Closed::MidAutumn));
    }

    #[test]
    fn the_last_open_day_before_a_festival() {
        assert_eq!(last_open_day(date(2026, 2, 20)), date(2026, 2, 14));
        assert_eq!(last_open_day(date(2026, 11, 23)), date(2026, 11, 23));
    }

    #[test]
    fn wall_clock_and_moment_are_inverse() {
        let at = moment(date(2026, 11, 23), 9 * 3600 + 5 * 60);
        assert_eq!(at.to_string(), "2026-11-23T01:05:00Z");
        assert_eq!(wall_clock(at), date(2026, 11, 23).at(9, 5, 0, 0));
    }
}
