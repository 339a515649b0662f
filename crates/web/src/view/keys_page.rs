//! The keys by which the console can be used without a mouse, as a dialog that `?` opens.
//!
//! What they do is in `assets/keys.js`; this list is what a reader is told.

use maud::{Markup, html};

const KEYS: &[(&str, &str)] = &[
    ("/", "Search"),
    ("j", "Next line of a list"),
    ("k", "Line before"),
    ("Enter", "Open the line"),
    ("n", "Next page of a list, next days"),
    ("p", "Page before, days before"),
    ("u", "Up: to what this page is part of"),
    ("Esc", "Leave a field, close this"),
    ("?", "These keys"),
    ("w", "Calendar: week"),
    ("m", "Calendar: month"),
    ("a", "Calendar: agenda"),
    ("t", "Calendar: today"),
];

/// The dialog, closed. `parts` are the console's parts with the key that opens each after `g`.
pub fn dialog<'a>(parts: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        dialog.keys #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            div.halves {
                dl { @for (key, does) in KEYS { div { dt { kbd { (key) } } dd { (does) } } } }
                dl { @for (name, key) in parts { div { dt { kbd { "g" } " " kbd { (key) } } dd { (name) } } } }
            }
            form method="dialog" { button.quiet type="submit" { "Close" } }
        }
    }
}
