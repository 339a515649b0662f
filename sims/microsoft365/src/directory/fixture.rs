//! The directory that every simulator starts with: one tenant, one web app, one background service. No users.
//!
//! The ids and secrets are fixed, so that a configuration written once keeps working; they protect nothing.

use super::{App, Directory, Platform, RedirectUri, Secret, Tenant};
use crate::ids::Ids;

/// Client id of the delegated web app.
pub const WEB_APP_ID: &str = "11111111-2222-3333-4444-555555555555";
/// Secret of the delegated web app; its odd characters test form encoding.
pub const WEB_APP_SECRET: &str = "Sim8Q~web+app&secret%for.tests_only";
/// Client id of the background service.
pub const SERVICE_APP_ID: &str = "22222222-3333-4444-5555-666666666666";
/// Secret of the background service.
pub const SERVICE_APP_SECRET: &str = "Sim8Q~service.secret_for.tests_only";

const REDIRECT_PATHS: [&str; 7] =
    ["/auth/microsoft/callback", "/auth/microsoft", "/auth/callback", "/api/auth/microsoft/callback", "/callback", "/cb", "/"];

/// Delegated permissions that the web app lists.
pub const WEB_SCOPES: [&str; 12] = [
    "User.Read",
    "Mail.Read",
    "Mail.ReadWrite",
    "Mail.Send",
    "Mail.Read.Shared",
    "Mail.ReadWrite.Shared",
    "Mail.Send.Shared",
    "MailboxSettings.Read",
    "Calendars.ReadWrite",
    "Contacts.ReadWrite",
    "People.Read",
    "User.ReadBasic.All",
];

/// Application permissions that the service lists; an administrator has already granted them.
pub const SERVICE_ROLES: [&str; 6] =
    ["Mail.ReadWrite", "Mail.Send", "MailboxSettings.Read", "Calendars.ReadWrite", "Contacts.ReadWrite", "User.Read.All"];

/// The directory that every simulator starts with.
pub fn directory(ids: &mut Ids) -> Directory {
    let tenant = Tenant::contoso();
    let mut directory = Directory::default();
    directory.put_app(web_app(ids.guid(), &tenant));
    directory.put_app(service_app(ids.guid(), &tenant));
    directory.consents.grant_roles(&tenant.id, SERVICE_APP_ID, SERVICE_ROLES.map(str::to_owned));
    directory.tenants.push(tenant);
    directory
}

fn web_app(object_id: String, tenant: &Tenant) -> App {
    let mut app = App::web(WEB_APP_ID, object_id, &tenant.id, "Rapport");
    app.secrets.push(Secret { value: WEB_APP_SECRET.to_owned(), expires: None });
    app.scopes = WEB_SCOPES.map(str::to_owned).to_vec();
    for host in ["http://localhost:3000", "http://127.0.0.1:3000"] {
        let uris = REDIRECT_PATHS.iter().map(|path| RedirectUri { uri: format!("{host}{path}"), platform: Platform::Web });
        app.redirect_uris.extend(uris);
    }
    app
}

fn service_app(object_id: String, tenant: &Tenant) -> App {
    let mut app = App::web(SERVICE_APP_ID, object_id, &tenant.id, "Rapport background service");
    app.secrets.push(Secret { value: SERVICE_APP_SECRET.to_owned(), expires: None });
    app.roles = SERVICE_ROLES.map(str::to_owned).to_vec();
    app
}
