//! Writing a contact back in the console: it is offered to whose address book it is, and what came of it is said.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use http::Method;
use model::contact::{Card, Hands, Name, Origin, SourceContact, merge};
use model::id::{ContactId, ContactSyncId, SourceContactId};
use model::phone;
use serde_json::json;
use store::contact_book::{self, ContactBook};
use store::source_contact::{self, Standing};
use store::{Transaction, connection, contact, grant};
use support::annas::{self, ANNA, CONNECTION};
use support::{House, WORKSPACE};

/// A contact that a program has brought, and Anna's address book, which she has permitted to write.
async fn made(house: &House) -> ContactId {
    let now = house.clock.now();
    let outlook = ContactBook::fresh(WORKSPACE, Origin::Outlook, ANNA, Some(CONNECTION), now);
    let crm = ContactBook::fresh(WORKSPACE, Origin::Api, "crm", None, now);
    let card = Card {
        name: Name { display: Some("Bo Ek".to_owned()), ..Name::default() },
        phones: phone::read("+6281234567890", None),
        ..Card::default()
    };
    let source = SourceContact { id: SourceContactId::new(now), origin: Origin::Api, book: crm.id, card, updated_at: now };
    let standing = Standing { workspace: WORKSPACE, book: crm.id, folder: None, round: 1, sync: ContactSyncId::new(now) };
    let bo = merge([&source], &Hands::default()).contacts.remove(0);
    let filled = Transaction::new("test.contacts")
        .with(connection::insert(&annas::account(house, connection::OUTLOOK_CONTACTS)))
        .with(grant::put(&annas::permitted(house, "Contacts.ReadWrite")))
        .with(contact_book::insert(&outlook))
        .with(contact_book::insert(&crm))
        .with_all(source_contact::insert(&source, "bo", standing))
        .with(contact::put(WORKSPACE, &bo, &serde_json::to_string(&bo).unwrap(), now));
    house.state.db.commit(filled).await.unwrap();
    ContactId::from_number(bo.id.number())
}

#[tokio::test]
async fn a_contact_is_written_into_ones_own_address_book_and_no_others() {
    let house = House::new().await;
    let id = made(&house).await;
    let page = house.administrator().await.get(&format!("/contacts/{id}")).await;
    assert!(page.text.contains("Bo Ek") && !page.text.contains("Write into"), "an administrator writes into nobody's");
    let mut other = house.member(WORKSPACE, "user-9", "ben@contoso.example").await;
    assert!(!other.get(&format!("/contacts/{id}")).await.text.contains("Write into"));

    *house.microsoft.arranged.lock().unwrap() = Some(|method, path, _| {
        let made = (*method == Method::POST && path.ends_with("/contacts")).then(|| (201, json!({"id": "c1", "displayName": "Bo Ek"})));
        made.or_else(|| (*method == Method::PATCH).then(|| (500, json!({}))))
    });
    let mut anna = house.member(WORKSPACE, "user-0", ANNA).await;
    let page = anna.get(&format!("/contacts/{id}")).await;
    assert!(page.text.contains(&format!("Write into {ANNA}")), "{}", page.text);
    let book = page.text.split_once("name=\"book\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let done = anna.post(&format!("/contacts/{id}/write-back"), &format!("csrf={}&book={book}", page.csrf())).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(done.text.contains("It was made there, with: name, numbers."), "{}", done.text);
    let again = anna.post(&format!("/contacts/{id}/write-back"), &format!("csrf={}&book={book}", page.csrf())).await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert!(again.text.contains("has not been read back yet"), "{}", again.text);
}
