//! Proof: which candidates are hits, by their rows, by the filing of their threads, and by their texts.

use std::collections::{HashMap, HashSet};

use model::id::{CustomerId, MessageId, ThreadId};
use model::message::BodyKind;

use super::candidate::Row;
use super::document::{BODY_CHARACTERS_MAX, Document};
use super::plan::{Plan, Spoken};
use crate::arrival::Text;
use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;

/// What reading a text costs, compared with looking at a row.
const TEXT_COST: usize = 10;

/// The hits among some candidates that may be shown, in their order, and what it cost to know beyond looking at their rows.
pub(super) async fn hits(db: &Db, plan: &Plan, by_index: bool, mut rows: Vec<Row>) -> Result<(Vec<Row>, usize), StoreError> {
    let mut cost = 0;
    rows.retain(|row| plan.row_holds(row));
    for (negated, customers) in plan.filings() {
        let filed = filed(db, &rows, customers).await?;
        rows.retain(|row| row.thread.is_some_and(|thread| filed.contains(&thread)) != negated);
    }
    let unproved = plan.unproved(by_index);
    if !unproved.is_empty() && !rows.is_empty() {
        cost += rows.len() * TEXT_COST;
        // Most of what people look for stands in the subject: a body is read only where something is still to be proved.
        let mut known: HashMap<MessageId, bool> = HashMap::new();
        for bodies in [false, true] {
            let open: Vec<Row> = rows.iter().filter(|row| !known.contains_key(&row.message)).copied().collect();
            if !open.is_empty() {
                let texts = texts(db, &open, bodies).await?;
                known.extend(open.iter().filter_map(|row| {
                    let proved = texts.get(&row.message).map_or(Some(false), |text| proves(plan, &unproved, row, text, bodies));
                    proved.map(|proved| (row.message, proved))
                }));
            }
        }
        rows.retain(|row| known.get(&row.message) == Some(&true));
    }
    Ok((rows, cost))
}

/// Whether a text is a hit; `None` if that depends on its body, which was not read.
fn proves(plan: &Plan, unproved: &[&Spoken], row: &Row, text: &Text, body_read: bool) -> Option<bool> {
    let Some((_, group)) = plan.group_of(row.mailbox) else { return Some(false) };
    let document = Document::of(text);
    let mut proved = Some(true);
    for spoken in unproved {
        let stands = spoken.stands(&document, group.level);
        if !stands && !body_read && spoken.needs_body() {
            proved = None;
        } else if stands == spoken.negated {
            return Some(false);
        }
    }
    proved
}

/// Which of the rows' threads are filed under one of these customers.
async fn filed(db: &Db, rows: &[Row], customers: &[CustomerId]) -> Result<HashSet<ThreadId>, StoreError> {
    const SQL: &str = "SELECT thread_id FROM thread_customer WHERE thread_id IN {numbers $1} AND customer_id IN {numbers $2}";
    let threads: HashSet<i64> = rows.iter().filter_map(|row| row.thread).map(ThreadId::number).collect();
    let args = [numbers(threads.into_iter()).into(), numbers(customers.iter().map(|id| id.number())).into()];
    db.query(SQL, args).await?.into_iter().map(|mut row| row.read()).collect()
}

async fn texts(db: &Db, rows: &[Row], bodies: bool) -> Result<HashMap<MessageId, Text>, StoreError> {
    const SQL: &str = "SELECT message.id, message.mailbox_id, message.subject, message.from_name, message.from_address, message.recipients,
            message.private, message_body.kind, CASE WHEN octet_length(message_body.content) > $2
                THEN substr(message_body.content, 1, CAST($2 AS INTEGER)) ELSE message_body.content END
        FROM message LEFT JOIN message_body ON message_body.message_id = message.id AND CAST($3 AS BIGINT) = 1
        WHERE message.id IN {numbers $1} AND message.deleted_at IS NULL";
    let ids = numbers(rows.iter().map(|row| row.message.number()));
    let rows = db.query(SQL, [ids.into(), BODY_CHARACTERS_MAX.into(), bodies.into()]).await?;
    let text = |mut row: crate::row::Row| {
        let message = row.read()?;
        let text = Text {
            mailbox: row.read()?,
            subject: row.read()?,
            author_name: row.read()?,
            author: row.read()?,
            recipients: row.read()?,
            private: row.read()?,
            body_kind: BodyKind::named(&row.read::<Option<String>>()?.unwrap_or_default()),
            body: row.read::<Option<String>>()?.unwrap_or_default(),
        };
        Ok((message, text))
    };
    rows.into_iter().map(text).collect()
}
