//! The documents that are made of the tables: for machines, and one page for people.

mod asyncapi;
mod extensions;
mod openapi;
mod page;
mod paths;
mod schemas;

pub use asyncapi::asyncapi;
pub use extensions::{EXTENSIONS, Extension};
pub use openapi::openapi;
pub use page::{PAGE_STYLE, readable_page};

/// A document as it is committed and served: indented, with a newline at its end.
#[must_use]
pub fn to_text(document: &serde_json::Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests;
