//! Tracked mail: what was sent with a pixel or links that lead over us, in which copies, and the verdict on each.

use base::Timestamp;
use model::id::{MailboxId, MessageId, OutgoingId, WorkspaceId};
use model::tracking::{Clicked, Confidence, Opened, RULES_VERSION, Sent, SentCopy, Trace, Verdict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// A tracked mail. Its id is that of its first copy's outgoing mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    /// Its id.
    pub id: OutgoingId,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// Through which mailbox.
    pub mailbox: MailboxId,
    /// Whether opens are looked for.
    pub opens: bool,
    /// Whether clicks are.
    pub clicks: bool,
    /// Whether each recipient got a copy with tokens of their own.
    pub apart: bool,
    /// The links that lead over us, by number.
    pub links: Vec<TrackedLink>,
    /// Who asked for it.
    pub asked_by: String,
    /// From where they did, if that is known.
    pub sender: Option<Trace>,
    /// Whether addresses of touches are kept.
    pub keeps_addresses: bool,
    /// Whether some touches were forgotten since: then a verdict can only grow.
    pub forgotten: bool,
    /// Its copies, by number.
    pub copies: Vec<Copy>,
}

/// A link that leads over us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedLink {
    /// Where it leads in the end.
    pub url: String,
    /// What is read of it.
    pub text: String,
}

/// A copy of a tracked mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// Its outgoing mail.
    pub outgoing: OutgoingId,
    /// To whom, in small letters.
    pub recipients: Vec<String>,
    /// When handing it over was begun; [`Timestamp::NEVER`] before that.
    pub handed_over_at: Timestamp,
    /// The last verdict; of one that nothing came back from, none.
    pub verdict: Verdict,
    /// What the ledger was told of it.
    pub told: Told,
    /// When its recipient unsubscribed by it.
    pub unsubscribed_at: Option<Timestamp>,
}

/// What the ledger was told of a copy: each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// That it was opened.
    pub opened: bool,
    /// Which links were followed.
    pub clicked: Vec<u32>,
}

/// A verdict as a column holds it.
#[derive(Serialize, Deserialize)]
struct Kept {
    rules: u32,
    opened: Option<(Timestamp, String)>,
    clicked: Vec<(u32, Timestamp)>,
}

/// JSON of ours in a column.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Broken(format!("a column of tracking is no JSON of its kind: {error}")))
}

/// A mail is to be tracked from the beginning: goes into the transaction that asks for its copies to be sent.
pub fn insert(tracked: &Tracked) -> Vec<Statement> {
    const SQL: &str =
        "INSERT INTO tracked (id, workspace_id, mailbox_id, opens, clicks, apart, links, asked_by, sender_visitor, sender_agent,
            keeps_addresses, kept, forgotten) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0)";
    const COPY: &str = "INSERT INTO tracked_copy (outgoing_id, tracked_id, copy, recipients, machines) VALUES ($1, $2, $3, $4, 0)";
    let links = serde_json::to_string(&tracked.links).expect("links are JSON");
    let (visitor, agent) = (tracked.sender.as_ref().map(|trace| trace.visitor), tracked.sender.as_ref().map(|trace| &trace.agent));
    let own = Statement::new(
        SQL,
        [
            tracked.id.into(),
            tracked.workspace.into(),
            tracked.mailbox.into(),
            tracked.opens.into(),
            tracked.clicks.into(),
            tracked.apart.into(),
            links.into(),
            (&tracked.asked_by).into(),
            visitor.map(u64::cast_signed).into(),
            agent.into(),
            tracked.keeps_addresses.into(),
        ],
    );
    let copies = tracked.copies.iter().enumerate().map(|(number, copy)| {
        let recipients = serde_json::to_string(&copy.recipients).expect("addresses are JSON");
        Statement::new(COPY, [copy.outgoing.into(), tracked.id.into(), number.into(), recipients.into()])
    });
    std::iter::once(own).chain(copies).collect()
}

/// The tracked mail of this id, with its copies.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, id: OutgoingId) -> Result<Option<Tracked>, StoreError> {
    const SQL: &str = "SELECT id, workspace_id, mailbox_id, opens, clicks, apart, links, asked_by, sender_visitor, sender_agent,
            keeps_addresses, forgotten FROM tracked WHERE id = $1";
    let Some(mut row) = db.query_first(SQL, [id.into()]).await? else { return Ok(None) };
    let (id, workspace, mailbox) = (row.read()?, row.read()?, row.read()?);
    let (opens, clicks, apart) = (row.read()?, row.read()?, row.read()?);
    let (links, asked_by) = (json(&row.read::<String>()?)?, row.read()?);
    let (visitor, agent): (Option<i64>, Option<String>) = (row.read()?, row.read()?);
    let sender = visitor.zip(agent).map(|(visitor, agent)| Trace { visitor: visitor.cast_unsigned(), agent });
    let (keeps_addresses, forgotten, copies) = (row.read()?, row.read()?, copies(db, id).await?);
    Ok(Some(Tracked { id, workspace, mailbox, opens, clicks, apart, links, asked_by, sender, keeps_addresses, forgotten, copies }))
}

/// The tracked mail that an outgoing mail is a copy of.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_outgoing(db: &Db, outgoing: OutgoingId) -> Result<Option<Tracked>, StoreError> {
    let row = db.query_first("SELECT tracked_id FROM tracked_copy WHERE outgoing_id = $1", [outgoing.into()]).await?;
    match row {
        None => Ok(None),
        Some(mut row) => find(db, row.read()?).await,
    }
}

async fn copies(db: &Db, id: OutgoingId) -> Result<Vec<Copy>, StoreError> {
    const SQL: &str = "SELECT outgoing.id, tracked_copy.recipients, COALESCE(outgoing.attempted_at, outgoing.accepted_at, outgoing.sent_at),
            tracked_copy.verdict, tracked_copy.told, tracked_copy.unsubscribed_at
        FROM tracked_copy JOIN outgoing ON outgoing.id = tracked_copy.outgoing_id WHERE tracked_copy.tracked_id = $1 ORDER BY tracked_copy.copy";
    db.query(SQL, [id.into()]).await?.into_iter().map(copy_of).collect()
}

fn copy_of(mut row: Row) -> Result<Copy, StoreError> {
    Ok(Copy {
        outgoing: row.read()?,
        recipients: json(&row.read::<String>()?)?,
        handed_over_at: row.read::<Option<Timestamp>>()?.unwrap_or(Timestamp::NEVER),
        verdict: row.read::<Option<String>>()?.map_or(Ok(Verdict::default()), |kept| verdict_of(&kept))?,
        told: row.read::<Option<String>>()?.map_or(Ok(Told::default()), |told| json(&told))?,
        unsubscribed_at: row.read()?,
    })
}

fn verdict_of(kept: &str) -> Result<Verdict, StoreError> {
    let kept: Kept = json(kept)?;
    let opened = kept.opened.and_then(|(first_at, name)| Some(Opened { first_at, confidence: Confidence::named(&name)? }));
    let clicked = kept.clicked.into_iter().map(|(link, first_at)| Clicked { link, first_at }).collect();
    Ok(Verdict { opened, clicked })
}

impl Tracked {
    /// As a judge needs it; `is_colleague` says which addresses are of colleagues.
    pub fn sent(&self, is_colleague: impl Fn(&str) -> bool) -> Sent {
        let copy = |copy: &Copy| SentCopy { at: copy.handed_over_at, inside: copy.recipients.iter().any(|address| is_colleague(address)) };
        Sent {
            copies: self.copies.iter().map(copy).collect(),
            links: u32::try_from(self.links.len()).unwrap_or(u32::MAX),
            sender: self.sender.clone(),
        }
    }
}

/// What was found of a copy: the verdict, how many touches were machines', and what the ledger has been told.
pub fn put_verdict(copy: OutgoingId, verdict: &Verdict, machines: usize, told: &Told) -> Statement {
    const SQL: &str =
        "UPDATE tracked_copy SET verdict = $2, machines = $3, told = $4, opened_at = $5, clicked_at = $6 WHERE outgoing_id = $1";
    let kept = Kept {
        rules: RULES_VERSION,
        opened: verdict.opened.map(|opened| (opened.first_at, opened.confidence.name().to_owned())),
        clicked: verdict.clicked.iter().map(|clicked| (clicked.link, clicked.first_at)).collect(),
    };
    let text = |value: serde_json::Result<String>| value.expect("our nouns are JSON");
    let clicked_at = verdict.clicked.iter().map(|clicked| clicked.first_at).min();
    Statement::new(
        SQL,
        [
            copy.into(),
            text(serde_json::to_string(&kept)).into(),
            machines.into(),
            text(serde_json::to_string(told)).into(),
            verdict.opened.map(|opened| opened.first_at).into(),
            clicked_at.into(),
        ],
    )
}

/// The tracked mails of a workspace from which something came back, after this one, by id: what can be judged again.
///
/// # Errors
/// As [`Db::query`].
pub async fn touched(db: &Db, workspace: WorkspaceId, after: OutgoingId, limit: u32) -> Result<Vec<OutgoingId>, StoreError> {
    const SQL: &str = "SELECT id FROM tracked WHERE workspace_id = $1 AND id > $2 AND kept > 0 ORDER BY id LIMIT $3";
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}

/// The first answer of one of a copy's recipients: in the thread of its copy in Sent Items, by a person, not private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The copy's outgoing mail.
    pub outgoing: OutgoingId,
    /// The message that answers.
    pub message: MessageId,
    /// Its author's address.
    pub from: String,
    /// When it was received.
    pub at: Timestamp,
}

/// The first answers to the copies of a tracked mail, one for each copy and author.
///
/// # Errors
/// As [`Db::query`].
pub async fn replies(db: &Db, id: OutgoingId) -> Result<Vec<Reply>, StoreError> {
    const SQL: &str = "SELECT tracked_copy.outgoing_id, MIN(reply.id), LOWER(reply.from_address), MIN(reply.received_at) FROM tracked_copy
        JOIN outgoing ON outgoing.id = tracked_copy.outgoing_id
        JOIN message AS sent ON sent.mailbox_id = outgoing.mailbox_id AND sent.graph_id = outgoing.draft_graph_id
        JOIN message AS reply ON reply.thread_id = sent.thread_id AND reply.received_at >= outgoing.asked_at
            AND LOWER(reply.from_address) IN {texts tracked_copy.recipients}
            AND reply.private = 0 AND reply.is_draft = 0 AND reply.nature = 'personal'
        WHERE tracked_copy.tracked_id = $1 AND outgoing.state = 'sent'
        GROUP BY tracked_copy.outgoing_id, LOWER(reply.from_address) ORDER BY 4";
    let rows = db.query(SQL, [id.into()]).await?;
    let read = |mut row: Row| Ok(Reply { outgoing: row.read()?, message: row.read()?, from: row.read()?, at: row.read()? });
    rows.into_iter().map(read).collect()
}

/// What came of a mailbox's tracked mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Copies that were asked for in that time and have left.
    pub sent: i64,
    /// Of those, how many a recipient answered.
    pub replied: i64,
    /// In how many a person followed a link.
    pub clicked: i64,
    /// How many at least one person had before them.
    pub opened: i64,
    /// By how many a recipient unsubscribed.
    pub unsubscribed: i64,
    /// Touches of machines, which count for nothing.
    pub machines: i64,
}

/// What came of the tracked mail of a workspace's mailboxes that was asked for from `since` up to `until`.
///
/// # Errors
/// As [`Db::query`].
pub async fn figures(db: &Db, workspace: WorkspaceId, since: Timestamp, until: Timestamp) -> Result<Vec<Figures>, StoreError> {
    const SQL: &str = "SELECT tracked.mailbox_id, COUNT(*),
            CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM message AS sent
                JOIN message AS reply ON reply.thread_id = sent.thread_id AND reply.received_at >= outgoing.asked_at
                    AND LOWER(reply.from_address) IN {texts tracked_copy.recipients}
                    AND reply.private = 0 AND reply.is_draft = 0 AND reply.nature = 'personal'
                WHERE sent.mailbox_id = outgoing.mailbox_id AND sent.graph_id = outgoing.draft_graph_id) THEN 1 ELSE 0 END) AS BIGINT),
            COUNT(tracked_copy.clicked_at), COUNT(tracked_copy.opened_at), COUNT(tracked_copy.unsubscribed_at),
            CAST(SUM(tracked_copy.machines) AS BIGINT)
        FROM tracked JOIN tracked_copy ON tracked_copy.tracked_id = tracked.id JOIN outgoing ON outgoing.id = tracked_copy.outgoing_id
        WHERE tracked.workspace_id = $1 AND tracked.id >= $2 AND tracked.id < $3 AND outgoing.state IN ('sent', 'accepted')
        GROUP BY tracked.mailbox_id ORDER BY tracked.mailbox_id";
    let args = [workspace.into(), OutgoingId::least_of(since).into(), OutgoingId::least_of(until).into()];
    db.query(SQL, args).await?.into_iter().map(figures_of).collect()
}

fn figures_of(mut row: Row) -> Result<Figures, StoreError> {
    Ok(Figures {
        mailbox: row.read()?,
        sent: row.read()?,
        replied: row.read()?,
        clicked: row.read()?,
        opened: row.read()?,
        unsubscribed: row.read()?,
        machines: row.read()?,
    })
}

/// The mail domains of a workspace's own mailboxes: whoever has an address there is a colleague.
#[derive(Clone, Debug)]
pub struct Colleagues(Vec<String>);

impl Colleagues {
    /// Whether this address, in small letters, is a colleague's.
    pub fn hold(&self, address: &str) -> bool {
        address.rsplit_once('@').is_some_and(|(_, domain)| self.0.iter().any(|own| own == domain))
    }
}

/// Who is a colleague in a workspace.
///
/// # Errors
/// As [`Db::query`].
pub async fn colleagues(db: &Db, workspace: WorkspaceId) -> Result<Colleagues, StoreError> {
    let own = crate::mailbox::list(db, workspace).await?.into_iter().map(|mailbox| mailbox.address.to_lowercase());
    Ok(Colleagues(own.filter_map(|address| address.rsplit_once('@').map(|(_, domain)| domain.to_owned())).collect()))
}
