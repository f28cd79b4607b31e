//! The line as the hub holds it: settings checked, started, looked at, stopped.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::link::Credentials;
use super::run::{Run, Standing, lock};
use super::settings::Settings;
use super::standing::LineStanding;
use super::trust::tls;
use crate::sources::refusal::{PayloadLimit, same_limit};
use crate::sources::secret::SecretError;
use crate::sources::topic;
use crate::vitals::{Clock, Inlet};

/// What the line is built on.
pub struct Parts {
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    /// Largest payload that may be interpreted, bytes, by topic.
    pub payload_limit: PayloadLimit,
}

impl Parts {
    /// The same payload limit (65 536 bytes) for every topic.
    pub fn new(inlet: Arc<dyn Inlet>, clock: Arc<dyn Clock>) -> Self {
        Parts {
            inlet,
            clock,
            payload_limit: same_limit(),
        }
    }
}

/// Why the line cannot even begin. A broker that is away is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("`client_id` is empty; the broker keeps the hub's session under it, so give it one")]
    ClientId,
    #[error("`topics` is empty or {0:?} is no topic filter; name what to subscribe to")]
    Topics(String),
    #[error("`window` is 0; use 1 to 65535")]
    Window,
    #[error("`packet_limit_bytes` is {0}; use 1024 to 268435460")]
    PacketLimit(u32),
    #[error("password: {0}")]
    Password(#[from] SecretError),
    #[error("cannot read {path}: {cause}; it must be a PEM file with what its setting names")]
    Pem {
        path: PathBuf,
        cause: rustls::pki_types::pem::Error,
    },
    #[error("`certificate` and `key` must be given together, or neither")]
    HalfCertificate,
    #[error("TLS: {0}; check `ca`, `certificate` and `key`")]
    Tls(#[from] rustls::Error),
}

/// The running line. Dropped without [`Line::stop`], it ends without a goodbye.
pub struct Line {
    stop: CancellationToken,
    task: JoinHandle<()>,
    standing: Standing,
}

impl Line {
    /// Checks the settings, reads the secrets and begins to connect, in a task of its own.
    pub fn start(settings: &Settings, parts: Parts) -> Result<Self, StartError> {
        check(settings)?;
        let credentials = Credentials {
            user: settings.user.clone(),
            password: settings
                .password
                .as_ref()
                .map(|place| place.fetch())
                .transpose()?,
            tls: settings.tls.as_ref().map(tls).transpose()?,
        };
        let standing = Arc::new(Mutex::new(LineStanding {
            name: settings.name.clone(),
            since: Some(parts.clock.now()),
            ..LineStanding::default()
        }));
        let stop = CancellationToken::new();
        let run = Run::new(settings, credentials, parts, &standing, &stop);
        Ok(Line {
            stop,
            task: tokio::spawn(run.run()),
            standing,
        })
    }

    /// How it stands now; cheap to hold and to call.
    pub fn standing(&self) -> impl Fn() -> LineStanding + Send + Sync + Clone + 'static {
        let standing = Arc::clone(&self.standing);
        move || lock(&standing).clone()
    }

    /// Takes no more messages, acknowledges what reaches the disk within `stop_grace_s`, says goodbye.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // A panic in the task was reported by tokio; there is nothing left to stop then.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn check(settings: &Settings) -> Result<(), StartError> {
    if settings.client_id.is_empty() {
        return Err(StartError::ClientId);
    }
    if let Some(wrong) = settings
        .topics
        .iter()
        .find(|filter| !topic::is_filter(filter))
    {
        return Err(StartError::Topics(wrong.clone()));
    }
    if settings.topics.is_empty() {
        return Err(StartError::Topics(String::new()));
    }
    if settings.window == 0 {
        return Err(StartError::Window);
    }
    if !(1024..=268_435_460).contains(&settings.packet_limit_bytes) {
        return Err(StartError::PacketLimit(settings.packet_limit_bytes));
    }
    Ok(())
}
