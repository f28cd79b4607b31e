//! A person's picture as it may be kept: JPEG or PNG, not too large, and nothing in it but the picture (no
//! place, no time, no name of the phone that took it).

/// The most a picture may hold after it was stripped, bytes.
pub const PHOTO_BYTES_MAX: usize = 512 * 1024;
/// The most it may measure on either side, pixels.
pub const PHOTO_SIDE_MAX: u32 = 4096;

/// Why a picture is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoFault {
    Missing,
    /// Neither JPEG nor PNG.
    Kind,
    TooLarge,
    TooManyPixels,
    /// Begins like one and is none.
    Broken,
}

impl PhotoFault {
    /// The word of its text.
    pub fn word(self) -> &'static str {
        match self {
            PhotoFault::Missing => "missing",
            PhotoFault::Kind => "kind",
            PhotoFault::TooLarge => "too_large",
            PhotoFault::TooManyPixels => "too_many_pixels",
            PhotoFault::Broken => "broken",
        }
    }
}

/// The media type, and the picture without anything that is not the picture.
pub fn checked(bytes: &[u8]) -> Result<(&'static str, Vec<u8>), PhotoFault> {
    if bytes.is_empty() {
        return Err(PhotoFault::Missing);
    }
    let (kind, stripped, (width, height)) = if bytes.starts_with(b"\xff\xd8\xff") {
        let (stripped, size) = jpeg(bytes)?;
        ("image/jpeg", stripped, size)
    } else if bytes.starts_with(PNG) {
        let (stripped, size) = png(bytes)?;
        ("image/png", stripped, size)
    } else {
        return Err(PhotoFault::Kind);
    };
    if width == 0 || height == 0 {
        return Err(PhotoFault::Broken);
    }
    if width > PHOTO_SIDE_MAX || height > PHOTO_SIDE_MAX {
        return Err(PhotoFault::TooManyPixels);
    }
    if stripped.len() > PHOTO_BYTES_MAX {
        return Err(PhotoFault::TooLarge);
    }
    Ok((kind, stripped))
}

fn two(bytes: &[u8], at: usize) -> Option<u32> {
    let pair = bytes.get(at..at + 2)?;
    Some(u32::from(pair[0]) << 8 | u32::from(pair[1]))
}

type Stripped = (Vec<u8>, (u32, u32));

/// JPEG (ITU-T T.81): segments up to the scan, then the scan up to the end of the image. Kept are those a
/// decoder needs; APP1 (Exif), the other APPn but 0 and 14, and comments go.
fn jpeg(bytes: &[u8]) -> Result<Stripped, PhotoFault> {
    let broken = PhotoFault::Broken;
    let mut out = b"\xff\xd8".to_vec();
    let mut size = None;
    let mut at = 2;
    loop {
        let (Some(0xff), Some(marker)) = (bytes.get(at), bytes.get(at + 1).copied()) else {
            return Err(broken);
        };
        if marker == 0xff {
            at += 1;
            continue;
        }
        let length = two(bytes, at + 2)
            .filter(|length| *length >= 2)
            .ok_or(broken)? as usize;
        let segment = bytes.get(at..at + 2 + length).ok_or(broken)?;
        match marker {
            // The frame headers, without the three that are tables (DHT, JPG, DAC).
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let (Some(height), Some(width)) = (two(segment, 5), two(segment, 7)) else {
                    return Err(broken);
                };
                size = Some((width, height));
                out.extend(segment);
            }
            0xe1..=0xed | 0xef | 0xfe => {}
            0xda => {
                let end = bytes
                    .windows(2)
                    .rposition(|pair| pair == b"\xff\xd9")
                    .filter(|end| *end > at + 2 + length)
                    .ok_or(broken)?;
                out.extend(bytes.get(at..end + 2).ok_or(broken)?);
                return Ok((out, size.ok_or(broken)?));
            }
            _ => out.extend(segment),
        }
        at += 2 + length;
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// PNG (ISO/IEC 15948): chunks in order. Kept are those that make the picture.
fn png(bytes: &[u8]) -> Result<Stripped, PhotoFault> {
    let broken = PhotoFault::Broken;
    let mut out = PNG.to_vec();
    let mut size = None;
    let mut at = PNG.len();
    loop {
        let length = match (two(bytes, at), two(bytes, at + 2)) {
            (Some(high), Some(low)) => (high << 16 | low) as usize,
            _ => return Err(broken),
        };
        let end = at
            .checked_add(12)
            .and_then(|head| head.checked_add(length))
            .ok_or(broken)?;
        let chunk = bytes.get(at..end).ok_or(broken)?;
        let name = chunk.get(4..8).ok_or(broken)?;
        match name {
            b"IHDR" => {
                let side = |from| Some(two(chunk, from)? << 16 | two(chunk, from + 2)?);
                let (Some(width), Some(height)) = (side(8), side(12)) else {
                    return Err(broken);
                };
                size = Some((width, height));
                out.extend(chunk);
            }
            b"PLTE" | b"IDAT" | b"tRNS" | b"gAMA" | b"sRGB" | b"cHRM" | b"sBIT" => {
                out.extend(chunk)
            }
            b"IEND" => {
                out.extend(chunk);
                return Ok((out, size.ok_or(broken)?));
            }
            _ => {}
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    }

    fn jpeg_of(width: u16, height: u16, scan: usize) -> Vec<u8> {
        let frame = [
            &[8][..],
            &height.to_be_bytes(),
            &width.to_be_bytes(),
            &[1, 1, 0x11, 0],
        ]
        .concat();
        [
            b"\xff\xd8".to_vec(),
            segment(0xe0, b"JFIF\0"),
            segment(0xe1, b"Exif\0\0 31.2 N 121.4 E"),
            segment(0xfe, b"phone of a nurse"),
            segment(0xc0, &frame),
            segment(0xda, &[1, 1, 0, 0, 63, 0]),
            vec![0x55; scan],
            b"\xff\xd9".to_vec(),
            b"after the end".to_vec(),
        ]
        .concat()
    }

    fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], name, body, b"\0\0\0\0"].concat()
    }

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let head = [
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[8, 2, 0, 0, 0],
        ]
        .concat();
        [
            PNG.to_vec(),
            chunk(b"IHDR", &head),
            chunk(b"tEXt", b"Author\0a nurse"),
            chunk(b"eXIf", b"31.2 N"),
            chunk(b"IDAT", b"picture"),
            chunk(b"IEND", b""),
            b"after the end".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn only_the_picture_is_kept() {
        for (bytes, kind) in [
            (jpeg_of(480, 640, 100), "image/jpeg"),
            (png_of(480, 640), "image/png"),
        ] {
            let (is, kept) = checked(&bytes).unwrap();
            assert_eq!(is, kind);
            for secret in ["31.2", "nurse", "after"] {
                let found = kept.windows(secret.len()).any(|w| w == secret.as_bytes());
                assert!(!found, "{kind} keeps {secret}");
            }
            // What was kept is a picture that is taken in as it is.
            assert_eq!(checked(&kept).unwrap().1, kept);
        }
    }

    #[test]
    fn limits_of_size() {
        let bytes = |scan| checked(&jpeg_of(10, 10, scan)).map(|(_, kept)| kept.len());
        let rest = bytes(1).unwrap() - 1;
        assert_eq!(bytes(PHOTO_BYTES_MAX - rest - 1), Ok(PHOTO_BYTES_MAX - 1));
        assert_eq!(bytes(PHOTO_BYTES_MAX - rest), Ok(PHOTO_BYTES_MAX));
        assert_eq!(bytes(PHOTO_BYTES_MAX - rest + 1), Err(PhotoFault::TooLarge));
        for (side, fits) in [(4095, true), (4096, true), (4097, false)] {
            assert_eq!(checked(&jpeg_of(side, 1, 1)).is_ok(), fits);
            assert_eq!(checked(&png_of(1, u32::from(side))).is_ok(), fits);
        }
        assert_eq!(checked(&png_of(0, 1)), Err(PhotoFault::Broken));
    }

    #[test]
    fn what_is_no_picture() {
        assert_eq!(checked(b""), Err(PhotoFault::Missing));
        assert_eq!(checked(b"<svg onload=alert(1)>"), Err(PhotoFault::Kind));
        assert_eq!(checked(b"GIF89a"), Err(PhotoFault::Kind));
        for whole in [jpeg_of(4, 4, 9), png_of(4, 4)] {
            let end = whole.len() - b"after the end".len();
            for cut in 4..end {
                assert!(checked(&whole[..cut]).is_err(), "cut at {cut} of {end}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_can_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), jpeg in proptest::bool::ANY) {
            let begin: &[u8] = if jpeg { b"\xff\xd8\xff\xe0" } else { PNG };
            let _ = checked(&[begin, &bytes].concat());
        }
    }
}
