//! What is seen: as much as each mailbox shows, and private messages only by their own person.

use api::access::{Asker, Mailboxes, Scope, Scopes, Sight, Who};
use api::read;
use http::Method;
use serde_json::json;

use crate::support::{House, OURS};

fn person(email: &str) -> Asker {
    let who = Who::Person { subject: email.into(), email: Some(email.into()), user_id: None };
    Asker { workspace: OURS, who, scopes: Scopes::PERSON, mailboxes: Mailboxes::All }
}

async fn sight(house: &House, asker: &Asker) -> Sight {
    Sight::of(&house.state.db, asker).await.unwrap()
}

#[tokio::test]
async fn a_mailbox_shows_what_its_visibility_says_and_everything_to_its_own_person() {
    let house = House::new().await;
    let (admin, reader) = (house.admin().await, house.key(OURS, &[Scope::Read], None).await);
    let mailbox = format!("/api/v1/mailboxes/{}", house.ours.mailboxes[0]);
    let message = format!("/api/v1/messages/{}", house.ours.messages[0]);
    let steps = [("metadata", false, false), ("subject", true, false), ("everything", true, true)];
    for (visibility, subject, text) in steps {
        let done = house.ask(Method::PATCH, &mailbox, &admin, Some(&json!({ "visibility": visibility }))).await;
        assert_eq!(done.json()["visibility"], visibility);
        let seen = house.get(&message, &reader).await.json();
        assert_eq!((seen["subject"].is_string(), seen["preview"].is_string()), (subject, text), "{visibility}: {seen}");
        assert_eq!(seen["shown"], visibility);
        for part in ["body", "attachments", "mime", "attachments/att-1"] {
            let answer = house.get(&format!("{message}/{part}"), &reader).await;
            assert_eq!(answer.status, if text { 200 } else { 404 }, "{part} at {visibility}");
        }
    }
    house.ask(Method::PATCH, &mailbox, &admin, Some(&json!({ "visibility": "metadata" }))).await;
    let anna = person("anna@contoso.example");
    let own = read::message::find(&house.state.db, OURS, &sight(&house, &anna).await, house.ours.messages[0]).await.unwrap().unwrap();
    assert!(own.preview.is_some());
}

#[tokio::test]
async fn a_private_message_is_there_for_its_own_person_only() {
    let house = House::new().await;
    let db = &house.state.db;
    let anna = sight(&house, &person("anna@contoso.example")).await;
    assert!(read::message::find(db, OURS, &anna, house.ours.private).await.unwrap().is_some());
    for other in [person("ben@contoso.example"), Asker::administrator(OURS)] {
        let sight = sight(&house, &other).await;
        assert!(read::message::find(db, OURS, &sight, house.ours.private).await.unwrap().is_none(), "{other:?}");
    }
    assert_eq!(house.get(&format!("/api/v1/messages/{}", house.ours.private), &house.admin().await).await.status, 404);
}

#[tokio::test]
async fn a_thread_folds_copies_and_shows_only_what_may_be_seen_of_it() {
    let house = House::new().await;
    let (admin, ben) = (house.admin().await, house.key(OURS, &[Scope::Read], Some(vec![house.ours.mailboxes[1]])).await);
    let thread = format!("/api/v1/threads/{}", house.ours.thread);
    let whole = house.get(&format!("{thread}/messages"), &admin).await.json();
    let holders: Vec<usize> = whole["data"].as_array().unwrap().iter().map(|mail| mail["holders"].as_array().unwrap().len()).collect();
    assert_eq!(holders, [2, 1]);
    assert_eq!(house.get(&thread, &admin).await.json()["message_count"], 2);
    assert_eq!(house.get(&thread, &ben).await.json()["message_count"], 1);
    let part = house.get(&format!("{thread}/messages"), &ben).await.json();
    assert_eq!(part["data"].as_array().unwrap().len(), 1);
    assert_eq!(part["data"][0]["holders"].as_array().unwrap().len(), 1);
    let join = house.get(&format!("{thread}/joins"), &ben).await.json();
    assert_eq!(join["data"][0]["message"], json!(null), "the message that showed it is in a mailbox that is hidden");
}

#[tokio::test]
async fn cleaned_text_has_no_script() {
    let house = House::new().await;
    let body = house.get(&format!("/api/v1/messages/{}/body", house.ours.messages[0]), &house.admin().await).await.json();
    assert!(body["html"].as_str().unwrap().contains("Dear Anna") && !body["html"].as_str().unwrap().contains("script"));
    assert!(body["text"].as_str().unwrap().contains("Dear Anna"));
}

#[tokio::test]
async fn a_thread_is_filed_by_hand_joined_and_split_as_jobs() {
    let house = House::new().await;
    let key = house.admin().await;
    let thread = format!("/api/v1/threads/{}", house.ours.thread);
    let filed =
        house.ask(Method::PUT, &format!("{thread}/filing"), &key, Some(&json!({ "customers": [house.ours.other_customer] }))).await.json();
    assert_eq!((&filed["customers"][0]["name"], &filed["is_filed_by_hand"]), (&json!("Globex"), &json!(true)));
    let foreign = json!({ "customers": [house.theirs.customer] });
    assert_eq!(house.ask(Method::PUT, &format!("{thread}/filing"), &key, Some(&foreign)).await.status, 422);
    let split = house.ask(Method::POST, &format!("{thread}/split"), &key, Some(&json!({ "messages": [house.ours.messages[2]] }))).await;
    assert_eq!(split.status, 202);
    let job = house.get(split.header("location"), &key).await.json();
    assert_eq!((&job["kind"], &job["state"]), (&json!("thread.split"), &json!("running")));
    let undo = house.ask(Method::POST, &format!("/api/v1/joins/{}/undo", house.ours.join), &key, None).await;
    assert_eq!(undo.status, 202);
}
