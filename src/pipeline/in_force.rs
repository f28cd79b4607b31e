//! The profiles in force: one place that every door and the road look at, replaced whole while the hub runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::decode::profile::ProfileSet;

/// Where the set of profiles is that holds now. Whoever reads it keeps that whole set for his one frame,
/// so nobody ever sees half of a change.
#[derive(Debug)]
pub struct InForce(RwLock<Arc<ProfileSet>>);

impl InForce {
    pub fn of(set: ProfileSet) -> Arc<Self> {
        Arc::new(InForce(RwLock::new(Arc::new(set))))
    }

    /// The set that holds at this moment.
    pub fn now(&self) -> Arc<ProfileSet> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another set in force, for the road and every door at once.
    pub fn replace(&self, set: ProfileSet) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
    }
}
