//! What the disk may see of a body: dropped paths gone, person hints replaced by keyed hashes.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::document;
use super::interpret::interpret_fit;
use super::outcome::{Fault, Status};
use super::select::{Fit, Place, fitting};
use super::token;
use crate::decode::profile::ProfileSet;
use crate::vitals::{Frame, HintKey, NoHint, citizen_numbers};

/// A body ready for Keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub payload: Vec<u8>,
    /// The name of the profile that understands it. `Err`: the payload is the one that came, without the
    /// dropped paths of the profile that fits it (where one does), and must be kept encrypted.
    pub understood: Result<String, Fault>,
}

/// Applies the profile's `drop` paths and replaces person hints by tokens (`kh1:<32 hex>:<last four>`); so it
/// does with every citizen number, also where no profile looks for one.
///
/// A body whose readings come out quarantined counts as not understood: a profile that misses the values
/// may miss the person's number as well.
pub fn prepare(set: &ProfileSet, frame: &Frame, key: &HintKey) -> Prepared {
    prepared(set, frame, key, false)
}

/// The same for a body that was prepared when other profiles held: what is a token already stays one.
///
/// Only for what the hub itself stored: a device that sent a token must not get it taken as a card.
pub fn prepare_kept(set: &ProfileSet, frame: &Frame, key: &HintKey) -> Prepared {
    prepared(set, frame, key, true)
}

fn prepared(set: &ProfileSet, frame: &Frame, key: &HintKey, keep_tokens: bool) -> Prepared {
    let mut fit = match fitting(set, frame) {
        Ok(fit) => fit,
        Err(fault) => {
            return Prepared {
                payload: frame.payload.clone(),
                understood: Err(fault),
            };
        }
    };
    // The zone decides only about a time's usefulness, never about the status.
    let interpretation = interpret_fit(&fit, frame, &TimeZone::UTC);
    let write = |fit: &Fit<'_>| document::write(fit.profile.kind, &fit.document.root);
    let left = fit.dropped.then(|| write(&fit));
    let whole = |fault| Prepared {
        payload: left.as_ref().unwrap_or(&frame.payload).clone(),
        understood: Err(fault),
    };
    if interpretation.status == Status::Quarantined {
        return whole(interpretation.error.unwrap_or(Fault::NoReading));
    }
    let hints = hint_pointers(&fit, &frame.source);
    let mut changed = fit.dropped;
    for pointer in hints {
        changed |= hash_at(&mut fit, &pointer, key, keep_tokens);
    }
    changed |= hide_numbers(&mut fit.document.root, key);
    let payload = if changed {
        write(&fit)
    } else {
        frame.payload.clone()
    };
    // Tokens are longer than most numbers: what grew over the limit could never be interpreted again.
    if payload.len() > fit.profile.limits.payload_bytes as usize {
        return whole(Fault::PayloadTooLarge);
    }
    // In a name of a field, say: nothing that the disk may see in the clear.
    if std::str::from_utf8(&payload).is_ok_and(|text| !citizen_numbers(text).is_empty()) {
        return whole(Fault::PersonNumber);
    }
    Prepared {
        payload,
        understood: Ok(fit.profile.name.clone()),
    }
}

/// Replaces citizen numbers wherever they stand: a profile may not know of a field that a maker added.
fn hide_numbers(value: &mut Value, key: &HintKey) -> bool {
    let hidden = match value {
        Value::String(text) => token::hide(text, key),
        Value::Number(number) => token::hide(number.as_str(), key),
        Value::Array(items) => {
            return items
                .iter_mut()
                .fold(false, |any, item| hide_numbers(item, key) | any);
        }
        Value::Object(fields) => {
            let values = fields.values_mut();
            return values.fold(false, |any, field| hide_numbers(field, key) | any);
        }
        Value::Null | Value::Bool(_) => None,
    };
    match hidden {
        Some(hidden) => {
            *value = Value::String(hidden);
            true
        }
        None => false,
    }
}

/// Every place of a hint: in the body and in each element, whether or not a reading comes of it.
fn hint_pointers(fit: &Fit<'_>, account: &str) -> Vec<String> {
    let Some(rule) = &fit.profile.person else {
        return Vec::new();
    };
    let body = fit.place(account);
    let mut places: Vec<Place<'_>> = Vec::new();
    for each in fit.profile.readings.iter().filter_map(|r| r.each.as_ref()) {
        places.extend(body.elements(each));
    }
    places.push(body);
    let mut pointers: Vec<String> = places.iter().flat_map(|p| p.pointers(&rule.at)).collect();
    pointers.sort();
    pointers.dedup();
    pointers
}

fn hash_at(fit: &mut Fit<'_>, pointer: &str, key: &HintKey, keep_tokens: bool) -> bool {
    let Some(rule) = &fit.profile.person else {
        return false;
    };
    let Some(value) = fit.document.root.pointer_mut(pointer) else {
        return false;
    };
    let hint = match value {
        Value::Null => return false,
        Value::String(text) if keep_tokens && token::read(rule.kind, text).is_some() => {
            return false;
        }
        Value::String(text) => key.hint(rule.kind, text),
        Value::Number(number) => key.hint(rule.kind, number.as_str()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(NoHint::Malformed),
    };
    *value = Value::String(token::write(&hint));
    true
}
