//! Signs: what was noticed about a touch, each with the name under which it is kept and shown.

/// One thing that was noticed about a touch. The names are those of the reference for integrations, section 8.4, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// The server saw that it was the sender's session.
    OwnSession,
    /// It came before the mail was sent.
    BeforeSent,
    /// It came from where the sender asked for the mail, and the recipient is elsewhere or the program is the same.
    OwnAddress,
    /// It came from the sender's address, behind which a recipient sits too.
    SharedOffice,
    /// The agent names a machine.
    UaBot,
    /// The agent is missing or says nothing.
    UaGeneric,
    /// The agent is that of Apple's proxy.
    UaAppleProxy,
    /// The agent is that of Google's proxy.
    UaGmailProxy,
    /// The agent is that of Yahoo's proxy, which fetches when the mail is shown.
    UaYahooProxy,
    /// A picture from Microsoft's network, whose proxy fetches when the mail is shown.
    NetOutlookProxy,
    /// From the network of a vendor that scans mail.
    NetKnownScanner,
    /// From a network of servers, where few people sit.
    AsnCloud,
    /// Less than ten seconds after sending.
    Lt10sSinceSend,
    /// By HEAD, OPTIONS or the like, which no reader's click is.
    HeadOrOptions,
    /// All links, or three of them, within five seconds.
    AllLinksWithin5s,
    /// A click less than a minute after sending by one who has not loaded the picture.
    ClickWithoutOpenAndLt60s,
    /// One address touched three copies within a minute.
    SameIpManyRecipients1min,
    /// The same program at the same address did, within ten minutes, what only a machine does.
    SameVisitorAsMachine,
    /// The browser said that it only fetches ahead.
    PrefetchHeader,
    /// The same address had loaded the picture before.
    OpenedBefore,
    /// The same address followed a link afterwards.
    ClickedAfter,
    /// Nothing speaks against a person.
    NothingUnusual,
}

impl Sign {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Sign::OwnSession => "own_session",
            Sign::BeforeSent => "before_sent",
            Sign::OwnAddress => "own_address",
            Sign::SharedOffice => "shared_office",
            Sign::UaBot => "ua_bot",
            Sign::UaGeneric => "ua_generic",
            Sign::UaAppleProxy => "ua_apple_proxy",
            Sign::UaGmailProxy => "ua_gmail_proxy",
            Sign::UaYahooProxy => "ua_yahoo_proxy",
            Sign::NetOutlookProxy => "net_outlook_proxy",
            Sign::NetKnownScanner => "net_known_scanner",
            Sign::AsnCloud => "asn_cloud",
            Sign::Lt10sSinceSend => "lt_10s_since_send",
            Sign::HeadOrOptions => "head_or_options",
            Sign::AllLinksWithin5s => "all_links_within_5s",
            Sign::ClickWithoutOpenAndLt60s => "click_without_open_and_lt_60s",
            Sign::SameIpManyRecipients1min => "same_ip_many_recipients_1min",
            Sign::SameVisitorAsMachine => "same_visitor_as_machine",
            Sign::PrefetchHeader => "prefetch_header",
            Sign::OpenedBefore => "opened_before",
            Sign::ClickedAfter => "clicked_after",
            Sign::NothingUnusual => "nothing_unusual",
        }
    }
}
