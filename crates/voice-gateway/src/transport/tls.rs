//! Encryption of SIP: our certificate where we listen, and whom we trust where we call.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::config::Certificate;

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
    /// The file of the certificate, or of the certificates to trust.
    #[error("certificate {path} cannot be read")]
    Certificate {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        #[source]
        cause: pem::Error,
    },
    /// The file of the key.
    #[error("key {path} cannot be read")]
    Key {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        #[source]
        cause: pem::Error,
    },
    /// Both were read and do not fit.
    #[error("certificate {certificate} and key {key} cannot be used")]
    Unusable {
        /// Where the certificate is.
        certificate: PathBuf,
        /// Where the key is.
        key: PathBuf,
        /// Why.
        #[source]
        cause: rustls::Error,
    },
    /// The system keeps no certificates where systems do.
    #[error("this system keeps no trusted certificates in a known place: name a file of them")]
    NoAuthorities,
    /// There is none that can be used among them.
    #[error("certificates {0}: none of them can be used")]
    NoUsableAuthorities(PathBuf),
    /// No certificate can be for this name.
    #[error("{0} is not a name that a certificate can have")]
    ServerName(String),
    /// The library has no common ground with itself.
    #[error("encryption cannot be set up")]
    Library(#[from] rustls::Error),
}

/// What encrypts connections that we make to one peer.
#[derive(Clone)]
pub(crate) struct Encryption {
    pub connector: TlsConnector,
    pub name: ServerName<'static>,
}

/// What encrypts connections that others make.
pub(super) fn acceptor(files: &Certificate) -> Result<TlsAcceptor, TlsError> {
    let Certificate { certificate, key } = files;
    let chain = certificates(certificate)?;
    let key_of_file = PrivateKeyDer::from_pem_file(key);
    let key_of_file = key_of_file.map_err(|cause| TlsError::Key { path: key.clone(), cause })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key_of_file));
    let unusable = |cause| TlsError::Unusable { certificate: certificate.clone(), key: key.clone(), cause };
    Ok(TlsAcceptor::from(Arc::new(config.map_err(unusable)?)))
}

/// What encrypts connections to a peer whose certificate has this name, and comes from these authorities or from those
/// that the system trusts.
pub(crate) fn encryption(authorities: Option<&PathBuf>, name: &str) -> Result<Encryption, TlsError> {
    let system = || SYSTEM_AUTHORITIES.iter().map(PathBuf::from).find(|path| path.is_file());
    let path = authorities.cloned().or_else(system).ok_or(TlsError::NoAuthorities)?;
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates(&path)?);
    if usable == 0 {
        return Err(TlsError::NoUsableAuthorities(path));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(|_| TlsError::ServerName(name.to_owned()))?;
    Ok(Encryption { connector: TlsConnector::from(Arc::new(config)), name })
}

fn certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |cause| TlsError::Certificate { path: path.clone(), cause };
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(unreadable)?;
    if chain.is_empty() { Err(unreadable(pem::Error::NoItemsFound)) } else { Ok(chain) }
}
