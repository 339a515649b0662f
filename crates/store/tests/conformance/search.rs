//! Search: both engines find the same messages, newest first, and nothing beyond the scope.

use model::id::{MailboxId, MessageId, WorkspaceId};
use store::search::{self, Document, Scope};
use store::{Db, Transaction};

use crate::world::{MAILBOX, WORKSPACE, World, both};

const OTHER: MailboxId = MailboxId::from_number(11);
const EVERYWHERE: Scope = Scope::Workspace(WORKSPACE);

fn id(number: i64) -> MessageId {
    MessageId::from_number(number << 31)
}

async fn put(db: &Db, number: i64, mailbox: MailboxId, subject: &str, body: &str) {
    let document = Document { subject, people: "Anna Meier anna.meier@contoso.example", body };
    db.commit(Transaction::new("test.index").with(search::put(id(number), mailbox, WORKSPACE, &document))).await.unwrap();
}

async fn find(db: &Db, scope: Scope, wanted: &str) -> Vec<i64> {
    search::find(db, scope, wanted, None, 10).await.unwrap().into_iter().map(|id| id.number() >> 31).collect()
}

both! {
    async fn both_engines_find_the_same(world: World) {
        let db = &world.db;
        put(db, 1, MAILBOX, "Offer for the Café", "Dear Ben, the price is 1.200,50 EUR. It's O'Reilly & Söhne (GmbH)").await;
        put(db, 2, MAILBOX, "Re: Offer", "東京都の見積もりをお送りします").await;
        put(db, 3, OTHER, "Invoice", &format!("offered _m{} m{} _w2", MAILBOX.number(), MAILBOX.number())).await;
        put(db, 4, OTHER, "", &"lorem ipsum ".repeat(20_000)).await;
        for (wanted, found) in [
            ("offer", vec![3, 2, 1]),
            ("OFFER cafe", vec![1]),
            ("cafés", vec![]),
            ("off", vec![3, 2, 1]),
            ("off café", vec![]),
            ("1.200", vec![1]),
            ("sohne", vec![1]),
            ("o'reilly", vec![1]),
            ("anna.meier@contoso.example ipsum", vec![4]),
            ("東京", vec![2]),
            ("京都", vec![2]),
            ("都の見積", vec![2]),
            ("京見", vec![]),
            ("見", vec![2]),
            ("\" OR 'x' & (|:* \\", vec![]),
            ("", vec![]),
            ("  - ", vec![]),
        ] {
            assert_eq!(find(db, EVERYWHERE, wanted).await, found, "{wanted}");
        }
        assert_eq!(find(db, Scope::Mailbox(MAILBOX), "offer").await, [2, 1]);
        assert_eq!(find(db, Scope::Mailbox(OTHER), "offer").await, [3]);
        assert_eq!(find(db, Scope::Workspace(WorkspaceId::from_number(2)), "offer").await, [] as [i64; 0]);
    }

    async fn a_message_is_found_by_what_it_says_now(world: World) {
        let db = &world.db;
        put(db, 1, MAILBOX, "Draft", "first").await;
        put(db, 1, MAILBOX, "Draft", "second").await;
        assert_eq!(find(db, EVERYWHERE, "first").await, [] as [i64; 0]);
        assert_eq!(find(db, EVERYWHERE, "second").await, [1]);
        db.commit(Transaction::new("test.index").with(search::remove(id(1))).with(search::remove(id(2)))).await.unwrap();
        assert_eq!(find(db, EVERYWHERE, "second").await, [] as [i64; 0]);
    }

    async fn hits_are_paged_from_the_newest(world: World) {
        let db = &world.db;
        for number in 1..=25 {
            put(db, number, if number % 2 == 0 { MAILBOX } else { OTHER }, "Weekly report", "").await;
        }
        let first = search::find(db, Scope::Mailbox(MAILBOX), "report", None, 5).await.unwrap();
        assert_eq!(first, [24, 22, 20, 18, 16].map(id));
        let second = search::find(db, Scope::Mailbox(MAILBOX), "report", Some(first[4]), 50).await.unwrap();
        assert_eq!(second, [14, 12, 10, 8, 6, 4, 2].map(id));
    }
}
