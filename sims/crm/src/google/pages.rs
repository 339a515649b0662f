//! The pages for people: who signs in, and what is wrong with the app.

use std::collections::BTreeSet;

use maud::{DOCTYPE, html};

use crate::reply::{Reply, page};

use super::accounts::Account;

/// The list of accounts; each may allow or decline.
pub(crate) fn choose(accounts: &[Account], client: &str, scopes: &BTreeSet<String>, query: &str) -> Reply {
    let link = |email: &str, decision: &str| {
        let own: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("sim_account", email)
            .append_pair("sim_decision", decision)
            .finish();
        format!("auth/consent?{query}&{own}")
    };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Sign in - simulated Google accounts" } }
            body {
                h1 { "Choose an account" }
                p { "to continue to " b { (client) } ", which asks for:" }
                ul { @for scope in scopes { li { (scope) } } }
                @if accounts.is_empty() { p { "Nobody has an account here yet: make one with POST /_sim/google/accounts." } }
                ul {
                    @for account in accounts {
                        li {
                            (account.name) " <" (account.email) "> "
                            a href=(link(&account.email, "allow")) { "Allow" } " "
                            a href=(link(&account.email, "deny")) { "Cancel" }
                        }
                    }
                }
            }
        }
    };
    page(200, markup.into_string())
}

/// What is wrong with the app; nothing is sent to its address.
pub(crate) fn error(status: u16, error: &str, why: &str) -> Reply {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Error " (status) ": " (error) } }
            body { h1 { "Access blocked" } p { (why) } p { "Error " (status) ": " (error) } }
        }
    };
    page(status, markup.into_string())
}
