//! What came of tracked mail, as the outside reads it.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;

/// What is known of whether a mail was read. Machines count for nothing; a reply says most, a click more than an open.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Tracking {
    /// Whether the mail was sent with trackers. If not, everything else is empty.
    pub tracked: bool,
    /// Whether opens are looked for.
    pub opens: bool,
    /// Whether clicks are.
    pub clicks: bool,
    /// Whether each recipient got a copy of their own; otherwise opens and clicks are by "someone".
    pub apart: bool,
    /// Its copies.
    pub copies: Vec<TrackedCopy>,
    /// The links that lead over this server.
    pub links: Vec<TrackedLink>,
    /// What came back, the newest last; the first 50 for each pixel or link and 2,000 in all, for 30 days.
    pub touches: Vec<Touch>,
    /// How many came in all.
    pub touches_seen: i64,
}

/// One copy of a tracked mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackedCopy {
    /// Its mail in the outbox.
    #[schema(value_type = id::OutgoingId)]
    pub outgoing: model::id::OutgoingId,
    /// To whom. What is said of a copy with several recipients is said of "someone" among them.
    pub recipients: Vec<String>,
    /// The first answer of a recipient.
    pub replied: Option<Replied>,
    /// Which links a person followed.
    pub clicked: Vec<ClickedLink>,
    /// Since when at least one person had it before them.
    pub opened: Option<Opened>,
    /// When its recipient unsubscribed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub unsubscribed_at: Option<Timestamp>,
}

/// An answer to a tracked mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Replied {
    /// The message.
    #[schema(value_type = id::MessageId)]
    pub message: model::id::MessageId,
    /// Its author.
    pub from: String,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A link that a person followed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClickedLink {
    /// Its number in `links`.
    pub link: u32,
    /// Since when that is known.
    #[schema(value_type = String, format = DateTime)]
    pub first_at: Timestamp,
}

/// At least one person had the mail before them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Opened {
    /// Since when that is known.
    #[schema(value_type = String, format = DateTime)]
    pub first_at: Timestamp,
    /// `low` (seen only by way of a proxy that fetches for readers), `medium` (a program loaded the picture) or `high` (a link was
    /// followed).
    #[schema(value_type = String)]
    pub confidence: &'static str,
}

/// A link that leads over this server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackedLink {
    /// Its number.
    pub number: u32,
    /// Where it leads in the end.
    pub url: String,
    /// What is read of it.
    pub text: String,
}

/// A request to the pixel or a link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Touch {
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Of which copy, by its place in `copies`.
    pub copy: u32,
    /// The number of the link; `null` for the pixel.
    pub link: Option<u32>,
    /// `person`, `own` (the sender's), `apple_proxy`, `gmail_proxy`, `scanner` or `unknown`.
    #[schema(value_type = String)]
    pub class: &'static str,
    /// Why, such as `lt_10s_since_send` or `all_links_within_5s`.
    #[schema(value_type = Vec<String>)]
    pub signs: Vec<&'static str>,
    /// `GET`, `HEAD` or `other`.
    #[schema(value_type = String)]
    pub method: &'static str,
    /// How the program named itself.
    pub agent: String,
    /// Whose network it came from, if that is known.
    #[schema(value_type = Option<String>)]
    pub network: Option<&'static str>,
    /// From where, if the workspace keeps addresses.
    pub address: Option<String>,
}

/// What came of the tracked mail of a time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackingReport {
    /// Mail that was asked for from then on,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// and before then.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// All together.
    pub total: TrackingFigures,
    /// By mailbox.
    pub mailboxes: Vec<MailboxFigures>,
}

/// What came of a mailbox's tracked mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailboxFigures {
    /// The mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// Its figures.
    pub figures: TrackingFigures,
}

/// Figures of tracked mail: each counts mails, and only what persons did, but for `machine_touches`.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct TrackingFigures {
    /// Tracked mails that have left.
    pub sent: i64,
    /// How many a recipient answered.
    pub replied: i64,
    /// In how many a person followed a link.
    pub clicked: i64,
    /// How many at least one person had before them.
    pub opened: i64,
    /// By how many a recipient unsubscribed.
    pub unsubscribed: i64,
    /// Touches of machines: they count for nothing.
    pub machine_touches: i64,
}

/// What a workspace wants of tracking.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackingSettings {
    /// Whether mail that does not say looks for opens.
    pub opens: bool,
    /// Whether mail that does not say looks for clicks.
    pub clicks: bool,
    /// Whether the addresses of touches are kept, for 30 days. Verdicts do not need them.
    pub keeps_addresses: bool,
    /// An own domain for pixels and links.
    pub domain: Option<String>,
    /// Whether it was seen to lead here. It is not used before.
    pub domain_proved: bool,
    /// What to open in a browser to show that the domain leads here, until that is done.
    pub domain_proof: Option<String>,
    /// Where pixels and links live now.
    pub base_url: String,
}

/// Somebody who asked not to be written to again by mail that offers it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OptOut {
    /// The address.
    pub address: String,
    /// By which mail.
    #[schema(value_type = id::OutgoingId)]
    pub outgoing: model::id::OutgoingId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}
