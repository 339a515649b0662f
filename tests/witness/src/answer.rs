//! Answers: the status fits the method, the body fits the path.
//!
//! Source: reference: Graph, sections 1.3 (errors), 2.1 and 2.7 (selection, annotations), 4.1 (delta pages).

use serde_json::{Map, Value};

use crate::{
    batch,
    facts::{FACTS, Type},
    route::{Holds, Route},
    shape,
    violation::{Findings, Violation},
};

/// Checks an answer of Graph to `method path`. The path may be an absolute URL and carries its query.
#[must_use]
pub fn check_answer(method: &str, path: &str, status: u16, content_type: Option<&str>, body: &[u8]) -> Vec<Violation> {
    match Route::read(path) {
        Some(route) => check_routed(method, &route, status, content_type, body),
        None => Vec::new(),
    }
}

pub(crate) fn check_routed(method: &str, route: &Route, status: u16, content_type: Option<&str>, body: &[u8]) -> Vec<Violation> {
    let mut findings = Findings::default();
    if status >= 400 {
        check_failure(status, content_type, body, &mut findings);
        return findings.found;
    }
    if !fits(method, &route.holds, status) {
        findings.found.push(Violation::new("status", format!("{status} is no answer to {method} {}", route.template)));
    }
    if route.facts.is_none() {
        findings.found.push(Violation::new("path", format!("{} is not published, yet it succeeds", route.template)));
    }
    if matches!(status, 202 | 204) || matches!(route.holds, Holds::Blank) {
        if !body.is_empty() {
            findings.note(format!("must be empty with {status}"));
        }
        return findings.found;
    }
    match route.holds {
        Holds::Raw => {}
        Holds::Count => check_number(body, &mut findings),
        Holds::Nothing => {}
        _ => check_json(method, route, content_type, body, &mut findings),
    }
    findings.found
}

fn fits(method: &str, holds: &Holds, status: u16) -> bool {
    match (method.to_ascii_uppercase().as_str(), holds) {
        ("GET", _) => status == 200,
        ("DELETE", _) => status == 204,
        ("PATCH" | "PUT", _) => matches!(status, 200 | 201 | 204),
        ("POST", Holds::Collection(_)) => status == 201,
        ("POST", Holds::Nothing) => matches!(status, 202 | 204),
        ("POST", Holds::Blank) => status == 200,
        ("POST", _) => matches!(status, 200 | 201),
        _ => false,
    }
}

fn check_number(body: &[u8], findings: &mut Findings) {
    let text = std::str::from_utf8(body).unwrap_or_default();
    if text.trim_start_matches('\u{feff}').parse::<u64>().is_err() {
        findings.note("a count is a bare number");
    }
}

fn check_json(method: &str, route: &Route, content_type: Option<&str>, body: &[u8], findings: &mut Findings) {
    check_content_type(content_type, findings);
    let Some(object) = object(body, findings) else { return };
    // Creating answers with the created resource, not with the collection it went to.
    let created = match &route.holds {
        Holds::Collection(name) if method.eq_ignore_ascii_case("POST") => Some(Holds::Entity(name.clone())),
        _ => None,
    };
    let asked = Asked::of(route, created.is_some());
    match created.as_ref().unwrap_or(&route.holds) {
        Holds::Entity(name) => check_entity(&object, name, &asked, findings),
        Holds::Collection(name) => check_page(&object, name, &asked, false, findings),
        Holds::Delta(name) => check_page(&object, name, &asked, true, findings),
        Holds::Batch => batch::check_responses(&object, None, findings),
        _ => {}
    }
}

fn check_content_type(content_type: Option<&str>, findings: &mut Findings) {
    if !content_type.is_some_and(|given| given.to_ascii_lowercase().starts_with("application/json")) {
        findings.found.push(Violation::new("content-type", "must be application/json"));
    }
}

fn object(body: &[u8], findings: &mut Findings) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) => {
            findings.note("must be an object");
            None
        }
        Err(error) => {
            findings.note(format!("is no JSON ({:?})", error.classify()));
            None
        }
    }
}

/// What a URL asked to see.
struct Asked<'a> {
    select: Option<Vec<&'a str>>,
    expand: &'a str,
    /// The options are hidden in a token, or the answer is that of a creation: no statement about what may be absent.
    unknown: bool,
}

impl<'a> Asked<'a> {
    fn of(route: &'a Route, creates: bool) -> Self {
        let select = route.option("$select").map(|value| value.split(',').map(str::trim).collect());
        Self { select, expand: route.option("$expand").unwrap_or_default(), unknown: route.continues() || creates }
    }

    fn check(&self, object: &Map<String, Value>, kind: &Type, findings: &mut Findings) {
        for field in object.keys().filter(|field| !field.contains('@') && *field != "id") {
            let expanded = self.expand.contains(field.as_str());
            let problem = match &self.select {
                _ if self.unknown || expanded => None,
                Some(names) if !names.iter().any(|name| selects(name, field)) => Some("was not selected"),
                None if kind.select_only.contains(field) => Some("comes only when it is selected"),
                None if kind.navigates(field) => Some("comes only when it is expanded"),
                _ => None,
            };
            if let Some(problem) = problem {
                findings.within(field, |findings| findings.note(problem));
            }
        }
    }
}

fn selects(name: &str, field: &str) -> bool {
    name == "*" || name.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(field))
}

fn check_entity(object: &Map<String, Value>, name: &str, asked: &Asked<'_>, findings: &mut Findings) {
    check_context(object, findings);
    for only in ["@odata.nextLink", "@odata.deltaLink", "@removed"] {
        if object.contains_key(only) {
            findings.note(format!("{only} has no place in a single resource"));
        }
    }
    check_item(object, name, asked, findings);
}

fn check_item(object: &Map<String, Value>, name: &str, asked: &Asked<'_>, findings: &mut Findings) {
    let Some(kind) = FACTS.types.get(name) else { return };
    if kind.entity && !object.get("id").is_some_and(Value::is_string) {
        findings.note("a resource has an id");
    }
    shape::check_object(object, name, findings);
    if !object.contains_key("@removed") {
        asked.check(object, kind, findings);
    }
}

/// The context names the service's metadata; it comes once in an answer.
fn check_context(object: &Map<String, Value>, findings: &mut Findings) {
    let context = object.get("@odata.context").and_then(Value::as_str);
    if !context.is_some_and(|context| context.starts_with("http") && context.contains("/$metadata#")) {
        findings.note("@odata.context must be the URL of $metadata with a fragment");
    }
}

fn check_page(object: &Map<String, Value>, name: &str, asked: &Asked<'_>, is_delta: bool, findings: &mut Findings) {
    check_context(object, findings);
    check_links(object, is_delta, findings);
    for member in object.keys() {
        let known = ["value", "@odata.context", "@odata.nextLink", "@odata.deltaLink", "@odata.count"].contains(&member.as_str());
        if !known && !member.starts_with("@microsoft.graph.") {
            findings.within(member, |findings| findings.note("has no place in a page"));
        }
    }
    let Some(Value::Array(items)) = object.get("value") else { return findings.note("a page has a list named value") };
    for (index, item) in items.iter().enumerate() {
        findings.within(&format!("value[{index}]"), |findings| match item {
            Value::Object(item) => {
                if item.contains_key("@removed") && !is_delta {
                    findings.note("@removed outside a delta");
                }
                if is_delta && !item.contains_key("@odata.type") {
                    findings.note("an entry of a delta names its @odata.type");
                }
                check_item(item, name, asked, findings);
            }
            other => findings.note(format!("expected an object, found {}", shape::what(other))),
        });
    }
}

/// A delta page has exactly one of the two links; a list has no delta link.
fn check_links(object: &Map<String, Value>, is_delta: bool, findings: &mut Findings) {
    let has = |name: &str| object.contains_key(name);
    match (has("@odata.nextLink"), has("@odata.deltaLink")) {
        (true, true) => findings.note("a next link and a delta link on one page"),
        (false, false) if is_delta => findings.note("a delta page without a next link or a delta link"),
        (_, true) if !is_delta => findings.note("a delta link outside a delta"),
        _ => {}
    }
    for name in ["@odata.nextLink", "@odata.deltaLink"] {
        let is_published = |link: &Value| link.as_str().and_then(Route::read).is_some_and(|route| route.facts.is_some());
        if object.get(name).is_some_and(|link| !is_published(link)) {
            findings.note(format!("{name} is not the URL of a published path"));
        }
    }
    if object.get("@odata.count").is_some_and(|count| !count.is_u64()) {
        findings.note("@odata.count must be a whole number");
    }
}

/// An error is one object named `error`; a gateway's 404 or 5xx may have no body at all.
fn check_failure(status: u16, content_type: Option<&str>, body: &[u8], findings: &mut Findings) {
    if body.is_empty() && (status == 404 || status >= 500) {
        return;
    }
    check_content_type(content_type, findings);
    let Some(object) = object(body, findings) else { return };
    let Some(Value::Object(error)) = object.get("error").filter(|_| object.len() == 1) else {
        return findings.note("an error is one object named error");
    };
    findings.within("error", |findings| check_error(error, 0, findings));
}

fn check_error(error: &Map<String, Value>, depth: usize, findings: &mut Findings) {
    const INNER: [&str; 3] = ["date", "request-id", "client-request-id"];
    for (member, value) in error {
        let problem = match member.as_str() {
            "code" | "message" | "target" => (!value.is_string()).then_some("must be a string"),
            "details" => (!value.is_array()).then_some("must be a list"),
            "innerError" | "innererror" => (!value.is_object()).then_some("must be an object"),
            "date" if depth > 0 => (!is_bare_date(value)).then_some("is a date and time without zone or fraction"),
            other if depth > 0 && INNER.contains(&other) => (!value.is_string()).then_some("must be a string"),
            _ => Some("has no place in an error"),
        };
        findings.within(member, |findings| {
            if let Some(problem) = problem {
                findings.note(problem);
            } else if let Value::Object(inner) = value {
                check_error(inner, depth + 1, findings);
            }
        });
    }
    for needed in ["code", "message"].iter().filter(|needed| depth == 0 && !error.contains_key(**needed)) {
        findings.note(format!("has no {needed}"));
    }
}

fn is_bare_date(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 19 && text.parse::<jiff::civil::DateTime>().is_ok())
}
