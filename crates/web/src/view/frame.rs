//! The frame of every page: head, navigation, main part.

use maud::{DOCTYPE, Markup, html};

use crate::view::keys_page;

/// Which part of the console a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Customers, and the people at them.
    Customers,
    /// Threads and their messages.
    Threads,
    /// Contacts of address books.
    Contacts,
    /// Search.
    Search,
    /// Mailboxes and what is in them.
    Mailboxes,
    /// Calendars.
    Calendar,
    /// Mail that leaves.
    Outbox,
    /// The ledger.
    Activity,
    /// The API, its keys, endpoints and deliveries.
    Developers,
    /// Original mail that is brought out.
    Archives,
    /// The audit.
    Audit,
    /// Connecting.
    Connect,
}

/// Who looks at a page.
pub trait Viewer {
    /// What the session's forms repeat.
    fn csrf(&self) -> &str;
    /// Whether the administrators' parts are theirs too.
    fn is_administrator(&self) -> bool;
}

/// The parts that are administrators' alone.
const ADMINISTRATORS: &[Part] = &[Part::Archives, Part::Audit];

/// Part, address, name, and the key that opens it after `g`.
const PARTS: &[(Part, &str, &str, &str)] = &[
    (Part::Customers, "/customers", "Customers", "c"),
    (Part::Threads, "/threads", "Threads", "t"),
    (Part::Contacts, "/contacts", "Contacts", "b"),
    (Part::Search, "/search", "Search", "s"),
    (Part::Mailboxes, "/mailboxes", "Mailboxes", "m"),
    (Part::Calendar, "/calendar", "Calendar", "k"),
    (Part::Outbox, "/outbox", "Outbox", "o"),
    (Part::Activity, "/activity", "Activity", "a"),
    (Part::Developers, "/developers", "Developers", "d"),
    (Part::Archives, "/archives", "Archives", "r"),
    (Part::Audit, "/audit", "Audit", "l"),
];

/// A page for somebody who is signed in, with the way to the parts that they may use.
pub fn signed_in(title: &str, part: Part, viewer: &impl Viewer, main: &Markup) -> Markup {
    let parts = PARTS.iter().filter(|(own, ..)| viewer.is_administrator() || !ADMINISTRATORS.contains(own));
    let top = html! {
        header.top {
            div.inside {
                (brand("/"))
                nav aria-label="Console" {
                    ul { @for (own, address, name, key) in parts.clone() {
                        li { a href=(address) data-go=(key) aria-current=[(*own == part).then_some("page")] { (name) } }
                    } }
                }
                div.own {
                    button.quiet.round #show-keys type="button" hidden title="Keyboard (?)" aria-label="Show the keys" { "?" }
                    form method="post" action="/sign-out" { (key(viewer.csrf())) button.link type="submit" { "Sign out" } }
                }
            }
        }
    };
    let keys = keys_page::dialog(parts.map(|(_, _, name, key)| (*name, *key)));
    document(title, (&top, &keys), main, "page", None)
}

/// A page for anybody: small, in the middle.
pub fn alone(title: &str, main: &Markup) -> Markup {
    alone_going_on(title, None, main)
}

/// A page for anybody that goes on to an address of ours by itself.
pub fn alone_going_on(title: &str, address: Option<&str>, main: &Markup) -> Markup {
    let top = html! { header.top.bare { div.inside { (brand("/")) } } };
    document(title, (&top, &html! {}), main, "page alone", address)
}

/// The hidden key that every form repeats.
pub fn key(csrf: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(csrf); }
}

fn brand(address: &str) -> Markup {
    html! { a.brand href=(address) { span.mark aria-hidden="true" {} "Rapport" } }
}

fn document(title: &str, (top, end): (&Markup, &Markup), main: &Markup, class: &str, going_on: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(address) = going_on { meta http-equiv="refresh" content={ "0;url=" (address) }; }
                title { (title) " · Rapport" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/console.css";
                link rel="stylesheet" href="/assets/objects.css";
                script type="module" src="/assets/console.js" {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (top)
                main #main class=(class) tabindex="-1" { (main) }
                (end)
            }
        }
    }
}
