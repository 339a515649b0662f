//! Holders: which piece of work was the last to claim what, as the test knows it, whatever the database says. Whoever
//! was overtaken must not succeed in writing any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::Id;

/// Commits that nobody needs a lease for.
const FREE: [&str; 7] = ["connection.stop", "grant.rotate", "hints.ask", "hooks.notification", "mailbox.stop", "pull.ask", "work.claim"];

#[derive(Default)]
struct State {
    latest: HashMap<String, Id>,
    works_on: HashMap<Id, String>,
    wrong: Vec<String>,
}

/// Who holds what; clones are the same one.
#[derive(Clone, Default)]
pub struct Holders(Arc<Mutex<State>>);

impl Holders {
    /// Notes that a piece has claimed this work.
    pub fn claimed(&self, piece: Id, work: String) {
        let mut state = self.lock();
        state.latest.insert(work.clone(), piece);
        state.works_on.insert(piece, work);
    }

    /// Notes that a commit has succeeded, by the piece that runs now.
    pub fn committed(&self, name: &'static str) {
        let Some(piece) = tokio::task::try_id().filter(|_| !FREE.contains(&name)) else { return };
        let mut state = self.lock();
        let overtaken = state.works_on.get(&piece).filter(|work| state.latest.get(*work) != Some(&piece)).cloned();
        if let Some(work) = overtaken {
            state.wrong.push(format!("who had lost the lease of {work} still committed {name}"));
        }
    }

    /// Commits that should have been refused.
    pub fn wrong(&self) -> Vec<String> {
        self.lock().wrong.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
