//! The web side: the connect flow, what Microsoft calls, and the console.
//!
//! It reads the store and marks work due; it waits for Microsoft only where a person connects a mailbox or asks for a file.

pub mod administrator;
mod assets;
mod caller;
pub mod connect;
mod console;
mod cookie;
mod embed;
mod failure;
mod feed;
mod headers;
mod health;
mod hooks;
mod host;
mod introduce;
mod measure;
mod router;
pub use api::sanitise;
mod secrets;
mod session;
mod settings;
mod sign_in;
mod state;
mod throttle;
mod tracking;
mod view;
mod visitor;

pub use api::Settings as ApiSettings;
pub use failure::Failure;
pub use router::{router, serve};
pub use settings::{Application, Delegated, Settings, WhatsApp};
pub use sign_in::SignInLinks;
pub use state::{Metrics, State};
