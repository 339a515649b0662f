//! Customers and their domains. What a person changes is written by the functions that take an actor: they give the whole
//! of a transaction but the audit line, which the caller puts before.

use base::Timestamp;
use model::customer::{Customer, CustomerDomain};
use model::event::{EventKind, NewEvent};
use model::id::{CustomerId, MailboxId, WorkspaceId};

use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::refiling::{self, Scope, by_hand};
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// The guard of what is done to a customer: it is there, in this workspace, and was not merged into another.
pub const IS_THERE: &str = "the customer is there";
/// The guard of what takes a domain from a customer.
pub const IS_ITS_DOMAIN: &str = "the domain is the customer's";

/// A customer that was not there before.
pub fn insert(customer: &Customer) -> Statement {
    const SQL: &str =
        "INSERT INTO customer (id, workspace_id, name, name_folded, named_by_hand, created_at, last_at, thread_count, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Statement::new(
        SQL,
        [
            customer.id.into(),
            customer.workspace.into(),
            (&customer.name).into(),
            folded(&customer.name).into(),
            customer.named_by_hand.into(),
            customer.created_at.into(),
            customer.last_at.into(),
            customer.thread_count.into(),
            customer.version.into(),
        ],
    )
}

/// How names are compared and sorted.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A domain leads to a customer from now on: what a rule finds. Guards its transaction: nobody has said anything of it.
pub fn insert_domain(workspace: WorkspaceId, domain: &str, customer: CustomerId, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO customer_domain (workspace_id, domain, customer_id, by_hand, added_at) VALUES ($1, $2, $3, 0, $4)
        ON CONFLICT (workspace_id, domain) DO UPDATE SET customer_id = excluded.customer_id, added_at = excluded.added_at
        WHERE customer_domain.customer_id IS NULL AND customer_domain.by_hand = 0";
    Statement::new(SQL, [workspace.into(), domain.into(), customer.into(), at.into()]).expect_rows(1, "the domain is nobody's yet")
}

/// A domain turned out to be ours: it is no customer's, and its threads are looked at again, as due work.
pub fn release_domain(workspace: WorkspaceId, domain: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE customer_domain SET customer_id = NULL, by_hand = 0 WHERE workspace_id = $1 AND domain = $2";
    let mut statements = vec![Statement::new(SQL, [workspace.into(), domain.into()])];
    statements.extend(lead_people(workspace, domain, None, "rule", at));
    statements
}

/// Brings these customers' last activity in line with their timelines, and adds to the number of their threads.
pub fn refresh(customer: CustomerId, threads_more: i64) -> Statement {
    const SQL: &str = "UPDATE customer SET thread_count = thread_count + $2, last_at = COALESCE((SELECT MAX(at) FROM timeline
            WHERE owner_kind = 'customer' AND owner_id = $1), created_at) WHERE id = $1";
    Statement::new(SQL, [customer.into(), threads_more.into()])
}

/// By hand: a customer with these domains (folded), which are taken from whoever had them.
pub fn create(customer: &Customer, domains: &[String], actor: &str, at: Timestamp) -> Vec<Statement> {
    let workspace = customer.workspace;
    let mut changes = vec![insert(customer)];
    changes.extend(domains.iter().flat_map(|domain| take_domain(workspace, customer.id, domain, actor, at)));
    by_hand(workspace, at, changes, &[event(EventKind::CustomerCreated, customer.id, serde_json::Value::Null)])
}

/// By hand: another name.
pub fn rename(workspace: WorkspaceId, customer: CustomerId, name: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE customer SET name = $3, name_folded = $4, named_by_hand = 1, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL";
    let rename = Statement::new(SQL, [customer.into(), workspace.into(), name.into(), folded(name).into()]).expect_rows(1, IS_THERE);
    by_hand(workspace, at, [rename], &[changed(customer, serde_json::json!({ "changed": ["name"] }))])
}

/// By hand: a domain (folded) is this customer's, whoever had it before. Its people follow at once, its threads by due work.
pub fn add_domain(workspace: WorkspaceId, customer: CustomerId, domain: &str, actor: &str, at: Timestamp) -> Vec<Statement> {
    let mut changes = vec![touch(workspace, customer)];
    changes.extend(take_domain(workspace, customer, domain, actor, at));
    by_hand(workspace, at, changes, &[changed(customer, serde_json::json!({ "changed": ["domains"] }))])
}

/// By hand: a domain is this customer's no longer, and makes no other one by itself until somebody adds it again.
pub fn remove_domain(workspace: WorkspaceId, customer: CustomerId, domain: &str, actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE customer_domain SET customer_id = NULL, by_hand = 1, added_at = $4
        WHERE workspace_id = $1 AND domain = $2 AND customer_id = $3";
    let release = Statement::new(SQL, [workspace.into(), domain.into(), customer.into(), at.into()]).expect_rows(1, IS_ITS_DOMAIN);
    let mut changes = vec![touch(workspace, customer), release];
    changes.extend(lead_people(workspace, domain, None, actor, at));
    by_hand(workspace, at, changes, &[changed(customer, serde_json::json!({ "changed": ["domains"] }))])
}

/// By hand: everything of `from` is `into`'s. People and domains follow at once, threads by due work.
pub fn merge(workspace: WorkspaceId, from: CustomerId, into: CustomerId, actor: &str, at: Timestamp) -> Vec<Statement> {
    const GO: &str = "UPDATE customer SET merged_into = $3, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL AND id <> CAST($3 AS BIGINT)";
    const SIGNPOSTS: &str = "UPDATE customer SET merged_into = $2 WHERE merged_into = $1 AND workspace_id = $3";
    const DOMAINS: &str = "UPDATE customer_domain SET customer_id = $2 WHERE customer_id = $1";
    const PEOPLE: &str = "UPDATE person SET customer_id = $2, version = version + 1 WHERE customer_id = $1";
    let changes = [
        touch(workspace, into),
        Statement::new(GO, [from.into(), workspace.into(), into.into()]).expect_rows(1, IS_THERE),
        Statement::new(SIGNPOSTS, [from.into(), into.into(), workspace.into()]),
        Statement::new(DOMAINS, [from.into(), into.into()]),
        Statement::new(PEOPLE, [from.into(), into.into()]),
        refiling::ask(workspace, &Scope::Customer(from), actor, at),
    ];
    let events = [
        changed(from, serde_json::json!({ "changed": ["merged_into"], "merged_into": into })),
        changed(into, serde_json::json!({ "changed": ["merged"], "merged": from })),
    ];
    by_hand(workspace, at, changes, &events)
}

fn touch(workspace: WorkspaceId, customer: CustomerId) -> Statement {
    const SQL: &str = "UPDATE customer SET version = version + 1 WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL";
    Statement::new(SQL, [customer.into(), workspace.into()]).expect_rows(1, IS_THERE)
}

fn take_domain(workspace: WorkspaceId, customer: CustomerId, domain: &str, actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO customer_domain (workspace_id, domain, customer_id, by_hand, added_at) VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT (workspace_id, domain) DO UPDATE SET customer_id = excluded.customer_id, by_hand = 1, added_at = excluded.added_at";
    let mut statements = vec![Statement::new(SQL, [workspace.into(), domain.into(), customer.into(), at.into()])];
    statements.extend(lead_people(workspace, domain, Some(customer), actor, at));
    statements
}

/// Lets the people of a domain, but those placed by hand, belong to a customer or to none.
fn lead_people(workspace: WorkspaceId, domain: &str, customer: Option<CustomerId>, actor: &str, at: Timestamp) -> [Statement; 2] {
    const SQL: &str = "UPDATE person SET customer_id = $3, version = version + 1
        WHERE workspace_id = $1 AND domain = $2 AND customer_by_hand = 0 AND kind IN ('person', 'role') AND merged_into IS NULL";
    [
        Statement::new(SQL, [workspace.into(), domain.into(), customer.into()]),
        refiling::ask(workspace, &Scope::Domain(domain.to_owned()), actor, at),
    ]
}

fn changed(customer: CustomerId, data: serde_json::Value) -> NewEvent {
    event(EventKind::CustomerChanged, customer, data)
}

fn event(kind: EventKind, customer: CustomerId, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, subject: customer.number(), backfill: false, data }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, name, named_by_hand, created_at, last_at, thread_count, version, merged_into FROM customer ",
            $rest
        )
    };
}

/// One customer, also one that was merged into another.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, customer: CustomerId) -> Result<Option<Customer>, StoreError> {
    const SQL: &str = select!("WHERE id = $1 AND workspace_id = $2");
    db.query_first(SQL, [customer.into(), workspace.into()]).await?.map(customer_of).transpose()
}

/// Those of these customers that are there, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, workspace: WorkspaceId, customers: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
    const SQL: &str = select!("WHERE id IN {numbers $1} AND workspace_id = $2");
    let ids = numbers(customers.iter().map(|id| id.number()));
    db.query(SQL, [ids.into(), workspace.into()]).await?.into_iter().map(customer_of).collect()
}

/// Which customers are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Those whose name or one of whose domains begins with this, whatever its case.
    pub prefix: Option<&'a str>,
    /// Those with something in their timeline in one of these mailboxes; `None` for all.
    pub seen_in: Option<&'a [MailboxId]>,
}

impl Wanted<'_> {
    /// The first and behind the last text that begins with the prefix, and the mailboxes.
    pub(crate) fn arguments(&self) -> [Value; 3] {
        let prefix = self.prefix.map(folded).filter(|prefix| !prefix.is_empty());
        let behind = prefix.as_ref().map(|prefix| format!("{prefix}\u{10FFFF}"));
        let mailboxes = self.seen_in.map(|mailboxes| numbers(mailboxes.iter().map(|id| id.number())));
        [prefix.into(), behind.into(), mailboxes.into()]
    }
}

/// Customers with less recent activity than `before` (a customer's `last_at` and id), the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list_latest(
    db: &Db,
    workspace: WorkspaceId,
    wanted: Wanted<'_>,
    before: Option<(Timestamp, CustomerId)>,
    limit: u32,
) -> Result<Vec<Customer>, StoreError> {
    const SQL: &str = select!(
        "WHERE workspace_id = $1 AND merged_into IS NULL AND (last_at, id) < ($6, $7)
            AND (CAST($2 AS TEXT) IS NULL OR (name_folded >= $2 AND name_folded < $3) OR id IN (SELECT customer_id FROM customer_domain
                WHERE workspace_id = $1 AND domain >= $2 AND domain < $3))
            AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM timeline WHERE owner_kind = 'customer' AND owner_id = customer.id
                AND (mailbox_id = 0 OR mailbox_id IN {numbers $4})))
        ORDER BY last_at DESC, id DESC LIMIT $5"
    );
    let (at, id) = before.map_or((i64::MAX, i64::MAX), |(at, id)| (at.millis(), id.number()));
    let [prefix, behind, mailboxes] = wanted.arguments();
    let args = [workspace.into(), prefix, behind, mailboxes, limit.into(), at.into(), id.into()];
    db.query(SQL, args).await?.into_iter().map(customer_of).collect()
}

/// Customers behind `after` (a customer's name as [`name_key`] gives it, and its id), by name.
///
/// # Errors
/// As [`Db::query`].
pub async fn list_named(
    db: &Db,
    workspace: WorkspaceId,
    wanted: Wanted<'_>,
    after: Option<(&str, CustomerId)>,
    limit: u32,
) -> Result<Vec<Customer>, StoreError> {
    const SQL: &str = select!(
        "WHERE workspace_id = $1 AND merged_into IS NULL AND (name_folded, id) > ($6, $7)
            AND (CAST($2 AS TEXT) IS NULL OR (name_folded >= $2 AND name_folded < $3) OR id IN (SELECT customer_id FROM customer_domain
                WHERE workspace_id = $1 AND domain >= $2 AND domain < $3))
            AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM timeline WHERE owner_kind = 'customer' AND owner_id = customer.id
                AND (mailbox_id = 0 OR mailbox_id IN {numbers $4})))
        ORDER BY name_folded, id LIMIT $5"
    );
    let (name, id) = after.map_or(("", 0), |(name, id)| (name, id.number()));
    let [prefix, behind, mailboxes] = wanted.arguments();
    let args = [workspace.into(), prefix, behind, mailboxes, limit.into(), name.into(), id.into()];
    db.query(SQL, args).await?.into_iter().map(customer_of).collect()
}

/// What a name is sorted by: the first part of the cursor of [`list_named`].
pub fn name_key(name: &str) -> String {
    folded(name)
}

/// The domains of these customers, by domain.
///
/// # Errors
/// As [`Db::query`].
pub async fn domains_of(db: &Db, customers: &[CustomerId]) -> Result<Vec<CustomerDomain>, StoreError> {
    const SQL: &str = "SELECT domain, customer_id, by_hand FROM customer_domain WHERE customer_id IN {numbers $1} ORDER BY domain";
    let ids = numbers(customers.iter().map(|id| id.number()));
    db.query(SQL, [ids.into()]).await?.into_iter().map(domain_of).collect()
}

/// Whose these domains are; those nobody has looked at are missing.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_domains<T: AsRef<str>>(db: &Db, workspace: WorkspaceId, domains: &[T]) -> Result<Vec<CustomerDomain>, StoreError> {
    const SQL: &str = "SELECT domain, customer_id, by_hand FROM customer_domain WHERE workspace_id = $1 AND domain IN {texts $2}";
    db.query(SQL, [workspace.into(), texts(domains).into()]).await?.into_iter().map(domain_of).collect()
}

fn domain_of(mut row: Row) -> Result<CustomerDomain, StoreError> {
    Ok(CustomerDomain { domain: row.read()?, customer: row.read()?, by_hand: row.read()? })
}

fn customer_of(mut row: Row) -> Result<Customer, StoreError> {
    let row = &mut row;
    Ok(Customer {
        id: row.read()?,
        workspace: row.read()?,
        name: row.read()?,
        named_by_hand: row.read()?,
        created_at: row.read()?,
        last_at: row.read()?,
        thread_count: row.read()?,
        version: row.read()?,
        merged_into: row.read()?,
    })
}
