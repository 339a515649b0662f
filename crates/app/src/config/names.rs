//! Every name by which a setting can be given: its place in the TOML file, its native variable, and the variables
//! of existing deployments that are understood as they stand. No other file knows a compatible name.
//!
//! Where a native and a compatible name are both set, the native one counts and a warning says so. Among
//! compatible names the first listed counts.

/// One setting and its names.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// `section.key` in the TOML file, and how the code asks for it.
    pub path: &'static str,
    /// The native environment variable.
    pub native: &'static str,
    /// Variables of existing deployments, the most important first.
    pub compatible: &'static [&'static str],
    /// Never shown, not even to say that it is wrong.
    pub secret: bool,
    /// What holds when nobody says anything, in words or as the value.
    pub default: &'static str,
    /// What it is, for the table in the documentation.
    pub about: &'static str,
}

const fn open(
    path: &'static str,
    native: &'static str,
    compatible: &'static [&'static str],
    default: &'static str,
    about: &'static str,
) -> Name {
    Name { path, native, compatible, secret: false, default, about }
}

const fn secret(
    path: &'static str,
    native: &'static str,
    compatible: &'static [&'static str],
    default: &'static str,
    about: &'static str,
) -> Name {
    Name { path, native, compatible, secret: true, default, about }
}

/// Every setting there is.
pub const NAMES: &[Name] = &[
    open(
        "server.base_url",
        "RAPPORT_SERVER_BASE_URL",
        &["BASE_URL"],
        "http://localhost:3000",
        "address by which people and Microsoft reach this server",
    ),
    open(
        "server.host",
        "RAPPORT_SERVER_HOST",
        &["EMAILBOT_HOST"],
        "127.0.0.1",
        "address to listen on; the console answers this machine only until this is set",
    ),
    open("server.port", "RAPPORT_SERVER_PORT", &["EMAILBOT_PORT"], "the port of a local base address, else 3000", "port to listen on"),
    open(
        "server.return_origins",
        "RAPPORT_SERVER_RETURN_ORIGINS",
        &[],
        "none",
        "origins that a person may be sent back to after connecting",
    ),
    open(
        "server.cors_origins",
        "RAPPORT_SERVER_CORS_ORIGINS",
        &[],
        "none",
        "origins whose pages may call the API from a browser, with a key or a token",
    ),
    open("embed.origins", "RAPPORT_EMBED_ORIGINS", &[], "none", "origins whose pages may show an embedded timeline in a frame"),
    open(
        "server.notification_url",
        "RAPPORT_SERVER_NOTIFICATION_URL",
        &[],
        "the base address if it is https, else none: polling",
        "where Microsoft can post change notifications",
    ),
    open("data.directory", "RAPPORT_DATA_DIRECTORY", &[], "rapport-data", "where the database file and the key file live"),
    open(
        "database.url",
        "RAPPORT_DATABASE_URL",
        &["EMAILBOT_DATABASE_URL"],
        "sqlite file in the data directory",
        "`postgres://user@host/name` or the path of an SQLite file",
    ),
    open("database.readers", "RAPPORT_DATABASE_READERS", &[], "3", "reading connections"),
    secret(
        "encryption.key",
        "RAPPORT_ENCRYPTION_KEY",
        &["EMAILBOT_ENCRYPTION_KEY"],
        "the key file",
        "Fernet key that seals the data key; several, newest first, to rotate",
    ),
    open(
        "encryption.key_file",
        "RAPPORT_ENCRYPTION_KEY_FILE",
        &[],
        "encryption.key in the data directory",
        "file with that key, readable by its owner only; made at first start",
    ),
    open(
        "microsoft.client_id",
        "RAPPORT_MICROSOFT_CLIENT_ID",
        &["MICROSOFT_CLIENT_ID", "VITE_MICROSOFT_CLIENT_ID"],
        "none: people cannot connect",
        "application (client) id of the registration that people consent to",
    ),
    secret(
        "microsoft.client_secret",
        "RAPPORT_MICROSOFT_CLIENT_SECRET",
        &["MICROSOFT_CLIENT_SECRET"],
        "none",
        "value of its client secret",
    ),
    open(
        "microsoft.tenant_id",
        "RAPPORT_MICROSOFT_TENANT_ID",
        &["MICROSOFT_TENANT_ID"],
        "common",
        "tenant id, verified domain, `organizations` or `common`",
    ),
    open(
        "microsoft.redirect_uris",
        "RAPPORT_MICROSOFT_REDIRECT_URIS",
        &["MICROSOFT_REDIRECT_URI"],
        "base address + /auth/microsoft/callback",
        "redirect addresses as registered, the first is the usual one",
    ),
    open(
        "microsoft.extra_scopes",
        "RAPPORT_MICROSOFT_EXTRA_SCOPES",
        &["MICROSOFT_EXTRA_SCOPES"],
        "none",
        "further permissions to ask each person for",
    ),
    open(
        "microsoft.read_only",
        "RAPPORT_MICROSOFT_READ_ONLY",
        &[],
        "false",
        "ask people only to read their mail: nothing can be written or sent then",
    ),
    open(
        "microsoft.write_contacts",
        "RAPPORT_MICROSOFT_WRITE_CONTACTS",
        &[],
        "false",
        "ask people who connect contacts to let Rapport write them, so that contacts can be written back to Outlook",
    ),
    open(
        "microsoft.open_to_tenants",
        "RAPPORT_MICROSOFT_OPEN_TO_TENANTS",
        &[],
        "nobody",
        "tenants (ids) whose people may connect their own mailbox without an administrator's session",
    ),
    open("microsoft.cloud", "RAPPORT_MICROSOFT_CLOUD", &[], "global", "global, usgov, usgov-dod, china, bleu, delos or govsg"),
    open("microsoft.authority_url", "RAPPORT_MICROSOFT_AUTHORITY_URL", &[], "of the cloud", "sign-in host"),
    open("microsoft.graph_url", "RAPPORT_MICROSOFT_GRAPH_URL", &[], "of the cloud", "Graph host"),
    open("microsoft.authorize_url", "RAPPORT_MICROSOFT_AUTHORIZE_URL", &[], "of the authority and tenant", "authorize endpoint, whole"),
    open("microsoft.token_url", "RAPPORT_MICROSOFT_TOKEN_URL", &[], "of the authority and tenant", "token endpoint, whole"),
    open(
        "application.client_id",
        "RAPPORT_APPLICATION_CLIENT_ID",
        &["EMAILBOT_M365_CLIENT_ID"],
        "none: no shared mailbox without a person",
        "application (client) id of the app-only registration",
    ),
    secret(
        "application.client_secret",
        "RAPPORT_APPLICATION_CLIENT_SECRET",
        &["EMAILBOT_M365_CLIENT_SECRET"],
        "none",
        "value of its client secret",
    ),
    open(
        "application.tenant_id",
        "RAPPORT_APPLICATION_TENANT_ID",
        &["EMAILBOT_M365_TENANT_ID"],
        "none",
        "its tenant: an id or a verified domain",
    ),
    open(
        "application.authority_url",
        "RAPPORT_APPLICATION_AUTHORITY_URL",
        &["EMAILBOT_M365_AUTHORITY"],
        "as for microsoft",
        "sign-in host, with or without the tenant behind it",
    ),
    open("application.scope", "RAPPORT_APPLICATION_SCOPE", &["EMAILBOT_M365_SCOPE"], "Graph host + /.default", "scope to ask for"),
    open(
        "application.mailboxes",
        "RAPPORT_APPLICATION_MAILBOXES",
        &["EMAILBOT_TARGET_MAILBOX"],
        "none",
        "shared mailboxes to connect at start",
    ),
    open(
        "sync.polling_interval_minutes",
        "RAPPORT_SYNC_POLLING_INTERVAL_MINUTES",
        &["EMAILBOT_POLLING_INTERVAL_MINUTES"],
        "5",
        "how often a mailbox is asked where no notification reaches us",
    ),
    open(
        "sync.calendar_days_back",
        "RAPPORT_SYNC_CALENDAR_DAYS_BACK",
        &[],
        "30",
        "how far back calendars are read; a change is followed within a week",
    ),
    open("sync.calendar_days_ahead", "RAPPORT_SYNC_CALENDAR_DAYS_AHEAD", &[], "30", "how far ahead calendars are read"),
    open(
        "sync.request_timeout_seconds",
        "RAPPORT_SYNC_REQUEST_TIMEOUT_SECONDS",
        &["EMAILBOT_REQUEST_TIMEOUT"],
        "30",
        "longest wait for one answer of Microsoft",
    ),
    open("sync.workers", "RAPPORT_SYNC_WORKERS", &[], "4", "pieces of work done at the same time"),
    secret(
        "api.key",
        "RAPPORT_API_KEY",
        &["EMAILBOT_API_KEY"],
        "none",
        "an API key that may do everything in the first workspace; better made in the console, one for each program",
    ),
    secret(
        "api.jwt_secret",
        "RAPPORT_API_JWT_SECRET",
        &[],
        "none",
        "secret of 32 characters or more with which a CRM signs tokens (HS256)",
    ),
    open(
        "api.jwt_jwks_url",
        "RAPPORT_API_JWT_JWKS_URL",
        &[],
        "none",
        "address of the key document of a CRM's tokens (RS256, ES256); instead of a secret",
    ),
    open("api.jwt_issuer", "RAPPORT_API_JWT_ISSUER", &[], "any", "what must stand in a token's `iss`"),
    open("api.jwt_audience", "RAPPORT_API_JWT_AUDIENCE", &[], "any", "what must stand in a token's `aud`"),
    open("api.jwt_email_claim", "RAPPORT_API_JWT_EMAIL_CLAIM", &[], "email", "claim with the user's address"),
    open("api.jwt_roles_claim", "RAPPORT_API_JWT_ROLES_CLAIM", &[], "roles", "claim with the user's roles: admin, user, reader or scopes"),
    open(
        "api.jwt_workspace_claim",
        "RAPPORT_API_JWT_WORKSPACE_CLAIM",
        &[],
        "workspace",
        "claim with the workspace's id, if there are several",
    ),
    open(
        "api.requests_per_minute",
        "RAPPORT_API_REQUESTS_PER_MINUTE",
        &[],
        "6000",
        "requests that each key, person or session may make in a minute",
    ),
    open(
        "sending.message_megabytes_max",
        "RAPPORT_SENDING_MESSAGE_MEGABYTES_MAX",
        &[],
        "35",
        "largest message that your Exchange takes, where an administrator has raised its limit (up to 150)",
    ),
    open(
        "tracking.networks",
        "RAPPORT_TRACKING_NETWORKS",
        &[],
        "Apple's alone",
        "file of networks that tell machines from people who look at tracked mail",
    ),
    open(
        "google.client_id",
        "RAPPORT_GOOGLE_CLIENT_ID",
        &["GOOGLE_CLIENT_ID"],
        "none: Google cannot be connected",
        "client id of the OAuth client at Google",
    ),
    secret("google.client_secret", "RAPPORT_GOOGLE_CLIENT_SECRET", &["GOOGLE_CLIENT_SECRET"], "none", "its client secret"),
    open(
        "google.redirect_uri",
        "RAPPORT_GOOGLE_REDIRECT_URI",
        &["GOOGLE_REDIRECT_URI"],
        "base address + /auth/google/callback",
        "redirect address as listed at Google",
    ),
    open("google.url", "RAPPORT_GOOGLE_URL", &[], "Google's own hosts", "one address for all of Google's services: a simulator's"),
    secret(
        "whatsapp.app_secret",
        "RAPPORT_WHATSAPP_APP_SECRET",
        &[],
        "none: WhatsApp's webhooks are not heard",
        "secret of the app at Meta, which signs its webhooks",
    ),
    secret(
        "whatsapp.verify_token",
        "RAPPORT_WHATSAPP_VERIFY_TOKEN",
        &[],
        "none",
        "what Meta shows when it asks whether this server listens",
    ),
    open(
        "webhooks.allow_private_networks",
        "RAPPORT_WEBHOOKS_ALLOW_PRIVATE_NETWORKS",
        &[],
        "false",
        "whether endpoints inside this network, on any port and by plain http, are called: for development",
    ),
    open(
        "webhooks.allowed_hosts",
        "RAPPORT_WEBHOOKS_ALLOWED_HOSTS",
        &[],
        "none",
        "hosts inside this network that are called nevertheless, on any port and by plain http too",
    ),
    open("webhooks.ports", "RAPPORT_WEBHOOKS_PORTS", &[], "443, 8443", "ports of endpoints that are called"),
    open(
        "archive.directory",
        "RAPPORT_ARCHIVE_DIRECTORY",
        &[],
        "none: archives go to buckets and mail servers only",
        "directory of this machine below which archives may lie",
    ),
    open(
        "integrations.file",
        "RAPPORT_INTEGRATIONS_FILE",
        &[],
        "integrations.json beside the configuration file, or app/config/integrations.json",
        "file that describes customers' databases",
    ),
    open("log.level", "RAPPORT_LOG_LEVEL", &["EMAILBOT_LOG_LEVEL"], "info", "error, warn, info, debug or trace"),
    open("log.integration_level", "RAPPORT_LOG_INTEGRATION_LEVEL", &[], "as log.level", "the same for the talk with Microsoft alone"),
    open("log.debug", "RAPPORT_LOG_DEBUG", &["EMAILBOT_DEBUG"], "false", "short for log.level = debug"),
    open("log.format", "RAPPORT_LOG_FORMAT", &[], "human", "human or json"),
    open(
        "cache.redis_url",
        "RAPPORT_CACHE_REDIS_URL",
        &["EMAILBOT_REDIS_URL"],
        "not needed",
        "accepted from existing deployments; the database took its place",
    ),
];

/// The setting of this path.
///
/// # Panics
/// When there is none: the caller's path is misspelt.
pub fn named(path: &str) -> &'static Name {
    NAMES.iter().find(|name| name.path == path).expect("a setting asked for is in the table")
}

/// The table of all settings, for the documentation.
pub fn documented() -> String {
    let rows = NAMES.iter().map(|name| {
        let compatible: Vec<_> = name.compatible.iter().map(|variable| format!("`{variable}`")).collect();
        let default = if name.secret { format!("{} (secret)", name.default) } else { name.default.to_owned() };
        format!("| `{}` | `{}` | {} | {} | {} |\n", name.path, name.native, compatible.join(", "), name.about, default)
    });
    let head = "| setting | variable | also understood | what it is | default |\n|---|---|---|---|---|\n";
    std::iter::once(head.to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, documented};

    #[test]
    fn the_documentation_lists_every_setting() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/OPERATING.md");
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(&documented()), "docs/OPERATING.md should contain this table:\n{}", documented());
    }

    use std::collections::HashSet;

    #[test]
    fn no_name_means_two_things() {
        let mut seen = HashSet::new();
        for name in NAMES {
            assert!(seen.insert(name.path) && seen.insert(name.native), "{}", name.path);
            assert!(name.compatible.iter().all(|variable| seen.insert(*variable)), "{}", name.path);
        }
    }

    #[test]
    fn native_names_follow_their_place_in_the_file() {
        for name in NAMES {
            assert_eq!(name.native, format!("RAPPORT_{}", name.path.replace('.', "_").to_uppercase()), "{}", name.path);
        }
    }
}
