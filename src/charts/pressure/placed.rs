//! Readings put on the scale of their picture.

use rust_decimal::Decimal;

use crate::charts::marks::float;
use crate::charts::palette::{self, Pen};
use crate::charts::summary::shown;
use crate::charts::trend::When;

use super::{PressureGoal, PressurePoint, PressureTrend};

/// The scale most people fit into, so that pictures of two persons can be compared, mmHg.
pub(super) const USUAL_MMHG: (f64, f64) = (60.0, 180.0);
/// How far a goal without a lower limit fades, mmHg.
pub(in crate::charts) const FADE_MMHG: f64 = 40.0;

/// One reading, placed.
pub(in crate::charts) struct Placed<'a> {
    pub when: When,
    pub point: &'a PressurePoint,
    pub systolic: f64,
    pub diastolic: f64,
}

pub(in crate::charts) fn place<'a>(input: &PressureTrend<'a>) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = input
        .points
        .iter()
        .filter(|p| input.period.contains(p.at))
        .map(|point| Placed {
            when: When::new(point.at, &input.period, input.zone),
            point,
            systolic: float(point.systolic_mmhg),
            diastolic: float(point.diastolic_mmhg),
        })
        .collect();
    placed.sort_by_key(|p| p.point.at);
    placed
}

/// The usual scale, widened in tens until every value and limit is inside.
pub(in crate::charts) fn scale(
    placed: &[Placed<'_>],
    goal: Option<&PressureGoal>,
) -> std::ops::Range<f64> {
    let limits = goal
        .into_iter()
        .flat_map(|g| [g.systolic.high, g.diastolic.low])
        .flatten();
    let values = placed
        .iter()
        .flat_map(|p| [p.systolic, p.diastolic])
        .chain(limits.map(float));
    let (low, high) = values.fold(USUAL_MMHG, |(low, high), v| (low.min(v), high.max(v)));
    let low = if low < USUAL_MMHG.0 {
        ((low - 5.0) / 10.0).floor() * 10.0
    } else {
        low
    };
    let high = if high > USUAL_MMHG.1 {
        ((high + 5.0) / 10.0).ceil() * 10.0
    } else {
        high
    };
    low..high
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::charts) enum Series {
    Systolic,
    Diastolic,
}

impl Series {
    pub(in crate::charts) fn of(self, placed: &Placed<'_>) -> f64 {
        match self {
            Series::Systolic => placed.systolic,
            Series::Diastolic => placed.diastolic,
        }
    }

    pub(in crate::charts) fn exact(self, placed: &Placed<'_>) -> Decimal {
        match self {
            Series::Systolic => placed.point.systolic_mmhg,
            Series::Diastolic => placed.point.diastolic_mmhg,
        }
    }

    pub(in crate::charts) fn line(self) -> Pen {
        match self {
            Series::Systolic => palette::LINE_1,
            Series::Diastolic => palette::LINE_2,
        }
    }

    pub(in crate::charts) fn range(self) -> Pen {
        match self {
            Series::Systolic => palette::RANGE_1,
            Series::Diastolic => palette::RANGE_2,
        }
    }

    pub(in crate::charts) fn word(self) -> &'static str {
        match self {
            Series::Systolic => "systolic",
            Series::Diastolic => "diastolic",
        }
    }
}

/// "143/76".
pub(in crate::charts) fn pair(point: &PressurePoint) -> String {
    format!(
        "{}/{}",
        shown(point.systolic_mmhg, 0),
        shown(point.diastolic_mmhg, 0)
    )
}
