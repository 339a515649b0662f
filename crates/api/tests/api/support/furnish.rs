//! What stands in a workspace: two mailboxes, one conversation of three mails with a customer, and one of everything else.

use base::Timestamp;
use model::archive::{Archive, Format, Target, Wanted};
use model::calendar::{Calendar, CalendarEvent, CalendarEventKind, Detail};
use model::calendar_intent::{CalendarDeed, CalendarIntent};
use model::contact::{Card, Hands, Origin, SourceContact, merge};
use model::customer::{Customer, Filing, FilingRule};
use model::event::{EventKind, NewEvent};
use model::id::{
    ArchiveId, CalendarEventId, CalendarFeedId, CalendarId, CalendarIntentId, ConnectionId, ContactBookId, ContactId, ContactSyncId,
    CustomerId, DeliveryId, EndpointId, FileId, FolderId, InstructionId, JobId, MailboxId, MessageId, OutgoingId, PersonId,
    SourceContactId, TemplateId, ThreadId, ThreadJoinId, ThreadNodeId, WorkspaceId,
};
use model::instruction::{Deed, Instruction};
use model::mailbox::{Mailbox, MailboxKind, MailboxState, Visibility};
use model::message::{Attachment, BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::nature::Nature;
use model::outgoing::{Outgoing, Written};
use model::person::{Person, PersonAddress, PersonKind};
use model::template::Template;
use model::thread::Reason;
use store::calendar_feed::CalendarFeed;
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::contact_book::ContactBook;
use store::contact_sync::ContactSync;
use store::delivery::{self, Announcement};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState, Filter};
use store::folder::{self, Folder};
use store::grant::{self, Grant};
use store::job::{self, Job, JobState};
use store::message::{self, Listing};
use store::source_contact::Standing;
use store::thread::{self, Thread};
use store::thread_join::{self, Join};
use store::timeline::{self, Owner};
use store::vault::Vault;
use store::workspace::{self, Workspace};
use store::{Db, Statement, Transaction, customer, filing, ledger, mailbox, person};

/// What stands in a workspace.
pub struct Place {
    pub workspace: WorkspaceId,
    /// `anna@` and `ben@` the workspace's domain.
    pub mailboxes: [MailboxId; 2],
    pub folders: [FolderId; 2],
    /// The mail to Anna and Ben (a copy each), and Anna's private one.
    pub messages: [MessageId; 3],
    pub private: MessageId,
    pub thread: ThreadId,
    pub join: ThreadJoinId,
    pub person: PersonId,
    pub customer: CustomerId,
    pub other_customer: CustomerId,
    pub endpoint: EndpointId,
    pub delivery: DeliveryId,
    pub job: JobId,
    /// A mail that waits in Anna's outbox for the next day.
    pub outgoing: OutgoingId,
    /// A file that Anna has brought.
    pub file: FileId,
    /// What is wanted done to Anna's first message.
    pub instruction: InstructionId,
    /// An archive of Anna's mailbox.
    pub archive: ArchiveId,
    /// A template that greets by name and tells of an offer.
    pub template: TemplateId,
    /// Anna's calendar, which she may write.
    pub calendar: CalendarId,
    /// What is wanted done in it.
    pub calendar_intent: CalendarIntentId,
    /// A feed of Anna's calendar.
    pub calendar_feed: CalendarFeedId,
    /// A meeting in Anna's calendar.
    pub calendar_event: CalendarEventId,
    /// Somebody in a program's address book, and what came of bringing them.
    pub contact: ContactId,
    pub contact_book: ContactBookId,
    pub contact_sync: ContactSyncId,
}

pub async fn furnish(db: &Db, vault: &Vault, workspace: WorkspaceId, domain: &str, outside: &str, now: Timestamp) -> Place {
    let id = |place: u64| now.plus(std::time::Duration::from_secs(place));
    let place = Place {
        workspace,
        mailboxes: [MailboxId::new(now), MailboxId::new(now)],
        folders: [FolderId::new(now), FolderId::new(now)],
        messages: [MessageId::sorted_by(id(1)), MessageId::sorted_by(id(1)), MessageId::sorted_by(id(2))],
        private: MessageId::sorted_by(id(3)),
        thread: ThreadId::new(now),
        join: ThreadJoinId::new(now),
        person: PersonId::new(now),
        customer: CustomerId::new(now),
        other_customer: CustomerId::new(now),
        endpoint: EndpointId::new(now),
        delivery: DeliveryId::new(now),
        job: JobId::new(now),
        outgoing: OutgoingId::new(now),
        file: FileId::new(now),
        instruction: InstructionId::new(now),
        archive: ArchiveId::new(now),
        template: TemplateId::new(now),
        calendar: CalendarId::new(now),
        calendar_intent: CalendarIntentId::new(now),
        calendar_feed: CalendarFeedId::new(now),
        calendar_event: CalendarEventId::new(now),
        contact: ContactId::from_number(SourceContactId::new(now).number()),
        contact_book: ContactBookId::new(now),
        contact_sync: ContactSyncId::new(now),
    };
    let made = Workspace { id: workspace, name: domain.to_owned(), created_at: now };
    let mut transaction = Transaction::new("test.furnish").with(workspace::ensure(&made));
    transaction.extend(accounts(&place, domain, now));
    transaction.extend(mails(&place, domain, outside, now));
    transaction.extend(parties(&place, outside, now));
    transaction.extend(told(&place, vault, now));
    transaction.extend(store::outgoing::ask(&outgoing(&place, outside, now)));
    transaction.extend([store::file::insert(&file(&place, now)), store::file::complete(place.file, 0, b"", now)]);
    let wanted = Wanted { mailbox: Some(place.mailboxes[0]), ..Wanted::default() };
    let target = Target::Directory { path: "anna".into(), format: Format::Eml };
    transaction.extend(store::archive::ask(&Archive::asked(place.archive, workspace, wanted, target, now)));
    let anna = (workspace, place.mailboxes[0]);
    let instruction = Instruction { id: place.instruction, ..Instruction::asked(anna, place.messages[0], Deed::Delete, "test", now) };
    transaction.extend(store::instruction::ask(&[instruction], None, now));
    transaction.push(store::template::insert(&template(&place, now)));
    transaction.extend(somebody(&place, outside, now));
    db.commit(transaction).await.unwrap();
    place
}

fn somebody(place: &Place, outside: &str, now: Timestamp) -> Vec<Statement> {
    let fresh = ContactBook::fresh(place.workspace, Origin::Api, "crm", None, now);
    let book = ContactBook { id: place.contact_book, ..fresh };
    let sync = ContactSync { id: place.contact_sync, pulled_at: Some(now), ..ContactSync::begun(&book, "test", now) };
    let card = Card { addresses: vec![format!("bo@{outside}")], ..Card::default() };
    let id = SourceContactId::from_number(place.contact.number());
    let source = SourceContact { id, origin: Origin::Api, book: book.id, card, updated_at: now };
    let standing = Standing { workspace: place.workspace, book: book.id, folder: None, round: 0, sync: sync.id };
    let made = merge(std::slice::from_ref(&source), &Hands::default()).contacts.remove(0);
    let mut statements = vec![store::contact_book::insert(&book), store::contact_sync::insert(&sync)];
    statements.extend(store::source_contact::insert(&source, "1", standing));
    statements.extend([store::source_contact::assign(id, place.contact), store::source_contact::settle(id, 1)]);
    statements.push(store::contact::put(place.workspace, &made, &serde_json::to_string(&made).unwrap(), now));
    statements
}

fn a_meeting(place: &Place, connection: ConnectionId, now: Timestamp) -> Vec<Statement> {
    let calendar = Calendar {
        id: place.calendar,
        workspace: place.workspace,
        connection,
        graph_id: "graph-calendar".into(),
        name: "Calendar".into(),
        color: None,
        is_default: true,
        can_edit: true,
        owner: Participant::default(),
    };
    let event = CalendarEvent {
        id: place.calendar_event,
        calendar: calendar.id,
        graph_id: "graph-meeting".into(),
        kind: CalendarEventKind::Single,
        series: None,
        start_at: now,
        end_at: now.plus(std::time::Duration::from_secs(3600)),
        detail: Some(Detail { subject: "Plan".into(), ..Detail::default() }),
    };
    let (whose, target) = ((place.workspace, connection, calendar.id), Some((event.id, event.graph_id.clone())));
    let intent = CalendarIntent::asked(whose, target, CalendarDeed::Delete, "test", now);
    let intent = CalendarIntent { id: place.calendar_intent, ..intent };
    let mut statements = vec![store::calendar::insert(&calendar)];
    statements.extend(store::calendar_event::put(&event, 1));
    statements.extend(store::calendar_intent::ask(&intent, now));
    statements.push(store::calendar_feed::insert(&a_feed(place, &calendar, now)));
    statements
}

fn a_feed(place: &Place, calendar: &Calendar, now: Timestamp) -> CalendarFeed {
    CalendarFeed {
        id: place.calendar_feed,
        workspace: place.workspace,
        connection: calendar.connection,
        calendar: Some(calendar.id),
        name: "Calendar".into(),
        hash: place.calendar_feed.to_string().into_bytes(),
        details: true,
        private_details: false,
        created_by: "test".into(),
        created_at: now,
        renewed_at: None,
        last_read_at: None,
        revoked_at: None,
    }
}

fn template(place: &Place, now: Timestamp) -> Template {
    Template {
        id: place.template,
        workspace: place.workspace,
        name: "Offer".into(),
        subject: "Offer {{fields.number}} for {{customer.name | \"you\"}}".into(),
        html: Some("<p>Dear {{person.first_name}},</p><p>{{sender.name}} writes to {{person.email}}: {{fields.number}}</p>".into()),
        text: None,
        created_at: now,
        updated_at: now,
        updated_by: "test".into(),
        version: 1,
    }
}

fn file(place: &Place, now: Timestamp) -> store::file::File {
    store::file::File {
        id: place.file,
        workspace: place.workspace,
        name: "offer.txt".into(),
        content_type: "text/plain".into(),
        size_bytes: 0,
        sha256: None,
        asked_by: "test".into(),
        created_at: now,
        completed_at: None,
    }
}

fn outgoing(place: &Place, outside: &str, now: Timestamp) -> Outgoing {
    let bo = Participant { name: "Bo".into(), address: format!("bo@{outside}") };
    let written = Written {
        recipients: Recipients { to: vec![bo], ..Recipients::default() },
        subject: "Offer for tomorrow".into(),
        body: "Good morning.".into(),
        ..Written::default()
    };
    let mark = format!("mark of {outside}");
    let mail = Outgoing::asked(place.outgoing, (place.workspace, place.mailboxes[0]), mark, written, now);
    Outgoing { asked_by: "test".into(), send_at: now.plus(std::time::Duration::from_secs(86_400)), ..mail }
}

fn accounts(place: &Place, domain: &str, now: Timestamp) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (number, name) in ["anna", "ben"].into_iter().enumerate() {
        let connection = Connection {
            id: ConnectionId::new(now),
            workspace: place.workspace,
            provider: "microsoft".into(),
            kind: ConnectionKind::Delegated,
            tenant_id: format!("tenant of {domain}"),
            account_id: format!("{name} of {domain}"),
            principal_name: format!("{name}@{domain}"),
            display_name: name.into(),
            state: ConnectionState::Connected,
            problem: None,
            state_at: now,
            created_at: now,
        };
        statements.push(connection::insert(&connection));
        // Anna has permitted all that there is, Ben to read.
        let scopes = if number == 0 { "openid Mail.ReadWrite MailboxSettings.ReadWrite Calendars.ReadWrite" } else { "openid Mail.Read" };
        statements.push(grant::put(&a_grant(connection.id, scopes, now)));
        if number == 0 {
            statements.extend(a_meeting(place, connection.id, now));
        }
        statements.push(mailbox::insert(&Mailbox {
            id: place.mailboxes[number],
            workspace: place.workspace,
            connection: connection.id,
            graph_user_id: format!("{name} of {domain}"),
            address: format!("{name}@{domain}"),
            display_name: name.into(),
            kind: MailboxKind::User,
            state: MailboxState::Live,
            problem: None,
            state_at: now,
            first_synced_at: Some(now),
            last_contact_at: Some(now),
            created_at: now,
            visibility: Visibility::Everything,
        }));
        statements.push(folder::insert(&Folder {
            id: place.folders[number],
            mailbox: place.mailboxes[number],
            graph_id: format!("inbox of {name}"),
            parent_graph_id: None,
            display_name: "Inbox".into(),
            well_known: Some("inbox".into()),
            hidden: false,
            total_there: 2,
            unread_there: 1,
            removed_at: None,
            first_synced_at: Some(now),
            last_synced_at: Some(now),
            estimate_total: None,
            audit: None,
        }));
    }
    statements
}

fn a_grant(connection: ConnectionId, scopes: &str, now: Timestamp) -> Grant {
    Grant {
        connection,
        scopes: scopes.into(),
        refresh_token_sealed: None,
        access_token_sealed: None,
        access_expires_at: now,
        generation: 1,
        refreshed_at: now,
        granted_at: now,
    }
}

fn mails(place: &Place, domain: &str, outside: &str, now: Timestamp) -> Vec<Statement> {
    let bo = Participant { name: "Bo Berg".into(), address: format!("bo@{outside}") };
    let anna = Participant { name: "Anna".into(), address: format!("anna@{domain}") };
    let about = Thread {
        id: place.thread,
        workspace: place.workspace,
        subject: "The offer".into(),
        first_at: now,
        last_at: now,
        message_count: 2,
        version: 1,
    };
    let nodes = [ThreadNodeId::from_number(place.thread.number()), ThreadNodeId::new(now)];
    let mut statements = vec![
        thread::insert(&about),
        thread::insert_node(place.workspace, nodes[0], place.thread),
        thread::insert_node(place.workspace, nodes[1], place.thread),
    ];
    let rows = [
        (place.messages[0], 0, "<1@acme>", &bo, &anna, "The offer", 1, 0),
        (place.messages[1], 1, "<1@acme>", &bo, &anna, "The offer", 1, 0),
        (place.messages[2], 0, "<2@ours>", &anna, &bo, "Re: The offer", 2, 1),
        (place.private, 0, "<3@acme>", &bo, &anna, "Between us", 3, 0),
    ];
    for (id, mailbox, header, from, to, subject, copy, node) in rows {
        let mail = mail(place, id, mailbox, (header, subject), from, to, now);
        let private = mail.private;
        statements.push(message::insert(&mail, Listing { seen_round: 1, body_hash: 1, attachments_wanted: false }));
        let content = format!("<p>Dear Anna, about {subject}.</p><script>alert(1)</script>");
        statements
            .push(message::insert_body(id, MessageBody { kind: BodyKind::Html, content, headers: Some("[[\"X-Test\",\"1\"]]".into()) }));
        let attachment = Attachment {
            graph_id: "att-1".into(),
            name: "offer.pdf".into(),
            content_type: Some("application/pdf".into()),
            size: 10,
            inline: false,
            content_id: None,
        };
        statements.extend(message::put_attachments(id, &[attachment]));
        if !private {
            let reason = if copy == 1 { Reason::Opening } else { Reason::Reference };
            statements.push(thread::put(id, thread::Place { thread: place.thread, node: nodes[node], reason, copy_key: copy }));
        }
    }
    let join = Join {
        id: place.join,
        workspace: place.workspace,
        one: nodes[0],
        other: nodes[1],
        message: Some(place.messages[2]),
        reason: Reason::Conversation,
        actor: None,
        at: now,
        undone_at: None,
        undone_by: None,
    };
    statements.push(thread_join::insert(&join));
    statements.push(thread::recount(&[place.thread]));
    for mailbox in place.mailboxes {
        let owners = [Owner::Workspace(place.workspace), Owner::Customer(place.customer), Owner::Person(place.person)];
        statements.extend(owners.map(|owner| timeline::put(timeline::Place { thread: place.thread, owner, mailbox }, now)));
    }
    statements
}

fn mail(
    place: &Place,
    id: MessageId,
    mailbox: usize,
    texts: (&str, &str),
    from: &Participant,
    to: &Participant,
    now: Timestamp,
) -> Message {
    let received_at = Timestamp::from_millis((id.number() >> 31) * 1000).max(now);
    Message {
        id,
        workspace: place.workspace,
        mailbox: place.mailboxes[mailbox],
        folder: Some(place.folders[mailbox]),
        graph_id: format!("graph-{id}"),
        change_key: "1".into(),
        internet_message_id: Some(texts.0.into()),
        conversation_id: None,
        conversation_index: None,
        subject: texts.1.into(),
        preview: "Dear Anna".into(),
        from: Some(from.clone()),
        recipients: Recipients { to: vec![to.clone()], ..Recipients::default() },
        received_at,
        sent_at: Some(received_at),
        modified_at: None,
        read: mailbox == 1,
        draft: false,
        importance: Importance::Normal,
        flag: Flag::NotFlagged,
        categories: vec!["Offer".into()],
        has_attachments: true,
        in_reply_to: None,
        references: Vec::new(),
        focused: true,
        web_link: Some("https://outlook.example/1".into()),
        private: id == place.private,
        nature: Nature::Personal,
    }
}

fn parties(place: &Place, outside: &str, now: Timestamp) -> Vec<Statement> {
    let customer = |id, name: &str| Customer {
        id,
        workspace: place.workspace,
        name: name.to_owned(),
        named_by_hand: false,
        created_at: now,
        last_at: now,
        thread_count: 1,
        version: 1,
        merged_into: None,
    };
    let bo = Person {
        id: place.person,
        workspace: place.workspace,
        name: "Bo Berg".into(),
        named_by_hand: false,
        kind: PersonKind::Person,
        domain: outside.to_owned(),
        customer: Some(place.customer),
        customer_by_hand: false,
        created_at: now,
        last_at: now,
        version: 1,
        merged_into: None,
    };
    let address = format!("bo@{outside}");
    let known_by = PersonAddress { person: bo.id, address: address.clone(), written: address.clone(), by_hand: false, added_at: now };
    let filed = Filing { thread: place.thread, customer: place.customer, rule: FilingRule::Domain, because: address, filed_at: now };
    vec![
        customer::insert(&customer(place.customer, "Acme")),
        customer::insert(&customer(place.other_customer, "Globex")),
        customer::insert_domain(place.workspace, outside, place.customer, now),
        person::insert(&bo),
        person::insert_address(place.workspace, &known_by),
        filing::insert(&filed),
    ]
}

fn told(place: &Place, vault: &Vault, now: Timestamp) -> Vec<Statement> {
    let url = base::Secret::from("https://hooks.example/in");
    let endpoint = Endpoint {
        id: place.endpoint,
        workspace: place.workspace,
        kind: EndpointKind::Generic,
        host: "https://hooks.example".into(),
        url_sealed: vault.seal_text(&endpoint::url_place(place.endpoint), &url),
        description: "test".into(),
        filter: Filter { kinds: Vec::new(), mailboxes: Vec::new() },
        expand: false,
        owner: "administrator".into(),
        state: EndpointState::Active,
        state_at: now,
        problem: None,
        secret_sealed: vault.seal_text(&endpoint::secret_place(place.endpoint), &base::Secret::from("whsec_c2VjcmV0")),
        previous_secret: None,
        failures: 0,
        failing_since: None,
        succeeded_at: None,
        held_until: None,
        after_seq: 0,
        version: 1,
        created_at: now,
    };
    let told = Announcement { id: place.delivery, event_seq: 1, event_kind: EventKind::MessageReceived, replay_of: None };
    let job = Job {
        id: place.job,
        workspace: place.workspace,
        kind: "test".into(),
        subject: place.thread.to_string(),
        state: JobState::Running,
        done: 0,
        total: None,
        problem: None,
        asked_by: "administrator".into(),
        created_at: now,
        finished_at: None,
    };
    let mut statements = vec![endpoint::insert(&endpoint), job::insert(&job)];
    statements.extend(delivery::announce(place.workspace, place.endpoint, place.mailboxes[0].number(), &[told], now));
    let event =
        NewEvent { kind: EventKind::MessageReceived, subject: place.messages[0].number(), backfill: false, data: serde_json::json!({}) };
    statements.extend(ledger::append(place.workspace, place.mailboxes[0], now, &[event]));
    statements
}
