//! The agenda: the days from one on that have something, and until when was looked.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};

use super::days::Stretch;
use super::meeting::{Meeting, Telling};
use super::week;

/// Days that are looked through.
pub(super) const DAYS: i64 = 14;

/// The days of a stretch on which something stands, and how far it reaches. `mirrored` are those that are known whole, if that is known.
pub(super) fn days(
    telling: Telling<'_>,
    stretch: Stretch,
    mirrored: Option<Stretch>,
    by_day: &BTreeMap<Date, Vec<&Meeting<'_>>>,
) -> Markup {
    let is_known = |day: Date| mirrored.is_none_or(|mirrored| mirrored.has(day));
    let end = stretch.last.strftime("%A, %-d %B %Y");
    html! {
        @for (day, of_day) in by_day { (week::section(telling, *day, is_known(*day), of_day)) }
        @match (by_day.is_empty(), stretch.days().any(is_known)) {
            (true, true) => div.empty { h2 { "Nothing on these days" } p { "From " (stretch.first.strftime("%A, %-d %B")) " until " (end) "." } },
            (true, false) => div.empty { h2 { "These days are not mirrored" } p { "What stands on them is not known here." } },
            (false, _) => p.until { "Until " (end) ". Days with nothing on them are left out." },
        }
    }
}
