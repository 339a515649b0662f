//! The pages: they render for awkward data, keep their promises about what a mail may do, and say what to do next.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::collections::BTreeSet;

use store::{due, work};
use support::{House, fixture};

#[tokio::test]
async fn every_page_renders_awkward_mail_without_letting_it_speak() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let mut paths = vec![
        "/mailboxes".to_owned(),
        "/mailboxes/live".into(),
        format!("/mailboxes/{}", made.live),
        format!("/mailboxes/{}/live", made.live),
        format!("/mailboxes/{}?folder={}", made.live, made.inbox),
        format!("/mailboxes/{}/folders", made.live),
        "/threads".into(),
        format!("/mailboxes/{}", made.stopped),
        format!("/threads/{}", made.thread),
        format!("/threads/{}/live", made.thread),
        format!("/threads/{}/about", made.thread),
        "/search?q=offer".into(),
        "/activity".into(),
        "/audit".into(),
        "/connect".into(),
        "/activity?before=60".into(),
        "/search".into(),
    ];
    paths.extend(made.messages.iter().take(20).map(|id| format!("/messages/{id}")));
    for path in paths {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        for raw in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
            assert!(!page.text.contains(raw), "{path} holds {raw}");
        }
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(!page.text.contains(" style=") && !page.text.contains("<style"), "{path}: the policy would drop inline styles");
    }
}

#[tokio::test]
async fn the_list_pages_through_every_message_once() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let (mut seen, mut path, mut pages) = (Vec::new(), format!("/mailboxes/{}", made.live), 0);
    loop {
        let page = browser.get(&path).await;
        seen.extend(page.text.split("href=\"/messages/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        pages += 1;
        let Some(older) = page
            .text
            .split("<a class=\"button quiet\" href=\"")
            .skip(1)
            .find(|rest| rest.contains("rel=\"next\"") && rest.starts_with("/mailboxes"))
        else {
            break;
        };
        path = older.split('"').next().unwrap().replace("&amp;", "&");
    }
    let expected: Vec<String> = made.messages.iter().map(ToString::to_string).collect();
    assert_eq!((pages, seen.len()), (3, 120));
    assert_eq!(seen, expected, "newest first, none twice");
}

#[tokio::test]
async fn mailboxes_that_need_a_person_come_first_with_what_to_do() {
    let house = House::new().await;
    fixture::fill(&house).await;
    let page = house.administrator().await.get("/mailboxes").await.text;
    let (needed, first) = (page.find("What needs a person").unwrap(), page.find("<ul class=\"mailboxes\">").unwrap());
    assert!(needed < first);
    for words in [
        "Microsoft refused our access.",
        "AADSTS65001",
        "href=\"/auth/microsoft?mailbox=carla.mendez%40contoso.example\"",
        "Next: ",
        "Microsoft last answered <time",
        "12 seconds ago",
        "Told at once, renewed until",
        "Asked every 5 minutes",
        "of about 16,641 messages here",
    ] {
        assert!(page.contains(words), "the page lacks: {words}");
    }
}

#[tokio::test]
async fn the_folder_ledger_shows_the_proof_and_what_is_missing() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let page = house.administrator().await.get(&format!("/mailboxes/{}/folders", made.live)).await.text;
    for words in ["112 there, 112 here", "3 messages missing, 0 extra", ", checked <time", "not yet", "Kunden / Häfen &amp; Reeder"] {
        assert!(page.contains(words), "the page lacks: {words}");
    }
}

#[tokio::test]
async fn the_body_of_a_mail_is_cleaned_and_walled_in_and_shows_remote_images_only_when_asked() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let page = browser.get(&format!("/messages/{}", made.rich)).await.text;
    assert!(page.contains("2 remote images are not shown"), "{page}");
    assert!(page.contains("sandbox=\"allow-same-origin allow-popups allow-popups-to-escape-sandbox\"") && !page.contains("allow-scripts"));

    let body = browser.get(&format!("/messages/{}/body", made.rich)).await;
    let policy = body.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'")
            && policy.contains("sandbox")
            && policy.contains("img-src 'self' data:;")
            && !policy.contains("script-src")
    );
    for gone in ["<script", "onclick", "<form", "track.example", "cdn.example", "evil.example", "javascript"] {
        assert!(!body.text.contains(gone), "the body holds {gone}");
    }
    assert!(body.text.contains(&format!("/messages/{}/inline?cid=logo%40contoso", made.rich)), "{}", body.text);
    assert!(body.text.contains("rel=\"noopener noreferrer nofollow\"") && body.text.contains("target=\"_blank\""));

    let shown = browser.get(&format!("/messages/{}/body?images=remote", made.rich)).await;
    assert!(
        shown.text.contains("https://track.example/p.gif") && shown.headers["content-security-policy"].to_str().unwrap().contains("https:")
    );
    assert!(!browser.get(&format!("/messages/{}?images=remote", made.rich)).await.text.contains("not shown"));
}

#[tokio::test]
async fn attachments_and_originals_are_saved_and_never_run() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let file = browser.get(&format!("/messages/{}/attachment?id=file%2B2%2F%3D", made.rich)).await;
    assert_eq!((file.status, file.bytes.as_slice()), (200, b"<script>alert(1)</script>".as_slice()));
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"_b_Preise"));
    assert!(file.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(browser.get(&format!("/messages/{}/attachment?id=other", made.rich)).await.status, 404);

    let original = browser.get(&format!("/messages/{}/original", made.rich)).await;
    assert_eq!(original.bytes, b"From: a@x.example\r\nSubject: Raw\r\n\r\nRaw.\r\n");
    let image = browser.get(&format!("/messages/{}/inline?cid=Logo%40contoso", made.rich)).await;
    assert_eq!((image.status, image.headers["content-type"].to_str().unwrap()), (200, "image/png"));
    assert_eq!(browser.get(&format!("/messages/{}/inline?cid=nothing", made.rich)).await.status, 404);
}

#[tokio::test]
async fn search_finds_words_in_one_mailbox_and_in_all() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    for path in ["/search?q=clause".to_owned(), format!("/search?q=clau*&mailbox={}", made.live)] {
        let page = browser.get(&path).await.text;
        let found: BTreeSet<&str> = page.split("href=\"/messages/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(found.len() > 10, "{path}: {}", found.len());
    }
    let none = browser.get("/search?q=clause+nowhere").await.text;
    assert!(none.contains("No message has all of this"));
    let elsewhere = browser.get(&format!("/search?q=clause&mailbox={}", made.stopped)).await.text;
    assert!(elsewhere.contains("Without mailbox:") && elsewhere.contains("No message has all of this"), "{elsewhere}");
}

#[tokio::test]
async fn an_empty_console_says_what_to_do_next() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    for (path, words) in
        [("/mailboxes", "No mailbox is connected yet"), ("/threads", "No threads yet"), ("/activity", "Nothing has happened yet")]
    {
        let page = browser.get(path).await;
        assert!(page.status == 200 && page.text.contains(words), "{path}: {}", page.text);
        assert!(page.text.contains("href=\"/connect\""), "{path}");
    }
    assert!(browser.get("/search?q=").await.text.contains("Search for words"));
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    for path in ["/nothing", "/mailboxes/mbx_0000000000001", "/mailboxes/xyz", "/messages/mbx_0000000000001", "/threads/thr_0000000000001"]
    {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text.contains("There is nothing at this address.") && page.text.contains("Next: "), "{path}");
        let problem = browser.clone().asking_for_problems().get(path).await;
        assert_eq!(problem.headers["content-type"], "application/problem+json");
        let json: serde_json::Value = serde_json::from_str(&problem.text).unwrap();
        assert_eq!(
            (json["status"].as_i64(), json["retryable"].as_bool(), json["code"].as_str()),
            (Some(404), Some(false), Some("not_found")),
            "{path}"
        );
        assert!(json["action"].is_string() && json["title"].is_string() && json["detail"].is_string());
    }
}

#[tokio::test]
async fn the_buttons_make_work_due() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let key = browser.get(&format!("/mailboxes/{}", made.live)).await.csrf();
    assert_eq!(browser.post(&format!("/mailboxes/{}/check", made.live), &format!("csrf={key}")).await.status, 303);
    assert_eq!(browser.post(&format!("/mailboxes/{}/audit", made.live), &format!("csrf={key}")).await.status, 303);
    for (kind, key) in [
        (due::PULL_FOLDERS, due::mailbox_key(made.live)),
        (due::PULL_MESSAGES, due::folder_key(made.live, made.inbox)),
        (due::AUDIT_MAILBOX, due::mailbox_key(made.live)),
    ] {
        assert!(work::find(&house.state.db, kind, &key).await.unwrap().is_some(), "{kind}");
    }
}

#[tokio::test]
async fn style_and_script_are_served() {
    let house = House::new().await;
    let mut browser = house.browser();
    for (path, kind) in [
        ("/assets/console.css", "text/css; charset=utf-8"),
        ("/assets/console.js", "text/javascript; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        let asset = browser.get(path).await;
        assert_eq!((asset.status, asset.headers["content-type"].to_str().unwrap()), (200, kind));
    }
}
