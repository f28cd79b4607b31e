//! A card's number as a picture: a QR code as inline SVG, black on white whatever the page's colours.

use qrcode::{Color, EcLevel, QrCode};

/// White modules around the code, as its standard asks (ISO/IEC 18004, quiet zone).
const QUIET: usize = 4;

/// The picture; `title` is what a screen reader says. A number of digits always fits a code.
pub fn svg(number: &str, title: &str) -> Option<String> {
    // Q mends a quarter: cards are scratched, and the number is short.
    let code = QrCode::with_error_correction_level(number, EcLevel::Q).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + QUIET, at / width + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    let side = width + 2 * QUIET;
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    Some(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" shape-rendering=\"crispEdges\">\
         <title>{title}</title><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::card::qr_number;

    /// Another library reads the drawn modules back, at three pixels a module as a cheap scanner sees them.
    #[test]
    fn a_reader_reads_what_was_drawn() {
        for random in [0, 42, 98_765_432_109_876] {
            let number = qr_number(random);
            let svg = svg(&number, "卡 <1>").unwrap();
            assert!(svg.contains("卡 &lt;1>"));
            let side: usize = svg
                .split("viewBox=\"0 0 ")
                .nth(1)
                .unwrap()
                .split(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let mut dark = vec![false; side * side];
            let modules = svg.rsplit("d=\"").next().unwrap();
            for module in modules.split('M').skip(1) {
                let (x, rest) = module.split_once(' ').unwrap();
                let y = rest.split('h').next().unwrap();
                dark[y.parse::<usize>().unwrap() * side + x.parse::<usize>().unwrap()] = true;
            }
            let scale = 3;
            let mut image =
                rqrr::PreparedImage::prepare_from_greyscale(side * scale, side * scale, |x, y| {
                    if dark[(y / scale) * side + x / scale] {
                        0
                    } else {
                        255
                    }
                });
            let grids = image.detect_grids();
            assert_eq!(grids.len(), 1);
            assert_eq!(grids[0].decode().unwrap().1, number);
        }
    }
}
