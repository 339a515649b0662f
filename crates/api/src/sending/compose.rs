//! From what is asked for to the mail as it will be handed over.

use model::compose::answer::{self, Answer, Answering, NewText, Original, Setting};
use model::compose::check::{self, Checked, Fault, Limits};
use model::compose::history::Trackers;
use model::compose::html;
use model::id::MessageId;
use model::mailbox::Mailbox;
use model::message::{BodyKind, Message, Participant, Recipients};
use model::outgoing::{Enclosed, OutgoingKind, Written};
use store::file::File;
use store::message;

use super::wanted::{Addressed, Answers, How, NewMail};
use crate::access::{Asker, Sight};
use crate::failure::Failure;
use crate::read;
use crate::sanitise::{self, RemoteImages};
use crate::state::State;

/// The mail, and of which kind it is.
///
/// # Errors
/// 404 for an original or a file that is not there for the asker, 422 for what Exchange would refuse, in words.
pub async fn compose(state: &State, asker: &Asker, mailbox: &Mailbox, wanted: &NewMail) -> Result<(OutgoingKind, Written), Failure> {
    let (kind, written) = compose_draft(state, asker, mailbox, wanted).await?;
    check_all(&written, state.settings.mail_limits)?;
    Ok((kind, written))
}

/// The same for a mail that may still be without what Exchange needs to send it.
///
/// # Errors
/// 404 as [`compose`]; 422 for two texts.
pub async fn compose_draft(state: &State, asker: &Asker, mailbox: &Mailbox, wanted: &NewMail) -> Result<(OutgoingKind, Written), Failure> {
    let (body_kind, text) = text(wanted)?;
    let replaced = match wanted.replaces {
        Some(draft) => Some(draft_of(state, asker, mailbox, draft).await?),
        None => None,
    };
    let answer = match wanted.answers {
        Some(answers) => Some(answered(state, asker, mailbox, answers, (body_kind, &text)).await?),
        None => None,
    };
    let kind = wanted.answers.map_or(OutgoingKind::New, |answers| answers.how.kind());
    let recipients = recipients(wanted, answer.as_ref());
    let subject = wanted.subject.clone().or_else(|| answer.as_ref().map(|answer| answer.subject.clone())).unwrap_or_default();
    let (body_kind, body) = match &answer {
        Some(answer) => (answer.body_kind, answer.body.clone()),
        None if body_kind == BodyKind::Html => (body_kind, html::document(&text)),
        None => (body_kind, text),
    };
    // What is passed on begins a conversation of its own.
    let (in_reply_to, references) = match (answer, replaced) {
        (Some(_), _) if kind == OutgoingKind::Forward => (None, Vec::new()),
        (Some(answer), _) => (answer.in_reply_to, answer.references),
        (None, Some(replaced)) => (replaced.in_reply_to, replaced.references),
        (None, None) => (None, Vec::new()),
    };
    let written = Written {
        from: wanted.from.as_ref().map(Addressed::participant),
        recipients,
        subject: check::subject_line(&subject),
        body_kind,
        body,
        importance: wanted.importance,
        in_reply_to,
        references,
        headers: wanted.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        enclosed: enclosed(state, asker, wanted, kind).await?,
        replaces: wanted.replaces,
    };
    Ok((kind, written))
}

/// A draft of a mailbox that the asker sees whole.
///
/// # Errors
/// 404 if it is not there for them, 409 if it is no draft (any more).
pub async fn draft_of(state: &State, asker: &Asker, mailbox: &Mailbox, id: MessageId) -> Result<Message, Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::message::find_whole(&state.db, asker.workspace, &sight, id).await?.map(|found| found.message);
    let found = found.filter(|found| found.mailbox == mailbox.id).ok_or_else(Failure::not_found)?;
    if !found.draft {
        let detail = "It was sent, or came from somebody else.";
        return Err(Failure::conflict("no_draft", "That message is no draft.", detail, "Look at the mailbox's drafts again."));
    }
    Ok(found)
}

fn text(wanted: &NewMail) -> Result<(BodyKind, String), Failure> {
    match (&wanted.html, &wanted.text) {
        (Some(html), None) => Ok((BodyKind::Html, html.clone())),
        (None, Some(text)) => Ok((BodyKind::Text, text.clone())),
        (None, None) => Ok((BodyKind::Text, String::new())),
        (Some(_), Some(_)) => {
            let detail = "Both `html` and `text` are given, and a mail of Microsoft 365 is made from one of them.";
            Err(Failure::unprocessable("text_twice", "The mail has two texts.", detail, "Give `html` or `text`."))
        }
    }
}

async fn answered(
    state: &State,
    asker: &Asker,
    mailbox: &Mailbox,
    answers: Answers,
    (kind, content): (BodyKind, &str),
) -> Result<Answer, Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::message::find_whole(&state.db, asker.workspace, &sight, answers.message).await?.ok_or_else(Failure::not_found)?;
    let body = message::body(&state.db, answers.message).await?.unwrap_or_default();
    let cleaned = match body.kind {
        BodyKind::Html => sanitise::html(&body.content, RemoteImages::Shown, "cid:").html,
        BodyKind::Text => body.content,
    };
    let original = Original::of(&found.message, body.kind, &cleaned);
    let answering = match answers.how {
        How::Reply => Answering::Reply,
        How::ReplyAll => Answering::ReplyAll,
        How::Forward => Answering::Forward,
    };
    let new = NewText { kind, content, signature: None };
    let ours = state.tracker.ours(asker.workspace).await?;
    let original_of = |url: &url::Url| ours.original_of(url);
    let trackers = Trackers { own: ours.prefixes(), original_of: &original_of };
    let setting = Setting { own_addresses: &[&mailbox.address], trackers, utc_offset_minutes: None };
    Ok(answer::answer(answering, &original, &new, &setting))
}

fn recipients(wanted: &NewMail, answer: Option<&Answer>) -> Recipients {
    let all = |given: &[Addressed]| given.iter().map(Addressed::participant).collect::<Vec<Participant>>();
    let named = !(wanted.to.is_empty() && wanted.cc.is_empty() && wanted.bcc.is_empty());
    let given =
        Recipients { to: all(&wanted.to), cc: all(&wanted.cc), bcc: all(&wanted.bcc), reply_to: all(&wanted.reply_to), sender: None };
    match answer {
        Some(answer) if !named => Recipients { reply_to: given.reply_to, ..answer.recipients.clone() },
        _ => given,
    }
}

async fn enclosed(state: &State, asker: &Asker, wanted: &NewMail, kind: OutgoingKind) -> Result<Vec<Enclosed>, Failure> {
    let passed_on = wanted.answers.filter(|_| kind == OutgoingKind::Forward).map(|answers| answers.message);
    let mut enclosed = Vec::new();
    for message in passed_on.into_iter().chain(wanted.replaces) {
        enclosed.extend(super::forwarded::enclosed(state, asker, message).await?);
    }
    for attach in &wanted.attachments {
        enclosed.push(enclosed_as(super::files::of(state, asker, attach.file).await?, attach.content_id.clone()));
    }
    Ok(enclosed)
}

/// A file of ours as it goes along.
pub(super) fn enclosed_as(file: File, content_id: Option<String>) -> Enclosed {
    Enclosed { file: file.id, name: file.name, content_type: file.content_type, size_bytes: file.size_bytes, content_id }
}

/// Refuses what Exchange would refuse, in words.
///
/// # Errors
/// 422.
pub(crate) fn check_all(written: &Written, limits: Limits) -> Result<(), Failure> {
    refuse(faults(written, limits).first())
}

/// Refuses what could never be sent. Whom it is for may be said later.
///
/// # Errors
/// 422.
pub(crate) fn check_draft(written: &Written, limits: Limits) -> Result<(), Failure> {
    refuse(faults(written, limits).iter().find(|fault| **fault != Fault::NoRecipients))
}

fn refuse(fault: Option<&Fault>) -> Result<(), Failure> {
    fault.map_or(Ok(()), |fault| Err(Failure::new(http::StatusCode::UNPROCESSABLE_ENTITY, fault.problem())))
}

fn faults(written: &Written, limits: Limits) -> Vec<Fault> {
    let attachments: Vec<(&str, u64)> = written.enclosed.iter().map(|file| (file.name.as_str(), file.size_bytes.unsigned_abs())).collect();
    let checked = Checked {
        recipients: &written.recipients,
        headers: &written.headers,
        body_bytes: written.body.len() as u64,
        attachments: &attachments,
    };
    check::check(&checked, &limits)
}
