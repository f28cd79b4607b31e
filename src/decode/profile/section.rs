//! Reading TOML with the place of every key and value at hand, so that a refusal names file and line.

use std::cell::RefCell;
use std::ops::Range;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Why a profile file was refused. Display: `FILE:LINE: what is wrong; write what instead`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}; {instead}")]
pub struct ProfileError {
    pub file: String,
    /// 1-based.
    pub line: usize,
    pub what: String,
    /// A full clause that begins with a verb: "write ...".
    pub instead: String,
}

/// The file a value comes from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Origin<'_> {
    pub fn error(
        &self,
        span: Range<usize>,
        what: impl Into<String>,
        instead: impl Into<String>,
    ) -> ProfileError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        ProfileError {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            what: what.into(),
            instead: instead.into(),
        }
    }
}

/// A table whose keys are asked for one by one; what nobody asked for is an unknown key.
pub(super) struct Section<'a> {
    pub origin: Origin<'a>,
    pub span: Range<usize>,
    name: String,
    table: &'a DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub fn new(origin: Origin<'a>, name: &str, span: Range<usize>, table: &'a DeTable<'a>) -> Self {
        Section {
            origin,
            span,
            name: name.to_owned(),
            table,
            asked: RefCell::new(Vec::new()),
        }
    }

    pub fn get(&self, key: &'static str) -> Option<Item<'a>> {
        self.asked.borrow_mut().push(key);
        let (_, value) = self
            .table
            .iter()
            .find(|(k, _)| k.get_ref().as_ref() == key)?;
        Some(Item {
            origin: self.origin,
            name: self.path(key),
            value,
        })
    }

    /// A key that must be there. A misspelt one is named in the refusal.
    pub fn need(&self, key: &'static str, example: &str) -> Result<Item<'a>, ProfileError> {
        if let Some(item) = self.get(key) {
            return Ok(item);
        }
        let near = |k: &&Spanned<_>| {
            let word: &DeString<'_> = k.get_ref();
            word.as_ref() != key && distance(word, key) <= 2
        };
        Err(match self.table.keys().find(near) {
            Some(misspelt) => self.unknown(misspelt, &[key]),
            None => self.error(
                format!("`{}` is missing", self.path(key)),
                format!("write `{example}`"),
            ),
        })
    }

    /// Every key with its value, for tables whose keys are the author's own words.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Range<usize>, Item<'a>)> + '_ {
        self.table.iter().map(|(key, value)| {
            let name = self.path(key.get_ref());
            (
                key.get_ref().as_ref(),
                key.span(),
                Item {
                    origin: self.origin,
                    name,
                    value,
                },
            )
        })
    }

    pub fn error(&self, what: impl Into<String>, instead: impl Into<String>) -> ProfileError {
        self.origin.error(self.span.clone(), what, instead)
    }

    /// Refuses the first key that nobody asked for, and names the nearest one that exists.
    pub fn finish(self) -> Result<(), ProfileError> {
        let asked = self.asked.borrow();
        let mut unknown: Vec<&Spanned<_>> = self
            .table
            .keys()
            .filter(|k| !asked.contains(&k.get_ref().as_ref()))
            .collect();
        unknown.sort_by_key(|k| k.span().start);
        unknown
            .first()
            .map_or(Ok(()), |key| Err(self.unknown(key, &asked)))
    }

    fn unknown(&self, key: &Spanned<DeString<'_>>, known: &[&str]) -> ProfileError {
        let place = match self.name.as_str() {
            "" => "a profile".to_owned(),
            name => format!("[{name}]"),
        };
        let word = key.get_ref();
        self.origin.error(
            key.span(),
            format!("unknown key `{word}` in {place}"),
            nearest_clause(word, known),
        )
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }
}

/// One value with its place and its dotted name.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub origin: Origin<'a>,
    pub name: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    pub fn error(&self, what: impl Into<String>, instead: impl Into<String>) -> ProfileError {
        self.origin.error(self.value.span(), what, instead)
    }

    fn wrong_type(&self, wanted: &str, example: &str) -> ProfileError {
        let found = self.value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) {
            "an"
        } else {
            "a"
        };
        self.error(
            format!("`{}` is {article} {found}, not {wanted}", self.name),
            format!("write `{example}`"),
        )
    }

    pub fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub fn text(&self, example: &str) -> Result<&'a str, ProfileError> {
        self.value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong_type("text in quotes", example))
    }

    pub fn boolean(&self) -> Result<bool, ProfileError> {
        let example = format!("{} = true", last(&self.name));
        self.value
            .get_ref()
            .as_bool()
            .ok_or_else(|| self.wrong_type("true or false", &example))
    }

    /// A whole number within `range`, both ends included.
    pub fn whole(&self, range: std::ops::RangeInclusive<u32>) -> Result<u32, ProfileError> {
        let example = format!("{} = {}", last(&self.name), range.start());
        let number = self
            .value
            .get_ref()
            .as_integer()
            .ok_or_else(|| self.wrong_type("a whole number", &example))?;
        u32::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|n| range.contains(n))
            .ok_or_else(|| {
                self.error(
                    format!("`{}` is out of range", self.name),
                    format!(
                        "write a whole number from {} to {}",
                        range.start(),
                        range.end()
                    ),
                )
            })
    }

    /// An exact decimal, written as a number or as text.
    pub fn decimal(&self, example: &str) -> Result<Decimal, ProfileError> {
        let text = match self.value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => n.as_str(),
            DeValue::Float(n) => n.as_str(),
            DeValue::String(text) => text.as_ref(),
            _ => return Err(self.wrong_type("a decimal number", example)),
        };
        Decimal::from_str_exact(text).map_err(|_| self.wrong_type("a decimal number", example))
    }

    /// The text a scalar is compared by: `0`, `true`, `abc`.
    pub fn scalar(&self, example: &str) -> Result<String, ProfileError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(n) if n.radix() == 10 => Ok(n.as_str().to_owned()),
            DeValue::Float(n) => Ok(n.as_str().to_owned()),
            DeValue::Boolean(b) => Ok(b.to_string()),
            _ => Err(self.wrong_type("text, a number, true or false", example)),
        }
    }

    /// One value or a list of values.
    pub fn list(&self) -> Vec<Item<'a>> {
        match self.value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .map(|value| Item {
                    origin: self.origin,
                    name: self.name.clone(),
                    value,
                })
                .collect(),
            _ => vec![self.clone()],
        }
    }

    pub fn table(&self, example: &str) -> Result<Section<'a>, ProfileError> {
        match self.value.get_ref() {
            DeValue::Table(table) => Ok(Section::new(
                self.origin,
                &self.name,
                self.value.span(),
                table,
            )),
            _ => Err(self.wrong_type("a table", example)),
        }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// "write `x`", where x is the nearest of `known`, or all of them when none is near.
pub(super) fn nearest_clause(word: &str, known: &[&str]) -> String {
    let best = known.iter().map(|k| (distance(word, k), k)).min();
    match best {
        Some((d, k)) if d <= 1 + word.chars().count() / 3 => format!("write `{k}`"),
        _ => {
            let list: Vec<String> = known.iter().map(|k| format!("`{k}`")).collect();
            format!("write one of {}", list.join(", "))
        }
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
