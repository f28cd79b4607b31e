//! One profile file: its tables in the order in which they stand on the page.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::fields::{Scope, scalars, whole};
use super::model::{
    Condition, DeviceRules, ErrorRule, IgnoreRule, IgnoreWord, Kind, Limits, Measure, Memory,
    PersonRule, Profile,
};
use super::overlap::{self, Around};
use super::reading::reading;
use super::reply::reply;
use super::section::{Item, Origin, ProfileError, Section, nearest_clause};
use super::topic::TopicFilter;
use crate::vitals::HintKind;

pub(super) type Parsed<T> = Result<T, ProfileError>;

/// What a file holds: a profile of messages, or a Bluetooth profile that this parser hands over.
pub(super) enum FileKind {
    Messages(Box<Profile>),
    Gatt,
}

/// Reads one file. `name` is its stem, `origin.file` its name in errors.
pub(super) fn parse(origin: Origin<'_>, name: &str) -> Parsed<FileKind> {
    let table = DeTable::parse(origin.text).map_err(|e| {
        origin.error(
            e.span().unwrap_or(0..0),
            format!("not TOML: {}", e.message().trim_end()),
            "write it as TOML 1.0 says (https://toml.io)",
        )
    })?;
    let root = Section::new(origin, "", table.span(), table.get_ref());
    let word = root.need("kind", "kind = \"json\"")?;
    let kind = match word.text("kind = \"json\"")? {
        "json" => Kind::Json,
        "form" => Kind::Form,
        "text" => Kind::Text,
        "gatt" => return Ok(FileKind::Gatt),
        other => {
            return Err(word.error(
                format!("unknown kind `{other}`"),
                nearest_clause(other, &["json", "form", "text", "gatt"]),
            ));
        }
    };
    let profile = messages(&root, name, kind)?;
    root.finish()?;
    Ok(FileKind::Messages(Box::new(profile)))
}

fn messages(root: &Section<'_>, name: &str, kind: Kind) -> Parsed<Profile> {
    let title = match root.get("title") {
        Some(title) => title.text("title = \"Cuff X\"")?.to_owned(),
        None => name.to_owned(),
    };
    let matching = root.need("match", "[match]")?;
    let matching = matching.table("[match]")?;
    let topics = topics(&matching.need("topics", "topics = [\"a/{device}/b\"]")?)?;
    let scope = Scope {
        kind,
        topics: &topics,
        keys: false,
    };
    let when = scope.conditions(matching.get("when"))?;
    let around = Around {
        topics: &topics,
        outer: &[],
        each: false,
    };
    overlap::refuse_contradiction(&matching, &when, around)?;
    matching.finish()?;

    let readings = root.need("reading", "[[reading]]")?.list();
    // What all readings share may name a key as soon as one of them goes over keys.
    let keys = readings.iter().any(|r| {
        r.table("[[reading]]")
            .is_ok_and(|r| r.get("each").is_some())
    });
    let each = Scope {
        kind,
        topics: &topics,
        keys,
    };
    let dropping = root.get("drop");
    let drop = match &dropping {
        Some(drop) => drop
            .list()
            .iter()
            .map(|d| dropped(d, &scope))
            .collect::<Parsed<_>>()?,
        None => Vec::new(),
    };
    let hint = root.get("person");
    let profile = Profile {
        name: name.to_owned(),
        title,
        kind,
        limits: limits(root.get("limits"))?,
        device: device(root, &each)?,
        reply: root.get("reply").map(|r| reply(&r, &scope)).transpose()?,
        join_window_s: root.get("join").map(|j| join(&j)).transpose()?,
        person: hint.as_ref().map(|p| person(p, &each)).transpose()?,
        time: root.get("time").map(|t| each.time(&t)).transpose()?,
        error: root.get("error").map(|e| error(&e, &each)).transpose()?,
        drop,
        ignore: match root.get("ignore") {
            Some(list) => list
                .list()
                .iter()
                .map(|i| ignore(i, &scope, &when))
                .collect::<Parsed<_>>()?,
            None => Vec::new(),
        },
        readings: readings
            .iter()
            .map(|r| reading(r, kind, &topics, &when))
            .collect::<Parsed<_>>()?,
        topics: topics.clone(),
        when: when.clone(),
    };
    overlap::refuse_reading_removed((dropping.as_ref(), hint.as_ref()), &profile)?;
    refuse_halves_without_join(&readings, &profile)?;
    Ok(profile)
}

fn topics(item: &Item<'_>) -> Parsed<Vec<TopicFilter>> {
    let mut found = Vec::new();
    for item in item.list() {
        let text = item.text("centres/{centre}/devices/{device}/bp")?;
        let filter = TopicFilter::parse(text)
            .map_err(|instead| item.error(format!("`{text}` is no topic filter"), instead))?;
        found.push(filter);
    }
    if found.is_empty() {
        return Err(item.error(
            "`match.topics` is an empty list: it can never hold",
            "write at least one topic",
        ));
    }
    Ok(found)
}

fn dropped(item: &Item<'_>, scope: &Scope<'_>) -> Parsed<super::source::Path> {
    let path = scope.path(item)?;
    match &path {
        super::source::Path::Pointer(p) if p.is_empty() => Err(item.error(
            "`drop` would drop the whole body",
            "write the paths of single fields",
        )),
        _ => Ok(path),
    }
}

fn limits(item: Option<Item<'_>>) -> Parsed<Limits> {
    let Some(item) = item else {
        return Ok(Limits {
            payload_bytes: 65_536,
            depth: 16,
        });
    };
    let section = item.table("[limits]")?;
    let limits = Limits {
        payload_bytes: whole(&section, "payload_bytes", 1..=1_048_576, 65_536)?,
        // serde_json itself stops at 128; 64 leaves its own words to nobody.
        depth: whole(&section, "depth", 1..=64, 16)?,
    };
    section.finish()?;
    Ok(limits)
}

fn device(root: &Section<'_>, scope: &Scope<'_>) -> Parsed<DeviceRules> {
    let item = root.need("device", "[device]")?;
    let section = item.table("[device]")?;
    let rules = DeviceRules {
        id: scope.sources(&section.need("id", "id = \"topic:device\"")?)?,
        battery: section
            .get("battery")
            .map(|b| scope.sources(&b))
            .transpose()?,
        from_memory: section
            .get("from_memory")
            .map(|f| scope.flag(&f))
            .transpose()?,
        sends_live: section
            .get("sends_live")
            .map(|s| s.boolean())
            .transpose()?
            .unwrap_or(false),
        delay_s: whole(&section, "delay_s", 0..=3_600, 60)?,
        memory: memory(section.get("memory"))?,
        clock_resolution_s: whole(&section, "clock_resolution_s", 1..=3_600, 1)?,
        resend_window_s: whole(&section, "resend_window_s", 0..=3_600, 10)?,
        measuring_s: section
            .get("measuring_s")
            .map(|s| s.whole(1..=600))
            .transpose()?,
    };
    section.finish()?;
    Ok(rules)
}

fn memory(item: Option<Item<'_>>) -> Parsed<Memory> {
    let Some(item) = item else {
        return Ok(Memory::Keeps);
    };
    match item.text("memory = \"keeps\"")? {
        "keeps" => Ok(Memory::Keeps),
        "erases" => Ok(Memory::Erases),
        other => Err(item.error(
            format!("unknown word `{other}`"),
            nearest_clause(other, &["keeps", "erases"]),
        )),
    }
}

fn join(item: &Item<'_>) -> Parsed<u32> {
    let section = item.table("[join]")?;
    let window_s = section.need("window_s", "window_s = 10")?.whole(1..=60)?;
    section.finish()?;
    Ok(window_s)
}

fn person(item: &Item<'_>, scope: &Scope<'_>) -> Parsed<PersonRule> {
    let section = item.table("[person]")?;
    let hint = section.need("hint", "hint = \"/card\"")?;
    let at = scope.sources(&hint)?;
    let in_body = |s: &super::source::Source| {
        matches!(
            s,
            super::source::Source::Here(_) | super::source::Source::Body(_)
        )
    };
    if !at.0.iter().all(|(s, _)| in_body(s)) {
        return Err(hint.error(
            "`person.hint` must come from the body, where it can be hashed before it is kept",
            "write a path in the body",
        ));
    }
    let word = section.need("type", "type = \"card\"")?;
    let text = word.text("type = \"card\"")?;
    let kind = HintKind::from_word(text).ok_or_else(|| {
        let known = ["card", "national_id", "account"];
        word.error(
            format!("unknown type of hint `{text}`"),
            nearest_clause(text, &known),
        )
    })?;
    section.finish()?;
    Ok(PersonRule { at, kind })
}

fn error(item: &Item<'_>, scope: &Scope<'_>) -> Parsed<ErrorRule> {
    let section = item.table("[error]")?;
    let at = scope.sources(&section.need("at", "at = \"/code\"")?)?;
    let good = match section.get("good") {
        Some(good) => scalars(&good)?,
        None => vec!["0".to_owned()],
    };
    let mut words = BTreeMap::new();
    if let Some(table) = section.get("words") {
        let example = "words = { \"2\" = \"cuff_loose\" }";
        for (code, _, word) in table.table(example)?.entries() {
            let text = word.text(example)?;
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if text.is_empty() || text.len() > 40 || !text.chars().all(plain) {
                return Err(word.error(
                    format!("`{}` is no word", word.name),
                    "write at most 40 small letters, digits and `_`",
                ));
            }
            if good.iter().any(|good| good == code) {
                return Err(word.error(
                    format!("`{code}` is a good code and has the word of an error"),
                    "write it in `good` or in `words`, not in both",
                ));
            }
            words.insert(code.to_owned(), text.to_owned());
        }
    }
    section.finish()?;
    Ok(ErrorRule { at, good, words })
}

/// `outer` are the conditions of `[match]`, which hold too.
fn ignore(item: &Item<'_>, scope: &Scope<'_>, outer: &[Condition]) -> Parsed<IgnoreRule> {
    let section = item.table("[[ignore]]")?;
    let example = "when = [{ at = \"/type\", is = \"heartbeat\" }]";
    let when = scope.conditions(Some(section.need("when", example)?))?;
    let around = Around {
        topics: scope.topics,
        outer,
        each: false,
    };
    overlap::refuse_contradiction(&section, &when, around)?;
    overlap::refuse_ignoring_all(&section, &when, outer)?;
    let why = section.need("why", "why = \"heartbeat\"")?;
    let word = why.text("why = \"heartbeat\"")?;
    let known = [
        IgnoreWord::Heartbeat,
        IgnoreWord::BatteryOnly,
        IgnoreWord::Event,
        IgnoreWord::NoValue,
    ];
    let why = known
        .into_iter()
        .find(|w| w.word() == word)
        .ok_or_else(|| {
            why.error(
                format!("unknown word `{word}`"),
                nearest_clause(word, &known.map(IgnoreWord::word)),
            )
        })?;
    section.finish()?;
    Ok(IgnoreRule { when, why })
}

/// A blood pressure that names one half only can never become a reading unless the profile joins.
fn refuse_halves_without_join(readings: &[Item<'_>], profile: &Profile) -> Parsed<()> {
    let half = profile.readings.iter().position(|r| {
        matches!(&r.measure, Measure::BloodPressure { systolic, diastolic, .. }
            if systolic.is_none() || diastolic.is_none())
    });
    if let Some(item) = half.and_then(|place| readings.get(place))
        && profile.join_window_s.is_none()
    {
        return Err(item.error(
            "a blood pressure without systolic or diastolic can never be complete",
            "write both, or `[join]` with `window_s = 10` where they come in messages of their own",
        ));
    }
    Ok(())
}
