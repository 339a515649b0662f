//! Domains: the part of a name that somebody registered (`acme.co.uk` of `mail.acme.co.uk`), which is whose it is.
//!
//! A small stand-in for the public suffix list: plain top-level domains, the second levels that countries commonly use, and
//! a file of what is beyond that. A name that it gets wrong is mended by hand, where domains are given to customers.

use std::collections::HashSet;
use std::sync::OnceLock;

const LIST: &str = include_str!("../data/public_suffix.txt");

/// Second levels that countries use for registration. A company that owns such a word under a country's domain is rare.
const SECOND_LEVELS: &[&str] = &[
    "ac", "biz", "co", "com", "edu", "gob", "gov", "gouv", "gub", "info", "int", "mil", "name", "net", "nom", "org", "or", "pro", "sch",
    "tm",
];

/// The registrable part of a domain in lower case; the domain itself where it is no more than a suffix.
pub fn registrable(domain: &str) -> &str {
    let mut starts: Vec<usize> = domain.match_indices('.').map(|(place, _)| place + 1).collect();
    starts.insert(0, 0);
    let wanted = suffix_labels(domain, &starts) + 1;
    &domain[starts[starts.len().saturating_sub(wanted)]..]
}

/// How many labels at the end are a public suffix.
fn suffix_labels(domain: &str, starts: &[usize]) -> usize {
    let labels = starts.len();
    let listed = |count: usize| count < labels && listed().contains(&domain[starts[labels - count]..]);
    if listed(4) {
        return 4;
    }
    if listed(3) {
        return 3;
    }
    if listed(2) || (labels > 2 && is_second_level(&domain[starts[labels - 2]..])) {
        return 2;
    }
    1
}

/// Whether `co.uk`-like: a common second level under a country's domain.
fn is_second_level(last_two: &str) -> bool {
    last_two.split_once('.').is_some_and(|(second, top)| top.len() == 2 && SECOND_LEVELS.contains(&second))
}

fn listed() -> &'static HashSet<&'static str> {
    static LISTED: OnceLock<HashSet<&'static str>> = OnceLock::new();
    LISTED.get_or_init(|| entries(LIST).collect())
}

/// The lines of a list that are no comment.
pub(crate) fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A name for a company that nothing is known of but its domain: `Coca-Cola` of `coca-cola.co.uk`.
pub fn company_name(domain: &str) -> String {
    let (unicode, _) = idna::domain_to_unicode(registrable(domain));
    let label = unicode.split('.').next().unwrap_or_default();
    let mut name = String::with_capacity(label.len());
    let mut begins = true;
    for letter in label.chars() {
        if begins {
            name.extend(letter.to_uppercase())
        } else {
            name.push(letter)
        }
        begins = letter == '-';
    }
    name
}

/// A domain as it is kept: lower case, ASCII (RFC 5891), no dot at the end; `None` if it cannot be one.
pub fn fold(domain: &str) -> Option<String> {
    let domain = domain.trim().trim_end_matches('.');
    let folded = if domain.is_ascii() { domain.to_ascii_lowercase() } else { idna::domain_to_ascii(domain).ok()? };
    let fits = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    (folded.len() <= 253 && !folded.is_empty() && folded.split('.').all(fits)).then_some(folded)
}

#[cfg(test)]
mod tests {
    use super::{LIST, company_name, entries, fold, registrable};

    #[test]
    fn the_registrable_part_is_what_somebody_bought() {
        for (domain, bought) in [
            ("acme.com", "acme.com"),
            ("mail.eu.acme.com", "acme.com"),
            ("sub.acme.co.uk", "acme.co.uk"),
            ("acme.co.uk", "acme.co.uk"),
            ("co.uk", "co.uk"),
            ("x.acme.com.au", "acme.com.au"),
            ("acme.or.jp", "acme.or.jp"),
            ("a.b.acme.onmicrosoft.com", "acme.onmicrosoft.com"),
            ("onmicrosoft.com", "onmicrosoft.com"),
            ("localhost", "localhost"),
            ("dept.acme.example", "acme.example"),
            ("t.co", "t.co"),
            ("a.t.co", "t.co"),
            ("acme.mail.onmicrosoft.com", "acme.mail.onmicrosoft.com"),
            ("mail.gov.uk", "mail.gov.uk"),
            ("", ""),
        ] {
            assert_eq!(registrable(domain), bought, "{domain}");
        }
    }

    #[test]
    fn a_domain_is_folded_or_refused() {
        assert_eq!(fold(" ACME.Example. ").as_deref(), Some("acme.example"));
        assert_eq!(fold("Bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        for wrong in ["", "a..b", "[10.0.0.1]", "a b.example", "acme.example/x", &"a".repeat(64)] {
            assert_eq!(fold(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_company_is_named_by_its_domain_until_somebody_knows_better() {
        assert_eq!(company_name("coca-cola.co.uk"), "Coca-Cola");
        assert_eq!(company_name("xn--bcher-kva.example"), "Bücher");
        assert_eq!(company_name("acme.example"), "Acme");
    }

    #[test]
    fn every_line_of_the_list_is_a_suffix_of_two_to_four_labels() {
        for entry in entries(LIST) {
            assert_eq!(fold(entry).as_deref(), Some(entry));
            assert!((2..=4).contains(&entry.split('.').count()), "{entry}");
        }
    }
}
