//! The `Prefer` header: what is understood, and what is echoed in `Preference-Applied`.
//!
//! Values come joined by commas or in repeated headers (reference: Graph, section 2.8).

use http::HeaderMap;

use crate::mailbox::IdForm;

/// In what form bodies are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyForm {
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

/// The preferences of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Which ids.
    pub ids: IdForm,
    /// Which bodies; `None` when nothing was said.
    pub body: Option<BodyForm>,
    /// Unsanitised HTML.
    pub unsafe_html: bool,
    /// Page size wanted.
    pub page: Option<usize>,
    /// `return=minimal`
    pub minimal: bool,
    /// `outlook.timezone`: the zone in which events are shown.
    pub zone: Option<String>,
    applied: Vec<String>,
}

impl Preferences {
    /// Reads all `Prefer` headers; what is not understood is ignored, as Graph does.
    pub fn read(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        for value in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
            for part in value.split([',', ';']) {
                preferences.take(part.trim());
            }
        }
        preferences
    }

    /// The value of `Preference-Applied`; empty when nothing was.
    pub fn applied(&self) -> String {
        self.applied.join(", ")
    }

    fn take(&mut self, part: &str) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        let echoed = match name.trim().to_ascii_lowercase().as_str() {
            "idtype" if value.eq_ignore_ascii_case("ImmutableId") => {
                self.ids = IdForm::Immutable;
                true
            }
            "outlook.body-content-type" if value.eq_ignore_ascii_case("text") => {
                self.body = Some(BodyForm::Text);
                true
            }
            "outlook.body-content-type" if value.eq_ignore_ascii_case("html") => {
                self.body = Some(BodyForm::Html);
                true
            }
            "outlook.allow-unsafe-html" => {
                self.unsafe_html = true;
                true
            }
            "odata.maxpagesize" => {
                self.page = value.parse().ok().filter(|size| *size > 0);
                self.page.is_some()
            }
            "odata.track-changes" => true,
            "outlook.timezone" if !value.is_empty() => {
                self.zone = Some(value.to_owned());
                true
            }
            "return" if value.eq_ignore_ascii_case("minimal") => {
                self.minimal = true;
                false
            }
            _ => false,
        };
        if echoed {
            self.applied.push(part.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_read_joined_and_repeated_and_echoed() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "IdType=\"ImmutableId\", odata.maxpagesize=7".parse().unwrap());
        headers.append("prefer", "outlook.body-content-type=\"text\"".parse().unwrap());
        headers.append("prefer", "respond-async".parse().unwrap());
        let read = Preferences::read(&headers);
        assert_eq!((read.ids, read.page, read.body), (IdForm::Immutable, Some(7), Some(BodyForm::Text)));
        assert_eq!(read.applied(), "IdType=\"ImmutableId\", odata.maxpagesize=7, outlook.body-content-type=\"text\"");
    }
}
