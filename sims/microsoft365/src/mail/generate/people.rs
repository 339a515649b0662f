//! Who writes: the tenant's own people and its customers.

use super::{
    compose::Party,
    language::{Language, pick},
};
use crate::ids::Ids;

/// A mailbox of the generated tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedMailbox {
    /// Address and sign-in name.
    pub address: String,
    /// Full name, or the shared mailbox's name.
    pub display_name: String,
    /// `jobTitle`; empty for a shared mailbox.
    pub job_title: String,
    /// A shared mailbox, such as support@.
    pub is_shared: bool,
}

impl GeneratedMailbox {
    pub(super) fn party(&self) -> Party {
        Party { name: self.display_name.clone(), address: self.address.clone() }
    }
}

/// A company that is a customer, with the people who write for it.
pub(super) struct Customer {
    pub(super) company: &'static str,
    pub(super) language: &'static Language,
    pub(super) people: Vec<Party>,
}

const STAFF: [(&str, &str); 12] = [
    ("Anna Lindqvist", "Head of Sales"),
    ("Ben Okafor", "Account Manager"),
    ("Clara Moreau", "Customer Success"),
    ("David Kowalski", "Logistics"),
    ("Emine Yılmaz", "Account Manager"),
    ("Felix Brandt", "Product Engineer"),
    ("Grace Nakamura", "Finance"),
    ("Hugo Fernández", "Field Sales"),
    ("Ines Duarte", "Marketing"),
    ("Jonas Nilsen", "Support Lead"),
    ("Katja Sørensen", "Procurement"),
    ("Liam Byrne", "Managing Director"),
];

/// The tenant's mailboxes: people, and one shared mailbox as the last when there are at least two.
pub(super) fn staff(domain: &str, count: usize) -> Vec<GeneratedMailbox> {
    let people = if count > 1 { count - 1 } else { count };
    let mut mailboxes: Vec<_> = (0..people).map(|index| person(domain, index)).collect();
    if count > 1 {
        mailboxes.push(GeneratedMailbox {
            address: format!("support@{domain}"),
            display_name: "Customer Support".into(),
            job_title: String::new(),
            is_shared: true,
        });
    }
    mailboxes
}

/// Past the list of names, people are told apart by a number.
fn person(domain: &str, index: usize) -> GeneratedMailbox {
    let (name, title) = STAFF[index % STAFF.len()];
    let round = index / STAFF.len();
    let suffix = if round == 0 { String::new() } else { format!(" {}", round + 1) };
    let first = name.split(' ').next().unwrap_or(name).to_lowercase();
    let number = if round == 0 { String::new() } else { (round + 1).to_string() };
    GeneratedMailbox {
        address: format!("{first}{number}@{domain}"),
        display_name: format!("{name}{suffix}"),
        job_title: title.into(),
        is_shared: false,
    }
}

/// Every company of every language.
pub(super) fn customers(ids: &mut Ids) -> Vec<Customer> {
    let mut customers = Vec::new();
    for language in Language::all() {
        for (company, domain) in &language.companies {
            let people = language.people.iter().enumerate().map(|(index, name)| {
                let first: String = name.split(' ').next().unwrap_or(name).chars().filter(char::is_ascii_alphabetic).collect();
                // A name that has no Latin letters writes from a role's address.
                let local = if first.len() < 3 { format!("contact{}", index + 1) } else { first.to_lowercase() };
                Party { name: name.clone(), address: format!("{local}@{domain}") }
            });
            let mut people: Vec<_> = people.collect();
            let first = ids.below(people.len() as u64) as usize;
            people.rotate_left(first);
            people.truncate(3);
            customers.push(Customer { company, language, people });
        }
    }
    customers
}

/// One of them; those earlier in the list come up more often, as in any business.
pub(super) fn favour<'a>(customers: &'a [Customer], ids: &mut Ids) -> &'a Customer {
    let half = &customers[..customers.len().div_ceil(2)];
    if ids.chance(0.4) { pick(half, ids) } else { pick(customers, ids) }
}
