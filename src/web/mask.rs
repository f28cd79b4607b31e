//! A payload nobody understood, as the operator may see it: its shape without its numbers and names.

use serde_json::Value;

/// Characters of a masked payload; the rest is only counted.
const SHOWN_CHARACTERS: usize = 160;
/// Bytes of a payload that is no text.
const SHOWN_BYTES: usize = 12;

/// The shape of a payload: every digit is `#`, every letter of a value `*`. Names of JSON fields stay
/// when they look like names a programmer gave (ASCII, no digits); anything else is masked too.
pub fn masked(payload: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(payload) else {
        return binary(payload);
    };
    if text
        .chars()
        .any(|c| c.is_control() && !c.is_ascii_whitespace())
    {
        return binary(payload);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let mut out = String::new();
            write_masked(&value, &mut out);
            cut(&out)
        }
        Err(_) => cut(&text
            .split_whitespace()
            .map(mask_text)
            .collect::<Vec<_>>()
            .join(" ")),
    }
}

fn write_masked(value: &Value, out: &mut String) {
    if out.len() > SHOWN_CHARACTERS * 4 {
        return;
    }
    match value {
        Value::Null => out.push_str("null"),
        // Whether something is true can be a finding.
        Value::Bool(_) => out.push('?'),
        Value::Number(number) => out.push_str(&mask_text(&number.to_string())),
        Value::String(text) => {
            out.push('"');
            out.push_str(&mask_text(text));
            out.push('"');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_masked(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (name, field)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let plain = name.len() <= 32
                    && name
                        .chars()
                        .all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | '.'));
                out.push('"');
                out.push_str(&if plain { name.clone() } else { mask_text(name) });
                out.push_str("\":");
                write_masked(field, out);
            }
            out.push('}');
        }
    }
}

fn mask_text(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_numeric() => '#',
            c if c.is_ascii_punctuation() || c == ' ' => c,
            _ => '*',
        })
        .collect()
}

/// The first byte (a flags byte tells the kind of record) and the shape of the rest.
fn binary(payload: &[u8]) -> String {
    let mut parts: Vec<String> = payload
        .iter()
        .take(1)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    parts.extend(
        payload
            .iter()
            .skip(1)
            .take(SHOWN_BYTES - 1)
            .map(|_| "##".to_owned()),
    );
    if payload.len() > SHOWN_BYTES {
        parts.push("…".to_owned());
    }
    parts.join(" ")
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARACTERS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shapes() {
        assert_eq!(
            masked(r#"{"sys":157,"dia":85.5,"nm":"赵一二","ok":true,"x":null}"#.as_bytes()),
            r###"{"dia":##.#,"nm":"***","ok":?,"sys":###,"x":null}"###
        );
        assert_eq!(
            masked(r#"{"赵一二":1,"card44":[2]}"#.as_bytes()),
            r###"{"****##":[#],"***":#}"###
        );
        assert_eq!(masked("SYS 157 李七八".as_bytes()), "*** ### ***");
        assert_eq!(masked(&[0x1e, 0x00, 0xff]), "1E ## ##");
        assert_eq!(masked(b""), "");
        assert_eq!(masked(&[0xff; 40]).chars().last(), Some('…'));
    }

    #[test]
    fn a_long_payload_is_cut() {
        let at = |n: usize| masked("x".repeat(n).as_bytes()).chars().count();
        assert_eq!([at(159), at(160), at(161)], [159, 160, 161]);
        assert!(masked("x".repeat(161).as_bytes()).ends_with('…'));
    }

    proptest! {
        #[test]
        fn no_digit_and_no_name_gets_through(text in "\\PC{0,300}") {
            let shown = masked(text.as_bytes());
            prop_assert!(!shown.chars().any(|c| c.is_numeric()));
            prop_assert!(!shown.chars().any(|c| c.is_alphabetic() && !c.is_ascii()));
        }

        #[test]
        fn no_value_gets_through(name in "[\u{4e00}-\u{9fff}]{2,4}", word in "[a-z]{3,9}", n in 10u32..) {
            let payload = serde_json::json!({"a": {"b": [name.clone(), word.clone(), n]}}).to_string();
            let shown = masked(payload.as_bytes());
            prop_assert!(!shown.contains(&name) && !shown.contains(&word) && !shown.contains(&n.to_string()));
        }

        #[test]
        fn any_bytes_do(payload in prop::collection::vec(any::<u8>(), 0..400)) {
            masked(&payload);
        }
    }
}
