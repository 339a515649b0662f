//! A case: one thread as it is, and the filing and the places in timelines that follow from it. Pure but for the book.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::Timestamp;
use model::customer::{Filing, FilingRule};
use model::id::{CustomerId, ThreadId, WorkspaceId};
use store::filing::ByHand;
use store::timeline::{Owner, Place};

use crate::customers::book::Book;
use crate::customers::party::Letter;

/// One thread that is decided on.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) thread: ThreadId,
    /// Whether there is such a thread; if not, everything about it goes.
    pub(crate) exists: bool,
    /// Whether it is so long that only its latest messages were read: then nobody who was in it is forgotten.
    pub(crate) partial: bool,
    /// Whether what touched it is all from a first sync.
    pub(crate) backfill: bool,
    pub(crate) letters: Vec<Letter>,
    /// Under whom it is.
    pub(crate) filings: Vec<Filing>,
    /// Where it is.
    pub(crate) places: HashMap<Place, Timestamp>,
    /// Who filed it by hand.
    pub(crate) by_hand: Option<ByHand>,
    /// Under whom a person had filed a thread that became part of this one, and who that was.
    pub(crate) inherited: Option<(ByHand, Vec<CustomerId>)>,
}

/// What a thread comes to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) filings: BTreeMap<CustomerId, Filing>,
    pub(crate) places: HashMap<Place, Timestamp>,
}

impl Case {
    /// Decides; `merged` tells what became of customers that are gone.
    pub(crate) fn decide(
        &self,
        workspace: WorkspaceId,
        book: &mut Book,
        merged: &HashMap<CustomerId, CustomerId>,
        now: Timestamp,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        if !self.exists {
            // Gone again before anybody looked: what it inherited waits for the thread that it became part of.
            verdict.filings = self.bequest(merged, now);
            return verdict;
        }
        let mut candidates = BTreeMap::new();
        if self.partial {
            self.keep_what_was(&mut verdict, &mut candidates);
        }
        self.meet_parties(book, &mut verdict, &mut candidates);
        verdict.filings = match self.filed_by_hand(merged, now) {
            Some(filings) => filings,
            None => candidates.into_values().map(|candidate| (candidate.filing.customer, self.dated(candidate.filing))).collect(),
        };
        self.place(workspace, &mut verdict);
        verdict
    }

    /// Everyone on the letters: places in their timelines, and the customers they stand for.
    fn meet_parties(&self, book: &mut Book, verdict: &mut Verdict, candidates: &mut BTreeMap<CustomerId, Candidate>) {
        for letter in &self.letters {
            for party in &letter.parties {
                let person = book.meet(party, letter.at, self.backfill);
                let place = Place { thread: self.thread, owner: Owner::Person(person.id), mailbox: letter.mailbox };
                latest(&mut verdict.places, place, letter.at);
                let Some(customer) = person.customer.filter(|_| letter.personal && person.kind.is_party()) else { continue };
                let rule = if person.customer_by_hand { FilingRule::Person } else { FilingRule::Domain };
                let filing =
                    Filing { thread: self.thread, customer, rule, because: party.address.as_str().to_owned(), filed_at: letter.at };
                let rank = (!party.author, letter.at, filing.because.clone());
                match candidates.get(&customer) {
                    Some(known) if known.rank <= rank => {}
                    _ => drop(candidates.insert(customer, Candidate { rank, filing })),
                }
            }
        }
    }

    /// Of a long thread nobody is forgotten who once was in it.
    fn keep_what_was(&self, verdict: &mut Verdict, candidates: &mut BTreeMap<CustomerId, Candidate>) {
        let people = self.places.iter().filter(|(place, _)| matches!(place.owner, Owner::Person(_)));
        verdict.places.extend(people.map(|(place, at)| (*place, *at)));
        for filing in self.filings.iter().filter(|filing| filing.rule != FilingRule::Hand) {
            candidates.insert(filing.customer, Candidate { rank: (false, Timestamp::EPOCH, String::new()), filing: filing.clone() });
        }
    }

    /// What a person filed, under the customers that there are today; `None` where the rules decide.
    fn filed_by_hand(&self, merged: &HashMap<CustomerId, CustomerId>, now: Timestamp) -> Option<BTreeMap<CustomerId, Filing>> {
        let own = self.by_hand.is_some().then_some(&self.filings);
        let mut filings = self.bequest(merged, now);
        for filing in own.into_iter().flatten() {
            let customer = today(merged, filing.customer);
            filings.insert(customer, Filing { customer, ..filing.clone() });
        }
        (own.is_some() || self.inherited.is_some()).then_some(filings)
    }

    /// What a person filed of threads that became part of this one.
    fn bequest(&self, merged: &HashMap<CustomerId, CustomerId>, now: Timestamp) -> BTreeMap<CustomerId, Filing> {
        let Some((hand, customers)) = &self.inherited else { return BTreeMap::new() };
        let filing =
            |customer| Filing { thread: self.thread, customer, rule: FilingRule::Hand, because: hand.actor.clone(), filed_at: now };
        customers.iter().map(|customer| today(merged, *customer)).map(|customer| (customer, filing(customer))).collect()
    }

    /// A filing that was there keeps its time.
    fn dated(&self, filing: Filing) -> Filing {
        let was = self.filings.iter().find(|was| was.customer == filing.customer);
        Filing { filed_at: was.map_or(filing.filed_at, |was| was.filed_at), ..filing }
    }

    /// The thread in the workspace's timeline and in those of its customers: in each mailbox at its latest message there.
    fn place(&self, workspace: WorkspaceId, verdict: &mut Verdict) {
        let kept = self.places.iter().filter(|(place, _)| self.partial && place.owner == Owner::Workspace(workspace));
        let mut seen: BTreeMap<_, Timestamp> = kept.map(|(place, at)| (place.mailbox, *at)).collect();
        for letter in &self.letters {
            let at = seen.entry(letter.mailbox).or_insert(letter.at);
            *at = (*at).max(letter.at);
        }
        let customers = verdict.filings.keys().map(|customer| Owner::Customer(*customer));
        for owner in std::iter::once(Owner::Workspace(workspace)).chain(customers) {
            for (mailbox, at) in &seen {
                verdict.places.insert(Place { thread: self.thread, owner, mailbox: *mailbox }, *at);
            }
        }
    }

    /// Under whom it is now.
    pub(crate) fn customers(&self) -> BTreeSet<CustomerId> {
        self.filings.iter().map(|filing| filing.customer).collect()
    }
}

/// A customer that somebody on a letter stands for: the author of the earliest letter gives the reason.
struct Candidate {
    rank: (bool, Timestamp, String),
    filing: Filing,
}

/// The customer that another was merged into, or itself.
fn today(merged: &HashMap<CustomerId, CustomerId>, customer: CustomerId) -> CustomerId {
    merged.get(&customer).copied().unwrap_or(customer)
}

fn latest(places: &mut HashMap<Place, Timestamp>, place: Place, at: Timestamp) {
    let known = places.entry(place).or_insert(at);
    *known = (*known).max(at);
}
