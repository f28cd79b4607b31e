//! The page plotters draws on: SVG with the theme's classes.
//!
//! Plotters' own SVG backend writes whole pixels and colours only. This one writes tenths of a pixel,
//! a class beside each presentation attribute, and, for measurements, the exact value: a hover title
//! and `data-` attributes. No `style` attribute is ever written: `style-src 'self'` forbids it.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters::prelude::DrawingBackend;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind};

use super::palette::{self, FONT_FAMILY, Pen, UNITS_PER_PX};

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// What surrounds the drawing: the outer element's attributes and texts.
pub(super) struct Envelope<'a> {
    /// Prefix of every `id` inside: unique on its page.
    pub id: &'a str,
    /// Extra class of the outer element, such as `wide` or `slim`.
    pub class: &'a str,
    pub width_px: u32,
    pub height_px: u32,
    pub title: &'a str,
    pub description: &'a str,
    /// `data-` attributes of the outer element, names without the prefix.
    pub facts: &'a [(&'static str, String)],
}

/// An SVG document being written.
pub(super) struct ThemedSvg<'a> {
    out: &'a mut String,
    size_px: (u32, u32),
    id: String,
    open: bool,
}

impl<'a> ThemedSvg<'a> {
    pub(super) fn new(out: &'a mut String, envelope: &Envelope<'_>) -> Self {
        let Envelope {
            id,
            class,
            width_px,
            height_px,
            ..
        } = envelope;
        let id = escaped(id);
        out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\"");
        if !class.is_empty() {
            let _ = write!(out, " class=\"{}\"", escaped(class));
        }
        let _ = write!(
            out,
            " viewBox=\"0 0 {width_px} {height_px}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
             font-family=\"{FONT_FAMILY}\" font-size=\"13\""
        );
        write_facts(out, envelope.facts);
        let _ = write!(
            out,
            "><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            escaped(envelope.title),
            escaped(envelope.description)
        );
        let _ = write!(
            out,
            "<defs><linearGradient id=\"{id}-fade\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\">{}\
             </linearGradient></defs>\n",
            palette::fade_stops()
        );
        ThemedSvg {
            out,
            size_px: (*width_px, *height_px),
            id,
            open: true,
        }
    }

    /// Opens `<name class fill stroke ...`, without the closing bracket.
    fn begin(&mut self, name: &str, pen: &Pen) {
        self.out.push('<');
        self.out.push_str(name);
        if !pen.class.is_empty() {
            let _ = write!(self.out, " class=\"{}\"", pen.class);
        }
        match pen.fill {
            Some(rgb) => {
                let _ = write!(self.out, " fill=\"{}\"", palette::hex(rgb));
            }
            None if *pen == palette::FADE => {
                let _ = write!(self.out, " fill=\"url(#{}-fade)\"", self.id);
            }
            None => self.out.push_str(" fill=\"none\""),
        }
        if let Some(rgb) = pen.stroke {
            let _ = write!(
                self.out,
                " stroke=\"{}\" stroke-width=\"{}\"",
                palette::hex(rgb),
                px(i32::try_from(pen.width).unwrap_or(UNITS_PER_PX))
            );
        }
        if let Some(dash) = pen.dash {
            let _ = write!(self.out, " stroke-dasharray=\"{dash}\"");
        }
        if pen.class.starts_with("st ") || pen.class.starts_with("sg ") {
            self.out.push_str(" stroke-opacity=\"0.35\"");
        }
    }

    /// Ends an element that carries a measurement: `data-` attributes and a hover title.
    pub(super) fn end_with(&mut self, name: &str, facts: &[(&'static str, String)], hover: &str) {
        write_facts(self.out, facts);
        if hover.is_empty() {
            self.out.push_str("/>\n");
        } else {
            let _ = write!(self.out, "><title>{}</title></{name}>\n", escaped(hover));
        }
    }

    /// A path through `points`, drawn with `pen`, left open for [`ThemedSvg::end_with`].
    pub(super) fn begin_path(&mut self, pen: &Pen, points: &[BackendCoord]) {
        self.begin("polyline", pen);
        if pen.class == palette::LINE_1.class || pen.class == palette::LINE_2.class {
            self.out.push_str(" stroke-linejoin=\"round\"");
        }
        self.write_points(points);
    }

    pub(super) fn begin_circle(&mut self, pen: &Pen, centre: BackendCoord, radius: i32) {
        self.begin("circle", pen);
        let _ = write!(
            self.out,
            " cx=\"{}\" cy=\"{}\" r=\"{}\"",
            px(centre.0),
            px(centre.1),
            px(radius)
        );
    }

    pub(super) fn begin_rect(&mut self, pen: &Pen, from: BackendCoord, to: BackendCoord) {
        self.begin("rect", pen);
        let (x, y) = (from.0.min(to.0), from.1.min(to.1));
        let _ = write!(
            self.out,
            " x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            px(x),
            px(y),
            px((to.0 - from.0).abs()),
            px((to.1 - from.1).abs())
        );
    }

    pub(super) fn begin_polygon(&mut self, pen: &Pen, points: &[BackendCoord]) {
        self.begin("polygon", pen);
        self.write_points(points);
    }

    /// A text whose baseline is at `at`; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(
        &mut self,
        pen: &Pen,
        at: BackendCoord,
        anchor: &str,
        size: u32,
        text: &str,
    ) {
        self.begin("text", pen);
        let _ = write!(self.out, " x=\"{}\" y=\"{}\"", px(at.0), px(at.1));
        if anchor != "start" {
            let _ = write!(self.out, " text-anchor=\"{anchor}\"");
        }
        if size != 13 {
            let _ = write!(self.out, " font-size=\"{size}\"");
        }
        if matches!(pen.class, "a" | "i") {
            self.out.push_str(" font-weight=\"700\"");
        }
        let _ = write!(self.out, ">{}</text>\n", escaped(text));
    }

    fn write_points(&mut self, points: &[BackendCoord]) {
        self.out.push_str(" points=\"");
        for (at, (x, y)) in points.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            let _ = write!(self.out, "{gap}{},{}", px(*x), px(*y));
        }
        self.out.push('"');
    }

    fn pen_of<S: BackendStyle>(style: &S, filled: bool) -> Pen {
        let width = if filled { 0 } else { style.stroke_width() };
        Pen::of(style.color().rgb, width, filled).unwrap_or(palette::GRID)
    }
}

impl DrawingBackend for ThemedSvg<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let units = UNITS_PER_PX.unsigned_abs();
        (self.size_px.0 * units, self.size_px.1 * units)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        if self.open {
            self.out.push_str("</svg>");
            self.open = false;
        }
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(
            point,
            (point.0 + UNITS_PER_PX, point.1 + UNITS_PER_PX),
            &color,
            true,
        )
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.begin_rect(&Self::pen_of(style, fill), upper_left, bottom_right);
        self.end_with("rect", &[], "");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        self.begin_path(&Self::pen_of(style, false), &points);
        self.end_with("polyline", &[], "");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        let points: Vec<BackendCoord> = vert.into_iter().collect();
        self.begin_polygon(&Self::pen_of(style, true), &points);
        self.end_with("polygon", &[], "");
        Ok(())
    }
}

impl Drop for ThemedSvg<'_> {
    fn drop(&mut self) {
        let _ = self.present();
    }
}

fn write_facts(out: &mut String, facts: &[(&'static str, String)]) {
    for (name, value) in facts {
        let _ = write!(out, " data-{name}=\"{}\"", escaped(value));
    }
}

/// Tenths of a pixel as SVG writes them: `123` is `12.3`, `120` is `12`.
fn px(units: i32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let (whole, tenth) = (units.abs() / UNITS_PER_PX, units.abs() % UNITS_PER_PX);
    if tenth == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{tenth}")
    }
}

/// Text for an attribute or an element. Characters XML 1.0 (section 2.2) forbids become U+FFFD.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_written_short() {
        assert_eq!(
            [px(0), px(5), px(120), px(-3), px(-123)],
            ["0", "0.5", "12", "-0.3", "-12.3"]
        );
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(
            escaped("<a b='\"&\u{1}"),
            "&lt;a b=&#39;&quot;&amp;\u{fffd}"
        );
    }
}
