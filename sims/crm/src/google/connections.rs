//! `GET /v1/people/me/connections` (reference: integrations 5.1; People API, people.connections.list).
//!
//! A run of pages shows who was there when it began; its sync token stands at that moment, so that what changes during
//! the run is told again by the next one.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::after;
use crate::faults::Fault;
use crate::reply::{Reply, api_error, error_info, json_reply, with_header};
use crate::request::{Call, Pairs};
use crate::world::World;

use super::accounts::Issued;
use super::book::Book;
use super::person::{Stored, tombstone};
use super::router::quota_exceeded;
use super::scopes::{CONTACTS, CONTACTS_READONLY};
use super::{mask, photos, userinfo};

const KNOWN: [&str; 12] = [
    "personFields",
    "pageSize",
    "pageToken",
    "requestSyncToken",
    "syncToken",
    "sortOrder",
    "sources",
    "alt",
    "key",
    "quotaUser",
    "prettyPrint",
    "access_token",
];
const ORDERS: [&str; 4] = ["LAST_MODIFIED_ASCENDING", "LAST_MODIFIED_DESCENDING", "FIRST_NAME_ASCENDING", "LAST_NAME_ASCENDING"];

type Refused = Box<Reply>;

/// What a call asks; what must be the same in every call of a run, and in the next run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    fields: BTreeSet<String>,
    page_size: usize,
    wants_sync_token: bool,
    order: String,
    sources: Vec<String>,
}

/// What a sync token stands for.
#[derive(Debug, Clone)]
pub(crate) struct SyncMark {
    sub: String,
    asked: Asked,
    position: u64,
    full_at: Timestamp,
}

/// What a page token stands for.
#[derive(Debug, Clone)]
pub(crate) struct PageMark {
    run: Arc<Run>,
    offset: usize,
}

#[derive(Debug)]
struct Run {
    sub: String,
    asked: Asked,
    sync_token: Option<String>,
    position: u64,
    full_at: Timestamp,
    names: Vec<String>,
}

/// Answers a list; `fault` repeats the page or says that the sync token has expired.
pub(crate) fn list(world: &mut World, call: &Call, fault: Option<Fault>) -> Reply {
    let Some(issued) = userinfo::bearer(world, call).cloned() else { return unauthenticated() };
    if !issued.scopes.contains(CONTACTS) && !issued.scopes.contains(CONTACTS_READONLY) {
        return scope_insufficient();
    }
    answer(world, call, &issued, fault).unwrap_or_else(|refusal| *refusal)
}

fn answer(world: &mut World, call: &Call, issued: &Issued, fault: Option<Fault>) -> Result<Reply, Refused> {
    let (query, now) = (call.query(), world.now());
    if !world.google.admits(&issued.sub, "reads", world.config.google.read_quota, now) {
        return Err(Box::new(quota_exceeded("Critical read requests (Contact and Profile Reads)")));
    }
    let asked = read(&query)?;
    let page = match query.get("pageToken") {
        Some(token) => next_page(world, &query, &asked, &issued.sub, token)?,
        None => PageMark { run: Arc::new(first_page(world, &query, asked, &issued.sub, fault)?), offset: 0 },
    };
    Ok(json_reply(200, &show(world, call, &page, fault == Some(Fault::RepeatedPage))))
}

fn read(query: &Pairs) -> Result<Asked, Refused> {
    if let Some((unknown, _)) = query.0.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
        let message = format!("Invalid JSON payload received. Unknown name \"{unknown}\": Cannot bind query parameter.");
        return Err(invalid(&message));
    }
    let Some(fields) = query.get("personFields") else {
        return Err(invalid(
            "personFields mask is required. Please specify one or more valid paths. Valid paths are documented at \
             https://developers.google.com/people/api/rest/v1/people.connections/list.",
        ));
    };
    let fields = mask::read(fields).map_err(|unknown| invalid(&format!("Invalid personFields mask path: \"{unknown}\".")))?;
    let page_size = match query.get("pageSize").map_or(Ok(0), str::parse::<i64>) {
        Ok(0) => 100,
        Ok(size @ 1..=1000) => size as usize,
        _ => return Err(invalid("Page size must be between 1 and 1000.")),
    };
    let order = query.get("sortOrder").unwrap_or(ORDERS[0]).to_owned();
    if !ORDERS.contains(&order.as_str()) {
        return Err(invalid(&format!("Invalid value at 'sort_order' (type.googleapis.com/google.people.v1.SortOrder), \"{order}\"")));
    }
    let wants_sync_token = match query.get("requestSyncToken") {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => return Err(invalid(&format!("Invalid value at 'request_sync_token' (TYPE_BOOL), \"{other}\""))),
    };
    let sources = query.0.iter().filter(|(name, _)| name == "sources").map(|(_, value)| value.clone()).collect();
    Ok(Asked { fields, page_size, wants_sync_token, order, sources })
}

fn next_page(world: &World, query: &Pairs, asked: &Asked, sub: &str, token: &str) -> Result<PageMark, Refused> {
    let page = world.google.pages.get(token).filter(|page| page.run.sub == sub);
    let page = page.ok_or_else(|| invalid("The page token is invalid."))?;
    if page.run.asked != *asked || page.run.sync_token.as_deref() != query.get("syncToken") {
        return Err(mismatch("page"));
    }
    Ok(page.clone())
}

fn first_page(world: &mut World, query: &Pairs, asked: Asked, sub: &str, fault: Option<Fault>) -> Result<Run, Refused> {
    let now = world.now();
    let since = match query.get("syncToken") {
        Some(token) => Some(sync_mark(world, &asked, sub, token, fault)?),
        None => None,
    };
    if since.is_none() && asked.wants_sync_token && !world.google.admits(sub, "full syncs", world.config.google.full_sync_quota, now) {
        return Err(Box::new(quota_exceeded("FULL_SYNC requests (Contact list first page)")));
    }
    let book = world.google.books.entry(sub.to_owned()).or_default();
    book.settle(now);
    let names = match &since {
        Some(mark) => changed(book, mark.position),
        None => everybody(book, &asked.order),
    };
    let position = book.position();
    let full_at = since.as_ref().map_or(now, |mark| mark.full_at);
    Ok(Run { sub: sub.to_owned(), asked, sync_token: query.get("syncToken").map(str::to_owned), position, full_at, names })
}

fn sync_mark(world: &World, asked: &Asked, sub: &str, token: &str, fault: Option<Fault>) -> Result<SyncMark, Refused> {
    let mark = world.google.sync_marks.get(token).filter(|mark| mark.sub == sub);
    let mark = mark.ok_or_else(|| invalid("The sync token is invalid."))?;
    if fault == Some(Fault::SyncTokenExpired) || world.now() >= after(mark.full_at, world.config.google.sync_token_seconds) {
        return Err(Box::new(api_error(
            400,
            "FAILED_PRECONDITION",
            "Sync token is expired. Clear local cache and retry call without the sync token.",
            &[error_info("EXPIRED_SYNC_TOKEN", "people.googleapis.com", &Value::Null)],
        )));
    }
    if mark.asked != *asked {
        return Err(mismatch("sync"));
    }
    Ok(mark.clone())
}

fn changed(book: &Book, position: u64) -> Vec<String> {
    let mut names: Vec<_> = book.seen().iter().filter(|(_, seen)| seen.position > position).collect();
    names.sort_by_key(|(_, seen)| seen.position);
    names.into_iter().map(|(name, _)| name.clone()).collect()
}

fn everybody(book: &Book, order: &str) -> Vec<String> {
    let people = book.seen().iter().filter_map(|(name, seen)| seen.person.as_ref().map(|person| (name, person, seen.position)));
    let mut people: Vec<_> = people.collect();
    let part = |person: &Stored, which: &str| {
        let name = person.fields.get("names").and_then(|names| names[0][which].as_str());
        name.unwrap_or_default().to_lowercase()
    };
    match order {
        "FIRST_NAME_ASCENDING" => people.sort_by_cached_key(|(_, person, position)| (part(person, "givenName"), *position)),
        "LAST_NAME_ASCENDING" => people.sort_by_cached_key(|(_, person, position)| (part(person, "familyName"), *position)),
        "LAST_MODIFIED_DESCENDING" => people.sort_by_key(|(_, _, position)| std::cmp::Reverse(*position)),
        _ => people.sort_by_key(|(_, _, position)| *position),
    }
    people.into_iter().map(|(name, _, _)| name.clone()).collect()
}

fn show(world: &mut World, call: &Call, page: &PageMark, repeats: bool) -> Value {
    let now = world.now();
    let shows_deletion = world.config.google.deletion_without_metadata_field || page.run.asked.fields.contains("metadata");
    let end = (page.offset + page.run.asked.page_size).min(page.run.names.len());
    let book = world.google.books.entry(page.run.sub.clone()).or_default();
    book.settle(now);
    let names = page.run.names.get(page.offset..end).unwrap_or_default();
    let people: Vec<Value> = names.iter().filter_map(|name| entry(book, call, page, name, shows_deletion)).collect();
    let total = book.visible();
    let mut answer = json!({});
    // As in every JSON of Google's, what is empty is left out.
    if !people.is_empty() {
        answer["connections"] = json!(people);
    }
    if page.run.sync_token.is_none() && total > 0 {
        answer["totalPeople"] = json!(total);
        answer["totalItems"] = json!(total);
    }
    let offset = if repeats { page.offset } else { end };
    if offset < page.run.names.len() {
        let token = world.google.ids.token(24);
        world.google.pages.insert(token.clone(), PageMark { run: page.run.clone(), offset });
        answer["nextPageToken"] = json!(token);
    } else if page.run.asked.wants_sync_token {
        let token = world.google.ids.token(32);
        let Run { sub, asked, position, full_at, .. } = &*page.run;
        let mark = SyncMark { sub: sub.clone(), asked: asked.clone(), position: *position, full_at: *full_at };
        world.google.sync_marks.insert(token.clone(), mark);
        answer["nextSyncToken"] = json!(token);
    }
    answer
}

fn entry(book: &Book, call: &Call, page: &PageMark, name: &str, shows_deletion: bool) -> Option<Value> {
    let incremental = page.run.sync_token.is_some();
    match &book.seen().get(name)?.person {
        Some(person) => Some(person.show(name, Some(&page.run.asked.fields), incremental, &|key| photos::address(call, key))),
        None => incremental.then(|| tombstone(name, shows_deletion)),
    }
}

fn invalid(message: &str) -> Refused {
    Box::new(api_error(400, "INVALID_ARGUMENT", message, &[]))
}

fn mismatch(token: &str) -> Refused {
    invalid(&format!("The request parameters must match those of the call that gave the {token} token."))
}

/// 401 as the People API says it.
pub(crate) fn unauthenticated() -> Reply {
    let answer = api_error(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication \
         credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        &[],
    );
    with_header(answer, http::header::WWW_AUTHENTICATE, "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"")
}

fn scope_insufficient() -> Reply {
    let metadata = json!({"service": "people.googleapis.com", "method": "google.people.v1.PeopleService.ListConnections"});
    let info = error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", &metadata);
    api_error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", &[info])
}
