//! Glucose over time: re-tests, and the windows of the last day and weeks.

use rust_decimal::Decimal;

use super::admit::{Glucose, GlucoseValue};
use super::record::{Now, by_day, mean, minutes_ms, round_half_up};
use super::table::Params;
use super::targets::GlucoseTarget;
use super::windows::{Window, day};
use crate::vitals::Meal;

/// At or above this a value asks for a re-test: emergency referral by the national standard (2017).
pub const RETEST_GE_TENTHS: i64 = 167;

/// A usable value that no re-test has replaced.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    pub value: GlucoseValue<'a>,
    /// It re-tested, in time, a high value before it: it stands confirmed and asks for no further test.
    pub retested: bool,
}

/// Drops each value that a re-test replaced. A re-test replaces the value directly before it when it is
/// marked as one, at most 15 minutes later, and that value is 16.7 or over, or HI. A low value is never
/// replaced: it was treated, and stays an event.
pub fn standing<'a>(values: &[GlucoseValue<'a>], params: &Params) -> Vec<Standing<'a>> {
    let mut standing: Vec<Standing<'a>> = Vec::new();
    for value in values {
        let retested = value.marked_retest
            && standing.last().is_some_and(|before| {
                let later_ms = value.reading.taken_at.as_millisecond()
                    - before.value.reading.taken_at.as_millisecond();
                later_ms <= minutes_ms(params.hypo_retest_min) && asks_for_retest(&before.value)
            });
        if retested {
            standing.pop();
        }
        standing.push(Standing {
            value: value.clone(),
            retested,
        });
    }
    standing
}

/// 16.7 mmol/L or over, or HI.
pub fn asks_for_retest(value: &GlucoseValue<'_>) -> bool {
    match value.value {
        Glucose::Low => false,
        Glucose::MmolPerL(mmol) => mmol >= Decimal::new(RETEST_GE_TENTHS, 1),
        Glucose::High => true,
    }
}

/// 3.9 mmol/L or under, or LO.
pub fn is_low(value: &GlucoseValue<'_>) -> bool {
    match value.value {
        Glucose::Low => true,
        Glucose::MmolPerL(mmol) => mmol <= Decimal::new(39, 1),
        Glucose::High => false,
    }
}

fn is_fasting(value: &GlucoseValue<'_>) -> bool {
    matches!(value.meal, Meal::Fasting | Meal::Before)
}

/// The values of a window.
#[derive(Debug)]
pub struct GlucoseWindow<'s, 'a> {
    pub values: Vec<&'s GlucoseValue<'a>>,
    now: Now,
}

impl<'s, 'a> GlucoseWindow<'s, 'a> {
    pub fn of(standing: &'s [Standing<'a>], window: Window, now: Now) -> Self {
        let values = standing
            .iter()
            .map(|s| &s.value)
            .filter(|v| window.holds(v.reading.taken_at, now))
            .collect();
        GlucoseWindow { values, now }
    }

    /// Values over 13.9 mmol/L, and HI.
    pub fn gt_13_9(&self) -> usize {
        let limit = Decimal::new(139, 1);
        let over = |v: &&&GlucoseValue<'_>| match v.value {
            Glucose::Low => false,
            Glucose::MmolPerL(mmol) => mmol > limit,
            Glucose::High => true,
        };
        self.values.iter().filter(over).count()
    }

    /// The mean of each day that has a fasting or before-meal number.
    fn fasting_day_means(&self) -> Vec<Decimal> {
        let numbers = self
            .values
            .iter()
            .filter(|v| is_fasting(v))
            .filter_map(|v| Some((v.reading.taken_at, v.value.mmol_per_l()?)));
        by_day(numbers, |(taken_at, _)| day(*taken_at, self.now))
            .into_values()
            .filter_map(|of_day| mean(of_day.into_iter().map(|(_, mmol)| mmol)))
            .collect()
    }

    /// Days with a fasting or before-meal number, and the mean of their means rounded half up to 0.1.
    pub fn fasting(&self) -> (usize, Option<Decimal>) {
        let days = self.fasting_day_means();
        (
            days.len(),
            mean(days.iter().copied()).map(|m| round_half_up(m, 1)),
        )
    }

    /// Days with an after-meal, bedtime or random value at or above its limit. HI counts.
    pub fn nonfasting_days_over(&self, target: GlucoseTarget<'_>) -> usize {
        let over = self.values.iter().filter(|v| {
            matches!(v.meal, Meal::After | Meal::Bedtime | Meal::Casual)
                && match v.value {
                    Glucose::Low => false,
                    Glucose::MmolPerL(mmol) => mmol >= target.nonfasting_high(v.meal),
                    Glucose::High => true,
                }
        });
        self.days_of(over.copied())
    }

    /// Low values, each at least the gap after the first value of the event counted before it.
    pub fn low_events(&self, params: &Params) -> usize {
        let mut events = 0;
        let mut first_ms: Option<i64> = None;
        for value in self.values.iter().filter(|v| is_low(v)) {
            let at_ms = value.reading.taken_at.as_millisecond();
            if first_ms.is_none_or(|first| at_ms - first >= minutes_ms(params.hypo_event_gap_min)) {
                events += 1;
                first_ms = Some(at_ms);
            }
        }
        events
    }

    /// Days with a fasting or before-meal value above 3.9 and under the target's lower bound.
    pub fn days_under(&self, target: GlucoseTarget<'_>) -> usize {
        let under = self.values.iter().filter(|v| {
            is_fasting(v)
                && !is_low(v)
                && v.value.mmol_per_l().is_some_and(|mmol| target.under(mmol))
        });
        self.days_of(under.copied())
    }

    fn days_of<'v>(&self, values: impl Iterator<Item = &'v GlucoseValue<'v>>) -> usize {
        by_day(values, |v| day(v.reading.taken_at, self.now)).len()
    }
}
