//! The door by which Microsoft reaches the product: notifications handed over in process to the product's own router.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use microsoft365_sim::Outside;
use microsoft365_sim::outside::Reply;
use tower::ServiceExt as _;

/// The address at which the product says that it can be reached.
pub const BASE: &str = "https://rapport.test";
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Leads to whichever router stands behind it.
#[derive(Clone, Default)]
pub struct Door {
    router: Arc<Mutex<Option<Router>>>,
}

impl Door {
    /// Puts another router behind the door: the product was started again.
    pub fn lead_to(&self, router: Router) {
        *self.router.lock().unwrap_or_else(PoisonError::into_inner) = Some(router);
    }
}

#[async_trait]
impl Outside for Door {
    async fn post(&self, url: &str, headers: HeaderMap, body: Bytes) -> Reply {
        let router = self.router.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let router = router.filter(|_| url.starts_with(BASE)).ok_or("nobody listens there")?;
        let mut request = Request::builder().method(Method::POST).uri(url).body(Body::from(body)).map_err(|error| error.to_string())?;
        *request.headers_mut() = headers;
        let Ok(answer) = router.oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|error| error.to_string())?;
        Ok((parts.status.as_u16(), parts.headers, body))
    }
}
