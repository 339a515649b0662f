//! From what is asked for to the mail as it will be handed over.

use model::compose::answer::{self, Answer, Answering, NewText, Original, Setting};
use model::compose::check::{self, Checked, Limits};
use model::compose::history::Trackers;
use model::compose::html;
use model::mailbox::Mailbox;
use model::message::{BodyKind, Participant, Recipients};
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
    let (body_kind, text) = text(wanted)?;
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
    let written = Written {
        from: wanted.from.as_ref().map(Addressed::participant),
        recipients,
        subject: check::subject_line(&subject),
        body_kind,
        body,
        importance: wanted.importance,
        in_reply_to: answer.as_ref().and_then(|answer| answer.in_reply_to.clone()).filter(|_| kind != OutgoingKind::Forward),
        references: answer.map(|answer| answer.references).filter(|_| kind != OutgoingKind::Forward).unwrap_or_default(),
        headers: wanted.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        enclosed: enclosed(state, asker, wanted, kind).await?,
    };
    check_all(&written, state.settings.mail_limits)?;
    Ok((kind, written))
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
    let mut enclosed = match wanted.answers.filter(|_| kind == OutgoingKind::Forward) {
        Some(answers) => super::forwarded::enclosed(state, asker, answers.message).await?,
        None => Vec::new(),
    };
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
    let attachments: Vec<(&str, u64)> = written.enclosed.iter().map(|file| (file.name.as_str(), file.size_bytes.unsigned_abs())).collect();
    let checked = Checked {
        recipients: &written.recipients,
        headers: &written.headers,
        body_bytes: written.body.len() as u64,
        attachments: &attachments,
    };
    match check::check(&checked, &limits).first() {
        None => Ok(()),
        Some(fault) => Err(Failure::new(http::StatusCode::UNPROCESSABLE_ENTITY, fault.problem())),
    }
}
