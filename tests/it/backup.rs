//! A backup is made while devices publish, is whole, and comes back; what cannot stand is refused and nothing is touched.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::crash::{Told, measure, readings};
use crate::installation::Installation;

const DEVICES: usize = 8;
const READINGS_EACH: u16 = 300;

fn run(it: &Installation, words: &[&str], file: &Path) -> Output {
    let (act, more) = words.split_first().unwrap();
    let mut command = it.command(&[act]);
    command.arg(file).args(more).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn refused(output: &Output, why: &str) {
    assert!(!output.status.success(), "{}", said(output));
    assert!(said(output).contains(why), "{}", said(output));
}

fn hub(it: &Installation, name: &str) -> PathBuf {
    it.folder.path().join("hub").join(name)
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_whole_and_comes_back() {
    let it = Arc::new(Installation::new(DEVICES));
    let serving = it.serve();
    let told = Arc::new(Told::default());
    let devices: Vec<_> = (0..DEVICES)
        .map(|n| tokio::spawn(measure(it.mqtt, n, None, 1..=READINGS_EACH, told.clone())))
        .collect();
    told.until(DEVICES * 20).await;
    let to = it.folder.path().join("kept.sqlite");
    // On a busy machine a moment may pass in which no device gets its turn: then once more.
    let all = DEVICES * usize::from(READINGS_EACH);
    let (before, output, after) = loop {
        let before = told.acknowledged.load(Ordering::SeqCst);
        assert!(
            before < all,
            "the devices were never publishing while a backup was made"
        );
        let (run_it, run_to) = (it.clone(), to.clone());
        let making = tokio::task::spawn_blocking(move || run(&run_it, &["backup"], &run_to));
        let output = making.await.unwrap();
        let after = told.acknowledged.load(Ordering::SeqCst);
        if before < after && after < all {
            break (before, output, after);
        }
        std::fs::remove_file(&to).unwrap();
    };
    let text = done(&output);
    assert!(
        text.contains("verified: whole, and every promise holds"),
        "{text}"
    );
    for key in ["hint.key", "seal.key"] {
        assert!(text.contains(hub(&it, key).to_str().unwrap()), "{text}");
    }
    for device in devices {
        device.await.unwrap();
    }
    assert!(serving.stop().success());
    let mode = std::fs::metadata(&to).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let beside: Vec<String> = files(it.folder.path());
    assert_eq!(beside, ["hub", "hub.toml", "kept.sqlite", "roster.toml"]);

    // The disk is lost, the keys were kept elsewhere.
    for name in files(&it.folder.path().join("hub")) {
        if name.starts_with("journal") {
            std::fs::remove_file(hub(&it, &name)).unwrap();
        }
    }
    let text = done(&run(&it, &["restore"], &to));
    assert!(text.contains(&format!("{DEVICES} persons")), "{text}");
    it.check();
    let counts = readings(&it);
    assert!(counts.values().all(|n| *n == 1), "a reading is double");
    // What was acknowledged is a frame on the disk; its reading may come a moment later.
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    let frames: i64 = conn
        .query_row("SELECT count(*) FROM frame", [], |r| r.get(0))
        .unwrap();
    assert!(
        frames >= before as i64,
        "{frames} frames, {before} were acknowledged before it began"
    );
    eprintln!(
        "backup while {DEVICES} devices published: {before} acknowledged before, {frames} in it, {after} after"
    );
    // The hub goes on from it.
    assert!(it.serve().stop().success());
}

#[test]
fn a_backup_never_takes_the_place_of_a_file() {
    let it = Installation::new(1);
    let to = it.folder.path().join("there.sqlite");
    std::fs::write(&to, "mine").unwrap();
    refused(&run(&it, &["backup"], &to), "is there already");
    assert_eq!(std::fs::read(&to).unwrap(), b"mine");
    let nowhere = it.folder.path().join("no-such-folder/kept.sqlite");
    refused(&run(&it, &["backup"], &nowhere), "the folder is there");
    // A folder: a file is made in it, named by the moment.
    let folder = it.folder.path().join("backups");
    std::fs::create_dir(&folder).unwrap();
    done(&run(&it, &["backup"], &folder));
    let made = files(&folder);
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(
        made[0].starts_with("eldercare-hub-20") && made[0].ends_with("Z.sqlite"),
        "{made:?}"
    );
}

#[test]
fn a_restore_wants_its_own_keys_and_makes_none() {
    let (it, other) = (Installation::new(1), Installation::new(1));
    let to = it.folder.path().join("kept.sqlite");
    done(&run(&it, &["backup"], &to));
    let journal = std::fs::read(hub(&it, "journal.sqlite")).unwrap();
    for key in ["hint.key", "seal.key"] {
        let own = std::fs::read(hub(&it, key)).unwrap();
        std::fs::copy(hub(&other, key), hub(&it, key)).unwrap();
        let output = run(&it, &["restore", "--overwrite"], &to);
        refused(&output, key);
        refused(&output, "is not the key of the journal");
        std::fs::remove_file(hub(&it, key)).unwrap();
        refused(
            &run(&it, &["restore", "--overwrite"], &to),
            "it is not in the backup",
        );
        assert!(
            !hub(&it, key).exists(),
            "a key was made for a backup that it cannot open"
        );
        std::fs::write(hub(&it, key), "no key").unwrap();
        refused(&run(&it, &["restore", "--overwrite"], &to), "64 hex digits");
        std::fs::write(hub(&it, key), own).unwrap();
    }
    assert_eq!(std::fs::read(hub(&it, "journal.sqlite")).unwrap(), journal);
    done(&run(&it, &["restore", "--overwrite"], &to));
}

#[test]
fn a_journal_is_replaced_only_when_told_and_kept_beside() {
    let it = Installation::new(2);
    let to = it.folder.path().join("kept.sqlite");
    done(&run(&it, &["backup"], &to));
    let more = "centre = [{ code = \"c9\", name = \"癸酉村\" }]\n";
    std::fs::write(it.folder.path().join("more.toml"), more).unwrap();
    let more = it.folder.path().join("more.toml");
    let loaded = it.command(&["roster", "load"]).arg(more).status().unwrap();
    assert!(loaded.success());
    let centres = |path: &Path| -> i64 {
        let conn = rusqlite::Connection::open(path).unwrap();
        conn.query_row("SELECT count(*) FROM centre", [], |r| r.get(0))
            .unwrap()
    };
    refused(&run(&it, &["restore"], &to), "--overwrite");
    assert_eq!(centres(&it.journal()), 2);
    refused(
        &run(&it, &["restore", "--overwrite"], &it.journal()),
        "the journal itself",
    );
    let serving = it.serve();
    refused(
        &run(&it, &["restore", "--overwrite"], &to),
        "in use by another hub",
    );
    assert!(serving.stop().success());
    let text = done(&run(&it, &["restore", "--overwrite"], &to));
    assert_eq!(centres(&it.journal()), 1);
    it.check();
    let aside = files(&it.folder.path().join("hub"))
        .into_iter()
        .find(|name| name.starts_with("journal.replaced-"))
        .unwrap();
    assert!(text.contains(&aside), "{text}");
    assert_eq!(centres(&hub(&it, &aside)), 2, "the old journal is whole");
}

#[test]
fn a_broken_backup_is_refused_and_the_journal_stays() {
    let it = Installation::new(1);
    let to = it.folder.path().join("kept.sqlite");
    done(&run(&it, &["backup"], &to));
    let whole = std::fs::read(&to).unwrap();
    let journal = std::fs::read(hub(&it, "journal.sqlite")).unwrap();
    let mut scribbled = whole.clone();
    for byte in &mut scribbled[3 * 4096..5 * 4096] {
        *byte = 0x5a;
    }
    let broken: [(&str, Vec<u8>); 4] = [
        ("half", whole[..whole.len() / 2].to_vec()),
        ("empty", Vec::new()),
        (
            "text",
            b"PRAGMA of no database at all, but long enough to look like a file".repeat(40),
        ),
        ("scribbled", scribbled),
    ];
    for (name, bytes) in broken {
        let file = it.folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let output = run(&it, &["restore", "--overwrite"], &file);
        assert!(!output.status.success(), "{name}: {}", said(&output));
        assert!(
            said(&output).contains("is broken")
                || said(&output).contains("no journal of this program"),
            "{name}: {}",
            said(&output)
        );
    }
    refused(
        &run(&it, &["restore", "--overwrite"], Path::new("/no/such/file")),
        "/no/such/file",
    );
    assert_eq!(std::fs::read(hub(&it, "journal.sqlite")).unwrap(), journal);
    // A promise that does not hold is as bad as a broken page.
    let conn = rusqlite::Connection::open(&to).unwrap();
    conn.execute(
        "INSERT INTO frame_count VALUES ('x', 'readings', '', 1, 0)",
        [],
    )
    .unwrap();
    drop(conn);
    refused(
        &run(&it, &["restore", "--overwrite"], &to),
        "every settled frame is counted",
    );
}
