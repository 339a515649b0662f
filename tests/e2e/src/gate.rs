//! The gate: where pieces of work wait until the test lets one of them go on.
//!
//! A piece waits before each request to Microsoft and before each commit. Only one piece runs between two waits, so the
//! order of everything that can be seen from outside is the test's, on both engines.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::Id;

/// What a piece of work is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Send a request.
    Request,
    /// Commit at this point.
    Commit(&'static str),
}

struct Parked {
    moment: Moment,
    piece: Option<Id>,
    go: oneshot::Sender<()>,
}

#[derive(Default)]
struct State {
    open: bool,
    parked: Vec<Parked>,
    running: HashSet<Id>,
}

/// A gate; clones are the same one.
#[derive(Clone, Default)]
pub struct Gate {
    state: Arc<Mutex<State>>,
    moved: Arc<Notify>,
}

/// How long pieces that are neither waiting at the gate nor done are given before they count as blocked by others.
const BLOCKED_AFTER: Duration = Duration::from_millis(60);

impl Gate {
    /// Waits to be let through; at once if the gate stands open, and for whoever is no piece of work.
    pub async fn pass(&self, moment: Moment) {
        let piece = tokio::task::try_id();
        let waiting = {
            let mut state = self.lock();
            if state.open || piece.is_none_or(|piece| !state.running.contains(&piece)) {
                return;
            }
            let (go, wait) = oneshot::channel();
            state.parked.push(Parked { moment, piece, go });
            wait
        };
        self.moved.notify_waiters();
        // A gate that is dropped lets everybody through: the world it stood in has ended.
        let _ = waiting.await;
    }

    /// Lets everybody through from now on, or not.
    pub fn stand_open(&self, open: bool) {
        let released = {
            let mut state = self.lock();
            state.open = open;
            if open { std::mem::take(&mut state.parked) } else { Vec::new() }
        };
        for parked in released {
            let _ = parked.go.send(());
        }
    }

    /// Notes that a piece has begun.
    pub fn begin(&self, piece: Id) {
        self.lock().running.insert(piece);
    }

    /// Notes that a piece is done.
    pub fn end(&self, piece: Id) {
        self.lock().running.remove(&piece);
        self.moved.notify_waiters();
    }

    /// How many pieces have begun and are not done.
    pub fn running(&self) -> usize {
        self.lock().running.len()
    }

    /// Lets the piece go on that waits in this place.
    pub fn release(&self, place: usize) -> Moment {
        let parked = self.lock().parked.remove(place);
        let _ = parked.go.send(());
        parked.moment
    }

    /// Forgets everybody: the world has ended.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.parked.clear();
        state.running.clear();
    }

    /// Waits until every piece waits at the gate, is done, or is kept waiting by another; `kept` says how many are known
    /// to be. Gives the number that wait at the gate.
    pub async fn settle(&self, kept: impl Fn() -> usize) -> usize {
        loop {
            let moved = self.moved.notified();
            tokio::task::yield_now().await;
            let (parked, unaccounted) = {
                let state = self.lock();
                let pieces: HashSet<Option<Id>> = state.parked.iter().map(|parked| parked.piece).collect();
                (state.parked.len(), state.running.len().saturating_sub(pieces.len()))
            };
            if unaccounted <= kept() || tokio::time::timeout(BLOCKED_AFTER, moved).await.is_err() {
                return parked;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
