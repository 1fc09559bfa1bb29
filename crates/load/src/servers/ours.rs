//! Our push service, mounted as in the real server, but with publishing by clients allowed.
//!
//! TO BE WIRED: `push_router` is the one function that has to be filled in once `web-server` offers
//! its push routes. What it must return: routes under `/api/v2/notifications` for long polling and
//! WebSocket, an anonymous handshake accepted, `maxSessionsPerBrowser` unlimited, and a publish to
//! `/load/**` delivered to the subscribers of the channel. The accept loop below should then give
//! way to the one that the real server uses, so that its connection settings are measured too.

use std::io::Write;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::error::LoadError;

/// Serves until the process is killed.
pub fn serve() -> Result<(), LoadError> {
    let Some(routes) = push_router() else { return Err(LoadError::NotWired) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let listener = listener.tap_io(|stream| {
            // Events are small and must not wait for Nagle's algorithm.
            let _ = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, routes).await?)
    })
}

/// The push routes of `web-server`; `None` as long as it offers none.
fn push_router() -> Option<Router> {
    None
}
