//! A meeting: a calendar event as something that happens with people outside; who they are, what is the same meeting in several
//! calendars, and why it is shown where it is. Pure.
//!
//! The rules are those of mail: who is ours is no party, whoever is left out takes the whole meeting along, and of one with very
//! many companies only who called it counts. Rooms and devices are nobody.

use std::collections::HashSet;

use base::Timestamp;

use crate::address::{Address, Post};
use crate::borders::Borders;
use crate::calendar::{CalendarEvent, CalendarEventKind, Detail};
use crate::customer::COMPANIES_MAX;

/// Where in an id of Outlook's the day of one of a series is, as hexadecimal digits; the series itself has zeroes there. Source:
/// MS-OXOCAL, 2.2.1.27 `PidLidGlobalObjectId` and 2.2.1.28 `PidLidCleanGlobalObjectId`.
const DAY_IN_UID: std::ops::Range<usize> = 32..40;
/// What ids of Outlook's begin with.
const OUTLOOK: &str = "040000008200E00074C5B7101A82E008";

/// Somebody who has part in a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The address, folded.
    pub address: Address,
    /// Whether it called the meeting.
    pub is_organizer: bool,
}

impl Party {
    /// The domain by which a meeting is a customer's while nobody knows the address: none of a list or a program, and none at a
    /// provider of mail for everyone.
    pub fn filing_domain(&self) -> Option<&str> {
        matches!(self.address.post(), Post::Somebody | Post::Role).then(|| self.address.company_domain()).flatten()
    }

    /// Why the meeting is there, as a sentence. `by_hand`: a person said that the address belongs to the customer.
    pub fn because(&self, by_hand: bool) -> String {
        let belongs = if by_hand { ", who belongs to this customer," } else { "" };
        let part = if self.is_organizer { "called it" } else { "is invited" };
        format!("because {}{belongs} {part}", self.address.as_str())
    }
}

/// Everybody in a meeting, ours too, each once, who called it first.
pub fn everybody(detail: &Detail) -> Vec<Party> {
    let organizer = std::iter::once((true, detail.organizer.address.as_str()));
    let invited = detail.attendees.iter().filter(|attendee| !attendee.resource).map(|attendee| (false, attendee.who.address.as_str()));
    let mut known = HashSet::new();
    let read =
        organizer.chain(invited).filter_map(|(is_organizer, written)| Some(Party { address: Address::read(written)?, is_organizer }));
    read.filter(|party| known.insert(party.address.clone())).collect()
}

/// Everybody outside who counts, who called it first; nobody if somebody is left out.
pub fn outside(detail: &Detail, borders: &Borders) -> Vec<Party> {
    let mut parties = everybody(detail);
    if parties.iter().any(|party| borders.is_left_out(&party.address)) {
        return Vec::new();
    }
    parties.retain(|party| !borders.is_ours(&party.address));
    let companies: HashSet<&str> = parties.iter().filter_map(|party| party.address.company_domain()).collect();
    if companies.len() > COMPANIES_MAX {
        parties.retain(|party| party.is_organizer);
    }
    parties
}

/// What an event has in common with the same meeting in other calendars: the id for everybody, that of the series where it is one
/// of a series. Empty for what has none; `None` for an occurrence, which has it from its series.
pub fn uid(event: &CalendarEvent) -> Option<String> {
    let uid = event.detail.as_ref().map(|detail| detail.ical_uid.trim()).unwrap_or_default();
    match event.kind {
        CalendarEventKind::Occurrence => None,
        CalendarEventKind::Single => Some(uid.to_owned()),
        CalendarEventKind::Exception | CalendarEventKind::Series => Some(of_series(uid)),
    }
}

/// When one of a series would have begun; `None` for what is not one of a series.
pub fn original_start(event: &CalendarEvent) -> Option<Timestamp> {
    match event.kind {
        CalendarEventKind::Single | CalendarEventKind::Series => None,
        CalendarEventKind::Occurrence => Some(event.start_at),
        CalendarEventKind::Exception => event.detail.as_ref().and_then(|detail| detail.original_start).or(Some(event.start_at)),
    }
}

fn of_series(uid: &str) -> String {
    let is_outlooks = uid.is_ascii() && uid.len() >= DAY_IN_UID.end && uid[..OUTLOOK.len()].eq_ignore_ascii_case(OUTLOOK);
    if is_outlooks { format!("{}00000000{}", &uid[..DAY_IN_UID.start], &uid[DAY_IN_UID.end..]) } else { uid.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Attendee;
    use crate::id::{CalendarEventId, CalendarId};
    use crate::message::Participant;

    fn who(address: &str) -> Participant {
        Participant { name: String::new(), address: address.to_owned() }
    }

    fn meeting(organizer: &str, attendees: &[&str]) -> Detail {
        let attendees = attendees.iter().map(|address| Attendee { who: who(address), ..Attendee::default() }).collect();
        Detail { organizer: who(organizer), attendees, ..Detail::default() }
    }

    fn counted(detail: &Detail) -> Vec<String> {
        let mut borders = Borders::new(["anna@contoso.example"].into_iter(), Vec::new());
        borders.leave_out_address("counsel@law.example".to_owned());
        outside(detail, &borders).into_iter().map(|party| party.address.as_str().to_owned()).collect()
    }

    #[test]
    fn everyone_outside_counts_once_nobody_of_ours_and_no_room() {
        let mut plan = meeting("anna@contoso.example", &["Bo@acme.example", "bo+plan@acme.example", "ben@contoso.example"]);
        plan.attendees.push(Attendee { who: who("room@acme.example"), resource: true, ..Attendee::default() });
        assert_eq!(counted(&plan), ["bo@acme.example"]);
        assert_eq!(outside(&plan, &Borders::default()).len(), 3);
    }

    #[test]
    fn whoever_is_left_out_takes_the_meeting_along_and_a_circular_is_its_organizers_alone() {
        assert!(counted(&meeting("anna@contoso.example", &["bo@acme.example", "counsel@law.example"])).is_empty());
        let many: Vec<String> = (0..30).map(|number| format!("x@company{number}.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(counted(&meeting("bo@acme.example", &many)), ["bo@acme.example"]);
        assert!(counted(&meeting("anna@contoso.example", &many)).is_empty());
    }

    #[test]
    fn only_what_people_read_is_filed_by_its_domain() {
        let domain = |address: &str| everybody(&meeting(address, &[]))[0].filing_domain().map(str::to_owned);
        assert_eq!(domain("bo@mail.acme.example").as_deref(), Some("acme.example"));
        assert_eq!(domain("info@acme.example").as_deref(), Some("acme.example"));
        assert_eq!((domain("noreply@acme.example"), domain("bo@gmail.com")), (None, None));
    }

    #[test]
    fn one_of_a_series_has_the_id_of_its_series_and_its_first_time() {
        let tail = "00000000A1B2C3D4E5F6";
        let of = |kind, day: &str| CalendarEvent {
            id: CalendarEventId::from_number(1),
            calendar: CalendarId::from_number(2),
            graph_id: String::new(),
            kind,
            series: None,
            start_at: Timestamp::from_millis(9),
            end_at: Timestamp::from_millis(10),
            detail: Some(Detail {
                ical_uid: format!("{OUTLOOK}{day}{tail}"),
                original_start: Some(Timestamp::from_millis(7)),
                ..Detail::default()
            }),
        };
        let series = uid(&of(CalendarEventKind::Series, "00000000"));
        assert_eq!(uid(&of(CalendarEventKind::Exception, "07EA0B1E")), series);
        assert_ne!(uid(&of(CalendarEventKind::Single, "07EA0B1E")), series, "one alone that was invited to one day");
        assert_eq!(uid(&of(CalendarEventKind::Occurrence, "00000000")), None);
        assert_eq!(original_start(&of(CalendarEventKind::Exception, "00000000")), Some(Timestamp::from_millis(7)));
        assert_eq!(original_start(&of(CalendarEventKind::Occurrence, "00000000")), Some(Timestamp::from_millis(9)));
        assert_eq!(of_series("a@example"), "a@example");
    }

    #[test]
    fn the_reason_is_a_sentence() {
        let parties = everybody(&meeting("bo@acme.example", &["ada@acme.example"]));
        assert_eq!(parties[0].because(false), "because bo@acme.example called it");
        assert_eq!(parties[1].because(true), "because ada@acme.example, who belongs to this customer, is invited");
    }
}
