//! The settings of a mailbox, read and changed at Microsoft. Rapport keeps none of them.

use graph::mail::settings as there;
use model::id::MailboxId;
use serde_json::json;

use super::{Opened, Permission, to_change, to_read};
use crate::access::Asker;
use crate::answer::Conditions;
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The settings as they are.
///
/// # Errors
/// As [`to_read`], and when Microsoft does not answer.
pub async fn find(state: &State, asker: &Asker, mailbox: MailboxId) -> Result<view::MailboxSettings, Failure> {
    let opened = to_read(state, asker, mailbox, Permission::ReadSettings).await?;
    present(state, &opened).await
}

async fn present(state: &State, opened: &Opened) -> Result<view::MailboxSettings, Failure> {
    let found = there::find(&state.microsoft, &opened.access).await.map_err(|error| opened.refused(error))?;
    Ok(view::MailboxSettings::of(found))
}

/// Changes what is named; all of them as they are then.
///
/// # Errors
/// As [`to_change`]; 422 for what cannot be, 412 if they are not as their asker knows them.
pub async fn change(
    state: &State,
    asker: &Asker,
    mailbox: MailboxId,
    conditions: &Conditions,
    wanted: view::MailboxSettings,
) -> Result<view::MailboxSettings, Failure> {
    let opened = to_change(state, asker, mailbox, Permission::WriteSettings).await?;
    if wanted.purpose.is_some() {
        return Err(wrong("purpose_fixed", "What a mailbox is for cannot be changed here.", "Leave `purpose` out."));
    }
    let named = wanted.named();
    if named.is_empty() {
        return Err(wrong("nothing_wanted", "Nothing shall be different.", "Name at least one setting."));
    }
    if wanted.working_hours.as_ref().is_some_and(|hours| !hours.is_readable()) {
        return Err(wrong("time_wrong", "That is no time of day.", "Write `start` and `end` such as `08:00`."));
    }
    if conditions.is_wanted() {
        conditions.check(&present(state, &opened).await?)?;
    }
    let outcome = there::update(&state.microsoft, &opened.access, &wanted.into_graph()).await;
    opened.tell(state, asker, ("mailbox.set_settings", mailbox.to_string()), json!({"changed": named}), &outcome, []).await?;
    outcome.map_err(|error| opened.refused(error))?;
    present(state, &opened).await
}

fn wrong(code: &str, title: &str, action: &str) -> Failure {
    Failure::unprocessable(code, title, "It was not sent to Microsoft.", action)
}
