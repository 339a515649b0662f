//! Tests of the matching: the stories, and the law that the order of arrival does not matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;

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
        Keys::of(Facts {
            mailbox: MailboxId::from_number(self.mailbox),
            at: Timestamp::from_millis(self.day * DAY),
            internet_message_id: Some(&self.id),
            in_reply_to: references.last().copied(),
            references: &references,
            conversation_id: self.conversation.as_deref(),
            subject: &self.subject,
            author: Some(self.author),
            recipients: &self.to,
        })
    }
}

/// The smallest desk there can be: threads in memory.
#[derive(Default)]
struct Desk {
    keys: HashMap<Key, ThreadId>,
    threads: BTreeMap<ThreadId, (i64, i64, Vec<String>)>,
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

    fn take(&mut self, mail: &Mail) {
        let keys = mail.keys();
        let mut found = Vec::new();
        for key in keys.sought() {
            if let Some(thread) = self.keys.get(&key) {
                let (first, last, _) = &self.threads[thread];
                found.push(Found {
                    key,
                    thread: *thread,
                    first_at: Timestamp::from_millis(*first),
                    last_at: Timestamp::from_millis(*last),
                });
            }
        }
        let decision = choose_thread(&keys, &found);
        let at = mail.day * DAY;
        let thread = decision.thread.unwrap_or_else(|| ThreadId::sorted_by(Timestamp::from_millis(at)));
        let entry = self.threads.entry(thread).or_insert((at, at, Vec::new()));
        *entry = (entry.0.min(at), entry.1.max(at), std::mem::take(&mut entry.2));
        entry.2.push(format!("{}/{}", mail.id, mail.mailbox));
        for joined in &decision.joins {
            let (first, last, members) = self.threads.remove(joined).expect("it was found");
            let entry = self.threads.get_mut(&thread).expect("it is there");
            *entry = (entry.0.min(first), entry.1.max(last), entry.2.drain(..).chain(members).collect());
            self.keys.values_mut().filter(|found| *found == joined).for_each(|found| *found = thread);
        }
        for key in keys.left() {
            self.keys.insert(key, thread);
        }
        self.reasons.push(decision.reason);
    }

    fn partition(&self) -> BTreeSet<BTreeSet<String>> {
        self.threads.values().map(|thread| thread.2.iter().cloned().collect()).collect()
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
    assert_eq!(reasons(&[opening.clone(), copy.clone(), reply.clone()]), [Reason::New, Reason::Reference, Reason::Reference]);
    assert_eq!(reasons(&[reply, copy, opening]), [Reason::New, Reason::Reference, Reason::Reference]);
}

#[test]
fn a_parent_that_comes_late_makes_two_threads_one() {
    let desk = Desk::sort(&[mail("3", 3).references(&["1"]), mail("2", 2).references(&["0"]), mail("1", 1).references(&["0"])]);
    assert_eq!(desk.partition().len(), 1);
}

#[test]
fn a_conversation_connects_within_its_mailbox_and_near_in_time() {
    let first = mail("1", 100).conversation("c");
    assert_eq!(reasons(&[first.clone(), mail("2", 101).conversation("c")])[1], Reason::Conversation);
    assert_eq!(reasons(&[first.clone(), mail("2", 101).conversation("c").within(2)])[1], Reason::New);
    assert_eq!(reasons(&[first, mail("2", 191).conversation("c")])[1], Reason::New);
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
        assert_eq!(reasons(&[opening.clone(), other.clone()])[1], Reason::New, "{other:?}");
    }
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
        if dice.roll(3) == 0 {
            one = one.conversation(&dice.roll(4).to_string());
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
