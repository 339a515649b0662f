//! OpenID metadata, the key set and instance discovery (reference: identity, sections 1.2 and 3.2).

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde_json::{Value, json};

use super::authority::Authority;
use super::error::{OauthError, json_answer};
use crate::directory::tenant::PERSONAL_TENANT;
use crate::request::Request;
use crate::world::World;

/// `/{tenant}/v2.0/.well-known/openid-configuration`, and the same without `/v2.0` for version 1.
pub fn configuration(world: &mut World, request: &Request, word: &str, version_2: bool) -> Response<Bytes> {
    let authority = match Authority::read(&world.directory, word) {
        Ok(authority) => authority,
        Err(error) => {
            let error = OauthError { error: "invalid_tenant", ..error };
            return super::error::answer(world, request, &error);
        }
    };
    let trace = world.ids.guid();
    cacheable(document(request, &authority, version_2), &trace)
}

fn document(request: &Request, authority: &Authority, version_2: bool) -> Value {
    let origin = &request.origin;
    let base = format!("{origin}/{}", authority.path_word());
    let version = if version_2 { "/v2.0" } else { "" };
    let oauth = format!("{base}/oauth2{version}");
    let issuer = issuer(origin, authority.issuer_word(), version_2);
    let region = if matches!(authority, Authority::Tenant(_)) { json!("EU") } else { Value::Null };
    json!({
        "token_endpoint": format!("{oauth}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"],
        "jwks_uri": format!("{base}/discovery{version}/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{origin}/oidc/userinfo"),
        "authorization_endpoint": format!("{oauth}/authorize"),
        "device_authorization_endpoint": format!("{oauth}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{oauth}/logout"),
        "claims_supported": ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud",
            "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "kerberos_endpoint": format!("{base}/kerberos"),
        "mtls_endpoint_aliases": {"token_endpoint": format!("{oauth}/token")},
        "tls_client_certificate_bound_access_tokens": true,
        "tenant_region_scope": region,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    })
}

/// The issuer of tokens; with its own origin, so that a strict client may compare it with the metadata's address.
pub fn issuer(origin: &str, tenant: &str, version_2: bool) -> String {
    if version_2 { format!("{origin}/{tenant}/v2.0") } else { format!("https://sts.windows.net/{tenant}/") }
}

/// `/{tenant}/discovery/v2.0/keys`
pub fn keys(world: &mut World, request: &Request) -> Response<Bytes> {
    let template = issuer(&request.origin, "{tenantid}", true);
    let personal = issuer(&request.origin, PERSONAL_TENANT, true);
    let keys = world.identity.keys.all();
    let mut published: Vec<Value> = keys.iter().map(|key| key.published(&template)).collect();
    published.extend(keys.iter().map(|key| key.published(&personal)).map(|mut key| {
        let id = format!("{}p", key["kid"].as_str().unwrap_or_default());
        key["kid"] = json!(id);
        key["x5t"] = json!(id);
        key
    }));
    let trace = world.ids.guid();
    cacheable(json!({"keys": published}), &trace)
}

/// `/common/discovery/instance`: every host is an instance of its own here, as a private cloud's is.
pub fn instance(world: &mut World, request: &Request) -> Response<Bytes> {
    let asked = request.query_pairs().into_iter().find(|(name, _)| name == "authorization_endpoint").map(|(_, value)| value);
    let Some(asked) = asked else {
        let error =
            OauthError::new("invalid_request", 900_144, "The request body must contain the following parameter: 'authorization_endpoint'.");
        return super::error::answer(world, request, &error);
    };
    let host = asked.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default().to_owned();
    let own = request.origin.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    let aliases: Vec<&str> = match host.as_str() {
        "login.microsoftonline.com" | "login.windows.net" | "login.microsoft.com" | "sts.windows.net" => {
            vec!["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
        }
        "login.microsoftonline.us" => vec!["login.microsoftonline.us", "login.usgovcloudapi.net"],
        "login.partner.microsoftonline.cn" | "login.chinacloudapi.cn" => vec!["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        // MSAL for Python asks for its authority's host without the port.
        other if other == own || own.rsplit_once(':').is_some_and(|(name, _)| name == other) => vec![other],
        _ => return super::error::answer(world, request, &OauthError::new("invalid_instance", 50049, "Unknown or invalid instance.")),
    };
    let authority = asked.split("/oauth2").next().unwrap_or_default();
    // The port that was left out belongs to the address where the metadata is.
    let path = authority.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let base = if own.starts_with(&format!("{host}:")) { format!("{}/{path}", request.origin) } else { authority.to_owned() };
    let endpoint = format!("{base}/v2.0/.well-known/openid-configuration");
    let cache = aliases.get(1).unwrap_or(&aliases[0]);
    let body = json!({"tenant_discovery_endpoint": endpoint, "api-version": "1.1",
        "metadata": [{"preferred_network": aliases[0], "preferred_cache": cache, "aliases": aliases}]});
    let trace = world.ids.guid();
    cacheable(body, &trace)
}

fn cacheable(body: Value, trace: &str) -> Response<Bytes> {
    let mut response = json_answer(200, &body);
    super::error::stamp(&mut response, trace);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=86400, private"));
    headers.remove(header::PRAGMA);
    headers.remove(header::EXPIRES);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, OPTIONS"));
    headers.insert("p3p", HeaderValue::from_static("CP=\"DSP CUR OTPi IND OTRi ONL FIN\""));
    response
}
