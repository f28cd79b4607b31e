//! A day's shape: all days of a period laid over 0 to 24 o'clock.
//!
//! The glucose picture is the modal day of self-measured values. It is never called an ambulatory
//! glucose profile: that name is for continuous sensors (Battelino et al., Lancet Diabetes
//! Endocrinol 2023;11:42, which asks for 14 days with 70 % of a sensor's data).

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::words::Words;

use super::element::Measure;
use super::glucose::{self, GlucosePoint, Sugar};
use super::marks::{dot_radius, float};
use super::palette;
use super::period::Period;
use super::plot::{Caption, Layout, Look, Plot, Width};
use super::trend::When;
use super::{Chart, GlucoseTrend};

mod pressure_day;
pub use pressure_day::pressure_by_hour;

/// The length of the x axis: seconds of a civil day.
pub(super) const DAY_S: i64 = 86_400;

/// Percentiles are drawn from this many readings on; fewer would show chance as shape.
pub const PERCENTILES_NEED: usize = 30;

/// Hours that share one percentile bar, and the readings such a bar needs.
const BAR_HOURS: i64 = 2;
const BAR_NEEDS: usize = 5;

/// Seconds after midnight by the wall clock.
pub(super) fn second_of_day(when: &When) -> i64 {
    let time = when.civil.time();
    i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
}

/// The marks of an axis of hours: every six.
pub(super) fn hour_marks(words: &Words) -> Vec<(i64, String)> {
    (0..=24)
        .step_by(6)
        .map(|hour: i64| (hour * 3600, words.with1("chart-axis-hour", "hour", hour)))
        .collect()
}

/// The sheet of a day picture.
pub(super) fn layout(width: Width) -> Layout {
    match width {
        Width::Wide => Layout {
            width: 976.0,
            height: 300.0,
            left: 44.0,
            right: 868.0,
            top: 22.0,
            bottom: 266.0,
        },
        Width::Slim => Layout {
            width: 330.0,
            height: 270.0,
            left: 34.0,
            right: 318.0,
            top: 22.0,
            bottom: 236.0,
        },
    }
}

/// Glucose over the hours of the day: every reading of the period at its hour, told apart by meal.
pub fn glucose_by_hour(input: &GlucoseTrend<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let placed = glucose::placed::place(input.points, &input.period, input.zone);
    let enough = placed.len() >= PERCENTILES_NEED;
    let GlucoseTrend {
        title,
        points,
        period,
        zone,
        goals,
    } = input;
    let description = glucose::texts::description(points, period, zone, goals, words);
    let mut legend = glucose::texts::meal_legend(&placed, words);
    let mut notes = Vec::new();
    if enough {
        legend.push(words.say("chart-legend-percentiles"));
    } else if !placed.is_empty() {
        let counts = [
            ("have", placed.len().into()),
            ("need", PERCENTILES_NEED.into()),
        ];
        notes.push(words.with("chart-too-few-for-percentiles", counts));
    }
    legend.extend(glucose::texts::goal_legend(goals, words));
    let caption = Caption::new(look, title, &legend, layout(look.width).width);
    let layout = layout(look.width).below(&caption);

    let mut svg = String::new();
    {
        let y = glucose::placed::scale(&placed, goals);
        let plot = Plot::new(&mut svg, look, layout, (0..DAY_S, y), (title, &description));
        plot.caption(&caption);
        let names = glucose::draw::goals(&plot, goals, look.width, words);
        plot.end_names(names);
        plot.x_axis(&hour_marks(words));
        if placed.is_empty() {
            plot.nothing(&words.say("chart-nothing"));
        }
        if enough {
            draw_percentiles(&plot, points, period, zone);
        }
        let radius = dot_radius(look.width, placed.len());
        let mut free_from = [f64::MIN; 2];
        for one in &placed {
            let x = second_of_day(&one.when);
            glucose::draw::draw_sugar(&plot, one, x, radius, words);
            if one.point.sugar.mmol_l().is_none() {
                let row = usize::from(one.point.sugar == Sugar::High);
                let at = plot.x_px(x);
                glucose::draw::draw_edge_word(&plot, one, at, &mut free_from[row]);
            }
        }
    }
    let table = glucose::texts::table(&placed, words);
    Chart {
        svg,
        title: (*title).to_owned(),
        description,
        legend,
        notes,
        table,
    }
}

/// The 25th, 50th and 75th percentile of the readings of some hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quartiles {
    pub lower: Sugar,
    pub middle: Sugar,
    pub upper: Sugar,
}

/// Percentiles by nearest rank (the smallest value that so many per cent do not exceed): a reading,
/// never a number in between, so a LO or HI among them stays a LO or HI.
pub(super) fn quartiles(mut values: Vec<Sugar>) -> Option<Quartiles> {
    values.sort_by_key(|sugar| match sugar {
        Sugar::Low => (0, Decimal::ZERO),
        Sugar::MmolL(value) => (1, *value),
        Sugar::High => (2, Decimal::ZERO),
    });
    let rank = |percent: usize| -> Option<Sugar> {
        let at = (values.len() * percent).div_ceil(100).saturating_sub(1);
        values.get(at).copied()
    };
    Some(Quartiles {
        lower: rank(25)?,
        middle: rank(50)?,
        upper: rank(75)?,
    })
}

/// A pale bar and a thick line for each two hours with enough readings.
fn draw_percentiles(plot: &Plot<'_>, points: &[GlucosePoint], period: &Period, zone: &TimeZone) {
    let bars = 24 / BAR_HOURS;
    for bar in 0..bars {
        let (from, to) = (bar * BAR_HOURS * 3600, (bar + 1) * BAR_HOURS * 3600);
        let inside: Vec<Sugar> = points
            .iter()
            .filter(|p| period.contains(p.at))
            .filter(|p| {
                let at = second_of_day(&When::new(p.at, period, zone));
                (from..to).contains(&at)
            })
            .map(|p| p.sugar)
            .collect();
        let n = inside.len();
        if n < BAR_NEEDS {
            continue;
        }
        let Some(found) = quartiles(inside) else {
            continue;
        };
        draw_bar(plot, (from, to), &found, n);
    }
}

fn draw_bar(plot: &Plot<'_>, (from, to): (i64, i64), found: &Quartiles, n: usize) {
    let y = |sugar: Sugar| match sugar {
        Sugar::MmolL(value) => float(value),
        Sugar::Low => plot.y.start,
        Sugar::High => plot.y.end,
    };
    // A little air between neighbours.
    let (from, to) = (from + 300, to - 300);
    plot.area(
        [(from, y(found.upper)), (to, y(found.lower))],
        palette::SOFT_AREA,
    );
    plot.draw(&Measure {
        points: vec![(from, y(found.middle)), (to, y(found.middle))],
        pen: palette::MEAN,
        facts: vec![
            ("p25", found.lower.shown()),
            ("p50", found.middle.shown()),
            ("p75", found.upper.shown()),
            ("n", n.to_string()),
        ],
        hover: format!(
            "{}:00–{}:00 {} ({}–{}) n={n}",
            from / 3600,
            (to + 300) / 3600,
            found.middle.shown(),
            found.lower.shown(),
            found.upper.shown()
        ),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_readings() {
        let tenths = |n: i64| Sugar::MmolL(Decimal::new(n, 1));
        let found = quartiles((41..=48).map(tenths).collect()).unwrap();
        assert_eq!(
            found,
            Quartiles {
                lower: tenths(42),
                middle: tenths(44),
                upper: tenths(46)
            }
        );
        let edges = vec![Sugar::High, tenths(50), Sugar::Low, Sugar::High, Sugar::Low];
        let found = quartiles(edges).unwrap();
        assert_eq!(
            found,
            Quartiles {
                lower: Sugar::Low,
                middle: tenths(50),
                upper: Sugar::High
            }
        );
        assert_eq!(quartiles(Vec::new()), None);
    }
}
