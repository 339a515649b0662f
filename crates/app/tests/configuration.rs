//! Configuration as an operator meets it: what existing deployments have set works as it stands, and what cannot
//! be right is refused by name with the mend.

#![allow(clippy::unwrap_used, reason = "this whole file is a test")]

use std::time::Duration;

use rapport::config::{Environment, Notice, Refusal, Settings, read};

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
const TENANT: &str = "99999999-8888-7777-6666-555555555555";

fn judged<const N: usize>(variables: [(&str, &str); N]) -> Result<(Settings, Vec<Notice>), Refusal> {
    let (values, mut notices) = read(None, &Environment::from(variables)).unwrap();
    let (settings, more) = Settings::judge(&values)?;
    notices.extend(more);
    Ok((settings, notices))
}

#[test]
fn with_nothing_given_the_defaults_hold() {
    let (settings, notices) = judged([]).unwrap();
    assert_eq!(settings.server.base_url.as_str(), "http://localhost:3000/");
    assert_eq!((settings.server.host.is_loopback(), settings.server.port), (true, 3000));
    assert_eq!(settings.sync.polling_interval, Duration::from_secs(300));
    assert!(settings.microsoft.is_none() && settings.application.is_none() && notices.is_empty());
}

#[test]
fn the_microsoft_names_work_as_they_stand() {
    let (settings, notices) = judged([
        ("MICROSOFT_CLIENT_ID", CLIENT),
        ("MICROSOFT_CLIENT_SECRET", "abc8Q~value"),
        ("MICROSOFT_TENANT_ID", TENANT),
        ("MICROSOFT_REDIRECT_URI", "https://crm.contoso.example/api/auth/microsoft/callback"),
        ("BASE_URL", "https://crm.contoso.example"),
        ("MICROSOFT_EXTRA_SCOPES", "Mail.Send, Calendars.Read"),
        ("VITE_MICROSOFT_CLIENT_ID", "aaaaaaaa-2222-3333-4444-555555555555"),
    ])
    .unwrap();
    let microsoft = settings.microsoft.unwrap();
    assert_eq!(microsoft.client_id, CLIENT);
    assert_eq!(microsoft.tenant, TENANT);
    assert_eq!(microsoft.redirect_uris[0].as_str(), "https://crm.contoso.example/api/auth/microsoft/callback");
    assert_eq!(microsoft.extra_scopes, ["Mail.Send", "Calendars.Read"]);
    assert_eq!(settings.server.notification_url.unwrap().host_str(), Some("crm.contoso.example"));
    assert!(notices.is_empty(), "{notices:?}");
}

#[test]
fn the_front_ends_client_id_counts_only_when_it_is_alone() {
    let (settings, _) = judged([("VITE_MICROSOFT_CLIENT_ID", CLIENT), ("MICROSOFT_CLIENT_SECRET", "abc8Q~value")]).unwrap();
    let microsoft = settings.microsoft.unwrap();
    assert_eq!(microsoft.client_id, CLIENT);
    assert_eq!(microsoft.redirect_uris[0].as_str(), "http://localhost:3000/auth/microsoft/callback");
    assert_eq!((microsoft.tenant.as_str(), settings.cloud.name()), ("common", "global"));
}

#[test]
fn the_bots_names_work_as_they_stand() {
    let (settings, notices) = judged([
        ("EMAILBOT_M365_TENANT_ID", TENANT),
        ("EMAILBOT_M365_CLIENT_ID", CLIENT),
        ("EMAILBOT_M365_CLIENT_SECRET", "abc8Q~value"),
        ("EMAILBOT_M365_AUTHORITY", "https://login.microsoftonline.us"),
        ("EMAILBOT_M365_SCOPE", "https://graph.microsoft.us/.default"),
        ("EMAILBOT_TARGET_MAILBOX", "support@contoso.example"),
        ("EMAILBOT_HOST", "0.0.0.0"),
        ("EMAILBOT_PORT", "8000"),
        ("EMAILBOT_DATABASE_URL", "postgresql+asyncpg://bot:pw@db/bot"),
        ("EMAILBOT_REDIS_URL", "redis://cache:6379"),
        ("EMAILBOT_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("EMAILBOT_POLLING_INTERVAL_MINUTES", "7"),
        ("EMAILBOT_REQUEST_TIMEOUT", "45"),
        ("EMAILBOT_LOG_LEVEL", "WARNING"),
        ("EMAILBOT_DEBUG", "false"),
    ])
    .unwrap();
    let application = settings.application.unwrap();
    assert_eq!((settings.cloud.name(), application.tenant.as_str()), ("usgov", TENANT));
    assert_eq!(application.mailboxes, ["support@contoso.example"]);
    assert_eq!(settings.database.url.expose(), "postgres://bot:pw@db/bot");
    assert_eq!((settings.server.port, settings.server.base_url.as_str()), (8000, "http://localhost:8000/"));
    assert_eq!((settings.sync.polling_interval.as_secs(), settings.sync.request_timeout.as_secs()), (420, 45));
    assert_eq!(settings.log.level, tracing::Level::WARN);
    assert_eq!(notices.len(), 1, "Redis is no longer needed: {notices:?}");
}

#[test]
fn a_national_cloud_is_named_or_spelled_out() {
    let (settings, _) = judged([("RAPPORT_MICROSOFT_CLOUD", "China")]).unwrap();
    assert_eq!(settings.cloud.graph_root(), "https://microsoftgraph.chinacloudapi.cn");
    let (settings, _) = judged([
        ("RAPPORT_MICROSOFT_AUTHORIZE_URL", "https://sign-in.example/a"),
        ("RAPPORT_MICROSOFT_TOKEN_URL", "https://sign-in.example/t"),
        ("RAPPORT_MICROSOFT_GRAPH_URL", "https://graph.example"),
    ])
    .unwrap();
    let cloud = settings.cloud;
    assert_eq!(cloud.identity_url("common", "oauth2/v2.0/authorize").as_str(), "https://sign-in.example/a");
    assert_eq!(cloud.identity_url("common", "oauth2/v2.0/token").as_str(), "https://sign-in.example/t");
    assert_eq!(cloud.graph_root(), "https://graph.example");
}

#[test]
fn what_cannot_be_right_is_refused_by_name_with_the_mend() {
    let refusal = judged([
        ("MICROSOFT_CLIENT_ID", "my-app"),
        ("MICROSOFT_CLIENT_SECRET", "99999999-8888-7777-6666-555555555555"),
        ("MICROSOFT_TENANT_ID", "contoso"),
        ("MICROSOFT_REDIRECT_URI", "https://crm.contoso.example/auth/microsoft/callback/"),
        ("MICROSOFT_EXTRA_SCOPES", "Mail.Send;.default"),
        ("BASE_URL", "http://crm.contoso.example"),
        ("EMAILBOT_M365_TENANT_ID", "common"),
        ("EMAILBOT_M365_CLIENT_ID", CLIENT),
        ("EMAILBOT_M365_SCOPE", "https://graph.microsoft.com/Mail.Read"),
        ("EMAILBOT_M365_AUTHORITY", "login.microsoftonline.com"),
        ("EMAILBOT_TARGET_MAILBOX", "support"),
        ("EMAILBOT_HOST", "mail.contoso.example"),
        ("EMAILBOT_PORT", "80000"),
        ("EMAILBOT_DATABASE_URL", "mysql://bot@db/bot"),
        ("EMAILBOT_ENCRYPTION_KEY", "correct horse battery staple"),
        ("EMAILBOT_POLLING_INTERVAL_MINUTES", "0"),
        ("EMAILBOT_REQUEST_TIMEOUT", "30s"),
        ("EMAILBOT_LOG_LEVEL", "LOUD"),
        ("EMAILBOT_DEBUG", "maybe"),
        ("RAPPORT_MICROSOFT_CLOUD", "atlantis"),
        ("RAPPORT_MICROSOFT_GRAPH_URL", "ftp://graph.example"),
    ])
    .unwrap_err();
    insta::assert_snapshot!(refusal);
}

#[test]
fn hosts_of_two_clouds_are_refused() {
    let refusal =
        judged([("RAPPORT_MICROSOFT_CLOUD", "usgov"), ("RAPPORT_MICROSOFT_GRAPH_URL", "https://graph.microsoft.com")]).unwrap_err();
    insta::assert_snapshot!(refusal);
}

#[test]
fn no_refusal_shows_the_value_of_a_secret() {
    let refusal = judged([
        ("MICROSOFT_CLIENT_ID", CLIENT),
        ("MICROSOFT_CLIENT_SECRET", "your secret hunter2"),
        ("EMAILBOT_ENCRYPTION_KEY", "hunter2"),
    ])
    .unwrap_err();
    let shown = refusal.to_string();
    assert!(shown.contains("MICROSOFT_CLIENT_SECRET") && shown.contains("EMAILBOT_ENCRYPTION_KEY"));
    assert!(!shown.contains("hunter2"), "{shown}");
}
