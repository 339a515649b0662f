//! Templates and signatures: names are unique, changes do not undo one another, what was set reads back; and many mails are asked for
//! at once, or none of them.

use model::compose::signature::Signature;
use model::id::{OutgoingId, TemplateId, WorkspaceId};
use model::outgoing::{Outgoing, Written};
use model::template::Template;
use store::signature::{self, Kept};
use store::template::{self, AS_IT_WAS, NAME_IS_FREE};
use store::{Db, Statement, StoreError, Transaction, due, ledger, outgoing, work};

use crate::world::{MAILBOX, WORKSPACE, World, at, both};

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.templates").with_all(statements)).await.map(drop)
}

fn a_template(number: i64, name: &str) -> Template {
    Template {
        id: TemplateId::from_number(number),
        workspace: WORKSPACE,
        name: name.to_owned(),
        subject: "Offer for {{customer.name}}".to_owned(),
        html: Some("<p>Dear {{person.first_name | \"there\"}}, grüße 你好</p>".to_owned()),
        text: None,
        created_at: at(10),
        updated_at: at(10),
        updated_by: "anna".to_owned(),
        version: 1,
    }
}

fn a_mail(number: i64, mark: &str) -> Outgoing {
    Outgoing::asked(OutgoingId::from_number(number), (WORKSPACE, MAILBOX), mark.to_owned(), Written::default(), at(10))
}

both! {
    async fn templates_are_listed_by_name_and_no_two_are_called_alike(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let (offer, thanks, alpha) = (a_template(1, "Offer"), a_template(2, "thanks"), a_template(3, "Älpha"));
        commit(db, [template::insert(&thanks), template::insert(&offer), template::insert(&alpha)]).await.unwrap();
        let again = commit(db, [template::insert(&a_template(4, "OFFER"))]).await;
        assert!(matches!(again, Err(StoreError::Refused { guard: NAME_IS_FREE })), "{again:?}");
        assert_eq!(template::list(db, WORKSPACE, "", 10).await.unwrap(), [offer.clone(), thanks.clone(), alpha]);
        assert_eq!(template::list(db, WORKSPACE, &template::name_key("Offer"), 1).await.unwrap(), [thanks]);
        assert_eq!(template::find(db, WORKSPACE, offer.id).await.unwrap(), Some(offer.clone()));
        assert_eq!(template::find(db, WorkspaceId::from_number(2), offer.id).await.unwrap(), None);
        let taken = commit(db, template::change(&Template { name: "Thanks".to_owned(), ..offer.clone() })).await;
        assert!(matches!(taken, Err(StoreError::Refused { guard: NAME_IS_FREE })), "{taken:?}");
        assert_eq!(template::find(db, WORKSPACE, offer.id).await.unwrap().unwrap().version, 1, "nothing of it happened");
    }

    async fn a_change_of_a_template_does_not_undo_another(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let read = a_template(1, "Offer");
        commit(db, [template::insert(&read)]).await.unwrap();
        let new = Template { name: "offer".to_owned(), html: None, text: Some("Dear".to_owned()), updated_at: at(20), updated_by: "bo".to_owned(), ..read.clone() };
        commit(db, template::change(&new)).await.unwrap();
        assert_eq!(template::find(db, WORKSPACE, read.id).await.unwrap(), Some(Template { version: 2, ..new }));
        for stale in [template::change(&read).to_vec(), vec![template::remove(&read)]] {
            let refused = commit(db, stale).await;
            assert!(matches!(refused, Err(StoreError::Refused { guard: AS_IT_WAS })), "{refused:?}");
        }
        commit(db, [template::remove(&Template { version: 2, ..read.clone() })]).await.unwrap();
        assert_eq!(template::find(db, WORKSPACE, read.id).await.unwrap(), None);
    }

    async fn a_signature_reads_back_is_replaced_and_goes(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        assert_eq!(signature::find(db, MAILBOX).await.unwrap(), None);
        let first = Kept { signature: Signature { html: "<b>Anna</b>".to_owned(), text: String::new() }, updated_at: at(1), updated_by: "anna".to_owned() };
        let second = Kept { signature: Signature { html: String::new(), text: "Anna\nSales".to_owned() }, updated_at: at(2), updated_by: "bo".to_owned() };
        for kept in [first, second] {
            commit(db, [signature::put(MAILBOX, &kept)]).await.unwrap();
            assert_eq!(signature::find(db, MAILBOX).await.unwrap(), Some(kept));
        }
        commit(db, [signature::remove(MAILBOX)]).await.unwrap();
        assert_eq!(signature::find(db, MAILBOX).await.unwrap(), None);
    }

    async fn many_mails_are_asked_for_at_once_or_none(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let mails: Vec<Outgoing> = (1..=3).map(|number| a_mail(number, &format!("mark {number}"))).collect();
        commit(db, outgoing::ask_all(&mails)).await.unwrap();
        let told = ledger::read(db, WORKSPACE, 0, 10).await.unwrap();
        let told: Vec<(&str, i64)> = told.iter().map(|event| (event.kind.name(), event.subject)).collect();
        assert_eq!(told, [("outgoing.queued", 1), ("outgoing.queued", 2), ("outgoing.queued", 3)]);
        for mail in &mails {
            assert_eq!(work::find(db, due::CARRY_MAIL, &mail.id.to_string()).await.unwrap().unwrap().due_at, at(10));
        }
        let again = [a_mail(4, "mark 4"), a_mail(5, "mark 2")];
        let refused = commit(db, outgoing::ask_all(&again)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        let mut known = outgoing::by_marks(db, WORKSPACE, &["mark 2", "mark 4", "mark 3"]).await.unwrap();
        known.sort_by_key(|mail| mail.id);
        assert_eq!(known, mails[1..], "nothing of the second happened");
        assert_eq!(outgoing::by_marks(db, WorkspaceId::from_number(2), &["mark 2"]).await.unwrap(), []);
        assert_eq!(outgoing::ask_all(&[]).len(), 0);
    }
}
