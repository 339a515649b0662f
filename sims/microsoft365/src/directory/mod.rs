//! The directory: tenants, users, app registrations, and who consented to what.
//!
//! Plain data and pure rules; tokens, pages and HTTP are `identity`'s.

pub mod app;
pub mod consent;
pub mod fixture;
pub mod store;
pub mod tenant;
pub mod user;

pub use app::{App, Audience, Certificate, Platform, RedirectUri, Secret};
pub use consent::Consents;
pub use store::Directory;
pub use tenant::Tenant;
pub use user::{SignInState, User, UserKind};
