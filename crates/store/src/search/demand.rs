//! Demands: what is wanted from the index for one group of mailboxes. Pure.

use model::id::MailboxId;

use super::expression::{self, Expression};
use super::window::Window;

/// What is wanted from the index.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// The place of the group of mailboxes for which it is asked.
    pub(super) group: usize,
    /// The mailboxes of the group, if they are few and named among what must stand.
    pub(super) mailboxes: Vec<MailboxId>,
    /// All of these must stand; at least one.
    pub(super) all: Vec<Expression>,
    /// None of these may.
    pub(super) none: Vec<Expression>,
}

impl Demand {
    /// The same, and this must stand too.
    pub(super) fn and(&self, expression: Expression) -> Self {
        let mut narrowed = self.clone();
        narrowed.all.push(expression);
        narrowed
    }

    /// The same within a window.
    pub(super) fn within(&self, window: Window) -> Self {
        self.and(Expression::Any(window.terms().into_iter().map(Expression::exactly).collect()))
    }

    /// In the language of the engine of this name.
    pub(super) fn write(&self, engine: &str) -> String {
        expression::write(engine, &self.all, &self.none)
    }
}
