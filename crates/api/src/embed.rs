//! Embedding: `POST /api/v1/embed` makes an address under which a customer's or a person's timeline can be shown in a frame.
//!
//! The address holds a pass: sealed with the data key, so that nobody can make or change one. It says whose timeline, as
//! whom it is read, on pages of which origins, and until when. It is good for ten minutes to open the page; the page then
//! goes on with a pass of its own for an hour. It brings no cookie and needs none.

use std::time::Duration;

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::{Problem, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode, header};
use model::id::{ApiKeyId, CustomerId, MailboxId, PersonId, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::timeline::Owner;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Mailboxes, Scope, Scopes, Sight, Who};
use crate::asked::Body;
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// How long an address opens the page.
const TO_OPEN: Duration = Duration::from_secs(600);
/// How long an opened page goes on.
const TO_GO_ON: Duration = Duration::from_secs(3600);
/// What passes are sealed for.
const PLACE: &str = "embed/pass";
/// Longer texts are no pass of ours.
const PASS_BYTES_MAX: usize = 16 * 1024;

/// Whose timeline is shown, and to whom.
#[derive(Clone, Debug)]
pub struct Pass {
    /// As whom it is read.
    pub asker: Asker,
    /// Whose timeline.
    pub owner: Owner,
    /// Origins whose pages may show it.
    pub origins: Vec<String>,
    /// Until when.
    pub until: Timestamp,
}

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// To open the page.
    Open,
    /// To go on with an opened page.
    GoOn,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    step: Step,
    workspace: WorkspaceId,
    customer: Option<CustomerId>,
    person: Option<PersonId>,
    who: KeptWho,
    scopes: String,
    mailboxes: Option<Vec<MailboxId>>,
    origins: Vec<String>,
    until: Timestamp,
}

#[derive(Serialize, Deserialize)]
enum KeptWho {
    Administrator,
    ConfiguredKey,
    Key(ApiKeyId),
    Person { subject: String, email: Option<String>, user_id: Option<String> },
}

impl Pass {
    /// The pass as a text for addresses.
    pub fn write(&self, state: &State, step: Step) -> String {
        let (customer, person) = match self.owner {
            Owner::Customer(id) => (Some(id), None),
            Owner::Person(id) => (None, Some(id)),
            Owner::Workspace(_) => (None, None),
        };
        let kept = Kept {
            step,
            workspace: self.asker.workspace,
            customer,
            person,
            who: kept_who(&self.asker.who),
            scopes: self.asker.scopes.to_string(),
            mailboxes: match &self.asker.mailboxes {
                Mailboxes::All => None,
                Mailboxes::Only(some) => Some(some.clone()),
            },
            origins: self.origins.clone(),
            until: self.until,
        };
        let clear = serde_json::to_vec(&kept).expect("a pass serialises");
        URL_SAFE_NO_PAD.encode(state.vault.seal(PLACE, &clear))
    }

    /// The pass that a text is, if it is still good for this step.
    ///
    /// # Errors
    /// 403 for one that is not ours, of another step, or over.
    pub fn read(state: &State, text: &str, step: Step) -> Result<Self, Failure> {
        if text.len() > PASS_BYTES_MAX {
            return Err(not_good());
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| not_good())?;
        let clear = state.vault.open_bytes(PLACE, &sealed).map_err(|_| not_good())?;
        let kept: Kept = serde_json::from_slice(clear.expose()).map_err(|_| not_good())?;
        if kept.step != step || kept.until <= state.clock.now() {
            return Err(not_good());
        }
        let owner = kept.customer.map(Owner::Customer).or(kept.person.map(Owner::Person)).ok_or_else(not_good)?;
        let mailboxes = kept.mailboxes.map_or(Mailboxes::All, Mailboxes::Only);
        let asker = Asker { workspace: kept.workspace, who: who(kept.who), scopes: Scopes::read(&kept.scopes), mailboxes };
        Ok(Pass { asker, owner, origins: kept.origins, until: kept.until })
    }

    /// The same, for the page that has been opened with it.
    #[must_use]
    pub fn going_on(&self, state: &State) -> String {
        Pass { until: state.clock.now().plus(TO_GO_ON), ..self.clone() }.write(state, Step::GoOn)
    }
}

fn kept_who(who: &Who) -> KeptWho {
    match who {
        Who::Administrator => KeptWho::Administrator,
        Who::ConfiguredKey => KeptWho::ConfiguredKey,
        Who::Key(id) => KeptWho::Key(*id),
        Who::Person { subject, email, user_id } => {
            KeptWho::Person { subject: subject.clone(), email: email.clone(), user_id: user_id.clone() }
        }
    }
}

fn who(kept: KeptWho) -> Who {
    match kept {
        KeptWho::Administrator => Who::Administrator,
        KeptWho::ConfiguredKey => Who::ConfiguredKey,
        KeptWho::Key(id) => Who::Key(id),
        KeptWho::Person { subject, email, user_id } => Who::Person { subject, email, user_id },
    }
}

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(embed))
}

/// What is to be embedded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The customer whose timeline it is; or give `person`.
    #[schema(value_type = Option<view::id::CustomerId>)]
    customer: Option<CustomerId>,
    /// The person whose timeline it is.
    #[schema(value_type = Option<view::id::PersonId>)]
    person: Option<PersonId>,
    /// The origin of the page that will show it, one of `embed.origins`; left out for all of them.
    #[schema(max_length = 300, example = "https://crm.example")]
    origin: Option<String>,
}

/// Where it is.
#[derive(Debug, Serialize, ToSchema)]
struct EmbeddedAddress {
    /// The address for the frame, or for `<rapport-timeline src>`.
    url: String,
    /// Until when it opens the page.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Embed a timeline
///
/// Makes an address under which a customer's or a person's timeline can be shown in a frame on a listed origin, as you may
/// see it. It opens the page for ten minutes; the page then goes on for an hour.
#[utoipa::path(post, path = "/api/v1/embed", operation_id = "embedTimeline", tag = "Embedding", request_body = Wanted,
    responses((status = 201, body = EmbeddedAddress)))]
async fn embed(Given(state): Given<State>, asker: Asker, Body(wanted): Body<Wanted>) -> Result<Response, Failure> {
    asker.may(Scope::Embed)?;
    let owner = match (wanted.customer, wanted.person) {
        (Some(id), None) => Owner::Customer(id),
        (None, Some(id)) => Owner::Person(id),
        _ => return Err(unclear("Give either `customer` or `person`.")),
    };
    let origins = origins(&state, wanted.origin.as_deref())?;
    known(&state, &asker, owner).await?;
    let until = state.clock.now().plus(TO_OPEN);
    let pass = Pass { asker, owner, origins, until }.write(&state, Step::Open);
    let mut url = state.settings.base_url.clone();
    url.set_path("/embed/timeline");
    url.query_pairs_mut().clear().append_pair("pass", &pass);
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    let answer = EmbeddedAddress { url: url.into(), expires_at: until };
    let mut response = (StatusCode::CREATED, headers, axum::Json(answer)).into_response();
    response.extensions_mut().insert(crate::idempotency::Unrepeatable);
    Ok(response)
}

/// The name of whose timeline it is, if the asker may know of it.
///
/// # Errors
/// 404 if not.
pub async fn known(state: &State, asker: &Asker, owner: Owner) -> Result<String, Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let name = match owner {
        Owner::Customer(id) => read::customer::find(&state.db, asker.workspace, &sight, id).await?.map(|found| found.name),
        Owner::Person(id) => read::person::find(&state.db, asker.workspace, &sight, id).await?.map(|found| found.name),
        Owner::Workspace(_) => None,
    };
    name.ok_or_else(Failure::not_found)
}

fn origins(state: &State, wanted: Option<&str>) -> Result<Vec<String>, Failure> {
    let listed: Vec<String> = state.settings.embed_origins.iter().map(|url| url.origin().ascii_serialization()).collect();
    let Some(wanted) = wanted else {
        let none = || Failure::conflict("no_embed_origin", "No page may embed anything yet.", "No origin is listed.", MEND);
        return if listed.is_empty() { Err(none()) } else { Ok(listed) };
    };
    match listed.into_iter().find(|origin| origin == wanted.trim_end_matches('/')) {
        Some(origin) => Ok(vec![origin]),
        None => Err(unclear("`origin` is not among those that may embed.")),
    }
}

/// How an origin comes to be listed.
const MEND: &str = "An administrator adds the CRM's origin, such as https://crm.example, to embed.origins and starts Rapport again.";

fn unclear(detail: &str) -> Failure {
    Failure::unprocessable("embed_unclear", "That cannot be embedded.", detail, MEND)
}

fn not_good() -> Failure {
    let detail = "Addresses of embedded pages open for ten minutes and go on for an hour.";
    let problem = Problem::new("embed_over", "This view has expired.", detail, "Reload the page around it.");
    Failure::new(StatusCode::FORBIDDEN, problem)
}
