//! Finding the profile for a frame, and the values that its sources name.

use std::borrow::Cow;

use serde_json::Value;

use super::document::{self, Document};
use super::dropped;
use super::number;
use super::outcome::{Fault, Problem};
use crate::decode::profile::{
    Condition, Path, Profile, ProfileSet, Segments, Source, Sources, Test,
};
use crate::vitals::Frame;

/// A frame that met a profile.
pub(in crate::decode) struct Fit<'a> {
    pub profile: &'a Profile,
    pub segments: Segments,
    /// The body without the profile's `drop` paths.
    pub(super) document: Document,
    /// Whether there was anything to drop.
    pub(super) dropped: bool,
}

/// The profile whose topic, limits, body and conditions fit; otherwise the nearest reason why none does.
pub(in crate::decode) fn fitting<'a>(set: &'a ProfileSet, frame: &Frame) -> Result<Fit<'a>, Fault> {
    if frame.refused.is_some() {
        return Err(Fault::RefusedBySource);
    }
    let mut nearest = Fault::NoProfile;
    for profile in set.profiles() {
        let Some(segments) = profile.topics.iter().find_map(|t| t.matches(&frame.topic)) else {
            continue;
        };
        match document::read(profile.kind, profile.limits, &frame.payload) {
            Err(fault) => nearest = fault,
            Ok(mut document) => {
                let dropped = dropped::remove_all(&profile.drop, &mut document.root);
                let fit = Fit {
                    profile,
                    segments,
                    document,
                    dropped,
                };
                if fit.place(&frame.source).holds(&profile.when) {
                    return Ok(fit);
                }
            }
        }
    }
    Err(nearest)
}

impl Fit<'_> {
    /// The whole body as a place.
    pub(super) fn place<'a>(&'a self, account: &'a str) -> Place<'a> {
        Place {
            root: &self.document.root,
            element: &self.document.root,
            element_at: String::new(),
            shown_at: String::new(),
            steps: Vec::new(),
            segments: &self.segments,
            account,
        }
    }
}

/// Where sources are looked up: the body, or one element of it.
pub(super) struct Place<'a> {
    root: &'a Value,
    element: &'a Value,
    /// Pointer of the element from the body.
    pub element_at: String,
    /// The same, fit to print: keys that the profile does not name are `*`.
    pub shown_at: String,
    steps: Vec<String>,
    segments: &'a Segments,
    account: &'a str,
}

/// A value and where it stood, fit to print.
pub(super) struct Found<'a> {
    pub value: Cow<'a, Value>,
    pub at: String,
}

impl Found<'_> {
    /// The text of a scalar, `[]` and `{}` for empty ones; `None` for null and anything larger.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self.value.as_ref() {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Borrowed(number.as_str())),
            Value::Bool(true) => Some("true".into()),
            Value::Bool(false) => Some("false".into()),
            Value::Array(items) if items.is_empty() => Some("[]".into()),
            Value::Object(fields) if fields.is_empty() => Some("{}".into()),
            _ => None,
        }
    }

    /// Whether the value is this word of a profile, blanks around it aside.
    pub fn names(&self, word: &str) -> bool {
        self.text().is_some_and(|text| text.trim() == word) || self.amounts_to(word)
    }

    /// Whether the value is a JSON number of the amount that a profile's word spells: senders that write
    /// every number with a fraction mean `0` by `0.0`.
    pub fn amounts_to(&self, word: &str) -> bool {
        match self.value.as_ref() {
            Value::Number(number) => number::same(number.as_str(), word),
            _ => false,
        }
    }
}

impl<'a> Place<'a> {
    /// One place per element that `each` selects.
    pub fn elements(&self, each: &Path) -> Vec<Place<'a>> {
        each.locate(self.root)
            .into_iter()
            .filter_map(|pointer| {
                Some(Place {
                    root: self.root,
                    element: self.root.pointer(&pointer)?,
                    shown_at: printable(each, &pointer),
                    steps: pointer.split('/').skip(1).map(unescaped).collect(),
                    element_at: pointer,
                    segments: self.segments,
                    account: self.account,
                })
            })
            .collect()
    }

    /// The first source with a value that is not null; a null where that is all there is.
    /// A path that selects several values is an error, never the first of them.
    pub fn find(&self, sources: &Sources) -> Result<Option<Found<'a>>, Problem> {
        let mut null = None;
        for (source, spelling) in &sources.0 {
            let found = match source {
                Source::Here(path) => self.one(path, self.element, &self.shown_at, spelling)?,
                Source::Body(path) => self.one(path, self.root, "", spelling)?,
                Source::Topic(name) => named(self.segments.get(name), spelling),
                Source::Key(step) => named(self.steps.get(step - 1).map(String::as_str), spelling),
                Source::Account => named(Some(self.account), spelling),
                Source::Const(text) => named(Some(text), spelling),
            };
            match found {
                Some(found) if found.value.is_null() => null = null.or(Some(found)),
                Some(found) => return Ok(Some(found)),
                None => {}
            }
        }
        Ok(null)
    }

    /// Where the first source would have stood, to print: of a path in the body its pointer, of an element's
    /// from the body.
    pub fn asked(&self, sources: &Sources) -> String {
        match sources.0.first() {
            Some((Source::Here(Path::Pointer(pointer)), _)) => {
                format!("{}{pointer}", self.shown_at)
            }
            Some((Source::Body(Path::Pointer(pointer)), _)) => pointer.clone(),
            Some((_, spelling)) => spelling.clone(),
            None => String::new(),
        }
    }

    fn one(
        &self,
        path: &Path,
        from: &'a Value,
        shown: &str,
        spelling: &str,
    ) -> Result<Option<Found<'a>>, Problem> {
        let pointers = path.locate(from);
        match &pointers[..] {
            [] => Ok(None),
            [pointer] => Ok(from.pointer(pointer).map(|value| Found {
                value: Cow::Borrowed(value),
                at: format!("{shown}{}", printable(path, pointer)),
            })),
            _ => Err(Problem::new(spelling, Fault::AmbiguousPath)),
        }
    }

    /// Every pointer, from the body, that a source names here.
    pub fn pointers(&self, sources: &Sources) -> Vec<String> {
        let mut all = Vec::new();
        for (source, _) in &sources.0 {
            match source {
                Source::Here(path) => all.extend(
                    path.locate(self.element)
                        .iter()
                        .map(|pointer| format!("{}{pointer}", self.element_at)),
                ),
                Source::Body(path) => all.extend(path.locate(self.root)),
                _ => {}
            }
        }
        all
    }

    /// Whether every condition holds. A path that selects several values holds nothing.
    pub fn holds(&self, when: &[Condition]) -> bool {
        when.iter().all(|condition| {
            let Ok(found) = self.find(&condition.at) else {
                return false;
            };
            let present = found.as_ref().is_some_and(|f| !f.value.is_null());
            match &condition.test {
                Test::Missing => !present,
                Test::Present => present,
                Test::Is(words) => found.as_ref().is_some_and(|found| {
                    let text = found.text();
                    words
                        .iter()
                        .any(|word| text.as_deref() == Some(word) || found.amounts_to(word))
                }),
            }
        })
    }
}

fn named<'a>(text: Option<&str>, spelling: &str) -> Option<Found<'a>> {
    text.map(|text| Found {
        value: Cow::Owned(Value::String(text.to_owned())),
        at: spelling.to_owned(),
    })
}

/// A pointer fit to print: keys that stand in the profile's own path stay, others (they may be names) are `*`.
fn printable(path: &Path, pointer: &str) -> String {
    let Path::Query(query) = path else {
        return pointer.to_owned();
    };
    let query = query.to_string();
    let step = |step: &str| {
        let index = !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
        if index || query.contains(unescaped(step).as_str()) {
            step.to_owned()
        } else {
            "*".into()
        }
    };
    let steps: Vec<String> = pointer.split('/').skip(1).map(step).collect();
    steps.iter().map(|s| format!("/{s}")).collect()
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
