//! What stands beside the readings: why there are none, and what the clinic did.

use crate::charts::element::{Anchor, Dot, Shape, text_width_px, units};
use crate::charts::palette;
use crate::charts::plot::{Layout, Plot, Width};
use crate::charts::trend::{self, When};
use crate::words::Words;

use super::placed::Placed;
use super::{Event, EventKind, PressureTrend};

/// A word in each gap that has room for it: the reason, or how many days nobody measured.
pub(super) fn gaps(
    plot: &Plot<'_>,
    input: &PressureTrend<'_>,
    placed: &[Placed<'_>],
    words: &Words,
) {
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

pub(super) fn events(plot: &Plot<'_>, input: &PressureTrend<'_>, width: Width, words: &Words) {
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
