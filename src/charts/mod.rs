//! Pictures: trends, the hours of a day, sparklines, a centre at a glance.
//! Invariant: pure; values in, SVG text out; no colour is written that a theme could not change.

mod canvas;
mod chair;
mod element;
mod glucose;
mod hours;
mod marks;
mod overview;
mod palette;
mod period;
mod plot;
pub mod png;
mod pressure;
mod sparkline;
pub mod summary;
mod trend;

pub use chair::{Chair, Sitting, chair};
pub use glucose::{GlucoseGoals, GlucosePoint, GlucoseTrend, Sugar, glucose_over_time};
pub use hours::{PERCENTILES_NEED, glucose_by_hour, pressure_by_hour};
pub use overview::{DayCount, Fill, Overview, StateCount, overview};
pub use period::{Period, Span};
pub use plot::{Closure, Look, Width};
pub use pressure::{
    DeviceShape, Event, EventKind, PressureGoal, PressurePoint, PressureTrend, pressure_over_time,
};
pub use sparkline::{Scale, Sparkline, sparkline};
pub use summary::{Band, Known, Share};

/// A finished picture with everything a page puts around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// One `<svg>` element, without inline style, with `role="img"`, `<title>` and `<desc>`.
    pub svg: String,
    /// The same text as the `<title>`.
    pub title: String,
    /// The same text as the `<desc>`: what the picture shows, for those who cannot see it.
    pub description: String,
    /// What the marks mean, one text each, for the caption above the picture.
    pub legend: Vec<String>,
    /// What could not be drawn or computed, and why ("not enough readings: 3 of 6"). Often empty.
    pub notes: Vec<String>,
    /// The numbers of the picture, newest first.
    pub table: Table,
}

/// The numbers of a chart as a table: plain text, not escaped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Rows of this period beyond [`TABLE_ROWS_MAX`]: the export has them.
    pub left_out: usize,
}

/// A table beside a picture holds the newest rows; all of them are what the export is for.
pub const TABLE_ROWS_MAX: usize = 400;

#[cfg(test)]
mod tests;
