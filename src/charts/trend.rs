//! What pictures over time share: means per bucket, gaps, range bars where dots would be a smear.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use crate::vitals::Moment;

use super::period::Period;
use crate::words::Words;

/// Longer than this without a reading, and the line breaks.
pub(super) const GAP_DAYS: i64 = 10;

/// The time of a reading, in the forms a picture needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    pub at: Moment,
    /// Milliseconds after the period's start.
    pub x: i64,
    pub civil: DateTime,
}

impl When {
    pub(super) fn new(at: Moment, period: &Period, zone: &TimeZone) -> Self {
        When {
            at,
            x: period.offset_ms(at),
            civil: zone.to_datetime(at),
        }
    }

    pub(super) fn before_noon(&self) -> bool {
        self.civil.hour() < 12
    }

    /// "2026年4月14日 08:36".
    pub(super) fn text(&self, words: &Words) -> String {
        format!(
            "{} {}",
            words.full_day(self.civil.date()),
            words.hour(self.civil)
        )
    }
}

/// The span of time one point of a trend line is the mean of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    Day,
    /// From Monday.
    Week,
    Month,
    Quarter,
}

impl Bucket {
    /// The shortest whose points are at least 3 px apart: a line that still reads as a line.
    pub(super) fn for_width(period: &Period, width_px: f64) -> Self {
        const ROOM_PX: f64 = 3.0;
        let px_per_day = width_px / period.days().max(1) as f64;
        [
            (Bucket::Day, 1.0),
            (Bucket::Week, 7.0),
            (Bucket::Month, 30.0),
        ]
        .into_iter()
        .find(|(_, days)| days * px_per_day >= ROOM_PX)
        .map_or(Bucket::Quarter, |(bucket, _)| bucket)
    }

    /// The first day of the bucket a day lies in.
    fn start(self, day: Date) -> Date {
        match self {
            Bucket::Day => day,
            Bucket::Week => {
                let back = i64::from(day.weekday().to_monday_zero_offset());
                day.saturating_add((-back).days())
            }
            Bucket::Month => day.first_of_month(),
            Bucket::Quarter => {
                let back = i64::from((day.month() - 1) % 3);
                day.first_of_month().saturating_add((-back).months())
            }
        }
    }

    pub(super) fn legend(self) -> &'static str {
        match self {
            Bucket::Day => "chart-legend-day-line",
            Bucket::Week => "chart-legend-week-line",
            Bucket::Month => "chart-legend-month-line",
            Bucket::Quarter => "chart-legend-quarter-line",
        }
    }
}

/// Stretches of line: means per bucket, broken wherever two readings next to each other are more
/// than [`GAP_DAYS`] apart. `points` are in order of time. A stretch of one point is left out.
pub(super) fn lines(points: &[(When, f64)], bucket: Bucket) -> Vec<Vec<(i64, f64)>> {
    let mut stretches: Vec<Vec<(i64, f64)>> = vec![Vec::new()];
    let mut open: Option<(Date, Sum)> = None;
    let mut before: Option<Moment> = None;
    for (when, value) in points {
        let start = bucket.start(when.civil.date());
        let gap = before.is_some_and(|b| is_gap(b, when.at));
        if let Some((_, sum)) = open.filter(|(s, _)| *s != start || gap) {
            push(&mut stretches, sum.mean());
            open = None;
        }
        if gap {
            stretches.push(Vec::new());
        }
        let sum = open.map_or(Sum::default(), |(_, sum)| sum);
        open = Some((start, sum.with(when.x, *value)));
        before = Some(when.at);
    }
    if let Some((_, sum)) = open {
        push(&mut stretches, sum.mean());
    }
    stretches.retain(|s| s.len() > 1);
    stretches
}

fn push(stretches: &mut [Vec<(i64, f64)>], point: (i64, f64)) {
    if let Some(last) = stretches.last_mut() {
        last.push(point);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    n: u32,
    x: f64,
    y: f64,
}

impl Sum {
    fn with(self, x: i64, y: f64) -> Self {
        Sum {
            n: self.n + 1,
            x: self.x + x as f64,
            y: self.y + y,
        }
    }

    fn mean(self) -> (i64, f64) {
        let n = f64::from(self.n.max(1));
        ((self.x / n).round() as i64, self.y / n)
    }
}

fn is_gap(before: Moment, after: Moment) -> bool {
    after.duration_since(before) > SignedDuration::from_hours(24 * GAP_DAYS)
}

/// The gaps between neighbouring readings that break a line, longest first.
pub(super) fn gaps(whens: &[When]) -> Vec<(When, When)> {
    let mut gaps: Vec<(When, When)> = whens
        .windows(2)
        .filter(|pair| is_gap(pair[0].at, pair[1].at))
        .map(|pair| (pair[0], pair[1]))
        .collect();
    gaps.sort_by_key(|(a, b)| a.x - b.x);
    gaps
}

/// What one column of a thinned picture holds: the lowest and the highest are readings, never means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column<V> {
    /// The middle of the column on the x axis.
    pub x: i64,
    pub first: Moment,
    pub last: Moment,
    pub first_day: Date,
    pub last_day: Date,
    pub low: V,
    pub high: V,
    pub n: usize,
}

/// One range per column of the plot, so that no extreme is hidden however many readings share a
/// pixel. `length` is the length of the x axis, `columns` its number of columns.
pub(super) fn columns<V: PartialOrd + Copy>(
    points: &[(When, V)],
    length: i64,
    columns: i64,
) -> Vec<Column<V>> {
    let mut out: Vec<(i64, Column<V>)> = Vec::new();
    for (when, value) in points {
        // i128: ten years of milliseconds times some hundred columns is close to the edge of i64.
        let index = i128::from(when.x) * i128::from(columns) / i128::from(length.max(1));
        let index = i64::try_from(index)
            .unwrap_or(i64::MAX)
            .clamp(0, columns - 1);
        match out.last_mut() {
            Some((at, column)) if *at == index => {
                column.last = when.at;
                column.last_day = when.civil.date();
                column.n += 1;
                if *value < column.low {
                    column.low = *value;
                }
                if *value > column.high {
                    column.high = *value;
                }
            }
            _ => {
                let x = (2 * index + 1) * (length / columns) / 2;
                let column = Column {
                    x,
                    first: when.at,
                    last: when.at,
                    first_day: when.civil.date(),
                    last_day: when.civil.date(),
                    low: *value,
                    high: *value,
                    n: 1,
                };
                out.push((index, column));
            }
        }
    }
    out.into_iter().map(|(_, column)| column).collect()
}

/// More readings than this on a plot so wide, and dots give way to range bars.
pub(super) fn is_dense(readings: usize, width_px: f64) -> bool {
    readings as f64 > width_px / 2.0
}

/// Pixels of one column of range bars: a bar and the space beside it.
pub(super) const COLUMN_PX: f64 = 4.0;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whens(days: &[f64]) -> Vec<(When, f64)> {
        let zone = TimeZone::UTC;
        let period = Period {
            from: Moment::UNIX_EPOCH,
            to: at(4000.0),
        };
        days.iter()
            .map(|d| (When::new(at(*d), &period, &zone), *d))
            .collect()
    }

    fn at(days: f64) -> Moment {
        Moment::from_millisecond((days * 86_400_000.0) as i64).unwrap()
    }

    #[test]
    fn a_gap_over_ten_days_breaks_the_line() {
        let stretches = |gap: f64| lines(&whens(&[0.0, 1.0, 1.0 + gap, 2.0 + gap]), Bucket::Day);
        assert_eq!(stretches(9.9).len(), 1);
        assert_eq!(stretches(10.0).len(), 1);
        assert_eq!(stretches(10.1).len(), 2);
        assert_eq!(
            gaps(&whens(&[0.0, 10.0]).iter().map(|p| p.0).collect::<Vec<_>>()).len(),
            0
        );
        assert_eq!(
            gaps(&whens(&[0.0, 10.1]).iter().map(|p| p.0).collect::<Vec<_>>()).len(),
            1
        );
    }

    #[test]
    fn a_bucket_gives_its_mean() {
        let day = lines(&whens(&[0.0, 0.5, 1.0]), Bucket::Day);
        assert_eq!(day, vec![vec![(86_400_000 / 4, 0.25), (86_400_000, 1.0)]]);
        // 1970-01-01 was a Thursday: the first week ends with day 3.
        let week = lines(&whens(&[0.0, 2.0, 4.0]), Bucket::Week);
        assert_eq!(week, vec![vec![(86_400_000, 1.0), (4 * 86_400_000, 4.0)]]);
    }

    proptest! {
        #[test]
        fn every_extreme_survives_thinning(
            mut values in prop::collection::vec((0i64..3_600_000, 0u32..3000), 1..400),
            count in 1i64..300,
        ) {
            values.sort_by_key(|v| v.0);
            let length = 3_600_000;
            let period = Period { from: Moment::UNIX_EPOCH, to: Moment::from_millisecond(length).unwrap() };
            let points: Vec<(When, u32)> = values
                .iter()
                .map(|(x, v)| {
                    let at = Moment::from_millisecond(*x).unwrap();
                    (When::new(at, &period, &TimeZone::UTC), *v)
                })
                .collect();
            let thinned = columns(&points, length, count);
            prop_assert_eq!(thinned.iter().map(|c| c.n).sum::<usize>(), points.len());
            prop_assert!(thinned.len() as i64 <= count);
            for (when, value) in &points {
                let column = thinned.iter().find(|c| c.first <= when.at && when.at <= c.last);
                prop_assert!(column.is_some_and(|c| c.low <= *value && *value <= c.high));
            }
            for column in &thinned {
                let inside = |v: u32| points.iter().any(|(w, p)| {
                    *p == v && column.first <= w.at && w.at <= column.last
                });
                prop_assert!(inside(column.low) && inside(column.high));
            }
        }
    }
}
