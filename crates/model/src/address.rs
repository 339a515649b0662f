//! Addresses: how they are folded, so that two writings of one address are one; and what their local part tells of who is
//! behind them. Pure.

use crate::domain;
use crate::free_mail;

/// An address as it is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    folded: String,
    at: usize,
}

impl Address {
    /// Reads an address as somebody wrote it. Case is folded; a tag behind `+` is cut off, as it names a drawer of the same
    /// person; at Gmail dots are no difference; a domain in another script is its ASCII form. `None` for what is no address
    /// of internet mail, such as Exchange's own.
    pub fn read(written: &str) -> Option<Self> {
        let bare = written.trim().trim_start_matches('<').trim_end_matches('>').trim();
        let bare = if bare.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) { &bare[7..] } else { bare };
        let (local, host) = bare.rsplit_once('@')?;
        let local = local.trim_matches('"').to_lowercase();
        let odd = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '@' | '<' | '>' | ',' | ';' | '(' | ')');
        if local.is_empty() || local.len() > 128 || local.contains(odd) {
            return None;
        }
        let host = domain::fold(host).filter(|host| host.contains('.'))?;
        let (local, host) = fold(&local, &host);
        Some(Address { at: local.len(), folded: format!("{local}@{host}") })
    }

    /// The whole, folded.
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// Behind the `@`.
    pub fn domain(&self) -> &str {
        &self.folded[self.at + 1..]
    }

    /// Before the `@`, without its tag.
    pub fn local(&self) -> &str {
        &self.folded[..self.at]
    }

    /// The domain that somebody registered.
    pub fn registrable(&self) -> &str {
        domain::registrable(self.domain())
    }

    /// The domain by which a customer is found: none at a provider of mail for everyone.
    pub fn company_domain(&self) -> Option<&str> {
        (!free_mail::is_free(self.domain())).then(|| self.registrable())
    }

    /// What the local part tells of who is behind it.
    pub fn post(&self) -> Post {
        post(self.local())
    }
}

fn fold(local: &str, host: &str) -> (String, String) {
    let base = local.split('+').next().filter(|base| !base.is_empty()).unwrap_or(local);
    if matches!(host, "gmail.com" | "googlemail.com") {
        return (base.replace('.', ""), "gmail.com".to_owned());
    }
    (base.to_owned(), host.to_owned())
}

/// What a local part tells of who is behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// Nothing: somebody.
    Somebody,
    /// A post that several people fill.
    Role,
    /// A list or a newsletter.
    List,
    /// A program that nobody reads behind.
    Automatic,
}

/// Posts by which companies in many countries can be written to.
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "accountspayable",
    "accountsreceivable",
    "admin",
    "administracion",
    "administration",
    "anfrage",
    "ap",
    "ar",
    "bestellung",
    "billing",
    "booking",
    "bookings",
    "buchhaltung",
    "bureau",
    "career",
    "careers",
    "compliance",
    "compras",
    "comptabilite",
    "contact",
    "contacto",
    "contactus",
    "contato",
    "customercare",
    "customerservice",
    "customersupport",
    "direccion",
    "einkauf",
    "empfang",
    "enquiries",
    "enquiry",
    "events",
    "export",
    "facturacion",
    "facturation",
    "faktura",
    "feedback",
    "finance",
    "frontdesk",
    "hallo",
    "hello",
    "help",
    "helpdesk",
    "hi",
    "hostmaster",
    "hr",
    "import",
    "info",
    "information",
    "inquiries",
    "inquiry",
    "invoice",
    "invoices",
    "invoicing",
    "it",
    "jobs",
    "kontakt",
    "kundendienst",
    "kundenservice",
    "legal",
    "logistics",
    "mail",
    "marketing",
    "office",
    "operations",
    "order",
    "orders",
    "personal",
    "press",
    "presse",
    "privacy",
    "procurement",
    "purchasing",
    "reception",
    "rechnung",
    "recruiting",
    "reservations",
    "sales",
    "secretariat",
    "security",
    "sekretariat",
    "service",
    "services",
    "shop",
    "soporte",
    "support",
    "team",
    "tech",
    "technik",
    "vendas",
    "ventas",
    "verkauf",
    "vertrieb",
    "webmaster",
    "welcome",
];
const AUTOMATIC: &[&str] = &[
    "noreply",
    "donotreply",
    "dontreply",
    "neverreply",
    "nepasrepondre",
    "noresponder",
    "nichtantworten",
    "keineantwort",
    "mailerdaemon",
    "postmaster",
    "bounce",
    "bounces",
];
const AUTOMATIC_WHOLE: &[&str] = &[
    "alert",
    "alerts",
    "autoconfirm",
    "automailer",
    "daemon",
    "mailer",
    "notification",
    "notifications",
    "notify",
    "robot",
    "root",
    "system",
];
const LISTS: &[&str] = &["listserv", "mailman", "majordomo", "newsletter", "newsletters", "news", "mailinglist", "digest"];

fn post(local: &str) -> Post {
    let plain: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    if AUTOMATIC.iter().any(|word| plain.starts_with(word) || plain.ends_with(word)) || AUTOMATIC_WHOLE.contains(&plain.as_str()) {
        return Post::Automatic;
    }
    if LISTS.contains(&plain.as_str()) || local.starts_with("owner-") || local.ends_with("-owner") || local.ends_with("-request") {
        return Post::List;
    }
    if ROLES.binary_search(&plain.as_str()).is_ok() { Post::Role } else { Post::Somebody }
}

/// Whether programs write from an address (as written), so that nobody reads an answer.
pub fn is_automatic(written: &str) -> bool {
    let local = written.trim().trim_start_matches('<').split(['@', '+']).next().unwrap_or_default().to_ascii_lowercase();
    post(&local) == Post::Automatic
}

#[cfg(test)]
mod tests {
    use super::{Address, Post, ROLES};

    fn folded(written: &str) -> Option<String> {
        Address::read(written).map(|address| address.as_str().to_owned())
    }

    #[test]
    fn two_writings_of_one_address_are_one() {
        for written in [
            "Bo.Ek@ACME.example",
            " <bo.ek@acme.example> ",
            "mailto:bo.ek+crm@acme.example",
            "bo.ek@acme.example.",
            "\"bo.ek\"@acme.example",
        ] {
            assert_eq!(folded(written).as_deref(), Some("bo.ek@acme.example"), "{written}");
        }
        assert_eq!(folded("B.o.E.k+x@googlemail.com").as_deref(), Some("boek@gmail.com"));
        assert_eq!(folded("bo@Bücher.example").as_deref(), Some("bo@xn--bcher-kva.example"));
        assert_eq!(folded("+tag@acme.example").as_deref(), Some("+tag@acme.example"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for written in [
            "",
            "bo",
            "@acme.example",
            "bo@",
            "bo@localhost",
            "/O=EXCHANGELABS/OU=X/CN=RECIPIENTS/CN=BO",
            "bo ek@acme.example",
            "bo@[10.0.0.1]",
            "a@b@acme.example",
            "x@acme.example, y",
        ] {
            assert_eq!(folded(written), None, "{written}");
        }
    }

    #[test]
    fn a_company_is_found_by_its_registered_domain_and_none_at_a_free_provider() {
        let company = |written| Address::read(written).unwrap().company_domain().map(str::to_owned);
        assert_eq!(company("bo@mail.acme.co.uk").as_deref(), Some("acme.co.uk"));
        assert_eq!(company("bo@hotmail.fr"), None);
        assert_eq!(company("bo+x@gmail.com"), None);
    }

    #[test]
    fn a_local_part_tells_posts_lists_and_programs_from_somebody() {
        let post = |local: &str| Address::read(&format!("{local}@acme.example")).unwrap().post();
        for (local, expected) in [
            ("info", Post::Role),
            ("customer.service", Post::Role),
            ("no-reply", Post::Automatic),
            ("calendar-noreply", Post::Automatic),
            ("mailer-daemon", Post::Automatic),
            ("do_not_reply", Post::Automatic),
            ("notifications", Post::Automatic),
            ("newsletter", Post::List),
            ("dev-request", Post::List),
            ("bo.ek", Post::Somebody),
            ("news.man", Post::Somebody),
            ("robin", Post::Somebody),
        ] {
            assert_eq!(post(local), expected, "{local}");
        }
        assert!(ROLES.is_sorted(), "it is searched");
    }
}
