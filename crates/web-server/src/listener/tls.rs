//! The certificate and its key.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// Why connections cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of the certificate.
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
}

/// Reads certificate and key.
pub(crate) fn tls_acceptor(tls: &Tls) -> Result<TlsAcceptor, TlsError> {
    let certificate = |cause| TlsError::Certificate { path: tls.certificate.clone(), cause };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(certificate)?;
    if chain.is_empty() {
        return Err(certificate(pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(|cause| TlsError::Key { path: tls.key.clone(), cause })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unusable =
        |cause| TlsError::Unusable { certificate: tls.certificate.clone(), key: tls.key.clone(), cause };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
