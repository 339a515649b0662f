//! Writing back: what a contact shows goes into an address book at Outlook, while whoever asks waits.
//!
//! A contact that the book has is changed from the version that was looked at, as often as somebody else was quicker. One that it does
//! not have is made once: that it is tried is kept before Microsoft hears of it, and nobody tries again before the book was read to
//! its end well after that. The mirror follows by its own pull, which is made due at once.

use std::time::Duration;

use base::{Recourse, Timestamp};
use graph::contact::write as there;
use graph::{Access, GrantKey, GraphError, Lane};
use http::StatusCode;
use model::contact::{Contact, Origin};
use model::id::ContactId;
use serde_json::json;
use store::contact_book::ContactBook;
use store::{StoreError, contact_book, grant, setting, source_contact};

use super::written::{Plan, plan};
use super::{book, say};
use crate::access::{Asker, Scope};
use crate::arranging;
use crate::asked::write;
use crate::failure::Failure;
use crate::read::calendar::is_unconfined;
use crate::state::State;
use crate::{read, view};

/// What Microsoft has to permit.
const PERMISSION: &str = "Contacts.ReadWrite";
/// How often a contact is changed that somebody else changes meanwhile.
const TRIES_MAX: usize = 4;
/// How long after a contact may have been made the book has to have been read to tell that it was not.
const SETTLED_AFTER: Duration = Duration::from_secs(15 * 60);

/// Writes what a contact shows into an address book.
///
/// # Errors
/// 403 for another person's address book and without Microsoft's permission, 404 if one of both is not there, 409 for an account that
/// is not connected and while it is not known whether it was made before, 422 for a book that is not at Outlook and for a contact
/// that nothing would be known by.
pub async fn write_back(
    state: &State,
    asker: &Asker,
    id: ContactId,
    book_id: model::id::ContactBookId,
) -> Result<view::WrittenBack, Failure> {
    asker.may(Scope::Write)?;
    let contact = say::find(state, asker, id).await?;
    let books = contact_book::list(&state.db, asker.workspace).await?;
    let book = books.into_iter().find(|book| book.id == book_id).ok_or_else(Failure::not_found)?;
    let access = open(state, asker, &book).await?;
    let in_it = source_contact::find_many(&state.db, asker.workspace, &contact.sources).await?;
    let known = in_it.into_iter().filter(|kept| kept.source.book == book.id).min_by_key(|kept| kept.source.id);
    let (done, made) = match known {
        Some(known) => (change(state, asker, &access, &contact, &known.foreign_id).await?, false),
        None => (make(state, asker, &access, &contact, &book).await?, true),
    };
    if made || !done.parts.is_empty() {
        let detail = json!({ "book": book.id, "made": made, "parts": done.parts });
        write(state, asker, "contacts.write_back", "contact.write_back", &id.to_string(), detail, []).await?;
        book::sync(state, asker, &book).await?;
    }
    Ok(view::WrittenBack { book: book.id, made, parts: done.parts, left_out: done.left_out })
}

/// Whether a contact could be written into this book by the asker: what the console asks before it offers that.
///
/// # Errors
/// As for [`write_back`].
pub async fn may_write(state: &State, asker: &Asker, book: &ContactBook) -> Result<(), Failure> {
    open(state, asker, book).await.map(drop)
}

/// The way to a book that the asker may write.
async fn open(state: &State, asker: &Asker, book: &ContactBook) -> Result<Access, Failure> {
    if book.origin != Origin::Outlook {
        let detail = "Only address books at Outlook are written.";
        return Err(Failure::unprocessable("book_not_writable", "Nothing is written there.", detail, "Take an account's book at Outlook."));
    }
    let connection = book::connected(state, book).await?;
    let is_own = asker.owns(&connection.account_id, &connection.principal_name);
    if !is_own && (asker.is_administrator() || !is_unconfined(asker)) {
        let detail = "It is another person's address book.";
        return Err(Failure::forbidden("not_your_address_book", detail, "Write into your own, or use an API key for all mailboxes."));
    }
    if !grant::find(&state.db, connection.id).await?.is_some_and(|grant| grant.permits(PERMISSION)) {
        return Err(missing());
    }
    Ok(Access::new(GrantKey::new(connection.id.to_string()), connection.account_id, Lane::Interactive))
}

fn missing() -> Failure {
    let detail = "It needs Microsoft's permission `Contacts.ReadWrite`, which this connection does not have.";
    let action = "Add the delegated permission `Contacts.ReadWrite` to the registration in Entra ID, set `microsoft.write_contacts` \
                  (RAPPORT_MICROSOFT_WRITE_CONTACTS), start Rapport again, and have the account's person connect its contacts again.";
    let title = "Microsoft has not permitted to write contacts.";
    Failure::new(StatusCode::FORBIDDEN, base::Problem::new("permission_missing", title, detail, action))
}

fn refused(error: GraphError) -> Failure {
    let is_denied = error.code().is_some_and(|code| code.eq_ignore_ascii_case("ErrorAccessDenied"));
    if error.status() == Some(StatusCode::FORBIDDEN) && is_denied {
        return missing().of_request(error.request_id());
    }
    arranging::refusal(error)
}

/// Changes what stands there, as often as somebody else was quicker.
async fn change(state: &State, asker: &Asker, access: &Access, contact: &Contact, id: &str) -> Result<Plan, Failure> {
    let region = read::contact::region(&state.db, asker.workspace).await?;
    let mut done = Plan::default();
    for _ in 0..TRIES_MAX {
        let Some(now) = there::state(&state.microsoft, access, id).await.map_err(refused)? else {
            let action = "Synchronise the address book, and ask again.";
            return Err(Failure::conflict("contact_gone", "The contact is gone at Outlook.", "Somebody deleted it there.", action));
        };
        let wanted = plan(contact, Some(&now.contact), region);
        if done.parts.is_empty() {
            done = wanted.clone();
        }
        if wanted.parts.is_empty() {
            return Ok(done);
        }
        match there::change(&state.microsoft, access, id, &wanted.properties, now.change_key.as_deref()).await {
            Ok(()) => return Ok(done),
            // Whether it was done, the next look shows.
            Err(error) if error.recourse() == Recourse::Verify || error.status() == Some(StatusCode::PRECONDITION_FAILED) => {}
            Err(error) => return Err(refused(error)),
        }
    }
    let detail = "It was changed again and again meanwhile, or Microsoft's answers were lost.";
    Err(Failure::conflict("contact_changing", "The contact could not be written.", detail, "Ask again in a moment."))
}

/// Makes one, unless it may have been made before.
async fn make(state: &State, asker: &Asker, access: &Access, contact: &Contact, book: &ContactBook) -> Result<Plan, Failure> {
    if contact.phones.is_empty() && contact.addresses.is_empty() {
        let detail = "It has neither a number nor an address by which it were known again.";
        return Err(Failure::unprocessable("contact_unreachable", "This contact is not written.", detail, "Give it one of both."));
    }
    let region = read::contact::region(&state.db, asker.workspace).await?;
    let wanted = plan(contact, None, region);
    let marks = marks(book, contact);
    claim(state, asker, book, &marks).await?;
    match there::create(&state.microsoft, access, &wanted.properties).await {
        Ok(_) => Ok(wanted),
        Err(error) if error.recourse() == Recourse::Verify => {
            book::sync(state, asker, book).await?;
            Err(pending())
        }
        Err(error) => {
            // It was not made: whoever asks next need not wait.
            let removed = marks.iter().map(|mark| setting::remove(mark));
            state.db.commit(store::Transaction::new("contacts.write_back").with_all(removed)).await?;
            Err(refused(error))
        }
    }
}

/// Where it is kept that a contact is made: by each of its sources, because a contact is another one when people join and part.
fn marks(book: &ContactBook, contact: &Contact) -> Vec<String> {
    contact.sources.iter().map(|source| format!("contact_write_back/{}/{source}", book.id)).collect()
}

/// Keeps that it is tried now.
async fn claim(state: &State, asker: &Asker, book: &ContactBook, marks: &[String]) -> Result<(), Failure> {
    let now = state.clock.now().to_string();
    let mut claims = Vec::with_capacity(marks.len());
    for mark in marks {
        claims.push(match setting::find(&state.db, mark).await? {
            None => setting::claim(mark, &now),
            Some(before) if was_settled(book, &before) => setting::replace(mark, &before, &now),
            Some(_) => {
                book::sync(state, asker, book).await?;
                return Err(pending());
            }
        });
    }
    match state.db.commit(store::Transaction::new("contacts.write_back.claim").with_all(claims).durable()).await {
        Err(StoreError::Conflict(_)) => Err(pending()),
        outcome => Ok(outcome.map(drop)?),
    }
}

/// Whether the book was read to its end so long after that time that what was made then would have been seen.
fn was_settled(book: &ContactBook, tried: &str) -> bool {
    Timestamp::parse(tried).zip(book.read_at).is_some_and(|(tried, read)| read >= tried.plus(SETTLED_AFTER))
}

fn pending() -> Failure {
    let detail = "It was written into this address book a short time ago, and has not been read back yet.";
    let action = "Look at the address book, and ask again in a few minutes if it is not there: it is not made twice.";
    Failure::conflict("write_back_pending", "It is not known yet whether it was made.", detail, action)
}
