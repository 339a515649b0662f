//! Customers, as their asker may see them.

use std::collections::HashMap;

use base::Timestamp;
use model::id::{CustomerId, WorkspaceId};
use store::customer::{self, Wanted};
use store::timeline::Owner;
use store::{Db, StoreError, person};

use super::timeline;
use crate::access::Sight;
use crate::view;

/// Customers behind `before` (when the latest conversation was, and the id), the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list_latest(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    prefix: Option<&str>,
    before: Option<(Timestamp, CustomerId)>,
    limit: u32,
) -> Result<Vec<view::Customer>, StoreError> {
    let bounds = sight.bounds();
    let wanted = Wanted { prefix, seen_in: bounds.as_deref() };
    views(db, customer::list_latest(db, workspace, wanted, before, limit).await?).await
}

/// Customers behind `after` (the name as [`customer::name_key`] gives it, and the id), by name.
///
/// # Errors
/// As [`Db::query`].
pub async fn list_named(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    prefix: Option<&str>,
    after: Option<(&str, CustomerId)>,
    limit: u32,
) -> Result<Vec<view::Customer>, StoreError> {
    let bounds = sight.bounds();
    let wanted = Wanted { prefix, seen_in: bounds.as_deref() };
    views(db, customer::list_named(db, workspace, wanted, after, limit).await?).await
}

/// One customer, also one that was merged into another.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, sight: &Sight, id: CustomerId) -> Result<Option<view::Customer>, StoreError> {
    let Some(found) = customer::find(db, workspace, id).await? else { return Ok(None) };
    let shown_by = Owner::Customer(found.merged_into.unwrap_or(id));
    if !timeline::is_known_to(db, sight, shown_by).await? {
        return Ok(None);
    }
    Ok(views(db, vec![found]).await?.pop())
}

async fn views(db: &Db, customers: Vec<model::customer::Customer>) -> Result<Vec<view::Customer>, StoreError> {
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
    let people: HashMap<CustomerId, i64> = person::count_of_customers(db, &ids).await?.into_iter().collect();
    let mut domains: HashMap<CustomerId, Vec<view::Domain>> = HashMap::new();
    for domain in customer::domains_of(db, &ids).await? {
        if let Some(owner) = domain.customer {
            domains.entry(owner).or_default().push(view::Domain { domain: domain.domain, is_by_hand: domain.by_hand });
        }
    }
    let view = |customer: model::customer::Customer| {
        let (domains, people) = (domains.remove(&customer.id), people.get(&customer.id));
        view::Customer::of(customer, domains.unwrap_or_default(), people.copied().unwrap_or(0))
    };
    Ok(customers.into_iter().map(view).collect())
}
