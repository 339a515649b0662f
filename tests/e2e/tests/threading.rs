//! Bar 1 of the threads, on 6,046 real mails: half of the replies lose the headers that say what they answer, the desk
//! threads them again, and the outcome is compared with what the full headers say.
//!
//! The mail is private and not part of the project: it is read from `../shared/data` beside the checkout, or from where
//! `RAPPORT_SHARED` says; without it the test says that it was left out. `RAPPORT_TEST_THREADING_SAMPLE=200` prints a
//! seeded sample of the joins by subject, to be looked at.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops at what it did not expect, and prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use base::{Clock, Timestamp};
use desk::Desk;
use microsoft365_sim::mail::{ParsedMail, load};
use model::event::{EventKind, NewEvent};
use model::id::{MailboxId, MessageId, ThreadNodeId, WorkspaceId};
use model::message::{BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::nature::Nature;
use model::thread::Reason;
use store::message::{Listing, Mirrored};
use store::thread_join::Join;
use store::{Db, Settings, Transaction, due, ledger, message, thread, thread_join, work};

const WORKSPACE: WorkspaceId = WorkspaceId::from_number(7);
const MAILBOX: MailboxId = MailboxId::from_number(1);
const SEED: u64 = 20_260_101;
const PRECISION_MIN: f64 = 0.99;
/// Most of it is a list's mail, whose answers do not name the one they answer among their recipients: precision goes first.
const RECALL_MIN: f64 = 0.3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_without_headers_find_their_threads_and_hardly_ever_a_wrong_one() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("data/mail/spamassassin.tar.gz");
    if !path.exists() {
        return println!("left out: ../shared/data not found (mail/spamassassin.tar.gz)");
    }
    let whole: Vec<Message> = load(&path).messages.iter().zip(1..).map(|(loaded, number)| read(&loaded.mail, number)).collect();
    assert_eq!(whole.len(), 6046);
    let replies: Vec<usize> = (0..whole.len()).filter(|place| is_reply(&whole[*place])).collect();
    let mut dice = Dice(SEED);
    let stripped: HashSet<usize> = replies.iter().copied().filter(|_| dice.roll(2) == 0).collect();
    let mut bare = whole.clone();
    for place in &stripped {
        (bare[*place].in_reply_to, bare[*place].references) = (None, Vec::new());
    }
    println!("{} mails, {} with References or In-Reply-To, {} of them stripped (seed {SEED})", whole.len(), replies.len(), stripped.len());
    let truth = connected(&whole);
    let by_headers = Sorted::of(&whole).await.partition(&whole, |_| true);
    let sorted = Sorted::of(&bare).await;
    // Full headers: what they say by themselves, and what the desk makes of mail that has them.
    let tolerant: HashSet<Pair> = pairs(&truth).union(&pairs(&by_headers)).copied().collect();
    let (strict, mut least, mut last) = (pairs(&truth), 1.0_f64, 0.0);
    let steps: [(&str, &[Reason]); 3] = [
        ("references", &[Reason::Reference]),
        ("+ conversation index", &[Reason::Reference, Reason::ConversationIndex, Reason::Conversation]),
        ("+ subject", Reason::ALL),
    ];
    println!("{:24} {:>9} {:>10} {:>22} {:>9}", "joined by", "pairs", "precision", "precision (headers only)", "recall");
    for (name, reasons) in steps {
        let found = pairs(&sorted.partition(&bare, |reason| reasons.contains(&reason)));
        let right = found.intersection(&strict).count() as f64;
        let (precise, headers) = (found.intersection(&tolerant).count() as f64 / found.len() as f64, right / found.len() as f64);
        last = right / strict.len() as f64;
        println!("{name:24} {:9} {precise:10.4} {headers:22.4} {last:9.4}", found.len());
        least = least.min(precise).min(headers);
    }
    sorted.report_replies(&bare, &truth, &stripped);
    if let Some(count) = std::env::var("RAPPORT_TEST_THREADING_SAMPLE").ok().and_then(|count| count.parse().ok()) {
        sorted.print_sample(&truth, count);
    }
    assert!(least >= PRECISION_MIN, "precision {least}");
    assert!(last >= RECALL_MIN, "recall {last}");
}

type Pair = (usize, usize);

/// Every two mails that have the same number.
fn pairs(groups: &[usize]) -> HashSet<Pair> {
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for (place, group) in groups.iter().enumerate() {
        members.entry(*group).or_default().push(place);
    }
    let mut pairs = HashSet::new();
    for members in members.values() {
        for (place, one) in members.iter().enumerate() {
            pairs.extend(members[place + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs
}

fn is_reply(mail: &Message) -> bool {
    mail.in_reply_to.is_some() || !mail.references.is_empty()
}

/// What the headers say, worked out without a line of the product: mails that name one another are connected.
fn connected(mails: &[Message]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..mails.len()).collect();
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (place, mail) in mails.iter().enumerate() {
        let named = mail.internet_message_id.iter().chain(&mail.in_reply_to).chain(&mail.references);
        for id in named {
            let other = *first.entry(id.as_str()).or_insert(place);
            let (one, other) = (root(&groups, place), root(&groups, other));
            groups[one.max(other)] = one.min(other);
        }
    }
    (0..mails.len()).map(|place| root(&groups, place)).collect()
}

fn root(groups: &[usize], mut place: usize) -> usize {
    while groups[place] != place {
        place = groups[place];
    }
    place
}

/// Mails as the desk has sorted them.
struct Sorted {
    mails: HashMap<MessageId, Mirrored>,
    joins: Vec<Join>,
}

impl Sorted {
    /// A first sync, newest first, decided by the desk on a database.
    async fn of(mails: &[Message]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Settings::new(format!("sqlite:{}", folder.path().join("threading.db").display()))).await.unwrap();
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let mut order: Vec<&Message> = mails.iter().collect();
        order.sort_by_key(|mail| std::cmp::Reverse(mail.received_at));
        for page in order.chunks(100) {
            db.commit(first_sync(page, clock.now())).await.unwrap();
        }
        let desk = Desk::new(db.clone(), clock.clone());
        while let Some(lease) =
            work::claim(&db, clock.now(), 1, Duration::from_secs(60), "test", &[due::DECIDE_THREADS]).await.unwrap().pop()
        {
            let ending = desk.run(&lease).await.unwrap();
            db.commit(Transaction::new("settle").with_all(ending.statements(&lease))).await.unwrap();
        }
        let mut joins = Vec::new();
        for thread in thread::list(&db, WORKSPACE, None, 10_000).await.unwrap() {
            joins.extend(thread_join::of_thread(&db, thread.id).await.unwrap());
        }
        let ids: Vec<MessageId> = mails.iter().map(|mail| mail.id).collect();
        let mails = message::find_many(&db, &ids).await.unwrap().into_iter().map(|found| (found.message.id, found)).collect();
        Sorted { mails, joins }
    }

    /// Which mails are together when only joins for these reasons count; a mail's place stands for its group.
    fn partition(&self, mails: &[Message], counts: impl Fn(Reason) -> bool) -> Vec<usize> {
        let mut nodes: BTreeMap<ThreadNodeId, usize> = BTreeMap::new();
        for found in self.mails.values() {
            let next = nodes.len();
            nodes.entry(found.node.unwrap()).or_insert(next);
        }
        let mut groups: Vec<usize> = (0..nodes.len()).collect();
        for join in self.joins.iter().filter(|join| counts(join.reason)) {
            let (one, other) = (root(&groups, nodes[&join.one]), root(&groups, nodes[&join.other]));
            groups[one.max(other)] = one.min(other);
        }
        mails.iter().map(|mail| root(&groups, nodes[&self.mails[&mail.id].node.unwrap()])).collect()
    }

    /// Of the stripped replies whose thread has another mail: how many are with any mail of it again, and why.
    fn report_replies(&self, mails: &[Message], truth: &[usize], stripped: &HashSet<usize>) {
        let threads: Vec<_> = mails.iter().map(|mail| self.mails[&mail.id].thread.unwrap()).collect();
        let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
        truth.iter().enumerate().for_each(|(place, group)| members.entry(*group).or_default().push(place));
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let mut company = 0;
        for place in stripped.iter().filter(|place| members[&truth[**place]].len() > 1) {
            company += 1;
            let back = members[&truth[*place]].iter().any(|other| other != place && threads[*other] == threads[*place]);
            let reason = self.mails[&mails[*place].id].thread_reason.unwrap();
            // An opening that others name or answer was joined by them.
            *reasons.entry(if back { reason.name() } else { "not found" }).or_default() += 1;
        }
        println!("stripped replies whose thread has other mails: {company}, of which by reason: {reasons:?}");
    }

    /// A seeded sample of joins by subject, with whether the headers that were taken away agree.
    fn print_sample(&self, truth: &[usize], count: usize) {
        let mut joins: Vec<&Join> = self.joins.iter().filter(|join| join.reason == Reason::Subject).collect();
        let mut dice = Dice(SEED);
        for end in (1..joins.len()).rev() {
            joins.swap(end, dice.roll(end + 1));
        }
        println!("{} joins by subject; {} of them:", joins.len(), count.min(joins.len()));
        for join in joins.into_iter().take(count) {
            let late = &self.mails[&join.message.unwrap()].message;
            let other = if self.mails[&late.id].node == Some(join.one) { join.other } else { join.one };
            let near = self.mails.values().filter(|found| found.node == Some(other));
            let near = &near.min_by_key(|found| (found.message.received_at.millis() - late.received_at.millis()).abs()).unwrap().message;
            // The place of a mail in the set is its id there, less one.
            let place = |mail: &Message| mail.graph_id.parse::<usize>().unwrap() - 1;
            let agree = if truth[place(late)] == truth[place(near)] { "same" } else { "UNSAID" };
            let days = (late.received_at.millis() - near.received_at.millis()) as f64 / 86_400_000.0;
            println!("{agree:6} {days:6.1} d  {} | {}", line(late), line(near));
        }
    }
}

fn line(mail: &Message) -> String {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let author = mail.from.as_ref().map_or("", |from| from.address.as_str());
    let to: Vec<&str> = mail.recipients.to.iter().chain(&mail.recipients.cc).map(|party| party.address.as_str()).collect();
    format!("{:44} {:24} > {}", cut(&mail.subject, 44), cut(author, 24), cut(&to.join(","), 60))
}

fn first_sync(page: &[&Message], at: Timestamp) -> Transaction {
    let listing = Listing { seen_round: 1, body_hash: 0, attachments_wanted: false };
    let body = || MessageBody { kind: BodyKind::Text, content: String::new(), headers: None };
    let event = |mail: &&Message| NewEvent {
        kind: EventKind::MessageReceived,
        subject: mail.id.number(),
        backfill: true,
        data: serde_json::Value::Null,
    };
    let events: Vec<NewEvent> = page.iter().map(event).collect();
    Transaction::new("test.page")
        .with_all(page.iter().map(|mail| message::insert(mail, listing)))
        .with_all(page.iter().map(|mail| message::insert_body(mail.id, body())))
        .with_all(ledger::append(WORKSPACE, MAILBOX, at, &events))
        .with_all(due::decide(WORKSPACE, at))
}

/// A mail as it would come from Graph, but for the conversation's id, which there would be made from the headers.
fn read(mail: &ParsedMail, number: i64) -> Message {
    let text = |name: &str| mail.properties.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let parties = |name: &str| -> Vec<Participant> {
        mail.properties.get(name).and_then(|list| list.as_array()).into_iter().flatten().map(party).collect()
    };
    let header = |name: &str| -> Vec<String> {
        let headers = mail.properties.get("internetMessageHeaders").and_then(|list| list.as_array()).into_iter().flatten();
        let mut named = headers.filter(|header| header["name"].as_str().is_some_and(|given| given.eq_ignore_ascii_case(name)));
        named.next().and_then(|header| header["value"].as_str()).map(ids).unwrap_or_default()
    };
    let at = Timestamp::from_millis(mail.received.map_or(1_030_000_000_000, |at| at.as_millisecond()));
    Message {
        id: MessageId::sorted_by(at),
        workspace: WORKSPACE,
        mailbox: MAILBOX,
        folder: None,
        graph_id: number.to_string(),
        change_key: String::new(),
        internet_message_id: text("internetMessageId"),
        conversation_id: None,
        conversation_index: text("conversationIndex"),
        subject: text("subject").unwrap_or_default(),
        preview: String::new(),
        from: mail.properties.get("from").filter(|from| from.is_object()).map(party),
        recipients: Recipients {
            to: parties("toRecipients"),
            cc: parties("ccRecipients"),
            reply_to: parties("replyTo"),
            ..Recipients::default()
        },
        received_at: at,
        sent_at: None,
        modified_at: None,
        read: true,
        draft: false,
        importance: Importance::Normal,
        flag: Flag::NotFlagged,
        categories: Vec::new(),
        has_attachments: false,
        in_reply_to: header("In-Reply-To").into_iter().next(),
        references: header("References"),
        focused: true,
        web_link: None,
        private: false,
        nature: Nature::Personal,
    }
}

fn party(value: &serde_json::Value) -> Participant {
    let field = |name: &str| value["emailAddress"][name].as_str().unwrap_or_default().to_owned();
    Participant { name: field("name"), address: field("address") }
}

fn ids(value: &str) -> Vec<String> {
    value.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(id, _)| format!("<{id}>")).collect()
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}
