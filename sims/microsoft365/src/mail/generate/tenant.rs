//! A believable tenant: a company whose people and shared mailbox write with customers over months.
//!
//! A message that several of its people receive lies in each of their mailboxes with the same Message-ID
//! and with trace fields of its own; what they send lies in their Sent Items.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{
    compose::{Draft, Party, date},
    language::{Language, pick},
    people::{Customer, GeneratedMailbox, customers, favour, staff},
    thread::{Leg, Thread, later},
};
use crate::ids::Ids;
use crate::mail::{distribute::Placed, parse::parse};

/// What to generate.
#[derive(Debug, Clone)]
pub struct TenantPlan {
    /// The same seed gives the same tenant.
    pub seed: u64,
    /// How many mailboxes; the last of several is shared.
    pub mailboxes: usize,
    /// Over how many months before `now` the mail is spread.
    pub months: u32,
    /// The company's mail domain; must end in `.example`.
    pub domain: String,
    /// No mail is younger than this.
    pub now: Timestamp,
}

/// A generated tenant: its mailboxes, and their mail in the order of arrival.
#[derive(Debug, Clone)]
pub struct GeneratedTenant {
    /// Who has a mailbox.
    pub mailboxes: Vec<GeneratedMailbox>,
    /// What lies in them; `Placed::mailbox` counts into `mailboxes`.
    pub mail: Vec<Placed>,
}

/// Conversations begun for each mailbox and month.
const THREADS_A_MONTH: u64 = 9;

/// Generates a tenant.
#[must_use]
pub fn generate(plan: &TenantPlan) -> GeneratedTenant {
    let mut ids = Ids::named(plan.seed, "generated tenant");
    let mailboxes = staff(&plan.domain, plan.mailboxes);
    let customers = customers(&mut ids);
    let mut post = Post { plan, mailboxes: &mailboxes, mail: Vec::new() };
    let threads = THREADS_A_MONTH * u64::from(plan.months) * mailboxes.len() as u64;
    for _ in 0..threads {
        let start = post.some_day(&mut ids);
        match ids.below(10) {
            0 => post.colleagues(start, &mut ids),
            1 => post.newsletter(start, &mut ids),
            2 => post.notice(start, &mut ids),
            _ => post.customer(favour(&customers, &mut ids), start, &mut ids),
        }
    }
    let mut mail = post.mail;
    mail.sort_by_key(|placed| placed.mail.received);
    GeneratedTenant { mailboxes, mail }
}

/// Writes conversations and puts every copy where it belongs.
struct Post<'a> {
    plan: &'a TenantPlan,
    mailboxes: &'a [GeneratedMailbox],
    mail: Vec<Placed>,
}

impl Post<'_> {
    /// A moment of the plan's months, in working hours.
    fn some_day(&self, ids: &mut Ids) -> Timestamp {
        let days = i64::from(self.plan.months) * 30;
        let back_s = ids.below(days.max(1) as u64 * 86_400) as i64;
        let instant = self.plan.now.as_second() - back_s;
        let midnight = instant.div_euclid(86_400) * 86_400;
        let at = midnight + 7 * 3_600 + ids.below(11 * 3_600) as i64;
        Timestamp::from_second(at.min(instant)).unwrap_or(self.plan.now)
    }

    fn customer(&mut self, customer: &Customer, start: Timestamp, ids: &mut Ids) {
        let mut thread = Thread::begin(customer.language, start, ids);
        let writer = pick(&customer.people, ids).clone();
        let outlook = ids.chance(0.5);
        let (mut sent, ours) = (start, self.some_mailbox(ids));
        for step in 0..1 + ids.below(7) {
            if sent > self.plan.now {
                return;
            }
            let colleagues = self.copied(ours, ids);
            let (us, them) = (self.mailboxes[ours].party(), writer.clone());
            let (from, to, title) = match step % 2 {
                0 => (them, us, customer.company.to_owned()),
                _ => (us, them, self.mailboxes[ours].job_title.clone()),
            };
            let is_ours = step % 2 == 1;
            let leg = Leg { from: from.clone(), to: vec![to.clone()], cc: colleagues, sent, title, outlook: is_ours || outlook };
            let draft = thread.write(leg, ids);
            self.send(&draft, Some(customer.company), ids);
            if is_ours && ids.chance(0.06) {
                let soon = sent + SignedDuration::from_secs(20);
                self.send(&thread.away(to, from, soon, ids), Some(customer.company), ids);
            } else if !is_ours && ids.chance(0.08) && self.mailboxes.len() > 1 {
                self.pass_on(&thread, &draft, ours, ids);
            }
            sent = later(sent, ids);
        }
    }

    /// Hands a customer's message to a colleague.
    fn pass_on(&mut self, thread: &Thread, draft: &Draft, ours: usize, ids: &mut Ids) {
        let other = (ours + 1 + ids.below(self.mailboxes.len() as u64 - 1) as usize) % self.mailboxes.len();
        let sent = later(draft.sent, ids).min(self.plan.now);
        let forward = thread.forward(draft, self.mailboxes[ours].party(), self.mailboxes[other].party(), sent, ids);
        self.send(&forward, None, ids);
    }

    fn colleagues(&mut self, start: Timestamp, ids: &mut Ids) {
        let mut thread = Thread::begin(&Language::all()[0], start, ids);
        let (mut from, mut to) = (self.some_mailbox(ids), self.some_mailbox(ids));
        let mut sent = start;
        for _ in 0..1 + ids.below(4) {
            if sent > self.plan.now {
                return;
            }
            let (writer, reader) = (&self.mailboxes[from], &self.mailboxes[to]);
            let leg = Leg {
                from: writer.party(),
                to: vec![reader.party()],
                cc: self.copied(to, ids),
                sent,
                title: writer.job_title.clone(),
                outlook: true,
            };
            let draft = thread.write(leg, ids);
            self.send(&draft, None, ids);
            std::mem::swap(&mut from, &mut to);
            sent = later(sent, ids);
        }
    }

    fn newsletter(&mut self, sent: Timestamp, ids: &mut Ids) {
        let from = Party { name: "Trade Weekly".into(), address: "news@tradeweekly.example".into() };
        let to: Vec<_> = self.mailboxes.iter().filter(|mailbox| !mailbox.is_shared).map(GeneratedMailbox::party).collect();
        let issue = 100 + ids.below(400);
        for party in to {
            let mut draft =
                Draft::new(from.clone(), vec![party], format!("Trade Weekly #{issue}: freight, prices, fairs"), sent, unique(ids));
            draft.fields.push(("List-ID", "<weekly.tradeweekly.example>".into()));
            draft.fields.push(("List-Unsubscribe", "<https://tradeweekly.example/out>, <mailto:out@tradeweekly.example>".into()));
            draft.fields.push(("Precedence", "bulk".into()));
            draft.text = format!("Issue {issue}\n\nFreight rates eased again this week. Read more: https://tradeweekly.example/{issue}");
            draft.html = Some(format!(
                "<html><head><style>h1{{font-size:20px}}</style></head><body><h1>Issue {issue}</h1><p>Freight rates eased again this week. \
                 <a href=\"https://tradeweekly.example/{issue}\">Read more</a></p>\
                 <img src=\"https://tradeweekly.example/open/{issue}.gif\" width=\"1\" height=\"1\"></body></html>"
            ));
            self.send(&draft, None, ids);
        }
    }

    fn notice(&mut self, sent: Timestamp, ids: &mut Ids) {
        let to = self.mailboxes[self.some_mailbox(ids)].party();
        let number = 10_000 + ids.below(89_999);
        let (name, address, subject) = *pick(
            &[
                ("Parcel Desk", "no-reply@parceldesk.example", "Your parcel is on its way"),
                ("Ledgerly", "no-reply@ledgerly.example", "Payment received"),
                ("Build bot", "ci@build.example", "Nightly build failed"),
            ],
            ids,
        );
        let from = Party { name: name.into(), address: address.into() };
        let mut draft = Draft::new(from, vec![to], format!("{subject} ({number})"), sent, unique(ids));
        draft.fields.push(("Auto-Submitted", "auto-generated".into()));
        draft.text = format!("This is an automatic message about {number}. Please do not answer it.");
        self.send(&draft, None, ids);
    }

    fn some_mailbox(&self, ids: &mut Ids) -> usize {
        ids.below(self.mailboxes.len() as u64) as usize
    }

    /// Colleagues in copy: mostly none.
    fn copied(&self, but: usize, ids: &mut Ids) -> Vec<Party> {
        let other = self.some_mailbox(ids);
        if other == but || !ids.chance(0.25) { Vec::new() } else { vec![self.mailboxes[other].party()] }
    }

    /// Puts one copy into the sender's Sent Items and one into each recipient's mailbox.
    fn send(&mut self, draft: &Draft, company: Option<&str>, ids: &mut Ids) {
        for (index, mailbox) in self.mailboxes.iter().enumerate() {
            if draft.from.address == mailbox.address {
                self.mail.extend(place(index, vec!["sentitems".into()], draft.compose(""), true, false));
            }
            if draft.to.iter().chain(&draft.cc).any(|party| party.address == mailbox.address) {
                let received = draft.sent + SignedDuration::from_secs(2 + ids.below(40) as i64);
                let age = self.plan.now.duration_since(received);
                let is_read = ids.chance(if age < SignedDuration::from_hours(48) { 0.4 } else { 0.95 });
                let folder = folder_for(draft, company, age, ids);
                let trace = trace(draft, &mailbox.address, received, ids);
                self.mail.extend(place(index, folder, draft.compose(&trace), is_read, ids.chance(0.04)));
            }
        }
    }
}

fn place(mailbox: usize, folder: Vec<String>, raw: Vec<u8>, is_read: bool, is_flagged: bool) -> Option<Placed> {
    let mail = parse(Bytes::from(raw)).ok()?;
    Some(Placed { mailbox, folder, mail, is_read, is_flagged })
}

/// The inbox for what is new; older mail is filed by customer, archived, or thrown away.
fn folder_for(draft: &Draft, company: Option<&str>, age: SignedDuration, ids: &mut Ids) -> Vec<String> {
    let is_old = age > SignedDuration::from_hours(24 * 30);
    let name = |name: &str| vec![name.to_owned()];
    let bulk = draft.fields.iter().any(|(field, _)| *field == "Precedence");
    match (bulk, is_old, company) {
        (true, true, _) if ids.chance(0.3) => name("deleteditems"),
        (true, _, _) if ids.chance(0.1) => name("junkemail"),
        (true, _, _) => vec!["inbox".into(), "Newsletters".into()],
        (false, true, Some(company)) if ids.chance(0.5) => vec!["Customers".into(), company.to_owned()],
        (false, true, _) if ids.chance(0.2) => name("archive"),
        _ => name("inbox"),
    }
}

/// The fields that a delivery puts before a message.
fn trace(draft: &Draft, address: &str, received: Timestamp, ids: &mut Ids) -> String {
    let (origin, target) = (domain(&draft.from.address), domain(address));
    format!(
        "Return-Path: <{}>\r\nReceived: from mail.{origin} (mail.{origin} [192.0.2.{}])\r\n by mx.{target} with ESMTPS id {}\r\n for <{address}>; {}\r\n",
        draft.from.address,
        1 + ids.below(250),
        ids.token(9).replace(['-', '_'], "x"),
        date(received, 0),
    )
}

fn domain(address: &str) -> &str {
    address.split('@').nth(1).unwrap_or("mail.example")
}

fn unique(ids: &mut Ids) -> String {
    format!("{}@mailer.example", ids.token(15))
}
