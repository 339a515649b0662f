//! Arranging a mailbox: its folders, its rules, its settings. All goes by the API, which asks Microsoft while the person waits.

mod folder;
mod rules;
mod settings;

pub use folder::{delete_folder, folder, make_folder, move_folder, rename_folder};
pub use rules::{change_rule, make_rule, rules};
pub use settings::{reply, set, settings};

use crate::session::Fields;

/// What a field names, parted by commas.
fn list<'f>(fields: &'f Fields, name: &str) -> Vec<&'f str> {
    fields.text(name).split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}
