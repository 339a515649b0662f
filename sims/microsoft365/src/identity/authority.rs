//! Which tenant a path means, and which apps may use it (reference: identity, section 1.1).

use super::error::OauthError;
use crate::directory::tenant::PERSONAL_TENANT;
use crate::directory::{App, Audience, Directory, User};

/// The tenant word of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// Work, school and personal accounts.
    Common,
    /// Work and school accounts.
    Organizations,
    /// Personal accounts.
    Consumers,
    /// One tenant, by its GUID.
    Tenant(String),
}

impl Authority {
    /// Reads a path's tenant word.
    ///
    /// # Errors
    /// AADSTS90002 for a tenant that is not there.
    pub fn read(directory: &Directory, word: &str) -> Result<Self, OauthError> {
        match word.to_lowercase().as_str() {
            "common" => Ok(Self::Common),
            "organizations" => Ok(Self::Organizations),
            "consumers" | PERSONAL_TENANT => Ok(Self::Consumers),
            _ => directory.tenant(word).map(|tenant| Self::Tenant(tenant.id.clone())).ok_or_else(|| no_tenant(word)),
        }
    }

    /// What stands in an issuer: a GUID, or the template that the reader fills in.
    pub fn issuer_word(&self) -> &str {
        match self {
            Self::Common | Self::Organizations => "{tenantid}",
            Self::Consumers => PERSONAL_TENANT,
            Self::Tenant(id) => id,
        }
    }

    /// What stands in the metadata's URLs.
    pub fn path_word(&self) -> &str {
        match self {
            Self::Common => "common",
            Self::Organizations => "organizations",
            Self::Consumers => "consumers",
            Self::Tenant(id) => id,
        }
    }

    /// Whether the app may be used here.
    ///
    /// # Errors
    /// AADSTS50194 for a single-tenant app on an endpoint of many tenants, AADSTS700016 for a foreign tenant.
    pub fn admits_app(&self, app: &App, tenant_word: &str) -> Result<(), OauthError> {
        match (self, app.audience) {
            (Self::Tenant(id), Audience::SingleTenant) if *id != app.tenant_id => Err(no_app(&app.id, tenant_word)),
            (Self::Tenant(_), Audience::Personal) => Err(no_app(&app.id, tenant_word)),
            (Self::Common | Self::Organizations | Self::Consumers, Audience::SingleTenant) => Err(not_multi_tenant(app)),
            (Self::Consumers, Audience::Organizations) => Err(no_app(&app.id, tenant_word)),
            _ => Ok(()),
        }
    }

    /// Whether the user may sign in here.
    ///
    /// # Errors
    /// AADSTS50020 for a user of another kind or tenant.
    pub fn admits_user(&self, user: &User, app: &App) -> Result<(), OauthError> {
        let personal = user.tenant_id == PERSONAL_TENANT;
        let by_authority = match self {
            Self::Common => true,
            Self::Organizations => !personal,
            Self::Consumers => personal,
            Self::Tenant(id) => user.tenant_id == *id,
        };
        let by_audience = match app.audience {
            Audience::SingleTenant => user.tenant_id == app.tenant_id,
            Audience::Organizations => !personal,
            Audience::Everyone => true,
            Audience::Personal => personal,
        };
        if by_authority && by_audience { Ok(()) } else { Err(foreign_user(user, app)) }
    }
}

/// The app of a client id.
///
/// # Errors
/// AADSTS700016 if there is none, AADSTS7000112 if it is switched off.
pub fn find_app<'a>(directory: &'a Directory, id: &str, tenant_word: &str) -> Result<&'a App, OauthError> {
    let app = directory.app(id).ok_or_else(|| no_app(id, tenant_word))?;
    if !app.enabled {
        let sentence = format!("Application '{}'({}) is disabled.", app.id, app.display_name);
        return Err(OauthError::new("unauthorized_client", 7_000_112, sentence));
    }
    Ok(app)
}

fn no_tenant(word: &str) -> OauthError {
    let sentence = format!(
        "Tenant '{word}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. \
         Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
    );
    OauthError::new("invalid_request", 90002, sentence)
}

fn no_app(id: &str, tenant_word: &str) -> OauthError {
    let sentence = format!(
        "Application with identifier '{id}' was not found in the directory '{tenant_word}'. This can happen if the application has not \
         been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your \
         authentication request to the wrong tenant."
    );
    OauthError::new("unauthorized_client", 700_016, sentence)
}

fn not_multi_tenant(app: &App) -> OauthError {
    let sentence = format!(
        "Application '{}'({}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such \
         apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
        app.id, app.display_name
    );
    OauthError::new("invalid_request", 50194, sentence)
}

fn foreign_user(user: &User, app: &App) -> OauthError {
    let sentence = format!(
        "User account '{}' from identity provider '{}' does not exist in tenant and cannot access the application '{}'({}) in that tenant. \
         The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different account.",
        user.user_principal_name, user.tenant_id, app.id, app.display_name
    );
    OauthError::new("invalid_grant", 50020, sentence)
}
