//! Ids in a path. A text that is no id of the wanted noun names nothing: 404, like an id that is not there.

use axum::extract::{FromRequestParts, Path};
use base::Id;
use base::id::Noun;
use http::request::Parts;

use crate::failure::Failure;

/// The one id in the path.
pub struct Named<N>(pub Id<N>);

impl<S: Send + Sync, N: Noun> FromRequestParts<S> for Named<N> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
        text.parse().map(Named).map_err(|_| Failure::not_found())
    }
}

/// An id in the path, and what stands behind it: an id of ours or a name of another's.
pub struct NamedPair<N>(pub Id<N>, pub String);

impl<S: Send + Sync, N: Noun> FromRequestParts<S> for NamedPair<N> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path((text, rest)) = Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
        text.parse().map(|id| NamedPair(id, rest)).map_err(|_| Failure::not_found())
    }
}
