//! Who may connect, and what each may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::settings::AccountSettings;
use crate::sources::rate::Bucket;
use crate::sources::secret::{Secret, SecretError};
use crate::sources::topic;

/// The rate limit is averaged over this long: a device that was cut off may empty its memory at once.
const BURST_S: u32 = 10;

/// An account as a value: what the settings, or the demo, give the broker.
#[derive(Debug, Clone)]
pub struct Account {
    /// Letters, digits, `.`, `_`, `-`; 1 to 64 of them.
    pub user: String,
    pub password: Secret,
    /// Topic filters it may publish to.
    pub topics: Vec<String>,
    /// Publishes per second, averaged over ten seconds; 0 for no limit.
    pub rate_per_s: u32,
}

/// Why an account cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("account name {user:?}: use 1 to 64 letters, digits, '.', '_' or '-'")]
    Name { user: String },
    #[error("account {user} stands twice; keep one")]
    Twice { user: String },
    #[error(
        "account {user}: topic filter {filter:?} is none; '#' only as the last level, '+' only as a whole one"
    )]
    Filter { user: String, filter: String },
    #[error("account {user}: {cause}")]
    Password { user: String, cause: SecretError },
}

impl AccountError {
    /// The account's name, as it was written.
    pub fn user(&self) -> &str {
        match self {
            AccountError::Name { user }
            | AccountError::Twice { user }
            | AccountError::Filter { user, .. }
            | AccountError::Password { user, .. } => user,
        }
    }
}

impl Account {
    /// Fetches the password and makes the value. The file or environment is read here.
    pub fn from_settings(from: &AccountSettings) -> Result<Self, AccountError> {
        let password = from
            .password
            .fetch()
            .map_err(|cause| AccountError::Password {
                user: from.user.clone(),
                cause,
            })?;
        Ok(Account {
            user: from.user.clone(),
            password,
            topics: from.topics.clone(),
            rate_per_s: from.rate_per_s,
        })
    }

    fn check(&self) -> Result<(), AccountError> {
        let name_ok = (1..=64).contains(&self.user.len())
            && self
                .user
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !name_ok {
            return Err(AccountError::Name {
                user: self.user.clone(),
            });
        }
        match self.topics.iter().find(|filter| !topic::is_filter(filter)) {
            Some(filter) => Err(AccountError::Filter {
                user: self.user.clone(),
                filter: filter.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// An account in use: shared by all its connections.
#[derive(Debug)]
pub(super) struct Held {
    account: Account,
    bucket: Bucket,
}

impl Held {
    fn new(account: Account, now: Instant) -> Self {
        let burst = account.rate_per_s.saturating_mul(BURST_S);
        Held {
            bucket: Bucket::new(account.rate_per_s, burst, now),
            account,
        }
    }

    pub(super) fn user(&self) -> &str {
        &self.account.user
    }

    /// Whether the account may publish to this topic.
    pub(super) fn may_publish(&self, name: &str) -> bool {
        self.account
            .topics
            .iter()
            .any(|filter| topic::covers(filter, name))
    }

    /// Counts one publish; false when it is one too many.
    pub(super) fn within_rate(&self, now: Instant) -> bool {
        self.bucket.take(now).is_ok()
    }

    /// Whether the account may connect under this client id: its own name, its name and `:` and
    /// letters, digits, `.`, `_`, `-`; or an id the broker drew because the device sent none (`auto-` and 32 hex digits).
    fn owns(&self, client_id: &str) -> bool {
        let drawn = client_id
            .strip_prefix("auto-")
            .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()));
        let own = client_id.strip_prefix(self.user()).is_some_and(|rest| {
            rest.is_empty()
                || rest.strip_prefix(':').is_some_and(|tail| {
                    tail.bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
                })
        });
        drawn || own
    }
}

/// Why a CONNECT was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Anonymous,
    /// No such user, or not its password: not told apart.
    Password,
    ClientId,
    Will,
}

impl Refused {
    /// The counted and logged word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Refused::Anonymous => "anonymous",
            Refused::Password => "password",
            Refused::ClientId => "client_id",
            Refused::Will => "will",
        }
    }
}

/// What a CONNECT says about itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignIn<'a> {
    pub client_id: &'a str,
    pub user: Option<&'a str>,
    pub password: Option<&'a [u8]>,
    pub has_will: bool,
}

/// All accounts, by user name.
#[derive(Debug)]
pub(super) struct Accounts {
    by_user: BTreeMap<String, Arc<Held>>,
    /// Compared when the user is unknown, so that the answer takes as long.
    nobody: Secret,
}

impl Accounts {
    pub(super) fn new(accounts: Vec<Account>, now: Instant) -> Result<Self, AccountError> {
        let mut by_user = BTreeMap::new();
        for account in accounts {
            account.check()?;
            let user = account.user.clone();
            if by_user
                .insert(user.clone(), Arc::new(Held::new(account, now)))
                .is_some()
            {
                return Err(AccountError::Twice { user });
            }
        }
        Ok(Accounts {
            by_user,
            nobody: Secret::new("nobody"),
        })
    }

    pub(super) fn sign_in(&self, ask: SignIn<'_>) -> Result<Arc<Held>, Refused> {
        let (Some(user), Some(password)) = (ask.user, ask.password) else {
            return Err(Refused::Anonymous);
        };
        let held = self.by_user.get(user);
        let secret = held.map_or(&self.nobody, |held| &held.account.password);
        let right = secret.matches(password);
        let held = held.filter(|_| right).ok_or(Refused::Password)?;
        if !held.owns(ask.client_id) {
            return Err(Refused::ClientId);
        }
        // A will would be published by the broker later, past the door where frames are kept.
        if ask.has_will {
            return Err(Refused::Will);
        }
        Ok(Arc::clone(held))
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &str> {
        self.by_user.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Duration;

    use super::*;

    fn account(user: &str) -> Account {
        Account {
            user: user.into(),
            password: Secret::new("pw"),
            topics: vec!["c/+/bp".into()],
            rate_per_s: 2,
        }
    }

    fn accounts(list: &[&str]) -> Result<Accounts, AccountError> {
        Accounts::new(
            list.iter().map(|user| account(user)).collect(),
            Instant::now(),
        )
    }

    fn ask<'a>(client_id: &'a str, user: &'a str, password: &'a str) -> SignIn<'a> {
        SignIn {
            client_id,
            user: Some(user),
            password: Some(password.as_bytes()),
            has_will: false,
        }
    }

    #[test]
    fn the_client_id_is_bound_to_the_user() {
        let all = accounts(&["cuff-2", "cuff-21"]).unwrap();
        let drawn = "auto-0123456789abcdef0123456789abcdef";
        for good in ["cuff-2", "cuff-2:", "cuff-2:b", "cuff-2:b.c_d-e", drawn] {
            assert!(all.sign_in(ask(good, "cuff-2", "pw")).is_ok(), "{good}");
        }
        for bad in [
            "",
            "cuff",
            "cuff-21",
            "cuff-2-b",
            "x",
            "cuff-2:+",
            "cuff-2:a/b",
            "auto-12",
        ] {
            let got = all
                .sign_in(ask(bad, "cuff-2", "pw"))
                .map(|h| h.user().to_owned());
            assert_eq!(got, Err(Refused::ClientId), "{bad}");
        }
    }

    #[test]
    fn nobody_comes_in_without_the_right_password() {
        let all = accounts(&["cuff-2"]).unwrap();
        let refused = |ask| all.sign_in(ask).map(|h| h.user().to_owned()).unwrap_err();
        let good = ask("cuff-2", "cuff-2", "pw");
        assert_eq!(refused(SignIn { user: None, ..good }), Refused::Anonymous);
        assert_eq!(
            refused(SignIn {
                password: None,
                ..good
            }),
            Refused::Anonymous
        );
        assert_eq!(
            refused(SignIn {
                password: Some(b"px"),
                ..good
            }),
            Refused::Password
        );
        assert_eq!(
            refused(SignIn {
                user: Some("else"),
                ..good
            }),
            Refused::Password
        );
        // The stand-in for unknown users opens nothing.
        let stand_in = SignIn {
            user: Some("else"),
            password: Some(b"nobody"),
            ..good
        };
        assert_eq!(refused(stand_in), Refused::Password);
        assert_eq!(
            refused(SignIn {
                has_will: true,
                ..good
            }),
            Refused::Will
        );
    }

    #[test]
    fn accounts_that_are_none_are_refused() {
        assert!(matches!(
            accounts(&["a", "a"]),
            Err(AccountError::Twice { .. })
        ));
        let long = "a".repeat(65);
        for bad in ["", "a b", "a:b", "a/b", "a+", "张", long.as_str()] {
            assert!(
                matches!(accounts(&[bad]), Err(AccountError::Name { .. })),
                "{bad:?}"
            );
        }
        assert!(accounts(&["a".repeat(64).as_str()]).is_ok());
        let mut wrong = account("a");
        wrong.topics = vec!["a/#/b".into()];
        let made = Accounts::new(vec![wrong], Instant::now());
        assert!(matches!(made, Err(AccountError::Filter { .. })));
    }

    #[test]
    fn the_rate_counts_over_ten_seconds() {
        let start = Instant::now();
        let held = Held::new(account("a"), start);
        let passed = (0..30).filter(|_| held.within_rate(start)).count();
        assert_eq!(passed, 20, "two a second over ten seconds");
        let later = start + Duration::from_millis(500);
        assert!(held.within_rate(later), "half a second earns one");
        assert!(!held.within_rate(later), "and not two");
        let free = Held::new(
            Account {
                rate_per_s: 0,
                ..account("b")
            },
            start,
        );
        assert!((0..10_000).all(|_| free.within_rate(start)));
    }
}
