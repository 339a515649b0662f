//! The sign-in page.

use base::Problem;
use maud::{Markup, html};

use crate::settings::Settings;
use crate::view::frame;
use crate::view::problem_page::callout;

/// The form for the administrator's token.
pub fn render(return_to: &str, problem: Option<&Problem>, settings: &Settings) -> Markup {
    frame::alone(
        "Sign in",
        &html! {
            section.card {
                h1 { "Sign in to the console" }
                @if let Some(problem) = problem { (callout(problem)) }
                form.stack method="post" action="/sign-in" {
                    input type="hidden" name="return_to" value=(return_to);
                    label for="token" { "Administrator token" }
                    input #token name="token" type="password" autocomplete="current-password" required autofocus
                        spellcheck="false" aria-describedby="token-hint";
                    p.hint #token-hint { "It begins with " code { "rapport_" } " and was printed once, when Rapport first started." }
                    button type="submit" { "Sign in" }
                }
                @if settings.delegated.is_some() {
                    p.hint { "Or, if your organisation has been let in: " a href="/auth/microsoft?connect=false" { "sign in with Microsoft" } "." }
                }
            }
        },
    )
}
