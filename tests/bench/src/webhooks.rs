//! Webhooks: how long from an event to the first call of an endpoint while others are dead, and how many notified messages
//! come through to an endpoint when they come as fast as they can.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use crate::measure;
use crate::notified::Stage;
use crate::product::API_KEY;
use crate::receiver::{Call, Receiver};
use crate::simulator::{Simulator, client};

/// After this long without a new call, what is missing does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came to the endpoints that answer.
#[derive(Clone, Debug)]
pub struct Called {
    /// First calls of deliveries.
    pub calls: usize,
    /// Times from event to first call, in milliseconds, sorted.
    pub latencies_ms: Vec<f64>,
    /// Messages in a second, from the first notification of Microsoft's to the last call.
    pub rate: f64,
}

impl Called {
    /// The time that this share of the calls did not exceed, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.latencies_ms.len().saturating_sub(1);
        self.latencies_ms.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// Makes endpoints at these paths of the receiver, told of every message that is received.
///
/// # Errors
/// If the product refuses one.
pub async fn make_endpoints(stage: &Stage, receiver: &Receiver, paths: &[String]) -> anyhow::Result<()> {
    let client = client()?;
    for path in paths {
        let wanted = json!({"url": format!("{}{path}", receiver.url), "events": ["message.received"]});
        let request = client.post(format!("{}/api/v1/endpoints", stage.url())).bearer_auth(API_KEY);
        let answer = request.header("content-type", "application/json").body(wanted.to_string()).send().await?;
        anyhow::ensure!(answer.status() == 201, "an endpoint was refused: {} {}", answer.status(), answer.text().await?);
    }
    Ok(())
}

/// Lets every mailbox get `each` messages at once and waits until one endpoint has been told of all of them.
///
/// # Errors
/// If something fails or calls do not come.
pub async fn at_once(stage: &Stage, simulator: &Simulator, receiver: &Receiver, each: u64) -> anyhow::Result<Called> {
    receiver.forget();
    let (began, notified) = stage.at_once_from(simulator, each).await?;
    // Some of what was delivered while notifications were held back was found before; it was told of too.
    let calls = wait_for(receiver, notified.messages).await?;
    let last = calls.iter().map(|call| call.at).max().context("no call has come")?;
    let after = calls.iter().filter(|call| call.at >= began).count();
    Ok(called(&calls, after as f64 / last.saturating_duration_since(began).as_secs_f64()))
}

/// Delivers `rate` messages a second for `seconds` and waits until `live` endpoints have been told of all of them.
///
/// # Errors
/// If something fails or calls do not come.
pub async fn steadily(
    stage: &Stage,
    simulator: &Simulator,
    receiver: &Receiver,
    (rate, seconds, live): (u32, u32, usize),
) -> anyhow::Result<Called> {
    receiver.forget();
    stage.steadily(simulator, rate, seconds).await?;
    let calls = wait_for(receiver, rate as usize * seconds as usize * live).await?;
    Ok(called(&calls, f64::from(rate)))
}

async fn wait_for(receiver: &Receiver, wanted: usize) -> anyhow::Result<Vec<Call>> {
    let (mut count, mut latest) = (0, measure::now());
    loop {
        let calls = receiver.live();
        if calls.len() >= wanted {
            return Ok(calls);
        }
        if calls.len() > count {
            (count, latest) = (calls.len(), measure::now());
        }
        anyhow::ensure!(latest.elapsed() < PATIENCE, "{} of {wanted} calls have come", calls.len());
        measure::pause(Duration::from_millis(20)).await;
    }
}

fn called(calls: &[Call], rate: f64) -> Called {
    let mut latencies_ms: Vec<f64> = calls.iter().map(|call| call.after_ms).collect();
    latencies_ms.sort_by(f64::total_cmp);
    Called { calls: calls.len(), latencies_ms, rate }
}
