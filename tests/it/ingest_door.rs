//! The HTTP door of the real binary, under load from an independent client, SIGKILL, and schemathesis.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::crash::readings;
use crate::installation::{Installation, device, free_address, long_form, seed};
use crate::left_out;

const SOURCES: usize = 50;
const POSTS_EACH: usize = 200;

/// What the client of the tests sends; the path's last level is the device.
const PROFILE: &str = r#"
kind = "json"
title = "Posts of the tests"
[match]
topics = ["/ingest/{device}"]
[device]
id = "topic:device"
sends_live = true
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/sys"
diastolic = "/dia"
pulse = "/pulse"
sequence = "/seq"
"#;

/// An installation whose devices also push over HTTP.
fn installation() -> (Installation, SocketAddr) {
    let door = free_address();
    let mut more = format!("[ingest]\nlisten = \"{door}\"\n");
    for n in 0..SOURCES {
        let name = device(n);
        more.push_str(&format!(
            "[[ingest.sources]]\nname = \"{name}\"\ntoken = \"token-of-{name}-for-tests\"\nrate_per_s = 0\n"
        ));
    }
    let it = Installation::with(SOURCES, &more);
    let profiles = it.folder.path().join("devices");
    std::fs::create_dir(&profiles).unwrap();
    std::fs::write(profiles.join("push.toml"), PROFILE).unwrap();
    let settings = it.folder.path().join("hub.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let shipped = format!("{}/config/devices", env!("CARGO_MANIFEST_DIR"));
    let text = text.replace(&shipped, &profiles.display().to_string());
    std::fs::write(settings, text).unwrap();
    (it, door)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn killed_at_random_moments_no_answered_post_is_missing_and_none_is_double() {
    let all = SOURCES * POSTS_EACH;
    let kills = if long_form() { 10 } else { 3 };
    let mut chance = SmallRng::seed_from_u64(seed());
    let moments: BTreeSet<usize> = (0..kills)
        .map(|_| chance.random_range(1..all * 9 / 10))
        .collect();
    let (it, door) = installation();
    let mut serving = it.serve();
    let client = Command::new("python3")
        .arg(root().join("tests/clients/post.py"))
        .args([
            door.to_string(),
            SOURCES.to_string(),
            POSTS_EACH.to_string(),
        ])
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut client) = client else {
        return left_out("killed_at_random_moments (HTTP)", "python3 is missing");
    };
    let mut answered = BTreeSet::new();
    for line in BufReader::new(client.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let (name, seq) = line.split_once(' ').unwrap();
        answered.insert((name.to_owned(), seq.to_owned()));
        if moments.contains(&answered.len()) {
            serving.kill();
            serving = it.serve();
        }
    }
    assert!(client.wait().unwrap().success());
    assert_eq!(answered.len(), all, "a post got no answer");
    assert!(serving.stop().success());
    it.check();
    let counts = readings(&it);
    let missing = answered.iter().filter(|one| !counts.contains_key(*one));
    assert_eq!(missing.count(), 0, "an answered post is missing");
    assert!(counts.values().all(|n| *n == 1), "a reading is double");
    assert_eq!(counts.len(), all);
    eprintln!(
        "{all} posts, {} kills at {moments:?} answers, each reading once",
        moments.len()
    );
}

/// The tool, from the tests' own environment or the path.
fn schemathesis() -> Option<PathBuf> {
    let own = root().join("tests/.work/python/bin/schemathesis");
    [own, PathBuf::from("schemathesis")]
        .into_iter()
        .find(|tool| {
            let asked = Command::new(tool).arg("--version").output();
            asked.is_ok_and(|out| out.status.success())
        })
}

#[test]
fn schemathesis_finds_the_door_as_described() {
    let Some(tool) = schemathesis() else {
        let why = "schemathesis is missing; tests/run installs it (PyPI)";
        return left_out("schemathesis_finds_the_door_as_described", why);
    };
    let (it, door) = installation();
    let serving = it.serve();
    let name = device(0);
    let config = it.folder.path().join("schemathesis.toml");
    let settings = format!("[parameters]\n\"path.source\" = \"{name}\"\n");
    std::fs::write(&config, settings).unwrap();
    let examples = if long_form() { "500" } else { "40" };
    let out = Command::new(tool)
        .arg("--config-file")
        .arg(&config)
        .args(["run", &format!("http://{door}/openapi.json")])
        .args(["--seed", &seed().to_string(), "--max-examples", examples])
        .args(["-H", &format!("Authorization: Bearer token-of-{name}-for-tests")])
        .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"])
        .args(["--generation-database", "none"])
        .current_dir(it.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(serving.stop().success());
    it.check();
}
