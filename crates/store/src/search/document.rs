//! Documents: a message as the search reads it, the same when it is put into the index and when a phrase is verified.

use std::borrow::Cow;

use model::message::{Participant, Recipients};
use model::query::Field;
use model::text;
use model::words::{Phrase, Spelled};

use super::line::Line;
use super::scope::Level;
use crate::arrival::Text;

/// Text of a body beyond this many bytes is not looked at: what people search for stands before it.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Characters of a body that are read. Newsletters hold three times as much markup as text.
pub const BODY_CHARACTERS_MAX: u32 = 256 * 1024;

/// What the index takes of a message. People stand one on a line, with name and address.
#[derive(Clone, Debug, Default)]
pub struct Document<'a> {
    /// Its subject.
    pub subject: Cow<'a, str>,
    /// Its author.
    pub from: Cow<'a, str>,
    /// Who stands in "To".
    pub to: Cow<'a, str>,
    /// Who stands in "Cc".
    pub cc: Cow<'a, str>,
    /// Who else is on it: blind copies, where answers go, the account that sent it. Only who may read everything finds these.
    pub others: Cow<'a, str>,
    /// Its text, without markup.
    pub body: Cow<'a, str>,
    /// Whether only its own person may find it.
    pub private: bool,
}

impl<'a> Document<'a> {
    /// The document of a message. Recipients that cannot be read are left out rather than stopping all.
    pub fn of(text: &'a Text) -> Self {
        let recipients: Recipients = serde_json::from_str(&text.recipients).unwrap_or_default();
        let mut from = String::new();
        add(&mut from, text.author_name.as_deref().unwrap_or_default(), text.author.as_deref().unwrap_or_default());
        let others = recipients.bcc.iter().chain(&recipients.reply_to).chain(&recipients.sender);
        Document {
            subject: Cow::Borrowed(&text.subject),
            from: from.into(),
            to: people(&recipients.to).into(),
            cc: people(&recipients.cc).into(),
            others: people(others).into(),
            body: cut(text::of_body(text.body_kind, &text.body)),
            private: text.private,
        }
    }

    pub(super) fn write(&self, line: &mut Line) {
        for (field, text) in [(Field::Subject, &self.subject), (Field::From, &self.from), (Field::To, &self.to), (Field::Cc, &self.cc)] {
            line.append("", text);
            line.append(mark(field), text);
        }
        line.append("", &self.others);
        line.append("", &self.body);
    }

    /// Whether a phrase stands in this part of it, as far as somebody of this level may read it.
    pub(super) fn holds(&self, field: Field, level: Level, phrase: &Phrase) -> bool {
        let whole = |text: &str| phrase.stands_in(&Spelled::of(text));
        let line = |text: &str| text.lines().any(whole);
        match field {
            Field::Subject => level >= Level::Subject && whole(&self.subject),
            Field::From => line(&self.from),
            Field::To => line(&self.to),
            Field::Cc => line(&self.cc),
            Field::Anywhere => {
                [Field::From, Field::To, Field::Cc, Field::Subject].into_iter().any(|field| self.holds(field, level, phrase))
                    || (level == Level::Everything && (line(&self.others) || whole(&self.body)))
            }
        }
    }
}

/// What stands before the words of a part in the index. No word begins with `_`, and no term of a scope with these.
pub(super) const fn mark(field: Field) -> &'static str {
    match field {
        Field::Anywhere => "",
        Field::Subject => "_s",
        Field::From => "_f",
        Field::To => "_t",
        Field::Cc => "_c",
    }
}

fn cut(body: Cow<'_, str>) -> Cow<'_, str> {
    let end = body.floor_char_boundary(BODY_BYTES_MAX);
    match body {
        Cow::Borrowed(body) => Cow::Borrowed(&body[..end]),
        Cow::Owned(mut body) => {
            body.truncate(end);
            Cow::Owned(body)
        }
    }
}

fn people<'p>(participants: impl IntoIterator<Item = &'p Participant>) -> String {
    let mut people = String::new();
    participants.into_iter().for_each(|one| add(&mut people, &one.name, &one.address));
    people
}

fn add(people: &mut String, name: &str, address: &str) {
    let one_line = |part: &str| part.replace(['\n', '\r'], " ");
    for part in [name, address].into_iter().filter(|part| !part.is_empty()) {
        people.push_str(&one_line(part));
        people.push(' ');
    }
    people.push('\n');
}
