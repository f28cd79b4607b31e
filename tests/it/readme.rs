//! The README's profile, command and answer are run as they stand there.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::installation::BINARY;

/// The first block of this language after `heading`.
fn block<'a>(text: &'a str, language: &str, from: &str) -> &'a str {
    let rest = text.split_once(from).unwrap().1;
    let opened = rest.split_once(&format!("```{language}\n")).unwrap().1;
    opened.split_once("```").unwrap().0
}

#[test]
fn the_profile_written_from_scratch_gives_what_the_readme_says() {
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).unwrap();
    let chapter = "## A new kind of device is a file";
    let profile = block(&readme, "toml", chapter);
    let command = block(&readme, "sh", chapter);
    let expected = block(&readme, "json", chapter);
    assert!(profile.lines().count() <= 50, "more than a page");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("twin-kiosk.toml"), profile).unwrap();
    let folder = format!("{root}/config/devices");
    for shipped in std::fs::read_dir(folder).unwrap() {
        let shipped = shipped.unwrap().file_name();
        assert_ne!(shipped, "twin-kiosk.toml");
    }
    assert_eq!(shell(command, dir.path()), expected);
}

#[test]
fn the_two_bluetooth_values_decode_to_what_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut rest = readme
        .split_once("Bluetooth values are shown by `eldercare-hub decode`")
        .unwrap()
        .1;
    for char in ["2A35", "2A18"] {
        let command = block(rest, "sh", "");
        assert!(command.contains(char));
        assert_eq!(shell(command, root), block(rest, "json", ""));
        rest = rest.split_once("```json").unwrap().1;
    }
}

/// BlueZ's crates panic in tasks of their own now and then, and a decoder may: neither may end the hub.
#[test]
fn a_panic_unwinds_in_every_profile() {
    let root = env!("CARGO_MANIFEST_DIR");
    let manifest = std::fs::read_to_string(format!("{root}/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    for (name, profile) in manifest["profile"].as_table().unwrap() {
        let panic = profile.get("panic").and_then(|panic| panic.as_str());
        assert_ne!(panic, Some("abort"), "{name}");
    }
}

/// What the script prints, with the binary of these tests.
fn shell(script: &str, folder: &Path) -> String {
    let script = script.replace("./target/release/eldercare-hub", BINARY);
    let mut shell = Command::new("sh")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let out = shell.wait_with_output().unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap()
}
