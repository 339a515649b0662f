//! All addresses of the API, and what stands in front of them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use crate::access::recognise;
use crate::failure::Failure;
use crate::idempotency;
use crate::openapi;
use crate::state::State;
use crate::{changes, compat, cors, embed, passthrough, routes};

/// The largest body that is read.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Every route for which somebody must be recognised, each with its part of the document.
pub(crate) fn recognised_routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(routes::workspaces::routes())
        .merge(routes::mailboxes::routes())
        .merge(routes::mailbox_settings::routes())
        .merge(routes::rules::routes())
        .merge(routes::folders::routes())
        .merge(routes::messages::routes())
        .merge(routes::instructions::routes())
        .merge(routes::sending::routes())
        .merge(routes::outbox::routes())
        .merge(routes::drafts::routes())
        .merge(routes::templates::routes())
        .merge(routes::signatures::routes())
        .merge(routes::files::routes())
        .merge(routes::tracking::routes())
        .merge(routes::threads::routes())
        .merge(routes::availability::routes())
        .merge(routes::calendars::routes())
        .merge(routes::contacts::routes())
        .merge(routes::contact_books::routes())
        .merge(routes::calendar_writing::routes())
        .merge(routes::calendar_export::routes())
        .merge(routes::calendar_feeds::routes())
        .merge(routes::search::routes())
        .merge(routes::customers::routes())
        .merge(routes::people::routes())
        .merge(routes::exclusions::routes())
        .merge(routes::keys::routes())
        .merge(routes::jobs::routes())
        .merge(routes::archives::routes())
        .merge(routes::endpoints::routes())
        .merge(routes::deliveries::routes())
        .merge(routes::hooks::routes())
        .merge(changes::routes())
        .merge(passthrough::routes())
        .merge(embed::routes())
}

/// Files that are brought: their bodies are of any size that a mail takes, and streamed, so they stand beside what reads bodies whole.
pub(crate) fn streamed_routes() -> OpenApiRouter<State> {
    routes::uploads::routes().merge(routes::contact_files::routes())
}

/// The whole API. Whoever mounts it puts a [`SignedIn`](crate::access::SignedIn) into requests that bring a session.
pub fn router(state: State) -> Router {
    let (known, _) = recognised_routes().split_for_parts();
    let known = known
        .merge(compat::routes())
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
        .route("/api/v1/{*path}", axum::routing::any(async || Failure::not_found()))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(state.clone(), idempotency::once));
    let (streamed, _) = streamed_routes().split_for_parts();
    let known = known.merge(streamed.layer(DefaultBodyLimit::disable())).layer(from_fn_with_state(state.clone(), recognise));
    Router::new()
        .route("/openapi.json", get(openapi::serve))
        .merge(known)
        .layer(from_fn_with_state(state.clone(), cors::check))
        .with_state(state)
}
