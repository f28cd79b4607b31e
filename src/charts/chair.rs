//! Who sat in the chair against the interval in which a reading was taken: the picture is the reason why it
//! is nobody's.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::element::text_width_px;
use super::plot::Width;
use crate::vitals::Moment;

/// Somebody at the seat. The end is open while she sits there.
#[derive(Debug, Clone, Copy)]
pub struct Sitting<'a> {
    pub name: &'a str,
    pub from: Moment,
    pub until: Option<Moment>,
}

/// Everything the picture is made of. Texts in the reader's language.
pub struct Chair<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What it shows, as one sentence.
    pub title: &'a str,
    pub who: &'a str,
    pub what: &'a str,
    pub sittings: &'a [Sitting<'a>],
    pub taken_at: Moment,
    pub uncertainty_s: u32,
    /// `08:10 ±1 分`.
    pub taken: &'a str,
    /// How a moment is written under the axis.
    pub hour: &'a dyn Fn(Moment) -> String,
}

struct Frame {
    width: f64,
    left: f64,
    right: f64,
    /// The labels of the two lines stand at the left.
    labels: bool,
    ticks: i64,
}

fn frame(width: Width) -> Frame {
    match width {
        Width::Wide => Frame {
            width: 1000.0,
            left: 96.0,
            right: 960.0,
            labels: true,
            ticks: 8,
        },
        Width::Slim => Frame {
            width: 330.0,
            left: 20.0,
            right: 312.0,
            labels: false,
            ticks: 4,
        },
    }
}

/// Steps of the axis, minutes.
const STEPS: [i64; 8] = [1, 2, 5, 10, 15, 30, 60, 120];
/// Lines of people; who overlaps more is drawn over the last.
const LANES: usize = 3;
/// Pixels from one line of people to the next.
const LANE: f64 = 26.0;
/// The shortest bar, pixels: a moment is still to be seen.
const BAR_MIN: f64 = 6.0;
/// Room beside the earliest and the latest, seconds.
const MARGIN_S: i64 = 90;
/// The least that is shown before and after the reading, seconds.
const LEAST_S: i64 = 420;

/// Draws the picture.
pub fn chair(input: &Chair<'_>, width: Width) -> String {
    let frame = frame(width);
    let around = SignedDuration::from_secs(i64::from(input.uncertainty_s));
    let taken_from = input.taken_at.saturating_sub(around).unwrap_or(Moment::MIN);
    let taken_until = input.taken_at.saturating_add(around).unwrap_or(Moment::MAX);
    let starts = input.sittings.iter().map(|s| s.from).chain([taken_from]);
    let ends = input
        .sittings
        .iter()
        .filter_map(|s| s.until)
        .chain([taken_until]);
    let (least, most) = (
        input.taken_at.as_second() - LEAST_S,
        input.taken_at.as_second() + LEAST_S,
    );
    let first = (starts.min().unwrap_or(taken_from).as_second() - MARGIN_S).min(least);
    let last = (ends.max().unwrap_or(taken_until).as_second() + MARGIN_S).max(most);
    let scale = (frame.right - frame.left) / (last - first).max(1) as f64;
    let x = |at: Moment| {
        let px = frame.left + (at.as_second() - first) as f64 * scale;
        px.clamp(frame.left, frame.right)
    };
    let mut svg = String::new();
    let id = format!("{}-{}", input.id, width.class());
    open(&mut svg, &id, input.title, width, &frame);
    axis(&mut svg, input, &frame, (first, last), &x);
    if frame.labels {
        text(&mut svg, "", 0.0, 30.0, "start", input.who);
        text(&mut svg, "", 0.0, 112.0, "start", input.what);
    }
    let mut lane_ends = [f64::MIN; LANES];
    for sitting in input.sittings {
        let from = x(sitting.from);
        let until = sitting.until.map_or(frame.right, &x).max(from + BAR_MIN);
        let name_px = text_width_px(sitting.name);
        let inside = until - from >= name_px + 12.0;
        let beside_right = until + 4.0 + name_px <= frame.width;
        let end = if inside || !beside_right {
            until
        } else {
            until + 8.0 + name_px
        };
        let lane = lane_ends
            .iter()
            .position(|end| *end <= from)
            .unwrap_or(LANES - 1);
        lane_ends[lane] = end;
        let top = 6.0 + lane as f64 * LANE;
        let bar = until - from;
        for class in ["sf", "as"] {
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="{from:.1}" y="{top}" width="{bar:.1}" height="22" rx="4"/>"#
            );
        }
        let base = top + 16.0;
        if inside {
            text(&mut svg, "i", from + 6.0, base, "start", sitting.name);
        } else if beside_right {
            text(&mut svg, "i", until + 4.0, base, "start", sitting.name);
        } else {
            text(&mut svg, "i", from - 4.0, base, "end", sitting.name);
        }
    }
    let (from, until, at) = (x(taken_from), x(taken_until), x(input.taken_at));
    let wide = (until - from).max(BAR_MIN);
    let _ = write!(
        svg,
        r#"<rect class="h" x="{from:.1}" y="96" width="{wide:.1}" height="22" rx="4"/><path class="st" stroke-width="2.5" d="M{at:.1} 4V122"/><circle class="d" cx="{at:.1}" cy="107" r="6"/>"#
    );
    let right = until.max(at) + 10.0;
    if right + text_width_px(input.taken) <= frame.width {
        text(&mut svg, "i", right, 112.0, "start", input.taken);
    } else {
        text(
            &mut svg,
            "i",
            from.min(at) - 10.0,
            112.0,
            "end",
            input.taken,
        );
    }
    svg.push_str("</svg>");
    svg
}

fn open(svg: &mut String, id: &str, title: &str, width: Width, frame: &Frame) {
    let _ = write!(
        svg,
        r#"<svg class="{}" viewBox="0 0 {} 150" role="img" aria-labelledby="{id}"><title id="{id}">{}</title>"#,
        width.class(),
        frame.width,
        escaped(title)
    );
}

fn axis(
    svg: &mut String,
    input: &Chair<'_>,
    frame: &Frame,
    (first, last): (i64, i64),
    x: &dyn Fn(Moment) -> f64,
) {
    let minutes = (last - first) / 60;
    let step = STEPS
        .into_iter()
        .find(|step| minutes / step <= frame.ticks)
        .unwrap_or(240)
        * 60;
    let mut second = first.div_euclid(step) * step + step;
    while second < last {
        if let Ok(at) = Moment::from_second(second) {
            let px = x(at);
            let _ = write!(svg, r#"<path class="x" d="M{px:.1} 4V124"/>"#);
            text(svg, "", px, 142.0, "middle", &(input.hour)(at));
        }
        second += step;
    }
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
    let class = match class {
        "" => String::new(),
        class => format!(r#" class="{class}""#),
    };
    let _ = write!(
        svg,
        r#"<text{class} x="{x:.1}" y="{y}" text-anchor="{anchor}">{}</text>"#,
        escaped(text)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Moment {
        Moment::from_second(1_776_000_000 + 60 * minute).unwrap()
    }

    fn drawn(sittings: &[Sitting<'_>], width: Width) -> String {
        let input = Chair {
            id: "c1",
            title: "who <sat>",
            who: "who",
            what: "what",
            sittings,
            taken_at: at(10),
            uncertainty_s: 60,
            taken: "10",
            hour: &|m| m.as_second().to_string(),
        };
        chair(&input, width)
    }

    fn bars(svg: &str) -> Vec<(f64, f64)> {
        let doc = roxmltree::Document::parse(svg).unwrap();
        let number = |n: roxmltree::Node<'_, '_>, name| n.attribute(name).unwrap().parse().unwrap();
        doc.descendants()
            .filter(|n| n.attribute("class") == Some("as"))
            .map(|n| (number(n, "x"), number(n, "width")))
            .collect()
    }

    #[test]
    fn everything_stands_inside_the_picture_and_in_order_of_time() {
        let sittings = [
            Sitting {
                name: "郑千万",
                from: at(-2),
                until: Some(at(6)),
            },
            Sitting {
                name: "尤<四>四",
                from: at(8),
                until: Some(at(8)),
            },
            Sitting {
                name: "孙五六",
                from: at(13),
                until: None,
            },
        ];
        for (width, right) in [(Width::Wide, 1000.0), (Width::Slim, 330.0)] {
            let svg = drawn(&sittings, width);
            let bars = bars(&svg);
            assert_eq!(bars.len(), 3);
            assert!(bars.windows(2).all(|pair| pair[0].0 < pair[1].0));
            assert!(bars.iter().all(|(x, w)| *x >= 0.0 && x + w <= right));
            assert!(bars[1].1 >= BAR_MIN, "a moment is seen");
            assert!(svg.contains("尤&lt;四&gt;四") && svg.contains("who &lt;sat&gt;"));
        }
    }

    #[test]
    fn nobody_in_the_chair_is_a_picture_too() {
        let svg = drawn(&[], Width::Wide);
        assert!(bars(&svg).is_empty());
        roxmltree::Document::parse(&svg).unwrap();
    }
}
