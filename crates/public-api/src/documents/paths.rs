//! The paths of the OpenAPI document.

use serde_json::{Map, Value, json};

use super::openapi::FAILURES;
use super::schemas::{object_name, operation_example, operation_text, table_name};
use crate::dialect::Dialect;
use crate::operation::Operation;
use crate::routes::{Answer, Body, Door, Endpoint, Method, Route, routes};

/// Every path, with its methods.
pub(super) fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    for (tag, table) in routes() {
        for route in table {
            for (path, dialect) in route.canonical_paths() {
                let item = path_item(tag, route, &path, dialect);
                paths.insert(path, item);
            }
        }
    }
    paths
}

fn path_item(tag: &str, route: &Route, path: &str, dialect: Option<&'static Dialect>) -> Value {
    let mut item = Map::new();
    item.insert("summary".to_owned(), json!(route.doc));
    let parameters: Vec<_> = path_parameters(path).collect();
    if !parameters.is_empty() {
        item.insert("parameters".to_owned(), json!(parameters));
    }
    for endpoint in route.endpoints.iter().filter(|endpoint| endpoint.is_for(dialect)) {
        let method = endpoint.method.as_str().to_ascii_lowercase();
        item.insert(method, method_item(tag, endpoint, path, dialect));
    }
    Value::Object(item)
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).map(|name| {
        let schema = match name {
            "members" => json!({"type": "string", "enum": ["users", "supervisors", "skills", "queues"]}),
            _ => json!({"type": "string"}),
        };
        json!({"name": name, "in": "path", "required": true, "schema": schema})
    })
}

fn method_item(tag: &str, endpoint: &Endpoint, path: &str, dialect: Option<&Dialect>) -> Value {
    let mut item = json!({
        "tags": [tag],
        "operationId": operation_id(endpoint.method, path),
        "summary": endpoint.doc,
        "security": security(endpoint),
        "responses": responses(endpoint, dialect)
    });
    let mut notes = Vec::new();
    if endpoint.extension {
        notes.push("Ours: the original API has no such thing.".to_owned());
    }
    if !endpoint.features.is_empty() {
        let names: Vec<_> = endpoint.features.iter().map(|feature| feature.as_str()).collect();
        notes.push(format!("Needs the features `{}`.", names.join("`, `")));
    }
    if !endpoint.roles.is_empty() {
        let names: Vec<_> = endpoint.roles.iter().map(|role| role.as_str()).collect();
        notes.push(format!("For `{}`.", names.join("`, `")));
    }
    if let Body::Operation(table, _) = endpoint.body {
        notes.extend(
            table.iter().map(|operation| format!("* `{}`: {}", operation.name, operation_text(operation))),
        );
    }
    if !notes.is_empty() {
        item["description"] = json!(notes.join("\n"));
    }
    if let Some(mut body) = request_body(endpoint.body) {
        if endpoint.rows {
            body["content"]["text/csv"] = rows();
        }
        item["requestBody"] = body;
    }
    let parameters = query_parameters(endpoint);
    if !parameters.is_empty() {
        item["parameters"] = Value::Array(parameters);
    }
    item
}

/// A name for generated clients, such as `postMeChatsById`.
fn operation_id(method: Method, path: &str) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    for word in path.split(['/', '-']).filter(|word| !word.is_empty()) {
        let (prefix, word) = match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(name) => ("By", name),
            None => ("", word),
        };
        let (first, rest) = word.split_at(1);
        id.push_str(prefix);
        id.push_str(&first.to_ascii_uppercase());
        id.push_str(rest);
    }
    id
}

fn security(endpoint: &Endpoint) -> Value {
    match endpoint.door {
        Door::Users if endpoint.method == Method::Get => json!([{"basic": []}, {"session": []}]),
        Door::Users => json!([{"basic": []}, {"session": []}, {"session": [], "csrf": []}]),
        Door::Customers => json!([{"contactCenter": []}]),
        Door::Everybody => json!([]),
    }
}

fn request_body(body: Body) -> Option<Value> {
    let schema = match body {
        Body::Nothing => return None,
        Body::Operation(table, has_custom_states) => return Some(operation_body(table, has_custom_states)),
        Body::Object(fields) => json!({"$ref": reference(&object_name(fields, "New"))}),
        Body::Changes(fields) => json!({"$ref": reference(&object_name(fields, "Changed"))}),
        Body::Free => json!({"type": "object", "additionalProperties": true}),
        Body::Push => push_messages(),
    };
    Some(json!({"required": true, "content": {"application/json": {"schema": schema}}}))
}

fn operation_body(table: &'static [Operation], has_custom_states: bool) -> Value {
    let title = table_name(table);
    let reference_of = |operation: &Operation| reference(&format!("{title}{}", operation.name));
    let one_of: Vec<_> = table.iter().map(|operation| json!({"$ref": reference_of(operation)})).collect();
    let mapping: Map<_, _> =
        table.iter().map(|operation| (operation.name.to_owned(), json!(reference_of(operation)))).collect();
    let mut schema = json!({
        "oneOf": one_of,
        "discriminator": {"propertyName": "operationName", "mapping": mapping}
    });
    if has_custom_states {
        schema = json!({"anyOf": [schema, {"$ref": reference("CustomState")}]});
    }
    let examples: Map<_, _> = table
        .iter()
        .map(|operation| (operation.name.to_owned(), json!({"value": operation_example(operation)})))
        .collect();
    json!({"required": true, "content": {"application/json": {"schema": schema, "examples": examples}}})
}

fn query_parameters(endpoint: &Endpoint) -> Vec<Value> {
    let text = |name: &str, doc: &str| json!({"name": name, "in": "query", "description": doc, "schema": {"type": "string"}});
    let number = |name: &str, doc: &str| json!({"name": name, "in": "query", "description": doc, "schema": {"type": "integer", "minimum": 0}});
    let mut parameters = Vec::new();
    if matches!(
        endpoint.answer,
        Answer::Object(..) | Answer::Session | Answer::Collection(..) | Answer::Sessions(_)
    ) {
        parameters.push(text("fields", "Members to answer, separated by commas, or `*` for all."));
        parameters.push(text("subresources", "Embedded collections, separated by commas, or `*` for all."));
    }
    if matches!(endpoint.answer, Answer::Collection(..) | Answer::Sessions(_)) {
        parameters.push(number("offset", "How many entries to leave out at the beginning."));
        parameters.push(number("limit", "How many entries to answer at most."));
    }
    parameters.extend(endpoint.query.iter().map(|parameter| {
        if parameter.is_number {
            number(parameter.name, parameter.doc)
        } else {
            text(parameter.name, parameter.doc)
        }
    }));
    parameters
}

fn responses(endpoint: &Endpoint, dialect: Option<&Dialect>) -> Value {
    let mut responses = Map::new();
    let kind = if endpoint.answer == Answer::Sound { "audio/wav" } else { "application/json" };
    let mut content = json!({kind: {"schema": answer_schema(endpoint, dialect)}});
    if endpoint.rows && endpoint.method == Method::Get {
        content["text/csv"] = rows();
    } else if endpoint.rows {
        let whole = &mut content["application/json"]["schema"];
        *whole = json!({"anyOf": [whole.take(), import_schema()]});
    }
    responses.insert("200".to_owned(), json!({"description": "Done.", "content": content}));
    for (name, status, _) in FAILURES {
        let reference = format!("#/components/responses/{name}");
        responses.insert(status.to_string(), json!({"$ref": reference}));
    }
    Value::Object(responses)
}

fn answer_schema(endpoint: &Endpoint, dialect: Option<&Dialect>) -> Value {
    let session_key = dialect.map_or("chat", |dialect| dialect.resource_key);
    let sessions_key = dialect.map_or("chats", |dialect| dialect.collection);
    match endpoint.answer {
        Answer::Done if is_referenced(endpoint.body) => {
            let doc = "The number of the operation, where its notification carries it.";
            success(&[], json!({"referenceId": {"type": "integer", "description": doc}}))
        }
        Answer::Done => success(&[], json!({})),
        Answer::Bulk => bulk_schema(),
        Answer::Object(key, schema) => success(&[key], json!({key: {"$ref": reference(schema)}})),
        Answer::Session => success(&[session_key], json!({session_key: {"$ref": reference("Interaction")}})),
        Answer::Collection(key, schema) => collection_schema(key, schema),
        Answer::Sessions(schema) => collection_schema(sessions_key, schema),
        Answer::List(key, schema) => {
            let entries = json!({"type": "array", "items": {"$ref": reference(schema)}});
            success(&[key], json!({key: entries}))
        }
        Answer::Created => {
            let text = json!({"type": "string"});
            success(&["id", "uri", "path"], json!({"id": text, "uri": text, "path": text}))
        }
        Answer::ChatRequested => {
            let path = json!({"type": "string", "description": "With the prefix `/api/v2`, unlike all other paths."});
            success(&["id", "path"], json!({"id": {"type": "string"}, "path": path}))
        }
        Answer::Settings => {
            let entries = json!({"type": "array", "items": {"type": "object", "additionalProperties": true}});
            success(&["settings"], json!({"key": {"type": "string"}, "settings": entries}))
        }
        Answer::Empty(key) => success(&[key], json!({key: {"type": "array", "maxItems": 0}})),
        Answer::Document => json!({"description": "The document itself, without an envelope."}),
        Answer::Sound => json!({"type": "string", "contentMediaType": "audio/wav"}),
        Answer::Version => success(&["version"], json!({"version": {"type": "string"}})),
        Answer::Push => push_messages(),
    }
}

fn is_referenced(body: Body) -> bool {
    matches!(body, Body::Operation(table, _) if table.iter().any(|operation| operation.answers_reference_id))
}

fn success(required: &[&str], members: Value) -> Value {
    let mut properties = Map::new();
    properties.insert("statusCode".to_owned(), json!({"type": "integer", "const": 0}));
    if let Value::Object(members) = members {
        properties.extend(members);
    }
    let required: Vec<_> = std::iter::once("statusCode").chain(required.iter().copied()).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn collection_schema(key: &str, schema: &str) -> Value {
    success(
        &[],
        json!({
            "totalCount": {"type": "integer", "description": "With paging: how many there are."},
            "uris": {"type": "array", "items": {"type": "string"}, "description": "Without `fields`: links."},
            key: {"type": "array", "items": {"$ref": reference(schema)}, "description": "With `fields`: objects."}
        }),
    )
}

fn bulk_schema() -> Value {
    let part = json!({
        "type": "object",
        "properties": {
            "statusCode": {"type": "integer"},
            "statusMessage": {"type": "string"},
            "channel": {"type": "string", "enum": ["voice", "multimedia"]}
        },
        "required": ["statusCode", "channel"]
    });
    json!({
        "type": "object",
        "properties": {
            "statusCode": {"type": "integer", "enum": [0, 7], "description": "7: done in part."},
            "succeeded": {"type": "array", "items": part},
            "failed": {"type": "array", "items": part}
        },
        "required": ["statusCode"]
    })
}

/// What became of rows that were sent.
fn import_schema() -> Value {
    json!({
        "allOf": [{"$ref": reference("Import")}],
        "properties": {"statusCode": {"type": "integer", "enum": [0, 7], "description": "7: with problems."}},
        "required": ["statusCode"]
    })
}

fn rows() -> Value {
    json!({"schema": {"type": "string"}, "example": "number,reason,since\r\n+15550100123,STOP,2031-04-07 07:15:02.640+0000\r\n"})
}

fn push_messages() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"channel": {"type": "string"}, "data": {"type": "object"}},
            "required": ["channel"]
        }
    })
}

fn reference(schema: &str) -> String {
    format!("#/components/schemas/{schema}")
}
