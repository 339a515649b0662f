//! Customers and people as the outside reads them.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;

/// A party outside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Customer {
    /// Its id.
    #[schema(value_type = id::CustomerId)]
    pub id: model::id::CustomerId,
    /// Its name for people.
    pub name: String,
    /// Whether a person chose that name.
    pub is_named_by_hand: bool,
    /// Its domains.
    pub domains: Vec<Domain>,
    /// How many people of it are known.
    pub people_count: i64,
    /// How many threads are filed under it.
    pub thread_count: i64,
    /// When the latest conversation with it was.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// When it came to be known.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Grows with every change made by hand.
    pub version: i64,
    /// The customer that it was merged into.
    #[schema(value_type = Option<id::CustomerId>)]
    pub merged_into: Option<model::id::CustomerId>,
}

/// A domain by which a customer is found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Domain {
    /// The domain.
    pub domain: String,
    /// Whether a person said so.
    pub is_by_hand: bool,
}

/// Somebody outside with whom there is mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// Its id.
    #[schema(value_type = id::PersonId)]
    pub id: model::id::PersonId,
    /// Its name for people; its address where no name is known.
    pub name: String,
    /// Whether a person chose that name.
    pub is_named_by_hand: bool,
    /// `person`, `role`, `list` or `automatic`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// The customer that it belongs to.
    #[schema(value_type = Option<id::CustomerId>)]
    pub customer: Option<model::id::CustomerId>,
    /// Whether a person said so.
    pub is_customer_by_hand: bool,
    /// When the latest conversation with it was.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// When it came to be known.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Grows with every change.
    pub version: i64,
    /// The person that it turned out to be.
    #[schema(value_type = Option<id::PersonId>)]
    pub merged_into: Option<model::id::PersonId>,
}

/// An address of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Address {
    /// Folded, as it is looked up.
    pub address: String,
    /// As it was last written.
    pub written: String,
    /// Whether a person said whose it is.
    pub is_by_hand: bool,
}

/// An entry of a timeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// What it is: `thread` or `meeting`. More will come.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Of a thread, when its latest part that you may see was; of a meeting, when it begins, which may be yet to come.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The thread, for an entry of that kind.
    pub thread: Option<super::Thread>,
    /// The meeting, for an entry of that kind: of the calendars that have it, as the one shows it of which you see most. One that was
    /// called off says so.
    pub meeting: Option<super::CalendarEvent>,
    /// Why a meeting is here. A thread says so beside each of its customers.
    pub because: Option<String>,
}

impl Customer {
    /// A customer with its domains and the number of its people.
    pub fn of(customer: model::customer::Customer, domains: Vec<Domain>, people_count: i64) -> Self {
        Customer {
            id: customer.id,
            name: customer.name,
            is_named_by_hand: customer.named_by_hand,
            domains,
            people_count,
            thread_count: customer.thread_count,
            last_at: customer.last_at,
            created_at: customer.created_at,
            version: customer.version,
            merged_into: customer.merged_into,
        }
    }
}

impl Person {
    /// A person with its addresses.
    pub fn of(person: model::person::Person, addresses: Vec<Address>) -> Self {
        Person {
            id: person.id,
            name: person.name,
            is_named_by_hand: person.named_by_hand,
            kind: person.kind.name(),
            addresses,
            customer: person.customer,
            is_customer_by_hand: person.customer_by_hand,
            last_at: person.last_at,
            created_at: person.created_at,
            version: person.version,
            merged_into: person.merged_into,
        }
    }
}
