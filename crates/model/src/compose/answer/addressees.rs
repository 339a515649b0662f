//! Addressees: who gets an answer.

use std::collections::HashSet;

use super::{Answering, Original};
use crate::address::Address;
use crate::message::{Participant, Recipients};

/// Who gets an answer: the author, or where answers are wanted; with everybody, also those whom the mail was to and copied
/// to. The mailbox itself gets nothing, nobody gets it twice, and a mail of one's own is answered to whom it was sent.
pub fn recipients(answering: Answering, original: &Original<'_>, own_addresses: &[&str]) -> Recipients {
    let own = Own::of(own_addresses);
    let is_own_mail = original.from.is_some_and(|from| own.holds(from));
    let given = original.recipients;
    let author: Vec<&Participant> = original.from.into_iter().collect();
    let wanted: Vec<&Participant> = if given.reply_to.iter().any(is_reachable) { given.reply_to.iter().collect() } else { author };
    let to: Vec<&Participant> = match answering {
        Answering::Forward => return Recipients::default(),
        Answering::Reply if is_own_mail => given.to.iter().collect(),
        Answering::Reply => wanted.clone(),
        Answering::ReplyAll if is_own_mail => given.to.iter().collect(),
        Answering::ReplyAll => wanted.iter().copied().chain(&given.to).collect(),
    };
    let cc: Vec<&Participant> = if answering == Answering::ReplyAll { given.cc.iter().collect() } else { Vec::new() };
    let mut seen = HashSet::new();
    let mut once = |people: &[&Participant]| -> Vec<Participant> {
        let others = people.iter().filter(|person| is_reachable(person) && !own.holds(person));
        others.filter(|person| seen.insert(folded(&person.address))).map(|person| (*person).clone()).collect()
    };
    let (mut to, mut cc) = (once(&to), once(&cc));
    if to.is_empty() && !cc.is_empty() {
        std::mem::swap(&mut to, &mut cc);
    }
    if to.is_empty() {
        // Mail to oneself: then oneself it is.
        to = wanted.into_iter().filter(|person| is_reachable(person)).take(1).cloned().collect();
    }
    Recipients { to, cc, ..Recipients::default() }
}

fn is_reachable(person: &Participant) -> bool {
    !person.address.trim().is_empty()
}

/// Two writings of one address; tags behind `+` are told apart, because a ticket may be in them.
fn folded(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The mailbox's own addresses, with whatever tag behind `+`.
struct Own {
    read: HashSet<Address>,
    written: HashSet<String>,
}

impl Own {
    fn of(addresses: &[&str]) -> Self {
        let bare = |address: &&str| {
            address.get(..5).filter(|kind| kind.eq_ignore_ascii_case("smtp:")).map_or(*address, |_| &address[5..]).to_owned()
        };
        let written: HashSet<String> = addresses.iter().map(|address| folded(&bare(address))).collect();
        Own { read: written.iter().filter_map(|address| Address::read(address)).collect(), written }
    }

    fn holds(&self, person: &Participant) -> bool {
        self.written.contains(&folded(&person.address))
            || Address::read(&person.address).is_some_and(|address| self.read.contains(&address))
    }
}
