//! What is on its way into the calendars that a visitor may write, and what was not done in the last day.

use std::time::Duration;

use api::calendaring::may_write;
use api::read::calendar::Shown;
use base::Timestamp;
use maud::{Markup, html};
use model::asked::AskedState;
use model::calendar::Response;
use model::calendar_intent::{CalendarDeed, CalendarIntent};
use model::id::CalendarId;
use store::{Db, StoreError, calendar_intent};

use crate::view::problem_page;
use crate::view::text::shown;
use crate::visitor::Visitor;

/// How long it is shown that something was not done.
const FAILURES_SHOWN: Duration = Duration::from_secs(24 * 3600);
/// Of so many at most something is said.
const SHOWN_MAX: u32 = 100;
/// How often a page looks whether what is on its way is done, in milliseconds.
const LOOK_EVERY: &str = "1500";

/// What is said above the days.
pub(super) async fn standing(db: &Db, by: &Visitor, calendars: &[Shown], now: Timestamp) -> Result<Markup, StoreError> {
    let own: Vec<CalendarId> = calendars.iter().filter(|shown| may_write(&by.asker, shown)).map(|shown| shown.calendar.id).collect();
    let about = calendar_intent::about(db, &own, now.minus(FAILURES_SHOWN), SHOWN_MAX).await?;
    Ok(html! {
        @for intent in &about { @match (intent.state, &intent.problem) {
            (AskedState::Waiting, problem) => p.notice role="status" data-live-every=(LOOK_EVERY) {
                (doing(intent)) @if let Some(problem) = problem { " It waits: " (problem.title) }
            },
            (AskedState::Failed, Some(problem)) => (problem_page::callout(problem)),
            _ => {}
        } }
    })
}

fn doing(intent: &CalendarIntent) -> String {
    match &intent.deed {
        CalendarDeed::Create(new) => match shown(&new.subject) {
            Some(subject) => format!("“{subject}” is being put into the calendar…"),
            None => "An event is being put into the calendar…".to_owned(),
        },
        CalendarDeed::Update(_) => "An event is being changed…".to_owned(),
        CalendarDeed::Cancel(_) => "A meeting is being cancelled…".to_owned(),
        CalendarDeed::Delete => "An event is being removed…".to_owned(),
        CalendarDeed::Answer(answer) => match answer.response {
            Response::Accepted => "An invitation is being accepted…".to_owned(),
            Response::TentativelyAccepted => "An invitation is being answered with a maybe…".to_owned(),
            _ => "An invitation is being declined…".to_owned(),
        },
    }
}
