//! The style sheets, the scripts and the icon, compiled in. Plain files: what is served is what stands here.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

const SCRIPT: &str = "text/javascript; charset=utf-8";

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (headers, text).into_response()
}

/// `GET /assets/console.css`.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("assets/console.css"))
}

/// `GET /assets/objects.css`.
pub async fn objects_style() -> Response {
    asset("text/css; charset=utf-8", include_str!("assets/objects.css"))
}

/// `GET /assets/console.js`.
pub async fn script() -> Response {
    asset(SCRIPT, include_str!("assets/console.js"))
}

/// `GET /assets/keys.js`.
pub async fn keys() -> Response {
    asset(SCRIPT, include_str!("assets/keys.js"))
}

/// `GET /assets/trial.js`.
pub async fn trial() -> Response {
    asset(SCRIPT, include_str!("assets/trial.js"))
}

/// `GET /assets/live.js`.
pub async fn live() -> Response {
    asset(SCRIPT, include_str!("assets/live.js"))
}

/// `GET /assets/writing.js`.
pub async fn writing() -> Response {
    asset(SCRIPT, include_str!("assets/writing.js"))
}

/// `GET /assets/contacts.js`.
pub async fn contacts() -> Response {
    asset(SCRIPT, include_str!("assets/contacts.js"))
}

/// `GET /assets/icon.svg`.
pub async fn icon() -> Response {
    asset("image/svg+xml", include_str!("assets/icon.svg"))
}
