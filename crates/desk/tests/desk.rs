//! The desk on both engines: what a workspace's ledger comes to in threads and in the index.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base::{Clock, Timestamp};
use desk::{Desk, KINDS};
use model::event::{Event, EventKind, NewEvent};
use model::id::{JobId, MailboxId, MessageId, ThreadId, WorkspaceId};
use model::message::{BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::query::Query;
use model::thread::{Intent, Reason};
use store::message::Listing;
use store::search::{Asked, Scope};
use store::thread_edit::{Ended, ThreadEdit};
use store::{Db, Ending, Phase, Settings, StoreError, Transaction, due, ledger, message, search, thread, thread_edit, thread_join, work};

const DAY_MS: i64 = 86_400_000;

/// Each test on SQLite and on PostgreSQL, the latter unless it was left out on purpose.
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn tell($world: World) $body

            #[tokio::test]
            async fn on_sqlite() {
                tell(World::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(world) = World::postgres().await {
                    tell(world).await;
                }
            }
        }
    )*};
}

struct World {
    db: Db,
    clock: Clock,
    workspace: WorkspaceId,
    _folder: tempfile::TempDir,
}

fn where_it_is(mail: &Message) -> message::Was {
    message::Was { folder: mail.folder, claimed_by: None, deleted: false }
}

/// What somebody knows of threads who only reads the ledger.
#[derive(Default)]
struct Told {
    threads: BTreeMap<ThreadId, BTreeSet<MessageId>>,
}

impl Told {
    fn hear(&mut self, event: &Event) {
        let id = ThreadId::from_number(event.subject);
        let list = |name: &str| -> Vec<MessageId> { serde_json::from_value(event.data[name].clone()).unwrap_or_default() };
        let named = |name: &str| -> ThreadId { serde_json::from_value(event.data[name].clone()).unwrap() };
        match event.kind {
            EventKind::ThreadCreated => assert!(self.threads.insert(id, list("messages").into_iter().collect()).is_none()),
            EventKind::ThreadChanged => {
                let thread = self.threads.get_mut(&id).unwrap();
                thread.extend(list("messages"));
                list("left").iter().for_each(|gone| assert!(thread.remove(gone)));
                assert_eq!(thread.is_empty(), event.data["empty"] == true);
                if thread.is_empty() {
                    self.threads.remove(&id);
                }
            }
            EventKind::ThreadJoined => {
                let gone = self.threads.remove(&named("from")).unwrap();
                self.threads.get_mut(&id).unwrap().extend(gone);
            }
            EventKind::ThreadSplit => {
                let moved: BTreeSet<MessageId> = list("messages").into_iter().collect();
                self.threads.get_mut(&id).unwrap().retain(|message| !moved.contains(message));
                assert!(self.threads.insert(named("thread"), moved).is_none());
            }
            _ => {}
        }
    }
}

impl World {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(format!("sqlite:{}", folder.path().join("test.db").display()));
        Self::on(&settings, folder).await
    }

    async fn postgres() -> Option<Self> {
        let server = match test_postgres::shared() {
            Ok(server) => server,
            Err(test_postgres::Unavailable::LeftOut) => return None,
            Err(error) => panic!("{error}"),
        };
        let settings = Settings::new(server.database().await.unwrap().url());
        Some(Self::on(&settings, tempfile::tempdir().unwrap()).await)
    }

    async fn on(settings: &Settings, folder: tempfile::TempDir) -> Self {
        let db = Db::open(settings).await.unwrap();
        World { db, clock: Clock::manual(at(100)), workspace: WorkspaceId::from_number(7), _folder: folder }
    }

    async fn commit(&self, transaction: Transaction) {
        self.db.commit(transaction.with_all(due::decide(self.workspace, self.clock.now()))).await.unwrap();
    }

    async fn receive(&self, mail: &Message, body: &str) {
        let listing = Listing { seen_round: 1, body_hash: 0, attachments_wanted: false };
        let body = MessageBody { kind: BodyKind::Html, content: body.to_owned(), headers: None };
        let transaction = Transaction::new("test")
            .with(message::insert(mail, listing))
            .with(message::insert_body(mail.id, body))
            .with_all(self.event(mail, EventKind::MessageReceived, &[]));
        self.commit(transaction).await;
    }

    async fn update(&self, mail: &Message, body: &str, changed: &[&str]) {
        let listing = Listing { seen_round: 1, body_hash: 0, attachments_wanted: false };
        let body = MessageBody { kind: BodyKind::Html, content: body.to_owned(), headers: None };
        let transaction = Transaction::new("test")
            .with(message::update(mail, listing, None, where_it_is(mail), self.clock.now()))
            .with(message::put_body(mail.id, body))
            .with_all(self.event(mail, EventKind::MessageUpdated, changed));
        self.commit(transaction).await;
    }

    async fn delete(&self, mail: &Message) {
        let transaction = Transaction::new("test")
            .with_all(message::delete(mail.id, where_it_is(mail), self.clock.now()))
            .with_all(self.event(mail, EventKind::MessageDeleted, &[]));
        self.commit(transaction).await;
    }

    fn event(&self, mail: &Message, kind: EventKind, changed: &[&str]) -> Vec<store::Statement> {
        let data = if changed.is_empty() { serde_json::Value::Null } else { serde_json::json!({ "changed": changed }) };
        let event = NewEvent { kind, subject: mail.id.number(), backfill: true, data };
        ledger::append(self.workspace, mail.mailbox, self.clock.now(), &[event])
    }

    /// Runs what is due until nothing is, on a database that may stop the program at a commit.
    async fn decide_on(&self, db: &Db) -> Result<usize, StoreError> {
        let desk = Desk::new(db.clone(), self.clock.clone());
        let mut runs = 0;
        loop {
            let leases = work::claim(db, self.clock.now(), 4, Duration::from_secs(60), "test", KINDS).await?;
            if leases.is_empty() {
                return Ok(runs);
            }
            for lease in leases {
                let ending = desk.run(&lease).await?;
                db.commit(Transaction::new("settle").with_all(ending.statements(&lease))).await?;
                runs += 1;
            }
        }
    }

    async fn decide(&self) {
        self.decide_on(&self.db).await.unwrap();
    }

    /// Asks for an edit and performs it.
    async fn edit(&self, number: i64, intent: Intent) -> Ended {
        let id = JobId::from_number(number);
        let edit = ThreadEdit { id, workspace: self.workspace, intent, actor: "anna".to_owned(), asked_at: self.clock.now(), ended: None };
        self.db.commit(Transaction::new("test").with_all(thread_edit::ask(&edit))).await.unwrap();
        self.decide().await;
        thread_edit::find(&self.db, id).await.unwrap().unwrap().ended.unwrap()
    }

    /// Folding the ledger's events about threads gives the threads that are there.
    async fn tells_the_same_story(&self) {
        let events = ledger::read(&self.db, self.workspace, 0, 10_000).await.unwrap();
        let mut told = Told::default();
        events.iter().for_each(|event| told.hear(event));
        let mut there: BTreeMap<ThreadId, BTreeSet<MessageId>> = BTreeMap::new();
        for thread in thread::list(&self.db, self.workspace, None, 1000).await.unwrap() {
            let messages = message::in_thread(&self.db, thread.id, 1000).await.unwrap();
            there.insert(thread.id, messages.into_iter().map(|found| found.message.id).collect());
        }
        assert_eq!(told.threads, there);
    }

    async fn thread_of(&self, mail: &Message) -> Option<ThreadId> {
        message::find(&self.db, mail.id).await.unwrap().and_then(|found| found.thread)
    }

    async fn found(&self, words: &str) -> Vec<MessageId> {
        let (scope, query) = (Scope::workspace(self.workspace), Query::read(words).unwrap());
        let asked = Asked { scope: &scope, query: &query, order: search::Order::Newest, after: None, limit: 400, now: self.clock.now() };
        search::search(&self.db, &asked).await.unwrap().hits.into_iter().map(|hit| hit.message).collect()
    }

    fn mail(&self, number: i64, day: i64) -> Message {
        Message {
            id: MessageId::sorted_by(at(day)),
            workspace: self.workspace,
            mailbox: MailboxId::from_number(1),
            folder: None,
            graph_id: format!("graph-{number}"),
            change_key: String::new(),
            internet_message_id: Some(format!("<{number}@example.com>")),
            conversation_id: None,
            conversation_index: None,
            subject: "Offer".to_owned(),
            preview: String::new(),
            from: Some(Participant { name: "Anna Émile".to_owned(), address: "anna@example.com".to_owned() }),
            recipients: Recipients {
                to: vec![Participant { name: "Bob".to_owned(), address: "bob@example.net".to_owned() }],
                ..Recipients::default()
            },
            received_at: at(day),
            sent_at: None,
            modified_at: None,
            read: false,
            draft: false,
            importance: Importance::Normal,
            flag: Flag::NotFlagged,
            categories: Vec::new(),
            has_attachments: false,
            in_reply_to: None,
            references: Vec::new(),
            focused: true,
            web_link: None,
            private: false,
            nature: model::nature::Nature::Personal,
        }
    }

    fn reply(&self, number: i64, day: i64, to: &[i64]) -> Message {
        let references: Vec<String> = to.iter().map(|number| format!("<{number}@example.com>")).collect();
        let subject = "Re: Offer".to_owned();
        Message { in_reply_to: references.last().cloned(), references, subject, ..self.mail(number, day) }
    }
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + day * DAY_MS)
}

both! {
async fn a_reply_joins_its_parent_whichever_comes_first_and_the_thread_tells_its_story(world: World) {
    let reply = world.reply(2, 2, &[1]);
    let copy = Message { mailbox: MailboxId::from_number(2), id: MessageId::sorted_by(at(2)), ..reply.clone() };
    let opening = world.mail(1, 1);
    world.receive(&reply, "<p>Yes, thank you</p>").await;
    world.decide().await;
    world.receive(&copy, "<p>Yes, thank you</p>").await;
    world.receive(&opening, "<p>Here it is</p>").await;
    world.decide().await;

    let id = world.thread_of(&opening).await.unwrap();
    assert_eq!(world.thread_of(&reply).await, Some(id));
    assert_eq!(world.thread_of(&copy).await, Some(id), "a colleague's copy");
    let found = thread::find(&world.db, id).await.unwrap().unwrap();
    assert_eq!((found.subject.as_str(), found.message_count, found.first_at, found.last_at), ("Offer", 2, at(1), at(2)), "copies count once");
}

async fn a_message_that_connects_two_threads_makes_them_one(world: World) {
    let (one, other, link) = (world.mail(1, 1), world.mail(3, 3), world.reply(2, 2, &[1, 3]));
    world.receive(&one, "").await;
    world.receive(&other, "").await;
    world.decide().await;
    assert_ne!(world.thread_of(&one).await, world.thread_of(&other).await);
    world.receive(&link, "").await;
    world.decide().await;
    let later = world.reply(4, 4, &[3]);
    world.receive(&later, "").await;
    world.decide().await;
    let id = world.thread_of(&one).await.unwrap();
    for mail in [&other, &link, &later] {
        assert_eq!(world.thread_of(mail).await, Some(id));
    }
    let threads = thread::list(&world.db, world.workspace, None, 10).await.unwrap();
    assert_eq!(
        threads.iter().map(|thread| (thread.message_count, thread.first_at, thread.last_at)).collect::<Vec<_>>(),
        [(4, at(1), at(4))]
    );
    world.tells_the_same_story().await;
}

async fn a_deleted_message_leaves_its_thread_and_the_index_and_the_last_one_takes_the_thread_along(world: World) {
    let (opening, reply) = (world.mail(1, 1), world.reply(2, 2, &[1]));
    world.receive(&opening, "<p>turquoise</p>").await;
    world.receive(&reply, "<p>turquoise</p>").await;
    world.decide().await;
    assert_eq!(world.found("turquoise").await, [reply.id, opening.id]);
    world.delete(&reply).await;
    world.decide().await;
    assert_eq!(world.found("turquoise").await, [opening.id]);
    let threads = thread::list(&world.db, world.workspace, None, 10).await.unwrap();
    assert_eq!((threads.len(), threads[0].message_count, threads[0].last_at), (1, 1, at(1)));
    world.delete(&opening).await;
    world.decide().await;
    assert!(thread::list(&world.db, world.workspace, None, 10).await.unwrap().is_empty());
    assert!(world.found("turquoise").await.is_empty());
    world.tells_the_same_story().await;
}

async fn a_message_that_comes_and_goes_before_anybody_looks_leaves_no_trace(world: World) {
    let mail = world.mail(1, 1);
    world.receive(&mail, "<p>turquoise</p>").await;
    world.delete(&mail).await;
    world.decide().await;
    assert!(world.found("turquoise").await.is_empty());
    assert!(thread::list(&world.db, world.workspace, None, 10).await.unwrap().is_empty());
}

async fn a_draft_is_found_by_what_it_says_now(world: World) {
    let mut draft = world.mail(1, 1);
    world.receive(&draft, "<p>turquoise</p>").await;
    world.decide().await;
    draft.subject = "Magenta".to_owned();
    world.update(&draft, "<p>crimson</p>", &["subject", "body"]).await;
    world.decide().await;
    assert!(world.found("turquoise").await.is_empty());
    assert_eq!(world.found("magenta crim*").await, [draft.id]);
    assert_eq!(world.found("emile bob@example.net").await, [draft.id], "people are found without their accents");
}

async fn a_draft_that_becomes_an_answer_joins_what_it_answers_and_is_counted_once(world: World) {
    let opening = world.mail(1, 1);
    let mut draft = Message { internet_message_id: Some("<9@example.com>".to_owned()), ..world.mail(2, 2) };
    world.receive(&opening, "").await;
    world.receive(&draft, "").await;
    world.decide().await;
    draft.references = vec!["<1@example.com>".to_owned()];
    draft.received_at = at(5);
    world.update(&draft, "", &["draft", "received_at"]).await;
    world.decide().await;
    assert_eq!(world.thread_of(&draft).await, world.thread_of(&opening).await);
    let threads = thread::list(&world.db, world.workspace, None, 10).await.unwrap();
    assert_eq!(threads.iter().map(|thread| (thread.message_count, thread.last_at)).collect::<Vec<_>>(), [(2, at(5))]);
}

async fn a_change_that_nobody_searches_for_costs_the_index_nothing(world: World) {
    let mail = world.mail(1, 1);
    world.receive(&mail, "<p>turquoise</p>").await;
    world.decide().await;
    let thread = world.thread_of(&mail).await;
    // The body in the mirror changes behind the index's back: were the message indexed again, it would show.
    world.update(&mail, "<p>crimson</p>", &["read"]).await;
    world.decide().await;
    assert_eq!(world.found("turquoise").await, [mail.id]);
    assert_eq!(world.thread_of(&mail).await, thread);
}

async fn whoever_lost_the_lease_decides_nothing(world: World) {
    world.receive(&world.mail(1, 1), "").await;
    let desk = Desk::new(world.db.clone(), world.clock.clone());
    let claim = || work::claim(&world.db, world.clock.now(), 1, Duration::from_secs(60), "test", &[due::DECIDE_THREADS]);
    let lost = claim().await.unwrap().remove(0);
    world.clock.advance(Duration::from_secs(61));
    let taken = claim().await.unwrap().remove(0);
    assert!(matches!(desk.run(&lost).await, Err(StoreError::Refused { .. })));
    assert_eq!(desk.run(&taken).await.unwrap(), Ending::Rest);
    assert!(matches!(desk.run(&lost).await, Err(StoreError::Refused { .. }) | Ok(Ending::Rest)));
}

async fn a_join_by_conversation_is_undone_for_good(world: World) {
    let told = |number, day, subject: &str| Message { subject: subject.to_owned(), conversation_id: Some("c".to_owned()), ..world.mail(number, day) };
    let (opening, answer) = (told(1, 1, "Offer"), Message { in_reply_to: Some("<lost@example.com>".to_owned()), ..told(2, 2, "Re: Offer") });
    world.receive(&opening, "").await;
    world.receive(&answer, "").await;
    world.decide().await;
    let whole = world.thread_of(&opening).await.unwrap();
    assert_eq!(world.thread_of(&answer).await, Some(whole));
    let joins = thread_join::of_thread(&world.db, whole).await.unwrap();
    assert_eq!(joins.iter().map(|join| (join.reason, join.message)).collect::<Vec<_>>(), [(Reason::Conversation, Some(answer.id))]);

    let ended = world.edit(1, Intent::Undo { join: joins[0].id }).await;
    let (one, other) = (world.thread_of(&opening).await.unwrap(), world.thread_of(&answer).await.unwrap());
    assert!(one != other && [one, other].contains(&whole), "one side keeps the id");
    assert_eq!(ended.refusal, None);
    let later = Message { in_reply_to: Some("<2@example.com>".to_owned()), ..world.reply(3, 3, &[1, 2]) };
    world.receive(&later, "").await;
    world.decide().await;
    assert_eq!(world.thread_of(&later).await, Some(other), "it answers the nearest, and joins nothing that is kept apart");
    assert_eq!(world.thread_of(&opening).await, Some(one));
    world.tells_the_same_story().await;

    let again = world.edit(2, Intent::Join { thread: one, with: other }).await;
    assert_eq!((again.thread, again.refusal), (Some(one.min(other)), None));
    assert_eq!(thread::find(&world.db, one.min(other)).await.unwrap().unwrap().message_count, 3);
    assert_eq!(world.edit(3, Intent::Join { thread: one, with: other }).await.refusal.as_deref(), Some("The two are one thread already."));
    assert!(world.edit(4, Intent::Undo { join: joins[0].id }).await.refusal.is_some());
    world.tells_the_same_story().await;
}

async fn messages_that_are_split_off_stay_off_with_their_copies_and_answers(world: World) {
    let (opening, wrong, last) = (world.mail(1, 1), world.reply(2, 2, &[1]), world.reply(3, 3, &[1, 2]));
    let copy = Message { mailbox: MailboxId::from_number(2), id: MessageId::sorted_by(at(2)), graph_id: "copy".to_owned(), ..wrong.clone() };
    for mail in [&opening, &wrong, &copy, &last] {
        world.receive(mail, "").await;
    }
    world.decide().await;
    let whole = world.thread_of(&opening).await.unwrap();
    assert_eq!(thread::find(&world.db, whole).await.unwrap().unwrap().message_count, 3);
    let ended = world.edit(1, Intent::Split { thread: whole, messages: vec![wrong.id] }).await;
    let off = world.thread_of(&wrong).await.unwrap();
    assert_eq!((ended.thread, ended.refusal), (Some(off), None));
    assert_eq!(world.thread_of(&copy).await, Some(off));
    assert_eq!((world.thread_of(&opening).await, world.thread_of(&last).await), (Some(whole), Some(whole)));
    let counts = [whole, off].map(|id| (id, if id == whole { 2 } else { 1 }));
    for (id, count) in counts {
        assert_eq!(thread::find(&world.db, id).await.unwrap().unwrap().message_count, count);
    }
    let answer = Message { in_reply_to: Some("<2@example.com>".to_owned()), ..world.reply(4, 4, &[1, 2]) };
    world.receive(&answer, "").await;
    world.decide().await;
    assert_eq!(world.thread_of(&answer).await, Some(off));
    assert_eq!(world.thread_of(&last).await, Some(whole));
    let all = Intent::Split { thread: off, messages: vec![wrong.id, answer.id] };
    assert!(world.edit(2, all).await.refusal.is_some());
    assert!(world.edit(3, Intent::Split { thread: off, messages: vec![last.id] }).await.refusal.is_some());
    world.tells_the_same_story().await;
}

async fn the_same_message_id_of_another_author_is_no_copy(world: World) {
    let one = world.mail(1, 1);
    let other = Message { id: MessageId::sorted_by(at(2)), graph_id: "other".to_owned(), subject: "Something else".to_owned(), ..world.mail(1, 2) };
    world.receive(&one, "").await;
    world.receive(&other, "").await;
    world.decide().await;
    let id = world.thread_of(&one).await.unwrap();
    let mails = thread::fold(message::in_thread(&world.db, id, 9).await.unwrap());
    assert!(mails.iter().all(|copies| copies.len() == 1));
    world.tells_the_same_story().await;
}

/// Many messages, the program stopped at many commits: the same threads as without a stop, each message counted once.
async fn a_program_that_stops_at_any_commit_decides_each_event_once(world: World) {
    let mut truth: HashMap<i64, BTreeSet<MessageId>> = HashMap::new();
    for number in (0..300i64).rev() {
        let root = number % 40;
        let mail = if number < 40 { world.mail(number, number) } else { world.reply(number, number, &[root, number - 40]) };
        truth.entry(root).or_default().insert(mail.id);
        world.receive(&mail, &format!("<p>number{number} all</p>")).await;
    }
    let commits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&commits);
    let unsafe_db = world.db.with_commit_hook(Arc::new(move |_, phase| {
        let number = counter.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        number % 5 == if phase == Phase::Before { 0 } else { 1 }
    }));
    let mut stops = 0;
    while let Err(error) = world.decide_on(&unsafe_db).await {
        assert!(matches!(error, StoreError::Crashed), "{error}");
        stops += 1;
        world.clock.advance(Duration::from_secs(61));
    }
    assert!(stops >= 5, "stopped {stops} times");
    world.tells_the_same_story().await;
    let threads = thread::list(&world.db, world.workspace, None, 1000).await.unwrap();
    assert_eq!(threads.len(), truth.len());
    assert_eq!(threads.iter().map(|thread| thread.message_count).sum::<i64>(), 300);
    for members in truth.values() {
        let mut ids = BTreeSet::new();
        for member in members {
            ids.insert(message::find(&world.db, *member).await.unwrap().unwrap().thread.unwrap());
        }
        assert_eq!(ids.len(), 1);
    }
    assert_eq!(world.found("all").await.len(), 300);
}
}
