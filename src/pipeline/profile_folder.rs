//! The folder of profiles, while the hub runs: what a changed file would do, and switching it on.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;

use super::decoder::Profiles;
use super::in_force::InForce;
use crate::decode::gatt;
use crate::decode::profile::{ProfileError, ProfileFile, ProfileSet};
use crate::vitals::HintKey;

/// Why a profile was not switched on.
#[derive(Debug, thiserror::Error)]
pub enum NotSwitchedOn {
    #[error("a profile is named by a-z, 0-9 and -, at most 40 characters")]
    Name,
    #[error("{0}")]
    Profile(#[from] ProfileError),
    /// It reads Bluetooth values, which this page cannot try: put it into the folder and restart.
    #[error("a Bluetooth profile: put the file into the folder and restart the hub")]
    Bluetooth,
    #[error("the folder of profiles: {0}")]
    Folder(#[from] std::io::Error),
}

/// The configured folder, and the set that is in force.
pub struct ProfileFolder {
    path: PathBuf,
    in_force: Arc<InForce>,
    key: HintKey,
    site: TimeZone,
    turn: Mutex<()>,
}

impl ProfileFolder {
    pub fn new(path: PathBuf, in_force: Arc<InForce>, key: HintKey, site: TimeZone) -> Self {
        ProfileFolder {
            path,
            in_force,
            key,
            site,
            turn: Mutex::new(()),
        }
    }

    /// Zone of device times that name none.
    pub fn site(&self) -> &TimeZone {
        &self.site
    }

    /// The names of the profiles in force.
    pub fn names(&self) -> Vec<String> {
        let set = self.in_force.now();
        set.profiles().iter().map(|p| p.name.clone()).collect()
    }

    /// The text of a profile in the folder.
    ///
    /// # Errors
    /// [`NotSwitchedOn::Name`], or the file's.
    pub fn text(&self, name: &str) -> Result<String, NotSwitchedOn> {
        let file = file_name(name)?;
        Ok(std::fs::read_to_string(self.path.join(file))?)
    }

    /// This profile alone, for a pasted sample.
    ///
    /// # Errors
    /// The mistake, with its line and what to write instead.
    pub fn alone(&self, name: &str, text: &str) -> Result<ProfileSet, NotSwitchedOn> {
        let set = ProfileSet::parse(&[ProfileFile {
            name: file_name(name)?,
            text: text.to_owned(),
        }])?;
        if set.profiles().is_empty() {
            return Err(NotSwitchedOn::Bluetooth);
        }
        Ok(set)
    }

    /// The folder's profiles with this one among them, in the place of one of its name.
    ///
    /// # Errors
    /// A mistake in it, or another profile that matches the same frames.
    pub fn with(&self, name: &str, text: &str) -> Result<ProfileSet, NotSwitchedOn> {
        self.alone(name, text)?;
        let own = file_name(name)?;
        let mut files = vec![ProfileFile {
            name: own.clone(),
            text: text.to_owned(),
        }];
        for entry in std::fs::read_dir(&self.path)? {
            let path = entry?.path();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            if path.extension().is_some_and(|e| e == "toml") && file != own.as_str() {
                files.push(ProfileFile {
                    name: file.into_owned(),
                    text: std::fs::read_to_string(&path)?,
                });
            }
        }
        Ok(ProfileSet::parse(&files)?)
    }

    /// How the road would decode with `set`.
    pub fn decoder(&self, set: ProfileSet) -> Profiles {
        Profiles {
            set: InForce::of(set),
            gatt: gatt::Profiles::default(),
            key: self.key.clone(),
            site: self.site.clone(),
        }
    }

    /// Writes the profile into the folder (whole, or not at all) and puts the set in force: from now on for
    /// every door and the road, and after a restart.
    ///
    /// # Errors
    /// As [`ProfileFolder::with`]; then folder and hub are as they were.
    pub fn switch_on(&self, name: &str, text: &str) -> Result<(), NotSwitchedOn> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let set = self.with(name, text)?;
        write_whole(&self.path, &file_name(name)?, text)?;
        self.in_force.replace(set);
        Ok(())
    }
}

fn file_name(name: &str) -> Result<String, NotSwitchedOn> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
        return Err(NotSwitchedOn::Name);
    }
    Ok(format!("{name}.toml"))
}

/// A file beside it first, on disk, then renamed: a power cut leaves the old one or the new one.
fn write_whole(folder: &Path, file: &str, text: &str) -> std::io::Result<()> {
    let beside = folder.join(format!(".{file}.new"));
    let mut out = std::fs::File::create(&beside)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&beside, folder.join(file))?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUFF: &str = "kind = \"json\"\n[match]\ntopics = [\"a/{device}\"]\n[device]\nid = \"topic:device\"\n\
        [[reading]]\nkind = \"blood_pressure\"\nunit = \"mmHg\"\nsystolic = \"/s\"\ndiastolic = \"/d\"\n";

    fn folder() -> (tempfile::TempDir, ProfileFolder) {
        let dir = tempfile::tempdir().unwrap();
        let in_force = InForce::of(ProfileSet::default());
        let key = HintKey::new([1; 32]);
        let folder = ProfileFolder::new(dir.path().to_owned(), in_force, key, TimeZone::UTC);
        (dir, folder)
    }

    #[test]
    fn what_is_switched_on_is_in_force_and_in_the_folder() {
        let (dir, folder) = folder();
        folder.switch_on("my-cuff", CUFF).unwrap();
        assert_eq!(folder.names(), ["my-cuff"]);
        assert_eq!(folder.text("my-cuff").unwrap(), CUFF);
        let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(files.len(), 1);
        // Its own newer text takes its place and is no conflict.
        let newer = CUFF.replace("/s", "/sys");
        folder.switch_on("my-cuff", &newer).unwrap();
        assert_eq!(folder.text("my-cuff").unwrap(), newer);
    }

    #[test]
    fn what_conflicts_or_does_not_load_changes_nothing() {
        let (dir, folder) = folder();
        folder.switch_on("my-cuff", CUFF).unwrap();
        let said = folder.switch_on("other", CUFF).unwrap_err().to_string();
        assert!(said.contains("match the same frames"), "{said}");
        let wrong = CUFF.replace("unit", "unti");
        let said = folder.switch_on("my-cuff", &wrong).unwrap_err().to_string();
        assert!(said.contains("my-cuff.toml:8"), "{said}");
        let gatt = include_str!("../../config/devices/beurer-bm85.toml");
        assert!(matches!(
            folder.switch_on("other", gatt),
            Err(NotSwitchedOn::Bluetooth)
        ));
        assert_eq!(folder.text("my-cuff").unwrap(), CUFF);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_is_no_path() {
        let (_dir, folder) = folder();
        for name in ["", "../x", "a/b", "a.b", "A", "ü", &"a".repeat(41)] {
            assert!(
                matches!(folder.switch_on(name, CUFF), Err(NotSwitchedOn::Name)),
                "{name}"
            );
        }
        folder.switch_on(&"a".repeat(40), CUFF).unwrap();
    }
}
