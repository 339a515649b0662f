//! Networks: what a known range tells of who is behind an address.
//!
//! One range is built in: 17.0.0.0/8, Apple's own (reference for integrations, section 8.4). The ranges of Microsoft, Google and
//! the vendors that scan mail change from week to week, so they are not written down here: an operator brings them as a list
//! (docs/OPERATING.md says from where). Without a list, agents and behaviour decide alone.

use std::net::IpAddr;

/// Whose network an address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// Apple's own. The relays of its partners are not here: Safari's readers leave by them too.
    Apple,
    /// Google's own services, such as its picture proxy.
    Google,
    /// Microsoft's: Exchange Online, Defender, Azure.
    Microsoft,
    /// Yahoo's.
    Yahoo,
    /// A vendor that scans mail and links for others.
    Scanner,
    /// Servers for hire.
    Cloud,
}

impl Network {
    const ALL: [Network; 6] = [Network::Apple, Network::Google, Network::Microsoft, Network::Yahoo, Network::Scanner, Network::Cloud];

    /// As lists, the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Apple => "apple",
            Network::Google => "google",
            Network::Microsoft => "microsoft",
            Network::Yahoo => "yahoo",
            Network::Scanner => "scanner",
            Network::Cloud => "cloud",
        }
    }

    /// The network of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|network| network.name() == name)
    }
}

/// The ranges that are known.
#[derive(Clone, Debug)]
pub struct Networks(Vec<Range>);

#[derive(Clone, Copy, Debug)]
struct Range {
    base: u128,
    /// Leading bits that count, of 128.
    length: u32,
    network: Network,
}

/// A line of a list that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub number: usize,
}

impl Default for Networks {
    fn default() -> Self {
        Networks(vec![range("17.0.0.0/8", Network::Apple).expect("it is a range")])
    }
}

impl Networks {
    /// What is built in and this list: a range and a name on each line (`40.92.0.0/15 microsoft`); what follows `#` and empty
    /// lines say nothing. Of ranges that hold one another, the narrower one counts.
    ///
    /// # Errors
    /// The first line that is no such thing.
    pub fn with_list(list: &str) -> Result<Self, BadLine> {
        let mut known = Networks::default();
        for (place, line) in list.lines().enumerate() {
            let said = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = said.split_whitespace().collect();
            let read = match words.as_slice() {
                [] => continue,
                [range_text, name] => Network::named(name).and_then(|network| range(range_text, network)),
                _ => None,
            };
            known.0.push(read.ok_or(BadLine { number: place + 1 })?);
        }
        known.0.sort_by_key(|range| std::cmp::Reverse(range.length));
        Ok(known)
    }

    /// Whose network this address is of, if that is known.
    pub fn of(&self, address: IpAddr) -> Option<Network> {
        let bits = bits(address);
        self.0.iter().find(|range| (bits ^ range.base).leading_zeros() >= range.length).map(|range| range.network)
    }
}

/// An address as one of IPv6, in which those of IPv4 have a place.
fn bits(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn range(text: &str, network: Network) -> Option<Range> {
    let (address, length) = text.split_once('/')?;
    let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
    let (own_bits, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    (length <= own_bits).then(|| Range { base: bits(address), length: before + length, network })
}

#[cfg(test)]
mod tests {
    use super::{BadLine, Network, Networks};

    #[test]
    fn an_address_is_looked_up_in_ranges_of_both_families_and_the_narrower_one_counts() {
        let list = "# Exchange Online\n40.92.0.0/15 microsoft\n40.92.7.0/24 cloud # for hire\n\n2603:1000::/24 microsoft\n";
        let networks = Networks::with_list(list).expect("a list");
        let network = |address: &str| networks.of(address.parse().expect("an address"));
        assert_eq!(network("17.58.96.7"), Some(Network::Apple));
        assert_eq!(network("::ffff:17.58.96.7"), Some(Network::Apple));
        assert_eq!(network("40.93.255.255"), Some(Network::Microsoft));
        assert_eq!(network("40.92.7.1"), Some(Network::Cloud));
        assert_eq!(network("40.94.0.0"), None);
        assert_eq!(network("2603:10a6:20b:3e::17"), Some(Network::Microsoft));
        assert_eq!(network("2001:db8::1"), None);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for list in ["40.92.0.0/15 microsoft\nx cloud", "\n40.92.0.0/33 cloud", "\n40.92.0.0 cloud", "\n40.92.0.0/15 elsewhere", "\n::/0"] {
            assert_eq!(Networks::with_list(list).expect_err("it is wrong"), BadLine { number: 2 }, "{list}");
        }
    }
}
