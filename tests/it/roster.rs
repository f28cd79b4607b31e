//! The roster through the real binary: a township's file of persons, and a citizen number that is nowhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::fake_inlet::SOON;
use crate::installation::{Installation, PASSWORD, free_address, seed};
use crate::raw_mqtt::{Connect, Raw};
use rand::rngs::SmallRng;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};

const PERSONS: usize = 5_000;
const FAULTY: usize = 50;

/// A citizen number that nobody has: place 990000 does not exist.
fn citizen(n: usize, born: &str) -> String {
    let begin = format!("990000{}{:03}", born.replace('-', ""), n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = begin
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    format!("{begin}{}", "10X98765432".as_bytes()[sum % 11] as char)
}

/// A file of 5 000 lines, and the numbers of the 50 that cannot stand.
fn sheet() -> (String, BTreeSet<u64>) {
    let mut chance = SmallRng::seed_from_u64(seed());
    let faulty: BTreeSet<usize> = sample(&mut chance, PERSONS, FAULTY).into_iter().collect();
    let mut text =
        String::from("姓名,性别,出生日期,村站,电话,身份证号,卡号,高血压,来站日,备注\r\n");
    let surnames: Vec<char> = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨".chars().collect();
    let given: Vec<char> = "一二三四五六七八九十子丑寅卯辰巳午未申酉".chars().collect();
    let mut lines = BTreeSet::new();
    for n in 0..PERSONS {
        let name = format!(
            "{}{}{}",
            surnames[n % 16],
            given[n / 16 % 20],
            given[n / 320 % 20]
        );
        let born = format!(
            "{}-{:02}-{:02}",
            1930 + n % 30,
            1 + n / 30 % 12,
            1 + n / 360 % 28
        );
        let sex = if (n % 1000 / 1) % 2 == 1 {
            "男"
        } else {
            "女"
        };
        let number = if n % 10 == 0 {
            citizen(n, &born)
        } else {
            String::new()
        };
        let mut cells = [
            name,
            sex.to_owned(),
            born,
            "c1".to_owned(),
            format!("13{:09}", n),
            number,
            format!("88{n:08}"),
            if n % 2 == 0 { "是" } else { "" }.to_owned(),
            "二、五".to_owned(),
            // Some notes have several lines, so that line numbers are not counts.
            if n % 97 == 0 { "\"两\r\n行\"" } else { "" }.to_owned(),
        ];
        if faulty.contains(&n) {
            lines.insert(text.matches('\n').count() as u64 + 1);
            match chance.random_range(0..8) {
                0 => cells[0] = " ".to_owned(),
                1 => cells[1] = "雌".to_owned(),
                2 => cells[2] = "1943-02-30".to_owned(),
                3 => cells[3] = "c9".to_owned(),
                4 => cells[4] = "1.38E+10".to_owned(),
                5 => cells[5] = "110105194912310021".to_owned(),
                6 => cells[6] = "12".to_owned(),
                _ => cells[8] = "每天".to_owned(),
            }
        }
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    (text, lines)
}

struct Said {
    success: bool,
    text: String,
    took: Duration,
}

fn import(it: &Installation, file: &Path, more: &[&str]) -> Said {
    let began = Instant::now();
    let output = it
        .command(&["roster", "import"])
        .arg(file)
        .args(more)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    Said {
        success: output.status.success(),
        text: String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat())
            .into_owned(),
        took: began.elapsed(),
    }
}

fn named(text: &str) -> BTreeSet<u64> {
    text.lines()
        .filter_map(|line| line.strip_prefix("Line "))
        .filter_map(|rest| rest.split(' ').next()?.parse().ok())
        .collect()
}

fn count(it: &Installation, sql: &str) -> i64 {
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    conn.query_row(sql, [], |r| r.get(0)).unwrap()
}

#[test]
fn five_thousand_persons_with_fifty_faulty_lines() {
    let it = Installation::new(1);
    let (text, faulty) = sheet();
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    for (name, bytes) in [
        ("utf8.csv", text.clone().into_bytes()),
        ("bom.csv", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("gb18030.csv", gb.into_owned()),
    ] {
        std::fs::write(it.folder.path().join(name), bytes).unwrap();
        let looked = import(&it, &it.folder.path().join(name), &["--preview"]);
        assert_eq!(named(&looked.text), faulty, "{name}");
        assert!(
            looked
                .text
                .contains("4950 can be added; 50 lines are refused; 0 may be there already"),
            "{}",
            looked.text
        );
        assert!(!looked.success);
        eprintln!("{name}: {PERSONS} lines looked at in {:?}", looked.took);
    }
    let file = it.folder.path().join("gb18030.csv");
    let persons = "SELECT count(*) FROM person";
    let nothing = import(&it, &file, &["--all-or-nothing"]);
    assert!(!nothing.success && nothing.text.contains("Nobody was added"));
    assert_eq!(named(&nothing.text), faulty);
    assert_eq!(count(&it, persons), 1);
    let rest = import(&it, &file, &["--good-lines"]);
    assert!(
        rest.success && rest.text.contains("4950 people were added"),
        "{}",
        rest.text
    );
    assert_eq!(count(&it, persons), 4951);
    eprintln!("4 950 of {PERSONS} persons added in {:?}", rest.took);
    assert_eq!(
        count(
            &it,
            "SELECT count(*) FROM audit WHERE action = 'roster.import'"
        ),
        1
    );
    let object = "SELECT count(*) FROM audit WHERE object = 'person:2..4951'";
    assert_eq!(count(&it, object), 1);
    it.check();
    // The same file again: everybody is there, nobody is added twice and nobody is merged.
    let again = import(&it, &file, &["--good-lines"]);
    assert!(
        again.text.contains("Nobody was added") || again.text.contains("0 people were added"),
        "{}",
        again.text
    );
    assert_eq!(count(&it, persons), 4951);
    // Two ways at once, or none, is no wish.
    assert!(!import(&it, &file, &["--preview", "--good-lines"]).success);
    assert!(!import(&it, &file, &[]).success);
    let nowhere = import(&it, &file, &["--preview", "--centre", "c9"]);
    assert!(
        nowhere.text.contains("no centre \"c9\""),
        "{}",
        nowhere.text
    );
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn holds(bytes: &[u8], number: &str) -> bool {
    let upper: Vec<u8> = bytes.iter().map(u8::to_ascii_uppercase).collect();
    let sixteen: Vec<u8> = number.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [number.as_bytes(), &sixteen]
        .iter()
        .any(|wanted| upper.windows(wanted.len()).any(|window| window == *wanted))
}

/// A citizen number comes in by every door there is: a roster file, a table on the command line and on the
/// page, a form, a search, a card given, a device's message that is understood, one that is not, an HTTP push.
/// Afterwards its bytes are in no file of the hub (the journal, its log, a backup), in no log line, on no page.
#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_number_is_in_no_file_no_log_and_on_no_page() {
    let number = citizen(123, "1943-05-01");
    let others = [
        citizen(125, "1944-05-01"),
        citizen(127, "1945-05-01"),
        citizen(129, "1946-05-01"),
    ];
    let ingest = free_address();
    let token = "a-token-for-the-test";
    let it = Installation::with(
        1,
        &format!(
            "[[broker.accounts]]\nuser = \"qube\"\npassword = \"pw\"\ntopics = [\"#\"]\n\
             [ingest]\nlisten = \"{ingest}\"\n[[ingest.sources]]\nname = \"qube\"\ntoken = \"{token}\"\n"
        ),
    );
    let more = it.folder.path().join("more.toml");
    std::fs::write(&more, format!(
        "centre = [{{ code = \"c2\", name = \"乙丑村\" }}]\n\
         person = [{{ key = \"p\", centre = \"c2\", name = \"赵一二\", birth_date = \"1943-05-01\", national_id = \"{number}\" }}]\n\
         device = [{{ name = \"qube-1\", label = \"一体机\", kind = \"kiosk\", centre = \"c2\", in_service_since = \"2020-01-01T00:00:00Z\" }}]\n"
    )).unwrap();
    let loaded = it.command(&["roster", "load"]).arg(&more).status().unwrap();
    assert!(loaded.success());
    let sheet = format!(
        "姓名,身份证号,村站\n钱三四,{},c2\n孙五六,{}0,c2\n",
        others[0],
        &others[0][..17]
    );
    let table = it.folder.path().join("table.csv");
    std::fs::write(&table, &sheet).unwrap();
    assert!(import(&it, &table, &["--good-lines"]).success);
    for file in ["more.toml", "table.csv"] {
        std::fs::remove_file(it.folder.path().join(file)).unwrap();
    }

    let log = it.folder.path().join("log.txt");
    let serving = it.serve_into(&log, "trace,mqtt5=off");
    let said = by_every_door(&it, ingest, token, &number, &others).await;

    // The journal's log is read while it is still there, and everything again after an orderly end.
    let backup = it.folder.path().join("kept.sqlite");
    assert!(
        it.command(&["backup"])
            .arg(&backup)
            .status()
            .unwrap()
            .success()
    );
    let look = |when: &str| {
        let mut looked = 0;
        for path in files(it.folder.path()) {
            let bytes = std::fs::read(&path).unwrap();
            looked += bytes.len();
            for secret in others.iter().chain([&number]) {
                assert!(
                    !holds(&bytes, secret),
                    "{when}: {} holds a citizen number",
                    path.display()
                );
            }
        }
        looked
    };
    let running = look("running");
    assert!(
        files(it.folder.path())
            .iter()
            .any(|p| p.to_string_lossy().ends_with("sqlite-wal"))
    );
    assert!(serving.stop().success());
    let stopped = look("stopped");
    for (path, page) in &said {
        for secret in others.iter().chain([&number]) {
            assert!(
                !holds(page.as_bytes(), secret),
                "{path} shows a citizen number"
            );
        }
    }
    let lines = std::fs::read_to_string(&log).unwrap().lines().count();
    assert!(lines >= 5, "the log was really written: {lines} lines");
    // It was really used: four persons are known by one, and the understood message is hers.
    assert_eq!(
        count(&it, "SELECT count(*) FROM card WHERE kind = 'national_id'"),
        4
    );
    let hers = "SELECT count(*) FROM observation o JOIN person p ON p.id = o.person_id WHERE p.name = '赵一二' AND o.basis = 'card_in_message'";
    assert_eq!(count(&it, hers), 1);
    // Audit lines hold ids and words only.
    let other = "SELECT count(*) FROM audit WHERE object GLOB '*[^a-zA-Z0-9_.: -]*' OR action GLOB '*[^a-z_.]*'";
    assert_eq!(count(&it, other), 0);
    eprintln!(
        "searched {running} bytes running, {stopped} stopped, {} pages, {lines} log lines at trace",
        said.len()
    );
}

/// A browser's session in bytes.
struct Browser {
    client: reqwest::Client,
    base: String,
}

impl Browser {
    async fn get(&self, path: &str) -> (String, String) {
        let answer = self
            .client
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap();
        (path.to_owned(), answer.text().await.unwrap())
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (String, String) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send(path, "application/x-www-form-urlencoded", form.finish())
            .await
    }

    async fn send(&self, path: &str, kind: &str, body: String) -> (String, String) {
        let answer = self
            .client
            .post(format!("{}{path}", self.base))
            .header("origin", &self.base)
            .header("content-type", kind)
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        assert!(status.as_u16() < 500, "{path}: {status}");
        (path.to_owned(), answer.text().await.unwrap())
    }
}

/// What every page and answer said.
async fn by_every_door(
    it: &Installation,
    ingest: std::net::SocketAddr,
    token: &str,
    number: &str,
    others: &[String],
) -> Vec<(String, String)> {
    let base = format!("http://{}", it.web);
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .build()
        .unwrap();
    let browser = Browser { client, base };
    let mut said = vec![
        browser
            .post("/sign-in", &[("login", "admin"), ("password", PASSWORD)])
            .await,
    ];

    // A message that a profile understands, with the number as its card; one that none does; an HTTP push.
    let ask = Connect {
        client_id: "qube:1",
        ..Connect::as_user("qube", "pw")
    };
    let mut device = Raw::let_in(it.mqtt, &ask).await;
    let body =
        format!(r#"{{"sys":131,"dia":82,"pulse":66,"national_id":"{number}","card":"{number}"}}"#);
    device
        .publish(1, 1, "centres/c2/devices/qube-1/bp", body.as_bytes())
        .await;
    device.expect(0x40, 1).await;
    let kiosk = format!(
        r#"{{"time":1739360702,"type":"reportAttribute","citiz":"{number}","nameTH":"x","more":"{number}",
            "data":{{"attribute":"WBP_JUMPER","ble_mac":"qube-1","value":{{"bp_high":120,"bp_low":78,"pr":71}}}}}}"#
    );
    device
        .publish(1, 3, "CM4_BLE_GW_TX", kiosk.as_bytes())
        .await;
    device.expect(0x40, 3).await;
    device
        .publish(
            1,
            2,
            "nobody/knows",
            format!("id={number};{}", number.to_lowercase()).as_bytes(),
        )
        .await;
    device.expect(0x40, 2).await;
    let pushed = browser
        .client
        .post(format!("http://{ingest}/ingest/qube"))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(format!(r#"{{"idCard":"{number}","sbp":131}}"#));
    said.push((
        "/ingest/qube".to_owned(),
        pushed.send().await.unwrap().text().await.unwrap(),
    ));

    // Forms: refused with the number in them, accepted with it, looked for by it, given as a card.
    let wrong = [
        ("name", ""),
        ("centre", "2"),
        ("citizen", number),
        ("phone", "x"),
    ];
    said.push(browser.post("/persons/new", &wrong).await);
    let good = [
        ("name", "李七八"),
        ("centre", "2"),
        ("citizen", others[1].as_str()),
    ];
    said.push(browser.post("/persons/new", &good).await);
    said.push(
        browser
            .post(
                "/persons/1/cards",
                &[("number", others[2].as_str()), ("reader", "hex_10")],
            )
            .await,
    );
    said.push(
        browser
            .post(
                "/persons/1/cards",
                &[("number", number), ("reader", "as_typed")],
            )
            .await,
    );
    said.push(browser.get(&format!("/persons?name={number}")).await);
    said.push(
        browser
            .get(&format!("/persons?name={}", number.to_lowercase()))
            .await,
    );
    let sheet = format!(
        "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n\
         姓名,身份证号,村站\n周九十,{},c2\n吴,{number}1,c2\n郑,{number},c2\n\r\n--B--\r\n",
        others[0]
    );
    let preview = browser
        .send("/roster/import", "multipart/form-data; boundary=B", sheet)
        .await;
    let key = preview.1.split("/roster/import/").nth(1).unwrap()[..32].to_owned();
    said.push(preview);
    said.push(
        browser
            .get(&format!("/roster/import/{key}/refused.csv"))
            .await,
    );
    said.push(
        browser
            .post(
                &format!("/roster/import/{key}"),
                &[("choice", "good"), ("doubles", "yes")],
            )
            .await,
    );

    // Every page there is, in both languages, once the readings are understood.
    let understood = async {
        while count(it, "SELECT count(*) FROM frame WHERE outcome IS NULL") > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, understood).await.unwrap();
    for language in ["en", "zh-CN"] {
        said.push(
            browser
                .post("/language", &[("to", language), ("back", "/")])
                .await,
        );
        let mut pages: Vec<String> = [
            "/",
            "/persons",
            "/persons?everybody=yes",
            "/operator",
            "/operator/board",
            "/accounts",
            "/roster/import",
            "/roster/export.csv",
            "/metrics",
        ]
        .map(str::to_owned)
        .to_vec();
        for person in 1..=4 {
            for rest in [
                "",
                "/roster",
                "/edit",
                "/targets",
                "/board",
                "/relatives/new",
            ] {
                pages.push(format!("/persons/{person}{rest}"));
            }
        }
        pages.extend(["/centres/1", "/centres/2", "/devices/1", "/devices/2"].map(str::to_owned));
        for page in pages {
            said.push(browser.get(&page).await);
        }
    }
    said
}
