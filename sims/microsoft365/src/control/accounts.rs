//! Users and mailboxes: made, changed, removed, revoked.

use serde::{Deserialize, Serialize};

use super::{Control, ControlError};
use crate::directory::{Tenant, User, UserKind};
use crate::mailbox::Mailbox;
use crate::world::World;

/// A user to be made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct NewUser {
    /// Sign-in name and primary address.
    pub user_principal_name: String,
    /// Full name; the address's local part if empty.
    pub display_name: String,
    /// Object id; drawn if `None`.
    pub id: Option<String>,
    /// The tenant; the default one if `None`.
    pub tenant_id: Option<String>,
    /// A shared mailbox: nobody signs in as it.
    pub shared: bool,
    /// Without a mailbox (and without an address).
    pub without_mailbox: bool,
    /// It may consent for the tenant.
    pub is_administrator: bool,
    /// Who may open the mailbox with their own sign-in: object ids or addresses of users that exist.
    pub delegates: Vec<String>,
    /// Further addresses.
    pub aliases: Vec<String>,
    /// For example `Head of Sales`.
    pub job_title: Option<String>,
}

impl NewUser {
    /// A person with a mailbox.
    pub fn person(address: &str, display_name: &str) -> Self {
        Self { user_principal_name: address.to_owned(), display_name: display_name.to_owned(), ..Self::default() }
    }

    /// A shared mailbox that these users may open.
    pub fn shared(address: &str, display_name: &str, delegates: &[&str]) -> Self {
        let delegates = delegates.iter().map(|name| (*name).to_owned()).collect();
        Self { shared: true, delegates, ..Self::person(address, display_name) }
    }
}

impl Control {
    /// Makes a user, with a mailbox unless told otherwise.
    ///
    /// # Errors
    /// [`ControlError::Bad`] if the name is taken or no address, [`ControlError::NotFound`] for a delegate or a tenant.
    pub fn create_user(&self, new: NewUser) -> Result<User, ControlError> {
        let mut world = self.sim.world();
        if !new.user_principal_name.contains('@') {
            return Err(ControlError::Bad(format!("userPrincipalName must be an address, not '{}'", new.user_principal_name)));
        }
        if world.directory.user(&new.user_principal_name).is_some() {
            return Err(ControlError::Bad(format!("{} is taken", new.user_principal_name)));
        }
        let user = user_of(&mut world, new)?;
        if user.has_mailbox() {
            add_mailbox(&mut world, &user.id);
        }
        world.directory.put_user(user.clone());
        Ok(user)
    }

    /// A user by object id or any address.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn user(&self, name: &str) -> Result<User, ControlError> {
        self.sim.world().directory.user(name).cloned().ok_or_else(|| ControlError::NotFound(name.to_owned()))
    }

    /// All users, by object id.
    pub fn users(&self) -> Vec<User> {
        self.sim.world().directory.users().cloned().collect()
    }

    /// Changes a user: sign-in state, delegates, addresses, ...
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn change_user(&self, name: &str, change: impl FnOnce(&mut User)) -> Result<User, ControlError> {
        let mut world = self.sim.world();
        if !world.directory.change_user(name, change) {
            return Err(ControlError::NotFound(name.to_owned()));
        }
        world.directory.user(name).cloned().ok_or_else(|| ControlError::NotFound(name.to_owned()))
    }

    /// Removes a user and the mailbox.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn delete_user(&self, name: &str) -> Result<(), ControlError> {
        let mut world = self.sim.world();
        let id = world.directory.user(name).map(|user| user.id.clone()).ok_or_else(|| ControlError::NotFound(name.to_owned()))?;
        world.directory.remove_user(&id);
        world.mailboxes.remove(&id);
        Ok(())
    }

    /// Ends every sign-in of a user: refresh tokens issued before now are refused (AADSTS50173). False without such a user.
    pub fn revoke_sessions(&self, user: &str) -> bool {
        let mut world = self.sim.world();
        // One second on: a token of this very second must not survive.
        let from = world.now() + std::time::Duration::from_millis(1);
        world.directory.change_user(user, |user| user.tokens_valid_from = Some(from))
    }

    /// Takes an app's consent back: one user's, or with `None` everybody's and the application permissions (AADSTS65001).
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn withdraw_consent(&self, app: &str, user: Option<&str>) -> Result<(), ControlError> {
        let mut world = self.sim.world();
        let of_user = match user {
            Some(name) => Some(world.directory.user(name).cloned().ok_or_else(|| ControlError::NotFound(name.to_owned()))?),
            None => None,
        };
        let tenant = of_user.as_ref().map_or_else(|| world.directory.home().id.clone(), |user| user.tenant_id.clone());
        world.directory.consents.withdraw(&tenant, app, of_user.as_ref().map(|user| user.id.as_str()));
        Ok(())
    }

    /// Gives consent: delegated scopes for one user or (with `None`) everybody, application permissions for the tenant.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn consent(&self, app: &str, user: Option<&str>, scopes: Vec<String>, roles: Vec<String>) -> Result<(), ControlError> {
        let mut world = self.sim.world();
        let of_user = match user {
            Some(name) => Some(world.directory.user(name).cloned().ok_or_else(|| ControlError::NotFound(name.to_owned()))?),
            None => None,
        };
        let tenant = of_user.as_ref().map_or_else(|| world.directory.home().id.clone(), |user| user.tenant_id.clone());
        if !scopes.is_empty() {
            world.directory.consents.grant_scopes(&tenant, app, of_user.as_ref().map(|user| user.id.as_str()), scopes);
        }
        if !roles.is_empty() {
            world.directory.consents.grant_roles(&tenant, app, roles);
        }
        Ok(())
    }

    /// Adds a tenant.
    pub fn create_tenant(&self, tenant: Tenant) {
        self.sim.world().directory.tenants.push(tenant);
    }

    /// Changes the tenant that the simulator started with.
    pub fn change_home_tenant(&self, change: impl FnOnce(&mut Tenant)) {
        if let Some(tenant) = self.sim.world().directory.tenants.first_mut() {
            change(tenant);
        }
    }
}

fn user_of(world: &mut World, new: NewUser) -> Result<User, ControlError> {
    let tenant = match &new.tenant_id {
        Some(id) => id.clone(),
        None => world.directory.home().id.clone(),
    };
    let known = tenant == crate::directory::tenant::PERSONAL_TENANT || world.directory.tenant(&tenant).is_some();
    if !known {
        return Err(ControlError::NotFound(tenant));
    }
    let mut delegates = Vec::new();
    for name in &new.delegates {
        let found = world.directory.user(name).ok_or_else(|| ControlError::NotFound(name.clone()))?;
        delegates.push(found.id.clone());
    }
    let id = new.id.unwrap_or_else(|| world.ids.guid());
    let local = new.user_principal_name.split('@').next().unwrap_or_default();
    let name = if new.display_name.is_empty() { local } else { &new.display_name };
    let created = world.now();
    let mut user = if new.shared {
        User::shared(id, &tenant, &new.user_principal_name, name, created)
    } else {
        User::person(id, &tenant, &new.user_principal_name, name, created)
    };
    user.delegates = delegates;
    user.aliases = new.aliases;
    user.is_administrator = new.is_administrator && user.kind != UserKind::Shared;
    if new.without_mailbox {
        user.mail = None;
    }
    if let Some(title) = new.job_title {
        user.properties.insert("jobTitle".to_owned(), title.into());
    }
    Ok(user)
}

fn add_mailbox(world: &mut World, user: &str) {
    let number = (u128::from(world.ids.next_u64()) << 64) | u128::from(world.ids.next_u64());
    let mailbox = Mailbox::new(number, world.config.graph.mailbox_rules(), world.now());
    world.mailboxes.insert(user.to_owned(), mailbox);
}
