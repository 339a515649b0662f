//! Which workspace a person who signs in belongs to, and as what.
//!
//! A tenant's id is proven by the ID token. A domain is only what a tenant writes into names, so a mapped domain counts when
//! Microsoft itself says that it belongs to the tenant that signed. Tenants that the configuration opens are of the default
//! workspace.

use graph::oauth::Identity;
use model::id::WorkspaceId;
use store::session::{Member, Role};
use store::workspace::{self, Home};

use crate::connect::explain;
use crate::failure::Failure;
use crate::state::State;

/// The value of the role, in Entra ID, that makes a person an administrator of the workspace.
pub const ADMINISTRATOR_ROLE: &str = "Rapport.Administrator";

/// Whether there is anybody who may sign in by Microsoft.
///
/// # Errors
/// When the database does not answer.
pub async fn is_open(state: &State) -> Result<bool, Failure> {
    let configured = state.settings.delegated.as_ref().is_some_and(|delegated| !delegated.open_to_tenants.is_empty());
    Ok(configured || workspace::has_homes(&state.db).await?)
}

/// The workspace of a person who has proven who it is.
///
/// # Errors
/// When the tenant and the domain are mapped to none, or that cannot be found out.
pub async fn of(state: &State, identity: &Identity) -> Result<WorkspaceId, Failure> {
    if let Some(workspace) = workspace::of_home(&state.db, &Home::Tenant(identity.tenant_id.clone())).await? {
        return Ok(workspace);
    }
    let open = state.settings.delegated.iter().flat_map(|delegated| &delegated.open_to_tenants);
    if open.into_iter().any(|tenant| tenant.eq_ignore_ascii_case(&identity.tenant_id)) {
        return Ok(state.settings.workspace);
    }
    of_domain(state, identity).await?.ok_or_else(|| explain::foreign_tenant(&identity.tenant_id))
}

async fn of_domain(state: &State, identity: &Identity) -> Result<Option<WorkspaceId>, Failure> {
    let Some((_, domain)) = identity.preferred_username.as_deref().and_then(|name| name.rsplit_once('@')) else { return Ok(None) };
    let Some(workspace) = workspace::of_home(&state.db, &Home::Domain(domain.to_owned())).await? else { return Ok(None) };
    let owner = state.microsoft.tenant_of(domain).await?;
    Ok(owner.filter(|owner| owner.eq_ignore_ascii_case(&identity.tenant_id)).map(|_| workspace))
}

/// The person as a member, with the role that Entra ID gives.
pub fn member(identity: &Identity) -> (Member, Role) {
    let email = address(identity).to_lowercase();
    let name = identity.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone());
    let member = Member { tenant_id: identity.tenant_id.clone(), object_id: identity.object_id.clone(), email, name };
    let administrator = identity.roles.iter().any(|role| role == ADMINISTRATOR_ROLE);
    (member, if administrator { Role::Administrator } else { Role::Member })
}

/// The name that the person signs in with, or what there is of one.
pub fn address(identity: &Identity) -> &str {
    identity.preferred_username.as_deref().unwrap_or(&identity.object_id)
}

/// Whether an account may be said to be that of `email`: by the name it signs in with, or by the address in its token.
pub fn is_of(identity: &Identity, email: &str) -> bool {
    [&identity.preferred_username, &identity.email].into_iter().flatten().any(|known| known.eq_ignore_ascii_case(email))
}
