//! The demo's own folder of profiles: a copy, so that switching one on there changes no shipped file.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const FOLDER: &str = "devices";

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
        if !own.join(name).exists() {
            std::fs::copy(&path, own.join(name))?;
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
