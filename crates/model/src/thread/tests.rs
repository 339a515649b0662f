//! Tests of the matching: the stories, and the law that the order of arrival does not matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;
use crate::id::MailboxId;
use crate::subject::Subject;

const DAY: i64 = 86_400_000;

#[derive(Clone, Debug)]
struct Mail {
    id: String,
    references: Vec<String>,
    conversation: Option<String>,
    subject: String,
    author: &'static str,
    to: Vec<&'static str>,
    mailbox: i64,
    day: i64,
}

fn mail(id: &str, day: i64) -> Mail {
    Mail {
        id: format!("<{id}@example.com>"),
        references: Vec::new(),
        conversation: None,
        subject: String::new(),
        author: "anna@example.com",
        to: vec!["bob@example.com"],
        mailbox: 1,
        day,
    }
}

impl Mail {
    fn references(mut self, ids: &[&str]) -> Self {
        self.references = ids.iter().map(|id| format!("<{id}@example.com>")).collect();
        self
    }
    fn conversation(mut self, id: &str) -> Self {
        self.conversation = Some(id.into());
        self
    }
    fn about(mut self, subject: &str) -> Self {
        self.subject = subject.into();
        self
    }
    fn between(mut self, author: &'static str, to: &[&'static str]) -> Self {
        (self.author, self.to) = (author, to.to_vec());
        self
    }
    fn within(mut self, mailbox: i64) -> Self {
        self.mailbox = mailbox;
        self
    }
    fn keys(&self) -> Keys {
        let references: Vec<&str> = self.references.iter().map(String::as_str).collect();
        let facts = Facts {
            mailbox: MailboxId::from_number(self.mailbox),
            at: Timestamp::from_millis(self.day * DAY),
            internet_message_id: Some(&self.id),
            in_reply_to: references.last().copied(),
            references: &references,
            conversation_id: self.conversation.as_deref(),
            conversation_index: None,
            author: Some(self.author),
            recipients: &self.to,
        };
        Keys::of(facts, &Subject::read(&self.subject))
    }
    fn brief(&self) -> Brief {
        let at = Timestamp::from_millis(self.day * DAY);
        Brief::of(at, &Subject::read(&self.subject), None, Some(self.author), self.to.iter().copied())
    }
}

/// The smallest desk there can be: nodes and threads in memory.
#[derive(Default)]
struct Desk {
    keys: HashMap<Key, ThreadNodeId>,
    nodes: BTreeMap<ThreadNodeId, ThreadId>,
    members: BTreeMap<ThreadNodeId, Vec<(Brief, String)>>,
    reasons: Vec<Reason>,
}

impl Desk {
    fn sort(mails: &[Mail]) -> Self {
        let mut desk = Desk::default();
        for mail in mails {
            desk.take(mail);
        }
        desk
    }

    fn of_thread(&self, thread: ThreadId) -> impl Iterator<Item = &(Brief, String)> {
        self.members.iter().filter(move |(node, _)| self.nodes[*node] == thread).flat_map(|(_, members)| members)
    }

    fn take(&mut self, mail: &Mail) {
        let keys = mail.keys();
        let brief = mail.brief();
        let mut found = Vec::new();
        for key in keys.sought() {
            if let Some(node) = self.keys.get(&key) {
                let thread = self.nodes[node];
                let times = || self.of_thread(thread).map(|(brief, _)| brief.at());
                found.push(Found { key, node: *node, thread, first_at: times().min().unwrap(), last_at: times().max().unwrap() });
            }
        }
        let decision = choose_node(&keys, &found, |node| self.of_thread(self.nodes[&node]).any(|(other, _)| other.is_related(&brief)));
        let node = decision.node.unwrap_or_else(|| {
            let node = ThreadNodeId::from_number(self.nodes.len() as i64 + 1);
            self.nodes.insert(node, ThreadId::from_number(node.number()));
            node
        });
        for (other, _) in &decision.joins {
            let (stays, goes) = (self.nodes[other], self.nodes[&node]);
            self.nodes.values_mut().filter(|thread| **thread == goes).for_each(|thread| *thread = stays);
        }
        self.members.entry(node).or_default().push((brief, format!("{}/{}", mail.id, mail.mailbox)));
        for key in keys.names() {
            self.keys.entry(key).or_insert(node);
        }
        for key in keys.hints() {
            self.keys.insert(key, node);
        }
        self.reasons.push(decision.reason);
    }

    fn partition(&self) -> BTreeSet<BTreeSet<String>> {
        let threads: BTreeSet<ThreadId> = self.nodes.values().copied().collect();
        threads.into_iter().map(|thread| self.of_thread(thread).map(|(_, name)| name.clone()).collect()).collect()
    }
}

fn reasons(mails: &[Mail]) -> Vec<Reason> {
    Desk::sort(mails).reasons
}

#[test]
fn a_reply_joins_its_parent_in_either_order_and_in_a_colleagues_mailbox() {
    let opening = mail("1", 1);
    let copy = mail("1", 1).within(2);
    let reply = mail("2", 2).references(&["1"]).within(2);
    assert_eq!(reasons(&[opening.clone(), copy.clone(), reply.clone()]), [Reason::Opening, Reason::Reference, Reason::Reference]);
    assert_eq!(reasons(&[reply, copy, opening]), [Reason::Opening, Reason::Reference, Reason::Reference]);
}

#[test]
fn a_parent_that_comes_late_makes_two_threads_one() {
    let desk = Desk::sort(&[mail("3", 3).references(&["1"]), mail("2", 2).references(&["0"]), mail("1", 1).references(&["0"])]);
    assert_eq!(desk.partition().len(), 1);
}

#[test]
fn a_conversation_connects_answers_within_its_mailbox_and_near_in_time() {
    let first = mail("1", 100).conversation("c").about("Offer");
    let answer = |day| mail("2", day).conversation("c").about("Re: Offer").references(&["unknown"]);
    assert_eq!(reasons(&[first.clone(), answer(101)])[1], Reason::Conversation);
    assert_eq!(reasons(&[answer(101), first.clone()])[1], Reason::Conversation, "the newest comes first");
    assert_eq!(reasons(&[first.clone(), answer(101).within(2)])[1], Reason::Opening);
    assert_eq!(reasons(&[first.clone(), answer(191)])[1], Reason::Opening);
    assert_eq!(reasons(&[first.clone(), answer(101).between("eve@example.com", &["bob@example.com"])])[1], Reason::Opening);
    assert_eq!(reasons(&[first, mail("3", 101).conversation("c").about("Offer")])[1], Reason::Opening, "a report that comes daily");
}

#[test]
fn an_answer_without_references_joins_by_subject_only_between_the_same_people() {
    let opening = mail("1", 10).about("Offer for March");
    let answer = mail("2", 12).about("AW: offer for  march").between("bob@example.com", &["ANNA@example.com"]);
    let stranger = mail("3", 12).about("Re: Offer for March").between("eve@example.com", &["anna@example.com"]);
    let again = mail("4", 12).about("Offer for March");
    let forward = mail("5", 12).about("Fwd: Offer for March");
    let late = mail("6", 50).about("Re: Offer for March");
    let before = mail("7", 9).about("Re: Offer for March");
    let elsewhere = mail("8", 12).about("Re: Offer for March").references(&["unknown"]);
    assert_eq!(reasons(&[opening.clone(), answer.clone()])[1], Reason::Subject);
    assert_eq!(reasons(&[answer, opening.clone()])[1], Reason::Subject, "the newest comes first");
    for other in [stranger, again, forward, late, before, elsewhere] {
        assert_eq!(reasons(&[opening.clone(), other.clone()])[1], Reason::Opening, "{other:?}");
    }
}

#[test]
fn two_answers_of_one_author_under_one_subject_are_not_joined_by_it() {
    let to_list = |id, day| mail(id, day).about("Re: Offer").between("anna@example.com", &["list@example.com"]);
    assert_eq!(reasons(&[to_list("1", 1), to_list("2", 2)])[1], Reason::Opening);
}

#[test]
fn a_subject_never_makes_two_threads_one() {
    let one = mail("1", 1).about("Hello");
    let other = mail("2", 2).about("Hello");
    let answer = mail("3", 3).about("Re: Hello").between("bob@example.com", &["anna@example.com"]);
    let desk = Desk::sort(&[one, other, answer]);
    assert_eq!(desk.partition().len(), 2);
    assert_eq!(desk.reasons[2], Reason::Subject);
}

#[test]
fn long_references_keep_the_root_and_the_last_ones() {
    let ids: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let keys = mail("x", 1).references(&ids).keys();
    assert_eq!(keys.references.len(), 1 + REFERENCES_MAX);
    for kept in ["<0@example.com>", "<39@example.com>", "<25@example.com>"] {
        assert!(keys.references.contains(&Key::of_message_id(kept).unwrap()), "{kept}");
    }
    assert_eq!(mail("y", 1).references(&ids[..3]).keys().references.len(), 4);
}

#[test]
fn any_order_of_arrival_gives_the_same_threads() {
    let mut dice = Dice(7);
    for round in 0..400 {
        let mut mails = generated(&mut dice);
        let first = Desk::sort(&mails).partition();
        for _ in 0..6 {
            dice.shuffle(&mut mails);
            assert_eq!(Desk::sort(&mails).partition(), first, "round {round}: {mails:#?}");
        }
        mails.sort_by_key(|mail| -mail.day);
        assert_eq!(Desk::sort(&mails).partition(), first, "round {round}, newest first: {mails:#?}");
    }
}

/// Mail with random references, some to mail that nobody has, some copied into a colleague's mailbox.
fn generated(dice: &mut Dice) -> Vec<Mail> {
    let count = 2 + dice.roll(14);
    let mut mails = Vec::new();
    for number in 0..count {
        let mut one = mail(&number.to_string(), number as i64);
        for _ in 0..[0, 0, 1, 1, 2][dice.roll(5)] {
            let other = dice.roll(count + 3).to_string();
            one.references.push(format!("<{other}@example.com>"));
        }
        if dice.roll(4) == 0 {
            mails.push(one.clone().within(2));
        }
        mails.push(one);
    }
    mails
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for end in (1..things.len()).rev() {
            things.swap(end, self.roll(end + 1));
        }
    }
}
