//! A mailbox as the outside reads it.

use base::Timestamp;
use model::mailbox::MailboxState;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;
use crate::access::{Asker, Level, Scope, Sight};

/// A mailbox that is mirrored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mailbox {
    /// Its id.
    #[schema(value_type = id::MailboxId)]
    pub id: model::id::MailboxId,
    /// Whose data it is.
    #[schema(value_type = id::WorkspaceId)]
    pub workspace: model::id::WorkspaceId,
    /// The connection through which it is reached.
    #[schema(value_type = id::ConnectionId)]
    pub connection: model::id::ConnectionId,
    /// Whose software keeps it: `microsoft`.
    pub provider: &'static str,
    /// The provider's id of the user that owns it.
    pub provider_id: String,
    /// Its address.
    pub address: String,
    /// Its name for people.
    pub name: String,
    /// `user` for a person's, `shared` for a team's.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// `syncing`, `live`, `stopped` or `disconnected`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub state_at: Timestamp,
    /// Why it stands still, if it does.
    pub problem: Option<Problem>,
    /// How much of its messages others than its own person may see: `metadata`, `subject` or `everything`.
    #[schema(value_type = String)]
    pub visibility: &'static str,
    /// How much of its messages you may see.
    pub shown: Level,
    /// Whether you may send mail from it.
    pub may_send: bool,
    /// When its first sync was complete.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_synced_at: Option<Timestamp>,
    /// When Microsoft last answered for it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_contact_at: Option<Timestamp>,
    /// When it was connected.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// What is wrong, in words for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Trouble)]
pub struct Problem {
    /// Stable, for programs.
    pub code: String,
    /// What happened.
    pub title: String,
    /// Why, as far as we know.
    pub detail: String,
    /// What to do next, and who can.
    pub action: String,
}

impl Problem {
    /// A problem as the outside reads it.
    pub fn of(problem: &base::Problem) -> Self {
        Problem { code: problem.code.clone(), title: problem.title.clone(), detail: problem.detail.clone(), action: problem.action.clone() }
    }
}

impl Mailbox {
    /// The mailbox, if any of it may be seen.
    pub fn of(mailbox: model::mailbox::Mailbox, asker: &Asker, sight: &Sight) -> Option<Self> {
        let shown = sight.level(mailbox.id);
        let is_open = mailbox.state != MailboxState::Disconnected;
        let may_send = is_open && asker.may(Scope::Send).is_ok() && asker.may_send_as(&mailbox, shown);
        (shown > Level::Nothing).then(|| Mailbox {
            id: mailbox.id,
            workspace: mailbox.workspace,
            connection: mailbox.connection,
            provider: "microsoft",
            provider_id: mailbox.graph_user_id,
            address: mailbox.address,
            name: mailbox.display_name,
            kind: mailbox.kind.name(),
            state: mailbox.state.name(),
            state_at: mailbox.state_at,
            problem: mailbox.problem.as_ref().map(Problem::of),
            visibility: mailbox.visibility.name(),
            shown,
            may_send,
            first_synced_at: mailbox.first_synced_at,
            last_contact_at: mailbox.last_contact_at,
            created_at: mailbox.created_at,
        })
    }
}
