//! Tokens: what stands in the address of a pixel, a link or an unsubscribing, signed so that none can be made or changed by
//! anybody else. A link's token holds where it leads, so there is no open redirect: what is gone to was signed here.
//!
//! A token is base64url of a version, the mail, the copy and the place in it, a MAC, and for links the address that it leads to.
//! The MAC (HMAC-SHA256, the first 16 bytes) is over all of that, over what the token is for, and over the host that it was made
//! for: what is good for one is good for no other. Source: reference for integrations, section 8.2.

use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::OutgoingId;
use url::Url;

const VERSION: u8 = 1;
const FIELDS_BYTES: usize = 13;
const MAC_BYTES: usize = 16;
/// Longer texts are no token of ours.
const TEXT_BYTES_MAX: usize = 3_000;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The pixel.
    Pixel,
    /// A link.
    Link,
    /// Unsubscribing.
    Unsubscribe,
    /// Showing that an own domain leads here.
    Proof,
}

/// What a token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The tracked mail; the number of a workspace in a proof.
    pub mail: OutgoingId,
    /// Which of its copies.
    pub copy: u16,
    /// The number of a link.
    pub link: u16,
}

impl Kind {
    const fn letter(self) -> &'static str {
        match self {
            Kind::Pixel => "o",
            Kind::Link => "c",
            Kind::Unsubscribe => "u",
            Kind::Proof => "p",
        }
    }
}

/// Makes tokens and reads them. Cheap to clone.
#[derive(Clone)]
pub struct Signer(Key);

impl Signer {
    /// A signer with this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Signer(Key::new(HMAC_SHA256, key))
    }

    /// The address below `base` that stands for this; `leads_to` is where a link leads, and empty otherwise.
    pub fn address(&self, kind: Kind, base: &Url, token: Token, leads_to: &str) -> String {
        let fields = token.fields();
        let mac = self.mac(kind, &host_of(base), &fields, leads_to);
        let bytes = [fields.as_slice(), &mac, leads_to.as_bytes()].concat();
        let mut address = base.clone();
        let ending = if kind == Kind::Pixel { ".gif" } else { "" };
        address.set_path(&format!("/t/{}/{}{ending}", kind.letter(), URL_SAFE_NO_PAD.encode(bytes)));
        address.set_query(None);
        address.into()
    }

    /// What the last part of such an address stands for, and where it leads; `None` for what was not made here, for this and for
    /// this host.
    pub fn read(&self, kind: Kind, host: &str, text: &str) -> Option<(Token, String)> {
        let text = text.strip_suffix(".gif").unwrap_or(text);
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|_| text.len() <= TEXT_BYTES_MAX)?;
        let (fields, rest) = bytes.split_first_chunk::<FIELDS_BYTES>()?;
        let (mac, leads_to) = rest.split_first_chunk::<MAC_BYTES>()?;
        let leads_to = std::str::from_utf8(leads_to).ok()?;
        verify_slices_are_equal(mac, &self.mac(kind, host, fields, leads_to)).ok()?;
        Token::of_fields(fields).map(|token| (token, leads_to.to_owned()))
    }

    /// Where one of our links led before; `None` for what is none.
    pub fn original_of(&self, url: &Url) -> Option<String> {
        let text = url.path().strip_prefix("/t/c/")?;
        self.read(Kind::Link, &host_of(url), text).map(|(_, leads_to)| leads_to)
    }

    /// A number that is the same for touches of one mail from one address, and says nothing of the address.
    pub fn visitor(&self, mail: OutgoingId, address: IpAddr) -> u64 {
        let said = format!("visitor\n{mail}\n{}", address.to_canonical());
        let tag = hmac::sign(&self.0, said.as_bytes());
        let (front, _) = tag.as_ref().split_first_chunk().expect("a tag has 32 bytes");
        u64::from_be_bytes(*front)
    }

    fn mac(&self, kind: Kind, host: &str, fields: &[u8; FIELDS_BYTES], leads_to: &str) -> [u8; MAC_BYTES] {
        let said = [kind.letter().as_bytes(), b"\n", host.as_bytes(), b"\n", fields, leads_to.as_bytes()].concat();
        let tag = hmac::sign(&self.0, &said);
        *tag.as_ref().first_chunk().expect("a tag has 32 bytes")
    }
}

impl Token {
    fn fields(self) -> [u8; FIELDS_BYTES] {
        let mut fields = [VERSION; FIELDS_BYTES];
        fields[1..9].copy_from_slice(&self.mail.number().to_be_bytes());
        fields[9..11].copy_from_slice(&self.copy.to_be_bytes());
        fields[11..].copy_from_slice(&self.link.to_be_bytes());
        fields
    }

    fn of_fields(fields: &[u8; FIELDS_BYTES]) -> Option<Self> {
        let mail = i64::from_be_bytes(fields[1..9].try_into().ok()?);
        let (copy, link) = (u16::from_be_bytes(fields[9..11].try_into().ok()?), u16::from_be_bytes(fields[11..].try_into().ok()?));
        (fields[0] == VERSION).then_some(Token { mail: OutgoingId::from_number(mail), copy, link })
    }
}

/// The host of an address, in small letters, without its port.
pub(crate) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Token = Token { mail: OutgoingId::from_number(7), copy: 1, link: 2 };
    const SHOP: &str = "https://shop.example/?a=1&b=%2F#ü";

    fn signer() -> Signer {
        Signer::new(&[7; 32])
    }

    fn last(address: &str) -> &str {
        address.rsplit('/').next().expect("a last part")
    }

    #[test]
    fn a_token_is_good_for_what_and_where_it_was_made_and_for_nothing_else() {
        let base = Url::parse("https://T.acme.example:8443/x").expect("an address");
        let address = signer().address(Kind::Link, &base, TOKEN, SHOP);
        let text = last(&address);
        assert_eq!(signer().read(Kind::Link, "t.acme.example", text), Some((TOKEN, SHOP.to_owned())));
        assert_eq!(signer().original_of(&Url::parse(&address).expect("an address")).as_deref(), Some(SHOP));
        assert_eq!(signer().read(Kind::Pixel, "t.acme.example", text), None);
        assert_eq!(signer().read(Kind::Link, "t.other.example", text), None);
        assert_eq!(Signer::new(&[8; 32]).read(Kind::Link, "t.acme.example", text), None);
        let pixel = signer().address(Kind::Pixel, &base, TOKEN, "");
        assert_eq!(signer().read(Kind::Pixel, "t.acme.example", last(&pixel)), Some((TOKEN, String::new())));
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed() {
        let base = Url::parse("https://t.acme.example/").expect("an address");
        let address = signer().address(Kind::Link, &base, TOKEN, SHOP);
        let bytes = URL_SAFE_NO_PAD.decode(last(&address)).expect("base64url");
        for place in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[place] ^= 1;
            assert_eq!(signer().read(Kind::Link, "t.acme.example", &URL_SAFE_NO_PAD.encode(&forged)), None, "byte {place}");
            assert_eq!(signer().read(Kind::Link, "t.acme.example", &URL_SAFE_NO_PAD.encode(&bytes[..place])), None, "cut at {place}");
        }
    }
}
