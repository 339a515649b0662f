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
/// For each match that is wanted so many messages may be looked at from the beginning: enough for a word in half of them.
const MESSAGES_A_MATCH: usize = 3;
/// Counting more would cost more than it saves: behind so many messages with hardly a match there will not be many either.
const COUNTED_MAX: usize = 16_384;

/// Where a walk stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    window: Option<Window>,
    /// The most messages in the next window.
    messages_max: usize,
    /// Whether these are as many as hold the wanted matches, going by the windows before.
    expected: bool,
    /// How many messages are in the window, where that is known.
    messages: Option<usize>,
    /// Whether the last window had no match.
    silent: bool,
}

impl Walk {
    /// A walk that begins at the newest message within bounds.
    pub(super) async fn begin(db: &Db, bounds: Bounds) -> Result<Self, StoreError> {
        let newest = candidate::after_newest(db, bounds, 0).await?;
        Ok(Walk { window: newest.map(Window::day_of), messages_max: MESSAGES_MAX, expected: false, messages: None, silent: false })
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
        let least = if self.expected { 0 } else { wanted * MESSAGES_A_MATCH };
        let most = self.messages_max.max(least);
        let countable = self.messages_max <= COUNTED_MAX.max(wanted * MESSAGES_A_MATCH);
        if self.expected && countable {
            // Days differ in how much mail they have: the count says where the window begins.
            window = window.longest();
        }
        let within = |window: Window| Bounds { floor: window.floor().max(bounds.floor), below: bounds.below };
        self.messages = None;
        if !window.is_more_than_a_day() {
            if wanted > MESSAGES_MAX {
                self.messages = candidate::count(db, within(window), COUNTED_MAX).await?;
            }
        } else if countable && let Some(message) = candidate::after_newest(db, within(window), most).await? {
            window = window.from(message);
            self.messages = Some(most);
        }
        self.window = Some(window);
        Ok(Some((window, within(window))))
    }

    /// Goes on behind the window that gave `found`; `stopped_at` is the last of them if there may be more in it.
    pub(super) fn go_on(&mut self, bounds: Bounds, found: usize, stopped_at: Option<MessageId>, wanted: usize) {
        let Some(window) = self.window else { return };
        self.silent = found == 0;
        let more = stopped_at.is_some() || window.floor() > bounds.floor;
        self.window = window.next(found, stopped_at, wanted).filter(|_| more);
        if let Some(messages) = self.messages.filter(|_| stopped_at.is_none()) {
            self.expected = found > 0;
            self.messages_max = match (messages * wanted * 5 / 4).checked_div(found) {
                Some(needed) => needed.clamp(MESSAGES_MAX, MESSAGES_MAX.max(messages * GROWTH_KNOWN)),
                None => MESSAGES_MAX.max(messages * GROWTH),
            };
        }
    }
}
