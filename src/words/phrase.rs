//! Looking a text up by its key.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::Loader;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::loader::LanguageIdentifier;

use super::language::Language;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./src/words",
        fallback_language: "zh-CN",
        // The isolation marks U+2068 and U+2069 would stand in every copied number and in CSV;
        // neither language here is written from right to left.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

// A new .ftl file is seen only when this file is compiled again (the macro lists them then): touch it.
static CHINESE: LanguageIdentifier = fluent_templates::langid!("zh-CN");
static ENGLISH: LanguageIdentifier = fluent_templates::langid!("en");

/// What stands in a text's placeholder: a word or a whole number.
#[derive(Debug, Clone, PartialEq)]
pub struct Value<'a>(FluentValue<'a>);

impl<'a> From<&'a str> for Value<'a> {
    fn from(word: &'a str) -> Self {
        Value(FluentValue::String(Cow::Borrowed(word)))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(word: &'a String) -> Self {
        Value::from(word.as_str())
    }
}

impl From<String> for Value<'_> {
    fn from(word: String) -> Self {
        Value(FluentValue::String(Cow::Owned(word)))
    }
}

macro_rules! number_value {
    ($($number:ty),+) => {$(
        impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Value(FluentValue::from(number))
            }
        }
        impl From<&$number> for Value<'_> {
            fn from(number: &$number) -> Self {
                Value(FluentValue::from(*number))
            }
        }
    )+};
}
number_value!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

/// The texts in one language. Cheap to copy; every page, chart and message is given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    language: Language,
}

impl Words {
    pub fn of(language: Language) -> Self {
        Words { language }
    }

    pub fn language(&self) -> Language {
        self.language
    }

    /// The text with this key. A key that no file has comes back as itself, so that a page still
    /// shows; `tests` below hold that no such key is used.
    pub fn say(&self, key: &str) -> String {
        TEXTS
            .try_lookup(self.identifier(), key)
            .unwrap_or_else(|| key.to_owned())
    }

    /// The text with this key and its placeholders filled.
    pub fn with<const N: usize>(
        &self,
        key: &str,
        values: [(&'static str, Value<'_>); N],
    ) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> = values
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value.0))
            .collect();
        TEXTS
            .try_lookup_with_args(self.identifier(), key, &values)
            .unwrap_or_else(|| key.to_owned())
    }

    /// [`Words::with`] for one placeholder: short enough to stand in a template.
    pub fn with1<'a>(&self, key: &str, name: &'static str, value: impl Into<Value<'a>>) -> String {
        self.with(key, [(name, value.into())])
    }

    /// A closed word of the code (a basis, a reason, a meal) for people: key `{family}-{word}`,
    /// underscores written as hyphens.
    pub fn word(&self, family: &str, word: &str) -> String {
        self.say(&format!("{family}-{}", word.replace('_', "-")))
    }

    /// Like [`Words::word`] for words that come from outside this program (a follower's name, a reason
    /// of a profile): one without a text is shown as it is.
    pub fn word_or_itself(&self, family: &str, word: &str) -> String {
        let key = format!("{family}-{}", word.replace('_', "-"));
        TEXTS
            .try_lookup(self.identifier(), &key)
            .unwrap_or_else(|| word.to_owned())
    }

    fn identifier(&self) -> &'static LanguageIdentifier {
        match self.language {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        }
    }
}

#[cfg(test)]
mod tests;
