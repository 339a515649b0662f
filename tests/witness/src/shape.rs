//! Values held against the types of the facts.
//!
//! A property that the type lacks is a violation unless it is an OData annotation, or the type is open.
//! Source: Microsoft's CSDL for the types; reference: Graph, section 2.7 for the annotations.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde_json::{Map, Value};

use crate::{
    facts::{FACTS, Form, Kind, Type},
    violation::Findings,
};

/// Annotations that stand for themselves; those of a property (`body@odata.type`) are checked by their end.
const ANNOTATIONS: [&str; 14] = [
    "@odata.context",
    "@odata.etag",
    "@odata.id",
    "@odata.type",
    "@odata.count",
    "@odata.nextLink",
    "@odata.deltaLink",
    "@odata.mediaContentType",
    "@odata.mediaReadLink",
    "@odata.mediaEtag",
    "@odata.editLink",
    "@odata.readLink",
    "@odata.associationLink",
    "@odata.navigationLink",
];

/// Checks an object against a named type, or against the derived type that it names itself.
pub(crate) fn check_object(object: &Map<String, Value>, declared: &str, findings: &mut Findings) {
    let Some(name) = actual_type(object, declared, findings) else { return };
    let Some(kind) = FACTS.types.get(name) else { return };
    if let Some(removed) = object.get("@removed") {
        return check_removed(object, removed, findings);
    }
    for (field, value) in object {
        findings.within(field, |findings| check_member(field, value, name, kind, findings));
    }
}

/// The type to check by: the declared one, or the derived one of `@odata.type`.
fn actual_type<'a>(object: &'a Map<String, Value>, declared: &'a str, findings: &mut Findings) -> Option<&'a str> {
    let Some(given) = object.get("@odata.type") else { return Some(declared) };
    let given = given.as_str().unwrap_or_default();
    let lower = given.to_ascii_lowercase();
    let Some(start) = lower.strip_prefix("#microsoft.graph.").map(|rest| given.len() - rest.len()) else {
        findings.note(format!("@odata.type {given:?} is not of #microsoft.graph"));
        return None;
    };
    let Some((name, _)) = FACTS.type_named(&given[start..]) else {
        findings.note(format!("@odata.type {given:?} is not a known type"));
        return None;
    };
    let base = FACTS.types.get(declared)?;
    // `resourceData` is open and names the type of what it refers to.
    if base.open {
        return Some(declared);
    }
    if name != declared && !base.derived.iter().any(|derived| derived == name) {
        findings.note(format!("@odata.type {given:?} where a {declared} belongs"));
        return None;
    }
    Some(name)
}

/// A removed entry carries its id, its type, the reason and nothing else.
fn check_removed(object: &Map<String, Value>, removed: &Value, findings: &mut Findings) {
    if !object.get("id").is_some_and(Value::is_string) {
        findings.note("a removed entry without an id");
    }
    if !matches!(removed["reason"].as_str(), Some("deleted" | "changed")) {
        findings.note("@removed.reason must be deleted or changed");
    }
    for field in object.keys().filter(|field| !["id", "@removed", "@odata.type"].contains(&field.as_str())) {
        findings.note(format!("a removed entry carries {field}"));
    }
}

fn check_member(field: &str, value: &Value, name: &str, kind: &Type, findings: &mut Findings) {
    if field.contains('@') {
        return check_annotation(field, value, kind, findings);
    }
    match kind.fields.get(field) {
        Some(kind) => check_value(value, kind, findings),
        None if kind.open => {}
        None => findings.note(format!("{name} has no such property")),
    }
}

fn check_annotation(written: &str, value: &Value, kind: &Type, findings: &mut Findings) {
    let (property, annotation) = written.split_at(written.find('@').unwrap_or_default());
    let known = ANNOTATIONS.contains(&annotation) || annotation.starts_with("@microsoft.graph.");
    if !known {
        findings.note("an annotation that Graph does not use");
    } else if !property.is_empty() && !kind.open && !kind.fields.contains_key(property) {
        findings.note("an annotation of a property that does not exist");
    } else if annotation == "@odata.count" {
        if !value.is_u64() {
            findings.note("@odata.count must be a whole number");
        }
    } else if !value.is_string() && !annotation.starts_with("@microsoft.graph.") {
        findings.note(format!("expected a string, found {}", what(value)));
    } else if annotation == "@odata.etag" && !is_etag(value.as_str().unwrap_or_default()) {
        findings.note("not of the form W/\"…\"");
    }
}

fn is_etag(text: &str) -> bool {
    text.strip_prefix("W/\"").is_some_and(|rest| rest.len() > 1 && rest.ends_with('"'))
}

/// Checks a value against a field's type.
pub(crate) fn check_value(value: &Value, kind: &Kind, findings: &mut Findings) {
    if value.is_null() {
        if !kind.nullable && kind.form != Form::Any {
            findings.note("must not be null");
        }
        return;
    }
    match (&kind.form, value) {
        (Form::Any, value) => check_any(value, findings),
        (Form::List(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                findings.within(&format!("[{index}]"), |findings| check_value(value, item, findings));
            }
        }
        (Form::Named(name), Value::Object(object)) => check_object(object, name, findings),
        (form, value) => check_simple(form, value, findings),
    }
}

/// Where anything may stand, a value that names a known type is held to it.
fn check_any(value: &Value, findings: &mut Findings) {
    let Value::Object(object) = value else { return };
    let named = object.get("@odata.type").and_then(Value::as_str).and_then(|name| name.strip_prefix("#microsoft.graph."));
    if let Some((name, _)) = named.and_then(|name| FACTS.type_named(name)) {
        check_object(object, name, findings);
    }
}

fn check_simple(form: &Form, value: &Value, findings: &mut Findings) {
    let text = value.as_str();
    let fits = match form {
        Form::Text => text.is_some(),
        Form::Boolean => value.is_boolean(),
        Form::Int32 => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Form::Int64 => value.is_i64() || value.is_u64(),
        Form::Double => value.is_number() || matches!(text, Some("NaN" | "INF" | "-INF")),
        Form::DateTimeOffset => text.is_some_and(is_instant),
        Form::Date => text.is_some_and(|text| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()),
        Form::TimeOfDay => text.is_some_and(|text| text.parse::<jiff::civil::Time>().is_ok()),
        Form::Guid => text.is_some_and(is_guid),
        Form::Binary => text.is_some_and(|text| STANDARD.decode(text).is_ok() || URL_SAFE.decode(text).is_ok()),
        Form::Word(words) => text.is_some_and(|text| words.iter().any(|word| word == text)),
        Form::Any | Form::List(_) | Form::Named(_) => false,
    };
    if !fits {
        findings.note(format!("expected {}, found {}", expected(form), what(value)));
    }
}

/// An instant as Graph writes it: date, `T`, time with seconds, zone; never a bare local time.
pub(crate) fn is_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    let zoned = text.ends_with('Z') || bytes.len() > 6 && matches!(bytes[bytes.len() - 6], b'+' | b'-');
    zoned && bytes.get(10) == Some(&b'T') && bytes.get(16) == Some(&b':') && text.parse::<jiff::Timestamp>().is_ok()
}

pub(crate) fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn expected(form: &Form) -> String {
    match form {
        Form::Word(words) => format!("one of {}", words.join(", ")),
        Form::List(_) => "a list".into(),
        Form::Named(name) => format!("an object of type {name}"),
        form => format!("{form:?}"),
    }
}

/// Names a value by its kind and never by its content, which may be someone's mail.
pub(crate) fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string of another form",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
