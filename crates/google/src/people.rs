//! Persons in somebody's contacts, and what has changed among them.
//!
//! `GET people/me/connections` with `requestSyncToken`. The sync token comes on the last page only; it ends seven days after the full
//! reading that it stems from, which is told by [`base::Recourse::Resync`]. All parameters of the pages behind the first, and of later
//! readings of changes, must be those of the first: they are constants here. Who was deleted is shown only where changes are read.

use base::{Secret, Timestamp};
use serde::Deserialize;

use crate::client::Client;
use crate::error::GoogleError;

/// What is read of each person. A change means another chain of changes: Google wants it equal from page to page.
const FIELDS: &str = "names,emailAddresses,phoneNumbers,organizations,metadata";
/// Persons on a page, the most that Google gives.
const PAGE_SIZE: &str = "1000";

/// Where a reading of somebody's persons stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The page to read next; `None` for the first.
    pub page_token: Option<String>,
    /// What the changes are counted from; `None` to read everything.
    pub sync_token: Option<String>,
}

impl Position {
    /// As text, to be kept.
    pub fn write(&self) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.page_token.iter().map(|token| ("page", token)));
        text.extend_pairs(self.sync_token.iter().map(|token| ("sync", token)));
        text.finish()
    }

    /// What [`Position::write`] wrote.
    pub fn read(text: &str) -> Self {
        let value = |name: &str| url::form_urlencoded::parse(text.as_bytes()).find(|pair| pair.0 == name).map(|pair| pair.1.into_owned());
        Position { page_token: value("page"), sync_token: value("sync") }
    }
}

/// A page of persons.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Who is on it.
    pub persons: Vec<Person>,
    /// Entries that cannot be read.
    pub unreadable: usize,
    /// Where to go on: with the next page, or later with what will have changed.
    pub next: Position,
    /// Whether it is the last.
    pub is_last: bool,
}

/// Somebody in somebody's contacts. What we do not read is skipped.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Person {
    /// Google's name of it, such as `people/c123`.
    pub resource_name: String,
    /// What Google knows about the entry.
    pub metadata: Metadata,
    /// Names; the first is the primary one.
    pub names: Vec<Name>,
    /// Addresses.
    pub email_addresses: Vec<Said>,
    /// Numbers.
    pub phone_numbers: Vec<Number>,
    /// Where somebody works.
    pub organizations: Vec<Organization>,
}

/// What Google knows about an entry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Whether it was deleted.
    pub deleted: bool,
    /// What it was called before it was merged.
    pub previous_resource_names: Vec<String>,
    /// Where it stems from.
    pub sources: Vec<Source>,
}

/// Where an entry stems from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// When that was last changed, RFC 3339.
    pub update_time: Option<String>,
}

/// A name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Name {
    /// As it is shown.
    pub display_name: Option<String>,
    /// What somebody is called by friends.
    pub given_name: Option<String>,
    /// The family's.
    pub family_name: Option<String>,
}

/// A value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Said {
    /// As it was written.
    pub value: Option<String>,
}

/// A number.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Number {
    /// As it was written.
    pub value: Option<String>,
    /// E.164, where Google can read it.
    pub canonical_form: Option<String>,
}

/// A place of work.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Organization {
    /// What it is called.
    pub name: Option<String>,
    /// As what somebody works there.
    pub title: Option<String>,
}

impl Person {
    /// When it last changed; `None` if Google does not say.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.metadata.sources.iter().filter_map(|source| Timestamp::parse(source.update_time.as_deref()?)).max()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    connections: Vec<serde_json::Value>,
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
}

impl Client {
    /// Reads a page of the persons in the contacts of whoever the token belongs to.
    ///
    /// # Errors
    /// When Google refuses or does not answer; [`base::Recourse::Resync`] when everything has to be read anew.
    pub async fn persons(&self, access_token: &Secret<String>, at: &Position) -> Result<Page, GoogleError> {
        let mut url = self.places.people.join("people/me/connections").expect("a constant path");
        url.query_pairs_mut()
            .append_pair("personFields", FIELDS)
            .append_pair("pageSize", PAGE_SIZE)
            .append_pair("requestSyncToken", "true")
            .extend_pairs(at.sync_token.iter().map(|token| ("syncToken", token)))
            .extend_pairs(at.page_token.iter().map(|token| ("pageToken", token)));
        let answer = self.read(url, access_token).await?;
        page(answer.body(), at)
    }
}

fn page(body: &[u8], at: &Position) -> Result<Page, GoogleError> {
    let wire: Wire = serde_json::from_slice(body).map_err(|_| GoogleError::Unreadable)?;
    let count = wire.connections.len();
    let persons: Vec<Person> = wire.connections.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect();
    let persons: Vec<Person> = persons.into_iter().filter(|person| !person.resource_name.is_empty()).collect();
    let unreadable = count - persons.len();
    let next = match (wire.next_page_token, wire.next_sync_token) {
        (Some(page), _) => Position { page_token: Some(page), sync_token: at.sync_token.clone() },
        (None, Some(sync)) => Position { page_token: None, sync_token: Some(sync) },
        // Without a token for later the chain is at its end: what is read next is everything.
        (None, None) => Position::default(),
    };
    let is_last = next.page_token.is_none();
    Ok(Page { persons, unreadable, next, is_last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_kept_as_text() {
        let place = Position { page_token: Some("a&b=c".to_owned()), sync_token: Some("d e".to_owned()) };
        assert_eq!(Position::read(&place.write()), place);
        assert_eq!(Position::read(&Position::default().write()), Position::default());
    }

    #[test]
    fn the_sync_token_stays_from_page_to_page_and_the_last_one_brings_the_next() {
        let at = Position { page_token: None, sync_token: Some("s1".to_owned()) };
        let first =
            page(br#"{"connections":[{"resourceName":"people/c1","names":[{"displayName":"Bo"}]}],"nextPageToken":"p2"}"#, &at).unwrap();
        assert_eq!(first.next, Position { page_token: Some("p2".to_owned()), sync_token: Some("s1".to_owned()) });
        assert!(!first.is_last);
        let last = page(br#"{"nextSyncToken":"s2","totalItems":1}"#, &first.next).unwrap();
        assert!(last.is_last && last.persons.is_empty());
        assert_eq!(last.next, Position { page_token: None, sync_token: Some("s2".to_owned()) });
    }

    #[test]
    fn one_entry_that_cannot_be_read_stops_no_other() {
        let read = page(
            br#"{"connections":[{"resourceName":7},{"names":[]},{"resourceName":"people/c2","metadata":{"deleted":true}}]}"#,
            &Position::default(),
        );
        let read = read.unwrap();
        assert_eq!((read.unreadable, read.persons.len()), (2, 1));
        assert!(read.persons[0].metadata.deleted);
    }

    #[test]
    fn the_newest_source_says_when_it_changed() {
        let person: Person = serde_json::from_str(
            r#"{"resourceName":"people/c1","metadata":{"sources":[{"updateTime":"2026-01-02T03:04:05.678901Z"},{"updateTime":"2025-01-01T00:00:00Z"},{}]}}"#,
        )
        .unwrap();
        assert_eq!(person.updated_at(), Timestamp::parse("2026-01-02T03:04:05.678901Z"));
    }
}
