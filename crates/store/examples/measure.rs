//! Measures what the store costs: `cargo run --release -p store --example measure [-- postgres]`.
//!
//! Prints microseconds of processor time (all threads of this process) and of the clock for each unit of work.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people; it stops where something is wrong")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use base::{Id, Timestamp};
use model::event::{EventKind, NewEvent};
use model::id::{FolderId, MailboxId, MessageId, WorkspaceId};
use model::message::{BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::query::Query;
use store::cursor::{CursorKind, Position};
use store::message::Listing;
use store::search::{Document, Order};
use store::work::{self, Lane, Lease};
use store::{Db, Settings, Statement, Transaction, cursor, ledger, message, search, setting};

const WORKSPACE: WorkspaceId = Id::from_number(1);
const MAILBOX: MailboxId = Id::from_number(2);
const FOLDER: FolderId = Id::from_number(3);
const PAGES: i64 = 200;
const PAGE: i64 = 100;
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = match std::env::args().nth(1) {
        Some(_) => test_postgres::shared().unwrap().database().await.unwrap().url().to_owned(),
        None => format!("sqlite:{}", folder.path().join("measure.db").display()),
    };
    let db = Db::open(&Settings::new(url)).await.unwrap();
    println!("{}: {} messages of 20 columns with a body of 4 kB, pages of {PAGE}", db.engine_name(), PAGES * PAGE);
    pages(&db, "message, body, event, page", true, true).await;
    pages(&db, "message, body, page (second time)", true, false).await;
    pages(&db, "event, page", false, true).await;
    read_back(&db).await;
    index(&db).await;
    claims(&db).await;
    alone(&db).await;
    at_once(&db).await;
}

struct Meter {
    name: String,
    started: Instant,
    spent: Duration,
    commits: Vec<Duration>,
}

impl Meter {
    fn start(name: &str) -> Self {
        Meter { name: name.to_owned(), started: Instant::now(), spent: processor_time(), commits: Vec::new() }
    }

    fn end(mut self, units: i64) {
        let per = |time: Duration| time.as_secs_f64() * 1e6 / units as f64;
        let (clock, processor) = (per(self.started.elapsed()), per(processor_time() - self.spent));
        print!("{:40} {processor:8.1} µs processor {clock:8.1} µs clock", self.name);
        self.commits.sort();
        match self.commits.as_slice() {
            [] => println!(),
            commits => println!("   commits: half within {:.1?}, slowest {:.1?}", commits[commits.len() / 2], commits[commits.len() - 1]),
        }
    }
}

/// Processor time of this process, by the kernel's ticks of 10 ms.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<i64> = stat[stat.rfind(')').unwrap() + 2..].split(' ').filter_map(|field| field.parse().ok()).collect();
    Duration::from_millis(((fields[10] + fields[11]) * 10).unsigned_abs())
}

async fn pages(db: &Db, name: &str, messages: bool, events: bool) {
    let lease = lease(db).await;
    let offset = db.query_first("SELECT COUNT(*) FROM message", []).await.unwrap().unwrap().read::<i64>().unwrap();
    let resource = format!("measure {name}");
    let mut meter = Meter::start(name);
    for page in 0..PAGES {
        let mut transaction = Transaction::new("pull.page").with(work::hold(&lease));
        let numbers = offset + page * PAGE..offset + (page + 1) * PAGE;
        if messages {
            transaction.extend(numbers.clone().flat_map(one_message));
        }
        transaction.push(cursor::save(MAILBOX, &resource, page, &position()));
        if events {
            let received = numbers.map(|number| NewEvent {
                kind: EventKind::MessageReceived,
                subject: number,
                backfill: true,
                data: serde_json::Value::Null,
            });
            transaction.extend(ledger::append(WORKSPACE, MAILBOX, START, &received.collect::<Vec<_>>()));
        }
        let started = Instant::now();
        db.commit(transaction).await.unwrap();
        meter.commits.push(started.elapsed());
    }
    meter.end(PAGES * PAGE);
    db.commit(Transaction::new("work.settle").with(work::settle(&lease, Timestamp::NEVER, Lane::Scheduled))).await.unwrap();
}

async fn lease(db: &Db) -> Lease {
    db.commit(Transaction::new("work.mark").with(work::mark_due("measure", "pull", Lane::Notified, START))).await.unwrap();
    work::claim(db, START, 1, Duration::from_secs(60), "measure", &["measure"]).await.unwrap().remove(0)
}

fn position() -> Position {
    let link = "https://graph.microsoft.com/v1.0/users/x/mailFolders/y/messages/delta?$skiptoken=".to_owned() + &"x".repeat(300);
    Position { kind: CursorKind::Next, link: Some(link), round: 1, round_started_at: START, pages: 1, saved_at: START }
}

fn one_message(number: i64) -> [Statement; 2] {
    let id = MessageId::sorted_by(Timestamp::from_millis(START.millis() - number * 60_000));
    let message = Message {
        id,
        workspace: WORKSPACE,
        mailbox: MAILBOX,
        folder: Some(FOLDER),
        graph_id: format!("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AUG{:0>112}", number.wrapping_mul(0x5DEE_CE66D).cast_unsigned()),
        change_key: "CQAAABYAAABQbWp1bGVzdmVybmUAAA==".to_owned(),
        internet_message_id: Some(format!("<{number}.contoso.example@mail.contoso.example>")),
        conversation_id: Some("AAQkADY3NzAxYjg1LWE1".repeat(4)),
        conversation_index: Some("AQHZ".repeat(8)),
        subject: format!("Re: Offer {number} for the new heating system in the north wing"),
        preview: words(number, 255),
        from: Some(Participant { name: "Anna Meier".to_owned(), address: "anna.meier@contoso.example".to_owned() }),
        recipients: Recipients {
            to: vec![Participant { name: "Ben".to_owned(), address: "ben@fabrikam.example".to_owned() }],
            ..Recipients::default()
        },
        received_at: START,
        sent_at: Some(START),
        modified_at: Some(START),
        read: true,
        draft: false,
        importance: Importance::Normal,
        flag: Flag::NotFlagged,
        categories: Vec::new(),
        has_attachments: false,
        in_reply_to: Some("<1@mail.contoso.example>".to_owned()),
        references: vec!["<1@mail.contoso.example>".to_owned(), "<2@mail.contoso.example>".to_owned()],
        focused: true,
        web_link: Some("https://outlook.office365.com/owa/?ItemID=".to_owned() + &"x".repeat(120)),
        private: false,
        nature: model::nature::Nature::Personal,
    };
    let body = MessageBody { kind: BodyKind::Html, content: words(number, 3000), headers: Some(words(number, 1000)) };
    [message::insert(&message, Listing { seen_round: 1, body_hash: number, attachments_wanted: false }), message::insert_body(id, body)]
}

/// One of 50 texts of that many bytes: made once, because only the store is to be measured.
fn words(seed: i64, bytes: usize) -> String {
    static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| (0..50).map(|seed| make_words(seed, 3200)).collect());
    let text = &TEXTS[usize::try_from(seed.rem_euclid(50)).unwrap()];
    text[..bytes].to_owned()
}

/// A text of that many bytes, a tenth of its words rare.
fn make_words(seed: i64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    let mut state = seed.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let range = if state.is_multiple_of(10) { 100_000 } else { 800 };
        text.push_str(&format!("w{} ", (state >> 8) % range));
    }
    text
}

async fn read_back(db: &Db) {
    let meter = Meter::start("read a page of 100 messages, a message");
    let mut before = None;
    for _ in 0..PAGES {
        before = message::in_mailbox(db, MAILBOX, before, 100).await.unwrap().pop().map(|found| found.message.id);
    }
    meter.end(PAGES * PAGE);
    let meter = Meter::start("look up 100 by Graph's ids, a message");
    for page in 0..PAGES {
        let ids: Vec<String> = (page * PAGE..(page + 1) * PAGE).map(|number| format!("AAMk{number}")).collect();
        assert!(message::by_graph_ids(db, MAILBOX, &ids).await.unwrap().is_empty());
    }
    meter.end(PAGES * PAGE);
}

async fn index(db: &Db) {
    let rows = db.query("SELECT id FROM message ORDER BY id LIMIT $1", [(PAGES * PAGE).into()]).await.unwrap();
    let ids: Vec<MessageId> = rows.into_iter().map(|mut row| row.read().unwrap()).collect();
    let mut meter = Meter::start("index 3 kB for the search");
    for page in 0..PAGES {
        let documents = (page * PAGE..(page + 1) * PAGE).map(|number| {
            let body = words(number, 3000);
            let (subject, from, to) = ("Offer for the heating".into(), "anna.meier@contoso.example".into(), "ben@fabrikam.example".into());
            let document = Document { subject, from, to, body: body.as_str().into(), ..Document::default() };
            search::put(ids[usize::try_from(number).unwrap()], MAILBOX, WORKSPACE, &document)
        });
        let transaction = Transaction::new("search.batch").with_all(documents);
        let started = Instant::now();
        db.commit(transaction).await.unwrap();
        meter.commits.push(started.elapsed());
    }
    meter.end(PAGES * PAGE);
    for wanted in ["heating", "w17 w18 heating", "w12"] {
        let mut times = Vec::new();
        let (scope, query) = (search::Scope::workspace(WORKSPACE), Query::read(wanted).unwrap());
        let asked = search::Asked { scope: &scope, query: &query, order: Order::Newest, after: None, limit: 50, now: START };
        for _ in 0..11 {
            let started = Instant::now();
            let found = search::search(db, &asked).await.unwrap();
            assert_eq!(found.looked_at, 51);
            times.push(started.elapsed());
        }
        times.sort();
        println!("    find the newest 50 with `{wanted}`: {:?}, quickest {:?}", times[5], times[0]);
    }
}

async fn claims(db: &Db) {
    let marks = (0..5000).map(|number| work::mark_due("carry", &format!("{number}"), Lane::Scheduled, START));
    db.commit(Transaction::new("work.mark").with_all(marks)).await.unwrap();
    let meter = Meter::start("claim one and settle it");
    for _ in 0..3000 {
        let leases = work::claim(db, START, 1, Duration::from_secs(60), "measure", &["carry", "measure"]).await.unwrap();
        let settled = Transaction::new("work.settle").with(work::settle(&leases[0], Timestamp::NEVER, Lane::Scheduled));
        db.commit(settled).await.unwrap();
    }
    meter.end(3000);
}

async fn alone(db: &Db) {
    let meter = Meter::start("a small transaction, one after another");
    for number in 0..5000 {
        db.commit(Transaction::new("small").with(setting::put(&format!("n{number}"), "1"))).await.unwrap();
    }
    meter.end(5000);
    let meter = Meter::start("a small durable transaction");
    for number in 0..500 {
        db.commit(Transaction::new("small").with(setting::put(&format!("n{number}"), "2")).durable()).await.unwrap();
    }
    meter.end(500);
}

async fn at_once(db: &Db) {
    let meter = Meter::start("a small transaction, 32 at once");
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                for number in 0..500 {
                    db.commit(Transaction::new("small").with(setting::put(&format!("t{task}-{number}"), "1"))).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    meter.end(32 * 500);
}
