//! MQTT topic filters with named segments: `centres/+/devices/{device}/bp`.

/// One level of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Level {
    Exact(String),
    /// `+` or `{name}`.
    Any(Option<String>),
    /// `#`: this level and all below.
    Rest,
}

/// A topic filter as in MQTT 3.1.1 section 4.7, where `{name}` is a `+` with a name.
///
/// An HTTP path (`/ingest/lifesense`) is a topic whose first level is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFilter {
    levels: Vec<Level>,
}

/// The named levels of one matched topic, and all levels by number from 1.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Segments {
    named: Vec<(String, String)>,
    levels: Vec<String>,
}

impl Segments {
    /// A level by name, or by its number (the first is 1).
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Ok(number) = name.parse::<usize>() {
            return self.levels.get(number.checked_sub(1)?).map(String::as_str);
        }
        self.named
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    pub fn named(&self) -> &[(String, String)] {
        &self.named
    }
}

impl TopicFilter {
    /// `Err` says what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().any(|c| c == '\0') {
            return Err("write a topic such as \"centres/{centre}/devices/{device}/bp\"".into());
        }
        let count = text.split('/').count();
        let mut levels = Vec::with_capacity(count);
        for (place, level) in text.split('/').enumerate() {
            levels.push(match level {
                "+" => Level::Any(None),
                "#" if place + 1 == count => Level::Rest,
                "#" => return Err("write `#` as the last level only".into()),
                _ => match level.strip_prefix('{').and_then(|l| l.strip_suffix('}')) {
                    Some(name) if is_name(name) => Level::Any(Some(name.to_owned())),
                    None if !level.contains(['+', '#', '{', '}']) => Level::Exact(level.to_owned()),
                    _ => return Err("write `+`, `#` or `{name}` as a whole level".into()),
                },
            });
        }
        let filter = TopicFilter { levels };
        let mut names: Vec<&str> = filter.names().collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("write another name for the second of two equal `{name}` levels".into());
        }
        Ok(filter)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.levels.iter().filter_map(|level| match level {
            Level::Any(Some(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether every topic that matches has a level of this number (the first is 1), or may have it.
    pub(super) fn has_level(&self, number: usize) -> bool {
        number <= self.levels.len() || self.levels.last() == Some(&Level::Rest)
    }

    /// The text of the level of this number or name, where it is the same in every topic that matches.
    pub(super) fn fixed_level(&self, name: &str) -> Option<&str> {
        match self.levels.get(name.parse::<usize>().ok()?.checked_sub(1)?) {
            Some(Level::Exact(text)) => Some(text),
            _ => None,
        }
    }

    /// The filter as an MQTT broker takes it: names become `+`.
    pub fn subscription(&self) -> String {
        let levels: Vec<&str> = self
            .levels
            .iter()
            .map(|level| match level {
                Level::Exact(text) => text.as_str(),
                Level::Any(_) => "+",
                Level::Rest => "#",
            })
            .collect();
        levels.join("/")
    }

    pub(in crate::decode) fn matches(&self, topic: &str) -> Option<Segments> {
        let levels: Vec<&str> = topic.split('/').collect();
        let mut named = Vec::new();
        for (place, wanted) in self.levels.iter().enumerate() {
            match (wanted, levels.get(place)) {
                (Level::Rest, _) => return Some(segments(named, &levels)),
                (_, None) => return None,
                (Level::Exact(text), Some(level)) if text != level => return None,
                (Level::Any(Some(name)), Some(level)) => {
                    named.push((name.clone(), (*level).to_owned()));
                }
                _ => {}
            }
        }
        (self.levels.len() == levels.len()).then(|| segments(named, &levels))
    }

    /// Whether some topic matches both.
    pub(super) fn overlaps(&self, other: &TopicFilter) -> bool {
        let mut ours = self.levels.iter();
        let mut theirs = other.levels.iter();
        loop {
            match (ours.next(), theirs.next()) {
                // `a/#` matches `a` itself too (MQTT 3.1.1, 4.7.1.2).
                (Some(Level::Rest), _) | (_, Some(Level::Rest)) | (None, None) => return true,
                (Some(Level::Exact(a)), Some(Level::Exact(b))) if a != b => return false,
                (Some(_), Some(_)) => {}
                _ => return false,
            }
        }
    }

    /// The filter as one topic, when it has no wildcard.
    pub(in crate::decode) fn as_topic(&self) -> Option<String> {
        self.levels
            .iter()
            .all(|level| matches!(level, Level::Exact(_)))
            .then(|| self.subscription())
    }
}

fn segments(named: Vec<(String, String)>, levels: &[&str]) -> Segments {
    Segments {
        named,
        levels: levels.iter().map(|l| (*l).to_owned()).collect(),
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &str, topic: &str) -> bool {
        TopicFilter::parse(filter).unwrap().matches(topic).is_some()
    }

    #[test]
    fn filters_match_as_a_broker_does() {
        assert!(matches("a/+/c", "a/b/c"));
        assert!(!matches("a/+/c", "a/b"));
        assert!(!matches("a/+", "a/b/c"));
        assert!(matches("a/#", "a/b/c"));
        assert!(matches("a/#", "a"));
        assert!(matches("/ingest/{source}", "/ingest/x"));
        assert!(!matches("/ingest/x", "ingest/x"));
    }

    #[test]
    fn segments_have_names_and_numbers() {
        let filter = TopicFilter::parse("centres/{centre}/devices/{device}/bp").unwrap();
        let found = filter.matches("centres/3/devices/cuff-7/bp").unwrap();
        assert_eq!(found.get("device"), Some("cuff-7"));
        assert_eq!(found.get("2"), Some("3"));
        assert_eq!(found.get("0"), None);
        assert_eq!(found.get("6"), None);
        assert_eq!(filter.subscription(), "centres/+/devices/+/bp");
    }

    #[test]
    fn broken_filters_are_refused() {
        for bad in ["", "a/#/b", "a/b+", "{}", "{9}", "{a}/{a}", "a/{b"] {
            assert!(TopicFilter::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn overlap_is_found() {
        let overlap = |a: &str, b: &str| {
            let (a, b) = (
                TopicFilter::parse(a).unwrap(),
                TopicFilter::parse(b).unwrap(),
            );
            assert_eq!(a.overlaps(&b), b.overlaps(&a));
            a.overlaps(&b)
        };
        assert!(overlap("+/state", "zigbee2mqtt/+"));
        assert!(overlap("a/#", "a"));
        assert!(overlap("#", "a/b"));
        assert!(!overlap("a/+/bp", "a/+/glucose"));
        assert!(!overlap("a/+", "a/b/c"));
    }
}
