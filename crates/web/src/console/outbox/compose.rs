//! `GET /compose[?answers=&how=][?draft=]`: writing a mail, an answer, or on at a draft; `POST /compose` puts it into the outbox or into
//! Drafts, `POST /compose/fill` a template into it, `POST /compose/look` shows how it would leave.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::Problem;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::filling::{self, Choice, unfilled};
use super::list::{Enclosed, Party, everybody};
use super::tracking::{Wanted, reason};
use super::writing::{Draft, UNDO_SECONDS, addresses};
use crate::console::core::{self, Page};
use crate::console::deed::wrong_field;
use crate::console::signature::{self, Signature};
use crate::failure::Failure;
use crate::session::{OwnForm, SignedIn};
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::view::problem_page;

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

/// What stands above what was written.
enum Above<'a> {
    Nothing,
    /// Why it cannot be sent.
    Refused(&'a Problem),
    /// How it would leave.
    Look(Look),
}

/// A mail as it would leave.
#[derive(Deserialize)]
struct Look {
    to: Vec<Party>,
    cc: Vec<Party>,
    bcc: Vec<Party>,
    subject: String,
    html: Option<String>,
    text: String,
    attachments: Vec<Enclosed>,
}

/// The page.
pub async fn compose(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Draft>) -> Result<Html<String>, Failure> {
    let draft = match asked.draft.as_str() {
        "" => asked,
        id => Draft::read(&state, &signed_in, &only_letters(id)).await?,
    };
    page(&state, &signed_in, &draft, Above::Nothing).await
}

async fn page(state: &State, signed_in: &SignedIn, draft: &Draft, above: Above<'_>) -> Result<Html<String>, Failure> {
    let around = around(state, signed_in, draft).await?;
    let open_fields = unfilled(&format!("{}\n{}", draft.subject, draft.text));
    let main = html! {
        div.heading { p.crumb { a href="/outbox" { "Outbox" } } h1 { (draft.title()) }
            @if let Some(original) = &around.original { p.summary dir="auto" { (original.subject.as_deref().unwrap_or("Subject not shown to you")) } } }
        @match &above {
            Above::Refused(problem) => (problem_page::callout(problem)),
            Above::Look(look) => (shown(look)),
            Above::Nothing => {}
        }
        @if matches!(above, Above::Nothing | Above::Look(_)) && !open_fields.is_empty() {
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
            @if !draft.draft.is_empty() { input type="hidden" name="draft" value=(draft.draft); }
            label for="to" { "To" }
            input #to type="text" name="to" autocomplete="off" value=(draft.to) required[!answering]
                placeholder=[answering.then_some("whom the original asks for")];
            label for="cc" { "Cc" }
            input #cc type="text" name="cc" autocomplete="off" value=(draft.cc);
            label for="bcc" { "Bcc" }
            input #bcc type="text" name="bcc" autocomplete="off" value=(draft.bcc);
            @if original.is_none() {
                label for="subject" { "Subject" }
                input #subject type="text" name="subject" maxlength="250" value=(draft.subject);
            }
            (choice(around, draft))
            label for="text" { "Text" }
            textarea #text name="text" rows="12" dir="auto" aria-describedby="of-links" { (draft.text) }
            p.hint #of-links { "A link with words of its own is written " code { "[our offer](https://shop.example/offer)" } }
            (files(draft))
            (signing(around, draft, chosen))
            (switch(draft, &around.wanted))
            label for="send-at" { "Send it at" }
            input #send-at type="datetime-local" name="send_at" value=(draft.send_at) aria-describedby="of-time";
            p.hint #of-time { "In UTC. Empty: at once." }
            div.actions {
                button type="submit" { "Send" }
                button.quiet type="submit" formaction="/compose/look" { "Look at it first" }
                button.quiet type="submit" name="as" value="draft" formnovalidate { "Keep as a draft" }
                p.hint { "It can be taken back for " (UNDO_SECONDS) " seconds, or until its time." }
            }
        }
    }
}

/// The mail as it would leave, above the form in which it can still be changed.
fn shown(look: &Look) -> Markup {
    let line =
        |name: &str, parties: &[Party]| html! { @if !parties.is_empty() { p dir="auto" { strong { (name) } " " (everybody(parties)) } } };
    html! {
        section.look aria-label="How it would leave" {
            (line("To", &look.to)) (line("Cc", &look.cc)) (line("Bcc", &look.bcc))
            p dir="auto" { strong { "Subject" } " " (look.subject) }
            @match &look.html {
                Some(cleaned) => iframe.body srcdoc=(cleaned) title="The text" sandbox="allow-same-origin" {},
                None => pre.wrapped tabindex="0" dir="auto" { (look.text) },
            }
            @for file in &look.attachments { p.hint dir="auto" { "With " (file.name) } }
            p.hint { "Nothing has been sent. Images from elsewhere are left out here." }
        }
    }
}

/// The files that go along. They are brought by a script as soon as they are chosen.
fn files(draft: &Draft) -> Markup {
    html! {
        @if !draft.draft.is_empty() { p.hint { "Written on here, it is sent as plain text; the draft's own files go along." } }
        input type="hidden" name="files" value=(draft.files);
        div.files hidden {
            label for="choose-files" { "Files" }
            input #choose-files type="file" multiple;
            ul {}
            p.told role="status" {}
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
    let keeps = form.fields.text("as") == "draft";
    let from = sender(&draft)?;
    let open_fields = if keeps { Vec::new() } else { unfilled(&format!("{}\n{}", draft.subject, draft.text)) };
    let (what, mail) = if keeps { ("drafts", Ok(draft.kept())) } else { ("send", draft.mail()) };
    let mail = if open_fields.is_empty() { mail } else { Err(still_open(&open_fields)) };
    let refused = match mail {
        Ok(mail) => {
            let path = format!("/api/v1/mailboxes/{from}/{what}");
            match core::ask::<Asked>(&state, &form.signed_in, Method::POST, &path, Some(mail)).await {
                Ok(asked) => return Ok(Redirect::to(&format!("/outbox/{}", asked.id)).into_response()),
                Err(failure) if failure.status.is_client_error() => (failure.status, failure.problem),
                Err(failure) => return Err(failure),
            }
        }
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, problem),
    };
    let page = page(&state, &form.signed_in, &draft, Above::Refused(&refused.1)).await?;
    Ok((refused.0, page).into_response())
}

/// `POST /compose/look`: how it would leave, above what was written.
pub async fn look(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    let draft = Draft::of(&form);
    let path = format!("/api/v1/mailboxes/{}/preview", sender(&draft)?);
    match core::ask::<Look>(&state, &form.signed_in, Method::POST, &path, Some(draft.kept())).await {
        Ok(look) => Ok(page(&state, &form.signed_in, &draft, Above::Look(look)).await?.into_response()),
        Err(failure) if failure.status.is_client_error() => {
            let page = page(&state, &form.signed_in, &draft, Above::Refused(&failure.problem)).await?;
            Ok((failure.status, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// The mailbox that was chosen.
fn sender(draft: &Draft) -> Result<String, Failure> {
    let from = only_letters(&draft.from);
    if from.is_empty() {
        return Err(wrong_field("No mailbox is chosen.", "A mail is sent from a mailbox.", "Go back and choose one."));
    }
    Ok(from)
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
    page(&state, by, &draft, Above::Nothing).await
}

/// A party of a message as somebody that mail goes to.
fn only_party(party: Value) -> Value {
    json!({ "email": party["email"].as_str().unwrap_or_default(), "name": party["name"].as_str().unwrap_or_default() })
}
