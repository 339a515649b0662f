//! One mail to each of many: all are made, and all are judged, before the first is kept.

use std::collections::HashSet;

use model::mailbox::Mailbox;
use model::message::Recipients;
use model::outgoing::{OutgoingKind, Written};

use super::compose::{self, check_all};
use super::merge::Merge;
use super::wanted::{FromTemplate, MailForEach};
use crate::access::Asker;
use crate::failure::Failure;
use crate::state::State;

/// Recipients of one request.
pub const EACH_MAX: usize = 500;

/// The mails, in the order of their recipients.
///
/// # Errors
/// 404 for a template or a file that is not there for the asker; 422 for what makes no mail to each, and for the first recipient to
/// whom none can be sent, with how many others.
pub async fn compose_each(state: &State, asker: &Asker, mailbox: &Mailbox, wanted: &MailForEach) -> Result<Vec<Written>, Failure> {
    let template = judge(wanted)?;
    let mail = &wanted.mail;
    let addresses: Vec<&str> = wanted.recipients.iter().map(|one| one.email.as_str()).collect();
    let merge = Merge::of(state, asker, template, (Some(mailbox), mail.from.as_ref()), &addresses).await?;
    let base = compose::base(state, asker, mail, OutgoingKind::New).await?;
    let signature = compose::signature(state, mailbox, mail).await?;
    let reply_to: Vec<_> = mail.reply_to.iter().map(super::Addressed::participant).collect();
    let subject = merge.subject(mail.subject.as_deref())?;
    let (mut made, mut refused) = (Vec::with_capacity(wanted.recipients.len()), Vec::new());
    for (place, one) in wanted.recipients.iter().enumerate() {
        let to = one.addressed().participant();
        let written = merge.letter(Some(&to), &one.fields, Some(&subject)).and_then(|letter| {
            let recipients = Recipients { to: vec![to], reply_to: reply_to.clone(), ..Recipients::default() };
            let made_from = Some(compose::made_from(template, mail.subject.as_deref(), &one.fields));
            let base = Written { made_from, ..base.clone() };
            let written = compose::alone(base, recipients, letter, signature.as_ref());
            check_all(&written, state.settings.mail_limits).map(|()| written)
        });
        match written {
            Ok(written) => made.push(written),
            Err(failure) => refused.push((place, failure)),
        }
    }
    match refused.len().checked_sub(1) {
        None => Ok(made),
        Some(others) => {
            let (place, failure) = refused.swap_remove(0);
            Err(of_one(failure, (place, wanted.recipients.len()), &wanted.recipients[place].email, others))
        }
    }
}

/// A refusal that is about one of many, by its place; `others` are refused too.
pub fn of_one(mut failure: Failure, (place, all): (usize, usize), email: &str, others: usize) -> Failure {
    let too = if others == 0 { String::new() } else { format!(" So it is with {others} more.") };
    failure.problem.detail = format!("Recipient {} of {all}, {email}: {}{too} Nothing was sent.", place + 1, failure.problem.detail);
    failure
}

/// What all are made from, if one mail to each can be.
fn judge(wanted: &MailForEach) -> Result<&FromTemplate, Failure> {
    let title = "One mail to each cannot be made so.";
    let count = wanted.recipients.len();
    if count == 0 || count > EACH_MAX {
        let detail = format!("There are {count} recipients; 1 to {EACH_MAX} can be in one request.");
        return Err(Failure::unprocessable("too_many_recipients", title, detail, "Send several requests, each with a key of its own."));
    }
    let mail = &wanted.mail;
    if !(mail.to.is_empty() && mail.cc.is_empty() && mail.bcc.is_empty() && mail.answers.is_none()) {
        let detail = "`mail` has a recipient of its own or answers a message, and each of these goes to one of `recipients` alone.";
        return Err(Failure::unprocessable("recipients_twice", title, detail, "Leave `to`, `cc`, `bcc` and `answers` out."));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = wanted.recipients.iter().find(|one| !seen.insert(one.email.trim().to_lowercase())) {
        let detail = format!("{} is among the recipients twice, and would get two mails.", twice.email.trim());
        return Err(Failure::unprocessable("recipient_twice", title, detail, "Name each once."));
    }
    mail.template.as_ref().ok_or_else(|| {
        let action = "Make a template by `POST /api/v1/templates` and name it in `mail.template`.";
        Failure::unprocessable("template_missing", title, "`mail` names no template.", action)
    })
}
