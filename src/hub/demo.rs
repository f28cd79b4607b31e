//! The demo: an invented township in one process, behind the same doors as a real one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::standing_clock::StandingClock;
use super::{Core, Hub, demo_profiles, demo_screen};
use crate::config::{self, Checked, Config, Site};
use crate::demo::roster::{roster, topics};
use crate::demo::{
    BrokerAddress, FaultSwitch, Live, Plan, Size, Township, TruthFile, demo_plan, demo_start, past,
    switch_file, truth_path,
};
use crate::journal::{JournalError, NewAccount, Tx};
use crate::pipeline::{Road, roster as load};
use crate::sources::{broker, secret::Secret};
use crate::vitals::{Clock, Moment};
use crate::{journal, pipeline, web};

/// What the person who starts the demo may choose.
#[derive(Debug, Clone, clap::Args)]
pub struct Wishes {
    /// Folder of the demo's journal and keys.
    #[arg(long = "data", default_value = "./demo-data")]
    pub folder: PathBuf,
    /// Throws the folder's demo away and begins anew.
    #[arg(long)]
    pub fresh: bool,
    /// How many times as fast as the wall clock its clock runs (60: an hour a minute).
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub speed: u32,
    /// Seed of the township; used at a fresh start only.
    #[arg(long, default_value_t = 20260414)]
    pub seed: u64,
    /// Centres of the township, 1 to 9; used at a fresh start only.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub centres: u8,
    /// Elders in each centre, 4 to 80; used at a fresh start only.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u8).range(4..=80))]
    pub elders: u8,
    /// Days of history; used at a fresh start only.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub days: u16,
    /// Where the pages are.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub web: SocketAddr,
    /// Where devices connect with MQTT.
    #[arg(long, default_value = "127.0.0.1:1883")]
    pub mqtt: SocketAddr,
    /// Folder of device profiles.
    #[arg(long, default_value = "config/devices")]
    pub profiles: PathBuf,
    /// Serves the township's history and doors, but lets none of its devices measure.
    #[arg(long)]
    pub quiet: bool,
}

/// What a demo folder remembers of itself, in `demo.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    seed: u64,
    centres: u8,
    elders: u8,
    days: u16,
    /// What the demo's clock showed at its first start.
    began_at: Moment,
    /// Passwords of the devices are made from it.
    secret: i64,
    password: String,
}

/// Anything that stops the demo, in words for a person.
type Stop = Box<dyn std::error::Error>;

const CLOCK: &str = "demo_clock_ms";
/// The file with the first kiosk's password, for a reading by hand.
const KIOSK_PASSWORD: &str = "kiosk.password";
const LOGIN: &str = "admin";
/// Who is on duty, one centre after the other.
const STAFF_NAMES: [&str; 9] = [
    "冯寅卯",
    "马子丑",
    "罗辰巳",
    "梁午未",
    "宋申酉",
    "唐戌亥",
    "邓甲辰",
    "萧乙巳",
    "傅丙午",
];
/// File in the folder that switches faults on while the demo runs.
const FAULTS: &str = "faults.txt";
/// How long a stop waits for the devices to say what they have measured.
const GRACE: Duration = Duration::from_secs(2);
/// How often the clock is saved.
const CLOCK_EVERY: Duration = Duration::from_secs(5);

/// Runs the demo until Ctrl-C.
pub async fn run(wishes: Wishes) -> Result<(), Stop> {
    let (story, new) = story(&wishes)?;
    let checked = settings(&wishes)?;
    let township = Arc::new(Township::new(story.seed, size(&story), day(story.began_at)));
    let start = saved_clock(&wishes.folder, &story)?;
    let clock = Arc::new(StandingClock::new(start, wishes.speed));
    let core = Core::start(&checked, clock.clone())?;
    let plan = demo_plan(story.began_at, i64::from(story.days));
    if new {
        settle(&core, &township, &story).await?;
        let mut truth = TruthFile::open(&truth_path(&wishes.folder), &township, true)?;
        history(&core.road, &township, plan, story.began_at, &mut truth).await?;
        write_story(&wishes.folder, &story)?;
    }
    let accounts = accounts(&township, &story);
    let hub = Hub::start(
        core,
        &checked,
        accounts,
        Some(web::Demo {
            speed: wishes.speed,
        }),
    )
    .await?;
    leave_password(&wishes.folder, &story, &township)?;
    let card = township.persons.first().map_or("", |p| p.card.as_str());
    demo_screen::open(&hub.core.road, wishes.web, card).await?;
    announce(&wishes, &hub, &story, &township);
    let told = CancellationToken::new();
    let faults = Arc::new(FaultSwitch::default());
    tokio::spawn(switch_file::follow(
        wishes.folder.join(FAULTS),
        township.clone(),
        faults.clone(),
        told.clone(),
    ));
    clock.start();
    let living = match (wishes.quiet, &hub.broker) {
        (false, Some(broker)) => {
            let live = Live {
                truth: Some(TruthFile::open(
                    &truth_path(&wishes.folder),
                    &township,
                    false,
                )?),
                township,
                plan,
                from: start,
                clock: clock.clone(),
                faults,
                broker: BrokerAddress {
                    host: broker.address().ip().to_string(),
                    port: broker.address().port(),
                    secret: Some(story.secret.unsigned_abs()),
                },
            };
            Some(tokio::spawn(live.run(told.clone(), GRACE)))
        }
        _ => None,
    };
    keep_clock(&hub.core.road, clock.as_ref(), super::until_told()).await?;
    told.cancel();
    if let Some(living) = living {
        // The clock goes on from what the devices have done, so that none of it is missed.
        let lived = living.await??;
        save_clock(&hub.core.road, lived.until).await?;
    }
    hub.stop().await;
    println!("stopped; the same command goes on from here, --fresh begins anew");
    Ok(())
}

/// Saves the clock now and then until `told`, so that it goes on after a crash too.
async fn keep_clock(
    road: &Road,
    clock: &dyn Clock,
    told: impl Future<Output = ()>,
) -> Result<(), Stop> {
    tokio::pin!(told);
    loop {
        tokio::select! {
            () = &mut told => return save_clock(road, clock.now()).await,
            () = tokio::time::sleep(CLOCK_EVERY) => save_clock(road, clock.now()).await?,
        }
    }
}

async fn save_clock(road: &Road, now: Moment) -> Result<(), Stop> {
    let text = now.as_millisecond().to_string();
    Ok(road.write(move |tx, _| tx.set_fact(CLOCK, &text)).await?)
}

fn story(wishes: &Wishes) -> Result<(Story, bool), Stop> {
    let path = wishes.folder.join("demo.toml");
    if wishes.fresh {
        throw_away(&wishes.folder)?;
    }
    if path.exists() {
        let text = std::fs::read_to_string(&path)?;
        return Ok((toml::from_str(&text)?, false));
    }
    if wishes.folder.join("journal.sqlite").exists() {
        // A first start that did not come to its end: begin it again.
        throw_away(&wishes.folder)?;
    }
    let story = Story {
        seed: wishes.seed,
        centres: wishes.centres,
        elders: wishes.elders,
        days: wishes.days,
        began_at: demo_start(Moment::now()),
        secret: i64::from(rand::random::<u32>()),
        password: format!(
            "{:08x}-{:08x}",
            rand::random::<u32>(),
            rand::random::<u32>()
        ),
    };
    Ok((story, true))
}

fn write_story(folder: &Path, story: &Story) -> Result<(), Stop> {
    Ok(std::fs::write(
        folder.join("demo.toml"),
        toml::to_string(story)?,
    )?)
}

/// Removes what a demo made, and nothing else.
fn throw_away(folder: &Path) -> std::io::Result<()> {
    let ours = [
        "demo.toml",
        "journal.sqlite",
        "journal.sqlite-wal",
        "journal.sqlite-shm",
        "hint.key",
        "seal.key",
        "in-use.lock",
        FAULTS,
        KIOSK_PASSWORD,
    ];
    demo_profiles::remove(folder)?;
    for name in ours {
        match std::fs::remove_file(folder.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

fn settings(wishes: &Wishes) -> Result<Checked, Stop> {
    // Says which folder is missing, or holds no profile, before anything is copied.
    config::read_profiles(&wishes.profiles)?;
    let config = Config {
        site: Site {
            zone: "Asia/Shanghai".to_owned(),
            name: "演示镇卫生院".to_owned(),
            profiles: demo_profiles::copied(&wishes.profiles, &wishes.folder)?,
        },
        journal: journal::Settings {
            folder: wishes.folder.clone(),
            ..journal::Settings::default()
        },
        pipeline: pipeline::Settings::default(),
        web: web::Settings {
            listen: wishes.web,
            ..web::Settings::default()
        },
        mqtt: Vec::new(),
        broker: Some(broker::Settings {
            listen: wishes.mqtt,
            ..broker::Settings::default()
        }),
        ingest: None,
        bluetooth: None,
    };
    config.web.check()?;
    let profile_files = config::read_profiles(&config.site.profiles)?;
    Ok(Checked {
        config,
        zone: TimeZone::get("Asia/Shanghai")?,
        profile_files,
    })
}

fn size(story: &Story) -> Size {
    Size {
        centres: usize::from(story.centres),
        elders: usize::from(story.elders),
    }
}

fn day(at: Moment) -> jiff::civil::Date {
    crate::demo::message::day_of(at)
}

/// What the demo's clock showed when it was stopped.
fn saved_clock(folder: &Path, story: &Story) -> Result<Moment, Stop> {
    let path = folder.join("journal.sqlite");
    if !path.exists() {
        return Ok(story.began_at);
    }
    let fact = journal::open_readers(&path, 1)?.read(|s| s.fact(CLOCK))?;
    let saved = fact
        .and_then(|ms| ms.parse().ok())
        .and_then(|ms| Moment::from_millisecond(ms).ok());
    Ok(saved.unwrap_or(story.began_at))
}

/// Persons, devices and accounts, before the first reading.
async fn settle(core: &Core, township: &Township, story: &Story) -> Result<(), Stop> {
    let since = crate::demo::calendar::moment(
        demo_plan(story.began_at, i64::from(story.days)).first_day,
        0,
    );
    let entries = roster(township, since);
    entries.check()?;
    let hash = web::access::password::hash(&story.password)?;
    let key = core.hint.clone();
    core.road
        .command("demo", "roster.load", move |tx, now| {
            load::load(tx, &entries, &key, now)?;
            demo_accounts(tx, &hash, now)?;
            Ok(((), "roster".to_owned()))
        })
        .await?;
    Ok(())
}

/// One account of each role, and staff for each centre. The names are invented.
fn demo_accounts(tx: &Tx<'_>, hash: &str, now: Moment) -> Result<(), JournalError> {
    let put = |login: &str, role: &str, centre_id: Option<i64>, name: &str| {
        tx.put_account(
            &NewAccount {
                login,
                password_hash: hash,
                role,
                centre_id,
                name,
            },
            now,
        )
    };
    put(LOGIN, "admin", None, "")?;
    put("operator", "operator", None, "")?;
    put("doctor", "doctor", None, "何丙丁")?;
    for (id, code) in tx.centre_codes()? {
        let name = STAFF_NAMES[usize::try_from(id).unwrap_or(0) % STAFF_NAMES.len()];
        put(&staff_login(&code), "staff", Some(id), name)?;
    }
    Ok(())
}

fn staff_login(centre: &str) -> String {
    format!("staff-{centre}")
}

/// The past, with a bar for whoever waits.
async fn history(
    road: &Road,
    township: &Arc<Township>,
    plan: Plan,
    until: Moment,
    truth: &mut TruthFile,
) -> Result<(), Stop> {
    let messages = past::past(township, plan, until);
    let bar = ProgressBar::new(messages.len() as u64).with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}",
    )?);
    bar.set_message("history");
    past::tell(road, township, &messages, truth, |lot| bar.inc(lot as u64)).await?;
    bar.finish_and_clear();
    println!(
        "{} messages of {} days in {:.1} s",
        messages.len(),
        crate::demo::calendar::day_number(day(until))
            - crate::demo::calendar::day_number(plan.first_day),
        bar.elapsed().as_secs_f64()
    );
    Ok(())
}

fn accounts(township: &Township, story: &Story) -> Vec<broker::Account> {
    township
        .devices
        .iter()
        .map(|device| broker::Account {
            user: device.id.clone(),
            password: Secret::new(device.password(story.secret.unsigned_abs())),
            topics: topics(township, device),
            rate_per_s: 200,
        })
        .collect()
}

/// Where to look and as whom to sign in.
fn announce(wishes: &Wishes, hub: &Hub, story: &Story, township: &Township) {
    println!("{}", hub.addresses());
    println!("sign in as {LOGIN} with the password {}", story.password);
    if let Some(centre) = township.centres.first() {
        println!(
            "or, with the same password, as doctor (all centres), {} ({} only) or operator (no health)",
            staff_login(centre.key),
            centre.name_zh
        );
    }
    println!(
        "faults: one name per line in {} (late, duplicate, clock_reset, ...), then devices",
        wishes.folder.join(FAULTS).display()
    );
    if let Some(device) = township.devices.first() {
        println!(
            "a reading by hand:\n  mosquitto_pub -h {} -p {} -i {id}:hand -u {id} -P \"$(cat {})\" -q 1 -t {} -m '{}'",
            wishes.mqtt.ip(),
            wishes.mqtt.port(),
            wishes.folder.join(KIOSK_PASSWORD).display(),
            topics(township, device)[0].replace('+', "bp"),
            example(township),
            id = device.id,
        );
    }
}

/// Leaves the first kiosk's password where a command by hand can read it.
fn leave_password(folder: &Path, story: &Story, township: &Township) -> Result<(), Stop> {
    let Some(device) = township.devices.first() else {
        return Ok(());
    };
    let password = device.password(story.secret.unsigned_abs());
    Ok(std::fs::write(folder.join(KIOSK_PASSWORD), password)?)
}

/// A message anybody can publish: the first person's card on the first device.
fn example(township: &Township) -> String {
    let card = township.persons.first().map_or("", |p| p.card.as_str());
    format!(r#"{{"sys":151,"dia":86,"pulse":72,"card":"{card}"}}"#)
}
