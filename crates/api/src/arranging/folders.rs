//! Folders: made, renamed, moved, deleted at Microsoft. The mirror follows by the pull of the mailbox's folders.

use std::collections::HashSet;

use base::Recourse;
use graph::GraphError;
use graph::mail::{MailFolder, folder as there};
use model::id::{FolderId, MailboxId};
use serde_json::json;
use store::folder::{self as rows, Folder};
use store::work::Lane;
use store::{Statement, due};

use super::{Opened, Permission, to_change};
use crate::access::Asker;
use crate::answer::Conditions;
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The longest name of a folder, in characters (Exchange's own bound).
pub const NAME_LENGTH_MAX: usize = 255;
/// How often making a folder is tried when answers are lost.
const TRIES_MAX: usize = 3;
/// The well-known name of the top.
const TOP: &str = "msgfolderroot";
/// The well-known name of the folder of what was deleted.
const DELETED_ITEMS: &str = "deleteditems";

/// What of a folder shall be different.
#[derive(Debug)]
pub enum Change {
    /// Its name.
    Rename(String),
    /// The folder around it; `None` for the top.
    Move(Option<FolderId>),
}

/// A folder that the asker may change.
#[derive(Debug)]
struct Found {
    opened: Opened,
    folder: Folder,
    all: Vec<Folder>,
}

/// Makes a folder in another of the same mailbox, or at the top.
///
/// # Errors
/// As [`to_change`]; 409 where a folder of that name is there already, 422 for a name or a place that cannot be.
pub async fn create(
    state: &State,
    asker: &Asker,
    mailbox: MailboxId,
    name: &str,
    parent: Option<FolderId>,
) -> Result<view::MadeFolder, Failure> {
    let opened = to_change(state, asker, mailbox, Permission::WriteMail).await?;
    let all = rows::list(&state.db, mailbox).await?;
    let name = checked(name)?;
    let around = parent.map(|parent| place(&all, parent)).transpose()?;
    let known: HashSet<&str> = all.iter().map(|folder| folder.graph_id.as_str()).collect();
    let made = make_once(state, &opened, around, name, &known).await;
    let detail = json!({"provider_id": made.as_ref().ok().map(|folder| &folder.id)});
    opened.tell(state, asker, ("folder.create", mailbox.to_string()), detail, &made, [follow(state, mailbox)]).await?;
    let made = made.map_err(|error| refused(&opened, error))?;
    let name = made.display_name.unwrap_or_else(|| name.to_owned());
    Ok(view::MadeFolder { mailbox, parent, provider_id: made.id, name })
}

/// Siblings cannot share a name, so that trying again makes no second one; what is found after a lost answer is ours unless it was
/// known before.
async fn make_once(
    state: &State,
    opened: &Opened,
    parent: Option<&str>,
    name: &str,
    known: &HashSet<&str>,
) -> Result<MailFolder, GraphError> {
    let (graph, access) = (&state.microsoft, &opened.access);
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match there::create(graph, access, parent, name).await {
            Err(error) if error.recourse() == Recourse::Verify || (tries > 1 && is_taken(&error)) => error,
            outcome => return outcome,
        };
        let found = there::named(graph, access, parent, name).await?;
        match found.filter(|found| !known.contains(found.id.as_str())) {
            Some(found) => return Ok(found),
            None if tries < TRIES_MAX => {}
            None => return Err(error),
        }
    }
}

/// Renames or moves a folder; as Microsoft says that it is now.
///
/// # Errors
/// As [`create`]; 404 for a folder that is not there for the asker, 412 if it is not as they know it.
pub async fn change(
    state: &State,
    asker: &Asker,
    id: FolderId,
    conditions: &Conditions,
    wanted: impl FnOnce() -> Result<Change, Failure>,
) -> Result<view::Folder, Failure> {
    let found = find(state, asker, id, conditions).await?;
    let wanted = wanted()?;
    let (opened, folder) = (&found.opened, &found.folder);
    let (action, outcome) = match &wanted {
        Change::Rename(name) => ("folder.rename", there::rename(&state.microsoft, &opened.access, &folder.graph_id, checked(name)?).await),
        Change::Move(to) => {
            let to = to.map(|to| place(&found.all, to)).transpose()?;
            ("folder.move", relocate(state, opened, &folder.graph_id, to.unwrap_or(TOP)).await)
        }
    };
    opened
        .tell(state, asker, (action, id.to_string()), json!({"mailbox": folder.mailbox}), &outcome, [follow(state, folder.mailbox)])
        .await?;
    let now = outcome.map_err(|error| refused(opened, error))?;
    let names: Vec<(String, FolderId)> = found.all.iter().map(|folder| (folder.graph_id.clone(), folder.id)).collect();
    let known = folder.clone();
    let seen = Folder {
        display_name: now.display_name.unwrap_or(known.display_name),
        parent_graph_id: now.parent_folder_id.or(known.parent_graph_id),
        total_there: now.total_item_count.unwrap_or(known.total_there),
        unread_there: now.unread_item_count.unwrap_or(known.unread_there),
        ..known
    };
    Ok(view::Folder::of(seen, &names))
}

/// A folder keeps its id: whether it was moved, its parent says.
async fn relocate(state: &State, opened: &Opened, id: &str, to: &str) -> Result<MailFolder, GraphError> {
    let (graph, access) = (&state.microsoft, &opened.access);
    match there::relocate(graph, access, id, to).await {
        Err(error) if error.recourse() == Recourse::Verify => {
            let (now, around) = (there::folder(graph, access, id).await?, there::folder(graph, access, to).await?);
            if now.parent_folder_id.as_deref() == Some(around.id.as_str()) { Ok(now) } else { Err(error) }
        }
        outcome => outcome,
    }
}

/// Puts a folder with all that is in it into Deleted Items. What is there already is left there, what is gone already is no failure.
///
/// # Errors
/// As [`change`].
pub async fn delete(state: &State, asker: &Asker, id: FolderId, conditions: &Conditions) -> Result<(), Failure> {
    let found = find(state, asker, id, conditions).await?;
    let mailbox = found.folder.mailbox;
    let outcome = put_away(state, &found).await;
    let detail = json!({"mailbox": mailbox});
    found.opened.tell(state, asker, ("folder.delete", id.to_string()), detail, &outcome, [follow(state, mailbox)]).await?;
    outcome.map_err(|error| refused(&found.opened, error))
}

async fn put_away(state: &State, found: &Found) -> Result<(), GraphError> {
    let (graph, access, id) = (&state.microsoft, &found.opened.access, found.folder.graph_id.as_str());
    let bin = there::folder(graph, access, DELETED_ITEMS).await?.id;
    if is_away(state, found, &bin).await? {
        return Ok(());
    }
    match there::delete(graph, access, id).await {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) if error.recourse() == Recourse::Verify => {
            if is_away(state, found, &bin).await? {
                Ok(())
            } else {
                Err(error)
            }
        }
        outcome => outcome,
    }
}

/// Whether a folder is gone, or lies somewhere in Deleted Items: deleting it there would be for good.
async fn is_away(state: &State, found: &Found, bin: &str) -> Result<bool, GraphError> {
    let now = match there::folder(&state.microsoft, &found.opened.access, &found.folder.graph_id).await {
        Err(error) if error.is_not_found() && !graph::mail::messages::concerns_the_mailbox(&error) => return Ok(true),
        outcome => outcome?,
    };
    let mut around = now.parent_folder_id;
    for _ in 0..=found.all.len() {
        match around {
            Some(id) if id == bin => return Ok(true),
            Some(id) => around = found.all.iter().find(|folder| folder.graph_id == id).and_then(|folder| folder.parent_graph_id.clone()),
            None => break,
        }
    }
    Ok(false)
}

/// A folder that is there for the asker, that they may change and that nobody's mail program relies on.
async fn find(state: &State, asker: &Asker, id: FolderId, conditions: &Conditions) -> Result<Found, Failure> {
    let folder = rows::find(&state.db, id).await?.filter(|folder| folder.removed_at.is_none()).ok_or_else(Failure::not_found)?;
    let opened = to_change(state, asker, folder.mailbox, Permission::WriteMail).await?;
    let sight = crate::access::Sight::over(std::slice::from_ref(&opened.mailbox), asker);
    conditions.check(&read::folder::find(&state.db, &sight, id).await?.ok_or_else(Failure::not_found)?)?;
    if folder.well_known.is_some() {
        let detail = "It is one of the folders that every mailbox has: it can be neither renamed nor moved nor deleted.";
        let action = "Take a folder that somebody has made.";
        return Err(Failure::unprocessable("folder_well_known", "Outlook itself needs this folder.", detail, action));
    }
    let all = rows::list(&state.db, folder.mailbox).await?;
    Ok(Found { opened, folder, all })
}

/// Microsoft's id of a folder of the mailbox in which another may be put.
fn place(all: &[Folder], id: FolderId) -> Result<&str, Failure> {
    let found = all.iter().find(|folder| folder.id == id && folder.removed_at.is_none());
    found.map(|folder| folder.graph_id.as_str()).ok_or_else(|| {
        let detail = "There is no such folder in the mailbox.";
        Failure::unprocessable(
            "folder_wrong",
            "It cannot go into that folder.",
            detail,
            "Take a folder of the same mailbox, or none for the top.",
        )
    })
}

/// A name that a folder may have.
fn checked(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    if !name.is_empty() && name.chars().count() <= NAME_LENGTH_MAX && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let detail = format!("A name has 1 to {NAME_LENGTH_MAX} characters, without line breaks.");
    Err(Failure::unprocessable("folder_name_wrong", "No folder can be called so.", detail, "Choose another name."))
}

/// Has the mirror follow.
fn follow(state: &State, mailbox: MailboxId) -> Statement {
    due::mailbox(due::PULL_FOLDERS, mailbox, Lane::Interactive, state.clock.now())
}

fn is_taken(error: &GraphError) -> bool {
    error.code().is_some_and(|code| code.eq_ignore_ascii_case("ErrorFolderExists"))
}

fn refused(opened: &Opened, error: GraphError) -> Failure {
    let taken = is_taken(&error);
    let mut failure = opened.refused(error);
    if taken {
        failure.problem.code = "folder_exists".to_owned();
    }
    failure
}
