//! A centre at a glance: how many people were measured each day, and how many are in which state.

use jiff::civil::Date;

use crate::words::Words;

use super::element::{Anchor, Block, Dot, Shape, text_width_px, units};
use super::palette::{self, Pen};
use super::plot::{Caption, Layout, Look, Plot, Width, multiples};
use super::{Chart, Table};

/// One day of a centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    pub day: Date,
    /// Different persons measured.
    pub persons: u32,
    /// The centre was open. A closed day without anybody is no lack.
    pub open: bool,
}

/// How a state is filled: the fuller, the less it needs a second look. Told apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fill {
    /// Nothing to do: measured today.
    Full,
    /// In between: measured this week.
    Half,
    /// Nothing is known: not measured.
    Empty,
}

/// The persons of one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCount {
    /// In the reader's language: "今天量过".
    pub name: String,
    pub persons: u32,
    pub fill: Fill,
}

/// Everything the picture is made of.
#[derive(Debug, Clone, Copy)]
pub struct Overview<'a> {
    /// What the picture is of, in the reader's language.
    pub title: &'a str,
    /// In order of time, one entry per civil day, no day missing.
    pub days: &'a [DayCount],
    /// In the order they are drawn, from the left.
    pub states: &'a [StateCount],
}

/// Draws a centre's overview: a bar of states above, a bar per day below.
pub fn overview(input: &Overview<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let description = describe(input, words);
    let caption = Caption::new(look, input.title, &[], layout(look.width).width);
    let layout = layout(look.width).below(&caption);
    let mut svg = String::new();
    {
        let most = input
            .days
            .iter()
            .map(|d| d.persons)
            .max()
            .unwrap_or(0)
            .max(5);
        let step = step_for(most);
        let top = (f64::from(most) / step).ceil() * step;
        let count = i64::try_from(input.days.len()).unwrap_or(i64::MAX).max(1);
        // A hundred parts a day: a bar leaves some of them free.
        let axes = (0..count * PARTS, 0.0..top);
        let plot = Plot::new(&mut svg, look, layout, axes, (input.title, &description));
        plot.caption(&caption);
        draw_states(&plot, input.states, caption.height(), look.width, words);
        plot.y_axis(&[], &multiples(&plot.y, step));
        plot.x_axis(&day_marks(input.days, &plot, words));
        if input.days.iter().all(|d| d.persons == 0) {
            plot.nothing(&words.say("chart-nothing"));
        }
        draw_days(&plot, input.days, words);
    }
    let table = Table {
        head: vec![
            words.say("chart-column-day"),
            words.say("chart-column-persons"),
        ],
        rows: input.days.iter().rev().map(|d| row(d, words)).collect(),
        left_out: 0,
    };
    let title = input.title.to_owned();
    Chart {
        svg,
        title,
        description,
        legend: Vec::new(),
        notes: Vec::new(),
        table,
    }
}

/// Parts of the x axis per day.
const PARTS: i64 = 100;

fn layout(width: Width) -> Layout {
    match width {
        Width::Wide => Layout {
            width: 976.0,
            height: 270.0,
            left: 44.0,
            right: 968.0,
            top: 86.0,
            bottom: 236.0,
        },
        Width::Slim => Layout {
            width: 330.0,
            height: 270.0,
            left: 34.0,
            // The last day's name stands under its bar and inside the sheet.
            right: 308.0,
            top: 106.0,
            bottom: 236.0,
        },
    }
}

/// Whole numbers of people, about five marks.
fn step_for(most: u32) -> f64 {
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
        .into_iter()
        .find(|step| f64::from(most) / step <= 5.0)
        .unwrap_or(200.0)
}

fn row(day: &DayCount, words: &Words) -> Vec<String> {
    let persons = if day.persons == 0 && !day.open {
        words.say("chart-closed")
    } else {
        day.persons.to_string()
    };
    vec![words.full_day(day.day), persons]
}

/// As many days as have room, always the last.
fn day_marks(days: &[DayCount], plot: &Plot<'_>, words: &Words) -> Vec<(i64, String)> {
    const BETWEEN_PX: f64 = 12.0;
    let per_day_px = plot.layout.plot_width() / days.len().max(1) as f64;
    let widest_px = days
        .iter()
        .map(|day| text_width_px(&words.day(day.day)))
        .fold(0.0, f64::max);
    let every = (((widest_px + BETWEEN_PX) / per_day_px).ceil() as usize).max(1);
    let middle = |at: usize| i64::try_from(at).unwrap_or(0) * PARTS + PARTS / 2;
    let last = days.len().saturating_sub(1);
    days.iter()
        .enumerate()
        .filter(|(at, _)| (last - at).is_multiple_of(every))
        .map(|(at, day)| (middle(at), words.day(day.day)))
        .collect()
}

fn draw_days(plot: &Plot<'_>, days: &[DayCount], words: &Words) {
    for (start, day) in (0..).step_by(PARTS as usize).zip(days) {
        if day.persons == 0 {
            continue;
        }
        let (from, to) = (start + 18, start + PARTS - 18);
        let persons = f64::from(day.persons);
        let counted = [
            ("day", words.day(day.day).into()),
            ("n", day.persons.into()),
        ];
        plot.draw(&Block {
            corners: [(from, persons), (to, 0.0)],
            pen: palette::FULL,
            facts: vec![
                ("day", day.day.to_string()),
                ("persons", day.persons.to_string()),
            ],
            hover: words.with("chart-day-persons", counted),
        });
    }
}

fn pen(fill: Fill) -> Pen {
    match fill {
        Fill::Full => palette::FULL,
        Fill::Half => palette::HALF,
        Fill::Empty => palette::EMPTY,
    }
}

/// One bar over the whole width, divided by state; the names and numbers stand under it.
fn draw_states(plot: &Plot<'_>, states: &[StateCount], down: f64, width: Width, words: &Words) {
    const BAR_PX: f64 = 18.0;
    let total: u32 = states.iter().map(|s| s.persons).sum();
    let (left, right) = (plot.layout.left, plot.layout.right);
    let (top, mut x) = (down + 10.0, left);
    let mut name = (left, top + BAR_PX + 20.0);
    for state in states {
        let share = f64::from(state.persons) / f64::from(total.max(1));
        let end = x + share * (right - left);
        let text = state_text(state, words);
        if state.persons > 0 {
            plot.draw_on_sheet(&Block {
                corners: [(units(x), units(top)), (units(end), units(top + BAR_PX))],
                pen: pen(state.fill),
                facts: vec![
                    ("state", state.name.clone()),
                    ("persons", state.persons.to_string()),
                ],
                hover: text.clone(),
            });
        }
        let room = text_width_px(&text) + 40.0;
        if width == Width::Slim && name.0 + room > right + 30.0 && name.0 > left {
            name = (left, name.1 + 20.0);
        }
        plot.draw_on_sheet(&Dot {
            at: (units(name.0 + 6.0), units(name.1 - 4.5)),
            shape: Shape::Square,
            pen: pen(state.fill),
            radius: 56,
            facts: Vec::new(),
            hover: String::new(),
        });
        plot.label(name.0 + 18.0, name.1, Anchor::Start, palette::TEXT, &text);
        name.0 += room;
        x = end;
    }
}

fn state_text(state: &StateCount, words: &Words) -> String {
    words.with(
        "chart-state-count",
        [
            ("state", state.name.as_str().into()),
            ("n", state.persons.into()),
        ],
    )
}

fn describe(input: &Overview<'_>, words: &Words) -> String {
    let days = input.days.iter().filter(|d| d.persons > 0).count();
    let total: u32 = input.days.iter().map(|d| d.persons).sum();
    let states: Vec<String> = input.states.iter().map(|s| state_text(s, words)).collect();
    words.with(
        "chart-overview-description",
        [
            ("days", days.into()),
            ("total", total.into()),
            (
                "states",
                states.join(&words.say("chart-list-separator")).into(),
            ),
        ],
    )
}
