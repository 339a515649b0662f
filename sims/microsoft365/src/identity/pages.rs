//! The pages that a person sees: sign-in with consent, and errors that never go back to the app.
//!
//! Plain HTML without script, usable by keyboard and screen reader. Nobody types a password: choosing a user is signing in.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, Markup, html};

use super::authorize::{Asked, DECISION_FIELD, USER_FIELD};
use super::error::{OauthError, Trace};
use super::scope::Scope;
use crate::directory::{User, UserKind};
use crate::request::Request;
use crate::world::World;

/// How many users the page lists.
const USERS_MAX: usize = 200;
const STYLE: &str = "body{font-family:system-ui,sans-serif;background:#f2f2f2;color:#1b1b1b;margin:0}\
main{max-width:30rem;margin:3rem auto;background:#fff;padding:2rem;box-shadow:0 2px 6px rgba(0,0,0,.2)}\
h1{font-size:1.4rem;margin-top:0}fieldset{border:1px solid #767676;margin:0 0 1rem;max-height:18rem;overflow:auto}\
label{display:block;padding:.4rem 0}li{margin:.3rem 0}button{font:inherit;padding:.5rem 1.5rem;margin-right:.5rem;cursor:pointer}\
.main{background:#0067b8;color:#fff;border:1px solid #0067b8}.note{color:#555;font-size:.9rem}code{overflow-wrap:anywhere}";

/// What each permission lets an app do, in a person's words.
const MEANINGS: &[(&str, &str)] = &[
    ("User.Read", "Sign you in and read your profile"),
    ("User.ReadBasic.All", "Read all users' basic profiles"),
    ("Mail.Read", "Read your mail"),
    ("Mail.ReadWrite", "Read and write access to your mail"),
    ("Mail.Send", "Send mail as you"),
    ("Mail.Read.Shared", "Read mail you can access"),
    ("Mail.ReadWrite.Shared", "Read and write mail you can access"),
    ("Mail.Send.Shared", "Send mail on behalf of others or yourself"),
    ("MailboxSettings.Read", "Read your mailbox settings"),
    ("Calendars.ReadWrite", "Have full access to your calendars"),
    ("Contacts.ReadWrite", "Have full access to your contacts"),
    ("People.Read", "Read your relevant people lists"),
    ("offline_access", "Maintain access to data you have given it access to"),
    ("openid", "Sign you in"),
    ("profile", "View your basic profile"),
    ("email", "View your email address"),
];

/// The sign-in page: choose a user, see what the app asks for, accept or cancel.
pub fn sign_in(world: &World, asked: &Asked<'_>, scope: &Scope) -> Response<Bytes> {
    let hint = asked.form.get("login_hint").and_then(|hint| world.directory.user(hint)).map(|user| user.id.clone());
    let may = |user: &&User| user.kind != UserKind::Shared && asked.authority.admits_user(user, &asked.app).is_ok();
    let mut users: Vec<&User> = world.directory.users().filter(may).collect();
    users.sort_by_key(|user| user.display_name.to_lowercase());
    let hidden = asked.form.pairs().iter().filter(|(name, _)| name != USER_FIELD && name != DECISION_FIELD);
    let names = scope.asked(&asked.app).into_iter().chain(scope.oidc.iter().map(|name| (*name).to_owned()));
    let body = html! {
        h1 { "Sign in to " (asked.app.display_name) }
        p.note { "This is a simulated Microsoft sign-in. Choosing a user signs in as that user; there is no password." }
        form method="post" action=(asked.request.path) {
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            (choice(&users, hint.as_deref()))
            h2 { "Permissions requested" }
            ul { @for name in names { li { (meaning(&name)) " " span.note { "(" (name) ")" } } } }
            button.main type="submit" name=(DECISION_FIELD) value="accept" { "Accept" }
            button type="submit" name=(DECISION_FIELD) value="cancel" formnovalidate { "Cancel" }
        }
    };
    page(200, layout("Sign in to your account", &body))
}

/// The page on which an administrator consents for the whole organisation.
pub fn admin_consent(world: &World, request: &Request, app_name: &str, tenant: &str, names: &[String]) -> Response<Bytes> {
    let is_administrator = |user: &&User| user.is_administrator && (tenant.is_empty() || user.tenant_id == tenant);
    let users: Vec<&User> = world.directory.users().filter(is_administrator).collect();
    let body = html! {
        h1 { "Permissions requested: review for your organization" }
        p { strong { (app_name) } " would like to:" }
        ul { @for name in names { li { (meaning(name)) " " span.note { "(" (name) ")" } } } }
        @if users.is_empty() { p role="alert" { "This tenant has no administrator. Create one through /_sim/users with isAdministrator." } }
        form method="post" action=(request.path) {
            @for (name, value) in request.query_pairs() { input type="hidden" name=(name) value=(value); }
            (choice(&users, None))
            button.main type="submit" name=(DECISION_FIELD) value="accept" { "Accept" }
            button type="submit" name=(DECISION_FIELD) value="cancel" formnovalidate { "Cancel" }
        }
    };
    page(200, layout("Permissions requested", &body))
}

/// The page on which a device's code is typed.
pub fn device(world: &World, message: Option<&str>, code: &str) -> Response<Bytes> {
    let users: Vec<&User> = world.directory.users().filter(|user| user.kind != UserKind::Shared).collect();
    let body = html! {
        h1 { "Enter code to allow access" }
        @if let Some(message) = message { p role="status" { (message) } }
        form method="post" action="/devicelogin" {
            label for="code" { "Code" }
            p { input id="code" name="user_code" value=(code) required autocomplete="off"; }
            (choice(&users, None))
            button.main type="submit" name=(DECISION_FIELD) value="accept" { "Continue" }
            button type="submit" name=(DECISION_FIELD) value="cancel" { "Decline" }
        }
    };
    page(200, layout("Sign in to your account", &body))
}

/// The page of an error that never goes back to the app.
pub fn error(world: &mut World, request: &Request, error: &OauthError) -> Response<Bytes> {
    error_page(world, request, error, None)
}

/// The same with a link that tells the app.
pub fn error_with_way_back(world: &mut World, request: &Request, error: &OauthError, back: &str) -> Response<Bytes> {
    error_page(world, request, error, Some(back))
}

/// A page that only says something.
pub fn notice(title: &str, text: &str) -> Response<Bytes> {
    page(200, layout(title, &html! { h1 { (title) } p { (text) } }))
}

fn error_page(world: &mut World, request: &Request, error: &OauthError, back: Option<&str>) -> Response<Bytes> {
    let trace = Trace::new(world, request);
    let body = html! {
        h1 { "Sorry, but we're having trouble signing you in." }
        p role="alert" { (error.text()) }
        p.note { "Request Id: " code { (trace.trace) } br; "Correlation Id: " code { (trace.correlation) } br; "Timestamp: " (trace.time) }
        @if let Some(back) = back { p { a href=(back) { "Return to the application without granting consent" } } }
    };
    let mut response = page(if back.is_some() { 200 } else { 400 }, layout("Sign in to your account", &body));
    super::error::stamp(&mut response, &trace.trace);
    response
}

fn choice(users: &[&User], chosen: Option<&str>) -> Markup {
    let chosen = chosen.or(users.first().map(|user| user.id.as_str()));
    html! {
        fieldset {
            legend { "Pick an account" }
            @for user in users.iter().take(USERS_MAX) {
                label {
                    input type="radio" name=(USER_FIELD) value=(user.id) checked[Some(user.id.as_str()) == chosen] required;
                    " " (user.display_name) " " span.note { (user.user_principal_name) }
                }
            }
            @if users.len() > USERS_MAX { p.note { "Only the first " (USERS_MAX) " of " (users.len()) " are shown; send a login_hint." } }
        }
    }
}

fn meaning(name: &str) -> &str {
    MEANINGS.iter().find(|(known, _)| *known == name).map_or("Use the permission", |(_, meaning)| meaning)
}

fn layout(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    }
    .into_string()
}

/// An HTML answer.
pub fn page(status: u16, html: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
