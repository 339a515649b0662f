//! One call of Graph as its handlers see it.

use super::access::{self, Level};
use super::config::GraphConfig;
use super::options::Options;
use super::path::GraphPath;
use super::prefer::Preferences;
use crate::directory::User;
use crate::mailbox::Mailbox;
use crate::{Caller, Refusal, Request, World};

/// Whose mailbox a path addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// `/me`
    Me,
    /// `/users/{id or name}`
    User(String),
}

/// A call, read and not yet answered.
#[derive(Debug)]
pub struct Call<'a> {
    /// Everything there is.
    pub world: &'a mut World,
    /// The request.
    pub request: &'a Request,
    /// Who calls.
    pub caller: &'a Caller,
    /// The path.
    pub path: GraphPath,
    /// The query options.
    pub options: Options,
    /// The `Prefer` header.
    pub prefer: Preferences,
}

/// A mailbox that the caller may read.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// Whose it is.
    pub user: &'a User,
    /// The mailbox.
    pub mailbox: &'a Mailbox,
    /// How much of a message the caller may see.
    pub level: Level,
}

impl Call<'_> {
    /// The settings.
    pub fn config(&self) -> &GraphConfig {
        &self.world.config.graph
    }

    /// The address up to and with the version, which links begin with.
    pub fn root(&self) -> String {
        format!("{}/{}", self.request.origin, self.path.version)
    }

    /// `@odata.context` for what follows the `#`.
    pub fn context(&self, what: &str) -> String {
        format!("{}/$metadata#{what}", self.root())
    }

    /// How the path of a link names the owner.
    pub fn owner_path(&self, owner: &Owner) -> String {
        match owner {
            Owner::Me => "me".to_owned(),
            Owner::User(name) => format!("users('{}')", encode_key(name)),
        }
    }

    /// How a context names the owner: by the name in the path, for `/me` by the sign-in name.
    pub fn owner_context(&self, owner: &Owner) -> String {
        let name = match owner {
            Owner::User(name) => name.clone(),
            Owner::Me => {
                let user = self.caller.user.as_deref().and_then(|id| self.world.directory.user(id));
                user.map(|user| user.user_principal_name.clone()).unwrap_or_default()
            }
        };
        format!("users('{}')", encode_key(&name))
    }

    /// Opens the mailbox for reading.
    ///
    /// # Errors
    /// 400, 403 or 404 as Graph says them; see [`access`].
    pub fn open(&self, owner: &Owner) -> Result<Opened<'_>, Refusal> {
        access::open(self.world, self.caller, owner)
    }
}

/// Encodes a key within quotes in a link or a context.
pub fn encode_key(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for letter in key.chars() {
        match letter {
            '\'' => out.push_str("''"),
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '~' => out.push(letter),
            other => {
                let mut bytes = [0; 4];
                for byte in other.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    out
}
