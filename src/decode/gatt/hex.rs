//! Bytes as hex digits, without blanks, prefix or separators.

/// The bytes; none for an odd number of digits or for anything that is no hex digit.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn both_cases() {
        assert_eq!(bytes("00fFaB9"), None);
        assert_eq!(bytes("00fFaB90"), Some(vec![0x00, 0xFF, 0xAB, 0x90]));
        assert_eq!(bytes(""), Some(Vec::new()));
    }

    #[test]
    fn nothing_but_digits() {
        for refused in ["0", "0g", "00 0", "0x00", "+1", "é0", "１１", "00\n0"] {
            assert_eq!(bytes(refused), None, "{refused:?}");
        }
    }
}
