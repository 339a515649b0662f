//! Writing contacts: made and changed (graph.md 9.1, 9.2).
//!
//! Making one twice makes two, and nothing of ours can be written on a contact by which it were found again (9.1): whoever makes one
//! keeps that it was tried, and looks into the address book afterwards. A change names the version that it was put together from
//! (`If-Match`, 412 `ErrorIrresolvableConflict`), because lists are replaced whole.

use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::{Contact, contacts_path};
use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::{EmailAddress, IMMUTABLE_IDS, mailbox_path};
use crate::path::ResourcePath;
use transport::Effect;

/// Addresses that a contact can hold (9.1).
pub const ADDRESSES_MAX: usize = 3;
/// Business numbers that a contact can hold, and as many home numbers (9.1).
pub const NUMBERS_MAX: usize = 2;

/// Properties of a contact that are to be written; what is `None` is left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactProperties {
    /// Its name as it is shown. To be sent with every change: else Outlook makes it anew from its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What somebody is called by friends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The family's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Where somebody works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// As what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// All addresses, [`ADDRESSES_MAX`] at most: those that are not named go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_addresses: Option<Vec<EmailAddress>>,
    /// In somebody's pocket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// All of them, [`NUMBERS_MAX`] at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_phones: Option<Vec<String>>,
    /// All of them, [`NUMBERS_MAX`] at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_phones: Option<Vec<String>>,
}

/// A contact as it is, and its version.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContactState {
    /// What it says.
    #[serde(flatten)]
    pub contact: Contact,
    /// Its version.
    pub change_key: Option<String>,
}

/// A contact as it is now; `None` if it is gone.
///
/// # Errors
/// [`GraphError`]: it is not known.
pub async fn state(client: &Client, access: &Access, id: &str) -> Result<Option<ContactState>, GraphError> {
    match client.call(access, Call::get(contact_path(access, id)).prefer(IMMUTABLE_IDS)).await {
        Ok(answer) => answer.json().map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a contact in the default folder.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been made: look into the address book before it is tried again.
pub async fn create(client: &Client, access: &Access, wanted: &ContactProperties) -> Result<Contact, GraphError> {
    client.call(access, Call::post(contacts_path(access, None)).json(wanted).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Changes a contact from the version that was looked at.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been changed, 412 if somebody else changed it since: look with [`state`];
/// `is_not_found()` when it is gone.
pub async fn change(
    client: &Client,
    access: &Access,
    id: &str,
    wanted: &ContactProperties,
    change_key: Option<&str>,
) -> Result<(), GraphError> {
    let mut call = Call::patch(contact_path(access, id)).json(wanted).prefer(IMMUTABLE_IDS).with_effect(Effect::Once);
    if let Some(key) = change_key {
        let etag = HeaderValue::try_from(format!("W/\"{key}\"")).map_err(|_| GraphError::Unaskable("the change key is no header"))?;
        call = call.header(header::IF_MATCH, etag);
    }
    client.call(access, call).await.map(drop)
}

fn contact_path(access: &Access, id: &str) -> ResourcePath {
    mailbox_path(access).literal("contacts").segment(id)
}
