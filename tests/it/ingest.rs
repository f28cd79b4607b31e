//! The HTTP door: kept before answered, every refusal with its status, its word and nothing of the body.

use std::sync::Arc;

use eldercare_hub::decode::mapping;
use eldercare_hub::journal::Which;
use eldercare_hub::sources::http::{Door, Interpret, OPENAPI, Parts, Rule, Said, Settings, Source};
use eldercare_hub::sources::secret::Secret;
use eldercare_hub::vitals::{FrameRow, SystemClock};
use jiff::tz::TimeZone;
use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{House, decoder, profiles};

const JSON: &str = "application/json";
const GOOD: &str = r#"{"readingType":"BloodPressure","deviceId":"cuff-1","time":"1776124800000","data":{"systolic":131,"diastolic":82,"pulse":66}}"#;

fn token(name: &str) -> String {
    format!("token-of-{name}-for-tests")
}

fn sources() -> Vec<Source> {
    [
        "telli-health",
        "form-cuff",
        "lifesense",
        "ihealth",
        "yuwell-gateway",
        "stranger",
    ]
    .map(|name| Source {
        max_body_bytes: 70_000,
        ..Source::new(name, Secret::new(token(name)))
    })
    .to_vec()
}

fn interpret() -> Interpret {
    let set = profiles();
    let site = TimeZone::get("Asia/Shanghai").unwrap();
    Arc::new(move |frame| Said {
        interpretation: mapping::interpret(&set, frame, &site),
        reply: mapping::reply(&set, frame),
    })
}

struct Open {
    house: House,
    door: Door,
}

async fn open() -> Open {
    open_with(Settings::default(), sources(), interpret()).await
}

async fn open_with(settings: Settings, sources: Vec<Source>, interpret: Interpret) -> Open {
    open_in(House::new(), settings, sources, interpret).await
}

async fn open_in(
    house: House,
    settings: Settings,
    sources: Vec<Source>,
    interpret: Interpret,
) -> Open {
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..settings
    };
    let parts = Parts {
        inlet: house.road.clone(),
        clock: Arc::new(SystemClock),
        sources,
        interpret,
    };
    let door = Door::start(&settings, parts).await.unwrap();
    Open { house, door }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    content_type: String,
    retry_after: Option<String>,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// Status, word, kept and the first place and rule of a problem document.
    fn problem(&self) -> (u16, String, bool, String) {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        let document = self.json();
        assert_eq!(document["status"], self.status);
        let word = document["type"]
            .as_str()
            .unwrap()
            .strip_prefix("/problems/");
        let at = &document["errors"][0];
        let at = match at.is_null() {
            true => String::new(),
            false => format!(
                "{} {}",
                at["pointer"].as_str().unwrap(),
                at["rule"].as_str().unwrap()
            ),
        };
        let kept = document["kept"].as_bool().unwrap();
        (self.status, word.unwrap().to_owned(), kept, at)
    }
}

async fn read(response: reqwest::Response) -> Answer {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Answer {
        status: response.status().as_u16(),
        content_type: header("content-type").unwrap_or_default(),
        retry_after: header("retry-after"),
        body: response.text().await.unwrap(),
    }
}

impl Open {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.door.address())
    }

    async fn post(&self, name: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = reqwest::Client::new()
            .post(self.url(&format!("/ingest/{name}")))
            .bearer_auth(token(name))
            .header("content-type", content_type)
            .body(body);
        read(request.send().await.unwrap()).await
    }

    fn frames(&self) -> i64 {
        self.house.count("SELECT count(*) FROM frame")
    }

    /// How the last kept frame ended, once the road is through with it.
    async fn outcome(&self) -> String {
        let last = self.house.count("SELECT max(id) FROM frame");
        self.house.road.understood(FrameRow(last)).await;
        let path = self.house.folder.path().join("journal.sqlite");
        let conn = rusqlite::Connection::open(path).unwrap();
        conn.query_row("SELECT outcome FROM frame WHERE id = ?1", [last], |r| {
            r.get(0)
        })
        .unwrap()
    }

    /// Sends these bytes as they are and reads until the other side closes or an answer's head and body are whole.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut tcp = TcpStream::connect(self.door.address()).await.unwrap();
        tcp.write_all(bytes).await.unwrap();
        let mut said = Vec::new();
        let _ = tcp.read_to_end(&mut said).await;
        String::from_utf8_lossy(&said).into_owned()
    }
}

fn head(more: &str) -> String {
    format!(
        "POST /ingest/telli-health HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Type: {JSON}\r\n{more}\r\n",
        token("telli-health")
    )
}

#[tokio::test]
async fn a_post_is_on_disk_when_it_is_answered_and_becomes_a_reading() {
    let open = open().await;
    let answer = open.post("telli-health", JSON, GOOD).await;
    assert_eq!((answer.status, open.frames()), (200, 1), "{answer:?}");
    let said = answer.json();
    assert_eq!(said["kept"], true);
    assert_eq!(
        (&said["status"], &said["readings"]),
        (&"ok".into(), &1.into())
    );
    assert_eq!(open.outcome().await, "readings");
    let frame = "SELECT count(*) FROM frame WHERE transport = 'http' AND source = 'telli-health' AND topic = '/ingest/telli-health'";
    assert_eq!(open.house.count(frame), 1);
    assert!(open.house.findings().is_empty());
    let standing = open.door.standing()();
    let of = standing.iter().find(|s| s.name == "telli-health").unwrap();
    assert_eq!((of.kept, of.problems.len()), (1, 0));
    assert!(of.last_kept.is_some());
    open.door.stop().await;
}

#[tokio::test]
async fn a_profile_that_prescribes_an_answer_is_obeyed() {
    let open = open().await;
    let form = "application/x-www-form-urlencoded";
    let body = "imei=cuff-1&sys=131&dia=82&pul=66&time=20260414080000";
    let answer = open.post("form-cuff", form, body).await;
    assert_eq!(
        (answer.status, &answer.content_type[..], &answer.body[..]),
        (200, "text/plain", "OK")
    );
    assert_eq!(open.outcome().await, "readings");
    // Not understood: the vendor's "OK" would be a lie.
    let answer = open.post("form-cuff", form, "sys=131&dia=82").await;
    assert_eq!(answer.problem().0, 422);
}

#[rstest]
#[case::not_utf8(b"\xff\xfe{}".to_vec(), (422, "not_understood", " not_utf8"))]
#[case::duplicate_key(br#"{"a":1,"a":2}"#.to_vec(), (422, "not_understood", " duplicate_key"))]
#[case::deep([b"[".repeat(1000), b"]".repeat(1000)].concat(), (422, "not_understood", " too_deep"))]
#[case::nan(GOOD.replace("131", "NaN").into(), (422, "not_understood", " bad_json"))]
#[case::cut(GOOD[..40].into(), (422, "not_understood", " bad_json"))]
#[case::empty(b"".to_vec(), (422, "not_understood", " bad_json"))]
#[case::other_type(GOOD.replace("BloodPressure", "Weight").into(), (422, "not_understood", " no_profile"))]
#[case::no_device(GOOD.replace("deviceId", "deviceNo").into(), (422, "not_understood", "/deviceId no_device"))]
#[case::huge_exponent(GOOD.replace("131", "1e400").into(), (422, "value_refused", "/data/systolic number_out_of_range"))]
#[case::full_width(GOOD.replace("131", "\"１３１\"").into(), (422, "value_refused", "/data/systolic not_a_number"))]
#[case::implausible(GOOD.replace("131", "301").into(), (422, "value_refused", "/data/systolic implausible_systolic"))]
#[case::crossed(GOOD.replace("131", "82").into(), (422, "value_refused", "/data/systolic systolic_not_above_diastolic"))]
#[case::dashes(GOOD.replace("131", "\"----\"").replace("82", "\"----\"").into(), (200, "ignored", ""))]
#[case::half(GOOD.replace("131", "\"----\"").into(), (422, "not_understood", " incomplete"))]
#[case::zero_pulse(GOOD.replace("66", "0").into(), (200, "ok", ""))]
#[case::byte_order_mark([b"\xef\xbb\xbf", GOOD.as_bytes()].concat(), (200, "ok", ""))]
#[case::far_future(GOOD.replace("1776124800000", "4102444800000").into(), (200, "ok", ""))]
#[case::no_time(GOOD.replace("\"time\"", "\"times\"").into(), (200, "ok", ""))]
#[case::unknown_device(GOOD.replace("cuff-1", "cuff-9").into(), (200, "ok", ""))]
#[case::too_long_for_the_profile(format!("{GOOD}{}", " ".repeat(65_537 - GOOD.len())).into(), (422, "not_understood", " payload_too_large"))]
#[tokio::test]
async fn any_admitted_body_is_kept_and_has_its_answer(
    #[case] body: Vec<u8>,
    #[case] want: (u16, &str, &str),
) {
    let open = open().await;
    let first = open.post("telli-health", JSON, body.clone()).await;
    let outcome = open.outcome().await;
    if first.status == 200 {
        assert_eq!(
            (first.status, first.json()["status"].as_str().unwrap()),
            (want.0, want.1)
        );
    } else {
        let (status, word, kept, at) = first.problem();
        assert_eq!((status, &word[..], &at[..]), want);
        assert!(kept);
    }
    // What is answered and what is recorded agree; an unknown device is the roster's matter.
    let good = ["readings", "ignored"].contains(&&outcome[..]) || first.body.contains("\"ok\"");
    assert_eq!(first.status == 200, good, "{outcome}");
    // The same body again: kept again, the same answer, never a second reading.
    let again = open.post("telli-health", JSON, body).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(open.frames(), 2);
    open.outcome().await;
    assert!(open.house.count("SELECT count(*) FROM reading") <= 1);
    assert!(open.house.findings().is_empty());
}

#[tokio::test]
async fn the_same_body_has_the_same_answer_after_a_replay_and_a_restart() {
    let half = GOOD.replace(",\"diastolic\":82", "");
    let refused = GOOD.replace("131", "999");
    let mut open = open().await;
    let mut first: Vec<(u16, String)> = Vec::new();
    for moment in ["first", "again", "replayed", "restarted"] {
        let mut said = Vec::new();
        for body in [GOOD, &half, &refused, "{"] {
            let answer = open.post("telli-health", JSON, body.to_owned()).await;
            said.push((answer.status, answer.body));
        }
        if moment == "first" {
            let statuses: Vec<u16> = said.iter().map(|(status, _)| *status).collect();
            assert_eq!(statuses, [200, 422, 422, 422]);
            first = said;
        } else {
            assert_eq!(said, first, "{moment}");
        }
        open.outcome().await;
        assert_eq!(open.house.count("SELECT count(*) FROM reading"), 1);
        match moment {
            "again" => {
                let done = open
                    .house
                    .road
                    .interpret_again("test", Which::NotUsed)
                    .await;
                assert!(done.unwrap().changes.is_empty());
            }
            "replayed" => {
                let Open { house, door } = open;
                door.stop().await;
                let house = house.restart(decoder());
                open = open_in(house, Settings::default(), sources(), interpret()).await;
            }
            _ => {}
        }
    }
    assert_eq!(open.frames(), 16);
}

#[tokio::test]
async fn a_path_without_a_profile_and_a_time_without_a_zone() {
    let open = open().await;
    let stranger = open.post("stranger", JSON, GOOD).await;
    assert_eq!(
        stranger.problem(),
        (422, "not_understood".into(), true, " no_profile".into())
    );
    let zoneless =
        r#"{"device_id":"cuff-1","timestamp":"2026-04-14T08:00:00","sys":131,"dia":82,"pulse":66}"#;
    assert_eq!(
        open.post("yuwell-gateway", JSON, zoneless).await.status,
        200
    );
    assert_eq!(open.outcome().await, "readings");
}

#[tokio::test]
async fn one_bad_element_leaves_the_good_ones() {
    let open = open().await;
    let body = r#"{"BPUnit":0,"BPDataList":[
        {"DeviceID":"cuff-1","HP":131,"LP":82,"HR":66,"MDate":1776124800,"DataID":"a"},
        {"DeviceID":"cuff-1","HP":999,"LP":82,"HR":66,"MDate":1776124860,"DataID":"b"},
        {"DeviceID":"cuff-1","HP":128,"LP":80,"HR":64,"MDate":1776124920,"DataID":"c"}]}"#;
    let answer = open.post("ihealth", JSON, body).await;
    assert_eq!(answer.status, 200);
    let said = answer.json();
    assert_eq!(said["readings"], 2);
    let places: Vec<&str> = said["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/BPDataList/1/HP"]);
    open.outcome().await;
    assert_eq!(open.house.count("SELECT count(*) FROM reading"), 2);
}

#[tokio::test]
async fn a_body_without_number_or_time_is_one_inside_the_resend_window() {
    let open = open().await;
    let body = "imei=cuff-1&sys=131&dia=82&pul=66";
    for _ in 0..2 {
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(open.post("form-cuff", form, body).await.status, 200);
    }
    assert_eq!(open.outcome().await, "duplicate");
    assert_eq!(open.frames(), 2);
    assert_eq!(open.house.count("SELECT count(*) FROM reading"), 1);
}

#[tokio::test]
async fn what_is_refused_is_not_kept() {
    let open = open().await;
    let url = open.url("/ingest/telli-health");
    let client = reqwest::Client::new();
    let right = token("telli-health");
    let other = token("lifesense");
    let ask = || client.post(&url).body(GOOD);
    let table = [
        (ask().header("content-type", JSON), (401, "token")),
        (
            ask().header("content-type", JSON).bearer_auth(&other),
            (401, "token"),
        ),
        (
            ask().header("content-type", JSON).bearer_auth(&right[1..]),
            (401, "token"),
        ),
        (
            ask()
                .header("content-type", JSON)
                .basic_auth("telli-health", Some(&right)),
            (401, "token"),
        ),
        (
            ask()
                .header("content-type", JSON)
                .header("x-api-key", &other),
            (401, "token"),
        ),
        (
            client
                .post(open.url("/ingest/nobody"))
                .header("content-type", JSON)
                .bearer_auth(&right)
                .body(GOOD),
            (401, "token"),
        ),
        (
            client
                .post(open.url("/ingest/%FF"))
                .header("content-type", JSON)
                .bearer_auth(&right)
                .body(GOOD),
            (401, "token"),
        ),
        (
            ask()
                .header("content-type", JSON)
                .bearer_auth(&right)
                .header("x-api-key", &right),
            (400, "one_header"),
        ),
        (
            ask()
                .header("content-type", JSON)
                .header("content-type", "text/plain")
                .bearer_auth(&right),
            (400, "one_header"),
        ),
        (
            ask()
                .header("x-api-key", &right)
                .header("x-api-key", &right),
            (400, "one_header"),
        ),
        (ask().bearer_auth(&right), (415, "content_type")),
        (
            ask()
                .header("content-type", "image/png")
                .bearer_auth(&right),
            (415, "content_type"),
        ),
        (
            ask()
                .header("content-type", JSON)
                .header("content-encoding", "gzip")
                .bearer_auth(&right),
            (415, "content_encoding"),
        ),
        (client.get(&url).bearer_auth(&right), (405, "method")),
        (
            client.put(&url).bearer_auth(&right).body(GOOD),
            (405, "method"),
        ),
        (
            client
                .post(open.url("/ingest/telli-health/more"))
                .bearer_auth(&right)
                .body(GOOD),
            (404, "no_such_path"),
        ),
        (client.post(open.url("/")).body(GOOD), (404, "no_such_path")),
        (
            client.get(open.url("/problems/else")),
            (404, "no_such_path"),
        ),
        (
            ask()
                .header("content-type", JSON)
                .bearer_auth(&right)
                .body(vec![b' '; 1_048_576]),
            (413, "too_large"),
        ),
    ];
    for (at, (request, want)) in table.into_iter().enumerate() {
        let answer = read(request.send().await.unwrap()).await;
        let (status, word, kept, _) = answer.problem();
        assert_eq!(
            (status, &word[..], kept),
            (want.0, want.1, false),
            "case {at}"
        );
    }
    assert_eq!(open.frames(), 0);
    // One path, however it is written.
    let encoded = client
        .post(open.url("/ingest/telli%2Dhealth"))
        .header("content-type", "application/json; charset=utf-8")
        .header("x-api-key", &right)
        .body(GOOD);
    assert_eq!(encoded.send().await.unwrap().status(), 200);
    assert_eq!(
        open.house
            .count("SELECT count(*) FROM frame WHERE topic = '/ingest/telli-health'"),
        1
    );
}

#[tokio::test]
async fn a_body_has_its_length_and_not_a_byte_more() {
    let open = open().await;
    for (bytes, status) in [(69_999, 422), (70_000, 422), (70_001, 413)] {
        assert_eq!(
            open.post("telli-health", JSON, vec![b' '; bytes])
                .await
                .status,
            status
        );
        // The same without an announced length.
        let chunks = futures_util::stream::iter(
            vec![b' '; bytes]
                .chunks(1000)
                .map(|c| Ok::<_, std::io::Error>(c.to_vec()))
                .collect::<Vec<_>>(),
        );
        let answer = open
            .post("telli-health", JSON, reqwest::Body::wrap_stream(chunks))
            .await;
        assert_eq!(answer.status, status, "chunked {bytes}");
    }
    assert_eq!(open.frames(), 4);
}

#[tokio::test]
async fn over_the_rate_is_refused_and_told_when_to_come_again() {
    let slow = Source {
        rate_per_s: 1,
        burst: 2,
        ..Source::new("telli-health", Secret::new(token("telli-health")))
    };
    let open = open_with(Settings::default(), vec![slow], interpret()).await;
    let mut refused = 0;
    for _ in 0..10 {
        let answer = open.post("telli-health", JSON, GOOD).await;
        if answer.status == 200 {
            continue;
        }
        assert_eq!(answer.problem(), (429, "rate".into(), false, String::new()));
        assert_eq!(answer.retry_after.as_deref(), Some("1"));
        refused += 1;
    }
    assert!(refused >= 1);
    assert_eq!(open.frames(), 10 - refused);
}

#[tokio::test]
async fn who_waits_for_a_go_ahead_gets_it_or_the_refusal() {
    let open = open().await;
    let mut tcp = TcpStream::connect(open.door.address()).await.unwrap();
    let asked = head(&format!(
        "Expect: 100-continue\r\nConnection: close\r\nContent-Length: {}\r\n",
        GOOD.len()
    ));
    tcp.write_all(asked.as_bytes()).await.unwrap();
    let mut go = [0; 25];
    tcp.read_exact(&mut go).await.unwrap();
    assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(open.frames(), 0);
    tcp.write_all(GOOD.as_bytes()).await.unwrap();
    let mut said = String::new();
    tcp.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    let refused = head("Expect: 100-continue\r\nContent-Length: 70001\r\n");
    assert!(
        open.raw(refused.as_bytes())
            .await
            .starts_with("HTTP/1.1 413")
    );
    let nobody = refused.replace("Bearer token", "Bearer taken");
    assert!(
        open.raw(nobody.as_bytes())
            .await
            .starts_with("HTTP/1.1 401")
    );
    assert_eq!(open.frames(), 1);
}

#[tokio::test]
async fn odd_requests_have_one_answer_and_keep_nothing() {
    let open = open().await;
    let body = "{}";
    let status = |said: &str| said.split(' ').nth(1).unwrap_or("closed").to_owned();
    for (what, bytes, want) in [
        (
            "two lengths",
            head("Content-Length: 2\r\nContent-Length: 3\r\n") + body,
            "400",
        ),
        ("no number", head("Content-Length: two\r\n") + body, "400"),
        ("negative", head("Content-Length: -2\r\n") + body, "400"),
        (
            "chunks of nonsense",
            head("Transfer-Encoding: chunked\r\n") + "zz\r\n",
            "400",
        ),
        ("many headers", head(&"X-More: 1\r\n".repeat(200)), "431"),
        (
            "a long header",
            head(&format!("X-More: {}\r\n", "1".repeat(20_000))),
            "431",
        ),
        ("no HTTP", "hello\r\n\r\n".to_owned(), "400"),
        (
            "HTTP/2",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            "closed",
        ),
    ] {
        let said = open.raw(bytes.as_bytes()).await;
        assert_eq!(status(&said), want, "{what}: {said}");
    }
    assert_eq!(open.frames(), 0);
}

#[tokio::test]
async fn of_a_length_and_chunks_the_chunks_count_and_the_connection_ends() {
    // RFC 9112, section 6.3: otherwise the rest could pass for another request behind a proxy.
    let open = open().await;
    let both = head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
    let chunk = format!("{:x}\r\n{GOOD}\r\n0\r\n\r\n", GOOD.len());
    let smuggled = "GET /openapi.json HTTP/1.1\r\n\r\n";
    let said = open.raw((both + &chunk + smuggled).as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert_eq!(said.matches("HTTP/1.1").count(), 1, "{said}");
    assert_eq!(open.frames(), 1);
}

#[tokio::test]
async fn a_body_that_stops_half_way_is_not_kept() {
    let open = open().await;
    let mut tcp = TcpStream::connect(open.door.address()).await.unwrap();
    tcp.write_all((head("Content-Length: 100\r\n") + "{\"sys\"").as_bytes())
        .await
        .unwrap();
    tcp.shutdown().await.unwrap();
    let mut said = String::new();
    let _ = tcp.read_to_string(&mut said).await;
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 400"),
        "{said}"
    );
    open.post("telli-health", JSON, GOOD).await;
    assert_eq!(open.frames(), 1);
}

#[tokio::test]
async fn slow_heads_and_bodies_end() {
    let settings = Settings {
        head_s: 1,
        body_s: 1,
        ..Settings::default()
    };
    let open = open_with(settings, sources(), interpret()).await;
    let slow = head("Content-Length: 100\r\n") + "{\"sys\"";
    let said = open.raw(slow.as_bytes()).await;
    assert!(
        said.starts_with("HTTP/1.1 408") && said.contains("/problems/slow_body"),
        "{said}"
    );
    let chunked = head("Transfer-Encoding: chunked\r\n") + "1\r\n{\r\n";
    assert!(
        open.raw(chunked.as_bytes())
            .await
            .starts_with("HTTP/1.1 408")
    );
    // A head that never ends, and one that never begins: closed.
    assert_eq!(
        open.raw(b"POST /ingest/telli-health HTTP/1.1\r\nHost:")
            .await,
        ""
    );
    assert_eq!(open.raw(b"").await, "");
    assert_eq!(open.frames(), 0);
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let settings = Settings {
        max_connections: 1,
        ..Settings::default()
    };
    let open = open_with(settings, sources(), interpret()).await;
    let first = reqwest::Client::new();
    let ask = || first.get(open.url("/openapi.json")).send();
    ask().await.unwrap().text().await.unwrap();
    // `first` keeps its connection.
    let answer = open.post("telli-health", JSON, GOOD).await;
    assert_eq!(answer.problem(), (503, "busy".into(), false, String::new()));
    assert_eq!(answer.retry_after.as_deref(), Some("2"));
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(open.frames(), 0);
}

#[tokio::test]
async fn a_journal_that_cannot_write_holds_back_the_answer_until_it_can() {
    let open = open().await;
    let held = open.house.lock();
    let mut progress = open.house.road.progress();
    let address = open.door.address();
    let mut tcp = TcpStream::connect(address).await.unwrap();
    let request = head(&format!(
        "Connection: close\r\nContent-Length: {}\r\n",
        GOOD.len()
    )) + GOOD;
    tcp.write_all(request.as_bytes()).await.unwrap();
    while progress.borrow().failed_writes < 3 {
        progress.changed().await.unwrap();
    }
    let mut one = [0; 1];
    let early = std::future::poll_fn(|cx| {
        let mut buffer = tokio::io::ReadBuf::new(&mut one);
        std::task::Poll::Ready(tcp.poll_peek(cx, &mut buffer).is_ready())
    });
    assert!(!early.await, "an answer came before the disk had the frame");
    assert_eq!(open.frames(), 0);
    held.let_go();
    let mut said = String::new();
    tcp.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert_eq!(open.frames(), 1);
}

#[tokio::test]
async fn a_hub_that_stops_says_so_and_nothing_was_kept() {
    let open = open().await;
    open.house.road.stop();
    let answer = open.post("telli-health", JSON, GOOD).await;
    assert_eq!(
        answer.problem(),
        (503, "stopping".into(), false, String::new())
    );
    assert_eq!(answer.retry_after.as_deref(), Some("5"));
    assert_eq!(open.frames(), 0);
}

#[tokio::test]
async fn a_profile_that_panics_costs_the_answer_not_the_body() {
    let interpret: Interpret = Arc::new(|_| panic!("a profile's bug"));
    let open = open_with(Settings::default(), sources(), interpret).await;
    for _ in 0..2 {
        let answer = open.post("telli-health", JSON, GOOD).await;
        assert_eq!(
            answer.problem(),
            (
                422,
                "not_understood".into(),
                true,
                " decoder_panicked".into()
            )
        );
    }
    assert_eq!(open.frames(), 2);
}

#[tokio::test]
async fn no_answer_repeats_what_came_in() {
    let open = open().await;
    let marker = "9988776655";
    let bodies = [
        GOOD.replace("131", &format!("\"{marker}\"")),
        GOOD.replace("cuff-1", marker),
        GOOD.replace("cuff-1", &marker.repeat(20)),
        GOOD.replace("BloodPressure", marker),
        GOOD.replace("1776124800000", marker),
        format!(r#"{{"{marker}":1,"{marker}":2}}"#),
        format!("{marker}{GOOD}"),
        format!(
            r#"{{"DeviceID":"{marker}","BPUnit":"{marker}","BPDataList":[{{"HP":"{marker}","{marker}":1}}]}}"#
        ),
    ];
    for body in bodies {
        for name in ["telli-health", "ihealth", "form-cuff", "stranger"] {
            let answer = open.post(name, JSON, body.clone()).await;
            assert!(!answer.body.contains(marker), "{name}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_description_is_served_and_true() {
    let open = open().await;
    let served = reqwest::get(open.url("/openapi.json")).await.unwrap();
    let served: Value = served.json().await.unwrap();
    assert_eq!(served, serde_json::from_str::<Value>(OPENAPI).unwrap());
    let mut words: Vec<&str> = served["components"]["schemas"]["Rule"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    let mut ours: Vec<&str> = Rule::ALL.into_iter().map(Rule::word).collect();
    words.sort_unstable();
    ours.sort_unstable();
    assert_eq!(words, ours);
    let answers = &served["paths"]["/ingest/{source}"]["post"]["responses"];
    for rule in Rule::ALL {
        let status = rule.status().as_u16().to_string();
        assert!(!answers[&status].is_null(), "{status} is not described");
        let about = reqwest::get(open.url(&format!("/problems/{}", rule.word())))
            .await
            .unwrap();
        assert_eq!(about.status(), 200);
        assert!(about.text().await.unwrap().starts_with(rule.title()));
    }
}
