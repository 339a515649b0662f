//! Changing mail: one message from its page, many from their folder's. Everything goes by the API's instructions; what is wanted
//! shows at once, what Microsoft refused goes back to how it is, and says so.

mod many;
mod one;

pub use many::{begin, many, many_live};
pub use one::{instruct, live, part};

use serde_json::{Value, json};

use crate::console::deed::wrong_field;
use crate::failure::Failure;
use crate::session::Fields;

/// What a form wants done, as the API reads it.
///
/// # Errors
/// 400 if the form names nothing of the kind.
fn wanted(fields: &Fields) -> Result<Value, Failure> {
    let category = |name: &str| {
        let names: Vec<&str> = fields.text(name).split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        json!(names)
    };
    Ok(match fields.text("wanted") {
        "read" => json!({"is_read": true}),
        "unread" => json!({"is_read": false}),
        "flag" => json!({"flag": "flagged"}),
        "complete" => json!({"flag": "complete"}),
        "unflag" => json!({"flag": "notFlagged"}),
        "categorise" => json!({"add_categories": category("category")}),
        "uncategorise" => json!({"remove_categories": category("category")}),
        "move" => json!({"move_to": fields.text("folder")}),
        "copy" => json!({"copy_to": fields.text("folder")}),
        "delete" => json!({"delete": "to_deleted_items"}),
        "delete_permanently" => json!({"delete": "permanently"}),
        _ => {
            let action = "Go back, reload the page and choose again.";
            return Err(wrong_field("It is not clear what shall be done.", "The form named nothing that can be done.", action));
        }
    })
}
