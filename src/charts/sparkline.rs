//! A course as small as a word, for a row of a list. All rows of a list share one scale.

use rust_decimal::Decimal;

use crate::words::Words;

use super::element::{Dot, Shape};
use super::marks::float;
use super::palette;
use super::plot::{Layout, Plot};
use super::summary::{Band, shown, shown_range};

/// The scale of a list: the same for every row, so that bands line up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
}

impl Scale {
    /// Systolic pressure, mmHg.
    pub const SYSTOLIC: Scale = Scale {
        low: 90.0,
        high: 190.0,
    };
    /// Glucose, mmol/L.
    pub const GLUCOSE: Scale = Scale {
        low: 2.0,
        high: 16.0,
    };
}

/// Everything a sparkline is made of.
#[derive(Debug, Clone, Copy)]
pub struct Sparkline<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it shows, in the reader's language: "收缩压".
    pub title: &'a str,
    /// The last readings, oldest first; evenly spaced, however far apart they were taken.
    pub values: &'a [Decimal],
    pub goal: Band,
    pub scale: Scale,
    /// Digits after the point in the texts.
    pub places: u32,
}

/// More than this and the newest are shown.
const POINTS_MAX: usize = 24;

/// Draws a sparkline of 112 by 30 px, class `spark`. A value beyond the scale stands at its edge: the
/// exact one is in its `data-value` and in the description.
pub fn sparkline(input: &Sparkline<'_>, words: &Words) -> String {
    let values = &input.values[input.values.len().saturating_sub(POINTS_MAX)..];
    let description = describe(input, values, words);
    let layout = Layout {
        width: 112.0,
        height: 30.0,
        left: 4.0,
        right: 108.0,
        top: 2.0,
        bottom: 28.0,
    };
    let steps = i64::try_from(values.len().saturating_sub(1).max(1)).unwrap_or(1);
    let axes = (0..steps, input.scale.low..input.scale.high);
    let mut svg = String::new();
    {
        let about = (input.title, description.as_str());
        let plot = Plot::with_id(&mut svg, input.id, "spark", layout, axes, about);
        let (low, high) = (input.goal.low.map(float), input.goal.high.map(float));
        plot.goal(
            plot.x.clone(),
            low,
            high,
            input.scale.high - input.scale.low,
        );
        let inside = |value: &Decimal| float(*value).clamp(input.scale.low, input.scale.high);
        // One reading alone stands where a new one would: at the right.
        let first = if values.len() == 1 { steps } else { 0 };
        let points: Vec<(i64, f64)> = (first..).zip(values.iter().map(inside)).collect();
        if points.len() > 1 {
            plot.line(points.clone(), palette::LINE_1);
        }
        for (at, (point, value)) in points.iter().zip(values).enumerate() {
            let last = at + 1 == points.len();
            plot.draw(&Dot {
                at: *point,
                shape: Shape::Circle,
                pen: palette::DOT,
                radius: if last { 28 } else { 12 },
                facts: vec![("value", value.to_string())],
                hover: shown(*value, input.places),
            });
        }
    }
    svg
}

fn describe(input: &Sparkline<'_>, values: &[Decimal], words: &Words) -> String {
    match (values.iter().min(), values.iter().max(), values.last()) {
        (Some(low), Some(high), Some(last)) => words.with(
            "chart-spark-description",
            [
                ("n", values.len().into()),
                ("range", shown_range((*low, *high), input.places).into()),
                ("value", shown(*last, input.places).into()),
            ],
        ),
        _ => words.say("chart-nothing"),
    }
}
