//! A day's shape: all days of a period laid over 0 to 24 o'clock.
//!
//! The glucose picture is the modal day of self-measured values. It is never called an ambulatory
//! glucose profile: that name is for continuous sensors (Battelino et al., Lancet Diabetes
//! Endocrinol 2023;11:42, which asks for 14 days with 70 % of a sensor's data).

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::words::Words;

use super::element::{Block, Measure};
use super::glucose::placed::MARKS;
use super::glucose::{self, GlucosePoint, Sugar};
use super::marks::{dot_radius, float, range_ends};
use super::palette::{self, Pen};
use super::period::Period;
use super::plot::{Caption, Layout, Look, Plot, Width};
use super::summary::shown_range;
use super::trend::{self, When};
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
    let dense = trend::is_dense(placed.len(), layout(look.width).plot_width());
    let mut legend = if dense {
        vec![words.say("chart-legend-range")]
    } else {
        glucose::texts::meal_legend(&placed, words)
    };
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
        let bars = if enough {
            percentile_bars(points, period, zone)
        } else {
            Vec::new()
        };
        for bar in &bars {
            bar.draw_box(&plot);
        }
        if dense {
            for mark in MARKS {
                let of_mark = placed.iter().filter(|p| p.mark == mark);
                let values = of_mark.filter_map(|p| Some((p.when, p.point.sugar.mmol_l()?)));
                let word = glucose::draw::mark_word(mark);
                draw_ranges(&plot, values.collect(), mark.range(), word, 1);
            }
        }
        let radius = dot_radius(look.width, placed.len());
        let mut free_from = [f64::MIN; 2];
        for one in &placed {
            if dense && one.point.sugar.mmol_l().is_some() {
                continue;
            }
            let x = second_of_day(&one.when);
            glucose::draw::draw_sugar(&plot, one, x, radius, words);
            if one.point.sugar.mmol_l().is_none() {
                let row = usize::from(one.point.sugar == Sugar::High);
                let at = plot.x_px(x);
                glucose::draw::draw_edge_word(&plot, one, at, &mut free_from[row]);
            }
        }
        for bar in &bars {
            bar.draw_median(&plot);
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

/// The percentiles of two hours.
struct PercentileBar {
    from_hour: i64,
    found: Quartiles,
    n: usize,
}

/// One bar for each two hours with enough readings.
fn percentile_bars(
    points: &[GlucosePoint],
    period: &Period,
    zone: &TimeZone,
) -> Vec<PercentileBar> {
    let bars = usize::try_from(24 / BAR_HOURS).unwrap_or(0);
    let mut hours: Vec<Vec<Sugar>> = vec![Vec::new(); bars];
    for point in points.iter().filter(|p| period.contains(p.at)) {
        let second = second_of_day(&When::new(point.at, period, zone));
        let bar = usize::try_from(second / (BAR_HOURS * 3600)).unwrap_or(0);
        if let Some(values) = hours.get_mut(bar) {
            values.push(point.sugar);
        }
    }
    (0..)
        .step_by(BAR_HOURS as usize)
        .zip(hours)
        .filter(|(_, values)| values.len() >= BAR_NEEDS)
        .filter_map(|(from_hour, values)| {
            let n = values.len();
            Some(PercentileBar {
                from_hour,
                found: quartiles(values)?,
                n,
            })
        })
        .collect()
}

impl PercentileBar {
    /// Start and end on the axis, with a little air between neighbours.
    fn span(&self) -> (i64, i64) {
        (
            self.from_hour * 3600 + 300,
            (self.from_hour + BAR_HOURS) * 3600 - 300,
        )
    }

    fn y(plot: &Plot<'_>, sugar: Sugar) -> f64 {
        match sugar {
            Sugar::MmolL(value) => float(value),
            Sugar::Low => plot.y.start,
            Sugar::High => plot.y.end,
        }
    }

    fn draw_box(&self, plot: &Plot<'_>) {
        let (from, to) = self.span();
        let (upper, lower) = (
            Self::y(plot, self.found.upper),
            Self::y(plot, self.found.lower),
        );
        plot.draw(&Block {
            corners: [(from, upper), (to, lower)],
            pen: palette::HALF,
            facts: vec![
                ("p25", self.found.lower.shown()),
                ("p50", self.found.middle.shown()),
                ("p75", self.found.upper.shown()),
                ("n", self.n.to_string()),
            ],
            hover: format!(
                "{}:00–{}:00 {} ({}–{}) n={}",
                self.from_hour,
                self.from_hour + BAR_HOURS,
                self.found.middle.shown(),
                self.found.lower.shown(),
                self.found.upper.shown(),
                self.n
            ),
        });
    }

    fn draw_median(&self, plot: &Plot<'_>) {
        let (from, to) = self.span();
        let y = Self::y(plot, self.found.middle);
        plot.line(vec![(from, y), (to, y)], palette::MEAN);
    }
}

/// Bars from lowest to highest for each few minutes of the day: where dots would be a smear.
pub(super) fn draw_ranges(
    plot: &Plot<'_>,
    values: Vec<(When, Decimal)>,
    pen: Pen,
    word: &str,
    places: u32,
) {
    let mut values: Vec<(When, Decimal)> = values
        .into_iter()
        .map(|(w, v)| {
            (
                When {
                    x: second_of_day(&w),
                    ..w
                },
                v,
            )
        })
        .collect();
    values.sort_by_key(|(when, _)| when.x);
    let count = (plot.layout.plot_width() / trend::COLUMN_PX) as i64;
    for column in trend::columns(&values, DAY_S, count) {
        let minutes = column.x / 60;
        let range = shown_range((column.low, column.high), places);
        plot.draw(&Measure {
            points: range_ends(plot, column.x, column.low, column.high),
            pen,
            facts: vec![
                ("series", word.to_owned()),
                ("low", column.low.to_string()),
                ("high", column.high.to_string()),
                ("n", column.n.to_string()),
            ],
            hover: format!(
                "{:02}:{:02} {range} n={}",
                minutes / 60,
                minutes % 60,
                column.n
            ),
        });
    }
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
