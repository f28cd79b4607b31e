//! What the commands say when they are asked for what is not there.

use std::process::Command;

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
