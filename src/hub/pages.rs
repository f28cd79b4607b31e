//! The page server: listens, in the clear on this machine or with TLS, and takes a renewed certificate up.

use std::net::SocketAddr;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use tokio::task::JoinHandle;

use super::{Core, HubError};
use crate::config::Checked;
use crate::sources::tls::Renewed;
use crate::web;

/// How long open pages may take to end, then they are cut.
const PAGES_GRACE: Duration = Duration::from_secs(2);
/// How often a renewed certificate is looked for.
const RENEWAL: Duration = Duration::from_secs(600);
/// Over TLS browsers choose HTTP/2: then open pages with live parts are not limited to six per hub.
const PROTOCOLS: &[&str] = &["h2", "http/1.1"];

/// The page server, running.
pub(super) struct Pages {
    pub address: SocketAddr,
    with_tls: bool,
    server: axum_server::Handle<SocketAddr>,
    beside: Vec<JoinHandle<()>>,
    serve: JoinHandle<()>,
}

impl Pages {
    pub async fn start(
        core: &Core,
        checked: &Checked,
        doors: web::Doors,
        demo: Option<web::Demo>,
    ) -> Result<Self, HubError> {
        let settings = &checked.config.web;
        let trouble = |cause| HubError::Listen {
            address: settings.listen,
            cause,
        };
        let state = web::State::new(web::Parts {
            settings: settings.clone(),
            clock: core.clock.clone(),
            zone: checked.zone.clone(),
            place: checked.config.site.name.clone(),
            readers: core.readers.clone(),
            road: core.road.clone(),
            demo,
            doors,
            hint: core.hint.clone(),
            seal: core.seal.clone(),
            rules: core.rules.clone(),
            quarantine_days: checked.config.journal.quarantine_days,
            metrics_token: settings.fetch_metrics_token()?,
            profiles: core.profile_folder(checked),
            metrics: core.metrics.clone(),
        });
        let tls = settings.tls.as_ref().map(|at| Renewed::load(at, PROTOCOLS));
        let tls = tls.transpose()?;
        let listener = std::net::TcpListener::bind(settings.listen).map_err(trouble)?;
        listener.set_nonblocking(true).map_err(trouble)?;
        let address = listener.local_addr().map_err(trouble)?;
        let server = axum_server::Handle::new();
        let mut beside = vec![tokio::spawn(web::live::follow(state.clone()))];
        let pages = web::router(state).into_make_service_with_connect_info::<SocketAddr>();
        let with_tls = tls.is_some();
        let serve = match tls {
            None => {
                let serving = axum_server::from_tcp(listener).map_err(trouble)?;
                tokio::spawn(ended(serving.handle(server.clone()).serve(pages)))
            }
            Some((renewed, config)) => {
                let config = RustlsConfig::from_config(config);
                beside.push(tokio::spawn(renew(renewed, config.clone())));
                let serving =
                    axum_server::tls_rustls::from_tcp_rustls(listener, config).map_err(trouble)?;
                tokio::spawn(ended(serving.handle(server.clone()).serve(pages)))
            }
        };
        Ok(Pages {
            address,
            with_tls,
            server,
            beside,
            serve,
        })
    }

    /// Where they are, as a browser asks for them.
    pub fn url(&self) -> String {
        let scheme = if self.with_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub async fn stop(self) {
        self.server.graceful_shutdown(Some(PAGES_GRACE));
        let _ = self.serve.await;
        for task in self.beside {
            task.abort();
        }
    }
}

async fn ended(serving: impl Future<Output = std::io::Result<()>>) {
    if let Err(error) = serving.await {
        tracing::error!(%error, "the page server ended");
    }
}

/// Looks for a renewed certificate now and then; connections that are open keep theirs.
async fn renew(mut renewed: Renewed, config: RustlsConfig) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match renewed.look() {
            None => {}
            Some(Ok(fresh)) => {
                config.reload_from_config(fresh);
                tracing::info!("the pages have a renewed certificate");
            }
            Some(Err(error)) => {
                tracing::error!(%error, "the renewed certificate of the pages cannot be used; the old one stays");
            }
        }
    }
}
