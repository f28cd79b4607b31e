//! The same picture as PNG: for a message, a document, a page that cannot show SVG.

use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::{Database, ID};
use resvg::usvg::{Node, Options, Tree};

/// Why there is no PNG.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PngError {
    /// The text is not one of our pictures.
    #[error("this is not an SVG picture: {0}")]
    NotSvg(String),
    /// Nothing or too much: see [`WIDTH_PX_MAX`].
    #[error("a width of {width_px} px is not possible: choose 1 to {WIDTH_PX_MAX}")]
    Width { width_px: u32 },
    /// The encoder failed.
    #[error("the PNG could not be written: {0}")]
    Encoding(String),
}

/// The widest PNG: twice an A4 page across at 300 dots an inch is more than anybody prints.
pub const WIDTH_PX_MAX: u32 = 4096;

/// Renders an SVG at `width_px`, on white paper, its height following.
///
/// `fonts` must have a sans-serif family set that exists: fontdb maps sans-serif to Arial unless
/// told, and text without a family leaves no pixel. `web::fonts` loads one from the system.
pub fn png(svg: &str, width_px: u32, fonts: &Arc<Database>) -> Result<Vec<u8>, PngError> {
    if !(1..=WIDTH_PX_MAX).contains(&width_px) {
        return Err(PngError::Width { width_px });
    }
    let tree = Tree::from_str(svg, &options(fonts)).map_err(|e| PngError::NotSvg(e.to_string()))?;
    let scale = width_px as f32 / tree.size().width();
    let height_px = (tree.size().height() * scale).ceil() as u32;
    let mut paper = Pixmap::new(width_px, height_px.max(1)).ok_or(PngError::Width { width_px })?;
    paper.fill(Color::WHITE);
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut paper.as_mut(),
    );
    paper
        .encode_png()
        .map_err(|e| PngError::Encoding(e.to_string()))
}

/// The face a picture would draw `text` with, when `fonts` have a glyph for each of its characters
/// in one and the same face.
pub fn face_for(text: &str, fonts: &Arc<Database>) -> Option<ID> {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"20\">\
         <text y=\"15\" font-family=\"{}\">{}</text></svg>",
        super::palette::FONT_FAMILY,
        super::canvas::escaped(text)
    );
    let tree = Tree::from_str(&svg, &options(fonts)).ok()?;
    let mut face = None;
    for node in tree.root().children() {
        let Node::Text(node) = node else { continue };
        for glyph in node
            .layouted()
            .iter()
            .flat_map(|span| &span.positioned_glyphs)
        {
            // Glyph 0 is the box every font draws for what it does not have.
            if glyph.id.0 == 0 || face.is_some_and(|f| f != glyph.font) {
                return None;
            }
            face = Some(glyph.font);
        }
    }
    face
}

fn options(fonts: &Arc<Database>) -> Options<'static> {
    Options {
        fontdb: Arc::clone(fonts),
        // What an element without a family of its own, or with unknown ones only, falls back to.
        font_family: "sans-serif".to_owned(),
        ..Options::default()
    }
}
