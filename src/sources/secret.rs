//! A password or token as the settings name it: in place, in a file, or in the environment.

use std::fmt;
use std::path::PathBuf;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Where a secret is written: `"text"`, `{ file = "/path" }` (one line end at its end is cut) or `{ env = "NAME" }`.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretPlace {
    Here(String),
    File(PathBuf),
    Env(String),
}

/// Why a secret could not be had. Says where it was looked for, never what was found.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("cannot read the secret file {path}: {cause}; create it or correct the path")]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("the environment variable {name} is not set; set it or name a file instead")]
    Env { name: String },
    #[error("the secret in {place} is empty; write one")]
    Empty { place: String },
}

impl SecretPlace {
    /// Fetches the secret. Reads a file or the environment, so call it at start only.
    pub fn fetch(&self) -> Result<Secret, SecretError> {
        let (text, place) = match self {
            SecretPlace::Here(text) => (text.clone(), "the settings".to_owned()),
            SecretPlace::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|cause| SecretError::File {
                    path: path.clone(),
                    cause,
                })?;
                let line = text.strip_suffix('\n').unwrap_or(&text);
                let line = line.strip_suffix('\r').unwrap_or(line);
                (line.to_owned(), path.display().to_string())
            }
            SecretPlace::Env(name) => {
                let text =
                    std::env::var(name).map_err(|_| SecretError::Env { name: name.clone() })?;
                (text, format!("the environment variable {name}"))
            }
        };
        if text.is_empty() {
            return Err(SecretError::Empty { place });
        }
        Ok(Secret(text))
    }
}

impl fmt::Debug for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretPlace::Here(_) => f.write_str("Here(..)"),
            SecretPlace::File(path) => f.debug_tuple("File").field(path).finish(),
            SecretPlace::Env(name) => f.debug_tuple("Env").field(name).finish(),
        }
    }
}

impl<'de> Deserialize<'de> for SecretPlace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Place;
        impl<'de> Visitor<'de> for Place {
            type Value = SecretPlace;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret: \"text\", { file = \"/path\" } or { env = \"NAME\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretPlace, E> {
                Ok(SecretPlace::Here(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretPlace, A::Error> {
                let Some(key) = map.next_key::<String>()? else {
                    return Err(de::Error::custom("a secret needs `file` or `env`"));
                };
                let place = match key.as_str() {
                    "file" => SecretPlace::File(map.next_value()?),
                    "env" => SecretPlace::Env(map.next_value()?),
                    other => return Err(de::Error::unknown_field(other, &["file", "env"])),
                };
                if map.next_key::<String>()?.is_some() {
                    return Err(de::Error::custom(
                        "a secret has one of `file` and `env`, not both",
                    ));
                }
                Ok(place)
            }
        }
        from.deserialize_any(Place)
    }
}

/// A secret in memory. Never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// For secrets that were made in this program (the demo, tests).
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself, for the one place that must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that depends on neither content: digests of equal length, in constant time.
    pub fn matches(&self, given: &[u8]) -> bool {
        Sha256::digest(self.0.as_bytes())
            .as_slice()
            .ct_eq(Sha256::digest(given).as_slice())
            .into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Holder {
        secret: SecretPlace,
    }

    fn place(text: &str) -> Result<SecretPlace, String> {
        toml::from_str::<Holder>(&format!("secret = {text}"))
            .map(|h| h.secret)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn a_secret_is_read_from_each_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s");
        std::fs::write(&file, "from file\r\n").unwrap();
        let from_file = place(&format!("{{ file = {:?} }}", file.display().to_string())).unwrap();
        assert_eq!(from_file.fetch().unwrap().expose(), "from file");
        assert_eq!(place("\"here\"").unwrap().fetch().unwrap().expose(), "here");
        assert_eq!(
            place("{ env = \"CARGO_PKG_NAME\" }")
                .unwrap()
                .fetch()
                .unwrap()
                .expose(),
            "eldercare-hub"
        );
    }

    #[test]
    fn what_is_no_place_is_refused_with_its_reason() {
        assert!(
            place("{ path = \"x\" }")
                .unwrap_err()
                .contains("unknown field `path`")
        );
        assert!(
            place("{ file = \"x\", env = \"Y\" }")
                .unwrap_err()
                .contains("not both")
        );
        assert!(place("7").unwrap_err().contains("a secret"));
        assert!(matches!(
            place("\"\"").unwrap().fetch(),
            Err(SecretError::Empty { .. })
        ));
        assert!(matches!(
            SecretPlace::File("/nonexistent".into()).fetch(),
            Err(SecretError::File { .. })
        ));
        assert!(matches!(
            SecretPlace::Env("NO_SUCH_VARIABLE_HERE".into()).fetch(),
            Err(SecretError::Env { .. })
        ));
    }

    #[test]
    fn a_secret_is_compared_whole_and_never_printed() {
        let secret = Secret::new("pw-1");
        assert!(secret.matches(b"pw-1"));
        for other in [&b""[..], b"pw-", b"pw-10", b"PW-1"] {
            assert!(!secret.matches(other));
        }
        assert!(!format!("{secret:?} {:?}", SecretPlace::Here("pw-1".into())).contains("pw-1"));
    }
}
