//! Filling: mailboxes, folders and messages by the store's statements, everything else by the real consumers.

use std::time::Duration;

use base::{Clock, Timestamp};
use desk::{Desk, KINDS};
use model::event::{EventKind, NewEvent};
use model::id::ConnectionId;
use model::mailbox::{Mailbox, MailboxKind, MailboxState};
use rapport_bench::measure;
use store::connection::{Connection, ConnectionKind, ConnectionState};
use store::folder::Folder;
use store::message::Listing;
use store::workspace::Workspace;
use store::{Db, Transaction, connection, due, folder, ledger, mailbox, message, work, workspace};

use crate::corpus::{Corpus, WORKSPACE};

/// Messages in a transaction.
const PAGE: i64 = 400;

/// Fills the database unless it is filled.
pub async fn fill(db: &Db, corpus: Corpus) {
    let present: i64 = db.query_first("SELECT COUNT(*) FROM message", []).await.unwrap().unwrap().read().unwrap();
    if present >= corpus.messages {
        println!("{}: {present} messages are there already", db.engine_name());
        return;
    }
    let began = measure::now();
    furnish(db, corpus).await;
    for page in 0..corpus.messages / PAGE {
        write(db, corpus, page).await;
    }
    println!("{}: {} messages in {} mailboxes written in {:.0?}", db.engine_name(), corpus.messages, corpus.mailboxes, began.elapsed());
    for kind in KINDS.iter().filter(|kind| **kind != due::KEEP_LEDGER) {
        let began = measure::now();
        decide(db, corpus, kind).await;
        println!("  {kind}: {:.0?}, {:.0} µs a message", began.elapsed(), began.elapsed().as_secs_f64() * 1e6 / corpus.messages as f64);
    }
    if db.engine_name() == "postgres" {
        // What PostgreSQL would do by itself, but in the middle of the measurement.
        db.query("VACUUM ANALYZE", []).await.unwrap();
    }
}

async fn furnish(db: &Db, corpus: Corpus) {
    let at = Timestamp::EPOCH;
    let id = ConnectionId::from_number(1);
    let mut furnish = Transaction::new("bench.furnish")
        .with(workspace::ensure(&Workspace { id: WORKSPACE, name: "Contoso".to_owned(), created_at: at }))
        .with(connection::insert(&Connection {
            id,
            workspace: WORKSPACE,
            provider: "microsoft".to_owned(),
            kind: ConnectionKind::Delegated,
            tenant_id: "tenant".to_owned(),
            account_id: "account".to_owned(),
            principal_name: "anna@contoso.example".to_owned(),
            display_name: "Anna".to_owned(),
            state: ConnectionState::Connected,
            problem: None,
            state_at: at,
            created_at: at,
        }));
    for place in 0..corpus.mailboxes {
        furnish.push(mailbox::insert(&mailbox_of(corpus, place, id)));
        furnish.push(folder::insert(&folder_of(corpus, place)));
    }
    db.commit(furnish).await.unwrap();
}

fn mailbox_of(corpus: Corpus, place: i64, connection: ConnectionId) -> Mailbox {
    Mailbox {
        id: corpus.mailbox(place),
        workspace: WORKSPACE,
        connection,
        graph_user_id: format!("user-{place}"),
        address: format!("user{place}@contoso.example"),
        display_name: format!("User {place}"),
        kind: MailboxKind::User,
        state: MailboxState::Live,
        problem: None,
        state_at: Timestamp::EPOCH,
        first_synced_at: Some(Timestamp::EPOCH),
        last_contact_at: None,
        created_at: Timestamp::EPOCH,
        visibility: model::mailbox::Visibility::default(),
    }
}

fn folder_of(corpus: Corpus, place: i64) -> Folder {
    Folder {
        id: corpus.folder(place),
        mailbox: corpus.mailbox(place),
        graph_id: format!("inbox-{place}"),
        parent_graph_id: None,
        display_name: "Inbox".to_owned(),
        well_known: Some("inbox".to_owned()),
        hidden: false,
        total_there: corpus.messages / corpus.mailboxes,
        unread_there: 0,
        removed_at: None,
        first_synced_at: Some(Timestamp::EPOCH),
        last_synced_at: None,
        estimate_total: None,
        audit: None,
    }
}

/// Writes a page as a pull does: rows, bodies, events, and the consumers made due.
async fn write(db: &Db, corpus: Corpus, page: i64) {
    let mut transaction = Transaction::new("pull.page");
    let mut events: Vec<(i64, NewEvent)> = Vec::new();
    for number in page * PAGE..(page + 1) * PAGE {
        let mail = corpus.message(number);
        transaction.push(message::insert(&mail, Listing { seen_round: 1, body_hash: number, attachments_wanted: false }));
        transaction.push(message::insert_body(mail.id, corpus.body(number)));
        events.push((mail.mailbox.number(), event(mail.id.number(), true)));
    }
    // The events of a mailbox go into the ledger together.
    events.sort_by_key(|(mailbox, _)| *mailbox);
    for of_mailbox in events.chunk_by(|one, other| one.0 == other.0) {
        let told: Vec<NewEvent> = of_mailbox.iter().map(|(_, event)| event.clone()).collect();
        transaction.extend(ledger::append(WORKSPACE, model::id::MailboxId::from_number(of_mailbox[0].0), corpus.ends, &told));
    }
    transaction.extend(due::decide(WORKSPACE, corpus.ends));
    db.commit(transaction).await.unwrap();
}

/// A message has come in.
pub fn event(message: i64, backfill: bool) -> NewEvent {
    NewEvent { kind: EventKind::MessageReceived, subject: message, backfill, data: serde_json::Value::Null }
}

/// Runs a consumer until it has nothing to do.
async fn decide(db: &Db, corpus: Corpus, kind: &str) {
    let clock = Clock::manual(corpus.ends);
    let desk = Desk::new(db.clone(), clock.clone());
    loop {
        let leases = work::claim(db, clock.now(), 1, Duration::from_secs(60), "bench", &[kind]).await.unwrap();
        let Some(lease) = leases.first() else { break };
        let ending = desk.run(lease).await.unwrap();
        db.commit(Transaction::new("settle").with_all(ending.statements(lease))).await.unwrap();
    }
}
