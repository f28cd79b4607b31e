//! A real Mosquitto for tests, started from the sample in `config/` with this test's port and folder.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fake_inlet::SOON;

pub struct Mosquitto {
    child: Option<Child>,
    dir: tempfile::TempDir,
    pub address: SocketAddr,
}

/// Where Debian puts it; not in every user's PATH.
fn program(name: &str) -> Option<String> {
    let found = |path: &str| Path::new(path).is_file().then(|| path.to_owned());
    [
        "/usr/sbin/",
        "/usr/bin/",
        "/usr/local/sbin/",
        "/usr/local/bin/",
        "/opt/homebrew/sbin/",
    ]
    .iter()
    .find_map(|dir| found(&format!("{dir}{name}")))
}

/// Certificate and key for the TLS sample, PEM.
pub struct Pem {
    pub certificate: String,
    pub key: String,
}

impl Mosquitto {
    /// From `config/mosquitto.conf`, or `config/mosquitto-tls.conf` when a certificate is given. Users `hub` and
    /// `device`, each with its name as password. `None` when there is no Mosquitto here.
    pub async fn start(tls: Option<Pem>, more: &str) -> Option<Mosquitto> {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().display();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let sample = if tls.is_some() {
            "mosquitto-tls.conf"
        } else {
            "mosquitto.conf"
        };
        let sample = format!("{}/config/{sample}", env!("CARGO_MANIFEST_DIR"));
        let mut text = std::fs::read_to_string(sample).unwrap();
        for (from, to) in [
            (
                "listener 1883 127.0.0.1",
                format!("listener {port} 127.0.0.1"),
            ),
            ("listener 8883", format!("listener {port} 127.0.0.1")),
            ("/etc/mosquitto/certs", at.to_string()),
            ("/etc/mosquitto/eldercare.passwd", format!("{at}/passwd")),
            ("/var/lib/mosquitto/", format!("{at}/")),
        ] {
            text = text.replace(from, &to);
        }
        // As root, Mosquitto would become its own user, who may not write here.
        text.push_str(&format!("\nuser root\n{more}\n"));
        std::fs::write(dir.path().join("conf"), text).unwrap();
        if let Some(pem) = tls {
            std::fs::write(dir.path().join("broker.pem"), pem.certificate).unwrap();
            std::fs::write(dir.path().join("broker.key"), pem.key).unwrap();
        }
        for (user, flag) in [("hub", "-c"), ("device", "-b")] {
            let flags = if flag == "-c" {
                vec!["-b", "-c"]
            } else {
                vec!["-b"]
            };
            let done = Command::new(program("mosquitto_passwd")?)
                .args(flags)
                .arg(dir.path().join("passwd"))
                .args([user, user])
                .stderr(Stdio::null())
                .status();
            assert!(done.ok()?.success());
        }
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut mosquitto = Mosquitto {
            child: None,
            dir,
            address,
        };
        program("mosquitto")?;
        mosquitto.run().await;
        Some(mosquitto)
    }

    /// Starts it (again), with whatever it saved.
    pub async fn run(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("log"))
            .unwrap();
        let child = Command::new(program("mosquitto").unwrap())
            .arg("-c")
            .arg(self.dir.path().join("conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let up = async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        if timeout(SOON, up).await.is_err() {
            panic!("Mosquitto does not listen: {}", self.log());
        }
    }

    /// What it said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Waits until it said this `times` times: it reads what was sent to it in its own time.
    pub async fn until_logged(&self, what: &str, times: usize) {
        let logged = async {
            while self.log().matches(what).count() < times {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        if timeout(SOON, logged).await.is_err() {
            panic!(
                "Mosquitto did not say {what:?} {times} times: {}",
                self.log()
            );
        }
    }

    /// Stops it in order (SIGTERM); it saves its sessions.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }

    /// SIGKILL: what it had not saved is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Forgets what it saved.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(self.dir.path().join("mosquitto.db"));
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
