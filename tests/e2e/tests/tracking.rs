//! Tracking, told on the simulator: what a recipient gets, what comes back from it, and what is said of that.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::time::Duration;

use axum::body::Body;
use e2e::door::BASE;
use e2e::program::{self, Answer};
use e2e::story::rest;
use e2e::world::{WORKSPACE, World};
use http::{Method, Request, header};
use microsoft365_sim::Config;
use model::event::EventKind;
use serde_json::{Value, json};
use store::connection::ConnectionKind;
use store::{Phase, Transaction, ledger, mailbox};

const ANNA: &str = "anna@contoso.example";
const BO: &str = "bo@acme.example";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0";
const OUTLOOK: &str = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; ms-office; MSOffice 16)";
const TEXT: &str = "<p>Hello, see <a href=\"https://shop.example/offer?a=1&amp;b=2\">our offer</a> or <a href=\"https://shop.example/call\">book a call</a>, \
    write to <a href=\"mailto:anna@contoso.example\">me</a>, or <a href=\"https://shop.example/unsubscribe\">leave</a>.</p>";

/// Somebody outside, or a machine.
#[derive(Clone, Copy)]
struct Outsider {
    address: &'static str,
    agent: &'static str,
}

const READER: Outsider = Outsider { address: "203.0.113.20", agent: OUTLOOK };
const READERS_BROWSER: Outsider = Outsider { address: "203.0.113.20", agent: CHROME };
const SCANNER: Outsider = Outsider { address: "198.51.100.9", agent: CHROME };

/// The world with Anna's mailbox and a key for everything.
struct Stage {
    world: World,
    key: String,
    mailbox: model::id::MailboxId,
}

fn story(told: impl AsyncFnOnce(&mut Stage)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let directory = tempfile::tempdir().unwrap();
        let settings = store::Settings::new(format!("sqlite:{}", directory.path().join("rapport.db").display()));
        let world = World::new(Config::seeded(1), settings, e2e::world::small_pieces()).await;
        world.make_person(ANNA, "Anna Alm");
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        let mut stage = Stage { key: program::key(&world, "admin").await, mailbox: model::id::MailboxId::from_number(0), world };
        stage.wait(30).await;
        stage.mailbox = mailbox::list(&stage.world.house.db, WORKSPACE).await.unwrap()[0].id;
        told(&mut stage).await;
        assert_eq!(stage.world.wire.seen().violations, Vec::<String>::new(), "what Microsoft's schema does not know");
    });
}

impl Stage {
    async fn wait(&self, seconds: u64) {
        rest(&self.world, Duration::from_secs(seconds)).await;
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        program::ask(&self.world, &self.key, method, path, body.as_ref(), "").await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        program::send(&self.world.house.router, request).await
    }

    /// Somebody outside asks for an address in a mail, through a proxy of ours.
    async fn touch(&self, who: Outsider, method: Method, address: &str) -> Answer {
        let request = Request::builder().method(method).uri(address).header("x-forwarded-for", who.address);
        self.send(request.header(header::USER_AGENT, who.agent).body(Body::empty()).unwrap()).await
    }

    /// Sends a mail and waits until it has left; its id.
    async fn mail(&self, body: Value) -> String {
        let answer = self.ask(Method::POST, &format!("/api/v1/mailboxes/{}/send", self.mailbox), Some(body)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        self.wait(60).await;
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn tracking(&self, id: &str) -> Value {
        let answer = self.ask(Method::GET, &format!("/api/v1/outbox/{id}/tracking"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    async fn told(&self) -> Vec<EventKind> {
        let events = ledger::read(&self.world.house.db, WORKSPACE, 0, 10_000).await.unwrap();
        events.into_iter().map(|event| event.kind).filter(|kind| kind.name().starts_with("mail.")).collect()
    }

    /// The HTML that somebody outside has received last.
    fn received(&self, address: &str) -> (u64, String) {
        let mail = self.world.sim.control().outside(0).into_iter().rfind(|mail| mail.address == address).unwrap();
        let number = mail.number;
        let parsed = microsoft365_sim::mail::parse(mail.raw).unwrap();
        (number, parsed.properties["body"]["content"].as_str().unwrap().to_owned())
    }
}

/// The addresses of this kind (`o` pixels, `c` links, `u` unsubscribing) in a mail, in order.
fn addresses(html: &str, kind: &str) -> Vec<String> {
    let start = format!("{BASE}/t/{kind}/");
    html.match_indices(&start).map(|(at, _)| html[at..].split(['"', '\'', ' ', '<']).next().unwrap().to_owned()).collect()
}

fn to_bo(tracking: Value) -> Value {
    json!({ "to": [{ "email": BO }], "subject": "Offer", "html": TEXT, "tracking": tracking })
}

fn both() -> Value {
    json!({ "opens": true, "clicks": true })
}

#[test]
fn a_scanner_is_nobody_then_a_person_opens_follows_a_link_and_answers() {
    story(async |stage| {
        let id = stage.mail(to_bo(both())).await;
        let (number, html) = stage.received(BO);
        let (pixels, links) = (addresses(&html, "o"), addresses(&html, "c"));
        assert_eq!((pixels.len(), links.len()), (1, 2), "{html}");
        assert!(html.contains("mailto:anna@contoso.example") && html.contains("\"https://shop.example/unsubscribe\""));

        // Seconds after delivery a gateway follows everything.
        stage.wait(20).await;
        for link in &links {
            assert_eq!(stage.touch(SCANNER, Method::HEAD, link).await.status, 302);
            assert_eq!(stage.touch(SCANNER, Method::GET, link).await.status, 302);
        }
        stage.wait(300).await;
        assert_eq!(stage.told().await, []);
        let shown = stage.tracking(&id).await;
        assert_eq!((&shown["copies"][0]["opened"], &shown["touches"].as_array().unwrap().len()), (&Value::Null, &4));
        assert!(shown["touches"].as_array().unwrap().iter().all(|touch| touch["class"] == "scanner"), "{shown}");

        stage.wait(1800).await;
        let opened_at = stage.world.clock.now();
        let picture = stage.touch(READER, Method::GET, &pixels[0]).await;
        assert_eq!((picture.status, picture.bytes.len(), &picture.headers[header::CONTENT_TYPE]), (200, 43, &"image/gif".parse().unwrap()));
        assert!(picture.headers[header::CACHE_CONTROL].to_str().unwrap().contains("no-store"));
        assert!(!picture.headers.contains_key(header::SET_COOKIE));
        stage.wait(40).await;
        let followed = stage.touch(READERS_BROWSER, Method::GET, &links[0]).await;
        assert_eq!((followed.status, followed.location()), (302, Some("https://shop.example/offer?a=1&b=2")));
        assert_eq!(followed.headers[header::REFERRER_POLICY], "no-referrer");
        stage.wait(300).await;
        assert_eq!(stage.told().await, [EventKind::MailOpened, EventKind::MailClicked]);
        stage.touch(READERS_BROWSER, Method::GET, &links[0]).await;
        stage.wait(300).await;
        assert_eq!(stage.told().await.len(), 2, "each is told once");

        let shown = stage.tracking(&id).await;
        let copy = &shown["copies"][0];
        assert_eq!((&copy["recipients"], &copy["opened"]["confidence"]), (&json!([BO]), &json!("high")));
        assert_eq!(copy["opened"]["first_at"], json!(opened_at));
        assert_eq!((&copy["clicked"][0]["link"], copy["clicked"].as_array().unwrap().len()), (&json!(0), 1));
        assert_eq!(shown["links"][0], json!({"number": 0, "url": "https://shop.example/offer?a=1&b=2", "text": "our offer"}));
        assert!(
            shown["touches"].as_array().unwrap().iter().all(|touch| touch["address"].is_null()),
            "addresses are not kept unless asked for"
        );
        assert_eq!(copy["replied"], Value::Null);

        stage.world.sim.control().answer_from_outside(number, "Gladly.").unwrap();
        stage.wait(2400).await;
        let shown = stage.tracking(&id).await;
        assert_eq!(shown["copies"][0]["replied"]["from"], BO, "{shown}");
        let report = stage.ask(Method::GET, "/api/v1/tracking/report", None).await.json();
        let figures = json!({"sent": 1, "replied": 1, "clicked": 1, "opened": 1, "unsubscribed": 0, "machine_touches": 4});
        assert_eq!((&report["total"], &report["mailboxes"][0]["figures"]), (&figures, &figures));
    });
}

#[test]
fn mail_is_tracked_only_where_somebody_wants_it_and_plain_text_never_is() {
    story(async |stage| {
        let untracked = json!({ "to": [{ "email": BO }], "subject": "Offer", "html": TEXT });
        let id = stage.mail(untracked.clone()).await;
        assert!(!stage.received(BO).1.contains("/t/"), "off by default");
        assert_eq!(stage.tracking(&id).await["tracked"], false);
        let wanted = json!({ "opens": true, "clicks": false });
        assert_eq!(stage.ask(Method::PUT, "/api/v1/tracking/settings", Some(wanted)).await.status, 200);
        let id = stage.mail(untracked).await;
        let html = stage.received(BO).1;
        assert_eq!((addresses(&html, "o").len(), addresses(&html, "c").len()), (1, 0));
        assert_eq!(stage.tracking(&id).await["opens"], true);
        stage.mail(to_bo(json!({}))).await;
        assert!(!stage.received(BO).1.contains("/t/"), "a mail can say no");
        let id = stage.mail(json!({ "to": [{ "email": BO }], "subject": "Offer", "text": "See https://shop.example/" })).await;
        assert_eq!(stage.tracking(&id).await["tracked"], false);
        let text = json!({ "to": [{ "email": BO }], "subject": "Offer", "text": "Hello", "tracking": both() });
        let refused = stage.ask(Method::POST, &format!("/api/v1/mailboxes/{}/send", stage.mailbox), Some(text)).await;
        assert_eq!((refused.status, refused.json()["code"].as_str().unwrap()), (422, "tracking_needs_html"));
    });
}

#[test]
fn a_forged_token_leads_nowhere_and_is_not_kept() {
    story(async |stage| {
        let id = stage.mail(to_bo(both())).await;
        let html = stage.received(BO).1;
        let (pixel, link) = (addresses(&html, "o").remove(0), addresses(&html, "c").remove(0));
        let mut forged = link.clone();
        let last = if forged.ends_with('A') { "B" } else { "A" };
        forged.replace_range(forged.len() - 1.., last);
        let elsewhere = link.replace(BASE, "https://other.test");
        for address in [forged, elsewhere, link.replace("/c/", "/u/"), pixel.replace("/o/", "/c/"), format!("{BASE}/t/c/x")] {
            let answer = stage.touch(READER, Method::GET, &address).await;
            assert_eq!((answer.status, answer.location()), (404, None), "{address}");
            assert!(answer.text().contains("leads nowhere"));
        }
        assert_eq!(stage.touch(READER, Method::GET, &pixel.replace("/t/o/A", "/t/o/B")).await.status, 200, "nobody learns which are good");
        assert_eq!(stage.touch(READER, Method::POST, &link).await.status, 405);
        assert_eq!(stage.tracking(&id).await["touches_seen"], 1, "the last one, by a good token");
    });
}

#[test]
fn what_was_answered_outlives_a_crash_and_what_was_not_committed_is_not_answered() {
    story(async |stage| {
        let id = stage.mail(to_bo(both())).await;
        let html = stage.received(BO).1;
        let (pixel, link) = (addresses(&html, "o").remove(0), addresses(&html, "c").remove(0));
        stage.wait(600).await;
        assert_eq!(stage.touch(READER, Method::GET, &pixel).await.status, 200);
        stage.world.crashes().armed = Some(("web.touch", Phase::After));
        stage.touch(READERS_BROWSER, Method::GET, &link).await;
        assert!(stage.world.crashes().stopped);
        stage.world.restart().await;
        assert_eq!(stage.tracking(&id).await["touches_seen"], 2);
        stage.world.crashes().armed = Some(("web.touch", Phase::Before));
        let refused = stage.touch(READERS_BROWSER, Method::GET, &link).await;
        assert_eq!(refused.status, 503);
        assert!(refused.text().contains("https://shop.example/offer?a=1&amp;b=2"), "nobody is kept from the way");
        stage.world.restart().await;
        assert_eq!(stage.tracking(&id).await["touches_seen"], 2);
        // The judging is stopped too, on either side of its commit, and still tells once.
        for phase in [Phase::Before, Phase::After] {
            stage.world.crashes().armed = Some(("judge.mail", phase));
            stage.touch(READER, Method::GET, &pixel).await;
            stage.world.advance(Duration::from_secs(100));
            while !stage.world.crashes().stopped {
                let _ = stage.world.house.engine.run_due().await;
            }
            stage.world.restart().await;
        }
        stage.wait(600).await;
        assert_eq!(stage.told().await, [EventKind::MailOpened, EventKind::MailClicked]);
    });
}

#[test]
fn a_flood_is_counted_and_fills_nothing() {
    story(async |stage| {
        let id = stage.mail(to_bo(both())).await;
        let pixel = addresses(&stage.received(BO).1, "o").remove(0);
        stage.wait(600).await;
        for _ in 0..120 {
            stage.touch(READER, Method::GET, &pixel).await;
        }
        let shown = stage.tracking(&id).await;
        assert_eq!((shown["touches"].as_array().unwrap().len(), &shown["touches_seen"]), (50, &json!(120)));
    });
}

#[test]
fn copies_are_told_apart_where_that_is_wanted_and_who_unsubscribes_is_refused_next_time() {
    story(async |stage| {
        let mail = json!({
            "to": [{ "email": BO }, { "email": "cy@acme.example" }], "subject": "News", "html": TEXT,
            "tracking": { "opens": true, "clicks": true, "apart": true, "unsubscribe": true },
        });
        let id = stage.mail(mail.clone()).await;
        let cys = stage.received("cy@acme.example").1;
        stage.wait(900).await;
        stage.touch(READER, Method::GET, &addresses(&cys, "o")[0]).await;
        stage.wait(300).await;
        let shown = stage.tracking(&id).await;
        assert_eq!(shown["apart"], true);
        let opened: Vec<_> =
            shown["copies"].as_array().unwrap().iter().map(|copy| (&copy["recipients"][0], !copy["opened"].is_null())).collect();
        assert_eq!(opened, [(&json!(BO), false), (&json!("cy@acme.example"), true)]);
        assert_eq!(stage.tracking(shown["copies"][1]["outgoing"].as_str().unwrap()).await, shown, "every copy shows all");
        let report = stage.ask(Method::GET, "/api/v1/tracking/report", None).await.json();
        assert_eq!((&report["total"]["sent"], &report["total"]["opened"]), (&json!(2), &json!(1)));

        let leave = addresses(&cys, "u").remove(0);
        let page = stage.touch(READER, Method::GET, &leave).await;
        assert!(page.status == 200 && page.text().contains("<button"));
        assert_eq!(stage.tracking(&id).await["copies"][1]["unsubscribed_at"], Value::Null, "looking does nothing");
        let post = |body: &'static str| {
            let request =
                Request::builder().method(Method::POST).uri(&leave).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            request.body(Body::from(body)).unwrap()
        };
        assert_eq!(stage.send(post("")).await.status, 400);
        for _ in 0..2 {
            assert_eq!(stage.send(post("List-Unsubscribe=One-Click")).await.status, 200);
        }
        assert_eq!(stage.told().await.iter().filter(|kind| **kind == EventKind::MailUnsubscribed).count(), 1);
        let path = format!("/api/v1/mailboxes/{}/send", stage.mailbox);
        let refused = stage.ask(Method::POST, &path, Some(mail.clone())).await;
        assert_eq!((refused.status, refused.json()["code"].as_str().unwrap()), (409, "recipient_unsubscribed"));
        assert_eq!(stage.ask(Method::DELETE, "/api/v1/tracking/opt-outs/cy%40acme.example", None).await.status, 204);
        assert_eq!(stage.ask(Method::POST, &path, Some(mail)).await.status, 202);
    });
}

#[test]
fn what_is_quoted_in_an_answer_leads_back_to_where_it_led_and_carries_no_pixel() {
    story(async |stage| {
        stage.mail(to_bo(both())).await;
        let (number, html) = stage.received(BO);
        // Bo's program quotes all of it, pixel and links.
        let raw = format!(
            "From: <{BO}>\r\nTo: <{ANNA}>\r\nSubject: RE: Offer\r\nDate: Thu, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <r{number}@acme.example>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hm.</p><blockquote>{html}</blockquote>\r\n"
        );
        stage
            .world
            .sim
            .control()
            .deliver_mime(ANNA, "inbox", axum::body::Bytes::from(raw), microsoft365_sim::mailbox::DeliverOptions::default())
            .unwrap();
        stage.wait(2400).await;
        let list = stage.ask(Method::GET, "/api/v1/messages?limit=50", None).await.json();
        let answer = list["data"].as_array().unwrap().iter().find(|message| message["subject"] == "RE: Offer").unwrap()["id"].clone();
        let mail = json!({ "html": "<p>Well?</p>", "answers": { "message": answer }, "tracking": { "opens": true, "clicks": true } });
        stage.mail(mail).await;
        let html = stage.received(BO).1;
        assert_eq!((addresses(&html, "o").len(), addresses(&html, "c").len()), (1, 0), "{html}");
        assert!(html.contains("https://shop.example/offer?a=1&amp;b=2"), "{html}");
    });
}

#[test]
fn an_own_domain_is_used_once_it_was_seen_to_lead_here() {
    story(async |stage| {
        let wanted = json!({ "opens": true, "clicks": true, "domain": "https://t.contoso.example" });
        let set = stage.ask(Method::PUT, "/api/v1/tracking/settings", Some(wanted)).await.json();
        assert_eq!((&set["domain_proved"], set["base_url"].as_str().unwrap()), (&json!(false), "https://rapport.test/"));
        let proof = set["domain_proof"].as_str().unwrap().to_owned();
        assert_eq!(stage.touch(READER, Method::GET, &proof.replace("https://t.contoso.example", BASE)).await.status, 404);
        assert_eq!(stage.touch(READER, Method::GET, &proof).await.status, 200);
        let id = stage.mail(json!({ "to": [{ "email": BO }], "subject": "Offer", "html": TEXT })).await;
        let html = stage.received(BO).1;
        let pixel = html.split('"').find(|part| part.starts_with("https://t.contoso.example/t/o/")).unwrap().to_owned();
        stage.wait(900).await;
        stage.touch(READER, Method::GET, &pixel).await;
        assert_eq!(stage.tracking(&id).await["touches_seen"], 1);
        for domain in ["http://t.contoso.example", "https://localhost", "https://t.contoso.example/x", "t.contoso.example"] {
            let wanted = json!({ "opens": true, "clicks": true, "domain": domain });
            assert_eq!(stage.ask(Method::PUT, "/api/v1/tracking/settings", Some(wanted)).await.status, 422, "{domain}");
        }
    });
}

#[test]
fn verdicts_are_worked_out_again_and_stay_when_touches_are_forgotten() {
    story(async |stage| {
        let id = stage.mail(to_bo(both())).await;
        let pixel = addresses(&stage.received(BO).1, "o").remove(0);
        stage.wait(900).await;
        stage.touch(READER, Method::GET, &pixel).await;
        stage.wait(300).await;
        let before = stage.tracking(&id).await;
        assert_eq!(stage.ask(Method::POST, "/api/v1/tracking/recompute", None).await.json(), json!({ "mails": 1 }));
        stage.wait(60).await;
        assert_eq!((stage.told().await.len(), stage.tracking(&id).await), (1, before.clone()));
        for statement in store::touch::forget(stage.world.clock.now(), 10) {
            stage.world.house.db.commit(Transaction::new("test.forget").with(statement)).await.unwrap();
        }
        stage.ask(Method::POST, "/api/v1/tracking/recompute", None).await;
        stage.wait(60).await;
        let after = stage.tracking(&id).await;
        assert_eq!((&after["copies"], &after["touches"]), (&before["copies"], &json!([])));
    });
}
