//! Invented readings, the same in every run.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::charts::*;
use super::vitals::{Meal, Moment};

/// The day every sample ends with: a Tuesday.
pub const TODAY: Date = date(2026, 4, 14);

pub fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("the tests need a time zone database")
}

pub fn moment(day: Date, hour: i8, minute: i8) -> Moment {
    day.at(hour, minute, 0, 0)
        .to_zoned_datetime(zone())
        .unwrap()
        .timestamp()
}

pub fn now() -> Moment {
    moment(TODAY, 8, 52)
}

/// A small generator of plausible wobble: a linear congruence, good enough to look at.
pub struct Wobble(pub u64);

impl Wobble {
    /// From 0 to `below`, without `below`.
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Visits on Tuesdays and Fridays, now and then a second reading in the afternoon, a pause at the
/// Spring Festival, slowly rising.
pub fn pressures(days: i64) -> Vec<PressurePoint> {
    let mut wobble = Wobble(7);
    let mut points = Vec::new();
    for back in (0..days).rev() {
        let day = TODAY.saturating_add((-back).days());
        let weekday = day.weekday().to_monday_one_offset();
        let festival = day.month() == 2 && (14..=24).contains(&day.day());
        if (weekday != 2 && weekday != 5) || festival {
            continue;
        }
        let rise = 12.0 * (1.0 - back as f64 / days as f64);
        let mut push = |hour: i8, lower: i64| {
            let systolic = 140 + rise as i64 - lower + wobble.next(14) as i64 - 4;
            points.push(PressurePoint {
                at: moment(day, hour, wobble.next(50) as i8),
                systolic_mmhg: Decimal::from(systolic),
                diastolic_mmhg: Decimal::from(76 + wobble.next(12) as i64),
                device: if wobble.next(9) == 0 {
                    DeviceShape::Other
                } else {
                    DeviceShape::Usual
                },
            });
        };
        push(8, 0);
        if weekday == 5 {
            push(16, 7);
        }
    }
    points
}

/// Ten years, twice every day: what a home cuff with memory brings.
pub fn ten_years_of_pressures() -> Vec<PressurePoint> {
    let mut wobble = Wobble(11);
    let mut points = Vec::new();
    for back in (0..3650).rev() {
        let day = TODAY.saturating_add((-back as i64).days());
        let season = 7.0 * (f64::from(day.day_of_year()) / 365.0 * std::f64::consts::TAU).cos();
        for hour in [7, 18] {
            points.push(PressurePoint {
                at: moment(day, hour, wobble.next(60) as i8),
                systolic_mmhg: Decimal::from(138 + season as i64 + wobble.next(24) as i64 - 12),
                diastolic_mmhg: Decimal::from(80 + season as i64 / 2 + wobble.next(14) as i64 - 7),
                device: DeviceShape::Usual,
            });
        }
    }
    points[1234].systolic_mmhg = Decimal::from(221);
    points[5678].diastolic_mmhg = Decimal::from(41);
    points
}

/// Fasting on Mondays, after a meal on Thursdays, another hour now and then.
pub fn glucoses(days: i64) -> Vec<GlucosePoint> {
    let mut wobble = Wobble(3);
    let mut points = Vec::new();
    for back in (0..days).rev() {
        let day = TODAY.saturating_add((-back).days());
        let (hour, meal, base) = match day.weekday().to_monday_one_offset() {
            1 => (7, Meal::Fasting, 60),
            4 => (10, Meal::After, 78),
            5 if wobble.next(3) == 0 => (16, Meal::Casual, 72),
            _ => continue,
        };
        points.push(GlucosePoint {
            at: moment(day, hour, wobble.next(60) as i8),
            sugar: Sugar::MmolL(Decimal::new(base + wobble.next(28) as i64, 1)),
            meal,
        });
    }
    points
}

/// The national default goal from 65 years on: below 150/90.
pub fn national() -> PressureGoal {
    PressureGoal {
        systolic: Band::below(150.into()),
        diastolic: Band::below(90.into()),
    }
}

/// A goal a doctor set, with a floor.
pub fn personal() -> PressureGoal {
    PressureGoal {
        systolic: Band {
            low: Some(130.into()),
            high: Some(150.into()),
        },
        diastolic: Band {
            low: Some(70.into()),
            high: Some(90.into()),
        },
    }
}

pub fn sugar_goals() -> GlucoseGoals {
    GlucoseGoals {
        fasting: Band::below(7.into()),
        other: Band::below(10.into()),
    }
}

pub fn look(width: Width) -> Look<'static> {
    Look {
        id: "t",
        width,
        caption: false,
    }
}

/// A trend of these points with a personal goal, without closures and events.
pub fn trend<'a>(points: &'a [PressurePoint], span: Span, zone: &'a TimeZone) -> PressureTrend<'a> {
    PressureTrend {
        title: "赵一二近 90 天血压",
        points,
        period: span.period(now(), points.iter().map(|p| p.at).min(), zone),
        zone,
        goal: Some(personal()),
        mean_days: 14,
        mean_needs: 6,
        closures: &[],
        events: &[],
    }
}

pub fn sugar_trend<'a>(
    points: &'a [GlucosePoint],
    span: Span,
    zone: &'a TimeZone,
) -> GlucoseTrend<'a> {
    GlucoseTrend {
        title: "赵一二近 90 天血糖",
        points,
        period: span.period(now(), points.iter().map(|p| p.at).min(), zone),
        zone,
        goals: sugar_goals(),
    }
}

/// Follow-ups of each kind.
pub fn events() -> Vec<Event> {
    let event = |month, day, kind, text: &str| Event {
        at: moment(date(2026, month, day), 10, 0),
        kind,
        text: text.to_owned(),
    };
    vec![
        event(1, 20, EventKind::Visit, "门诊随访"),
        event(2, 3, EventKind::MedicineChange, "换药"),
        event(3, 10, EventKind::Call, "电话"),
        event(3, 31, EventKind::Visit, "门诊：第一次未达标"),
    ]
}

/// Four weeks of a centre that is closed on Sundays.
pub fn days_of_a_centre() -> Vec<DayCount> {
    let mut wobble = Wobble(5);
    (0..28i64)
        .rev()
        .map(|back| {
            let day = TODAY.saturating_add((-back).days());
            let open = day.weekday() != jiff::civil::Weekday::Sunday;
            let persons = if open { 9 + wobble.next(17) as u32 } else { 0 };
            DayCount { day, persons, open }
        })
        .collect()
}

pub fn states() -> Vec<StateCount> {
    let state = |name: &str, persons, fill| StateCount {
        name: name.to_owned(),
        persons,
        fill,
    };
    vec![
        state("今天量过", 14, Fill::Full),
        state("本周量过", 19, Fill::Half),
        state("本周没量", 7, Fill::Empty),
    ]
}
