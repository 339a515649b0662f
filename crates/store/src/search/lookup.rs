//! Look-ups: what the names in a query stand for, within what the asker may see.

use std::collections::{BTreeMap, HashSet};

use model::id::{CustomerId, FolderId, MailboxId, MessageId, PersonId};
use model::query::{Clause, Field, Query, Wanted};
use model::words::{Phrase, Spelled};

use super::Asked;
use super::plan::{Group, OfRow, Plan, RowWanted, Spoken};
use super::scope::{Level, Scope, Seen};
use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;

/// Messages of customers beyond this number are not counted.
const COUNTED_MAX: u32 = 1000;
/// Customers beyond this number that a name stands for are not looked at.
const CUSTOMERS_MAX: u32 = 50;

/// What a query means to this asker now.
pub(super) async fn plan(db: &Db, asked: &Asked<'_>) -> Result<Plan, StoreError> {
    let mailboxes = if needs_mailboxes(asked) { mailboxes(db, asked.scope).await? } else { Vec::new() };
    let mut plan = Plan {
        workspace: asked.scope.workspace_id(),
        groups: Vec::new(),
        texts: Vec::new(),
        rows: Vec::new(),
        floor: 0,
        ceiling: i64::MAX,
        unknown: Vec::new(),
        impossible: false,
        folders: None,
        customers: None,
    };
    let within = confine(asked.query, &mailboxes, &mut plan);
    plan.groups = groups(&within, asked, mailboxes.len());
    plan.impossible |= plan.groups.is_empty();
    for clause in asked.query.clauses() {
        add(db, &mut plan, asked, clause, &within).await?;
    }
    Ok(plan)
}

/// Whoever searches all of a workspace need not know its mailboxes, but by name.
fn needs_mailboxes(asked: &Asked<'_>) -> bool {
    let named = |clause: &Clause| matches!(clause.wanted, Wanted::Mailbox(_) | Wanted::Folder(_));
    !asked.scope.is_workspace() || asked.query.clauses().iter().any(named)
}

/// A mailbox of the workspace, and how it is seen.
struct Known {
    id: MailboxId,
    address: String,
    seen: Option<Seen>,
}

async fn mailboxes(db: &Db, scope: &Scope) -> Result<Vec<Known>, StoreError> {
    let rows = db.query("SELECT id, address FROM mailbox WHERE workspace_id = $1 ORDER BY id", [scope.workspace_id().into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let id = row.read()?;
            Ok(Known { id, address: row.read()?, seen: scope.sight(id) })
        })
        .collect()
}

/// The mailboxes that remain after the clauses about mailboxes.
fn confine(query: &Query, mailboxes: &[Known], plan: &mut Plan) -> Vec<Seen> {
    let mut within: Vec<&Known> = mailboxes.iter().filter(|known| known.seen.is_some()).collect();
    for clause in query.clauses() {
        let Wanted::Mailbox(name) = &clause.wanted else { continue };
        let id = name.parse::<MailboxId>().ok();
        let named = |known: &Known| Some(known.id) == id || known.address.eq_ignore_ascii_case(name);
        if !mailboxes.iter().any(|known| known.seen.is_some() && named(known)) {
            plan.unknown.push(clause.to_string());
        }
        within.retain(|known| named(known) != clause.negated);
    }
    within.into_iter().filter_map(|known| known.seen).collect()
}

fn groups(within: &[Seen], asked: &Asked<'_>, mailboxes: usize) -> Vec<Group> {
    let mut alike: BTreeMap<(Level, bool), Vec<Seen>> = BTreeMap::new();
    within.iter().for_each(|seen| alike.entry((seen.level, seen.private)).or_default().push(*seen));
    let confined = asked.query.clauses().iter().any(|clause| matches!(clause.wanted, Wanted::Mailbox(_)));
    if asked.scope.is_workspace() && !confined {
        return vec![Group::new(Level::Everything, false, None, mailboxes)];
    }
    alike.into_iter().map(|((level, private), seen)| Group::new(level, private, Some(seen), mailboxes)).collect()
}

async fn add(db: &Db, plan: &mut Plan, asked: &Asked<'_>, clause: &Clause, within: &[Seen]) -> Result<(), StoreError> {
    let negated = clause.negated;
    let of_row = |wanted| OfRow { negated, wanted };
    match &clause.wanted {
        Wanted::Text(text) => {
            let phrases = Phrase::read(&text.text, text.beginning).into_iter().collect();
            plan.texts.push(Spoken { negated, fields: vec![text.field], phrases });
        }
        Wanted::Attachment => plan.rows.push(of_row(RowWanted::Attachment)),
        Wanted::Is(state) => plan.rows.push(of_row(RowWanted::Is(*state))),
        Wanted::Before(when) if negated => plan.from(MessageId::first_at(when.resolve(asked.now))),
        Wanted::After(when) if !negated => plan.from(MessageId::first_at(when.resolve(asked.now))),
        Wanted::Before(when) | Wanted::After(when) => plan.below(MessageId::first_at(when.resolve(asked.now))),
        Wanted::Folder(name) => {
            let folders = folders(db, plan, name, within).await?;
            plan.known(!folders.is_empty(), clause);
            if !negated && plan.folders.is_none() {
                plan.folders = Some((folders.iter().map(|(id, _)| *id).collect(), folders.iter().map(|(_, total)| *total).sum()));
            }
            plan.rows.push(of_row(RowWanted::Folders(folders.into_iter().map(|(id, _)| id).collect())));
        }
        Wanted::Customer(name) => {
            let customers = customers(db, plan, name).await?;
            plan.known(!customers.is_empty(), clause);
            if !negated && plan.customers.is_none() {
                plan.customers = Some((customers.clone(), messages_of(db, &customers).await?));
            }
            plan.rows.push(of_row(RowWanted::Customers(customers)));
        }
        Wanted::Person(name) => {
            let phrases = addresses(db, plan, name).await?;
            plan.known(!phrases.is_empty(), clause);
            plan.texts.push(Spoken { negated, fields: vec![Field::From, Field::To, Field::Cc], phrases });
        }
        Wanted::Mailbox(_) => {}
    }
    Ok(())
}

impl Plan {
    fn from(&mut self, id: MessageId) {
        self.floor = self.floor.max(id.number());
    }

    fn below(&mut self, id: MessageId) {
        self.ceiling = self.ceiling.min(id.number());
    }

    fn known(&mut self, known: bool, clause: &Clause) {
        if !known {
            self.unknown.push(clause.to_string());
            self.impossible |= !clause.negated;
        }
    }
}

/// How many messages these customers have, counted up to [`COUNTED_MAX`].
async fn messages_of(db: &Db, customers: &[CustomerId]) -> Result<i64, StoreError> {
    const SQL: &str =
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM thread_customer JOIN message ON message.thread_id = thread_customer.thread_id
        WHERE thread_customer.customer_id IN {numbers $1} LIMIT $2) AS counted";
    let args = [numbers(customers.iter().map(|id| id.number())).into(), COUNTED_MAX.into()];
    db.query_first(SQL, args).await?.map_or(Ok(0), |mut row| row.read())
}

/// The folders of visible mailboxes that a name stands for, each with about how many messages it has.
async fn folders(db: &Db, plan: &Plan, name: &str, within: &[Seen]) -> Result<Vec<(FolderId, i64)>, StoreError> {
    const NAMES: &str = "SELECT DISTINCT folder.display_name FROM folder JOIN mailbox ON mailbox.id = folder.mailbox_id
        WHERE mailbox.workspace_id = $1 AND folder.removed_at IS NULL";
    const SQL: &str = "SELECT folder.id, folder.mailbox_id, folder.total_there FROM folder JOIN mailbox ON mailbox.id = folder.mailbox_id
        WHERE mailbox.workspace_id = $1 AND folder.removed_at IS NULL
            AND (folder.id = $2 OR folder.well_known = $3 OR folder.display_name IN {texts $4})";
    let wanted = folded(name);
    let names = db.query(NAMES, [plan.workspace.into()]).await?;
    let names: Vec<String> = names.into_iter().map(|mut row| row.read()).collect::<Result<_, _>>()?;
    let names: Vec<&String> = names.iter().filter(|known| *known == name || (!wanted.is_empty() && folded(known) == wanted)).collect();
    let id = name.parse::<FolderId>().map_or(-1, FolderId::number);
    let rows = db.query(SQL, [plan.workspace.into(), id.into(), well_known(&wanted).into(), texts(&names).into()]).await?;
    let visible: HashSet<MailboxId> = within.iter().map(|seen| seen.mailbox).collect();
    let mut found = Vec::new();
    for mut row in rows {
        let (folder, mailbox, total): (FolderId, MailboxId, i64) = (row.read()?, row.read()?, row.read()?);
        if visible.contains(&mailbox) {
            found.push((folder, total));
        }
    }
    Ok(found)
}

/// Microsoft's own name of a folder that people call by another.
fn well_known(name: &str) -> &str {
    match name {
        "sent" => "sentitems",
        "draft" => "drafts",
        "trash" | "bin" | "deleted" => "deleteditems",
        "junk" | "spam" => "junkemail",
        other => other,
    }
}

/// A name by its words, so that neither case nor accents nor marks matter.
fn folded(name: &str) -> String {
    Spelled::of(name).to_string()
}

/// The customers of this id, of this name or one that begins so, or of this domain.
async fn customers(db: &Db, plan: &Plan, name: &str) -> Result<Vec<CustomerId>, StoreError> {
    const SQL: &str = "SELECT id FROM customer WHERE workspace_id = $1 AND merged_into IS NULL
            AND (id = $2 OR (name_folded >= $3 AND name_folded < $4)
                OR id IN (SELECT customer_id FROM customer_domain WHERE workspace_id = $1 AND domain = $5)) LIMIT $6";
    let id = name.parse::<CustomerId>().map_or(-1, CustomerId::number);
    let from = crate::customer::folded(name);
    let to = format!("{from}\u{10FFFF}");
    let args = [plan.workspace.into(), id.into(), from.into(), to.into(), name.to_lowercase().into(), CUSTOMERS_MAX.into()];
    db.query(SQL, args).await?.into_iter().map(|mut row| row.read()).collect()
}

/// The addresses of a person of this id; otherwise the words themselves, which are an address or a name.
async fn addresses(db: &Db, plan: &Plan, name: &str) -> Result<Vec<Phrase>, StoreError> {
    const SQL: &str = "SELECT written FROM person_address WHERE workspace_id = $1 AND person_id = $2";
    let Ok(id) = name.parse::<PersonId>() else { return Ok(Phrase::read(name, false).into_iter().collect()) };
    let rows = db.query(SQL, [plan.workspace.into(), id.into()]).await?;
    let written: Vec<String> = rows.into_iter().map(|mut row| row.read()).collect::<Result<_, _>>()?;
    Ok(written.iter().filter_map(|address| Phrase::read(address, false)).collect())
}
