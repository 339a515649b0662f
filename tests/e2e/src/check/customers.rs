//! What must be true of customers when all is quiet: every thread is filed under exactly those whose people are in it, the
//! timelines hold exactly the threads that count, and the ledger has told it. Worked out anew from the messages, by none of
//! the code that files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::event::EventKind;
use model::id::{FolderId, ThreadId};
use model::nature::Nature;
use store::customer::Wanted;
use store::message::Mirrored;
use store::timeline::Owner;
use store::{customer, filing, folder, ledger, mailbox, message, thread, timeline};

use crate::world::{WORKSPACE, World};

const MANY: u32 = 100_000;

/// Adds everything that is wrong, in words.
pub(super) async fn check(world: &World, wrong: &mut Vec<String>) {
    let db = &world.house.db;
    let filed = check_filings(world, wrong).await;
    let mut timelines: BTreeMap<String, BTreeSet<ThreadId>> = BTreeMap::new();
    for (thread, names) in &filed {
        for name in names {
            timelines.entry(name.clone()).or_default().insert(*thread);
        }
    }
    for customer in customer::list_named(db, WORKSPACE, Wanted::default(), None, MANY).await.expect("customers are listed") {
        let entries = timeline::page(db, Owner::Customer(customer.id), None, None, MANY).await.expect("a timeline is read");
        let expected = timelines.remove(&customer.name).unwrap_or_default();
        let found: BTreeSet<ThreadId> = entries.iter().map(timeline::Entry::thread).collect();
        if found != expected || entries.len() != expected.len() || customer.thread_count != i64::try_from(entries.len()).unwrap_or(-1) {
            wrong.push(format!(
                "the timeline of {}: {expected:?} expected, {found:?} found, {} counted",
                customer.name, customer.thread_count
            ));
        }
        if entries.first().is_some_and(|entry| entry.at != customer.last_at) {
            wrong.push(format!("the last activity of {} is {}, not {:?}", customer.name, customer.last_at, entries.first()));
        }
    }
}

/// Compares each thread's filing with its messages, and with what the ledger told last; gives the filings by name.
async fn check_filings(world: &World, wrong: &mut Vec<String>) -> BTreeMap<ThreadId, BTreeSet<String>> {
    let db = &world.house.db;
    let left_out = left_out(world).await;
    let mut told: HashMap<i64, serde_json::Value> = HashMap::new();
    for event in ledger::read(db, WORKSPACE, 0, 1_000_000).await.expect("the ledger is read") {
        if event.kind == EventKind::ThreadFiled {
            told.insert(event.subject, event.data["customers"].clone());
        }
    }
    let mut filed = BTreeMap::new();
    for thread in thread::list(db, WORKSPACE, None, MANY).await.expect("threads are listed") {
        let messages = message::in_thread(db, thread.id, MANY).await.expect("messages are read");
        let expected: BTreeSet<String> = messages.iter().filter(|message| counts(message, &left_out)).flat_map(companies).collect();
        let filings = filing::of_threads(db, &[thread.id]).await.expect("filings are read");
        let ids: Vec<_> = filings.iter().map(|filing| filing.customer).collect();
        let domains = customer::domains_of(db, &ids).await.expect("domains are read");
        let found: BTreeSet<String> = domains.into_iter().map(|domain| domain.domain).collect();
        if found != expected {
            wrong.push(format!("{} is filed under {found:?}, not {expected:?}", thread.id));
        }
        let said = told.get(&thread.id.number()).cloned().unwrap_or_else(|| serde_json::json!([]));
        if said != serde_json::json!(ids) {
            wrong.push(format!("the ledger says that {} is filed under {said}, not {ids:?}", thread.id));
        }
        let names = customer::find_many(db, WORKSPACE, &ids).await.expect("customers are read");
        filed.insert(thread.id, names.into_iter().map(|customer| customer.name).collect());
    }
    filed
}

/// The folders whose mail counts for nothing.
async fn left_out(world: &World) -> BTreeSet<FolderId> {
    let db = &world.house.db;
    let mut left_out = BTreeSet::new();
    for mailbox in mailbox::list(db, WORKSPACE).await.expect("mailboxes are listed") {
        let folders = folder::list(db, mailbox.id).await.expect("folders are listed").into_iter();
        left_out.extend(
            folders.filter(|folder| matches!(folder.well_known.as_deref(), Some("junkemail" | "deleteditems"))).map(|folder| folder.id),
        );
    }
    left_out
}

fn counts(mirrored: &Mirrored, left_out: &BTreeSet<FolderId>) -> bool {
    let message = &mirrored.message;
    let home = message.folder.is_none_or(|folder| !left_out.contains(&folder));
    mirrored.deleted_at.is_none() && home && !message.draft && !message.private && message.nature == Nature::Personal
}

/// The domains of everyone on a message but our own. Addresses of the tests are `name@company.example`.
fn companies(mirrored: &Mirrored) -> Vec<String> {
    let message = &mirrored.message;
    let everyone = message.from.iter().chain(&message.recipients.to).chain(&message.recipients.cc).chain(&message.recipients.bcc);
    let people = everyone.filter(|participant| !is_program(&participant.address));
    let domains = people.filter_map(|participant| participant.address.split_once('@')).map(|(_, domain)| domain.to_lowercase());
    domains.filter(|domain| domain != "contoso.example").collect()
}

fn is_program(address: &str) -> bool {
    ["no-reply@", "noreply@", "news@", "postmaster@", "notifications@"].iter().any(|begin| address.to_lowercase().starts_with(begin))
}
