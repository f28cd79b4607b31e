//! The pens of every picture: a class for the theme, and the light palette's values for paper, PNG
//! and any viewer without our style sheet.

use plotters::style::{RGBAColor, ShapeStyle};

/// Drawing units in one pixel of the view box. Plotters counts in whole units; a tenth keeps a line
/// of slowly rising means from turning into stairs.
pub(super) const UNITS_PER_PX: i32 = 10;

/// The font of every text, written into the SVG so that a renderer without style sheet has it too.
pub(super) const FONT_FAMILY: &str =
    "Noto Sans CJK SC, WenQuanYi Micro Hei, PingFang SC, Microsoft YaHei, sans-serif";

type Rgb = (u8, u8, u8);
const INK: Rgb = (0x1b, 0x24, 0x27);
const INK2: Rgb = (0x43, 0x50, 0x54);
const INK3: Rgb = (0x5f, 0x6a, 0x6d);
const LINE: Rgb = (0xe2, 0xdd, 0xd3);
const CARD: Rgb = (0xff, 0xff, 0xff);
const ACCENT: Rgb = (0x1b, 0x5c, 0x58);
const SOFT: Rgb = (0xe5, 0xef, 0xec);
const BAND: Rgb = (0xd9, 0xe8, 0xe1);
const BAND_EDGE: Rgb = (0x5c, 0x8a, 0x7a);

/// One way of drawing: the theme's class and what it looks like without a theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pen {
    pub class: &'static str,
    pub fill: Option<Rgb>,
    pub stroke: Option<Rgb>,
    /// Tenths of a pixel; 0 for areas.
    pub width: u32,
    /// `stroke-dasharray`, where the line is not plain.
    pub dash: Option<&'static str>,
}

const fn line(class: &'static str, stroke: Rgb, width: u32) -> Pen {
    Pen {
        class,
        fill: None,
        stroke: Some(stroke),
        width,
        dash: None,
    }
}

const fn area(class: &'static str, fill: Rgb) -> Pen {
    Pen {
        class,
        fill: Some(fill),
        stroke: None,
        width: 0,
        dash: None,
    }
}

/// First line of a picture: systolic, fasting.
pub(super) const LINE_1: Pen = line("l1", INK, 20);
/// Second line: diastolic, after a meal.
pub(super) const LINE_2: Pen = line("l2", INK3, 17);
/// Axis and grid.
pub(super) const GRID: Pen = line("x", LINE, 10);
/// From lowest to highest of one column, first series.
pub(super) const RANGE_1: Pen = line("st r1", INK, 24);
/// From lowest to highest of one column, second series.
pub(super) const RANGE_2: Pen = line("sg r2", INK3, 23);
/// A change of medicine, sent up through the picture.
pub(super) const CHANGE: Pen = Pen {
    class: "sg",
    fill: None,
    stroke: Some(INK3),
    width: 10,
    dash: Some("2 4"),
};
/// The upper edge of a goal.
pub(super) const BAND_EDGE_LINE: Pen = Pen {
    class: "be",
    fill: None,
    stroke: Some(BAND_EDGE),
    width: 11,
    dash: Some("5 4"),
};
/// A mean over its own window.
pub(super) const MEAN: Pen = line("mean", ACCENT, 30);
/// A goal with both limits.
pub(super) const BAND_AREA: Pen = area("band", BAND);
/// A goal with an upper limit only: no floor is drawn that nobody set.
pub(super) const FADE: Pen = Pen {
    class: "fade",
    fill: None,
    stroke: None,
    width: 0,
    dash: None,
};
/// Between two percentiles.
pub(super) const SOFT_AREA: Pen = area("sf", SOFT);
/// A full mark.
pub(super) const DOT: Pen = area("d", INK);
/// An open mark.
pub(super) const OPEN: Pen = Pen {
    class: "o",
    fill: Some(CARD),
    stroke: Some(INK),
    width: 16,
    dash: None,
};
/// A mark that is not a measurement: visit, medicine.
pub(super) const KEY: Pen = area("k", INK2);
/// A full bar: the part that needs no second look.
pub(super) const FULL: Pen = area("a", ACCENT);
/// A pale bar with an edge: in between.
pub(super) const HALF: Pen = Pen {
    class: "as sf",
    fill: Some(SOFT),
    stroke: Some(ACCENT),
    width: 12,
    dash: None,
};
/// An outlined area: the part nothing is known about.
pub(super) const EMPTY: Pen = line("as", ACCENT, 12);
/// Ordinary text.
pub(super) const TEXT: Pen = area("", INK2);
/// Bold text in the accent colour: a computed figure.
pub(super) const FIGURE: Pen = area("a", ACCENT);
/// Bold text in ink: a heading inside a picture.
pub(super) const HEADING: Pen = area("i", INK);

/// Pens that plotters' own elements carry; the backend knows them again by colour and width.
const STYLED: [Pen; 10] = [
    LINE_1,
    LINE_2,
    GRID,
    RANGE_1,
    RANGE_2,
    CHANGE,
    BAND_EDGE_LINE,
    MEAN,
    BAND_AREA,
    SOFT_AREA,
];

impl Pen {
    /// The plotters style that stands for this pen.
    pub(super) fn style(&self) -> ShapeStyle {
        let (r, g, b) = self.fill.or(self.stroke).unwrap_or(BAND);
        ShapeStyle {
            color: RGBAColor(r, g, b, 1.0),
            filled: self.fill.is_some(),
            stroke_width: self.width,
        }
    }

    /// The pen a plotters style stands for.
    pub(super) fn of(rgb: Rgb, width: u32, filled: bool) -> Option<Pen> {
        STYLED.into_iter().find(|pen| {
            pen.fill.or(pen.stroke) == Some(rgb)
                && pen.width == width
                && pen.fill.is_some() == filled
        })
    }
}

/// The two stops of a fading band.
pub(super) fn fade_stops() -> String {
    let band = hex(BAND);
    format!(
        "<stop class=\"g1\" offset=\"0\" stop-color=\"{band}\"/>\
         <stop class=\"g0\" offset=\"1\" stop-color=\"{band}\" stop-opacity=\"0\"/>"
    )
}

pub(super) fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_styled_pen_is_known_again() {
        for pen in STYLED {
            let style = pen.style();
            let rgb = (style.color.0, style.color.1, style.color.2);
            assert_eq!(Pen::of(rgb, style.stroke_width, style.filled), Some(pen));
        }
    }
}
