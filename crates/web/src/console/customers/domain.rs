//! A domain as a person types it.

use url::Host;

use crate::console::deed::wrong_field;
use crate::failure::Failure;

/// The domain in ASCII and small letters, from `Acme.Example`, `@acme.example` or `https://www.acme.example/`.
///
/// # Errors
/// 400 for what is none.
pub fn read(typed: &str) -> Result<String, Failure> {
    let bare = typed.trim().trim_start_matches("https://").trim_start_matches("http://").trim_start_matches('@');
    let bare = bare.rsplit('@').next().unwrap_or(bare).split('/').next().unwrap_or(bare).trim_start_matches("www.");
    match Host::parse(bare) {
        Ok(Host::Domain(domain)) if domain.trim_matches('.').contains('.') => Ok(domain.trim_matches('.').to_owned()),
        _ => Err(wrong_field(
            "That is no domain.",
            "A domain is what stands behind the @ of an address, such as acme.example.",
            "Go back and type it so.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_domain_is_read_from_what_people_paste() {
        for typed in ["Acme.Example", "@acme.example", "bo@acme.example", "https://www.acme.example/about", " acme.example. "] {
            assert_eq!(read(typed).unwrap(), "acme.example", "{typed}");
        }
        assert_eq!(read("bücher.example").unwrap(), "xn--bcher-kva.example");
        for wrong in ["", "acme", "a b.example", "10.0.0.1", "[::1]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
