//! Who consented to what: delegated scopes for a user or for everyone, application permissions for a tenant
//! (reference: identity, sections 1.9, 4.2).

use std::collections::{BTreeMap, BTreeSet};

/// The consents of the whole cloud.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consents {
    delegated: BTreeMap<(String, String, Option<String>), BTreeSet<String>>,
    roles: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Consents {
    /// Notes delegated scopes, for one user or (with `None`) for everyone in the tenant.
    pub fn grant_scopes(&mut self, tenant: &str, app: &str, user: Option<&str>, scopes: impl IntoIterator<Item = String>) {
        let key = (tenant.to_owned(), app.to_owned(), user.map(str::to_owned));
        self.delegated.entry(key).or_default().extend(scopes);
    }

    /// Notes application permissions.
    pub fn grant_roles(&mut self, tenant: &str, app: &str, roles: impl IntoIterator<Item = String>) {
        self.roles.entry((tenant.to_owned(), app.to_owned())).or_default().extend(roles);
    }

    /// The scopes this user and app have together: the user's own and everyone's.
    pub fn scopes(&self, tenant: &str, app: &str, user: &str) -> BTreeSet<String> {
        let find = |user: Option<&str>| self.delegated.get(&(tenant.to_owned(), app.to_owned(), user.map(str::to_owned)));
        find(Some(user)).into_iter().chain(find(None)).flatten().cloned().collect()
    }

    /// The application permissions this app has in the tenant.
    pub fn roles(&self, tenant: &str, app: &str) -> BTreeSet<String> {
        self.roles.get(&(tenant.to_owned(), app.to_owned())).cloned().unwrap_or_default()
    }

    /// Takes back what one user (or with `None` everyone, and the tenant's administrator) consented to.
    pub fn withdraw(&mut self, tenant: &str, app: &str, user: Option<&str>) {
        match user {
            Some(user) => {
                self.delegated.remove(&(tenant.to_owned(), app.to_owned(), Some(user.to_owned())));
            }
            None => {
                self.delegated.retain(|(of_tenant, of_app, _), _| of_tenant != tenant || of_app != app);
                self.roles.remove(&(tenant.to_owned(), app.to_owned()));
            }
        }
    }
}
