//! `/api/v1/customers`: lists, one, its people and timeline; making, renaming, domains and merging by hand.

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use model::customer::Customer;
use model::domain;
use model::id::{CustomerId, PersonId};
use serde::Deserialize;
use serde_json::json;
use store::customer;
use store::timeline::Owner;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, NamedPair, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The longest name that is chosen by hand.
pub(super) const NAME_LETTERS_MAX: usize = 200;
const DOMAINS_MAX: usize = 50;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, rename))
        .routes(routes!(people))
        .routes(routes!(timeline))
        .routes(routes!(add_domain, remove_domain))
        .routes(routes!(merge))
}

/// Which customers, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Those whose name or one of whose domains begins with this, whatever its case.
    #[param(max_length = 200)]
    prefix: Option<String>,
    /// `latest` (the usual) or `name`.
    #[param(inline)]
    order: Option<Order>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Latest,
    Name,
}

/// Customers
#[utoipa::path(get, path = "/api/v1/customers", operation_id = "listCustomers", tag = "Customers", params(Asked, Paging),
    responses((status = 200, body = Page<view::Customer>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Customer>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "customers"));
    let sight = Sight::of(&state.db, &asker).await?;
    let (db, workspace, prefix) = (&state.db, asker.workspace, filters.prefix.as_deref());
    let (data, next) = match filters.order.unwrap_or_default() {
        Order::Latest => {
            let before: Option<(Timestamp, CustomerId)> = list.position()?;
            let mut data = read::customer::list_latest(db, workspace, &sight, prefix, before, limit + 1).await?;
            let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(last.last_at, last.id)));
            (data, next)
        }
        Order::Name => {
            let after: Option<(String, CustomerId)> = list.position()?;
            let after = after.as_ref().map(|(name, id)| (name.as_str(), *id));
            let mut data = read::customer::list_named(db, workspace, &sight, prefix, after, limit + 1).await?;
            let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(customer::name_key(&last.name), last.id)));
            (data, next)
        }
    };
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A customer that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCustomer {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Its domains, which are taken from whoever had them.
    #[serde(default)]
    #[schema(max_items = 50)]
    domains: Vec<String>,
}

/// Make a customer by hand
#[utoipa::path(post, path = "/api/v1/customers", operation_id = "createCustomer", tag = "Customers", request_body = NewCustomer,
    responses((status = 201, body = view::Customer, headers(("Location" = String, description = "Where it is.")))))]
async fn create(Given(state): Given<State>, asker: Asker, Body(wanted): Body<NewCustomer>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let (name, now) = (name_of(&wanted.name)?, state.clock.now());
    if wanted.domains.len() > DOMAINS_MAX {
        return Err(Failure::unprocessable("too_many_domains", "Those are too many domains.", "There are more than 50.", "Name fewer."));
    }
    let domains: Vec<String> = wanted.domains.iter().map(|domain| domain_of(domain)).collect::<Result<_, _>>()?;
    let made = Customer {
        id: CustomerId::new(now),
        workspace: asker.workspace,
        name,
        named_by_hand: true,
        created_at: now,
        last_at: now,
        thread_count: 0,
        version: 1,
        merged_into: None,
    };
    let statements = customer::create(&made, &domains, &asker.actor(), now);
    let detail = json!({ "domains": domains });
    write(&state, &asker, "api.create_customer", "customer.create", &made.id.to_string(), detail, statements).await?;
    let sight = Sight::of(&state.db, &Asker::administrator(asker.workspace)).await?;
    let found = read::customer::find(&state.db, asker.workspace, &sight, made.id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::created(&found, &format!("/api/v1/customers/{}", made.id)))
}

/// A customer
#[utoipa::path(get, path = "/api/v1/customers/{customer}", operation_id = "getCustomer", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Customer)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Customer>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Customer>(picking.fields.as_deref())?;
    let (_, found) = find(&state, &asker, id).await?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// What is to be different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerChange {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// Rename a customer
#[utoipa::path(patch, path = "/api/v1/customers/{customer}", operation_id = "renameCustomer", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id.")), request_body = CustomerChange,
    responses((status = 200, body = view::Customer)))]
async fn rename(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Customer>,
    conditions: Conditions,
    Body(wanted): Body<CustomerChange>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let name = name_of(&wanted.name)?;
    let present = find_present(&state, &asker, id, &conditions).await?;
    let statements = customer::rename(asker.workspace, present.id, &name, state.clock.now());
    change(&state, &asker, present.id, "customer.rename", json!(null), statements).await
}

/// People of a customer
#[utoipa::path(get, path = "/api/v1/customers/{customer}/people", operation_id = "listCustomerPeople", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::Person>)))]
async fn people(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Customer>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Person>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("people of {id}")));
    let before: Option<(Timestamp, PersonId)> = list.position()?;
    let (sight, found) = find(&state, &asker, id).await?;
    let found = read::person::of_customer(&state.db, &sight, found.id, before, limit).await?;
    let next = found.next.map(|last| list.cursor(&last));
    Ok(answer::page(&Page { data: found.data, next }, &fields, &conditions))
}

/// Timeline of a customer
///
/// Everything with it in one order, the latest first: threads, and meetings of mirrored calendars, also those yet to come.
#[utoipa::path(get, path = "/api/v1/customers/{customer}/timeline", operation_id = "getCustomerTimeline", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::TimelineEntry>)))]
async fn timeline(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Customer>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let (sight, found) = find(&state, &asker, id).await?;
    timeline_page(&state, &asker, &sight, Owner::Customer(found.id), &paging, &conditions).await
}

/// A page of a timeline, for customers and people.
pub(super) async fn timeline_page(
    state: &State,
    asker: &Asker,
    sight: &Sight,
    owner: Owner,
    paging: &Paging,
    conditions: &Conditions,
) -> Result<Response, Failure> {
    let fields = Page::<view::TimelineEntry>::fields(paging)?;
    let (limit, list) = (paging.limit()?, paging.list(state, asker, format!("timeline of {owner:?}")));
    let before: Option<(Timestamp, i64)> = list.position()?;
    let found = read::timeline::page(&state.db, asker, sight, owner, before, limit).await?;
    let next = found.next.map(|last| list.cursor(&last));
    Ok(answer::page(&Page { data: found.data, next }, &fields, conditions))
}

/// Give a customer a domain
///
/// Whoever had it before. Its people follow at once, its threads in a moment.
#[utoipa::path(put, path = "/api/v1/customers/{customer}/domains/{domain}", operation_id = "addDomain", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id."), ("domain" = String, Path, description = "The domain.")),
    responses((status = 200, body = view::Customer)))]
async fn add_domain(
    Given(state): Given<State>,
    asker: Asker,
    NamedPair(id, domain): NamedPair<model::id::Customer>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let domain = domain_of(&domain)?;
    let present = find_present(&state, &asker, id, &conditions).await?;
    let statements = customer::add_domain(asker.workspace, present.id, &domain, &asker.actor(), state.clock.now());
    change(&state, &asker, present.id, "customer.add_domain", json!({ "domain": domain }), statements).await
}

/// Take a domain from a customer
///
/// It makes no other customer by itself until somebody adds it again.
#[utoipa::path(delete, path = "/api/v1/customers/{customer}/domains/{domain}", operation_id = "removeDomain", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id."), ("domain" = String, Path, description = "The domain.")),
    responses((status = 200, body = view::Customer)))]
async fn remove_domain(
    Given(state): Given<State>,
    asker: Asker,
    NamedPair(id, domain): NamedPair<model::id::Customer>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let domain = domain_of(&domain)?;
    let present = find_present(&state, &asker, id, &conditions).await?;
    let statements = customer::remove_domain(asker.workspace, present.id, &domain, &asker.actor(), state.clock.now());
    change(&state, &asker, present.id, "customer.remove_domain", json!({ "domain": domain }), statements).await
}

/// Into which customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeCustomer {
    /// The customer that stays.
    #[schema(value_type = view::id::CustomerId)]
    into: CustomerId,
}

/// Merge a customer into another
///
/// Everything of it is the other's from then on; its id leads there. People and domains follow at once, threads in a moment.
#[utoipa::path(post, path = "/api/v1/customers/{customer}/merge", operation_id = "mergeCustomer", tag = "Customers",
    params(("customer" = view::id::CustomerId, Path, description = "Its id.")), request_body = MergeCustomer,
    responses((status = 200, description = "The customer that stays.", body = view::Customer)))]
async fn merge(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Customer>,
    conditions: Conditions,
    Body(wanted): Body<MergeCustomer>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let present = find_present(&state, &asker, id, &conditions).await?;
    let into = find_present(&state, &asker, wanted.into, &Conditions::default()).await;
    let into = into.ok().filter(|into| into.id != present.id).ok_or_else(|| {
        let detail = "`into` names no other customer that is there.";
        Failure::unprocessable("reference_unknown", "A field names nothing that can be used.", detail, "Look at the ids and send it again.")
    })?;
    let statements = customer::merge(asker.workspace, present.id, into.id, &asker.actor(), state.clock.now());
    change(&state, &asker, into.id, "customer.merge", json!({ "from": present.id }), statements).await
}

async fn find(state: &State, asker: &Asker, id: CustomerId) -> Result<(Sight, view::Customer), Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::customer::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok((sight, found))
}

/// A customer that can be changed, as the asker knows it.
async fn find_present(state: &State, asker: &Asker, id: CustomerId, conditions: &Conditions) -> Result<view::Customer, Failure> {
    let (_, found) = find(state, asker, id).await?;
    if let Some(into) = found.merged_into {
        let detail = format!("It was merged into {into}.");
        return Err(Failure::conflict("merged", "That customer is another now.", detail, "Change that one."));
    }
    conditions.check(&found)?;
    Ok(found)
}

async fn change(
    state: &State,
    asker: &Asker,
    id: CustomerId,
    action: &str,
    detail: serde_json::Value,
    statements: Vec<store::Statement>,
) -> Result<Response, Failure> {
    write(state, asker, "api.change_customer", action, &id.to_string(), detail, statements)
        .await
        .map_err(|error| refused(error, &[customer::IS_THERE]))?;
    let (_, now) = find(state, asker, id).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// A name that is chosen by hand.
pub(super) fn name_of(name: &str) -> Result<String, Failure> {
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_LETTERS_MAX {
        let detail = "`name` is empty, or longer than 200 letters.";
        return Err(Failure::unprocessable("name_wrong", "That is no name.", detail, "Choose another."));
    }
    Ok(name.to_owned())
}

/// The domain that somebody registered, folded.
fn domain_of(domain: &str) -> Result<String, Failure> {
    let folded = domain::fold(domain.trim().trim_start_matches('@')).filter(|folded| folded.contains('.'));
    folded.map(|folded| domain::registrable(&folded).to_owned()).ok_or_else(|| {
        let detail = "It is not of the form `acme.example`.";
        Failure::unprocessable("domain_wrong", "That is no domain.", detail, "Write the part behind the @ of an address.")
    })
}
