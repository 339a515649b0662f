//! Instructing: which messages something is wanted done to, and whether the asker may have it done.

use std::collections::{BTreeSet, HashMap};

use model::id::{JobId, MailboxId, MessageId};
use model::instruction::{CATEGORIES_MAX, CATEGORY_LENGTH_MAX, Deed, Instruction};
use model::mailbox::{Mailbox, MailboxState};
use serde_json::json;
use store::folder;
use store::instruction as rows;
use store::job::{Job, JobState};
use store::message::{self, Mirrored};

use crate::access::{Asker, Level, Scope, Sight};
use crate::asked::write;
use crate::failure::Failure;
use crate::read::message::{Found, Wanted};
use crate::state::State;
use crate::{read, view};

/// The most messages that a filter may find.
pub const FOUND_MAX: usize = 5_000;
/// Messages that are read at a time.
const PAGE: u32 = 500;

/// Messages that something is wanted done to, of mailboxes in which the asker may have it done.
pub struct Named {
    messages: Vec<(MailboxId, MessageId)>,
    mailboxes: BTreeSet<MailboxId>,
}

impl Named {
    /// How many messages, in how many mailboxes.
    pub fn counts(&self) -> (usize, usize) {
        (self.messages.len(), self.mailboxes.len())
    }
}

/// The messages of these ids.
///
/// # Errors
/// 403 without the scope or the right, 404 if one of them is not there for the asker, 409 for a disconnected mailbox.
pub async fn named(state: &State, asker: &Asker, ids: &[MessageId]) -> Result<Named, Failure> {
    asker.may(Scope::MailWrite)?;
    let ids: BTreeSet<MessageId> = ids.iter().copied().collect();
    let ids: Vec<MessageId> = ids.into_iter().collect();
    let found = message::find_many(&state.db, &ids).await?;
    let found: Vec<Mirrored> = found.into_iter().filter(|found| found.message.workspace == asker.workspace).collect();
    let rights = Rights::of(state, asker).await?;
    if found.len() < ids.len() || found.iter().any(|found| view::Message::level(found, &rights.sight) == Level::Nothing) {
        return Err(Failure::not_found());
    }
    if found.iter().any(|found| view::Message::level(found, &rights.sight) < Level::Everything) {
        return Err(not_yours());
    }
    let messages: Vec<_> = found.iter().map(|found| (found.message.mailbox, found.message.id)).collect();
    rights.check(messages)
}

/// The messages that a filter finds.
///
/// # Errors
/// As [`named`]; 422 if it finds more than [`FOUND_MAX`].
pub async fn found(state: &State, asker: &Asker, wanted: &Wanted) -> Result<Named, Failure> {
    asker.may(Scope::MailWrite)?;
    let rights = Rights::of(state, asker).await?;
    let (mut messages, mut before) = (Vec::new(), None);
    loop {
        let Found { data, next } = read::message::list(&state.db, asker.workspace, &rights.sight, wanted, before, PAGE).await?;
        messages.extend(data.iter().filter(|message| message.shown == Level::Everything).map(|message| (message.mailbox, message.id)));
        if messages.len() > FOUND_MAX {
            let detail = format!("The filter finds more than {FOUND_MAX} messages.");
            return Err(Failure::unprocessable(
                "too_many_messages",
                "Those are too many at once.",
                detail,
                "Narrow the filter by `after` and `before`.",
            ));
        }
        before = next;
        if before.is_none() {
            return rights.check(messages);
        }
    }
}

/// The one thing that is wanted, if it can be done to these messages.
///
/// # Errors
/// 422 if it is nothing, several things at once or names what cannot be; 404 for a folder that is not there.
pub async fn deed(state: &State, wanted: &view::WantedDeed, messages: &Named) -> Result<Deed, Failure> {
    let deed = wanted.deed().ok_or_else(|| {
        let detail = "Name properties (`is_read`, `flag`, `importance`, `add_categories`, `remove_categories`), or one of `move_to`, `copy_to` and `delete`.";
        Failure::unprocessable("one_thing_at_a_time", "It is not clear what shall be done.", detail, "Ask for one thing at a time.")
    })?;
    let names = wanted.add_categories.iter().chain(&wanted.remove_categories);
    let wrong = |name: &String| name.trim().is_empty() || name.chars().count() > CATEGORY_LENGTH_MAX || name.chars().any(char::is_control);
    if names.clone().count() > CATEGORIES_MAX || names.clone().any(wrong) {
        let detail = format!("A category has 1 to {CATEGORY_LENGTH_MAX} characters, and at most {CATEGORIES_MAX} are named at once.");
        return Err(Failure::unprocessable("category_wrong", "That is no category.", detail, "Use the names of Outlook's categories."));
    }
    if let Some(id) = deed.folder() {
        let found = folder::find(&state.db, id).await?.filter(|folder| folder.removed_at.is_none());
        let found = found.filter(|folder| messages.mailboxes.iter().all(|mailbox| *mailbox == folder.mailbox));
        if found.is_none() && !messages.messages.is_empty() {
            let detail = "There is no such folder in the mailbox of all these messages.";
            return Err(Failure::unprocessable(
                "folder_wrong",
                "They cannot go into that folder.",
                detail,
                "Take a folder of their own mailbox.",
            ));
        }
    }
    Ok(deed)
}

/// Asks for it; the job that counts what is done.
///
/// # Errors
/// When the database does not answer.
pub async fn ask(state: &State, asker: &Asker, named: &Named, deed: &Deed) -> Result<Job, Failure> {
    let now = state.clock.now();
    let total = i64::try_from(named.messages.len()).unwrap_or(i64::MAX);
    let ended = named.messages.is_empty();
    let job = Job {
        id: JobId::new(now),
        workspace: asker.workspace,
        kind: format!("messages.{}", deed.name()),
        subject: named.mailboxes.iter().next().filter(|_| named.mailboxes.len() == 1).map_or_else(String::new, ToString::to_string),
        state: if ended { JobState::Done } else { JobState::Running },
        done: 0,
        total: Some(total),
        problem: None,
        asked_by: asker.actor(),
        created_at: now,
        finished_at: ended.then_some(now),
    };
    let instructions: Vec<Instruction> = named
        .messages
        .iter()
        .map(|(mailbox, message)| Instruction {
            job: Some(job.id),
            ..Instruction::asked((asker.workspace, *mailbox), *message, deed.clone(), asker.actor(), now)
        })
        .collect();
    let statements = rows::ask(&instructions, Some(&job), now);
    let detail = json!({"deed": deed.name(), "messages": total});
    write(state, asker, "api.instruct", "messages.instruct", &job.id.to_string(), detail, statements).await?;
    Ok(job)
}

/// In which mailboxes an asker may have messages changed.
struct Rights {
    sight: Sight,
    mailboxes: HashMap<MailboxId, (bool, MailboxState)>,
}

impl Rights {
    async fn of(state: &State, asker: &Asker) -> Result<Self, Failure> {
        let all: Vec<Mailbox> = store::mailbox::list(&state.db, asker.workspace).await?;
        let sight = Sight::over(&all, asker);
        let of = |mailbox: &Mailbox| (mailbox.id, (asker.may_send_as(mailbox, sight.level(mailbox.id)), mailbox.state));
        let mailboxes = all.iter().map(of).collect();
        Ok(Rights { mailboxes, sight })
    }

    fn check(&self, messages: Vec<(MailboxId, MessageId)>) -> Result<Named, Failure> {
        let mailboxes: BTreeSet<MailboxId> = messages.iter().map(|(mailbox, _)| *mailbox).collect();
        for mailbox in &mailboxes {
            match self.mailboxes.get(mailbox) {
                Some((false, _)) => return Err(not_yours()),
                Some((true, MailboxState::Disconnected)) | None => {
                    let detail = "There is no grant to change anything with.";
                    return Err(Failure::conflict("mailbox_disconnected", "The mailbox is disconnected.", detail, "Connect it again."));
                }
                Some((true, _)) => {}
            }
        }
        Ok(Named { messages, mailboxes })
    }
}

fn not_yours() -> Failure {
    let detail = "It is another person's mailbox, or you may not see all of it.";
    Failure::forbidden("not_your_mailbox", detail, "Change messages of your own or a shared mailbox, or by an API key.")
}
