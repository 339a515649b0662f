//! Mailboxes and mail to look at: a live one, one in its first sync, a stopped one, a shared and a disconnected one, with
//! messages as awkward as real ones are.

use std::time::Duration;

use base::{Problem, Timestamp};
use model::event::{EventKind, NewEvent};
use model::id::{AuditId, ConnectionId, FolderId, MailboxId, MessageId, ThreadId, ThreadNodeId};
use model::mailbox::{Mailbox, MailboxKind, MailboxState};
use model::message::{Attachment, BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::thread::Reason;
use serde_json::json;
use store::audit::{self, AuditLine};
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::folder::{self, Folder, FolderAudit};
use store::grant::{self, Grant};
use store::message::{self, Listing};
use store::search::{self, Document};
use store::subscription::{self, Subscription, SubscriptionState};
use store::thread::{self, Place, Thread};
use store::{Statement, Transaction, ledger, mailbox};

use super::{House, TENANT, WORKSPACE};

/// What was made.
pub struct Made {
    /// The live mailbox.
    pub live: MailboxId,
    /// Its inbox.
    pub inbox: FolderId,
    /// Its connection.
    pub connection: ConnectionId,
    /// The shared mailbox.
    pub shared: MailboxId,
    /// The stopped mailbox.
    pub stopped: MailboxId,
    /// Its messages, the newest first.
    pub messages: Vec<MessageId>,
    /// The thread of its newest messages.
    pub thread: ThreadId,
    /// The message with HTML, remote and inline images and attachments.
    pub rich: MessageId,
}

/// Text that a subject or name may be.
pub const AWKWARD: &[(&str, &str)] = &[
    ("<script>alert(1)</script> \"quoted\" & 'more'", "<img src=x onerror=alert(1)>"),
    ("", "Nobody in particular"),
    ("חשבונית מספר 4711 לתשלום", "דנה כהן"),
    ("見積書をお送りします（至急ご確認ください）", "山田太郎"),
    ("🎉🎉 Wir haben gewonnen 👩‍👩‍👧‍👦 naïve café ﷽", "Zoë Ångström"),
    (
        "AnExtremelyLongSubjectWithoutAnyBreakWhatsoever/AnExtremelyLongSubjectWithoutAnyBreakWhatsoever/AnExtremelyLongSubjectWithoutAnyBreakWhatsoever/AnExtremelyLongSubject",
        "x",
    ),
    ("\u{202e}gnp.exe\u{202c} \0 control \u{7}", "\u{200b}"),
];

const SUBJECTS: &[(&str, &str, &str)] = &[
    (
        "Offer for the spring campaign",
        "Clara Novak",
        "Thanks for the call. As discussed, here is the offer with the two options we talked about, valid until Friday.",
    ),
    (
        "Re: Delivery dates for week 48",
        "Jonas Lindqvist",
        "The carrier confirmed Thursday. I have put the pallet list below, could you check the last line please?",
    ),
    (
        "Invoice 2026-1187",
        "Billing, Fabrikam",
        "Please find attached our invoice for October. Payment within 30 days, thank you for your business.",
    ),
    (
        "Minutes of Monday's meeting",
        "Mei Tanaka",
        "Decisions: keep the date, move the demo to Room 4, Samir writes to the customer before Wednesday.",
    ),
    (
        "Question about your terms",
        "Peter Okafor",
        "Before we sign I would like to understand clause 7.2 a little better. Do you have ten minutes tomorrow?",
    ),
    ("Weekly report", "Reports", "All figures for the week at a glance. Open rate 41 %, three customers with an open complaint."),
    (
        "Your booking is confirmed",
        "Hotel Adler",
        "We look forward to welcoming you on 3 December. Check-in from 3 p.m., parking is included.",
    ),
];

const HTML: &str = r##"<html><head><style>p{color:red}</style></head><body style="margin:0"><table width="600" cellpadding="12" style="border-collapse:collapse">
<tr><td bgcolor="#1b5e59" style="color:#ffffff;font-size:20px;font-family:Georgia,serif"><b>Northwind Traders</b></td></tr>
<tr><td><p>Dear Anna,</p><p>thank you for the meeting on Tuesday. Our <a href="https://northwind.example/offer?id=7" onclick="steal()">offer</a> stands as discussed:</p>
<table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>Item</th><th>Quantity</th><th>Price</th></tr><tr><td>Chai, 20 bags</td><td align="right">40</td><td align="right">18.00 €</td></tr><tr><td>Chang</td><td align="right">12</td><td align="right">19.00 €</td></tr></table>
<p>See you soon,<br>Clara</p><img src="cid:logo@contoso" width="16" alt="Logo"><img src="https://track.example/p.gif?u=anna" width="1" height="1"><img src="http://cdn.example/banner.png" alt="Banner"></td></tr></table>
<blockquote>On Monday you wrote: could we have the prices by Friday?</blockquote><script>alert(1)</script><form action="https://evil.example"><input name="password"></form></body></html>"##;

/// Fills a house.
pub async fn fill(house: &House) -> Made {
    let now = house.clock.now();
    let ids = Ids::at(now);
    let mut transaction = Transaction::new("test.fixture");
    transaction.extend(mailboxes(&ids, now));
    transaction.extend(folders(&ids, now));
    house.state.db.commit(transaction).await.expect("mailboxes");
    let (messages, rich) = mail(house, &ids, now).await;
    tell(house, &ids, &messages, now).await;
    Made {
        live: ids.live,
        shared: ids.shared,
        inbox: ids.inbox,
        connection: ids.connections[0],
        stopped: ids.stopped,
        messages,
        thread: ids.thread,
        rich,
    }
}

struct Ids {
    connections: Vec<ConnectionId>,
    live: MailboxId,
    busy: MailboxId,
    stopped: MailboxId,
    shared: MailboxId,
    gone: MailboxId,
    inbox: FolderId,
    sent: FolderId,
    thread: ThreadId,
}

impl Ids {
    fn at(now: Timestamp) -> Self {
        let mailbox = || MailboxId::new(now);
        Ids {
            connections: (0..5).map(|_| ConnectionId::new(now)).collect(),
            live: mailbox(),
            busy: mailbox(),
            stopped: mailbox(),
            shared: mailbox(),
            gone: mailbox(),
            inbox: FolderId::new(now),
            sent: FolderId::new(now),
            thread: ThreadId::new(now),
        }
    }
}

fn before(now: Timestamp, seconds: u64) -> Timestamp {
    now.minus(Duration::from_secs(seconds))
}

fn mailboxes(ids: &Ids, now: Timestamp) -> Vec<Statement> {
    let problem = Problem::new(
        "AADSTS65001",
        "Microsoft refused our access.",
        "An administrator withdrew consent to Rapport",
        "Choose Reconnect and have Carla sign in again; an administrator may have to consent first.",
    );
    let rows = [
        (ids.live, "Anna Berg", "anna.berg@contoso.example", MailboxKind::User, MailboxState::Live, None, 90 * 86_400, 12),
        (ids.busy, "Ben Osei", "ben.osei@contoso.example", MailboxKind::User, MailboxState::Syncing, None, 95, 1),
        (
            ids.stopped,
            "Carla Méndez",
            "carla.mendez@contoso.example",
            MailboxKind::User,
            MailboxState::Stopped,
            Some(problem),
            5_400,
            5_400,
        ),
        (ids.shared, "Support", "support@contoso.example", MailboxKind::Shared, MailboxState::Live, None, 40 * 86_400, 140),
        (ids.gone, "Dora Lang", "dora.lang@contoso.example", MailboxKind::User, MailboxState::Disconnected, None, 12 * 86_400, 12 * 86_400),
    ];
    let mut statements = Vec::new();
    for (place, (id, name, address, kind, state, problem, since, contact)) in rows.into_iter().enumerate() {
        let connection = ids.connections[place];
        statements.push(connection::insert(&a_connection(connection, name, address, kind, now)));
        statements.push(grant::put(&a_grant(connection, now)));
        statements.push(mailbox::insert(&Mailbox {
            id,
            workspace: WORKSPACE,
            connection,
            graph_user_id: format!("user-{place}"),
            address: address.into(),
            display_name: name.into(),
            kind,
            state,
            problem,
            state_at: before(now, since),
            first_synced_at: (state == MailboxState::Live).then(|| before(now, since)),
            last_contact_at: Some(before(now, contact)),
            created_at: before(now, since),
            visibility: model::mailbox::Visibility::Everything,
        }));
    }
    statements.push(subscription::put(&Subscription {
        mailbox: ids.live,
        graph_id: "subscription-1".into(),
        client_state_hash: graph::notification::client_state_hash("the right secret"),
        resource: "users/user-0/messages".into(),
        state: SubscriptionState::Active,
        expires_at: now.plus(Duration::from_secs(6 * 86_400)),
        renew_at: now.plus(Duration::from_secs(3 * 86_400)),
        created_at: now,
        last_notified_at: None,
    }));
    statements
}

fn a_connection(id: ConnectionId, name: &str, address: &str, kind: MailboxKind, now: Timestamp) -> Connection {
    Connection {
        id,
        workspace: WORKSPACE,
        provider: store::connect::PROVIDER.into(),
        kind: if kind == MailboxKind::User { ConnectionKind::Delegated } else { ConnectionKind::Application },
        tenant_id: TENANT.into(),
        account_id: address.into(),
        principal_name: address.into(),
        display_name: name.into(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: now,
        created_at: now,
    }
}

fn a_grant(connection: ConnectionId, now: Timestamp) -> Grant {
    Grant {
        connection,
        scopes: "Mail.Read".into(),
        refresh_token_sealed: Some(vec![1, 2, 3]),
        access_token_sealed: None,
        access_expires_at: now,
        generation: 1,
        refreshed_at: now,
        granted_at: now,
    }
}

fn folders(ids: &Ids, now: Timestamp) -> Vec<Statement> {
    let mut statements = Vec::new();
    let rows = [
        (ids.inbox, ids.live, "Inbox", Some("inbox"), 112, true, true),
        (ids.sent, ids.live, "Sent Items", Some("sentitems"), 8, true, true),
        (FolderId::new(now), ids.live, "Archive", Some("archive"), 0, true, true),
        (FolderId::new(now), ids.live, "Deleted Items", Some("deleteditems"), 0, true, false),
        (FolderId::new(now), ids.live, "Junk Email", Some("junkemail"), 3, true, true),
        (FolderId::new(now), ids.live, "Kunden / Häfen & Reeder", None, 0, true, true),
        (FolderId::new(now), ids.live, "Drafts", Some("drafts"), 0, true, true),
        (FolderId::new(now), ids.live, "Sync Issues", None, 0, true, true),
        (FolderId::new(now), ids.busy, "Inbox", Some("inbox"), 12_431, false, false),
        (FolderId::new(now), ids.busy, "Sent Items", Some("sentitems"), 4_210, false, false),
        (FolderId::new(now), ids.shared, "Inbox", Some("inbox"), 0, true, true),
        (FolderId::new(now), ids.shared, "Drafts", Some("drafts"), 0, true, true),
    ];
    for (place, (id, mailbox, name, well_known, total, synced, audited)) in rows.into_iter().enumerate() {
        statements.push(folder::insert(&Folder {
            id,
            mailbox,
            graph_id: format!("folder-{place}"),
            parent_graph_id: None,
            display_name: name.into(),
            well_known: well_known.map(str::to_owned),
            hidden: name == "Sync Issues",
            total_there: total,
            unread_there: 0,
            removed_at: None,
            first_synced_at: synced.then(|| before(now, 86_400)),
            last_synced_at: synced.then(|| before(now, 75)),
            estimate_total: Some(total),
            audit: None,
        }));
        if audited {
            let (missing, extra) = if name == "Junk Email" { (3, 0) } else { (0, 0) };
            statements
                .push(folder::set_audit(id, &FolderAudit { at: before(now, 39_000), there: total, here: total - missing, missing, extra }));
        }
    }
    statements
}

async fn mail(house: &House, ids: &Ids, now: Timestamp) -> (Vec<MessageId>, MessageId) {
    let mut transaction = Transaction::new("test.mail");
    let (mut messages, mut rich) = (Vec::new(), None);
    for number in 0..120_usize {
        let at = before(now, 240 + (number as u64) * 5_431);
        let (id, mut message) = (MessageId::sorted_by(at), a_message(ids, number, at));
        message.id = id;
        let body = a_body(number, &message);
        let listing = Listing { seen_round: 1, body_hash: number as i64, attachments_wanted: false };
        transaction.push(message::insert(&message, listing));
        transaction.push(message::insert_body(id, body));
        if number == 1 {
            rich = Some(id);
            transaction.extend(message::put_attachments(id, &attachments()));
        }
        if number < 4 {
            let node = ThreadNodeId::from_number(ids.thread.number());
            transaction.push(thread::put(id, Place { thread: ids.thread, node, reason: Reason::Reference, copy_key: id.number() }));
        }
        let people = message.from.as_ref().map(|from| format!("{} {}", from.name, from.address)).unwrap_or_default();
        let (subject, body) = (message.subject.as_str().into(), message.preview.as_str().into());
        let document = Document { subject, from: people.into(), body, ..Document::default() };
        transaction.push(search::put(id, ids.live, WORKSPACE, &document));
        messages.push(id);
    }
    let thread = Thread {
        id: ids.thread,
        workspace: WORKSPACE,
        subject: "Offer for the spring campaign".into(),
        first_at: before(now, 20_000),
        last_at: before(now, 240),
        message_count: 4,
        version: 1,
    };
    transaction.push(thread::insert(&thread));
    house.state.db.commit(transaction).await.expect("mail");
    (messages, rich.expect("a rich message"))
}

fn a_message(ids: &Ids, number: usize, at: Timestamp) -> Message {
    let (subject, name, preview) = SUBJECTS[number % SUBJECTS.len()];
    let (subject, name) = match number.checked_sub(6).and_then(|place| AWKWARD.get(place)) {
        Some((subject, name)) => (*subject, *name),
        None => (subject, name),
    };
    let address = format!("{}@northwind.example", name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "."));
    let crowd = if number == 2 { 40 } else { 1 };
    let to = (0..crowd)
        .map(|place| Participant { name: format!("Person {place} of the Long List"), address: format!("p{place}@contoso.example") });
    Message {
        id: MessageId::from_number(0),
        workspace: WORKSPACE,
        mailbox: ids.live,
        folder: Some(if number % 15 == 14 { ids.sent } else { ids.inbox }),
        graph_id: format!("graph-message-{number}"),
        change_key: "1".into(),
        internet_message_id: Some(format!("<{number}@northwind.example>")),
        conversation_id: None,
        conversation_index: None,
        subject: subject.into(),
        preview: preview.into(),
        from: (number != 7).then(|| Participant { name: name.into(), address }),
        recipients: Recipients { to: to.collect(), ..Recipients::default() },
        received_at: at,
        sent_at: Some(at),
        modified_at: None,
        read: !number.is_multiple_of(4),
        draft: false,
        importance: if number == 4 { Importance::High } else { Importance::Normal },
        flag: if number == 5 { Flag::Flagged } else { Flag::NotFlagged },
        categories: if number == 1 { vec!["Customer".into(), "Ärger <b>".into()] } else { Vec::new() },
        has_attachments: number == 1 || number % 9 == 2,
        in_reply_to: None,
        references: Vec::new(),
        focused: true,
        web_link: Some("https://outlook.office365.example/owa/?ItemID=1".into()),
        private: false,
        nature: model::nature::Nature::Personal,
    }
}

fn a_body(number: usize, message: &Message) -> MessageBody {
    let headers =
        json!([["Received", "from mx.northwind.example"], ["Message-ID", message.internet_message_id], ["X-Odd", "<b>&"]]).to_string();
    if number.is_multiple_of(3) {
        let text = format!(
            "Hello Anna,\n\n{}\n\nMore at https://northwind.example/spring?x=1&y=2.\n\n> You wrote:\n> could we have the prices by Friday?\n\nBest\nClara",
            message.preview
        );
        return MessageBody { kind: BodyKind::Text, content: text, headers: Some(headers) };
    }
    MessageBody { kind: BodyKind::Html, content: HTML.to_owned(), headers: Some(headers) }
}

fn attachments() -> Vec<Attachment> {
    let file = |id: &str, name: &str, kind: &str, size, inline| Attachment {
        graph_id: id.into(),
        name: name.into(),
        content_type: Some(kind.into()),
        size,
        inline,
        content_id: inline.then(|| "logo@contoso".to_owned()),
    };
    vec![
        file("file+1/=", "Offer spring 2026.pdf", "application/pdf", 284_213, false),
        file("file+2/=", "<b>Preise \"März\"</b>.xlsx", "application/vnd.ms-excel", 1_840_000, false),
        file("inline+1/=", "logo.png", "image/png", 3_120, true),
    ]
}

async fn tell(house: &House, ids: &Ids, messages: &[MessageId], now: Timestamp) {
    let event = |kind, subject: i64, backfill| NewEvent { kind, subject, backfill, data: json!({}) };
    let mut events =
        vec![event(EventKind::MailboxConnected, ids.live.number(), false), event(EventKind::FolderCreated, ids.inbox.number(), true)];
    events.extend(messages.iter().rev().map(|id| event(EventKind::MessageReceived, id.number(), true)));
    events.push(event(EventKind::MailboxSynced, ids.live.number(), false));
    events.push(event(EventKind::MessageUpdated, messages[3].number(), false));
    events.push(event(EventKind::MessageReceived, messages[0].number(), false));
    events.push(event(EventKind::MessageDeleted, 4_711, false));
    let mut transaction = Transaction::new("test.events").with_all(ledger::append(WORKSPACE, ids.live, before(now, 300), &events));
    for (seconds, action, object, outcome, detail) in [
        (9_000, "mailbox.connect", ids.live.to_string(), "done", json!({"scopes": "Mail.Read User.Read"})),
        (4_000, "mailbox.connect", "microsoft".to_owned(), "refused", json!({"code": "AADSTS65004", "request_id": null})),
        (60, "console.sign_in", "console".to_owned(), "done", json!({"by": "token"})),
    ] {
        let at = before(now, seconds);
        let line = AuditLine {
            id: AuditId::sorted_by(at),
            at,
            workspace: WORKSPACE,
            actor: "administrator".into(),
            action: action.into(),
            object,
            outcome: outcome.into(),
            detail,
        };
        transaction.push(audit::append(&line));
    }
    house.state.db.commit(transaction).await.expect("events");
}
