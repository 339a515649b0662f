//! Google: sign-in (OAuth 2.0 and OpenID Connect) and the People API's list of contacts (reference: integrations 5.1).

mod accounts;
mod authorize;
mod book;
mod connections;
mod generate;
mod handle;
mod id_token;
mod keys;
mod mask;
mod pages;
mod person;
mod photos;
pub(crate) mod router;
mod scopes;
pub(crate) mod state;
mod token;
mod userinfo;

pub use accounts::{Account, Client, NewAccount, Tokens};
pub use handle::{Google, NotThere};
pub use person::Person;
pub use scopes::{CONTACTS, CONTACTS_READONLY, EMAIL, OPENID, PROFILE};
