//! `POST /contacts/{id}/write-back`: a contact goes into one's own address book at Outlook, and what came of it is said.

use api::contacting::write_back::{may_write, write_back};
use api::view::{WrittenBack, WrittenPart};
use axum::extract::State as Given;
use axum::response::Html;
use maud::{Markup, html};
use model::id::{Contact as ContactNoun, ContactBookId, ContactId};
use store::contact_book::ContactBook;

use crate::console::deed::wrong_field;
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::visitor::{Visitor, VisitorForm};

/// The address books that the visitor may write into.
pub async fn writable<'b>(state: &State, by: &Visitor, books: &'b [ContactBook]) -> Vec<&'b ContactBook> {
    let mut found = Vec::new();
    for book in books {
        if may_write(&state.api, &by.asker, book).await.is_ok() {
            found.push(book);
        }
    }
    found
}

/// What offers to write a contact into these.
pub fn offer(contact: ContactId, books: &[&ContactBook], csrf: &str) -> Markup {
    html! { @if !books.is_empty() {
        section {
            h2 { "At Outlook" }
            @for book in books {
                form method="post" action={ "/contacts/" (contact) "/write-back" } {
                    (frame::key(csrf))
                    input type="hidden" name="book" value=(book.id);
                    button.quiet.small type="submit" { "Write into " (book.name) }
                }
            }
            p.hint { "Name, company and job as they are shown here. Numbers and addresses are only added." }
        }
    } }
}

/// The form's way.
pub async fn send(Given(state): Given<State>, Named(id): Named<ContactNoun>, form: VisitorForm) -> Result<Html<String>, Failure> {
    let book: ContactBookId = form.fields.text("book").parse().map_err(|_| {
        wrong_field("No address book is named.", "The page may be an old one.", "Open the contact again, and press the button there.")
    })?;
    let done = write_back(&state.api, &form.by.asker, id, book).await?;
    let heading = if done.parts.is_empty() { "Outlook says all that already" } else { "Written to Outlook" };
    let main = html! {
        div.heading { p.crumb { a href={ "/contacts/" (id) } { "The contact" } } h1 { (heading) } }
        (told(&done))
    };
    Ok(Html(frame::signed_in(heading, Part::Contacts, &form.by, &main).into_string()))
}

fn told(done: &WrittenBack) -> Markup {
    html! {
        @if !done.parts.is_empty() {
            p { @if done.made { "It was made there, with: " } @else { "It was changed there: " } (words(&done.parts)) "." }
        }
        @if !done.left_out.is_empty() {
            h2 { "No room for" }
            ul { @for left in &done.left_out { li { span dir="auto" { (left.value) } ": " (left.reason) } } }
        }
    }
}

fn words(parts: &[WrittenPart]) -> String {
    let word = |part: &WrittenPart| match part {
        WrittenPart::Name => "name",
        WrittenPart::Organisation => "company",
        WrittenPart::Title => "job",
        WrittenPart::Phones => "numbers",
        WrittenPart::Addresses => "addresses",
    };
    parts.iter().map(word).collect::<Vec<_>>().join(", ")
}
