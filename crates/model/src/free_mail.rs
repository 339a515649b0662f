//! Free mail: domains at which anybody can have an address, so that sharing one says nothing. A maintained list in a file
//! of the source, which says how it is kept.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::domain::{entries, registrable};

const LIST: &str = include_str!("../data/free_mail.txt");

/// Whether anybody can have an address at this domain (folded) or the one it belongs to.
pub fn is_free(domain: &str) -> bool {
    let list = list();
    let bought = registrable(domain);
    let name = bought.split('.').next().unwrap_or_default();
    list.domains.contains(domain) || list.domains.contains(bought) || list.names.contains(name)
}

struct List {
    domains: HashSet<&'static str>,
    /// Of entries `name.*`.
    names: HashSet<&'static str>,
}

fn list() -> &'static List {
    static FREE: OnceLock<List> = OnceLock::new();
    FREE.get_or_init(|| {
        let (names, domains): (Vec<_>, Vec<_>) = entries(LIST).partition(|entry| entry.ends_with(".*"));
        List { domains: domains.into_iter().collect(), names: names.into_iter().map(|entry| entry.trim_end_matches(".*")).collect() }
    })
}

#[cfg(test)]
mod tests {
    use super::{LIST, entries, is_free};

    #[test]
    fn providers_are_free_everywhere_and_companies_are_not() {
        for free in [
            "gmail.com",
            "outlook.de",
            "hotmail.co.uk",
            "yahoo.com.br",
            "mail.yahoo.co.jp",
            "web.de",
            "qq.com",
            "vip.163.com",
            "gmx.net",
            "yandex.ru",
        ] {
            assert!(is_free(free), "{free}");
        }
        for company in
            ["acme.example", "gmail.acme.example", "microsoft.com", "notyahoo.com", "outlook-partners.com", "contoso.onmicrosoft.com", ""]
        {
            assert!(!is_free(company), "{company}");
        }
    }

    #[test]
    fn every_line_of_the_list_is_a_domain_or_a_name_for_all_suffixes() {
        assert!(entries(LIST).count() > 400);
        for entry in entries(LIST) {
            let domain = entry.strip_suffix(".*").map_or_else(|| entry.to_owned(), |name| format!("{name}.com"));
            assert_eq!(crate::domain::fold(&domain).as_deref(), Some(domain.as_str()), "{entry}");
            assert!(domain.contains('.'), "{entry}");
        }
    }
}
