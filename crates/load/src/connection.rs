//! A non-blocking TCP connection that keeps nothing but what is incomplete.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::error::LoadError;

/// Bytes read with one system call; several events fit in it.
pub const SCRATCH_BYTES: usize = 128 * 1024;

/// One connection; `outgoing` holds what is still to be sent.
pub struct Connection {
    stream: TcpStream,
    incoming: Vec<u8>,
    pub outgoing: Vec<u8>,
}

impl Connection {
    /// Begins to connect.
    pub fn open(address: SocketAddr, registry: &Registry, token: Token) -> Result<Connection, LoadError> {
        Connection::adopt(TcpStream::connect(address)?, registry, token)
    }

    /// Takes over a stream that was accepted or is being connected.
    pub fn adopt(mut stream: TcpStream, registry: &Registry, token: Token) -> Result<Connection, LoadError> {
        // The options fail before the connection stands on some systems; latency would show it.
        let _ = stream.set_nodelay(true);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Connection { stream, incoming: Vec::new(), outgoing: Vec::new() })
    }

    /// Reads all there is. `parse` gets the unparsed bytes and `outgoing`, and says how many bytes it used.
    pub fn receive(
        &mut self,
        scratch: &mut [u8],
        mut parse: impl FnMut(&[u8], &mut Vec<u8>) -> Result<usize, LoadError>,
    ) -> Result<(), LoadError> {
        loop {
            let read = match self.stream.read(scratch) {
                Ok(0) => return Err(LoadError::Closed),
                Ok(read) => read,
                Err(error) if is_not_yet(&error) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if self.incoming.is_empty() {
                let used = parse(&scratch[..read], &mut self.outgoing)?;
                self.incoming.extend_from_slice(&scratch[used..read]);
            } else {
                self.incoming.extend_from_slice(&scratch[..read]);
                let used = parse(&self.incoming, &mut self.outgoing)?;
                self.incoming.drain(..used);
                if self.incoming.is_empty() {
                    self.incoming = Vec::new();
                }
            }
            // A short read emptied the socket: more bytes would raise a new event.
            if read < scratch.len() {
                return Ok(());
            }
        }
    }

    /// Sends what the socket takes now; the rest goes with a later event.
    pub fn flush(&mut self) -> Result<(), LoadError> {
        let mut written = 0;
        while written < self.outgoing.len() {
            match self.stream.write(&self.outgoing[written..]) {
                Ok(count) => written += count,
                Err(error) if is_not_yet(&error) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.outgoing.drain(..written);
        if self.outgoing.is_empty() {
            self.outgoing = Vec::new();
        }
        Ok(())
    }
}

// While a connection is being set up, Linux says NotConnected.
fn is_not_yet(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected)
}
