//! How pages look: the frame around them, the pieces they share, and the few pages that need no database.

pub mod address;
pub mod connected_page;
pub mod curl;
pub mod format;
pub mod frame;
pub mod keys_page;
pub mod mailbox_state;
pub mod marked;
pub mod message_list;
pub mod once;
pub mod place;
pub mod plain_text;
pub mod problem_page;
pub mod sign_in_page;
pub mod text;
