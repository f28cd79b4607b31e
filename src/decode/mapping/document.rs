//! A body as a JSON value, whatever it was written as, or the closed reason why it is none.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use url::form_urlencoded;

use super::outcome::Fault;
use crate::decode::profile::{Kind, Limits};

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// A body that could be read. A form is an object of texts, a text body one text.
#[derive(Debug)]
pub(super) struct Document {
    pub root: Value,
    /// A UTF-8 byte order mark stood before it and was skipped.
    pub byte_order_mark: bool,
}

pub(super) fn read(kind: Kind, limits: Limits, body: &[u8]) -> Result<Document, Fault> {
    if body.len() > limits.payload_bytes as usize {
        return Err(Fault::PayloadTooLarge);
    }
    let rest = body.strip_prefix(BYTE_ORDER_MARK);
    let byte_order_mark = rest.is_some();
    let text = std::str::from_utf8(rest.unwrap_or(body)).map_err(|_| Fault::NotUtf8)?;
    let root = match kind {
        Kind::Json => json(text, limits.depth)?,
        Kind::Form => form(text)?,
        Kind::Text => Value::String(text.to_owned()),
    };
    Ok(Document {
        root,
        byte_order_mark,
    })
}

/// The body again, for keeping. The reverse of [`read`] up to blanks and the order of keys.
pub(super) fn write(kind: Kind, root: &Value) -> Vec<u8> {
    match kind {
        Kind::Json => root.to_string().into_bytes(),
        Kind::Text => root.as_str().unwrap_or_default().as_bytes().to_vec(),
        Kind::Form => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for (key, value) in root.as_object().into_iter().flatten() {
                form.append_pair(key, value.as_str().unwrap_or_default());
            }
            form.finish().into_bytes()
        }
    }
}

fn json(text: &str, depth: u32) -> Result<Value, Fault> {
    let broken = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let proof = Proof {
        depth_left: depth,
        broken: &broken,
    };
    proof
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|_| broken.get().unwrap_or(Fault::BadJson))?;
    serde_json::from_str(text).map_err(|_| Fault::BadJson)
}

/// Walks a JSON text once and refuses a key that stands twice, and nesting beyond the limit.
/// serde_json itself would keep the last of two equal keys without a word.
#[derive(Clone, Copy)]
struct Proof<'a> {
    depth_left: u32,
    broken: &'a Cell<Option<Fault>>,
}

impl<'a> Proof<'a> {
    fn deeper<E: Error>(self) -> Result<Proof<'a>, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Proof { depth_left, ..self }),
            None => Err(self.refuse(Fault::TooDeep)),
        }
    }

    fn refuse<E: Error>(self, fault: Fault) -> E {
        self.broken.set(Some(fault));
        E::custom(fault.word())
    }
}

impl<'de> DeserializeSeed<'de> for Proof<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Proof<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inside = self.deeper()?;
        while items.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            // With `arbitrary_precision`, serde_json shows a number as a map with this one key.
            let number = seen.is_empty() && key == "$serde_json::private::Number";
            let inside = if number { self } else { self.deeper()? };
            if !seen.insert(key) {
                return Err(self.refuse(Fault::DuplicateKey));
            }
            entries.next_value_seed(inside)?;
        }
        // An empty object is a level too.
        if seen.is_empty() {
            self.deeper().map(|_: Proof<'_>| ())
        } else {
            Ok(())
        }
    }
}

fn form(text: &str) -> Result<Value, Fault> {
    let mut fields = serde_json::Map::new();
    for pair in text
        .trim_end_matches(['\r', '\n'])
        .split('&')
        .filter(|p| !p.is_empty())
    {
        if !pair.contains('=') || !escapes_are_whole(pair) {
            return Err(Fault::BadForm);
        }
        let Some((key, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
            return Err(Fault::BadForm);
        };
        // The decoder replaces bytes that are no UTF-8 by U+FFFD: that would be a guess.
        if key.contains('\u{FFFD}') || value.contains('\u{FFFD}') {
            return Err(Fault::NotUtf8);
        }
        if fields
            .insert(key.into_owned(), Value::String(value.into_owned()))
            .is_some()
        {
            return Err(Fault::DuplicateKey);
        }
    }
    if fields.is_empty() {
        Err(Fault::BadForm)
    } else {
        Ok(Value::Object(fields))
    }
}

/// Every `%` is followed by two hexadecimal digits.
fn escapes_are_whole(pair: &str) -> bool {
    let bytes = pair.as_bytes();
    bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'%')
        .all(|(at, _)| {
            bytes
                .get(at + 1..at + 3)
                .is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
        })
}
