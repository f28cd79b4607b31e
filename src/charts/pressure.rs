//! Blood pressure over time: two plain lines, every reading a dot, the goal behind them.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::vitals::Moment;

use super::element::{Anchor, Dot, Measure, Shape, text_width_px, units};
use super::palette::{self, Pen};
use super::period::{Period, date_marks};
use super::plot::{Caption, Closure, Layout, Look, Plot, Width, multiples};
use super::summary::{self, Band, Known, PressureSummary, shown, shown_range};
use super::trend::{self, Bucket, When};
use super::{Chart, TABLE_ROWS_MAX, Table};
use crate::words::Words;

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

/// The scale most people fit into, so that pictures of two persons can be compared, mmHg.
const USUAL_MMHG: (f64, f64) = (60.0, 180.0);
/// How far a goal without a lower limit fades, mmHg.
const FADE_MMHG: f64 = 40.0;

/// One reading, placed.
struct Placed<'a> {
    when: When,
    point: &'a PressurePoint,
    systolic: f64,
    diastolic: f64,
}

/// Draws blood pressure over time.
pub fn pressure_over_time(input: &PressureTrend<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let placed = place(input);
    let whole = summary::pressure(
        input.points,
        &input.period,
        input.zone,
        input.goal.as_ref(),
        input.mean_needs,
    );
    let recent = recent_summary(input);
    let description = description(&whole, words);
    let mut layout = layout(look.width, !input.events.is_empty());
    let dense = trend::is_dense(placed.len(), layout.plot_width());
    let bucket = Bucket::for_width(&input.period, layout.plot_width());
    let legend = legend(
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
        let y = scale(&placed, input.goal.as_ref());
        let axes = (0..input.period.length_ms(), y);
        let plot = Plot::new(&mut svg, look, layout, axes, (input.title, &description));
        plot.caption(&caption);
        draw_frame(&plot, input, look.width, words);
        draw_events(&plot, input, look.width, words);
        if placed.is_empty() {
            plot.nothing(&words.say("chart-nothing"));
        } else {
            draw_gaps(&plot, input, &placed, words);
            for series in [Series::Systolic, Series::Diastolic] {
                draw_series(&plot, &placed, series, bucket, dense, look.width, words);
                draw_mean(&plot, input, &recent, series);
            }
            draw_names(&plot, input, &placed, &recent, look.width, words);
        }
    }
    let mut notes = Vec::new();
    if let Known::TooFew { have, need } = recent.mean {
        let args = [("have", have.into()), ("need", need.into())];
        notes.push(words.with("chart-too-few-for-mean", args));
    }
    let table = table(&placed, words);
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

fn mean_window(input: &PressureTrend<'_>) -> Period {
    let days = input.mean_days.clamp(1, input.period.days().max(1));
    let end = input.zone.to_datetime(input.period.to).date();
    let from = end.saturating_add(jiff::Span::new().days(-days));
    let from = super::period::start_of(from, input.zone).max(input.period.from);
    Period {
        from,
        to: input.period.to,
    }
}

fn place<'a>(input: &PressureTrend<'a>) -> Vec<Placed<'a>> {
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

/// The picture's own number for an exact value.
pub(super) fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
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

/// The usual scale, widened in tens until every value and limit is inside.
fn scale(placed: &[Placed<'_>], goal: Option<&PressureGoal>) -> std::ops::Range<f64> {
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

fn draw_frame(plot: &Plot<'_>, input: &PressureTrend<'_>, width: Width, words: &Words) {
    let goal = input.goal.unwrap_or_default();
    for band in [goal.systolic, goal.diastolic] {
        plot.goal(
            plot.x.clone(),
            band.low.map(float),
            band.high.map(float),
            FADE_MMHG,
        );
    }
    let limits: Vec<f64> = [
        goal.systolic.high,
        goal.diastolic.high,
        goal.systolic.low,
        goal.diastolic.low,
    ]
    .into_iter()
    .flatten()
    .map(float)
    .collect();
    plot.y_axis(&limits, &multiples(&plot.y, 20.0));
    let room = if width == Width::Wide { 74.0 } else { 62.0 };
    let marks: Vec<(i64, String)> = date_marks(
        &input.period,
        input.zone,
        plot.layout.plot_width(),
        room,
        words,
    )
    .into_iter()
    .map(|mark| (input.period.offset_ms(mark.at), mark.label))
    .collect();
    plot.x_axis(&marks);
}

/// A word in each gap that has room for it: the reason, or how many days nobody measured.
fn draw_gaps(plot: &Plot<'_>, input: &PressureTrend<'_>, placed: &[Placed<'_>], words: &Words) {
    const AT_MOST: usize = 3;
    const BETWEEN_MMHG: f64 = 108.0;
    let whens: Vec<When> = placed.iter().map(|p| p.when).collect();
    for (before, after) in trend::gaps(&whens).into_iter().take(AT_MOST) {
        let reason = input
            .closures
            .iter()
            .find(|c| c.from < after.at && before.at < c.to);
        let days = after
            .civil
            .date()
            .duration_since(before.civil.date())
            .as_hours()
            / 24;
        let text = match reason {
            Some(closure) => closure.text.clone(),
            None => words.with("chart-gap", [("days", days.into())]),
        };
        let (from, to) = (plot.x_px(before.x), plot.x_px(after.x));
        if to - from > text_width_px(&text) + 12.0 {
            let at = (from + to) / 2.0;
            plot.label(
                at,
                plot.y_px(BETWEEN_MMHG),
                Anchor::Middle,
                palette::TEXT,
                &text,
            );
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    Systolic,
    Diastolic,
}

impl Series {
    fn of(self, placed: &Placed<'_>) -> f64 {
        match self {
            Series::Systolic => placed.systolic,
            Series::Diastolic => placed.diastolic,
        }
    }

    fn line(self) -> Pen {
        match self {
            Series::Systolic => palette::LINE_1,
            Series::Diastolic => palette::LINE_2,
        }
    }

    fn range(self) -> Pen {
        match self {
            Series::Systolic => palette::RANGE_1,
            Series::Diastolic => palette::RANGE_2,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Series::Systolic => "systolic",
            Series::Diastolic => "diastolic",
        }
    }
}

fn draw_series(
    plot: &Plot<'_>,
    placed: &[Placed<'_>],
    series: Series,
    bucket: Bucket,
    dense: bool,
    width: Width,
    words: &Words,
) {
    let values: Vec<(When, f64)> = placed.iter().map(|p| (p.when, series.of(p))).collect();
    if dense {
        draw_ranges(plot, placed, series, words);
    }
    for stretch in trend::lines(&values, bucket) {
        plot.line(stretch, series.line());
    }
    if !dense {
        for one in placed {
            draw_dot(plot, one, series, dot_radius(width, placed.len()), words);
        }
    }
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

fn draw_dot(plot: &Plot<'_>, one: &Placed<'_>, series: Series, radius: i32, words: &Words) {
    let morning = one.when.before_noon();
    let point = one.point;
    plot.draw(&Dot {
        at: (one.when.x, series.of(one)),
        shape: match point.device {
            DeviceShape::Usual => Shape::Circle,
            DeviceShape::Other => Shape::Square,
        },
        pen: if morning { palette::DOT } else { palette::OPEN },
        radius,
        facts: vec![
            ("series", series.word().to_owned()),
            ("at", point.at.to_string()),
            ("systolic", point.systolic_mmhg.to_string()),
            ("diastolic", point.diastolic_mmhg.to_string()),
        ],
        hover: format!("{} {}", one.when.text(words), pair(point)),
    });
}

/// "143/76".
fn pair(point: &PressurePoint) -> String {
    format!(
        "{}/{}",
        shown(point.systolic_mmhg, 0),
        shown(point.diastolic_mmhg, 0)
    )
}

fn draw_ranges(plot: &Plot<'_>, placed: &[Placed<'_>], series: Series, words: &Words) {
    let exact = |p: &Placed<'_>| match series {
        Series::Systolic => p.point.systolic_mmhg,
        Series::Diastolic => p.point.diastolic_mmhg,
    };
    let values: Vec<(When, Decimal)> = placed.iter().map(|p| (p.when, exact(p))).collect();
    let count = (plot.layout.plot_width() / trend::COLUMN_PX) as i64;
    for column in trend::columns(&values, plot.x.end, count) {
        draw_range(plot, &column, series.range(), series.word(), 0, words);
    }
}

/// One bar from the lowest to the highest reading of a column.
pub(super) fn draw_range(
    plot: &Plot<'_>,
    column: &trend::Column<Decimal>,
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

fn draw_mean(plot: &Plot<'_>, input: &PressureTrend<'_>, recent: &PressureSummary, series: Series) {
    let Known::Value(mean) = recent.mean else {
        return;
    };
    let exact = match series {
        Series::Systolic => mean.systolic_mmhg,
        Series::Diastolic => mean.diastolic_mmhg,
    };
    let window = mean_window(input);
    // On ten years two weeks are narrower than the bar is thick: it keeps 6 px, so it can be seen.
    let least = (6.0 / plot.layout.plot_width() * plot.x.end as f64) as i64;
    let from = input.period.offset_ms(window.from).min(plot.x.end - least);
    plot.draw(&Measure {
        points: vec![(from, float(exact)), (plot.x.end, float(exact))],
        pen: palette::MEAN,
        facts: vec![
            ("mean", series.word().to_owned()),
            ("value", exact.to_string()),
            ("n", recent.n.to_string()),
            ("days", recent.days.to_string()),
        ],
        hover: String::new(),
    });
}

/// The names of the lines, with their means, at the right end (wide) or above the plot (slim).
fn draw_names(
    plot: &Plot<'_>,
    input: &PressureTrend<'_>,
    placed: &[Placed<'_>],
    recent: &PressureSummary,
    width: Width,
    words: &Words,
) {
    let days = (
        "days",
        input.mean_days.clamp(1, input.period.days().max(1)).into(),
    );
    let n = ("n", recent.n.into());
    let mean = recent.mean.value();
    if width == Width::Slim {
        if let Some(mean) = mean {
            let value = format!(
                "{}/{}",
                shown(mean.systolic_mmhg, 0),
                shown(mean.diastolic_mmhg, 0)
            );
            let text = words.with("chart-mean-line", [days, ("value", value.into()), n]);
            let (x, y) = (plot.layout.right, plot.layout.top - 10.0);
            plot.label(x, y, Anchor::End, palette::FIGURE, &text);
        }
        return;
    }
    let Some(last) = placed.last() else { return };
    let x = plot.layout.right + 12.0;
    let bottom = plot.layout.bottom - 4.0;
    match mean {
        Some(mean) => {
            let (sys, dia) = (mean.systolic_mmhg, mean.diastolic_mmhg);
            let top = plot.y_px(float(sys)) + 4.5;
            let named = |key, value| words.with(key, [("value", shown(value, 0).into())]);
            plot.label(
                x,
                top,
                Anchor::Start,
                palette::FIGURE,
                &named("chart-systolic-mean", sys),
            );
            let window = words.with("chart-mean-window", [days]);
            plot.label(x, top + 16.0, Anchor::Start, palette::TEXT, &window);
            let counted = [n, ("days", recent.days.into())];
            let count = words.with("chart-mean-count", counted);
            plot.label(x, top + 32.0, Anchor::Start, palette::TEXT, &count);
            let y = (plot.y_px(float(dia)) + 4.5).max(top + 50.0).min(bottom);
            plot.label(
                x,
                y,
                Anchor::Start,
                palette::FIGURE,
                &named("chart-diastolic-mean", dia),
            );
        }
        None => {
            let top = plot.y_px(last.systolic) + 4.5;
            let y = (plot.y_px(last.diastolic) + 4.5)
                .max(top + 18.0)
                .min(bottom);
            plot.label(
                x,
                top,
                Anchor::Start,
                palette::TEXT,
                &words.say("chart-systolic"),
            );
            plot.label(
                x,
                y,
                Anchor::Start,
                palette::TEXT,
                &words.say("chart-diastolic"),
            );
        }
    }
}

fn draw_events(plot: &Plot<'_>, input: &PressureTrend<'_>, width: Width, words: &Words) {
    if input.events.is_empty() {
        return;
    }
    let mut events: Vec<&Event> = input
        .events
        .iter()
        .filter(|e| input.period.contains(e.at))
        .collect();
    events.sort_by_key(|e| e.at);
    let Layout {
        left,
        right,
        top,
        bottom,
        ..
    } = plot.layout;
    let line = bottom + 48.0;
    plot.rule((left, line), (right, line), palette::GRID);
    let mut free_from = 0.0;
    for event in events {
        let when = When::new(event.at, &input.period, input.zone);
        let x = plot.x_px(when.x);
        let day = words.day(when.civil.date());
        let text = match width {
            Width::Wide => format!("{day} {}", event.text),
            Width::Slim => format!("{}/{}", when.civil.month(), when.civil.day()),
        };
        if event.kind == EventKind::MedicineChange {
            plot.rule((x, top), (x, bottom), palette::CHANGE);
        }
        let (shape, pen) = match event.kind {
            EventKind::Visit => (Shape::Square, palette::KEY),
            EventKind::MedicineChange => (Shape::Triangle, palette::KEY),
            EventKind::Call => (Shape::Circle, palette::OPEN),
        };
        plot.draw_on_sheet(&Dot {
            at: (units(x), units(line)),
            shape,
            pen,
            radius: 52,
            facts: vec![("event", event.at.to_string())],
            hover: format!("{day} {}", event.text),
        });
        let half = text_width_px(&text) / 2.0;
        let centre = x.max(half + 2.0).min(plot.layout.width - half - 2.0);
        if centre - half >= free_from {
            plot.label(centre, line + 24.0, Anchor::Middle, palette::TEXT, &text);
            free_from = centre + half + 6.0;
        }
    }
}

fn description(whole: &PressureSummary, words: &Words) -> String {
    let (Some(systolic), Some(diastolic)) = (whole.systolic, whole.diastolic) else {
        return words.say("chart-nothing");
    };
    let mean = match whole.mean {
        Known::Value(m) => {
            format!(
                "{}/{}",
                shown(m.systolic_mmhg, 0),
                shown(m.diastolic_mmhg, 0)
            )
        }
        Known::TooFew { have, need } => words.with(
            "chart-too-few-for-mean",
            [("have", have.into()), ("need", need.into())],
        ),
    };
    words.with(
        "chart-pressure-description",
        [
            ("n", whole.n.into()),
            ("days", whole.days.into()),
            ("systolic", shown_range(systolic, 0).into()),
            ("diastolic", shown_range(diastolic, 0).into()),
            ("mean", mean.into()),
        ],
    )
}

/// "130–150", or the words for one limit only.
pub(super) fn band_text(band: &Band, places: u32, words: &Words) -> Option<String> {
    match (band.low, band.high) {
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

fn legend(
    input: &PressureTrend<'_>,
    placed: &[Placed<'_>],
    dense: bool,
    bucket: Bucket,
    has_mean: bool,
    words: &Words,
) -> Vec<String> {
    let plain = |key| words.say(key);
    let mut legend = Vec::new();
    if dense {
        legend.push(plain("chart-legend-range"));
    } else if !placed.is_empty() {
        legend.push(plain("chart-legend-morning"));
        legend.push(plain("chart-legend-afternoon"));
        if placed.iter().any(|p| p.point.device == DeviceShape::Other) {
            legend.push(plain("chart-legend-second-device"));
        }
    }
    if placed.len() > 1 {
        legend.push(plain(bucket.legend()));
    }
    if has_mean {
        let days = input.mean_days.clamp(1, input.period.days().max(1));
        legend.push(words.with("chart-legend-mean", [("days", days.into())]));
    }
    if let Some(goal) = &input.goal {
        let bands = [&goal.systolic, &goal.diastolic];
        let parts: Vec<String> = bands
            .iter()
            .filter_map(|b| band_text(b, 0, words))
            .collect();
        if !parts.is_empty() {
            let goal = parts.join(" / ");
            legend.push(words.with("chart-legend-goal", [("goal", goal.into())]));
        }
    }
    for (kind, key) in [
        (EventKind::Visit, "chart-legend-visit"),
        (EventKind::MedicineChange, "chart-legend-medicine"),
        (EventKind::Call, "chart-legend-call"),
    ] {
        if input
            .events
            .iter()
            .any(|e| e.kind == kind && input.period.contains(e.at))
        {
            legend.push(plain(key));
        }
    }
    legend
}

fn table(placed: &[Placed<'_>], words: &Words) -> Table {
    Table {
        head: vec![
            words.say("chart-column-time"),
            words.say("chart-column-pressure"),
        ],
        rows: placed
            .iter()
            .rev()
            .take(TABLE_ROWS_MAX)
            .map(|p| vec![p.when.text(words), pair(p.point)])
            .collect(),
        left_out: placed.len().saturating_sub(TABLE_ROWS_MAX),
    }
}
