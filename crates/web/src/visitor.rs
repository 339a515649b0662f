//! The visitor of a page: whoever is signed in, with what they may see. Pages that show mail read through their
//! [`Sight`], as the API does, so that no page shows what the API would not.

use api::access::{Asker, Scope, Sight};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use model::id::{MailboxId, WorkspaceId};
use model::mailbox::Mailbox;

use crate::failure::Failure;
use crate::introduce::asker_of;
use crate::session::{Fields, OwnForm, Refused, SignedIn};
use crate::state::State;
use crate::view::frame::Viewer;

/// Whoever is signed in and may read.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// As the audit names them.
    pub actor: String,
    /// What the session's forms repeat.
    pub csrf: String,
    /// As the API knows them.
    pub asker: Asker,
    /// What they may see.
    pub sight: Sight,
}

/// A form that somebody who may change things by hand has sent from a page of ours.
#[derive(Debug)]
pub struct VisitorForm {
    /// Who sent it.
    pub by: Visitor,
    /// Its fields; of several with one name, the last.
    pub fields: Fields,
}

impl Visitor {
    async fn of(state: &State, signed_in: SignedIn) -> Result<Self, Failure> {
        let asker = asker_of(&signed_in);
        asker.may(Scope::Read)?;
        let sight = Sight::of(&state.db, &asker).await?;
        Ok(Visitor { workspace: signed_in.workspace, actor: signed_in.actor(), csrf: signed_in.csrf, asker, sight })
    }

    /// Whether they keep this mailbox: an administrator, or its own person.
    pub fn keeps(&self, mailbox: MailboxId) -> bool {
        self.asker.is_administrator() || self.sight.is_own(mailbox)
    }

    /// Whether they may change at Microsoft what is in this mailbox, and how it is arranged.
    pub fn changes(&self, mailbox: &Mailbox) -> bool {
        self.asker.may(Scope::MailWrite).is_ok() && self.asker.may_send_as(mailbox, self.sight.level(mailbox.id))
    }

    /// Goes on only for those who keep this mailbox.
    ///
    /// # Errors
    /// 403 for anybody else.
    pub fn must_keep(&self, mailbox: MailboxId) -> Result<(), Failure> {
        if self.keeps(mailbox) { Ok(()) } else { Err(Failure::administrators_only()) }
    }
}

impl Viewer for Visitor {
    fn csrf(&self) -> &str {
        &self.csrf
    }

    fn is_administrator(&self) -> bool {
        self.asker.is_administrator()
    }
}

impl FromRequestParts<State> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refused> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        Ok(Visitor::of(state, signed_in).await?)
    }
}

impl FromRequest<State> for VisitorForm {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &State) -> Result<Self, Refused> {
        let OwnForm { signed_in, fields } = OwnForm::from_request(request, state).await?;
        let by = Visitor::of(state, signed_in).await?;
        by.asker.may(Scope::Write)?;
        Ok(VisitorForm { by, fields })
    }
}
