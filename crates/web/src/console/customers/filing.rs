//! Where a thread is filed: changed by hand, which no rule changes any more, or given back to the rules.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::html;
use model::id::{CustomerId, Thread as ThreadNoun, ThreadId};
use serde_json::json;
use store::filing as rows;

use crate::console::customers::choose::{self, Asked, chosen};
use crate::console::customers::list::name;
use crate::console::deed::perform;
use crate::console::named::Named;
use crate::console::thread_edit::find;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::long;
use crate::view::frame::{self, Part};
use crate::view::message_list::subject_seen;
use crate::visitor::{Visitor, VisitorForm};

/// `GET /threads/{id}/filing[?q=]`: how it is filed, and what can be done about it.
pub async fn filing_page(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<ThreadNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let found = find(&state, &visitor, id).await?;
    let filed = &found.customers;
    let by_hand = rows::by_hand_of(&state.db, &[id]).await?.pop();
    let path = format!("/threads/{id}/filing");
    let main = html! {
        div.heading {
            p.crumb { a href="/threads" { "Threads" } " / " a href={ "/threads/" (id) } dir="auto" { (subject_seen(found.subject.as_deref())) } }
            h1 { "Where is this thread filed?" }
        }
        section.panel {
            @if filed.is_empty() { p { "Under no customer." } }
            @for filed in filed { p dir="auto" { a href={ "/customers/" (filed.customer) } { (name(&filed.name)) } ": " (filed.because) "." } }
            @if let Some(hand) = &by_hand {
                p.hint { "Filed by hand by " (hand.actor) " on " (long(hand.filed_at)) ". New mail does not change it." }
            } @else { p.hint { "By the rules, which look at it again with each new message." } }
            div.actions {
                @if by_hand.is_some() {
                    form method="post" action={ (path) "/rules" } { (frame::key(&visitor.csrf)) button.quiet type="submit" { "Back to the rules" } }
                }
                @if !filed.is_empty() {
                    form method="post" action=(path) { (frame::key(&visitor.csrf)) input type="hidden" name="nowhere" value="yes";
                        button.quiet type="submit" { "File it nowhere" } }
                }
            }
        }
        h2.part-title { "File it under another customer" }
        (choose::list(&state, &visitor, &asked, &path, None, "File here").await?)
    };
    Ok(Html(frame::signed_in("Filing", Part::Threads, &visitor, &main).into_string()))
}

/// `POST /threads/{id}/filing`: under `customer`, or `nowhere`.
pub async fn file(Given(state): Given<State>, Named(id): Named<ThreadNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let customers: Vec<CustomerId> = if form.fields.text("nowhere").is_empty() { vec![chosen(&form)?] } else { Vec::new() };
    let by = &form.by;
    find(&state, by, id).await?;
    let statements = rows::file(by.workspace, id, &customers, &by.actor, state.clock.now());
    let names: Vec<String> = customers.iter().map(ToString::to_string).collect();
    perform(&state, by, ("thread.file", id.to_string()), json!({ "customers": names }), statements).await?;
    Ok(back(id))
}

/// `POST /threads/{id}/filing/rules`.
pub async fn follow_rules(Given(state): Given<State>, Named(id): Named<ThreadNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let by = &form.by;
    find(&state, by, id).await?;
    let statements = rows::follow_rules(by.workspace, id, &by.actor, state.clock.now());
    perform(&state, by, ("thread.follow_rules", id.to_string()), json!({}), statements).await?;
    Ok(back(id))
}

fn back(id: ThreadId) -> Response {
    Redirect::to(&format!("/threads/{id}")).into_response()
}
