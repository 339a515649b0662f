//! `/api/v1/deliveries`: one delivery, and having it repeated.

use axum::extract::State as Given;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::Asker;
use crate::answer::{self, Conditions, Fields};
use crate::asked::{Filters, Named};
use crate::failure::Failure;
use crate::state::State;
use crate::{endpoints, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(replay))
}

/// A delivery
///
/// With its calls and what came of them.
#[utoipa::path(get, path = "/api/v1/deliveries/{delivery}", operation_id = "getDelivery", tag = "Webhooks",
    params(("delivery" = view::id::DeliveryId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Delivery)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Delivery>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Fields::read::<view::Delivery>(picking.fields.as_deref())?;
    let found = endpoints::find_delivery(&state, &asker, id).await?;
    Ok(answer::one(&view::Delivery::of(found), &fields, &conditions))
}

/// Repeat a delivery
///
/// A new delivery about the same event, marked `replay`, behind everything that the endpoint is still to be told.
#[utoipa::path(post, path = "/api/v1/deliveries/{delivery}/replay", operation_id = "replayDelivery", tag = "Webhooks",
    params(("delivery" = view::id::DeliveryId, Path, description = "Its id.")),
    responses((status = 201, description = "The new delivery.", body = view::Delivery)))]
async fn replay(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Delivery>) -> Result<Response, Failure> {
    let new = endpoints::replay(&state, &asker, id).await?;
    Ok(answer::created(&new, &format!("/api/v1/deliveries/{}", new.id)))
}
