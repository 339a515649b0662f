//! The calendars of a user.
//!
//! `GET {user}/calendars` lists the user's own ones and those that others share with the user and that were accepted; of the
//! latter `owner` is somebody else (graph.md 8.8). There is no delta for it: the list is short and is read whole.

use serde::Deserialize;

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::list;
use crate::mail::{EmailAddress, mailbox_path};

const SELECT: &str = "id,name,color,hexColor,isDefaultCalendar,canEdit,owner";
/// Calendars asked for on a page.
const PAGE_SIZE: &str = "100";

/// A calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// Its name, in the mailbox's language.
    pub name: Option<String>,
    /// The name of its colour, such as `lightBlue`, or `auto`.
    pub color: Option<String>,
    /// Its colour as `#rrggbb`, where the user chose one.
    pub hex_color: Option<String>,
    /// Whether new events go here.
    pub is_default_calendar: Option<bool>,
    /// Whether the user may write into it.
    pub can_edit: Option<bool>,
    /// Whose it is.
    pub owner: Option<EmailAddress>,
}

/// All calendars of a user.
///
/// # Errors
/// [`GraphError`]; also when one of them cannot be read: what a list lacks would count as gone.
pub async fn calendars(client: &Client, access: &Access) -> Result<Vec<Calendar>, GraphError> {
    let call = Call::get(mailbox_path(access).literal("calendars").query("$select", SELECT).query("$top", PAGE_SIZE));
    list::whole(client, access, call, &super::preference(None)).await
}
