//! The query options of a request, read and checked for shape; what they mean is decided where they are used.
//!
//! Names in any case, `%24` for `$`, and without `$` where the settings allow it. A repeated option is
//! refused, an unknown one with `$` too, others are ignored (reference: Graph, section 2.1).

use super::config::GraphConfig;
use crate::Refusal;
use crate::request::Request;

/// The names that have a meaning.
const NAMES: [&str; 11] =
    ["$select", "$filter", "$orderby", "$top", "$skip", "$count", "$search", "$expand", "$skiptoken", "$deltatoken", "$format"];

/// The options of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// In the order sent, with canonical names.
    given: Vec<(&'static str, String)>,
    /// Parameters that are no OData options, with names in small letters.
    others: Vec<(String, String)>,
}

impl Options {
    /// Reads a request's query.
    ///
    /// # Errors
    /// 400 `BadRequest` for an unknown or repeated option.
    pub fn read(request: &Request, config: &GraphConfig) -> Result<Self, Refusal> {
        let mut options = Self::default();
        for (name, value) in request.query_pairs() {
            let small = name.to_ascii_lowercase();
            let known = NAMES.into_iter().find(|known| *known == small || (config.options_without_dollar && known[1..] == small));
            match known {
                Some(known) if options.get(known).is_some() => {
                    let message = format!("Query option '{known}' was specified more than once, but it must be specified at most once.");
                    return Err(Refusal::new(400, "BadRequest", message));
                }
                Some(known) => options.given.push((known, value)),
                None if small.starts_with('$') => {
                    return Err(Refusal::new(400, "BadRequest", format!("The query parameter '{name}' is not supported.")));
                }
                None => options.others.push((small, value)),
            }
        }
        Ok(options)
    }

    /// The value of an option, `$` included in its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// The value of another parameter, by its name in small letters.
    pub fn other(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The names given, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.given.iter().map(|(name, _)| *name)
    }

    /// `$top`, when given.
    ///
    /// # Errors
    /// 400 `BadRequest` when it is no number.
    pub fn top(&self) -> Result<Option<usize>, Refusal> {
        self.number("$top")
    }

    /// `$skip`, 0 when not given.
    ///
    /// # Errors
    /// 400 `BadRequest` when it is no number.
    pub fn skip(&self) -> Result<usize, Refusal> {
        Ok(self.number("$skip")?.unwrap_or(0))
    }

    /// `$count=true`
    ///
    /// # Errors
    /// 400 `BadRequest` when it is neither true nor false.
    pub fn count(&self) -> Result<bool, Refusal> {
        match self.get("$count").map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                let message = format!("Invalid value '{other}' for $count query option found. Valid values are 'true' or 'false'.");
                Err(Refusal::new(400, "BadRequest", message))
            }
        }
    }

    /// The query of a next link: these options again, encoded as Outlook writes them, with another `$skip`.
    pub fn with_skip(&self, name: &str, value: &str) -> String {
        let kept = self.given.iter().filter(|(given, _)| !matches!(*given, "$skip" | "$skiptoken"));
        let mut query: Vec<String> = kept.map(|(name, value)| pair(name, value)).collect();
        query.extend(self.others.iter().map(|(name, value)| pair(name, value)));
        query.push(pair(name, value));
        query.join("&")
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| {
            let message = format!(
                "Invalid value '{text}' for {name} query option found. The {name} query option requires a non-negative integer value."
            );
            Refusal::new(400, "BadRequest", message)
        })
    }
}

/// One pair as in captured links: hex digits small, a blank as plus.
fn pair(name: &str, value: &str) -> String {
    format!("{}={}", encode(name), encode(value))
}

/// Percent-encodes like Outlook's links do.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')' => out.push(byte as char),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn read(query: &str) -> Result<Options, Refusal> {
        let request = http::Request::get(format!("/v1.0/me/messages?{}", query.replace(" ", "%20"))).body(Bytes::new()).unwrap();
        Options::read(&Request::read(request), &GraphConfig::default())
    }

    #[test]
    fn options_are_read_in_every_spelling_and_repeated_ones_refused() {
        let options = read("%24top=5&$SELECT=id,%20subject&count=true&x=1").unwrap();
        assert_eq!((options.top().unwrap(), options.get("$select"), options.count().unwrap()), (Some(5), Some("id, subject"), true));
        assert_eq!(read("$top=5&top=6").unwrap_err().code, "BadRequest");
        assert_eq!(read("$color=5").unwrap_err().status, 400);
        assert_eq!(read("$top=-1").unwrap().top().unwrap_err().status, 400);
    }

    #[test]
    fn a_next_link_repeats_the_options_with_another_skip() {
        let options = read("$select=id,subject&$orderby=receivedDateTime desc&$top=1&$skip=1").unwrap();
        assert_eq!(options.with_skip("$skip", "2"), "%24select=id%2csubject&%24orderby=receivedDateTime+desc&%24top=1&%24skip=2");
    }
}
