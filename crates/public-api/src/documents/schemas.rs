//! Schemas: of resources from their types, of requests from the tables.

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::operation::{Kind, Operation, Parameter, Rule};
use crate::operations::{
    CONTACT_CENTER_FIELDS, DEVICE_FIELDS, GROUP_FIELDS, GROUP_MEMBER_FIELDS, QUEUE_FIELDS,
    SETTINGS_GROUP_FIELDS, SKILL_FIELDS, SMS_KEYWORDS_FIELDS, SUPPRESSION_FIELDS, TABLES, USER_DEVICE_FIELDS,
    USER_FIELDS, USER_SKILL_FIELDS,
};
use crate::resources::{
    AgentState, Call, CallRecording, ChannelState, Contact, ContactCenter, CustomerChat, CustomerMessage,
    Device, Feature, Group, GroupType, Import, Interaction, KeywordFamily, Message, MessageDelivery, Queue,
    Service, Setting, SettingsGroup, Skill, SupervisedSession, Suppression, User,
};
use crate::status::StatusCode;
use crate::user_data::UserData;

/// Every schema of the documents, by name.
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas = resource_schemas();
    for (title, table) in TABLES {
        for operation in table {
            schemas.insert(format!("{title}{}", operation.name), operation_schema(operation));
        }
    }
    for (title, fields) in OBJECTS {
        schemas.insert(format!("New{title}"), object_schema(fields, true));
        schemas.insert(format!("Changed{title}"), object_schema(fields, false));
    }
    schemas.insert("CustomState".to_owned(), custom_state_schema());
    schemas.insert("Problem".to_owned(), problem_schema());
    schemas
}

/// The name of the schema of an object to make, or of its changes.
pub(super) fn object_name(fields: &[Parameter], verb: &str) -> String {
    let is_same =
        |known: &[Parameter]| known.iter().map(|field| field.name).eq(fields.iter().map(|field| field.name));
    let title = OBJECTS.iter().find(|(_, known)| is_same(known)).map_or("Object", |(title, _)| title);
    format!("{verb}{title}")
}

/// The name of a table of operations.
pub(super) fn table_name(table: &[Operation]) -> &'static str {
    let names = |table: &[Operation]| table.iter().map(|operation| operation.name).collect::<Vec<_>>();
    TABLES.iter().find(|(_, known)| names(known) == names(table)).map_or("", |(title, _)| title)
}

/// A request that shows every mandatory member, or as many as the rules demand.
pub(super) fn operation_example(operation: &Operation) -> Value {
    let mut example = Map::new();
    example.insert("operationName".to_owned(), json!(operation.name));
    let demanded = |name: &str| {
        operation.rules.iter().any(|rule| match rule {
            Rule::AnyOf(names) | Rule::ExactlyOne(names) => names.first() == Some(&name),
            Rule::OnlyWith(..) => false,
        })
    };
    for parameter in operation.parameters {
        let is_shown =
            parameter.required || demanded(parameter.name) || matches!(parameter.kind, Kind::Choice(_));
        let hangs_on_text = parameter.name == "treatAs";
        if is_shown && !hangs_on_text {
            example.insert(parameter.name.to_owned(), parameter_example(parameter));
        }
    }
    Value::Object(example)
}

fn parameter_example(parameter: &Parameter) -> Value {
    match parameter.kind {
        Kind::Text { .. } => match parameter.name {
            "text" => json!("Where is my parcel?"),
            "url" => json!("https://www.example.com/returns"),
            "nickname" | "noticeText" => json!("Rosa"),
            "destination" | "phoneNumber" | "participant" => json!("+15550100123"),
            name => json!(format!("a {name}")),
        },
        Kind::Choice(words) => json!(parameter.default.or(words.first().copied())),
        Kind::Flag => json!(false),
        Kind::Integer { max, .. } => json!(max.min(8)),
        Kind::TextList { .. } if parameter.name == "channels" => json!(["chat"]),
        Kind::TextList { .. } => json!(["OrderNo"]),
        Kind::ChoiceList(words) => json!(words.get(1..2)),
        Kind::UserData | Kind::CallData => json!({"OrderNo": "88-1"}),
        Kind::Keys { .. } => json!("1#"),
        Kind::Object(fields) => fields
            .iter()
            .filter(|field| field.required)
            .map(|field| (field.name.to_owned(), parameter_example(field)))
            .collect(),
        Kind::Target(kinds) => {
            let collection = kinds.first().map_or("users", |kind| kind.as_str());
            json!(format!("https://cc.example.com/api/v2/{collection}/5b1e0c7d9a3f4e6680d2c4b7a1f93e52"))
        }
        Kind::Objects(_) => json!([]),
    }
}

fn operation_schema(operation: &Operation) -> Value {
    let mut schema = object_schema(operation.parameters, true);
    schema["description"] = json!(operation_text(operation));
    schema["properties"]["operationName"] = json!({"const": operation.name, "type": "string"});
    let mut required = vec![json!("operationName")];
    required.extend(schema["required"].as_array().into_iter().flatten().cloned());
    schema["required"] = Value::Array(required);
    schema
}

/// What an operation does, who may ask for it, and under which other names.
pub(super) fn operation_text(operation: &Operation) -> String {
    let mut text = operation.doc.to_owned();
    if operation.extension {
        text.push_str(" Ours.");
    }
    if !operation.aliases.is_empty() {
        text.push_str(&format!(" Also accepted as `{}`.", operation.aliases.join("`, `")));
    }
    if let Some(token) = operation.capability.filter(|token| token.as_str() != operation.name) {
        text.push_str(&format!(" Listed in `capabilities` as `{token}`."));
    }
    if operation.answers_reference_id {
        text.push_str(" Answers a `referenceId`.");
    }
    for rule in operation.rules {
        let sentence = match rule {
            Rule::AnyOf(names) => format!(" Needs at least one of `{}`.", names.join("`, `")),
            Rule::ExactlyOne(names) => format!(" Needs exactly one of `{}`.", names.join("`, `")),
            Rule::OnlyWith(name, needed) => format!(" `{name}` goes only with `{needed}`."),
        };
        text.push_str(&sentence);
    }
    text
}

fn object_schema(fields: &[Parameter], is_whole: bool) -> Value {
    let settable = || fields.iter().filter(|field| !field.read_only);
    let properties: Map<_, _> =
        settable().map(|field| (field.name.to_owned(), parameter_schema(field, is_whole))).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    let required: Vec<_> =
        settable().filter(|field| is_whole && field.required).map(|field| field.name).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn parameter_schema(parameter: &Parameter, is_whole: bool) -> Value {
    if matches!(parameter.kind, Kind::UserData | Kind::CallData) {
        return json!({"$ref": "#/components/schemas/UserData"});
    }
    let mut schema = kind_schema(parameter.kind);
    if !(parameter.required && is_whole) {
        schema["type"] = json!([schema["type"], "null"]);
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.push(Value::Null);
        }
    }
    if let Some(value) = parameter.default {
        schema["default"] = match parameter.kind {
            Kind::Flag => json!(value == "true"),
            _ => json!(value),
        };
    }
    let mut text = parameter.doc.to_owned();
    if !parameter.aliases.is_empty() {
        text.push_str(&format!(" Also accepted as `{}`.", parameter.aliases.join("`, `")));
    }
    schema["description"] = json!(text);
    schema
}

fn kind_schema(kind: Kind) -> Value {
    match kind {
        // The limit is in bytes, of which a character has at least one.
        Kind::Text { max_bytes } => json!({"type": "string", "maxLength": max_bytes}),
        Kind::Choice(words) => json!({"type": "string", "enum": words}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::TextList { max_bytes } => {
            json!({"type": "array", "items": {"type": "string", "maxLength": max_bytes}})
        }
        Kind::ChoiceList(words) => json!({"type": "array", "items": {"type": "string", "enum": words}}),
        Kind::UserData | Kind::CallData => json!({"type": "object"}),
        Kind::Keys { max } => {
            json!({"type": "string", "minLength": 1, "maxLength": max, "pattern": "^[0-9*#A-Da-d]+$"})
        }
        Kind::Object(fields) => object_schema(fields, true),
        Kind::Target(_) => json!({"type": "string", "format": "uri-reference"}),
        Kind::Objects(fields) => json!({"type": "array", "items": object_schema(fields, true)}),
    }
}

fn custom_state_schema() -> Value {
    json!({
        "type": "object",
        "description": "Enters a state of the `agent-states` settings by its `operationName`.",
        "properties": {"operationName": {"type": "string"}},
        "required": ["operationName"]
    })
}

fn problem_schema() -> Value {
    let codes: Vec<_> = StatusCode::ALL.into_iter().filter(|code| *code != StatusCode::Success).collect();
    json!({
        "type": "object",
        "description": "A failure. Nothing was changed.",
        "properties": {
            "statusCode": {"type": "integer", "enum": codes, "description": "Why; see the table of codes."},
            "statusMessage": {"type": "string", "description": "Why, in English, for people."}
        },
        "required": ["statusCode", "statusMessage"],
        "additionalProperties": false
    })
}

fn resource_schemas() -> Map<String, Value> {
    let mut found = Vec::new();
    collect::<User>(&mut found);
    collect::<Device>(&mut found);
    collect::<Call>(&mut found);
    collect::<CallRecording>(&mut found);
    collect::<ChannelState>(&mut found);
    collect::<Interaction>(&mut found);
    collect::<SupervisedSession>(&mut found);
    collect::<Message>(&mut found);
    collect::<MessageDelivery>(&mut found);
    collect::<CustomerChat>(&mut found);
    collect::<CustomerMessage>(&mut found);
    collect::<UserData>(&mut found);
    collect::<Skill>(&mut found);
    collect::<Queue>(&mut found);
    collect::<Group>(&mut found);
    // Groups hold users, who are in groups: their own words are not collected with them.
    collect::<GroupType>(&mut found);
    collect::<Feature>(&mut found);
    collect::<Service>(&mut found);
    collect::<Setting>(&mut found);
    collect::<SettingsGroup>(&mut found);
    collect::<AgentState>(&mut found);
    collect::<Contact>(&mut found);
    collect::<ContactCenter>(&mut found);
    collect::<Suppression>(&mut found);
    collect::<Import>(&mut found);
    collect::<KeywordFamily>(&mut found);
    found.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect()
}

fn collect<T: ToSchema + PartialSchema>(found: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(found);
    found.push((T::name().into_owned(), T::schema()));
}

static OBJECTS: [(&str, &[Parameter]); 12] = [
    ("User", USER_FIELDS),
    ("Device", DEVICE_FIELDS),
    ("UserDevice", USER_DEVICE_FIELDS),
    ("Skill", SKILL_FIELDS),
    ("UserSkill", USER_SKILL_FIELDS),
    ("Queue", QUEUE_FIELDS),
    ("Group", GROUP_FIELDS),
    ("GroupMember", GROUP_MEMBER_FIELDS),
    ("SettingsGroup", SETTINGS_GROUP_FIELDS),
    ("ContactCenter", CONTACT_CENTER_FIELDS),
    ("Suppression", SUPPRESSION_FIELDS),
    ("SmsKeywords", SMS_KEYWORDS_FIELDS),
];
