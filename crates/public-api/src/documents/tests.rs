use serde_json::Value;

use super::*;

/// The committed document is the one that the tables make.
fn check(path: &str, document: &Value) {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == to_text(document),
        "{path} is stale; run: cargo run -p public-api --example documents"
    );
}

#[test]
fn the_committed_openapi_document_is_fresh() {
    check("openapi.json", &openapi());
}

#[test]
fn the_committed_asyncapi_document_is_fresh() {
    check("asyncapi.json", &asyncapi());
}

#[test]
fn every_reference_points_at_something() {
    for document in [openapi(), asyncapi()] {
        let mut references = Vec::new();
        collect_references(&document, &mut references);
        assert!(references.len() > 50);
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect_references(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}

#[test]
fn every_operation_is_named_once_in_the_openapi_document() {
    let document = openapi();
    let paths = document["paths"].as_object().unwrap();
    let mut names: Vec<_> = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
        .filter_map(|method| method["operationId"].as_str())
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(all > 90, "{all}");
}

#[test]
fn the_examples_of_the_document_are_understood() {
    for (title, table) in crate::operations::TABLES {
        for operation in table {
            let example = schemas::operation_example(operation).to_string();
            let parsed = crate::request::parse(table, example.as_bytes());
            assert!(parsed.is_ok(), "{title} {}: {parsed:?}", operation.name);
        }
    }
}

#[test]
fn the_page_names_every_operation_and_loads_nothing_from_elsewhere() {
    let page = readable_page("/docs/api.css");
    for operation in crate::operations::TABLES.iter().flat_map(|(_, table)| *table) {
        assert!(page.contains(operation.name));
    }
    for (path, _) in
        crate::routes::routes().iter().flat_map(|(_, routes)| *routes).flat_map(|r| r.canonical_paths())
    {
        assert!(page.contains(&path), "{path}");
    }
    for forbidden in ["<script", "<style", " style=", "src=", "href=\"http", "//"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(!PAGE_STYLE.contains("url("));
}
