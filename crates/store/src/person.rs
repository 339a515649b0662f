//! People outside, and their addresses. What a person changes is written by the functions that end in an event: they give
//! the whole of a transaction but the audit line, which the caller puts before.

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{CustomerId, PersonId, WorkspaceId};
use model::person::{Person, PersonAddress, PersonKind};

use crate::customer::{Wanted, folded};
use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::refiling::{self, Scope, by_hand};
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// The guard of what is done to a person: it is there, in this workspace, and did not become another.
pub const IS_THERE: &str = "the person is there";
/// The guard of what takes an address from a person.
pub const IS_ITS_ADDRESS: &str = "the address is the person's";
/// The guard of what gives a person an address that is new.
pub const IS_NOBODYS: &str = "nobody has the address yet";

/// A person who was not there before.
pub fn insert(person: &Person) -> Statement {
    const SQL: &str = "INSERT INTO person (id, workspace_id, name, name_folded, named_by_hand, kind, domain, customer_id, customer_by_hand,
            created_at, last_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    Statement::new(
        SQL,
        [
            person.id.into(),
            person.workspace.into(),
            (&person.name).into(),
            folded(&person.name).into(),
            person.named_by_hand.into(),
            person.kind.name().into(),
            (&person.domain).into(),
            person.customer.into(),
            person.customer_by_hand.into(),
            person.created_at.into(),
            person.last_at.into(),
            person.version.into(),
        ],
    )
}

/// What mail tells of a known person: its kind, its customer, and its name unless that was chosen by hand.
pub fn update(person: &Person) -> Statement {
    const SQL: &str = "UPDATE person SET name = CASE WHEN named_by_hand = 1 THEN name ELSE $2 END,
            name_folded = CASE WHEN named_by_hand = 1 THEN name_folded ELSE $3 END, kind = $4,
            customer_id = CASE WHEN customer_by_hand = 1 THEN customer_id ELSE CAST($5 AS BIGINT) END, version = version + 1
        WHERE id = $1";
    let name = folded(&person.name);
    Statement::new(SQL, [person.id.into(), (&person.name).into(), name.into(), person.kind.name().into(), person.customer.into()])
}

/// Another address of a person.
pub fn insert_address(workspace: WorkspaceId, address: &PersonAddress) -> Statement {
    const SQL: &str = "INSERT INTO person_address (workspace_id, address, person_id, written, by_hand, added_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::new(
        SQL,
        [
            workspace.into(),
            (&address.address).into(),
            address.person.into(),
            (&address.written).into(),
            address.by_hand.into(),
            address.added_at.into(),
        ],
    )
}

/// Brings a person's last conversation in line with its timeline.
pub fn refresh(person: PersonId) -> Statement {
    const SQL: &str = "UPDATE person SET last_at = COALESCE((SELECT MAX(at) FROM timeline WHERE owner_kind = 'person' AND owner_id = $1),
        created_at) WHERE id = $1";
    Statement::new(SQL, [person.into()])
}

/// By hand: another name.
pub fn rename(workspace: WorkspaceId, person: PersonId, name: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE person SET name = $3, name_folded = $4, named_by_hand = 1, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL";
    let rename = Statement::new(SQL, [person.into(), workspace.into(), name.into(), folded(name).into()]).expect_rows(1, IS_THERE);
    by_hand(workspace, at, [rename], &[changed(person, "name")])
}

/// By hand: the person belongs to this customer, or to none, whatever the domain says.
pub fn set_customer(workspace: WorkspaceId, person: PersonId, customer: Option<CustomerId>, actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE person SET customer_id = $3, customer_by_hand = 1, version = version + 1
        WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL AND (CAST($3 AS BIGINT) IS NULL
            OR EXISTS (SELECT 1 FROM customer WHERE id = $3 AND workspace_id = $2 AND merged_into IS NULL))";
    let set = Statement::new(SQL, [person.into(), workspace.into(), customer.into()]).expect_rows(1, IS_THERE);
    let again = refiling::ask(workspace, &Scope::Person(person), actor, at);
    by_hand(workspace, at, [set, again], &[changed(person, "customer")])
}

/// By hand: the person belongs again where its domain says.
pub fn follow_domain(workspace: WorkspaceId, person: PersonId, actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str =
        "UPDATE person SET customer_by_hand = 0, version = version + 1, customer_id = (SELECT customer_id FROM customer_domain
            WHERE customer_domain.workspace_id = $2 AND customer_domain.domain = person.domain)
        WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL";
    let set = Statement::new(SQL, [person.into(), workspace.into()]).expect_rows(1, IS_THERE);
    let again = refiling::ask(workspace, &Scope::Person(person), actor, at);
    by_hand(workspace, at, [set, again], &[changed(person, "customer")])
}

/// By hand: an address (folded) that nobody has yet is this person's.
pub fn add_address(workspace: WorkspaceId, address: &PersonAddress, actor: &str) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO person_address (workspace_id, address, person_id, written, by_hand, added_at)
        VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (workspace_id, address) DO NOTHING";
    let (person, at) = (address.person, address.added_at);
    let insert = Statement::new(SQL, [workspace.into(), (&address.address).into(), person.into(), (&address.written).into(), at.into()])
        .expect_rows(1, IS_NOBODYS);
    let again = refiling::ask(workspace, &Scope::Person(person), actor, at);
    by_hand(workspace, at, [touch(workspace, person), insert, again], &[changed(person, "addresses")])
}

/// By hand: an address (folded) of `from` is `to`'s. Who has no address left is a signpost to the other.
pub fn move_address(workspace: WorkspaceId, address: &str, from: PersonId, to: PersonId, actor: &str, at: Timestamp) -> Vec<Statement> {
    const MOVE: &str = "UPDATE person_address SET person_id = $4, by_hand = 1
        WHERE workspace_id = $1 AND address = $2 AND person_id = $3 AND person_id <> CAST($4 AS BIGINT)";
    const EMPTY: &str = "UPDATE person SET merged_into = $2, version = version + 1
        WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM person_address WHERE person_id = $1)";
    const SIGNPOSTS: &str = "UPDATE person SET merged_into = $2
        WHERE workspace_id = $3 AND merged_into = $1 AND EXISTS (SELECT 1 FROM person AS gone WHERE gone.id = $1 AND gone.merged_into = $2)";
    let changes = [
        touch(workspace, from),
        touch(workspace, to),
        Statement::new(MOVE, [workspace.into(), address.into(), from.into(), to.into()]).expect_rows(1, IS_ITS_ADDRESS),
        Statement::new(EMPTY, [from.into(), to.into()]),
        Statement::new(SIGNPOSTS, [from.into(), to.into(), workspace.into()]),
        refiling::ask(workspace, &Scope::Person(from), actor, at),
    ];
    by_hand(workspace, at, changes, &[changed(from, "addresses"), changed(to, "addresses")])
}

fn touch(workspace: WorkspaceId, person: PersonId) -> Statement {
    const SQL: &str = "UPDATE person SET version = version + 1 WHERE id = $1 AND workspace_id = $2 AND merged_into IS NULL";
    Statement::new(SQL, [person.into(), workspace.into()]).expect_rows(1, IS_THERE)
}

fn changed(person: PersonId, what: &str) -> NewEvent {
    let data = serde_json::json!({ "changed": [what] });
    NewEvent { kind: EventKind::PersonChanged, subject: person.number(), backfill: false, data }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, name, named_by_hand, kind, domain, customer_id, customer_by_hand, created_at, last_at, version,
                merged_into FROM person ",
            $rest
        )
    };
}

/// One person, also one who turned out to be another.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, person: PersonId) -> Result<Option<Person>, StoreError> {
    const SQL: &str = select!("WHERE id = $1 AND workspace_id = $2");
    db.query_first(SQL, [person.into(), workspace.into()]).await?.map(person_of).transpose()
}

/// Those of these people who are there, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, workspace: WorkspaceId, people: &[PersonId]) -> Result<Vec<Person>, StoreError> {
    const SQL: &str = select!("WHERE id IN {numbers $1} AND workspace_id = $2");
    let ids = numbers(people.iter().map(|id| id.number()));
    db.query(SQL, [ids.into(), workspace.into()]).await?.into_iter().map(person_of).collect()
}

/// People with an older last conversation than `before` (a person's `last_at` and id), the latest first. A prefix is that of
/// a name or an address. Lists and programs are left out unless `kinds` names them.
///
/// # Errors
/// As [`Db::query`].
pub async fn list_latest(
    db: &Db,
    workspace: WorkspaceId,
    wanted: Wanted<'_>,
    kinds: &[PersonKind],
    before: Option<(Timestamp, PersonId)>,
    limit: u32,
) -> Result<Vec<Person>, StoreError> {
    const SQL: &str = select!(
        "WHERE workspace_id = $1 AND merged_into IS NULL AND (last_at, id) < ($6, $7) AND kind IN {texts $8}
            AND (CAST($2 AS TEXT) IS NULL OR (name_folded >= $2 AND name_folded < $3) OR id IN (SELECT person_id FROM person_address
                WHERE workspace_id = $1 AND address >= $2 AND address < $3))
            AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM timeline WHERE owner_kind = 'person' AND owner_id = person.id
                AND (mailbox_id = 0 OR mailbox_id IN {numbers $4})))
        ORDER BY last_at DESC, id DESC LIMIT $5"
    );
    let (at, id) = or_latest(before);
    let [prefix, behind, mailboxes] = wanted.arguments();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let args = [workspace.into(), prefix, behind, mailboxes, limit.into(), at, id, texts(&kinds).into()];
    db.query(SQL, args).await?.into_iter().map(person_of).collect()
}

/// The people of a customer with an older last conversation than `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_customer(
    db: &Db,
    customer: CustomerId,
    before: Option<(Timestamp, PersonId)>,
    limit: u32,
) -> Result<Vec<Person>, StoreError> {
    const SQL: &str =
        select!("WHERE customer_id = $1 AND merged_into IS NULL AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4");
    let (at, id) = or_latest(before);
    db.query(SQL, [customer.into(), at, id, limit.into()]).await?.into_iter().map(person_of).collect()
}

fn or_latest(before: Option<(Timestamp, PersonId)>) -> (Value, Value) {
    before.map_or((i64::MAX.into(), i64::MAX.into()), |(at, id)| (at.into(), id.into()))
}

/// How many people each of these customers has; those without are missing.
///
/// # Errors
/// As [`Db::query`].
pub async fn count_of_customers(db: &Db, customers: &[CustomerId]) -> Result<Vec<(CustomerId, i64)>, StoreError> {
    const SQL: &str =
        "SELECT customer_id, COUNT(*) FROM person WHERE customer_id IN {numbers $1} AND merged_into IS NULL GROUP BY customer_id";
    let ids = numbers(customers.iter().map(|id| id.number()));
    db.query(SQL, [ids.into()]).await?.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// The addresses of these people, by person and address.
///
/// # Errors
/// As [`Db::query`].
pub async fn addresses_of(db: &Db, people: &[PersonId]) -> Result<Vec<PersonAddress>, StoreError> {
    const SQL: &str = "SELECT person_id, address, written, by_hand, added_at FROM person_address WHERE person_id IN {numbers $1}
        ORDER BY person_id, address";
    let ids = numbers(people.iter().map(|id| id.number()));
    db.query(SQL, [ids.into()]).await?.into_iter().map(address_of).collect()
}

/// Those of these addresses (folded) that are somebody's.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_addresses<T: AsRef<str>>(db: &Db, workspace: WorkspaceId, addresses: &[T]) -> Result<Vec<PersonAddress>, StoreError> {
    const SQL: &str = "SELECT person_id, address, written, by_hand, added_at FROM person_address
        WHERE workspace_id = $1 AND address IN {texts $2}";
    db.query(SQL, [workspace.into(), texts(addresses).into()]).await?.into_iter().map(address_of).collect()
}

fn address_of(mut row: Row) -> Result<PersonAddress, StoreError> {
    let row = &mut row;
    Ok(PersonAddress { person: row.read()?, address: row.read()?, written: row.read()?, by_hand: row.read()?, added_at: row.read()? })
}

fn person_of(mut row: Row) -> Result<Person, StoreError> {
    let row = &mut row;
    let (id, workspace, name, named_by_hand) = (row.read()?, row.read()?, row.read()?, row.read()?);
    let kind: String = row.read()?;
    let kind = PersonKind::named(&kind).ok_or_else(|| StoreError::Broken(format!("no person is of kind {kind}")))?;
    Ok(Person {
        id,
        workspace,
        name,
        named_by_hand,
        kind,
        domain: row.read()?,
        customer: row.read()?,
        customer_by_hand: row.read()?,
        created_at: row.read()?,
        last_at: row.read()?,
        version: row.read()?,
        merged_into: row.read()?,
    })
}
