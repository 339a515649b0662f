//! Meetings with a customer or a person, as their asker may see them: as much as [`calendar`] shows of the calendars that have them.
//!
//! A meeting is a customer's by the rules of mail: by somebody who belongs to it, or by a domain of its where the address is
//! nobody's. What is private is there for its own person only. A meeting that was called off stays, and says so, for as long as
//! Microsoft keeps it in a calendar that is seen.

use std::collections::{BTreeSet, HashMap};

use base::Timestamp;
use model::address::Address;
use model::borders::Borders;
use model::calendar::CalendarEvent;
use model::customer::CustomerDomain;
use model::id::{CalendarId, CustomerId, PersonId, WorkspaceId};
use model::meeting::{Party, outside};
use model::person::Person;
use store::meeting::{self, SeenIn, Whose};
use store::timeline::Owner;
use store::{Db, StoreError, customer, exclusion, person};

use super::calendar::{self, Seen};
use super::timeline::Key;
use crate::access::{Asker, Level};
use crate::view;

/// What an entry of this kind is called.
const KIND: &str = "meeting";

/// A meeting in a timeline.
#[derive(Debug)]
pub(super) struct Meeting {
    start_at: Timestamp,
    event: view::CalendarEvent,
    because: String,
}

impl Meeting {
    pub(super) fn key(&self) -> Key {
        (self.start_at, self.event.id.number())
    }

    pub(super) fn into_entry(self) -> view::TimelineEntry {
        view::TimelineEntry { kind: KIND, at: self.start_at, thread: None, meeting: Some(self.event), because: Some(self.because) }
    }
}

/// The calendars of which an asker sees anything, by how much that is.
#[derive(Default)]
struct Calendars {
    seen: HashMap<CalendarId, Seen>,
    all: Vec<CalendarId>,
    subjects: Vec<CalendarId>,
    everything: Vec<CalendarId>,
    own: Vec<CalendarId>,
}

impl Calendars {
    async fn read(db: &Db, asker: &Asker) -> Result<Self, StoreError> {
        let shown = calendar::list(db, asker).await?;
        let seen: HashMap<CalendarId, Seen> = shown.into_iter().map(|shown| (shown.calendar.id, shown.seen)).collect();
        let those = |wanted: &dyn Fn(&Seen) -> bool| seen.iter().filter(|(_, seen)| wanted(seen)).map(|(id, _)| *id).collect();
        Ok(Calendars {
            all: those(&|_| true),
            subjects: those(&|seen| seen.level >= Level::Subject),
            everything: those(&|seen| seen.level >= Level::Everything),
            own: those(&|seen| seen.own),
            seen,
        })
    }

    fn seen_in(&self) -> SeenIn<'_> {
        SeenIn { calendars: &self.all, subjects: &self.subjects, everything: &self.everything, own: &self.own }
    }
}

/// Meetings behind `before`, the latest first; none for a workspace.
///
/// # Errors
/// As [`Db::query`].
pub(super) async fn of_timeline(db: &Db, asker: &Asker, owner: Owner, before: Option<Key>, limit: u32) -> Result<Vec<Meeting>, StoreError> {
    if matches!(owner, Owner::Workspace(_)) {
        return Ok(Vec::new());
    }
    let calendars = Calendars::read(db, asker).await?;
    if calendars.all.is_empty() {
        return Ok(Vec::new());
    }
    let borders = exclusion::borders(db, asker.workspace).await?;
    let addresses = match owner {
        Owner::Person(id) => addresses_of(db, id, &borders).await?,
        Owner::Customer(_) | Owner::Workspace(_) => Vec::new(),
    };
    let (mut meetings, mut before) = (Vec::new(), before);
    loop {
        let whose = match owner {
            Owner::Customer(id) => Whose::Customer(asker.workspace, id),
            Owner::Person(_) | Owner::Workspace(_) => Whose::Addresses(&addresses),
        };
        let found = meeting::page(db, whose, calendars.seen_in(), before, limit).await?;
        let last = found.last().map(|last| (last.start_at, last.id.number()));
        let complete = found.len() < limit as usize;
        let parties: Vec<Vec<Party>> = found.iter().map(|event| counted(event, &borders)).collect();
        let people = People::read(db, asker.workspace, &parties).await?;
        for (event, parties) in found.into_iter().zip(parties) {
            let because = match owner {
                Owner::Customer(id) => people.because(&parties, id),
                Owner::Person(_) | Owner::Workspace(_) => in_person(&parties, &addresses),
            };
            let Some((because, seen)) = because.zip(calendars.seen.get(&event.calendar)) else { continue };
            meetings.push(Meeting { start_at: event.start_at, event: view::CalendarEvent::of(event, *seen), because });
        }
        if complete || meetings.len() >= limit as usize {
            meetings.truncate(limit as usize);
            return Ok(meetings);
        }
        before = last;
    }
}

/// The addresses of a person that are not ours.
async fn addresses_of(db: &Db, person: PersonId, borders: &Borders) -> Result<Vec<String>, StoreError> {
    let addresses = person::addresses_of(db, &[person]).await?.into_iter().map(|address| address.address);
    Ok(addresses.filter(|address| Address::read(address).is_some_and(|address| !borders.is_ours(&address))).collect())
}

fn counted(event: &CalendarEvent, borders: &Borders) -> Vec<Party> {
    event.detail.as_ref().map(|detail| outside(detail, borders)).unwrap_or_default()
}

/// Why a meeting is in the timeline of a person with these addresses, if it is.
fn in_person(parties: &[Party], addresses: &[String]) -> Option<String> {
    let party = parties.iter().find(|party| addresses.iter().any(|address| address == party.address.as_str()))?;
    Some(party.because(false))
}

/// Whose the addresses in some meetings are.
struct People {
    addresses: HashMap<String, PersonId>,
    people: HashMap<PersonId, Person>,
    domains: HashMap<String, CustomerDomain>,
}

impl People {
    async fn read(db: &Db, workspace: WorkspaceId, parties: &[Vec<Party>]) -> Result<Self, StoreError> {
        let parties = || parties.iter().flatten();
        let addresses: BTreeSet<&str> = parties().map(|party| party.address.as_str()).collect();
        let addresses = person::by_addresses(db, workspace, &addresses.into_iter().collect::<Vec<_>>()).await?;
        let ids: BTreeSet<PersonId> = addresses.iter().map(|address| address.person).collect();
        let people = person::find_many(db, workspace, &ids.into_iter().collect::<Vec<_>>()).await?;
        let domains: BTreeSet<&str> = parties().filter_map(Party::filing_domain).collect();
        let domains = customer::by_domains(db, workspace, &domains.into_iter().collect::<Vec<_>>()).await?;
        Ok(People {
            addresses: addresses.into_iter().map(|address| (address.address, address.person)).collect(),
            people: people.into_iter().map(|person| (person.id, person)).collect(),
            domains: domains.into_iter().map(|domain| (domain.domain.clone(), domain)).collect(),
        })
    }

    /// Why a meeting is a customer's, if it is.
    fn because(&self, parties: &[Party], customer: CustomerId) -> Option<String> {
        parties.iter().find_map(|party| {
            let (of, by_hand) = self.customer_of(party)?;
            (of == customer).then(|| party.because(by_hand))
        })
    }

    /// The customer that an address belongs to, and whether a person said so.
    fn customer_of(&self, party: &Party) -> Option<(CustomerId, bool)> {
        match self.addresses.get(party.address.as_str()) {
            Some(id) => {
                let known = self.people.get(id).filter(|known| known.kind.is_party())?;
                Some((known.customer?, known.customer_by_hand))
            }
            None => Some((self.domains.get(party.filing_domain()?)?.customer?, false)),
        }
    }
}
