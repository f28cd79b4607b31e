//! Goals, lines, dots; LO and HI at the edge.

use rust_decimal::Decimal;

use crate::charts::element::{Anchor, Dot, text_width_px};
use crate::charts::marks::{dot_radius, draw_range, float};
use crate::charts::palette;
use crate::charts::plot::{EndName, Plot, Width};
use crate::charts::summary::shown;
use crate::charts::trend::{self, Bucket, When};
use crate::vitals::Meal;
use crate::words::Words;

use super::placed::{MARKS, MealMark, Placed, ticks};
use super::texts::meal_name;
use super::{GlucoseGoals, Sugar};

/// Both goals over the whole width. Gives the label of each upper edge, where there is room for it.
pub(in crate::charts) fn goals(
    plot: &Plot<'_>,
    set: &GlucoseGoals,
    width: Width,
    words: &Words,
) -> Vec<EndName> {
    let bands = [
        (set.other, "chart-other-meals"),
        (set.fasting, "meal-fasting"),
    ];
    let floor = plot.y.end - plot.y.start;
    for (band, _) in bands {
        plot.goal(
            plot.x.clone(),
            band.low.map(float),
            band.high.map(float),
            floor,
        );
    }
    let limits: Vec<f64> = bands
        .iter()
        .flat_map(|(band, _)| [band.high, band.low])
        .flatten()
        .map(float)
        .collect();
    plot.y_axis(&limits, &ticks(&plot.y));
    if width == Width::Slim {
        return Vec::new();
    }
    bands
        .into_iter()
        .filter_map(|(band, key)| {
            let high = band.high?;
            let text = format!("{} {}", words.say(key), shown(high, 1));
            Some(EndName {
                y: plot.y_px(float(high)),
                pen: palette::TEXT,
                text,
            })
        })
        .collect()
}

/// A line each for fasting and after a meal: the two that are followed as a course. A LO or HI is
/// no number, so the line goes past it. Gives the names of the lines, where there is room for them.
pub(super) fn lines(
    plot: &Plot<'_>,
    placed: &[Placed<'_>],
    bucket: Bucket,
    dense: bool,
    width: Width,
    words: &Words,
) -> Vec<EndName> {
    let mut names = Vec::new();
    for mark in MARKS {
        let values: Vec<(When, Decimal)> = placed
            .iter()
            .filter(|p| p.mark == mark)
            .filter_map(|p| Some((p.when, p.point.sugar.mmol_l()?)))
            .collect();
        let pens = mark.line();
        if dense {
            let count = (plot.layout.plot_width() / trend::COLUMN_PX) as i64;
            for column in trend::columns(&values, plot.x.end, count) {
                draw_range(plot, &column, mark.range(), mark_word(mark), 1, words);
            }
        }
        let Some((pen, _)) = pens else { continue };
        let numbers: Vec<(When, f64)> = values.iter().map(|(w, v)| (*w, float(*v))).collect();
        let lines = trend::lines(&numbers, bucket);
        let last = lines.last().and_then(|l| l.last().copied());
        for stretch in lines {
            plot.line(stretch, pen);
        }
        if let Some((_, y)) = last.filter(|_| width == Width::Wide) {
            let key = if mark == MealMark::Fasting {
                "meal-fasting"
            } else {
                "meal-after-meal"
            };
            names.push(EndName {
                y: plot.y_px(y),
                pen: palette::HEADING,
                text: words.say(key),
            });
        }
    }
    names
}

pub(in crate::charts) fn mark_word(mark: MealMark) -> &'static str {
    match mark {
        MealMark::Fasting => Meal::Fasting.word(),
        MealMark::BeforeMeal => Meal::Before.word(),
        MealMark::AfterMeal => Meal::After.word(),
        MealMark::Other => "other",
    }
}

/// Every reading that is not in a range bar: all of them, or the LO and HI of a dense picture.
pub(super) fn dots(
    plot: &Plot<'_>,
    placed: &[Placed<'_>],
    dense: bool,
    width: Width,
    words: &Words,
) {
    let mut free_from = [f64::MIN; 2];
    for one in placed {
        let edge = one.point.sugar.mmol_l().is_none();
        if dense && !edge {
            continue;
        }
        let x = plot.x_px(one.when.x);
        draw_sugar(
            plot,
            one,
            one.when.x,
            dot_radius(width, placed.len()),
            words,
        );
        if edge {
            let row = usize::from(one.point.sugar == Sugar::High);
            draw_edge_word(plot, one, x, &mut free_from[row]);
        }
    }
}

/// A mark with its exact value. A LO or HI carries its word where others carry a number.
pub(in crate::charts) fn draw_sugar(
    plot: &Plot<'_>,
    one: &Placed<'_>,
    x: i64,
    radius: i32,
    words: &Words,
) {
    let value = match one.point.sugar {
        Sugar::MmolL(value) => ("mmol", value.to_string()),
        Sugar::Low | Sugar::High => ("word", one.point.sugar.shown()),
    };
    let spelled = match one.point.sugar {
        Sugar::MmolL(_) => one.point.sugar.shown(),
        Sugar::Low => words.say("chart-low"),
        Sugar::High => words.say("chart-high"),
    };
    let meal = meal_name(one.point.meal, words);
    plot.draw(&Dot {
        at: (x, one.y(&plot.y)),
        shape: one.mark.shape(),
        pen: one.mark.pen(),
        radius,
        facts: vec![
            ("at", one.point.at.to_string()),
            value,
            ("meal", one.point.meal.word().to_owned()),
        ],
        hover: format!("{} {spelled} {meal}", one.when.text(words)),
    });
}

/// LO or HI beside its mark, unless the word before it is in the way.
pub(in crate::charts) fn draw_edge_word(
    plot: &Plot<'_>,
    one: &Placed<'_>,
    x: f64,
    free_from: &mut f64,
) {
    let text = one.point.sugar.shown();
    let width = text_width_px(&text) + 8.0;
    let start = (x + 6.0).min(plot.layout.width - width);
    if start >= *free_from {
        let y = match one.point.sugar {
            Sugar::High => plot.layout.top - 5.0,
            _ => plot.layout.bottom - 6.0,
        };
        plot.label(start, y, Anchor::Start, palette::HEADING, &text);
        *free_from = start + width;
    }
}
