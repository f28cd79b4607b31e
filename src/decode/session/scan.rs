//! Who may be connected to: the enrolled, and nobody else.
//!
//! Connecting to a stranger's cuff can take that person's readings, on some models for good.

use std::collections::BTreeMap;

/// What to do about an advertisement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearing {
    /// Enrolled: connect, with the profile of this stem.
    Connect { profile: String },
    /// Enrolled, and already being talked to.
    Busy,
    /// Not enrolled: never connected to.
    Stranger,
}

/// The enrolled devices by identity address (upper case, with colons), with the stem of their profile.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    enrolled: BTreeMap<String, (String, bool)>,
    strangers_heard: u64,
}

impl AllowList {
    pub fn enrol(&mut self, address: &str, profile: &str) {
        let entry = (profile.to_owned(), false);
        self.enrolled.insert(address.to_ascii_uppercase(), entry);
    }

    pub fn forget(&mut self, address: &str) {
        self.enrolled.remove(&address.to_ascii_uppercase());
    }

    /// A device advertised itself. `Connect` marks it busy until [`AllowList::left`].
    pub fn hear(&mut self, address: &str) -> Hearing {
        match self.enrolled.get_mut(&address.to_ascii_uppercase()) {
            None => {
                self.strangers_heard = self.strangers_heard.saturating_add(1);
                Hearing::Stranger
            }
            Some((_, true)) => Hearing::Busy,
            Some((profile, busy)) => {
                *busy = true;
                Hearing::Connect {
                    profile: profile.clone(),
                }
            }
        }
    }

    /// The conversation with this device is over.
    pub fn left(&mut self, address: &str) {
        if let Some((_, busy)) = self.enrolled.get_mut(&address.to_ascii_uppercase()) {
            *busy = false;
        }
    }

    /// Advertisements of devices that are not enrolled.
    pub fn strangers_heard(&self) -> u64 {
        self.strangers_heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_enrolled_are_connected_to() {
        let mut list = AllowList::default();
        list.enrol("c0:26:da:00:00:01", "generic-bp");
        assert_eq!(list.hear("C0:26:DA:00:00:02"), Hearing::Stranger);
        let connect = Hearing::Connect {
            profile: "generic-bp".into(),
        };
        assert_eq!(list.hear("C0:26:DA:00:00:01"), connect);
        assert_eq!(list.hear("C0:26:DA:00:00:01"), Hearing::Busy);
        list.left("C0:26:DA:00:00:01");
        assert_eq!(list.hear("c0:26:da:00:00:01"), connect);
        list.forget("C0:26:DA:00:00:01");
        list.left("C0:26:DA:00:00:01");
        assert_eq!(list.hear("C0:26:DA:00:00:01"), Hearing::Stranger);
        assert_eq!(list.strangers_heard(), 2);
    }
}
