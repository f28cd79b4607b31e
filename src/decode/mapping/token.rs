//! The text that stands in a kept body instead of a person's number: `kh1:<32 hex>:<last characters>`.

use crate::vitals::{HintKey, HintKind, NoHint, PersonHint, citizen_numbers};

const PREFIX: &str = "kh1:";

/// The token of a hint, or of the reason why the number is none (`kh1:-:hint_masked`).
pub(super) fn write(hint: &Result<PersonHint, NoHint>) -> String {
    match hint {
        Ok(hint) => format!("{PREFIX}{}:{}", hint.hash, hint.last_four),
        Err(no) => format!("{PREFIX}-:{}", no.word()),
    }
}

/// The text with a token in the place of each citizen number in it; `None` when there is none.
pub(super) fn hide(text: &str, key: &HintKey) -> Option<String> {
    let found = citizen_numbers(text);
    let mut hidden = String::new();
    let mut from = 0;
    for range in &found {
        hidden.push_str(text.get(from..range.start)?);
        let number = text.get(range.clone())?;
        hidden.push_str(&write(&key.hint(HintKind::NationalId, number)));
        from = range.end;
    }
    hidden.push_str(text.get(from..)?);
    (!found.is_empty()).then_some(hidden)
}

/// Reads a token; `None` when the text is none.
pub(super) fn read(kind: HintKind, text: &str) -> Option<Result<PersonHint, NoHint>> {
    let (hash, last_four) = text.strip_prefix(PREFIX)?.split_once(':')?;
    if hash == "-" {
        return NoHint::from_word(last_four).map(Err);
    }
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let fits = hash.len() == 32 && hash.bytes().all(hex) && last_four.chars().count() <= 4;
    fits.then(|| {
        Ok(PersonHint {
            kind,
            hash: hash.to_owned(),
            last_four: last_four.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_write_wrote_is_a_token() {
        let hint = PersonHint {
            kind: HintKind::Card,
            hash: "0123456789abcdef0123456789abcdef".into(),
            last_four: "0:17".into(),
        };
        let text = write(&Ok(hint.clone()));
        assert_eq!(read(HintKind::Card, &text), Some(Ok(hint)));
        let none = write(&Err(NoHint::Masked));
        assert_eq!(read(HintKind::Card, &none), Some(Err(NoHint::Masked)));
        for other in [
            "1100000000019".to_owned(),
            text.replacen('f', "", 1),
            text.replacen('f', "ff", 1),
            text.replace('a', "A"),
            format!("{text}8"),
            "kh1:-:hint_invented".to_owned(),
            "kh1:".to_owned(),
        ] {
            assert_eq!(read(HintKind::Card, &other), None, "{other}");
        }
    }
}
