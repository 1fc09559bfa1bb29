//! The OpenAPI document, made of the tables.

use serde_json::{Map, Value, json};

use super::extensions::EXTENSIONS;
use super::paths::paths;
use super::schemas::schemas;
use crate::headers;
use crate::routes::routes;
use crate::status::StatusCode;

/// The OpenAPI 3.1 document of every path, operation, resource and answer.
#[must_use]
pub fn openapi() -> Value {
    let tags: Vec<_> = routes().iter().map(|(title, _)| json!({"name": title})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Contact center API",
            "version": "2",
            "description": description(),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"}
        },
        "servers": [{"url": "/api/v2", "description": "This server."}],
        "tags": tags,
        "paths": paths(),
        "components": {
            "schemas": schemas(),
            "responses": responses(),
            "securitySchemes": security_schemes()
        }
    })
}

fn description() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str("\n## Status codes\n\n| code | HTTP | meaning |\n| --- | --- | --- |\n");
    for code in StatusCode::ALL {
        text.push_str(&format!("| {} | {} | {} |\n", code.number(), code.http(), code.meaning()));
    }
    text.push_str("\n## Additions to the original API\n\n| where | what | effect |\n| --- | --- | --- |\n");
    for extension in EXTENSIONS {
        text.push_str(&format!("| {} | {} | {} |\n", extension.place, extension.name, extension.doc));
    }
    text
}

fn responses() -> Map<String, Value> {
    FAILURES
        .iter()
        .map(|(name, status, doc)| {
            let codes: Vec<_> = StatusCode::ALL
                .into_iter()
                .filter(|code| {
                    code.http() == *status || (*status == 503 && *code == StatusCode::InternalError)
                })
                .map(|code| code.number().to_string())
                .collect();
            let body = json!({
                "description": format!("{doc} `statusCode` {}.", codes.join(", ")),
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            });
            ((*name).to_owned(), body)
        })
        .collect()
}

fn security_schemes() -> Value {
    json!({
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "Name and password; accepted on any request. The answer sets the cookie."
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": headers::SESSION_COOKIE,
            "description": "The HTTP session that the first authenticated request begins."
        },
        "csrf": {
            "type": "apiKey", "in": "header", "name": headers::CSRF_TOKEN,
            "description": "Where protection is on: answers to GET name this header in `X-CSRF-HEADER` and give its value in `X-CSRF-TOKEN`; requests that change something repeat it."
        },
        "contactCenter": {
            "type": "apiKey", "in": "header", "name": headers::CONTACT_CENTER,
            "description": "The contact center that a customer turns to. No `Authorization` beside it."
        }
    })
}

/// The failures that an endpoint can answer with: name, HTTP status, description.
pub(super) static FAILURES: [(&str, u16, &str); 5] = [
    ("BadRequest", 400, "The request is not valid, or not now."),
    ("Refused", 403, "Not for this caller, or in the way of something that exists."),
    ("NotFound", 404, "There is no such thing, or the caller may not know of it."),
    ("Failed", 500, "The server, or something behind it, failed."),
    ("Unavailable", 503, "Not now; a later try may succeed."),
];

const INTRODUCTION: &str = "\
The API of an open contact-center server. Requests and answers are JSON in UTF-8.

* Every answer has a numeric `statusCode`; 0 means done. A failure has a `statusMessage` beside it, and nothing \
else; nothing was changed.
* State changes are a POST with an `operationName`. The answer says only that it was done; the new state comes \
as a notification (see the AsyncAPI document).
* An explicit `null` counts as absent. Unknown members are ignored. A trailing slash is accepted.
* Collections answer links under `uris`, or objects with `fields`. A query parameter that is named like a member \
keeps entries that have this value.
* Where a `targetUri` is taken, `targetPath` is, too; only the last two path segments count.
* Times are `yyyy-MM-dd HH:mm:ss.SSSZ`. `timestampSeconds` is in milliseconds, despite its name.
";
