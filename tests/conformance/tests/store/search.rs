//! Search: both engines find the same messages, newest first, and nothing beyond the scope.

mod judge;

use model::id::{MailboxId, MessageId, ThreadId, WorkspaceId};
use model::message::{BodyKind, Flag, Message, MessageBody, Participant, Recipients};
use model::query::Query;
use store::search::{self, Asked, Cursor, Document, Level, Order, Page, Scope, Seen};
use store::{Db, Statement, Transaction, mailbox, message};

use crate::world::{self, INBOX, MAILBOX, WORKSPACE, World, at, both, listing};
use judge::{Asking, Dice};

const OTHER: MailboxId = MailboxId::from_number(11);

/// The mailbox, subject and body of message `number`, by Anna to Ben.
struct Mail<'a>(i64, MailboxId, &'a str, &'a str);

impl Mail<'_> {
    fn message(&self) -> Message {
        let Mail(number, mailbox, subject, _) = self;
        let someone = |name: &str, address: &str| Participant { name: name.to_owned(), address: address.to_owned() };
        let from = Some(someone("Anna Meier", "anna.meier@contoso.example"));
        let recipients = Recipients { to: vec![someone("Ben", "ben@fabrikam.example")], ..Recipients::default() };
        Message { mailbox: *mailbox, subject: (*subject).to_owned(), from, recipients, private: false, ..world::message(*number) }
    }
}

/// Writes messages with their bodies, and indexes them as the consumer does.
async fn put(db: &Db, mails: &[(Message, String)]) {
    let written = mails.iter().flat_map(|(mail, body)| {
        let body = MessageBody { kind: BodyKind::Text, content: body.clone(), headers: None };
        [message::insert(mail, listing(1)), message::insert_body(mail.id, body)]
    });
    db.commit(Transaction::new("test.write").with_all(written)).await.unwrap();
    db.commit(Transaction::new("test.index").with_all(mails.iter().map(|(mail, body)| indexed(mail, body)))).await.unwrap();
}

fn indexed(mail: &Message, body: &str) -> Statement {
    let line = |one: &Participant| format!("{} {}\n", one.name, one.address);
    let lines = |all: &[Participant]| all.iter().map(line).collect::<String>();
    let document = Document {
        subject: mail.subject.as_str().into(),
        from: mail.from.iter().map(line).collect::<String>().into(),
        to: lines(&mail.recipients.to).into(),
        cc: lines(&mail.recipients.cc).into(),
        others: lines(&mail.recipients.bcc).into(),
        body: body.into(),
        private: mail.private,
    };
    search::put(mail.id, mail.mailbox, mail.workspace, &document)
}

async fn put_mails(db: &Db, mails: &[Mail<'_>]) {
    put(db, &mails.iter().map(|mail| (mail.message(), mail.3.to_owned())).collect::<Vec<_>>()).await;
}

async fn page(db: &Db, scope: &Scope, wanted: &str, order: Order, after: Option<Cursor>, limit: u32) -> Page {
    let query = Query::read(wanted).unwrap_or_else(|mistake| panic!("{wanted}: {mistake}"));
    search::search(db, &Asked { scope, query: &query, order, after, limit, now: at(1_000_000) }).await.unwrap()
}

async fn find(db: &Db, scope: &Scope, wanted: &str) -> Vec<i64> {
    numbers(&page(db, scope, wanted, Order::Newest, None, 50).await)
}

/// All that is found, page by page.
async fn all_pages(db: &Db, scope: &Scope, wanted: &str, limit: u32) -> Vec<i64> {
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = page(db, scope, wanted, Order::Newest, after, limit).await;
        assert!(page.hits.len() <= limit as usize);
        found.extend(numbers(&page));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn numbers(page: &Page) -> Vec<i64> {
    page.hits.iter().map(|hit| hit.message.number() >> 31).collect()
}

/// A second mailbox beside that of the furnished world.
async fn with_other_mailbox(world: World) -> World {
    let world = world.furnished().await;
    let other = model::mailbox::Mailbox {
        id: OTHER,
        graph_user_id: "other".to_owned(),
        address: "ben@contoso.example".to_owned(),
        ..world::mailbox()
    };
    world.db.commit(Transaction::new("test.mailbox").with(mailbox::insert(&other))).await.unwrap();
    world
}

fn everywhere() -> Scope {
    Scope::workspace(WORKSPACE)
}

both! {
    async fn both_engines_find_the_same(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        let long = "lorem ipsum ".repeat(20_000);
        let scopes = format!("offered _m{} m{} _w2", MAILBOX.number(), MAILBOX.number());
        put_mails(db, &[
            Mail(1, MAILBOX, "Offer for the Café", "Dear Ben, the price is 1.200,50 EUR. It's O'Reilly & Söhne (GmbH)"),
            Mail(2, MAILBOX, "Re: Offer", "東京都の見積もりをお送りします"),
            Mail(3, OTHER, "Invoice", &scopes),
            Mail(4, OTHER, "", &long),
            Mail(5, MAILBOX, "عرض السعر", "مرحبا بالعالم"),
        ]).await;
        for (wanted, found) in [
            ("offer", vec![2, 1]),
            ("OFFER cafe", vec![1]),
            ("cafés", vec![]),
            ("off*", vec![3, 2, 1]),
            ("off* -offered", vec![2, 1]),
            ("1.200", vec![1]),
            ("200.1", vec![]),
            ("sohne", vec![1]),
            ("o'reilly", vec![1]),
            ("\"price is 1.200\"", vec![1]),
            ("\"is price\"", vec![]),
            ("-\"price is\" -\"is price\"", vec![5, 4, 3, 2]),
            ("anna.meier@contoso.example ipsum", vec![4]),
            ("\"ipsum lorem\"", vec![4]),
            ("東京", vec![2]),
            ("京都", vec![2]),
            ("都の見積", vec![2]),
            ("京見", vec![]),
            ("見", vec![2]),
            ("السعر مرحبا", vec![5]),
            ("\"مرحبا بالعالم\"", vec![5]),
            ("\" OR 'x' & (|:* \\\"", vec![]),
            ("subject:offer", vec![2, 1]),
            ("subject:price", vec![]),
            ("subject:\"offer for\"", vec![1]),
            ("from:anna offer", vec![2, 1]),
            ("from:ann* to:ben", vec![5, 4, 3, 2, 1]),
            ("from:ben", vec![]),
            ("from:meier@contoso.example subject:re", vec![2]),
            ("person:ben@fabrikam.example -offer", vec![5, 4, 3]),
            ("cc:ben", vec![]),
            ("mailbox:ben@contoso.example", vec![4, 3]),
            ("-mailbox:ben@contoso.example -cafe", vec![5, 2]),
            ("before:1970-01-01T00:00:03Z", vec![2, 1]),
            ("after:1970-01-01T00:00:02Z -after:1970-01-01T00:00:04Z", vec![3, 2]),
            ("", vec![5, 4, 3, 2, 1]),
        ] {
            assert_eq!(find(db, &everywhere(), wanted).await, found, "{wanted}");
        }
        assert_eq!(find(db, &Scope::mailbox(WORKSPACE, MAILBOX), "offer").await, [2, 1]);
        assert_eq!(find(db, &Scope::mailbox(WORKSPACE, OTHER), "off*").await, [3]);
        assert_eq!(find(db, &Scope::workspace(WorkspaceId::from_number(2)), "offer").await, [] as [i64; 0]);
        assert_eq!(find(db, &Scope::mailboxes(WORKSPACE, []), "offer").await, [] as [i64; 0]);
    }

    async fn a_message_is_found_by_what_it_says_now(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let (scope, mail) = (everywhere(), Mail(1, MAILBOX, "Draft", "first"));
        put_mails(db, &[mail]).await;
        let mail = Mail(1, MAILBOX, "Draft", "first").message();
        db.commit(Transaction::new("test.index").with(indexed(&mail, "second"))).await.unwrap();
        assert_eq!(find(db, &scope, "first").await, [] as [i64; 0]);
        assert_eq!(find(db, &scope, "second").await, [1]);
        db.commit(Transaction::new("test.index").with(search::remove(mail.id)).with(search::remove(MessageId::from_number(2)))).await.unwrap();
        assert_eq!(find(db, &scope, "second").await, [] as [i64; 0]);
    }

    async fn a_word_matches_nothing_that_the_asker_may_not_read(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        put_mails(db, &[
            Mail(1, MAILBOX, "Turquoise roof", "crimson walls"),
            Mail(2, OTHER, "Turquoise roof", "crimson walls"),
        ]).await;
        let seen = |mailbox, level| Seen { mailbox, level, private: false };
        for (level, wanted, found) in [
            (Level::Subject, "turquoise", vec![2, 1]),
            (Level::Subject, "crimson", vec![2]),
            (Level::Subject, "crim*", vec![2]),
            (Level::Subject, "-crimson", vec![1]),
            (Level::Subject, "\"crimson walls\"", vec![2]),
            (Level::Subject, "-\"crimson walls\"", vec![1]),
            (Level::Subject, "\"turquoise roof\" from:anna", vec![2, 1]),
            (Level::Metadata, "turquoise", vec![2]),
            (Level::Metadata, "subject:turquoise", vec![2]),
            (Level::Metadata, "-subject:turquoise", vec![1]),
            (Level::Metadata, "\"turquoise roof\"", vec![2]),
            (Level::Metadata, "meier", vec![2, 1]),
            (Level::Metadata, "\"anna meier\" to:ben", vec![2, 1]),
        ] {
            let scope = Scope::mailboxes(WORKSPACE, [seen(MAILBOX, level), seen(OTHER, Level::Everything)]);
            assert_eq!(find(db, &scope, wanted).await, found, "{level:?} {wanted}");
            let mut ranked = numbers(&page(db, &scope, wanted, Order::Ranked, None, 50).await);
            ranked.sort_unstable_by(|one, other| other.cmp(one));
            assert_eq!(ranked, found, "{level:?} {wanted}, ranked");
        }
    }

    async fn private_messages_are_found_by_their_own_person_alone(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        let private = Message { private: true, ..Mail(2, MAILBOX, "Offer", "").message() };
        put(db, &[(Mail(1, MAILBOX, "Offer", "").message(), String::new()), (private, String::new())]).await;
        let own = |private| Scope::mailboxes(WORKSPACE, [Seen { mailbox: MAILBOX, level: Level::Everything, private }]);
        assert_eq!(find(db, &own(true), "offer").await, [2, 1]);
        for scope in [own(false), everywhere()] {
            assert_eq!(find(db, &scope, "offer").await, [1]);
            for order in [Order::Newest, Order::Ranked] {
                let found = page(db, &scope, "offer", order, None, 50).await;
                assert_eq!((numbers(&found), found.looked_at), (vec![1], 1), "no figure tells of it");
            }
        }
    }

    async fn hits_are_paged_from_the_newest(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        let mails: Vec<Mail<'_>> = (1..=25).map(|number| Mail(number, if number % 2 == 0 { MAILBOX } else { OTHER }, "Weekly report", "")).collect();
        put_mails(db, &mails).await;
        let scope = Scope::mailbox(WORKSPACE, MAILBOX);
        for wanted in ["report", "\"weekly report\"", "", "has:attachment"] {
            let first = page(db, &scope, wanted, Order::Newest, None, 5).await;
            assert_eq!((numbers(&first), first.complete), (vec![24, 22, 20, 18, 16], true), "{wanted}");
            let second = page(db, &scope, wanted, Order::Newest, first.next, 7).await;
            assert_eq!((numbers(&second), second.next), (vec![14, 12, 10, 8, 6, 4, 2], None), "{wanted}");
        }
    }

    async fn filters_follow_what_a_message_is_now(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        let mut mails: Vec<(Message, String)> = (1..=8).map(|number| (Mail(number, MAILBOX, "Offer", "").message(), String::new())).collect();
        for (mail, _) in &mut mails {
            let number = mail.id.number() >> 31;
            (mail.read, mail.draft, mail.has_attachments) = (number % 2 == 0, number == 3, number < 3);
            mail.flag = if number == 4 { Flag::Flagged } else { Flag::NotFlagged };
            mail.folder = Some(if number > 5 { world::ARCHIVE } else { INBOX });
        }
        put(db, &mails).await;
        db.commit(Transaction::new("test.folders")
            .with(Statement::new("UPDATE folder SET display_name = 'Großes Archiv', well_known = NULL, total_there = 9000 WHERE id = $1", [world::ARCHIVE.into()])))
            .await.unwrap();
        for (wanted, found) in [
            ("offer is:unread", vec![7, 5, 3, 1]),
            ("is:unread", vec![7, 5, 3, 1]),
            ("-is:unread", vec![8, 6, 4, 2]),
            ("is:read", vec![8, 6, 4, 2]),
            ("is:flagged", vec![4]),
            ("is:draft offer", vec![3]),
            ("has:attachment", vec![2, 1]),
            ("-has:attachment is:read", vec![8, 6, 4]),
            ("in:inbox", vec![5, 4, 3, 2, 1]),
            ("in:\"grosses archiv\"", vec![]),
            ("in:\"großes ARCHIV\" offer", vec![8, 7, 6]),
            ("-in:inbox offer", vec![8, 7, 6]),
            ("in:inbox in:\"großes archiv\"", vec![]),
            ("in:inbox is:unread subject:offer -is:draft", vec![5, 1]),
        ] {
            assert_eq!(find(db, &everywhere(), wanted).await, found, "{wanted}");
        }
        let archive = format!("in:{}", world::ARCHIVE);
        assert_eq!(find(db, &everywhere(), &archive).await, [8, 7, 6]);
    }

    async fn customers_are_found_by_the_filing_of_threads(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let threads = |number: i64| ThreadId::from_number(100 + number % 2);
        put_mails(db, &(1..=4).map(|number| Mail(number, MAILBOX, "Offer", "")).collect::<Vec<_>>()).await;
        db.commit(Transaction::new("test.file")
            .with_all((1..=4).map(|number| Statement::new("UPDATE message SET thread_id = $2 WHERE id = $1", [world::message(number).id.into(), threads(number).into()])))
            .with(Statement::new("INSERT INTO customer (id, workspace_id, name, name_folded, named_by_hand, created_at, last_at, thread_count, version)
                VALUES ($1, $2, 'Acme Ltd', 'acme ltd', 0, 0, 0, 0, 0)", [7i64.into(), WORKSPACE.into()]))
            .with(Statement::new("INSERT INTO customer_domain (workspace_id, domain, customer_id, by_hand, added_at) VALUES ($1, 'acme.example', 7, 0, 0)", [WORKSPACE.into()]))
            .with(Statement::new("INSERT INTO thread_customer (thread_id, customer_id, rule, because, filed_at) VALUES ($1, 7, 'domain', '', 0)", [threads(1).into()])))
            .await.unwrap();
        let id = format!("customer:{}", model::id::CustomerId::from_number(7));
        for (wanted, found) in [
            ("customer:acme", vec![3, 1]),
            ("customer:\"Acme Ltd\" offer", vec![3, 1]),
            ("customer:acme.example is:read", vec![]),
            (id.as_str(), vec![3, 1]),
            ("-customer:acme", vec![4, 2]),
        ] {
            assert_eq!(find(db, &everywhere(), wanted).await, found, "{wanted}");
        }
    }

    async fn a_name_that_does_not_exist_is_named_in_the_answer(world: World) {
        let world = with_other_mailbox(world).await;
        put_mails(&world.db, &[Mail(1, MAILBOX, "Offer", "")]).await;
        for wanted in ["in:nowhere", "customer:nobody", "mailbox:carl@contoso.example", "person:per_0000000000001"] {
            let found = page(&world.db, &everywhere(), &format!("offer {wanted}"), Order::Newest, None, 5).await;
            assert_eq!((found.hits.len(), found.unknown, found.complete), (0, vec![wanted.to_owned()], true));
            let found = page(&world.db, &everywhere(), &format!("offer -{wanted}"), Order::Newest, None, 5).await;
            assert_eq!((numbers(&found), found.unknown), (vec![1], vec![format!("-{wanted}")]));
        }
        let hidden = page(&world.db, &Scope::mailbox(WORKSPACE, OTHER), "mailbox:anna@contoso.example", Order::Newest, None, 5).await;
        assert_eq!(hidden.unknown.len(), 1, "what may not be seen does not exist");
        let hidden = page(&world.db, &Scope::mailbox(WORKSPACE, OTHER), "in:inbox", Order::Newest, None, 5).await;
        assert_eq!(hidden.unknown.len(), 1);
    }

    async fn a_search_that_would_look_too_long_says_so_and_can_go_on(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let mails: Vec<(Message, String)> = (1..=1200).map(|number| {
            let body = if number == 5 { "green roof" } else { "roof green" };
            (Mail(number, MAILBOX, "Weekly report", "").message(), body.to_owned())
        }).collect();
        put(db, &mails).await;
        let (mut after, mut found, mut pages) = (None, Vec::new(), 0);
        loop {
            let page = page(db, &everywhere(), "\"green roof\"", Order::Newest, after, 10).await;
            found.extend(numbers(&page));
            pages += 1;
            assert_eq!(page.complete, page.next.is_none());
            assert!(page.looked_at < 600, "{}", page.looked_at);
            after = page.next;
            if after.is_none() { break }
        }
        assert_eq!((found, pages > 1), (vec![5], true));
    }

    async fn what_lies_behind_long_silence_is_found_newest_first_and_once(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let on_day = |day: i64, count: i64| (1..=count).map(move |second| day * 86_400 + second);
        // A few today; years of nothing; many a day for a month, more than a window may have; and two at the very beginning.
        let all: Vec<i64> = on_day(40, 2).chain((9_000..9_030).flat_map(|day| on_day(day, 90))).chain(on_day(11_000, 3)).rev().collect();
        let mails: Vec<Mail<'_>> = all.iter().map(|number| {
            Mail(*number, MAILBOX, if number % 100 == 1 { "Weekly report" } else { "Weekly" }, "")
        }).collect();
        put_mails(db, &mails).await;
        let holds = |wanted: &str, number: i64| match wanted {
            "report" => number % 100 == 1,
            "weekly is:unread" => number % 2 == 1,
            _ => true,
        };
        for (wanted, limit) in [("weekly", 500), ("report", 40), ("weekly is:unread", 500)] {
            let expected: Vec<i64> = all.iter().copied().filter(|number| holds(wanted, *number)).collect();
            assert_eq!(all_pages(db, &everywhere(), wanted, limit).await, expected, "{wanted}");
            let ranked = page(db, &everywhere(), wanted, Order::Ranked, None, 10).await;
            let matching = if wanted == "report" { expected.len() } else { all.len() };
            assert_eq!((ranked.looked_at as usize, ranked.hits.len()), (matching, 10), "{wanted}");
        }
    }

    async fn the_newest_ten_thousand_matches_are_ranked_and_no_other(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        // The body of each says it, and in the subject it stands twice: in the last that is ranked, and in the next older one.
        let matching = [(1, 7_000), (300, 1), (301, 30), (330, 1_200), (700, 2_100)];
        let on_day = |day: i64, count: i64| (1..=count).map(move |second| day * 86_400 + second);
        let all: Vec<i64> = matching.into_iter().rev().flat_map(|(day, count)| on_day(day, count).rev()).collect();
        let (last, beyond) = (all[search::RANKED_MAX - 1], all[search::RANKED_MAX]);
        let mails: Vec<(Message, String)> = all.iter().map(|number| {
            let subject = if [last, beyond].contains(number) { "Zebra" } else { "Weekly" };
            (Mail(*number, MAILBOX, subject, "").message(), "about the zebra".to_owned())
        }).collect();
        for some in mails.chunks(900) {
            put(db, some).await;
        }
        let others: Vec<Mail<'_>> = all[..2_000].iter().map(|number| Mail(number + 40_000, MAILBOX, "Weekly", "")).collect();
        put_mails(db, &others).await;
        let ranked = page(db, &everywhere(), "zebra", Order::Ranked, None, 3).await;
        assert_eq!(numbers(&ranked), [last, all[0], all[1]]);
        assert_eq!((ranked.looked_at, ranked.complete), (10_000, false));
    }

    async fn all_of_a_small_mailbox_is_found_beside_a_large_one(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        // Eight times as many messages of the other mailbox as of this one: newer ones, older ones and in between.
        let all: Vec<i64> = (1..=6_300).collect();
        let mailbox = |number: i64| if number % 9 == 0 { OTHER } else { MAILBOX };
        let mails: Vec<Mail<'_>> = all.iter().map(|number| {
            let subject = if number % 7 == 0 { "Weekly report" } else if number % 1_000 == 8 { "Weekly survey" } else { "Weekly" };
            Mail(*number, mailbox(*number), subject, "")
        }).collect();
        for some in mails.chunks(900) {
            put_mails(db, some).await;
        }
        let deleted = message::delete(world::message(6_291).id, message::Was { folder: Some(INBOX), claimed_by: None, deleted: false }, at(1));
        db.commit(Transaction::new("test.delete").with_all(deleted)).await.unwrap();
        let there = |number: &i64| mailbox(*number) == OTHER && *number != 6_291;
        let holds = |wanted: &str, number: i64| match wanted {
            "report" => number % 7 == 0,
            "survey" => number % 7 != 0 && number % 1_000 == 8,
            "report is:unread" => number % 7 == 0 && number % 2 == 1,
            _ => true,
        };
        for (wanted, limit) in [("weekly", 100), ("weekly", 500), ("report", 30), ("survey", 50), ("report is:unread", 20)] {
            let expected: Vec<i64> = all.iter().rev().copied().filter(|number| there(number) && holds(wanted, *number)).collect();
            assert_eq!(all_pages(db, &Scope::mailbox(WORKSPACE, OTHER), wanted, limit).await, expected, "{wanted}");
            let ranked = page(db, &Scope::mailbox(WORKSPACE, OTHER), wanted, Order::Ranked, None, 500).await;
            let mut found = numbers(&ranked);
            found.sort_unstable_by(|one, other| other.cmp(one));
            assert!(ranked.hits.len() == 500 || found == expected, "{wanted}: {found:?}");
        }
    }

    async fn copies_of_a_mail_are_one_hit(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        put_mails(db, &(1..=6).map(|number| Mail(number, if number % 2 == 0 { MAILBOX } else { OTHER }, "Offer", "")).collect::<Vec<_>>()).await;
        db.commit(Transaction::new("test.copies").with(Statement::new("UPDATE message SET copy_key = 7 WHERE id IN ($1, $2)", [world::message(5).id.into(), world::message(4).id.into()]))).await.unwrap();
        for order in [Order::Newest, Order::Ranked] {
            let first = page(db, &everywhere(), "offer", order, None, 2).await;
            assert_eq!((numbers(&first), first.hits[1].copies.as_slice()), (vec![6, 5], [(world::message(4).id, MAILBOX)].as_slice()));
            assert_eq!(numbers(&page(db, &everywhere(), "offer", order, first.next, 5).await), [3, 2, 1], "{order:?}");
        }
    }

    async fn a_ranking_puts_subjects_and_authors_before_texts(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let mut mails: Vec<(Message, String)> = (1..=30).map(|number| (Mail(number, MAILBOX, "Weekly report", "").message(), "about the zebra".to_owned())).collect();
        mails[2].0.subject = "Zebra".to_owned();
        mails[6].0.from = Some(Participant { name: "Zoe Zebra".to_owned(), address: "zoe@zoo.example".to_owned() });
        put(db, &mails).await;
        let first = page(db, &everywhere(), "zebra", Order::Ranked, None, 10).await;
        assert_eq!(numbers(&first), [3, 7, 30, 29, 28, 27, 26, 25, 24, 23]);
        assert_eq!((first.looked_at, first.complete), (30, true));
        put(db, &[(Mail(31, MAILBOX, "Zebra, newer", "").message(), String::new())]).await;
        let second = page(db, &everywhere(), "zebra", Order::Ranked, first.next, 30).await;
        assert_eq!(numbers(&second), (1..=22).rev().filter(|number| ![3, 7].contains(number)).collect::<Vec<_>>());
        assert_eq!(second.next, None);
        assert_eq!(numbers(&page(db, &everywhere(), "\"the zebra\" is:unread", Order::Ranked, None, 3).await), [29, 27, 25]);
    }

    async fn any_query_finds_what_a_look_at_every_message_finds(world: World) {
        let world = with_other_mailbox(world).await;
        let db = &world.db;
        let mut dice = Dice(20_261_121);
        let mails: Vec<(Message, String)> = (1..=120).map(|number| judge::random_mail(&mut dice, number)).collect();
        put(db, &mails).await;
        for _ in 0..400 {
            let (scope, levels) = judge::random_scope(&mut dice);
            let clauses: Vec<Asking> = (0..1 + dice.up_to(3)).map(|_| Asking::any(&mut dice)).collect();
            let text = clauses.iter().map(Asking::text).collect::<Vec<_>>().join(" ");
            let expected: Vec<i64> = mails.iter().rev()
                .filter(|(mail, body)| levels.iter().any(|(mailbox, level)| *mailbox == mail.mailbox && clauses.iter().all(|clause| clause.holds(mail, body, *level))))
                .map(|(mail, _)| mail.id.number() >> 31).collect();
            let found = all_pages(db, &scope, &text, 7 + dice.up_to(40) as u32).await;
            assert_eq!(found, expected, "{text} {levels:?}");
            let mut ranked = numbers(&page(db, &scope, &text, Order::Ranked, None, 200).await);
            ranked.sort_unstable_by(|one, other| other.cmp(one));
            assert_eq!(ranked, expected, "{text} {levels:?}, ranked");
        }
    }
}

/// What a function finds, and how often it reads the index and the table for it. It is given what was counted before, so that
/// this is counted before.
macro_rules! scans_by {
    ($function:literal, $and:literal) => {
        concat!(
            "WITH before AS MATERIALIZED (
                SELECT pg_stat_get_xact_numscans(CAST('message_search_terms' AS REGCLASS)) AS of_index,
                    pg_stat_get_xact_numscans(CAST('message_search' AS REGCLASS)) AS of_table),
            found AS MATERIALIZED (SELECT count(*) AS matches, max(of_index) AS of_index, max(of_table) AS of_table FROM before, ",
            $function,
            "(CAST('''_w1'' & ''word17''' AS TSQUERY), 9223372036854775807, of_table - of_table, 1000)",
            $and,
            ") SELECT matches, pg_stat_get_xact_numscans(CAST('message_search_terms' AS REGCLASS)) - of_index,
                pg_stat_get_xact_numscans(CAST('message_search' AS REGCLASS)) - of_table, pg_relation_size('message_search') FROM found"
        )
    };
}

/// Terms stand apart from their rows, which makes the table look so small that PostgreSQL would read all of it for every search.
#[tokio::test]
async fn postgres_asks_the_index_also_while_there_are_few_messages() {
    let Some(world) = World::postgres().await else { return println!("left out: PostgreSQL") };
    let world = world.furnished().await;
    let text = |number: i64| (0..400).map(|place| format!("word{} ", (number * 31 + place * 17) % 5000)).collect::<String>();
    let mails: Vec<(Message, String)> = (1..=600).map(|number| (Mail(number, MAILBOX, "Report", "").message(), text(number))).collect();
    put(&world.db, &mails).await;
    world.db.query("ANALYZE", []).await.unwrap();
    for sql in [scans_by!("newest_matches", ""), scans_by!("unnest(string_to_array(newest_matching_ids", ", ','))")] {
        let mut row = world.db.query_first(sql, []).await.unwrap().unwrap();
        let mut number = || row.read::<i64>().unwrap();
        let (matches, of_index, of_table, bytes) = (number(), number(), number(), number());
        assert!(matches > 0);
        assert_eq!((of_index, of_table), (1, 0), "scans of the index, scans of the table: {sql}");
        assert!(bytes / 600 < 200, "{bytes} bytes of rows: the terms stand among them");
    }
}
