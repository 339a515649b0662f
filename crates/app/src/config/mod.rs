//! Configuration: the only part of the product that reads files and the environment for settings.

mod cloud;
mod names;
mod read;
mod settings;
mod value;

pub use cloud::Cloud;
pub use names::{NAMES, Name};
pub use read::{Environment, Given, Notice, Values, read};
pub use settings::{
    Application, Database, Directory, Encryption, LogFormat, Logging, Microsoft, Refusal, Server, Settings, Sync, TenantKind,
};
