//! How the door stands: per source, what was kept and what was turned away since the start.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::problem::Rule;
use crate::vitals::Moment;

/// One source since the start. Sources that never posted are here too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceStanding {
    pub name: String,
    pub last_kept: Option<Moment>,
    /// Bodies kept and answered, those answered 422 included.
    pub kept: u64,
    /// Requests of this source that were answered with a problem, by its word.
    pub problems: BTreeMap<&'static str, u64>,
}

/// The live form; as many entries as sources, whatever senders do.
#[derive(Debug)]
pub(super) struct Standing {
    inner: Mutex<BTreeMap<String, SourceStanding>>,
}

impl Standing {
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let of = |name: &str| SourceStanding {
            name: name.to_owned(),
            ..SourceStanding::default()
        };
        Standing {
            inner: Mutex::new(names.map(|name| (name.to_owned(), of(name))).collect()),
        }
    }

    pub fn snapshot(&self) -> Vec<SourceStanding> {
        self.lock().values().cloned().collect()
    }

    pub fn kept(&self, name: &str, at: Moment) {
        if let Some(source) = self.lock().get_mut(name) {
            source.kept += 1;
            source.last_kept = Some(at);
        }
    }

    /// Counts a problem; one about a source that does not exist is in the metrics only.
    pub fn problem(&self, name: &str, rule: Rule) {
        metrics::counter!("ingest_problems_total", "rule" => rule.word()).increment(1);
        if let Some(source) = self.lock().get_mut(name) {
            *source.problems.entry(rule.word()).or_insert(0) += 1;
        }
    }

    // A panic elsewhere cannot leave the counters half-changed in a way that matters.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, SourceStanding>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
