//! Configuration: the only part of the product that reads files and the environment for settings.

mod names;
mod place;
mod read;
mod settings;
mod value;

pub use names::{NAMES, Name, documented};
pub use read::{Environment, Given, Notice, Values, read};
pub use settings::{Application, Database, Directory, Encryption, LogFormat, Logging, Microsoft, Refusal, Server, Settings, Sync};
pub use value::is_loopback;
