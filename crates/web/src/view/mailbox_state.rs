//! How a mailbox is, in words: whether it is kept true, since when, how far its first sync is, how changes are learned.

use std::time::Duration;

use base::Timestamp;
use maud::{Markup, html};
use model::mailbox::{Mailbox, MailboxKind, MailboxState};
use store::subscription::{Subscription, SubscriptionState};

use crate::view::format::{ago, counted, grouped, short, span};

/// What is known of a mailbox's health.
#[derive(Clone, Debug)]
pub struct Health {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Its folders that are there.
    pub folders: i64,
    /// Messages here.
    pub here: i64,
    /// Messages at Microsoft, as it last said.
    pub there: i64,
    /// The subscription by which Microsoft tells of changes.
    pub subscription: Option<Subscription>,
    /// How often it is asked otherwise.
    pub polling: Duration,
}

/// What a mailbox's state looks like at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Under way.
    Busy,
    /// Somebody must act.
    Bad,
    /// Nothing happens.
    Idle,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Tone::Good => "tone good",
            Tone::Busy => "tone busy",
            Tone::Bad => "tone bad",
            Tone::Idle => "tone idle",
        }
    }
}

impl Health {
    /// Whether somebody has to do something.
    pub fn needs_a_person(&self) -> bool {
        self.mailbox.state == MailboxState::Stopped
    }

    /// Whether Microsoft has been silent for longer than three rounds of asking.
    fn silent(&self, now: Timestamp) -> bool {
        let last = self.mailbox.last_contact_at.unwrap_or(self.mailbox.state_at);
        now.since(last) > self.polling.saturating_mul(3)
    }

    /// At a glance.
    pub fn tone(&self, now: Timestamp) -> Tone {
        match self.mailbox.state {
            MailboxState::Stopped => Tone::Bad,
            MailboxState::Disconnected => Tone::Idle,
            MailboxState::Live if self.silent(now) => Tone::Bad,
            MailboxState::Live => Tone::Good,
            MailboxState::Syncing => Tone::Busy,
        }
    }

    /// How much of the first sync is done, in percent, as long as that says something.
    fn percent(&self) -> Option<i64> {
        (self.there > 0).then(|| (self.here.saturating_mul(100) / self.there).clamp(0, 99))
    }

    /// Seconds that the first sync still takes if it goes on as it went.
    fn seconds_left(&self, now: Timestamp) -> Option<i64> {
        let elapsed = i64::try_from(now.since(self.mailbox.state_at).as_secs()).ok()?;
        let left = self.there.saturating_sub(self.here);
        (elapsed >= 3 && self.here >= 50 && left > 0).then(|| left.saturating_mul(elapsed) / self.here)
    }
}

/// The mark and the word: `● Live`.
pub fn mark(health: &Health, now: Timestamp) -> Markup {
    let word = match health.mailbox.state {
        MailboxState::Live if health.silent(now) => "Silent",
        MailboxState::Live => "Live",
        MailboxState::Syncing => "First sync",
        MailboxState::Stopped => "Stopped",
        MailboxState::Disconnected => "Disconnected",
    };
    html! { span class=(health.tone(now).class()) { span.dot aria-hidden="true" {} (word) } }
}

/// The state in a sentence or two.
pub fn sentence(health: &Health, now: Timestamp) -> Markup {
    let mailbox = &health.mailbox;
    html! {
        @match mailbox.state {
            MailboxState::Syncing => (progress(health, now)),
            MailboxState::Live => {
                @match mailbox.last_contact_at {
                    Some(at) => { "Microsoft last answered " (ago(at, now)) "." },
                    None => { "Microsoft has not answered yet." },
                }
            }
            MailboxState::Stopped => {
                "Stopped " (ago(mailbox.state_at, now)) ". Nothing was deleted."
            }
            MailboxState::Disconnected => { "Disconnected " (ago(mailbox.state_at, now)) ". What had come stays here." }
        }
    }
}

fn progress(health: &Health, now: Timestamp) -> Markup {
    if health.folders == 0 {
        return html! { "Looking for its folders. The newest mail comes first." };
    }
    html! {
        (grouped(health.here)) " of about " (counted(health.there, "message", "messages")) " here"
        @if let Some(seconds) = health.seconds_left(now) { ", about " (span(seconds.max(1))) " left" }
        "."
    }
}

/// The bar of a first sync.
pub fn bar(health: &Health) -> Markup {
    html! {
        @if health.mailbox.state == MailboxState::Syncing {
            @match health.percent() {
                Some(percent) => progress max="100" value=(percent) aria-label="First sync" { (percent) " %" },
                None => progress aria-label="First sync" {},
            }
        }
    }
}

/// How changes are learned.
pub fn channel(health: &Health, now: Timestamp) -> Markup {
    if matches!(health.mailbox.state, MailboxState::Stopped | MailboxState::Disconnected) {
        return html! { "Not being looked at" };
    }
    let told = health.subscription.as_ref().filter(|kept| kept.state == SubscriptionState::Active && kept.expires_at > now);
    html! {
        @match told {
            Some(kept) => { "Told at once, renewed until " (short(kept.expires_at, now)) },
            None => { "Asked every " (every(health.polling)) },
        }
    }
}

fn every(period: Duration) -> String {
    let seconds = i64::try_from(period.as_secs()).unwrap_or(i64::MAX).max(1);
    let text = if seconds % 60 == 0 && seconds < 7200 { format!("{} minutes", seconds / 60) } else { span(seconds) };
    text.strip_prefix("1 ").map(|unit| unit.trim_end_matches('s').to_owned()).unwrap_or(text)
}

/// Whose it is, in words.
pub const fn kind(mailbox: &Mailbox) -> &'static str {
    match mailbox.kind {
        MailboxKind::User => "Personal mailbox",
        MailboxKind::Shared => "Shared mailbox",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::id::{ConnectionId, MailboxId, WorkspaceId};

    fn health(state: MailboxState, here: i64, there: i64) -> (Health, Timestamp) {
        let began = Timestamp::from_millis(1_700_000_000_000);
        let mailbox = Mailbox {
            id: MailboxId::from_number(1),
            workspace: WorkspaceId::from_number(1),
            connection: ConnectionId::from_number(1),
            graph_user_id: "u".into(),
            address: "a@x.example".into(),
            display_name: "A".into(),
            kind: MailboxKind::User,
            state,
            problem: None,
            state_at: began,
            first_synced_at: None,
            last_contact_at: Some(began),
            created_at: began,
            visibility: model::mailbox::Visibility::Everything,
        };
        let polling = Duration::from_secs(300);
        let health = Health { mailbox, folders: 3, here, there, subscription: None, polling };
        (health, began.plus(Duration::from_secs(60)))
    }

    #[test]
    fn a_first_sync_says_how_far_it_is_and_how_long_it_will_take() {
        let (health, now) = health(MailboxState::Syncing, 4_000, 12_431);
        assert_eq!(sentence(&health, now).into_string(), "4,000 of about 12,431 messages here, about 2 minutes left.");
        assert!(bar(&health).into_string().contains(r#"value="32""#));
    }

    #[test]
    fn a_live_mailbox_without_an_answer_for_long_is_not_called_well() {
        let (health, now) = health(MailboxState::Live, 1, 1);
        assert_eq!(health.tone(now), Tone::Good);
        assert_eq!(health.tone(now.plus(Duration::from_secs(3600))), Tone::Bad);
        assert_eq!(channel(&health, now).into_string(), "Asked every 5 minutes");
    }
}
