//! The object that an address names: an id in the path, or nothing at that address.

use axum::extract::{FromRequestParts, Path};
use base::Id;
use base::id::Noun;
use http::request::Parts;

use crate::failure::Failure;
use crate::state::State;

/// The id in the path.
pub struct Named<N>(pub Id<N>);

impl<N: Noun> FromRequestParts<State> for Named<N> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
        text.parse().map(Named).map_err(|_| Failure::not_found())
    }
}
