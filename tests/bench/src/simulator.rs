//! The simulator as a process: the server of the pages, and through its control plane whatever happens to its mailboxes.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::Context as _;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::program::{Program, beside, drain, line_with};

/// The app-only registration that every simulator starts with. It protects nothing.
pub const CLIENT_ID: &str = "22222222-3333-4444-5555-666666666666";
/// Its secret.
pub const CLIENT_SECRET: &str = "Sim8Q~service.secret_for.tests_only";
/// Its tenant.
pub const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// A running simulator; it ends with the last clone.
#[derive(Clone, Debug)]
pub struct Simulator {
    program: Arc<Program>,
    client: reqwest::Client,
    /// Its address, without a slash at the end.
    pub url: String,
}

impl Simulator {
    /// Starts one with no mail but what is put in later. Notifications come at once and once.
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(beside("microsoft365-sim")?);
        command.args(["--port", "0", "--mailboxes", "1", "--months", "1"]);
        let (program, mut output) = Program::start(command)?;
        let url = line_with(&mut output, "Listening on ").await?.trim_end_matches('/').to_owned();
        drain(output);
        let simulator = Simulator { program: Arc::new(program), client: client()?, url };
        let graph = json!({"notificationDelaySeconds": [0, 0], "notificationDuplicateProbability": 0.0});
        simulator.send(http::Method::PATCH, "settings", json!({"graph": graph})).await?;
        Ok(simulator)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// A new user with a mailbox of `messages` generated messages.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn create_mailbox(&self, address: &str, messages: u64) -> anyhow::Result<()> {
        self.send(http::Method::POST, "users", json!({"userPrincipalName": address, "displayName": address})).await?;
        if messages > 0 {
            self.send(http::Method::POST, &format!("mailboxes/{address}/fill"), json!({"messages": messages})).await?;
        }
        Ok(())
    }

    /// Puts one message into an inbox; gives its immutable id.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn deliver(&self, address: &str, number: u64) -> anyhow::Result<String> {
        let text = "The pallet is on its way; please tell the warehouse to expect it by Friday. ".repeat(30);
        let message = json!({
            "subject": format!("Shipment {number}"), "internetMessageId": format!("<shipment.{number}@customer.example>"),
            "from": {"emailAddress": {"name": "A customer", "address": "buyer@customer.example"}},
            "toRecipients": [{"emailAddress": {"name": address, "address": address}}],
            "body": {"contentType": "html", "content": format!("<html><body><p>{text}</p></body></html>")},
        });
        let answer = self.send(http::Method::POST, &format!("mailboxes/{address}/messages"), json!({"message": message})).await?;
        Ok(answer["id"].as_str().context("a delivered message has an id")?.to_owned())
    }

    /// The HTML of what people outside have received.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn received_outside(&self) -> anyhow::Result<Vec<String>> {
        let answer = self.send(http::Method::GET, "outside", Value::Null).await?;
        let mails = answer["value"].as_array().cloned().unwrap_or_default();
        Ok(mails.iter().filter_map(|mail| text(mail["mime"].as_str()?)).collect())
    }

    /// How long after a change its notification is sent.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn delay_notifications(&self, seconds: u64) -> anyhow::Result<()> {
        let graph = json!({"notificationDelaySeconds": [seconds, seconds]});
        self.send(http::Method::PATCH, "settings", json!({"graph": graph})).await.map(drop)
    }

    /// Moves its clock.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn advance(&self, seconds: u64) -> anyhow::Result<()> {
        self.send(http::Method::POST, "clock", json!({"advanceSeconds": seconds})).await.map(drop)
    }

    /// How many requests were refused because too many ran at once.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn concurrency_refusals(&self) -> anyhow::Result<u64> {
        let counts = self.send(http::Method::GET, "journal/counts", Value::Null).await?;
        Ok(counts["throttled"]["concurrency"].as_u64().unwrap_or(0))
    }

    /// An access token for the app-only registration.
    ///
    /// # Errors
    /// If the simulator refuses.
    pub async fn token(&self) -> anyhow::Result<String> {
        let body = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&scope={}%2F.default",
            self.url.replace(':', "%3A").replace('/', "%2F")
        );
        let request = self.client.post(format!("{}/{TENANT}/oauth2/v2.0/token", self.url)).body(body);
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await?.bytes().await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok(answer["access_token"].as_str().with_context(|| format!("no token: {answer}"))?.to_owned())
    }

    async fn send(&self, method: http::Method, path: &str, body: Value) -> anyhow::Result<Value> {
        let mut request = self.client.request(method, format!("{}/_sim/{path}", self.url));
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.bytes().await?;
        anyhow::ensure!(status.is_success(), "the simulator refused {path}: {status} {}", String::from_utf8_lossy(&text));
        Ok(serde_json::from_slice(&text).unwrap_or(Value::Null))
    }
}

/// The text of a mail, as a program that reads it sees it.
fn text(mime: &str) -> Option<String> {
    MessageParser::default().parse(mime.as_bytes())?.body_html(0).map(Cow::into_owned)
}

/// A client for this machine only.
///
/// # Errors
/// If none can be made.
#[allow(clippy::disallowed_methods, reason = "the benchmark is no part of the product and sends by itself")]
pub fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().build()
}
