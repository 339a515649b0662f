//! Rules of the inbox, read and changed at Microsoft. Rapport keeps none of them.

use base::Recourse;
use graph::GraphError;
use graph::mail::rule::{self as there, MessageRule};
use model::address::Address;
use model::id::MailboxId;
use model::instruction::{CATEGORIES_MAX, CATEGORY_LENGTH_MAX};
use serde_json::{Value, json};
use store::folder;

use super::{Opened, Permission, to_change, to_read};
use crate::access::Asker;
use crate::answer::Conditions;
use crate::failure::Failure;
use crate::state::State;
use crate::view::{self, FolderIds};

/// The longest name of a rule, in characters.
pub const NAME_LENGTH_MAX: usize = 256;

/// A rule as it is wanted: what is `None` stays as it is, or as Microsoft has it of itself.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Its name.
    pub name: Option<String>,
    /// Its place, from 1.
    pub sequence: Option<i32>,
    /// Whether it is in use.
    pub is_enabled: Option<bool>,
    /// What must hold.
    pub conditions: Option<view::RuleConditions>,
    /// What must not hold.
    pub exceptions: Option<view::RuleConditions>,
    /// What is done.
    pub actions: Option<view::RuleActions>,
}

/// The rules of a mailbox, in the order in which they run.
///
/// # Errors
/// As [`to_read`], and when Microsoft does not answer.
pub async fn list(state: &State, asker: &Asker, mailbox: MailboxId) -> Result<Vec<view::Rule>, Failure> {
    let opened = to_read(state, asker, mailbox, Permission::ReadSettings).await?;
    let rules = there::list(&state.microsoft, &opened.access).await.map_err(|error| opened.refused(error))?;
    let folders = folder_ids(state, mailbox).await?;
    let mut rules: Vec<view::Rule> = rules.into_iter().map(|rule| view::Rule::of(mailbox, rule, &folders)).collect();
    rules.sort_by(|one, other| (one.sequence, &one.id).cmp(&(other.sequence, &other.id)));
    Ok(rules)
}

/// One rule.
///
/// # Errors
/// As [`list`]; 404 if there is none.
pub async fn find(state: &State, asker: &Asker, mailbox: MailboxId, id: &str) -> Result<view::Rule, Failure> {
    let opened = to_read(state, asker, mailbox, Permission::ReadSettings).await?;
    present(state, &opened, id).await
}

async fn present(state: &State, opened: &Opened, id: &str) -> Result<view::Rule, Failure> {
    let found = there::find(&state.microsoft, &opened.access, id).await.map_err(|error| missing(opened, error))?;
    Ok(view::Rule::of(opened.mailbox.id, found, &folder_ids(state, opened.mailbox.id).await?))
}

/// Makes a rule.
///
/// # Errors
/// As [`to_change`]; 422 for a rule that cannot be.
pub async fn create(state: &State, asker: &Asker, mailbox: MailboxId, wanted: Wanted) -> Result<view::Rule, Failure> {
    let opened = to_change(state, asker, mailbox, Permission::WriteSettings).await?;
    let folders = folder_ids(state, mailbox).await?;
    let detail = told(&wanted, None);
    let wanted = checked(wanted, &folders)?;
    let made = make_once(state, &opened, &wanted).await;
    opened.tell(state, asker, ("rule.create", mailbox.to_string()), detail, &made, []).await?;
    Ok(view::Rule::of(mailbox, made.map_err(|error| opened.refused(error))?, &folders))
}

/// Exchange takes two rules of one name, so an answer that was lost is looked for among those that were not there before; what
/// is not found is not made again.
async fn make_once(state: &State, opened: &Opened, wanted: &MessageRule) -> Result<MessageRule, GraphError> {
    let (graph, access) = (&state.microsoft, &opened.access);
    let before = there::list(graph, access).await?;
    match there::create(graph, access, wanted).await {
        Err(error) if error.recourse() == Recourse::Verify => {
            let now = there::list(graph, access).await?;
            let is_new = |rule: &MessageRule| before.iter().all(|known| known.id != rule.id) && rule.display_name == wanted.display_name;
            now.into_iter().find(is_new).ok_or(error)
        }
        outcome => outcome,
    }
}

/// Changes a rule; conditions, exceptions and actions are replaced whole where they are named.
///
/// # Errors
/// As [`create`]; 404 if there is none, 409 for one that only Outlook can change, 412 if it is not as its asker knows it.
pub async fn change(
    state: &State,
    asker: &Asker,
    mailbox: MailboxId,
    id: &str,
    conditions: &Conditions,
    wanted: Wanted,
) -> Result<view::Rule, Failure> {
    let opened = to_change(state, asker, mailbox, Permission::WriteSettings).await?;
    writable(&present(state, &opened, id).await?, conditions)?;
    let folders = folder_ids(state, mailbox).await?;
    let detail = told(&wanted, Some(id));
    let wanted = checked(wanted, &folders)?;
    let now = there::update(&state.microsoft, &opened.access, id, &wanted).await;
    opened.tell(state, asker, ("rule.change", mailbox.to_string()), detail, &now, []).await?;
    Ok(view::Rule::of(mailbox, now.map_err(|error| missing(&opened, error))?, &folders))
}

/// Takes a rule away.
///
/// # Errors
/// As [`change`].
pub async fn delete(state: &State, asker: &Asker, mailbox: MailboxId, id: &str, conditions: &Conditions) -> Result<(), Failure> {
    let opened = to_change(state, asker, mailbox, Permission::WriteSettings).await?;
    writable(&present(state, &opened, id).await?, conditions)?;
    let outcome = there::delete(&state.microsoft, &opened.access, id).await;
    opened.tell(state, asker, ("rule.delete", mailbox.to_string()), json!({"rule": id}), &outcome, []).await?;
    outcome.map_err(|error| missing(&opened, error))
}

fn writable(present: &view::Rule, conditions: &Conditions) -> Result<(), Failure> {
    conditions.check(present)?;
    if present.is_read_only {
        let detail = "Microsoft's interface cannot change it, because it does what only Outlook knows.";
        return Err(Failure::conflict("rule_read_only", "This rule can only be changed in Outlook.", detail, "Change it in Outlook."));
    }
    Ok(())
}

/// What the audit tells of a change: where mail is sent on to is what whoever reads it looks for.
fn told(wanted: &Wanted, id: Option<&str>) -> Value {
    let sent_on_to: Vec<&str> = wanted.actions.iter().flat_map(view::RuleActions::sent_on_to).map(|party| party.email.as_str()).collect();
    let mut detail = json!({"rule": id, "is_enabled": wanted.is_enabled, "sequence": wanted.sequence});
    if !sent_on_to.is_empty() {
        detail["sends_on_to"] = json!(sent_on_to);
    }
    detail
}

/// The mailbox's folders that are there, by Microsoft's ids.
async fn folder_ids(state: &State, mailbox: MailboxId) -> Result<FolderIds, Failure> {
    let folders = folder::list(&state.db, mailbox).await?;
    Ok(folders.into_iter().filter(|folder| folder.removed_at.is_none()).map(|folder| (folder.graph_id, folder.id)).collect())
}

fn checked(wanted: Wanted, folders: &FolderIds) -> Result<MessageRule, Failure> {
    if let Some(detail) = mistake(&wanted) {
        return Err(wrong(detail));
    }
    let actions = match wanted.actions.map(|actions| actions.into_graph(folders)) {
        Some(None) => return Err(wrong("`move_to_folder` and `copy_to_folder` name folders of the same mailbox.")),
        Some(Some(actions)) if actions.is_empty() => return Err(wrong("`actions` names at least one thing that is done.")),
        other => other.flatten(),
    };
    Ok(MessageRule {
        display_name: wanted.name.map(|name| name.trim().to_owned()),
        sequence: wanted.sequence,
        is_enabled: wanted.is_enabled,
        conditions: wanted.conditions.map(view::RuleConditions::into_graph),
        exceptions: wanted.exceptions.map(view::RuleConditions::into_graph),
        actions,
        ..MessageRule::default()
    })
}

/// What cannot be in a rule, whatever its mailbox.
fn mistake(wanted: &Wanted) -> Option<String> {
    let is_name_wrong = |name: &str| name.is_empty() || name.chars().count() > NAME_LENGTH_MAX || name.chars().any(char::is_control);
    if wanted.name.as_deref().map(str::trim).is_some_and(is_name_wrong) {
        return Some(format!("`name` has 1 to {NAME_LENGTH_MAX} characters, without line breaks."));
    }
    if wanted.sequence.is_some_and(|sequence| sequence < 1) {
        return Some("`sequence` is a number from 1.".to_owned());
    }
    let parts = [&wanted.conditions, &wanted.exceptions].into_iter().flatten();
    let parties = parts.flat_map(|part| [&part.from_addresses, &part.sent_to_addresses]).flatten().flatten();
    let mut parties = parties.chain(wanted.actions.iter().flat_map(view::RuleActions::sent_on_to));
    if parties.any(|party| Address::read(&party.email).is_none()) {
        return Some("Each `email` is an address, such as `bo@acme.example`.".to_owned());
    }
    let categories: Vec<&String> = wanted.actions.iter().filter_map(|actions| actions.assign_categories.as_ref()).flatten().collect();
    let is_wrong =
        |name: &String| name.trim().is_empty() || name.chars().count() > CATEGORY_LENGTH_MAX || name.chars().any(char::is_control);
    let are_wrong = categories.len() > CATEGORIES_MAX || categories.into_iter().any(is_wrong);
    are_wrong.then(|| format!("A category has 1 to {CATEGORY_LENGTH_MAX} characters, and at most {CATEGORIES_MAX} are named."))
}

fn wrong(detail: impl Into<String>) -> Failure {
    Failure::unprocessable("rule_wrong", "There can be no such rule.", detail, "Correct it and ask again.")
}

/// An id that Exchange cannot even read is that of no rule.
fn missing(opened: &Opened, error: GraphError) -> Failure {
    let malformed = error.code().is_some_and(|code| code.eq_ignore_ascii_case("ErrorInvalidIdMalformed"));
    if malformed || (error.is_not_found() && !graph::mail::messages::concerns_the_mailbox(&error)) {
        return Failure::not_found().of_request(error.request_id());
    }
    opened.refused(error)
}
