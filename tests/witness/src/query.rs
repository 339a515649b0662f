//! Query options: whether the path takes them, and whether they name what exists.
//!
//! Source: Microsoft's list of paths with their options; reference: Graph, sections 2.1 to 2.6 and 4.3.

use crate::{
    facts::{FACTS, Type},
    route::Route,
    violation::Violation,
};

/// Checks every option of a URL.
pub(crate) fn check_options(route: &Route, found: &mut Vec<Violation>) {
    let Some(facts) = route.facts else { return };
    for (index, (name, value)) in route.options.iter().enumerate() {
        let place = format!("query {name}");
        let known = facts.query.iter().any(|known| known.trim_end_matches('*').eq_ignore_ascii_case(name));
        if !known {
            found.push(Violation::new(place, format!("{} does not take this option", route.template)));
        } else if route.options[..index].iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
            found.push(Violation::new(place, "is given twice"));
        } else if let Some(problem) = problem_of(&name.to_ascii_lowercase(), value, route) {
            found.push(Violation::new(place, problem));
        }
    }
    check_combination(route, found);
}

fn problem_of(name: &str, value: &str, route: &Route) -> Option<String> {
    let kind = route.resource().and_then(|name| FACTS.types.get(name));
    match name {
        "$top" if !value.parse::<u32>().is_ok_and(|top| (1..=1000).contains(&top)) => Some("must be 1 to 1000".into()),
        "$skip" if value.parse::<u32>().is_err() => Some("must be a number".into()),
        "$count" | "includehiddenfolders" if !["true", "false"].contains(&value) => Some("must be true or false".into()),
        "changetype" if !["created", "updated", "deleted"].contains(&value) => Some("must be created, updated or deleted".into()),
        "$skiptoken" | "$deltatoken" if value.is_empty() => Some("is empty".into()),
        "$search" if !(value.len() > 2 && value.starts_with('"') && value.ends_with('"')) => Some("must be in double quotes".into()),
        "$select" => kind.and_then(|kind| unknown_selection(value, kind)),
        "$orderby" => kind.and_then(|kind| bad_order(value, kind)),
        "$expand" => kind.and_then(|kind| unknown_expansion(value, kind)),
        "$filter" => bad_filter(value, kind, matches!(route.holds, crate::route::Holds::Delta(_))),
        _ => None,
    }
}

/// `$search` of mail stands alone (section 2.5).
fn check_combination(route: &Route, found: &mut Vec<Violation>) {
    if route.resource() != Some("message") || route.option("$search").is_none() {
        return;
    }
    for other in ["$filter", "$orderby"] {
        if route.option(other).is_some() {
            found.push(Violation::new(format!("query {other}"), "must not be combined with $search"));
        }
    }
}

fn unknown_selection(value: &str, kind: &Type) -> Option<String> {
    if value.is_empty() {
        return Some("names nothing".into());
    }
    let unknown = value.split(',').map(str::trim).find(|field| *field != "*" && !names(field, kind));
    unknown.map(|field| format!("no property {field}"))
}

/// A property, or one of a derived type after a cast; nested selection (`body/content`) is not supported.
fn names(field: &str, kind: &Type) -> bool {
    match field.rsplit_once('/') {
        None => kind.knows(field),
        Some((cast, field)) => {
            let target = cast.strip_prefix("microsoft.graph.").and_then(|name| FACTS.type_named(name));
            target.is_some_and(|(_, target)| target.knows(field))
        }
    }
}

fn bad_order(value: &str, kind: &Type) -> Option<String> {
    value.split(',').find_map(|key| {
        let mut words = key.split_whitespace();
        let path = words.next().unwrap_or_default();
        let direction = words.next().unwrap_or("asc");
        let first = path.split('/').next().unwrap_or_default();
        if !kind.knows(first) {
            Some(format!("no property {first}"))
        } else if !["asc", "desc"].contains(&direction) || words.next().is_some() {
            Some("an order is asc or desc".into())
        } else {
            None
        }
    })
}

fn unknown_expansion(value: &str, kind: &Type) -> Option<String> {
    top_level(value, ',').into_iter().find_map(|part| {
        let name = part.trim().split('(').next().unwrap_or_default();
        let expands = match name.rsplit_once('/') {
            None => kind.navigates(name),
            Some((cast, field)) => {
                let target = cast.strip_prefix("microsoft.graph.").and_then(|name| FACTS.type_named(name));
                target.is_some_and(|(_, target)| target.navigates(field))
            }
        };
        (!expands).then(|| format!("nothing to expand named {name}"))
    })
}

/// Splits where a separator stands outside parentheses and quotes.
fn top_level(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut depth, mut quoted, mut start) = (Vec::new(), 0_i32, false, 0);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ if character == separator && depth == 0 && !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Not a parser: quotes and parentheses close, and the properties named exist.
fn bad_filter(value: &str, kind: Option<&Type>, is_delta: bool) -> Option<String> {
    let bare = without_literals(value)?;
    let opened = bare.matches('(').count();
    if opened != bare.matches(')').count() {
        return Some("its parentheses do not close".into());
    }
    let named = identifiers(&bare);
    if is_delta && !named.iter().all(|name| name == "receivedDateTime") && kind.is_some_and(|kind| kind.knows("receivedDateTime")) {
        return Some("a delta of messages is filtered by receivedDateTime alone".into());
    }
    let unknown = named.into_iter().find(|name| kind.is_some_and(|kind| !kind.knows(name)));
    unknown.map(|name| format!("no property {name}"))
}

/// The text with its string literals emptied; an open literal becomes an unbalanced parenthesis.
fn without_literals(value: &str) -> Option<String> {
    let parts: Vec<&str> = value.split('\'').collect();
    if value.trim().is_empty() || parts.len().is_multiple_of(2) {
        return Some("(".into());
    }
    Some(parts.into_iter().step_by(2).collect::<Vec<_>>().join(" "))
}

/// The first words of property paths: no operators, functions, literals or lambda variables.
fn identifiers(bare: &str) -> Vec<String> {
    const WORDS: [&str; 14] = ["and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "has", "true", "false", "null"];
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_/.:-".contains(c);
    let mut variables = Vec::new();
    let mut found = Vec::new();
    let mut rest = bare;
    while let Some(start) = rest.find(is_part) {
        let token = &rest[start..];
        let end = token.find(|c| !is_part(c)).unwrap_or(token.len());
        let (word, after) = token.split_at(end);
        rest = after;
        let (variable, body) = word.split_once(':').unwrap_or(("", word));
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            continue;
        }
        if !variable.is_empty() {
            variables.push(variable.to_owned());
        }
        let first = body.split('/').next().unwrap_or_default();
        let is_call = after.trim_start().starts_with('(') && !body.contains('/');
        if !first.is_empty() && !is_call && !WORDS.contains(&first) && !variables.iter().any(|known| known == first) {
            found.push(first.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(url: &str) -> Vec<String> {
        let mut found = Vec::new();
        check_options(&Route::read(url).unwrap(), &mut found);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn options_that_graph_takes_pass() {
        for url in [
            "/v1.0/me/messages?$select=id,subject,internetMessageHeaders&$top=1000&$count=true&$orderby=receivedDateTime desc",
            "/v1.0/me/messages?$filter=receivedDateTime%20ge%202026-01-01T00:00:00Z and contains(subject,'it''s') and from/emailAddress/address eq 'a@b.example'",
            "/v1.0/me/messages?$filter=categories/any(c:c eq 'Red') and singleValueExtendedProperties/Any(ep: ep/id eq 'String {x} Name y' and ep/value eq 'v')",
            "/v1.0/me/messages?$expand=attachments($select=id,name),singleValueExtendedProperties($filter=id eq 'String 0x1042')",
            "/v1.0/me/messages/x/attachments/y?$expand=microsoft.graph.itemAttachment/item",
            "/v1.0/me/mailFolders/inbox/messages/delta?$select=id&$filter=receivedDateTime+ge+2026-01-01T00:00:00Z&changeType=created",
            "/v1.0/me/mailFolders?includeHiddenFolders=true&%24top=50",
            "/v1.0/me/messages?$search=\"from:anna pizza\"",
        ] {
            assert_eq!(problems(url), Vec::<String>::new(), "{url}");
        }
    }

    #[test]
    fn options_that_graph_refuses_are_named() {
        for (url, problem) in [
            ("/v1.0/me/messages?$sellect=id", "query $sellect: /users/{user-id}/messages does not take this option"),
            ("/v1.0/me/messages?select=id", "query select: /users/{user-id}/messages does not take this option"),
            ("/v1.0/me/messages?$select=id,sbject", "query $select: no property sbject"),
            ("/v1.0/me/messages?$select=body/content", "query $select: no property body/content"),
            ("/v1.0/me/messages?$top=5000", "query $top: must be 1 to 1000"),
            ("/v1.0/me/messages?$orderby=received desc", "query $orderby: no property received"),
            ("/v1.0/me/messages?$filter=read eq true", "query $filter: no property read"),
            ("/v1.0/me/messages?$filter=contains(subject,'x'", "query $filter: its parentheses do not close"),
            ("/v1.0/me/messages?$search=pizza", "query $search: must be in double quotes"),
            ("/v1.0/me/messages?$search=\"a\"&$orderby=subject", "query $orderby: must not be combined with $search"),
            ("/v1.0/me/messages?$expand=body", "query $expand: nothing to expand named body"),
            (
                "/v1.0/me/mailFolders/x/messages/delta?$filter=isRead eq true",
                "query $filter: a delta of messages is filtered by receivedDateTime alone",
            ),
            ("/v1.0/me/mailFolders/delta?$top=5", "query $top: /users/{user-id}/mailFolders/delta() does not take this option"),
            (
                "/v1.0/me/messages/x?$filter=isRead eq true",
                "query $filter: /users/{user-id}/messages/{message-id} does not take this option",
            ),
        ] {
            assert_eq!(problems(url), [problem], "{url}");
        }
    }
}
