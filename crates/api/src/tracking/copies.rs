//! Copies: a mail with its pixel and its links, once for all recipients or once for each.

use std::net::IpAddr;

use model::compose::check::Limits;
use model::compose::track::{self, Tracking};
use model::id::OutgoingId;
use model::message::{BodyKind, Participant, Recipients};
use model::outgoing::{Outgoing, Written};
use model::tracking::Trace;
use sha2::{Digest as _, Sha256};
use store::opt_out;
use store::tracked::{Copy, Told, Tracked, TrackedLink};
use store::tracking_setting;
use url::Url;

use super::token::{Kind, Signer, Token};
use super::tracker::Ours;
use crate::access::{Asker, Caller, Who};
use crate::failure::Failure;
use crate::sending::{TrackingWish, check_all};
use crate::state::State;

/// Recipients that are told apart at most: each makes a mail of its own.
pub const APART_MAX: usize = 100;

/// How a mail is to be tracked.
pub struct Plan {
    wish: TrackingWish,
    keeps_addresses: bool,
    base: Url,
    ours: Ours,
    signer: Signer,
    caller: Option<Caller>,
    limits: Limits,
}

/// How a mail is to be tracked, as it was asked for or as the workspace has it; `None` for not at all.
///
/// # Errors
/// 422 for what cannot be tracked so, 409 for a recipient who has unsubscribed.
pub async fn plan(
    state: &State,
    asker: &Asker,
    wanted: Option<TrackingWish>,
    written: &Written,
    caller: Option<Caller>,
) -> Result<Option<Plan>, Failure> {
    let setting = tracking_setting::find(&state.db, asker.workspace).await?;
    let is_html = written.body_kind == BodyKind::Html;
    let wish = match wanted {
        Some(wish) if !wish.is_any() => return Ok(None),
        Some(wish) => allowed(wish, written)?,
        None => TrackingWish { opens: setting.opens && is_html, clicks: setting.clicks && is_html, ..TrackingWish::default() },
    };
    if !wish.is_any() {
        return Ok(None);
    }
    if wish.unsubscribe {
        refuse_opted_out(state, asker, written).await?;
    }
    // A program's address says nothing of where its sender sits.
    let caller = caller.filter(|_| matches!(asker.who, Who::Person { .. } | Who::Administrator));
    let (ours, signer) = (state.tracker.ours(asker.workspace).await?, state.tracker.signer().await?.clone());
    Ok(Some(Plan {
        wish,
        keeps_addresses: setting.keeps_addresses,
        base: state.tracker.base(&setting),
        ours,
        signer,
        caller,
        limits: state.settings.mail_limits,
    }))
}

fn allowed(wish: TrackingWish, written: &Written) -> Result<TrackingWish, Failure> {
    let refuse = |code, detail: String, action| Err(Failure::unprocessable(code, "This mail cannot be tracked so.", detail, action));
    if written.body_kind == BodyKind::Text {
        let detail = "It is plain text, which holds neither a pixel nor links of its own.".to_owned();
        return refuse("tracking_needs_html", detail, "Give `html`, or leave `tracking` out.");
    }
    let recipients = everybody(&written.recipients).count();
    if wish.apart && recipients > APART_MAX {
        let detail = format!("`apart` sends a mail of its own to each recipient; there are {recipients}, and {APART_MAX} at most.");
        return refuse("too_many_apart", detail, "Leave `apart` out, or send to fewer at once.");
    }
    if wish.unsubscribe && !wish.apart && recipients != 1 {
        let detail = "`unsubscribe` must know whose copy it stands in, and all recipients share one.".to_owned();
        return refuse("unsubscribe_needs_apart", detail, "Add `apart`, or send to one recipient.");
    }
    Ok(wish)
}

async fn refuse_opted_out(state: &State, asker: &Asker, written: &Written) -> Result<(), Failure> {
    let addresses: Vec<String> = everybody(&written.recipients).map(folded).collect();
    let gone = opt_out::among(&state.db, asker.workspace, &addresses).await?;
    if gone.is_empty() {
        return Ok(());
    }
    let detail = format!("They have unsubscribed: {}.", gone.join(", "));
    let action = "Take them out; or, if they have asked for mail again, remove their opt-out first.";
    Err(Failure::conflict("recipient_unsubscribed", "Somebody does not want this mail.", detail, action))
}

fn everybody(recipients: &Recipients) -> impl Iterator<Item = &Participant> {
    recipients.to.iter().chain(&recipients.cc).chain(&recipients.bcc)
}

fn folded(participant: &Participant) -> String {
    participant.address.trim().to_lowercase()
}

impl Plan {
    /// The mails that go out for the one that was asked for, and what is kept of their tracking. The first bears its id.
    ///
    /// # Errors
    /// 422 for a mail that is too large with its links.
    pub fn copies(&self, asked: &Outgoing) -> Result<(Vec<Outgoing>, Tracked), Failure> {
        let mut mails = Vec::new();
        let (mut copies, mut links) = (Vec::new(), Vec::new());
        for (number, recipients) in self.recipients(&asked.written.recipients).into_iter().enumerate() {
            let number = u16::try_from(number).expect("there are few copies");
            let copy = self.copy(asked, number, recipients);
            copies.push(Copy {
                outgoing: copy.0.id,
                recipients: everybody(&copy.0.written.recipients).map(folded).collect(),
                handed_over_at: base::Timestamp::NEVER,
                verdict: model::tracking::Verdict::default(),
                told: Told::default(),
                unsubscribed_at: None,
            });
            check_all(&copy.0.written, self.limits)?;
            mails.push(copy.0);
            links = copy.1;
        }
        let sender = self.caller.as_ref().and_then(|caller| {
            let address: IpAddr = caller.address?;
            Some(Trace { visitor: self.signer.visitor(asked.id, address), agent: caller.agent.clone() })
        });
        let tracked = Tracked {
            id: asked.id,
            workspace: asked.workspace,
            mailbox: asked.mailbox,
            opens: self.wish.opens,
            clicks: self.wish.clicks,
            apart: self.wish.apart,
            links,
            asked_by: asked.asked_by.clone(),
            sender,
            keeps_addresses: self.keeps_addresses,
            forgotten: false,
            copies,
        };
        Ok((mails, tracked))
    }

    fn recipients(&self, all: &Recipients) -> Vec<Recipients> {
        if !self.wish.apart {
            return vec![all.clone()];
        }
        let alone = |one: &Participant| Recipients { to: vec![one.clone()], cc: Vec::new(), bcc: Vec::new(), ..all.clone() };
        everybody(all).map(alone).collect()
    }

    fn copy(&self, asked: &Outgoing, number: u16, recipients: Recipients) -> (Outgoing, Vec<TrackedLink>) {
        let token = Token { mail: asked.id, copy: number, link: 0 };
        let pixel = self.wish.opens.then(|| self.signer.address(Kind::Pixel, &self.base, token, ""));
        let unsubscribe = self.wish.unsubscribe.then(|| self.signer.address(Kind::Unsubscribe, &self.base, token, ""));
        let wanted =
            Tracking { pixel: pixel.as_deref(), links: self.wish.clicks, unsubscribe: unsubscribe.as_deref(), own: self.ours.prefixes() };
        let tracked = track::track(&asked.written.body, &wanted, |link, url| {
            let link = u16::try_from(link).expect("a mail has fewer links than bytes in a body, and those are few");
            self.signer.address(Kind::Link, &self.base, Token { link, ..token }, url)
        });
        let links = tracked.links.into_iter().map(|link| TrackedLink { url: link.url, text: link.text }).collect();
        let written = Written { recipients, body: tracked.html, ..asked.written.clone() };
        let first = number == 0;
        let id = if first { asked.id } else { OutgoingId::new(asked.asked_at) };
        let mark =
            if first { asked.mark.clone() } else { base::random::hex(&Sha256::digest(format!("{}\n{number}", asked.mark).as_bytes())) };
        (Outgoing { id, mark, written, ..asked.clone() }, links)
    }

    /// Whether a mail that is known already is what this plan makes of another: the same but for its trackers.
    pub fn says_the_same(&self, known: &Written, other: &Written) -> bool {
        let without = |written: &Written| Written { body: self.ours.taken_from(&written.body), ..written.clone() };
        without(known).says_the_same_as(&without(other))
    }
}
