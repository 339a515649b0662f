//! `$search` on messages: the part of KQL that Graph takes for mail.
//!
//! Words are joined by AND unless OR or NOT stand between them; `property:value` looks in one place, bare
//! words in sender, subject and body; a word matches from its beginning (reference: Graph, section 2.5).

use jiff::Timestamp;
use serde_json::Value;

use crate::Refusal;
use crate::mailbox::{Message, Property};

/// A search, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Alternatives, each a list of terms that must all hold.
    alternatives: Vec<Vec<Term>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    place: Option<Place>,
    comparison: Comparison,
    wanted: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Has,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Attachment,
    Bcc,
    Body,
    Cc,
    From,
    HasAttachments,
    Importance,
    Kind,
    Participants,
    Received,
    Recipients,
    Sent,
    Size,
    Subject,
    To,
}

const PLACES: [(&str, Place); 16] = [
    ("attachment", Place::Attachment),
    ("bcc", Place::Bcc),
    ("body", Place::Body),
    ("cc", Place::Cc),
    ("from", Place::From),
    ("hasattachments", Place::HasAttachments),
    ("hasattachment", Place::HasAttachments),
    ("importance", Place::Importance),
    ("kind", Place::Kind),
    ("participants", Place::Participants),
    ("received", Place::Received),
    ("recipients", Place::Recipients),
    ("sent", Place::Sent),
    ("size", Place::Size),
    ("subject", Place::Subject),
    ("to", Place::To),
];

impl Search {
    /// Reads `$search`; the whole must stand in quotes.
    ///
    /// # Errors
    /// 400 `BadRequest` without quotes or with nothing in them.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let inner = text.trim().strip_prefix('"').and_then(|open| open.strip_suffix('"'));
        let inner = inner.map(|inner| inner.replace("\\\"", "\"")).ok_or_else(|| bad(text))?;
        let mut alternatives = vec![Vec::new()];
        let mut negated = false;
        for word in words(&inner) {
            match word.as_str() {
                "AND" => {}
                "OR" => alternatives.push(Vec::new()),
                "NOT" => negated = true,
                _ => {
                    let last = alternatives.last_mut().expect("there is always one");
                    last.push(term(&word, std::mem::take(&mut negated)));
                }
            }
        }
        if alternatives.iter().any(Vec::is_empty) { Err(bad(text)) } else { Ok(Self { alternatives }) }
    }

    /// Whether a message is found.
    pub fn finds(&self, message: &Message) -> bool {
        self.alternatives.iter().any(|terms| terms.iter().all(|term| term.holds(message) != term.negated))
    }
}

impl Term {
    fn holds(&self, message: &Message) -> bool {
        let Some(place) = self.place else {
            return [Place::From, Place::Subject, Place::Body].iter().any(|place| self.is_in(*place, message));
        };
        self.is_in(place, message)
    }

    fn is_in(&self, place: Place, message: &Message) -> bool {
        let people = |properties: &[Property]| properties.iter().any(|property| has(&people(message, *property), &self.wanted));
        match place {
            Place::Subject => has(&lower(message.text(Property::Subject)), &self.wanted),
            Place::Body => has(&body(message), &self.wanted),
            Place::From => people(&[Property::From, Property::Sender]),
            Place::To => people(&[Property::ToRecipients]),
            Place::Cc => people(&[Property::CcRecipients]),
            Place::Bcc => people(&[Property::BccRecipients]),
            Place::Recipients => people(&[Property::ToRecipients, Property::CcRecipients, Property::BccRecipients]),
            Place::Participants => people(&[Property::From, Property::ToRecipients, Property::CcRecipients, Property::BccRecipients]),
            Place::Attachment => message.attachments.iter().any(|attachment| has(&attachment.name.to_lowercase(), &self.wanted)),
            Place::HasAttachments => {
                let wanted = matches!(self.wanted.as_str(), "true" | "yes" | "1");
                (message.document.json(Property::HasAttachments) == Some("true")) == wanted
            }
            Place::Importance => message.importance.word() == self.wanted,
            Place::Kind => self.wanted == "email",
            Place::Received => self.dated(message.received),
            Place::Sent => self.dated(message.sent),
            Place::Size => self.wanted.parse().is_ok_and(|size: u64| self.ordered(message.byte_count().cmp(&size))),
        }
    }

    /// Dates compare by the day, as the day is all that KQL gives.
    fn dated(&self, time: Timestamp) -> bool {
        let day = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        let iso = || self.wanted.get(..10)?.parse::<jiff::civil::Date>().ok();
        let american = || jiff::civil::Date::strptime("%m/%d/%Y", &self.wanted).ok();
        iso().or_else(american).is_some_and(|wanted| self.ordered(day.cmp(&wanted)))
    }

    fn ordered(&self, ordering: std::cmp::Ordering) -> bool {
        match self.comparison {
            Comparison::Has => ordering.is_eq(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The words of a query; quotes keep several together, behind `property:` too.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut in_quotes = false;
    for letter in text.chars() {
        match letter {
            '"' => in_quotes = !in_quotes,
            letter if !in_quotes && (letter.is_whitespace() || matches!(letter, '(' | ')')) => words.push(String::new()),
            letter => words.last_mut().expect("there is always one").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn term(word: &str, negated: bool) -> Term {
    let split = word.find([':', '<', '>', '=']).map(|at| word.split_at(at));
    let place = split.and_then(|(name, _)| PLACES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
    let (comparison, wanted) = match (place, split) {
        (Some(_), Some((_, rest))) => comparison(rest.strip_prefix(':').unwrap_or(rest)),
        _ => (Comparison::Has, word),
    };
    let wanted = wanted.trim_end_matches('*').to_lowercase();
    Term { negated, place: place.map(|(_, place)| *place), comparison, wanted }
}

fn comparison(rest: &str) -> (Comparison, &str) {
    const SIGNS: [(&str, Comparison); 5] = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Has),
    ];
    SIGNS.iter().find_map(|(sign, comparison)| Some((*comparison, rest.strip_prefix(sign)?))).unwrap_or((Comparison::Has, rest))
}

/// Whether a word that begins like this is in the text.
fn has(text: &str, wanted: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(wanted) {
        let start = from + at;
        if !text[..start].chars().next_back().is_some_and(char::is_alphanumeric) {
            return true;
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    false
}

fn lower(text: Option<String>) -> String {
    text.unwrap_or_default().to_lowercase()
}

fn body(message: &Message) -> String {
    let body = message.document.value(Property::Body);
    let content = body["content"].as_str().unwrap_or_default();
    if body["contentType"] == "html" { crate::mail::html_to_text(content).to_lowercase() } else { content.to_lowercase() }
}

/// Names and addresses of a property that holds one person or several.
fn people(message: &Message, property: Property) -> String {
    let value = message.document.value(property);
    let list = match &value {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    let mut text = String::new();
    for person in list {
        for part in ["name", "address"] {
            text.push_str(person["emailAddress"][part].as_str().unwrap_or_default());
            text.push(' ');
        }
    }
    text.to_lowercase()
}

fn bad(text: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Syntax error: the search clause {text} is not a quoted expression."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_places_are_read() {
        let search = Search::read("\"subject:\\\"big pump\\\" OR from:anna NOT received>=2026-01-01\"").unwrap();
        assert_eq!(search.alternatives.len(), 2);
        assert_eq!(search.alternatives[0][0].wanted, "big pump");
        assert!(search.alternatives[1][1].negated);
        assert_eq!(search.alternatives[1][1].comparison, Comparison::GreaterOrEqual);
    }

    #[test]
    fn quotes_are_required_and_words_match_from_their_beginning() {
        assert_eq!(Search::read("pizza").unwrap_err().status, 400);
        assert!(has("the pizzas are here", "pizza"));
        assert!(!has("the superpizza", "pizza"));
    }
}
