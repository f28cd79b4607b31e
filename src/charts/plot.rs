//! The sheet a picture is drawn on: margins, axes, goal bands, labels.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::{RangedCoordf64, RangedCoordi64};
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{CoordMapper, Drawable, PathElement, PointCollection, Rectangle};
use plotters::prelude::Cartesian2d;

use crate::vitals::Moment;

use super::canvas::{Envelope, ThemedSvg};
use super::element::{Anchor, Block, Label, text_width_px, units};
use super::palette::{self, Pen};

/// Which of the two forms of a picture: the page carries both and its style sheet picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// For a desk and for paper.
    Wide,
    /// For a phone.
    Slim,
}

impl Width {
    /// The class of the `<svg>`.
    pub fn class(self) -> &'static str {
        match self {
            Width::Wide => "wide",
            Width::Slim => "slim",
        }
    }
}

/// How a picture is to be made, whatever it shows.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Prefix of every `id` in the SVG; unique on its page. The width's word is added to it.
    pub id: &'a str,
    pub width: Width,
    /// Draw title and legend into the picture too: for a PNG that travels alone.
    pub caption: bool,
}

/// A time without readings that has a reason: a festival, a closed centre, a stay in hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    pub from: Moment,
    pub to: Moment,
    /// In the reader's language: "春节休息".
    pub text: String,
}

/// Pixels of the view box: the whole sheet, and the plot within it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Title and legend lines above the plot, when the picture carries its own caption.
pub(super) struct Caption {
    pub lines: Vec<String>,
}

const CAPTION_LINE_PX: f64 = 19.0;

impl Caption {
    /// The legend broken into lines that fit; empty when the page writes the caption itself.
    pub(super) fn new(look: &Look<'_>, title: &str, legend: &[String], width: f64) -> Self {
        if !look.caption {
            return Caption { lines: Vec::new() };
        }
        let mut lines = vec![title.to_owned()];
        let mut line = String::new();
        for text in legend {
            if !line.is_empty() && text_width_px(&line) + text_width_px(text) > width - 60.0 {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                // SVG folds spaces into one; two wide ones keep the parts apart.
                line.push_str("\u{2003}\u{2003}");
            }
            line.push_str(text);
        }
        if !line.is_empty() {
            lines.push(line);
        }
        Caption { lines }
    }

    pub(super) fn height(&self) -> f64 {
        self.lines.len() as f64 * CAPTION_LINE_PX
    }
}

impl Layout {
    /// The layout moved down to make room for a caption.
    pub(super) fn below(mut self, caption: &Caption) -> Self {
        self.height += caption.height();
        self.top += caption.height();
        self.bottom += caption.height();
        self
    }

    pub(super) fn plot_width(&self) -> f64 {
        self.right - self.left
    }
}

type Coords = Cartesian2d<RangedCoordi64, RangedCoordf64>;

/// A sheet with its coordinate system: `x` in whole units of the picture (milliseconds, seconds of a
/// day), `y` in the unit of the values.
pub(super) struct Plot<'a> {
    root: DrawingArea<ThemedSvg<'a>, Shift>,
    area: DrawingArea<ThemedSvg<'a>, Coords>,
    pub layout: Layout,
    pub x: Range<i64>,
    pub y: Range<f64>,
}

/// The proof for `expect`: what is said when it turns out wrong.
const IN_MEMORY: &str = "writing SVG into a string cannot fail, and one thread draws";

impl<'a> Plot<'a> {
    /// `facts` go to the outer element beside the plot's own geometry, which makes every point
    /// readable again: `data-plot` (left top right bottom, px), `data-x`, `data-y` (from to).
    pub(super) fn new(
        out: &'a mut String,
        look: &Look<'_>,
        layout: Layout,
        axes: (Range<i64>, Range<f64>),
        about: (&str, &str),
    ) -> Self {
        let id = format!("{}-{}", look.id, look.width.class());
        Plot::with_id(out, &id, look.width.class(), layout, axes, about)
    }

    /// [`Plot::new`] for a picture that has one form only.
    pub(super) fn with_id(
        out: &'a mut String,
        id: &str,
        class: &str,
        layout: Layout,
        axes: (Range<i64>, Range<f64>),
        about: (&str, &str),
    ) -> Self {
        let (x, y) = axes;
        let facts = [
            (
                "plot",
                format!(
                    "{} {} {} {}",
                    layout.left, layout.top, layout.right, layout.bottom
                ),
            ),
            ("x", format!("{} {}", x.start, x.end)),
            ("y", format!("{} {}", y.start, y.end)),
        ];
        let envelope = Envelope {
            id,
            class,
            width_px: layout.width.ceil() as u32,
            height_px: layout.height.ceil() as u32,
            title: about.0,
            description: about.1,
            facts: &facts,
        };
        let root = ThemedSvg::new(out, &envelope).into_drawing_area();
        let area = root.apply_coord_spec(Cartesian2d::new(
            x.clone(),
            y.clone(),
            (
                units(layout.left)..units(layout.right),
                units(layout.bottom)..units(layout.top),
            ),
        ));
        Plot {
            root,
            area,
            layout,
            x,
            y,
        }
    }

    /// Draws an element in the coordinates of the values.
    pub(super) fn draw<'e, E, M>(&self, element: &'e E)
    where
        M: CoordMapper,
        &'e E: PointCollection<'e, (i64, f64), M>,
        E: Drawable<ThemedSvg<'a>, M>,
    {
        self.area.draw(element).expect(IN_MEMORY);
    }

    /// Draws an element in drawing units of the sheet.
    pub(super) fn draw_on_sheet<'e, E, M>(&self, element: &'e E)
    where
        M: CoordMapper,
        &'e E: PointCollection<'e, (i32, i32), M>,
        E: Drawable<ThemedSvg<'a>, M>,
    {
        self.root.draw(element).expect(IN_MEMORY);
    }

    pub(super) fn label(&self, x: f64, y: f64, anchor: Anchor, pen: Pen, text: &str) {
        self.draw_on_sheet(&Label::new(x, y, anchor, pen, text));
    }

    /// A line between pixels of the sheet.
    pub(super) fn rule(&self, from: (f64, f64), to: (f64, f64), pen: Pen) {
        let points = vec![(units(from.0), units(from.1)), (units(to.0), units(to.1))];
        self.draw_on_sheet(&PathElement::new(points, pen.style()));
    }

    /// The pixel of a place on the x axis.
    pub(super) fn x_px(&self, x: i64) -> f64 {
        let share = (x - self.x.start) as f64 / (self.x.end - self.x.start) as f64;
        self.layout.left + share * self.layout.plot_width()
    }

    /// The pixel of a value.
    pub(super) fn y_px(&self, y: f64) -> f64 {
        let share = (y - self.y.start) / (self.y.end - self.y.start);
        self.layout.bottom - share * (self.layout.bottom - self.layout.top)
    }

    pub(super) fn caption(&self, caption: &Caption) {
        for (at, line) in caption.lines.iter().enumerate() {
            let pen = if at == 0 {
                palette::HEADING
            } else {
                palette::TEXT
            };
            let y = 18.0 + at as f64 * CAPTION_LINE_PX;
            let label = Label::new(12.0, y, Anchor::Start, pen, line);
            self.draw_on_sheet(&if at == 0 { label.sized(15) } else { label });
        }
    }

    /// The base line and one vertical line with its label per mark.
    pub(super) fn x_axis(&self, marks: &[(i64, String)]) {
        let Layout {
            left,
            right,
            top,
            bottom,
            width,
            ..
        } = self.layout;
        self.rule((left, bottom), (right, bottom), palette::GRID);
        for (x, label) in marks {
            let at = self.x_px(*x);
            self.rule((at, top), (at, bottom + 6.0), palette::GRID);
            let half = text_width_px(label) / 2.0;
            let centre = at.max(half + 2.0).min(width - half - 2.0);
            self.label(centre, bottom + 21.0, Anchor::Middle, palette::TEXT, label);
        }
    }

    /// Numbers at the left: `first` (the limits of a goal) always, then those of `rest` that have room.
    pub(super) fn y_axis(&self, first: &[f64], rest: &[f64]) {
        const ROOM_PX: f64 = 15.0;
        let mut taken: Vec<f64> = Vec::new();
        for value in first.iter().chain(rest) {
            let at = self.y_px(*value);
            let inside = *value >= self.y.start && *value <= self.y.end;
            if !inside || taken.iter().any(|t| (t - at).abs() < ROOM_PX) {
                continue;
            }
            taken.push(at);
            let text = format!("{value}");
            self.label(
                self.layout.left - 8.0,
                at + 4.5,
                Anchor::End,
                palette::TEXT,
                &text,
            );
        }
    }

    /// A goal between two places of the x axis: filled when both limits are set; with an upper limit
    /// only it fades downwards over `fade` (no floor is drawn that nobody set).
    pub(super) fn goal(&self, x: Range<i64>, low: Option<f64>, high: Option<f64>, fade: f64) {
        let clamp = |v: f64| v.clamp(self.y.start, self.y.end);
        match (low, high) {
            (Some(low), Some(high)) => {
                let corners = [(x.start, clamp(high)), (x.end, clamp(low))];
                self.area(corners, palette::BAND_AREA);
            }
            (None, Some(high)) => {
                let corners = [(x.start, clamp(high)), (x.end, clamp(high - fade))];
                self.draw(&Block {
                    corners,
                    pen: palette::FADE,
                    facts: Vec::new(),
                    hover: String::new(),
                });
            }
            _ => {}
        }
        if let Some(edge) = high.or(low) {
            let points = vec![(x.start, clamp(edge)), (x.end, clamp(edge))];
            self.draw(&PathElement::new(points, palette::BAND_EDGE_LINE.style()));
        }
    }

    /// A filled rectangle between two corners.
    pub(super) fn area(&self, corners: [(i64, f64); 2], pen: Pen) {
        self.draw(&Rectangle::new(corners, pen.style()));
    }

    /// A line through values.
    pub(super) fn line(&self, points: Vec<(i64, f64)>, pen: Pen) {
        self.draw(&PathElement::new(points, pen.style()));
    }

    /// Names in the right margin, each as near to its place as the others allow.
    pub(super) fn end_names(&self, mut names: Vec<EndName>) {
        const LINE_PX: f64 = 16.0;
        names.sort_by(|a, b| a.y.total_cmp(&b.y));
        let mut free_from = f64::MIN;
        for name in &mut names {
            name.y = name.y.max(free_from);
            free_from = name.y + LINE_PX;
        }
        let mut free_to = self.layout.bottom;
        for name in names.iter_mut().rev() {
            name.y = name.y.min(free_to);
            free_to = name.y - LINE_PX;
        }
        for name in &names {
            let x = self.layout.right + 12.0;
            self.label(x, name.y + 4.5, Anchor::Start, name.pen, &name.text);
        }
    }

    /// A sentence in the middle of an empty plot.
    pub(super) fn nothing(&self, text: &str) {
        let Layout {
            left,
            right,
            top,
            bottom,
            ..
        } = self.layout;
        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        self.label(middle.0, middle.1, Anchor::Middle, palette::TEXT, text);
    }
}

/// A name at the right end of a line or an edge.
pub(super) struct EndName {
    /// The pixel it belongs to.
    pub y: f64,
    pub pen: Pen,
    pub text: String,
}

/// Multiples of `step` from `range.start` to `range.end`, both included.
pub(super) fn multiples(range: &Range<f64>, step: f64) -> Vec<f64> {
    let first = (range.start / step).ceil() as i64;
    let last = (range.end / step).floor() as i64;
    (first..=last).map(|n| n as f64 * step).collect()
}
