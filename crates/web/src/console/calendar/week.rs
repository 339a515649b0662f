//! A week, day by day: each of its seven days is there, also one on which nothing is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};

use super::days::Stretch;
use super::meeting::{self, Meeting, Telling};

/// The days of a week with what stands on each. `mirrored` are those that are known whole, if that is known.
pub(super) fn days(telling: Telling<'_>, week: Stretch, mirrored: Option<Stretch>, by_day: &BTreeMap<Date, Vec<&Meeting<'_>>>) -> Markup {
    html! { @for day in week.days() {
        @let of_day = by_day.get(&day).map(Vec::as_slice).unwrap_or_default();
        (section(telling, day, mirrored.is_none_or(|mirrored| mirrored.has(day)), of_day))
    } }
}

/// One day under its heading.
pub(super) fn section(telling: Telling<'_>, day: Date, is_known: bool, of_day: &[&Meeting<'_>]) -> Markup {
    let is_today = day == telling.days.today;
    html! {
        section.day.today[is_today] aria-labelledby={ "day-" (day) } {
            h2 id={ "day-" (day) } { time datetime=(day) { (day.strftime("%A, %-d %B")) } @if is_today { span.chip { "today" } } }
            div {
                @if !of_day.is_empty() { (meeting::list(telling, day, of_day)) }
                @match (of_day.is_empty(), is_known) {
                    (true, true) => p.none { "Nothing" },
                    (true, false) => p.none { "Not mirrored" },
                    (false, false) => p.none { "Not mirrored whole: there may have been more" },
                    (false, true) => {}
                }
            }
        }
    }
}
