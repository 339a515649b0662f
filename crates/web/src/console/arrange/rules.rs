//! `GET /mailboxes/{id}/rules`: what Exchange does with mail on its arrival: in words, switched on and off, deleted, made.

use axum::extract::State as Given;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use model::id::{Mailbox as MailboxNoun, MailboxId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::folder::{self, Folder};

use super::list;
use crate::console::core::{self, Page};
use crate::console::deed::wrong_field;
use crate::console::mailbox::{Tab, find, head};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::session::{Fields, OwnForm, SignedIn};
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::view::{curl, problem_page};
use crate::visitor::Visitor;

/// A rule as the API shows it.
#[derive(Deserialize)]
struct Rule {
    id: String,
    name: String,
    is_enabled: bool,
    has_error: bool,
    is_read_only: bool,
    is_folder_unknown: bool,
    conditions: Map<String, Value>,
    exceptions: Map<String, Value>,
    actions: Map<String, Value>,
}

/// The page.
pub async fn rules(
    Given(state): Given<State>,
    visitor: Visitor,
    signed_in: SignedIn,
    Named(id): Named<MailboxNoun>,
) -> Result<Html<String>, Failure> {
    let mailbox = find(&state, &visitor, id).await?;
    let path = format!("/api/v1/mailboxes/{id}/rules");
    let read: Result<Page<Rule>, Failure> = core::read(&state, &signed_in, &format!("{path}?limit=200")).await;
    let folders = folder::list(&state.db, id).await?;
    let can_change = visitor.changes(&mailbox);
    let main = html! {
        (head(&mailbox, &visitor, Tab::Rules))
        @match read {
            Err(failure) => (problem_page::callout(&failure.problem)),
            Ok(page) => {
                p.summary { "What Exchange does with mail when it comes into the inbox, from the first rule to the last." }
                @if page.data.is_empty() { div.empty { h2 { "No rules" } p { "Mail stays in the inbox as it comes." } } }
                @else { (table(id, &page.data, &folders, can_change.then_some(visitor.csrf.as_str()))) }
                @if can_change { (form(id, &folders, &visitor.csrf)) }
            }
        }
        (curl::read(&state.settings.base_url, &path))
    };
    Ok(Html(frame::signed_in("Rules", Part::Mailboxes, &visitor, &main).into_string()))
}

fn table(id: MailboxId, rules: &[Rule], folders: &[Folder], csrf: Option<&str>) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Rules" { table.ledger {
            caption.hidden { "Rules, in the order in which they run" }
            thead { tr {
                th scope="col" { "Rule" } th scope="col" { "For mail with" } th scope="col" { "What is done" } th scope="col" { "State" }
                @if csrf.is_some() { th scope="col" { span.hidden { "Change the rule" } } }
            } }
            tbody { @for rule in rules { (row(id, rule, folders, csrf)) } }
        } }
    }
}

fn row(id: MailboxId, rule: &Rule, folders: &[Folder], csrf: Option<&str>) -> Markup {
    html! {
        tr {
            th scope="row" dir="auto" { (rule.name) }
            td dir="auto" {
                @if rule.conditions.is_empty() { "anything" } @else { (in_words(&rule.conditions, folders).join("; ")) }
                @if !rule.exceptions.is_empty() { span.faint { ", but not: " (in_words(&rule.exceptions, folders).join("; ")) } }
            }
            td dir="auto" {
                (in_words(&rule.actions, folders).join("; "))
                @if rule.is_folder_unknown { " " span.faint { "(and a folder that is not here)" } }
            }
            td.short {
                @if rule.has_error { span.tone.bad { span.dot aria-hidden="true" {} "Cannot work" } }
                @else if rule.is_enabled { span.tone.good { span.dot aria-hidden="true" {} "On" } }
                @else { span.tone.idle { span.dot aria-hidden="true" {} "Off" } }
            }
            @if let Some(csrf) = csrf { td { @if rule.is_read_only { span.faint { "in Outlook only" } } @else { (buttons(id, rule, csrf)) } } }
        }
    }
}

fn buttons(id: MailboxId, rule: &Rule, csrf: &str) -> Markup {
    let (wanted, word) = if rule.is_enabled { ("off", "Switch off") } else { ("on", "Switch on") };
    html! {
        form.actions method="post" action={ "/mailboxes/" (id) "/rules/change" } {
            (frame::key(csrf)) input type="hidden" name="rule" value=(rule.id);
            button.quiet.small type="submit" name="wanted" value=(wanted) aria-label={ (word) ": " (rule.name) } { (word) }
            button.quiet.small type="submit" name="wanted" value="delete" aria-label={ "Delete: " (rule.name) } { "Delete" }
        }
    }
}

/// Conditions or actions, each in words.
fn in_words(part: &Map<String, Value>, folders: &[Folder]) -> Vec<String> {
    let is_said = |(_, value): &(&String, &Value)| !value.is_null() && **value != Value::Bool(false);
    let words = part.iter().filter(is_said).map(|(name, value)| format!("{} {}", name.replace('_', " "), value_in_words(value, folders)));
    words.map(|words| words.trim_end().to_owned()).collect()
}

fn value_in_words(value: &Value, folders: &[Folder]) -> String {
    match value {
        Value::String(text) => {
            let named = folders.iter().find(|folder| folder.id.to_string() == *text);
            named.map_or_else(|| text.clone(), |folder| folder.display_name.clone())
        }
        Value::Array(some) => some.iter().map(|one| value_in_words(one, folders)).collect::<Vec<_>>().join(" or "),
        Value::Object(party) => match party.get("email").and_then(Value::as_str) {
            Some(email) => email.to_owned(),
            None => in_words(party, folders).join(", "),
        },
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null => String::new(),
    }
}

fn form(id: MailboxId, folders: &[Folder], csrf: &str) -> Markup {
    let shown = folders.iter().filter(|folder| folder.removed_at.is_none() && !folder.hidden);
    let shown = shown.filter(|folder| !matches!(folder.well_known.as_deref(), Some("inbox" | "msgfolderroot")));
    html! {
        section.panel aria-labelledby="new-rule" {
            h2 #new-rule { "A new rule" }
            form.fields method="post" action={ "/mailboxes/" (id) "/rules" } {
                (frame::key(csrf))
                div { label for="name" { "Name" } input #name name="name" required maxlength="256" autocomplete="off"; }
                div { label for="from" { "The sender's name or address contains" } input #from name="from" autocomplete="off" spellcheck="false"; }
                div { label for="subject" { "The subject contains" } input #subject name="subject" autocomplete="off";
                    p.hint { "Several are parted by commas: any of them is enough. If both fields are filled, both must hold." } }
                div { label for="folder" { "Move it to" }
                    select #folder name="folder" { option value="" { "Leave it in the inbox" }
                        @for folder in shown { option value=(folder.id) { (folder.display_name) } } } }
                div { label for="category" { "Give it the category" } input #category name="category" maxlength="255" autocomplete="off"; }
                label.check { input type="checkbox" name="read" value="yes"; span { "Mark it as read" } }
                label.check { input type="checkbox" name="stop" value="yes"; span { "Then no further rule" } }
                div.actions { button type="submit" { "Make the rule" } }
                p.hint { "It counts for mail that comes from now on." }
            }
        }
    }
}

/// `POST /mailboxes/{id}/rules`.
pub async fn make_rule(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let wanted = wanted(&form.fields)?;
    let _: Value = core::ask(&state, &form.signed_in, Method::POST, &format!("/api/v1/mailboxes/{id}/rules"), Some(wanted)).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}/rules")).into_response())
}

fn wanted(fields: &Fields) -> Result<Value, Failure> {
    let (mut conditions, mut actions) = (Map::new(), Map::new());
    for (field, name) in [("from", "sender_contains"), ("subject", "subject_contains")] {
        let words = list(fields, field);
        if !words.is_empty() {
            conditions.insert(name.to_owned(), json!(words));
        }
    }
    if conditions.is_empty() {
        let action = "Go back and fill in the sender or the subject.";
        return Err(wrong_field("The rule would be about all mail.", "Neither a sender nor a subject was named.", action));
    }
    let text = |name: &str| Some(fields.text(name)).filter(|text| !text.is_empty());
    let named = [
        ("move_to_folder", text("folder").map(|folder| json!(folder))),
        ("assign_categories", text("category").map(|category| json!([category]))),
        ("mark_as_read", text("read").map(|_| json!(true))),
        ("stop_processing_rules", text("stop").map(|_| json!(true))),
    ];
    actions.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(json!({"name": fields.text("name"), "conditions": conditions, "actions": actions}))
}

/// `POST /mailboxes/{id}/rules/change`: switches a rule on or off, or deletes it.
pub async fn change_rule(Given(state): Given<State>, Named(id): Named<MailboxNoun>, form: OwnForm) -> Result<Response, Failure> {
    let rule: String = url::form_urlencoded::byte_serialize(form.fields.text("rule").as_bytes()).collect();
    let path = format!("/api/v1/mailboxes/{id}/rules/{rule}");
    let (method, wanted) = match form.fields.text("wanted") {
        "on" => (Method::PATCH, Some(json!({"is_enabled": true}))),
        "off" => (Method::PATCH, Some(json!({"is_enabled": false}))),
        "delete" => (Method::DELETE, None),
        _ => {
            return Err(wrong_field(
                "It is not clear what shall be done.",
                "The form named nothing that can be done.",
                "Go back and choose again.",
            ));
        }
    };
    let _: Value = core::ask(&state, &form.signed_in, method, &path, wanted).await?;
    Ok(Redirect::to(&format!("/mailboxes/{id}/rules")).into_response())
}
