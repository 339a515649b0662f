//! The body of a request that changes something: JSON of a bounded size, read strictly.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use base::Problem;
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// A body read from JSON. `T` should deny unknown fields.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        Json::<T>::from_request(request, state).await.map(|Json(body)| Body(body)).map_err(|rejection| refusal(&rejection))
    }
}

fn refusal(rejection: &JsonRejection) -> Failure {
    let text = rejection.body_text();
    match rejection {
        JsonRejection::MissingJsonContentType(_) => Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::new(
                "not_json",
                "The body is not said to be JSON.",
                "There is no `Content-Type: application/json`.",
                "Send that header with a JSON body.",
            ),
        ),
        JsonRejection::JsonDataError(_) => {
            let said = text.trim_start_matches("Failed to deserialize the JSON body into the target type: ");
            Failure::unprocessable(
                "field_unreadable",
                "A field of the body cannot be right.",
                format!("{said}."),
                "Look at this address in /openapi.json.",
            )
        }
        JsonRejection::JsonSyntaxError(_) => {
            let said = text.trim_start_matches("Failed to parse the request body as JSON: ");
            Failure::bad_request("json_unreadable", format!("The body is not JSON: {said}."), "Send one JSON object.")
        }
        _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Problem::new("body_too_large", "The body is too large.", "A request may hold 1 MiB.", "Send less at once."),
        ),
        _ => Failure::bad_request("body_unreadable", "The body broke off before its end.", "Send it again."),
    }
}
