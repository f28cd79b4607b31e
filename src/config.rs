//! Settings of every folder, read once from one file.
//! Invariant: an unknown key, a wrong type or a contradiction stops the start, with file and line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::decode::profile::ProfileFile;
use crate::sources::broker::{self, StartError};
use crate::sources::tls::server_config;
use crate::{journal, pipeline, sources, web};

/// The whole settings file (`config/hub.toml` documents every key).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub site: Site,
    #[serde(default)]
    pub journal: journal::Settings,
    #[serde(default)]
    pub pipeline: pipeline::Settings,
    #[serde(default)]
    pub web: web::Settings,
    /// The broker inside the hub; left out: none.
    #[serde(default)]
    pub broker: Option<sources::broker::Settings>,
    /// Lines to brokers somewhere else.
    #[serde(default)]
    pub mqtt: Vec<sources::mqtt::Settings>,
    /// The door for devices that push over HTTP; left out: none.
    #[serde(default)]
    pub ingest: Option<sources::http::Settings>,
    /// Cuffs and meters by Bluetooth; left out: none.
    #[serde(default)]
    pub bluetooth: Option<sources::bluetooth::Settings>,
}

/// Where the hub stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Time zone of device clocks without one and of "today". Default `Asia/Shanghai`.
    #[serde(default = "zone")]
    pub zone: String,
    /// Name of the place, shown on every page. Default empty.
    #[serde(default)]
    pub name: String,
    /// Folder of device profiles. Default `config/devices`.
    #[serde(default = "profiles")]
    pub profiles: PathBuf,
}

fn zone() -> String {
    "Asia/Shanghai".to_owned()
}

fn profiles() -> PathBuf {
    PathBuf::from("config/devices")
}

/// Settings that cannot stand: where, what, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file}: {cause}; name the file with --config")]
    Unreadable {
        file: PathBuf,
        cause: std::io::Error,
    },
    #[error("{file}:{line}: {message}")]
    Refused {
        file: PathBuf,
        line: usize,
        message: String,
    },
    #[error(
        "{folder}: {cause}; write the folder of device profiles as site.profiles, or for the demo as --profiles"
    )]
    ProfileFolder {
        folder: PathBuf,
        cause: std::io::Error,
    },
    #[error(
        "no profile (*.toml) in {folder}; write the folder of device profiles as site.profiles, or for the demo as --profiles"
    )]
    NoProfiles { folder: PathBuf },
}

/// Settings and their environment, read and checked.
#[derive(Debug)]
pub struct Checked {
    pub config: Config,
    pub zone: TimeZone,
    pub profile_files: Vec<ProfileFile>,
}

/// Reads the settings file and everything it names, and refuses what cannot stand.
pub fn load(file: &Path) -> Result<Checked, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable {
        file: file.to_owned(),
        cause,
    })?;
    let config: Config = toml::from_str(&text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        refused(file, line_at(&text, at), e.message().to_owned())
    })?;
    let zone = TimeZone::get(&config.site.zone).map_err(|_| {
        let line = line_of(&text, "site", "zone");
        refused(
            file,
            line,
            format!(
                "no time zone {:?}; write an IANA name such as \"Asia/Shanghai\"",
                config.site.zone
            ),
        )
    })?;
    contradictions(file, &text, &config)?;
    let profile_files = read_profiles(&config.site.profiles)?;
    Ok(Checked {
        config,
        zone,
        profile_files,
    })
}

/// Every `*.toml` of the profile folder, by name.
pub fn read_profiles(folder: &Path) -> Result<Vec<ProfileFile>, ConfigError> {
    let unreadable = |cause| ConfigError::ProfileFolder {
        folder: folder.to_owned(),
        cause,
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(ConfigError::NoProfiles {
            folder: folder.to_owned(),
        });
    }
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(|cause| ConfigError::Unreadable {
                file: path.clone(),
                cause,
            })?;
            Ok(ProfileFile {
                name: path.display().to_string(),
                text,
            })
        })
        .collect()
}

fn contradictions(file: &Path, text: &str, config: &Config) -> Result<(), ConfigError> {
    let refuse = |section: &str, key: &str, message: String| {
        Err(refused(file, line_of(text, section, key), message))
    };
    if let Err(e) = config.web.check() {
        let said = e.to_string();
        let key = said
            .split("web.")
            .nth(1)
            .and_then(|rest| rest.split([' ', ',', '(']).next());
        let line = line_of(text, "web", key.unwrap_or_default());
        return Err(refused(file, line, said));
    }
    if let Some(tls) = &config.web.tls
        && let Err(e) = server_config(&tls.certificate, &tls.key, &[])
    {
        let line = line_below(text, "[web.tls", "certificate");
        return Err(refused(file, line, format!("web.tls: {e}")));
    }
    if config.journal.quarantine_days == 0 {
        let message = "journal.quarantine_days must be at least 1";
        return refuse("journal", "quarantine_days", message.to_owned());
    }
    if config.journal.readers == 0 || config.journal.readers > 64 {
        let message = "journal.readers must be 1 to 64";
        return refuse("journal", "readers", message.to_owned());
    }
    if config.pipeline.frames_per_commit == 0 {
        let message = "pipeline.frames_per_commit must be at least 1";
        return refuse("pipeline", "frames_per_commit", message.to_owned());
    }
    for line in &config.mqtt {
        let named = |message| {
            let at = line_naming(text, "mqtt", "name", &line.name);
            Err(refused(file, at, message))
        };
        if line.topics.is_empty() {
            return named(format!(
                "mqtt {:?} subscribes to nothing; write at least one filter in topics",
                line.name
            ));
        }
        if config
            .mqtt
            .iter()
            .filter(|other| other.name == line.name)
            .count()
            > 1
        {
            return named(format!(
                "two [[mqtt]] are named {:?}; give each its own name",
                line.name
            ));
        }
    }
    if let Some(Err(wrong)) = config.bluetooth.as_ref().map(|b| b.check()) {
        return refuse("bluetooth", wrong.key, wrong.message);
    }
    if let Some(settings) = &config.broker {
        broker_contradictions(file, text, config, settings)?;
    }
    match &config.ingest {
        Some(ingest) => ingest_contradictions(file, text, config, ingest),
        None => Ok(()),
    }
}

fn broker_contradictions(
    file: &Path,
    text: &str,
    config: &Config,
    settings: &broker::Settings,
) -> Result<(), ConfigError> {
    let refuse = |section: &str, key: &str, message: String| {
        Err(refused(file, line_of(text, section, key), message))
    };
    if !settings.listen.ip().is_loopback() {
        let message = "broker.listen is not this machine's loopback, so passwords and readings would \
                       cross the network in the clear; add [broker.tls] and keep broker.listen on 127.0.0.1";
        return refuse("broker", "listen", message.to_owned());
    }
    let twice = |a: SocketAddr, b: SocketAddr| a == b && a.port() != 0;
    if twice(settings.listen, config.web.listen) {
        let message = "broker.listen is the address of web.listen; give one of them another port";
        return refuse("broker", "listen", message.to_owned());
    }
    if let Some(tls) = &settings.tls
        && (twice(tls.listen, settings.listen) || twice(tls.listen, config.web.listen))
    {
        let message = "broker.tls.listen is the address of another door; give it a port of its own";
        return refuse("broker.tls", "listen", message.to_owned());
    }
    broker::check(settings).map_err(|e| {
        let line = match &e {
            StartError::ReplyTopics(_) => line_of(text, "broker", "reply_topics"),
            StartError::PacketLimit(_) => line_of(text, "broker", "packet_limit_bytes"),
            StartError::NoConnections => line_of(text, "broker", "max_connections"),
            StartError::Tls(_) => line_of(text, "broker.tls", "certificate"),
            StartError::Account(e) => line_naming(text, "broker.accounts", "user", e.user()),
            StartError::Listen { .. } | StartError::Sessions(_) => line_of(text, "broker", ""),
        };
        refused(file, line, e.to_string())
    })
}

fn ingest_contradictions(
    file: &Path,
    text: &str,
    config: &Config,
    ingest: &sources::http::Settings,
) -> Result<(), ConfigError> {
    if let Err(wrong) = ingest.check() {
        let line = line_below(text, "[ingest", wrong.key);
        return Err(refused(file, line, wrong.message));
    }
    if let Some(tls) = &ingest.tls
        && let Err(e) = server_config(&tls.certificate, &tls.key, &[])
    {
        let line = line_below(text, "[ingest.tls", "certificate");
        return Err(refused(file, line, format!("ingest.tls: {e}")));
    }
    let taken = [
        Some(("web.listen", config.web.listen)),
        config.broker.as_ref().map(|b| ("broker.listen", b.listen)),
    ];
    for (key, address) in taken.into_iter().flatten() {
        if address == ingest.listen && address.port() != 0 {
            let message =
                format!("ingest.listen and {key} are both {address}; give each its own port");
            return Err(refused(
                file,
                line_below(text, "[ingest", "listen"),
                message,
            ));
        }
    }
    Ok(())
}

fn refused(file: &Path, line: usize, message: String) -> ConfigError {
    ConfigError::Refused {
        file: file.to_owned(),
        line,
        message,
    }
}

fn line_at(text: &str, at: usize) -> usize {
    text.get(..at)
        .map_or(1, |before| before.matches('\n').count() + 1)
}

/// The line that sets `key` in `[section]`; the section's own line when none does, else the first.
fn line_of(text: &str, section: &str, key: &str) -> usize {
    let (mut inside, mut header) = (false, None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            let name = line.trim_start_matches('[').split(']').next();
            inside = name.is_some_and(|name| name.trim() == section);
            header = header.or(inside.then_some(index + 1));
        } else if inside
            && let Some(rest) = line.strip_prefix(key)
            && rest.trim_start().starts_with('=')
        {
            return index + 1;
        }
    }
    header.unwrap_or(1)
}

/// The last line that gives `key` this value: of two, the one to take away. Else the section's line.
fn line_naming(text: &str, section: &str, key: &str, value: &str) -> usize {
    let quoted = format!("{value:?}");
    let names = |line: &str| {
        let given = line.trim_start().strip_prefix(key);
        given.is_some_and(|given| given.trim_start().starts_with('=') && given.contains(&quoted))
    };
    let last = text
        .lines()
        .enumerate()
        .filter(|(_, line)| names(line))
        .last();
    last.map_or_else(|| line_of(text, section, ""), |(index, _)| index + 1)
}

/// The first line from `section` on that sets `key`; the section's own when it is left out.
fn line_below(text: &str, section: &str, key: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    // `[[ingest.sources]]` begins as `[ingest]` does, with a bracket more.
    let opens =
        |line: &&str| line.starts_with(section) || line[1.min(line.len())..].starts_with(section);
    let Some(from) = lines.iter().position(opens) else {
        return 1;
    };
    let below = lines[from..].iter().position(|line| sets(line, key));
    from + below.unwrap_or(0) + 1
}

fn sets(line: &str, key: &str) -> bool {
    let line = line.trim_start();
    line.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start().starts_with(['=', ']']) || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("p.toml"), "").unwrap();
        let text = text.replace("PROFILES", &dir.path().display().to_string());
        let file = dir.path().join("hub.toml");
        std::fs::write(&file, text).unwrap();
        match load(&file) {
            Ok(_) => "ok".to_owned(),
            Err(e) => e.to_string().replace(&dir.path().display().to_string(), ""),
        }
    }

    const SITE: &str = "[site]\nprofiles = \"PROFILES\"\n";

    #[test]
    fn the_shipped_file_is_accepted() {
        load(Path::new("config/hub.toml")).unwrap();
    }

    #[test]
    fn a_small_file_is_enough() {
        assert_eq!(said(SITE), "ok");
    }

    #[test]
    fn mistakes_are_refused_with_file_line_and_what_to_write() {
        let unknown = said(&format!("{SITE}\n[journal]\nfoldr = \"x\"\n"));
        assert!(unknown.starts_with("/hub.toml:5:"), "{unknown}");
        assert!(
            unknown.contains("expected one of") && unknown.contains("folder"),
            "{unknown}"
        );
        let kind = said(&format!("{SITE}[journal]\nquarantine_days = \"14\"\n"));
        assert!(
            kind.starts_with("/hub.toml:4:") && kind.contains("u32"),
            "{kind}"
        );
        let zone = said("[site]\nprofiles = \"PROFILES\"\nzone = \"Asia/Sanghai\"\n");
        assert!(
            zone.starts_with("/hub.toml:3:") && zone.contains("IANA"),
            "{zone}"
        );
        let open = said(&format!("{SITE}[broker]\nlisten = \"0.0.0.0:1883\"\n"));
        assert!(
            open.starts_with("/hub.toml:4:") && open.contains("broker.tls"),
            "{open}"
        );
        let web = said(&format!("{SITE}[web]\nlisten = \"0.0.0.0:80\"\n"));
        assert!(
            web.starts_with("/hub.toml:4:") && web.contains("[web.tls]"),
            "{web}"
        );
        let proxied = "[web]\nhttps = true\nlisten = \"0.0.0.0:80\"\n";
        let web = said(&format!("{SITE}{proxied}"));
        assert!(
            web.starts_with("/hub.toml:5:") && web.contains("[web.tls]"),
            "{web}"
        );
        for section in ["web", "ingest"] {
            let listen = format!("[{section}]\nlisten = \"0.0.0.0:8443\"\n");
            let tls = format!("[{section}.tls]\ncertificate = \"/nope\"\nkey = \"/nope\"\n");
            let nowhere = said(&format!("{SITE}{listen}{tls}"));
            assert!(
                nowhere.starts_with("/hub.toml:6:") && nowhere.contains("PEM"),
                "{nowhere}"
            );
        }
        // Both sections have a `listen`: the line is the one that is meant.
        let both = "[web]\nlisten = \"127.0.0.1:80\"\n[broker]\nlisten = \"0.0.0.0:1883\"\n";
        let open = said(&format!("{SITE}{both}"));
        assert!(open.starts_with("/hub.toml:6:"), "{open}");
        let ingest = |more: &str| {
            said(&format!(
                "{SITE}[web]\nlisten = \"127.0.0.1:8080\"\n[ingest]\nhead_s = 10\n{more}"
            ))
        };
        assert_eq!(ingest(""), "ok");
        let open = ingest("listen = \"0.0.0.0:8081\"\n");
        assert!(
            open.starts_with("/hub.toml:7:") && open.contains("[ingest.tls]"),
            "{open}"
        );
        let same = ingest("listen = \"127.0.0.1:8080\"\n");
        assert!(
            same.starts_with("/hub.toml:7:") && same.contains("web.listen"),
            "{same}"
        );
        let source = "[[ingest.sources]]\nname = \"a\"\ntoken = \"0123456789abcdef\"\n";
        assert_eq!(ingest(source), "ok");
        let long = ingest(&format!("{source}max_body_bytes = 0\n"));
        assert!(
            long.starts_with("/hub.toml:10:") && long.contains("1 to"),
            "{long}"
        );
        let days = |n: u32| said(&format!("{SITE}[journal]\nquarantine_days = {n}\n"));
        assert!(days(0).contains("at least 1"));
        assert_eq!(days(1), "ok");
        let readers = |n: u32| said(&format!("{SITE}[journal]\nreaders = {n}\n"));
        assert!(readers(0).contains("1 to 64") && readers(65).contains("1 to 64"));
        assert_eq!((readers(1), readers(64)), ("ok".into(), "ok".into()));
    }

    #[test]
    fn a_broker_that_could_not_start_is_refused_with_its_line() {
        let at = |broker: &str| said(&format!("{SITE}{broker}"));
        let account = |user: &str, topics: &str| {
            format!(
                "[[broker.accounts]]\nuser = \"{user}\"\npassword = \"x\"\ntopics = [{topics}]\n"
            )
        };
        for (broker, begins, says) in [
            ("[broker]\npacket_limit_bytes = 1023\n".into(), "4:", "1024"),
            ("[broker]\npacket_limit_bytes = 1024\n".into(), "", "ok"),
            ("[broker]\nreply_topics = \"x\"\n".into(), "4:", "{client_id}"),
            ("[broker]\nmax_connections = 0\n".into(), "4:", "at least 1"),
            ("[broker]\nlisten = \"127.0.0.1:8080\"\n".into(), "4:", "web.listen"),
            (
                "[broker.tls]\ncertificate = \"/nope\"\nkey = \"/nope\"\n".into(),
                "4:",
                "PEM",
            ),
            (
                "[broker]\nlisten = \"0.0.0.0:1883\"\n[broker.tls]\ncertificate = \"/nope\"\nkey = \"/nope\"\n"
                    .into(),
                "4:",
                "in the clear",
            ),
            (account("a b", "\"#\""), "4:", "letters"),
            (account("a", "\"a/#/b\""), "4:", "filter"),
            (format!("{}{}", account("a", ""), account("a", "")), "8:", "twice"),
        ] {
            let said = at(&broker);
            let begins = if begins.is_empty() { String::new() } else { format!("/hub.toml:{begins}") };
            assert!(said.starts_with(&begins) && said.contains(says), "{broker}: {said}");
        }
    }
}
