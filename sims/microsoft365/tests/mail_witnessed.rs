//! A tour of everything that Graph answers for mail, each request and answer held against Microsoft's published schema.
//!
//! The mailboxes hold generated mail and, where it lies beside the checkout, real and malformed mail.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this whole file is a test")]

use std::path::PathBuf;

use bytes::Bytes;
use graph_witness::{check_answer, check_batch, check_request};
use http::{HeaderMap, Request};
use microsoft365_sim::mail::load;
use microsoft365_sim::{
    Answer, Config, Simulator,
    directory::{
        fixture::{SERVICE_APP_ID, SERVICE_APP_SECRET},
        tenant::DEFAULT_TENANT,
    },
};
use serde_json::{Value, json};

const MESSAGE_FIELDS: &str = "id,subject,from,toRecipients,receivedDateTime,isRead,flag,conversationId,internetMessageId,\
                              internetMessageHeaders,uniqueBody,hasAttachments,importance,categories,inferenceClassification";

/// A client that remembers every departure from the schema.
struct Tour {
    sim: Simulator,
    token: String,
    calls: usize,
    departures: Vec<String>,
}

impl Tour {
    async fn begin(sim: Simulator) -> Self {
        let form = format!(
            "grant_type=client_credentials&client_id={SERVICE_APP_ID}&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
            SERVICE_APP_SECRET.replace('+', "%2B").replace('&', "%26").replace('%', "%25")
        );
        let request = Request::post(format!("http://sim.example/{DEFAULT_TENANT}/oauth2/v2.0/token"))
            .header("host", "sim.example")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .unwrap();
        let Answer::Response(answer) = sim.answer(request).await else { panic!("cut off") };
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let token = body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned();
        Self { sim, token, calls: 0, departures: Vec::new() }
    }

    async fn call(&mut self, method: &str, url: &str, body: Option<Value>) -> (u16, Value) {
        let path = url.strip_prefix("http://sim.example").unwrap_or(url);
        let mut headers = HeaderMap::new();
        headers.insert("host", "sim.example".parse().unwrap());
        headers.insert("authorization", format!("Bearer {}", self.token).parse().unwrap());
        headers.insert("prefer", "IdType=\"ImmutableId\", odata.maxpagesize=40".parse().unwrap());
        if body.is_some() {
            headers.insert("content-type", "application/json".parse().unwrap());
        }
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut found = check_request(method, path, &headers, &body);
        let mut request =
            Request::builder().method(method).uri(format!("http://sim.example{}", path.replace(' ', "%20").replace('"', "%22")));
        *request.headers_mut().unwrap() = headers;
        let Answer::Response(answer) = self.sim.answer(request.body(Bytes::from(body.clone())).unwrap()).await else { panic!("cut off") };
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        found.extend(check_answer(method, path, answer.status().as_u16(), content_type, answer.body()));
        if path.ends_with("$batch") {
            found.extend(check_batch(&body, answer.body()));
        }
        self.calls += 1;
        self.departures.extend(found.iter().take(3).map(|found| format!("{method} {path} ({}): {found}", answer.status())));
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    async fn get(&mut self, url: &str) -> Value {
        let (status, body) = self.call("GET", url, None).await;
        assert_eq!(status, 200, "GET {url}: {}", body["error"]);
        body
    }

    /// Every item of a paged answer, and the last page's delta link.
    async fn pages(&mut self, url: &str) -> (Vec<Value>, Option<String>) {
        let (mut items, mut next) = (Vec::new(), Some(url.to_owned()));
        let mut link = None;
        while let Some(url) = next {
            let page = self.get(&url).await;
            items.extend(page["value"].as_array().cloned().unwrap_or_default());
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
            link = page["@odata.deltaLink"].as_str().map(str::to_owned);
        }
        (items, link)
    }

    /// Reads a mailbox in every way; returns how many messages its folders' deltas gave.
    async fn visit(&mut self, user: &str) -> usize {
        let home = format!("/v1.0/users/{user}");
        self.get(&home).await;
        self.get(&format!("{home}?$select=id,displayName,mail,userPrincipalName")).await;
        self.get(&format!("{home}/mailFolders?$top=3&$count=true")).await;
        self.get(&format!("{home}/mailFolders?includeHiddenFolders=true&$expand=childFolders&$top=100")).await;
        let (folders, _) = self.pages(&format!("{home}/mailFolders/delta")).await;
        let mut messages = Vec::new();
        for folder in &folders {
            let folder = folder["id"].as_str().unwrap();
            self.get(&format!("{home}/mailFolders/{folder}")).await;
            let (found, link) = self.pages(&format!("{home}/mailFolders/{folder}/messages/delta")).await;
            messages.extend(found.iter().map(|message| message["id"].as_str().unwrap().to_owned()));
            let (nothing, _) = self.pages(&link.unwrap()).await;
            assert!(nothing.is_empty());
        }
        for options in [
            "$top=50&$count=true",
            "$top=50&$orderby=receivedDateTime desc",
            "$top=20&$filter=isRead eq false",
            "$top=20&$filter=receivedDateTime ge 2000-01-01T00:00:00Z and hasAttachments eq true&$orderby=receivedDateTime desc",
            "$top=20&$filter=hasAttachments eq true&$expand=attachments",
            "$search=\"order\"&$top=10",
        ] {
            self.get(&format!("{home}/messages?{options}")).await;
        }
        self.get(&format!("{home}/messages?$top=50&$select={MESSAGE_FIELDS}")).await;
        self.call("GET", &format!("{home}/messages/$count"), None).await;
        for message in &messages {
            self.open(&format!("{home}/messages/{message}")).await;
        }
        messages.len()
    }

    /// The MIME of every message that the deltas of a mailbox's folders give.
    async fn mime_of_all(&mut self, user: &str) -> Vec<Bytes> {
        let home = format!("/v1.0/users/{user}");
        let (folders, _) = self.pages(&format!("{home}/mailFolders/delta")).await;
        let mut mime = Vec::new();
        for folder in &folders {
            let (messages, _) = self.pages(&format!("{home}/mailFolders/{}/messages/delta", folder["id"].as_str().unwrap())).await;
            for message in &messages {
                let url = format!("http://sim.example{home}/messages/{}/$value", message["id"].as_str().unwrap());
                let request = Request::get(url).header("host", "sim.example").header("authorization", format!("Bearer {}", self.token));
                let Answer::Response(answer) = self.sim.answer(request.body(Bytes::new()).unwrap()).await else { panic!("cut off") };
                mime.push(answer.into_body());
            }
        }
        mime
    }

    async fn open(&mut self, message: &str) {
        self.get(message).await;
        self.get(&format!("{message}?$select={MESSAGE_FIELDS}")).await;
        self.call("GET", &format!("{message}/$value"), None).await;
        let (attachments, _) = self.pages(&format!("{message}/attachments")).await;
        for attachment in &attachments {
            let url = format!("{message}/attachments/{}", attachment["id"].as_str().unwrap());
            if attachment["@odata.type"] == "#microsoft.graph.itemAttachment" {
                self.get(&format!("{url}?$expand=microsoft.graph.itemAttachment/item")).await;
            }
            self.call("GET", &format!("{url}/$value"), None).await;
        }
    }

    fn finish(self, messages: usize) {
        println!("{messages} messages read in {} calls", self.calls);
        let shown: Vec<_> = self.departures.iter().take(20).map(String::as_str).collect();
        assert!(shown.is_empty(), "{} departures from the schema, of them:\n{}", self.departures.len(), shown.join("\n"));
    }
}

/// Private mail beside the checkout, if it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[allow(clippy::disallowed_methods, reason = "a test may be told where the private mail lies")]
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("data").join(name);
    if !path.exists() {
        println!("left out: ../shared/data not found ({name})");
        return None;
    }
    Some(path)
}

#[tokio::test]
async fn a_generated_tenant_is_answered_as_the_schema_says() {
    let sim = Simulator::new(Config::seeded(365));
    let report = sim.control().generate(3, 2).unwrap();
    let mut tour = Tour::begin(sim).await;
    tour.pages("/v1.0/users?$top=2").await;
    tour.get("/v1.0/users?$select=id,mail&$top=999").await;
    let mut messages = 0;
    for mailbox in &report.mailboxes {
        messages += tour.visit(mailbox).await;
    }
    assert_eq!(messages, report.taken);
    tour.finish(messages);
}

#[tokio::test]
async fn real_and_malformed_mail_is_answered_as_the_schema_says() {
    let names = ["mime/stalwart.tar.gz", "mime/cpython.tar.gz", "bounces/bounces.tar.gz"];
    let Some(sets) = names.into_iter().map(shared).collect::<Option<Vec<_>>>() else { return };
    let sim = Simulator::new(Config::seeded(1));
    let report = sim.control().load(2, &sets).unwrap();
    let mut tour = Tour::begin(sim).await;
    let mut messages = 0;
    for mailbox in &report.mailboxes {
        messages += tour.visit(mailbox).await;
    }
    assert_eq!(messages, report.taken);
    tour.finish(messages);
}

#[tokio::test]
async fn six_thousand_real_messages_come_back_byte_for_byte() {
    let Some(path) = shared("mail/spamassassin.tar.gz") else { return };
    let mut sent: Vec<Bytes> = load(&path).messages.into_iter().map(|loaded| loaded.mail.raw).collect();
    let mut config = Config::seeded(1);
    config.limits.requests = u32::MAX;
    let sim = Simulator::new(config);
    let report = sim.control().load(4, &[path]).unwrap();
    assert_eq!((report.taken, report.found), (6_046, 6_046));
    let mut tour = Tour::begin(sim).await;
    let mut got = Vec::new();
    for mailbox in &report.mailboxes {
        got.extend(tour.mime_of_all(mailbox).await);
    }
    sent.sort();
    got.sort();
    assert!(sent == got, "{} messages went in, {} came back, and they differ", sent.len(), got.len());
    tour.finish(got.len());
}

#[tokio::test]
async fn changes_batches_and_refusals_are_answered_as_the_schema_says() {
    let sim = Simulator::new(Config::seeded(3));
    let user = sim.control().generate(1, 1).unwrap().mailboxes.remove(0);
    let mut tour = Tour::begin(sim).await;
    let home = format!("/v1.0/users/{user}");
    let (messages, link) = tour.pages(&format!("{home}/mailFolders/inbox/messages/delta?$select=subject,isRead")).await;
    let id = |index: usize| messages[index]["id"].as_str().unwrap().to_owned();
    let control = tour.sim.control();
    control.mark_read(&user, &id(0), true).unwrap();
    control.move_message(&user, &id(1), "archive").unwrap();
    control.delete_message(&user, &id(2), false).unwrap();
    let (said, _) = tour.pages(&link.unwrap()).await;
    assert_eq!(said.iter().filter(|item| !item["@removed"].is_null()).count(), 2);
    assert!(said.iter().any(|item| item["id"].as_str() == Some(&id(0))));
    let folder = control.create_folder(&user, "inbox", "Kunden").unwrap();
    tour.get(&format!("{home}/mailFolders/inbox/childFolders?$top=10")).await;
    tour.get(&format!("{home}/mailFolders/{folder}/messages")).await;
    let requests = json!({"requests": [
        {"id": "1", "method": "GET", "url": format!("/users/{user}/messages?$top=2&$select=subject")},
        {"id": "2", "method": "GET", "url": format!("/users/{user}/mailFolders/inbox")},
        {"id": "3", "method": "GET", "url": format!("/users/{user}/messages/AAMkNone")},
        {"id": "4", "method": "GET", "url": format!("/users/{user}/messages/{}/$value", id(3)), "dependsOn": ["2"]},
    ]});
    let (status, answer) = tour.call("POST", "/v1.0/$batch", Some(requests)).await;
    assert_eq!((status, answer["responses"].as_array().unwrap().len()), (200, 4));
    for (method, path, status) in [
        ("GET", format!("{home}/messages/AAMkNone"), 400..405),
        ("GET", format!("{home}/mailFolders/AAMkNone"), 400..405),
        ("GET", "/v1.0/users/nobody@contoso.example/messages".to_owned(), 404..405),
        ("GET", format!("{home}/mailFolders/inbox/messages/delta?$deltatoken=bogus"), 400..411),
        ("GET", "/v1.0/subscriptions/00000000-0000-4000-8000-000000000000".to_owned(), 404..405),
    ] {
        let (given, _) = tour.call(method, &path, None).await;
        assert!(status.contains(&given), "{method} {path}: {given}");
    }
    tour.finish(messages.len());
}
