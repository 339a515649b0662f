//! `/api/v1/contact-books`, `/api/v1/contact-syncs` and `/api/v1/contact-region`: where contacts come from, and how they came.

use axum::Json;
use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::contact::{Card, Name, Origin};
use model::id::{ContactSyncId, SourceContactId};
use model::phone::{self, Region};
use serde::{Deserialize, Serialize};
use store::contact_book::{self, ContactBook};
use store::contact_sync::{self, Outcome};
use store::workspace;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Listed, Named, Unfiltered};
use crate::contacting::{self, Entries, bring};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// Texts of a contact that a program brings, in characters.
const TEXT_MAX: usize = 400;
/// Numbers or addresses of one.
const LIST_MAX: usize = 50;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(remove))
        .routes(routes!(sync))
        .routes(routes!(put, take_away))
        .routes(routes!(syncs))
        .routes(routes!(one_sync))
        .routes(routes!(lines))
        .routes(routes!(region, set_region))
}

/// Address books.
#[derive(Debug, Serialize, ToSchema)]
struct ContactBooks {
    /// The oldest first.
    data: Vec<view::ContactBook>,
}

/// Address books
///
/// Where contacts come from, each with its last synchronisation.
#[utoipa::path(get, path = "/api/v1/contact-books", operation_id = "listContactBooks", tag = "Contacts",
    responses((status = 200, body = ContactBooks)))]
async fn list(Given(state): Given<State>, asker: Asker, conditions: Conditions) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let data = read::contact::books(&state.db, asker.workspace).await?;
    Ok(answer::one(&ContactBooks { data }, &Fields::default(), &conditions))
}

async fn book(state: &State, asker: &Asker, id: model::id::ContactBookId) -> Result<ContactBook, Failure> {
    let books = contact_book::list(&state.db, asker.workspace).await?;
    books.into_iter().find(|book| book.id == id).ok_or_else(Failure::not_found)
}

/// Take an address book away
///
/// With all that it brought. An account's contacts have to be disconnected first.
#[utoipa::path(delete, path = "/api/v1/contact-books/{contact_book}", operation_id = "removeContactBook", tag = "Contacts",
    params(("contact_book" = view::id::ContactBookId, Path, description = "Its id.")),
    responses((status = 204, description = "It is taken away.")))]
async fn remove(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::ContactBook>) -> Result<Response, Failure> {
    asker.may(Scope::Connect)?;
    contacting::end_book(&state, &asker, &book(&state, &asker, id).await?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Synchronise an address book
///
/// Reads an account's contacts now. 202 with the synchronisation; it goes on behind the answer.
#[utoipa::path(post, path = "/api/v1/contact-books/{contact_book}/sync", operation_id = "syncContactBook", tag = "Contacts",
    params(("contact_book" = view::id::ContactBookId, Path, description = "Its id.")),
    responses((status = 202, body = view::ContactSync)))]
async fn sync(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::ContactBook>) -> Result<Response, Failure> {
    asker.may(Scope::Connect)?;
    let begun = contacting::sync(&state, &asker, &book(&state, &asker, id).await?).await?;
    Ok((StatusCode::ACCEPTED, Json(found(&state, &asker, begun).await?)).into_response())
}

async fn found(state: &State, asker: &Asker, id: ContactSyncId) -> Result<view::ContactSync, Failure> {
    let sync = contact_sync::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)?;
    Ok(read::contact::sync(&state.db, sync).await?)
}

/// A contact of a program's own address book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BroughtContact {
    /// Its name.
    #[schema(max_length = 400)]
    name: Option<String>,
    /// What somebody is called by friends.
    #[schema(max_length = 400)]
    given_name: Option<String>,
    /// The family's name.
    #[schema(max_length = 400)]
    family_name: Option<String>,
    /// Phone numbers as they are written; those without a country are read as the workspace's region has them.
    #[serde(default)]
    #[schema(max_items = 50)]
    phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default)]
    #[schema(max_items = 50)]
    addresses: Vec<String>,
    /// Where somebody works.
    #[schema(max_length = 400)]
    organisation: Option<String>,
    /// As what.
    #[schema(max_length = 400)]
    title: Option<String>,
}

impl BroughtContact {
    fn card(self, region: Option<Region>) -> Result<Card, Failure> {
        let too_long = {
            let texts = [&self.name, &self.given_name, &self.family_name, &self.organisation, &self.title].into_iter().flatten();
            let mut all = texts.chain(&self.phones).chain(&self.addresses);
            all.any(|text| text.chars().count() > TEXT_MAX)
        };
        if too_long || self.phones.len() > LIST_MAX || self.addresses.len() > LIST_MAX {
            let detail = "A text or a list is too long.";
            let action = format!("Bring at most {LIST_MAX} numbers and addresses, and {TEXT_MAX} characters in each text.");
            return Err(Failure::unprocessable("contact_too_long", "This contact cannot be taken.", detail, action));
        }
        let card = Card {
            name: Name { display: self.name, given: self.given_name, family: self.family_name },
            phones: self.phones.iter().flat_map(|written| phone::read(written, region)).collect(),
            addresses: self.addresses,
            organisation: self.organisation,
            title: self.title,
            photo: None,
        };
        if card.name.shown().trim().is_empty() && card.phones.is_empty() && card.addresses.is_empty() && card.organisation.is_none() {
            let detail = "It has no name, number, address or company.";
            return Err(Failure::unprocessable("contact_empty", "This contact says nothing.", detail, "Give it one of them."));
        }
        Ok(card)
    }
}

/// Bring a contact
///
/// Into an address book of the program's own, which is made with its first contact. Brought again it is changed.
#[utoipa::path(put, path = "/api/v1/contact-books/{name}/contacts/{key}", operation_id = "putBroughtContact", tag = "Contacts",
    params(("name" = String, Path, description = "What the program calls its address book."),
        ("key" = String, Path, description = "What the program calls the contact.")),
    request_body = BroughtContact, responses((status = 202, body = view::ContactSync)))]
async fn put(
    Given(state): Given<State>,
    asker: Asker,
    Path((name, key)): Path<(String, String)>,
    Body(brought): Body<BroughtContact>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let region = read::contact::region(&state.db, asker.workspace).await?;
    let card = brought.card(region)?;
    let entries = Entries {
        origin: Origin::Api,
        book: checked(&name)?,
        entries: vec![(checked(&key)?.to_owned(), card, state.clock.now())],
        whole: false,
    };
    let brought = bring::bring(&state, &asker, &entries).await?;
    Ok((StatusCode::ACCEPTED, Json(found(&state, &asker, brought.sync).await?)).into_response())
}

/// The name of a book or a contact of a program.
pub(super) fn checked(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > TEXT_MAX || name.chars().any(char::is_control) {
        let detail = "It is empty or too long, or has a control character in it.";
        let action = format!("Use 1 to {TEXT_MAX} characters.");
        return Err(Failure::unprocessable("name_unusable", "This is no name.", detail, action));
    }
    Ok(name)
}

/// Take a brought contact away
#[utoipa::path(delete, path = "/api/v1/contact-books/{name}/contacts/{key}", operation_id = "removeBroughtContact", tag = "Contacts",
    params(("name" = String, Path, description = "What the program calls its address book."),
        ("key" = String, Path, description = "What the program calls the contact.")),
    responses((status = 204, description = "It is taken away.")))]
async fn take_away(Given(state): Given<State>, asker: Asker, Path((name, key)): Path<(String, String)>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    contacting::take_away(&state, &asker, Origin::Api, &name, &key).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Synchronisations
///
/// Of all address books, the newest first.
#[utoipa::path(get, path = "/api/v1/contact-syncs", operation_id = "listContactSyncs", tag = "Contacts", params(Paging),
    responses((status = 200, body = Page<view::ContactSync>)))]
async fn syncs(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::ContactSync>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "contact-syncs"));
    let mut data = Vec::new();
    for sync in contact_sync::list(&state.db, asker.workspace, None, list.position()?, limit + 1).await? {
        data.push(read::contact::sync(&state.db, sync).await?);
    }
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A synchronisation
#[utoipa::path(get, path = "/api/v1/contact-syncs/{contact_sync}", operation_id = "getContactSync", tag = "Contacts",
    params(("contact_sync" = view::id::ContactSyncId, Path, description = "Its id.")),
    responses((status = 200, body = view::ContactSync)))]
async fn one_sync(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::ContactSync>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    Ok(answer::one(&found(&state, &asker, id).await?, &Fields::default(), &conditions))
}

/// What came of a source contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ContactOutcome {
    /// It made a contact.
    New,
    /// It changed.
    Updated,
    /// It came to a contact that was there before.
    Merged,
    /// It has no number that can be used.
    Skipped,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WantedLines {
    /// What came of them.
    #[param(inline)]
    outcome: ContactOutcome,
}

/// What came of a synchronisation, one by one
#[utoipa::path(get, path = "/api/v1/contact-syncs/{contact_sync}/lines", operation_id = "listContactSyncLines", tag = "Contacts",
    params(("contact_sync" = view::id::ContactSyncId, Path, description = "Its id."), WantedLines, Paging),
    responses((status = 200, body = Page<view::ContactSyncLine>)))]
async fn lines(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::ContactSync>,
    Listed { paging, filters }: Listed<WantedLines>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    found(&state, &asker, id).await?;
    let fields = Page::<view::ContactSyncLine>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("contact-syncs/{id}/lines")));
    let outcome = match filters.outcome {
        ContactOutcome::New => Outcome::New,
        ContactOutcome::Updated => Outcome::Updated,
        ContactOutcome::Merged => Outcome::Merged,
        ContactOutcome::Skipped => Outcome::Skipped,
    };
    let after: Option<SourceContactId> = list.position()?;
    let mut data = read::contact::lines(&state.db, asker.workspace, id, outcome, after, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|(last, _)| list.cursor(last));
    let data = data.into_iter().map(|(_, line)| line).collect();
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// The country whose people write numbers without its code.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactRegion {
    /// By ISO 3166-1 alpha-2, such as `ID`; `null` for none: then a number has to name its country.
    #[schema(min_length = 2, max_length = 2)]
    region: Option<String>,
}

/// The region of phone numbers
#[utoipa::path(get, path = "/api/v1/contact-region", operation_id = "getContactRegion", tag = "Contacts",
    responses((status = 200, body = ContactRegion)))]
async fn region(Given(state): Given<State>, asker: Asker, conditions: Conditions) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let region = workspace::region(&state.db, asker.workspace).await?;
    Ok(answer::one(&ContactRegion { region }, &Fields::default(), &conditions))
}

/// Set the region of phone numbers
///
/// Numbers that are known are read again with it.
#[utoipa::path(put, path = "/api/v1/contact-region", operation_id = "setContactRegion", tag = "Contacts", request_body = ContactRegion,
    responses((status = 200, body = ContactRegion)))]
async fn set_region(Given(state): Given<State>, asker: Asker, Body(wanted): Body<ContactRegion>) -> Result<Response, Failure> {
    let region = contacting::set_region(&state, &asker, wanted.region.as_deref()).await?;
    Ok(Json(ContactRegion { region }).into_response())
}
