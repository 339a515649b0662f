//! A month as a table of whole weeks: of each day the first events, how many more there are, and whether it is mirrored at all.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};

use super::days::Stretch;
use super::meeting::{self, Meeting, Telling};
use super::page::{View, at};
use crate::view::format::counted;

/// Events of a day that stand in the table.
const SHOWN_MAX: usize = 3;

/// One day of it.
#[derive(Clone, Copy)]
struct Cell<'a> {
    day: Date,
    /// Whether it is of the month, not of a neighbour.
    is_inside: bool,
    is_known: bool,
    of_day: &'a [&'a Meeting<'a>],
}

/// The weeks of `month`, which is any day of it. `mirrored` are the days that are known whole, if that is known.
pub(super) fn table(telling: Telling<'_>, month: Date, mirrored: Option<Stretch>, by_day: &BTreeMap<Date, Vec<&Meeting<'_>>>) -> Markup {
    let days: Vec<Date> = Stretch::weeks_of_month(month).days().collect();
    let cell = |day: Date| Cell {
        day,
        is_inside: day.month() == month.month(),
        is_known: mirrored.is_none_or(|mirrored| mirrored.has(day)),
        of_day: by_day.get(&day).map(Vec::as_slice).unwrap_or_default(),
    };
    html! {
        table.month {
            caption.hidden { (month.strftime("%B %Y")) }
            thead { tr {
                th scope="col" { span.hidden { "Week" } }
                @for day in days.iter().take(7) { th scope="col" abbr=(day.strftime("%A")) { (day.strftime("%a")) } }
            } }
            tbody { @for week in days.chunks(7) { tr {
                th scope="row" { (week_link(telling, week)) }
                @for day in week { (cell_of(telling, cell(*day))) }
            } } }
        }
    }
}

fn week_link(telling: Telling<'_>, week: &[Date]) -> Markup {
    html! { @if let Some(monday) = week.first() {
        @let number = monday.iso_week_date().week();
        a href=(at(View::Week, telling.days, *monday)) aria-label={ "Week " (number) ", from " (monday.strftime("%-d %B")) } { (number) }
    } }
}

fn cell_of(telling: Telling<'_>, cell: Cell<'_>) -> Markup {
    let Cell { day, is_inside, is_known, of_day } = cell;
    let agenda = at(View::Agenda, telling.days, day);
    let more = of_day.len().saturating_sub(SHOWN_MAX);
    html! {
        td.outside[!is_inside].today[day == telling.days.today].unknown[!is_known] {
            a.date href=(agenda) aria-label=(label(telling, cell)) {
                time datetime=(day) { (day.strftime(if day.day() == 1 { "%-d %b" } else { "%-d" })) }
                @if !of_day.is_empty() { span.number aria-hidden="true" { (of_day.len()) } }
            }
            @if !of_day.is_empty() { ul { @for meeting in &of_day[..of_day.len() - more] { (line(telling, day, meeting, &agenda)) } } }
            @if more > 0 { a.more href=(agenda) { (more) " more" span.hidden { " on " (day.strftime("%-d %B")) } } }
            @if !is_known { p.none { (if of_day.is_empty() { "not mirrored" } else { "perhaps more" }) } }
        }
    }
}

/// What a day is called by whoever does not see the table: the day, how much it has, and whether that is all.
fn label(telling: Telling<'_>, cell: Cell<'_>) -> String {
    let count = i64::try_from(cell.of_day.len()).unwrap_or(i64::MAX);
    let facts = [
        Some(cell.day.strftime("%-d %B %Y, %A").to_string()),
        (cell.day == telling.days.today).then(|| "today".to_owned()),
        (count > 0 || cell.is_known).then(|| if count == 0 { "nothing".to_owned() } else { counted(count, "event", "events") }),
        (!cell.is_known).then(|| if count == 0 { "not mirrored" } else { "not mirrored whole" }.to_owned()),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn line(telling: Telling<'_>, day: Date, meeting: &Meeting<'_>, agenda: &str) -> Markup {
    let event = meeting.event;
    let subject = meeting::subject(event);
    html! {
        li.off[meeting::is_off(event)] data-event=(event.id) {
            a data-row href={ (agenda) "#" (meeting::inside_of(day, event)) } title={ (telling.days.clock(day, event)) ", " (subject) } {
                (meeting::swatch(meeting))
                @if let Some(clock) = telling.days.short_clock(day, event) { span.clock { (clock) } " " }
                span.name dir="auto" { (subject) }
            }
        }
    }
}
