//! The bound of the REST interface: a bare axum handler that reads a small JSON object and
//! answers with one. No cookie, no state, no log.

use std::io::Write;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::error::LoadError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    operation_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    status_code: u32,
}

/// Serves until the process is killed.
pub fn serve() -> Result<(), LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let listener = listener.tap_io(|stream| {
            // Without it the bound would be one of Nagle's algorithm.
            let _ = stream.set_nodelay(true);
        });
        let routes = Router::new().route("/api/v2/me/chats/{id}", post(operate));
        Ok(axum::serve(listener, routes).await?)
    })
}

async fn operate(body: Bytes) -> Result<impl IntoResponse, StatusCode> {
    let operation: Operation = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let status_code = u32::from(operation.operation_name.is_empty());
    let answer = serde_json::to_vec(&Outcome { status_code }).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer))
}
