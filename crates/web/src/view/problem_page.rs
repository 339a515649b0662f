//! A problem as a page: what happened, why, what to do next.

use base::Problem;
use maud::{DOCTYPE, Markup, html};

use crate::settings::Settings;
use crate::view::frame;

/// The page of a problem.
pub fn render(problem: &Problem, request_id: Option<&str>, signed_out: bool, _settings: &Settings) -> Markup {
    frame::alone(
        &problem.title,
        &html! {
            section.card.problem {
                h1 { (problem.title) }
                p { (said(&problem.detail)) }
                (next(problem))
                p.actions {
                    @if signed_out { a.button href="/sign-in" { "Sign in" } } @else { a.button href="/mailboxes" { "Mailboxes" } }
                    a.button.quiet href="/connect" { "Connect a mailbox" }
                }
                (reference(problem, request_id))
            }
        },
    )
}

/// What to do next.
pub fn next(problem: &Problem) -> Markup {
    html! { p.next { strong { "Next: " } (said(&problem.action)) } }
}

/// What a problem says: names stand between backticks.
fn said(text: &str) -> Markup {
    html! { @for (place, part) in text.split('`').enumerate() { @if place % 2 == 1 { code { (part) } } @else { (part) } } }
}

fn reference(problem: &Problem, request_id: Option<&str>) -> Markup {
    html! {
        p.reference {
            "Code " code { (problem.code) }
            @if let Some(id) = request_id { " · Microsoft's request id " code { (id) } }
        }
    }
}

/// A problem within a page.
pub fn callout(problem: &Problem) -> Markup {
    html! {
        div.callout role="alert" {
            p.title { (problem.title) }
            p { (said(&problem.detail)) }
            (next(problem))
        }
    }
}

/// A page that goes on to an address of ours by itself, so that the browser sends its cookie along.
pub fn again(address: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content={ "0;url=" (address) };
                title { "Rapport" }
            }
            body { p { a href=(address) { "Go on" } } }
        }
    }
}
