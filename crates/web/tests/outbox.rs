//! Mail that leaves, seen in the console: writing it, its page and the list follow what happens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use model::id::OutgoingId;
use model::message::BodyKind;
use model::outgoing::{Outgoing, OutgoingState};
use store::{Transaction, outgoing};
use support::browser::Browser;
use support::{House, fixture};

struct Sent {
    house: House,
    browser: Browser,
    path: String,
}

/// Writes a mail to Bo in the console.
async fn write(text: &str, more: &str) -> Sent {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let page = browser.get("/compose").await;
    assert!(page.text.contains("[our offer](https://"), "the page says how to write a link");
    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let form = format!("csrf={}&from={}&to=bo@acme.example&subject=Hello&text={text}{more}", page.csrf(), made.shared);
    let sent = browser.post("/compose", &form).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    Sent { house, browser, path: sent.location().to_owned() }
}

impl Sent {
    async fn kept(&self) -> Outgoing {
        let id: OutgoingId = self.path.strip_prefix("/outbox/").unwrap().parse().unwrap();
        outgoing::find(&self.house.state.db, id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn the_page_and_the_list_of_outgoing_mail_follow_what_happens() {
    let mut sent = write("Hello Bo", "").await;
    let page = sent.browser.get(&sent.path.clone()).await.text;
    let live = format!("{}/live", sent.path);
    assert!(page.contains(&format!("data-live=\"{live}\" data-live-on=\"outgoing. ")), "{page}");
    assert!(page.contains("Queued") && !page.contains("Taken by Microsoft"));
    assert!(sent.browser.get("/outbox").await.text.contains("data-live=\"/outbox/live\""));
    let queued = sent.kept().await;
    let now = sent.house.clock.now();
    let taken = Outgoing { state: OutgoingState::Accepted, accepted_at: Some(now), ..queued.clone() };
    sent.house.state.db.commit(Transaction::new("test.taken").with_all(outgoing::change(&queued, &taken, now))).await.unwrap();
    let part = sent.browser.get(&live).await.text;
    assert!(part.contains("Taken by Microsoft") && !part.contains("<html"), "{part}");
    let list = sent.browser.get("/outbox/live").await.text;
    assert!(list.contains(&sent.path) && !list.contains("<html"), "{list}");
}

#[tokio::test]
async fn a_link_with_words_of_its_own_is_sent_as_one_and_text_without_stays_text() {
    let linked = write("See [our offer](https://shop.example/offer)", "").await.kept().await;
    assert!(linked.written.body.contains("<a href=\"https://shop.example/offer\">our offer</a>"), "{}", linked.written.body);
    let plain = write("See https://shop.example/offer", "").await.kept().await;
    assert_eq!((plain.written.body.as_str(), plain.written.body_kind), ("See https://shop.example/offer", BodyKind::Text));
    let tracked = write("See https://shop.example/offer", "&tracked=1").await.kept().await;
    assert!(
        tracked.written.body.contains("<a href=\"https://shop.example/offer\">https://shop.example/offer</a>"),
        "{}",
        tracked.written.body
    );
}
