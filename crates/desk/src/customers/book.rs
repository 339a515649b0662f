//! The book: who is known, and whose customer each is, while a batch is decided. Pure: what it learns is written after.

use std::collections::{BTreeMap, HashMap};

use base::Timestamp;
use model::customer::{Customer, CustomerDomain};
use model::domain;
use model::event::{EventKind, NewEvent};
use model::id::{CustomerId, PersonId, WorkspaceId};
use model::person::{Person, PersonAddress};
use store::{Statement, customer, person};

use crate::customers::party::Party;

/// Who is known, and what a batch adds.
#[derive(Debug)]
pub(crate) struct Book {
    workspace: WorkspaceId,
    now: Timestamp,
    addresses: HashMap<String, PersonId>,
    people: HashMap<PersonId, Person>,
    domains: HashMap<String, CustomerDomain>,
    new_customers: Vec<(Customer, String, bool)>,
    new_addresses: Vec<PersonAddress>,
    /// New and changed people, and whether that is from a first sync.
    touched: BTreeMap<PersonId, Touched>,
}

#[derive(Clone, Copy, Debug)]
struct Touched {
    new: bool,
    backfill: bool,
}

impl Book {
    pub(crate) fn new(
        workspace: WorkspaceId,
        now: Timestamp,
        addresses: Vec<PersonAddress>,
        people: Vec<Person>,
        domains: Vec<CustomerDomain>,
    ) -> Self {
        Book {
            workspace,
            now,
            addresses: addresses.into_iter().map(|address| (address.address, address.person)).collect(),
            people: people.into_iter().map(|person| (person.id, person)).collect(),
            domains: domains.into_iter().map(|domain| (domain.domain.clone(), domain)).collect(),
            new_customers: Vec::new(),
            new_addresses: Vec::new(),
            touched: BTreeMap::new(),
        }
    }

    /// The person that a party is, known from now on.
    pub(crate) fn meet(&mut self, party: &Party, at: Timestamp, backfill: bool) -> &Person {
        let id = match self.addresses.get(party.address.as_str()) {
            Some(id) => *id,
            None => self.introduce(party, backfill),
        };
        let mut known = self.people.get(&id).cloned().expect("who has an address is known");
        if self.learn(&mut known, party, at, backfill) {
            known.version += 1;
            self.touched.entry(id).or_insert(Touched { new: false, backfill });
            self.people.insert(id, known);
        }
        &self.people[&id]
    }

    fn introduce(&mut self, party: &Party, backfill: bool) -> PersonId {
        let id = PersonId::new(self.now);
        let person = Person {
            id,
            workspace: self.workspace,
            name: party.name.clone().unwrap_or_else(|| party.address.as_str().to_owned()),
            named_by_hand: false,
            kind: party.kind,
            domain: party.address.company_domain().unwrap_or_default().to_owned(),
            customer: None,
            customer_by_hand: false,
            created_at: self.now,
            last_at: Timestamp::EPOCH,
            version: 1,
            merged_into: None,
        };
        let address = party.address.as_str().to_owned();
        self.addresses.insert(address.clone(), id);
        self.new_addresses.push(PersonAddress { person: id, address, written: party.written.clone(), by_hand: false, added_at: self.now });
        self.touched.insert(id, Touched { new: true, backfill });
        self.people.insert(id, person);
        id
    }

    /// What a message tells of a known person; whether that was news. What a person said by hand stays.
    fn learn(&mut self, known: &mut Person, party: &Party, at: Timestamp, backfill: bool) -> bool {
        let before = (known.kind, known.name.clone(), known.customer);
        if !known.kind.is_party() && party.kind.is_party() {
            known.kind = party.kind;
        }
        if let Some(name) = &party.name
            && !known.named_by_hand
            && (known.name.contains('@') || (party.author && party.kind.is_party() && at >= known.last_at))
        {
            known.name.clone_from(name);
        }
        if !known.customer_by_hand {
            let domain = known.domain.clone();
            known.customer = if known.kind.is_party() { self.customer_of(&domain, backfill) } else { None };
        }
        known.last_at = known.last_at.max(at);
        before != (known.kind, known.name.clone(), known.customer)
    }

    /// Whose a domain is: a new customer's if nobody has said anything of it.
    fn customer_of(&mut self, domain: &str, backfill: bool) -> Option<CustomerId> {
        if domain.is_empty() {
            return None;
        }
        if let Some(known) = self.domains.get(domain)
            && (known.customer.is_some() || known.by_hand)
        {
            return known.customer;
        }
        let id = CustomerId::new(self.now);
        let customer = Customer {
            id,
            workspace: self.workspace,
            name: domain::company_name(domain),
            named_by_hand: false,
            created_at: self.now,
            last_at: self.now,
            thread_count: 0,
            version: 1,
            merged_into: None,
        };
        self.new_customers.push((customer, domain.to_owned(), backfill));
        self.domains.insert(domain.to_owned(), CustomerDomain { domain: domain.to_owned(), customer: Some(id), by_hand: false });
        Some(id)
    }

    /// What is to be written, and what has happened.
    pub(crate) fn close(self) -> (Vec<Statement>, Vec<NewEvent>) {
        let mut statements = Vec::new();
        let mut events = Vec::new();
        for (customer, domain, backfill) in &self.new_customers {
            statements.push(customer::insert(customer));
            statements.push(customer::insert_domain(self.workspace, domain, customer.id, self.now));
            events.push(event(EventKind::CustomerCreated, customer.id.number(), *backfill, serde_json::Value::Null));
        }
        for (id, touched) in &self.touched {
            let person = &self.people[id];
            statements.push(if touched.new { person::insert(person) } else { person::update(person) });
            let kind = if touched.new { EventKind::PersonCreated } else { EventKind::PersonChanged };
            let data = serde_json::json!({ "kind": person.kind, "customer": person.customer });
            events.push(event(kind, id.number(), touched.backfill, data));
        }
        statements.extend(self.new_addresses.iter().map(|address| person::insert_address(self.workspace, address)));
        (statements, events)
    }
}

fn event(kind: EventKind, subject: i64, backfill: bool, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, subject, backfill, data }
}
