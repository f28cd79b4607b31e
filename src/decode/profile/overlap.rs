//! Proofs about matches: what can never hold, and which two profiles could take the same frame.

use rust_decimal::Decimal;
use serde_json::Value;

use super::model::{Condition, Measure, Profile, Test, UnitRule};
use super::section::{Item, ProfileError, Section};
use super::source::{Path, Source, Sources};
use super::topic::TopicFilter;

/// Where conditions stand: what they are held against together.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub topics: &'a [TopicFilter],
    /// The conditions of `[match]`, which hold too.
    pub outer: &'a [Condition],
    /// Their plain paths start at an element, not at the body.
    pub each: bool,
}

/// Refuses conditions that contradict each other, those around them, or every topic.
pub(super) fn refuse_contradiction(
    section: &Section<'_>,
    when: &[Condition],
    around: Around<'_>,
) -> Result<(), ProfileError> {
    for (place, one) in when.iter().enumerate() {
        if never(one, around.topics) {
            return Err(section.error(
                format!(
                    "this match can never hold: `{}` is never what is asked for",
                    spelling(&one.at)
                ),
                "write a value that stands there, or leave the condition out",
            ));
        }
        let inside = when[..place].iter().map(|other| (other, around.each));
        let outside = around.outer.iter().map(|other| (other, false));
        let other = inside
            .chain(outside)
            .find(|(other, each)| exclude((other, *each), (one, around.each)));
        if let Some((other, _)) = other {
            return Err(section.error(
                format!(
                    "this match can never hold: two conditions on `{}` exclude each other",
                    spelling(&other.at)
                ),
                "write one condition with a list of values: `is = [\"a\", \"b\"]`",
            ));
        }
    }
    Ok(())
}

/// Whether the condition asks of a constant, or of a level that every topic fixes, what it is not.
fn never(condition: &Condition, topics: &[TopicFilter]) -> bool {
    let ([(source, _)], Test::Is(words)) = (&condition.at.0[..], &condition.test) else {
        return false;
    };
    let asked = |text: &str| words.iter().any(|word| word == text);
    match source {
        Source::Const(text) => !asked(text),
        Source::Topic(name) => topics
            .iter()
            .all(|topic| topic.fixed_level(name).is_some_and(|text| !asked(text))),
        _ => false,
    }
}

/// Whether the two conditions can never hold together: the same single source, disjoint demands.
/// Each with whether its plain paths start at an element.
fn exclude((a, a_each): (&Condition, bool), (b, b_each): (&Condition, bool)) -> bool {
    if a.at.0.len() != 1 || b.at.0.len() != 1 || source_of(a, a_each) != source_of(b, b_each) {
        return false;
    }
    match (&a.test, &b.test) {
        (Test::Is(a), Test::Is(b)) => !a.iter().any(|v| b.iter().any(|w| may_be_same(v, w))),
        (Test::Missing, Test::Is(_) | Test::Present) => true,
        (Test::Is(_) | Test::Present, Test::Missing) => true,
        _ => false,
    }
}

/// Where a condition with one source looks; a path from the body is the same with and without `body:`.
fn source_of(condition: &Condition, each: bool) -> (bool, &str) {
    match condition.at.0.first() {
        Some((Source::Here(_), text)) => (each, text),
        Some((_, text)) => (false, text.strip_prefix("body:").unwrap_or(text)),
        None => (false, ""),
    }
}

/// Whether a value can be both words: a JSON number is every spelling of its amount.
fn may_be_same(one: &str, other: &str) -> bool {
    let amount = |word: &str| {
        Decimal::from_str_exact(word)
            .or_else(|_| Decimal::from_scientific(word))
            .ok()
    };
    one == other || amount(one).is_some_and(|a| amount(other) == Some(a))
}

/// Refuses an `[[ignore]]` that takes every message that `[match]` lets in: no reading could ever come.
pub(super) fn refuse_ignoring_all(
    section: &Section<'_>,
    when: &[Condition],
    outer: &[Condition],
) -> Result<(), ProfileError> {
    let implied = |one: &Condition| {
        outer.iter().any(|other| {
            one.at.0.len() == 1
                && other.at.0.len() == 1
                && source_of(one, false) == source_of(other, false)
                && match (&other.test, &one.test) {
                    (Test::Is(held), Test::Is(asked)) => held.iter().all(|v| asked.contains(v)),
                    (Test::Is(_) | Test::Present, Test::Present) => true,
                    (Test::Missing, Test::Missing) => true,
                    _ => false,
                }
        })
    };
    if when.iter().all(implied) {
        return Err(section.error(
            "this `[[ignore]]` takes every message that `[match]` lets in: there would never be a reading",
            "write a condition that only the messages without a measurement fulfil",
        ));
    }
    Ok(())
}

fn spelling(at: &Sources) -> &str {
    at.0.first().map_or("", |(_, text)| text)
}

/// Whether some frame could match both: their topics overlap and no condition keeps them apart.
pub(super) fn same_frames(a: &Profile, b: &Profile) -> bool {
    let topics = a
        .topics
        .iter()
        .any(|t| b.topics.iter().any(|u| t.overlaps(u)));
    // Bodies of different kinds are told apart by nothing that holds for sure.
    let apart = a
        .when
        .iter()
        .any(|c| b.when.iter().any(|d| exclude((c, false), (d, false))));
    topics && !apart
}

/// Refuses a profile that reads what is not there any more when a kept payload is interpreted again:
/// dropped paths, and the person's number, of which only a hash is kept.
pub(super) fn refuse_reading_removed(
    (drop, person): (Option<&Item<'_>>, Option<&Item<'_>>),
    profile: &Profile,
) -> Result<(), ProfileError> {
    for (sources, from_body) in read_sources(profile) {
        for (source, text) in &sources.0 {
            if let Some(path) = profile
                .drop
                .iter()
                .find_map(|d| removed_by(d, source, from_body))
                && let Some(item) = drop
            {
                return Err(item.error(
                    format!("`{text}` is read, but `{path}` is dropped before anything is kept"),
                    "write a `drop` path that leaves what the profile needs",
                ));
            }
            let hint = profile.person.iter().flat_map(|p| p.at.0.iter());
            if hint.map(|(_, hint)| hint).any(|hint| hint == text)
                && let Some(item) = person
            {
                return Err(item.error(
                    format!("`{text}` is read, but as `person.hint` only its hash is kept"),
                    "write another path, or leave `person.hint` out",
                ));
            }
        }
    }
    let hint = profile.person.as_ref().map(|p| &p.at);
    let each = profile.readings.iter().any(|r| r.each.is_some());
    let lost = hint
        .into_iter()
        .flat_map(|h| h.0.iter())
        .find_map(|(source, _)| {
            profile
                .drop
                .iter()
                .find_map(|d| removed_by(d, source, !each))
        });
    match lost.zip(drop) {
        Some((path, item)) => Err(item.error(
            format!(
                "`person.hint` lies in `{path}`, which is dropped: nobody could be found by it"
            ),
            "write a `drop` path that leaves the hint; its hash replaces it anyway",
        )),
        None => Ok(()),
    }
}

/// The drop path, when it removes what the source reads. Only pointers from the body can be held against
/// it, and of queries those without a condition on the values.
fn removed_by(drop: &Path, source: &Source, from_body: bool) -> Option<String> {
    let read = match source {
        Source::Body(Path::Pointer(read)) => read,
        Source::Here(Path::Pointer(read)) if from_body => read,
        _ => return None,
    };
    let spelled = match drop {
        Path::Pointer(dropped) => dropped.clone(),
        Path::Query(query) => query.to_string(),
    };
    let holds = |dropped: &str| {
        read.strip_prefix(dropped)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let removed = match drop {
        Path::Pointer(dropped) => holds(dropped),
        Path::Query(_) if spelled.contains('?') => false,
        Path::Query(_) => [false, true]
            .into_iter()
            .flat_map(|lists| drop.locate(&holding(read, lists)))
            .any(|dropped| holds(&dropped)),
    };
    removed.then_some(spelled)
}

/// A body with nothing but a value where the pointer leads; `lists`: its numbers are places in lists.
fn holding(pointer: &str, lists: bool) -> Value {
    const PLACES: usize = 100;
    let leaf = Value::Bool(true);
    let Some(steps) = pointer.strip_prefix('/') else {
        return leaf;
    };
    steps.rsplit('/').fold(leaf, |inner, step| {
        match step.parse::<usize>().ok().filter(|n| lists && *n < PLACES) {
            Some(place) => {
                let mut items = vec![Value::Null; place];
                items.push(inner);
                Value::Array(items)
            }
            None => {
                let key = step.replace("~1", "/").replace("~0", "~");
                Value::Object([(key, inner)].into_iter().collect())
            }
        }
    })
}

/// Everything a profile reads but the hint, and whether its plain paths start at the body.
fn read_sources(profile: &Profile) -> Vec<(&Sources, bool)> {
    let mut all: Vec<(&Sources, bool)> = Vec::new();
    all.extend(profile.when.iter().map(|c| (&c.at, true)));
    all.extend(
        profile
            .ignore
            .iter()
            .flat_map(|i| i.when.iter().map(|c| (&c.at, true))),
    );
    all.extend(profile.device.battery.iter().map(|s| (s, true)));
    let flat = profile.readings.iter().all(|r| r.each.is_none());
    all.push((&profile.device.id, flat));
    all.extend(profile.device.from_memory.iter().map(|f| (&f.at, flat)));
    all.extend(profile.time.iter().map(|t| (&t.at, flat)));
    all.extend(profile.error.iter().map(|e| (&e.at, flat)));
    all.extend(
        profile
            .reply
            .iter()
            .flat_map(|r| r.echo.iter().map(|(_, s)| (s, true))),
    );
    for reading in &profile.readings {
        let flat = reading.each.is_none();
        all.extend(reading.when.iter().map(|c| (&c.at, flat)));
        all.extend(reading.time.iter().map(|t| (&t.at, flat)));
        all.extend(reading.slot.iter().map(|t| (&t.at, flat)));
        all.extend(reading.sequence.iter().map(|t| (&t.at, flat)));
        all.extend(reading.marks.iter().map(|(_, f)| (&f.at, flat)));
        if let UnitRule::Field { at, .. } = &reading.unit {
            all.push((at, flat));
        }
        match &reading.measure {
            Measure::BloodPressure {
                systolic,
                diastolic,
                map,
                pulse,
            } => {
                let numbers = [systolic, diastolic, map, pulse];
                all.extend(numbers.into_iter().flatten().map(|n| (&n.at, flat)));
            }
            Measure::Glucose {
                value,
                meal,
                control,
            } => {
                all.push((&value.at, flat));
                all.extend(meal.iter().map(|(at, _)| (at, flat)));
                all.extend(control.iter().map(|f| (&f.at, flat)));
            }
        }
    }
    all
}
