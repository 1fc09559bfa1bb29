//! The octets of a connection, plain or encrypted.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::Tls;

/// A connection.
pub(crate) enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// What moved.
#[derive(Debug)]
pub(crate) enum Moved {
    /// So many octets came; none at the end.
    Read(usize),
    /// So many octets went.
    Written(usize),
}

impl Stream {
    /// Writes of `unsent`, or reads into `into`, whichever goes first; neither if both are empty.
    pub(crate) async fn transfer(&mut self, unsent: &[u8], into: &mut [u8]) -> io::Result<Moved> {
        poll_fn(|context| self.poll_transfer(unsent, into, context)).await
    }

    fn poll_transfer(
        &mut self,
        unsent: &[u8],
        into: &mut [u8],
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Moved>> {
        if !unsent.is_empty() {
            let written = match self {
                Stream::Plain(stream) => Pin::new(stream).poll_write(context, unsent),
                Stream::Encrypted(stream) => Pin::new(stream).poll_write(context, unsent),
            };
            if let Poll::Ready(written) = written {
                return Poll::Ready(written.map(Moved::Written));
            }
        } else if let Stream::Encrypted(stream) = self {
            // What was written may still be in its buffer.
            if let Poll::Ready(Err(error)) = Pin::new(stream).poll_flush(context) {
                return Poll::Ready(Err(error));
            }
        }
        if into.is_empty() {
            return Poll::Pending;
        }
        let mut buffer = ReadBuf::new(into);
        let read = match self {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, &mut buffer),
            Stream::Encrypted(stream) => Pin::new(stream).poll_read(context, &mut buffer),
        };
        read.map_ok(|()| Moved::Read(buffer.filled().len()))
    }

    /// Writes everything and closes this side.
    pub(crate) async fn finish(&mut self, mut unsent: &[u8]) -> io::Result<()> {
        while !unsent.is_empty() {
            if let Moved::Written(written) = self.transfer(unsent, &mut []).await? {
                unsent = &unsent[written..];
            }
        }
        poll_fn(|context| match self {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        })
        .await
    }
}

/// Reads certificate and key.
///
/// # Errors
/// What is wrong with them, in a sentence.
pub(crate) fn tls_acceptor(tls: &Tls) -> Result<TlsAcceptor, String> {
    let unreadable = |path: &std::path::Path, error: &dyn std::fmt::Display| {
        format!("{} cannot be read: {error}", path.display())
    };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&tls.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unreadable(&tls.key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| format!("certificate and key cannot be used: {error}"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
