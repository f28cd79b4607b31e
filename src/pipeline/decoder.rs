//! What the road asks of decoding, and its one real answer: the profiles.

use jiff::tz::TimeZone;

use crate::decode::mapping::{self, Interpretation, Prepared};
use crate::decode::profile::{DeviceRules, ProfileSet};
use crate::vitals::{Frame, HintKey};

/// Turns frames into readings. Pure: the same frame always gives the same answer.
///
/// An implementation may panic; the road settles that frame as unreadable and goes on.
pub trait Decoder: Send + Sync {
    /// What the disk may see of the frame.
    fn prepare(&self, frame: &Frame) -> Prepared;
    /// What the frame says.
    fn interpret(&self, frame: &Frame) -> Interpretation;
    /// What a profile says about the devices behind it.
    fn device_rules(&self, profile: &str) -> Option<DeviceRules>;
}

/// The profiles of `config/devices`, with this installation's key and zone.
pub struct Profiles {
    pub set: ProfileSet,
    pub key: HintKey,
    /// Zone of device times that name none.
    pub site: TimeZone,
}

impl Decoder for Profiles {
    fn prepare(&self, frame: &Frame) -> Prepared {
        mapping::prepare(&self.set, frame, &self.key)
    }

    fn interpret(&self, frame: &Frame) -> Interpretation {
        mapping::interpret(&self.set, frame, &self.site)
    }

    fn device_rules(&self, profile: &str) -> Option<DeviceRules> {
        self.set.get(profile).map(|p| p.device.clone())
    }
}
