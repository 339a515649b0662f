//! Drafts and the composer, seen in the console: written on, looked at, kept, scheduled and sent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use model::id::OutgoingId;
use model::outgoing::{Intent, Outgoing};
use store::{Statement, Transaction, outgoing};
use support::browser::{Browser, Shown};
use support::{House, fixture};

struct Desk {
    house: House,
    browser: Browser,
    made: fixture::Made,
}

impl Desk {
    async fn new() -> Self {
        let house = House::new().await;
        let made = fixture::fill(&house).await;
        let browser = house.administrator().await;
        Desk { house, browser, made }
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.append_pair("from", &self.made.shared.to_string()).extend_pairs(fields).finish();
        self.browser.submit("/compose", path, &form).await
    }

    async fn kept(&self, page: &Shown) -> Outgoing {
        assert_eq!(page.status, 303, "{}", page.text);
        let id: OutgoingId = page.location().strip_prefix("/outbox/").unwrap().parse().unwrap();
        outgoing::find(&self.house.state.db, id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_mail_is_looked_at_kept_as_a_draft_scheduled_and_nothing_of_it_is_lost_on_the_way() {
    let mut desk = Desk::new().await;
    let written =
        [("to", "Bo <bo@acme.example>"), ("bcc", "quiet@acme.example"), ("subject", "Hello"), ("text", "Dear [you](https://a.example)")];
    let looked = desk.post("/compose/look", &written).await;
    assert_eq!(looked.status, 200, "{}", looked.text);
    for there in [
        "How it would leave",
        "Nothing has been sent",
        "quiet@acme.example",
        "Dear &lt;a href",
        "value=\"Hello\"",
        "Dear [you](https://a.example)",
    ] {
        assert!(looked.text.contains(there), "{there}: {}", looked.text);
    }
    assert!(desk.browser.get("/outbox").await.text.contains("Nothing here"), "looking keeps nothing");
    let draft = desk.post("/compose", &[&written[..], &[("as", "draft")]].concat()).await;
    let draft = desk.kept(&draft).await;
    assert_eq!((draft.intent, draft.written.recipients.bcc[0].address.as_str()), (Intent::Draft, "quiet@acme.example"));
    let later = desk.post("/compose", &[&written[..], &[("send_at", "2027-01-31T08:30")]].concat()).await;
    assert_eq!(desk.kept(&later).await.send_at.to_string(), "2027-01-31T08:30:00Z");
    let wrong = desk.post("/compose", &[&written[..], &[("send_at", "soon")]].concat()).await;
    assert!(wrong.status == 422 && wrong.text.contains("That is no time") && wrong.text.contains("value=\"soon\""), "{}", wrong.text);
    let missing = desk.post("/compose", &[&written[..], &[("files", "fil_0G3KQ7T2ZJ4M8|3|a.txt")]].concat()).await;
    assert!(missing.status == 404 && missing.text.contains("fil_0G3KQ7T2ZJ4M8|3|a.txt"), "{} {}", missing.status, missing.text);
}

#[tokio::test]
async fn a_draft_of_outlooks_is_listed_written_on_and_sent_as_it_stands() {
    let mut desk = Desk::new().await;
    let (id, shared) = (desk.made.messages[0], desk.made.shared);
    let to = r#"{"to":[{"name":"Bo Berg","address":"bo@acme.example"}]}"#;
    let sql = "UPDATE message SET is_draft = 1, subject = 'Begun', recipients = $2, mailbox_id = $3,
        folder_id = (SELECT id FROM folder WHERE mailbox_id = $3 AND well_known = 'drafts') WHERE id = $1";
    let made = Statement::new(sql, [id.into(), to.into(), shared.into()]).expect_rows(1, "it is there");
    desk.house.state.db.commit(Transaction::new("test.draft").with(made)).await.unwrap();
    let list = desk.browser.get(&format!("/drafts?mailbox={shared}")).await.text;
    assert!(list.contains("Begun") && list.contains(&format!("/messages/{id}")), "{list}");
    let page = desk.browser.get(&format!("/messages/{id}")).await.text;
    assert!(page.contains(&format!("/messages/{id}/send")) && page.contains(&format!("/compose?draft={id}")), "{page}");
    let writing = desk.browser.get(&format!("/compose?draft={id}")).await.text;
    for there in ["Write on", "value=\"Begun\"", "value=\"Bo Berg &lt;bo@acme.example&gt;\"", &format!("name=\"draft\" value=\"{id}\"")] {
        assert!(writing.contains(there), "{there}: {writing}");
    }
    let sent = desk.post(&format!("/messages/{id}/send"), &[]).await;
    let sent = desk.kept(&sent).await;
    assert_eq!((sent.intent, sent.mailbox, sent.written.subject.as_str()), (Intent::SendDraft, shared, "Begun"));
}
