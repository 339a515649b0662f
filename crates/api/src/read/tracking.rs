//! What came of tracked mail, judged as it is read: always by the rules of today.

use base::Timestamp;
use model::id::{MailboxId, OutgoingId, WorkspaceId};
use model::tracking::{Network, Target, judge};
use store::tracked::{self, Figures, Reply, Tracked};
use store::{Db, StoreError, touch};

use crate::access::{Level, Sight};
use crate::view;

/// What is known of whether an outgoing mail, which the asker sees whole, was read.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_outgoing(db: &Db, workspace: WorkspaceId, outgoing: OutgoingId) -> Result<view::Tracking, StoreError> {
    let Some(tracked) = tracked::of_outgoing(db, outgoing).await? else { return Ok(untracked()) };
    let colleagues = tracked::colleagues(db, workspace).await?;
    let kept = touch::list(db, tracked.id).await?;
    let touches: Vec<_> = kept.iter().map(|kept| kept.touch.clone()).collect();
    let judgement = judge(&tracked.sent(|address| colleagues.hold(address)), &touches);
    let replies = tracked::replies(db, tracked.id).await?;
    let mut shown = view::Tracking {
        tracked: true,
        opens: tracked.opens,
        clicks: tracked.clicks,
        apart: tracked.apart,
        copies: Vec::new(),
        links: links(&tracked),
        touches: Vec::new(),
        touches_seen: touch::seen(db, tracked.id).await?,
    };
    for (copy, verdict) in tracked.copies.iter().zip(judgement.copies) {
        let verdict = if tracked.forgotten { verdict.grown_from(&copy.verdict) } else { verdict };
        shown.copies.push(view::TrackedCopy {
            outgoing: copy.outgoing,
            recipients: copy.recipients.clone(),
            replied: replies.iter().find(|reply| reply.outgoing == copy.outgoing).map(replied),
            clicked: verdict.clicked.iter().map(|clicked| view::ClickedLink { link: clicked.link, first_at: clicked.first_at }).collect(),
            opened: verdict.opened.map(|opened| view::Opened { first_at: opened.first_at, confidence: opened.confidence.name() }),
            unsubscribed_at: copy.unsubscribed_at,
        });
    }
    for (kept, judged) in kept.into_iter().zip(judgement.touches) {
        shown.touches.push(view::Touch {
            at: kept.touch.at,
            copy: kept.touch.copy,
            link: match kept.touch.target {
                Target::Pixel => None,
                Target::Link(number) => Some(number),
            },
            class: judged.class.name(),
            signs: judged.signs.into_iter().map(|sign| sign.name()).collect(),
            method: kept.touch.method.name(),
            agent: kept.touch.agent,
            network: kept.touch.network.map(Network::name),
            address: kept.address,
        });
    }
    Ok(shown)
}

fn untracked() -> view::Tracking {
    view::Tracking {
        tracked: false,
        opens: false,
        clicks: false,
        apart: false,
        copies: Vec::new(),
        links: Vec::new(),
        touches: Vec::new(),
        touches_seen: 0,
    }
}

fn links(tracked: &Tracked) -> Vec<view::TrackedLink> {
    let numbered = (0..).zip(&tracked.links);
    numbered.map(|(number, link)| view::TrackedLink { number, url: link.url.clone(), text: link.text.clone() }).collect()
}

fn replied(reply: &Reply) -> view::Replied {
    view::Replied { message: reply.message, from: reply.from.clone(), at: reply.at }
}

/// What came of the tracked mail of that time, of the mailboxes that the asker sees whole, or of one of them.
///
/// # Errors
/// As [`Db::query`].
pub async fn report(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    mailbox: Option<MailboxId>,
    (since, until): (Timestamp, Timestamp),
) -> Result<view::TrackingReport, StoreError> {
    let all = tracked::figures(db, workspace, since, until).await?;
    let seen = all
        .iter()
        .filter(|figures| sight.level(figures.mailbox) == Level::Everything && mailbox.is_none_or(|mailbox| mailbox == figures.mailbox));
    let mailboxes: Vec<_> = seen.map(|figures| view::MailboxFigures { mailbox: figures.mailbox, figures: shown(figures) }).collect();
    let total = mailboxes.iter().fold(view::TrackingFigures::default(), |sum, one| sum.and(one.figures));
    Ok(view::TrackingReport { since, until, total, mailboxes })
}

fn shown(figures: &Figures) -> view::TrackingFigures {
    view::TrackingFigures {
        sent: figures.sent,
        replied: figures.replied,
        clicked: figures.clicked,
        opened: figures.opened,
        unsubscribed: figures.unsubscribed,
        machine_touches: figures.machines,
    }
}

impl view::TrackingFigures {
    fn and(self, other: Self) -> Self {
        view::TrackingFigures {
            sent: self.sent + other.sent,
            replied: self.replied + other.replied,
            clicked: self.clicked + other.clicked,
            opened: self.opened + other.opened,
            unsubscribed: self.unsubscribed + other.unsubscribed,
            machine_touches: self.machine_touches + other.machine_touches,
        }
    }
}
