//! What stands behind `?`. A name that is not known is refused: a filter that is misspelt must not show everything.

use axum::extract::{FromRequestParts, Query};
use http::Uri;
use http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::answer::Paging;
use crate::failure::Failure;

/// What every list understands; the rest are its filters.
const PAGING: [&str; 3] = ["cursor", "limit", "fields"];

/// The parameters of a request. `T` should deny unknown fields.
pub struct Filters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Filters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        read(&parts.uri).map(Filters)
    }
}

/// The parameters of a list: where in it, and its filters, also as the text that a cursor is bound to.
pub struct Listed<T> {
    /// Where, how many, which fields.
    pub paging: Paging,
    /// Which objects. `T` should deny unknown fields.
    pub filters: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listed<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let (paging, mut filters): (Vec<_>, Vec<_>) = pairs.into_owned().partition(|(name, _)| PAGING.contains(&name.as_str()));
        filters.sort();
        let (paging, filters) = (query_of(&paging), query_of(&filters));
        let read_paging: Paging = read(&paging)?;
        let bound_to = filters.query().unwrap_or_default().to_owned();
        Ok(Listed { paging: read_paging.bound_to(bound_to), filters: read(&filters)? })
    }
}

fn query_of(pairs: &[(String, String)]) -> Uri {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/?{query}").parse().unwrap_or_default()
}

fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, Failure> {
    match Query::<T>::try_from_uri(uri) {
        Ok(Query(filters)) => Ok(filters),
        Err(rejection) => {
            let text = rejection.body_text();
            let said = text.trim_start_matches("Failed to deserialize query string: ");
            let action = "Look at the parameters of this address in /openapi.json.";
            Err(Failure::bad_request("parameter_unreadable", format!("A parameter cannot be read: {said}."), action))
        }
    }
}

/// A list without filters.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfiltered {}
