//! Arbitrary bytes as the body of every request, and arbitrary text as every query string and address.
//! What was understood keeps the promises of its table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use public_api::operations::TABLES;
use public_api::request::{asks_for_operation, parse_changes, parse_free_object};
use public_api::routes::{Body, Route, routes};
use public_api::{Query, Target, parse, parse_object, parse_or_custom_state};
use serde_json::json;

fuzz_target!(|input: &[u8]| {
    for (_, table) in TABLES {
        if let Ok(call) = parse(table, input) {
            assert!(asks_for_operation(input));
            for parameter in call.operation.parameters {
                assert!(call.has(parameter.name) || !parameter.required);
            }
        }
        let _ = parse_or_custom_state(table, input);
    }
    for route in routes().into_iter().flat_map(|(_, routes): (_, &[Route])| routes) {
        for endpoint in route.endpoints {
            match endpoint.body {
                Body::Object(fields) => drop(parse_object(fields, &[], input)),
                Body::Changes(fields) => drop(parse_changes(fields, input)),
                _ => {}
            }
        }
    }
    let _ = parse_free_object(input);
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = Target::parse(text);
        let query = Query::parse(text);
        let skill = json!({"id": "7", "name": "Returns", "roles": ["A"], "uri": "/skills/7"});
        let body = query.answer_collection("skills", std::slice::from_ref(&skill), false);
        assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
        let body = query.answer_object("skill", &skill);
        assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
    }
});
