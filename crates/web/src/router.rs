//! All addresses, and what stands in front of them.
//!
//! The console and the connect flow answer only under host names of ours; health, metrics and Microsoft's notifications
//! use no cookie and answer under any.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use graph::notification;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::console::{
    archives, arrange, calendar, contacts, customers, developers, instruct, outbox, sharing, signature, templates, thread_edit,
};
use crate::failure::{Failure, as_page};
use crate::introduce::introduce;
use crate::state::State;
use crate::{assets, caller, connect, console, embed, feed, headers, health, hooks, host, measure, sign_in, tracking};

/// The whole web side of the product.
pub fn router(state: State) -> Router {
    let compressed = DefaultPredicate::new()
        .and(NotForContentType::const_new("message/rfc822"))
        .and(NotForContentType::const_new("application/octet-stream"));
    let pages = Router::new()
        .merge(sign_in_routes())
        .merge(connect_routes())
        .merge(console_routes())
        .merge(contact_routes())
        .merge(writing_routes())
        .merge(developer_routes())
        .fallback(async || Failure::not_found())
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(from_fn_with_state(state.clone(), host::check))
        .layer(from_fn_with_state(state.clone(), as_page));
    let machines = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/embed/timeline", get(embed::timeline))
        .route("/embed/part", get(embed::part))
        .route("/embed/thread", get(embed::thread))
        .route("/embed/changes", get(embed::changes))
        .route("/embed/timeline.css", get(embed::style))
        .route("/embed/timeline.js", get(embed::script))
        .route("/embed/rapport-timeline.js", get(embed::component))
        .route("/t/o/{token}", any(tracking::pixel))
        .route("/t/c/{token}", any(tracking::link))
        .route("/t/u/{token}", get(tracking::offer).post(tracking::unsubscribe))
        .route("/t/p/{token}", get(tracking::prove))
        .route("/calendar/feeds/{name}", get(feed::feed))
        .route("/hooks/microsoft/notifications", post(hooks::receive))
        .route("/hooks/microsoft/lifecycle", post(hooks::receive))
        .route("/hooks/whatsapp", get(hooks::confirm_to_whatsapp).post(hooks::receive_from_whatsapp))
        .layer(DefaultBodyLimit::max(notification::BODY_BYTES_MAX));
    let programs = api::router(state.api.clone()).layer(from_fn_with_state(state.clone(), introduce));
    let all = machines.merge(pages).with_state(state.clone()).merge(consents(&state)).merge(programs);
    all.layer(from_fn_with_state(state.clone(), headers::add)).layer(from_fn(caller::note)).layer(from_fn(measure::request))
}

/// What programs call to have a person consent: recognised like calls of the API, but it is this room that connects.
fn consents(state: &State) -> Router {
    Router::new()
        .route("/api/integrations/oauth/initiate", post(connect::initiate))
        .route("/api/integrations/oauth/initiate/", post(connect::initiate))
        .route("/api/integrations/oauth/callback", post(connect::finish))
        .route("/api/integrations/oauth/callback/", post(connect::finish))
        .layer(from_fn_with_state(state.api.clone(), api::access::recognise))
        .layer(from_fn_with_state(state.api.clone(), api::cors::check))
        .layer(from_fn_with_state(state.clone(), introduce))
        .with_state(state.clone())
}

fn sign_in_routes() -> Router<State> {
    Router::new()
        .route("/", get(async || Redirect::to("/mailboxes")))
        .route("/assets/console.css", get(assets::style))
        .route("/assets/objects.css", get(assets::objects_style))
        .route("/assets/console.js", get(assets::script))
        .route("/assets/keys.js", get(assets::keys))
        .route("/assets/live.js", get(assets::live))
        .route("/assets/trial.js", get(assets::trial))
        .route("/assets/writing.js", get(assets::writing))
        .route("/assets/contacts.js", get(assets::contacts))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/favicon.ico", get(assets::icon))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter_by_token))
        .route("/sign-out", post(sign_in::leave))
}

fn connect_routes() -> Router<State> {
    Router::new()
        .route("/auth/microsoft", get(connect::begin))
        .route("/auth/microsoft/callback", get(connect::arrive))
        .route("/auth/callback", get(connect::arrive))
        .route("/auth/google", get(connect::begin_at_google))
        .route("/auth/google/callback", get(connect::arrive_from_google))
        .route("/api/auth/microsoft/callback", get(connect::arrive))
        .route("/connected", get(connect::done))
        .route("/connect", get(console::connect))
        .route("/connect/shared", post(connect::submit))
}

fn developer_routes() -> Router<State> {
    Router::new()
        .route("/developers", get(developers::overview))
        .route("/developers/api", get(developers::trial))
        .route("/developers/keys", get(developers::keys).post(developers::create_key))
        .route("/developers/keys/{id}/revoke", post(developers::revoke_key))
        .route("/developers/endpoints", get(developers::endpoints).post(developers::make))
        .route("/developers/endpoints/new", get(developers::make_page))
        .route("/developers/endpoints/{id}", get(developers::endpoint))
        .route("/developers/endpoints/{id}/change", get(developers::change_page).post(developers::change))
        .route("/developers/endpoints/{id}/test", post(developers::send_test))
        .route("/developers/endpoints/{id}/pause", post(developers::pause))
        .route("/developers/endpoints/{id}/resume", post(developers::resume))
        .route("/developers/endpoints/{id}/rotate", post(developers::rotate))
        .route("/developers/endpoints/{id}/replay", post(developers::replay))
        .route("/developers/endpoints/{id}/remove", post(developers::remove))
        .route("/developers/deliveries/{id}", get(developers::delivery))
        .route("/developers/deliveries/{id}/repeat", post(developers::repeat))
}

fn console_routes() -> Router<State> {
    Router::new()
        .route("/mailboxes", get(console::mailboxes))
        .route("/mailboxes/live", get(console::mailboxes_live))
        .route("/mailboxes/{id}", get(console::mailbox))
        .route("/mailboxes/{id}/live", get(console::mailbox_live))
        .route("/mailboxes/{id}/folders", get(console::folders).post(arrange::make_folder))
        .route("/mailboxes/{id}/folders/live", get(console::folders_live))
        .route("/folders/{id}/change", get(arrange::folder))
        .route("/folders/{id}/rename", post(arrange::rename_folder))
        .route("/folders/{id}/move", post(arrange::move_folder))
        .route("/folders/{id}/delete", post(arrange::delete_folder))
        .route("/mailboxes/{id}/rules", get(arrange::rules).post(arrange::make_rule))
        .route("/mailboxes/{id}/rules/change", post(arrange::change_rule))
        .route("/mailboxes/{id}/settings", get(arrange::settings).post(arrange::set))
        .route("/mailboxes/{id}/settings/reply", get(arrange::reply))
        .route("/mailboxes/{id}/check", post(console::check_now))
        .route("/mailboxes/{id}/audit", post(console::audit_now))
        .route("/mailboxes/{id}/disconnect", post(connect::disconnect))
        .route("/messages/{id}", get(console::message))
        .route("/messages/{id}/standing", get(instruct::live))
        .route("/messages/{id}/instruct", post(instruct::instruct))
        .route("/mailboxes/{id}/change", get(instruct::many).post(instruct::begin))
        .route("/mailboxes/{id}/change/live", get(instruct::many_live))
        .route("/messages/{id}/body", get(console::body))
        .route("/messages/{id}/attachment", get(console::download))
        .route("/messages/{id}/inline", get(console::inline))
        .route("/messages/{id}/original", get(console::original))
        .route("/calendar", get(calendar::calendar))
        .route("/calendar/live", get(calendar::live))
        .route("/calendar/new", get(calendar::new_page).post(calendar::make))
        .route("/calendar/events/{id}/cancel", get(calendar::cancel_page))
        .route("/calendar/events/{id}/act", post(calendar::act))
        .route("/calendar/events/{id}/change", get(calendar::change_page).post(calendar::change))
        .route("/calendar/events/{id}/propose", get(calendar::propose_page).post(calendar::propose))
        .route("/calendar/feeds", post(calendar::make_feed))
        .route("/calendar/feeds/{id}/act", post(calendar::act_on_feed))
        .route("/customers", get(customers::customers))
        .route("/customers/exclusions", get(sharing::exclusions).post(sharing::exclude))
        .route("/customers/exclusions/remove", post(sharing::include))
        .route("/mailboxes/{id}/visibility", post(sharing::set_visibility))
        .route("/customers/{id}", get(customers::customer))
        .route("/customers/{id}/name", post(customers::rename))
        .route("/customers/{id}/domains", post(customers::add_domain))
        .route("/customers/{id}/domains/remove", post(customers::remove_domain))
        .route("/customers/{id}/merge", get(customers::merge_page).post(customers::merge))
        .route("/people/{id}", get(customers::person))
        .route("/people/{id}/name", post(customers::rename_person))
        .route("/people/{id}/customer", get(customers::place_page).post(customers::place))
        .route("/threads/{id}/filing", get(customers::filing_page).post(customers::file))
        .route("/threads/{id}/filing/rules", post(customers::follow_rules))
        .route("/threads", get(console::threads))
        .route("/threads/{id}", get(console::thread))
        .route("/threads/{id}/live", get(console::thread_live))
        .route("/threads/{id}/about", get(console::thread_about))
        .route("/threads/{id}/join", get(thread_edit::join_page).post(thread_edit::join))
        .route("/threads/{id}/split", post(thread_edit::split))
        .route("/threads/{id}/undo", post(thread_edit::undo))
        .route("/archives", get(archives::archives).post(archives::start))
        .route("/archives/{id}", get(archives::archive))
        .route("/archives/{id}/live", get(archives::live))
        .route("/archives/{id}/manifest", get(archives::manifest))
        .route("/archives/{id}/cancel", post(archives::cancel))
        .route("/archives/{id}/resume", post(archives::resume))
        .route("/search", get(console::search))
        .route("/activity", get(console::activity))
        .route("/audit", get(console::audit))
}

fn contact_routes() -> Router<State> {
    Router::new()
        .route("/contacts", get(contacts::contacts))
        .route("/contacts/sources/live", get(contacts::sources_live))
        .route("/contacts/region", post(contacts::set_region))
        .route("/contacts/books/{id}/sync", post(contacts::sync_now))
        .route("/contacts/syncs/{id}", get(contacts::sync))
        .route("/contacts/syncs/{id}/live", get(contacts::sync_live))
        .route("/contacts/review", get(contacts::review))
        .route("/contacts/join", post(contacts::join))
        .route("/contacts/keep-apart", post(contacts::keep_apart))
        .route("/contacts/{id}", get(contacts::contact))
        .route("/contacts/{id}/name", post(contacts::name))
        .route("/contacts/{id}/part", post(contacts::part))
        .route("/contacts/{id}/take-back", post(contacts::take_back))
        .route("/contacts/{id}/photo", get(contacts::photo))
        .route("/contacts/{id}/write-back", post(contacts::write_back))
}

fn writing_routes() -> Router<State> {
    Router::new()
        .route("/outbox", get(outbox::outbox))
        .route("/outbox/live", get(outbox::outbox_live))
        .route("/outbox/{id}", get(outbox::outgoing))
        .route("/outbox/{id}/live", get(outbox::outgoing_live))
        .route("/tracking", get(outbox::tracking).post(outbox::set_tracking))
        .route("/outbox/{id}/cancel", post(outbox::cancel))
        .route("/outbox/{id}/resolve", post(outbox::resolve))
        .route("/compose", get(outbox::compose).post(outbox::send))
        .route("/compose/fill", post(outbox::fill))
        .route("/compose/look", post(outbox::look))
        .route("/drafts", get(outbox::drafts))
        .route("/drafts/live", get(outbox::drafts_live))
        .route("/messages/{id}/send", post(outbox::send_draft))
        .route("/templates", get(templates::templates).post(templates::make))
        .route("/templates/new", get(templates::make_page))
        .route("/templates/{id}", get(templates::template).post(templates::change))
        .route("/templates/{id}/look", get(templates::look))
        .route("/templates/{id}/remove", post(templates::remove))
        .route("/mailboxes/{id}/signature", get(signature::signature).post(signature::set))
        .route("/mailboxes/{id}/signature/look", get(signature::look))
}

/// Serves until `stop` is done; requests then under way are finished. Each request knows where it comes from, which the
/// loopback rule and the limits on attempts need.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, state: State, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let waiting = state.api.waiting.clone();
    let stop = async move {
        stop.await;
        waiting.close();
    };
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
