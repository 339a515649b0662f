//! A secret that is shown once, with a button that copies it.

use maud::{Markup, html};

/// The secret with words about it.
pub fn shown(what: &str, secret: &str) -> Markup {
    html! {
        section.once role="status" {
            h2 dir="auto" { (what) " is made" }
            p { "Copy it now: it is not shown again, because only a hash or a sealed form of it is kept." }
            div.copied { pre.wrapped tabindex="0" { code #secret { (secret) } } button.quiet type="button" data-copy=(secret) hidden { "Copy" } }
        }
    }
}
