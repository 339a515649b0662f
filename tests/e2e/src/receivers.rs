//! Receivers of webhooks in the same process: what they answer is drawn from a seed, and what they hear is kept.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use outbound::{Answer, Call, Caller, Miss};
use serde_json::Value;

use crate::random::Random;

/// One call that arrived, whatever became of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which receiver: the path of its address.
    pub receiver: String,
    /// The delivery.
    pub id: String,
    /// The stream.
    pub partition: String,
    /// The place in it.
    pub sequence: i64,
    /// The event's number in the ledger.
    pub event: i64,
    /// Whether the caller was told that it was taken.
    pub taken: bool,
}

/// All receivers of a world.
#[derive(Clone, Debug)]
pub struct Receivers {
    heard: Arc<Mutex<Vec<Heard>>>,
    random: Arc<Mutex<Random>>,
    calm: Arc<Mutex<bool>>,
}

/// What becomes of a call.
enum Fate {
    Taken,
    AnswerLost,
    NeverArrived,
    Refused(u16),
}

/// Below this path nobody ever answers.
pub const DEAD: &str = "/dead";
/// Below this path what [`is_poison`] says is always refused.
pub const POISONED: &str = "/poisoned";
/// Below this path everything is taken, always.
pub const STEADY: &str = "/steady";

/// Events that the poisoned receiver can never take.
pub fn is_poison(event: i64) -> bool {
    event % 13 == 0
}

impl Receivers {
    /// Stormy ones.
    pub fn seeded(seed: u64) -> Self {
        Receivers { heard: Arc::default(), random: Arc::new(Mutex::new(Random::seeded(seed))), calm: Arc::default() }
    }

    /// From now on, whoever can take something takes it.
    pub fn calm_down(&self) {
        *self.calm.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Everything that arrived so far, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fate(&self, receiver: &str, event: i64) -> Fate {
        if receiver == DEAD {
            return Fate::NeverArrived;
        }
        if receiver == POISONED && is_poison(event) {
            return Fate::Refused(422);
        }
        if receiver == STEADY || *self.calm.lock().unwrap_or_else(PoisonError::into_inner) {
            return Fate::Taken;
        }
        match self.random.lock().unwrap_or_else(PoisonError::into_inner).below(10) {
            0 => Fate::AnswerLost,
            1 => Fate::NeverArrived,
            2 => Fate::Refused(503),
            3 => Fate::Refused(429),
            _ => Fate::Taken,
        }
    }
}

#[async_trait]
impl Caller for Receivers {
    async fn call(&self, call: Call) -> Result<Answer, Miss> {
        // Others get a turn while an answer is under way, as with a real connection.
        tokio::task::yield_now().await;
        let body: Value = serde_json::from_slice(&call.body).expect("a webhook is JSON");
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let event = text("id").parse().unwrap_or_default();
        let receiver = call.url.path().to_owned();
        let fate = self.fate(&receiver, event);
        if !matches!(fate, Fate::NeverArrived) {
            let id = call.headers.iter().find(|(name, _)| *name == "webhook-id").map(|(_, id)| id.clone()).unwrap_or_default();
            let (partition, sequence) = (text("partitionkey"), text("sequence").parse().unwrap_or_default());
            let heard = Heard { receiver, id, partition, sequence, event, taken: matches!(fate, Fate::Taken) };
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
        }
        match fate {
            Fate::Taken => Ok(Answer { status: 200, ..Answer::default() }),
            Fate::AnswerLost => Err(Miss::Broken),
            Fate::NeverArrived => Err(Miss::Timeout),
            Fate::Refused(429) => Ok(Answer { status: 429, retry_after: Some("30".to_owned()), ..Answer::default() }),
            Fate::Refused(status) => Ok(Answer { status, ..Answer::default() }),
        }
    }
}
