//! `$orderby` on messages, and the rule that ties it to `$filter`.

use std::cmp::Ordering;

use super::filter::Filter;
use super::filter_values::FilterField;
use crate::Refusal;
use crate::mailbox::{Mailbox, Message};

/// An order, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    path: String,
    field: FilterField,
    descending: bool,
}

impl Order {
    /// Newest received first: what Graph gives without `$orderby`.
    pub fn standard() -> Self {
        Self { keys: vec![Key { path: "receiveddatetime".to_owned(), field: FilterField::Received, descending: true }] }
    }

    /// Reads `$orderby`.
    ///
    /// # Errors
    /// 400 `BadRequest` for what is no property or no direction.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let mut keys = Vec::new();
        for part in text.split(',') {
            let mut words = part.split_whitespace();
            let path = words.next().ok_or_else(|| bad(text))?;
            let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(_) => return Err(bad(text)),
            };
            let field = FilterField::read(path).map_err(|_| unknown(path))?;
            keys.push(Key { path: path.to_ascii_lowercase(), field, descending });
        }
        Ok(Self { keys })
    }

    /// Checks the rule: what is ordered by stands in the filter too, in the same order and before all else
    /// (reference: Graph, section 2.3).
    ///
    /// # Errors
    /// 400 `InefficientFilter`.
    pub fn check_against(&self, filter: &Filter) -> Result<(), Refusal> {
        let obeyed = self.keys.iter().enumerate().all(|(place, key)| filter.paths().get(place) == Some(&key.path));
        if obeyed {
            return Ok(());
        }
        Err(Refusal::new(400, "InefficientFilter", "The restriction or sort order is too complex for this operation."))
    }

    /// Whether this is the order in which messages lie in their folder, and then whether it is reversed.
    pub fn by_received(&self) -> Option<bool> {
        match self.keys.as_slice() {
            [key] if key.field == FilterField::Received => Some(key.descending),
            _ => None,
        }
    }

    /// Puts messages into this order; equal ones stay as they are.
    pub fn sort(&self, mailbox: &Mailbox, messages: &mut [&Message]) {
        messages.sort_by_cached_key(|message| {
            self.keys.iter().map(|key| Turned(key.field.fact(mailbox, message), key.descending)).collect::<Vec<_>>()
        });
    }

    /// Whether this is `receivedDateTime desc`, the only order that delta takes.
    pub fn is_newest_first(&self) -> bool {
        self.by_received() == Some(true)
    }
}

#[derive(PartialEq, Eq)]
struct Turned(super::filter_values::Fact, bool);

impl Ord for Turned {
    fn cmp(&self, other: &Self) -> Ordering {
        let ordering = self.0.cmp(&other.0);
        if self.1 { ordering.reverse() } else { ordering }
    }
}

impl PartialOrd for Turned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn bad(text: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Parsing OData OrderBy failed: Syntax error in '{text}'."))
}

fn unknown(path: &str) -> Refusal {
    let message = format!("Parsing OData OrderBy failed: Could not find a property named '{path}' on type 'microsoft.graph.message'.");
    Refusal::new(400, "BadRequest", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_must_lead_the_filter() {
        let order = Order::read("receivedDateTime desc").unwrap();
        let check = |text: &str| order.check_against(&Filter::read(text).unwrap()).map_err(|refusal| refusal.code);
        assert_eq!(check("receivedDateTime ge 1900-01-01T00:00:00Z and from/emailAddress/address eq 'a@b'"), Ok(()));
        assert_eq!(check("from/emailAddress/address eq 'a@b'"), Err("InefficientFilter".into()));
        assert_eq!(check("isRead eq true and receivedDateTime ge 1900-01-01T00:00:00Z"), Err("InefficientFilter".into()));
    }

    #[test]
    fn unknown_orders_are_refused() {
        for text in ["weather", "subject down", ""] {
            assert_eq!(Order::read(text).unwrap_err().code, "BadRequest", "{text}");
        }
    }
}
