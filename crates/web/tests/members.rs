//! What a member sees: their own mailbox whole, a colleague's as far as its visibility says, what is private and what is of
//! another workspace not at all, and the administrators' pages never.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use model::customer::Customer;
use model::id::{CustomerId, MessageId, PersonId, ThreadId, ThreadNodeId, WorkspaceId};
use model::mailbox::Visibility;
use model::message::{Attachment, BodyKind, MessageBody};
use model::person::{Person, PersonKind};
use model::thread::Reason;
use store::message::{self, Listing};
use store::search::{self, Document};
use store::thread::{self, Place, Thread};
use store::timeline::{self, Owner};
use store::workspace::Home;
use store::{Transaction, audit, customer, mailbox, person};
use support::browser::Browser;
use support::{House, WORKSPACE, fixture};

/// What a mailbox that shows little must keep: subject, beginning, text, name of a file, category.
const KEPT: [&str; 5] = ["zebrasubject", "zebrapreview", "zebrabody", "zebrafile", "zebracategory"];
/// What of that a mailbox that shows subjects must keep.
const BEHIND_THE_SUBJECT: &[&str] = KEPT.split_at(1).1;
/// What a private message must keep from everybody but its own person.
const PRIVATE: [&str; 5] = ["quaggasubject", "quaggapreview", "quaggabody", "quaggafile", "quaggacategory"];
/// Every address of the console.
const ROUTES: &str = include_str!("../src/router.rs");

struct Made {
    house: House,
    mail: fixture::Made,
    acme: CustomerId,
    clara: PersonId,
    shown: MessageId,
    private: MessageId,
    private_thread: ThreadId,
}

/// The fixture's mail in Anna's mailbox, with a message full of words to look for, and a private one in a thread of its own.
async fn made() -> Made {
    let house = House::new().await;
    let mail = fixture::fill(&house).await;
    let (now, acme, private_thread) = (house.clock.now(), CustomerId::new(house.clock.now()), ThreadId::new(house.clock.now()));
    let shown = plant(&house, &mail, mail.thread, KEPT, false).await;
    let private = plant(&house, &mail, private_thread, PRIVATE, true).await;
    let thread = Thread {
        id: private_thread,
        workspace: WORKSPACE,
        subject: PRIVATE[0].into(),
        first_at: now,
        last_at: now,
        message_count: 1,
        version: 1,
    };
    let customer = Customer {
        id: acme,
        workspace: WORKSPACE,
        name: "Acme".into(),
        named_by_hand: false,
        created_at: now,
        last_at: now,
        thread_count: 1,
        version: 1,
        merged_into: None,
    };
    let clara = PersonId::new(now);
    let person = Person {
        id: clara,
        workspace: WORKSPACE,
        name: "Clara Novak".into(),
        named_by_hand: false,
        kind: PersonKind::Person,
        domain: "northwind.example".into(),
        customer: Some(acme),
        customer_by_hand: false,
        created_at: now,
        last_at: now,
        version: 1,
        merged_into: None,
    };
    let mut transaction = Transaction::new("test.members").with(thread::insert(&thread)).with(customer::insert(&customer));
    transaction.push(person::insert(&person));
    for thread in [mail.thread, private_thread] {
        for owner in [Owner::Workspace(WORKSPACE), Owner::Customer(acme), Owner::Person(clara)] {
            transaction.push(timeline::put(timeline::Place { thread, owner, mailbox: mail.live }, now));
        }
    }
    house.state.db.commit(transaction).await.unwrap();
    Made { house, mail, acme, clara, shown, private, private_thread }
}

async fn plant(house: &House, mail: &fixture::Made, thread: ThreadId, words: [&str; 5], private: bool) -> MessageId {
    let [subject, preview, body, file, category] = words;
    let mut message = message::find(&house.state.db, mail.messages[0]).await.unwrap().unwrap().message;
    let id = MessageId::sorted_by(house.clock.now());
    message.id = id;
    message.graph_id = format!("planted {subject}");
    (message.subject, message.preview, message.categories) = (subject.into(), preview.into(), vec![category.into()]);
    (message.private, message.has_attachments, message.received_at) = (private, true, house.clock.now());
    let node = ThreadNodeId::from_number(thread.number());
    let attachment =
        Attachment { graph_id: "file".into(), name: format!("{file}.pdf"), content_type: None, size: 1, inline: false, content_id: None };
    let document = Document { subject: subject.into(), body: format!("{preview} {body}").into(), ..Document::default() };
    let transaction = Transaction::new("test.plant")
        .with(message::insert(&message, Listing { seen_round: 1, body_hash: 1, attachments_wanted: false }))
        .with(message::insert_body(id, MessageBody { kind: BodyKind::Text, content: body.into(), headers: None }))
        .with_all(message::put_attachments(id, &[attachment]))
        .with(thread::put(id, Place { thread, node, reason: Reason::Reference, copy_key: id.number() }))
        .with(search::put(id, mail.live, WORKSPACE, &document));
    house.state.db.commit(transaction).await.unwrap();
    id
}

impl Made {
    async fn anna(&self) -> Browser {
        self.house.member(WORKSPACE, "user-0", "anna.berg@contoso.example").await
    }

    async fn ben(&self) -> Browser {
        self.house.member(WORKSPACE, "user-1", "ben.osei@contoso.example").await
    }

    async fn show_others(&self, visibility: Visibility) {
        let change = Transaction::new("test.visibility").with(mailbox::set_visibility(self.mail.live, visibility));
        self.house.state.db.commit(change).await.unwrap();
    }

    /// Every address that answers `GET`, with the ids of what was made.
    fn addresses(&self) -> Vec<String> {
        let routes = ROUTES.split(".route(").skip(1).filter(|route| route.split_once(',').unwrap().1.trim_start().starts_with("get("));
        let paths: Vec<&str> = routes.map(|route| route.split('"').nth(1).unwrap()).collect();
        assert!(paths.len() > 45, "the routes are read from the source: {paths:?}");
        let mut addresses: Vec<String> = paths.into_iter().flat_map(|path| self.with_ids(path)).collect();
        for id in [self.shown, self.private] {
            addresses.extend(
                ["attachment?id=file", "inline?cid=logo%40contoso", "body?images=remote"].map(|end| format!("/messages/{id}/{end}")),
            );
        }
        for word in ["zebra*", "quagga*", "zebra*+mailbox%3Aanna.berg%40contoso.example"] {
            addresses.extend([format!("/search?q={word}"), format!("/search?q={word}&order=ranked")]);
        }
        addresses.push(format!("/mailboxes/{}?folder={}", self.mail.live, self.mail.inbox));
        addresses.extend(["/activity?before=60".to_owned(), "/threads?before=9999999999999.thr_0000000000001".to_owned()]);
        addresses
    }

    fn with_ids(&self, path: &str) -> Vec<String> {
        if !path.contains('{') {
            return vec![path.to_owned()];
        }
        let ids = match path.split('/').nth(1).unwrap() {
            "mailboxes" => vec![self.mail.live.to_string()],
            "messages" => vec![self.shown.to_string(), self.private.to_string()],
            "threads" => vec![self.mail.thread.to_string(), self.private_thread.to_string()],
            "customers" => vec![self.acme.to_string()],
            "people" => vec![self.clara.to_string()],
            "developers" => vec!["end_0000000000001".to_owned()],
            "outbox" => vec!["out_0000000000001".to_owned()],
            "archives" => vec!["arc_0000000000001".to_owned()],
            "calendar" => vec!["cev_0000000000001".to_owned()],
            "contacts" if path.contains("/syncs/") => vec!["csy_0000000000001".to_owned()],
            "contacts" => vec!["cnt_0000000000001".to_owned()],
            "folders" => vec![self.mail.inbox.to_string()],
            "templates" => vec!["tpl_0000000000001".to_owned()],
            "t" => vec!["token".to_owned()],
            other => panic!("say which id belongs into an address under /{other}"),
        };
        ids.into_iter().map(|id| path.replace("{id}", &id).replace("{token}", &id)).collect()
    }

    /// No page that this browser can open holds one of these words; how many it could open.
    async fn nowhere(&self, browser: &mut Browser, words: &[&str]) -> usize {
        let mut opened = 0;
        for address in self.addresses() {
            let page = browser.get(&address).await;
            opened += usize::from(page.status == 200);
            assert!(page.status < 500 || address.contains("/original"), "{address}: {} {}", page.status, page.text);
            for word in words {
                assert!(!page.text.contains(word), "{address} holds {word}");
            }
        }
        opened
    }
}

async fn absent(browser: &mut Browser, address: &str) {
    let page = browser.get(address).await;
    assert_eq!(page.status, 404, "{address}: {}", page.text);
}

#[tokio::test]
async fn a_member_sees_the_own_mailbox_whole_whatever_it_shows_others() {
    let made = made().await;
    made.show_others(Visibility::Metadata).await;
    let mut anna = made.anna().await;
    assert_eq!(anna.get("/").await.location(), "/mailboxes");
    anna.shows("/mailboxes", &["Anna Berg"]).await;
    let compose = anna.get("/compose").await;
    assert!(compose.text.contains("Anna Berg") && !compose.text.contains("Ben "), "only what may be sent from is offered");
    let form = format!("csrf={}&from={}&to=nobody&subject=Offer&text=kept+words", compose.csrf(), made.mail.live);
    let refused = anna.post("/compose", &form).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("kept words") && refused.text.contains("role=\"alert\""),
        "nothing that was written is lost: {}",
        refused.text
    );
    anna.shows(&format!("/mailboxes/{}", made.mail.live), &["zebrasubject", "zebrapreview", "quaggasubject", "Check now"]).await;
    anna.shows(&format!("/messages/{}", made.shown), &KEPT.map(|word| if word == "zebrapreview" { "zebrabody" } else { word })).await;
    anna.shows(&format!("/messages/{}", made.private), &["quaggabody", "quaggafile"]).await;
    anna.shows(&format!("/threads/{}", made.private_thread), &["quaggasubject", "quaggabody"]).await;
    anna.shows("/threads", &["quaggasubject"]).await;
    anna.shows("/search?q=quaggabody", &["quaggasubject", &made.private.to_string()]).await;
    assert_eq!(anna.get(&format!("/messages/{}/original", made.private)).await.status, 200);
}

#[tokio::test]
async fn a_colleagues_mailbox_shows_what_its_visibility_says() {
    let made = made().await;
    let mut ben = made.ben().await;
    let (message, thread) = (format!("/messages/{}", made.shown), format!("/threads/{}", made.mail.thread));
    ben.shows(&message, &["zebrasubject", "zebrabody", "zebrafile"]).await;
    ben.shows(&format!("{message}/body"), &["zebrabody"]).await;
    ben.shows(&thread, &["zebrabody"]).await;

    made.show_others(Visibility::Subject).await;
    ben.shows(&message, &["zebrasubject", "Clara Novak", "is not shared with you"]).await;
    ben.shows(&format!("/mailboxes/{}", made.mail.live), &["zebrasubject"]).await;
    ben.shows("/search?q=zebrasubject", &[&made.shown.to_string()]).await;
    assert!(made.nowhere(&mut ben, BEHIND_THE_SUBJECT).await > 20);

    made.show_others(Visibility::Metadata).await;
    ben.shows(&message, &["(subject not shared with you)", "Clara Novak", "who wrote to whom and when"]).await;
    ben.shows(&thread, &["Clara Novak"]).await;
    assert!(!ben.get("/search?q=zebrasubject").await.text.contains(&made.shown.to_string()));
    for end in ["body", "original", "attachment?id=file", "inline?cid=logo"] {
        absent(&mut ben, &format!("{message}/{end}")).await;
    }
}

#[tokio::test]
async fn no_page_shows_a_member_a_word_of_a_hidden_mailbox_or_anybody_a_word_of_a_private_message() {
    let made = made().await;
    let mut administrator = made.house.administrator().await;
    assert!(made.nowhere(&mut administrator, &PRIVATE).await > 25, "an administrator sees no private message");
    let mut ben = made.ben().await;
    assert!(made.nowhere(&mut ben, &PRIVATE).await > 20);
    made.show_others(Visibility::Metadata).await;
    let hidden = [KEPT, PRIVATE].concat();
    assert!(made.nowhere(&mut ben, &hidden).await > 20);
    assert!(!ben.get(&format!("/mailboxes/{}", made.mail.live)).await.text.contains("spring campaign"), "nor another subject");
    absent(&mut ben, &format!("/messages/{}", made.private)).await;
    absent(&mut ben, &format!("/threads/{}", made.private_thread)).await;
}

#[tokio::test]
async fn what_is_of_another_workspace_is_not_there() {
    let made = made().await;
    let other: WorkspaceId = made.house.other_workspace(&Home::Domain("other.example".into())).await;
    let mut stranger = made.house.member(other, "user-0", "anna.berg@contoso.example").await;
    for address in made.addresses().iter().filter(|address| address.contains("_0") && address.matches('/').count() > 1) {
        let page = stranger.get(address).await;
        assert!(matches!(page.status, 403 | 404), "{address}: {} {}", page.status, page.text);
    }
    let words = [&KEPT[..], &PRIVATE[..], &["spring campaign", "Clara Novak", "Anna Berg", ">Acme<"]].concat();
    assert!(made.nowhere(&mut stranger, &words).await > 10);
}

#[tokio::test]
async fn the_administrators_pages_are_refused_with_words_and_not_offered() {
    let made = made().await;
    let mut ben = made.ben().await;
    for path in ["/audit", "/customers/exclusions", "/developers/keys", "/developers/endpoints"] {
        let page = ben.get(path).await;
        assert!(page.status == 403 && page.text.contains("Next: "), "{path}: {} {}", page.status, page.text);
    }
    let live = format!("/mailboxes/{}", made.mail.live);
    for (path, form) in [
        (format!("{live}/visibility"), "visibility=metadata"),
        (format!("{live}/disconnect"), ""),
        (format!("{live}/check"), ""),
        (format!("{live}/audit"), ""),
        ("/connect/shared".to_owned(), "address=support%40contoso.example"),
        ("/customers/exclusions".to_owned(), "value=a%40b.example"),
    ] {
        let refused = ben.post(&path, &format!("csrf=a-key-of-forms&{form}")).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text);
    }
    for path in ["/mailboxes", "/customers", "/connect", "/developers", &live] {
        let page = ben.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for offer in
            ["href=\"/audit\"", "/customers/exclusions", "/developers/keys", "/visibility", "/connect/shared", "/disconnect", ">Reconnect<"]
        {
            assert!(!page.text.contains(offer), "{path} offers {offer}");
        }
    }
    let mut carla = made.house.member(WORKSPACE, "user-2", "carla.mendez@contoso.example").await;
    carla.shows("/mailboxes", &[">Reconnect<", "Microsoft refused our access."]).await;
    carla.shows(&format!("/mailboxes/{}", made.mail.stopped), &[">Reconnect<", "/disconnect"]).await;
}

#[tokio::test]
async fn a_member_changes_by_hand_what_they_see_and_nothing_else() {
    let made = made().await;
    let mut ben = made.ben().await;
    let customer = format!("/customers/{}", made.acme);
    let renamed = ben.post(&format!("{customer}/name"), "csrf=a-key-of-forms&name=Acme+Ltd").await;
    assert_eq!(renamed.location(), customer, "{}", renamed.text);
    ben.shows(&customer, &["Acme Ltd"]).await;
    let filing = format!("/threads/{}/filing", made.mail.thread);
    let filed = ben.post(&filing, &format!("csrf=a-key-of-forms&customer={}", made.acme)).await;
    assert_eq!(filed.status, 303, "{}", filed.text);
    let lines = audit::list(&made.house.state.db, WORKSPACE, None, 10).await.unwrap();
    for action in ["customer.rename", "thread.file"] {
        assert!(lines.iter().any(|line| line.action == action && line.actor == "ben.osei@contoso.example"), "{action}");
    }
    let hidden = format!("/threads/{}", made.private_thread);
    for (end, form) in
        [("filing", format!("customer={}", made.acme)), ("split", format!("message={}", made.private)), ("filing/rules", String::new())]
    {
        assert_eq!(ben.post(&format!("{hidden}/{end}"), &format!("csrf=a-key-of-forms&{form}")).await.status, 404, "{end}");
    }
    let other = made.house.other_workspace(&Home::Domain("other.example".into())).await;
    let mut stranger = made.house.member(other, "user-9", "zoe@other.example").await;
    assert_eq!(stranger.post(&format!("{customer}/name"), "csrf=a-key-of-forms&name=Theirs").await.status, 404);
}

#[tokio::test]
async fn a_member_changes_a_message_sees_it_at_once_and_is_told_what_was_not_done() {
    let made = made().await;
    let (mut anna, mut ben) = (made.anna().await, made.ben().await);
    let (path, db) = (format!("/messages/{}", made.shown), &made.house.state.db);
    let key = anna.get(&path).await.csrf();
    assert!(!ben.get(&path).await.text.contains("Mark as"), "it is another person's mailbox");
    let wanted =
        if anna.get(&path).await.text.contains("Mark as unread") { ("unread", "Mark as read") } else { ("read", "Mark as unread") };
    let asked = anna.post(&format!("{path}/instruct"), &format!("csrf={key}&wanted={}", wanted.0)).await;
    assert_eq!((asked.status, asked.location()), (303, path.as_str()), "{}", asked.text);
    anna.shows(&path, &["Being changed at Microsoft", wanted.1]).await;
    let waiting = store::instruction::waiting(db, made.mail.live, 10).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].message), (1, made.shown));
    let problem = base::Problem::new("message_gone", "This was not done: the message is gone.", "It was deleted.", "Look in Outlook.");
    let failed = store::instruction::end(&waiting[0], Some(&problem), made.house.clock.now());
    db.commit(Transaction::new("test.fail").with_all(failed)).await.unwrap();
    let standing = format!("{path}/standing");
    anna.shows(&standing, &["This was not done", "Look in Outlook", "Try again"]).await;
    assert!(!anna.get(&standing).await.text.contains(wanted.1), "it shows how it is, not how it was wanted");
    let folders = store::folder::list(db, made.mail.live).await.unwrap();
    let folder = folders.iter().find(|folder| folder.display_name == "Archive").unwrap().id;
    let moved = anna.post(&format!("{path}/instruct"), &format!("csrf={key}&wanted=move&folder={folder}")).await;
    assert_eq!(moved.status, 303, "{}", moved.text);
    anna.shows(&path, &["Being moved to Archive"]).await;
    assert_eq!(ben.post(&format!("{path}/instruct"), "csrf=a-key-of-forms&wanted=delete").await.status, 403);
}

#[tokio::test]
async fn many_messages_are_counted_before_they_are_changed() {
    let made = made().await;
    let mut anna = made.anna().await;
    let path = format!("/mailboxes/{}/change", made.mail.live);
    let page = anna.get(&path).await;
    assert!(page.text.contains("Count them first"), "{}", page.text);
    let form = format!("csrf={}&in={}&only=&before=&wanted=flag&folder={}", page.csrf(), made.mail.inbox, made.mail.inbox);
    let counted = anna.post(&path, &form).await;
    assert!(counted.text.contains("This is about") && counted.text.contains("name=\"confirmed\""), "{}", counted.text);
    assert!(store::instruction::waiting(&made.house.state.db, made.mail.live, 1).await.unwrap().is_empty(), "nothing was done yet");
    let begun = anna.post(&path, &format!("{form}&confirmed=yes")).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    anna.shows(begun.location(), &["so far", "progress"]).await;
    let nothing = anna.post(&path, &format!("{form}&before=2001-01-01")).await;
    assert!(nothing.text.contains("No message is like that"), "{}", nothing.text);
}
