//! Certificates of the hub's own doors: where they lie, and what makes TLS of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;

/// `certificate` and `key` of a door.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// PEM file: the door's certificate, then any in between, without the root.
    pub certificate: PathBuf,
    /// PEM file: the certificate's private key.
    pub key: PathBuf,
}

/// Why a door cannot serve TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {path}: {cause}; it must be a PEM file with what its setting names")]
    Pem {
        path: PathBuf,
        cause: rustls::pki_types::pem::Error,
    },
    #[error("{path} holds no certificate; it must be a PEM file with the door's certificate first")]
    NoCertificate { path: PathBuf },
    #[error("certificate and key do not serve TLS: {0}; check that they belong together")]
    Tls(#[from] rustls::Error),
}

/// TLS 1.2 and 1.3 with this certificate. `protocols` are the ALPN names the door speaks, best first; none
/// for a protocol that has no name there.
pub fn server_config(
    certificate: &Path,
    key: &Path,
    protocols: &[&str],
) -> Result<Arc<ServerConfig>, TlsError> {
    let pem = |path: &Path, cause| TlsError::Pem {
        path: path.to_owned(),
        cause,
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(|cause| pem(certificate, cause))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate {
            path: certificate.to_owned(),
        });
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|cause| pem(key, cause))?;
    // Named, because a library may link another provider and rustls would not choose between them.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    Ok(Arc::new(config))
}

/// A certificate that is renewed under a running door (ACME replaces it every two months).
#[derive(Debug)]
pub struct Renewed {
    at: Certificate,
    protocols: &'static [&'static str],
    seen: Option<(SystemTime, SystemTime)>,
}

impl Renewed {
    /// The certificate as it lies there now, and what will notice its successor.
    ///
    /// # Errors
    /// [`TlsError`], when it does not serve TLS.
    pub fn load(
        at: &Certificate,
        protocols: &'static [&'static str],
    ) -> Result<(Self, Arc<ServerConfig>), TlsError> {
        let mut renewed = Renewed {
            at: at.clone(),
            protocols,
            seen: None,
        };
        renewed.seen = renewed.written();
        let config = server_config(&at.certificate, &at.key, protocols)?;
        Ok((renewed, config))
    }

    /// The new one when a file was written since the last look. One that does not serve (half of the pair
    /// is not there yet) is an error now and looked at again the next time.
    pub fn look(&mut self) -> Option<Result<Arc<ServerConfig>, TlsError>> {
        let now = self.written();
        if now.is_none() || now == self.seen {
            return None;
        }
        let config = server_config(&self.at.certificate, &self.at.key, self.protocols);
        if config.is_ok() {
            self.seen = now;
        }
        Some(config)
    }

    fn written(&self) -> Option<(SystemTime, SystemTime)> {
        let of = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
        Some((of(&self.at.certificate)?, of(&self.at.key)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn write(at: &Certificate, pair: &rcgen::CertifiedKey<rcgen::KeyPair>, age_s: u64) {
        for (path, text) in [
            (&at.certificate, pair.cert.pem()),
            (&at.key, pair.signing_key.serialize_pem()),
        ] {
            std::fs::write(path, text).unwrap();
            let when = SystemTime::now() - Duration::from_secs(age_s);
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(when).unwrap();
        }
    }

    #[test]
    fn a_renewed_pair_is_taken_and_half_a_pair_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = Certificate {
            certificate: dir.path().join("c.pem"),
            key: dir.path().join("k.pem"),
        };
        let pair = || rcgen::generate_simple_self_signed(["hub.example".to_owned()]).unwrap();
        assert!(matches!(Renewed::load(&at, &[]), Err(TlsError::Pem { .. })));
        write(&at, &pair(), 300);
        let (mut renewed, config) = Renewed::load(&at, &["http/1.1"]).unwrap();
        assert_eq!(config.alpn_protocols, [b"http/1.1".to_vec()]);
        assert!(renewed.look().is_none());
        let next = pair();
        std::fs::write(&at.certificate, next.cert.pem()).unwrap();
        assert!(matches!(renewed.look(), Some(Err(TlsError::Tls(_)))));
        assert!(matches!(renewed.look(), Some(Err(TlsError::Tls(_)))));
        write(&at, &next, 100);
        assert!(matches!(renewed.look(), Some(Ok(_))));
        assert!(renewed.look().is_none());
        std::fs::remove_file(&at.key).unwrap();
        assert!(renewed.look().is_none());
        std::fs::write(&at.certificate, "").unwrap();
        let empty = server_config(&at.certificate, &at.key, &[]);
        assert!(matches!(empty, Err(TlsError::NoCertificate { .. })));
    }
}
