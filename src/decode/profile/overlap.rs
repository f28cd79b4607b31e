//! Proofs about matches: what can never hold, and which two profiles could take the same frame.

use super::model::{Condition, Profile, Test};
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

/// Refuses a profile that reads what it drops: replay could never understand the kept payload.
pub(super) fn refuse_reading_dropped(
    root: &Section<'_>,
    profile: &Profile,
) -> Result<(), ProfileError> {
    let dropped: Vec<&str> = profile
        .drop
        .iter()
        .filter_map(|path| match path {
            Path::Pointer(pointer) => Some(pointer.as_str()),
            Path::Query(_) => None,
        })
        .collect();
    for (source, text) in whole_body_sources(profile) {
        let (Source::Here(Path::Pointer(read)) | Source::Body(Path::Pointer(read))) = source else {
            continue;
        };
        let inside = |d: &&&str| {
            read.strip_prefix(**d)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(path) = dropped.iter().find(inside) {
            return Err(root.error(
                format!("`{text}` is read, and `{path}` is dropped before anything is read"),
                "write a `drop` path that leaves what the profile needs",
            ));
        }
    }
    Ok(())
}

/// The sources that start at the whole body: where "here" is the body, or `body:` says so.
fn whole_body_sources(profile: &Profile) -> Vec<&(Source, String)> {
    let anywhere = profile.readings.iter().all(|r| r.each.is_none());
    let mut all: Vec<&Sources> = profile.when.iter().map(|c| &c.at).collect();
    all.extend(
        profile
            .ignore
            .iter()
            .flat_map(|i| i.when.iter().map(|c| &c.at)),
    );
    let mut elements: Vec<&Sources> = vec![&profile.device.id];
    elements.extend(profile.time.iter().map(|t| &t.at));
    elements.extend(profile.person.iter().map(|p| &p.at));
    elements.extend(profile.error.iter().map(|e| &e.at));
    if anywhere {
        all.append(&mut elements);
    }
    all.into_iter()
        .flat_map(|s| s.0.iter())
        .chain(
            elements
                .into_iter()
                .flat_map(|s| s.0.iter())
                .filter(|(s, _)| matches!(s, Source::Body(_))),
        )
        .collect()
}
