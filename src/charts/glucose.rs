//! Glucose over time: by meal tag, LO and HI at the edge with their word, never as a number.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::vitals::{GlucoseValue, Meal, Moment};

use super::element::{Anchor, Dot, Shape, text_width_px};
use super::palette::{self, Pen};
use super::period::{Period, date_marks};
use super::plot::{Caption, Layout, Look, Plot, Width, multiples};
use super::pressure::{band_text, dot_radius, draw_range, float};
use super::summary::{self, Band, shown, shown_range};
use super::trend::{self, Bucket, When};
use super::{Chart, TABLE_ROWS_MAX, Table};
use crate::words::Words;

/// A glucose value as the meter showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sugar {
    /// mmol/L, unrounded.
    MmolL(Decimal),
    /// LO: below the meter's range.
    Low,
    /// HI: above the meter's range.
    High,
}

impl Sugar {
    /// The number, when the meter showed one.
    pub fn mmol_l(&self) -> Option<Decimal> {
        match self {
            Sugar::MmolL(value) => Some(*value),
            Sugar::Low | Sugar::High => None,
        }
    }

    /// What the meter's window shows: "7.1", "LO", "HI".
    pub fn shown(&self) -> String {
        match self {
            Sugar::MmolL(value) => shown(*value, 1),
            Sugar::Low => "LO".to_owned(),
            Sugar::High => "HI".to_owned(),
        }
    }
}

impl From<&GlucoseValue> for Sugar {
    fn from(value: &GlucoseValue) -> Self {
        match value {
            GlucoseValue::MmolL(v) => Sugar::MmolL(*v),
            GlucoseValue::Low => Sugar::Low,
            GlucoseValue::High => Sugar::High,
        }
    }
}

/// One glucose reading of one person. Control solution and unusable times do not belong here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlucosePoint {
    pub at: Moment,
    pub sugar: Sugar,
    pub meal: Meal,
}

/// The person's goals, mmol/L: one before food, one for every other time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GlucoseGoals {
    /// Fasting and before a meal.
    pub fasting: Band,
    /// After a meal, at bedtime, any other hour, unknown.
    pub other: Band,
}

impl GlucoseGoals {
    /// The goal that holds for a reading with this meal tag.
    pub fn of(&self, meal: Meal) -> Band {
        match meal {
            Meal::Fasting | Meal::Before => self.fasting,
            Meal::After | Meal::Bedtime | Meal::Casual | Meal::Unknown => self.other,
        }
    }
}

/// Everything the picture is made of.
#[derive(Debug, Clone, Copy)]
pub struct GlucoseTrend<'a> {
    /// What the picture is of, in the reader's language.
    pub title: &'a str,
    /// In any order; those outside the period are left out.
    pub points: &'a [GlucosePoint],
    pub period: Period,
    pub zone: &'a TimeZone,
    pub goals: GlucoseGoals,
}

/// The scale most people fit into, mmol/L.
pub(super) const USUAL_MMOL_L: (f64, f64) = (3.0, 14.0);

/// The meal tags in the order of a legend.
const MARKS: [MealMark; 4] = [
    MealMark::Fasting,
    MealMark::BeforeMeal,
    MealMark::AfterMeal,
    MealMark::Other,
];

/// What tells meals apart in a picture: full before food, open after; round for the two that are
/// followed as a course, square for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MealMark {
    Fasting,
    BeforeMeal,
    AfterMeal,
    Other,
}

impl MealMark {
    pub(super) fn of(meal: Meal) -> Self {
        match meal {
            Meal::Fasting => MealMark::Fasting,
            Meal::Before => MealMark::BeforeMeal,
            Meal::After => MealMark::AfterMeal,
            Meal::Bedtime | Meal::Casual | Meal::Unknown => MealMark::Other,
        }
    }

    pub(super) fn pen(self) -> Pen {
        match self {
            MealMark::Fasting | MealMark::BeforeMeal => palette::DOT,
            MealMark::AfterMeal | MealMark::Other => palette::OPEN,
        }
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            MealMark::Fasting | MealMark::AfterMeal => Shape::Circle,
            MealMark::BeforeMeal | MealMark::Other => Shape::Square,
        }
    }

    fn legend(self) -> &'static str {
        match self {
            MealMark::Fasting => "chart-legend-fasting",
            MealMark::BeforeMeal => "chart-legend-before-meal",
            MealMark::AfterMeal => "chart-legend-after-meal",
            MealMark::Other => "chart-legend-other-meal",
        }
    }

    /// The line that follows this mark, where there is one.
    fn line(self) -> Option<(Pen, Pen)> {
        match self {
            MealMark::Fasting => Some((palette::LINE_1, palette::RANGE_1)),
            MealMark::AfterMeal => Some((palette::LINE_2, palette::RANGE_2)),
            MealMark::BeforeMeal | MealMark::Other => None,
        }
    }
}

/// A meal's name.
pub(super) fn meal_name(meal: Meal, words: &Words) -> String {
    words.word("meal", meal.word())
}

/// One reading, placed.
pub(super) struct Placed<'a> {
    pub when: When,
    pub point: &'a GlucosePoint,
    pub mark: MealMark,
}

impl Placed<'_> {
    /// Where on the scale: a LO or HI stands at its edge, whatever the scale is.
    pub(super) fn y(&self, scale: &std::ops::Range<f64>) -> f64 {
        match self.point.sugar {
            Sugar::MmolL(value) => float(value),
            Sugar::Low => scale.start,
            Sugar::High => scale.end,
        }
    }
}

pub(super) fn place<'a>(
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
pub(super) fn scale(placed: &[Placed<'_>], goals: &GlucoseGoals) -> std::ops::Range<f64> {
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
pub(super) fn ticks(scale: &std::ops::Range<f64>) -> Vec<f64> {
    let step = if scale.end - scale.start > 20.0 {
        5.0
    } else {
        2.0
    };
    multiples(scale, step)
}

/// Draws glucose over time.
pub fn glucose_over_time(input: &GlucoseTrend<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let placed = place(input.points, &input.period, input.zone);
    let description = description(input.points, &input.period, input.zone, &input.goals, words);
    let layout = layout(look.width);
    let dense = trend::is_dense(placed.len(), layout.plot_width());
    let bucket = Bucket::for_width(&input.period, layout.plot_width());
    let mut legend = meal_legend(&placed, words);
    if dense {
        legend.insert(0, words.say("chart-legend-range"));
    }
    if placed.len() > 1 {
        legend.push(words.say(bucket.legend()));
    }
    legend.extend(goal_legend(&input.goals, words));
    let caption = Caption::new(look, input.title, &legend, layout.width);
    let layout = layout.below(&caption);

    let mut svg = String::new();
    {
        let y = scale(&placed, &input.goals);
        let axes = (0..input.period.length_ms(), y);
        let plot = Plot::new(&mut svg, look, layout, axes, (input.title, &description));
        plot.caption(&caption);
        draw_goals(&plot, &input.goals, words);
        let room = if look.width == Width::Wide {
            74.0
        } else {
            62.0
        };
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
        if placed.is_empty() {
            plot.nothing(&words.say("chart-nothing"));
        }
        draw_lines(&plot, &placed, bucket, dense, look.width, words);
        draw_dots(&plot, &placed, dense, look.width, words);
    }
    let table = table(&placed, words);
    Chart {
        svg,
        title: input.title.to_owned(),
        description,
        legend,
        notes: Vec::new(),
        table,
    }
}

fn layout(width: Width) -> Layout {
    match width {
        Width::Wide => Layout {
            width: 976.0,
            height: 286.0,
            left: 44.0,
            right: 868.0,
            top: 22.0,
            bottom: 252.0,
        },
        Width::Slim => Layout {
            width: 330.0,
            height: 250.0,
            left: 34.0,
            right: 322.0,
            top: 22.0,
            bottom: 216.0,
        },
    }
}

/// Both goals over the whole width; the label of each stands on its edge.
fn draw_goals(plot: &Plot<'_>, goals: &GlucoseGoals, words: &Words) {
    let bands = [
        (goals.other, "chart-other-meals"),
        (goals.fasting, "meal-fasting"),
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
    for (band, key) in bands {
        if let Some(high) = band.high {
            let name = words.say(key);
            let text = format!("{name} {}", shown(high, 1));
            let x = plot.layout.left + 4.0;
            let y = plot.y_px(float(high)) - 5.0;
            plot.label(x, y, Anchor::Start, palette::TEXT, &text);
        }
    }
}

/// A line each for fasting and after a meal: the two that are followed as a course. A LO or HI is
/// no number, so the line goes past it.
fn draw_lines(
    plot: &Plot<'_>,
    placed: &[Placed<'_>],
    bucket: Bucket,
    dense: bool,
    width: Width,
    words: &Words,
) {
    let mut taken: Option<f64> = None;
    for mark in MARKS {
        let values: Vec<(When, Decimal)> = placed
            .iter()
            .filter(|p| p.mark == mark)
            .filter_map(|p| Some((p.when, p.point.sugar.mmol_l()?)))
            .collect();
        let pens = mark.line();
        if dense {
            let pen = pens.map_or(palette::RANGE_2, |(_, range)| range);
            let count = (plot.layout.plot_width() / trend::COLUMN_PX) as i64;
            for column in trend::columns(&values, plot.x.end, count) {
                draw_range(plot, &column, pen, mark_word(mark), 1, words);
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
            let mut at = plot.y_px(y) + 4.5;
            if let Some(other) = taken.filter(|t| (t - at).abs() < 16.0) {
                at = if at < other {
                    other - 16.0
                } else {
                    other + 16.0
                };
            }
            taken = Some(at);
            let x = plot.layout.right + 12.0;
            plot.label(x, at, Anchor::Start, palette::TEXT, &words.say(key));
        }
    }
}

fn mark_word(mark: MealMark) -> &'static str {
    match mark {
        MealMark::Fasting => Meal::Fasting.word(),
        MealMark::BeforeMeal => Meal::Before.word(),
        MealMark::AfterMeal => Meal::After.word(),
        MealMark::Other => "other",
    }
}

/// Every reading that is not in a range bar: all of them, or the LO and HI of a dense picture.
fn draw_dots(plot: &Plot<'_>, placed: &[Placed<'_>], dense: bool, width: Width, words: &Words) {
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
pub(super) fn draw_sugar(plot: &Plot<'_>, one: &Placed<'_>, x: i64, radius: i32, words: &Words) {
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
pub(super) fn draw_edge_word(plot: &Plot<'_>, one: &Placed<'_>, x: f64, free_from: &mut f64) {
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

pub(super) fn meal_legend(placed: &[Placed<'_>], words: &Words) -> Vec<String> {
    MARKS
        .into_iter()
        .filter(|mark| placed.iter().any(|p| p.mark == *mark))
        .map(|mark| words.say(mark.legend()))
        .collect()
}

/// "色带：目标 空腹 低于 7.0、其余 低于 10.0".
pub(super) fn goal_legend(goals: &GlucoseGoals, words: &Words) -> Option<String> {
    let parts: Vec<String> = [
        (goals.fasting, "meal-fasting"),
        (goals.other, "chart-other-meals"),
    ]
    .into_iter()
    .filter_map(|(band, key)| {
        Some(format!(
            "{} {}",
            words.say(key),
            band_text(&band, 1, words)?
        ))
    })
    .collect();
    if parts.is_empty() {
        return None;
    }
    let goal = parts.join(&words.say("chart-list-separator"));
    Some(words.with("chart-legend-goal", [("goal", goal.into())]))
}

/// What the picture shows, in one sentence: readings, and the range of each meal.
pub(super) fn description(
    points: &[GlucosePoint],
    period: &Period,
    zone: &TimeZone,
    goals: &GlucoseGoals,
    words: &Words,
) -> String {
    let all = summary::glucose(points, &Meal::ALL, period, zone, goals, 1);
    if all.n == 0 {
        return words.say("chart-nothing");
    }
    let ranges: Vec<String> = Meal::ALL
        .into_iter()
        .map(|meal| {
            (
                meal,
                summary::glucose(points, &[meal], period, zone, goals, 1),
            )
        })
        .filter(|(_, s)| s.n > 0)
        .map(|(meal, s)| {
            let low = (s.low > 0).then(|| format!("LO × {}", s.low));
            let high = (s.high > 0).then(|| format!("HI × {}", s.high));
            let parts: Vec<String> = [s.extremes.map(|e| shown_range(e, 1)), low, high]
                .into_iter()
                .flatten()
                .collect();
            words.with(
                "chart-meal-range",
                [
                    ("meal", meal_name(meal, words).into()),
                    ("n", s.n.into()),
                    ("range", parts.join(", ").into()),
                ],
            )
        })
        .collect();
    words.with(
        "chart-glucose-description",
        [
            ("n", all.n.into()),
            ("days", all.days.into()),
            (
                "ranges",
                ranges.join(&words.say("chart-list-separator")).into(),
            ),
        ],
    )
}

pub(super) fn table(placed: &[Placed<'_>], words: &Words) -> Table {
    Table {
        head: [
            "chart-column-time",
            "chart-column-glucose",
            "chart-column-meal",
        ]
        .map(|key| words.say(key))
        .to_vec(),
        rows: placed
            .iter()
            .rev()
            .take(TABLE_ROWS_MAX)
            .map(|p| {
                let meal = meal_name(p.point.meal, words);
                vec![p.when.text(words), p.point.sugar.shown(), meal]
            })
            .collect(),
        left_out: placed.len().saturating_sub(TABLE_ROWS_MAX),
    }
}
