//! The guard: which addresses a customer can have us call. Nothing inside our own network, nothing of the cloud's own
//! services, no name that stands for either, whichever way the number is written.
//!
//! An address that is written as a number is judged when the URL is (the URL standard reads decimal, octal and
//! hexadecimal forms alike). A name is judged by every address that it resolves to, at the moment of the call, and the
//! connection goes to these addresses: a name that means something else a moment later gains nothing. Ranges: IANA's
//! special-purpose registries (RFC 6890), and what is embedded in IPv6 forms of IPv4 addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use async_trait::async_trait;
use url::{Host, Url};

/// How far calls may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Private networks, this machine, and plain `http` on any port too: for development.
    pub private: bool,
    /// The ports that may be called otherwise.
    pub ports: Vec<u16>,
    /// Hosts, by the name or the address that stands in a URL, that may be called wherever they are, on any port and by
    /// plain `http`: a CRM in our own network.
    pub hosts: Vec<String>,
}

impl Default for Reach {
    fn default() -> Self {
        Reach { private: false, ports: vec![443, 8443], hosts: Vec::new() }
    }
}

/// Why an address is not called.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Forbidden {
    /// Only `https` (and `http` in development) is called.
    #[error("its address does not begin with https://")]
    Scheme,
    /// Names and passwords in an address end up in logs.
    #[error("its address holds a user's name or password: use the signature instead")]
    Credentials,
    /// The port is not one of those that may be called.
    #[error("its address names a port that is not called: 443 and 8443 are, unless the operator says otherwise")]
    Port,
    /// The port is not one of a mail server.
    #[error("its port is none of a mail server: 25, 465, 587 and 2525 are")]
    MailPort,
    /// Mail goes in the clear inside one's own network only.
    #[error("mail is sent there by TLS only, unless the operator has named the host in `webhooks.allowed_hosts`")]
    Clear,
    /// The name or the address is one of a private network.
    #[error("its address leads into a private network, which is not called")]
    Private,
    /// There is no host.
    #[error("its address names no host")]
    Host,
}

impl Reach {
    /// Reads an address as a customer gives it.
    ///
    /// # Errors
    /// [`Forbidden`], in words for its owner.
    pub fn read(&self, text: &str) -> Result<Url, Forbidden> {
        let url = Url::parse(text).map_err(|_| Forbidden::Scheme)?;
        self.judge(&url)?;
        Ok(url)
    }

    /// Judges an address as far as it can be without asking what its name means.
    ///
    /// # Errors
    /// [`Forbidden`], in words for its owner.
    pub fn judge(&self, url: &Url) -> Result<(), Forbidden> {
        let anywhere = self.private || url.host_str().is_some_and(|host| self.exempts(host));
        if url.scheme() != "https" && !(anywhere && url.scheme() == "http") {
            return Err(Forbidden::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Credentials);
        }
        let port = url.port_or_known_default().ok_or(Forbidden::Port)?;
        if anywhere {
            return Ok(());
        }
        if !self.ports.contains(&port) {
            return Err(Forbidden::Port);
        }
        self.judge_host(url.host().ok_or(Forbidden::Host)?)
    }

    /// Judges a mail server as far as it can be without asking what its name means.
    ///
    /// # Errors
    /// [`Forbidden`], in words for whoever named it.
    pub fn judge_mail_server(&self, host: &str, port: u16, in_the_clear: bool) -> Result<(), Forbidden> {
        let read = Host::parse(host).map_err(|_| Forbidden::Host)?;
        if self.private || self.exempts(host) {
            return Ok(());
        }
        if in_the_clear {
            return Err(Forbidden::Clear);
        }
        if !MAIL_PORTS.contains(&port) {
            return Err(Forbidden::MailPort);
        }
        self.judge_host(read)
    }

    fn judge_host<S: AsRef<str>>(&self, host: Host<S>) -> Result<(), Forbidden> {
        match host {
            Host::Domain(name) => self.judge_name(name.as_ref()),
            Host::Ipv4(address) => self.judge_address(address.into()),
            Host::Ipv6(address) => self.judge_address(address.into()),
        }
    }

    fn judge_name(&self, name: &str) -> Result<(), Forbidden> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let inside = !name.contains('.') || INSIDE.iter().any(|end| name.ends_with(end));
        if inside { Err(Forbidden::Private) } else { Ok(()) }
    }

    fn exempts(&self, host: &str) -> bool {
        self.hosts.iter().any(|exempt| exempt.eq_ignore_ascii_case(host))
    }

    /// Judges what a name means: all of its addresses must do.
    ///
    /// # Errors
    /// [`Forbidden::Private`].
    pub(crate) fn judge_meaning(&self, name: &str, addresses: &[SocketAddr]) -> Result<(), Forbidden> {
        if self.exempts(name) {
            return Ok(());
        }
        addresses.iter().try_for_each(|address| self.judge_address(address.ip()))
    }

    /// Judges one of the addresses that a name means.
    ///
    /// # Errors
    /// [`Forbidden::Private`].
    pub fn judge_address(&self, address: IpAddr) -> Result<(), Forbidden> {
        if self.private || is_public(address) { Ok(()) } else { Err(Forbidden::Private) }
    }
}

/// Ports at which mail servers take mail.
const MAIL_PORTS: [u16; 4] = [25, 465, 587, 2525];

/// Ends of names that mean something inside.
const INSIDE: [&str; 6] = [".localhost", ".local", ".internal", ".intranet", ".home.arpa", ".lan"];

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that are nobody's outside: first address and length of the prefix.
const INSIDE_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let inside = |(first, length): &([u8; 4], u32)| (address.to_bits() ^ u32::from_be_bytes(*first)) >> (32 - length) == 0;
    // Azure's own services answer on this one address, whatever the network.
    address != Ipv4Addr::new(168, 63, 129, 16) && !INSIDE_V4.iter().any(inside)
}

/// Only 2000::/3 is given out; within it some prefixes are nobody's, and some wrap an address of IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(within) = wrapped_v4(address) {
        return is_public_v4(within);
    }
    let parts = address.segments();
    let given_out = parts[0] & 0xe000 == 0x2000;
    let special = parts[0] == 0x2001 && parts[1] < 0x200; // Teredo, benchmarking, ORCHID and their like: 2001::/23.
    let documentation = (parts[0] == 0x2001 && parts[1] == 0x0db8) || (parts[0] == 0x3fff && parts[1] < 0x1000);
    given_out && !special && !documentation
}

/// The address of IPv4 that an address of IPv6 leads to: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn wrapped_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match parts {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(joined(high, low)),
        _ => None,
    }
}

/// Asks what a name means.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// All addresses of a name, the port being of no account.
    ///
    /// # Errors
    /// When it means nothing or nobody can say.
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<SocketAddr>>;
}

/// Asks the machine's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        tokio::net::lookup_host((name, 0)).await.map(Iterator::collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(url: &str) -> Result<(), Forbidden> {
        Reach::default().read(url).map(drop)
    }

    #[test]
    fn an_address_of_the_world_is_called() {
        for url in ["https://hooks.fabrikam.example/in?key=1", "https://93.184.216.34/x", "https://[2606:4700::1111]:8443/"] {
            assert_eq!(judged(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn every_private_range_is_refused_in_every_form() {
        let hosts = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            // 127.0.0.1 and 169.254.169.254 as one number, octal, hexadecimal, and parts of it.
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::ffff:0:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::a9fe:a9fe]",
            "[100::1]",
            "[2001::1]",
            "[2001:db8::1]",
            "[2002:7f00:1::]",
            "[2002:a9fe:a9fe::1]",
            "[3fff::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[5f00::1]",
        ];
        for host in hosts {
            assert_eq!(judged(&format!("https://{host}/")), Err(Forbidden::Private), "{host}");
        }
    }

    #[test]
    fn names_of_the_inside_are_refused() {
        for name in [
            "localhost",
            "LOCALHOST.",
            "intranet",
            "db.internal",
            "metadata.google.internal",
            "printer.local",
            "a.localhost",
            "nas.home.arpa",
        ] {
            assert_eq!(judged(&format!("https://{name}/")), Err(Forbidden::Private), "{name}");
        }
    }

    #[test]
    fn schemes_ports_and_credentials_are_judged_too() {
        assert_eq!(judged("http://hooks.fabrikam.example/"), Err(Forbidden::Scheme));
        assert_eq!(judged("ftp://hooks.fabrikam.example/"), Err(Forbidden::Scheme));
        assert_eq!(judged("hooks.fabrikam.example"), Err(Forbidden::Scheme));
        assert_eq!(judged("https://bo:secret@hooks.fabrikam.example/"), Err(Forbidden::Credentials));
        assert_eq!(judged("https://hooks.fabrikam.example:22/"), Err(Forbidden::Port));
    }

    #[test]
    fn a_mail_server_is_judged_like_any_other_host_and_by_its_port() {
        let judged = |host: &str, port, clear| Reach::default().judge_mail_server(host, port, clear);
        assert_eq!(judged("journal.mimecast.example", 587, false), Ok(()));
        assert_eq!(judged("journal.mimecast.example", 25, true), Err(Forbidden::Clear));
        assert_eq!(judged("journal.mimecast.example", 6379, false), Err(Forbidden::MailPort));
        for host in ["localhost", "127.0.0.1", "2130706433", "[::1]", "169.254.169.254", "mail.internal"] {
            assert_eq!(judged(host, 25, false), Err(Forbidden::Private), "{host}");
        }
        assert_eq!(judged("a host", 25, false), Err(Forbidden::Host));
        let exempt = Reach { hosts: vec!["mail.internal".to_owned()], ..Reach::default() };
        assert_eq!(exempt.judge_mail_server("mail.internal", 2500, true), Ok(()));
    }

    #[test]
    fn in_development_this_machine_is_called() {
        let reach = Reach { private: true, ..Reach::default() };
        assert!(reach.read("http://127.0.0.1:9000/hook").is_ok() && reach.read("http://localhost:9000/hook").is_ok());
        assert_eq!(reach.read("ftp://127.0.0.1/"), Err(Forbidden::Scheme));
    }

    #[test]
    fn an_exempted_host_is_called_and_its_neighbours_are_not() {
        let reach = Reach { hosts: vec!["crm.internal".to_owned(), "10.0.0.5".to_owned()], ..Reach::default() };
        assert!(reach.read("https://CRM.internal/hook").is_ok() && reach.read("http://10.0.0.5:8080/hook").is_ok());
        assert_eq!(reach.read("https://10.0.0.6/hook"), Err(Forbidden::Private));
        assert_eq!(reach.read("https://db.internal/hook"), Err(Forbidden::Private));
    }

    #[test]
    fn wrapped_addresses_of_the_world_are_called() {
        for address in ["::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1"] {
            assert_eq!(Reach::default().judge_address(address.parse().unwrap()), Ok(()), "{address}");
        }
    }
}
