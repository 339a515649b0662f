//! Threads, as their asker may see them: of the mails in it those that their mailboxes show.

use std::collections::HashMap;

use base::Timestamp;
use model::id::{CustomerId, MessageId, ThreadId, ThreadJoinId, WorkspaceId};
use store::thread_sight::{self, Seen, SeenIn};
use store::{Db, StoreError, customer, filing, message, thread, thread_join};

use super::message::THREAD_MAX;
use crate::access::{Level, Sight};
use crate::view;

/// One thread. An id of before a join leads to what it has become.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, sight: &Sight, id: ThreadId) -> Result<Option<view::Thread>, StoreError> {
    let present = match thread::find(db, id).await? {
        Some(_) => Some(id),
        None => thread::became(db, workspace, id).await?,
    };
    let Some(present) = present else { return Ok(None) };
    Ok(find_many(db, workspace, sight, &[present]).await?.pop())
}

/// Those of these threads of which anything may be seen, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, workspace: WorkspaceId, sight: &Sight, ids: &[ThreadId]) -> Result<Vec<view::Thread>, StoreError> {
    let (visible, subjects, own) = (sight.visible(), sight.with_subjects(), sight.own());
    let seen_in = SeenIn { mailboxes: &visible, subjects: &subjects, own: &own };
    let seen = thread_sight::of_threads(db, ids, seen_in).await?;
    let seen: HashMap<ThreadId, Seen> = seen.into_iter().map(|seen| (seen.thread, seen)).collect();
    let threads = thread::find_many(db, ids).await?.into_iter().filter(|thread| thread.workspace == workspace);
    let mut filings = filings_of(db, workspace, ids).await?;
    let by_hand: Vec<ThreadId> = filing::by_hand_of(db, ids).await?.into_iter().map(|mark| mark.thread).collect();
    Ok(threads
        .filter_map(|thread| {
            let seen = seen.get(&thread.id)?;
            Some(view::Thread {
                id: thread.id,
                subject: seen.subject.then_some(thread.subject),
                first_at: seen.first_at,
                last_at: seen.last_at,
                message_count: seen.message_count,
                version: thread.version,
                customers: filings.remove(&thread.id).unwrap_or_default(),
                is_filed_by_hand: by_hand.contains(&thread.id),
            })
        })
        .collect())
}

async fn filings_of(db: &Db, workspace: WorkspaceId, ids: &[ThreadId]) -> Result<HashMap<ThreadId, Vec<view::Filing>>, StoreError> {
    let filings = filing::of_threads(db, ids).await?;
    let mut customers: Vec<CustomerId> = filings.iter().map(|filing| filing.customer).collect();
    customers.sort();
    customers.dedup();
    let named = customer::find_many(db, workspace, &customers).await?;
    let names: HashMap<CustomerId, String> = named.into_iter().map(|customer| (customer.id, customer.name)).collect();
    let mut views: HashMap<ThreadId, Vec<view::Filing>> = HashMap::new();
    for filing in filings {
        let because = filing.sentence();
        views.entry(filing.thread).or_default().push(view::Filing {
            customer: filing.customer,
            name: names.get(&filing.customer).cloned().unwrap_or_default(),
            rule: filing.rule.name(),
            because,
            filed_at: filing.filed_at,
        });
    }
    Ok(views)
}

/// The mails of a thread behind `after` (when the copy that was shown of the last one was received, and its id), the first
/// first: copies put together. Of a thread, the first 5,000 copies are looked at.
///
/// # Errors
/// As [`Db::query`].
pub async fn messages(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    id: ThreadId,
    after: Option<(Timestamp, MessageId)>,
    limit: u32,
) -> Result<Vec<view::ThreadMessage>, StoreError> {
    let rows = message::in_thread(db, id, THREAD_MAX).await?;
    let mut visible: Vec<message::Mirrored> = Vec::with_capacity(rows.len());
    for row in rows {
        if row.message.workspace == workspace && view::Message::level(&row, sight) > Level::Nothing {
            visible.push(row);
        }
    }
    let mut mails: Vec<view::ThreadMessage> = thread::fold(visible).into_iter().filter_map(|copies| mail(copies, sight)).collect();
    mails.sort_by_key(view::ThreadMessage::key);
    mails.retain(|mail| after.is_none_or(|after| mail.key() > after));
    mails.truncate(limit as usize);
    Ok(mails)
}

fn mail(copies: Vec<message::Mirrored>, sight: &Sight) -> Option<view::ThreadMessage> {
    let holders = copies
        .iter()
        .map(|copy| view::Holder { mailbox: copy.message.mailbox, message: copy.message.id, is_read: copy.message.read })
        .collect();
    let reason = copies.first().and_then(|copy| copy.thread_reason).map(|reason| reason.name());
    let shown = copies.into_iter().filter_map(|copy| view::Message::of(copy, sight));
    // Of copies that show the same, the first of the thread stands for them.
    let message = shown.fold(None, |best: Option<view::Message>, copy| match best {
        Some(best) if best.shown >= copy.shown => Some(best),
        _ => Some(copy),
    })?;
    Some(view::ThreadMessage { message, holders, reason })
}

/// The joins that hold a thread together, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn joins(db: &Db, workspace: WorkspaceId, sight: &Sight, id: ThreadId) -> Result<Vec<view::Join>, StoreError> {
    let joins = thread_join::of_thread(db, id).await?;
    let showing: Vec<_> = joins.iter().filter_map(|join| join.message).collect();
    let seen = super::message::find_many(db, workspace, sight, &showing).await?;
    Ok(joins
        .into_iter()
        .filter(|join| join.workspace == workspace)
        .map(|join| view::Join {
            id: join.id,
            reason: join.reason.name(),
            message: join.message.filter(|id| seen.iter().any(|message| message.id == *id)),
            actor: join.actor,
            at: join.at,
        })
        .collect())
}

/// The thread that a join of this workspace holds together, if anything of it may be seen.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_join(db: &Db, workspace: WorkspaceId, sight: &Sight, id: ThreadJoinId) -> Result<Option<view::Thread>, StoreError> {
    match thread_join::thread_of(db, id).await? {
        Some(thread) => find(db, workspace, sight, thread).await,
        None => Ok(None),
    }
}
