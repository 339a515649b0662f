//! What can be changed about a customer by hand: its name, its domains, that it is the same as another.

use axum::extract::{Query, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::html;
use model::id::{Customer as CustomerNoun, CustomerId};
use serde_json::json;
use store::customer as rows;

use crate::console::customers::choose::{self, Asked, chosen};
use crate::console::customers::customer::find;
use crate::console::customers::domain;
use crate::console::customers::list::name;
use crate::console::deed::{perform, wrong_field};
use crate::console::named::Named;
use crate::failure::Failure;
use crate::state::State;
use crate::view::frame::{self, Part};
use crate::visitor::{Visitor, VisitorForm};

/// The longest name.
pub const NAME_CHARACTERS_MAX: usize = 200;

/// `POST /customers/{id}/name`.
pub async fn rename(Given(state): Given<State>, Named(id): Named<CustomerNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let name = name_in(&form)?;
    find(&state, &form.by, id).await?;
    let statements = rows::rename(form.by.workspace, id, name, state.clock.now());
    perform(&state, &form.by, ("customer.rename", id.to_string()), json!({}), statements).await?;
    Ok(back(id))
}

/// The name in a form.
///
/// # Errors
/// 400 for none or a very long one.
pub fn name_in(form: &VisitorForm) -> Result<&str, Failure> {
    let name = form.fields.text("name");
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        let detail = format!("A name has 1 to {NAME_CHARACTERS_MAX} characters.");
        return Err(wrong_field("That name cannot be used.", detail, "Go back and type another."));
    }
    Ok(name)
}

/// `POST /customers/{id}/domains`.
pub async fn add_domain(Given(state): Given<State>, Named(id): Named<CustomerNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let domain = domain::read(form.fields.text("domain"))?;
    let by = &form.by;
    find(&state, by, id).await?;
    let statements = rows::add_domain(by.workspace, id, &domain, &by.actor, state.clock.now());
    perform(&state, by, ("customer.add_domain", id.to_string()), json!({ "domain": domain }), statements).await?;
    Ok(back(id))
}

/// `POST /customers/{id}/domains/remove`.
pub async fn remove_domain(Given(state): Given<State>, Named(id): Named<CustomerNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let domain = domain::read(form.fields.text("domain"))?;
    let by = &form.by;
    find(&state, by, id).await?;
    let statements = rows::remove_domain(by.workspace, id, &domain, &by.actor, state.clock.now());
    perform(&state, by, ("customer.remove_domain", id.to_string()), json!({ "domain": domain }), statements).await?;
    Ok(back(id))
}

/// `GET /customers/{id}/merge[?q=]`: which customer it is the same as.
pub async fn merge_page(
    Given(state): Given<State>,
    visitor: Visitor,
    Named(id): Named<CustomerNoun>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    let found = find(&state, &visitor, id).await?;
    let path = format!("/customers/{id}/merge");
    let title = name(&found.name);
    let main = html! {
        div.heading {
            p.crumb { a href="/customers" { "Customers" } " / " a href={ "/customers/" (id) } dir="auto" { (title) } }
            h1 { "The same as which customer?" }
            p.summary { "Its people, domains and threads become the other's, whose name stays. Links to this page lead there." }
        }
        (choose::list(&state, &visitor, &asked, &path, Some(id), "Merge into this").await?)
    };
    Ok(Html(frame::signed_in("Merge", Part::Customers, &visitor, &main).into_string()))
}

/// `POST /customers/{id}/merge`.
pub async fn merge(Given(state): Given<State>, Named(id): Named<CustomerNoun>, form: VisitorForm) -> Result<Response, Failure> {
    let into = chosen(&form)?;
    let by = &form.by;
    find(&state, by, id).await?;
    find(&state, by, into).await?;
    let statements = rows::merge(by.workspace, id, into, &by.actor, state.clock.now());
    perform(&state, by, ("customer.merge", id.to_string()), json!({ "into": into.to_string() }), statements).await?;
    Ok(back(into))
}

fn back(id: CustomerId) -> Response {
    Redirect::to(&format!("/customers/{id}")).into_response()
}
