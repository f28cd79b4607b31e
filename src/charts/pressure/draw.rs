//! The lines, their dots or bars, the means and the names at their ends.

use rust_decimal::Decimal;

use crate::charts::element::{Anchor, Dot, Measure, Shape};
use crate::charts::marks::{dot_radius, draw_range, float};
use crate::charts::palette;
use crate::charts::period::date_marks;
use crate::charts::plot::{Plot, Width, multiples};
use crate::charts::summary::{Known, PressureSummary, shown};
use crate::charts::trend::{self, Bucket, When};
use crate::words::Words;

use super::placed::{FADE_MMHG, Placed, Series, pair};
use super::{DeviceShape, PressureTrend, mean_window};

pub(super) fn frame(plot: &Plot<'_>, input: &PressureTrend<'_>, width: Width, words: &Words) {
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

pub(super) fn series(
    plot: &Plot<'_>,
    placed: &[Placed<'_>],
    which: Series,
    bucket: Bucket,
    dense: bool,
    width: Width,
    words: &Words,
) {
    let values: Vec<(When, f64)> = placed.iter().map(|p| (p.when, which.of(p))).collect();
    if dense {
        draw_ranges(plot, placed, which, words);
    }
    for stretch in trend::lines(&values, bucket) {
        plot.line(stretch, which.line());
    }
    if !dense {
        for one in placed {
            draw_dot(plot, one, which, dot_radius(width, placed.len()), words);
        }
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

fn draw_ranges(plot: &Plot<'_>, placed: &[Placed<'_>], series: Series, words: &Words) {
    let values: Vec<(When, Decimal)> = placed.iter().map(|p| (p.when, series.exact(p))).collect();
    let count = (plot.layout.plot_width() / trend::COLUMN_PX) as i64;
    for column in trend::columns(&values, plot.x.end, count) {
        draw_range(plot, &column, series.range(), series.word(), 0, words);
    }
}

pub(super) fn mean(
    plot: &Plot<'_>,
    input: &PressureTrend<'_>,
    recent: &PressureSummary,
    series: Series,
) {
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
pub(super) fn names(
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
