//! Who is free when: what `getSchedule` and `findMeetingTimes` ask of everybody's default calendar.

use jiff::Timestamp;

use crate::mailbox::Mailbox;
use crate::mailbox::calendar::Instance;

/// From free to away: the later one hides the earlier.
const STATUSES: [(&str, char); 5] = [("free", '0'), ("workingElsewhere", '4'), ("tentative", '1'), ("busy", '2'), ("oof", '3')];

/// How an event shows; what was called off shows as free.
pub fn status(instance: &Instance<'_>) -> &'static str {
    let said = if instance.truth("isCancelled") { "free" } else { instance.text("showAs") };
    STATUSES.iter().find(|(word, _)| *word == said).map_or("free", |(word, _)| word)
}

/// What is in a mailbox's default calendar in a window, in the order of time.
pub fn entries(mailbox: &Mailbox, from: Timestamp, to: Timestamp) -> Vec<Instance<'_>> {
    let events = mailbox.agenda().events(Some(mailbox.agenda().default_calendar()));
    let mut entries: Vec<_> = events.flat_map(|event| event.within(from, to)).collect();
    entries.sort_by_key(|one| one.times.starts_at());
    entries
}

/// The word for a time: that of the entry that hides the others.
pub fn at(entries: &[Instance<'_>], from: Timestamp, to: Timestamp) -> &'static str {
    let within = entries.iter().filter(|one| one.times.overlaps(from, to));
    let rank = |word: &str| STATUSES.iter().position(|(known, _)| *known == word).unwrap_or(0);
    within.map(status).max_by_key(|word| rank(word)).unwrap_or("free")
}

/// The digit in `availabilityView`.
pub fn digit(status: &str) -> char {
    STATUSES.iter().find(|(word, _)| *word == status).map_or('0', |(_, digit)| *digit)
}
