//! What is notified: how long a message takes from its notification to the ledger, and how many come through when they
//! come as fast as they can.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::measure;
use crate::mirror::Mirror;
use crate::product::Product;
use crate::relay::Relay;
use crate::simulator::Simulator;

/// How often the ledger is looked at: what is measured is late by half of it on average.
const LOOK: Duration = Duration::from_millis(2);
/// After this long without anything new, what is missing does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The product with many mailboxes, all live and subscribed.
#[derive(Debug)]
pub struct Stage {
    product: Product,
    relay: Relay,
    mirror: Mirror,
    mailboxes: Vec<String>,
}

/// What a run of notifications came to.
#[derive(Clone, Debug)]
pub struct Notified {
    /// Messages that came into the ledger.
    pub messages: usize,
    /// Times from arrival to the ledger, in milliseconds, sorted: of those whose own notification arrived first. The others
    /// were found by a pull that another message's notification had started.
    pub latencies_ms: Vec<f64>,
    /// From the first arrival to the last message in the ledger, in seconds.
    pub seconds: f64,
    /// CPU time of the product for all of it, in seconds.
    pub cpu_seconds: f64,
}

impl Notified {
    /// The time that this share of the messages did not exceed, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.latencies_ms.len().saturating_sub(1);
        self.latencies_ms.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// Messages in a second.
    pub fn rate(&self) -> f64 {
        self.messages as f64 / self.seconds
    }
}

impl Stage {
    /// Connects `count` mailboxes and waits until notifications of all of them are on.
    ///
    /// # Errors
    /// If something fails or does not end.
    pub async fn set(simulator: &Simulator, count: usize, port: u16) -> anyhow::Result<Self> {
        let mailboxes: Vec<String> = (0..count).map(|number| format!("person{number}@contoso.example")).collect();
        for mailbox in &mailboxes {
            simulator.create_mailbox(mailbox, 5).await?;
        }
        let relay = Relay::start(format!("http://127.0.0.1:{port}")).await?;
        let notification_url = format!("{}/hooks/microsoft/notifications", relay.url);
        let product = Product::start(simulator, &mailboxes, port, Some(&notification_url)).await?;
        let mirror = product.mirror()?;
        let began = measure::now();
        loop {
            measure::pause(Duration::from_millis(100)).await;
            let progress = mirror.progress()?;
            let wanted = count as u64;
            if progress.live >= wanted && progress.subscriptions >= wanted && progress.decided >= progress.head {
                break;
            }
            anyhow::ensure!(began.elapsed() < PATIENCE * 4, "the mailboxes are not all live: {progress:?}");
        }
        Ok(Stage { product, relay, mirror, mailboxes })
    }

    /// Delivers `rate` messages a second for `seconds`, spread over all mailboxes.
    ///
    /// # Errors
    /// If something fails or messages do not come.
    pub async fn steadily(&self, simulator: &Simulator, rate: u32, seconds: u32) -> anyhow::Result<Notified> {
        self.calm_down().await?;
        self.relay.forget();
        let (from, cpu) = (self.mirror.head()?, measure::cpu_time(self.product.pid())?);
        let wanted = u64::from(rate) * u64::from(seconds);
        let began = measure::now();
        let deliveries = async {
            for number in 0..wanted {
                let due = began + Duration::from_secs_f64(number as f64 / f64::from(rate));
                measure::pause(due.saturating_duration_since(measure::now())).await;
                simulator.deliver(&self.mailboxes[number as usize % self.mailboxes.len()], number).await?;
            }
            anyhow::Ok(())
        };
        let (delivered, seen) = tokio::join!(deliveries, self.watch(from, wanted));
        delivered?;
        self.notified(&seen?, cpu)
    }

    /// Delivers `each` messages to every mailbox while notifications are held back, then lets them all go at once.
    ///
    /// # Errors
    /// If something fails or messages do not come.
    pub async fn at_once(&self, simulator: &Simulator, each: u64) -> anyhow::Result<Notified> {
        self.at_once_from(simulator, each).await.map(|(_, notified)| notified)
    }

    /// As [`Stage::at_once`], and says when the first notification arrived.
    ///
    /// # Errors
    /// If something fails or messages do not come.
    pub async fn at_once_from(&self, simulator: &Simulator, each: u64) -> anyhow::Result<(Instant, Notified)> {
        const HELD_SECONDS: u64 = 600;
        self.calm_down().await?;
        self.relay.forget();
        let from = self.mirror.head()?;
        simulator.delay_notifications(HELD_SECONDS).await?;
        for round in 0..each {
            let mut deliveries = JoinSet::new();
            for (place, mailbox) in self.mailboxes.iter().enumerate() {
                let number = 1_000_000 + round * self.mailboxes.len() as u64 + place as u64;
                let (simulator, mailbox) = (simulator.clone(), mailbox.clone());
                deliveries.spawn(async move { simulator.deliver(&mailbox, number).await });
            }
            while let Some(delivered) = deliveries.join_next().await {
                delivered??;
            }
        }
        let (early, from) = self.mirror.received_after(from)?;
        let cpu = measure::cpu_time(self.product.pid())?;
        simulator.advance(HELD_SECONDS).await?;
        // What comes later is notified at once again.
        simulator.delay_notifications(0).await?;
        let seen = self.watch(from, each * self.mailboxes.len() as u64 - early.len() as u64).await?;
        let first = self.relay.arrivals().values().min().copied().context("no notification has arrived")?;
        Ok((first, self.notified(&seen, cpu)?))
    }

    /// The product's address.
    pub fn url(&self) -> &str {
        &self.product.url
    }

    /// Waits until nothing that was notified is being looked for any more, and every consumer has decided on all of it: what
    /// is measured next shall not wait for what came before.
    async fn calm_down(&self) -> anyhow::Result<()> {
        let began = measure::now();
        loop {
            let (hints, progress) = (self.mirror.hints()?, self.mirror.progress()?);
            if hints == 0 && progress.decided >= progress.head {
                break;
            }
            measure::pause(Duration::from_millis(100)).await;
            anyhow::ensure!(began.elapsed() < PATIENCE, "{hints} hints are never followed, {progress:?}");
        }
        measure::pause(Duration::from_secs(1)).await;
        Ok(())
    }

    /// Looks at the ledger until `wanted` messages have come after event `from`; says when each was first seen.
    async fn watch(&self, from: i64, wanted: u64) -> anyhow::Result<HashMap<String, Instant>> {
        let mut seen = HashMap::new();
        let (mut after, mut latest) = (from, measure::now());
        while (seen.len() as u64) < wanted {
            measure::pause(LOOK).await;
            if self.mirror.head()? == after {
                anyhow::ensure!(latest.elapsed() < PATIENCE, "{} of {wanted} notified messages have come", seen.len());
                continue;
            }
            let (received, last) = self.mirror.received_after(after)?;
            (after, latest) = (last, measure::now());
            seen.extend(received.into_iter().map(|id| (id, latest)));
        }
        Ok(seen)
    }

    fn notified(&self, seen: &HashMap<String, Instant>, cpu: Duration) -> anyhow::Result<Notified> {
        let arrivals = self.relay.arrivals();
        let waited =
            |(id, at): (&String, &Instant)| at.checked_duration_since(*arrivals.get(id)?).map(|waited| waited.as_secs_f64() * 1000.0);
        let mut latencies_ms: Vec<f64> = seen.iter().filter_map(waited).collect();
        latencies_ms.sort_by(f64::total_cmp);
        let first = arrivals.values().min().context("no notification has arrived")?;
        let last = seen.values().max().context("no message has come")?;
        let cpu_seconds = (measure::cpu_time(self.product.pid())? - cpu).as_secs_f64();
        Ok(Notified { messages: seen.len(), latencies_ms, seconds: last.saturating_duration_since(*first).as_secs_f64(), cpu_seconds })
    }

    /// The most memory that the product has held.
    ///
    /// # Errors
    /// If it is gone.
    pub fn peak_memory_bytes(&self) -> anyhow::Result<u64> {
        measure::peak_memory_bytes(self.product.pid())
    }

    /// Ends the product.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn strike(self) -> anyhow::Result<()> {
        self.product.stop().await
    }
}
