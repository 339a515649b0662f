//! Judging: all hits of a mail, each by what it says of itself and by what the others around it do.
//!
//! First what is certain (the sender's own, what only machines do, proxies that name themselves); then the rest by how many
//! signs speak for a machine. Two are enough, one makes it unknown unless a person's doings around it explain it.

use std::net::IpAddr;
use std::time::Duration;

use base::Timestamp;

use super::agent::{self, Agent};
use super::network::{self, Network};
use super::sign::Sign;
use super::{Class, CopyOf, Hit, Judged, Judgement, Method, RULES_VERSION, Sent, Touch, verdict};

/// Sooner than this after sending nobody has read anything.
const SOON: Duration = Duration::from_secs(10);
/// A click sooner than this, without the picture, is unusual.
const EARLY: Duration = Duration::from_secs(60);
/// Links followed within this are followed at once.
const BURST: Duration = Duration::from_secs(5);
/// Copies touched by one address within this are touched at once.
const ROUND: Duration = Duration::from_secs(60);
/// What a machine did taints what the same program at the same address does within this.
const TAINT: Duration = Duration::from_secs(600);
/// A reader's picture and click lie no further apart than this, where one explains the other.
const SITTING: Duration = Duration::from_secs(3600);
/// Three links at once are no reader's, however many there are.
const LINKS_AT_ONCE: usize = 3;
/// So many copies at once are a gateway's.
const COPIES_AT_ONCE: usize = 3;

/// Judges a mail by all that came back from it, in any order.
pub fn judge(sent: &Sent, hits: &[Hit]) -> Judgement {
    let seen: Vec<Seen<'_>> = hits.iter().map(|hit| Seen::of(sent, hit)).collect();
    let judged: Vec<Judged> = (0..seen.len()).map(|place| Case { sent, seen: &seen, place }.judge()).collect();
    let verdict = verdict::of(sent, hits, &judged);
    Judgement { rules: RULES_VERSION, hits: judged, verdict }
}

/// From where a hit came, as far as hits can be told apart by it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Address(IpAddr),
    Visitor(u64),
}

/// A hit with what can be said of it alone.
struct Seen<'a> {
    hit: &'a Hit,
    agent: Agent,
    network: Option<Network>,
    place: Option<Place>,
    /// How long after sending.
    after: Duration,
    certain: Option<(Class, Sign)>,
}

impl<'a> Seen<'a> {
    fn of(sent: &Sent, hit: &'a Hit) -> Self {
        let agent = agent::of(&hit.agent);
        let network = hit.network.or_else(|| hit.address.and_then(network::of));
        let place = hit.address.map(Place::Address).or(hit.visitor.map(Place::Visitor));
        let after = hit.at.since(sent.at);
        let certain = own(sent, hit).or_else(|| machine(hit, agent, network)).or_else(|| proxy(hit, agent));
        Seen { hit, agent, network, place, after, certain }
    }

    fn is_certainly_none(&self) -> bool {
        self.certain.is_some()
    }

    /// Whether it shows a machine by what it did, which taints the same visitor.
    fn taints(&self) -> bool {
        matches!(self.certain, Some((Class::Scanner, Sign::HeadOrOptions | Sign::HoneypotLink)))
    }
}

/// What is the sender's.
fn own(sent: &Sent, hit: &Hit) -> Option<(Class, Sign)> {
    if hit.own {
        return Some((Class::Own, Sign::OwnSession));
    }
    if hit.copy == CopyOf::SentItems {
        return Some((Class::Own, Sign::OwnCopy));
    }
    if hit.at < sent.at {
        return Some((Class::Own, Sign::BeforeSent));
    }
    let traces: Vec<_> = sent.sender.iter().filter(|trace| Some(trace.address) == hit.address).collect();
    if traces.is_empty() {
        return None;
    }
    let same_program = traces.iter().any(|trace| trace.agent == hit.agent);
    let shared = !same_program && may_sit_with_the_sender(sent, hit.copy);
    Some(if shared { (Class::Unknown, Sign::SharedOffice) } else { (Class::Own, Sign::OwnAddress) })
}

fn may_sit_with_the_sender(sent: &Sent, copy: CopyOf) -> bool {
    match copy {
        CopyOf::Shared => sent.recipients.iter().any(|recipient| recipient.inside),
        CopyOf::Recipient(number) => {
            usize::try_from(number).ok().and_then(|number| sent.recipients.get(number)).is_some_and(|recipient| recipient.inside)
        }
        CopyOf::SentItems => false,
    }
}

/// What only a machine does, or is.
fn machine(hit: &Hit, agent: Agent, network: Option<Network>) -> Option<(Class, Sign)> {
    if hit.touch == Touch::Bait {
        return Some((Class::Scanner, Sign::HoneypotLink));
    }
    if matches!(hit.method, Method::Head | Method::Options) {
        return Some((Class::Scanner, Sign::HeadOrOptions));
    }
    if agent == Agent::Machine {
        return Some((Class::Scanner, Sign::UaBot));
    }
    if network == Some(Network::Scanner) {
        return Some((Class::Scanner, Sign::NetKnownScanner));
    }
    let ahead = hit.purpose.as_ref().is_some_and(|purpose| purpose.to_ascii_lowercase().contains("prefetch"));
    ahead.then_some((Class::Unknown, Sign::PrefetchHeader))
}

/// Proxies that name themselves. They fetch pictures; one that follows a link is something else under that name.
fn proxy(hit: &Hit, agent: Agent) -> Option<(Class, Sign)> {
    let open = hit.touch == Touch::Open;
    match agent {
        Agent::AppleProxy if open => Some((Class::AppleProxy, Sign::UaAppleProxy)),
        Agent::GmailProxy if open => Some((Class::GmailProxy, Sign::UaGmailProxy)),
        Agent::GmailProxy | Agent::YahooProxy if !open => Some((Class::Scanner, Sign::UaBot)),
        Agent::AppleProxy
        | Agent::GmailProxy
        | Agent::YahooProxy
        | Agent::Browser
        | Agent::MailProgram
        | Agent::Machine
        | Agent::Nameless => None,
    }
}

/// One hit among all of its mail.
struct Case<'a> {
    sent: &'a Sent,
    seen: &'a [Seen<'a>],
    place: usize,
}

impl Case<'_> {
    fn me(&self) -> &Seen<'_> {
        &self.seen[self.place]
    }

    fn judge(&self) -> Judged {
        let me = self.me();
        if let Some((class, sign)) = me.certain {
            let soon = class == Class::GmailProxy && me.after < SOON;
            let signs = if soon { vec![sign, Sign::Lt10sSinceSend] } else { vec![sign] };
            return Judged { class, signs };
        }
        if self.is_tainted() {
            return Judged { class: Class::Scanner, signs: vec![Sign::SameVisitorAsMachine] };
        }
        let mut signs = self.signs();
        if self.links_at_once() >= LINKS_AT_ONCE || signs.len() >= 2 {
            return Judged { class: Class::Scanner, signs };
        }
        let excuse = self.excuse();
        let class = if signs.is_empty() || excuse.is_some() { Class::Person } else { Class::Unknown };
        signs.extend(excuse);
        if class == Class::Person {
            signs.push(self.way());
        }
        Judged { class, signs }
    }

    /// By which way a person's hit came.
    fn way(&self) -> Sign {
        let me = self.me();
        match (me.agent, me.hit.touch, me.network) {
            (Agent::YahooProxy, _, _) => Sign::UaYahooProxy,
            (_, Touch::Open, Some(Network::Microsoft)) => Sign::NetOutlookProxy,
            _ => Sign::NothingUnusual,
        }
    }

    /// What speaks for a machine.
    fn signs(&self) -> Vec<Sign> {
        let me = self.me();
        let click = matches!(me.hit.touch, Touch::Click(_));
        let all_links = self.sent.links > 1 && self.links_at_once() >= usize::try_from(self.sent.links).unwrap_or(usize::MAX);
        let found = [
            (matches!(me.agent, Agent::Nameless | Agent::AppleProxy), Sign::UaGeneric),
            (self.comes_from_servers(), Sign::AsnCloud),
            (me.after < SOON, Sign::Lt10sSinceSend),
            (click && me.after < EARLY && !self.has_opened_before(), Sign::ClickWithoutOpenAndLt60s),
            ((all_links && !self.reads_in_tabs()) || self.links_at_once() >= LINKS_AT_ONCE, Sign::AllLinksWithin5s),
            (self.copies_at_once() >= COPIES_AT_ONCE, Sign::SameIpManyRecipients1min),
        ];
        found.into_iter().filter(|(holds, _)| *holds).map(|(_, sign)| sign).collect()
    }

    /// A network of servers speaks for a machine, except where Microsoft's picture proxy fetches for a reader or where the
    /// same address has loaded the picture like one.
    fn comes_from_servers(&self) -> bool {
        let me = self.me();
        match (me.network, me.hit.touch) {
            (Some(Network::Microsoft), Touch::Open) => me.after < EARLY,
            (Some(Network::Microsoft | Network::Google | Network::Cloud), _) => !(me.after >= EARLY && self.was_seen_reading()),
            (Some(Network::Apple | Network::Yahoo | Network::Scanner) | None, _) => false,
        }
    }

    /// What explains a single sign: the picture before a click, or the click after a picture.
    fn excuse(&self) -> Option<Sign> {
        let me = self.me();
        match me.hit.touch {
            Touch::Open => self.has_clicked_after().then_some(Sign::ClickedAfter),
            Touch::Click(_) if me.agent == Agent::Browser => self.was_seen_reading().then_some(Sign::OpenedBefore),
            Touch::Click(_) | Touch::Bait => None,
        }
    }

    /// Both of two links, by one whom the picture shows to have read for a while.
    fn reads_in_tabs(&self) -> bool {
        self.me().after >= EARLY && self.was_seen_reading()
    }

    fn others(&self) -> impl Iterator<Item = &Seen<'_>> {
        self.seen.iter().enumerate().filter(move |(place, _)| *place != self.place).map(|(_, other)| other)
    }

    fn same_copy<'b>(&'b self) -> impl Iterator<Item = &'b Seen<'b>> {
        self.others().filter(|other| other.hit.copy == self.me().hit.copy)
    }

    /// Whether hits from the same address, or from anywhere where addresses are not kept, may be one visitor's.
    fn may_be_me(&self, other: &Seen<'_>) -> bool {
        match (self.me().place, other.place) {
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, _) | (_, None) => true,
        }
    }

    fn has_opened_before(&self) -> bool {
        let at = self.me().hit.at;
        self.same_copy().any(|other| other.hit.touch == Touch::Open && other.hit.at <= at && self.may_be_me(other))
    }

    /// Whether this very address loaded the picture, by a program for people, well before.
    fn was_seen_reading(&self) -> bool {
        let me = self.me();
        self.same_copy().any(|other| {
            let reader = matches!(other.agent, Agent::Browser | Agent::MailProgram) && !other.is_certainly_none();
            let before = other.hit.at < me.hit.at && me.hit.at.since(other.hit.at) <= SITTING;
            let unhurried = other.after >= SOON || !self.is_of_servers(other);
            other.hit.touch == Touch::Open && reader && before && unhurried && me.place.is_some() && me.place == other.place
        })
    }

    fn is_of_servers(&self, other: &Seen<'_>) -> bool {
        matches!(other.network, Some(Network::Microsoft | Network::Google | Network::Cloud))
    }

    /// Whether this very address followed a link like a person afterwards.
    fn has_clicked_after(&self) -> bool {
        let me = self.me();
        self.same_copy().any(|other| {
            let reader = other.agent == Agent::Browser && !other.is_certainly_none();
            let after = other.hit.at > me.hit.at && other.hit.at.since(me.hit.at) <= SITTING;
            matches!(other.hit.touch, Touch::Click(_)) && reader && after && me.place.is_some() && me.place == other.place
        })
    }

    /// How many different links of this copy are followed within the five seconds that hold the most and this click.
    fn links_at_once(&self) -> usize {
        let me = self.me();
        let Touch::Click(_) = me.hit.touch else { return 0 };
        let clicks: Vec<(Timestamp, u32)> = (self.seen.iter())
            .filter(|other| other.hit.copy == me.hit.copy && !matches!(other.certain, Some((Class::Own, _))))
            .filter_map(|other| match other.hit.touch {
                Touch::Click(link) => Some((other.hit.at, link)),
                Touch::Open | Touch::Bait => None,
            })
            .collect();
        let within = |start: Timestamp| {
            let end = start.plus(BURST);
            let mut links: Vec<u32> = clicks.iter().filter(|(at, _)| (start..=end).contains(at)).map(|(_, link)| *link).collect();
            links.sort_unstable();
            links.dedup();
            links.len()
        };
        let starts = clicks.iter().map(|(at, _)| *at).filter(|&start| start <= me.hit.at && me.hit.at <= start.plus(BURST));
        starts.map(within).max().unwrap_or(0)
    }

    /// How many copies this address touched around this hit.
    fn copies_at_once(&self) -> usize {
        let me = self.me();
        if me.place.is_none() {
            return 0;
        }
        let near = |other: &&Seen<'_>| {
            let apart = if other.hit.at > me.hit.at { other.hit.at.since(me.hit.at) } else { me.hit.at.since(other.hit.at) };
            other.place == me.place && apart <= ROUND
        };
        let mut copies: Vec<u32> = (self.seen.iter())
            .filter(near)
            .filter_map(|other| match other.hit.copy {
                CopyOf::Recipient(number) => Some(number),
                CopyOf::Shared | CopyOf::SentItems => None,
            })
            .collect();
        copies.sort_unstable();
        copies.dedup();
        copies.len()
    }

    /// Whether the same program at the same address did what only a machine does.
    fn is_tainted(&self) -> bool {
        let me = self.me();
        self.others().any(|other| {
            let apart = if other.hit.at > me.hit.at { other.hit.at.since(me.hit.at) } else { me.hit.at.since(other.hit.at) };
            let same = me.place.is_some() && me.place == other.place && me.hit.agent == other.hit.agent;
            other.taints() && same && apart <= TAINT
        })
    }
}
