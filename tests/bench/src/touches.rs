//! Touches of tracked mail: how long a pixel or a link takes to be answered while mail goes on arriving.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::measure;
use crate::notified::Stage;
use crate::product::API_KEY;
use crate::simulator::{Simulator, client};

/// Tracked mails whose tokens are used, and links of each.
const MAILS: usize = 40;
const LINKS: usize = 10;
/// After this long a mail that was sent is not coming.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the answers took.
#[derive(Clone, Debug)]
pub struct Touched {
    /// Touches that were answered.
    pub touches: usize,
    /// Times from the request to the answer, in milliseconds, sorted.
    pub latencies_ms: Vec<f64>,
}

impl Touched {
    /// The time that this share of the touches did not exceed, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.latencies_ms.len().saturating_sub(1);
        self.latencies_ms.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// Sends tracked mail and gives the addresses in it, as its recipients got them.
///
/// # Errors
/// If the product refuses it or it does not come.
pub async fn send(stage: &Stage, simulator: &Simulator) -> anyhow::Result<Vec<String>> {
    let client = client()?;
    let list = client.get(format!("{}/api/v1/mailboxes", stage.url())).bearer_auth(API_KEY).send().await?.bytes().await?;
    let list: Value = serde_json::from_slice(&list)?;
    let mailbox = list["data"][0]["id"].as_str().context("there is a mailbox")?.to_owned();
    let links: String = (0..LINKS).map(|number| format!("<p><a href=\"https://shop.example/{number}\">Offer</a></p>")).collect();
    for number in 0..MAILS {
        let mail = json!({ "to": [{ "email": "buyer@customer.example" }], "subject": format!("Offer {number}"), "html": links,
            "tracking": { "opens": true, "clicks": true } });
        let request = client.post(format!("{}/api/v1/mailboxes/{mailbox}/send", stage.url())).bearer_auth(API_KEY);
        let answer = request.header("content-type", "application/json").body(mail.to_string()).send().await?;
        anyhow::ensure!(answer.status() == 202, "a mail was refused: {} {}", answer.status(), answer.text().await?);
    }
    let start = format!("{}/t/", stage.url());
    let began = measure::now();
    loop {
        let texts = simulator.received_outside().await?;
        let addresses: Vec<String> = texts.iter().flat_map(|text| addresses(text, &start)).collect();
        if addresses.len() >= MAILS * (LINKS + 1) {
            return Ok(addresses);
        }
        if began.elapsed() > PATIENCE {
            let outbox =
                client.get(format!("{}/api/v1/outbox?limit=3&fields=state,problem", stage.url())).bearer_auth(API_KEY).send().await?;
            anyhow::bail!("{} addresses have come in {} mails; the outbox: {}", addresses.len(), texts.len(), outbox.text().await?);
        }
        measure::pause(Duration::from_millis(200)).await;
    }
}

fn addresses(html: &str, start: &str) -> Vec<String> {
    html.match_indices(start).map(|(at, _)| html[at..].split('"').next().unwrap_or_default().to_owned()).collect()
}

/// Touches these addresses `rate` times a second for `seconds`, each at its time, however long others take.
///
/// # Errors
/// If one is not answered as it should be.
#[allow(clippy::disallowed_methods, reason = "the benchmark is no part of the product and sends by itself")]
pub async fn steadily(addresses: &[String], (rate, seconds): (u32, u32)) -> anyhow::Result<Touched> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let (began, mut answers) = (measure::now(), JoinSet::new());
    for number in 0..rate * seconds {
        let due = began + Duration::from_secs(1) / rate * number;
        measure::pause(due.saturating_duration_since(measure::now())).await;
        let request = client.get(&addresses[number as usize % addresses.len()]);
        answers.spawn(async move {
            let status =
                request.header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Thunderbird/128.4.0").send().await?.status();
            anyhow::ensure!(status == 200 || status == 302, "a touch was answered {status}");
            Ok(due.elapsed().as_secs_f64() * 1000.0)
        });
    }
    let mut latencies_ms = Vec::new();
    while let Some(answer) = answers.join_next().await {
        latencies_ms.push(answer??);
    }
    latencies_ms.sort_by(f64::total_cmp);
    Ok(Touched { touches: latencies_ms.len(), latencies_ms })
}
