//! The range of time a picture covers, and where its date axis has marks.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use crate::vitals::Moment;

use crate::words::Words;

/// The ranges a page offers. Days are whole days of the zone, the last one today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    Days7,
    Days30,
    Days90,
    Days365,
    All,
}

impl Span {
    pub const ALL: [Span; 5] = [
        Span::Days7,
        Span::Days30,
        Span::Days90,
        Span::Days365,
        Span::All,
    ];

    /// The number of days, or nothing for all there is.
    pub fn days(self) -> Option<i64> {
        match self {
            Span::Days7 => Some(7),
            Span::Days30 => Some(30),
            Span::Days90 => Some(90),
            Span::Days365 => Some(365),
            Span::All => None,
        }
    }

    /// The word in an address: `7`, `30`, `90`, `365`, `all`.
    pub fn word(self) -> &'static str {
        match self {
            Span::Days7 => "7",
            Span::Days30 => "30",
            Span::Days90 => "90",
            Span::Days365 => "365",
            Span::All => "all",
        }
    }

    /// The reverse of [`Span::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Span::ALL.into_iter().find(|s| s.word() == word)
    }

    /// The period of this range that ends with today. `first` is the oldest reading there is: it
    /// opens the period of [`Span::All`], which is never shorter than a week.
    pub fn period(self, now: Moment, first: Option<Moment>, zone: &TimeZone) -> Period {
        let today = zone.to_datetime(now).date();
        let week = today.saturating_add(-6.days());
        let from = match self.days() {
            Some(days) => today.saturating_add((1 - days).days()),
            None => first.map_or(week, |at| zone.to_datetime(at).date().min(week)),
        };
        let to = today.saturating_add(1.days());
        Period {
            from: start_of(from, zone),
            to: start_of(to, zone),
        }
    }
}

/// From (inclusive) to (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Moment,
    pub to: Moment,
}

impl Period {
    pub fn contains(&self, at: Moment) -> bool {
        self.from <= at && at < self.to
    }

    /// Milliseconds from start to end, at least 1.
    pub(super) fn length_ms(&self) -> i64 {
        (self.to.as_millisecond() - self.from.as_millisecond()).max(1)
    }

    /// Milliseconds after the start.
    pub(super) fn offset_ms(&self, at: Moment) -> i64 {
        at.as_millisecond() - self.from.as_millisecond()
    }

    /// Whole days, rounded: a day of 23 or 25 hours counts as one.
    pub(super) fn days(&self) -> i64 {
        const DAY_MS: i64 = 86_400_000;
        (self.length_ms() + DAY_MS / 2) / DAY_MS
    }
}

/// Midnight of a day in the zone (or the first moment after it, where midnight is skipped).
pub(super) fn start_of(day: Date, zone: &TimeZone) -> Moment {
    zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0))
        .compatible()
        .unwrap_or(Moment::MAX)
}

/// The distance between two marks of a date axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Days(i64),
    Weeks(i64),
    Months(i64),
}

const STEPS: [Step; 11] = [
    Step::Days(1),
    Step::Days(2),
    Step::Weeks(1),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
];

impl Step {
    fn days(self) -> i64 {
        match self {
            Step::Days(n) => n,
            Step::Weeks(n) => 7 * n,
            Step::Months(n) => 30 * n,
        }
    }

    /// The first mark on or after `from`.
    fn first(self, from: Date) -> Date {
        match self {
            Step::Days(_) => from,
            Step::Weeks(_) => {
                let after_monday = i64::from(from.weekday().to_monday_zero_offset());
                from.saturating_add(((7 - after_monday) % 7).days())
            }
            Step::Months(n) => {
                let month = i64::from(from.year()) * 12 + i64::from(from.month()) - 1;
                let late = i64::from(from.day() > 1);
                let month = (month + late + n - 1).div_euclid(n) * n;
                let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MAX);
                let month = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
                Date::new(year, month, 1).unwrap_or(Date::MAX)
            }
        }
    }

    fn next(self, mark: Date) -> Date {
        match self {
            Step::Days(n) => mark.saturating_add(n.days()),
            Step::Weeks(n) => mark.saturating_add((7 * n).days()),
            Step::Months(n) => mark.saturating_add(n.months()),
        }
    }

    fn label(self, mark: Date, words: &Words) -> String {
        let year = ("year", mark.year().to_string().into());
        let month = ("month", i64::from(mark.month()).into());
        match self {
            Step::Months(n) if n % 12 == 0 => words.with("chart-axis-year", [year]),
            Step::Months(n) if n > 1 => words.with("chart-axis-month", [year, month]),
            _ => words.day(mark),
        }
    }
}

/// A mark of the date axis: where, and what stands there.
pub(super) struct DateMark {
    pub at: Moment,
    pub label: String,
}

/// The marks of a date axis, at least `room_px` apart on a width of `width_px`.
pub(super) fn date_marks(
    period: &Period,
    zone: &TimeZone,
    width_px: f64,
    room_px: f64,
    words: &Words,
) -> Vec<DateMark> {
    let days = SignedDuration::from_millis(period.length_ms()).as_secs_f64() / 86_400.0;
    let px_per_day = width_px / days;
    // A year's label is short.
    let room = |step: &Step| {
        if step.days() >= 360 {
            room_px * 0.75
        } else {
            room_px
        }
    };
    let wide_enough = |step: &&Step| step.days() as f64 * px_per_day >= room(step);
    let step = *STEPS.iter().find(wide_enough).unwrap_or(&Step::Months(120));
    let from = zone.to_datetime(period.from);
    let first_day = if from.time() == jiff::civil::Time::midnight() {
        from.date()
    } else {
        from.date().saturating_add(1.days())
    };
    let mut marks = Vec::new();
    let mut day = step.first(first_day);
    while start_of(day, zone) < period.to {
        marks.push(DateMark {
            at: start_of(day, zone),
            label: step.label(day, words),
        });
        let next = step.next(day);
        if next == day {
            break;
        }
        day = next;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use jiff::civil::{DateTime, date};

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("the tests need a time zone database")
    }

    fn moment(at: DateTime, zone: &TimeZone) -> Moment {
        at.to_zoned_datetime(zone.clone()).unwrap().timestamp()
    }

    #[test]
    fn seven_days_are_seven_civil_days_with_today() {
        let zone = zone("Asia/Shanghai");
        let at = |d: i8, h: i8, m: i8, s: i8| moment(date(2026, 4, d).at(h, m, s, 0), &zone);
        let period = Span::Days7.period(at(14, 8, 52, 0), None, &zone);
        assert_eq!(
            (period.from, period.to, period.days()),
            (at(8, 0, 0, 0), at(15, 0, 0, 0), 7)
        );
        assert!(!period.contains(at(7, 23, 59, 59)));
        assert!(period.contains(at(8, 0, 0, 0)));
        assert!(period.contains(at(14, 23, 59, 59)));
        assert!(!period.contains(at(15, 0, 0, 0)));
    }

    #[test]
    fn all_begins_with_the_first_reading_and_is_a_week_at_least() {
        let zone = zone("Asia/Shanghai");
        let now = moment(date(2026, 4, 14).at(9, 0, 0, 0), &zone);
        let from = |first: Option<Date>| {
            let first = first.map(|d| moment(d.at(20, 0, 0, 0), &zone));
            zone.to_datetime(Span::All.period(now, first, &zone).from)
                .date()
        };
        assert_eq!(from(None), date(2026, 4, 8));
        assert_eq!(from(Some(date(2026, 4, 9))), date(2026, 4, 8));
        assert_eq!(from(Some(date(2026, 4, 8))), date(2026, 4, 8));
        assert_eq!(from(Some(date(2026, 4, 7))), date(2026, 4, 7));
        assert_eq!(from(Some(date(2016, 2, 29))), date(2016, 2, 29));
    }

    #[test]
    fn marks_stand_at_civil_midnight_across_a_change_of_the_clock() {
        // 29 March 2026: the day has 23 hours in Berlin.
        let zone = zone("Europe/Berlin");
        let now = moment(date(2026, 3, 31).at(9, 0, 0, 0), &zone);
        let period = Span::Days7.period(now, None, &zone);
        assert_eq!(
            (period.days(), period.length_ms()),
            (7, (7 * 24 - 1) * 3_600_000)
        );
        let words = Words::of(Language::English);
        let marks = date_marks(&period, &zone, 824.0, 74.0, &words);
        let labels: Vec<&str> = marks.iter().map(|m| m.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "25 Mar", "26 Mar", "27 Mar", "28 Mar", "29 Mar", "30 Mar", "31 Mar"
            ]
        );
        for mark in marks {
            assert_eq!(
                zone.to_datetime(mark.at).time(),
                jiff::civil::Time::midnight()
            );
        }
    }

    #[test]
    fn long_axes_count_in_months_and_years() {
        let zone = zone("Asia/Shanghai");
        let now = moment(date(2026, 4, 14).at(9, 0, 0, 0), &zone);
        let words = Words::of(Language::Chinese);
        let labels = |span: Span, first: Option<Date>, width_px: f64| -> Vec<String> {
            let first = first.map(|d| moment(d.at(9, 0, 0, 0), &zone));
            date_marks(
                &span.period(now, first, &zone),
                &zone,
                width_px,
                74.0,
                &words,
            )
            .into_iter()
            .map(|m| m.label)
            .collect()
        };
        assert_eq!(
            labels(Span::Days90, None, 824.0),
            ["2月1日", "3月1日", "4月1日"]
        );
        assert_eq!(
            labels(Span::Days365, None, 300.0),
            ["2025年7月", "2026年1月"]
        );
        let ten_years = labels(Span::All, Some(date(2016, 4, 17)), 824.0);
        assert_eq!(ten_years.first().map(String::as_str), Some("2017年"));
        assert_eq!(ten_years.len(), 10);
    }
}
