//! All profiles together: each file read, no two for the same frames, the one that fits a frame.

use super::model::Profile;
use super::overlap;
use super::parse::{FileKind, parse};
use super::section::{Origin, ProfileError};
use super::topic::TopicFilter;
use crate::vitals::Frame;

/// One file of `config/devices`. `name` is the file's name (`demo-cuff.toml`), for errors; its stem names the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFile {
    pub name: String,
    pub text: String,
}

/// The profiles of a hub, in the order of their files' names.
#[derive(Debug, Clone, Default)]
pub struct ProfileSet {
    profiles: Vec<Profile>,
}

impl ProfileSet {
    /// Reads the files. The first mistake is the error, with its file and line. Files of kind `gatt` are
    /// left to the Bluetooth decoder.
    pub fn parse(files: &[ProfileFile]) -> Result<ProfileSet, ProfileError> {
        let mut files: Vec<&ProfileFile> = files.iter().collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let mut profiles: Vec<Profile> = Vec::new();
        for file in files {
            let origin = Origin {
                file: &file.name,
                text: &file.text,
            };
            let base = file.name.rsplit('/').next().unwrap_or(&file.name);
            let stem = base.strip_suffix(".toml").unwrap_or(base);
            let FileKind::Messages(profile) = parse(origin, stem)? else {
                continue;
            };
            if profiles.iter().any(|p| p.name == stem) {
                return Err(origin.error(
                    0..0,
                    format!("a second profile `{stem}`"),
                    "write another file name: it names the profile",
                ));
            }
            if let Some(other) = profiles.iter().find(|p| overlap::same_frames(p, &profile)) {
                let at = file.text.find("[match]").unwrap_or(0);
                return Err(origin.error(
                    at..at,
                    format!("the profiles `{}` and `{stem}` match the same frames", other.name),
                    "write a narrower topic, or a `when` on the same path with other values, in one of them",
                ));
            }
            profiles.push(*profile);
        }
        Ok(ProfileSet { profiles })
    }

    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profile of this name (a file's stem).
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|p| p.name == name)
    }

    /// Every topic filter, as a broker takes them; HTTP paths (`/ingest/...`) left out.
    pub fn subscriptions(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .profiles
            .iter()
            .flat_map(|p| p.topics.iter().map(TopicFilter::subscription))
            .filter(|topic| !topic.starts_with("/ingest/"))
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// The profile whose topics and conditions this frame meets.
    pub fn profile_for(&self, frame: &Frame) -> Option<&Profile> {
        super::super::mapping::fitting(self, frame)
            .ok()
            .map(|fit| fit.profile)
    }
}
