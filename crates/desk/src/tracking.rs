//! The judge of tracked mail: a while after something came back, so that a burst has shown itself as one, all of it is judged;
//! what a person did for the first time is told as an event, once.
//!
//! A verdict may be withdrawn by later touches or other rules; what was told stays told. Where touches were forgotten, a verdict
//! only grows.

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::OutgoingId;
use model::tracking::{Judgement, Verdict, judge};
use serde_json::json;
use store::tracked::{self, Copy, Told, Tracked};
use store::work::{self, Lease};
use store::{Db, Ending, Statement, StoreError, Transaction, due, ledger, touch};

pub(crate) async fn run(db: &Db, mail: OutgoingId, lease: &Lease, now: Timestamp) -> Result<Ending, StoreError> {
    let Some(tracked) = tracked::find(db, mail).await? else { return Ok(Ending::Gone) };
    let colleagues = tracked::colleagues(db, tracked.workspace).await?;
    let touches: Vec<_> = touch::list(db, mail).await?.into_iter().map(|kept| kept.touch).collect();
    let judgement = judge(&tracked.sent(|address| colleagues.hold(address)), &touches);
    let mut transaction = Transaction::new("judge.mail").with(work::hold(lease));
    let mut news = Vec::new();
    for (number, copy) in (0..).zip(&tracked.copies) {
        let machines = (touches.iter().zip(&judgement.touches)).filter(|(touch, judged)| touch.copy == number && judged.class.is_machine());
        let verdict = verdict(&tracked, copy, &judgement, number);
        news.extend(untold(copy, &verdict));
        transaction.push(tracked::put_verdict(copy.outgoing, &verdict, machines.count(), &told(copy, &verdict)));
    }
    transaction.extend(tell(&tracked, &news, now));
    db.commit(transaction).await?;
    Ok(Ending::Gone)
}

fn verdict(tracked: &Tracked, copy: &Copy, judgement: &Judgement, number: u32) -> Verdict {
    let found = usize::try_from(number).ok().and_then(|number| judgement.copies.get(number)).cloned().unwrap_or_default();
    if tracked.forgotten { found.grown_from(&copy.verdict) } else { found }
}

/// What a verdict says that was not told before.
fn untold(copy: &Copy, verdict: &Verdict) -> Vec<NewEvent> {
    let event = |kind, data| NewEvent { kind, subject: copy.outgoing.number(), backfill: false, data };
    let opened = verdict.opened.filter(|_| !copy.told.opened);
    let opened = opened.map(|opened| {
        let data = json!({ "first_at": opened.first_at, "confidence": opened.confidence.name() });
        event(EventKind::MailOpened, data)
    });
    let clicked = verdict.clicked.iter().filter(|clicked| !copy.told.clicked.contains(&clicked.link));
    let clicked = clicked.map(|clicked| event(EventKind::MailClicked, json!({ "link": clicked.link, "first_at": clicked.first_at })));
    opened.into_iter().chain(clicked).collect()
}

/// What has been told once the verdict is.
fn told(copy: &Copy, verdict: &Verdict) -> Told {
    let mut clicked = copy.told.clicked.clone();
    clicked.extend(verdict.clicked.iter().map(|clicked| clicked.link).filter(|link| !copy.told.clicked.contains(link)));
    Told { opened: copy.told.opened || verdict.opened.is_some(), clicked }
}

fn tell(tracked: &Tracked, news: &[NewEvent], at: Timestamp) -> Vec<Statement> {
    if news.is_empty() {
        return Vec::new();
    }
    let mut statements: Vec<Statement> = due::decide(tracked.workspace, at).into();
    statements.extend(ledger::append(tracked.workspace, tracked.mailbox, at, news));
    statements
}
