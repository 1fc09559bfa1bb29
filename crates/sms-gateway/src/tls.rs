//! Encryption of connections to carriers.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, pem};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::config::{Carrier, Tls};

/// Where systems keep the certificates that they trust.
const SYSTEM_AUTHORITIES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Why connections cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The system keeps no certificates where systems do.
    #[error("this system keeps no trusted certificates in a known place: name a file of them")]
    NoAuthorities,
    /// The certificates to trust.
    #[error("certificates {path} cannot be read")]
    Authorities {
        /// Where they should be.
        path: PathBuf,
        /// Why.
        #[source]
        cause: pem::Error,
    },
    /// There is none among them.
    #[error("certificates {0}: none of them can be used")]
    Unusable(PathBuf),
    /// No certificate can be for this name.
    #[error("{0} is not a name that a certificate can have")]
    ServerName(String),
    /// The library has no common ground with itself.
    #[error("encryption cannot be set up")]
    Library(#[from] rustls::Error),
}

/// What encrypts the connections to one carrier.
#[derive(Clone)]
pub(crate) struct Encryption {
    pub connector: TlsConnector,
    pub name: ServerName<'static>,
}

/// Reads the certificates to trust.
pub(crate) fn encryption(carrier: &Carrier, tls: &Tls) -> Result<Encryption, TlsError> {
    let system = || SYSTEM_AUTHORITIES.iter().map(PathBuf::from).find(|path| path.is_file());
    let path = tls.authorities.clone().or_else(system).ok_or(TlsError::NoAuthorities)?;
    let unreadable = |cause| TlsError::Authorities { path: path.clone(), cause };
    let certificates = CertificateDer::pem_file_iter(&path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)?;
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(TlsError::Unusable(path));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = tls.server_name.as_ref().unwrap_or(&carrier.host);
    let name = ServerName::try_from(name.clone()).map_err(|_| TlsError::ServerName(name.clone()))?;
    Ok(Encryption { connector: TlsConnector::from(Arc::new(config)), name })
}
