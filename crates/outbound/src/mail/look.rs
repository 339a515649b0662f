//! Looking: what became of a mail whose answer was lost, and where its copy is.

use std::time::Duration;

use base::{Problem, Timestamp};
use graph::GraphError;
use graph::mail::draft::{self, Draft};
use model::outgoing::{Outgoing, OutgoingState};
use store::work::{self, Lane};
use store::{Ending, StoreError, Transaction};

use super::carry::{COPY_LATE_MAX, Errand, Step, was_sent};

/// How soon after handing a mail over its copy is looked for.
pub(super) const FIRST_LOOK: Duration = Duration::from_secs(2);

/// It was handed over, or its answer was lost: is it still a draft?
pub(super) async fn at_draft(errand: Errand<'_>) -> Result<Step, StoreError> {
    let id = errand.outgoing.draft.clone().expect("there is a draft");
    match draft::state(&errand.mailer.graph, &errand.access, &id).await {
        Ok(Some(state)) if was_sent(&state) => sent(errand, state.id, state.internet_message_id, state.sent_date_time).await,
        // What is gone from Drafts has left; its copy comes.
        Ok(None) => accepted(errand).await,
        Ok(Some(_)) => {
            let from = errand.believed_from();
            if errand.mailer.clock.now() < from {
                return Ok(Step::End(Ending::Next(from, Lane::Notified)));
            }
            let new = Outgoing { attempted_at: None, ..errand.outgoing.clone() };
            errand.change("mail.refused", new).await
        }
        Err(error) => errand.failed(&error, "looking").await,
    }
}

/// Handing it over was refused for good: because it was sent already, or because it cannot be sent?
pub(super) async fn after_refusal(errand: Errand<'_>, refusal: &GraphError) -> Result<Step, StoreError> {
    let id = errand.outgoing.draft.clone().expect("there is a draft");
    match draft::state(&errand.mailer.graph, &errand.access, &id).await {
        Ok(Some(state)) if was_sent(&state) => sent(errand, state.id, state.internet_message_id, state.sent_date_time).await,
        Ok(_) => errand.refused(refusal).await,
        Err(error) => errand.failed(&error, "looking").await,
    }
}

/// Is the copy there?
pub(super) async fn for_copy(errand: Errand<'_>) -> Result<Step, StoreError> {
    let id = errand.outgoing.draft.clone().expect("there is a draft");
    match draft::state(&errand.mailer.graph, &errand.access, &id).await {
        Ok(Some(state)) if was_sent(&state) => sent(errand, state.id, state.internet_message_id, state.sent_date_time).await,
        Ok(_) => by_mark(errand).await,
        Err(error) => errand.failed(&error, "looking").await,
    }
}

/// Does anything bear our mark?
pub(super) async fn by_mark(errand: Errand<'_>) -> Result<Step, StoreError> {
    let found = match draft::find_by_mark(&errand.mailer.graph, &errand.access, &errand.outgoing.mark).await {
        Ok(found) => found,
        Err(error) => return errand.failed(&error, "looking").await,
    };
    if let Some(copy) = found.iter().find(|found| !found.is_draft) {
        let copy = copy.clone();
        return sent(errand, copy.id, copy.internet_message_id, copy.sent_date_time).await;
    }
    if errand.outgoing.state == OutgoingState::Accepted {
        return wait_for_copy(errand).await;
    }
    adopt(errand, found).await
}

/// One of our drafts is taken up again, the others are taken away; if there is none, one is made.
async fn adopt(errand: Errand<'_>, found: Vec<Draft>) -> Result<Step, StoreError> {
    let mut drafts = found.into_iter();
    let Some(first) = drafts.next() else { return errand.draft().await };
    let new = Outgoing { draft: Some(first.id), internet_message_id: first.internet_message_id, ..errand.outgoing.clone() };
    let adopted = errand.change("mail.drafted", new).await?;
    for other in drafts {
        errand.discard(&other.id).await;
    }
    Ok(adopted)
}

async fn accepted(errand: Errand<'_>) -> Result<Step, StoreError> {
    let now = errand.mailer.clock.now();
    let new = Outgoing { state: OutgoingState::Accepted, accepted_at: Some(now), problem: None, ..errand.outgoing.clone() };
    errand.change("mail.accepted", new).await?;
    Ok(Step::End(Ending::Next(now.plus(FIRST_LOOK), Lane::Notified)))
}

async fn sent(errand: Errand<'_>, copy: String, message_id: Option<String>, at: Option<Timestamp>) -> Result<Step, StoreError> {
    let now = errand.mailer.clock.now();
    let new = Outgoing {
        state: if errand.outgoing.bounced_at.is_some() { OutgoingState::Bounced } else { OutgoingState::Sent },
        draft: Some(copy),
        internet_message_id: message_id.or_else(|| errand.outgoing.internet_message_id.clone()),
        accepted_at: errand.outgoing.accepted_at.or(Some(now)),
        sent_at: Some(at.unwrap_or(now)),
        problem: None,
        ..errand.outgoing.clone()
    };
    let pull = errand.pull("sentitems").await?;
    let sent = Transaction::new("mail.sent").with(work::hold(errand.lease)).with_all(pull).with_all(errand.becomes(&new));
    errand.mailer.db.commit(sent).await?;
    Ok(Step::End(Ending::Gone))
}

/// The copy is late. After a day a person is asked.
async fn wait_for_copy(errand: Errand<'_>) -> Result<Step, StoreError> {
    let now = errand.mailer.clock.now();
    let waited = now.since(errand.outgoing.accepted_at.unwrap_or(now));
    if waited < COPY_LATE_MAX {
        return Ok(Step::End(Ending::Next(now.plus(next_look(waited)), Lane::Scheduled)));
    }
    let problem = Problem::new(
        "copy_not_found",
        "Whether this mail was sent cannot be found out.",
        "Microsoft took it, or its draft is gone, but its copy has not been seen in Sent Items for a day. It may have been deleted there.",
        "Ask the recipient or look into Outlook, then choose \"It was sent\" or \"Send it again\" in the outbox.",
    );
    unclear(errand, problem).await
}

/// A person decides.
pub(super) async fn unclear(errand: Errand<'_>, problem: Problem) -> Result<Step, StoreError> {
    let new = Outgoing { state: OutgoingState::Unclear, problem: Some(problem), ..errand.outgoing.clone() };
    errand.change("mail.unclear", new).await?;
    Ok(Step::End(Ending::Gone))
}

/// The longer a copy has not come, the less often it is looked for: at half of what it has waited, for a quarter of an hour at most.
fn next_look(waited: Duration) -> Duration {
    (waited / 2).clamp(FIRST_LOOK, Duration::from_secs(900))
}
