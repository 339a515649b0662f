//! Templates and signatures in the console: made, changed, shown for a person, put into a mail, and what stands below it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use base::Timestamp;
use model::id::{OutgoingId, PersonId};
use model::outgoing::Outgoing;
use model::person::{Person, PersonAddress, PersonKind};
use store::{Transaction, outgoing, person};
use support::browser::{Browser, Shown};
use support::{House, WORKSPACE, fixture};

struct Desk {
    house: House,
    browser: Browser,
    made: fixture::Made,
}

fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

impl Desk {
    async fn new() -> Self {
        let house = House::new().await;
        let made = fixture::fill(&house).await;
        let browser = house.administrator().await;
        Desk { house, browser, made }
    }

    async fn send(&mut self, page: &str, path: &str, form: &[(&str, &str)]) -> Shown {
        self.browser.submit(page, path, &encoded(form)).await
    }

    async fn template(&mut self) -> String {
        let form =
            [("name", "Offer <b>"), ("subject", "For {{person.name | \"you\"}}"), ("text", "Dear {{person.first_name}}, {{fields.words}}")];
        let made = self.send("/templates/new", "/templates", &form).await;
        assert_eq!(made.status, 303, "{}", made.text);
        made.location().to_owned()
    }

    async fn kept(&self, sent: &Shown) -> Outgoing {
        let id: OutgoingId = sent.location().strip_prefix("/outbox/").unwrap().parse().unwrap();
        outgoing::find(&self.house.state.db, id).await.unwrap().unwrap()
    }
}

async fn a_person(house: &House, name: &str, email: &str) -> PersonId {
    let now: Timestamp = house.clock.now();
    let bo = Person {
        id: PersonId::new(now),
        workspace: WORKSPACE,
        name: name.into(),
        named_by_hand: false,
        kind: PersonKind::Person,
        domain: "acme.example".into(),
        customer: None,
        customer_by_hand: false,
        created_at: now,
        last_at: now,
        version: 1,
        merged_into: None,
    };
    let address = PersonAddress { person: bo.id, address: email.into(), written: email.into(), by_hand: false, added_at: now };
    let made = Transaction::new("test.person").with(person::insert(&bo)).with(person::insert_address(WORKSPACE, &address));
    house.state.db.commit(made).await.unwrap();
    bo.id
}

#[tokio::test]
async fn a_template_is_made_shown_for_a_person_changed_and_removed() {
    let mut desk = Desk::new().await;
    let bo = a_person(&desk.house, "Bo <i>Berg", "bo@acme.example").await;
    assert!(desk.browser.get("/templates").await.text.contains("No templates yet"));
    assert!(desk.browser.get("/outbox").await.text.contains("href=\"/templates\""));
    let refused =
        desk.send("/templates/new", "/templates", &[("name", "Offer"), ("subject", "Hi"), ("text", "Dear {{person.nmae}},")]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("Line 1, letter 6") && refused.text.contains("Dear {{person.nmae}},"),
        "what was written is not lost: {}",
        refused.text
    );

    let path = desk.template().await;
    let list = desk.browser.get("/templates").await.text;
    assert!(list.contains(&format!("href=\"{path}\"")) && list.contains("Offer &lt;b&gt;") && list.contains("3 fields"), "{list}");
    let page = desk.browser.get(&path).await.text;
    assert!(page.contains("Without a value") && page.contains("<code>fields.words</code>") && page.contains("For you"), "{page}");
    assert!(page.contains(&format!("{path}?person={bo}")), "somebody to show it for: {page}");
    let page = desk.browser.get(&format!("{path}?person={bo}")).await;
    assert!(page.text.contains("For Bo &lt;i&gt;Berg") && page.text.contains("Dear Bo, {{fields.words}}"), "{}", page.text);
    assert!(!page.text.contains("<i>Berg") && !page.text.contains(" style="));

    let html = "<p onclick=x()>Dear {{person.name}}</p><script>alert(1)</script>";
    let changed = desk.send(&path, &path, &[("name", "Offer"), ("subject", "Hi"), ("text", ""), ("html", html)]).await;
    assert_eq!((changed.status, changed.location()), (303, path.as_str()), "{}", changed.text);
    let look = desk.browser.get(&format!("{path}/look?person={bo}")).await;
    assert!(look.text.contains("<p>Dear Bo &lt;i&gt;Berg</p>") && !look.text.contains("script"), "{}", look.text);
    assert!(look.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    let refused = desk.send(&path, &path, &[("name", "Offer"), ("subject", "{{x"), ("text", "kept words")]).await;
    assert!(refused.status == 422 && refused.text.contains("kept words") && refused.text.contains("is not closed"), "{}", refused.text);
    assert_eq!(desk.send(&path, &format!("{path}/remove"), &[]).await.location(), "/templates");
    assert_eq!(desk.browser.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_template_is_put_into_a_mail_and_what_it_lacks_is_filled_in_before_it_is_sent() {
    let mut desk = Desk::new().await;
    a_person(&desk.house, "Bo Berg", "bo@acme.example").await;
    assert!(!desk.browser.get("/compose").await.text.contains("Put it in"), "there is none yet");
    let id = desk.template().await.replace("/templates/", "");
    let shared = desk.made.shared.to_string();
    let begun = [
        ("from", shared.as_str()),
        ("to", "bo@acme.example"),
        ("cc", "cy@acme.example"),
        ("subject", "old"),
        ("text", "old"),
        ("template", &id),
        ("signature", "1"),
    ];
    let filled = desk.send("/compose", "/compose/fill", &begun).await;
    assert_eq!(filled.status, 200, "{}", filled.text);
    assert!(filled.text.contains("value=\"For Bo Berg\"") && filled.text.contains("Dear Bo, {{fields.words}}"), "{}", filled.text);
    assert!(filled.text.contains("To fill in before it is sent") && filled.text.contains("<code>fields.words</code>"), "{}", filled.text);
    assert!(filled.text.contains("value=\"cy@acme.example\""), "what was written stays");
    let text = [("from", shared.as_str()), ("to", "bo@acme.example"), ("subject", "For Bo Berg"), ("text", "Dear Bo, {{fields.words}}")];
    let refused = desk.send("/compose", "/compose", &text).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Something is still to be filled in") && refused.text.contains("fields.words"), "{}", refused.text);
    let whole = [("from", shared.as_str()), ("to", "bo@acme.example"), ("subject", "For Bo Berg"), ("text", "Dear Bo, {{ this }} is new.")];
    let sent = desk.send("/compose", "/compose", &whole).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert_eq!(desk.kept(&sent).await.written.body, "Dear Bo, {{ this }} is new.");
}

#[tokio::test]
async fn a_signature_is_set_on_the_mailbox_shown_where_mail_is_written_and_left_out_where_that_is_wanted() {
    let mut desk = Desk::new().await;
    let path = format!("/mailboxes/{}/signature", desk.made.shared);
    assert!(desk.browser.get(&format!("/mailboxes/{}", desk.made.shared)).await.text.contains(&format!("href=\"{path}\"")));
    assert!(desk.browser.get("/compose").await.text.contains("Set a signature"));
    let refused = desk.send(&path, &path, &[("text", ""), ("html", "<script>x</script>")]).await;
    assert!(refused.status == 422 && refused.text.contains("That is no signature"), "{}", refused.text);
    let set = desk.send(&path, &path, &[("text", "Support <team>\nContoso"), ("html", "")]).await;
    assert_eq!((set.status, set.location()), (303, path.as_str()), "{}", set.text);
    assert!(desk.browser.get(&path).await.text.contains("Support &lt;team&gt;"));
    let page = desk.browser.get("/compose").await.text;
    assert!(page.contains("Support &lt;team&gt;\nContoso") && page.contains("name=\"signature\" value=\"1\" checked"), "{page}");
    let shared = desk.made.shared.to_string();
    let mail = [("from", shared.as_str()), ("to", "bo@acme.example"), ("subject", "Hello"), ("text", "Hello Bo")];
    let without = desk.send("/compose", "/compose", &mail).await;
    assert_eq!(desk.kept(&without).await.written.body, "Hello Bo");
    let with = desk.send("/compose", "/compose", &[&mail[..], &[("signature", "1")]].concat()).await;
    assert_eq!(desk.kept(&with).await.written.body, "Hello Bo\r\n\r\n-- \r\nSupport <team>\nContoso\r\n");
    assert_eq!(desk.send(&path, &path, &[("text", ""), ("html", "")]).await.status, 303);
    assert!(desk.browser.get("/compose").await.text.contains("This one has none."));
}
