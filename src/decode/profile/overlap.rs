//! Proofs about matches: what can never hold, and which two profiles could take the same frame.

use super::model::{Condition, Measure, Profile, Test, UnitRule};
use super::section::{ProfileError, Section};
use super::source::{Path, Source, Sources};

/// Refuses conditions that contradict each other, or `outer`, which hold too.
pub(super) fn refuse_contradiction(
    section: &Section<'_>,
    when: &[Condition],
    outer: &[Condition],
) -> Result<(), ProfileError> {
    for (place, one) in when.iter().enumerate() {
        if let Some(other) = when[..place].iter().chain(outer).find(|o| exclude(o, one)) {
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

/// Whether the two conditions can never hold together: the same single source, disjoint demands.
fn exclude(a: &Condition, b: &Condition) -> bool {
    if a.at.0.len() != 1 || b.at.0.len() != 1 || spelling(&a.at) != spelling(&b.at) {
        return false;
    }
    match (&a.test, &b.test) {
        (Test::Is(a), Test::Is(b)) => a.iter().all(|v| !b.contains(v)),
        (Test::Missing, Test::Is(_) | Test::Present) => true,
        (Test::Is(_) | Test::Present, Test::Missing) => true,
        _ => false,
    }
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
    let apart = a.when.iter().any(|c| b.when.iter().any(|d| exclude(c, d)));
    topics && !apart
}

/// Refuses a profile that reads what is not there any more when a kept payload is interpreted again:
/// dropped paths, and the person's number, of which only a hash is kept.
pub(super) fn refuse_reading_removed(
    root: &Section<'_>,
    profile: &Profile,
) -> Result<(), ProfileError> {
    for (sources, from_body) in read_sources(profile) {
        for (source, text) in &sources.0 {
            if let Some(path) = profile
                .drop
                .iter()
                .find_map(|d| removed_by(d, source, from_body))
            {
                return Err(root.error(
                    format!("`{text}` is read, but `{path}` is dropped before anything is kept"),
                    "write a `drop` path that leaves what the profile needs",
                ));
            }
            let hint = profile.person.iter().flat_map(|p| p.at.0.iter());
            if hint.map(|(_, hint)| hint).any(|hint| hint == text) {
                return Err(root.error(
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
    match lost {
        Some(path) => Err(root.error(
            format!(
                "`person.hint` lies in `{path}`, which is dropped: nobody could be found by it"
            ),
            "write a `drop` path that leaves the hint; its hash replaces it anyway",
        )),
        None => Ok(()),
    }
}

/// The drop path, when it removes what the source reads. Only pointers from the body can be compared.
fn removed_by<'a>(drop: &'a Path, source: &Source, from_body: bool) -> Option<&'a str> {
    let Path::Pointer(dropped) = drop else {
        return None;
    };
    let read = match source {
        Source::Body(Path::Pointer(read)) => read,
        Source::Here(Path::Pointer(read)) if from_body => read,
        _ => return None,
    };
    let rest = read.strip_prefix(dropped.as_str())?;
    (rest.is_empty() || rest.starts_with('/')).then_some(dropped)
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
