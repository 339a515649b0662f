//! Counts requests by route, method and status. Never by address: addresses hold ids.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics::counter;

/// Counts one request.
pub async fn request(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let response = next.run(request).await;
    counter!("rapport_http_requests_total", "route" => route, "method" => method, "status" => response.status().as_u16().to_string())
        .increment(1);
    response
}
