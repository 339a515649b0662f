//! Judging: all touches of a mail, each by what it says of itself and by what the others around it do.
//!
//! First what is certain (the sender's own, what only machines do, proxies that name themselves); then the rest by how many
//! signs speak for a machine. Two are enough, one makes it unknown unless a person's doings around it explain it.

use std::collections::BTreeMap;
use std::time::Duration;

use base::Timestamp;

use super::agent::{self, Agent};
use super::network::Network;
use super::sign::Sign;
use super::{Class, Judged, Judgement, Method, Sent, SentCopy, Target, Touch, verdict};

/// Sooner than this after sending nobody has read anything.
const SOON: Duration = Duration::from_secs(10);
/// A click sooner than this, without the picture, is unusual.
const EARLY: Duration = Duration::from_secs(60);
/// Links followed within this are followed at once.
const BURST: Duration = Duration::from_secs(5);
/// Copies touched by one visitor within this are touched at once.
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
pub fn judge(sent: &Sent, touches: &[Touch]) -> Judgement {
    let seen: Vec<Seen<'_>> = touches.iter().map(|touch| Seen::of(sent, touch)).collect();
    let bursts = bursts(&seen);
    let judged: Vec<Judged> = (0..seen.len()).map(|place| Case { sent, seen: &seen, bursts: &bursts, place }.judge()).collect();
    let copies = 0..u32::try_from(sent.copies.len()).unwrap_or(u32::MAX);
    let copies = copies.map(|copy| verdict::of(copy, touches, &judged)).collect();
    Judgement { touches: judged, copies }
}

/// A touch with what can be said of it alone.
struct Seen<'a> {
    touch: &'a Touch,
    agent: Agent,
    /// How long after sending.
    after: Duration,
    certain: Option<(Class, Sign)>,
}

impl<'a> Seen<'a> {
    fn of(sent: &Sent, touch: &'a Touch) -> Self {
        let agent = agent::of(&touch.agent);
        let copy = usize::try_from(touch.copy).ok().and_then(|copy| sent.copies.get(copy));
        let copy = copy.copied().unwrap_or(SentCopy { at: Timestamp::NEVER, inside: false });
        let certain = own(sent, copy, touch).or_else(|| machine(touch, agent)).or_else(|| proxy(touch, agent));
        Seen { touch, agent, after: touch.at.since(copy.at), certain }
    }

    /// Whether it shows a machine by what it did, which taints the same visitor.
    fn taints(&self) -> bool {
        matches!(self.certain, Some((Class::Scanner, Sign::HeadOrOptions)))
    }

    fn is_of_servers(&self) -> bool {
        matches!(self.touch.network, Some(Network::Microsoft | Network::Google | Network::Cloud))
    }
}

/// What is the sender's.
fn own(sent: &Sent, copy: SentCopy, touch: &Touch) -> Option<(Class, Sign)> {
    if touch.own {
        return Some((Class::Own, Sign::OwnSession));
    }
    if touch.at < copy.at {
        return Some((Class::Own, Sign::BeforeSent));
    }
    let trace = sent.sender.as_ref().filter(|trace| Some(trace.visitor) == touch.visitor)?;
    let shared = trace.agent != touch.agent && copy.inside;
    Some(if shared { (Class::Unknown, Sign::SharedOffice) } else { (Class::Own, Sign::OwnAddress) })
}

/// What only a machine does, or is.
fn machine(touch: &Touch, agent: Agent) -> Option<(Class, Sign)> {
    if touch.method != Method::Get {
        return Some((Class::Scanner, Sign::HeadOrOptions));
    }
    if agent == Agent::Machine {
        return Some((Class::Scanner, Sign::UaBot));
    }
    if touch.network == Some(Network::Scanner) {
        return Some((Class::Scanner, Sign::NetKnownScanner));
    }
    touch.prefetch.then_some((Class::Unknown, Sign::PrefetchHeader))
}

/// Proxies that name themselves. They fetch pictures; one that follows a link is something else under that name.
fn proxy(touch: &Touch, agent: Agent) -> Option<(Class, Sign)> {
    match (agent, touch.target) {
        (Agent::AppleProxy, Target::Pixel) => Some((Class::AppleProxy, Sign::UaAppleProxy)),
        (Agent::GmailProxy, Target::Pixel) => Some((Class::GmailProxy, Sign::UaGmailProxy)),
        (Agent::GmailProxy | Agent::YahooProxy, Target::Link(_)) => Some((Class::Scanner, Sign::UaBot)),
        _ => None,
    }
}

/// For each copy: at each click, how many different links were followed from then on within five seconds.
type Bursts = BTreeMap<u32, Vec<(Timestamp, usize)>>;

fn bursts(seen: &[Seen<'_>]) -> Bursts {
    let mut clicks: BTreeMap<u32, Vec<(Timestamp, u32)>> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| !matches!(seen.certain, Some((Class::Own, _)))) {
        if let Target::Link(link) = seen.touch.target {
            clicks.entry(seen.touch.copy).or_default().push((seen.touch.at, link));
        }
    }
    clicks.into_iter().map(|(copy, clicks)| (copy, counted(clicks))).collect()
}

fn counted(mut clicks: Vec<(Timestamp, u32)>) -> Vec<(Timestamp, usize)> {
    clicks.sort_unstable();
    let (mut inside, mut end) = (BTreeMap::<u32, usize>::new(), 0);
    let mut counted = Vec::with_capacity(clicks.len());
    for (start, link) in clicks.iter().copied() {
        while let Some((_, entering)) = clicks.get(end).filter(|(at, _)| *at <= start.plus(BURST)).copied() {
            *inside.entry(entering).or_default() += 1;
            end += 1;
        }
        counted.push((start, inside.len()));
        // The window moves on past this click.
        if let Some(left) = inside.get_mut(&link) {
            *left -= 1;
            if *left == 0 {
                inside.remove(&link);
            }
        }
    }
    counted
}

/// One touch among all of its mail.
struct Case<'a> {
    sent: &'a Sent,
    seen: &'a [Seen<'a>],
    bursts: &'a Bursts,
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

    /// By which way a person's touch came.
    fn way(&self) -> Sign {
        let me = self.me();
        match (me.agent, me.touch.target, me.touch.network) {
            (Agent::YahooProxy, _, _) => Sign::UaYahooProxy,
            (_, Target::Pixel, Some(Network::Microsoft)) => Sign::NetOutlookProxy,
            _ => Sign::NothingUnusual,
        }
    }

    /// What speaks for a machine.
    fn signs(&self) -> Vec<Sign> {
        let me = self.me();
        let click = matches!(me.touch.target, Target::Link(_));
        let at_once = self.links_at_once();
        let found = [
            (matches!(me.agent, Agent::Nameless | Agent::AppleProxy), Sign::UaGeneric),
            (self.comes_from_servers(), Sign::AsnCloud),
            (me.after < SOON, Sign::Lt10sSinceSend),
            (click && me.after < EARLY && !self.has_opened_before(), Sign::ClickWithoutOpenAndLt60s),
            (at_once >= LINKS_AT_ONCE || (self.is_burst(at_once) && !self.reads_in_tabs()), Sign::AllLinksWithin5s),
            (self.copies_at_once() >= COPIES_AT_ONCE, Sign::SameIpManyRecipients1min),
        ];
        found.into_iter().filter(|(holds, _)| *holds).map(|(_, sign)| sign).collect()
    }

    /// A network of servers speaks for a machine, except where Microsoft's picture proxy fetches for a reader or where the
    /// same address has loaded the picture like one.
    fn comes_from_servers(&self) -> bool {
        let me = self.me();
        match (me.touch.network, me.touch.target) {
            (Some(Network::Microsoft), Target::Pixel) => me.after < EARLY,
            (Some(Network::Microsoft | Network::Google | Network::Cloud), _) => !self.reads_in_tabs(),
            (Some(Network::Apple | Network::Yahoo | Network::Scanner) | None, _) => false,
        }
    }

    /// What explains a single sign: the picture before a click, or the click after a picture.
    fn excuse(&self) -> Option<Sign> {
        let me = self.me();
        match me.touch.target {
            Target::Pixel => self.has_clicked_after().then_some(Sign::ClickedAfter),
            Target::Link(_) if me.agent == Agent::Browser => self.was_seen_reading().then_some(Sign::OpenedBefore),
            Target::Link(_) => None,
        }
    }

    /// Whether the picture shows this visitor to have read for a while.
    fn reads_in_tabs(&self) -> bool {
        self.me().after >= EARLY && self.was_seen_reading()
    }

    fn others(&self) -> impl Iterator<Item = &Seen<'_>> {
        self.seen.iter().enumerate().filter(move |(place, _)| *place != self.place).map(|(_, other)| other)
    }

    fn same_copy(&self) -> impl Iterator<Item = &Seen<'_>> {
        self.others().filter(|other| other.touch.copy == self.me().touch.copy)
    }

    /// Whether it is the same visitor for sure.
    fn is_me(&self, other: &Seen<'_>) -> bool {
        self.me().touch.visitor.is_some() && self.me().touch.visitor == other.touch.visitor
    }

    /// Whether the picture was loaded before, by this visitor or by one of whom nothing is known.
    fn has_opened_before(&self) -> bool {
        let me = self.me().touch;
        self.same_copy().any(|other| {
            let may_be_me = me.visitor.is_none() || other.touch.visitor.is_none() || me.visitor == other.touch.visitor;
            other.touch.target == Target::Pixel && other.touch.at <= me.at && may_be_me
        })
    }

    /// Whether this very visitor loaded the picture, by a program for people, well before.
    fn was_seen_reading(&self) -> bool {
        let me = self.me();
        self.same_copy().any(|other| {
            let reader = matches!(other.agent, Agent::Browser | Agent::MailProgram) && other.certain.is_none();
            let before = other.touch.at < me.touch.at && me.touch.at.since(other.touch.at) <= SITTING;
            let unhurried = other.after >= SOON || !other.is_of_servers();
            other.touch.target == Target::Pixel && reader && before && unhurried && self.is_me(other)
        })
    }

    /// Whether this very visitor followed a link like a person afterwards, and not many at once.
    fn has_clicked_after(&self) -> bool {
        let me = self.me();
        self.same_copy().any(|other| {
            let reader = other.agent == Agent::Browser && other.certain.is_none();
            let after = other.touch.at > me.touch.at && other.touch.at.since(me.touch.at) <= SITTING;
            matches!(other.touch.target, Target::Link(_))
                && reader
                && after
                && self.is_me(other)
                && !self.is_burst(self.links_around(other.touch))
        })
    }

    /// Whether so many links at once are three, or all of several.
    fn is_burst(&self, at_once: usize) -> bool {
        at_once >= LINKS_AT_ONCE || (self.sent.links > 1 && at_once >= usize::try_from(self.sent.links).unwrap_or(usize::MAX))
    }

    /// How many different links of this copy are followed within the five seconds that hold the most and this click.
    fn links_at_once(&self) -> usize {
        self.links_around(self.me().touch)
    }

    fn links_around(&self, me: &Touch) -> usize {
        let Some(clicks) = self.bursts.get(&me.copy).filter(|_| matches!(me.target, Target::Link(_))) else { return 0 };
        let first = clicks.partition_point(|(start, _)| start.plus(BURST) < me.at);
        clicks[first..].iter().take_while(|(start, _)| *start <= me.at).map(|(_, links)| *links).max().unwrap_or(0)
    }

    /// How many copies this visitor touched around this touch.
    fn copies_at_once(&self) -> usize {
        let near = |other: &&Seen<'_>| self.is_me(other) && apart(self.me().touch.at, other.touch.at) <= ROUND;
        let copies: std::collections::BTreeSet<u32> = self.seen.iter().filter(near).map(|other| other.touch.copy).collect();
        copies.len()
    }

    /// Whether the same program at the same address did what only a machine does.
    fn is_tainted(&self) -> bool {
        let me = self.me().touch;
        self.others().any(|other| {
            let same = self.is_me(other) && me.agent == other.touch.agent;
            other.taints() && same && apart(me.at, other.touch.at) <= TAINT
        })
    }
}

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    if other > one { other.since(one) } else { one.since(other) }
}
