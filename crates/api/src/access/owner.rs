//! Owners: who made something that goes on without them, written so that it can see with their eyes later.

use serde::{Deserialize, Serialize};
use store::{Db, StoreError, api_key};

use crate::access::{Asker, Mailboxes, Scopes, Who};
use model::id::{ApiKeyId, WorkspaceId};

const ADMINISTRATOR: &str = "administrator";
const CONFIGURED: &str = "configured key";
const PERSON: &str = "person:";

/// A person, as kept.
#[derive(Serialize, Deserialize)]
struct Person {
    subject: String,
    email: Option<String>,
    user_id: Option<String>,
    scopes: String,
}

/// An asker as the owner of something, to be kept with it.
pub fn owner_of(asker: &Asker) -> String {
    match &asker.who {
        Who::Administrator => ADMINISTRATOR.to_owned(),
        Who::ConfiguredKey => CONFIGURED.to_owned(),
        Who::Key(id) => id.to_string(),
        Who::Person { subject, email, user_id } => {
            let (subject, email, user_id) = (subject.clone(), email.clone(), user_id.clone());
            let person = Person { subject, email, user_id, scopes: asker.scopes.to_string() };
            format!("{PERSON}{}", serde_json::to_string(&person).expect("texts are JSON"))
        }
    }
}

/// An owner as it may be shown.
pub fn owner_shown(owner: &str) -> String {
    let person = owner.strip_prefix(PERSON).and_then(|text| serde_json::from_str::<Person>(text).ok());
    person.map_or_else(|| owner.to_owned(), |person| person.email.unwrap_or(person.subject))
}

/// The owner as an asker, as they stand now; `None` if they may ask nothing any more, such as by a key that was revoked.
///
/// # Errors
/// As [`Db::query`].
pub async fn asker_of(db: &Db, workspace: WorkspaceId, owner: &str, now: base::Timestamp) -> Result<Option<Asker>, StoreError> {
    if owner == ADMINISTRATOR {
        return Ok(Some(Asker::administrator(workspace)));
    }
    if owner == CONFIGURED {
        return Ok(Some(Asker { workspace, who: Who::ConfiguredKey, scopes: Scopes::ALL, mailboxes: Mailboxes::All }));
    }
    if let Some(text) = owner.strip_prefix(PERSON) {
        let Ok(person) = serde_json::from_str::<Person>(text) else { return Ok(None) };
        let who = Who::Person { subject: person.subject, email: person.email, user_id: person.user_id };
        return Ok(Some(Asker { workspace, who, scopes: Scopes::read(&person.scopes), mailboxes: Mailboxes::All }));
    }
    let Ok(id) = owner.parse::<ApiKeyId>() else { return Ok(None) };
    let holds =
        |key: &api_key::ApiKey| key.revoked_at.is_none() && key.expires_at.is_none_or(|end| now < end) && key.workspace == workspace;
    let Some(key) = api_key::find(db, id).await?.filter(holds) else { return Ok(None) };
    let mailboxes = key.mailboxes.map_or(Mailboxes::All, Mailboxes::Only);
    Ok(Some(Asker { workspace, who: Who::Key(id), scopes: Scopes::read(&key.scopes), mailboxes }))
}
