//! The style sheet, the script and the icon, compiled in.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (headers, text).into_response()
}

/// `GET /assets/console.css`.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("assets/console.css"))
}

/// `GET /assets/console.js`.
pub async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("assets/console.js"))
}

/// `GET /assets/icon.svg`.
pub async fn icon() -> Response {
    asset("image/svg+xml", include_str!("assets/icon.svg"))
}
