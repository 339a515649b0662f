//! From when until when, as a form asks for it: what a clock shows in a zone that is named beside it.

use api::view;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::days::Days;
use crate::session::Fields;

/// How a field for a time writes it.
const FORM: &str = "%Y-%m-%dT%H:%M";

/// A time as it stands in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// When it begins.
    pub start: String,
    /// When it ends; of whole days the last of them.
    pub end: String,
    /// Whether only the dates count.
    pub all_day: bool,
    /// The zone: an IANA or a Windows name.
    pub zone: String,
}

impl Times {
    /// As they were sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Times { start: text("start"), end: text("end"), all_day: fields.text("all_day") == "yes", zone: text("zone") }
    }

    /// Those of an event as a reader's clock shows them.
    pub fn of(event: &view::CalendarEvent, days: &Days) -> Self {
        let (start, end) = if event.is_all_day {
            let touched = days.touched(event);
            (touched.first.into(), touched.last.into())
        } else {
            (days.date_time(event.start_at), days.date_time(event.end_at))
        };
        let written = |at: DateTime| at.strftime(FORM).to_string();
        Times { start: written(start), end: written(end), all_day: event.is_all_day, zone: days.zone_name.clone() }
    }

    /// An hour of a day.
    pub fn an_hour_of(day: Date, zone: &str) -> Self {
        let at = |hour: i8| day.at(hour, 0, 0, 0).strftime(FORM).to_string();
        Times { start: at(9), end: at(10), all_day: false, zone: if zone.is_empty() { "UTC" } else { zone }.to_owned() }
    }

    /// Start and end as the API reads them. Of whole days the last one is named here, and the midnight behind it there.
    pub fn wanted(&self) -> (Value, Value) {
        let time = |written: &str, later: i64| {
            let shown = moment(written).map(|at| if self.all_day { DateTime::from(at.date().saturating_add(later.days())) } else { at });
            let date_time = shown.map_or_else(|| written.to_owned(), |at| at.to_string());
            json!({"date_time": date_time, "time_zone": self.zone})
        };
        (time(&self.start, 0), time(&self.end, i64::from(self.all_day)))
    }

    /// Whether it is the same time. Of whole days neither hours nor a zone count.
    pub fn is(&self, other: &Times) -> bool {
        let dates = |times: &Times| (moment(&times.start).map(DateTime::date), moment(&times.end).map(DateTime::date));
        if self.all_day && other.all_day { dates(self) == dates(other) } else { self == other }
    }

    /// In words: “Tuesday, 24 November 2026, 10:00 to 11:00, Europe/Berlin”.
    pub fn words(&self) -> String {
        let (Some(start), Some(end)) = (moment(&self.start), moment(&self.end)) else { return format!("{} to {}", self.start, self.end) };
        let (day, is_one_day) = ("%A, %-d %B %Y", start.date() == end.date());
        match (self.all_day, is_one_day) {
            (true, true) => start.strftime(day).to_string(),
            (true, false) => format!("{} to {}", start.strftime(day), end.strftime(day)),
            (false, true) => format!("{}, {} to {}, {}", start.strftime(day), start.strftime("%H:%M"), end.strftime("%H:%M"), self.zone),
            (false, false) => {
                format!(
                    "{}, {} to {}, {}, {}",
                    start.strftime(day),
                    start.strftime("%H:%M"),
                    end.strftime(day),
                    end.strftime("%H:%M"),
                    self.zone
                )
            }
        }
    }

    /// The fields that ask for it; `offers_days`: also for whole days.
    pub fn inputs(&self, offers_days: bool) -> Markup {
        html! {
            div { label for="start" { "From" } input #start type="datetime-local" name="start" required value=(self.start); }
            div { label for="end" { "Until" } input #end type="datetime-local" name="end" required value=(self.end); }
            @if offers_days {
                div { div.checks { label.check { input type="checkbox" name="all_day" value="yes" checked[self.all_day]; span { "Whole days" } } }
                    p.hint { "Of whole days only the dates count; the last one is included." } }
            }
            div { label for="zone" { "Time zone" } input #zone name="zone" required maxlength="100" autocomplete="off" spellcheck="false" value=(self.zone);
                p.hint { "Such as Europe/Berlin or W. Europe Standard Time" } }
        }
    }

    /// The same, not to be seen.
    pub fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="start" value=(self.start); input type="hidden" name="end" value=(self.end);
            @if self.all_day { input type="hidden" name="all_day" value="yes"; }
            input type="hidden" name="zone" value=(self.zone);
        }
    }
}

fn moment(written: &str) -> Option<DateTime> {
    written.parse::<DateTime>().or_else(|_| written.parse::<Date>().map(DateTime::from)).ok()
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::super::meeting::tests::event;
    use super::*;

    fn days(zone: &str) -> Days {
        Days::of(zone, Timestamp::parse("2026-03-25T12:00:00Z").unwrap())
    }

    #[test]
    fn of_whole_days_the_last_is_included_and_no_zone_moves_them() {
        let holiday = event("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z", true);
        let times = Times::of(&holiday, &days("America/Los_Angeles"));
        assert_eq!((times.start.as_str(), times.end.as_str()), ("2026-03-02T00:00", "2026-03-03T00:00"));
        let (start, end) = times.wanted();
        assert_eq!((&start["date_time"], &end["date_time"]), (&json!("2026-03-02T00:00:00"), &json!("2026-03-04T00:00:00")));
        assert!(times.is(&Times { start: "2026-03-02".into(), ..Times::of(&holiday, &days("UTC")) }));
        assert_eq!(times.words(), "Monday, 2 March 2026 to Tuesday, 3 March 2026");
    }

    #[test]
    fn a_time_is_another_in_another_zone() {
        let call = event("2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z", false);
        let berlin = Times::of(&call, &days("Europe/Berlin"));
        assert_eq!(berlin.words(), "Monday, 30 March 2026, 10:00 to 11:00, Europe/Berlin");
        assert!(berlin.is(&berlin.clone()) && !berlin.is(&Times { zone: "America/New_York".into(), ..berlin.clone() }));
        assert_eq!(berlin.wanted().0, json!({"date_time": "2026-03-30T10:00:00", "time_zone": "Europe/Berlin"}));
    }
}
