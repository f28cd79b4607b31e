//! Measured, never asserted. `cargo test --release --test it bench -- --ignored --nocapture`

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, interval_at};

use crate::installation::{Installation, PASSWORD, Serving, device};
use crate::raw_mqtt::{Connect, Raw};

const DEVICES: usize = 50;
const PUBACK: u8 = 0x40;

fn body(seq: u16) -> String {
    format!(r#"{{"sys":131,"dia":82,"pulse":66,"seq":{seq}}}"#)
}

async fn connect(to: SocketAddr, n: usize) -> Raw {
    let name = device(n);
    Raw::let_in(to, &Connect::as_user(&name, &format!("pw-{name}"))).await
}

fn topic(n: usize) -> String {
    format!("centres/c1/devices/{}/bp", device(n))
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100].as_secs_f64() * 1000.0
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    println!(
        "{what}: n {}, p50 {:.2} ms, p99 {:.2} ms",
        times.len(),
        percentile(&times, 50),
        percentile(&times, 99)
    );
}

fn resident_mib(serving: &Serving) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.id())).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1024.0
}

/// As many readings as fit through, one in flight per device.
async fn throughput(to: SocketAddr, each: u16) {
    let began = Instant::now();
    let devices: Vec<_> = (0..DEVICES)
        .map(|n| {
            tokio::spawn(async move {
                let mut raw = connect(to, n).await;
                for seq in 1..=each {
                    raw.publish(1, seq, &topic(n), body(seq).as_bytes()).await;
                    raw.expect(PUBACK, seq).await;
                }
            })
        })
        .collect();
    for device in devices {
        device.await.unwrap();
    }
    let all = DEVICES * usize::from(each);
    let took = began.elapsed().as_secs_f64();
    println!(
        "durable readings through MQTT QoS 1, {DEVICES} devices: {all} in {took:.2} s, {:.0}/s",
        all as f64 / took
    );
}

async fn signed_in(web: SocketAddr) -> reqwest::Client {
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .build()
        .unwrap();
    let answer = client
        .post(format!("http://{web}/sign-in"))
        .header("origin", format!("http://{web}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "login=admin&password={}",
            PASSWORD.replace(' ', "+")
        ))
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "sign-in: {}", answer.status());
    client
}

/// Fifty readings a second, each device once a second, each person's page open.
async fn latency(it: &Installation, seconds: u16, first_seq: u16) {
    let client = signed_in(it.web).await;
    let (acks, shown) = (
        Arc::new(Mutex::new(Vec::new())),
        Arc::new(Mutex::new(Vec::new())),
    );
    let mut tasks = Vec::new();
    let start = Instant::now() + Duration::from_secs(1);
    for n in 0..DEVICES {
        let (to, url) = (it.mqtt, format!("http://{}/persons/{}/live", it.web, n + 1));
        let (client, acks, shown) = (client.clone(), acks.clone(), shown.clone());
        tasks.push(tokio::spawn(async move {
            let mut raw = connect(to, n).await;
            let answer = client.get(url).send().await.unwrap();
            assert!(answer.status().is_success());
            let mut events = answer.bytes_stream();
            let offset = Duration::from_millis(1000 * n as u64 / DEVICES as u64);
            let mut every = interval_at(start + offset, Duration::from_secs(1));
            for seq in first_seq..first_seq + seconds {
                every.tick().await;
                let began = Instant::now();
                raw.publish(1, seq, &topic(n), body(seq).as_bytes()).await;
                raw.expect(PUBACK, seq).await;
                acks.lock().await.push(began.elapsed());
                loop {
                    let bytes = events.next().await.unwrap().unwrap();
                    if bytes.windows(7).any(|w| w == b"changed") {
                        break;
                    }
                }
                shown.lock().await.push(began.elapsed());
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    report("publish to PUBACK at 50/s", acks.lock().await.clone());
    report(
        "publish to the page's event at 50/s",
        shown.lock().await.clone(),
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; run it by name"]
async fn bench() {
    let it = Installation::new(DEVICES);
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let serving = it.serve();
        starts.push(began.elapsed());
        serving.stop();
    }
    report("start to open doors", starts);
    let serving = it.serve();
    println!(
        "resident after the start: {:.1} MiB",
        resident_mib(&serving)
    );
    throughput(it.mqtt, 1000).await;
    println!(
        "resident after {} readings: {:.1} MiB",
        DEVICES * 1000,
        resident_mib(&serving)
    );
    latency(&it, 20, 2000).await;
    println!(
        "resident with {DEVICES} pages open: {:.1} MiB",
        resident_mib(&serving)
    );
    serving.stop();
}

/// Five years, in hours.
const FIVE_YEARS_H: usize = 43_800;

/// Feeds a history of `each` readings, spread evenly over five years, for each of `persons`, through keep and
/// understand.
async fn history(it: &Installation, persons: usize, each: usize) {
    use eldercare_hub::vitals::{Frame, FrameRow, Inlet, Moment, SystemClock, Transport};
    let checked = eldercare_hub::config::load(&it.folder.path().join("hub.toml")).unwrap();
    let core = eldercare_hub::hub::Core::start(&checked, Arc::new(SystemClock)).unwrap();
    let began = Instant::now();
    let (mut last, mut count) = (FrameRow(0), 0usize);
    for step in 0..each {
        let hours = i64::try_from(FIVE_YEARS_H * (each - step) / each).unwrap();
        let at = Moment::now() - jiff::SignedDuration::from_hours(hours);
        let keeping: Vec<_> = (0..persons)
            .map(|n| {
                let sys = 118 + (step * 7 + n) % 50;
                core.road.keep(Frame {
                    transport: Transport::EmbeddedMqtt,
                    source: device(n),
                    topic: topic(n),
                    payload: format!(r#"{{"sys":{sys},"dia":80,"seq":{step},"at":"{at}"}}"#)
                        .into_bytes(),
                    received_at: at,
                    retained: false,
                    may_be_late: false,
                    refused: None,
                })
            })
            .collect();
        count += keeping.len();
        for kept in keeping {
            last = kept.await.unwrap();
        }
        core.road.understood(last).await;
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "{count} readings of {persons} persons kept and understood in {took:.1} s, {:.0}/s",
        count as f64 / took
    );
    tokio::task::spawn_blocking(move || core.stop())
        .await
        .unwrap();
}

async fn page_times(it: &Installation, what: &str) {
    let serving = it.serve();
    let client = signed_in(it.web).await;
    for path in ["/persons/1?days=90", "/persons/1?days=all", "/"] {
        let mut times = Vec::new();
        for _ in 0..30 {
            let began = Instant::now();
            let answer = client
                .get(format!("http://{}{path}", it.web))
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_success());
            answer.bytes().await.unwrap();
            times.push(began.elapsed());
        }
        report(&format!("{what}, GET {path}"), times);
    }
    println!(
        "{what}: journal {:.0} MiB, resident {:.1} MiB",
        std::fs::metadata(it.journal()).unwrap().len() as f64 / 1_048_576.0,
        resident_mib(&serving)
    );
    serving.stop();
}

/// A thousand elders over five years (two million observations; the short form 50 000) beside one elder with
/// as many readings of her own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; run it by name"]
async fn bench_large() {
    let each = if crate::installation::long_form() {
        2000
    } else {
        50
    };
    for (what, persons) in [("small journal", 1), ("large journal", 1000)] {
        let it = Installation::new(persons);
        history(&it, persons, each).await;
        page_times(&it, what).await;
    }
}
