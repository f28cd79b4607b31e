//! Files of persons between the look and the choice: in memory only, since they hold numbers that are never
//! stored. A restart or half an hour forgets them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::people::import::Sheet;
use crate::pipeline::import::{Plan, Wishes};
use crate::vitals::Moment;

/// How long a file waits for its choice.
const WAITS: SignedDuration = SignedDuration::from_mins(30);
/// Files that wait at the same time; the oldest goes when another comes.
const UPLOADS_MAX: usize = 8;

/// A file that waits.
pub struct Upload {
    /// Whose it is; nobody else gets it.
    pub account: i64,
    pub name: String,
    pub sheet: Sheet,
    pub wishes: Wishes,
    /// What the visitor was shown.
    pub plan: Plan,
    at: Moment,
}

/// The files that wait.
#[derive(Default)]
pub struct Uploads(Mutex<HashMap<String, Arc<Upload>>>);

impl Uploads {
    /// Keeps a file; the name under which it is asked for.
    pub fn keep(
        &self,
        account: i64,
        name: String,
        sheet: Sheet,
        wishes: Wishes,
        plan: Plan,
        now: Moment,
    ) -> String {
        let key = format!("{:032x}", rand::random::<u128>());
        let upload = Upload {
            account,
            name,
            sheet,
            wishes,
            plan,
            at: now,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, upload| now.duration_since(upload.at) < WAITS);
        while all.len() >= UPLOADS_MAX {
            let oldest = all
                .iter()
                .min_by_key(|(_, upload)| upload.at)
                .map(|(key, _)| key.clone());
            match oldest {
                Some(oldest) => all.remove(&oldest),
                None => break,
            };
        }
        all.insert(key.clone(), Arc::new(upload));
        key
    }

    /// A file of this account, if it still waits.
    pub fn get(&self, key: &str, account: i64, now: Moment) -> Option<Arc<Upload>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key)
            .filter(|upload| upload.account == account && now.duration_since(upload.at) < WAITS)
            .cloned()
    }

    /// Forgets a file.
    pub fn forget(&self, key: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}
