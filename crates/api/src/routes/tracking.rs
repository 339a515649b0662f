//! `/api/v1/tracking`: whether mail is tracked, what came of it, and who does not want it.

use std::time::Duration;

use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::StatusCode;
use model::id::{MailboxId, OutgoingId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::tracking_setting::{self, TrackingSetting};
use store::{due, opt_out, tracked, work};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Level, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::tracking::{Kind, Token};
use crate::{read, view};

/// What a report is about if nobody says: the last 30 days.
const USUAL: Duration = Duration::from_secs(30 * 86_400);
/// Mails that are marked in one transaction.
const MARKED_AT_ONCE: u32 = 500;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(of_mail))
        .routes(routes!(report))
        .routes(routes!(settings, set))
        .routes(routes!(recompute))
        .routes(routes!(opt_outs))
        .routes(routes!(forget_opt_out))
}

/// What came of a tracked mail
///
/// Whether at least one person had it before them and since when, which links were followed, who answered; and every touch with
/// its class and why. It is judged anew each time that it is asked for.
#[utoipa::path(get, path = "/api/v1/outbox/{outgoing}/tracking", operation_id = "getTracking", tag = "Tracking",
    params(("outgoing" = view::id::OutgoingId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Tracking)))]
async fn of_mail(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Outgoing>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Tracking>(picking.fields.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let mail = read::outgoing::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    if sight.level(mail.mailbox) < Level::Everything {
        let detail = "You see only a part of this mailbox's mail, and this tells of its text and readers.";
        return Err(Failure::forbidden("tracking_not_shown", detail, "Ask its person or an administrator."));
    }
    let found = read::tracking::of_outgoing(&state.db, asker.workspace, id).await?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// Of which mail.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Reported {
    /// From this mailbox.
    #[param(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// Asked for from then on; 30 days ago if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Asked for before then; now if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// What came of tracked mail
///
/// Replies, clicks and opens by persons, for the mailboxes that you see whole. Machines are told apart and count for nothing.
#[utoipa::path(get, path = "/api/v1/tracking/report", operation_id = "reportTracking", tag = "Tracking", params(Reported),
    responses((status = 200, body = view::TrackingReport)))]
async fn report(
    Given(state): Given<State>,
    asker: Asker,
    Filters(asked): Filters<Reported>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    // Whole seconds, as ids have them: the second that is going on is over.
    let until = asked.until.unwrap_or_else(|| state.clock.now().plus(Duration::from_secs(1)));
    let time = (asked.since.unwrap_or_else(|| until.minus(USUAL)), until);
    let sight = Sight::of(&state.db, &asker).await?;
    let found = read::tracking::report(&state.db, asker.workspace, &sight, asked.mailbox, time).await?;
    Ok(answer::one(&found, &Fields::default(), &conditions))
}

/// What the workspace wants of tracking
#[utoipa::path(get, path = "/api/v1/tracking/settings", operation_id = "getTrackingSettings", tag = "Tracking",
    responses((status = 200, body = view::TrackingSettings)))]
async fn settings(Given(state): Given<State>, asker: Asker, conditions: Conditions) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let found = tracking_setting::find(&state.db, asker.workspace).await?;
    Ok(answer::one(&shown(&state, &asker, &found).await?, &Fields::default(), &conditions))
}

/// What is wanted of tracking from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedTracking {
    /// Whether mail that does not say looks for opens.
    opens: bool,
    /// Whether mail that does not say looks for clicks.
    clicks: bool,
    /// Whether the addresses of touches are kept, for 30 days.
    #[serde(default)]
    keeps_addresses: bool,
    /// An own domain for pixels and links, such as `https://t.acme.example`. It is used once `domain_proof` was opened.
    #[serde(default)]
    #[schema(max_length = 255)]
    domain: Option<String>,
}

/// Set what the workspace wants of tracking
#[utoipa::path(put, path = "/api/v1/tracking/settings", operation_id = "setTrackingSettings", tag = "Tracking", request_body = WantedTracking,
    responses((status = 200, body = view::TrackingSettings)))]
async fn set(
    Given(state): Given<State>,
    asker: Asker,
    conditions: Conditions,
    Body(wanted): Body<WantedTracking>,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let present = tracking_setting::find(&state.db, asker.workspace).await?;
    conditions.check(&shown(&state, &asker, &present).await?)?;
    let domain = wanted.domain.as_deref().filter(|domain| !domain.trim().is_empty()).map(domain_of).transpose()?;
    let mut domains = present.domains.clone();
    domains.extend(domain.clone().filter(|domain| !present.domains.contains(domain)));
    let domain_proved_at = present.domain_proved_at.filter(|_| domain == present.domain);
    let new = TrackingSetting {
        opens: wanted.opens,
        clicks: wanted.clicks,
        keeps_addresses: wanted.keeps_addresses,
        domain,
        domain_proved_at,
        domains,
    };
    let detail = json!({ "opens": new.opens, "clicks": new.clicks, "keeps_addresses": new.keeps_addresses, "domain": new.domain });
    let put = [tracking_setting::put(asker.workspace, &new)];
    write(&state, &asker, "api.set_tracking", "tracking.set", &asker.workspace.to_string(), detail, put).await?;
    Ok(answer::one(&shown(&state, &asker, &new).await?, &Fields::default(), &Conditions::default()))
}

async fn shown(state: &State, asker: &Asker, setting: &TrackingSetting) -> Result<view::TrackingSettings, Failure> {
    let open = setting.domain.as_deref().filter(|_| setting.domain_proved_at.is_none()).and_then(|domain| Url::parse(domain).ok());
    let token = Token { mail: OutgoingId::from_number(asker.workspace.number()), copy: 0, link: 0 };
    let domain_proof = match open {
        Some(domain) => Some(state.tracker.signer().await?.address(Kind::Proof, &domain, token, "")),
        None => None,
    };
    Ok(view::TrackingSettings {
        opens: setting.opens,
        clicks: setting.clicks,
        keeps_addresses: setting.keeps_addresses,
        domain: setting.domain.clone(),
        domain_proved: setting.domain_proved_at.is_some(),
        domain_proof,
        base_url: state.tracker.base(setting).into(),
    })
}

/// An own domain: `https://` and a host with a dot, nothing behind it.
fn domain_of(text: &str) -> Result<String, Failure> {
    let url = Url::parse(text.trim()).ok().filter(|url| url.scheme() == "https" && url.path() == "/" && url.query().is_none());
    let url =
        url.filter(|url| url.username().is_empty() && url.fragment().is_none() && url.domain().is_some_and(|host| host.contains('.')));
    url.map(|url| url.origin().ascii_serialization()).ok_or_else(|| {
        let detail = "An own domain is `https://`, a host and nothing behind it.";
        Failure::unprocessable("domain_wrong", "That is no domain for links.", detail, "Write it like https://t.acme.example.")
    })
}

/// How many mails are judged again.
#[derive(Debug, Serialize, ToSchema)]
struct Rejudged {
    /// How many.
    mails: usize,
}

/// Judge all tracked mail again
///
/// In the background, by the rules of today. What was told as an event is not told again, and what is no longer believed stays told.
#[utoipa::path(post, path = "/api/v1/tracking/recompute", operation_id = "recomputeTracking", tag = "Tracking",
    responses((status = 202, body = Rejudged)))]
async fn recompute(Given(state): Given<State>, asker: Asker) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let (mut after, mut mails) = (OutgoingId::from_number(0), 0);
    loop {
        let some = tracked::touched(&state.db, asker.workspace, after, MARKED_AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        (after, mails) = (*last, mails + some.len());
        let now = state.clock.now();
        let marks = some.iter().map(|mail| work::mark_due(due::JUDGE_MAIL, &mail.to_string(), work::Lane::Scheduled, now));
        let object = asker.workspace.to_string();
        write(&state, &asker, "api.recompute_tracking", "tracking.recompute", &object, json!({ "mails": some.len() }), marks).await?;
    }
    Ok((StatusCode::ACCEPTED, axum::Json(Rejudged { mails })).into_response())
}

/// Who has unsubscribed
#[utoipa::path(get, path = "/api/v1/tracking/opt-outs", operation_id = "listOptOuts", tag = "Tracking", params(Paging),
    responses((status = 200, body = Page<view::OptOut>)))]
async fn opt_outs(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Send)?;
    let fields = Page::<view::OptOut>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "opt-outs"));
    let after: String = list.position()?.unwrap_or_default();
    let rows = opt_out::list(&state.db, asker.workspace, &after, limit + 1).await?;
    let mut data: Vec<_> = rows.into_iter().map(|row| view::OptOut { address: row.address, outgoing: row.outgoing, at: row.at }).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.address));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// Let somebody be written to again
#[utoipa::path(delete, path = "/api/v1/tracking/opt-outs/{value}", operation_id = "removeOptOut", tag = "Tracking",
    params(("value" = String, Path, description = "The address.")),
    responses((status = 204, description = "They are no longer refused.")))]
async fn forget_opt_out(Given(state): Given<State>, asker: Asker, Path(address): Path<String>) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let removed = [opt_out::remove(asker.workspace, &address.trim().to_lowercase())];
    let written = write(&state, &asker, "api.remove_opt_out", "opt_out.remove", "address", json!(null), removed).await;
    written.map_err(|error| refused(error, &["the opt-out is there"]))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
