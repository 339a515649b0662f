//! Puts pulled contacts together on SQLite, and undoes every merge: `cargo run --release --package rapport-bench --example address_books`.
//!
//! 50,000 of Outlook, 50,000 of WhatsApp and 30,000 of Google (or as many thousands as the arguments say), most of them people of the same
//! set, so that two or three make one. They are kept first, which counts as pulled; then it is measured until nothing is pending. After
//! all that was joined has been parted, each must stand alone and say what came; taken back, all is as before.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for whoever works on contacts")]

use std::time::Duration;

use base::{Clock, Timestamp};
use desk::Desk;
use model::contact::{Card, Name, Origin, Said, SourceContact};
use model::id::{ContactSyncId, SourceContactId, WorkspaceId};
use model::phone::{self, Region};
use rapport_bench::measure;
use store::contact_book::{self, ContactBook};
use store::contact_saying::{self, Speaker};
use store::contact_sync::{self, ContactSync};
use store::source_contact::{self, Standing};
use store::workspace::{self, Workspace};
use store::{Db, Settings, Transaction, contact, due, work};

const WORKSPACE: WorkspaceId = WorkspaceId::from_number(7);
const PIECE: usize = 2_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut thousands = std::env::args().skip(1).map(|count| count.parse::<usize>().unwrap());
    let counts = [50, 50, 30].map(|usual| thousands.next().unwrap_or(usual) * 1_000);
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&Settings::new(format!("sqlite:{}", folder.path().join("bench.db").display()))).await.unwrap();
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let made = Workspace { id: WORKSPACE, name: "Bench".to_owned(), created_at: clock.now() };
    db.commit(Transaction::new("bench").with(workspace::ensure(&made))).await.unwrap();
    let began = measure::now();
    let mut came = Vec::new();
    for (origin, count) in [Origin::Outlook, Origin::WhatsApp, Origin::Google].into_iter().zip(counts) {
        came.extend(keep(&db, &clock, origin, count).await);
    }
    println!("{} source contacts kept: {:.1} s", came.len(), began.elapsed().as_secs_f64());

    let began = measure::now();
    let runs = decide(&db, &clock).await;
    let contacts = contact::count(&db, WORKSPACE, contact::Wanted::default()).await.unwrap();
    let merged = contact::count(&db, WORKSPACE, contact::Wanted { merged: true, ..contact::Wanted::default() }).await.unwrap();
    println!("put together: {:.1} s, {runs} runs; {contacts} contacts, {merged} of them of several", began.elapsed().as_secs_f64());

    let began = measure::now();
    let pairs = part_all(&db, &clock).await;
    decide(&db, &clock).await;
    let kept: Vec<_> = contact::list(&db, WORKSPACE, contact::Wanted::default(), None, u32::MAX).await.unwrap();
    let alone = kept.iter().filter(|kept| kept.contact.sources.len() == 1).count();
    println!("{} pairs parted: {:.1} s; {alone} contacts of one source contact each", pairs.len(), began.elapsed().as_secs_f64());
    let mut now: Vec<SourceContact> = source_contact::all(&db, WORKSPACE).await.unwrap().into_iter().map(|kept| kept.source).collect();
    now.sort_by_key(|source| source.id);
    came.sort_by_key(|source| source.id);
    assert_eq!((alone, kept.len()), (came.len(), came.len()), "each stands alone");
    assert!(now == came, "the sources are what came");
    let began = measure::now();
    take_back_all(&db, &clock, &pairs).await;
    decide(&db, &clock).await;
    let again = contact::count(&db, WORKSPACE, contact::Wanted::default()).await.unwrap();
    println!("all taken back: {:.1} s; {again} contacts", began.elapsed().as_secs_f64());
    assert_eq!(again, contacts, "as before");
    println!("the three sources are exactly what came; peak {} MB", measure::peak_memory_bytes(std::process::id()).unwrap() / 1_000_000);
}

async fn keep(db: &Db, clock: &Clock, origin: Origin, count: usize) -> Vec<SourceContact> {
    let book = ContactBook::fresh(WORKSPACE, origin, "bench", None, clock.now());
    let sync = ContactSync { pulled_at: Some(clock.now()), ..ContactSync::begun(&book, "bench", clock.now()) };
    db.commit(Transaction::new("bench").with(contact_book::insert(&book)).with(contact_sync::insert(&sync))).await.unwrap();
    let sources: Vec<SourceContact> = (0..count).map(|person| source(&book, person, clock.now())).collect();
    for piece in sources.chunks(PIECE) {
        let mut kept = Transaction::new("bench");
        for source in piece {
            kept.extend(source_contact::insert(source, &source.id.to_string(), standing(&book, sync.id)));
        }
        db.commit(kept).await.unwrap();
    }
    sources
}

fn standing(book: &ContactBook, sync: ContactSyncId) -> Standing {
    Standing { workspace: WORKSPACE, book: book.id, folder: None, round: 0, sync }
}

/// Person number n of each origin is the same one. Every tenth has no number, every twentieth has a switchboard's too.
fn source(book: &ContactBook, person: usize, now: Timestamp) -> SourceContact {
    let region = Region::named("ID");
    let written = match book.origin {
        Origin::Outlook => format!("0812-{:04}-{:04}", person / 10_000, person % 10_000),
        Origin::Google => format!("+62 812 {:04} {:04}", person / 10_000, person % 10_000),
        Origin::Api | Origin::WhatsApp => format!("62812{:04}{:04}@c.us", person / 10_000, person % 10_000),
    };
    let mut phones = if person % 10 == 9 { Vec::new() } else { vec![phone::one(&written, region)] };
    if person % 20 == 1 {
        phones.push(phone::one(&format!("021 555{:04}", person % 200), region));
    }
    let address = (book.origin != Origin::WhatsApp).then(|| format!("person{person}@company{}.example", person % 5_000));
    let card = Card {
        name: Name { display: Some(format!("Given{} Family{}", person % 97, person / 7)), ..Name::default() },
        addresses: address.into_iter().collect(),
        phones,
        organisation: Some(format!("Company {}", person % 5_000)),
        ..Card::default()
    };
    SourceContact { id: SourceContactId::new(now), origin: book.origin, book: book.id, card, updated_at: now }
}

/// Runs the consumer until nothing is pending.
async fn decide(db: &Db, clock: &Clock) -> usize {
    let desk = Desk::new(db.clone(), clock.clone());
    db.commit(Transaction::new("bench").with(due::decide_contacts(WORKSPACE, clock.now()))).await.unwrap();
    let mut runs = 0;
    loop {
        let leases = work::claim(db, clock.now(), 1, Duration::from_secs(600), "bench", &[due::DECIDE_CONTACTS]).await.unwrap();
        let Some(lease) = leases.first() else { return runs };
        let ending = desk.run(lease).await.unwrap();
        db.commit(Transaction::new("settle").with_all(ending.statements(lease))).await.unwrap();
        runs += 1;
    }
}

async fn take_back_all(db: &Db, clock: &Clock, pairs: &[(SourceContactId, SourceContactId)]) {
    for piece in pairs.chunks(PIECE) {
        db.commit(Transaction::new("bench").with_all(contact_saying::take_back(WORKSPACE, piece))).await.unwrap();
    }
    db.commit(Transaction::new("bench").with(due::decide_contacts(WORKSPACE, clock.now()))).await.unwrap();
}

/// Every two source contacts of one contact are two people's; these pairs.
async fn part_all(db: &Db, clock: &Clock) -> Vec<(SourceContactId, SourceContactId)> {
    let speaker = Speaker { workspace: WORKSPACE, by: "bench".to_owned(), at: clock.now() };
    let mut pairs = Vec::new();
    for kept in contact::list(db, WORKSPACE, contact::Wanted { merged: true, ..contact::Wanted::default() }, None, u32::MAX).await.unwrap()
    {
        for (place, one) in kept.contact.sources.iter().enumerate() {
            pairs.extend(kept.contact.sources[place + 1..].iter().map(|other| (*one, *other)));
        }
    }
    for piece in pairs.chunks(PIECE) {
        db.commit(Transaction::new("bench").with_all(contact_saying::say(&speaker, piece, Said::Parted))).await.unwrap();
    }
    pairs
}
