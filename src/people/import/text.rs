//! Bytes of a file as text: UTF-8, GB 18030 as Chinese spreadsheets save it, UTF-16 as "Unicode text".

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

/// How the bytes of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    Utf8,
    Gb18030,
    Utf16,
}

impl Encoding {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Gb18030 => "GB 18030",
            Encoding::Utf16 => "UTF-16",
        }
    }
}

/// The text and how it was written. A byte order mark decides; else what is valid UTF-8 is that, and
/// everything else is GB 18030. Bytes that are neither become U+FFFD, and the line that has one is refused.
pub fn decoded(bytes: &[u8]) -> (String, Encoding) {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return (String::from_utf8_lossy(rest).into_owned(), Encoding::Utf8);
    }
    for (mark, encoding) in [(b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let (text, _) = encoding.decode_without_bom_handling(rest);
            return (text.into_owned(), Encoding::Utf16);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), Encoding::Utf8);
    }
    // Not one faulty byte in a UTF-8 file must make all the others GB 18030: what has fewer faults it is.
    let lossy = String::from_utf8_lossy(bytes);
    let (text, _) = GB18030.decode_without_bom_handling(bytes);
    let faults = |text: &str| text.matches('\u{fffd}').count();
    let looks_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    if faults(&lossy) <= faults(&text)
        || (faults(&lossy) * 20 < lossy.chars().count() && looks_chinese(&lossy))
    {
        return (lossy.into_owned(), Encoding::Utf8);
    }
    (text.into_owned(), Encoding::Gb18030)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "姓名,出生日期\n赵一二,1943-05-01\n";

    #[test]
    fn each_way_of_saving_is_read() {
        let (gb, _, _) = GB18030.encode(TEXT);
        let utf16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, encoding) in [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf", TEXT.as_bytes()].concat(), Encoding::Utf8),
            (gb.to_vec(), Encoding::Gb18030),
            ([&b"\xff\xfe"[..], &utf16].concat(), Encoding::Utf16),
            ([&b"\xfe\xff"[..], &big].concat(), Encoding::Utf16),
        ] {
            assert_eq!(decoded(&bytes), (TEXT.to_owned(), encoding));
        }
    }

    #[test]
    fn a_rare_character_of_gb_18030_is_read() {
        let (bytes, _, unmappable) = GB18030.encode("㐀𠀀龘");
        assert!(!unmappable);
        assert_eq!(decoded(&bytes).0, "㐀𠀀龘");
    }

    #[test]
    fn a_faulty_byte_stays_in_its_place() {
        let long = TEXT.repeat(20);
        let mut bytes = long.clone().into_bytes();
        bytes.extend(b"\xff,1944-01-01\n");
        let (text, encoding) = decoded(&bytes);
        assert_eq!(encoding, Encoding::Utf8);
        assert_eq!(text, format!("{long}\u{fffd},1944-01-01\n"));
        let (gb, _, _) = GB18030.encode(&long);
        let mut bytes = gb.to_vec();
        bytes.extend(b"\xff,1944-01-01\n");
        let (text, encoding) = decoded(&bytes);
        assert_eq!(encoding, Encoding::Gb18030);
        assert!(text.starts_with(&long) && text.contains('\u{fffd}'));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_can_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            decoded(&bytes);
        }
    }
}
