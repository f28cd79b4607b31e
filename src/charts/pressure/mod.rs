//! Blood pressure over time: two plain lines, every reading a dot, the goal behind them.

mod beneath;
mod draw;
pub(super) mod placed;
pub(super) mod texts;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::vitals::Moment;
use crate::words::Words;

use super::Chart;
use super::period::{Period, start_of};
use super::plot::{Caption, Closure, Layout, Look, Plot, Width};
use super::summary::{self, Band, Known, PressureSummary};
use super::trend::{self, Bucket};

use placed::Series;

/// Devices are told apart by two marks only: the usual kind, and any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceShape {
    #[default]
    Usual,
    Other,
}

/// One blood pressure of one person. Readings whose time is unusable do not belong here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PressurePoint {
    pub at: Moment,
    pub systolic_mmhg: Decimal,
    pub diastolic_mmhg: Decimal,
    pub device: DeviceShape,
}

/// The person's goal, mmHg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PressureGoal {
    pub systolic: Band,
    pub diastolic: Band,
}

/// What stands under the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    Visit,
    /// Also sends a dotted line up through the picture.
    MedicineChange,
    Call,
}

/// A follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub at: Moment,
    pub kind: EventKind,
    /// In the reader's language, short: "换药". The day is put before it.
    pub text: String,
}

/// Everything the picture is made of.
#[derive(Debug, Clone, Copy)]
pub struct PressureTrend<'a> {
    /// What the picture is of, in the reader's language: "赵一二近 90 天血压".
    pub title: &'a str,
    /// In any order; those outside the period are left out.
    pub points: &'a [PressurePoint],
    pub period: Period,
    pub zone: &'a TimeZone,
    pub goal: Option<PressureGoal>,
    /// The mean bar covers this many last days of the period.
    pub mean_days: i64,
    /// Readings a mean needs.
    pub mean_needs: usize,
    pub closures: &'a [Closure],
    pub events: &'a [Event],
}

/// Draws blood pressure over time.
pub fn pressure_over_time(input: &PressureTrend<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let placed = placed::place(input);
    let whole = summary::pressure(
        input.points,
        &input.period,
        input.zone,
        input.goal.as_ref(),
        input.mean_needs,
    );
    let recent = recent_summary(input);
    let description = texts::description(&whole, words);
    let mut layout = layout(look.width, !input.events.is_empty());
    let dense = trend::is_dense(placed.len(), layout.plot_width());
    let bucket = Bucket::for_width(&input.period, layout.plot_width());
    let legend = texts::legend(
        input,
        &placed,
        dense,
        bucket,
        recent.mean.value().is_some(),
        words,
    );
    let caption = Caption::new(look, input.title, &legend, layout.width);
    layout = layout.below(&caption);

    let mut svg = String::new();
    {
        let y = placed::scale(&placed, input.goal.as_ref());
        let axes = (0..input.period.length_ms(), y);
        let plot = Plot::new(&mut svg, look, layout, axes, (input.title, &description));
        plot.caption(&caption);
        draw::frame(&plot, input, look.width, words);
        beneath::events(&plot, input, look.width, words);
        if placed.is_empty() {
            plot.nothing(&words.say("chart-nothing"));
        } else {
            beneath::gaps(&plot, input, &placed, words);
            for series in [Series::Systolic, Series::Diastolic] {
                draw::series(&plot, &placed, series, bucket, dense, look.width, words);
                draw::mean(&plot, input, &recent, series);
            }
            draw::names(&plot, input, &placed, &recent, look.width, words);
        }
    }
    let mut notes = Vec::new();
    if let Known::TooFew { have, need } = recent.mean {
        let args = [("have", have.into()), ("need", need.into())];
        notes.push(words.with("chart-too-few-for-mean", args));
    }
    let table = texts::table(&placed, words);
    Chart {
        svg,
        title: input.title.to_owned(),
        description,
        legend,
        notes,
        table,
    }
}

/// The summary of the last days: what the mean bar shows.
fn recent_summary(input: &PressureTrend<'_>) -> PressureSummary {
    let window = mean_window(input);
    summary::pressure(input.points, &window, input.zone, None, input.mean_needs)
}

pub(super) fn mean_window(input: &PressureTrend<'_>) -> Period {
    let days = input.mean_days.clamp(1, input.period.days().max(1));
    let end = input.zone.to_datetime(input.period.to).date();
    let from = end.saturating_add(jiff::Span::new().days(-days));
    let from = start_of(from, input.zone).max(input.period.from);
    Period {
        from,
        to: input.period.to,
    }
}

fn layout(width: Width, with_events: bool) -> Layout {
    let below = if with_events { 84.0 } else { 34.0 };
    match width {
        Width::Wide => Layout {
            width: 976.0,
            height: 272.0 + below,
            left: 44.0,
            right: 868.0,
            top: 16.0,
            bottom: 272.0,
        },
        Width::Slim => Layout {
            width: 330.0,
            height: 246.0 + below,
            left: 34.0,
            right: 322.0,
            top: 26.0,
            bottom: 246.0,
        },
    }
}
