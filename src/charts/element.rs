//! What plotters has no element for: a measurement with its value, a text with its baseline.

use std::convert::Infallible;
use std::iter::{Once, once};

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use super::canvas::ThemedSvg;
use super::palette::{Pen, UNITS_PER_PX};

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// The outline of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
}

/// One mark at a place of the coordinate system, with what it stands for.
pub(super) struct Dot<C> {
    pub at: C,
    pub shape: Shape,
    pub pen: Pen,
    /// Tenths of a pixel.
    pub radius: i32,
    /// `data-` attributes: the exact values.
    pub facts: Vec<(&'static str, String)>,
    /// Shown on hover or touch.
    pub hover: String,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Dot<C> {
    type Point = &'a C;
    type IntoIter = Once<&'a C>;
    fn point_iter(self) -> Self::IntoIter {
        once(&self.at)
    }
}

impl<'svg, C> Drawable<ThemedSvg<'svg>> for Dot<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut pos: I,
        svg: &mut ThemedSvg<'svg>,
        _: (u32, u32),
    ) -> Drawn {
        let Some((x, y)) = pos.next() else {
            return Ok(());
        };
        let name = match self.shape {
            Shape::Circle => {
                svg.begin_circle(&self.pen, (x, y), self.radius);
                "circle"
            }
            Shape::Square => {
                let half = self.radius * 9 / 10;
                svg.begin_rect(&self.pen, (x - half, y - half), (x + half, y + half));
                "rect"
            }
            Shape::Triangle => {
                let half = self.radius * 13 / 10;
                let points = [(x, y - half), (x + half, y + half), (x - half, y + half)];
                svg.begin_polygon(&self.pen, &points);
                "polygon"
            }
        };
        svg.end_with(name, &self.facts, &self.hover);
        Ok(())
    }
}

/// A line that stands for values: range bars and means.
pub(super) struct Measure<C> {
    pub points: Vec<C>,
    pub pen: Pen,
    pub facts: Vec<(&'static str, String)>,
    pub hover: String,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Measure<C> {
    type Point = &'a C;
    type IntoIter = std::slice::Iter<'a, C>;
    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl<'svg, C> Drawable<ThemedSvg<'svg>> for Measure<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        pos: I,
        svg: &mut ThemedSvg<'svg>,
        _: (u32, u32),
    ) -> Drawn {
        let points: Vec<BackendCoord> = pos.collect();
        svg.begin_path(&self.pen, &points);
        svg.end_with("polyline", &self.facts, &self.hover);
        Ok(())
    }
}

/// A rectangle between two corners: a fading band, a bar that stands for a count.
pub(super) struct Block<C> {
    pub corners: [C; 2],
    pub pen: Pen,
    pub facts: Vec<(&'static str, String)>,
    pub hover: String,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Block<C> {
    type Point = &'a C;
    type IntoIter = std::slice::Iter<'a, C>;
    fn point_iter(self) -> Self::IntoIter {
        self.corners.iter()
    }
}

impl<'svg, C> Drawable<ThemedSvg<'svg>> for Block<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut pos: I,
        svg: &mut ThemedSvg<'svg>,
        _: (u32, u32),
    ) -> Drawn {
        if let (Some(from), Some(to)) = (pos.next(), pos.next()) {
            svg.begin_rect(&self.pen, from, to);
            svg.end_with("rect", &self.facts, &self.hover);
        }
        Ok(())
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text at a pixel of the picture (not of the coordinate system): the baseline is at `at`.
pub(super) struct Label<'a> {
    at: BackendCoord,
    anchor: Anchor,
    pen: Pen,
    size: u32,
    text: &'a str,
}

impl<'a> Label<'a> {
    /// `x` and `y` in pixels.
    pub(super) fn new(x: f64, y: f64, anchor: Anchor, pen: Pen, text: &'a str) -> Self {
        Label {
            at: (units(x), units(y)),
            anchor,
            pen,
            size: 13,
            text,
        }
    }

    /// Another type size than 13 px.
    pub(super) fn sized(mut self, size: u32) -> Self {
        self.size = size;
        self
    }
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Label<'_> {
    type Point = &'a BackendCoord;
    type IntoIter = Once<&'a BackendCoord>;
    fn point_iter(self) -> Self::IntoIter {
        once(&self.at)
    }
}

impl<'svg> Drawable<ThemedSvg<'svg>> for Label<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut pos: I,
        svg: &mut ThemedSvg<'svg>,
        _: (u32, u32),
    ) -> Drawn {
        if let Some(at) = pos.next() {
            let anchor = match self.anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            svg.text(&self.pen, at, anchor, self.size, self.text);
        }
        Ok(())
    }
}

/// Pixels to drawing units.
pub(super) fn units(px: f64) -> i32 {
    // A picture is a few thousand pixels wide at most: the cast saturates far above that.
    (px * f64::from(UNITS_PER_PX)).round() as i32
}

/// About how wide a text will be, in pixels at 13 px: a Chinese character is one em, a letter half.
/// Nobody knows the viewer's font, so this only decides what is left out for lack of room.
pub(super) fn text_width_px(text: &str) -> f64 {
    text.chars()
        .map(|c| if u32::from(c) < 0x2e80 { 7.2 } else { 13.0 })
        .sum()
}
