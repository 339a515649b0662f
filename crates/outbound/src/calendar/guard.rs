//! Why something is not done in a calendar, in words for whoever has asked for it.

use base::Problem;
use graph::GraphError;

const CREATE: &str = "The event was not made.";
const WRITE: &str = "This was not done in the calendar.";

fn problem(code: &str, detail: &str, action: &str) -> Problem {
    Problem::new(code, WRITE, detail, action)
}

/// There is no grant any more.
pub(super) fn disconnected() -> Problem {
    problem(
        "calendar_disconnected",
        "The calendar was disconnected before it could be done.",
        "Connect the calendar again, then ask again.",
    )
}

/// It could not be done for a day.
pub(super) fn late() -> Problem {
    problem(
        "calendar_late",
        "It was asked for more than a day ago and could not be done since; people would be told of it too late.",
        "Look at the calendar in Outlook, and ask again if it is still wanted.",
    )
}

/// The calendar is gone.
pub(super) fn calendar_gone() -> Problem {
    problem("calendar_gone", "The calendar was deleted, or is not shared any more.", "Choose another calendar and ask again.")
}

/// The account may only read the calendar.
pub(super) fn read_only() -> Problem {
    problem(
        "calendar_read_only",
        "The account may read this calendar, not write into it.",
        "Ask its owner for the right to edit, or use another calendar.",
    )
}

/// The event is gone.
pub(super) fn gone() -> Problem {
    problem("calendar_event_gone", "The event was deleted, or called off, in the meantime.", "Look for it in Outlook.")
}

/// It was called off.
pub(super) fn cancelled() -> Problem {
    problem("meeting_cancelled", "The meeting was called off by its organizer.", "Nothing; you may remove it from the calendar.")
}

/// Only the organizer changes a meeting.
pub(super) fn not_organizer() -> Problem {
    problem(
        "not_organizer",
        "Only its organizer can change a meeting or call it off; the calendar's owner was invited to it.",
        "Answer the invitation, with another time if you like, or remove it from the calendar.",
    )
}

/// The organizer does not answer.
pub(super) fn is_organizer() -> Problem {
    problem("is_organizer", "The calendar's owner is the organizer of this meeting and has nobody to answer.", "Change it, or cancel it.")
}

/// Removing it would tell people.
pub(super) fn has_attendees() -> Problem {
    problem(
        "has_attendees",
        "People were invited to it, and Microsoft would tell them all that it is called off.",
        "Cancel it, which says so and tells them.",
    )
}

/// It is private and would have attendees.
pub(super) fn private_with_attendees() -> Problem {
    problem(
        "private_with_attendees",
        "It is private, and attendees would be sent what it is about.",
        "Take the attendees out first, or do not make it private.",
    )
}

/// Its text holds how to join.
pub(super) fn text_of_online_meeting() -> Problem {
    problem(
        "online_meeting_text",
        "The text of an online meeting says how to join it, and a new text would replace that.",
        "Change the text in Outlook.",
    )
}

/// The organizer wants no other times.
pub(super) fn no_proposals() -> Problem {
    problem("no_new_times", "The organizer does not take proposals of another time.", "Answer without one, and write it in the note.")
}

/// Microsoft refuses it for good.
pub(super) fn refused(error: &GraphError, is_new: bool) -> Problem {
    let known = error.problem();
    let title = if is_new { CREATE } else { WRITE };
    if error.status().is_some_and(|status| status.as_u16() == 403) {
        return Problem::new(
            known.code,
            title,
            "Microsoft does not let Rapport write into this calendar: the permission Calendars.ReadWrite is missing, a policy of the \
             organisation forbids it, or the calendar is shared for reading only.",
            "Connect the calendar again and permit writing; if it is another's, ask its owner for the right to edit. Else ask an administrator \
             to consent to Calendars.ReadWrite.",
        );
    }
    Problem::new(known.code, title, format!("{}. {}", known.title.trim_end_matches('.'), known.detail), known.action)
}
