//! A hub as a person installs it: settings, roster, accounts in files, the real binary in a process.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

pub const BINARY: &str = env!("CARGO_BIN_EXE_eldercare-hub");

/// The password of the installation's `admin`.
pub const PASSWORD: &str = "a password for the tests only";

/// The long form runs the issues' full numbers.
pub fn long_form() -> bool {
    std::env::var("HUB_TESTS").as_deref() == Ok("long")
}

/// The seed of everything random in this run.
pub fn seed() -> u64 {
    std::env::var("HUB_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(20_260_414)
}

/// An address on this machine that nobody uses just now.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

pub struct Installation {
    pub folder: tempfile::TempDir,
    pub mqtt: SocketAddr,
    pub web: SocketAddr,
}

/// Name of device number `n`; also its account, with the password `pw-` and the name.
pub fn device(n: usize) -> String {
    format!("cuff-{n}")
}

impl Installation {
    /// A centre with `devices` persons, each with a cuff of her own and that with an account on the
    /// embedded broker; `admin` may sign in with [`PASSWORD`].
    pub fn new(devices: usize) -> Self {
        Installation::with(devices, "")
    }

    /// The same, with `more` at the end of its settings.
    pub fn with(devices: usize, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mqtt, web) = (free_address(), free_address());
        let root = env!("CARGO_MANIFEST_DIR");
        let mut settings = format!(
            "[site]\nprofiles = \"{root}/config/devices\"\n[journal]\nfolder = \"{}/hub\"\n\
             [web]\nlisten = \"{web}\"\nmetrics_token = \"a-token-for-the-tests\"\n\
             [broker]\nlisten = \"{mqtt}\"\n",
            folder.path().display()
        );
        let mut roster = String::from(
            "centre = [{ code = \"c1\", name = \"甲子村\" }]\n\
",
        );
        for n in 0..devices {
            let name = device(n);
            settings.push_str(&format!(
                "[[broker.accounts]]\nuser = \"{name}\"\npassword = \"pw-{name}\"\n\
                 topics = [\"centres/c1/devices/{name}/+\"]\nrate_per_s = 0\n"
            ));
            roster.push_str(&format!(
                "[[person]]\nkey = \"p{n}\"\ncentre = \"c1\"\nname = \"测试{n}\"\nbirth_date = \"1943-05-01\"\n\
                 [[device]]\nname = \"{name}\"\nlabel = \"{name}\"\nkind = \"cuff\"\ncentre = \"c1\"\n\
                 own_person = \"p{n}\"\nin_service_since = \"2020-01-01T00:00:00Z\"\n"
            ));
        }
        settings.push_str(more);
        std::fs::write(folder.path().join("hub.toml"), settings).unwrap();
        std::fs::write(folder.path().join("roster.toml"), roster).unwrap();
        let it = Installation { folder, mqtt, web };
        let loaded = it
            .command(&["roster", "load"])
            .arg(it.folder.path().join("roster.toml"))
            .status();
        assert!(loaded.unwrap().success());
        let mut set = it
            .command(&["account", "set", "admin"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        set.stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .unwrap();
        assert!(set.wait().unwrap().success());
        it
    }

    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("hub/journal.sqlite")
    }

    /// The binary with this installation's settings.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(words)
            .arg("--config")
            .arg(self.folder.path().join("hub.toml"));
        command
    }

    /// Starts `serve` and waits until its doors are open.
    pub fn serve(&self) -> Serving {
        let mut child = self
            .command(&["serve"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        for line in lines.lines() {
            if line.unwrap().starts_with("pages: ") {
                return Serving { child };
            }
        }
        panic!("the hub did not start: {:?}", child.wait());
    }

    /// The same, with its log in a file, as fine as `filter` says.
    pub fn serve_into(&self, log: &std::path::Path, filter: &str) -> Serving {
        let mut child = self
            .command(&["serve"])
            .env("HUB_LOG", filter)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        for line in lines.lines() {
            if line.unwrap().starts_with("pages: ") {
                return Serving { child };
            }
        }
        panic!("the hub did not start: {:?}", child.wait());
    }

    pub fn check(&self) {
        let out = self.command(&["check"]).output().unwrap();
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stdout)
        );
    }
}

pub struct Serving {
    child: Child,
}

impl Serving {
    /// The process number, for looking at its memory.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing is closed, nothing is flushed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: an orderly end.
    pub fn stop(mut self) -> ExitStatus {
        let told = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
