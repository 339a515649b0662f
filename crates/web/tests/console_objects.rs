//! Customers, filing, threads by hand, search, keys and requests to try: what the pages show and what their forms do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use base::Timestamp;
use model::customer::{Customer, Filing, FilingRule};
use model::id::{CustomerId, PersonId, ThreadId};
use model::person::{Person, PersonAddress, PersonKind};
use store::timeline::{Owner, Place};
use store::{Transaction, customer, filing, person, timeline};
use support::browser::Browser;
use support::{House, WORKSPACE, fixture, meetings};

struct Made {
    house: House,
    browser: Browser,
    mail: fixture::Made,
    acme: CustomerId,
    beta: CustomerId,
    bo: PersonId,
}

/// An outside that takes every address and is never called.
struct Anywhere;

impl api::Outside for Anywhere {
    fn read(&self, address: &str) -> Result<url::Url, String> {
        url::Url::parse(address).map_err(|error| error.to_string())
    }

    fn judge_archive(&self, _: &model::archive::Target) -> Result<(), String> {
        Ok(())
    }

    fn new_secret(&self) -> base::Secret<String> {
        base::Secret::new(format!("whsec_{}", base::random::token()))
    }

    fn envelope(&self, _: &model::event::Event, details: serde_json::Value) -> serde_json::Value {
        details
    }

    fn sample(&self, _: model::event::EventKind) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// A console with two customers; the fixture's thread is filed under the first, because of Bo.
async fn made() -> Made {
    let mut house = House::new().await;
    house.state.api = house.state.api.clone().calling(std::sync::Arc::new(Anywhere));
    let mail = fixture::fill(&house).await;
    let now = house.clock.now();
    let (acme, beta, bo) = (CustomerId::new(now), CustomerId::new(now), PersonId::new(now));
    let place = |owner| Place { thread: mail.thread, owner, mailbox: mail.live };
    let transaction = Transaction::new("test.customers")
        .with(customer::insert(&a_customer(acme, "<b>Acme</b>", now)))
        .with(customer::insert(&a_customer(beta, "Beta", now)))
        .with(customer::insert_domain(WORKSPACE, "acme.example", acme, now))
        .with(person::insert(&a_person(bo, acme, now)))
        .with(person::insert_address(WORKSPACE, &an_address(bo, now)))
        .with(filing::insert(&a_filing(mail.thread, acme, now)))
        .with(timeline::put(place(Owner::Customer(acme)), now))
        .with(timeline::put(place(Owner::Person(bo)), now))
        .with(timeline::put(place(Owner::Workspace(WORKSPACE)), now));
    house.state.db.commit(transaction).await.unwrap();
    let browser = house.administrator().await;
    Made { house, browser, mail, acme, beta, bo }
}

fn a_customer(id: CustomerId, name: &str, now: Timestamp) -> Customer {
    Customer {
        id,
        workspace: WORKSPACE,
        name: name.into(),
        named_by_hand: false,
        created_at: now,
        last_at: now,
        thread_count: 1,
        version: 1,
        merged_into: None,
    }
}

fn a_person(id: PersonId, at: CustomerId, now: Timestamp) -> Person {
    Person {
        id,
        workspace: WORKSPACE,
        name: "Bo Berg".into(),
        named_by_hand: false,
        kind: PersonKind::Person,
        domain: "acme.example".into(),
        customer: Some(at),
        customer_by_hand: false,
        created_at: now,
        last_at: now,
        version: 1,
        merged_into: None,
    }
}

fn an_address(person: PersonId, now: Timestamp) -> PersonAddress {
    PersonAddress { person, address: "bo@acme.example".into(), written: "Bo@acme.example".into(), by_hand: false, added_at: now }
}

fn a_filing(thread: ThreadId, customer: CustomerId, now: Timestamp) -> Filing {
    Filing { thread, customer, rule: FilingRule::Domain, because: "bo@acme.example".into(), filed_at: now }
}

#[tokio::test]
async fn customers_are_listed_and_found_by_the_beginning_of_a_name_or_domain() {
    let mut made = made().await;
    let acme = format!("href=\"/customers/{}\"", made.acme);
    let page = made.browser.shows("/customers", &["&lt;b&gt;Acme&lt;/b&gt;", "acme.example", "1 person", "Beta", &acme]).await;
    assert!(!page.text.contains("<b>Acme"));
    assert!(!made.browser.shows("/customers?q=acme.ex", &[&acme]).await.text.contains(">Beta<"));
    made.browser.shows("/customers?q=zzz", &["No customer begins so"]).await;
}

#[tokio::test]
async fn a_customers_page_says_why_each_thread_is_there() {
    let mut made = made().await;
    let (path, thread) = (format!("/customers/{}", made.acme), format!("/threads/{}", made.mail.thread));
    let person = format!("/people/{}", made.bo);
    made.browser.shows(&path, &["because bo@acme.example is in it", &thread, &person, "acme.example", "/timeline", "curl"]).await;
    made.browser.shows(&person, &["Bo Berg", "Bo@acme.example", "By the domain acme.example.", &thread]).await;
    made.browser.shows(&thread, &["Filed under", "because bo@acme.example is in it"]).await;
}

#[tokio::test]
async fn meetings_stand_among_the_threads_with_the_reason_and_the_way_to_their_week() {
    let mut made = made().await;
    meetings::keep(&made.house).await;
    let person = format!("/people/{}", made.bo);
    for path in [format!("/customers/{}", made.acme), person] {
        let words = [
            "href=\"/calendar?from=2031-03-04\"",
            "&lt;i&gt;Plan&lt;/i&gt;",
            "Meeting to come",
            ">4 Mar 2031, 00:00</time> – ",
            ">01:30</time>",
            "Tuesday, 4 March 2031",
            "because bo@acme.example is invited",
            "<s>Fair</s>",
            "Meeting, called off",
            "all day",
        ];
        let page = made.browser.shows(&path, &words).await;
        let place = |word: &str| page.text.find(word).unwrap();
        assert!(place("Plan&lt;") < place(&format!("/threads/{}", made.mail.thread)) && place("/threads/") < place("Fair"));
    }
    assert!(!made.browser.get("/threads").await.text.contains("Plan"), "a list of threads has no meetings");
}

#[tokio::test]
async fn a_thread_is_filed_elsewhere_by_hand_nowhere_and_by_the_rules_again() {
    let mut made = made().await;
    let thread = format!("/threads/{}", made.mail.thread);
    let filing = format!("{thread}/filing");
    let form = format!("customer={}", made.beta);
    assert_eq!(made.browser.submit(&filing, &filing, &form).await.location(), thread);
    made.browser.shows(&thread, &["Beta", "filed by hand by administrator"]).await;
    assert_eq!(made.browser.submit(&filing, &filing, "nowhere=yes").await.location(), thread);
    made.browser.shows(&thread, &["Filed under no customer"]).await;
    made.browser.shows(&filing, &["Filed by hand by administrator", "Back to the rules"]).await;
    assert_eq!(made.browser.submit(&filing, &format!("{filing}/rules"), "").await.location(), thread);
    assert!(!made.browser.shows(&filing, &["By the rules"]).await.text.contains("Back to the rules"));
    made.browser.shows("/audit", &["thread.file", "thread.follow_rules"]).await;
}

#[tokio::test]
async fn names_and_domains_change_and_a_merged_customer_is_a_signpost() {
    let mut made = made().await;
    let path = format!("/customers/{}", made.acme);
    made.browser.submit(&path, &format!("{path}/name"), "name=Acme+Ltd").await;
    made.browser.submit(&path, &format!("{path}/domains"), "domain=https%3A%2F%2Fwww.Acme.Test%2F").await;
    made.browser.shows(&path, &["Acme Ltd", "acme.test", "Chosen by hand"]).await;
    made.browser.submit(&path, &format!("{path}/domains/remove"), "domain=acme.test").await;
    assert!(!made.browser.shows(&path, &["acme.example"]).await.text.contains("acme.test"));
    let refused = made.browser.submit(&path, &format!("{path}/domains"), "domain=nonsense").await;
    assert!(refused.status == 400 && refused.text.contains("That is no domain."), "{}", refused.text);

    let merge = format!("{path}/merge");
    let into = format!("/customers/{}", made.beta);
    let form = format!("customer={}", made.beta);
    assert_eq!(made.browser.submit(&merge, &merge, &form).await.location(), into);
    assert_eq!(made.browser.get(&path).await.location(), into);
    made.browser.shows(&into, &["acme.example", "Bo Berg"]).await;
}

#[tokio::test]
async fn a_split_is_asked_for_and_the_page_says_so_while_it_is_being_made() {
    let mut made = made().await;
    let thread = format!("/threads/{}", made.mail.thread);
    let page = made.browser.shows(&thread, &["Only this message", "This and what follows", "Join with another thread"]).await;
    let message = page.text.split("name=\"message\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let asked = made.browser.submit(&thread, &format!("{thread}/split"), &format!("message={message}")).await;
    assert!(asked.location().starts_with(&format!("{thread}?asked=job_")), "{} {}", asked.status, asked.text);
    made.browser.shows(asked.location(), &["Your change is being made."]).await;
    assert!(store::thread_edit::next(&made.house.state.db, WORKSPACE).await.unwrap().is_some());
    let foreign = made.browser.submit(&thread, &format!("{thread}/join"), "with=thr_0000000000001").await;
    assert_eq!(foreign.status, 404);
}

#[tokio::test]
async fn a_search_shows_its_clauses_as_chips_marks_what_it_found_and_places_its_mistakes() {
    let mut made = made().await;
    let page = made
        .browser
        .shows("/search?q=offer+-is%3Aflagged", &["<mark>Offer</mark>", "aria-label=\"Without offer\"", "href=\"/search?q=offer\""])
        .await;
    assert!(page.text.contains("href=\"/search?q=-is%3Aflagged\""), "{}", page.text);
    made.browser.shows("/search?q=offer+form%3Abo", &["aria-invalid=\"true\"", "<mark>form:bo</mark>", "from"]).await;
    made.browser.shows("/search?q=offer+mailbox%3Anobody%40nowhere.example", &["names something that is not here"]).await;
    made.browser.shows("/search?q=offer&order=ranked", &["the best first"]).await;
    let mailbox = made.mail.live;
    made.browser.shows(&format!("/search?q=offer&mailbox={mailbox}"), &["anna.berg@contoso.example"]).await;
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let mut made = made().await;
    let keys = "/developers/keys";
    let shown = made.browser.submit(keys, keys, "name=CRM&scope.read=yes&scope.write=yes&days=90").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let key = shown.text.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(key.starts_with("rpt_"));
    let listed = made.browser.shows(keys, &["CRM", "read, write", "never"]).await;
    assert!(!listed.text.contains(&key), "it is shown once");

    let bearer = format!("Bearer {key}");
    let ask = |mut browser: Browser, bearer: String| async move {
        browser.cookies.clear();
        browser.send(http::Method::GET, "/api/v1/mailboxes", &[("authorization", &bearer)], String::new()).await.status
    };
    assert_eq!(ask(made.browser.clone(), bearer.clone()).await, 200);
    let id = listed.text.split("/developers/keys/key_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert_eq!(made.browser.submit(keys, &format!("{keys}/key_{id}/revoke"), "").await.location(), keys);
    assert_eq!(ask(made.browser.clone(), bearer).await, 401);
    let nothing = made.browser.submit(keys, keys, "name=Nothing").await;
    assert_eq!(nothing.status, 422, "a key without a scope is refused by the API: {}", nothing.text);
}

#[tokio::test]
async fn an_endpoint_is_made_with_a_secret_shown_once_tested_paused_and_resumed() {
    let mut made = made().await;
    let new = "/developers/endpoints/new";
    let form = "url=https%3A%2F%2Fcrm.example.com%2Fhooks&description=CRM&event.message.%2A=yes&expand=yes";
    let shown = made.browser.submit(new, "/developers/endpoints", form).await;
    assert!(shown.status == 200 && shown.text.contains("whsec_"), "{}", shown.text);
    let list = made.browser.shows("/developers/endpoints", &["https://crm.example.com", "message.*", "Active"]).await;
    let id = list.text.split("/developers/endpoints/end_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/developers/endpoints/end_{id}");
    assert!(!made.browser.shows(&path, &["Send a test event", "as administrator may see it"]).await.text.contains("whsec_"));
    assert_eq!(made.browser.submit(&path, &format!("{path}/test"), "").await.location(), path);
    assert_eq!(made.browser.submit(&path, &format!("{path}/pause"), "").await.location(), path);
    made.browser.shows(&path, &["Paused", "Resume, and drop what waits"]).await;
    assert_eq!(made.browser.submit(&path, &format!("{path}/resume"), "").await.location(), path);
    let rotated = made.browser.submit(&path, &format!("{path}/rotate"), "").await;
    assert!(rotated.text.contains("whsec_"), "{}", rotated.text);
    made.browser.shows(&format!("{path}/change"), &["checked", "https://crm.example.com/hooks"]).await;
    let removed = made.browser.submit(&path, &format!("{path}/remove"), "").await;
    assert_eq!(removed.location(), "/developers/endpoints");
    assert_eq!(made.browser.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_others_see_of_a_mailbox_and_who_is_never_filed_is_said_and_changed() {
    let mut made = made().await;
    let mailbox = format!("/mailboxes/{}", made.mail.live);
    made.browser.shows(&mailbox, &["Shared: everything", "Others see who wrote to whom and when"]).await;
    assert_eq!(made.browser.submit(&mailbox, &format!("{mailbox}/visibility"), "visibility=subject").await.location(), mailbox);
    made.browser.shows(&mailbox, &["Shared: subjects"]).await;
    let page = "/customers/exclusions";
    assert_eq!(made.browser.submit(page, page, "value=Doctor%40Clinic.example&why=private").await.location(), page);
    made.browser.shows(page, &["doctor@clinic.example", "private"]).await;
    assert_eq!(made.browser.submit(page, &format!("{page}/remove"), "value=doctor%40clinic.example").await.location(), page);
    made.browser.shows(page, &["Nobody is excluded"]).await;
}

#[tokio::test]
async fn every_page_of_objects_keeps_the_policy_and_offers_the_keys() {
    let mut made = made().await;
    let thread = made.mail.thread;
    for path in [
        "/customers".to_owned(),
        "/customers/exclusions".into(),
        format!("/customers/{}", made.acme),
        format!("/customers/{}/merge", made.acme),
        format!("/people/{}", made.bo),
        format!("/people/{}/customer", made.bo),
        format!("/threads/{thread}"),
        format!("/threads/{thread}/filing"),
        format!("/threads/{thread}/join"),
        "/developers".into(),
        "/developers/api".into(),
        "/developers/keys".into(),
        "/developers/endpoints".into(),
        "/developers/endpoints/new".into(),
    ] {
        let page = made.browser.shows(&path, &["id=\"keys\"", "data-go=\"c\""]).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
        assert!(!page.text.contains(" style=") && !page.text.contains("<b>Acme"), "{path}");
        assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn an_archive_is_started_by_a_form_shown_and_cancelled_and_its_secret_is_on_no_page() {
    let mut made = made().await;
    made.browser.shows("/archives", &["No archives yet", "One file (mbox)"]).await;
    let form = format!(
        "kind=bucket&mailbox={}&endpoint=https%3A%2F%2Fs3.example&region=eu&bucket=mail&prefix=&access_key_id=AKID&secret=hush-hush",
        made.mail.live
    );
    let started = made.browser.submit("/archives", "/archives", &form).await;
    assert_eq!(started.status, 303, "{}", started.text);
    let path = started.location().to_owned();
    let page = made.browser.shows(&path, &["Being listed", "mail/ at https://s3.example", "manifest"]).await;
    assert!(!page.text.contains("hush"));
    let manifest = made.browser.get(&format!("{path}/manifest")).await;
    assert_eq!((manifest.status, manifest.text.as_str()), (200, ""), "nothing is listed yet");
    assert_eq!(made.browser.submit(&path, &format!("{path}/cancel"), "").await.location(), path);
    made.browser.shows(&path, &["Cancelled", "Another secret"]).await;
    assert_eq!(made.browser.submit(&path, &format!("{path}/resume"), "secret=").await.location(), path);
    made.browser.shows(&format!("{path}/live"), &["Being listed"]).await;
}

#[tokio::test]
async fn a_journal_is_started_by_its_box_and_named_on_the_first_page_once_it_has_stopped() {
    let mut made = made().await;
    let form = format!(
        "kind=smtp&mailbox={}&host=journal.example&port=587&tls=starttls&sender=us%40contoso.example&recipient=us%40archive.example&continuous=yes",
        made.mail.live
    );
    let started = made.browser.submit("/archives", "/archives", &form).await;
    assert_eq!(started.status, 303, "{}", started.text);
    let path = started.location().to_owned();
    made.browser.shows(&path, &["Continuous", "until it is cancelled"]).await;
    let before = made.browser.get("/mailboxes").await;
    assert!(!before.text.contains("An archive"), "nothing is wrong yet");
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let problem = base::Problem::new("archive_server_refused", "The mail server refuses.", "journal.example: 550", "Mend that.");
    let failed = store::archive::fail(id, &problem, made.house.clock.now());
    made.house.state.db.commit(Transaction::new("test.fail").with(failed)).await.unwrap();
    let shown = made.browser.shows("/mailboxes", &["What needs a person", "The mail server refuses.", "Mend that."]).await;
    assert!(shown.text.contains(&path), "it leads to the archive");
}
