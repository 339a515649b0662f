//! How many may wait at the same time: places are counted for everybody and for each asker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Problem;
use http::StatusCode;
use tokio::sync::watch;

use crate::failure::Failure;

/// Who may wait at the same time, all together.
const ALL_MAX: usize = 2_000;
/// How often one asker may wait at the same time.
const EACH_MAX: usize = 20;

/// The places at which somebody waits. Clones share them.
#[derive(Clone, Default)]
pub struct Connections {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    closing: Arc<watch::Sender<bool>>,
}

/// A place; given back when dropped.
pub struct Place {
    connections: Connections,
    closing: watch::Receiver<bool>,
    asker: String,
}

impl Place {
    /// Returns when the server is about to stop and nobody should wait any more.
    pub async fn closing(&self) {
        if self.closing.clone().wait_for(|closing| *closing).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Connections {
    /// Has everybody go: the server is about to stop.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Takes a place.
    ///
    /// # Errors
    /// 429 if the asker has too many, 503 if all are taken.
    pub fn take(&self, asker: &str) -> Result<Place, Failure> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= ALL_MAX {
            return Err(refused(StatusCode::SERVICE_UNAVAILABLE, &format!("{ALL_MAX} wait here already.")));
        }
        let own = taken.entry(asker.to_owned()).or_default();
        if *own >= EACH_MAX {
            return Err(refused(StatusCode::TOO_MANY_REQUESTS, &format!("You wait here {EACH_MAX} times already.")));
        }
        *own += 1;
        Ok(Place { connections: self.clone(), closing: self.closing.subscribe(), asker: asker.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.connections.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.asker) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.asker);
            }
        }
    }
}

fn refused(status: StatusCode, detail: &str) -> Failure {
    let problem = Problem::new("too_many_waiting", "Too many are waiting for changes.", detail, "Close some, or ask without `wait`.");
    Failure::new(status, problem).retryable(Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asker_has_twenty_places_and_gets_each_back() {
        let connections = Connections::default();
        let mut places: Vec<Place> = (0..EACH_MAX).map(|_| connections.take("anna").expect("a place")).collect();
        assert_eq!(connections.take("anna").map(drop).expect_err("none is left").status, StatusCode::TOO_MANY_REQUESTS);
        assert!(connections.take("bo").is_ok());
        places.pop();
        assert!(connections.take("anna").is_ok());
    }
}
