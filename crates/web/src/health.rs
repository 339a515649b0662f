//! For machines: alive, ready, metrics.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use store::workspace;

use crate::state::State;

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body.to_string()).into_response()
}

/// `GET /healthz`: the process answers.
pub async fn alive() -> Response {
    answer(StatusCode::OK, &json!({ "status": "alive" }))
}

/// `GET /readyz`: the database answers and its schema is this program's, which is checked when it is opened.
pub async fn ready(Given(state): Given<State>) -> Response {
    match workspace::list(&state.db).await {
        Ok(_) => {
            answer(StatusCode::OK, &json!({ "status": "ready", "database": state.db.engine_name(), "schema": store::Db::schema_version() }))
        }
        Err(error) => {
            tracing::warn!(error = %error, "Not ready: the database does not answer");
            answer(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready", "reason": "the database does not answer" }))
        }
    }
}

/// `GET /metrics`: Prometheus' text form.
pub async fn metrics(Given(state): Given<State>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], (state.metrics)()).into_response()
}
