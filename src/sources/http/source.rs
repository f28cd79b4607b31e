//! Who may post, and what each may send.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::settings::{SourceSettings, content_types};
use crate::sources::rate::Bucket;
use crate::sources::secret::{Secret, SecretError};

/// The shortest token, in characters: short ones can be guessed by trying.
const SHORTEST_TOKEN: usize = 16;

/// A sender as a value: what the settings, or a test, give the door.
#[derive(Debug, Clone)]
pub struct Source {
    /// Letters, digits, `.`, `_`, `-`; 1 to 64 of them.
    pub name: String,
    pub token: Secret,
    /// Media types, without parameters.
    pub content_types: Vec<String>,
    /// Longest body, bytes.
    pub max_body_bytes: usize,
    /// Posts per second in the long run; 0 for no limit.
    pub rate_per_s: u32,
    /// Posts at once before the rate counts.
    pub burst: u32,
}

/// Why a source cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("source {name}: {cause}")]
    Token { name: String, cause: SecretError },
    #[error(
        "source {name}: its token has fewer than {SHORTEST_TOKEN} characters; draw a longer one (`openssl rand -hex 16`)"
    )]
    ShortToken { name: String },
    #[error(
        "source {name}: its token holds blanks or characters other than ASCII; draw one with `openssl rand -hex 16`"
    )]
    OddToken { name: String },
    #[error("sources {one} and {other} have the same token; give each its own")]
    SameToken { one: String, other: String },
    #[error("source {name} stands twice; keep one")]
    Twice { name: String },
}

impl Source {
    /// A source with the default limits and no limit of rate.
    pub fn new(name: impl Into<String>, token: Secret) -> Self {
        Source {
            name: name.into(),
            token,
            content_types: content_types(),
            max_body_bytes: 262_144,
            rate_per_s: 0,
            burst: 1,
        }
    }

    /// Fetches the token and makes the value. The file or environment is read here.
    pub fn from_settings(from: &SourceSettings) -> Result<Self, SourceError> {
        let token = from.token.fetch().map_err(|cause| SourceError::Token {
            name: from.name.clone(),
            cause,
        })?;
        Ok(Source {
            name: from.name.clone(),
            token,
            content_types: from.content_types.clone(),
            max_body_bytes: from.max_body_bytes,
            rate_per_s: from.rate_per_s,
            burst: from.burst,
        })
    }
}

/// Whether a name can stand in a path and in a log. Dots alone would be another path.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !name.bytes().all(|b| b == b'.')
}

/// A source in use: shared by all its connections.
#[derive(Debug)]
pub(super) struct Held {
    pub source: Source,
    pub bucket: Bucket,
}

/// All sources, by name.
#[derive(Debug)]
pub(super) struct Sources {
    by_name: BTreeMap<String, Arc<Held>>,
    /// Compared when the name is unknown, so that the answer takes as long.
    nobody: Secret,
}

impl Sources {
    pub fn new(sources: Vec<Source>, now: Instant) -> Result<Self, SourceError> {
        let mut by_name: BTreeMap<String, Arc<Held>> = BTreeMap::new();
        for source in sources {
            let name = source.name.clone();
            let token = source.token.expose();
            if token.chars().count() < SHORTEST_TOKEN {
                return Err(SourceError::ShortToken { name });
            }
            if !token.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(SourceError::OddToken { name });
            }
            let same = by_name
                .values()
                .find(|held| held.source.token.matches(token.as_bytes()));
            if let Some(one) = same {
                return Err(SourceError::SameToken {
                    one: one.source.name.clone(),
                    other: name,
                });
            }
            let bucket = Bucket::new(source.rate_per_s, source.burst, now);
            let held = Arc::new(Held { source, bucket });
            if by_name.insert(name.clone(), held).is_some() {
                return Err(SourceError::Twice { name });
            }
        }
        Ok(Sources {
            by_name,
            nobody: Secret::new("nobody"),
        })
    }

    /// The source of this name, if the token is its own. An unknown name and a wrong token are not told apart.
    pub fn let_in(&self, name: &str, token: &[u8]) -> Option<Arc<Held>> {
        let held = self.by_name.get(name);
        let secret = held.map_or(&self.nobody, |held| &held.source.token);
        let right = secret.matches(token);
        held.filter(|_| right).map(Arc::clone)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef";
    const TWO: &str = "fedcba9876543210";

    fn made(sources: &[(&str, &str)]) -> Result<Sources, SourceError> {
        let sources = sources
            .iter()
            .map(|(name, token)| Source::new(*name, Secret::new(*token)))
            .collect();
        Sources::new(sources, Instant::now())
    }

    #[test]
    fn only_its_own_token_opens_a_source() {
        let all = made(&[("a", ONE), ("b", TWO)]).unwrap();
        assert!(all.let_in("a", ONE.as_bytes()).is_some());
        for (name, token) in [
            ("a", TWO),
            ("a", ""),
            ("a", &ONE[1..]),
            ("A", ONE),
            ("c", ONE),
            ("c", "nobody"),
        ] {
            assert!(
                all.let_in(name, token.as_bytes()).is_none(),
                "{name} {token}"
            );
        }
    }

    #[test]
    fn sources_that_are_none_are_refused() {
        assert!(matches!(
            made(&[("a", ONE), ("a", TWO)]),
            Err(SourceError::Twice { .. })
        ));
        assert!(matches!(
            made(&[("a", ONE), ("b", ONE)]),
            Err(SourceError::SameToken { .. })
        ));
        assert!(matches!(
            made(&[("a", &ONE[1..])]),
            Err(SourceError::ShortToken { .. })
        ));
        assert!(matches!(
            made(&[("a", "0123456789 abcdef")]),
            Err(SourceError::OddToken { .. })
        ));
        assert!(made(&[("a", "0123456789abcdefg")]).is_ok());
    }

    #[test]
    fn names_fit_a_path() {
        for good in ["a", "telli-health", "a.b_c", &"a".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "张", "a%", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
