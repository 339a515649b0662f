//! `GET /templates/{id}[?person=&q=]`: a template, to be changed, and as a person would get it; and making one.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::{Problem, Timestamp};
use http::Method;
use maud::{Markup, html};
use model::compose::template::KNOWN;
use model::id::{Template as TemplateNoun, TemplateId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::body::{frame_of, framed_html};
use crate::console::core::{self, Page};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm, SignedIn};
use crate::state::State;
use crate::view::format::long;
use crate::view::frame::{self, Part};
use crate::view::{address, curl, problem_page};

/// People to choose from.
const PEOPLE: u32 = 8;

/// For whom it is shown.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    person: String,
    #[serde(default)]
    q: String,
}

/// A template as the API shows it.
#[derive(Deserialize)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The subject.
    pub subject: String,
    html: Option<String>,
    text: Option<String>,
    /// The names of its fields.
    pub fields: Vec<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    updated_by: String,
}

/// What it becomes.
#[derive(Deserialize)]
struct Preview {
    subject: String,
    html: Option<String>,
    text: Option<String>,
    missing: Vec<String>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    name: String,
    addresses: Vec<PersonsAddress>,
}

#[derive(Deserialize)]
struct PersonsAddress {
    written: String,
}

/// What has been written so far: it is not lost when it cannot be kept.
#[derive(Default)]
struct Draft {
    name: String,
    subject: String,
    html: String,
    text: String,
}

impl Draft {
    fn of(fields: &Fields) -> Self {
        let [name, subject, html, text] = ["name", "subject", "html", "text"].map(|name| fields.text(name).to_owned());
        Draft { name, subject, html, text }
    }

    fn wanted(&self) -> Value {
        json!({ "name": self.name, "subject": self.subject, "html": self.html, "text": self.text })
    }
}

/// `GET /templates/new`.
pub async fn make_page(signed_in: SignedIn) -> Html<String> {
    new_page(&signed_in, &Draft::default(), None)
}

fn new_page(by: &SignedIn, draft: &Draft, refused: Option<&Problem>) -> Html<String> {
    let main = html! {
        div.heading { p.crumb { a href="/templates" { "Templates" } } h1 { "New template" } }
        (form("/templates", draft, refused, &by.csrf))
    };
    Html(frame::signed_in("New template", Part::Outbox, by, &main).into_string())
}

/// `POST /templates`. What the API refuses is told above what was written.
pub async fn make(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    let draft = Draft::of(&form.fields);
    match core::ask::<Template>(&state, &form.signed_in, Method::POST, "/api/v1/templates", Some(draft.wanted())).await {
        Ok(made) => Ok(Redirect::to(&format!("/templates/{}", made.id)).into_response()),
        Err(failure) if failure.status.is_client_error() => {
            Ok((failure.status, new_page(&form.signed_in, &draft, Some(&failure.problem))).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// The page.
pub async fn template(
    Given(state): Given<State>,
    signed_in: SignedIn,
    Named(id): Named<TemplateNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    page(&state, &signed_in, id, &asked, None).await
}

async fn page(
    state: &State,
    by: &SignedIn,
    id: TemplateId,
    asked: &Asked,
    refused: Option<(&Draft, &Problem)>,
) -> Result<Html<String>, Failure> {
    let path = format!("/api/v1/templates/{id}");
    let kept: Template = core::read(state, by, &path).await?;
    let people: Page<Person> = core::read(state, by, &people_path(asked)).await?;
    let preview = preview(state, by, id, asked).await?;
    let as_kept = Draft {
        name: kept.name.clone(),
        subject: kept.subject.clone(),
        html: kept.html.clone().unwrap_or_default(),
        text: kept.text.clone().unwrap_or_default(),
    };
    let (draft, problem) = refused.map_or((&as_kept, None), |(draft, problem)| (draft, Some(problem)));
    let main = html! {
        div.heading {
            p.crumb { a href="/outbox" { "Outbox" } " / " a href="/templates" { "Templates" } }
            h1 dir="auto" { (kept.name) }
            p.summary { "Changed by " (kept.updated_by) ", " (long(kept.updated_at)) }
        }
        div.beside {
            div { (form(&format!("/templates/{id}"), draft, problem, &by.csrf)) (shown(id, &preview, asked)) }
            aside.side aria-label="About this template" { (choice(id, &people.data, asked)) (removal(id, &by.csrf)) }
        }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in(&kept.name, Part::Outbox, by, &main).into_string()))
}

fn people_path(asked: &Asked) -> String {
    address::with("/api/v1/people", &[("prefix", asked.q.trim()), ("limit", &PEOPLE.to_string())])
}

async fn preview(state: &State, by: &SignedIn, id: TemplateId, asked: &Asked) -> Result<Preview, Failure> {
    let person = Some(&asked.person).filter(|person| !person.is_empty());
    core::ask(state, by, Method::POST, &format!("/api/v1/templates/{id}/preview"), Some(json!({ "person": person }))).await
}

fn form(action: &str, draft: &Draft, refused: Option<&Problem>, csrf: &str) -> Markup {
    html! {
        @if let Some(problem) = refused {
            (problem_page::callout(problem))
        }
        form.fields method="post" action=(action) {
            (frame::key(csrf))
            div { label for="name" { "Name" } input #name name="name" required maxlength="200" autocomplete="off" dir="auto" value=(draft.name); }
            div { label for="subject" { "Subject" } input #subject name="subject" maxlength="1000" autocomplete="off" dir="auto" value=(draft.subject); }
            div { label for="text" { "Text" } textarea #text name="text" rows="10" dir="auto" aria-describedby="of-fields" { (draft.text) }
                p.hint #of-fields { "Fields: " @for (place, name) in KNOWN.iter().enumerate() { @if place > 0 { ", " } code { "{{" (name) "}}" } }
                    ". What stands in for one without a value is written behind a line: " code { "{{person.first_name | \"there\"}}" } } }
            details open[!draft.html.is_empty()] { summary { "HTML instead of the text" }
                div { label for="html" { "HTML" } textarea #html name="html" rows="10" spellcheck="false" aria-describedby="of-html" { (draft.html) }
                    p.hint #of-html { "Where there is some, programs send it instead of the text. The console writes mail from the text." } } }
            div.actions { button type="submit" { "Save" } }
        }
    }
}

fn shown(id: TemplateId, preview: &Preview, asked: &Asked) -> Markup {
    html! {
        section.panel aria-labelledby="shown" {
            h2 #shown { @if asked.person.is_empty() { "As it is without a recipient" } @else { "As they would get it" } }
            @if !preview.missing.is_empty() {
                p.notice role="status" { "Without a value: " @for (place, name) in preview.missing.iter().enumerate() { @if place > 0 { ", " } code { (name) } }
                    ". A mail is not sent so; give a value with it, or a fallback here." }
            }
            p dir="auto" { strong { (preview.subject) } }
            @if let Some(text) = &preview.text { pre.wrapped tabindex="0" dir="auto" { (text) } }
            @if preview.html.is_some() {
                (frame_of(&address::with(&format!("/templates/{id}/look"), &[("person", &asked.person)]), "The HTML as it would be read"))
            }
        }
    }
}

fn choice(id: TemplateId, people: &[Person], asked: &Asked) -> Markup {
    let path = format!("/templates/{id}");
    html! {
        section {
            h2 { "Show it for" }
            form.inline-form role="search" action=(path) method="get" {
                label.hidden for="q" { "Name or address begins with" }
                input #q type="search" name="q" value=(asked.q) placeholder="Name or address" autocomplete="off";
                button.quiet.small type="submit" { "Find" }
            }
            ul { @for person in people {
                li { a data-row href=(address::with(&path, &[("person", &person.id), ("q", &asked.q)])) aria-current=[(person.id == asked.person).then_some("true")] {
                    span dir="auto" { (person.name) } }
                    @if let Some(address) = person.addresses.first() { " " span.faint { (address.written) } } }
            } }
            @if people.is_empty() { p.hint { "Nobody's name or address begins so." } }
        }
    }
}

fn removal(id: TemplateId, csrf: &str) -> Markup {
    html! {
        section {
            details { summary { "Remove" }
                form.stack method="post" action={ "/templates/" (id) "/remove" } {
                    (frame::key(csrf))
                    p { "Mail that was made from it stays as it is." }
                    button.danger type="submit" { "Remove this template" }
                }
            }
        }
    }
}

/// `POST /templates/{id}`. What the API refuses is told above what was written.
pub async fn change(Given(state): Given<State>, Named(id): Named<TemplateNoun>, form: OwnForm) -> Result<Response, Failure> {
    let draft = Draft::of(&form.fields);
    let path = format!("/api/v1/templates/{id}");
    match core::ask::<Value>(&state, &form.signed_in, Method::PATCH, &path, Some(draft.wanted())).await {
        Ok(_) => Ok(Redirect::to(&format!("/templates/{id}")).into_response()),
        Err(failure) if failure.status.is_client_error() && failure.problem.code != "not_found" => {
            let page = page(&state, &form.signed_in, id, &Asked::default(), Some((&draft, &failure.problem))).await?;
            Ok((failure.status, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// `POST /templates/{id}/remove`.
pub async fn remove(Given(state): Given<State>, Named(id): Named<TemplateNoun>, form: OwnForm) -> Result<Response, Failure> {
    let _: Value = core::ask(&state, &form.signed_in, Method::DELETE, &format!("/api/v1/templates/{id}"), None).await?;
    Ok(Redirect::to("/templates").into_response())
}

/// `GET /templates/{id}/look[?person=]`: the HTML, for the inside of a frame.
pub async fn look(
    Given(state): Given<State>,
    signed_in: SignedIn,
    Named(id): Named<TemplateNoun>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let preview = preview(&state, &signed_in, id, &asked).await?;
    Ok(framed_html("Preview", &preview.html.unwrap_or_default()))
}
