//! `/api/v1/templates`: texts with merge fields, from which mail is made.

use std::collections::BTreeMap;

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::compose::template::Form;
use model::id::{MailboxId, PersonId, TemplateId};
use model::template::Template;
use serde::Deserialize;
use serde_json::json;
use store::{StoreError, mailbox, template};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use super::customers::name_of;
use crate::access::{Asker, Level, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::sending::{self, Addressed, FromTemplate, Merge};
use crate::state::State;
use crate::view;

/// Letters of a subject with its fields.
const SUBJECT_LETTERS_MAX: usize = 1_000;
/// Bytes of a text with its fields, as many as of a mail's own.
const TEXT_BYTES_MAX: usize = 900_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(one, change, remove)).routes(routes!(preview))
}

/// Templates
///
/// By name.
#[utoipa::path(get, path = "/api/v1/templates", operation_id = "listTemplates", tag = "Templates", params(Paging),
    responses((status = 200, body = Page<view::Template>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Template>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "templates"));
    let after: String = list.position()?.unwrap_or_default();
    let mut rows = template::list(&state.db, asker.workspace, &after, limit + 1).await?;
    let next = answer::cut(&mut rows, limit).map(|last| list.cursor(&template::name_key(&last.name)));
    let data = rows.into_iter().map(view::Template::of).collect();
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A template that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    /// What people call it; no two are called alike.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The subject.
    #[schema(max_length = 1000, example = "Offer for {{customer.name | \"you\"}}")]
    subject: String,
    /// The text as HTML, a fragment or a document. Mail is made of it where there is one.
    #[serde(default)]
    #[schema(max_length = 900_000)]
    html: Option<String>,
    /// The text as plain text.
    #[serde(default)]
    #[schema(max_length = 900_000, example = "Dear {{person.first_name | \"customer\"}},")]
    text: Option<String>,
}

/// Make a template
///
/// Fields are `{{person.name}}`, `{{person.first_name}}`, `{{person.email}}`, `{{customer.name}}`, `{{sender.name}}`, `{{sender.email}}`
/// and your own `{{fields.x}}`, each with a fallback if you like: `{{person.first_name | "there"}}`. One that is not known is refused.
#[utoipa::path(post, path = "/api/v1/templates", operation_id = "makeTemplate", tag = "Templates", request_body = NewTemplate,
    responses((status = 201, body = view::Template, headers(("Location" = String, description = "Where it is.")))))]
async fn create(Given(state): Given<State>, asker: Asker, Body(wanted): Body<NewTemplate>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let now = state.clock.now();
    let made = judged(Template {
        id: TemplateId::new(now),
        workspace: asker.workspace,
        name: name_of(&wanted.name)?,
        subject: wanted.subject,
        html: wanted.html,
        text: wanted.text,
        created_at: now,
        updated_at: now,
        updated_by: asker.actor(),
        version: 1,
    })?;
    let insert = [template::insert(&made)];
    let done = write(&state, &asker, "api.make_template", "template.make", &made.id.to_string(), json!(null), insert).await;
    done.map_err(unkept)?;
    let location = format!("/api/v1/templates/{}", made.id);
    Ok(answer::created(&view::Template::of(made), &location))
}

/// A template
#[utoipa::path(get, path = "/api/v1/templates/{template}", operation_id = "getTemplate", tag = "Templates",
    params(("template" = view::id::TemplateId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Template)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Template>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Template>(picking.fields.as_deref())?;
    let found = sending::find_template(&state, &asker, id).await?;
    Ok(answer::one(&view::Template::of(found), &fields, &conditions))
}

/// What is to be different; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TemplateChange {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another subject.
    #[schema(max_length = 1000)]
    subject: Option<String>,
    /// Another HTML; an empty one takes it out.
    #[schema(max_length = 900_000)]
    html: Option<String>,
    /// Another plain text; an empty one takes it out.
    #[schema(max_length = 900_000)]
    text: Option<String>,
}

/// Change a template
///
/// Mail that was made from it stays as it is, also while it waits.
#[utoipa::path(patch, path = "/api/v1/templates/{template}", operation_id = "changeTemplate", tag = "Templates",
    params(("template" = view::id::TemplateId, Path, description = "Its id.")), request_body = TemplateChange,
    responses((status = 200, body = view::Template)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Template>,
    conditions: Conditions,
    Body(wanted): Body<TemplateChange>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let present = sending::find_template(&state, &asker, id).await?;
    conditions.check(&view::Template::of(present.clone()))?;
    let new = judged(Template {
        name: wanted.name.as_deref().map_or_else(|| Ok(present.name.clone()), name_of)?,
        subject: wanted.subject.unwrap_or(present.subject),
        html: wanted.html.or(present.html),
        text: wanted.text.or(present.text),
        updated_at: state.clock.now(),
        updated_by: asker.actor(),
        ..present
    })?;
    let changed = template::change(&new);
    let done = write(&state, &asker, "api.change_template", "template.change", &id.to_string(), json!(null), changed).await;
    done.map_err(unkept)?;
    Ok(answer::one(&view::Template::of(new), &Fields::default(), &Conditions::default()))
}

/// Remove a template
///
/// Mail that was made from it stays.
#[utoipa::path(delete, path = "/api/v1/templates/{template}", operation_id = "removeTemplate", tag = "Templates",
    params(("template" = view::id::TemplateId, Path, description = "Its id.")),
    responses((status = 204, description = "Removed.")))]
async fn remove(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Template>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let present = sending::find_template(&state, &asker, id).await?;
    conditions.check(&view::Template::of(present.clone()))?;
    let removed = [template::remove(&present)];
    let done = write(&state, &asker, "api.remove_template", "template.remove", &id.to_string(), json!(null), removed).await;
    done.map_err(unkept)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// For whom a template is shown.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewWish {
    /// For this person.
    #[schema(value_type = Option<view::id::PersonId>)]
    person: Option<PersonId>,
    /// For whoever this is, known or not.
    to: Option<Addressed>,
    /// As from this mailbox.
    #[schema(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// Values of your own.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Show what a template becomes
///
/// Nothing is sent, and nothing is refused for want of a value: what is missing is named.
#[utoipa::path(post, path = "/api/v1/templates/{template}/preview", operation_id = "previewTemplate", tag = "Templates",
    params(("template" = view::id::TemplateId, Path, description = "Its id.")), request_body = PreviewWish,
    responses((status = 200, body = view::TemplatePreview)))]
async fn preview(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Template>,
    Body(wanted): Body<PreviewWish>,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let mailbox = match wanted.mailbox {
        Some(id) => {
            let found = mailbox::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace);
            let seen = |found: &model::mailbox::Mailbox| Sight::over(std::slice::from_ref(found), &asker).level(id) > Level::Nothing;
            Some(found.filter(seen).ok_or_else(Failure::not_found)?)
        }
        None => None,
    };
    let to = wanted.to.as_ref().map(Addressed::participant);
    let addresses: Vec<&str> = to.iter().map(|to| to.address.as_str()).collect();
    let from = FromTemplate { id, fields: wanted.fields, person: wanted.person };
    let merge = Merge::of(&state, &asker, &from, (mailbox.as_ref(), None), &addresses).await?;
    let shown = view::TemplatePreview::of(merge.show(to.as_ref())?);
    Ok(answer::one(&shown, &Fields::default(), &Conditions::default()))
}

/// The template, if it can be kept: it has a text, is not too long, and its fields are known and stand where they can.
fn judged(template: Template) -> Result<Template, Failure> {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let new = Template { html: filled(template.html), text: filled(template.text), ..template };
    let title = "The template cannot be kept so.";
    let parts =
        [("subject", Form::Line, Some(&new.subject)), ("html", Form::Html, new.html.as_ref()), ("text", Form::Text, new.text.as_ref())];
    if new.html.is_none() && new.text.is_none() {
        let detail = "Neither `html` nor `text` says anything.";
        return Err(Failure::unprocessable("text_missing", title, detail, "Give one of them, or both."));
    }
    for (name, form, text) in parts.into_iter().filter_map(|(name, form, text)| Some((name, form, text?))) {
        let is_too_long = if form == Form::Line { text.chars().count() > SUBJECT_LETTERS_MAX } else { text.len() > TEXT_BYTES_MAX };
        if is_too_long {
            let detail = format!("`{name}` is longer than a subject of {SUBJECT_LETTERS_MAX} letters or a text of {TEXT_BYTES_MAX} bytes.");
            return Err(Failure::unprocessable("text_too_long", title, detail, "Shorten it."));
        }
        sending::pattern(name, text, form)?;
    }
    Ok(new)
}

fn unkept(error: StoreError) -> Failure {
    match error {
        StoreError::Refused { guard: template::NAME_IS_FREE } | StoreError::Conflict(_) => Failure::conflict(
            "name_taken",
            "Another template has that name.",
            "Names are unique in a workspace, whatever their case.",
            "Choose another name, or change that template.",
        ),
        other => refused(other, &[]),
    }
}
