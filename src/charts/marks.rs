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
    let days = words.with(
        "chart-between",
        [
            ("from", words.full_day(column.first_day).into()),
            ("to", words.full_day(column.last_day).into()),
        ],
    );
    let range = shown_range((column.low, column.high), places);
    plot.draw(&Measure {
        points: range_ends(plot, column.x, column.low, column.high),
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

/// The ends of a bar from lowest to highest. One value alone still leaves a mark: a pixel up and down.
pub(super) fn range_ends(plot: &Plot<'_>, x: i64, low: Decimal, high: Decimal) -> Vec<(i64, f64)> {
    let (low, high) = (float(low), float(high));
    let px = (plot.y.end - plot.y.start) / (plot.layout.bottom - plot.layout.top);
    if high - low < 2.0 * px {
        let middle = (low + high) / 2.0;
        return vec![(x, middle - 1.2 * px), (x, middle + 1.2 * px)];
    }
    vec![(x, low), (x, high)]
}
