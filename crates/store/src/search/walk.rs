//! A walk back in time through the index, window by window. Only for PostgreSQL.

use model::id::MessageId;

use super::candidate::{self, Bounds};
use super::window::Window;
use crate::db::Db;
use crate::error::StoreError;

/// The most messages of all workspaces in the first windows of more than a day, and how much that can grow from one to the
/// next. What lies behind a stretch without mail could otherwise be a window full of matches of which few are wanted.
const MESSAGES_MAX: usize = 1024;
const GROWTH: usize = 4;
/// How much it can grow where there were matches, so that it is known how rare they are.
const GROWTH_KNOWN: usize = 16;
/// For each match that is wanted so many messages may be looked at from the beginning.
const MESSAGES_A_MATCH: usize = 2;
/// Counting more would cost more than it saves: behind so many messages with hardly a match there will not be many either.
const COUNTED_MAX: usize = 16_384;

/// Where a walk stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    window: Option<Window>,
    messages_max: usize,
    /// How many messages are in the window, where that is known.
    messages: Option<usize>,
    /// Whether the last window had no match.
    silent: bool,
}

impl Walk {
    /// A walk that begins at the newest message within bounds.
    pub(super) async fn begin(db: &Db, bounds: Bounds) -> Result<Self, StoreError> {
        let newest = candidate::after_newest(db, bounds, 0).await?;
        Ok(Walk { window: newest.map(Window::day_of), messages_max: MESSAGES_MAX, messages: None, silent: false })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.window.is_none()
    }

    /// The window to look at for `wanted` matches, and the bounds within it. `None` at the end.
    pub(super) async fn window(&mut self, db: &Db, bounds: Bounds, wanted: usize) -> Result<Option<(Window, Bounds)>, StoreError> {
        let Some(mut window) = self.window else { return Ok(None) };
        if self.silent {
            // Behind what had no match there may be a stretch without mail.
            let below = Bounds { floor: bounds.floor, below: bounds.below.min(window.ceiling()) };
            let Some(newest) = candidate::after_newest(db, below, 0).await? else {
                self.window = None;
                return Ok(None);
            };
            window = window.until(newest);
        }
        let most = self.messages_max.max(wanted * MESSAGES_A_MATCH);
        self.messages = None;
        if window.is_more_than_a_day() && self.messages_max <= COUNTED_MAX {
            let within = Bounds { floor: window.floor().max(bounds.floor), below: bounds.below };
            if let Some(message) = candidate::after_newest(db, within, most).await? {
                window = window.from(message);
                self.messages = Some(most);
            }
        }
        self.window = Some(window);
        Ok(Some((window, Bounds { floor: window.floor().max(bounds.floor), below: bounds.below })))
    }

    /// Goes on behind the window that gave `found`; `stopped_at` is the last of them if there may be more in it.
    pub(super) fn go_on(&mut self, bounds: Bounds, found: usize, stopped_at: Option<MessageId>, wanted: usize) {
        let Some(window) = self.window else { return };
        self.silent = found == 0;
        let more = stopped_at.is_some() || window.floor() > bounds.floor;
        self.window = window.next(found, stopped_at, wanted).filter(|_| more);
        if let Some(messages) = self.messages.filter(|_| stopped_at.is_none()) {
            self.messages_max = match (messages * wanted * 5 / 4).checked_div(found) {
                Some(needed) => needed.clamp(MESSAGES_MAX, messages * GROWTH_KNOWN),
                None => messages * GROWTH,
            };
        }
    }
}
