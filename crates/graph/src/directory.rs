//! The directory: who somebody is.
//!
//! `GET /me` and `GET /users/{id or principal name}` (graph.md 10). The object id is what to keep: the principal
//! name is for signing in, can change and may not be an address; `mail` is the primary address and may be null;
//! the other addresses are in `proxyAddresses` (`SMTP:` the primary, `smtp:` the rest, the prefix's case alone
//! telling them apart), which a directory permission is needed to read for others.

use base::Secret;
use serde::Deserialize;

use crate::access::{Access, GrantKey, Lane};
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::path::ResourcePath;

const SELECT: &str = "id,displayName,mail,userPrincipalName";

/// A user, or a shared mailbox, which is a user too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DirectoryUser {
    /// The object id.
    pub id: String,
    /// The name to show.
    pub display_name: Option<String>,
    /// The primary address.
    pub mail: Option<String>,
    /// The name to sign in with.
    pub user_principal_name: Option<String>,
    /// All addresses with their prefixes; absent unless asked for.
    pub proxy_addresses: Option<Vec<String>>,
}

impl DirectoryUser {
    /// The address to show: the primary one, else the principal name if it has the form of one.
    pub fn address(&self) -> Option<&str> {
        let principal = self.user_principal_name.as_deref().filter(|name| name.contains('@') && !name.contains("#EXT#"));
        self.mail.as_deref().filter(|mail| !mail.is_empty()).or(principal)
    }

    /// All e-mail addresses, the primary one first.
    pub fn addresses(&self) -> Vec<&str> {
        let proxies = self.proxy_addresses.iter().flatten();
        let mut proxied: Vec<&str> = proxies.filter(|proxy| has_smtp_prefix(proxy)).map(|proxy| &proxy[5..]).collect();
        if let Some(primary) = self.address() {
            proxied.retain(|address| !address.eq_ignore_ascii_case(primary));
            proxied.insert(0, primary);
        }
        proxied
    }
}

fn has_smtp_prefix(proxy: &str) -> bool {
    proxy.get(..5).is_some_and(|prefix| prefix.eq_ignore_ascii_case("smtp:"))
}

/// The user of an access: of `/me`, whoever signed in.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when there is no such user.
pub async fn user(client: &Client, access: &Access) -> Result<DirectoryUser, GraphError> {
    read(client, access, SELECT).await
}

/// Whose a token is that no grant keeps yet, as Graph says.
///
/// # Errors
/// [`GraphError`]; `Refuse` (403) without `User.Read`.
pub async fn bearer(client: &Client, token: &Secret<String>) -> Result<DirectoryUser, GraphError> {
    let access = Access::me(GrantKey::new("bearer"), Lane::Interactive);
    let call = Call::get(ResourcePath::user(&access.user).query("$select", SELECT));
    client.call_bearing(token, &access, &call).await?.json()
}

/// The user of an access with all addresses. It takes a permission to read the directory.
///
/// # Errors
/// [`GraphError`]; `Refuse` (403) without the permission.
pub async fn user_with_addresses(client: &Client, access: &Access) -> Result<DirectoryUser, GraphError> {
    read(client, access, "id,displayName,mail,userPrincipalName,proxyAddresses").await
}

async fn read(client: &Client, access: &Access, select: &str) -> Result<DirectoryUser, GraphError> {
    client.call(access, Call::get(ResourcePath::user(&access.user).query("$select", select))).await?.json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_address_comes_first_and_only_once() {
        let user: DirectoryUser = serde_json::from_str(
            r#"{"id":"1","mail":"A@x.example","userPrincipalName":"a@x.example","proxyAddresses":["smtp:b@x.example","SMTP:a@x.example","X500:/o=x"]}"#,
        )
        .unwrap();
        assert_eq!(user.addresses(), ["A@x.example", "b@x.example"]);
    }

    #[test]
    fn a_guest_without_mail_has_no_address() {
        let user: DirectoryUser =
            serde_json::from_str(r##"{"id":"1","mail":null,"userPrincipalName":"a_x.example#EXT#@y.onmicrosoft.com"}"##).unwrap();
        assert_eq!(user.address(), None);
    }
}
