//! Tracking: what may be said of a sent mail from what came back from its pixel and its links.
//!
//! Promises: pure, and over all hits of a mail at once, so that a verdict can be worked out again when the rules change
//! ([`RULES_VERSION`]). Every hit gets a [`Class`] and the [`Sign`]s that led to it; the mail gets a [`Verdict`], which says
//! that at least one person had it before them and never adds up machines. It works without addresses: what the network
//! told may be kept in their place, or nothing at all, which makes more hits `unknown` and none a person's.
//!
//! Sources: reference for integrations, section 8.4; the networks in [`network`] name theirs.

pub mod agent;
pub mod network;

mod judge;
mod sign;
mod verdict;

use std::net::IpAddr;

use base::Timestamp;
use serde::{Deserialize, Serialize};

pub use judge::judge;
pub use network::Network;
pub use sign::Sign;

/// Raised whenever a rule changes: verdicts that were reached by an older one are worth working out again.
pub const RULES_VERSION: u32 = 1;

/// A mail that went out with a pixel or rewritten links, as far as judging it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When it was handed over.
    pub at: Timestamp,
    /// Whether each recipient got tokens of their own.
    pub copies: Copies,
    /// To whom, in the order that [`CopyOf::Recipient`] counts.
    pub recipients: Vec<Recipient>,
    /// How many links were rewritten.
    pub links: u32,
    /// Where the sender's own sessions were seen; may be empty.
    pub sender: Vec<Trace>,
}

/// Whether recipients can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// One body for all: whoever comes back is "someone".
    Shared,
    /// A copy with its own tokens for each recipient.
    Each,
}

/// One recipient of a sent mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Whether it is a colleague, who may sit behind the sender's own address.
    pub inside: bool,
}

/// Where a session of the sender was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its address.
    pub address: IpAddr,
    /// How its browser named itself.
    pub agent: String,
}

/// One request to a pixel or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// When it came.
    pub at: Timestamp,
    /// What was asked for.
    pub touch: Touch,
    /// Whose tokens it used.
    pub copy: CopyOf,
    /// By which method.
    pub method: Method,
    /// The `User-Agent`, empty if none was given.
    pub agent: String,
    /// `Sec-Purpose` or `Purpose`, if one was given.
    pub purpose: Option<String>,
    /// From where, if addresses are kept.
    pub address: Option<IpAddr>,
    /// What the address told, if it is not kept: see [`network::of`].
    pub network: Option<Network>,
    /// The same for hits from one address, if it is not kept: a keyed hash of it.
    pub visitor: Option<u64>,
    /// Whether the server saw that the sender did it: a session of theirs, or our own view of the mail.
    pub own: bool,
}

/// What a hit asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Touch {
    /// The pixel.
    Open,
    /// A link, by its number in the mail.
    Click(u32),
    /// The link that no reader can see.
    Bait,
}

/// Whose tokens a hit used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyOf {
    /// The one body that all got.
    Shared,
    /// The copy of this recipient, by its place in [`Sent::recipients`].
    Recipient(u32),
    /// The copy that the sender keeps.
    SentItems,
}

/// The method of a request, as far as it tells anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `OPTIONS`.
    Options,
}

/// Who is behind a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person's doing, as far as can be told, be it by way of a proxy that fetches when the mail is shown.
    Person,
    /// The sender's.
    Own,
    /// Apple's privacy proxy, which fetches whether or not anybody reads.
    AppleProxy,
    /// Google's picture proxy, which mostly fetches when the mail is shown.
    GmailProxy,
    /// A machine that looks at mail or links: a gateway, a preview, a monitor.
    Scanner,
    /// It cannot be told.
    Unknown,
}

impl Class {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Person => "person",
            Class::Own => "own",
            Class::AppleProxy => "apple_proxy",
            Class::GmailProxy => "gmail_proxy",
            Class::Scanner => "scanner",
            Class::Unknown => "unknown",
        }
    }
}

/// What is said of one hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Who is behind it.
    pub class: Class,
    /// Why, in the order in which it was noticed.
    pub signs: Vec<Sign>,
}

/// What is said of a mail and of each hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The rules by which: [`RULES_VERSION`].
    pub rules: u32,
    /// One for each hit, in the order in which they were given.
    pub hits: Vec<Judged>,
    /// The mail's.
    pub verdict: Verdict,
}

/// What is said of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// That at least one person had it before them, if that can be said.
    pub opened: Option<Opened>,
    /// The links that a person followed, by number.
    pub clicked: Vec<Clicked>,
}

/// At least one person had the mail before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Since when that is known.
    pub first_at: Timestamp,
    /// How sure it is.
    pub confidence: Confidence,
    /// Who.
    pub by: By,
}

/// A link that at least one person followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clicked {
    /// Its number in the mail.
    pub link: u32,
    /// Since when that is known.
    pub first_at: Timestamp,
    /// Who.
    pub by: By,
}

/// Who had a mail before them, or followed a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// All got one body.
    Someone,
    /// These, by their places in [`Sent::recipients`]; whom they passed it on to counts as them.
    Recipients(Vec<u32>),
}

/// How sure it is that a person had the mail before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Only a proxy that fetches for readers, and sometimes without one.
    Low,
    /// A mail program or a browser loaded the picture.
    Medium,
    /// Somebody followed a link.
    High,
}

impl Confidence {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}
