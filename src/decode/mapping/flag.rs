//! Yes or no, short texts and words out of fields.

use super::outcome::Problem;
use super::select::{Found, Place};
use crate::decode::profile::{Flag, TextRule};

/// The longest device id, slot or sequence taken, in characters.
const LONGEST_TEXT: usize = 128;

/// What a flag field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    /// Also when the field is missing or null.
    No,
    /// Neither of the usual spellings. Holds the printable place.
    Unclear(String),
}

pub(super) fn answer(flag: &Flag, place: &Place<'_>) -> Result<Answer, Problem> {
    let Some(found) = place.find(&flag.at)? else {
        return Ok(Answer::No);
    };
    if found.value.is_null() {
        return Ok(Answer::No);
    }
    if let Some(yes) = &flag.is {
        let hit = yes.iter().any(|word| found.names(word));
        return Ok(if hit { Answer::Yes } else { Answer::No });
    }
    if let Some(answer) = [("1", Answer::Yes), ("0", Answer::No)]
        .into_iter()
        .find_map(|(word, answer)| found.amounts_to(word).then_some(answer))
    {
        return Ok(answer);
    }
    let text = found.text();
    let Some(word) = text.as_deref().map(str::trim) else {
        return Ok(Answer::Unclear(found.at));
    };
    Ok(match word.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "y" => Answer::Yes,
        "" | "false" | "0" | "no" | "n" | "[]" => Answer::No,
        _ => Answer::Unclear(found.at),
    })
}

/// A short text without control characters, trimmed; `None` when missing, blank or one of `none`.
pub(super) fn text(rule: &TextRule, place: &Place<'_>) -> Result<Option<String>, Problem> {
    Ok(place
        .find(&rule.at)?
        .filter(|found| !rule.none.iter().any(|word| found.names(word)))
        .and_then(|found| short_text(&found)))
}

pub(super) fn short_text(found: &Found<'_>) -> Option<String> {
    if !(found.value.is_string() || found.value.is_number()) {
        return None;
    }
    let text = found.text()?;
    let text = text.trim();
    let fits = !text.is_empty()
        && text.chars().count() <= LONGEST_TEXT
        && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}
