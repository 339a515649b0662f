//! `/api/v1/people`: lists, one, its timeline; names, addresses and customers by hand.

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use model::address::Address;
use model::id::{CustomerId, PersonId};
use model::person::{PersonAddress, PersonKind};
use serde::Deserialize;
use serde_json::json;
use store::person;
use store::timeline::Owner;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use super::customers::{name_of, timeline_page};
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, change)).routes(routes!(timeline)).routes(routes!(add_address))
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Those whose name or one of whose addresses begins with this, whatever its case.
    #[param(max_length = 320)]
    prefix: Option<String>,
    /// `person`, `role`, `list` or `automatic`; people and roles unless said otherwise.
    #[param(inline)]
    kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PersonKind)]
enum Kind {
    Person,
    Role,
    List,
    Automatic,
}

impl Kind {
    const fn kind(self) -> PersonKind {
        match self {
            Kind::Person => PersonKind::Person,
            Kind::Role => PersonKind::Role,
            Kind::List => PersonKind::List,
            Kind::Automatic => PersonKind::Automatic,
        }
    }
}

/// People
///
/// Those with the latest conversation first.
#[utoipa::path(get, path = "/api/v1/people", operation_id = "listPeople", tag = "People", params(Asked, Paging),
    responses((status = 200, body = Page<view::Person>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Person>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "people"));
    let before: Option<(Timestamp, PersonId)> = list.position()?;
    let sight = Sight::of(&state.db, &asker).await?;
    let kinds = filters.kind.map_or_else(|| vec![PersonKind::Person, PersonKind::Role], |kind| vec![kind.kind()]);
    let prefix = filters.prefix.as_deref();
    let mut data = read::person::list(&state.db, asker.workspace, &sight, prefix, &kinds, before, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(last.last_at, last.id)));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A person
#[utoipa::path(get, path = "/api/v1/people/{person}", operation_id = "getPerson", tag = "People",
    params(("person" = view::id::PersonId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Person)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Person>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Person>(picking.fields.as_deref())?;
    let (_, found) = find(&state, &asker, id).await?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// Timeline of a person
///
/// Everything with it in one order, the latest first: threads, and meetings of mirrored calendars, also those yet to come.
#[utoipa::path(get, path = "/api/v1/people/{person}/timeline", operation_id = "getPersonTimeline", tag = "People",
    params(("person" = view::id::PersonId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::TimelineEntry>)))]
async fn timeline(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Person>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let (sight, found) = find(&state, &asker, id).await?;
    timeline_page(&state, &asker, &sight, Owner::Person(found.id), &paging, &conditions).await
}

/// What is to be different. What is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonChange {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The customer that the person belongs to, whatever its domain says.
    #[schema(value_type = Option<view::id::CustomerId>)]
    customer: Option<CustomerId>,
    /// True: the person belongs to no customer.
    #[serde(default)]
    no_customer: bool,
    /// True: the person belongs again where its domain says.
    #[serde(default)]
    follow_domain: bool,
}

/// Change a person
#[utoipa::path(patch, path = "/api/v1/people/{person}", operation_id = "changePerson", tag = "People",
    params(("person" = view::id::PersonId, Path, description = "Its id.")), request_body = PersonChange,
    responses((status = 200, body = view::Person)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Person>,
    conditions: Conditions,
    Body(wanted): Body<PersonChange>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let present = find_present(&state, &asker, id, &conditions).await?.id;
    let (workspace, actor, now) = (asker.workspace, asker.actor(), state.clock.now());
    let mut wishes = Vec::new();
    if let Some(name) = &wanted.name {
        wishes.push(("person.rename", person::rename(workspace, present, &name_of(name)?, now)));
    }
    match (wanted.customer, wanted.no_customer, wanted.follow_domain) {
        (None, false, false) => {}
        (Some(customer), false, false) => {
            let sight = Sight::of(&state.db, &asker).await?;
            let known = read::customer::find(&state.db, workspace, &sight, customer).await?;
            known.filter(|known| known.merged_into.is_none()).ok_or_else(|| wrong("`customer` names no customer that is there."))?;
            wishes.push(("person.set_customer", person::set_customer(workspace, present, Some(customer), &actor, now)));
        }
        (None, true, false) => wishes.push(("person.set_customer", person::set_customer(workspace, present, None, &actor, now))),
        (None, false, true) => wishes.push(("person.follow_domain", person::follow_domain(workspace, present, &actor, now))),
        _ => return Err(wrong("Only one of `customer`, `no_customer` and `follow_domain` can hold.")),
    }
    if wishes.is_empty() {
        return Err(wrong("The body asks for nothing."));
    }
    for (action, statements) in wishes {
        commit(&state, &asker, present, action, json!(null), statements).await?;
    }
    let (_, now) = find(&state, &asker, present).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// An address that is to be the person's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAddress {
    /// The address. If it is another person's, it is taken from there.
    #[schema(min_length = 3, max_length = 320)]
    address: String,
}

/// Give a person an address
///
/// Whoever had it before. A person without any address left leads to this one.
#[utoipa::path(post, path = "/api/v1/people/{person}/addresses", operation_id = "addAddress", tag = "People",
    params(("person" = view::id::PersonId, Path, description = "Its id.")), request_body = NewAddress,
    responses((status = 200, body = view::Person)))]
async fn add_address(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Person>,
    conditions: Conditions,
    Body(wanted): Body<NewAddress>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let present = find_present(&state, &asker, id, &conditions).await?.id;
    let (workspace, now) = (asker.workspace, state.clock.now());
    let folded =
        Address::read(&wanted.address).map(|address| address.as_str().to_owned()).ok_or_else(|| wrong("`address` is no address."))?;
    let owner = person::by_addresses(&state.db, workspace, std::slice::from_ref(&folded)).await?.pop();
    let statements = match owner {
        Some(owner) if owner.person == present => Vec::new(),
        Some(owner) => {
            find(&state, &asker, owner.person).await.map_err(|_| wrong("`address` is somebody's whom you may not see."))?;
            person::move_address(workspace, &folded, owner.person, present, &asker.actor(), now)
        }
        None => {
            let address =
                PersonAddress { person: present, address: folded, written: wanted.address.trim().to_owned(), by_hand: true, added_at: now };
            person::add_address(workspace, &address, &asker.actor())
        }
    };
    commit(&state, &asker, present, "person.add_address", json!(null), statements).await?;
    let (_, now) = find(&state, &asker, present).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

async fn commit(
    state: &State,
    asker: &Asker,
    id: PersonId,
    action: &str,
    detail: serde_json::Value,
    statements: Vec<store::Statement>,
) -> Result<(), Failure> {
    let written = write(state, asker, "api.change_person", action, &id.to_string(), detail, statements).await;
    written.map_err(|error| refused(error, &[person::IS_THERE]))
}

async fn find(state: &State, asker: &Asker, id: PersonId) -> Result<(Sight, view::Person), Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::person::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok((sight, found))
}

async fn find_present(state: &State, asker: &Asker, id: PersonId, conditions: &Conditions) -> Result<view::Person, Failure> {
    let (_, found) = find(state, asker, id).await?;
    if let Some(into) = found.merged_into {
        let detail = format!("It turned out to be {into}.");
        return Err(Failure::conflict("merged", "That person is another now.", detail, "Change that one."));
    }
    conditions.check(&found)?;
    Ok(found)
}

fn wrong(detail: &str) -> Failure {
    Failure::unprocessable("field_wrong", "A field of the body cannot be right.", detail, "Look at this address in /openapi.json.")
}
