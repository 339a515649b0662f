//! Borders: who is ours, and who is left out. Pure.

use std::collections::HashSet;

use model::address::Address;
use store::exclusion::{Exclusion, ExclusionKind};

/// Which addresses are ours, and which are never filed.
#[derive(Debug, Default)]
pub(crate) struct Borders {
    addresses: HashSet<String>,
    domains: HashSet<String>,
    left_out_addresses: HashSet<String>,
    left_out_domains: Vec<String>,
}

impl Borders {
    /// Ours are the mailboxes, their domains unless everybody can have an address there, and the domains a person named.
    pub(crate) fn new<'a>(mailboxes: impl Iterator<Item = &'a str>, domains: Vec<String>, exclusions: Vec<Exclusion>) -> Self {
        let mut borders = Borders { domains: domains.into_iter().collect(), ..Borders::default() };
        for address in mailboxes.filter_map(Address::read) {
            if let Some(domain) = address.company_domain() {
                borders.domains.insert(domain.to_owned());
            }
            borders.addresses.insert(address.as_str().to_owned());
        }
        for Exclusion { kind, value, .. } in exclusions {
            match kind {
                ExclusionKind::Address => drop(borders.left_out_addresses.insert(value)),
                ExclusionKind::Domain => borders.left_out_domains.push(value),
            }
        }
        borders
    }

    /// Whether an address is of our own house.
    pub(crate) fn is_ours(&self, address: &Address) -> bool {
        self.addresses.contains(address.as_str()) || self.domains.contains(address.registrable()) || self.domains.contains(address.domain())
    }

    /// Whether mail with this address is never filed.
    pub(crate) fn is_left_out(&self, address: &Address) -> bool {
        let below =
            |domain: &String| address.domain().strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.left_out_addresses.contains(address.as_str()) || self.left_out_domains.iter().any(below)
    }

    /// The domains that are ours, in any order.
    pub(crate) fn own_domains(&self) -> Vec<&str> {
        self.domains.iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use base::Timestamp;
    use model::address::Address;
    use store::exclusion::{Exclusion, ExclusionKind};

    use super::Borders;

    fn exclusion(kind: ExclusionKind, value: &str) -> Exclusion {
        Exclusion { kind, value: value.to_owned(), why: String::new(), actor: String::new(), added_at: Timestamp::EPOCH }
    }

    #[test]
    fn a_mailbox_makes_its_domain_ours_unless_everybody_can_be_there() {
        let borders = Borders::new(["Anna@contoso.example", "us@gmail.com"].into_iter(), vec!["brand.example".to_owned()], Vec::new());
        let ours = |address: &str| borders.is_ours(&Address::read(address).unwrap());
        assert!(ours("ben@contoso.example") && ours("x@eu.contoso.example") && ours("us+tag@gmail.com") && ours("y@brand.example"));
        assert!(!ours("them@gmail.com") && !ours("bo@notcontoso.example"));
    }

    #[test]
    fn a_left_out_domain_takes_what_is_below_it_along() {
        let exclusions = vec![exclusion(ExclusionKind::Domain, "law.example"), exclusion(ExclusionKind::Address, "doc@acme.example")];
        let borders = Borders::new([].into_iter(), Vec::new(), exclusions);
        let out = |address: &str| borders.is_left_out(&Address::read(address).unwrap());
        assert!(out("a@law.example") && out("a@mail.law.example") && out("doc@acme.example"));
        assert!(!out("a@outlaw.example") && !out("bo@acme.example"));
    }
}
