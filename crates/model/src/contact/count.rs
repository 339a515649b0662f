//! Counts: what came of a synchronisation, so that each figure can be opened and looked at.

use super::{Merged, SourceContact};
use crate::id::SourceContactId;
use crate::phone::{Phone, Reason};

/// How a source contact was seen by a synchronisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// For the first time.
    New,
    /// With something changed.
    Changed,
    /// As it was.
    Same,
}

/// What came of a synchronisation. A source contact is in one list, that of the first word that is true of it: skipped, merged, new,
/// updated, unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They have no number that can be used; why, for each number they have (empty: they have none). They are kept all the same, and
    /// joined by address.
    pub skipped: Vec<(SourceContactId, Vec<Reason>)>,
    /// They came to a contact that was there before.
    pub merged: Vec<SourceContactId>,
    /// They made a contact.
    pub new: Vec<SourceContactId>,
    /// They changed.
    pub updated: Vec<SourceContactId>,
    /// Nothing came of them.
    pub unchanged: Vec<SourceContactId>,
}

/// Counts what came of a synchronisation. `seen` tells how each source contact was seen that belongs to it; `sources` are all that were
/// merged. Ids that are not among the sources are left out. Lists are in the order of `seen`.
pub fn count<'a>(seen: &[(SourceContactId, Seen)], sources: impl IntoIterator<Item = &'a SourceContact>, merged: &Merged) -> Counts {
    let by_id: std::collections::HashMap<_, _> = sources.into_iter().map(|source| (source.id, source)).collect();
    let fresh: std::collections::HashSet<_> = seen.iter().filter(|(_, seen)| *seen == Seen::New).map(|(id, _)| *id).collect();
    let mut counts = Counts::default();
    for (id, seen) in seen {
        let Some(source) = by_id.get(id) else { continue };
        let known_before = || merged.of(*id).is_some_and(|contact| contact.sources.iter().any(|other| !fresh.contains(other)));
        let is_first = || merged.of(*id).is_none_or(|contact| contact.sources.iter().find(|other| fresh.contains(*other)) == Some(id));
        match seen {
            _ if !source.card.has_number() => counts.skipped.push((*id, reasons(source))),
            Seen::New if known_before() || !is_first() => counts.merged.push(*id),
            Seen::New => counts.new.push(*id),
            Seen::Changed => counts.updated.push(*id),
            Seen::Same => counts.unchanged.push(*id),
        }
    }
    counts
}

fn reasons(source: &SourceContact) -> Vec<Reason> {
    let reasons = source.card.phones.iter().filter_map(|phone| match phone {
        Phone::Usable(_) => None,
        Phone::Unusable(unusable) => Some(unusable.reason),
    });
    reasons.collect()
}
