//! The demo's own folder of profiles: a copy, so that switching one on there changes no shipped file.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const FOLDER: &str = "devices";
/// The profile that the demo's cuffs speak by.
const CUFF: &str = "demo-cuff.toml";
/// In the demo nothing inflates: a message written by hand is there at once, and whoever shows a card at the
/// screen just before must see her result. A real cuff's time stands in the shipped file.
const AT_ONCE: &str = "[device]\nmeasuring_s = 1\n";

/// Copies the shipped profiles into the demo's folder, but those that are there already; where they are.
pub(super) fn copied(shipped: &Path, demo: &Path) -> std::io::Result<PathBuf> {
    let own = demo.join(FOLDER);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&own)?;
    for entry in std::fs::read_dir(shipped)? {
        let path = entry?.path();
        let (Some(name), Some("toml")) =
            (path.file_name(), path.extension().and_then(|e| e.to_str()))
        else {
            continue;
        };
        let copy = own.join(name);
        if copy.exists() {
            continue;
        }
        if name == CUFF {
            let text = std::fs::read_to_string(&path)?;
            std::fs::write(copy, text.replacen("[device]\n", AT_ONCE, 1))?;
        } else {
            std::fs::copy(&path, copy)?;
        }
    }
    Ok(own)
}

/// Removes the copies, and what was switched on beside them.
pub(super) fn remove(demo: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(demo.join(FOLDER)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::profile::{ProfileFile, ProfileSet};

    #[test]
    fn the_demos_cuff_takes_no_time_and_the_shipped_one_does() {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/devices");
        let folder = tempfile::tempdir().unwrap();
        let own = copied(&shipped, folder.path()).unwrap();
        let measures = |folder: &Path| {
            let text = std::fs::read_to_string(folder.join(CUFF)).unwrap();
            let name = CUFF.to_owned();
            let set = ProfileSet::parse(&[ProfileFile { name, text }]).unwrap();
            set.profiles()
                .iter()
                .map(|p| p.device.measuring_s)
                .collect::<Vec<_>>()
        };
        assert_eq!(measures(&own), [Some(1)]);
        assert_eq!(measures(&shipped), [None]);
        let count = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        assert_eq!(count(&own) + 1, count(&shipped), "all but the README");
    }
}
