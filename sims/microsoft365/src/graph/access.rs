//! Who may read which mailbox, and how much of it.
//!
//! Delegated tokens open the user's own mailbox, others' only with a `.Shared` scope and the mailbox's own
//! consent; application tokens open every mailbox of the tenant that the policy leaves them (reference:
//! Graph, sections 1.1, 1.5, 12.2, 12.3).

use super::call::{Opened, Owner};
use crate::directory::User;
use crate::{Caller, Refusal, World};

/// How much of a message a token shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Mail.ReadBasic: no bodies, no attachments.
    Basic,
    /// Mail.Read: everything.
    Full,
}

const OWN_FULL: [&str; 4] = ["Mail.Read", "Mail.ReadWrite", "Mail.Read.Shared", "Mail.ReadWrite.Shared"];
const OWN_BASIC: [&str; 2] = ["Mail.ReadBasic", "Mail.ReadBasic.Shared"];
const SHARED_FULL: [&str; 2] = ["Mail.Read.Shared", "Mail.ReadWrite.Shared"];
const SHARED_BASIC: [&str; 1] = ["Mail.ReadBasic.Shared"];
const APP_FULL: [&str; 2] = ["Mail.Read", "Mail.ReadWrite"];
const APP_BASIC: [&str; 2] = ["Mail.ReadBasic", "Mail.ReadBasic.All"];

/// Opens a mailbox for reading.
///
/// # Errors
/// 400 `BadRequest` for `/me` without a user, 404 `ErrorInvalidUser` or `MailboxNotEnabledForRESTAPI`, 403
/// `ErrorAccessDenied`.
pub fn open<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<Opened<'a>, Refusal> {
    let user = owner_user(world, caller, owner)?;
    let level = level(world, caller, user)?;
    let mailbox = world.mailboxes.get(&user.id).filter(|_| user.has_mailbox()).ok_or_else(|| {
        let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        Refusal::new(404, "MailboxNotEnabledForRESTAPI", message)
    })?;
    Ok(Opened { user, mailbox, level })
}

/// The user that a path means.
///
/// # Errors
/// 400 `BadRequest` for `/me` without a user, 404 `ErrorInvalidUser`.
pub fn owner_user<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<&'a User, Refusal> {
    let name = match (owner, &caller.user) {
        (Owner::User(name), _) => name,
        (Owner::Me, Some(user)) => user,
        (Owner::Me, None) => return Err(no_me()),
    };
    let found = world.directory.user(name).filter(|user| user.tenant_id == caller.tenant_id);
    found.ok_or_else(|| Refusal::new(404, "ErrorInvalidUser", format!("The requested user '{name}' is invalid.")))
}

/// The refusal of `/me` to an application.
pub fn no_me() -> Refusal {
    Refusal::new(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
}

/// The refusal of a mailbox or of a part of it.
pub fn denied() -> Refusal {
    Refusal::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
}

/// Opens a mailbox for writing messages: its user.
///
/// # Errors
/// As [`open`]; 403 `ErrorAccessDenied` without a permission to write.
pub fn open_to_write<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<&'a User, Refusal> {
    permitted(world, caller, owner, &["Mail.ReadWrite"], &["Mail.ReadWrite.Shared"])
}

/// Opens a mailbox for sending from it: its user.
///
/// # Errors
/// As [`open`]; 403 `ErrorAccessDenied` without a permission to send.
pub fn open_to_send<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<&'a User, Refusal> {
    permitted(world, caller, owner, &["Mail.Send"], &["Mail.Send.Shared"])
}

/// Opens a mailbox to see its settings and rules: its user. No scope opens those of another's mailbox.
///
/// # Errors
/// As [`open`]; 403 `ErrorAccessDenied` without the permission.
pub fn open_settings<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<&'a User, Refusal> {
    permitted(world, caller, owner, &["MailboxSettings.Read", "MailboxSettings.ReadWrite"], &[])
}

/// Opens a mailbox to change its settings and rules: its user.
///
/// # Errors
/// As [`open_settings`].
pub fn open_to_set<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<&'a User, Refusal> {
    permitted(world, caller, owner, &["MailboxSettings.ReadWrite"], &[])
}

/// Opens a mailbox as the one whose user asks about others.
///
/// # Errors
/// As [`open`]; 403 `ErrorAccessDenied` without the permission.
pub fn open_for_tips<'a>(world: &'a World, caller: &Caller, owner: &Owner) -> Result<&'a User, Refusal> {
    permitted(
        world,
        caller,
        owner,
        &["Mail.Read", "Mail.ReadWrite"],
        &["MailTips.ReadBasic.Shared", "Mail.Read.Shared", "Mail.ReadWrite.Shared"],
    )
}

/// Opens a mailbox's contacts: its user.
///
/// # Errors
/// As [`open`]; 403 `ErrorAccessDenied` without the permission.
pub fn open_contacts<'a>(world: &'a World, caller: &Caller, owner: &Owner, to_write: bool) -> Result<&'a User, Refusal> {
    match to_write {
        true => permitted(world, caller, owner, &["Contacts.ReadWrite"], &["Contacts.ReadWrite.Shared"]),
        false => permitted(
            world,
            caller,
            owner,
            &["Contacts.Read", "Contacts.ReadWrite"],
            &["Contacts.Read.Shared", "Contacts.ReadWrite.Shared"],
        ),
    }
}

/// Opens one's own mailbox, or any as an application, with one of these permissions: its user.
///
/// # Errors
/// As [`open`]; 403 `ErrorAccessDenied` without the permission.
pub fn open_own<'a>(world: &'a World, caller: &Caller, owner: &Owner, scopes: &[&str]) -> Result<&'a User, Refusal> {
    permitted(world, caller, owner, scopes, &[])
}

/// (reference: Graph, section 12.2): the user's own mailbox, another's by a `.Shared` scope, any by an application's role.
fn permitted<'a>(world: &'a World, caller: &Caller, owner: &Owner, own: &[&str], shared: &[&str]) -> Result<&'a User, Refusal> {
    let user = owner_user(world, caller, owner)?;
    let holds = |names: &[&str]| names.iter().any(|name| caller.holds(name));
    let may = match &caller.user {
        None => holds(own),
        Some(caller_id) if *caller_id == user.id => holds(own) || holds(shared),
        Some(caller_id) => world.directory.may_open(caller_id, &user.id) && holds(shared),
    };
    if !may {
        return Err(denied());
    }
    if world.mailboxes.contains_key(&user.id) && user.has_mailbox() {
        return Ok(user);
    }
    let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
    Err(Refusal::new(404, "MailboxNotEnabledForRESTAPI", message))
}

fn level(world: &World, caller: &Caller, user: &User) -> Result<Level, Refusal> {
    let (full, basic): (&[&str], &[&str]) = match &caller.user {
        None => (&APP_FULL, &APP_BASIC),
        Some(own) if *own == user.id => (&OWN_FULL, &OWN_BASIC),
        Some(own) if world.directory.may_open(own, &user.id) => (&SHARED_FULL, &SHARED_BASIC),
        Some(_) => (&[], &[]),
    };
    let holds = |names: &[&str]| names.iter().any(|name| caller.holds(name));
    match () {
        () if holds(full) => Ok(Level::Full),
        () if holds(basic) => Ok(Level::Basic),
        () => Err(denied()),
    }
}
