//! Reading: from a text to its fields, or to the first thing that is wrong with it and where.

use std::borrow::Cow;
use std::ops::Range;

use super::field::{Field, KNOWN};
use super::spot::{self, Spot};
use super::{Form, Piece};
use crate::compose::markup;

/// Fields in one text.
pub const FIELDS_MAX: usize = 500;
/// Letters of a fallback.
const FALLBACK_LETTERS_MAX: usize = 200;
/// Letters of what is wrong that are shown.
const SHOWN_LETTERS_MAX: usize = 60;

/// Something for which a template cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In which line, from 1.
    pub line: usize,
    /// At which letter of the line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// `{{` without its `}}`.
    Unclosed,
    /// There is no field of this name.
    Unknown(String),
    /// What stands behind `|` is no text in quotation marks.
    Fallback(String),
    /// The field stands where a value could become something else than text.
    Place(String),
    /// There are more fields than [`FIELDS_MAX`].
    TooMany,
}

impl Fault {
    fn at(source: &str, place: usize, wrong: Wrong) -> Self {
        let before = &source[..place];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Fault { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, wrong }
    }

    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self.wrong {
            Wrong::Unclosed => "field_unclosed",
            Wrong::Unknown(_) => "merge_field_unknown",
            Wrong::Fallback(_) => "fallback_wrong",
            Wrong::Place(_) => "field_misplaced",
            Wrong::TooMany => "too_many_fields",
        }
    }

    /// What is wrong, in one sentence, with its place.
    pub fn sentence(&self) -> String {
        let what = match &self.wrong {
            Wrong::Unclosed => "`{{` is not closed by `}}`".to_owned(),
            Wrong::Unknown(name) if name.is_empty() => "`{{}}` names no field".to_owned(),
            Wrong::Unknown(name) => format!("there is no field `{name}`"),
            Wrong::Fallback(given) => format!("`{given}` is no text in quotation marks of at most {FALLBACK_LETTERS_MAX} letters"),
            Wrong::Place(name) => format!("`{name}` stands where its value could become something else than text"),
            Wrong::TooMany => format!("there are more than {FIELDS_MAX} fields"),
        };
        format!("Line {}, letter {}: {what}.", self.line, self.column)
    }

    /// What to do about it.
    pub fn action(&self) -> String {
        match self.wrong {
            Wrong::Unclosed => "Close it, as in `{{person.name}}`.".to_owned(),
            Wrong::Unknown(_) => format!("Name one of {}; your own begin with `fields.`.", KNOWN.join(", ")),
            Wrong::Fallback(_) => "Write it as in `{{person.first_name | \"there\"}}`.".to_owned(),
            Wrong::Place(_) => {
                "Put it into the text, or into a quoted attribute such as `href=\"…\"`; not into styles, scripts, comments or \
                 the name of a tag."
                    .to_owned()
            }
            Wrong::TooMany => "Keep fewer.".to_owned(),
        }
    }
}

/// A field in a text: where it stands, what it is, and its fallback.
type Found = (Range<usize>, Field, Option<String>);

/// The fields of a text, in order.
pub(super) fn pieces(source: &str, form: Form) -> Result<Vec<Piece>, Fault> {
    let found = found(source, form)?;
    let places: Vec<Range<usize>> = found.iter().map(|(place, ..)| place.clone()).collect();
    let spots = match form {
        Form::Html if !places.is_empty() => spot::of_html(source, &places),
        form => vec![Some(Spot::of(form)); places.len()],
    };
    let piece = |((place, field, fallback), spot): (Found, Option<Spot>)| match spot {
        Some(spot) => Ok(Piece { place, field, fallback, spot }),
        None => Err(Fault::at(source, place.start, Wrong::Place(field.to_string()))),
    };
    found.into_iter().zip(spots).map(piece).collect()
}

/// The fields of a text, in order, wherever they stand.
pub(super) fn found(source: &str, form: Form) -> Result<Vec<Found>, Fault> {
    let fault = |place: usize, wrong: Wrong| Fault::at(source, place, wrong);
    let mut found = Vec::new();
    for place in places(source).map_err(|open| fault(open, Wrong::Unclosed))? {
        let (field, fallback) = inside(&source[place.start + 2..place.end - 2], form).map_err(|wrong| fault(place.start, wrong))?;
        if found.len() == FIELDS_MAX {
            return Err(fault(place.start, Wrong::TooMany));
        }
        found.push((place, field, fallback));
    }
    Ok(found)
}

/// From each `{{` to its `}}`; where one is not closed, its place is the error.
fn places(source: &str) -> Result<Vec<Range<usize>>, usize> {
    let (mut places, mut at) = (Vec::new(), 0);
    while let Some(start) = source[at..].find("{{").map(|found| at + found) {
        let end = source[start + 2..].find("}}").map(|found| start + 2 + found).ok_or(start)?;
        if source[start + 2..end].contains("{{") {
            return Err(start);
        }
        places.push(start..end + 2);
        at = end + 2;
    }
    Ok(places)
}

/// The field between the braces and its fallback. In HTML what stands there is HTML: programs write `"` as `&quot;`.
fn inside(written: &str, form: Form) -> Result<(Field, Option<String>), Wrong> {
    let meant = if form == Form::Html { markup::unescaped(written) } else { Cow::Borrowed(written) };
    let (name, fallback) = match meant.split_once('|') {
        Some((name, fallback)) => (name.trim(), Some(fallback.trim())),
        None => (meant.trim(), None),
    };
    let field = Field::named(name).ok_or_else(|| Wrong::Unknown(shown(name)))?;
    match fallback {
        None => Ok((field, None)),
        Some(given) => unquoted(given).map(|text| (field, Some(text.to_owned()))).ok_or_else(|| Wrong::Fallback(shown(given))),
    }
}

/// What stands in quotation marks, straight ones or those that programs make of them.
fn unquoted(given: &str) -> Option<&str> {
    const MARKS: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('‘', '’'), ('”', '”')];
    let within = |(open, close)| given.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    let text = MARKS.into_iter().find_map(within)?;
    let is_one_line = !text.chars().any(char::is_control) && text.chars().count() <= FALLBACK_LETTERS_MAX;
    (is_one_line && !text.contains('"')).then_some(text)
}

fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(SHOWN_LETTERS_MAX).collect()
}
