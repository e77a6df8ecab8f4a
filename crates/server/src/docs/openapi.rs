//! The table of calls as an OpenAPI 3.1 document.

use http::Method;
use serde_json::{Map, Value, json};

use super::{group, who};
use crate::api::endpoint::{Endpoint, Kind, Parameter, Presence, Security, optional, required};

const TIMESTAMP: Parameter = required("timestamp", Kind::Integer, "Now, in milliseconds since 1970.");
const WINDOW: Parameter =
    optional("recvWindow", Kind::Integer, "For how many milliseconds the call is good: 5000, at most 60000.");
const SIGNATURE: Parameter = required("signature", Kind::Text, "HMAC-SHA256 (hex) or Ed25519 (base64) of everything else sent.");

/// What a call takes, with what every signed call takes.
pub(super) fn parameters(endpoint: &Endpoint) -> Vec<Parameter> {
    let signed: &[Parameter] = match endpoint.security {
        Security::Public | Security::Key | Security::Control => &[],
        Security::Read | Security::Trade => &[WINDOW, TIMESTAMP, SIGNATURE],
    };
    endpoint.parameters.iter().chain(signed).copied().collect()
}

/// All calls as an OpenAPI 3.1 document.
#[must_use]
pub fn document(endpoints: &[Endpoint]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut groups: Vec<&str> = Vec::new();
    for endpoint in endpoints {
        let tag = group(endpoint.path);
        if !groups.contains(&tag) {
            groups.push(tag);
        }
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.as_str().to_ascii_lowercase(), operation(endpoint));
        }
    }
    let tags: Vec<Value> = groups.into_iter().map(|name| json!({"name": name})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ringfence",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A perpetual-futures exchange on this machine. Numbers are text; times are milliseconds since 1970.",
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": components(),
    })
}

fn components() -> Value {
    json!({
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-MBX-APIKEY", "description": "The API key."},
            "signature": {
                "type": "apiKey", "in": "query", "name": "signature",
                "description": "Signature over query and body as sent, everything but the signature itself.",
            },
            "token": {
                "type": "apiKey", "in": "header", "name": "X-Ringfence-Token",
                "description": "Needed where the server can be reached from other machines; on loopback nobody asks for it.",
            },
        },
        "schemas": {
            "Error": {
                "type": "object",
                "required": ["code", "msg"],
                "properties": {
                    "code": {"type": "integer", "description": "Always negative."},
                    "msg": {"type": "string"},
                },
            },
        },
        "responses": {
            "Refused": {
                "description": "4xx: certainly not executed. 5xx: unknown, ask by client order id.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let takes_body = endpoint.security == Security::Control && endpoint.method == Method::POST;
    let all = parameters(endpoint);
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "tags": [group(endpoint.path)],
        "summary": endpoint.summary,
        "description": format!("For: {}.", who(endpoint.security)),
        "security": security(endpoint.security),
        "responses": {
            "200": {"description": "Done.", "headers": headers(endpoint)},
            "default": {"$ref": "#/components/responses/Refused"},
        },
    });
    let Some(object) = operation.as_object_mut() else { return operation };
    if takes_body {
        object.insert("requestBody".to_owned(), body(&all));
    } else {
        object.insert("parameters".to_owned(), all.iter().map(parameter).collect());
    }
    operation
}

fn operation_id(endpoint: &Endpoint) -> String {
    let path: String = endpoint.path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("{}{path}", endpoint.method.as_str().to_ascii_lowercase())
}

fn security(security: Security) -> Value {
    match security {
        Security::Public => json!([]),
        Security::Key => json!([{"key": []}]),
        Security::Read | Security::Trade => json!([{"key": [], "signature": []}]),
        Security::Control => json!([{}, {"token": []}]),
    }
}

fn headers(endpoint: &Endpoint) -> Value {
    if endpoint.method == Method::GET {
        return json!({});
    }
    json!({"x-ringfence-index": {"description": "Index of the record that made the change durable.", "schema": {"type": "integer"}}})
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name, "in": "query", "required": parameter.presence == Presence::Required,
        "description": parameter.help, "schema": schema(parameter.kind),
    })
}

fn body(parameters: &[Parameter]) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for parameter in parameters {
        let mut schema = schema(parameter.kind);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), json!(parameter.help));
        }
        properties.insert(parameter.name.to_owned(), schema);
    }
    let required: Vec<&str> =
        parameters.iter().filter(|parameter| parameter.presence == Presence::Required).map(|parameter| parameter.name).collect();
    let schema = json!({"type": "object", "properties": properties, "required": required});
    let is_required = !required.is_empty();
    json!({
        "required": is_required,
        "content": {"application/json": {"schema": schema}, "application/x-www-form-urlencoded": {"schema": schema}},
    })
}

fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Decimal => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"}),
        Kind::Flag => json!({"type": "string", "enum": ["true", "false"]}),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
        Kind::List => json!({"type": "array", "items": {}}),
    }
}
