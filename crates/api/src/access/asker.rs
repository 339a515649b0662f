//! The asker: who asks, for which workspace, and what they may do there.

use axum::extract::FromRequestParts;
use http::request::Parts;
use model::id::{ApiKeyId, MailboxId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxKind};

use crate::access::{Level, Scope, Scopes};
use crate::failure::Failure;
use crate::state::State;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The administrator of this server, signed in to the console.
    Administrator,
    /// A program, by a key that was made for it.
    Key(ApiKeyId),
    /// A program, by the key that stands in the configuration.
    ConfiguredKey,
    /// A person, by a token of the configured issuer or by having signed in.
    Person {
        /// What the issuer calls them.
        subject: String,
        /// Their address, folded. Without a `user_id`, the mailbox of that address is their own.
        email: Option<String>,
        /// Microsoft's object id of whoever has signed in there: their mailbox is their own. An address in Microsoft's own
        /// tokens can be changed by its holder, so it is not what proves a mailbox to be theirs.
        user_id: Option<String>,
    },
}

/// Which mailboxes of the workspace an asker is confined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mailboxes {
    /// All there are.
    All,
    /// Only these.
    Only(Vec<MailboxId>),
}

impl Mailboxes {
    /// Whether this one is among them.
    pub fn hold(&self, mailbox: MailboxId) -> bool {
        match self {
            Mailboxes::All => true,
            Mailboxes::Only(some) => some.contains(&mailbox),
        }
    }
}

/// Who asks, for which workspace, and what they may do there.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Whose data.
    pub workspace: WorkspaceId,
    /// Who.
    pub who: Who,
    /// What they may do.
    pub scopes: Scopes,
    /// In which mailboxes.
    pub mailboxes: Mailboxes,
}

impl Asker {
    /// The administrator, who may do everything in `workspace`.
    pub fn administrator(workspace: WorkspaceId) -> Self {
        Asker { workspace, who: Who::Administrator, scopes: Scopes::ALL, mailboxes: Mailboxes::All }
    }

    /// Goes on only if the asker may do this.
    ///
    /// # Errors
    /// 403, naming the scope that is missing.
    pub fn may(&self, scope: Scope) -> Result<(), Failure> {
        if self.scopes.hold(scope) {
            return Ok(());
        }
        let detail = format!(
            "This needs the scope `{}`; you have: {}.",
            scope.name(),
            if self.scopes.is_empty() { "none".to_owned() } else { self.scopes.to_string() }
        );
        Err(Failure::forbidden("scope_missing", detail, "Ask an administrator for a key or a role with that scope."))
    }

    /// Whether mailboxes' visibility does not bind them: an administrator in person.
    pub fn is_administrator(&self) -> bool {
        match self.who {
            Who::Administrator => true,
            Who::Person { .. } => self.scopes.hold(Scope::Admin),
            Who::Key(_) | Who::ConfiguredKey => false,
        }
    }

    /// Their address, if they are a person who has one.
    pub fn email(&self) -> Option<&str> {
        match &self.who {
            Who::Person { email, .. } => email.as_deref(),
            _ => None,
        }
    }

    /// Whether the mailbox of this Microsoft user, at this address, is the asker's own.
    pub fn owns(&self, user_id: &str, address: &str) -> bool {
        match &self.who {
            Who::Person { user_id: Some(own), .. } => own == user_id,
            Who::Person { email: Some(email), .. } => email.eq_ignore_ascii_case(address),
            _ => false,
        }
    }

    /// Whether mail may leave this mailbox in the asker's name: a person sends from their own and from shared ones that they see
    /// whole, an administrator from shared ones, a program from those that its key is confined to. What Exchange allows
    /// beyond that, Exchange says. The scope is another question.
    pub fn may_send_as(&self, mailbox: &Mailbox, level: Level) -> bool {
        let shared = mailbox.kind == MailboxKind::Shared;
        match &self.who {
            Who::Key(_) | Who::ConfiguredKey => level > Level::Nothing,
            Who::Administrator => shared,
            Who::Person { .. } => self.owns(&mailbox.graph_user_id, &mailbox.address) || (shared && level == Level::Everything),
        }
    }

    /// Who asks, for the audit.
    pub fn actor(&self) -> String {
        match &self.who {
            Who::Administrator => "administrator".to_owned(),
            Who::Key(id) => id.to_string(),
            Who::ConfiguredKey => "configured key".to_owned(),
            Who::Person { subject, email, .. } => email.clone().unwrap_or_else(|| subject.clone()),
        }
    }

    /// What tells this asker from every other, for counting requests and keeping answers.
    pub fn identity(&self) -> String {
        match &self.who {
            Who::Administrator => format!("{}/administrator", self.workspace),
            Who::Key(id) => format!("{}/{id}", self.workspace),
            Who::ConfiguredKey => format!("{}/configured", self.workspace),
            Who::Person { subject, .. } => format!("{}/person/{subject}", self.workspace),
        }
    }
}

impl FromRequestParts<State> for Asker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &State) -> Result<Self, Failure> {
        let known = parts.extensions.get::<Asker>().cloned();
        known.ok_or_else(|| Failure::unrecognised("nobody_recognised", "The request brings neither a key, a token nor a session."))
    }
}
