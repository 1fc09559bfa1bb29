//! Our push service alone, on the real listener and the real routes; clients may publish.

use std::io::Write;

use tokio::net::TcpListener;
use web_server::{PushConfig, PushServer};

use crate::error::LoadError;

/// Serves until the process is killed.
pub fn serve() -> Result<(), LoadError> {
    // The kind of runtime that the real server uses; on one core it has one worker.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        Ok(PushServer::new(PushConfig::default()).serve(listener).await?)
    })
}
