//! Tracking: what may be said of a sent mail from what came back from its pixel and its links.
//!
//! Promises: pure, and over all *touches* of a mail at once, so that a verdict can be worked out again when the rules change
//! ([`RULES_VERSION`]). Every touch gets a [`Class`] and the [`Sign`]s that led to it; each copy of the mail gets a
//! [`Verdict`], which says that at least one person had it before them and never adds up machines. No address is needed: what
//! the network told of it and a number that is the same for the same visitor are enough.
//!
//! Source: reference for integrations, section 8.4.

pub mod agent;
pub mod network;

mod judge;
mod sign;
mod verdict;

use base::Timestamp;

pub use judge::judge;
pub use network::Network;
pub use sign::Sign;

/// Raised whenever a rule changes: verdicts that were reached by an older one are worth working out again.
pub const RULES_VERSION: u32 = 1;

/// A mail that went out with a pixel or rewritten links, as far as judging it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its copies with tokens of their own: one for all recipients, or one for each.
    pub copies: Vec<SentCopy>,
    /// How many links were rewritten.
    pub links: u32,
    /// From where the sender asked for it, if that is known.
    pub sender: Option<Trace>,
}

/// One copy of a sent mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentCopy {
    /// When it was handed over; [`Timestamp::NEVER`] before that.
    pub at: Timestamp,
    /// Whether a colleague got it, who may sit behind the sender's own address.
    pub inside: bool,
}

/// Where the sender was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// As a touch of the same visitor would say.
    pub visitor: u64,
    /// How their browser named itself.
    pub agent: String,
}

/// One request to a pixel or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// When it came.
    pub at: Timestamp,
    /// What was asked for.
    pub target: Target,
    /// Which copy's tokens it used, by its place in [`Sent::copies`].
    pub copy: u32,
    /// By which method.
    pub method: Method,
    /// The `User-Agent`, empty if none was given.
    pub agent: String,
    /// Whether `Sec-Purpose` or `Purpose` said that it is only fetched ahead.
    pub prefetch: bool,
    /// Whose network it came from, if that is known.
    pub network: Option<Network>,
    /// The same for touches from one address: a keyed hash of it. `None` if the address is not known.
    pub visitor: Option<u64>,
    /// Whether the server saw that the sender did it, by their session.
    pub own: bool,
}

/// What a touch asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The pixel.
    Pixel,
    /// A link, by its number in the mail.
    Link(u32),
}

/// The method of a request, as far as it tells anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// Any other, such as `OPTIONS`.
    Other,
}

impl Method {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Other => "other",
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Self {
        match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => Method::Other,
        }
    }
}

/// Who is behind a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

    /// Whether a machine is behind it for sure.
    pub const fn is_machine(self) -> bool {
        matches!(self, Class::AppleProxy | Class::GmailProxy | Class::Scanner)
    }
}

/// What is said of one touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Who is behind it.
    pub class: Class,
    /// Why, in the order in which it was noticed.
    pub signs: Vec<Sign>,
}

/// What is said of a mail and of each touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// One for each touch, in the order in which they were given.
    pub touches: Vec<Judged>,
    /// One for each copy, in the order of [`Sent::copies`].
    pub copies: Vec<Verdict>,
}

/// What is said of one copy of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// That at least one person had it before them, if that can be said.
    pub opened: Option<Opened>,
    /// The links that a person followed, by number.
    pub clicked: Vec<Clicked>,
}

impl Verdict {
    /// This verdict and what an earlier one knew, where some touches that led to that are forgotten.
    #[must_use]
    pub fn grown_from(mut self, earlier: &Verdict) -> Self {
        self.opened = match (self.opened, earlier.opened) {
            (Some(one), Some(other)) => {
                Some(Opened { first_at: one.first_at.min(other.first_at), confidence: one.confidence.max(other.confidence) })
            }
            (one, other) => one.or(other),
        };
        for old in &earlier.clicked {
            match self.clicked.iter_mut().find(|clicked| clicked.link == old.link) {
                Some(clicked) => clicked.first_at = clicked.first_at.min(old.first_at),
                None => self.clicked.push(*old),
            }
        }
        self.clicked.sort_by_key(|clicked| clicked.link);
        self
    }
}

/// At least one person had the mail before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Since when that is known.
    pub first_at: Timestamp,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A link that at least one person followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clicked {
    /// Its number in the mail.
    pub link: u32,
    /// Since when that is known.
    pub first_at: Timestamp,
}

/// How sure it is that a person had the mail before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The confidence of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Confidence::Low, Confidence::Medium, Confidence::High].into_iter().find(|confidence| confidence.name() == name)
    }
}
