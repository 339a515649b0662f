//! Reading a Graph path: version, segments, keys, in every spelling that Graph takes.
//!
//! `messages('id')` and `messages/id` are the same, segments are in any case, `microsoft.graph.` may stand
//! before a function, `()` behind it (reference: Graph, section 1.1). A path may begin with the host name of
//! a national cloud, so that one simulator can play several; links then begin with it too.

use crate::Refusal;
use crate::request;

/// The hosts of Graph in the clouds; as the first segment of a path they mean the cloud.
pub const CLOUD_HOSTS: [&str; 11] = [
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "graph.microsoft.de",
    "graph.svc.sovcloud.fr",
    "graph.svc.sovcloud.de",
    "graph.svc.sovcloud.sg",
    "graph.eaglex.ic.gov",
    "graph.cloudapi.microsoft.scloud",
    "graph.microsoft.scloud",
];

/// One segment: a name, and a key in brackets if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The name as sent, without `microsoft.graph.` and brackets.
    pub name: String,
    /// What stood in brackets, without quotes.
    pub key: Option<String>,
}

impl Segment {
    /// Whether the name is this one, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The segments of a path, taken one after the other.
#[derive(Debug)]
pub struct Steps<'a> {
    segments: &'a [Segment],
    at: usize,
}

impl<'a> Steps<'a> {
    /// At the beginning of these.
    pub fn new(segments: &'a [Segment]) -> Self {
        Self { segments, at: 0 }
    }

    /// The next segment.
    #[expect(clippy::should_implement_trait, reason = "`key` and `end` look at the same place; nobody walks it in a loop")]
    pub fn next(&mut self) -> Option<&'a Segment> {
        let segment = self.segments.get(self.at)?;
        self.at += 1;
        Some(segment)
    }

    /// The key of a collection: its own, or the next segment.
    pub fn key(&mut self, collection: &Segment) -> Option<String> {
        if let Some(key) = &collection.key {
            return Some(key.clone());
        }
        let segment = self.segments.get(self.at)?;
        if segment.is("delta") || segment.name.starts_with('$') {
            return None;
        }
        self.at += 1;
        Some(segment.name.clone())
    }

    /// What was meant, if nothing follows.
    ///
    /// # Errors
    /// 400 `BadRequest` for what follows.
    pub fn end<T>(&self, target: T) -> Result<T, Refusal> {
        match self.segments.get(self.at) {
            None => Ok(target),
            Some(more) => Err(no_segment(&more.name)),
        }
    }
}

/// The refusal of a segment that leads nowhere.
pub fn no_segment(name: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{name}'."))
}

/// A path of Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphPath {
    /// `v1.0` or `beta`.
    pub version: &'static str,
    /// What follows.
    pub segments: Vec<Segment>,
}

/// Cuts off a cloud's host that stands before a path: what was cut, with its slash, and the rest.
pub fn split_cloud(path: &str) -> (&str, &str) {
    let behind = path.strip_prefix('/').unwrap_or_default();
    let host = behind.split('/').next().unwrap_or_default();
    match CLOUD_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        true => path.split_at(host.len() + 1),
        false => ("", path),
    }
}

/// Reads a path; `None` when it is none of Graph's.
pub fn read(path: &str) -> Option<GraphPath> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let version = match parts.next()? {
        part if part.eq_ignore_ascii_case("v1.0") => "v1.0",
        part if part.eq_ignore_ascii_case("beta") => "beta",
        _ => return None,
    };
    Some(GraphPath { version, segments: parts.map(|part| segment(&request::decode(part))).collect() })
}

/// Reads the path of a part of a batch or of a subscription's resource, which begins behind the version.
pub fn read_relative(path: &str) -> Vec<Segment> {
    path.split('/').filter(|part| !part.is_empty()).map(|part| segment(&request::decode(part))).collect()
}

fn segment(text: &str) -> Segment {
    const NAMESPACE: &str = "microsoft.graph.";
    let bare = match text.get(..NAMESPACE.len()) {
        Some(opening) if opening.eq_ignore_ascii_case(NAMESPACE) => &text[NAMESPACE.len()..],
        _ => text,
    };
    let keyed = bare.strip_suffix(')').and_then(|open| open.split_once('('));
    match keyed {
        Some((name, "")) => Segment { name: name.to_owned(), key: None },
        Some((name, key)) if !name.is_empty() => Segment { name: name.to_owned(), key: Some(unquoted(key)) },
        _ => Segment { name: bare.to_owned(), key: None },
    }
}

fn unquoted(key: &str) -> String {
    let value = key.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("id")).map_or(key, |(_, value)| value);
    match value.strip_prefix('\'').and_then(|open| open.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<(String, Option<String>)> {
        read(path).unwrap().segments.into_iter().map(|segment| (segment.name, segment.key)).collect()
    }

    #[test]
    fn keys_are_read_in_both_spellings() {
        let keyed = names("/v1.0/users('a@b')/mailFolders(%27inbox%27)/messages/delta()");
        let key = |text: &str| Some(text.to_owned());
        assert_eq!(
            keyed,
            [("users".into(), key("a@b")), ("mailFolders".into(), key("inbox")), ("messages".into(), None), ("delta".into(), None)]
        );
        assert_eq!(names("/beta/me/microsoft.graph.delta"), [("me".into(), None), ("delta".into(), None)]);
    }

    #[test]
    fn a_cloud_may_stand_before_the_version() {
        assert_eq!(split_cloud("/graph.microsoft.us/v1.0/me"), ("/graph.microsoft.us", "/v1.0/me"));
        assert_eq!(split_cloud("/v1.0/me"), ("", "/v1.0/me"));
        assert_eq!(split_cloud(""), ("", ""));
        assert_eq!(read("/V1.0/me").unwrap().version, "v1.0");
        assert_eq!(read("/common/oauth2/v2.0/token"), None);
    }
}
