//! Agents: what a program's own name tells of it.
//!
//! Rules, not a list of machines: people read mail with programs that call themselves `Mozilla/…` or are one of a few mail
//! programs; everything else that fetches is a machine. Those machines that also call themselves `Mozilla/…` mostly say
//! what they are: by a word for their trade, by the address of a page about them, or by a name after `compatible;`.

/// What a program is, by its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// A browser, or a mail program that calls itself one.
    Browser,
    /// A mail program by its own name.
    MailProgram,
    /// Apple's privacy proxy.
    AppleProxy,
    /// Google's picture proxy.
    GmailProxy,
    /// Yahoo's picture proxy.
    YahooProxy,
    /// A machine.
    Machine,
    /// No name.
    Nameless,
}

/// Mail programs that do not call themselves `Mozilla/…`.
const MAIL_PROGRAMS: &[&str] = &["outlook-ios", "outlook-android", "macoutlook", "the bat!", "airmail", "lotus-notes", "emclient"];

/// Words for what a machine does, anywhere in its name.
const TRADES: &[&str] = &[
    "crawl",
    "spider",
    "slurp",
    "scrap",
    "fetch",
    "headless",
    "phantom",
    "preview",
    "monitor",
    "archiver",
    "validator",
    "checker",
    "scanner",
    "lighthouse",
    "pagespeed",
    "inspect",
    "python",
    "curl",
    "wget",
    "java/",
    "httpclient",
    "http-client",
    "libwww",
    "okhttp",
    "indexer",
    "index.",
    "feed",
    "rss",
    "externalhit",
    "snippet",
    "screenshot",
    "puppeteer",
    "playwright",
    "selenium",
    "uptime",
    "favicon",
    "urlresolver",
    "proxy",
    "search",
    "prerender",
    "verif",
    "discovery",
    "existence",
    "analyz",
    "audit",
    "agent/",
    "-google",
    "google-",
    "googleother",
    "google favicon",
    "google web",
    "aggregator",
    "linkcheck",
];

/// What this name tells.
pub fn of(name: &str) -> Agent {
    let name = name.trim();
    if name.is_empty() {
        return Agent::Nameless;
    }
    if name == "Mozilla/5.0" {
        return Agent::AppleProxy;
    }
    let lower = name.to_ascii_lowercase();
    if lower.contains("googleimageproxy") {
        return Agent::GmailProxy;
    }
    if lower.contains("yahoomailproxy") {
        return Agent::YahooProxy;
    }
    if is_mail_program(&lower) {
        return Agent::MailProgram;
    }
    let as_browsers_do = lower.starts_with("mozilla/") || lower.starts_with("opera/");
    if !as_browsers_do || names_a_trade(&lower) || names_a_page(&lower) || is_compatible_stranger(&lower) {
        return Agent::Machine;
    }
    Agent::Browser
}

fn is_mail_program(lower: &str) -> bool {
    let outlook = lower.starts_with("microsoft office/") && lower.contains("outlook");
    outlook || MAIL_PROGRAMS.iter().any(|program| lower.starts_with(program))
}

fn names_a_trade(lower: &str) -> bool {
    TRADES.iter().any(|trade| lower.contains(trade)) || names_a_robot(lower)
}

/// `bot` at the end of a word, as robots write it; a telephone that is a `CUBOT` is none.
fn names_a_robot(lower: &str) -> bool {
    let mut rest = lower;
    let mut before = String::new();
    while let Some(at) = rest.find("bot") {
        before.push_str(&rest[..at]);
        let after = rest[at + 3..].chars().next();
        let ends = after.is_none_or(|letter| !letter.is_ascii_lowercase() || letter == 's');
        if (ends && !before.ends_with("cu")) || before.is_empty() || rest[at..].starts_with("bot-") {
            return true;
        }
        before.push_str("bot");
        rest = &rest[at + 3..];
    }
    false
}

/// The address of a page or of a person to complain to, which no browser gives.
fn names_a_page(lower: &str) -> bool {
    ["http:", "https:", "www.", "mailto:", "@", ".com", ".org", ".net/"].iter().any(|part| lower.contains(part))
}

/// `compatible;` with a name that is not a browser's of that time.
fn is_compatible_stranger(lower: &str) -> bool {
    let Some((_, after)) = lower.split_once("compatible") else { return false };
    let after = after.trim_start_matches([';', ',', ' ']);
    !["msie", "konqueror", "lotus-notes", "ms-office", "windows"].iter().any(|known| after.starts_with(known))
}
