//! Reading: everything a batch is decided on, in a handful of queries however many threads it has.

use std::collections::{BTreeSet, HashMap};

use base::Timestamp;
use model::borders::Borders;
use model::id::{CustomerId, ThreadId, WorkspaceId};
use store::correspondence::{self, Sheet};
use store::{Db, Statement, StoreError, customer, exclusion, filing, person, thread, timeline};

use crate::customers::book::Book;
use crate::customers::case::Case;
use crate::customers::party::{Letter, letter};
use crate::customers::touched::Touched;

/// Of a thread with more messages only this many, the latest, are read again for each batch that touches it.
const LETTERS_MAX: u32 = 1000;

/// What a batch is decided on.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) cases: Vec<Case>,
    pub(crate) book: Book,
    /// What became of customers that were merged into others.
    pub(crate) merged: HashMap<CustomerId, CustomerId>,
    /// What is to be mended first: domains that turned out to be ours.
    pub(crate) statements: Vec<Statement>,
}

impl Reading {
    pub(crate) async fn read(db: &Db, workspace: WorkspaceId, touched: &Touched, now: Timestamp) -> Result<Self, StoreError> {
        let borders = exclusion::borders(db, workspace).await?;
        let taken = customer::by_domains(db, workspace, &borders.own_domains()).await?;
        let ours = taken.iter().filter(|domain| domain.customer.is_some());
        let statements = ours.flat_map(|domain| customer::release_domain(workspace, &domain.domain, now)).collect();
        let cases = cases(db, workspace, touched, &borders).await?;
        let book = book(db, workspace, &cases, now).await?;
        let merged = merged(db, workspace, &cases).await?;
        Ok(Reading { cases, book, merged, statements })
    }
}

async fn cases(db: &Db, workspace: WorkspaceId, touched: &Touched, borders: &Borders) -> Result<Vec<Case>, StoreError> {
    let ids: Vec<ThreadId> = touched.threads.keys().copied().collect();
    let mut cases: HashMap<ThreadId, Case> =
        touched.threads.iter().map(|(thread, backfill)| (*thread, empty(*thread, *backfill))).collect();
    for thread in thread::find_many(db, &ids).await?.into_iter().filter(|thread| thread.workspace == workspace) {
        let case = cases.get_mut(&thread.id).expect("only these were asked for");
        case.exists = true;
        case.partial = thread.message_count > i64::from(LETTERS_MAX);
    }
    for (thread, letter) in letters(db, &cases, borders).await? {
        cases.get_mut(&thread).expect("only these were asked for").letters.push(letter);
    }
    for filing in filing::of_threads(db, &ids).await? {
        cases.get_mut(&filing.thread).expect("only these were asked for").filings.push(filing);
    }
    for (place, at) in timeline::places(db, &ids).await? {
        cases.get_mut(&place.thread).expect("only these were asked for").places.insert(place, at);
    }
    for hand in filing::by_hand_of(db, &ids).await? {
        let case = cases.get_mut(&hand.thread).expect("only these were asked for");
        case.by_hand = Some(hand);
    }
    bequeath(&mut cases, &touched.joined);
    Ok(ids.into_iter().filter_map(|id| cases.remove(&id)).collect())
}

fn empty(thread: ThreadId, backfill: bool) -> Case {
    Case {
        thread,
        exists: false,
        partial: false,
        backfill,
        letters: Vec::new(),
        filings: Vec::new(),
        places: HashMap::new(),
        by_hand: None,
        inherited: None,
    }
}

async fn letters(db: &Db, cases: &HashMap<ThreadId, Case>, borders: &Borders) -> Result<Vec<(ThreadId, Letter)>, StoreError> {
    let present = |partial: bool| cases.values().filter(move |case| case.exists && case.partial == partial).map(|case| case.thread);
    let mut short: Vec<ThreadId> = present(false).collect();
    short.sort_unstable();
    let mut sheets: Vec<Sheet> = correspondence::of_threads(db, &short).await?;
    for long in present(true) {
        sheets.extend(correspondence::latest_of(db, long, LETTERS_MAX).await?);
    }
    Ok(sheets.iter().map(|sheet| (sheet.thread, letter(sheet, borders))).collect())
}

/// What a person filed by hand holds also after its thread became part of another.
fn bequeath(cases: &mut HashMap<ThreadId, Case>, joined: &[(ThreadId, ThreadId)]) {
    for (from, into) in joined {
        let Some(gone) = cases.get(from).filter(|case| !case.exists) else { continue };
        let Some(hand) = gone.by_hand.clone().or_else(|| gone.inherited.as_ref().map(|(hand, _)| hand.clone())) else { continue };
        let mut customers: Vec<CustomerId> = if gone.by_hand.is_some() { gone.customers().into_iter().collect() } else { Vec::new() };
        customers.extend(gone.inherited.iter().flat_map(|(_, customers)| customers.iter().copied()));
        if let Some(stays) = cases.get_mut(into) {
            let known = stays.inherited.take().map_or_else(Vec::new, |(_, customers)| customers);
            customers.extend(known);
            stays.inherited = Some((hand, customers));
        }
    }
}

async fn book(db: &Db, workspace: WorkspaceId, cases: &[Case], now: Timestamp) -> Result<Book, StoreError> {
    let parties = || cases.iter().flat_map(|case| &case.letters).flat_map(|letter| &letter.parties);
    let addresses: BTreeSet<&str> = parties().map(|party| party.address.as_str()).collect();
    let addresses = person::by_addresses(db, workspace, &addresses.into_iter().collect::<Vec<_>>()).await?;
    let ids: BTreeSet<_> = addresses.iter().map(|address| address.person).collect();
    let people = person::find_many(db, workspace, &ids.into_iter().collect::<Vec<_>>()).await?;
    let companies = parties().filter_map(|party| party.address.company_domain());
    let domains: BTreeSet<&str> = companies.chain(people.iter().map(|person| person.domain.as_str())).collect();
    let domains = customer::by_domains(db, workspace, &domains.into_iter().collect::<Vec<_>>()).await?;
    Ok(Book::new(workspace, now, addresses, people, domains))
}

async fn merged(db: &Db, workspace: WorkspaceId, cases: &[Case]) -> Result<HashMap<CustomerId, CustomerId>, StoreError> {
    let by_hand = cases.iter().filter(|case| case.by_hand.is_some()).flat_map(Case::customers);
    let inherited = cases.iter().filter_map(|case| case.inherited.as_ref()).flat_map(|(_, customers)| customers.iter().copied());
    let ids: BTreeSet<CustomerId> = by_hand.chain(inherited).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let customers = customer::find_many(db, workspace, &ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(customers.into_iter().filter_map(|customer| customer.merged_into.map(|into| (customer.id, into))).collect())
}
