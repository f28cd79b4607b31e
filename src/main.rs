//! Arguments, logging, exit codes.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use eldercare_hub::config::{self, Checked};
use eldercare_hub::decode::profile::ProfileSet;
use eldercare_hub::hub::{self, Core, Folder, Hub, Keys, accounts, tools};
use eldercare_hub::journal::{Journal, check, open_readers};
use eldercare_hub::people::roster::RosterFile;
use eldercare_hub::pipeline::roster;
use eldercare_hub::vitals::{Clock, SystemClock};
use eldercare_hub::web;

/// Health readings of an elderly day-care township: collected, attributed, kept, shown.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The whole hub with an invented township, in one process.
    Demo(hub::demo::Wishes),
    /// The demo's devices, measuring and publishing to any MQTT broker.
    Simulate(hub::simulate::Wishes),
    /// The hub of a real place.
    Serve(WithConfig),
    /// Reads the settings and everything they name, and says what cannot stand.
    CheckConfig(WithConfig),
    /// Verifies the journal's file and its promises.
    Check(WithConfig),
    /// Copies the journal into one verified file, also while the hub runs. The key files are not in it.
    Backup {
        /// A new file, or a folder in which one is made.
        to: PathBuf,
        #[command(flatten)]
        with: WithConfig,
    },
    /// Puts a backup in the journal's place; the hub must be stopped and the key files must be there.
    Restore {
        /// The file that `backup` made.
        from: PathBuf,
        /// Even where a journal is; the old one is kept beside it.
        #[arg(long)]
        overwrite: bool,
        #[command(flatten)]
        with: WithConfig,
    },
    /// Accounts that may sign in.
    #[command(subcommand)]
    Account(AccountAct),
    /// Centres, persons and devices.
    #[command(subcommand)]
    Roster(RosterAct),
    /// Bluetooth devices: who is near, pair, list, forget.
    Device {
        #[command(subcommand)]
        act: hub::device::DeviceAct,
        /// The settings file.
        #[arg(
            long,
            env = "HUB_CONFIG",
            default_value = "config/hub.toml",
            global = true
        )]
        config: PathBuf,
    },
    /// Writes readings as CSV to standard output.
    Export {
        /// Number of one person; everybody when left out.
        #[arg(long)]
        person: Option<i64>,
        /// First day, YYYY-MM-DD.
        #[arg(long, default_value = "2000-01-01")]
        from: jiff::civil::Date,
        /// Last day, YYYY-MM-DD.
        #[arg(long, default_value = "2999-12-31")]
        until: jiff::civil::Date,
        #[command(flatten)]
        with: WithConfig,
    },
    /// Shows what a profile makes of messages: lines `{"topic", "payload", "received_at"}` in, readings out.
    Map {
        /// The profile, a file like those in `config/devices`.
        #[arg(long)]
        profile: PathBuf,
        /// Zone of times that name none.
        #[arg(long, default_value = "Asia/Shanghai")]
        site_tz: String,
    },
    /// Shows what the profiles make of frames that are kept, without changing anything; or interprets again,
    /// for good, what was not understood or refused.
    Replay(hub::replay::Wishes),
    /// Shows what Bluetooth values mean: lines `{"id", "char", "hex", "profile"?}` in, one JSON line each out.
    Decode {
        /// The lines are whole sessions: `{"id", "profile"?, "events"}`.
        #[arg(long)]
        sessions: bool,
        /// Folder of device profiles.
        #[arg(long, default_value = "config/devices")]
        profiles: PathBuf,
    },
    /// Evaluates case files with the rules and compares with what they expect; exit 1 on any difference.
    Judge {
        /// Folder or file of rules; the shipped set when left out.
        #[arg(long)]
        rules: Option<PathBuf>,
        /// Case files (TOML).
        #[arg(required = true)]
        cases: Vec<PathBuf>,
    },
}

#[derive(clap::Args)]
struct WithConfig {
    /// The settings file.
    #[arg(long, env = "HUB_CONFIG", default_value = "config/hub.toml")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum AccountAct {
    /// Makes an account, or gives it a new password; the password is read from standard input.
    Set {
        #[command(flatten)]
        wishes: accounts::Wishes,
        #[command(flatten)]
        with: WithConfig,
    },
}

#[derive(Subcommand)]
enum RosterAct {
    /// Loads a roster file (TOML), all of it or nothing.
    Load {
        file: PathBuf,
        #[command(flatten)]
        with: WithConfig,
    },
    /// Adds persons from a table (CSV); exit 1 when a line was refused or nothing was added.
    Import {
        #[command(flatten)]
        asked: hub::roster_import::Asked,
        #[command(flatten)]
        with: WithConfig,
    },
}

/// Anything that ends the program early, already in words for a person.
type Stop = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging();
    match run(arguments.what) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error. The MQTT library is silent: it writes a client's own words (a topic filter) into
/// its warnings, and what it warns of the broker says itself. A panic says where, never with which words: they may hold a payload.
fn logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HUB_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new("warn,eldercare_hub=info,mqtt5=off")
    });
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        lines.init();
    } else {
        lines.with_ansi(false).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic
            .location()
            .map_or(("", 0), |at| (at.file(), at.line()));
        tracing::error!(file, line, "panic");
    }));
}

fn run(what: What) -> Result<ExitCode, Stop> {
    match what {
        What::Demo(wishes) => runtime()?.block_on(async {
            let looked = tokio::task::spawn_blocking(say_without_font);
            let ended = hub::demo::run(wishes).await;
            looked.abort();
            ended
        })?,
        What::Simulate(wishes) => runtime()?.block_on(hub::simulate::run(wishes))?,
        What::Serve(with) => {
            let checked = config::load(&with.config)?;
            runtime()?.block_on(serve(checked))?;
        }
        What::CheckConfig(with) => {
            let checked = config::load(&with.config)?;
            ProfileSet::parse(&checked.profile_files)?;
            tools::bluetooth_profiles(&checked.profile_files)?;
            hub::accounts(&checked)?;
            hub::ingest_sources(&checked)?;
            checked.config.web.fetch_metrics_token()?;
            println!(
                "{}: in order, {} profiles",
                with.config.display(),
                checked.profile_files.len()
            );
            say_without_font();
        }
        What::Check(with) => return check_journal(&config::load(&with.config)?),
        What::Backup { to, with } => hub::backup::tell_backup(&config::load(&with.config)?, &to)?,
        What::Restore {
            from,
            overwrite,
            with,
        } => hub::backup::tell_restore(&config::load(&with.config)?, &from, overwrite)?,
        What::Account(AccountAct::Set { wishes, with }) => {
            set_account(&config::load(&with.config)?, &wishes)?;
        }
        What::Device { act, config } => {
            let checked = config::load(&config)?;
            runtime()?.block_on(hub::device::run(&checked, &act))?;
        }
        What::Roster(RosterAct::Load { file, with }) => {
            load_roster(&config::load(&with.config)?, &file)?;
        }
        What::Roster(RosterAct::Import { asked, with }) => {
            if !hub::roster_import::import(&config::load(&with.config)?, &asked)? {
                return Ok(ExitCode::FAILURE);
            }
        }
        What::Export {
            person,
            from,
            until,
            with,
        } => {
            tools::export_readings(&config::load(&with.config)?, person, from, until)?;
        }
        What::Map { profile, site_tz } => tools::map(&profile, &site_tz)?,
        What::Replay(wishes) => hub::replay::run(&wishes)?,
        What::Decode { sessions, profiles } => tools::decode(&profiles, sessions)?,
        What::Judge { rules, cases } => {
            if !tools::judge(rules.as_deref(), &cases)? {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

async fn serve(checked: Checked) -> Result<(), Stop> {
    let accounts = hub::accounts(&checked)?;
    let core = Core::start(&checked, Arc::new(SystemClock))?;
    if !core.road.write(|tx, _| tx.any_account()).await? {
        println!("nobody can sign in yet: stop the hub and run `eldercare-hub account set NAME`");
    }
    let hub = Hub::start(core, &checked, accounts, None).await?;
    println!("{}", hub.addresses());
    // Fonts are large files: looked for beside the running doors, for the word of warning only.
    let looked = tokio::task::spawn_blocking(say_without_font);
    hub::until_told().await;
    looked.abort();
    hub.stop().await;
    Ok(())
}

/// A plain word when no font of this machine can write Chinese: pictures as PNG would lack their labels.
fn say_without_font() {
    if web::fonts::Fonts::load().chinese.is_none() {
        println!(
            "no font with Chinese on this machine: charts as PNG will lack their labels \
             (on Debian: apt install fonts-wqy-microhei)"
        );
    }
}

fn check_journal(checked: &Checked) -> Result<ExitCode, Stop> {
    let path = checked.config.journal.folder.join("journal.sqlite");
    let findings = open_readers(&path, 1)?.read(check)?;
    for finding in &findings {
        println!("broken: {}: {}", finding.promise, finding.detail);
    }
    if findings.is_empty() {
        println!("{}: whole, and every promise holds", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn set_account(checked: &Checked, wishes: &accounts::Wishes) -> Result<(), Stop> {
    let login = &wishes.login;
    if std::io::stdin().is_terminal() {
        eprintln!("password for {login} (it will be shown), then Enter:");
    }
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    accounts::set(checked, wishes, password.trim_end_matches(['\r', '\n']))?;
    println!("{login} may sign in");
    Ok(())
}

fn load_roster(checked: &Checked, file: &Path) -> Result<(), Stop> {
    let text = std::fs::read_to_string(file)?;
    let entries: RosterFile = toml::from_str(&text)?;
    entries.check()?;
    let folder = Folder::take(&checked.config.journal.folder)?;
    let keys = Keys::open(&folder.path)?;
    let mut journal = Journal::open(&folder.path, 1)?;
    keys.fit(&mut journal.writer)?;
    let now = SystemClock.now();
    let loaded = journal.writer.transaction(|tx| {
        let (loaded, _) = roster::load(tx, &entries, &keys.hint, now)?;
        tx.audit(now, "command-line", "roster.load", "roster")?;
        Ok::<_, eldercare_hub::journal::JournalError>(loaded)
    })?;
    println!(
        "{} centres, {} stations, {} persons, {} devices; {} numbers left out (masked or wrong check digit)",
        loaded.centres, loaded.stations, loaded.persons, loaded.devices, loaded.numbers_refused
    );
    Ok(())
}
