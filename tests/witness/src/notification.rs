//! Change notifications, as Graph posts them to a notification URL.
//!
//! Source: Microsoft's CSDL for `changeNotificationCollection`; reference: Graph, sections 5.7 and 5.8.

use serde_json::{Map, Value};

use crate::{
    shape,
    violation::{Findings, Violation},
};

/// Checks the body of one delivery: change notifications, lifecycle notifications, or both.
#[must_use]
pub fn check_notification(body: &[u8]) -> Vec<Violation> {
    let mut findings = Findings::default();
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => check_collection(&object, &mut findings),
        _ => findings.note("must be a JSON object"),
    }
    findings.found
}

fn check_collection(object: &Map<String, Value>, findings: &mut Findings) {
    shape::check_object(object, "changeNotificationCollection", findings);
    let items = object.get("value").and_then(Value::as_array);
    if items.is_none_or(Vec::is_empty) {
        findings.note("carries no notification");
    }
    for (index, item) in items.into_iter().flatten().enumerate() {
        findings.within(&format!("value[{index}]"), |findings| check_needed(item, findings));
    }
}

fn check_needed(item: &Value, findings: &mut Findings) {
    let mut needed = vec!["subscriptionId", "subscriptionExpirationDateTime", "tenantId"];
    if item["lifecycleEvent"].is_null() {
        needed.extend(["changeType", "resource"]);
        if !item["resourceData"]["id"].is_string() {
            findings.note("its resourceData has no id");
        }
    } else if !item["resourceData"].is_null() {
        findings.note("a lifecycle notification has no resourceData");
    }
    for field in needed.into_iter().filter(|field| !item[*field].is_string()) {
        findings.note(format!("has no {field}"));
    }
}
