//! What each kind of value must look like, as pure functions from text. What cannot be right is said with the mend,
//! and never with the value, for it could be a secret in the wrong place.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use base::Secret;
use graph::Cloud;
use model::tracking::network::Networks;
use store::vault::MasterKeys;
use url::Url;

/// Why a value cannot be right, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// One sentence without a full stop.
    pub why: String,
    /// What to do.
    pub mend: String,
}

fn wrong<T>(why: impl Into<String>, mend: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { why: why.into(), mend: mend.into() })
}

/// A key that may do everything must not be guessed.
pub fn api_key(text: &str) -> Result<String, Wrong> {
    if text.len() < 24 || text.chars().any(char::is_whitespace) {
        return wrong("A key that may do everything needs 24 characters or more, without blanks", "Make one: `openssl rand -hex 32`.");
    }
    Ok(text.to_owned())
}

/// A secret that both sides of HS256 know (RFC 7518: as long as the hash).
pub fn shared_secret(text: &str) -> Result<String, Wrong> {
    if text.len() < 32 {
        return wrong("HS256 needs a secret of 32 characters or more", "Make one: `openssl rand -hex 32`, and give it to both sides.");
    }
    Ok(text.to_owned())
}

/// Megabytes of a message.
pub fn message_megabytes(text: &str) -> Result<u64, Wrong> {
    match text.parse() {
        Ok(number) if (1..=150).contains(&number) => Ok(number),
        _ => wrong("It is not a number from 1 to 150", "Write the number of megabytes, such as 35."),
    }
}

/// Requests in a minute.
pub fn requests(text: &str) -> Result<u32, Wrong> {
    match text.parse() {
        Ok(number) if (10..=10_000_000).contains(&number) => Ok(number),
        _ => wrong("It is not a number from 10 to 10000000", "Write a number such as 6000."),
    }
}

/// The paths that end in the callback.
pub const CALLBACK_PATHS: [&str; 3] = ["/auth/microsoft/callback", "/auth/callback", "/api/auth/microsoft/callback"];

/// A host that only this machine can reach.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn address(text: &str, example: &str) -> Result<Url, Wrong> {
    let mend = format!("Write a whole address such as {example}.");
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => wrong("It is not an http or https address", mend),
        Ok(url) if url.host().is_none() => wrong("It names no host", mend),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => wrong("It has a user name or a password in it", mend),
        Ok(url) => Ok(url),
        Err(error) => wrong(format!("It is not an address ({error})"), mend),
    }
}

fn https_unless_local(url: Url) -> Result<Url, Wrong> {
    if url.scheme() == "http" && !is_loopback(&url) {
        return wrong(
            "Plain http is accepted on this machine (localhost) only; anywhere else secrets would travel in the clear",
            "Write it with https://.",
        );
    }
    Ok(url)
}

/// The server's own address: scheme, host and port, nothing behind it but a slash.
pub fn base_url(text: &str) -> Result<Url, Wrong> {
    let url = https_unless_local(address(text, "https://rapport.contoso.example")?)?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return wrong("There is a path behind the host; Rapport answers at the root", "Remove everything after the host and port.");
    }
    Ok(url)
}

/// A redirect address as Microsoft compares it: letter by letter.
pub fn redirect_uri(text: &str) -> Result<Url, Wrong> {
    let url = https_unless_local(address(text, "https://rapport.contoso.example/auth/microsoft/callback")?)?;
    let known = CALLBACK_PATHS.join(", ");
    if url.fragment().is_some() || text.contains('*') {
        return wrong("Microsoft refuses redirect addresses with a # or a *", "Write the exact address.");
    }
    if CALLBACK_PATHS.iter().any(|path| url.path() == format!("{path}/")) {
        return wrong(
            "It ends in a slash, and Microsoft compares redirect addresses letter by letter (AADSTS50011)",
            "Remove the slash at the end, here and in the registration.",
        );
    }
    if !CALLBACK_PATHS.contains(&url.path()) {
        return wrong("Rapport does not answer at its path", format!("Use one of the paths {known}."));
    }
    Ok(url)
}

/// Redirect addresses, separated by spaces or commas.
pub fn redirect_uris(text: &str) -> Result<Vec<Url>, Wrong> {
    words(text).map(redirect_uri).collect()
}

/// Origins such as `https://crm.contoso.example`, separated by spaces or commas.
pub fn origins(text: &str) -> Result<Vec<Url>, Wrong> {
    words(text).map(base_url).collect()
}

/// An address with any path, https unless it is on this machine.
pub fn endpoint(text: &str) -> Result<Url, Wrong> {
    https_unless_local(address(text, "https://login.microsoftonline.com")?)
}

/// Where Microsoft posts notifications.
pub fn notification_url(text: &str) -> Result<Url, Wrong> {
    https_unless_local(address(text, "https://rapport.contoso.example/hooks/microsoft/notifications")?)
}

/// An authority: the host, or the host and the tenant (or a place for it, `{tenant_id}`).
pub fn authority(text: &str) -> Result<(Url, Option<String>), Wrong> {
    let url = endpoint(text)?;
    let mut segments =
        url.path_segments().map(|all| all.filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
    if segments.last().is_some_and(|last| last == "v2.0") {
        segments.pop();
    }
    let tenant = match segments.as_slice() {
        [] => None,
        [place] if place.starts_with("%7B") || place.starts_with('{') => None,
        [one] => Some(one.clone()),
        _ => {
            return wrong(
                "There is more than a tenant behind the host",
                "Write https://login.microsoftonline.com or https://login.microsoftonline.com/<tenant id>.",
            );
        }
    };
    let mut root = url;
    root.set_path("/");
    root.set_query(None);
    Ok((root, tenant))
}

/// An application (client) id.
pub fn client_id(text: &str) -> Result<String, Wrong> {
    if is_guid(text) {
        return Ok(text.to_ascii_lowercase());
    }
    wrong(
        "A client id is 32 hexadecimal digits in five groups",
        "Copy \"Application (client) ID\" from the registration's Overview page in Entra ID.",
    )
}

/// The value of a client secret.
pub fn client_secret(text: &str) -> Result<String, Wrong> {
    let copy = "Copy the column \"Value\" under Certificates & secrets; it is shown once, so make a new secret if it is gone.";
    if is_guid(text) {
        return wrong("It is the id of a secret, not its value", copy);
    }
    if text.chars().any(char::is_whitespace) || text.to_ascii_lowercase().starts_with("your") || text.starts_with('<') {
        return wrong("It is a placeholder or only a part of a secret", copy);
    }
    Ok(text.to_owned())
}

/// `common`, `organizations`, `consumers`, a tenant id or a domain.
pub fn tenant(text: &str) -> Result<String, Wrong> {
    let lower = text.to_ascii_lowercase();
    if matches!(lower.as_str(), "common" | "organizations" | "consumers") || is_guid(&lower) || is_domain(&lower) {
        return Ok(lower);
    }
    wrong(
        "It is neither a tenant id, nor a domain, nor `common` or `organizations`",
        "Copy \"Directory (tenant) ID\" from the registration's Overview page in Entra ID.",
    )
}

/// Ids of tenants, separated by spaces or commas: a domain can change hands, an id cannot.
pub fn tenant_ids(text: &str) -> Result<Vec<String>, Wrong> {
    let one = |word: &str| {
        let mend = "Copy \"Directory (tenant) ID\" from the registration's Overview page in Entra ID.";
        if is_guid(word) { Ok(word.to_ascii_lowercase()) } else { wrong("It is not the id of a tenant", mend) }
    };
    words(text).map(one).collect()
}

/// One tenant: an application cannot sign in to `common`.
pub fn one_tenant(text: &str) -> Result<String, Wrong> {
    match tenant(text)?.as_str() {
        "common" | "organizations" | "consumers" => wrong(
            "An application signs in to one tenant; Microsoft refuses it at this name (AADSTS9001023)",
            "Copy \"Directory (tenant) ID\" from the registration's Overview page in Entra ID.",
        ),
        one => Ok(one.to_owned()),
    }
}

/// A cloud by name.
pub fn cloud(text: &str) -> Result<Cloud, Wrong> {
    let names = Cloud::names().collect::<Vec<_>>().join(", ");
    let mend = format!("Use one of {names}, or give the addresses of the authority and of Graph.");
    Cloud::named(text).map_or_else(|| wrong("There is no such cloud", mend), Ok)
}

/// An application's scope, Graph's host and `/.default`, read as Graph's root.
pub fn application_scope(text: &str) -> Result<Url, Wrong> {
    let mend = "Write https://graph.microsoft.com/.default, or your cloud's Graph host with /.default behind it.";
    match endpoint(text) {
        Ok(mut url) if url.path() == "/.default" => {
            url.set_path("/");
            Ok(url)
        }
        _ => wrong("An application can only ask for all that it was granted: a scope that ends in /.default", mend),
    }
}

/// Further scopes of Graph, separated by spaces or commas.
pub fn scopes(text: &str) -> Result<Vec<String>, Wrong> {
    let one = |word: &str| {
        let plain = word.rsplit('/').next().unwrap_or(word);
        let shaped = plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && plain.starts_with(|c: char| c.is_ascii_alphabetic());
        if shaped {
            return Ok(word.to_owned());
        }
        wrong(
            "A scope looks like Mail.Send; `.default` cannot stand beside others",
            "List the names of delegated permissions, separated by spaces.",
        )
    };
    words(text).map(one).collect()
}

/// Mail addresses, separated by spaces or commas.
pub fn mailboxes(text: &str) -> Result<Vec<String>, Wrong> {
    let one = |word: &str| match word.split_once('@') {
        Some((local, domain)) if !local.is_empty() && is_domain(&domain.to_ascii_lowercase()) => Ok(word.to_owned()),
        _ => wrong("It is not a mail address", "Write addresses such as support@contoso.example, separated by commas."),
    };
    words(text).map(one).collect()
}

/// Fernet keys, newest first, separated by commas or spaces.
pub fn fernet_keys(text: &str) -> Result<Secret<String>, Wrong> {
    let text = Secret::from(text);
    if MasterKeys::read(&text).is_ok() {
        return Ok(text);
    }
    wrong(
        "A Fernet key is 32 bytes in URL-safe base 64: 44 characters, the last one `=`",
        "Make one with `openssl rand -base64 32 | tr '+/' '-_'`, or remove it to have a key file made at first start.",
    )
}

/// Where the database is: `postgres://…` as it stands, or an SQLite file as `sqlite:PATH`.
pub fn database(text: &str) -> Result<String, Wrong> {
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| scheme.len() > 1) else { return Ok(format!("sqlite:{text}")) };
    // `postgresql+asyncpg://` and the like: the driver is Python's business.
    match scheme.split('+').next().unwrap_or(scheme) {
        "postgres" | "postgresql" if rest.starts_with("//") => Ok(format!("postgres:{rest}")),
        "sqlite" => Ok(format!("sqlite:{}", sqlite_path(rest))),
        _ => wrong(
            "Rapport keeps its data in PostgreSQL or SQLite",
            "Write postgres://user:password@host/name, or the path of a file for SQLite.",
        ),
    }
}

/// `///relative` and `////absolute`, as SQLAlchemy writes them, or the plain path.
fn sqlite_path(rest: &str) -> &str {
    rest.strip_prefix("///").or_else(|| rest.strip_prefix("//")).unwrap_or(rest)
}

/// An address to listen on.
pub fn listen_host(text: &str) -> Result<IpAddr, Wrong> {
    match (text, text.parse()) {
        ("localhost", _) => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        (_, Ok(address)) => Ok(address),
        _ => wrong("It is not an IP address of this machine", "Write 127.0.0.1 for this machine only, or 0.0.0.0 for every address."),
    }
}

/// A port.
pub fn port(text: &str) -> Result<u16, Wrong> {
    text.parse().ok().filter(|port| *port > 0).map_or_else(|| wrong("It is not a port", "Write a number from 1 to 65535."), Ok)
}

/// From 1 minute to a day.
pub fn polling_interval(text: &str) -> Result<Duration, Wrong> {
    let minutes = whole_number(text, 1, 1440, "minutes")?;
    Ok(Duration::from_secs(minutes * 60))
}

/// How far calendars are read if nobody says.
pub const DAYS_30: Duration = Duration::from_secs(30 * 86_400);

/// From a day to two years.
pub fn calendar_days(text: &str) -> Result<Duration, Wrong> {
    whole_number(text, 1, 730, "days").map(|days| Duration::from_secs(days * 86_400))
}

/// From 1 second to 10 minutes.
pub fn request_timeout(text: &str) -> Result<Duration, Wrong> {
    whole_number(text, 1, 600, "seconds").map(Duration::from_secs)
}

/// From 1 to 64.
pub fn small_count(text: &str) -> Result<usize, Wrong> {
    let count = whole_number(text, 1, 64, "")?;
    Ok(usize::try_from(count).expect("at most 64"))
}

fn whole_number(text: &str, least: u64, most: u64, unit: &str) -> Result<u64, Wrong> {
    let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
    let mend = format!("Write a whole number from {least} to {most} {unit}");
    number.map_or_else(|| wrong("It is not a number that makes sense here", format!("{}.", mend.trim_end())), Ok)
}

/// Yes or no, in any of the ways that people write it.
pub fn flag(text: &str) -> Result<bool, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => wrong("It is neither yes nor no", "Write true or false."),
    }
}

/// The networks in a file of lines like `40.92.0.0/15 microsoft`, beside those that are built in.
pub fn networks(path: &str) -> Result<Networks, Wrong> {
    let mend = "Name a readable text file with a range and a name on each line, such as 40.92.0.0/15 microsoft.";
    let Ok(list) = std::fs::read_to_string(path) else { return wrong("The file cannot be read", mend) };
    Networks::with_list(&list).or_else(|line| wrong(format!("Line {} of the file is no range with a known name", line.number), mend))
}

/// Ports, parted by commas or blanks.
pub fn ports(text: &str) -> Result<Vec<u16>, Wrong> {
    text.split([',', ' ']).filter(|word| !word.is_empty()).map(port).collect()
}

/// Names or addresses of hosts, as they stand in a URL, parted by commas or blanks.
pub fn hosts(text: &str) -> Result<Vec<String>, Wrong> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let host = |word: &str| match Url::parse(&format!("http://{word}/")) {
        Ok(url) if url.port().is_none() && url.path() == "/" && url.host_str().is_some() => {
            Ok(url.host_str().unwrap_or_default().to_owned())
        }
        _ => wrong("One of these is no host", "Write names or addresses alone, such as crm.contoso.local, without https:// and port."),
    };
    words.map(host).collect()
}

/// A log level, Python's names understood.
pub fn level(text: &str) -> Result<tracing::Level, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "error" | "critical" | "fatal" => Ok(tracing::Level::ERROR),
        "warn" | "warning" => Ok(tracing::Level::WARN),
        "info" | "notset" => Ok(tracing::Level::INFO),
        "debug" => Ok(tracing::Level::DEBUG),
        "trace" => Ok(tracing::Level::TRACE),
        _ => wrong("There is no such level", "Write error, warn, info, debug or trace."),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ';', '\n', '\t']).filter(|word| !word.is_empty())
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_domain(text: &str) -> bool {
    let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    text.contains('.') && text.len() < 254 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_addresses_of_other_tools_are_understood() {
        for (given, read) in [
            ("postgres://u@h/n", "postgres://u@h/n"),
            ("postgresql+asyncpg://u:p@h:5432/n", "postgres://u:p@h:5432/n"),
            ("sqlite:///./bot.db", "sqlite:./bot.db"),
            ("sqlite+aiosqlite:////var/lib/bot.db", "sqlite:/var/lib/bot.db"),
            ("sqlite:x.db", "sqlite:x.db"),
            ("data/x.db", "sqlite:data/x.db"),
        ] {
            assert_eq!(database(given).as_deref(), Ok(read), "{given}");
        }
        assert!(database("mysql://u@h/n").is_err());
    }

    #[test]
    fn an_authority_is_read_with_or_without_its_tenant() {
        let root = Url::parse("https://login.microsoftonline.us/").unwrap();
        assert_eq!(authority("https://login.microsoftonline.us"), Ok((root.clone(), None)));
        assert_eq!(authority("https://login.microsoftonline.us/contoso.example/v2.0"), Ok((root.clone(), Some("contoso.example".into()))));
        assert_eq!(authority("https://login.microsoftonline.us/{tenant_id}"), Ok((root, None)));
    }

    #[test]
    fn python_levels_are_understood() {
        assert_eq!(level("WARNING"), Ok(tracing::Level::WARN));
        assert!(level("loud").is_err());
    }
}
