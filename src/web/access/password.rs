//! Passwords: argon2id in PHC form (RFC 9106; parameters of the OWASP Password Storage Cheat Sheet,
//! 2024: 19 MiB, 2 passes, 1 lane, which are the crate's defaults).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// The fewest characters a password may have: NIST SP 800-63B-4 (2025) section 3.1.1.2 asks for 15
/// where a password is the only thing asked for.
pub const PASSWORD_CHARACTERS_MIN: usize = 15;
/// The most: enough for a sentence, and a limit to what one request can make the hash eat.
pub const PASSWORD_CHARACTERS_MAX: usize = 200;

/// Why a password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    #[error(
        "a password needs {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters, this one has {characters}; a short sentence is good"
    )]
    Length { characters: usize },
    #[error("the system gave no random numbers for the salt; try again")]
    NoRandomness,
}

/// The PHC string to store for a new password. Costs about 20 ms and 19 MiB.
pub fn hash(password: &str) -> Result<String, PasswordRefused> {
    let characters = password.chars().count();
    if !(PASSWORD_CHARACTERS_MIN..=PASSWORD_CHARACTERS_MAX).contains(&characters) {
        return Err(PasswordRefused::Length { characters });
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordRefused::NoRandomness)
}

/// Whether this is the password of `stored`. Without an account (`None`) the same work is done, so
/// that the answer's time does not tell which names exist.
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    let phc = stored.unwrap_or(NOBODYS_HASH);
    let Ok(parsed) = PasswordHash::new(phc) else {
        return false;
    };
    let matches = password.chars().count() <= PASSWORD_CHARACTERS_MAX
        && Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
    matches && stored.is_some()
}

/// A hash with the parameters above, of a password that was drawn at random and thrown away.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cyBzYWx0IQ$mO2S3cJ5qQ0m3o5b0B8xg5b8oH5dJmQyq5v1Zk5bX1Y";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_and_no_other() {
        let stored = hash("four quiet mornings").unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(verify("four quiet mornings", Some(&stored)));
        assert!(!verify("four quiet morning", Some(&stored)));
        assert!(!verify("", Some(&stored)));
        assert!(!verify("four quiet mornings", None));
        assert!(!verify("four quiet mornings", Some("not a hash")));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hash("four quiet mornings"), hash("four quiet mornings"));
    }

    #[test]
    fn the_length_is_counted_in_characters() {
        assert_eq!(
            hash("一二三四五六七八九十一二三四"),
            Err(PasswordRefused::Length { characters: 14 })
        );
        assert!(hash("一二三四五六七八九十一二三四五").is_ok());
        assert!(hash(&"x".repeat(200)).is_ok());
        assert_eq!(
            hash(&"x".repeat(201)),
            Err(PasswordRefused::Length { characters: 201 })
        );
    }

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs() {
        let nobody = PasswordHash::new(NOBODYS_HASH).unwrap();
        let stored = hash("four quiet mornings").unwrap();
        let real = PasswordHash::new(&stored).unwrap();
        assert_eq!(nobody.params, real.params);
        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.hash.map(|h| h.len()), real.hash.map(|h| h.len()));
    }
}
