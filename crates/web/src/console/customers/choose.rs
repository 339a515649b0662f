//! Choosing a customer: a field that filters, and a button at each of the customers found.

use maud::{Markup, html};
use model::id::CustomerId;
use serde::Deserialize;

use crate::console::customers::list::{self, domains, name};
use crate::console::deed::wrong_field;
use crate::failure::Failure;
use crate::state::State;
use crate::view::format::counted;
use crate::view::frame;
use crate::visitor::{Visitor, VisitorForm};

/// Customers to choose from.
const SHOWN: u32 = 20;

/// What is looked for.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// The customer that a form names.
///
/// # Errors
/// 400 if it names none.
pub fn chosen(form: &VisitorForm) -> Result<CustomerId, Failure> {
    let no_customer = |_| wrong_field("No customer was chosen.", "The form names none.", "Go back and choose one.");
    form.fields.text("customer").parse().map_err(no_customer)
}

/// The list, all but `without`; choosing one sends `customer` to `path`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    state: &State,
    by: &Visitor,
    asked: &Asked,
    path: &str,
    without: Option<CustomerId>,
    button: &str,
) -> Result<Markup, Failure> {
    let wanted = asked.q.trim();
    let found = list::read(state, by, wanted, None, SHOWN).await?;
    Ok(html! {
        form.wide-search role="search" action=(path) method="get" {
            label.hidden for="q" { "Name or domain begins with" }
            input #q type="search" name="q" value=(wanted) placeholder="Name or domain begins with" autocomplete="off";
            button.quiet type="submit" { "Find" }
        }
        ul.joins { @for customer in found.iter().filter(|customer| Some(customer.id) != without) {
            li {
                span {
                    a href={ "/customers/" (customer.id) } dir="auto" { (name(&customer.name)) } " "
                    span.faint { (domains(customer)) " · " (counted(customer.thread_count, "thread", "threads")) }
                }
                form method="post" action=(path) {
                    (frame::key(&by.csrf)) input type="hidden" name="customer" value=(customer.id);
                    button.quiet.small data-row type="submit" { (button) span.hidden { ": " (name(&customer.name)) } }
                }
            }
        } }
        @if found.is_empty() { div.empty { h2 { "No customer begins so" } p { "Neither its name nor one of its domains." } } }
        @if found.len() == SHOWN as usize { p.hint { "The " (SHOWN) " last active. Type the beginning of a name to see others." } }
    })
}
