//! The floor: the plainest loop that does the same job once. It asks for a page, reads its JSON into structs, and writes
//! headers and bodies into SQLite with the same text in a full-text index, one transaction for each page.
//!
//! It has no ledger, no threads, no resuming, no second mailbox: what anybody would write in an afternoon, well enough
//! not to flatter us. It follows links without looking at them, which the product never does.

use std::path::Path;

use anyhow::Context as _;
use rusqlite::{Connection, params};
use serde::Deserialize;

#[derive(Deserialize)]
struct Page {
    value: Vec<Message>,
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Message {
    id: String,
    change_key: Option<String>,
    subject: Option<String>,
    body_preview: Option<String>,
    body: Option<Body>,
    from: Option<Recipient>,
    to_recipients: Vec<Recipient>,
    cc_recipients: Vec<Recipient>,
    received_date_time: Option<String>,
    sent_date_time: Option<String>,
    internet_message_id: Option<String>,
    conversation_id: Option<String>,
    is_read: Option<bool>,
    is_draft: Option<bool>,
    has_attachments: Option<bool>,
    importance: Option<String>,
    web_link: Option<String>,
    internet_message_headers: Vec<Header>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    content_type: String,
    content: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Recipient {
    email_address: Address,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize, serde::Serialize)]
struct Header {
    name: String,
    value: String,
}

/// Takes every page from `url` on into a new database at `path`; says how many messages there were.
///
/// # Errors
/// At the first thing that goes wrong.
pub async fn run(url: String, token: &str, prefer: &str, path: &Path) -> anyhow::Result<u64> {
    let client = client()?;
    let mut connection = open(path)?;
    let mut url = Some(url);
    let mut taken = 0;
    while let Some(asked) = url {
        let answer = client.get(&asked).bearer_auth(token).header("Prefer", prefer).send().await?;
        let status = answer.status();
        let text = answer.bytes().await?;
        anyhow::ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&text));
        let page: Page = serde_json::from_slice(&text).context("a page is not what Graph sends")?;
        write(&mut connection, &page.value)?;
        taken += page.value.len() as u64;
        url = page.next_link;
    }
    Ok(taken)
}

#[allow(clippy::disallowed_methods, reason = "the plain loop sends by itself")]
fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().build()
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         CREATE TABLE message (id INTEGER PRIMARY KEY, graph_id TEXT NOT NULL UNIQUE, change_key TEXT, subject TEXT, preview TEXT,
            from_name TEXT, from_address TEXT, recipients TEXT, received_at TEXT, sent_at TEXT, internet_message_id TEXT,
            conversation_id TEXT, is_read INTEGER, is_draft INTEGER, has_attachments INTEGER, importance TEXT, web_link TEXT);
         CREATE TABLE body (id INTEGER PRIMARY KEY, content_type TEXT, content TEXT, headers TEXT);
         CREATE VIRTUAL TABLE search USING fts5 (subject, people, body, content = '', contentless_delete = 1);",
    )?;
    Ok(connection)
}

fn write(connection: &mut Connection, messages: &[Message]) -> anyhow::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO message (graph_id, change_key, subject, preview, from_name, from_address, recipients, received_at, sent_at,
                internet_message_id, conversation_id, is_read, is_draft, has_attachments, importance, web_link)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?;
        let mut insert_body =
            transaction.prepare_cached("INSERT INTO body (id, content_type, content, headers) VALUES (?1, ?2, ?3, ?4)")?;
        let mut index = transaction.prepare_cached("INSERT INTO search (rowid, subject, people, body) VALUES (?1, ?2, ?3, ?4)")?;
        for message in messages {
            let from = message.from.as_ref().map(|from| &from.email_address);
            let recipients = people(message.to_recipients.iter().chain(&message.cc_recipients));
            insert.execute(params![
                message.id,
                message.change_key,
                message.subject,
                message.body_preview,
                from.and_then(|from| from.name.as_deref()),
                from.and_then(|from| from.address.as_deref()),
                recipients,
                message.received_date_time,
                message.sent_date_time,
                message.internet_message_id,
                message.conversation_id,
                message.is_read,
                message.is_draft,
                message.has_attachments,
                message.importance,
                message.web_link,
            ])?;
            let id = transaction.last_insert_rowid();
            let headers = serde_json::to_string(&message.internet_message_headers)?;
            let (kind, content) = message.body.as_ref().map_or(("", ""), |body| (&body.content_type, &body.content));
            insert_body.execute(params![id, kind, content, headers])?;
            let people = people(message.from.iter().chain(&message.to_recipients).chain(&message.cc_recipients));
            index.execute(params![id, message.subject, people, content])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn people<'a>(recipients: impl Iterator<Item = &'a Recipient>) -> String {
    let mut people = String::new();
    for Recipient { email_address } in recipients {
        for part in [&email_address.name, &email_address.address].into_iter().flatten() {
            people.push_str(part);
            people.push(' ');
        }
    }
    people
}
