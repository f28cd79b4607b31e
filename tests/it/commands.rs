//! What the commands say when they are asked for what is not there.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::installation::{BINARY, Installation};

fn said(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(!out.status.success());
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn a_demo_away_from_its_profiles_names_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Command::new(BINARY);
    demo.current_dir(dir.path())
        .args(["demo", "--data", "township"]);
    let said = said(&mut demo);
    assert!(
        said.contains("config/devices") && said.contains("--profiles"),
        "{said}"
    );
}

#[test]
fn an_export_of_nobody_is_refused_and_not_an_empty_table() {
    let it = Installation::new(1);
    assert!(it.command(&["export"]).output().unwrap().status.success());
    let mut nobody = it.command(&["export", "--person", "4711"]);
    let said = said(&mut nobody);
    assert!(said.contains("no person 4711"), "{said}");
    assert_eq!(nobody.output().unwrap().stdout, b"");
}

const PROFILE: &str = "kind = \"json\"\n[match]\ntopics = [\"t\"]\n[device]\nid = \"/id\"\n[time]\nat = \"/at\"\n\
    form = \"iso\"\n[[reading]]\nkind = \"blood_pressure\"\nunit = \"mmHg\"\nsystolic = \"/s\"\ndiastolic = \"/d\"\n";

/// What `map` prints of this text on standard input.
fn mapped(site_tz: &str, profile: &str, text: &str) -> std::process::Output {
    let mut map = Command::new(BINARY)
        .args(["map", "--profile", profile, "--site-tz", site_tz])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that refuses its arguments may be gone before it reads.
    let _ = map.stdin.take().unwrap().write_all(text.as_bytes());
    map.wait_with_output().unwrap()
}

#[test]
fn map_reads_lines_with_a_mark_before_them_in_the_zone_of_the_site() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cuff.toml");
    std::fs::write(&file, PROFILE).unwrap();
    let file = file.to_str().unwrap();
    let line = r#"{"topic":"t","payload":"{\"id\":\"a\",\"s\":126,\"d\":81,\"at\":\"2026-11-23T09:05:00\"}","received_at":"2026-11-23T01:05:10Z"}"#;
    for zone in ["Asia/Shanghai", "+08:00"] {
        let out = mapped(zone, file, &format!("\u{feff}{line}\n"));
        let out = String::from_utf8(out.stdout).unwrap();
        assert!(
            out.contains(r#""measured_at":"2026-11-23T09:05:00+08:00""#),
            "{zone}: {out}"
        );
    }
    for (zone, profile, says) in [
        (
            "+8",
            file,
            "`+8` is no zone; write `Asia/Shanghai` or `+08:00`",
        ),
        ("+08:00", "no-such.toml", "no-such.toml: "),
    ] {
        let out = mapped(zone, profile, line);
        assert!(!out.status.success());
        let said = String::from_utf8(out.stderr).unwrap();
        assert!(said.contains(says), "{said}");
    }
}
