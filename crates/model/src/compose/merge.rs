//! Templates with merge fields: `{{first_name}}`, `{{company|there}}` with a fallback behind the bar.
//!
//! A literal `{{` is written `{{{{` or `\{{`. A field's name has letters, digits, `_`, `.` and `-` and begins with a letter;
//! spaces around it do not count. A value that is blank is missing. In HTML a value is escaped, so that it is read as it is
//! and can be no markup; a fallback there is HTML already, as the template's author wrote it. Nothing is sent half filled:
//! every field without a value and a fallback is told at once, with its place.

mod parse;

use std::collections::BTreeMap;

use super::{check, markup};
use crate::message::BodyKind;

use parse::{Found, Token};

/// A mail to be filled in.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// What kind of text its body is.
    pub kind: BodyKind,
    /// Its body.
    pub body: &'a str,
}

/// Where something stands in a template, as an editor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which part.
    pub part: Part,
    /// From 1.
    pub line: usize,
    /// In letters, from 1.
    pub column: usize,
}

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The subject.
    Subject,
    /// The body.
    Body,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Part::Subject => "the subject",
            Part::Body => "the text",
        }
    }
}

/// A merge field of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What is written where it has no value.
    pub fallback: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// Why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing is known under this name, and the template has no fallback.
    NoValue {
        /// The field's name.
        name: String,
        /// Where it stands.
        place: Place,
    },
    /// Behind `{{` stands no field.
    NoField {
        /// What stands there, its beginning.
        found: String,
        /// Where.
        place: Place,
    },
    /// A `{{` is not closed.
    NotClosed {
        /// Where it stands.
        place: Place,
    },
}

impl Mistake {
    /// Where it is.
    pub const fn place(&self) -> Place {
        match self {
            Mistake::NoValue { place, .. } | Mistake::NoField { place, .. } | Mistake::NotClosed { place } => *place,
        }
    }

    /// What is wrong, in one sentence.
    pub fn sentence(&self) -> String {
        let Place { part, line, column } = self.place();
        let place = format!("in {}, line {line}, letter {column}", part.name());
        match self {
            Mistake::NoValue { name, .. } => format!("There is no value for {{{{{name}}}}} {place}."),
            Mistake::NoField { found, .. } => format!("{{{{{found}}}}} {place} is no field."),
            Mistake::NotClosed { .. } => format!("The {{{{ {place} has no }}}}."),
        }
    }

    /// What to do about it.
    pub fn action(&self) -> String {
        match self {
            Mistake::NoValue { name, .. } => format!("Give a value, or a fallback: {{{{{name}|…}}}}."),
            Mistake::NoField { .. } => "Write a field's name, or \\{{ for two braces.".to_owned(),
            Mistake::NotClosed { .. } => "Close it with }}, or write \\{{ for two braces.".to_owned(),
        }
    }
}

/// A template that is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The subject, in one line.
    pub subject: String,
    /// The body.
    pub body: String,
}

/// The fields of a template, in order, each as often as it stands there; or everything that is no field.
pub fn fields(template: &Template<'_>) -> Result<Vec<Field>, Vec<Mistake>> {
    let mut fields = Vec::new();
    let mut mistakes = Vec::new();
    for (part, text) in [(Part::Subject, template.subject), (Part::Body, template.body)] {
        for token in parse::tokens(text) {
            let place = || parse::place(text, part, token.start);
            match token.found {
                Found::Literal(_) => {}
                Found::Field { name, fallback } => {
                    fields.push(Field { name: name.to_owned(), fallback: fallback.map(str::to_owned), place: place() });
                }
                Found::NoField(_) | Found::NotClosed => mistakes.extend(mistake(&token, place())),
            }
        }
    }
    if mistakes.is_empty() { Ok(fields) } else { Err(mistakes) }
}

fn mistake(token: &Token<'_>, place: Place) -> Option<Mistake> {
    match token.found {
        Found::Literal(_) | Found::Field { .. } => None,
        Found::NoField(found) => Some(Mistake::NoField { found: found.chars().take(40).collect(), place }),
        Found::NotClosed => Some(Mistake::NotClosed { place }),
    }
}

/// Fills a template in; or everything for which it cannot be.
pub fn fill(template: &Template<'_>, values: &BTreeMap<String, String>) -> Result<Filled, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let plain = |value: &str| value.to_owned();
    let in_body: &dyn Fn(&str) -> String = match template.kind {
        BodyKind::Text => &plain,
        BodyKind::Html => &markup::escaped,
    };
    let subject = fill_part(Part::Subject, template.subject, values, &plain, &mut mistakes);
    let body = fill_part(Part::Body, template.body, values, in_body, &mut mistakes);
    if mistakes.is_empty() { Ok(Filled { subject: check::subject_line(&subject), body }) } else { Err(mistakes) }
}

fn fill_part(
    part: Part,
    text: &str,
    values: &BTreeMap<String, String>,
    written: &dyn Fn(&str) -> String,
    mistakes: &mut Vec<Mistake>,
) -> String {
    let mut filled = String::with_capacity(text.len());
    for token in parse::tokens(text) {
        let value = |name: &str| values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        match token.found {
            Found::Literal(literal) => filled.push_str(literal),
            Found::Field { name, fallback } => match (value(name), fallback) {
                (Some(value), _) => filled.push_str(&written(value)),
                (None, Some(fallback)) => filled.push_str(fallback),
                (None, None) => {
                    mistakes.push(Mistake::NoValue { name: name.to_owned(), place: parse::place(text, part, token.start) });
                }
            },
            Found::NoField(_) | Found::NotClosed => mistakes.extend(mistake(&token, parse::place(text, part, token.start))),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn filled(kind: BodyKind, subject: &str, body: &str) -> Result<Filled, Vec<String>> {
        let values = values(&[("first_name", "Bo"), ("company", "<Acme> & \"Söhne\""), ("blank", " "), ("lines", "a\r\nb")]);
        fill(&Template { subject, kind, body }, &values).map_err(|mistakes| mistakes.iter().map(Mistake::sentence).collect())
    }

    #[test]
    fn fields_take_their_values_or_fallbacks() {
        for (kind, body, expected) in [
            (BodyKind::Text, "Hi {{first_name}}!", "Hi Bo!"),
            (BodyKind::Text, "{{company}}", "<Acme> & \"Söhne\""),
            (BodyKind::Html, "<b>{{ company }}</b>", "<b>&lt;Acme&gt; &amp; &quot;Söhne&quot;</b>"),
            (BodyKind::Html, "<b>{{&nbsp;first_name&nbsp;}}</b>", "<b>Bo</b>"),
            (BodyKind::Text, "{{nobody|there}} {{blank| }}{{nobody|}}.", "there  ."),
            (BodyKind::Text, "{{nobody|a|b}}", "a|b"),
            (BodyKind::Html, "{{nobody|caf&eacute;}}", "caf&eacute;"),
            (BodyKind::Text, "{{{{first_name}} \\{{x}} {x} }} { {", "{{first_name}} {{x}} {x} }} { {"),
            (BodyKind::Html, "<style>@media x{a{b:c}}</style>", "<style>@media x{a{b:c}}</style>"),
            (BodyKind::Text, "", ""),
        ] {
            assert_eq!(filled(kind, "s", body).map(|filled| filled.body), Ok(expected.to_owned()), "{body}");
        }
        assert_eq!(filled(BodyKind::Html, "{{company}}: {{lines}}", "").expect("it fills").subject, "<Acme> & \"Söhne\": a b");
    }

    #[test]
    fn everything_that_is_missing_is_told_with_its_place() {
        let told = filled(BodyKind::Text, "For {{surname}}", "Grüße {{first_name}},\r\n{{blank}}: {{1+1}}\n{{surname\n}} ä{{")
            .expect_err("it cannot be filled");
        assert_eq!(
            told,
            [
                "There is no value for {{surname}} in the subject, line 1, letter 5.",
                "There is no value for {{blank}} in the text, line 2, letter 1.",
                "{{1+1}} in the text, line 2, letter 12 is no field.",
                "There is no value for {{surname}} in the text, line 3, letter 1.",
                "The {{ in the text, line 4, letter 5 has no }}.",
            ]
        );
    }

    #[test]
    fn the_fields_of_a_template_are_listed() {
        let template = Template { subject: "{{company}}", kind: BodyKind::Text, body: "\n{{first_name|you}}" };
        let listed = fields(&template).expect("it has no mistake");
        let listed: Vec<_> =
            listed.iter().map(|field| (field.name.as_str(), field.fallback.as_deref(), field.place.part, field.place.line)).collect();
        assert_eq!(listed, [("company", None, Part::Subject, 1), ("first_name", Some("you"), Part::Body, 2)]);
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let template = Template { subject: "", kind: BodyKind::Text, body: "{{a}}{{b}}" };
        let values = values(&[("a", "{{b}} {{{{"), ("b", "}}")]);
        assert_eq!(fill(&template, &values).expect("it fills").body, "{{b}} {{{{}}");
    }
}
