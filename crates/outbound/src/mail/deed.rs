//! Doing one thing to one message at Microsoft, so that doing it again does nothing more.

use base::{Problem, Recourse};
use graph::mail;
use graph::mail::change;
use model::instruction::{Begun, Deed, Update};
use store::{Transaction, folder, instruction, message, work};

use super::carry::SETTLED;
use super::instructions::Task;
use crate::not_done::NotDone;

/// The well-known name of the folder of deleted messages.
pub(super) const DELETED_ITEMS: &str = "deleteditems";
/// How often somebody else's change at the same time is answered by looking again.
const LOOKS_MAX: usize = 4;

/// Does what the task's instruction says. `Ok` if it is so now.
pub(super) async fn perform(task: &Task<'_>) -> Result<(), NotDone> {
    let found = message::find(&task.mailer.db, task.instruction.message).await?;
    let Some(found) = found else {
        let deleted = matches!(task.instruction.deed, Deed::Delete | Deed::DeletePermanently);
        return if deleted { Ok(()) } else { Err(gone()) };
    };
    let (id, source) = (found.message.graph_id, found.message.internet_message_id);
    match &task.instruction.deed {
        Deed::Update(wanted) => update(task, &id, wanted).await,
        Deed::Move(to) => {
            let to = graph_folder(task, *to).await?;
            relocate(task, &id, &to, Some(&to)).await
        }
        Deed::Copy(to) => {
            let to = graph_folder(task, *to).await?;
            copy(task, &id, source.as_deref(), &to).await
        }
        Deed::Delete => {
            let to = folder::well_known(&task.mailer.db, task.instruction.mailbox, DELETED_ITEMS).await?.map(|folder| folder.graph_id);
            match relocate(task, &id, to.as_deref().unwrap_or(DELETED_ITEMS), to.as_deref()).await {
                Err(NotDone::Impossible(_)) => Ok(()),
                other => other,
            }
        }
        Deed::DeletePermanently => delete_permanently(task, &id).await,
    }
}

async fn update(task: &Task<'_>, id: &str, wanted: &Update) -> Result<(), NotDone> {
    let (graph, access) = (&task.mailer.graph, &task.access);
    let mut looks = 0;
    loop {
        let Some(found) = change::state(graph, access, id).await? else { return Err(gone()) };
        let update = properties(wanted, &found);
        if update.is_met_by(&found) {
            return Ok(());
        }
        let key = found.change_key.as_deref().filter(|_| wanted.is_relative());
        match change::update(graph, access, id, &update, key).await {
            Ok(()) => return Ok(()),
            Err(error) if error.recourse() == Recourse::Verify && looks < LOOKS_MAX => looks += 1,
            Err(error) if error.is_not_found() => return Err(gone()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn properties(wanted: &Update, found: &mail::message::Message) -> change::Update {
    let had = found.categories.clone().unwrap_or_default();
    change::Update {
        is_read: wanted.read,
        flag_status: wanted.flag.map(model::message::Flag::name),
        categories: wanted.is_relative().then(|| wanted.categories(&had)),
        importance: wanted.importance.map(model::message::Importance::name),
    }
}

/// Into a folder, unless it is there. `there` is the folder's id where it is known.
async fn relocate(task: &Task<'_>, id: &str, to: &str, there: Option<&str>) -> Result<(), NotDone> {
    let (graph, access) = (&task.mailer.graph, &task.access);
    let mut looks = 0;
    loop {
        let Some(found) = change::state(graph, access, id).await? else { return Err(gone()) };
        if there.is_some() && found.parent_folder_id.as_deref() == there {
            return Ok(());
        }
        match change::relocate(graph, access, id, to).await {
            Ok(()) => return Ok(()),
            Err(error) if error.recourse() == Recourse::Verify && looks < LOOKS_MAX => looks += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// A copy is known from those that were there before by having come since: that is written down first.
async fn copy(task: &Task<'_>, id: &str, source: Option<&str>, to: &str) -> Result<(), NotDone> {
    let (graph, access) = (&task.mailer.graph, &task.access);
    let Some(source) = source else {
        return Err(NotDone::Impossible(Problem::new(
            "no_message_id",
            "This message cannot be copied.",
            "It has no Message-ID, so that a copy could not be told from it if the answer was lost.",
            "Copy it in Outlook.",
        )));
    };
    match &task.instruction.begun {
        None => {
            let there = change::copies(graph, access, to, source).await?;
            let begin = instruction::begin(task.instruction.id, &Begun { at: task.now(), there });
            task.mailer.db.commit(Transaction::new("instruction.begin").with(work::hold(task.lease)).with(begin)).await?;
        }
        Some(begun) => {
            let now = change::copies(graph, access, to, source).await?;
            if now.iter().any(|copy| !begun.there.contains(copy)) {
                return Ok(());
            }
            let settled = begun.at.plus(SETTLED);
            if task.now() < settled {
                return Err(NotDone::Early(settled.since(task.now())));
            }
        }
    }
    change::copy(graph, access, id, to).await.map(drop).map_err(NotDone::Graph)
}

async fn delete_permanently(task: &Task<'_>, id: &str) -> Result<(), NotDone> {
    match change::delete_permanently(&task.mailer.graph, &task.access, id).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) if error.recourse() == Recourse::Refuse && is_out_of_reach(task, id).await? => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a message is in no folder that its owner sees: then it was deleted before.
async fn is_out_of_reach(task: &Task<'_>, id: &str) -> Result<bool, NotDone> {
    let Some(found) = change::state(&task.mailer.graph, &task.access, id).await? else { return Ok(true) };
    let Some(parent) = found.parent_folder_id else { return Ok(false) };
    Ok(folder::by_graph_id(&task.mailer.db, task.instruction.mailbox, &parent).await?.is_none())
}

async fn graph_folder(task: &Task<'_>, id: model::id::FolderId) -> Result<String, NotDone> {
    let found = folder::find(&task.mailer.db, id).await?;
    let there = found.filter(|folder| folder.mailbox == task.instruction.mailbox && folder.removed_at.is_none());
    there.map(|folder| folder.graph_id).ok_or_else(|| {
        NotDone::Impossible(Problem::new(
            "folder_gone",
            "This was not done: its folder is gone.",
            "The folder was deleted, or belongs to another mailbox.",
            "Choose another folder and ask again.",
        ))
    })
}

fn gone() -> NotDone {
    NotDone::Impossible(Problem::new(
        "message_gone",
        "This was not done: the message is gone.",
        "It was deleted in its mailbox, or moved to another.",
        "Look for it in Outlook.",
    ))
}
