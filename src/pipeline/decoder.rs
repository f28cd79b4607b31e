//! What the road asks of decoding, and its one real answer: the profiles.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::chair;
use super::in_force::InForce;
use crate::decode::gatt;
use crate::decode::mapping::{self, Interpretation, Prepared};
use crate::decode::profile::DeviceRules;
use crate::vitals::{Frame, HintKey, Transport};

/// Turns frames into readings. Pure: the same frame always gives the same answer.
///
/// An implementation may panic; the road settles that frame as unreadable and goes on.
pub trait Decoder: Send + Sync {
    /// What the disk may see of the frame.
    fn prepare(&self, frame: &Frame) -> Prepared;
    /// What the disk may see of a frame that was prepared before, when other profiles held: tokens stay.
    fn prepare_kept(&self, frame: &Frame) -> Prepared {
        self.prepare(frame)
    }
    /// What the frame says.
    fn interpret(&self, frame: &Frame) -> Interpretation;
    /// What a profile says about the devices behind it.
    fn device_rules(&self, profile: &str) -> Option<DeviceRules>;
    /// The profile of a device that is spoken to by Bluetooth.
    fn gatt(&self, _profile: &str) -> Option<&gatt::Profile> {
        None
    }
    /// Zone of device times that name none.
    fn site(&self) -> TimeZone {
        TimeZone::UTC
    }
}

/// The profiles of `config/devices`, with this installation's key and zone.
pub struct Profiles {
    pub set: Arc<InForce>,
    /// Those of the same folder for Bluetooth.
    pub gatt: gatt::Profiles,
    pub key: HintKey,
    /// Zone of device times that name none.
    pub site: TimeZone,
}

impl Decoder for Profiles {
    fn prepare(&self, frame: &Frame) -> Prepared {
        if frame.transport == Transport::Bluetooth {
            // Values of characteristics: numbers of a measurement, and no number of a person.
            return Prepared {
                payload: frame.payload.clone(),
                understood: Ok(String::new()),
            };
        }
        if frame.transport == Transport::Station {
            return chair::prepare(frame, &self.key);
        }
        mapping::prepare(&self.set.now(), frame, &self.key)
    }

    fn prepare_kept(&self, frame: &Frame) -> Prepared {
        mapping::prepare_kept(&self.set.now(), frame, &self.key)
    }

    fn interpret(&self, frame: &Frame) -> Interpretation {
        mapping::interpret(&self.set.now(), frame, &self.site)
    }

    fn device_rules(&self, profile: &str) -> Option<DeviceRules> {
        let mapped = self.set.now().get(profile).map(|p| p.device.clone());
        mapped.or_else(|| self.gatt.get(profile).map(gatt::Profile::device_rules))
    }

    fn gatt(&self, profile: &str) -> Option<&gatt::Profile> {
        self.gatt.get(profile)
    }

    fn site(&self) -> TimeZone {
        self.site.clone()
    }
}
