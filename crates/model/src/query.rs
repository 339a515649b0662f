//! The language of the search: what a person types becomes a [`Query`], and a query becomes text and chips again.
//!
//! A query is a list of clauses that must all hold: words, `"phrases"`, beginnings (`offer*`), `key:value` (a value with
//! blanks in quotation marks), each of them turned round by a `-` in front. Nothing in here knows an index: what a word
//! is, is said in [`crate::words`], and how a clause is looked up is the store's business. Pure; time comes in by
//! [`When::resolve`].

mod chip;
mod mistake;
mod read;
mod when;

use std::fmt;

pub use chip::Chip;
pub use mistake::Mistake;
pub use when::When;

/// Clauses beyond this number are refused.
pub const CLAUSES_MAX: usize = 32;
/// A longer text is refused.
pub const CHARACTERS_MAX: usize = 1000;

/// What is searched for: all clauses hold. Without clauses it is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    clauses: Vec<Clause>,
}

/// One demand on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Whether it must not hold.
    pub negated: bool,
    /// What is demanded.
    pub wanted: Wanted,
}

/// What a clause demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Words stand in a part of it.
    Text(Text),
    /// It has an attachment that is not inline.
    Attachment,
    /// It is in a folder of this name, well-known name or id.
    Folder(String),
    /// It was received before this time.
    Before(When),
    /// It was received at this time or later.
    After(When),
    /// It is in this state.
    Is(State),
    /// Its thread is filed under a customer of this id, name or domain.
    Customer(String),
    /// A person of this id, address or name is on it.
    Person(String),
    /// It is in the mailbox of this id or address.
    Mailbox(String),
}

/// Words that stand side by side in a part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// In which part.
    pub field: Field,
    /// The words, as typed, without quotation marks and star.
    pub text: String,
    /// Whether they stood in quotation marks. It says nothing but how to write them.
    pub quoted: bool,
    /// Whether the last word may be the beginning of one.
    pub beginning: bool,
}

/// A part of a message that has words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Any part.
    Anywhere,
    /// The subject.
    Subject,
    /// The author's name and address.
    From,
    /// Names and addresses in "To".
    To,
    /// Names and addresses in "Cc".
    Cc,
}

/// A state that a message is in or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not read yet.
    Unread,
    /// Read.
    Read,
    /// Flagged to be followed up.
    Flagged,
    /// An unsent draft.
    Draft,
}

impl State {
    /// Every state there is.
    pub const ALL: [State; 4] = [State::Unread, State::Read, State::Flagged, State::Draft];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            State::Unread => "unread",
            State::Read => "read",
            State::Flagged => "flagged",
            State::Draft => "draft",
        }
    }
}

/// The keys that can stand before a colon, each with what its value is, for help and for suggestions.
pub const KEYS: [(&str, &str); 12] = [
    ("from", "a name or an address"),
    ("to", "a name or an address"),
    ("cc", "a name or an address"),
    ("subject", "words of the subject"),
    ("has", "attachment"),
    ("in", "a folder"),
    ("before", "a date such as 2026-01-31, or an age such as 7d"),
    ("after", "a date such as 2026-01-31, or an age such as 7d"),
    ("is", "unread, read, flagged or draft"),
    ("customer", "a customer's name, domain or id"),
    ("person", "a person's name, address or id"),
    ("mailbox", "a mailbox's address or id"),
];

impl Query {
    /// What this text means.
    ///
    /// # Errors
    /// A [`Mistake`] that names the place and how to mend it: an unknown key, a value that its key does not know, a
    /// quotation mark without its other half, a beginning that is too short.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        read::read(text)
    }

    /// The query of these clauses.
    pub fn of(clauses: impl IntoIterator<Item = Clause>) -> Self {
        Query { clauses: clauses.into_iter().collect() }
    }

    /// Its clauses in the order in which they were typed.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Whether it demands nothing.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The same with one more clause at its end, unless it is there already.
    #[must_use]
    pub fn with(mut self, clause: Clause) -> Self {
        if !self.clauses.contains(&clause) {
            self.clauses.push(clause);
        }
        self
    }

    /// One chip for each clause, in their order.
    pub fn chips(&self) -> Vec<Chip> {
        chip::chips(self)
    }
}

impl fmt::Display for Query {
    /// The text that reads as this query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, clause) in self.clauses.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{clause}")?;
        }
        Ok(())
    }
}

impl Clause {
    /// The key before the colon, empty for words anywhere.
    pub fn key(&self) -> &'static str {
        match &self.wanted {
            Wanted::Text(text) => text.field.key(),
            Wanted::Attachment => "has",
            Wanted::Folder(_) => "in",
            Wanted::Before(_) => "before",
            Wanted::After(_) => "after",
            Wanted::Is(_) => "is",
            Wanted::Customer(_) => "customer",
            Wanted::Person(_) => "person",
            Wanted::Mailbox(_) => "mailbox",
        }
    }

    /// What stands behind the colon, without quotation marks.
    pub fn value(&self) -> &str {
        match &self.wanted {
            Wanted::Text(text) => &text.text,
            Wanted::Attachment => "attachment",
            Wanted::Before(when) | Wanted::After(when) => when.text(),
            Wanted::Is(state) => state.name(),
            Wanted::Folder(value) | Wanted::Customer(value) | Wanted::Person(value) | Wanted::Mailbox(value) => value,
        }
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (quoted, star) = match &self.wanted {
            Wanted::Text(text) => (text.quoted, if text.beginning { "*" } else { "" }),
            _ => (false, ""),
        };
        let (minus, key, value) = (if self.negated { "-" } else { "" }, self.key(), self.value());
        let colon = if key.is_empty() { "" } else { ":" };
        if quoted || read::needs_quotation_marks(key, value) {
            let value = value.replace(read::is_quotation_mark, " ");
            write!(f, "{minus}{key}{colon}\"{value}\"{star}")
        } else {
            write!(f, "{minus}{key}{colon}{value}{star}")
        }
    }
}

impl Field {
    /// The key that is typed for it, empty for [`Field::Anywhere`].
    pub const fn key(self) -> &'static str {
        match self {
            Field::Anywhere => "",
            Field::Subject => "subject",
            Field::From => "from",
            Field::To => "to",
            Field::Cc => "cc",
        }
    }
}
