//! Blood pressure by hour: mornings beside afternoons.

use rust_decimal::Decimal;

use crate::charts::element::{Anchor, Dot, Measure, Shape};
use crate::charts::marks::{dot_radius, float};
use crate::charts::palette;
use crate::charts::plot::{Caption, Look, Plot, Width, multiples};
use crate::charts::pressure::placed::{FADE_MMHG, Placed, Series, pair, place, scale};
use crate::charts::pressure::texts;
use crate::charts::summary::{self, shown};
use crate::charts::trend;
use crate::charts::{Chart, PressureTrend};
use crate::words::Words;

use super::{DAY_S, draw_ranges, hour_marks, layout, second_of_day};

/// Half of a day with the mean of its readings.
struct Half {
    /// Seconds of the day.
    from: i64,
    to: i64,
    key: &'static str,
    n: usize,
    systolic: Decimal,
    diastolic: Decimal,
}

/// Blood pressure over the hours of the day: systolic full, diastolic open; the mean of the mornings
/// and of the afternoons as thick lines over the hours they come from, each from `mean_needs`
/// readings on. Events and closures of the input are not drawn.
pub fn pressure_by_hour(input: &PressureTrend<'_>, look: &Look<'_>, words: &Words) -> Chart {
    let placed = place(input);
    let goal = input.goal.as_ref();
    let whole = summary::pressure(
        input.points,
        &input.period,
        input.zone,
        goal,
        input.mean_needs,
    );
    let description = texts::description(&whole, words);
    let (halves, notes) = halves(&placed, input.mean_needs, words);
    let dense = trend::is_dense(placed.len(), layout(look.width).plot_width());
    let mut legend = if dense {
        vec![words.say("chart-legend-range")]
    } else {
        vec![
            words.say("chart-legend-systolic-dots"),
            words.say("chart-legend-diastolic-dots"),
        ]
    };
    if !halves.is_empty() {
        legend.push(words.say("chart-legend-half-day-mean"));
    }
    legend.extend(texts::goal_legend(goal, words));
    let caption = Caption::new(look, input.title, &legend, layout(look.width).width);
    let mut layout = layout(look.width).below(&caption);
    // No names at the right end: the hours may have that room.
    layout.right = layout.width - 14.0;

    let mut svg = String::new();
    {
        let axes = (0..DAY_S, scale(&placed, goal));
        let plot = Plot::new(&mut svg, look, layout, axes, (input.title, &description));
        plot.caption(&caption);
        let goal = input.goal.unwrap_or_default();
        for band in [goal.systolic, goal.diastolic] {
            plot.goal(
                plot.x.clone(),
                band.low.map(float),
                band.high.map(float),
                FADE_MMHG,
            );
        }
        let limits = [
            goal.systolic.high,
            goal.diastolic.high,
            goal.systolic.low,
            goal.diastolic.low,
        ];
        let limits: Vec<f64> = limits.into_iter().flatten().map(float).collect();
        plot.y_axis(&limits, &multiples(&plot.y, 20.0));
        plot.x_axis(&hour_marks(words));
        if placed.is_empty() {
            plot.nothing(&words.say("chart-nothing"));
        }
        let radius = dot_radius(look.width, placed.len());
        if dense {
            for series in [Series::Systolic, Series::Diastolic] {
                let values = placed.iter().map(|p| (p.when, series.exact(p))).collect();
                draw_ranges(&plot, values, series.range(), series.word(), 0);
            }
        } else {
            for one in &placed {
                draw_pair(&plot, one, radius, words);
            }
        }
        for half in &halves {
            draw_half(&plot, half, look.width, words);
        }
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

/// The two halves that have enough readings, and a note for one that has some but too few.
fn halves(placed: &[Placed<'_>], need: usize, words: &Words) -> (Vec<Half>, Vec<String>) {
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    for (morning, key) in [
        (true, "chart-morning-mean"),
        (false, "chart-afternoon-mean"),
    ] {
        let inside: Vec<&Placed<'_>> = placed
            .iter()
            .filter(|p| p.when.before_noon() == morning)
            .collect();
        let n = inside.len();
        if n < need.max(1) {
            if n > 0 {
                let name = words.say(if morning {
                    "chart-morning"
                } else {
                    "chart-afternoon"
                });
                let counts = [("have", n.into()), ("need", need.into())];
                let few = words.with("chart-too-few-for-mean", counts);
                notes.push(words.with(
                    "chart-of-part",
                    [("part", name.into()), ("text", few.into())],
                ));
            }
            continue;
        }
        let mean = |of: fn(&Placed<'_>) -> Decimal| {
            inside.iter().map(|p| of(p)).sum::<Decimal>() / Decimal::from(n)
        };
        let seconds = || inside.iter().map(|p| second_of_day(&p.when));
        let (from, to) = (
            seconds().min().unwrap_or(0),
            seconds().max().unwrap_or(DAY_S),
        );
        // At least an hour wide: readings of one minute would leave a mean nobody sees.
        let missing = (3600 - (to - from)).max(0) / 2;
        found.push(Half {
            from: (from - missing).max(0),
            to: (to + missing).min(DAY_S),
            key,
            n,
            systolic: mean(|p| p.point.systolic_mmhg),
            diastolic: mean(|p| p.point.diastolic_mmhg),
        });
    }
    (found, notes)
}

fn draw_pair(plot: &Plot<'_>, one: &Placed<'_>, radius: i32, words: &Words) {
    for (series, pen) in [
        (Series::Systolic, palette::DOT),
        (Series::Diastolic, palette::OPEN),
    ] {
        plot.draw(&Dot {
            at: (second_of_day(&one.when), series.of(one)),
            shape: Shape::Circle,
            pen,
            radius,
            facts: vec![
                ("series", series.word().to_owned()),
                ("at", one.point.at.to_string()),
                ("systolic", one.point.systolic_mmhg.to_string()),
                ("diastolic", one.point.diastolic_mmhg.to_string()),
            ],
            hover: format!("{} {}", one.when.text(words), pair(one.point)),
        });
    }
}

fn draw_half(plot: &Plot<'_>, half: &Half, width: Width, words: &Words) {
    for (word, exact) in [("systolic", half.systolic), ("diastolic", half.diastolic)] {
        plot.draw(&Measure {
            points: vec![(half.from, float(exact)), (half.to, float(exact))],
            pen: palette::MEAN,
            facts: vec![
                ("mean", word.to_owned()),
                ("value", exact.to_string()),
                ("n", half.n.to_string()),
            ],
            hover: String::new(),
        });
    }
    let value = format!("{}/{}", shown(half.systolic, 0), shown(half.diastolic, 0));
    let text = match width {
        Width::Wide => words.with(half.key, [("value", value.into()), ("n", half.n.into())]),
        Width::Slim => value,
    };
    // Between the two bands, under the hours it is the mean of.
    let middle = plot.x_px((half.from + half.to) / 2);
    let y = plot.y_px((float(half.systolic) + float(half.diastolic)) / 2.0);
    plot.label(middle, y + 4.5, Anchor::Middle, palette::FIGURE, &text);
}
