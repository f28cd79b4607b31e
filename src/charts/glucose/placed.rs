//! Readings put on the scale of their picture, and the mark of each meal.

use std::ops::Range;

use jiff::tz::TimeZone;

use crate::charts::element::Shape;
use crate::charts::marks::float;
use crate::charts::palette::{self, Pen};
use crate::charts::period::Period;
use crate::charts::plot::multiples;
use crate::charts::trend::When;
use crate::vitals::Meal;

use super::{GlucoseGoals, GlucosePoint, Sugar};

/// The scale most people fit into, mmol/L.
pub(in crate::charts) const USUAL_MMOL_L: (f64, f64) = (3.0, 14.0);

/// The meal tags in the order of a legend.
pub(in crate::charts) const MARKS: [MealMark; 4] = [
    MealMark::Fasting,
    MealMark::BeforeMeal,
    MealMark::AfterMeal,
    MealMark::Other,
];

/// What tells meals apart in a picture: full before food, open after; round for the two that are
/// followed as a course, square for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::charts) enum MealMark {
    Fasting,
    BeforeMeal,
    AfterMeal,
    Other,
}

impl MealMark {
    pub(in crate::charts) fn of(meal: Meal) -> Self {
        match meal {
            Meal::Fasting => MealMark::Fasting,
            Meal::Before => MealMark::BeforeMeal,
            Meal::After => MealMark::AfterMeal,
            Meal::Bedtime | Meal::Casual | Meal::Unknown => MealMark::Other,
        }
    }

    pub(in crate::charts) fn pen(self) -> Pen {
        match self {
            MealMark::Fasting | MealMark::BeforeMeal => palette::DOT,
            MealMark::AfterMeal | MealMark::Other => palette::OPEN,
        }
    }

    pub(in crate::charts) fn shape(self) -> Shape {
        match self {
            MealMark::Fasting | MealMark::AfterMeal => Shape::Circle,
            MealMark::BeforeMeal | MealMark::Other => Shape::Square,
        }
    }

    pub(in crate::charts) fn legend(self) -> &'static str {
        match self {
            MealMark::Fasting => "chart-legend-fasting",
            MealMark::BeforeMeal => "chart-legend-before-meal",
            MealMark::AfterMeal => "chart-legend-after-meal",
            MealMark::Other => "chart-legend-other-meal",
        }
    }

    /// The bar of a thinned column.
    pub(in crate::charts) fn range(self) -> Pen {
        self.line().map_or(palette::RANGE_2, |(_, range)| range)
    }

    /// The line that follows this mark, where there is one.
    pub(in crate::charts) fn line(self) -> Option<(Pen, Pen)> {
        match self {
            MealMark::Fasting => Some((palette::LINE_1, palette::RANGE_1)),
            MealMark::AfterMeal => Some((palette::LINE_2, palette::RANGE_2)),
            MealMark::BeforeMeal | MealMark::Other => None,
        }
    }
}

/// One reading, placed.
pub(in crate::charts) struct Placed<'a> {
    pub when: When,
    pub point: &'a GlucosePoint,
    pub mark: MealMark,
}

impl Placed<'_> {
    /// Where on the scale: a LO or HI stands at its edge, whatever the scale is.
    pub(in crate::charts) fn y(&self, scale: &Range<f64>) -> f64 {
        match self.point.sugar {
            Sugar::MmolL(value) => float(value),
            Sugar::Low => scale.start,
            Sugar::High => scale.end,
        }
    }
}

pub(in crate::charts) fn place<'a>(
    points: &'a [GlucosePoint],
    period: &Period,
    zone: &TimeZone,
) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = points
        .iter()
        .filter(|p| period.contains(p.at))
        .map(|point| Placed {
            when: When::new(point.at, period, zone),
            point,
            mark: MealMark::of(point.meal),
        })
        .collect();
    placed.sort_by_key(|p| p.point.at);
    placed
}

/// The usual scale, widened in whole mmol/L until every number and limit is inside.
pub(in crate::charts) fn scale(placed: &[Placed<'_>], goals: &GlucoseGoals) -> Range<f64> {
    let limits = [
        goals.fasting.low,
        goals.fasting.high,
        goals.other.low,
        goals.other.high,
    ];
    let numbers = placed.iter().filter_map(|p| p.point.sugar.mmol_l());
    let values = numbers.chain(limits.into_iter().flatten()).map(float);
    let (low, high) = values.fold(USUAL_MMOL_L, |(low, high), v| (low.min(v), high.max(v)));
    let low = if low < USUAL_MMOL_L.0 {
        (low - 0.5).floor().max(0.0)
    } else {
        low
    };
    let high = if high > USUAL_MMOL_L.1 {
        (high + 0.5).ceil()
    } else {
        high
    };
    low..high
}

/// The numbers of the axis: about eight, whatever the scale.
pub(in crate::charts) fn ticks(scale: &Range<f64>) -> Vec<f64> {
    let step = if scale.end - scale.start > 20.0 {
        5.0
    } else {
        2.0
    };
    multiples(scale, step)
}
