//! The figures beside a picture: mean, count, period, share in goal. Values for text, computed once.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::vitals::{Meal, Moment};
use crate::words::Words;

use super::glucose::{GlucoseGoals, GlucosePoint, Sugar};
use super::period::Period;
use super::pressure::{PressureGoal, PressurePoint};

/// A goal: below `high`, not below `low`. The upper limit is strict, as guidelines write it
/// ("< 150/90"); a value equal to it is not in the goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Band {
    pub low: Option<Decimal>,
    pub high: Option<Decimal>,
}

impl Band {
    /// Only an upper limit.
    pub fn below(high: Decimal) -> Self {
        Band {
            low: None,
            high: Some(high),
        }
    }

    pub fn contains(&self, value: Decimal) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value < high)
    }

    /// "130–150", or the words for one limit only; nothing without a limit.
    pub fn text(&self, places: u32, words: &Words) -> Option<String> {
        match (self.low, self.high) {
            (Some(low), Some(high)) => Some(shown_range((low, high), places)),
            (None, Some(high)) => {
                Some(words.with("chart-below", [("value", shown(high, places).into())]))
            }
            (Some(low), None) => {
                Some(words.with("chart-at-least", [("value", shown(low, places).into())]))
            }
            (None, None) => None,
        }
    }

    pub(super) fn is_set(&self) -> bool {
        self.low.is_some() || self.high.is_some()
    }
}

/// A figure, or how far it is from being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<T> {
    Value(T),
    /// `have` readings where `need` are asked for.
    TooFew {
        have: usize,
        need: usize,
    },
}

impl<T> Known<T> {
    pub fn value(self) -> Option<T> {
        match self {
            Known::Value(value) => Some(value),
            Known::TooFew { .. } => None,
        }
    }
}

/// `part` of `whole` readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub part: usize,
    pub whole: usize,
}

impl Share {
    /// Whole per cent, half upwards; 0 of 0 is 0.
    pub fn percent(&self) -> usize {
        (self.part * 200 + self.whole)
            .checked_div(self.whole * 2)
            .unwrap_or(0)
    }
}

/// A mean pressure, mmHg, unrounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanPressure {
    pub systolic_mmhg: Decimal,
    pub diastolic_mmhg: Decimal,
}

/// Lowest and highest.
pub type Extremes = (Decimal, Decimal);

/// The pressures of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PressureSummary {
    pub n: usize,
    /// Civil days with at least one reading.
    pub days: usize,
    pub mean: Known<MeanPressure>,
    /// Nothing when there is no reading.
    pub systolic: Option<Extremes>,
    pub diastolic: Option<Extremes>,
    /// Both values inside their goals; nothing without a goal.
    pub in_goal: Option<Share>,
}

/// Mean, count, extremes and share in goal of the readings inside `period`.
///
/// `need` readings make a mean; fewer say how many are missing. Every reading counts once.
pub fn pressure(
    points: &[PressurePoint],
    period: &Period,
    zone: &TimeZone,
    goal: Option<&PressureGoal>,
    need: usize,
) -> PressureSummary {
    let inside: Vec<&PressurePoint> = points.iter().filter(|p| period.contains(p.at)).collect();
    let systolic: Vec<Decimal> = inside.iter().map(|p| p.systolic_mmhg).collect();
    let diastolic: Vec<Decimal> = inside.iter().map(|p| p.diastolic_mmhg).collect();
    let mean = match (enough(&systolic, need), enough(&diastolic, need)) {
        (Known::Value(systolic_mmhg), Known::Value(diastolic_mmhg)) => Known::Value(MeanPressure {
            systolic_mmhg,
            diastolic_mmhg,
        }),
        _ => Known::TooFew {
            have: inside.len(),
            need: need.max(1),
        },
    };
    let in_goal = goal
        .filter(|g| g.systolic.is_set() || g.diastolic.is_set())
        .map(|g| Share {
            part: inside
                .iter()
                .filter(|p| g.systolic.contains(p.systolic_mmhg))
                .filter(|p| g.diastolic.contains(p.diastolic_mmhg))
                .count(),
            whole: inside.len(),
        });
    PressureSummary {
        n: inside.len(),
        days: days(inside.iter().map(|p| p.at), zone),
        mean,
        systolic: extremes(&systolic),
        diastolic: extremes(&diastolic),
        in_goal,
    }
}

/// The readings of one meal tag (or of all of them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlucoseSummary {
    /// Readings, with LO and HI.
    pub n: usize,
    pub days: usize,
    /// Of the readings that are numbers, mmol/L, unrounded. A mean that leaves out a LO or HI would
    /// be a false comfort, so it needs `low` and `high` said beside it.
    pub mean: Known<Decimal>,
    pub extremes: Option<Extremes>,
    /// Readings the meter showed as LO.
    pub low: usize,
    /// Readings the meter showed as HI.
    pub high: usize,
    /// A LO or HI is never inside a goal.
    pub in_goal: Option<Share>,
}

/// The readings inside `period` whose meal is in `meals`, as [`pressure`] does for pressures.
pub fn glucose(
    points: &[GlucosePoint],
    meals: &[Meal],
    period: &Period,
    zone: &TimeZone,
    goals: &GlucoseGoals,
    need: usize,
) -> GlucoseSummary {
    let inside: Vec<&GlucosePoint> = points
        .iter()
        .filter(|p| period.contains(p.at) && meals.contains(&p.meal))
        .collect();
    let numbers: Vec<Decimal> = inside.iter().filter_map(|p| p.sugar.mmol_l()).collect();
    let in_goal = meals.iter().any(|m| goals.of(*m).is_set()).then(|| Share {
        part: inside
            .iter()
            .filter(|p| {
                p.sugar
                    .mmol_l()
                    .is_some_and(|v| goals.of(p.meal).contains(v))
            })
            .count(),
        whole: inside.len(),
    });
    GlucoseSummary {
        n: inside.len(),
        days: days(inside.iter().map(|p| p.at), zone),
        mean: enough(&numbers, need),
        extremes: extremes(&numbers),
        low: inside.iter().filter(|p| p.sugar == Sugar::Low).count(),
        high: inside.iter().filter(|p| p.sugar == Sugar::High).count(),
        in_goal,
    }
}

/// A value for the eye: half away from zero, `places` after the point, always that many.
pub fn shown(value: Decimal, places: u32) -> String {
    let value = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    format!("{value:.*}", usize::try_from(places).unwrap_or(0))
}

/// "134–158" with an en dash; one value stands alone.
pub fn shown_range(range: Extremes, places: u32) -> String {
    let (low, high) = (shown(range.0, places), shown(range.1, places));
    if low == high {
        low
    } else {
        format!("{low}–{high}")
    }
}

fn days(moments: impl Iterator<Item = Moment>, zone: &TimeZone) -> usize {
    moments
        .map(|at| zone.to_datetime(at).date())
        .collect::<BTreeSet<Date>>()
        .len()
}

fn enough(values: &[Decimal], need: usize) -> Known<Decimal> {
    let need = need.max(1);
    if values.len() < need {
        return Known::TooFew {
            have: values.len(),
            need,
        };
    }
    Known::Value(values.iter().sum::<Decimal>() / Decimal::from(values.len()))
}

fn extremes(values: &[Decimal]) -> Option<Extremes> {
    Some((*values.iter().min()?, *values.iter().max()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_limit_is_strict_and_the_lower_is_not() {
        let band = Band {
            low: Some(130.into()),
            high: Some(150.into()),
        };
        let inside = |v: i64| band.contains(v.into());
        assert_eq!(
            [
                inside(129),
                inside(130),
                inside(131),
                inside(149),
                inside(150),
                inside(151)
            ],
            [false, true, true, true, false, false]
        );
    }

    #[test]
    fn a_share_rounds_half_upwards() {
        let percent = |part, whole| Share { part, whole }.percent();
        assert_eq!(
            [percent(20, 29), percent(1, 8), percent(0, 0), percent(3, 3)],
            [69, 13, 0, 100]
        );
    }

    #[test]
    fn a_mean_needs_its_number() {
        let values: Vec<Decimal> = (1..=5).map(Decimal::from).collect();
        assert_eq!(enough(&values, 6), Known::TooFew { have: 5, need: 6 });
        assert_eq!(enough(&values, 5), Known::Value(3.into()));
        assert_eq!(enough(&values, 4), Known::Value(3.into()));
        assert_eq!(enough(&[], 0), Known::TooFew { have: 0, need: 1 });
    }

    #[test]
    fn shown_keeps_its_places() {
        assert_eq!(shown(Decimal::new(695, 2), 1), "7.0");
        assert_eq!(shown(Decimal::new(1365, 1), 0), "137");
        assert_eq!(shown_range((Decimal::from(7), Decimal::from(7)), 1), "7.0");
    }
}
