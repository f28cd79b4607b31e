//! Windows of pressure: days, their means, mornings, drops. All end at the moment of evaluation.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::record::{Now, PressureReading, by_day, days_ms, mean, minutes_ms, round_half_up};
use super::session::Session;
use super::table::Params;
use crate::vitals::Moment;

/// A span of days before now, `(now - from, now - to]`, in multiples of 24 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from_days: i64,
    pub to_days: i64,
}

pub const LAST_24_H: Window = Window {
    from_days: 1,
    to_days: 0,
};
pub const LAST_14: Window = Window {
    from_days: 14,
    to_days: 0,
};
pub const PREVIOUS_14: Window = Window {
    from_days: 28,
    to_days: 14,
};
pub const LAST_28: Window = Window {
    from_days: 28,
    to_days: 0,
};

impl Window {
    /// True when the moment lies in the window. A moment a little ahead of now counts as now.
    pub fn holds(self, moment: Moment, now: Now) -> bool {
        let age_ms = now.age_ms(moment);
        age_ms < days_ms(self.from_days) && age_ms >= days_ms(self.to_days)
    }
}

/// The local day of a moment; one a little ahead of now belongs to today.
pub fn day(moment: Moment, now: Now) -> Date {
    now.day_of(moment.min(now.at))
}

/// The sessions of a window, by day. A session belongs to the window and the day of its start.
#[derive(Debug)]
pub struct PressureWindow<'s, 'a> {
    pub sessions: Vec<&'s Session<'a>>,
    days: Vec<DayMean>,
}

#[derive(Debug)]
struct DayMean {
    /// Unrounded: the mean of the day's session values.
    sbp: Decimal,
    dbp: Decimal,
}

impl<'s, 'a> PressureWindow<'s, 'a> {
    pub fn of(sessions: &'s [Session<'a>], window: Window, now: Now) -> Self {
        let sessions: Vec<&'s Session<'a>> = sessions
            .iter()
            .filter(|s| window.holds(s.start(), now))
            .collect();
        let days = by_day(sessions.iter().copied(), |s| day(s.start(), now))
            .into_values()
            .filter_map(|of_day| {
                Some(DayMean {
                    sbp: mean(of_day.iter().map(|s| s.sbp()))?,
                    dbp: mean(of_day.iter().map(|s| s.dbp()))?,
                })
            })
            .collect();
        PressureWindow { sessions, days }
    }

    /// Days with a session.
    pub fn days(&self) -> usize {
        self.days.len()
    }

    /// Readings in those sessions.
    pub fn readings(&self) -> usize {
        self.sessions.iter().map(|s| s.readings.len()).sum()
    }

    /// Mean of the days' unrounded means, rounded half up: (SBP, DBP) in mmHg.
    pub fn mean(&self) -> Option<(Decimal, Decimal)> {
        let sbp = mean(self.days.iter().map(|d| d.sbp))?;
        let dbp = mean(self.days.iter().map(|d| d.dbp))?;
        Some((round_half_up(sbp, 0), round_half_up(dbp, 0)))
    }

    /// Days whose rounded systolic is 100 or under.
    pub fn days_le_100(&self) -> usize {
        let limit = Decimal::from(100);
        self.days
            .iter()
            .filter(|d| round_half_up(d.sbp, 0) <= limit)
            .count()
    }

    /// Each of the last three measured days has a rounded SBP >= 140 or DBP >= 90.
    pub fn last3_all_ge_140_90(&self) -> bool {
        let high = |d: &DayMean| {
            round_half_up(d.sbp, 0) >= Decimal::from(140)
                || round_half_up(d.dbp, 0) >= Decimal::from(90)
        };
        match self.days.as_slice() {
            [.., a, b, c] => high(a) && high(b) && high(c),
            _ => false,
        }
    }
}

/// The first clean reading before noon of each day of the window.
pub fn mornings<'a>(
    seated: &[&'a PressureReading],
    window: Window,
    now: Now,
) -> Vec<&'a PressureReading> {
    let mornings = seated
        .iter()
        .copied()
        .filter(|r| window.holds(r.taken_at, now) && now.hour_of(r.taken_at) < 12);
    // Readings come in order of time, so the first of a day is its first.
    by_day(mornings, |r| day(r.taken_at, now))
        .into_values()
        .filter_map(|of_day| of_day.first().copied())
        .collect()
}

/// Coefficient of variation in percent, n-1; nothing under two values.
///
/// The root is taken in binary and given back to nine decimals: a variation that is exactly 11.0 in
/// decimals is 11.0 here, neither over nor under.
pub fn variation_percent(values: &[Decimal]) -> Option<Decimal> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let mean = mean(values.iter().copied())?;
    if mean.is_zero() {
        return None;
    }
    let squares: Decimal = values.iter().map(|v| (*v - mean) * (*v - mean)).sum();
    let variance = squares / Decimal::from(n - 1);
    let ratio_squared = variance / (mean * mean) * Decimal::from(10_000);
    let root = round_half_up(ratio_squared, 15).to_f64()?.sqrt();
    Decimal::from_f64(root).map(|cv| round_half_up(cv, 9))
}

/// A fall of pressure on standing up.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    pub before: Vec<&'a PressureReading>,
    pub standing: &'a PressureReading,
    pub sbp_before: Decimal,
    pub dbp_before: Decimal,
}

impl Standing<'_> {
    /// Lower by >= 20 systolic or >= 10 diastolic.
    pub fn dropped(&self) -> bool {
        self.sbp_before - self.standing.sbp_mmhg >= Decimal::from(20)
            || self.dbp_before - self.standing.dbp_mmhg >= Decimal::from(10)
    }
}

/// The standing readings that have a baseline in the current session: its readings before them, the
/// last of which is at most five minutes older. One that dropped comes before one that did not.
pub fn standing<'a>(
    session: &Session<'a>,
    standing: &[&'a PressureReading],
    params: &Params,
) -> Option<Standing<'a>> {
    let mut found: Option<Standing<'a>> = None;
    for up in standing {
        let before: Vec<&PressureReading> = session
            .readings
            .iter()
            .copied()
            .filter(|r| r.taken_at < up.taken_at)
            .collect();
        let Some(last) = before.last() else { continue };
        let waited_ms = up.taken_at.as_millisecond() - last.taken_at.as_millisecond();
        if waited_ms > minutes_ms(params.standing_max_min) {
            continue;
        }
        let baseline = Session { readings: before };
        let (sbp_before, dbp_before) = (baseline.sbp(), baseline.dbp());
        let pair = Standing {
            before: baseline.readings,
            standing: up,
            sbp_before,
            dbp_before,
        };
        let dropped = pair.dropped();
        if dropped || found.is_none() {
            found = Some(pair);
        }
        if dropped {
            break;
        }
    }
    found
}

/// The sessions around a meal.
#[derive(Debug, Clone, Copy)]
pub struct AroundMeal<'s, 'a> {
    pub before: &'s Session<'a>,
    pub after: &'s Session<'a>,
}

impl AroundMeal<'_, '_> {
    /// Systolic lower by >= 20, or >= 100 before and < 90 after.
    pub fn dropped(&self) -> bool {
        let (before, after) = (self.before.sbp(), self.after.sbp());
        before - after >= Decimal::from(20)
            || (before >= Decimal::from(100) && after < Decimal::from(90))
    }
}

/// The current session after a meal, and the last one before that meal. Where several meals fit, one
/// with a drop comes first.
pub fn around_meal<'s, 'a>(
    sessions: &'s [Session<'a>],
    meals: &[Moment],
    params: &Params,
) -> Option<AroundMeal<'s, 'a>> {
    let (after, earlier) = sessions.split_last()?;
    let mut meals = meals.to_vec();
    meals.sort_unstable();
    let mut found: Option<AroundMeal<'s, 'a>> = None;
    for meal in meals {
        let since_ms = after.start().as_millisecond() - meal.as_millisecond();
        if !(0..=minutes_ms(params.meal_after_max_min)).contains(&since_ms) {
            continue;
        }
        let until_ms = |s: &Session<'_>| meal.as_millisecond() - s.end().as_millisecond();
        let within = 0..=minutes_ms(params.meal_before_max_min);
        let Some(before) = earlier.iter().rev().find(|s| within.contains(&until_ms(s))) else {
            continue;
        };
        let pair = AroundMeal { before, after };
        if found.is_none() || pair.dropped() {
            found = Some(pair);
        }
        if pair.dropped() {
            break;
        }
    }
    found
}

/// Sessions of today with a mean pulse over 100, each starting at least the gap after the one counted
/// before it.
pub fn fast_today<'s, 'a>(
    sessions: &'s [Session<'a>],
    now: Now,
    params: &Params,
) -> Vec<&'s Session<'a>> {
    let today = now.day_of(now.at);
    let mut counted: Vec<&'s Session<'a>> = Vec::new();
    for session in sessions {
        let fast = session.pulse().is_some_and(|p| p > Decimal::from(100));
        let apart = counted.last().is_none_or(|last| {
            session.start().as_millisecond() - last.start().as_millisecond()
                >= minutes_ms(params.fast_pulse_gap_min)
        });
        if fast && apart && day(session.start(), now) == today {
            counted.push(session);
        }
    }
    counted
}
