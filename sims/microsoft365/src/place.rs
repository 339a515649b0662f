//! Where a request belongs: the control plane, the identity platform or Graph; and which mailbox it addresses.

use crate::request::Request;

/// The part of the simulator that answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/_sim/...`
    Control,
    /// Sign-in, tokens, metadata, keys.
    Identity,
    /// `/v1.0/...` and `/beta/...`
    Graph,
    /// `/api/v2.0/...`: ranges of upload sessions, which go to Outlook's own host.
    Upload,
}

impl Place {
    /// Where this path belongs; what is neither control plane nor Graph is the identity platform's.
    pub fn of(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        if first == "_sim" {
            Self::Control
        } else if first.eq_ignore_ascii_case("v1.0") || first.eq_ignore_ascii_case("beta") {
            Self::Graph
        } else if path.starts_with("/api/v2.0/") {
            Self::Upload
        } else {
            Self::Identity
        }
    }
}

/// The mailbox that a Graph path addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// `/me/...`
    Me,
    /// `/users/{name}/...`
    Named(String),
}

/// Whose mailbox this Graph path addresses; `None` for the directory and for subscriptions.
///
/// A user object itself (`/me`, `/users/{id}`) is the directory's, not the mailbox's.
pub fn mailbox_owner(request: &Request) -> Option<Owner> {
    let segments = request.segments();
    let root = segments.get(1)?.to_lowercase();
    let (owner, item) = if root == "me" {
        (Owner::Me, segments.get(2)?)
    } else if root == "users" {
        (Owner::Named(segments.get(2)?.clone()), segments.get(3)?)
    } else {
        let key = root.starts_with("users(").then(|| keyed(&segments[1])).flatten()?;
        (Owner::Named(key), segments.get(2)?)
    };
    let item = item.to_lowercase();
    let word = item.split('(').next().unwrap_or_default().trim_start_matches("microsoft.graph.");
    let of_directory =
        ["", "$value", "$ref", "manager", "directreports", "memberof", "transitivememberof", "revokesigninsessions", "getmembergroups"];
    (!of_directory.contains(&word)).then_some(owner)
}

/// The key of `users('key')`.
fn keyed(segment: &str) -> Option<String> {
    let inside = segment.split_once('(')?.1.strip_suffix(')')?;
    Some(inside.trim_matches('\'').replace("''", "'"))
}
