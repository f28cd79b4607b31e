//! Glucose over time: by meal tag, LO and HI at the edge with their word, never as a number.

pub(super) mod draw;
pub(super) mod placed;
pub(super) mod texts;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::vitals::{GlucoseValue, Meal, Moment};
use crate::words::Words;

use super::Chart;
use super::period::{Period, date_marks};
use super::plot::{Caption, Layout, Look, Plot, Width};
use super::summary::{Band, shown};
use super::trend::{self, Bucket};

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

/// Draws glucose over time.
pub fn glucose_over_time(input: &GlucoseTrend<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let placed = placed::place(input.points, &input.period, input.zone);
    let description =
        texts::description(input.points, &input.period, input.zone, &input.goals, words);
    let layout = layout(look.width);
    let dense = trend::is_dense(placed.len(), layout.plot_width());
    let bucket = Bucket::for_width(&input.period, layout.plot_width());
    let mut legend = if dense {
        vec![words.say("chart-legend-range")]
    } else {
        texts::meal_legend(&placed, words)
    };
    if placed.len() > 1 {
        legend.push(words.say(bucket.legend()));
        if look.width == Width::Slim {
            legend.push(words.say("chart-legend-glucose-lines"));
        }
    }
    legend.extend(texts::goal_legend(&input.goals, words));
    let caption = Caption::new(look, input.title, &legend, layout.width);
    let layout = layout.below(&caption);

    let mut svg = String::new();
    {
        let y = placed::scale(&placed, &input.goals);
        let axes = (0..input.period.length_ms(), y);
        let plot = Plot::new(&mut svg, look, layout, axes, (input.title, &description));
        plot.caption(&caption);
        let mut names = draw::goals(&plot, &input.goals, look.width, words);
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
        names.extend(draw::lines(
            &plot, &placed, bucket, dense, look.width, words,
        ));
        plot.end_names(names);
        draw::dots(&plot, &placed, dense, look.width, words);
    }
    let table = texts::table(&placed, words);
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
