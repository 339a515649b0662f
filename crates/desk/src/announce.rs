//! The announce consumer: which endpoints are told of what has happened. It writes deliveries, in order for each mailbox;
//! carrying them is another room's work.
//!
//! Nobody is told of a first sync or of a private message. An endpoint is told only of what happened after it was made, and never of its own
//! parked deliveries or of its own end, which it could not take either. A test is told to the tested endpoint alone.

use std::collections::{BTreeMap, BTreeSet};

use base::Timestamp;
use model::event::EventKind;
use model::id::{DeliveryId, EndpointId, MailboxId, WorkspaceId};
use store::delivery::{self, Announcement, Notice};
use store::endpoint::{self, Listener};
use store::{Db, Statement, StoreError, due, ledger};

use crate::consumer::Batch;

/// Events of a batch: a few milliseconds of SQLite's one writer with ten endpoints that want them all.
const EVENTS_MAX: u32 = 500;

pub(crate) async fn decide(db: &Db, workspace: WorkspaceId, after: i64, now: Timestamp) -> Result<Batch, StoreError> {
    // The events are read before the endpoints: one made in between does not want them.
    let head = ledger::head(db, workspace).await?;
    let notices = delivery::notices(db, workspace, after, EVENTS_MAX).await?;
    let listeners = endpoint::listeners(db, workspace).await?;
    if listeners.is_empty() {
        let last = (head > after).then_some(head);
        return Ok(Batch { last, more: false, decisions: Vec::new() });
    }
    let last = notices.last().map(|notice| notice.seq);
    let more = notices.len() == EVENTS_MAX as usize;
    Ok(Batch { last, more, decisions: announcements(workspace, &notices, &listeners, now) })
}

fn announcements(workspace: WorkspaceId, notices: &[Notice], listeners: &[Listener], now: Timestamp) -> Vec<Statement> {
    let mut told: BTreeMap<(EndpointId, i64), Vec<Announcement>> = BTreeMap::new();
    let mut due: BTreeSet<EndpointId> = BTreeSet::new();
    for notice in notices.iter().filter(|notice| !notice.backfill && !notice.private) {
        for listener in listeners.iter().filter(|listener| wants(workspace, listener, notice)) {
            let announcement = Announcement { id: DeliveryId::new(now), event_seq: notice.seq, event_kind: notice.kind, replay_of: None };
            told.entry((listener.id, notice.stream)).or_default().push(announcement);
            if listener.active {
                due.insert(listener.id);
            }
        }
    }
    let told = told.into_iter().flat_map(|((endpoint, stream), told)| delivery::announce(workspace, endpoint, stream, &told, now));
    told.chain(due.into_iter().map(|endpoint| due::carry(endpoint, now))).collect()
}

fn wants(workspace: WorkspaceId, listener: &Listener, notice: &Notice) -> bool {
    if notice.seq <= listener.after_seq {
        return false;
    }
    let about_itself = notice.endpoint == Some(listener.id);
    if notice.kind == EventKind::EndpointTested {
        return about_itself;
    }
    let mailbox = (notice.stream != workspace.number()).then(|| MailboxId::from_number(notice.stream));
    !about_itself && listener.filter.admits(notice.kind, mailbox)
}

#[cfg(test)]
mod tests {
    use store::endpoint::Filter;

    use super::*;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_number(1);

    fn listener(number: i64, kinds: &[&str]) -> Listener {
        let filter = Filter { kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(), mailboxes: Vec::new() };
        Listener { id: EndpointId::from_number(number), active: true, filter, after_seq: 10 }
    }

    fn notice(seq: i64, kind: EventKind, endpoint: Option<i64>) -> Notice {
        let endpoint = endpoint.map(EndpointId::from_number);
        Notice { seq, stream: WORKSPACE.number(), kind, subject: 7, backfill: false, private: false, endpoint }
    }

    #[test]
    fn an_endpoint_is_told_of_what_happened_after_it_was_made() {
        let some = listener(1, &["thread.*"]);
        assert!(!wants(WORKSPACE, &some, &notice(10, EventKind::ThreadCreated, None)));
        assert!(wants(WORKSPACE, &some, &notice(11, EventKind::ThreadCreated, None)));
    }

    #[test]
    fn an_endpoint_is_not_told_of_its_own_parked_deliveries() {
        let parked = notice(11, EventKind::DeliveryParked, Some(1));
        assert!(!wants(WORKSPACE, &listener(1, &[]), &parked));
        assert!(wants(WORKSPACE, &listener(2, &[]), &parked));
    }

    #[test]
    fn a_test_is_told_to_the_tested_endpoint_alone_whatever_its_filter_says() {
        let test = notice(11, EventKind::EndpointTested, Some(1));
        assert!(wants(WORKSPACE, &listener(1, &["thread.*"]), &test));
        assert!(!wants(WORKSPACE, &listener(2, &[]), &test));
    }

    #[test]
    fn a_first_sync_and_what_is_private_are_told_to_nobody() {
        let news = notice(11, EventKind::MessageReceived, None);
        let told = |notice: Notice| !announcements(WORKSPACE, &[notice], &[listener(1, &[])], Timestamp::EPOCH).is_empty();
        assert!(told(news.clone()));
        assert!(!told(Notice { backfill: true, ..news.clone() }));
        assert!(!told(Notice { private: true, ..news }));
    }
}
