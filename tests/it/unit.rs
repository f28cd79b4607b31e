//! The systemd unit that is shipped can be started: systemd itself reads it.

use std::path::Path;
use std::process::Command;

use crate::left_out;

#[test]
fn systemd_takes_the_unit() {
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/config/systemd/eldercare-hub.service"
    );
    let text = std::fs::read_to_string(shipped).unwrap();
    let here = text.replace(
        "/usr/local/bin/eldercare-hub",
        env!("CARGO_BIN_EXE_eldercare-hub"),
    );
    assert_ne!(text, here);
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("eldercare-hub.service");
    std::fs::write(&unit, here).unwrap();
    if !Path::new("/usr/bin/systemd-analyze").is_file() {
        return left_out("systemd_takes_the_unit", "no systemd-analyze");
    }
    let said = Command::new("/usr/bin/systemd-analyze")
        .arg("verify")
        .arg(&unit)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && told.is_empty(), "{told}");
}
