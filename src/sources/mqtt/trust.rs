//! Whom the hub trusts at the other end of a TLS line, and who it says it is.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::line::StartError;
use super::settings::TlsSettings;

/// Reads the PEM files and makes the client's side of TLS.
pub(super) fn tls(settings: &TlsSettings) -> Result<Arc<rustls::ClientConfig>, StartError> {
    let pem = |path: &Path, cause| StartError::Pem {
        path: path.to_owned(),
        cause,
    };
    let certificates = |path: &Path| {
        CertificateDer::pem_file_iter(path)
            .and_then(|found| found.collect::<Result<Vec<_>, _>>())
            .map_err(|cause| pem(path, cause))
    };
    let mut roots = rustls::RootCertStore::empty();
    for authority in certificates(&settings.ca)? {
        roots.add(authority)?;
    }
    // Named, because two providers are linked and rustls would not choose between them.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let config = match (&settings.certificate, &settings.key) {
        (None, None) => config.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let own = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|cause| pem(key, cause))?;
            config.with_client_auth_cert(own, key)?
        }
        _ => return Err(StartError::HalfCertificate),
    };
    Ok(Arc::new(config))
}
