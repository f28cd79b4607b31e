//! The small rules of a profile: sources, conditions, flags, numbers, units, times.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use rust_decimal::Decimal;

use super::model::{
    Condition, Flag, Kind, NumberRule, Test, TextRule, TimeForm, TimeRule, UnitRule, Zone,
};
use super::section::{Item, ProfileError, Section, nearest_clause};
use super::source::{Path, Source, Sources};
use super::topic::TopicFilter;
use super::unit::Unit;

/// What a source may name: the kind of body and the topic levels of this profile.
pub(super) struct Scope<'a> {
    pub kind: Kind,
    pub topics: &'a [TopicFilter],
    /// Inside a `[[reading]]` with `each`.
    pub keys: bool,
}

type Parsed<T> = Result<T, ProfileError>;

impl Scope<'_> {
    pub fn path(&self, item: &Item<'_>) -> Parsed<Path> {
        let text = item.text("/data/sys")?;
        let path = Path::parse(text)
            .map_err(|instead| item.error(format!("`{}` is no path", item.name), instead))?;
        self.fits_body(&path, item)?;
        Ok(path)
    }

    fn fits_body(&self, path: &Path, item: &Item<'_>) -> Parsed<()> {
        let (fits, instead) = match (self.kind, path) {
            (Kind::Json, _) => (true, ""),
            (Kind::Text, Path::Pointer(p)) => (p.is_empty(), "write `\"\"`, the whole text"),
            (Kind::Form, Path::Pointer(p)) => (
                p.matches('/').count() == 1,
                "write `/` and the field's name",
            ),
            (Kind::Text, Path::Query(_)) => (false, "write `\"\"`, the whole text"),
            (Kind::Form, Path::Query(_)) => (false, "write `/` and the field's name"),
        };
        if fits {
            return Ok(());
        }
        Err(item.error(
            format!("`{}` can never be found in this kind of body", item.name),
            instead,
        ))
    }

    /// One source or a list of them, in order of preference.
    pub fn sources(&self, item: &Item<'_>) -> Parsed<Sources> {
        let mut found = Vec::new();
        for item in item.list() {
            let text = item.text("/data/sys")?;
            let source = Source::parse(text)
                .map_err(|instead| item.error(format!("`{}` is no source", item.name), instead))?;
            match &source {
                Source::Here(path) | Source::Body(path) => self.fits_body(path, &item)?,
                Source::Topic(name) => self.topic_level(name, &item)?,
                Source::Key(_) if !self.keys => {
                    return Err(item.error(
                        format!("`{}` names a key outside `each`", item.name),
                        "write a path, or give this `[[reading]]` an `each`",
                    ));
                }
                _ => {}
            }
            found.push((source, text.to_owned()));
        }
        if found.is_empty() {
            return Err(item.error(format!("`{}` is an empty list", item.name), "write a path"));
        }
        Ok(Sources(found))
    }

    fn topic_level(&self, name: &str, item: &Item<'_>) -> Parsed<()> {
        if let Some(number) = name.parse::<usize>().ok().filter(|n| *n >= 1) {
            return match self.topics.iter().find(|t| !t.has_level(number)) {
                None => Ok(()),
                Some(topic) => Err(item.error(
                    format!("the topic `{}` has no level {number}", topic.subscription()),
                    "write the number of a level that it has; the first is 1",
                )),
            };
        }
        for topic in self.topics {
            let names: Vec<&str> = topic.names().collect();
            if names.contains(&name) {
                continue;
            }
            let instead = if names.is_empty() {
                format!("write `{{{name}}}` for a level of the topic, or `topic:1` for its first")
            } else {
                nearest_clause(name, &names)
            };
            let filter = topic.subscription();
            return Err(item.error(
                format!("the topic `{filter}` has no level `{name}`"),
                instead,
            ));
        }
        Ok(())
    }

    pub fn conditions(&self, item: Option<Item<'_>>) -> Parsed<Vec<Condition>> {
        let Some(item) = item else {
            return Ok(Vec::new());
        };
        item.list()
            .iter()
            .map(|item| self.condition(item))
            .collect()
    }

    fn condition(&self, item: &Item<'_>) -> Parsed<Condition> {
        let example = "{ at = \"/type\", is = \"reportAttribute\" }";
        let section = item.table(example)?;
        let at = self.sources(&section.need("at", example)?)?;
        let is = section.get("is");
        let missing = section.get("missing");
        let test = match (is, missing) {
            (Some(is), None) => Test::Is(scalars(&is)?),
            (None, Some(missing)) if missing.boolean()? => Test::Missing,
            (None, Some(_)) => Test::Present,
            _ => {
                return Err(section.error(
                    format!("`{}` needs one of `is` and `missing`", item.name),
                    format!("write `{example}`"),
                ));
            }
        };
        section.finish()?;
        Ok(Condition { at, test })
    }

    /// `"/path"` or `{ at = "/path", is = [...] }`.
    pub fn flag(&self, item: &Item<'_>) -> Parsed<Flag> {
        if !item.is_table() {
            return Ok(Flag {
                at: self.sources(item)?,
                is: None,
            });
        }
        let example = "{ at = \"/type\", is = \"1\" }";
        let section = item.table(example)?;
        let at = self.sources(&section.need("at", example)?)?;
        let is = section.get("is").map(|is| scalars(&is)).transpose()?;
        section.finish()?;
        Ok(Flag { at, is })
    }

    /// `"/path"` or `{ at = "/path", none = ["0"] }`.
    pub fn text(&self, item: &Item<'_>) -> Parsed<TextRule> {
        if !item.is_table() {
            return Ok(TextRule {
                at: self.sources(item)?,
                none: Vec::new(),
            });
        }
        let example = "{ at = \"/user\", none = [\"255\"] }";
        let section = item.table(example)?;
        let at = self.sources(&section.need("at", example)?)?;
        let none = section
            .get("none")
            .map(|n| scalars(&n))
            .transpose()?
            .unwrap_or_default();
        section.finish()?;
        Ok(TextRule { at, none })
    }

    /// `"/path"` or `{ at, scale, none, range, with_unit, high, low }`.
    pub fn number(&self, item: &Item<'_>) -> Parsed<NumberRule> {
        let mut rule = NumberRule {
            at: Sources(Vec::new()),
            scale: None,
            none: Vec::new(),
            range: None,
            with_unit: false,
            high: Vec::new(),
            low: Vec::new(),
        };
        if !item.is_table() {
            rule.at = self.sources(item)?;
            return Ok(rule);
        }
        let example = "{ at = \"/sys\", none = [\"0\"] }";
        let section = item.table(example)?;
        rule.at = self.sources(&section.need("at", example)?)?;
        rule.scale = section.get("scale").map(|s| scale(&s)).transpose()?;
        rule.none = section
            .get("none")
            .map(|n| scalars(&n))
            .transpose()?
            .unwrap_or_default();
        rule.high = section
            .get("high")
            .map(|n| scalars(&n))
            .transpose()?
            .unwrap_or_default();
        rule.low = section
            .get("low")
            .map(|n| scalars(&n))
            .transpose()?
            .unwrap_or_default();
        rule.with_unit = section
            .get("with_unit")
            .map(|w| w.boolean())
            .transpose()?
            .unwrap_or(false);
        if let Some(range) = section.get("range") {
            let example = "range = [20, 280]";
            let ends: Vec<_> = range
                .list()
                .iter()
                .map(|e| e.decimal(example))
                .collect::<Parsed<_>>()?;
            match ends[..] {
                [low, high] if low <= high => rule.range = Some((low, high)),
                _ => {
                    return Err(range.error(
                        format!("`{}` is no range", range.name),
                        format!("write the smallest and the largest value: `{example}`"),
                    ));
                }
            }
        }
        section.finish()?;
        Ok(rule)
    }

    /// `"mmHg"` or `{ at = "/unit", values = { "0" = "mmHg" } }`.
    pub fn unit(&self, item: &Item<'_>, fits: fn(Unit) -> bool) -> Parsed<UnitRule> {
        let example = "unit = { at = \"/unit\", values = { \"0\" = \"mmHg\", \"1\" = \"kPa\" } }";
        if !item.is_table() {
            return Ok(UnitRule::Fixed(unit_name(item, fits)?));
        }
        let section = item.table(example)?;
        let at = self.sources(&section.need("at", example)?)?;
        let mut values = BTreeMap::new();
        if let Some(table) = section.get("values") {
            for (word, _, unit) in table.table(example)?.entries() {
                values.insert(word.to_owned(), unit_name(&unit, fits)?);
            }
            if values.is_empty() {
                return Err(section.error(
                    format!(
                        "`{}.values` is an empty table: no unit would ever be known",
                        item.name
                    ),
                    format!(
                        "write `{example}`, or leave `values` out where the field names the unit"
                    ),
                ));
            }
        }
        section.finish()?;
        Ok(UnitRule::Field { at, values })
    }

    pub fn time(&self, item: &Item<'_>) -> Parsed<TimeRule> {
        let example = "time = { at = \"/time\", form = \"iso\" }";
        let section = item.table(example)?;
        let at = self.sources(&section.need("at", example)?)?;
        let forms = section
            .need("form", "form = \"iso\"")?
            .list()
            .iter()
            .map(time_form)
            .collect::<Parsed<Vec<_>>>()?;
        if forms.is_empty() {
            return Err(section.error(
                format!(
                    "`{}.form` is an empty list: no time would ever be known",
                    item.name
                ),
                "write at least one form: `form = \"iso\"`",
            ));
        }
        let zone = match section.get("zone") {
            Some(zone) => zone_of(&zone)?,
            None => Zone::Site,
        };
        section.finish()?;
        Ok(TimeRule { at, forms, zone })
    }

    /// `{ at = "/path", values = { "their word" = "our word" } }` or `"/path"` when they use our words.
    pub fn word_table<T>(
        &self,
        item: &Item<'_>,
        from_word: fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Parsed<(Sources, Option<BTreeMap<String, T>>)> {
        if !item.is_table() {
            return Ok((self.sources(item)?, None));
        }
        let example = "{ at = \"/meal\", values = { \"1\" = \"before_meal\" } }";
        let section = item.table(example)?;
        let at = self.sources(&section.need("at", example)?)?;
        let mut values = BTreeMap::new();
        for (theirs, _, ours) in section.need("values", example)?.table(example)?.entries() {
            let word = ours.text("before_meal")?;
            let value = from_word(word).ok_or_else(|| {
                ours.error(
                    format!("unknown word `{word}`"),
                    nearest_clause(word, known),
                )
            })?;
            values.insert(theirs.to_owned(), value);
        }
        section.finish()?;
        Ok((at, Some(values)))
    }
}

/// A scalar or a list of scalars, as the texts they are compared by.
pub(super) fn scalars(item: &Item<'_>) -> Parsed<Vec<String>> {
    let texts: Vec<String> = item
        .list()
        .iter()
        .map(|i| i.scalar("is = \"1\""))
        .collect::<Parsed<_>>()?;
    if texts.is_empty() {
        return Err(item.error(
            format!("`{}` is an empty list: it can never hold", item.name),
            "write at least one value, or leave the key out",
        ));
    }
    Ok(texts)
}

/// What a number is multiplied by.
fn scale(item: &Item<'_>) -> Parsed<Decimal> {
    let example = "scale = \"0.1\"";
    let scale = item.decimal(example)?;
    if scale > Decimal::ZERO {
        return Ok(scale);
    }
    Err(item.error(
        format!("`{}` is not above zero", item.name),
        format!("write what the number is multiplied by: `{example}`"),
    ))
}

/// An optional whole number with its default.
pub(super) fn whole(
    section: &Section<'_>,
    key: &'static str,
    range: std::ops::RangeInclusive<u32>,
    default: u32,
) -> Parsed<u32> {
    Ok(section
        .get(key)
        .map(|item| item.whole(range))
        .transpose()?
        .unwrap_or(default))
}

fn unit_name(item: &Item<'_>, fits: fn(Unit) -> bool) -> Parsed<Unit> {
    let name = item.text("mmHg")?;
    let known: Vec<&str> = Unit::ALL
        .into_iter()
        .filter(|u| fits(*u))
        .map(Unit::name)
        .collect();
    match Unit::ALL.into_iter().find(|u| u.name() == name) {
        Some(unit) if fits(unit) => Ok(unit),
        Some(_) => Err(item.error(
            format!("`{name}` is not a unit of this kind of reading"),
            nearest_clause(name, &known),
        )),
        None => Err(item.error(
            format!("unknown unit `{name}`"),
            nearest_clause(name, &known),
        )),
    }
}

fn time_form(item: &Item<'_>) -> Parsed<TimeForm> {
    const FORMS: [(&str, TimeForm); 6] = [
        ("epoch_s", TimeForm::EpochSeconds),
        ("epoch_ms", TimeForm::EpochMillis),
        ("iso", TimeForm::Iso),
        ("compact", TimeForm::Compact),
        ("compact_utc", TimeForm::CompactUtc),
        ("slashes", TimeForm::Slashes),
    ];
    let word = item.text("iso")?;
    FORMS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, form)| *form)
        .ok_or_else(|| {
            let known = FORMS.map(|(name, _)| name);
            item.error(
                format!("unknown form of time `{word}`"),
                nearest_clause(word, &known),
            )
        })
}

fn zone_of(item: &Item<'_>) -> Parsed<Zone> {
    let text = item.text("zone = \"+08:00\"")?;
    if text == "site" {
        return Ok(Zone::Site);
    }
    offset(text).map(Zone::Fixed).ok_or_else(|| {
        item.error(
            format!("`{}` is no zone", item.name),
            "write `site`, or an offset such as `+08:00`",
        )
    })
}

/// `+08:00`, at most 14 hours.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |t: &str| {
        (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<i32>().ok())?
    };
    let seconds = two(hours)? * 3600 + two(minutes).filter(|m| *m < 60)? * 60;
    (seconds <= 14 * 3600).then(|| Offset::from_seconds(sign * seconds).ok())?
}
