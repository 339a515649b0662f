//! Reading a query: clause by clause from the left, stopping at the first mistake.

use std::ops::Range;

use super::{CHARACTERS_MAX, CLAUSES_MAX, Clause, Field, KEYS, Mistake, Query, State, Text, Wanted, When};
use crate::words::{Phrase, has_word};

/// A shorter beginning is refused: too many words begin with it.
const BEGINNING_LETTERS_MIN: usize = 3;

pub(super) fn read(text: &str) -> Result<Query, Mistake> {
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        let what = format!("The query is longer than {CHARACTERS_MAX} characters.");
        return Err(Mistake::new("too_long", 0..text.len(), what, "Shorten it."));
    }
    let mut reader = Reader { text, at: 0 };
    let mut clauses = Vec::new();
    while let Some(raw) = reader.next()? {
        if clauses.len() == CLAUSES_MAX {
            let what = format!("The query has more than {CLAUSES_MAX} parts.");
            return Err(Mistake::new("too_long", raw.place, what, "Take some out."));
        }
        clauses.extend(clause(raw)?);
    }
    if clauses.is_empty() && !text.trim().is_empty() {
        let what = "There is no letter or digit in it, and only words are found.";
        return Err(Mistake::new("nothing_to_find", 0..text.len(), what, "Type a word."));
    }
    Ok(Query { clauses })
}

pub(super) fn is_quotation_mark(letter: char) -> bool {
    matches!(letter, '"' | '“' | '”' | '„' | '‟' | '«' | '»')
}

/// Whether a value must be written in quotation marks to be read as it is.
pub(super) fn needs_quotation_marks(key: &str, value: &str) -> bool {
    let as_key = || {
        let letters = value.bytes().take_while(u8::is_ascii_alphabetic).count();
        letters > 0 && value[letters..].strip_prefix(':').is_some_and(|behind| !behind.is_empty() || is_known(&value[..letters]))
    };
    value.is_empty()
        || value.ends_with('*')
        || value.contains(|letter: char| letter.is_whitespace() || is_quotation_mark(letter))
        || (key.is_empty() && (value.starts_with('-') || as_key()))
}

fn is_known(key: &str) -> bool {
    KEYS.iter().any(|(known, _)| known.eq_ignore_ascii_case(key))
}

/// A clause as it is typed.
struct Raw<'a> {
    place: Range<usize>,
    negated: bool,
    /// Empty for words anywhere.
    key: &'a str,
    value: &'a str,
    quoted: bool,
    star: bool,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Result<Option<Raw<'a>>, Mistake> {
        self.at = self.text.len() - self.rest().trim_start().len();
        let start = self.at;
        if self.rest().is_empty() {
            return Ok(None);
        }
        self.at = self.text.len() - self.rest().trim_start_matches('-').len();
        let negated = self.at > start;
        let key = self.key();
        let (value, quoted, star) = self.value()?;
        Ok(Some(Raw { place: start..self.at, negated, key, value, quoted, star }))
    }

    /// Letters with a colon behind them and no blank behind that. A known key is one even without a value.
    fn key(&mut self) -> &'a str {
        let rest = self.rest();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let Some(behind) = rest[letters..].strip_prefix(':') else { return "" };
        let key = &rest[..letters];
        if letters == 0 || !(is_known(key) || behind.starts_with(|letter: char| !letter.is_whitespace())) {
            return "";
        }
        self.at += letters + 1;
        key
    }

    fn value(&mut self) -> Result<(&'a str, bool, bool), Mistake> {
        let rest = self.rest();
        let Some(mark) = rest.chars().next().filter(|letter| is_quotation_mark(*letter)) else {
            let end = rest.find(|letter: char| letter.is_whitespace() || is_quotation_mark(letter)).unwrap_or(rest.len());
            self.at += end;
            let value = rest[..end].trim_end_matches('*');
            return Ok((value, false, value.len() < end));
        };
        let inside = &rest[mark.len_utf8()..];
        let Some((end, closing)) = inside.char_indices().find(|(_, letter)| is_quotation_mark(*letter)) else {
            let what = "A quotation mark has no other half.";
            return Err(Mistake::new("open_quotation", self.at..self.text.len(), what, "Close it with a \" or take it out."));
        };
        self.at += mark.len_utf8() + end + closing.len_utf8();
        let star = self.rest().starts_with('*');
        self.at += usize::from(star);
        Ok((&inside[..end], true, star))
    }
}

/// What a raw clause means; none for marks between words, such as `&`.
fn clause(raw: Raw<'_>) -> Result<Option<Clause>, Mistake> {
    let key = raw.key.to_ascii_lowercase();
    if key.is_empty() && !has_word(raw.value) {
        return Ok(None);
    }
    let Some((known, kind)) = KEYS.iter().find(|(known, _)| *known == key).copied().or_else(|| key.is_empty().then_some(("", ""))) else {
        return Err(unknown_key(&raw));
    };
    if raw.value.trim().is_empty() {
        let what = format!("There is nothing behind {known}: .");
        return Err(Mistake::new("no_value", raw.place, what, format!("Type {kind} right behind the colon.")));
    }
    let wanted = wanted(known, &raw)?;
    Ok(Some(Clause { negated: raw.negated, wanted }))
}

fn wanted(key: &str, raw: &Raw<'_>) -> Result<Wanted, Mistake> {
    let value = || raw.value.trim().to_owned();
    Ok(match key {
        "from" => text(Field::From, raw)?,
        "to" => text(Field::To, raw)?,
        "cc" => text(Field::Cc, raw)?,
        "subject" => text(Field::Subject, raw)?,
        "has" => attachment(raw)?,
        "is" => Wanted::Is(state(raw)?),
        "before" => Wanted::Before(when(raw)?),
        "after" => Wanted::After(when(raw)?),
        "in" => Wanted::Folder(value()),
        "customer" => Wanted::Customer(value()),
        "person" => Wanted::Person(value()),
        "mailbox" => Wanted::Mailbox(value()),
        _ => text(Field::Anywhere, raw)?,
    })
}

fn text(field: Field, raw: &Raw<'_>) -> Result<Wanted, Mistake> {
    let Some(phrase) = Phrase::read(raw.value, raw.star) else {
        let what = "There is no letter or digit in it, and only words are found.";
        return Err(Mistake::new("nothing_to_find", raw.place.clone(), what, "Type a word."));
    };
    if raw.star && !phrase.ends_unspaced() && phrase.last_letters() < BEGINNING_LETTERS_MIN {
        let what = "Too many words begin like this.";
        let mend = format!("Type at least {BEGINNING_LETTERS_MIN} letters before the star.");
        return Err(Mistake::new("short_beginning", raw.place.clone(), what, mend));
    }
    let text = if raw.quoted { raw.value.split_whitespace().collect::<Vec<_>>().join(" ") } else { raw.value.to_owned() };
    Ok(Wanted::Text(Text { field, text, quoted: raw.quoted, beginning: raw.star }))
}

fn attachment(raw: &Raw<'_>) -> Result<Wanted, Mistake> {
    match raw.value.to_ascii_lowercase().as_str() {
        "attachment" | "attachments" => Ok(Wanted::Attachment),
        _ => Err(unknown_value(raw, "Type has:attachment.")),
    }
}

fn state(raw: &Raw<'_>) -> Result<State, Mistake> {
    let found = State::ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(raw.value));
    found.ok_or_else(|| unknown_value(raw, "Type is:unread, is:read, is:flagged or is:draft."))
}

fn when(raw: &Raw<'_>) -> Result<When, Mistake> {
    When::read(raw.value.trim()).ok_or_else(|| {
        let mend = "Type a day such as 2026-01-31, a month or a year, today, yesterday, or an age such as 7d, 2w, 6m or 1y.";
        Mistake::new("no_date", raw.place.clone(), format!("{} is no date.", raw.value), mend)
    })
}

fn unknown_value(raw: &Raw<'_>, mend: &str) -> Mistake {
    Mistake::new("unknown_value", raw.place.clone(), format!("{}: does not know {}.", raw.key, raw.value), mend)
}

fn unknown_key(raw: &Raw<'_>) -> Mistake {
    let known: Vec<String> = KEYS.iter().map(|(key, _)| format!("{key}:")).collect();
    let mend = format!("Use one of {}, or put it in quotation marks to find it as text.", known.join(" "));
    Mistake::new("unknown_key", raw.place.clone(), format!("There is no key {}: .", raw.key), mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        Query::read(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}")).to_string()
    }

    fn mistake(text: &str) -> (&'static str, &str) {
        let mistake = Query::read(text).unwrap_err();
        assert!(!mistake.mend.is_empty());
        (mistake.code, &text[mistake.at..mistake.at + mistake.length])
    }

    #[test]
    fn what_is_read_is_written_back() {
        for (text, written) in [
            ("", ""),
            ("  offer   heat*  ", "offer heat*"),
            ("“north wing” -\"old  one\"", "\"north wing\" -\"old one\""),
            ("FROM:\"Bo Berg\" To:bo@acme.example cc:x1", "from:\"Bo Berg\" to:bo@acme.example cc:x1"),
            ("has:attachments in:\"Sent Items\" is:UNREAD", "has:attachment in:\"Sent Items\" is:unread"),
            ("before:2026-01-31 after:7d", "before:2026-01-31 after:7d"),
            (
                "customer:acme.example person:bo -mailbox:anna@contoso.example",
                "customer:acme.example person:bo -mailbox:anna@contoso.example",
            ),
            ("AW: Offer & 12:30 -", "AW: Offer 12:30"),
            ("東京都の見積 猫* مرحبا Grüße", "東京都の見積 猫* مرحبا Grüße"),
            ("o'reilly a\"b c\"d \"quarterly rep\"*", "o'reilly a \"b c\" d \"quarterly rep\"*"),
            ("\"http://a.example\" \"-x\"", "\"http://a.example\" \"-x\""),
        ] {
            assert_eq!(again(text), written, "{text}");
            assert_eq!(Query::read(written), Query::read(&again(written)), "{text}");
        }
    }

    #[test]
    fn a_mistake_names_its_place_and_how_to_mend_it() {
        for (text, code, place) in [
            ("offer form:anna x", "unknown_key", "form:anna"),
            ("is:red", "unknown_value", "is:red"),
            ("a -has:cheese", "unknown_value", "-has:cheese"),
            ("from: anna", "no_value", "from:"),
            ("in:\" \"", "no_value", "in:\" \""),
            ("before:soon", "no_date", "before:soon"),
            ("größe \"offer", "open_quotation", "\"offer"),
            ("of*", "short_beginning", "of*"),
            ("subject:?!", "nothing_to_find", "subject:?!"),
            ("🚲 ?", "nothing_to_find", "🚲 ?"),
        ] {
            assert_eq!(mistake(text), (code, place), "{text}");
        }
        assert!(Query::read("form:anna").unwrap_err().mend.contains("from:"));
        assert_eq!(Query::read(&"a ".repeat(33)).unwrap_err().code, "too_long");
        assert_eq!(Query::read(&"a".repeat(1001)).unwrap_err().code, "too_long");
    }

    #[test]
    fn clauses_that_were_made_by_a_program_are_written_so_that_they_read_alike() {
        let clause = |field, text: &str| Clause {
            negated: true,
            wanted: Wanted::Text(Text { field, text: text.to_owned(), quoted: false, beginning: false }),
        };
        for text in ["two words", "-minus", "key:value", "star*", "a \"b\" c"] {
            let read = Query::read(&Query::of([clause(Field::Anywhere, text)]).to_string()).unwrap();
            assert_eq!(read.clauses().len(), 1, "{text}");
            assert!(read.clauses()[0].negated);
        }
        let folder = Clause { negated: false, wanted: Wanted::Folder("Sent Items".to_owned()) };
        let query = Query::default().with(folder.clone()).with(folder);
        assert_eq!(query.to_string(), "in:\"Sent Items\"");
        assert_eq!(Query::read("in:\"Sent Items\""), Ok(query));
    }

    #[test]
    fn no_text_makes_the_reader_stumble() {
        let parts = ["\"", "-", "from:", "é", "*", " ", "in", ":", "“", "7d", "before:", "東", "x", "\u{301}", "is:", "&"];
        let mut state = 7u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..8 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(parts[usize::try_from(state >> 60).unwrap()]);
            }
            match Query::read(&text) {
                Ok(query) => assert_eq!(Query::read(&query.to_string()), Ok(query), "{text}"),
                Err(mistake) => assert!(text.get(mistake.at..mistake.at + mistake.length).is_some(), "{text}"),
            }
        }
    }
}
