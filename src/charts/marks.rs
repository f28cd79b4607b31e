//! Marks that every trend shares: how large a dot is, and the bar of a thinned column.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::words::Words;

use super::element::Measure;
use super::palette::Pen;
use super::plot::{Plot, Width};
use super::summary::shown_range;
use super::trend::Column;

/// The picture's own number for an exact value.
pub(super) fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

/// Tenths of a pixel.
pub(super) fn dot_radius(width: Width, readings: usize) -> i32 {
    match width {
        Width::Wide if readings > 120 => 26,
        Width::Wide => 34,
        Width::Slim if readings > 60 => 20,
        Width::Slim => 24,
    }
}

/// One bar from the lowest to the highest reading of a column.
pub(super) fn draw_range(
    plot: &Plot<'_>,
    column: &Column<Decimal>,
    pen: Pen,
    word: &str,
    places: u32,
    words: &Words,
) {
    let (low, high) = (float(column.low), float(column.high));
    // A column of one value still leaves a mark: half a pixel up and down.
    let half_px = (plot.y.end - plot.y.start) / (plot.layout.bottom - plot.layout.top) * 1.2;
    let (from, to) = if high - low < 2.0 * half_px {
        (low - half_px, high + half_px)
    } else {
        (low, high)
    };
    let days = words.with(
        "chart-between",
        [
            ("from", words.full_day(column.first_day).into()),
            ("to", words.full_day(column.last_day).into()),
        ],
    );
    let range = shown_range((column.low, column.high), places);
    plot.draw(&Measure {
        points: vec![(column.x, from), (column.x, to)],
        pen,
        facts: vec![
            ("series", word.to_owned()),
            ("from", column.first.to_string()),
            ("to", column.last.to_string()),
            ("low", column.low.to_string()),
            ("high", column.high.to_string()),
            ("n", column.n.to_string()),
        ],
        hover: format!("{days} {range} n={}", column.n),
    });
}
