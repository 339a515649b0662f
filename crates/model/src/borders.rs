//! Borders: who is ours, and who is left out. Pure.

use std::collections::HashSet;

use crate::address::Address;

/// Which addresses are ours, and which are never filed.
#[derive(Clone, Debug, Default)]
pub struct Borders {
    addresses: HashSet<String>,
    domains: HashSet<String>,
    left_out_addresses: HashSet<String>,
    left_out_domains: Vec<String>,
}

impl Borders {
    /// Ours are the mailboxes, their domains unless everybody can have an address there, and the domains a person named.
    pub fn new<'a>(mailboxes: impl Iterator<Item = &'a str>, domains: Vec<String>) -> Self {
        let mut borders = Borders { domains: domains.into_iter().collect(), ..Borders::default() };
        for address in mailboxes.filter_map(Address::read) {
            if let Some(domain) = address.company_domain() {
                borders.domains.insert(domain.to_owned());
            }
            borders.addresses.insert(address.as_str().to_owned());
        }
        borders
    }

    /// Leaves an address (folded) out.
    pub fn leave_out_address(&mut self, address: String) {
        self.left_out_addresses.insert(address);
    }

    /// Leaves a domain (folded) out, with all below it.
    pub fn leave_out_domain(&mut self, domain: String) {
        self.left_out_domains.push(domain);
    }

    /// Whether an address is of our own house.
    pub fn is_ours(&self, address: &Address) -> bool {
        self.addresses.contains(address.as_str()) || self.domains.contains(address.registrable()) || self.domains.contains(address.domain())
    }

    /// Whether what somebody at this address has part in is never filed.
    pub fn is_left_out(&self, address: &Address) -> bool {
        let below =
            |domain: &String| address.domain().strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.left_out_addresses.contains(address.as_str()) || self.left_out_domains.iter().any(below)
    }

    /// The domains that are ours, in any order.
    pub fn own_domains(&self) -> Vec<&str> {
        self.domains.iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Borders;
    use crate::address::Address;

    #[test]
    fn a_mailbox_makes_its_domain_ours_unless_everybody_can_be_there() {
        let borders = Borders::new(["Anna@contoso.example", "us@gmail.com"].into_iter(), vec!["brand.example".to_owned()]);
        let ours = |address: &str| borders.is_ours(&Address::read(address).unwrap());
        assert!(ours("ben@contoso.example") && ours("x@eu.contoso.example") && ours("us+tag@gmail.com") && ours("y@brand.example"));
        assert!(!ours("them@gmail.com") && !ours("bo@notcontoso.example"));
    }

    #[test]
    fn a_left_out_domain_takes_what_is_below_it_along() {
        let mut borders = Borders::default();
        borders.leave_out_domain("law.example".to_owned());
        borders.leave_out_address("doc@acme.example".to_owned());
        let out = |address: &str| borders.is_left_out(&Address::read(address).unwrap());
        assert!(out("a@law.example") && out("a@mail.law.example") && out("doc@acme.example"));
        assert!(!out("a@outlaw.example") && !out("bo@acme.example"));
    }
}
