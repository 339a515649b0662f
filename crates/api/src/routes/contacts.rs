//! `/api/v1/contacts` and `/api/v1/contact-proposals`: one person of all address books, joined and parted by hand.

use axum::Json;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use model::contact::file::{Entry, Version, write};
use model::id::{ContactId, SourceContactId};
use serde::{Deserialize, Serialize};
use store::contact::{self, Wanted};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named};
use crate::contacting::{self, bring, say};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The longest name that is given by hand, in characters.
const NAME_MAX: usize = 200;
/// Contacts that are read at a time for a file.
const PIECE: u32 = 1_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(export))
        .routes(routes!(join))
        .routes(routes!(one, change))
        .routes(routes!(part))
        .routes(routes!(take_back))
        .routes(routes!(write_back))
        .routes(routes!(photo))
        .routes(routes!(proposals))
        .routes(routes!(keep_apart))
        .routes(routes!(mark))
}

/// The one word for where a contact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ContactSource {
    /// WhatsApp, and any other.
    Both,
    /// Google, without WhatsApp.
    Google,
    /// Outlook, without Google or WhatsApp.
    Outlook,
    /// WhatsApp alone, or none of the three.
    WhatsApp,
}

impl ContactSource {
    const fn name(self) -> &'static str {
        match self {
            ContactSource::Both => "both",
            ContactSource::Google => "google",
            ContactSource::Outlook => "outlook",
            ContactSource::WhatsApp => "whatsapp",
        }
    }
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Those with this in their name, numbers, addresses or company, whatever its case. A number is found however it is written.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Those that come from there.
    #[param(inline)]
    source: Option<ContactSource>,
    /// True: only those that were put together from several.
    #[serde(default)]
    merged: bool,
}

/// Contacts
///
/// One for each person of all address books, by name.
#[utoipa::path(get, path = "/api/v1/contacts", operation_id = "listContacts", tag = "Contacts", params(Asked, Paging),
    responses((status = 200, body = Page<view::Contact>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Contact>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "contacts"));
    let after: Option<(String, ContactId)> = list.position()?;
    let after = after.as_ref().map(|(name, id)| (name.as_str(), *id));
    let search = read::contact::searched(&state.db, asker.workspace, filters.search.as_deref()).await?;
    let wanted = Wanted { search: search.as_deref(), source: filters.source.map(ContactSource::name), merged: filters.merged };
    let mut data = read::contact::list(&state.db, asker.workspace, wanted, after, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(contact::name_key(&last.name), last.id)));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A contact
///
/// With what each of its sources says, side by side, and what people said of them.
#[utoipa::path(get, path = "/api/v1/contacts/{contact}", operation_id = "getContact", tag = "Contacts",
    params(("contact" = view::id::ContactId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::WholeContact)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Contact>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Contact>(picking.fields.as_deref())?;
    Ok(answer::one(&whole(&state, &asker, id).await?, &fields, &conditions))
}

async fn whole(state: &State, asker: &Asker, id: ContactId) -> Result<view::WholeContact, Failure> {
    read::contact::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)
}

/// What is to be different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactChange {
    /// What the contact is called, whatever its sources say; `null` for what they say.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
}

/// Name a contact
#[utoipa::path(patch, path = "/api/v1/contacts/{contact}", operation_id = "changeContact", tag = "Contacts",
    params(("contact" = view::id::ContactId, Path, description = "Its id.")), request_body = ContactChange,
    responses((status = 200, body = view::WholeContact)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Contact>,
    Body(change): Body<ContactChange>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let name = change.name.as_deref().map(str::trim);
    if name.is_some_and(|name| name.is_empty() || name.chars().count() > NAME_MAX) {
        let detail = "It is empty, or too long.";
        return Err(Failure::unprocessable("name_unusable", "This is no name.", detail, format!("Write 1 to {NAME_MAX} characters.")));
    }
    say::name(&state, &asker, id, name).await?;
    Ok(Json(whole(&state, &asker, id).await?).into_response())
}

/// The picture of a contact
///
/// From the first of its sources at Outlook that has one, asked of Microsoft now. A raster image, such as JPEG.
#[utoipa::path(get, path = "/api/v1/contacts/{contact}/photo", operation_id = "getContactPhoto", tag = "Contacts",
    params(("contact" = view::id::ContactId, Path, description = "Its id.")),
    responses((status = 200, description = "The picture.", content_type = "image/*", body = Vec<u8>),
        (status = 204, description = "It has none.")))]
async fn photo(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Contact>) -> Result<Response, Failure> {
    let Some((kind, bytes)) = contacting::picture::picture(&state, &asker, id).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, bytes).into_response())
}

/// Where a contact is to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhereToWrite {
    /// The address book of an account at Outlook.
    #[schema(value_type = view::id::ContactBookId)]
    book: model::id::ContactBookId,
}

/// Write a contact back
///
/// What it shows goes into an address book at Outlook: a contact that this has is changed, else one is made, once. Numbers and
/// addresses are only added. Needs Microsoft's permission `Contacts.ReadWrite`.
#[utoipa::path(post, path = "/api/v1/contacts/{contact}/write-back", operation_id = "writeContactBack", tag = "Contacts",
    params(("contact" = view::id::ContactId, Path, description = "Its id.")), request_body = WhereToWrite,
    responses((status = 200, body = view::WrittenBack)))]
async fn write_back(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Contact>,
    Body(wanted): Body<WhereToWrite>,
) -> Result<Response, Failure> {
    Ok(Json(contacting::write_back::write_back(&state, &asker, id, wanted.book).await?).into_response())
}

/// Contacts that are one person's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactsToJoin {
    /// Which, 2 to 20.
    #[schema(value_type = Vec<view::id::ContactId>, min_items = 2, max_items = 20)]
    contacts: Vec<ContactId>,
}

/// Join contacts
///
/// They are one person's. It can be undone by parting their sources, or by taking back what was said.
#[utoipa::path(post, path = "/api/v1/contacts/join", operation_id = "joinContacts", tag = "Contacts", request_body = ContactsToJoin,
    responses((status = 200, body = view::WholeContact)))]
async fn join(Given(state): Given<State>, asker: Asker, Body(wanted): Body<ContactsToJoin>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let id = say::join(&state, &asker, &wanted.contacts).await?;
    Ok(Json(whole(&state, &asker, id).await?).into_response())
}

/// Source contacts that are somebody else's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourcesToPart {
    /// Which of the contact's, some and not all.
    #[schema(value_type = Vec<view::id::SourceContactId>, min_items = 1)]
    sources: Vec<SourceContactId>,
}

/// Part a contact
///
/// These of its sources are somebody else's: undoes joins, whatever they came from. No evidence joins them again.
#[utoipa::path(post, path = "/api/v1/contacts/{contact}/part", operation_id = "partContact", tag = "Contacts",
    params(("contact" = view::id::ContactId, Path, description = "Its id.")), request_body = SourcesToPart,
    responses((status = 204, description = "They are parted.")))]
async fn part(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Contact>,
    Body(wanted): Body<SourcesToPart>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    say::part(&state, &asker, id, &wanted.sources).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Take back what was said of a contact
///
/// Joins and partings by hand of its sources: evidence counts again.
#[utoipa::path(delete, path = "/api/v1/contacts/{contact}/sayings", operation_id = "takeBackContactSayings", tag = "Contacts",
    params(("contact" = view::id::ContactId, Path, description = "Its id.")),
    responses((status = 204, description = "It is taken back.")))]
async fn take_back(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Contact>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    say::take_back(&state, &asker, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is proposed.
#[derive(Debug, Serialize, ToSchema)]
struct ContactProposals {
    /// The likeliest first, 200 at most.
    data: Vec<view::ContactProposal>,
}

/// Contacts that may be one person's
///
/// With a score and the reasons. Nothing is joined by these: join them, or say that they are two people's.
#[utoipa::path(get, path = "/api/v1/contact-proposals", operation_id = "listContactProposals", tag = "Contacts",
    responses((status = 200, body = ContactProposals)))]
async fn proposals(Given(state): Given<State>, asker: Asker, conditions: Conditions) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let data = read::contact::proposals(&state.db, asker.workspace).await?;
    Ok(answer::one(&ContactProposals { data }, &Fields::default(), &conditions))
}

/// Two contacts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactsToKeepApart {
    /// Which two.
    #[schema(value_type = Vec<view::id::ContactId>, min_items = 2, max_items = 2)]
    contacts: [ContactId; 2],
}

/// Keep two contacts apart
///
/// They are two people's, and are not proposed any more.
#[utoipa::path(post, path = "/api/v1/contacts/keep-apart", operation_id = "keepContactsApart", tag = "Contacts",
    request_body = ContactsToKeepApart, responses((status = 204, description = "They stay apart.")))]
async fn keep_apart(Given(state): Given<State>, asker: Asker, Body(wanted): Body<ContactsToKeepApart>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    say::keep_apart(&state, &asker, wanted.contacts[0], wanted.contacts[1]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whose a number or an address is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactMark {
    /// The number with its country, or the address.
    #[schema(min_length = 3, max_length = 320)]
    value: String,
    /// True: several people's, so that it joins nobody. False: one person's, whatever it looks like. `null`: as it looks.
    shared: Option<bool>,
}

/// Say whose a number or an address is
#[utoipa::path(put, path = "/api/v1/contact-marks", operation_id = "markContactKey", tag = "Contacts", request_body = ContactMark,
    responses((status = 204, description = "It counts.")))]
async fn mark(Given(state): Given<State>, asker: Asker, Body(wanted): Body<ContactMark>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let region = read::contact::region(&state.db, asker.workspace).await?;
    let key = bring::key(wanted.value.trim(), region)?;
    say::mark(&state, &asker, &key, wanted.shared).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a vCard is written as.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AsFile {
    /// `3` for old programs; 4 unless said otherwise.
    #[param(minimum = 3, maximum = 4)]
    version: Option<u8>,
}

/// All contacts as a file of vCards
#[utoipa::path(get, path = "/api/v1/contacts/export", operation_id = "exportContacts", tag = "Contacts", params(AsFile),
    responses((status = 200, content_type = "text/vcard", body = String, description = "The cards.")))]
async fn export(Given(state): Given<State>, asker: Asker, Filters(wanted): Filters<AsFile>) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let version = match wanted.version {
        Some(3) => Version::V3,
        None | Some(4) => Version::V4,
        Some(other) => return Err(Failure::bad_request("vcard_version_unknown", format!("`version` is {other}."), "Ask for 3 or 4.")),
    };
    let (mut text, mut after) = (String::new(), None::<(String, ContactId)>);
    loop {
        let behind = after.as_ref().map(|(name, id)| (name.as_str(), *id));
        let piece = contact::list(&state.db, asker.workspace, Wanted::default(), behind, PIECE).await?;
        let entries: Vec<Entry> = piece.iter().map(|kept| Entry::from(&kept.contact)).collect();
        text.push_str(&write(&entries, version));
        match piece.last() {
            Some(last) if piece.len() == PIECE as usize => {
                after = Some((contact::name_key(&last.contact.shown()), ContactId::from_number(last.contact.id.number())));
            }
            _ => break,
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/vcard; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.vcf\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, text).into_response())
}
