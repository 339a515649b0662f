//! The passthrough: `/api/v1/mailboxes/{mailbox}/graph/{path}` asks Microsoft Graph itself, below that mailbox's user.
//!
//! What Rapport does not mirror is reached so. The call is made with the mailbox's own grant, by the client that makes all
//! calls: it takes its turn behind people and notified pulls, keeps within Microsoft's limits, and a pause that Microsoft
//! asks for holds for it too. Its answers are Microsoft's, so what is private in the mailbox shows: it has scopes of its
//! own, which no role gives by default, and needs full sight of the mailbox.
//!
//! It leads only further down from the mailbox's user, into what is mail, calendar, contacts or settings; never up, to
//! another user, to the directory or to an absolute address. Neither the token nor a header that names one is passed in
//! either direction. Every call is written into the audit, without ids and text.

use axum::body::to_bytes;
use axum::extract::{Request, State as Given};
use axum::response::{IntoResponse, Response};
use base::Problem;
use graph::{Access, Answer, Call, GrantKey, GraphError, Lane, ResourcePath, User};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use model::id::{AuditId, MailboxId};
use serde_json::json;
use store::Transaction;
use store::audit::{self, AuditLine};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::access::{Asker, Scope};
use crate::arranging::seen_whole;
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The largest body that is passed on: what Graph takes in one request.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest path with its query.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;
/// Calls to one mailbox in a minute, whoever makes them: a tenth of what Microsoft allows, which the sync needs too.
pub(crate) const CALLS_PER_MINUTE: u32 = 100;
/// What a mailbox's user has that is the mailbox's.
const RESOURCES: [&str; 16] = [
    "messages",
    "mailFolders",
    "mailboxSettings",
    "inferenceClassification",
    "outlook",
    "sendMail",
    "events",
    "calendar",
    "calendars",
    "calendarGroups",
    "calendarView",
    "reminderView",
    "findMeetingTimes",
    "getMailTips",
    "contacts",
    "contactFolders",
];
/// Headers that are passed to Microsoft.
const ASKED: [&str; 7] = ["accept", "content-type", "prefer", "if-match", "if-none-match", "consistencylevel", "client-request-id"];
/// Headers of Microsoft's that are passed back.
const ANSWERED: [&str; 6] = ["content-type", "etag", "preference-applied", "request-id", "client-request-id", "odata-version"];

#[derive(utoipa::OpenApi)]
#[openapi(paths(described))]
struct Described;

/// The routes of this file. Their document is made beside them: a path of any length cannot be written in it.
pub fn routes() -> OpenApiRouter<State> {
    let any = axum::routing::get(pass).post(pass).patch(pass).put(pass).delete(pass);
    OpenApiRouter::with_openapi(Described::openapi()).route("/api/v1/mailboxes/{mailbox}/graph/{*path}", any)
}

/// Graph itself
///
/// Asks Microsoft Graph below this mailbox's user, with the mailbox's grant: `GET` with the scope `graph.read`, `POST`,
/// `PATCH`, `PUT` and `DELETE` with `graph.write`. `path` and query are Graph's own, such as
/// `messages?$search="offer"&$top=5`; the answer is Microsoft's, with its `request-id`. 100 calls a minute to a mailbox.
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}/graph/{path}", operation_id = "askGraph", tag = "Mailboxes",
    params(("mailbox" = view::MailboxId, Path, description = "Its id."), ("path" = String, Path, description = "Below the mailbox's user.")),
    responses((status = 200, description = "Microsoft's answer."), (status = 502, description = "Microsoft refused or did not answer.")))]
#[expect(dead_code, reason = "describes the route; `pass` answers it")]
fn described() {}

async fn pass(Given(state): Given<State>, asker: Asker, request: Request) -> Result<Response, Failure> {
    asker.may(if *request.method() == Method::GET { Scope::GraphRead } else { Scope::GraphWrite })?;
    let (parts, body) = request.into_parts();
    let whole = parts.uri.path_and_query().map_or("", |whole| whole.as_str());
    let (id, below, query) = split(whole).ok_or_else(Failure::not_found)?;
    let mailbox = seen_whole(&state, &asker, id).await?;
    let resource = resource(below)?;
    let path = ResourcePath::user(&User::Id(mailbox.graph_user_id.clone())).passed(below, query).map_err(|_| unconfined())?;
    state.passed.count(&mailbox.id.to_string()).check()?;
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large())?;
    let mut call = Call::passed(parts.method.clone(), path).body(body);
    for (name, value) in chosen(&parts.headers, &ASKED) {
        call = call.header(name, value);
    }
    let access = Access::new(GrantKey::new(mailbox.connection.to_string()), mailbox.graph_user_id.clone(), Lane::Notified);
    let outcome = state.microsoft.call(&access, call).await;
    write_audit(&state, &asker, mailbox.id, &parts.method, resource, &outcome).await?;
    outcome.map(answered).map_err(refused)
}

/// The mailbox's id, what comes below it, still encoded, and the query.
fn split(whole: &str) -> Option<(MailboxId, &str, Option<&str>)> {
    if whole.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let (path, query) = whole.split_once('?').map_or((whole, None), |(path, query)| (path, Some(query)));
    let (id, rest) = path.strip_prefix("/api/v1/mailboxes/")?.split_once('/')?;
    Some((id.parse().ok()?, rest.strip_prefix("graph/")?, query))
}

/// What of the user is asked for, if it is the mailbox's.
fn resource(below: &str) -> Result<&'static str, Failure> {
    let first = below.split(['/', '(']).next().unwrap_or_default();
    let known = RESOURCES.into_iter().find(|known| known.eq_ignore_ascii_case(first));
    known.ok_or_else(unconfined)
}

fn chosen(headers: &HeaderMap, names: &[&'static str]) -> Vec<(HeaderName, http::HeaderValue)> {
    let named = names.iter().map(|name| HeaderName::from_static(name));
    named.filter_map(|name| headers.get(&name).cloned().map(|value| (name, value))).collect()
}

fn answered(answer: Answer) -> Response {
    let mut response = (answer.status, answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().extend(chosen(&answer.headers, &ANSWERED));
    harmless(response.headers_mut());
    response
}

/// Whatever Microsoft hands out is a file, never a page of ours.
fn harmless(headers: &mut HeaderMap) {
    let policy = http::HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, http::HeaderValue::from_static("attachment"));
}

/// Microsoft's status where it is the caller's to mend, in our words.
fn refused(error: GraphError) -> Failure {
    let status = error.status().filter(|status| matches!(status.as_u16(), 400 | 403 | 404 | 405 | 409 | 410 | 412 | 413 | 415 | 422));
    let mut failure = Failure::from(error);
    failure.status = status.unwrap_or(failure.status);
    failure
}

async fn write_audit(
    state: &State,
    asker: &Asker,
    mailbox: MailboxId,
    method: &Method,
    resource: &str,
    outcome: &Result<Answer, GraphError>,
) -> Result<(), Failure> {
    let now = state.clock.now();
    let (status, request_id) = match outcome {
        Ok(answer) => (Some(answer.status), answer.request_id()),
        Err(error) => (error.status(), error.request_id()),
    };
    let line = AuditLine {
        id: AuditId::new(now),
        at: now,
        workspace: asker.workspace,
        actor: asker.actor(),
        action: "mailbox.graph".to_owned(),
        object: mailbox.to_string(),
        outcome: if outcome.is_ok() { "done" } else { "refused" }.to_owned(),
        detail: json!({
            "method": method.as_str(), "resource": resource, "status": status.map(|status| status.as_u16()), "request_id": request_id,
        }),
    };
    state.db.commit(Transaction::new("passthrough.audit").with(audit::append(&line))).await?;
    Ok(())
}

fn unconfined() -> Failure {
    let detail = "The path leads out of the mailbox: to another user, the directory, a step up or an absolute address.";
    let action = format!("Ask below one of these, as Graph names them: {}.", RESOURCES.join(", "));
    Failure::forbidden("path_not_of_the_mailbox", detail, action)
}

fn too_large() -> Failure {
    let detail = "A request may hold 4 MiB.";
    let action = "Use an upload session of Graph's for larger attachments.";
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, Problem::new("body_too_large", "The body is too large.", detail, action))
}
