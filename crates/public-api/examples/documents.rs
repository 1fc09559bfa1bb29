//! Writes the documents beside the crate: `cargo run -p public-api --example documents`.

use std::path::Path;

use public_api::documents::{asyncapi, openapi, to_text};

fn main() -> std::io::Result<()> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(place.join("openapi.json"), to_text(&openapi()))?;
    std::fs::write(place.join("asyncapi.json"), to_text(&asyncapi()))
}
