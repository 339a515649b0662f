//! Who may see or change which calendar, and how much of it.
//!
//! One's own by a scope, every one by an application's role, somebody else's by a `.Shared` scope and what the owner
//! allows: as a delegate of the mailbox, or by the calendar's permissions (reference: Graph, sections 8.8 and 12.2).

use super::path::CalendarName;
use crate::Refusal;
use crate::directory::User;
use crate::graph::access::{denied, owner_user};
use crate::graph::call::{Call, Owner};
use crate::graph::messages::refusal;
use crate::mailbox::calendar::{Calendar, CalendarRole};
use crate::mailbox::{FolderNumber, Mailbox};

const OWN_READ: [&str; 6] = [
    "Calendars.ReadBasic",
    "Calendars.Read",
    "Calendars.ReadWrite",
    "Calendars.Read.Shared",
    "Calendars.ReadWrite.Shared",
    "Calendars.ReadBasic.All",
];
const FULL: [&str; 4] = ["Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];
const SHARED_READ: [&str; 2] = ["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Look at times and subjects; bodies if the token shows them.
    Look,
    /// Read everything: delta needs it (reference: Graph, section 12.2).
    Read,
    /// Change something.
    Write,
}

/// A mailbox whose calendars the caller may use.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whose it is.
    pub user: User,
    /// The token shows bodies.
    pub shows_bodies: bool,
    /// Somebody else's: the object id of who looks.
    pub guest: Option<String>,
    wish: Wish,
}

/// How much of an event is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Times, subject and place.
    Titles,
    /// Everything but what is private.
    Details,
    /// Everything.
    All,
}

/// Opens a mailbox's calendars.
///
/// # Errors
/// 400, 403 `ErrorAccessDenied`, 404 as for a mailbox.
pub fn open(call: &Call<'_>, owner: &Owner, wish: Wish) -> Result<Desk, Refusal> {
    let user = owner_user(call.world, call.caller, owner)?;
    let holds = |names: &[&str]| names.iter().any(|name| call.caller.holds(name));
    let guest = call.caller.user.clone().filter(|caller| *caller != user.id);
    let may = match (wish, &guest) {
        (Wish::Look, None) => holds(&OWN_READ),
        (Wish::Read, None) => holds(&FULL),
        (Wish::Write, None) => holds(&["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"]),
        (Wish::Look | Wish::Read, Some(_)) => holds(&SHARED_READ),
        (Wish::Write, Some(_)) => holds(&["Calendars.ReadWrite.Shared"]),
    };
    if !may {
        return Err(denied());
    }
    if !call.world.mailboxes.contains_key(&user.id) || !user.has_mailbox() {
        let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        return Err(Refusal::new(404, "MailboxNotEnabledForRESTAPI", message));
    }
    Ok(Desk { user: user.clone(), shows_bodies: holds(&FULL), guest, wish })
}

impl Desk {
    /// The mailbox.
    pub fn mailbox<'a>(&self, call: &'a Call<'_>) -> &'a Mailbox {
        &call.world.mailboxes[&self.user.id]
    }

    /// The calendar that a path means, and how much of it is shown.
    ///
    /// # Errors
    /// 404, 400 for the id; 403 `ErrorAccessDenied` where the owner does not allow what is wanted.
    pub fn calendar(&self, call: &Call<'_>, name: &CalendarName) -> Result<(FolderNumber, Sight), Refusal> {
        let mailbox = self.mailbox(call);
        let number = match name {
            CalendarName::Default => mailbox.agenda().default_calendar(),
            CalendarName::Id(id) => mailbox.find_calendar(id).map_err(refusal)?,
        };
        Ok((number, self.sight(call, number)?))
    }

    /// How much of a calendar is shown.
    ///
    /// # Errors
    /// 403 `ErrorAccessDenied`.
    pub fn sight(&self, call: &Call<'_>, number: FolderNumber) -> Result<Sight, Refusal> {
        let Some(guest) = &self.guest else { return Ok(Sight::All) };
        let calendar = self.mailbox(call).agenda().calendar(number).ok_or_else(denied)?;
        let role = role(call, &self.user, calendar, guest);
        match role {
            CalendarRole::DelegateWithPrivateEventAccess => Ok(Sight::All),
            CalendarRole::DelegateWithoutPrivateEventAccess | CalendarRole::Write => Ok(Sight::Details),
            CalendarRole::Read if self.wish != Wish::Write => Ok(Sight::Details),
            CalendarRole::LimitedRead if self.wish != Wish::Write => Ok(Sight::Titles),
            _ => Err(denied()),
        }
    }
}

/// What a user may do with a calendar of another.
pub fn role(call: &Call<'_>, owner: &User, calendar: &Calendar, guest: &str) -> CalendarRole {
    if call.world.directory.may_open(guest, &owner.id) {
        return CalendarRole::DelegateWithPrivateEventAccess;
    }
    let names = call.world.directory.user(guest).map(User::names).unwrap_or_default();
    let own = calendar
        .permissions
        .iter()
        .find(|permission| permission.address.as_ref().is_some_and(|address| names.iter().any(|name| name.eq_ignore_ascii_case(address))));
    let everybody = || calendar.permissions.iter().find(|permission| permission.address.is_none());
    own.or_else(everybody).map_or(CalendarRole::None, |permission| permission.role)
}
