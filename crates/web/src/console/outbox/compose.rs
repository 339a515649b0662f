//! `GET /compose[?answers=&how=]`: writing a mail, or an answer; `POST /compose` puts it into the outbox, `POST /compose/fill` a template
//! into it.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Problem;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::filling::{self, Choice, unfilled};
use super::tracking::{Wanted, reason};
use super::written;
use crate::console::core::{self, Page};
use crate::console::deed::wrong_field;
use crate::console::signature::{self, Signature};
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::frame::{self, Part};

/// For how long a mail from the console can be taken back, in seconds.
const UNDO_SECONDS: u32 = 10;

/// What has been written so far: what the page begins with, and what is not lost when it cannot be sent.
#[derive(Default, Deserialize)]
pub struct Draft {
    #[serde(default)]
    answers: String,
    #[serde(default)]
    how: String,
    #[serde(skip)]
    from: String,
    #[serde(skip)]
    to: String,
    #[serde(skip)]
    cc: String,
    #[serde(skip)]
    subject: String,
    #[serde(skip)]
    text: String,
    /// Whether it is to be tracked; as the workspace has it until somebody says.
    #[serde(skip)]
    tracked: Option<bool>,
    #[serde(skip)]
    apart: bool,
    /// Whether the mailbox's signature is left out.
    #[serde(skip)]
    unsigned: bool,
    /// The template that was chosen last.
    #[serde(skip)]
    template: String,
}

#[derive(Deserialize)]
struct Mailbox {
    id: String,
    address: String,
    name: String,
    kind: String,
    may_send: bool,
}

#[derive(Deserialize)]
struct Original {
    mailbox: String,
    subject: Option<String>,
    from: Option<Value>,
}

/// What a page of writing shows besides the draft.
struct Around {
    mailboxes: Vec<Mailbox>,
    original: Option<Original>,
    wanted: Wanted,
    templates: Vec<Choice>,
    /// Of the mailbox that is chosen.
    signature: Signature,
}

impl Draft {
    fn of(form: &OwnForm) -> Self {
        let text = |name: &str| form.fields.text(name).to_owned();
        let [answers, how, from, to] = ["answers", "how", "from", "to"].map(text);
        let [cc, subject, text, template] = ["cc", "subject", "text", "template"].map(text);
        let on = |name: &str| form.fields.text(name) == "1";
        let (tracked, apart, unsigned) = (Some(on("tracked")), on("apart"), !on("signature"));
        Draft { answers, how, from, to, cc, subject, text, tracked, apart, unsigned, template }
    }

    fn title(&self) -> &'static str {
        match (self.answers.as_str(), self.how.as_str()) {
            ("", _) => "Write a mail",
            (_, "forward") => "Forward",
            (_, "reply_all") => "Reply to all",
            _ => "Reply",
        }
    }

    /// As the API takes it.
    fn mail(&self) -> Value {
        let mut mail = json!({ "to": addresses(&self.to), "cc": addresses(&self.cc), "undo_seconds": UNDO_SECONDS, "tracking": {} });
        mail["signature"] = json!(!self.unsigned);
        // Plain text holds no pixel and no words above a link: what is written is sent as HTML then.
        let tracked = self.tracked == Some(true);
        if tracked {
            mail["tracking"] = json!({ "opens": true, "clicks": true, "apart": self.apart });
        }
        if tracked || written::has_worded_link(&self.text) {
            mail["html"] = json!(written::as_html(&self.text));
        } else {
            mail["text"] = json!(self.text);
        }
        match self.answers.as_str() {
            "" => mail["subject"] = json!(self.subject),
            original => mail["answers"] = json!({ "message": original, "how": self.how }),
        }
        mail
    }
}

/// The page.
pub async fn compose(Given(state): Given<State>, signed_in: SignedIn, Query(draft): Query<Draft>) -> Result<Html<String>, Failure> {
    page(&state, &signed_in, &draft, None).await
}

async fn page(state: &State, signed_in: &SignedIn, draft: &Draft, refused: Option<&Problem>) -> Result<Html<String>, Failure> {
    let around = around(state, signed_in, draft).await?;
    let open_fields = unfilled(&format!("{}\n{}", draft.subject, draft.text));
    let main = html! {
        div.heading { p.crumb { a href="/outbox" { "Outbox" } } h1 { (draft.title()) }
            @if let Some(original) = &around.original { p.summary dir="auto" { (original.subject.as_deref().unwrap_or("Subject not shown to you")) } } }
        @if let Some(problem) = refused {
            div.callout role="alert" { p.title { (problem.title) } p { (problem.detail) } p.next { strong { "Next: " } (problem.action) } }
        } @else if !open_fields.is_empty() {
            p.notice role="status" { "To fill in before it is sent: " @for (place, name) in open_fields.iter().enumerate() { @if place > 0 { ", " } code { (name) } } }
        }
        @if around.mailboxes.is_empty() {
            div.empty { h2 { "No mailbox to send from" } p { "Mail is sent from your own mailbox or a shared one. Connect one first." }
                p { a.button href="/connect" { "Connect a mailbox" } } }
        } @else { (form(&around, draft, &signed_in.csrf)) }
    };
    Ok(Html(frame::signed_in(draft.title(), Part::Outbox, signed_in, &main).into_string()))
}

async fn around(state: &State, by: &SignedIn, draft: &Draft) -> Result<Around, Failure> {
    let mailboxes: Page<Mailbox> = core::read(state, by, "/api/v1/mailboxes?limit=200").await?;
    let mailboxes: Vec<Mailbox> = mailboxes.data.into_iter().filter(|mailbox| mailbox.may_send).collect();
    let wanted: Wanted = core::read(state, by, "/api/v1/tracking/settings").await?;
    let templates: Page<Choice> = core::read(state, by, "/api/v1/templates?limit=200&fields=id,name").await?;
    let original = original(state, by, draft).await?;
    let mut around = Around { mailboxes, original, wanted, templates: templates.data, signature: Signature::default() };
    if let Some(chosen) = around.chosen(draft) {
        around.signature = signature::read(state, by, &chosen.id).await?;
    }
    Ok(around)
}

async fn original(state: &State, by: &SignedIn, draft: &Draft) -> Result<Option<Original>, Failure> {
    match draft.answers.as_str() {
        "" => Ok(None),
        id => core::read(state, by, &format!("/api/v1/messages/{}", only_letters(id))).await.map(Some),
    }
}

impl Around {
    /// The mailbox that the page shows as chosen.
    fn chosen(&self, draft: &Draft) -> Option<&Mailbox> {
        let of_original = self.original.as_ref().map_or("", |original| original.mailbox.as_str());
        let wished = if draft.from.is_empty() { of_original } else { draft.from.as_str() };
        self.mailboxes.iter().find(|mailbox| mailbox.id == wished).or(self.mailboxes.first())
    }
}

fn only_letters(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(40).collect()
}

fn form(around: &Around, draft: &Draft, csrf: &str) -> Markup {
    let original = around.original.as_ref();
    let answering = original.is_some() && draft.how != "forward";
    let chosen = around.chosen(draft).map_or("", |mailbox| mailbox.id.as_str());
    html! {
        form.stack.writing method="post" action="/compose" {
            (frame::key(csrf))
            // The first button is the one that the Enter key presses in a field.
            button type="submit" hidden { "Send" }
            label for="from" { "From" }
            select #from name="from" { @for mailbox in &around.mailboxes {
                option value=(mailbox.id) selected[mailbox.id == chosen] {
                    (mailbox.name) " <" (mailbox.address) ">" @if mailbox.kind == "shared" { " (shared)" }
                }
            } }
            @if original.is_some() {
                input type="hidden" name="answers" value=(draft.answers);
                input type="hidden" name="how" value=(if draft.how.is_empty() { "reply" } else { draft.how.as_str() });
            }
            label for="to" { "To" }
            input #to type="text" name="to" autocomplete="off" value=(draft.to) required[!answering]
                placeholder=[answering.then_some("whom the original asks for")];
            label for="cc" { "Cc" }
            input #cc type="text" name="cc" autocomplete="off" value=(draft.cc);
            @if original.is_none() {
                label for="subject" { "Subject" }
                input #subject type="text" name="subject" maxlength="250" value=(draft.subject);
            }
            (choice(around, draft))
            label for="text" { "Text" }
            textarea #text name="text" rows="12" dir="auto" aria-describedby="of-links" { (draft.text) }
            p.hint #of-links { "A link with words of its own is written " code { "[our offer](https://shop.example/offer)" } }
            (signing(around, draft, chosen))
            (switch(draft, &around.wanted))
            div.actions { button type="submit" { "Send" } p.hint { "It can be taken back for " (UNDO_SECONDS) " seconds." } }
        }
    }
}

/// Which template is put in. It takes the place of the text, so that stands before it.
fn choice(around: &Around, draft: &Draft) -> Markup {
    html! {
        @if !around.templates.is_empty() {
            div.inline-form {
                label for="template" { "Template" }
                select #template name="template" { @for template in &around.templates {
                    option value=(template.id) selected[template.id == draft.template] { (template.name) }
                } }
                button.quiet.small type="submit" formaction="/compose/fill" formnovalidate { "Put it in" }
                span.hint { "in place of the text" }
            }
        }
    }
}

/// What stands below the text.
fn signing(around: &Around, draft: &Draft, chosen: &str) -> Markup {
    let text = around.signature.as_text();
    html! {
        label.check { input type="checkbox" name="signature" value="1" checked[!draft.unsigned]; span { "Add the mailbox's signature"
            @if text.is_empty() { br; span.hint { "This one has none." } } } }
        @if text.is_empty() { p.hint { a href={ "/mailboxes/" (chosen) "/signature" } { "Set a signature" } } }
        @else { pre.wrapped tabindex="0" dir="auto" { (text) } }
    }
}

/// Whether the mail is tracked, and why it is so until somebody changes it.
fn switch(draft: &Draft, wanted: &Wanted) -> Markup {
    let on = draft.tracked.unwrap_or(wanted.opens || wanted.clicks);
    html! {
        label.check { input type="checkbox" name="tracked" value="1" checked[on]; span { "Tell me whether it is opened and its links are followed"
            br; span.hint { (reason(wanted)) " Links with words of their own can be followed up; an address that is written out is left as it is." } } }
        label.check { input type="checkbox" name="apart" value="1" checked[draft.apart]; span { "Tell recipients apart"
            br; span.hint { "Each gets a tracked mail of their own and does not see the others." } } }
    }
}

/// `POST /compose`. What the API refuses is told above what was written.
pub async fn send(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    #[derive(Deserialize)]
    struct Asked {
        id: String,
    }
    let draft = Draft::of(&form);
    let from = only_letters(&draft.from);
    if from.is_empty() {
        return Err(wrong_field("No mailbox is chosen.", "A mail is sent from a mailbox.", "Go back and choose one."));
    }
    let open_fields = unfilled(&format!("{}\n{}", draft.subject, draft.text));
    if !open_fields.is_empty() {
        let problem = still_open(&open_fields);
        let page = page(&state, &form.signed_in, &draft, Some(&problem)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let path = format!("/api/v1/mailboxes/{from}/send");
    match core::ask::<Asked>(&state, &form.signed_in, Method::POST, &path, Some(draft.mail())).await {
        Ok(asked) => Ok(Redirect::to(&format!("/outbox/{}", asked.id)).into_response()),
        Err(failure) if failure.status.is_client_error() => {
            let page = page(&state, &form.signed_in, &draft, Some(&failure.problem)).await?;
            Ok((failure.status, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

fn still_open(names: &[String]) -> Problem {
    let detail = format!("In the subject or the text stand fields of a template that have no value: {}.", names.join(", "));
    Problem::new("fields_open", "Something is still to be filled in.", detail, "Write what belongs there, or take it out.")
}

/// `POST /compose/fill`: the template that was chosen, in place of the text, for whom the mail is to.
pub async fn fill(Given(state): Given<State>, form: OwnForm) -> Result<Html<String>, Failure> {
    let mut draft = Draft::of(&form);
    let by = &form.signed_in;
    let original = original(&state, by, &draft).await?;
    let is_reply = original.is_some() && draft.how != "forward";
    let to = match addresses(&draft.to).as_slice() {
        [] => original.as_ref().filter(|_| is_reply).and_then(|original| original.from.clone()).map(only_party),
        [one] => Some(one.clone()),
        _ => None,
    };
    let put = filling::put(&state, by, &only_letters(&draft.template), to, &only_letters(&draft.from)).await?;
    if original.is_none() {
        draft.subject = put.subject;
    }
    draft.text = put.text;
    page(&state, by, &draft, None).await
}

/// A party of a message as somebody that mail goes to.
fn only_party(party: Value) -> Value {
    json!({ "email": party["email"].as_str().unwrap_or_default(), "name": party["name"].as_str().unwrap_or_default() })
}

/// Addresses that are parted by commas, semicolons or line breaks, each with or without a name.
fn addresses(text: &str) -> Vec<Value> {
    let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let one = |part: &str| match part.strip_suffix('>').and_then(|part| part.split_once('<')) {
        Some((name, email)) => json!({ "email": email.trim(), "name": name.trim().trim_matches('"') }),
        None => json!({ "email": part }),
    };
    parts.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_with_or_without_names() {
        let read = addresses("Bo Berg <bo@acme.example>; ann@x.example,\n \"C, D\" <c@x.example>");
        assert_eq!(read[0], json!({"email": "bo@acme.example", "name": "Bo Berg"}));
        assert_eq!(read[1], json!({"email": "ann@x.example"}));
        assert_eq!(addresses("  "), Vec::<Value>::new());
    }
}
