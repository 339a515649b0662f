//! The directory's tables and the look-ups over them.

use std::collections::{BTreeMap, HashMap};

use super::{App, Consents, Tenant, User, UserKind};

/// Tenants, users, apps and consents.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// The tenants, the default one first.
    pub tenants: Vec<Tenant>,
    users: BTreeMap<String, User>,
    names: HashMap<String, String>,
    apps: BTreeMap<String, App>,
    /// Who consented to what.
    pub consents: Consents,
}

impl Directory {
    /// The tenant of a path word that is a GUID or a domain.
    pub fn tenant(&self, word: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.is_named(word))
    }

    /// The tenant that a simulator starts with.
    pub fn home(&self) -> &Tenant {
        self.tenants.first().expect("a directory is made with a tenant")
    }

    /// Adds or replaces a user.
    pub fn put_user(&mut self, user: User) {
        self.remove_user(&user.id.clone());
        for name in names_of(&user) {
            self.names.insert(name, user.id.clone());
        }
        self.users.insert(user.id.clone(), user);
    }

    /// Removes a user by object id.
    pub fn remove_user(&mut self, id: &str) -> Option<User> {
        let user = self.users.remove(id)?;
        for name in names_of(&user) {
            self.names.remove(&name);
        }
        Some(user)
    }

    /// The user of an object id, a sign-in name, an address or an alias, in any case.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name).or_else(|| self.names.get(&name.to_lowercase()).and_then(|id| self.users.get(id)))
    }

    /// Changes a user; its names are indexed again afterwards. False if there is none.
    pub fn change_user(&mut self, name: &str, change: impl FnOnce(&mut User)) -> bool {
        let Some(mut user) = self.user(name).cloned() else { return false };
        self.remove_user(&user.id.clone());
        change(&mut user);
        self.put_user(user);
        true
    }

    /// All users by object id.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// Adds or replaces an app registration.
    pub fn put_app(&mut self, app: App) {
        self.apps.insert(app.id.to_lowercase(), app);
    }

    /// The app registration of a client id.
    pub fn app(&self, id: &str) -> Option<&App> {
        self.apps.get(&id.to_lowercase())
    }

    /// The app registration of a client id, to change it.
    pub fn app_mut(&mut self, id: &str) -> Option<&mut App> {
        self.apps.get_mut(&id.to_lowercase())
    }

    /// All app registrations by client id.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.apps.values()
    }

    /// Whether a signed-in user may open that mailbox: their own, or one that names them as its delegate.
    pub fn may_open(&self, user: &str, mailbox: &str) -> bool {
        user == mailbox || self.users.get(mailbox).is_some_and(|owner| owner.delegates.iter().any(|delegate| delegate == user))
    }

    /// Whether the tenant's policy lets an app's application permissions reach that mailbox (reference: identity, 4.5).
    pub fn app_reaches(&self, app: &str, mailbox: &str) -> bool {
        let scope = self.app(app).and_then(|app| app.mailbox_scope.as_ref());
        scope.is_none_or(|scope| scope.iter().any(|id| id == mailbox))
    }

    /// The shared mailboxes.
    pub fn shared_mailboxes(&self) -> impl Iterator<Item = &User> {
        self.users().filter(|user| user.kind == UserKind::Shared)
    }
}

fn names_of(user: &User) -> Vec<String> {
    user.names().iter().map(|name| name.to_lowercase()).collect()
}
