//! Files that are being uploaded into drafts, range by range (reference: Graph, section 3.7).

use std::collections::HashMap;

use jiff::Timestamp;

/// Uploads that are under way, by the token in their address.
pub type Uploads = HashMap<String, Upload>;

/// A file that is being uploaded.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The mailbox, by object id.
    pub user: String,
    /// Which application began it.
    pub app: String,
    /// The draft, by its immutable id.
    pub message: String,
    /// The file's name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Whether the text shows it.
    pub is_inline: bool,
    /// What the text names it by.
    pub content_id: Option<String>,
    /// How large it will be.
    pub size: u64,
    /// What has come.
    pub bytes: Vec<u8>,
    /// Until when it can be gone on with.
    pub expires: Timestamp,
}
