//! One event as a `VEVENT`.

use std::collections::BTreeMap;

use base::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Shown;
use super::line::{Lines, is_plain, quoted};
use crate::calendar::{Attendee, CalendarEvent, Detail, Response};
use crate::message::{Importance, Participant};
use crate::zone::{self, Zone};

/// Names of universal time, which needs no rules.
const UNIVERSAL: [&str; 7] = ["Etc/UTC", "UTC", "Etc/GMT", "GMT", "Etc/UCT", "Etc/Universal", "Etc/Zulu"];

/// How times are written.
#[derive(Clone, Debug)]
pub(super) enum Clock {
    /// As days.
    Days,
    /// In universal time.
    Universal,
    /// In a zone.
    In(Zone),
}

impl Clock {
    /// That of an event which was made in the zone of this name.
    pub(super) fn of(is_all_day: bool, zone: &str) -> Self {
        if is_all_day {
            return Clock::Days;
        }
        let known = zone::read(zone).into_zone().filter(|zone| !UNIVERSAL.contains(&zone.iana.as_str()));
        known.map_or(Clock::Universal, Clock::In)
    }
}

/// What is being written: lines, and the zones that they name, each with the earliest time.
pub(super) struct Writing {
    pub(super) lines: Lines,
    pub(super) zones: BTreeMap<String, (TimeZone, Timestamp)>,
    pub(super) shown: Shown,
}

/// The same for everybody who has the meeting; where Microsoft says none, one of our own.
pub(super) fn uid(event: &CalendarEvent) -> String {
    let known = event.detail.as_ref().map(|detail| detail.ical_uid.trim()).filter(|uid| !uid.is_empty());
    known.map_or_else(|| format!("{}@rapport", event.id), str::to_owned)
}

impl Writing {
    /// An event that stands for itself.
    pub(super) fn single(&mut self, event: &CalendarEvent, uid: &str) {
        let detail = event.detail.clone().unwrap_or_default();
        self.occurrence(&detail, (event.start_at, event.end_at), uid);
    }

    /// An event that is about this, at that time.
    pub(super) fn occurrence(&mut self, detail: &Detail, (start, end): (Timestamp, Timestamp), uid: &str) {
        let clock = Clock::of(detail.is_all_day, &detail.zone);
        self.begin(uid);
        self.time("DTSTART", &clock, start);
        self.time("DTEND", &clock, end.max(start));
        self.about(detail);
    }

    /// Begins an event.
    pub(super) fn begin(&mut self, uid: &str) {
        self.lines.line("BEGIN:VEVENT");
        self.lines.text("UID", uid);
    }

    /// A time. One that a clock shows twice is told apart in universal time.
    pub(super) fn time(&mut self, name: &str, clock: &Clock, at: Timestamp) {
        let moment = moment(at);
        match clock {
            Clock::Days => self.lines.line(&format!("{name};VALUE=DATE:{}", TimeZone::UTC.to_datetime(moment).strftime("%Y%m%d"))),
            Clock::In(zone) if zone.rules.to_ambiguous_timestamp(zone.rules.to_datetime(moment)).compatible().ok() == Some(moment) => {
                self.wall(name, clock, zone.rules.to_datetime(moment));
            }
            Clock::Universal | Clock::In(_) => self.lines.line(&format!("{name}:{}", moment.strftime("%Y%m%dT%H%M%SZ"))),
        }
    }

    /// A time as a clock shows it, also one that it leaps over.
    pub(super) fn wall(&mut self, name: &str, clock: &Clock, wall: DateTime) {
        match clock {
            Clock::Days => self.lines.line(&format!("{name};VALUE=DATE:{}", wall.strftime("%Y%m%d"))),
            Clock::Universal => self.lines.line(&format!("{name}:{}Z", wall.strftime("%Y%m%dT%H%M%S"))),
            Clock::In(zone) => {
                let at = zone.rules.to_ambiguous_timestamp(wall).compatible().unwrap_or(jiff::Timestamp::MIN);
                let at = Timestamp::from_millis(at.as_millisecond());
                let used = self.zones.entry(zone.iana.clone()).or_insert_with(|| (zone.rules.clone(), at));
                used.1 = used.1.min(at);
                self.lines.line(&format!("{name};TZID={}:{}", zone.iana, wall.strftime("%Y%m%dT%H%M%S")));
            }
        }
    }

    /// What it is about, and the end of the event.
    pub(super) fn about(&mut self, detail: &Detail) {
        let is_open = self.shown.details && (!detail.is_private || self.shown.private_details);
        self.versions(detail);
        self.standing(detail);
        if is_open {
            self.words(detail);
            self.people(detail);
        } else {
            self.lines.text("SUMMARY", "Busy");
        }
        self.lines.line("END:VEVENT");
    }

    /// Which version of the event it is. Microsoft counts none, so seconds since it was made do, which only grow.
    fn versions(&mut self, detail: &Detail) {
        let modified = detail.modified_at.or(detail.created_at).unwrap_or(Timestamp::EPOCH);
        self.time("DTSTAMP", &Clock::Universal, modified);
        self.time("LAST-MODIFIED", &Clock::Universal, modified);
        if let Some(created) = detail.created_at {
            self.time("CREATED", &Clock::Universal, created);
        }
        let sequence = modified.millis().saturating_sub(detail.created_at.unwrap_or(modified).millis()) / 1_000;
        self.lines.line(&format!("SEQUENCE:{}", sequence.clamp(0, i64::from(i32::MAX))));
    }

    /// Whether it takes place, and whether it takes the time.
    fn standing(&mut self, detail: &Detail) {
        let is_tentative = detail.show_as == "tentative" || detail.response == Response::TentativelyAccepted;
        self.lines.line(match (detail.is_cancelled, is_tentative) {
            (true, _) => "STATUS:CANCELLED",
            (false, true) => "STATUS:TENTATIVE",
            (false, false) => "STATUS:CONFIRMED",
        });
        self.lines.line(if detail.show_as == "free" || detail.is_cancelled { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" });
        let busy = match detail.show_as.as_str() {
            "free" => Some("FREE"),
            "tentative" => Some("TENTATIVE"),
            "busy" => Some("BUSY"),
            "oof" => Some("OOF"),
            "workingElsewhere" => Some("WORKINGELSEWHERE"),
            _ => None,
        };
        if let Some(busy) = busy {
            self.lines.line(&format!("X-MICROSOFT-CDO-BUSYSTATUS:{busy}"));
        }
        self.lines.line(if detail.is_private { "CLASS:PRIVATE" } else { "CLASS:PUBLIC" });
    }

    fn words(&mut self, detail: &Detail) {
        self.lines.text("SUMMARY", &detail.subject);
        let join = detail.join_url.as_deref().filter(|url| url.starts_with("https://") && is_plain(url));
        let joined = join.map(|url| format!("Join online: {url}"));
        let text: Vec<&str> =
            [detail.preview.trim(), joined.as_deref().unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect();
        if !text.is_empty() {
            self.lines.text("DESCRIPTION", &text.join("\n\n"));
        }
        if !detail.location.is_empty() {
            self.lines.text("LOCATION", &detail.location);
        }
        if let Some(url) = join {
            self.lines.line(&format!("CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Join online\":{url}"));
        }
        if !detail.categories.is_empty() {
            self.lines.texts("CATEGORIES", &detail.categories);
        }
        match detail.importance {
            Importance::High => self.lines.line("PRIORITY:1"),
            Importance::Low => self.lines.line("PRIORITY:9"),
            Importance::Normal => {}
        }
    }

    /// Who called it and who was invited. What has nobody else in it is no meeting and names no organizer.
    fn people(&mut self, detail: &Detail) {
        if detail.attendees.is_empty() {
            return;
        }
        if let Some(address) = address(&detail.organizer) {
            self.lines.line(&format!("ORGANIZER{}:{address}", name(&detail.organizer)));
        }
        for attendee in &detail.attendees {
            if let Some(address) = address(&attendee.who) {
                let (role, kind, answer) = (role(attendee), kind(attendee), answer(attendee.response));
                self.lines.line(&format!("ATTENDEE{};CUTYPE={kind};ROLE={role};PARTSTAT={answer}:{address}", name(&attendee.who)));
            }
        }
    }
}

fn moment(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn name(who: &Participant) -> String {
    if who.name.is_empty() { String::new() } else { format!(";CN={}", quoted(&who.name)) }
}

fn address(who: &Participant) -> Option<String> {
    (who.address.contains('@') && is_plain(&who.address)).then(|| format!("mailto:{}", who.address))
}

const fn role(attendee: &Attendee) -> &'static str {
    match (attendee.resource, attendee.optional) {
        (true, _) => "NON-PARTICIPANT",
        (false, true) => "OPT-PARTICIPANT",
        (false, false) => "REQ-PARTICIPANT",
    }
}

const fn kind(attendee: &Attendee) -> &'static str {
    if attendee.resource { "RESOURCE" } else { "INDIVIDUAL" }
}

const fn answer(response: Response) -> &'static str {
    match response {
        Response::None | Response::NotResponded => "NEEDS-ACTION",
        Response::Organizer | Response::Accepted => "ACCEPTED",
        Response::TentativelyAccepted => "TENTATIVE",
        Response::Declined => "DECLINED",
    }
}
