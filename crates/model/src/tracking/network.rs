//! Networks: what a well-known public range tells of who is behind an address.
//!
//! A small table, not a register of the world: what is not in it says nothing. The owners publish their ranges (Microsoft: "Azure
//! IP Ranges and Service Tags" and "Office 365 URLs and IP address ranges"; Google: `goog.json` and `_netblocks.google.com`;
//! Amazon: `ip-ranges.json`; Apple: 17/8; scanners: the SPF records and firewall pages of each vendor), mostly as allotted to them
//! by ARIN and RIPE. The table holds the large ones, written down without those lists at hand: it wants comparing with them before
//! anything depends on a single line. Whoever changes a line raises [`super::RULES_VERSION`].

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Whose network an address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// As the database and the API write it.
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
}

/// Whose network this address is of, if it is well known.
pub fn of(address: IpAddr) -> Option<Network> {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let bits = u32::from(address);
            let within = |&&(base, length, _): &&(u32, u32, Network)| (bits ^ base).leading_zeros() >= length;
            V4.iter().find(within).map(|&(_, _, network)| network)
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let within = |&&(base, length, _): &&(u128, u32, Network)| (bits ^ base).leading_zeros() >= length;
            V6.iter().find(within).map(|&(_, _, network)| network)
        }
    }
}

const fn v4(octets: [u8; 4], length: u32, network: Network) -> (u32, u32, Network) {
    (u32::from_be_bytes(octets), length, network)
}

const fn v6(first: u16, second: u16, length: u32, network: Network) -> (u128, u32, Network) {
    (((first as u128) << 112) | ((second as u128) << 96), length, network)
}

/// The narrower range stands above the wider one.
const V4: &[(u32, u32, Network)] = &[
    v4([17, 0, 0, 0], 8, Network::Apple),
    // Google: the picture proxy and its neighbours; Google's cloud is below.
    v4([64, 233, 160, 0], 19, Network::Google),
    v4([66, 102, 0, 0], 20, Network::Google),
    v4([66, 249, 64, 0], 19, Network::Google),
    v4([72, 14, 192, 0], 18, Network::Google),
    v4([74, 125, 0, 0], 16, Network::Google),
    v4([108, 177, 0, 0], 17, Network::Google),
    v4([142, 250, 0, 0], 15, Network::Google),
    v4([172, 217, 0, 0], 16, Network::Google),
    v4([172, 253, 0, 0], 16, Network::Google),
    v4([173, 194, 0, 0], 16, Network::Google),
    v4([209, 85, 128, 0], 17, Network::Google),
    v4([216, 58, 192, 0], 19, Network::Google),
    // Microsoft: Exchange Online and Azure.
    v4([13, 64, 0, 0], 11, Network::Microsoft),
    v4([13, 96, 0, 0], 13, Network::Microsoft),
    v4([13, 104, 0, 0], 14, Network::Microsoft),
    v4([20, 33, 0, 0], 16, Network::Microsoft),
    v4([20, 34, 0, 0], 15, Network::Microsoft),
    v4([20, 36, 0, 0], 14, Network::Microsoft),
    v4([20, 40, 0, 0], 13, Network::Microsoft),
    v4([20, 48, 0, 0], 12, Network::Microsoft),
    v4([20, 64, 0, 0], 10, Network::Microsoft),
    v4([20, 128, 0, 0], 16, Network::Microsoft),
    v4([20, 150, 0, 0], 15, Network::Microsoft),
    v4([20, 160, 0, 0], 12, Network::Microsoft),
    v4([20, 184, 0, 0], 13, Network::Microsoft),
    v4([20, 192, 0, 0], 10, Network::Microsoft),
    v4([23, 96, 0, 0], 13, Network::Microsoft),
    v4([40, 64, 0, 0], 10, Network::Microsoft),
    v4([51, 4, 0, 0], 15, Network::Microsoft),
    v4([51, 8, 0, 0], 16, Network::Microsoft),
    v4([51, 104, 0, 0], 15, Network::Microsoft),
    v4([51, 124, 0, 0], 16, Network::Microsoft),
    v4([51, 132, 0, 0], 16, Network::Microsoft),
    v4([51, 136, 0, 0], 15, Network::Microsoft),
    v4([51, 138, 0, 0], 16, Network::Microsoft),
    v4([51, 140, 0, 0], 14, Network::Microsoft),
    v4([52, 96, 0, 0], 12, Network::Microsoft),
    v4([52, 112, 0, 0], 14, Network::Microsoft),
    v4([52, 136, 0, 0], 13, Network::Microsoft),
    v4([52, 145, 0, 0], 16, Network::Microsoft),
    v4([52, 146, 0, 0], 15, Network::Microsoft),
    v4([52, 148, 0, 0], 14, Network::Microsoft),
    v4([52, 152, 0, 0], 13, Network::Microsoft),
    v4([52, 160, 0, 0], 11, Network::Microsoft),
    v4([52, 224, 0, 0], 11, Network::Microsoft),
    v4([65, 52, 0, 0], 14, Network::Microsoft),
    v4([70, 37, 0, 0], 17, Network::Microsoft),
    v4([104, 40, 0, 0], 13, Network::Microsoft),
    v4([104, 47, 0, 0], 17, Network::Microsoft),
    v4([104, 208, 0, 0], 13, Network::Microsoft),
    v4([137, 116, 0, 0], 15, Network::Microsoft),
    v4([168, 61, 0, 0], 16, Network::Microsoft),
    v4([168, 62, 0, 0], 15, Network::Microsoft),
    v4([191, 232, 0, 0], 13, Network::Microsoft),
    v4([207, 46, 0, 0], 16, Network::Microsoft),
    v4([67, 195, 0, 0], 16, Network::Yahoo),
    v4([98, 136, 0, 0], 14, Network::Yahoo),
    // Vendors that scan: Proofpoint, Mimecast, Barracuda, Cisco, Symantec, Trend Micro, Forcepoint.
    v4([67, 231, 144, 0], 20, Network::Scanner),
    v4([148, 163, 128, 0], 17, Network::Scanner),
    v4([185, 132, 180, 0], 22, Network::Scanner),
    v4([91, 220, 42, 0], 24, Network::Scanner),
    v4([103, 13, 69, 0], 24, Network::Scanner),
    v4([146, 101, 78, 0], 24, Network::Scanner),
    v4([195, 130, 217, 0], 24, Network::Scanner),
    v4([205, 139, 110, 0], 23, Network::Scanner),
    v4([207, 211, 30, 0], 23, Network::Scanner),
    v4([64, 235, 144, 0], 20, Network::Scanner),
    v4([209, 222, 80, 0], 21, Network::Scanner),
    v4([68, 232, 128, 0], 19, Network::Scanner),
    v4([67, 219, 240, 0], 20, Network::Scanner),
    v4([85, 158, 136, 0], 21, Network::Scanner),
    v4([193, 109, 254, 0], 23, Network::Scanner),
    v4([195, 245, 230, 0], 23, Network::Scanner),
    v4([216, 82, 240, 0], 20, Network::Scanner),
    v4([150, 70, 0, 0], 16, Network::Scanner),
    v4([85, 115, 32, 0], 19, Network::Scanner),
    // Servers for hire: Amazon, Google, DigitalOcean, Hetzner, OVH.
    v4([3, 0, 0, 0], 9, Network::Cloud),
    v4([18, 128, 0, 0], 9, Network::Cloud),
    v4([34, 64, 0, 0], 10, Network::Cloud),
    v4([34, 192, 0, 0], 10, Network::Cloud),
    v4([35, 152, 0, 0], 13, Network::Cloud),
    v4([35, 184, 0, 0], 13, Network::Cloud),
    v4([35, 192, 0, 0], 12, Network::Cloud),
    v4([44, 192, 0, 0], 10, Network::Cloud),
    v4([52, 0, 0, 0], 11, Network::Cloud),
    v4([52, 192, 0, 0], 11, Network::Cloud),
    v4([54, 64, 0, 0], 10, Network::Cloud),
    v4([54, 144, 0, 0], 12, Network::Cloud),
    v4([54, 160, 0, 0], 11, Network::Cloud),
    v4([54, 192, 0, 0], 10, Network::Cloud),
    v4([138, 197, 0, 0], 16, Network::Cloud),
    v4([159, 65, 0, 0], 16, Network::Cloud),
    v4([167, 99, 0, 0], 16, Network::Cloud),
    v4([88, 198, 0, 0], 16, Network::Cloud),
    v4([95, 216, 0, 0], 15, Network::Cloud),
    v4([51, 68, 0, 0], 16, Network::Cloud),
    v4([51, 75, 0, 0], 16, Network::Cloud),
];

const V6: &[(u128, u32, Network)] = &[
    v6(0x2620, 0x0149, 32, Network::Apple),
    v6(0x2a01, 0xb740, 32, Network::Apple),
    v6(0x2a01, 0x0111, 32, Network::Microsoft),
    v6(0x2603, 0x1000, 24, Network::Microsoft),
    v6(0x2607, 0xf8b0, 32, Network::Google),
    v6(0x2001, 0x4860, 32, Network::Google),
    v6(0x2a00, 0x1450, 32, Network::Google),
    v6(0x2600, 0x1f00, 24, Network::Cloud),
    v6(0x2a01, 0x04f8, 32, Network::Cloud),
];

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Network, of};

    #[test]
    fn an_address_is_looked_up_in_ranges_of_both_families() {
        let network = |address: &str| of(address.parse::<IpAddr>().expect("an address"));
        assert_eq!(network("17.58.96.7"), Some(Network::Apple));
        assert_eq!(network("::ffff:17.58.96.7"), Some(Network::Apple));
        assert_eq!(network("2603:10a6:20b:3e::17"), Some(Network::Microsoft));
        assert_eq!(network("52.127.255.255"), None);
        assert_eq!(network("40.64.0.0"), Some(Network::Microsoft));
        assert_eq!(network("40.127.255.255"), Some(Network::Microsoft));
        assert_eq!(network("40.128.0.0"), None);
        assert_eq!(network("203.0.113.9"), None);
        assert_eq!(network("2001:db8::1"), None);
    }
}
