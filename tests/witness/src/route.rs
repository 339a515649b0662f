//! Which published path a URL is, and what that path answers with.
//!
//! Takes every spelling that Graph takes: keys in parentheses or as segments, `delta` and `delta()`, names
//! in any case, `%24` for `$`, `/me` for `/users/{id}`, child folders at any depth.
//! Source: reference: Graph, sections 1.1, 2.1 and 4.1.

use crate::facts::{FACTS, Form, Path};

/// What a successful answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    Entity(String),
    Collection(String),
    Delta(String),
    Count,
    Raw,
    Batch,
    Nothing,
    /// 200 without a body, as the reminders' actions answer.
    Blank,
    Anything,
}

/// A URL, taken apart.
pub(crate) struct Route {
    /// The published path, if there is one.
    pub(crate) facts: Option<&'static Path>,
    /// The published path as written.
    pub(crate) template: String,
    pub(crate) holds: Holds,
    /// Decoded query options in order.
    pub(crate) options: Vec<(String, String)>,
}

impl Route {
    /// Reads an absolute URL or a path; nothing if it has no Graph version and is thus not Graph's.
    pub(crate) fn read(url: &str) -> Option<Self> {
        let path_and_query = without_host(url);
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        // A simulated national cloud stands under one more leading segment.
        let version = segments.iter().take(2).position(|part| part.eq_ignore_ascii_case("v1.0") || part == "beta")?;
        Some(Self::of(&segments[version + 1..], query))
    }

    /// Reads the URL of a batch's inner request, which is relative to the version.
    pub(crate) fn read_relative(url: &str) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        Self::of(&segments, query)
    }

    fn of(segments: &[String], query: &str) -> Self {
        let segments = normal(segments);
        let found = FACTS.paths.iter().find(|(template, _)| matches(template, &segments));
        let template = found.map_or_else(|| format!("/{}", segments.join("/")), |(template, _)| template.clone());
        let options = query.split('&').filter(|part| !part.is_empty()).map(option).collect();
        Self { facts: found.map(|(_, path)| path), holds: holds(&template), template, options }
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the URL continues an earlier request whose options it hides.
    pub(crate) fn continues(&self) -> bool {
        self.option("$skiptoken").or_else(|| self.option("$deltatoken")).is_some()
    }

    /// The type of the resource that the path is about.
    pub(crate) fn resource(&self) -> Option<&str> {
        match &self.holds {
            Holds::Entity(name) | Holds::Collection(name) | Holds::Delta(name) => Some(name),
            _ => None,
        }
    }
}

fn without_host(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => url,
    }
}

fn option(part: &str) -> (String, String) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (decode(name), decode(&value.replace('+', " ")))
}

/// Percent-decoding; what is no valid escape stays as it stands.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let value = escaped.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// One spelling for each path: keys as segments, `delta()`, users for me, a child folder as a folder.
fn normal(segments: &[String]) -> Vec<String> {
    let mut plain: Vec<String> = Vec::new();
    for segment in segments {
        let name = segment.strip_prefix("microsoft.graph.").unwrap_or(segment);
        let is_delta = name.eq_ignore_ascii_case("delta") || name.eq_ignore_ascii_case("delta()");
        if is_delta {
            plain.push("delta()".into());
        } else if plain.is_empty() && name.eq_ignore_ascii_case("me") {
            plain.extend(["users".into(), "me".into()]);
        } else if let Some((name, key)) = name.strip_suffix(')').and_then(|rest| rest.split_once('(')).filter(|(name, _)| !name.is_empty())
        {
            plain.extend([name.to_owned(), key.trim_matches('\'').to_owned()]);
        } else {
            plain.push(segment.clone());
        }
    }
    while let Some(at) = plain.iter().position(|part| part.eq_ignore_ascii_case("childFolders")).filter(|at| plain.len() > at + 1) {
        let ends_here = plain[at + 1].starts_with('$') || plain[at + 1] == "delta()";
        if ends_here || at < 2 {
            break;
        }
        plain.drain(at - 1..=at);
    }
    plain
}

fn matches(template: &str, segments: &[String]) -> bool {
    let parts: Vec<&str> = template.split('/').skip(1).collect();
    parts.len() == segments.len()
        && parts.iter().zip(segments).all(|(part, segment)| {
            let is_key = part.starts_with('{');
            let is_word = segment.starts_with('$') || segment == "delta()";
            if is_key { !is_word } else { part.eq_ignore_ascii_case(segment) }
        })
}

fn holds(template: &str) -> Holds {
    let parts: Vec<&str> = template.split('/').skip(1).collect();
    let (last, before) = parts.split_last().unwrap_or((&"", &[]));
    match *last {
        "$value" => Holds::Raw,
        "$count" => Holds::Count,
        "$batch" => Holds::Batch,
        "delta()" => match walk(before) {
            Some(Holds::Collection(name)) => Holds::Delta(name),
            _ => Holds::Anything,
        },
        "move" | "copy" => walk(before).unwrap_or(Holds::Anything),
        "createReply" | "createReplyAll" | "createForward" => Holds::Entity("message".into()),
        "send" | "reply" | "replyAll" | "forward" | "permanentDelete" | "reauthorize" | "sendMail" => Holds::Nothing,
        "accept" | "decline" | "tentativelyAccept" | "cancel" => Holds::Nothing,
        "snoozeReminder" | "dismissReminder" => Holds::Blank,
        _ => walk(&parts).unwrap_or(Holds::Anything),
    }
}

/// Follows a path through the types' navigation.
fn walk(parts: &[&str]) -> Option<Holds> {
    let root = match *parts.first()? {
        "users" => "user",
        "subscriptions" => "subscription",
        "organization" => "organization",
        _ => return None,
    };
    let mut at = Holds::Collection(root.into());
    for part in &parts[1..] {
        at = match at {
            Holds::Collection(name) if part.starts_with('{') => Holds::Entity(name),
            Holds::Entity(name) => navigate(&name, part)?,
            _ => return None,
        };
    }
    Some(at)
}

fn navigate(name: &str, field: &str) -> Option<Holds> {
    match &FACTS.types.get(name)?.fields.get(field)?.form {
        Form::Named(target) => Some(Holds::Entity(target.clone())),
        Form::List(item) => match &item.form {
            Form::Named(target) => Some(Holds::Collection(target.clone())),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_path_is_the_same_path() {
        let delta = Holds::Delta("message".into());
        for url in [
            "/v1.0/me/mailFolders/inbox/messages/delta",
            "/v1.0/me/mailFolders('inbox')/messages/delta()?%24select=id",
            "https://host/v1.0/users/a%40b.example/MAILFOLDERS/x/messages/microsoft.graph.delta",
            "/us/v1.0/users('a@b.example')/mailFolders/x/childFolders/y/childFolders/z/messages/delta?$deltatoken=t",
        ] {
            let route = Route::read(url).unwrap();
            assert!(route.facts.is_some(), "{url}: {}", route.template);
            assert_eq!(route.holds, delta, "{url}");
        }
    }

    #[test]
    fn paths_hold_what_the_types_say() {
        let holds = |url: &str| Route::read(url).unwrap().holds;
        assert_eq!(holds("/v1.0/me/messages/x/attachments"), Holds::Collection("attachment".into()));
        assert_eq!(holds("/v1.0/me/messages/x/$value"), Holds::Raw);
        assert_eq!(holds("/v1.0/me/mailFolders/x/childFolders"), Holds::Collection("mailFolder".into()));
        assert_eq!(holds("/v1.0/me/messages/$count"), Holds::Count);
        assert_eq!(holds("/v1.0/subscriptions/x"), Holds::Entity("subscription".into()));
        assert_eq!(holds("/v1.0/me/messages/x/move"), Holds::Entity("message".into()));
        assert!(Route::read("/v1.0/me/mesages").unwrap().facts.is_none());
        assert!(Route::read("/common/oauth2/v2.0/token").is_none());
    }
}
