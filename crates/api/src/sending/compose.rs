//! From what is asked for to the mail as it will be handed over.

use std::collections::BTreeMap;

use model::compose::answer::{self, Answering, NewText, Original, Setting};
use model::compose::check::{self, Checked, Fault, Limits};
use model::compose::history::Trackers;
use model::compose::html;
use model::compose::signature::{self, Signature};
use model::id::MessageId;
use model::mailbox::Mailbox;
use model::message::{BodyKind, Message, Participant, Recipients};
use model::outgoing::{Enclosed, OutgoingKind, Written};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::file::File;
use store::message;

use super::merge::Merge;
use super::wanted::{Addressed, Answers, FromTemplate, How, NewMail};
use crate::access::{Asker, Sight};
use crate::failure::Failure;
use crate::read;
use crate::sanitise::{self, RemoteImages};
use crate::state::State;

/// What is new in a mail.
pub struct Letter {
    /// Its subject; an answer has the original's without one.
    pub subject: Option<String>,
    /// What kind of text.
    pub kind: BodyKind,
    /// The text.
    pub content: String,
}

/// The message that is answered, as the asker may quote it.
struct Quoted {
    answering: Answering,
    message: Message,
    kind: BodyKind,
    body: String,
}

impl Quoted {
    fn original(&self) -> Original<'_> {
        Original::of(&self.message, self.kind, &self.body)
    }
}

/// The mail, and of which kind it is.
///
/// # Errors
/// 404 for an original, a template or a file that is not there for the asker, 422 for what Exchange would refuse and for a field of a
/// template without a value, in words.
pub async fn compose(state: &State, asker: &Asker, mailbox: &Mailbox, wanted: &NewMail) -> Result<(OutgoingKind, Written), Failure> {
    let (kind, written) = compose_draft(state, asker, mailbox, wanted).await?;
    check_all(&written, state.settings.mail_limits)?;
    Ok((kind, written))
}

/// The same for a mail that may still be without what Exchange needs to send it.
///
/// # Errors
/// 404 and 422 as [`compose`], but not for what Exchange would refuse; 409 if what it takes the place of is no draft.
pub async fn compose_draft(state: &State, asker: &Asker, mailbox: &Mailbox, wanted: &NewMail) -> Result<(OutgoingKind, Written), Failure> {
    let replaced = match wanted.replaces {
        Some(draft) => Some(draft_of(state, asker, mailbox, draft).await?),
        None => None,
    };
    let quoted = match wanted.answers {
        Some(answers) => Some(quoted(state, asker, answers).await?),
        None => None,
    };
    let kind = wanted.answers.map_or(OutgoingKind::New, |answers| answers.how.kind());
    let recipients = recipients(wanted, mailbox, quoted.as_ref());
    let letter = match &wanted.template {
        Some(from) => merged(state, asker, mailbox, wanted, from, &recipients).await?,
        None => own(wanted)?,
    };
    let mut base = base(state, asker, wanted, kind).await?;
    if let (Some(quoted), OutgoingKind::Reply | OutgoingKind::ReplyAll) = (&quoted, kind) {
        base.enclosed.extend(super::forwarded::shown_in(state, asker, quoted.message.id, &quoted.body).await?);
    }
    let signature = signature(state, mailbox, wanted).await?;
    let written = match &quoted {
        Some(quoted) => answering(state, asker, mailbox, quoted, (base, recipients, letter, signature.as_ref())).await?,
        None => alone(base, recipients, letter, signature.as_ref()),
    };
    // What answers a message goes on doing so when it is written on.
    let (in_reply_to, references) = match replaced.filter(|_| quoted.is_none()) {
        Some(replaced) => (replaced.in_reply_to, replaced.references),
        None => (written.in_reply_to.clone(), written.references.clone()),
    };
    Ok((kind, Written { in_reply_to, references, ..written }))
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

/// What the asker has written.
fn own(wanted: &NewMail) -> Result<Letter, Failure> {
    let letter = |kind, content: &str| Letter { subject: wanted.subject.clone(), kind, content: content.to_owned() };
    match (&wanted.html, &wanted.text) {
        (Some(html), None) => Ok(letter(BodyKind::Html, html)),
        (None, Some(text)) => Ok(letter(BodyKind::Text, text)),
        (None, None) => Ok(letter(BodyKind::Text, "")),
        (Some(_), Some(_)) => {
            let detail = "Both `html` and `text` are given, and a mail of Microsoft 365 is made from one of them.";
            Err(Failure::unprocessable("text_twice", "The mail has two texts.", detail, "Give `html` or `text`."))
        }
    }
}

/// What a template makes of it, for the one to whom it goes.
async fn merged(
    state: &State,
    asker: &Asker,
    mailbox: &Mailbox,
    wanted: &NewMail,
    from: &FromTemplate,
    recipients: &Recipients,
) -> Result<Letter, Failure> {
    if wanted.html.is_some() || wanted.text.is_some() {
        let detail = "`template` is given and `html` or `text` too, and a mail has one text.";
        return Err(Failure::unprocessable("text_twice", "The mail has two texts.", detail, "Give one of them."));
    }
    let only = match recipients.to.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let addresses: Vec<&str> = only.iter().map(|one| one.address.as_str()).collect();
    let merge = Merge::of(state, asker, from, (Some(mailbox), wanted.from.as_ref()), &addresses).await?;
    let has_subject = wanted.subject.is_some() || wanted.answers.is_none();
    let subject = has_subject.then(|| merge.subject(wanted.subject.as_deref())).transpose()?;
    merge.letter(only, &BTreeMap::new(), subject.as_ref())
}

/// All of a mail that does not depend on its text or on whom it goes to.
pub(super) async fn base(state: &State, asker: &Asker, wanted: &NewMail, kind: OutgoingKind) -> Result<Written, Failure> {
    Ok(Written {
        from: wanted.from.as_ref().map(Addressed::participant),
        importance: wanted.importance,
        headers: wanted.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        enclosed: enclosed(state, asker, wanted, kind).await?,
        made_from: wanted.template.as_ref().map(|from| made_from(from, wanted.subject.as_deref(), &BTreeMap::new())),
        replaces: wanted.replaces,
        ..Written::default()
    })
}

/// What a mail is made from: by this it is known again when its request comes again.
pub(super) fn made_from(from: &FromTemplate, subject: Option<&str>, own: &BTreeMap<String, String>) -> String {
    let parts = json!({"template": from.id, "fields": from.fields, "person": from.person, "subject": subject, "own": own});
    base::random::hex(&Sha256::digest(parts.to_string().as_bytes()))
}

/// The mailbox's signature, if it has one and that is wanted.
pub(super) async fn signature(state: &State, mailbox: &Mailbox, wanted: &NewMail) -> Result<Option<Signature>, Failure> {
    match wanted.signature {
        true => Ok(store::signature::find(&state.db, mailbox.id).await?.map(|kept| kept.signature)),
        false => Ok(None),
    }
}

/// A mail that answers nothing.
pub(super) fn alone(base: Written, recipients: Recipients, letter: Letter, signature: Option<&Signature>) -> Written {
    let body = match letter.kind {
        BodyKind::Html => html::document(&letter.content),
        BodyKind::Text => letter.content,
    };
    let body = match signature {
        Some(signature) => signature::place(letter.kind, &body, signature),
        None => body,
    };
    let subject = check::subject_line(&letter.subject.unwrap_or_default());
    Written { recipients, subject, body_kind: letter.kind, body, ..base }
}

/// A mail with the original below.
async fn answering(
    state: &State,
    asker: &Asker,
    mailbox: &Mailbox,
    quoted: &Quoted,
    (base, recipients, letter, signature): (Written, Recipients, Letter, Option<&Signature>),
) -> Result<Written, Failure> {
    let ours = state.tracker.ours(asker.workspace).await?;
    let original_of = |url: &url::Url| ours.original_of(url);
    let trackers = Trackers { own: ours.prefixes(), original_of: &original_of };
    let setting = Setting { own_addresses: &[&mailbox.address], trackers, utc_offset_minutes: None };
    let new = NewText { kind: letter.kind, content: &letter.content, signature };
    let answer = answer::answer(quoted.answering, &quoted.original(), &new, &setting);
    let is_reply = quoted.answering != Answering::Forward;
    Ok(Written {
        recipients,
        subject: check::subject_line(&letter.subject.unwrap_or(answer.subject)),
        body_kind: answer.body_kind,
        body: answer.body,
        in_reply_to: answer.in_reply_to.filter(|_| is_reply),
        references: if is_reply { answer.references } else { Vec::new() },
        ..base
    })
}

async fn quoted(state: &State, asker: &Asker, answers: Answers) -> Result<Quoted, Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::message::find_whole(&state.db, asker.workspace, &sight, answers.message).await?.ok_or_else(Failure::not_found)?;
    let body = message::body(&state.db, answers.message).await?.unwrap_or_default();
    let cleaned = match body.kind {
        BodyKind::Html => sanitise::html(&body.content, RemoteImages::Shown, "cid:").html,
        BodyKind::Text => body.content,
    };
    let answering = match answers.how {
        How::Reply => Answering::Reply,
        How::ReplyAll => Answering::ReplyAll,
        How::Forward => Answering::Forward,
    };
    Ok(Quoted { answering, message: found.message, kind: body.kind, body: cleaned })
}

fn recipients(wanted: &NewMail, mailbox: &Mailbox, quoted: Option<&Quoted>) -> Recipients {
    let all = |given: &[Addressed]| given.iter().map(Addressed::participant).collect::<Vec<Participant>>();
    let named = !(wanted.to.is_empty() && wanted.cc.is_empty() && wanted.bcc.is_empty());
    let given =
        Recipients { to: all(&wanted.to), cc: all(&wanted.cc), bcc: all(&wanted.bcc), reply_to: all(&wanted.reply_to), sender: None };
    match quoted {
        Some(quoted) if !named => {
            let asked_for = answer::recipients(quoted.answering, &quoted.original(), &[&mailbox.address]);
            Recipients { reply_to: given.reply_to, ..asked_for }
        }
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
